"""What a cell of a mailing tool's export says happened or did not, and what a row's cells together decide.

A cell is a word of some language, a yes or no, a count, a time, a tick or a server's reply.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from openprospect_nb.files.cells import NO_VALUES, said
from openprospect_nb.files.headings import plain
from openprospect_nb.files.outcome_words import WORD_KINDS, failure_kinds, is_awaited
from openprospect_nb.files.server_replies import is_reply, reply_kind
from openprospect_nb.files.words import WORDS, words_of

# Whoever read, answered or clicked has got the mail.
_ARRIVED: Final = ("complained", "unsubscribed", "won", "replied", "auto_replied", "clicked", "opened", "delivered")
# Boxes and ticks, which have no letter to know them by. A cross, or a minus, is a no where something says yes beside
# it: alone it may as well be how somebody ticks.
_TICKS: Final = frozenset("☑☒✓✔✅👍+")
_BOXES: Final = frozenset("☐□")
_CROSSES: Final = frozenset("✗✘❌✖✕❎👎")
_MINUS: Final = frozenset("-−–")
_SHAPES: Final = "\ufe0e\ufe0f\u200d"  # whether a mark is drawn in colours
_OF_MAILS: Final = frozenset(map(plain, ("email", "e-mail", "mail", "message")))  # "bounced email" is bounced
_BOUNCES: Final = frozenset({"bounced", "hard_bounced", "soft_bounced"})
_PIECES: Final = re.compile(r"[:;(),/|–—=?]|\s-\s")
# What says nothing behind a word: "Bounce: N/A", "Bounce: -", "bounce=", "Bounce (n/a)". SILENT stands for it.
_NOTHING: Final = "|".join(map(re.escape, sorted(NO_VALUES, key=len, reverse=True)))
# Behind a dash or in brackets "unknown" can be the reason of a bounce.
_UNSAID: Final = re.compile(
    rf"(?<=[\w)])(?:\s*[:=]\s*(?:{_NOTHING}|[-–—?.]*)"
    rf"|(?:\s?[?(]|\s[-–—])\s*(?:#?n/?a|n/d|[nk]\.\s?a\.|null|nan)\)?)\s*(?=$|[;,|])",
    re.IGNORECASE,
)
SILENT: Final = "unsaid"
# A row's own words on the mail that nobody can read: that it was sent does not tell that it arrived.
UNREAD: Final = "unread"
# What a word beside it makes of a bounce or a delivery: "bounce: no", "hard bounce - nein", "delivered=false".
_ANSWERS: Final = {"1": "yes", "0": "no"}
_DENIED: Final = {"bounced": "delivered", "hard_bounced": "delivered", "delivered": "bounced"}
VAGUE: Final = frozenset({"undecided", "verification"})
_OPEN: Final = VAGUE | {"", "in_progress", "not_sent", "withheld"}
# What programs write of a cell that is empty; people who write "N/A" do not know.
_BLANKS: Final = frozenset(
    map(plain, ("none", "null", "nan", "nat", "nil", "\\n", "undefined", "blank", "empty", "leer"))
)
_LONG: Final = 11  # letters
_A_SENTENCE: Final = 3  # words
_NEGATIONS: Final = frozenset(WORDS["no_reply"])
_KIND_OF: Final = {"bounce_reason": "bounced", "reply_text": "replied"}
# How a machine says that nobody read the mail, within the text of a reply: two words, or a long one. Short ones
# ("absent", "ooo") are parts of what people write.
_AWAY: Final = re.compile(
    "|".join(rf"\b{re.escape(words)}\b" for words in words_of("outcomes.toml")["auto_replied"]
             if " " in words or len(words) >= _LONG or not words.isascii()),
    re.IGNORECASE,
)  # fmt: skip
# The classes of bounces as SparkPost numbers them. Of the others (25: a rule of the sender's own, 80: a request to be
# added) nobody can tell whether the mailbox exists.
_CLASSES: Final = {
    **dict.fromkeys(("10", "30", "90"), "hard_bounced"),
    **dict.fromkeys(("20", "21", "22", "23", "24", "40", "50", "51", "52", "53", "54", "70"), "soft_bounced"),
    **dict.fromkeys(("60", "100"), "auto_replied"),
}
NUMBER: Final = re.compile(r"^\d+(?:[.,]\d+)?$")
Hits = set[tuple[str, bool]]


def bounced_of(values: Sequence[Any]) -> tuple[list[bool | None], Mapping[str, int]]:
    """Return a column of bounces as true, false or unknown, and the words in it that say nothing known, counted.

    1 and 0, yes and no in a dozen languages, hard and soft (a soft bounce is none), bounced and delivered; null, NaN,
    infinity and words for nothing are unknown.
    """
    unknown: Counter[str] = Counter()
    answers: dict[str, bool | None] = {}
    texts = texts_of([None if isinstance(value, float) and not isfinite(value) else value for value in values])
    for text in dict.fromkeys(text for text in texts if text is not None):
        kinds = dict(cell_hits(text, "bounced", when=None, counts=False))
        answers[text] = None if set(kinds) <= {"", "unknown"} else decided(set(kinds.items()), tells=True)[0]
        if {"", *VAGUE} & set(kinds) and answers[text] is None:
            unknown[text] = texts.count(text)
    return [None if text is None else answers[text] for text in texts], unknown


def texts_of(values: Sequence[Any]) -> list[str | None]:
    """Return what each cell of a column says, ticks as yes and, where one stands beside them, crosses as no."""
    signs = [
        value.translate(dict.fromkeys(map(ord, _SHAPES))).strip() if isinstance(value, str) else "" for value in values
    ]
    is_ticked = any(sign in _TICKS for sign in signs)
    texts: list[str | None] = []
    for sign, value in zip(signs, values, strict=True):
        if sign in _TICKS:
            texts.append("yes")
        elif sign in _BOXES or (is_ticked and sign in _CROSSES | _MINUS):
            texts.append("no")
        else:
            # A picture has no letter and says something all the same.
            is_picture = any(unicodedata.category(letter) in {"So", "Sm"} for letter in sign)
            texts.append(said(value) or (sign if sign not in _MINUS and is_picture else None))
    return texts


def leaves_open(cell: Any, text: str | None) -> bool:
    """Return whether a cell of a column of bounces says that it is not known: "N/A", "unknown", "pending"; no blank."""
    if text is None:
        return isinstance(cell, str) and any(c.isalpha() or c == "?" for c in cell) and plain(cell) not in _BLANKS
    return not NUMBER.match(text) and {kind for kind, _ in cell_hits(text, "bounced", when=None)} <= _OPEN


def is_unread(cell: Any, text: str | None, *, of_bounces: bool) -> bool:
    """Return whether a cell of a column that tells of deliveries leaves open what became of its mail.

    Args:
        cell: the cell as it is.
        text: what it says, of `texts_of`.
        of_bounces: the column tells of bounces alone, so that a word for nothing says that there was none.
    """
    if text is None:
        return not of_bounces and leaves_open(cell, text)
    kinds = kinds_of(text)
    return is_awaited(text) or (kinds <= VAGUE and text not in {"0", "1"})


def classed(hits: Hits, number: str) -> Hits:
    """Return a row's *hits* as the class of its bounce says; a bounce of a class that tells nothing is not told.

    Example:
        >>> classed({("bounced", True)}, "22") == {("bounced", True), ("soft_bounced", True)}
        True
    """
    kind = _CLASSES.get(number)
    if kind is not None and kind in _BOUNCES:
        return hits | {(kind, True)}
    left = hits - {("bounced", True), ("delivered", False)}
    return left | {(kind or "undecided", True)} | ({(SILENT, True)} if kind is None else set())


def class_of(text: str) -> str | None:
    """Return the number of a bounce's class; None for words."""
    hit = re.match(r"(\d{1,3})(?:\.0+)?\b", text)
    return hit[1] if hit else None


