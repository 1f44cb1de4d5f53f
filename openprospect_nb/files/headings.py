"""Which column of somebody's table is which field of a company: by its heading, and by the values below it.

A heading is compared without case, accents, blanks and punctuation, and with prefixes that say "of the company" taken
off. A heading alone proposes; the values dispose: a column of personal profile addresses is no web site, a column of
CRM ids no name. In a table of persons, what a bare ``Name``, ``City`` or ``ID`` holds is the person's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from openprospect_nb.files.words import WORDS

__all__ = ["Mapped", "is_known", "is_site", "map_columns", "plain", "profile_or_address"]

Values = Sequence[str]

# Letters that Unicode does not take apart into a letter and its accent.
_UNACCENTED: Final = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae", "ı": "i"})


def plain(heading: str) -> str:
    """Return *heading* without case, accents, blanks and punctuation; a copy's number falls off."""
    letters = unicodedata.normalize(
        "NFKD", re.sub(r" \(\d+\)$|#\s*\d+|(?<=[Aa]ddress) \d+(?=:)", "", heading).translate(_UNACCENTED)
    )
    return "".join(sign for sign in letters.casefold() if sign.isalnum())


_WEAK_NAMES: Final = frozenset(WORDS["weak_name"])
FIELD_WORDS: Final[Mapping[str, frozenset[str]]] = {
    field: frozenset(map(plain, WORDS[field]))
    for field in ("company_name", "website_url", "city", "country", "external_id")
}
_PREFIXES: Final = WORDS["company_prefix"]
_SUFFIXES: Final = WORDS["company_suffix"]
_PERSON: Final = frozenset(map(plain, WORDS["person"]))
# "title" alone is a person's in most tables and a deal's in some, so it needs an e-mail address beside it.
_ADDRESS_HEADINGS: Final = frozenset(
    ["email", "emailaddress", "mail", "workemail", "businessemail", "e-mail", "emails", "courriel", "correo"]
)
_PROFILE_HOSTS: Final = frozenset(WORDS["profile_host"])
_SITE: Final = re.compile(
    r"^(?:https?:/{0,2})?(?:[^\s@/]+\.)+[^\W\d_]{2,}\.?(?::\d+)?(?:[/?#]\S*)?$|^https?://\S+\.\S+$", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"^\S+@\S+\.\S+$")
