"""What a column of a mailing tool's export tells, by its heading: listed, or made of words that mean more of a bounce.

*Bounce type*, *Bounce-Kategorie*, *Type de rebond* and *Motivo del rebote* are built alike in every language: a bounce,
and what of it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from openprospect_nb.files.headings import plain
from openprospect_nb.files.words import words_of

_LISTED: Final = {plain(word): kind for kind, words in words_of("outcome_headings.toml").items() for word in words}
_PARTS: Final = words_of("bounce_headings.toml")
# Severity is Mailgun's word for it.
_SEVERITY: Final = "severity"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(plain(word)) for word in words}, key=len, reverse=True))


_BETWEEN: Final = f"(?:{_any_of(_PARTS['between'])})"


def _shape(bounces: str, nouns: str) -> re.Pattern[str]:
    return re.compile(
        rf"{_BETWEEN}?(?:(?:{bounces}){_BETWEEN}{{0,2}}(?:{nouns})|(?:{nouns}){_BETWEEN}{{0,2}}(?:{bounces}))"
    )


_BOUNCE: Final = _any_of(_PARTS["bounce"])
_ANY_BOUNCE: Final = _any_of((*_PARTS["bounce"], *_PARTS["returned"]))
# How `files.outcomes` calls such a column → its headings.
_TOLD: Final = {
    "words": _shape(_ANY_BOUNCE, _any_of(_PARTS["type"])),
    "bounce_class": _shape(_ANY_BOUNCE, _any_of(_PARTS["class"])),
    "bounce_reason": _shape(_BOUNCE, _any_of(_PARTS["reason"])),
    "reason": _shape(_BOUNCE, _any_of(_PARTS["text"])),
}


def heading_kind(heading: str) -> str:
    """Return what a column tells, a name of `outcome_headings.toml`; an empty text where the heading says nothing.

    Example:
        >>> heading_kind("Bounce-Kategorie"), heading_kind("Motif du rebond"), heading_kind("City")
        ('words', 'bounce_reason', '')
    """
    word = plain(heading)
    return _LISTED.get(word) or next((kind for kind, shape in _TOLD.items() if shape.fullmatch(word)), "")


def is_more_of_a_bounce(heading: str) -> bool:
    """Return whether a column of words tells more of a bounce and nothing of other mails: its type or severity.

    Example:
        >>> is_more_of_a_bounce("Tipo de rebote"), is_more_of_a_bounce("Status")
        (True, False)
    """
    word = plain(heading)
    return word == _SEVERITY or bool(_TOLD["words"].fullmatch(word) or _TOLD["bounce_class"].fullmatch(word))
