"""Companies by their names and towns: what is left to know one by where a list or server tells no site or id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.subjects import Wanted

# Only to compare two spellings of one name; "co" and "and" stand in many.
LEGAL_FORMS: Final = frozenset({
    "ab", "ag", "and", "aps", "as", "bv", "co", "company", "corp", "corporation", "doo", "eg", "ek", "gbr", "gesmbh",
    "ggmbh", "gmbh", "inc", "kft", "kg", "kgaa", "limited", "llc", "llp", "ltd", "mbh", "nv", "ohg", "oy", "oyj", "plc",
    "pty", "sa", "sarl", "sas", "se", "sl", "slu", "spa", "srl", "sro", "ug", "und",
})  # fmt: skip
_UNKNOWN: Final = ""
_ANY: Final = "*"  # of a company of which it is not known itself


def without_legal_form(words: Sequence[str]) -> list[str]:
    """Return the words of a company's name but those of its legal form."""
    return [word for word in words if word not in LEGAL_FORMS]


def forms_noted(name: str | None, city: str | None) -> Iterator[Form]:
    """Yield what a company is noted under: its name, with its legal form and town and as if each were not known.

    And its town alone: so the names of few companies of a market have to be read, those in the towns of these.
    """
    bare, *facts = _parts(name, city)
    if bare and facts[-1]:
        yield Form.of(Kind.CALLED, _UNKNOWN, _UNKNOWN, facts[-1])
    if bare:
        for legal, town in product(*((fact, _UNKNOWN) if fact else (_UNKNOWN, _ANY) for fact in facts)):
            yield Form.of(Kind.CALLED, bare, legal, town)


def is_town(wanted: Wanted, city: str) -> bool:
    """Whether a company in this town is wanted."""
    return wanted.holds(Form.of(Kind.CALLED, _UNKNOWN, _UNKNOWN, _town(city)))


def is_called(wanted: Wanted, name: str | None, city: str | None) -> bool:
    """Whether a company of this name in this town is wanted; without a town none is: names repeat."""
    bare, legal, town = _parts(name, city)
    return bool(bare and town) and wanted.holds(Form.of(Kind.CALLED, bare, legal, town))


def may_be_called(wanted: Wanted, name: str | None, city: str | None) -> bool:
    """Whether nothing tells a company of this name from one that is wanted: neither its town nor its legal form."""
    bare, *facts = _parts(name, city)
    return bool(bare) and any(
        wanted.holds(Form.of(Kind.CALLED, bare, legal, town)) for legal, town in product(*((f, _ANY) for f in facts))
    )


def _parts(name: str | None, city: str | None) -> tuple[str, str, str]:
    words = canonical.person((name or "").replace(".", "")).split()  # S.L. is SL
    bare = without_legal_form(words)
    legal = [word for word in words if word in LEGAL_FORMS]
    return " ".join(bare), " ".join(legal), _town(city or "")


def _town(city: str) -> str:
    return " ".join(word for word in canonical.words_of(city) if not word.isdigit())  # no postcode