_CRM_ID: Final = re.compile(r"^(?:00[13Q][A-Za-z0-9]{12,15}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24})$")
_LOST_DIGITS: Final = re.compile(r"^\d[.,]\d+E\+\d+$", re.IGNORECASE)
_HONOURED: Final = re.compile(
    r"^(?:mr|mrs|ms|herr|frau|mme|m|sr|sra|dott|prof)\.?\s|^[^\W\d_]+, [^\W\d_]+$", re.IGNORECASE
)
_SAMPLE: Final = 500
_STRONG, _OF_COMPANY, _OF_OFFICE, _BARE, _WEAK = 5, 4, 3, 2, 1
# What a heading says that names the company itself, also in a table of persons.
_COMPANY_MARKS: Final = ("company", "account", "organi", "firm", "kunde", "customer", "client", "debitor")
# Where the person works, not lives: the better for want of the company's own.
_OFFICE: Final = ("mailing", "office", "work")
# Places as a whole, which the API has no field for.
_WHOLE_PLACES: Final = frozenset(
    ["headquarterslocation", "location", "address", "fulladdress", "companyaddress", "companylocation", "adresse"]
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """API field → column, and column → why it is not used though it looks as if it could be."""

    columns: Mapping[str, str]
    unused: Mapping[str, str]


def is_known(cell: str) -> bool:
    """Return whether *cell* is a heading of companies or persons, in a language or tool we know."""
    word = plain(cell) if len(cell) < 60 else ""
    return bool(word) and (
        any(_strength(field, word) for field in FIELD_WORDS) or word in _PERSON or word in _ADDRESS_HEADINGS
    )


def map_columns(columns: Mapping[str, Sequence[str | None]]) -> Mapped:
    """Return which column is which field of a company, judged by heading and values.

    Args:
        columns: heading → the texts below it, None where they say nothing; all of them, or the first hundreds.
    """
    filled = {name: [text for text in texts if text is not None] for name, texts in columns.items()}
    of_persons = _is_of_persons({plain(name) for name in columns})
    chosen: dict[str, str] = {}
    unused: dict[str, str] = {}
    for field in FIELD_WORDS:
        ranked = []
        for place, name in enumerate(columns):
            strength = _strength(field, plain(name))
            why = _objection(field, strength, filled[name], of_persons=of_persons) if strength else None
            if why is None and strength == _WEAK and _are_owners(columns[name], columns):
                why = "holds names of persons: the e-mail addresses beside them are theirs"
            if why is not None:
                unused.setdefault(name, why)
            elif strength and name not in chosen.values():
                ranked.append((bool(filled[name]), strength, len(filled[name]), -place, name))
        for *_, name in sorted(ranked, reverse=True):
            if chosen.setdefault(field, name) != name:
                unused.setdefault(name, f"{chosen[field]!r} is used as {field}")
    told = {**_told(filled, chosen), **unused}
    return Mapped(chosen, {name: why for name, why in told.items() if name not in chosen.values()})


def _are_owners(names: Sequence[str | None], columns: Mapping[str, Sequence[str | None]]) -> bool:
    """Return whether most names occur before the @ of the address in their row: mia.muster@… beside Mia Muster."""
    for heading, addresses in columns.items():
        if plain(heading) not in _ADDRESS_HEADINGS:
            continue
        pairs = [(name, mail) for name, mail in zip(names, addresses, strict=True) if name and mail and "@" in mail]
        owned = sum(
            any(len(part) > 2 and plain(part) in plain(mail.partition("@")[0]) for part in name.split())
            for name, mail in pairs
        )
        if pairs and 2 * owned > len(pairs):
            return True
    return False


def _told(filled: Mapping[str, Values], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return columns that hold what a field wants, under headings that do not say so."""
    told = {}
    for name, values in filled.items():
        if "website_url" not in chosen and _share(values[:_SAMPLE], is_site) > 0.8:
            told[name] = "holds web addresses; rename it to website_url if they are the companies'"
        elif values and "city" not in chosen and plain(name) in _WHOLE_PLACES:
            told[name] = "holds whole places; split it into city and country"
    return told


def _is_of_persons(words: set[str]) -> bool:
    return bool(words & _PERSON) or ("title" in words and bool(words & _ADDRESS_HEADINGS))


def _strength(field: str, word: str) -> int:
    """Return how clearly a heading names *field*: 0 not at all, 5 in the API's own words."""
    words = FIELD_WORDS[field]
    if word in {"companyname", "websiteurl", "externalid"} and word in words:
        return _STRONG
    if field == "company_name":
        # A prefix before "name" or "company" is either in the list or somebody else's (parent, owner, former).
        stripped = word.removesuffix("c") if word.endswith("namec") else word
        return _OF_COMPANY if stripped in words else _WEAK if word in _WEAK_NAMES else 0
    if field in {"city", "country"} and any(word.removeprefix(prefix) in words for prefix in _OFFICE if prefix in word):
        return _OF_OFFICE
    if word in words and any(mark in word for mark in _COMPANY_MARKS):
        return _OF_COMPANY
    return _OF_COMPANY if _is_prefixed(word, words) else _BARE if word in words else 0


def _is_prefixed(word: str, words: frozenset[str]) -> bool:
    heads = [word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix) and word != prefix]
    tails = [word[: -len(suffix)] for suffix in _SUFFIXES if word.endswith(suffix) and word != suffix]
    return any(rest in words or (rest and _is_prefixed(rest, words)) for rest in heads) or any(
        t in words for t in tails if t
    )


def _objection(field: str, strength: int, values: Values, *, of_persons: bool) -> str | None:
    """Return why a column cannot be *field* although its heading says so, or None."""
    if of_persons and strength <= _BARE and field != "website_url":
        return "is the person's, not the company's; rename it if it is not"
    return VALUE_RULES[field](values[:_SAMPLE])


def _name_rule(values: Values) -> str | None:
    if (
        _share(values, lambda text: bool(_ADDRESS.match(text)) or text.lower().startswith(("http://", "https://")))
        > 0.5
    ):
        return "holds addresses, not names"
    if _share(values, lambda text: bool(_CRM_ID.match(text)) or text.isdigit()) > 0.9:
        return "holds ids, not names"
    if _share(values, lambda text: bool(_HONOURED.match(text))) > 0.5:
        return "holds names of persons"
    return None


def _site_rule(values: Values) -> str | None:
    if _share(values, _is_profile) > 0.5:
        return "holds profiles of persons or companies on other sites, not web sites"
    if _share(values, lambda text: bool(_ADDRESS.match(text))) > 0.5:
        return "holds e-mail addresses, not web sites"
    if _share(values, lambda text: is_site(text) or _is_profile(text)) < 0.5 and values:
        return "holds no web addresses"
    return None


def _place_rule(values: Values) -> str | None:
    numeric = _share(values, lambda text: not any(sign.isalpha() for sign in text)) > 0.5
    return "holds no names of places" if numeric or _share(values, is_site) > 0.5 else None


def _id_rule(values: Values) -> str | None:
    if any(_LOST_DIGITS.match(text) for text in values):
        return "holds ids of which a spreadsheet has kept the first digits only (1.23E+11)"
    return "holds e-mail addresses" if _share(values, lambda text: bool(_ADDRESS.match(text))) > 0.5 else None


VALUE_RULES: Final[Mapping[str, Callable[[Values], str | None]]] = {
    "company_name": _name_rule,
    "website_url": _site_rule,
    "city": _place_rule,
    "country": _place_rule,
    "external_id": _id_rule,
}


def _share(values: Values, rule: Callable[[str], bool]) -> float:
    return sum(map(rule, values)) / len(values) if values else 0.0


def is_site(text: str) -> bool:
    """Return whether *text* is a web address or domain, and none of a profile on another site."""
    return bool(_SITE.match(text)) and not _is_profile(text)


def _is_profile(text: str) -> bool:
    """Return whether *text* is a page on a host of profiles, such as linkedin.com/in/…; a host alone is its owner's."""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
    except ValueError:
        return False
    host = (parts.hostname or "").lower().removeprefix("www.")
    known = any(host == profile or host.endswith(f".{profile}") for profile in _PROFILE_HOSTS)
    return known and len(parts.path.strip("/")) > 0


def profile_or_address(text: str | None) -> bool:
    """Return whether a cell among web sites is none: a profile on another site, or an e-mail address."""
    return text is not None and (_is_profile(text) or bool(_ADDRESS.match(text)))