@lru_cache(maxsize=4096)  # a column has few words, in many rows
def kinds_of(text: str) -> frozenset[str]:
    """Return the kinds a cell's words say: the whole text, else a server's reply, else its parts, else a failure's."""
    return frozenset(_kinds_of(text))


def _kinds_of(text: str) -> set[str]:
    if _UNSAID.search(text):
        return _answered(_PIECES.split(_UNSAID.sub(f": {SILENT}", text)))
    whole = WORD_KINDS.get(plain(text))
    if whole is not None:
        return {whole}
    if is_reply(text):
        return set(filter(None, [reply_kind(text)]))
    parts = [part for part in _PIECES.split(text) if part.strip()]
    return (_answered(parts) if len(parts) > 1 else set()) or _bounce_words(text) or failure_kinds(text)


def _answered(parts: Sequence[str]) -> set[str]:
    """Return the kinds of a text's parts, each as the yes or no right behind it says."""
    kinds: list[str] = []
    for part in parts:
        kind = WORD_KINDS.get(plain(part)) or next(iter(_bounce_words(part) or failure_kinds(part)), None)
        answer = _ANSWERS.get(part.strip(), kind)
        if part.strip() == SILENT:
            kinds[-1:] = []
        elif answer == "no" and kinds:
            kinds[-1] = _DENIED.get(kinds[-1], "")
        elif kind is not None and kind not in {"yes", "no"}:
            kinds.append(kind)
    happened = {*kinds} - {""}
    # Of two kinds of bounces one may be denied, and did happen none the less by the other.
    return happened - {"delivered"} if happened & _BOUNCES else happened


