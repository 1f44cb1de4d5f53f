"""What a text about a mail says: the kinds of single words, and of longer texts that tell of a failure.

Of a failure nobody can tell whether the mailbox refused, a filter did, or the tool never sent. A text says more where
it names the deed (failed to deliver), the mailbox (address does not exist) or how long it lasts (permanent error).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from openprospect_nb.files.headings import plain
from openprospect_nb.files.server_replies import told_of_mailbox
from openprospect_nb.files.words import words_of

_PARTS: Final = words_of("failure_words.toml")
WORD_KINDS: Final = {plain(word): kind for kind, words in words_of("outcomes.toml").items() for word in words}
"""A word or phrase, as `headings.plain` has it → its kind: a list of `outcomes.toml`."""
_OF: Final = {key: frozenset(map(plain, words)) for key, words in _PARTS.items()}
_LONGEST: Final = 10  # words: a longer text is a note
_SHORTEST_END: Final = 5  # letters of what a longer word may end with
_BLANKS: Final = re.compile(r"[\W_]+")


def _is_spaced(word: str) -> bool:
    """Return whether a word is of a script that parts words by blanks, unlike Chinese, Japanese and Korean ones."""
    return all(letter < "\u2e80" for letter in word)


def _spaced(text: str) -> str:
    """Return the words of a text, plain, with a blank on either side of each; what has no blanks as one word."""
    words = [*filter(None, map(plain, _BLANKS.split(text)))]
    return f" {' '.join(words if _is_spaced(text) else [*words, plain(text)])} "


def _any_of(words: Iterable[str], *, as_end: bool = False) -> re.Pattern[str]:
    """Return what finds one of *words* in a `_spaced` text; letters without blanks between words anywhere."""
    spaced = {_spaced(word).strip(): word for word in words}
    found = (
        re.escape(plain(word))
        if not _is_spaced(word)
        else f"{'' if as_end and len(short) >= _SHORTEST_END else '(?<= )'}{re.escape(short)}(?= )"
        for short, word in spaced.items()
    )
    return re.compile("|".join(sorted(found, key=len, reverse=True)))


_MAILBOX: Final = _any_of(_PARTS["mailbox"], as_end=True)
_GONE: Final = _any_of(_PARTS["gone"])
_REFUSED: Final = _any_of(_PARTS["refused"])
_BY: Final = _any_of(_PARTS["by"])
_DENYING: Final = _any_of(_PARTS["denying"])
_FAILED: Final = _any_of((*words_of("outcomes.toml")["undecided"], *_PARTS["refused"]))
_DELIVERY: Final = _any_of(_PARTS["delivery"])
# "Delivered with errors" did arrive.
_ARRIVED: Final = {word for word, kind in WORD_KINDS.items() if kind == "delivered"} - {"delivery"}
_DEED: Final = _any_of(word for word in _PARTS["delivery"] if plain(word) not in _ARRIVED)
_HARD: Final = _any_of(words_of("outcomes.toml")["hard_bounced"])
_SOFT: Final = _any_of(words_of("outcomes.toml")["soft_bounced"])


def is_awaited(text: str) -> bool:
    """Return whether a text says that it is not known yet what became of the mail.

    Example:
        >>> is_awaited("Pending"), is_awaited("paused")
        (True, False)
    """
    return plain(text) in _OF["awaited"]


def failure_kinds(text: str) -> set[str]:
    """Return the kind of a text that tells of a failure in more than a word; nothing where it tells of none.

    Example:
        >>> failure_kinds("Address doesn't exist"), failure_kinds("Failed to deliver"), failure_kinds("Error 42")
        ({'hard_bounced'}, {'bounced'}, {'undecided'})
        >>> failure_kinds("no error")
        set()
    """
    spaced = _spaced(text)
    if spaced.count(" ") - 1 > _LONGEST:
        return set()
    of_mailbox = told_of_mailbox(text)
    if of_mailbox == "soft_bounced":
        return {of_mailbox}
    if of_mailbox or (_MAILBOX.search(spaced) and _GONE.search(spaced)):
        return {"soft_bounced" if _SOFT.search(spaced) else "hard_bounced"}
    if _DENYING.search(spaced):
        return {"bounced"} if _is_undelivered(spaced) else set()
    return _failed(spaced)


def _is_undelivered(spaced: str) -> bool:
    """Return whether a text says that a mail was not delivered, and nothing else."""
    left = _DENYING.sub("", _DELIVERY.sub("", spaced))
    return bool(_DELIVERY.search(spaced)) and set(left.split()) <= _OF["filler"]


def _failed(spaced: str) -> set[str]:
    if not _FAILED.search(spaced):
        return {"soft_bounced"} if _SOFT.search(spaced) and _DEED.search(spaced) else set()
    if _SOFT.search(spaced):
        return {"soft_bounced"}
    if _HARD.search(spaced):
        return {"hard_bounced"}
    is_of_server = _REFUSED.search(spaced) and (_MAILBOX.search(spaced) or _BY.search(spaced))
    return {"bounced"} if is_of_server or _DEED.search(spaced) else {"undecided"}