def _bounce_words(text: str) -> set[str]:
    """Return the kinds of a text all of whose words are of bounces or mails: "rebond permanent", "bounced email"."""
    words = [word for word in re.split(r"[\s_-]+", text) if word.strip()]
    rest, answer = " ".join(words[:-1]), WORD_KINDS.get(plain(words[-1])) if words else None
    if len(words) > 1 and answer in {"yes", "no"}:
        kinds = {WORD_KINDS.get(plain(rest), "")} & {*_BOUNCES, "delivered"} or _bounce_words(rest)
        return kinds if answer == "yes" else {_DENIED[kind] for kind in kinds if kind in _DENIED}
    kinds = {WORD_KINDS.get(plain(word), "") for word in words}
    if kinds <= _BOUNCES and "bounced" in kinds:
        return kinds
    others = [word for word in words if plain(word) not in _OF_MAILS]
    kind = WORD_KINDS.get(plain(" ".join(others))) if len(others) < len(words) else None
    return set() if kind is None or kind in {"yes", "no"} else {kind}


def cell_hits(text: str, heading: str, *, when: datetime | None, counts: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield what a cell says happened or did not; the kind is empty where its text says nothing known."""
    kinds = frozenset[str]() if heading != "words" and NUMBER.match(text) else kinds_of(text)
    kind = _KIND_OF.get(heading, heading)
    if heading == "hard_bounced" and not NUMBER.match(text):
        # Whatever else stands under this heading is why it bounced for good.
        yield kind, "no" not in kinds and "delivered" not in kinds
    elif heading == "words":
        yield from ((word, True) for word in kinds - {"yes", "no"} or {""})
    elif kind == "replied" and when is None and _is_written(text, heading):
        yield ("auto_replied" if _AWAY.search(text) else "replied"), True
    elif kinds & {"yes", "no"}:
        yield kind, "yes" in kinds
    elif heading == "bounce_reason" and kinds <= VAGUE:
        yield kind, True
    elif kinds:
        yield from ((word, True) for word in kinds)
    elif NUMBER.match(text) and when is None:
        amount = float(text.replace(",", "."))
        yield (kind, amount > 0) if counts or amount in {0, 1} else ("", True)
    elif when is not None or heading == "bounce_reason":
        yield kind, True
    else:
        yield "", True


def _is_written(text: str, heading: str) -> bool:
    """Return whether a cell holds what somebody wrote back; under "reply", "no reply yet" is no such thing."""
    if plain(text) in WORD_KINDS or NUMBER.match(text):
        return False
    words = text.split()
    return heading == "reply_text" or (len(words) >= _A_SENTENCE and plain(words[0]) not in _NEGATIONS)


def decided(hits: Hits, *, tells: bool) -> tuple[bool | None, str]:
    """Return whether a mail bounced, and the strongest thing that happened to it."""
    happened = {kind for kind, holds in hits if holds}
    if "auto_replied" in happened:
        # A reply that the same row calls automatic is none, though its time stands in a column of replies.
        happened -= {"replied"}
    if "hard_bounced" in happened or ("bounced" in happened and "soft_bounced" not in happened):
        return True, "bounced"
    arrived = next((kind for kind in (*_ARRIVED, "soft_bounced") if kind in happened), None)
    if arrived is not None:
        return False, arrived
    return _by_denial(happened, {kind for kind, holds in hits if not holds}, tells=tells)


def failure_of(hits: Hits) -> str | None:
    """Return the kind of an event that says its message failed, or never left, and no more; None of any other."""
    happened = {kind for kind, holds in hits if holds}
    return "not_sent" if "withheld" in happened else "unknown" if "undecided" in happened else None


def _by_denial(happened: set[str], denied: set[str], *, tells: bool) -> tuple[bool | None, str]:
    """Return what is to be made of a mail of which nothing is said but sending, and what did not happen."""
    is_unsent = ("sent" in denied or "not_sent" in happened) and "sent" not in happened
    if is_unsent or "withheld" in happened:
        return None, "not_sent"
    not_bounced = bool(denied & {"bounced", "hard_bounced"})
    if "delivered" in denied:
        return (None, "unknown") if not_bounced else (True, "bounced")
    if "undecided" in happened:
        return None, "unknown"
    if not_bounced:
        # Of a lead that still waits a tool says "not bounced" too; where nothing is said of sending it is believed.
        is_waiting = "in_progress" in happened and "sent" not in happened
        return (None, "unknown") if is_waiting else (False, "delivered")
    is_believed = tells and SILENT not in happened
    is_told = "sent" in happened and UNREAD not in happened
    return (False if is_believed else None, "sent") if is_told else (None, "unknown")
