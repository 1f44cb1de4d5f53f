"""Which column of somebody's table is which field of a company: by its heading, and by the values below it.

A heading is compared without case, accents, blanks and punctuation, and with prefixes that say "of the company" taken
off. A heading alone proposes; the values dispose: a column of personal profile addresses is no web site, a column of
CRM ids no name. In a table of persons, what a bare ``Name``, ``City`` or ``ID`` holds is the person's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from openprospect_nb.countries import country_code, usual_country_code
from openprospect_nb.files.words import NO, WORDS, YES, words_of
from openprospect_nb.names.common_words import kinds
from openprospect_nb.names.legal_forms import parted
from openprospect_nb.names.words import words_of as words_in
from openprospect_nb.privacy import canonical, shared

Values = Sequence[str]

# Letters that Unicode does not take apart into a letter and its accent.
_UNACCENTED: Final = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae", "ı": "i"})
_NUMBER: Final = re.compile(r" \(\d+\)$|#\s*\d+|(?<=[Aa]ddress) \d+(?=:)")
_NO_LETTERS: Final = re.compile(r"[\W_]+")


def plain(heading: str) -> str:
    """Return *heading* without case, accents, blanks and punctuation; a copy's number falls off."""
    # The pattern may begin anywhere: looking for its signs first is quicker.
    is_numbered = "(" in heading or "#" in heading or "ddress" in heading
    letters = _NUMBER.sub("", heading) if is_numbered else heading
    if not letters.isascii():
        letters = unicodedata.normalize("NFKD", letters.translate(_UNACCENTED))
    return _NO_LETTERS.sub("", letters.casefold())


def any_of(patterns: Iterable[str]) -> str:
    """Return patterns as one; letters beyond ASCII stand in them as `plain` leaves them in what is read."""
    return "|".join(pattern if pattern.isascii() else plain(pattern) for pattern in patterns)


WEAK_NAMES: Final = frozenset(WORDS["weak_name"])
FIELD_WORDS: Final[Mapping[str, frozenset[str]]] = {
    field: frozenset(map(plain, (*WORDS[field], *(WORDS["employer"] if field == "company_name" else ()))))
    for field in ("company_name", "website_url", "city", "country", "external_id")
}
# "Kraj" is a country in Polish and a town in Slovene: what stands below it tells.
_TOWN_OR_COUNTRY: Final = FIELD_WORDS["city"] & FIELD_WORDS["country"]
_SEATS: Final = frozenset(map(plain, WORDS["seat"]))
_HOMES: Final = frozenset(map(plain, WORDS["residence"]))
_EMPLOYERS: Final = frozenset(map(plain, WORDS["employer"]))
_PREFIXES: Final = tuple(WORDS["company_prefix"])
_SUFFIXES: Final = tuple(WORDS["company_suffix"])
_PERSON: Final = frozenset(map(plain, WORDS["person"]))
# Those of outcomes, but for two that stand for a street in most other tables.
ADDRESS_HEADINGS: Final = frozenset(map(plain, words_of("outcome_headings.toml")["email"])) - {"address", "to"}
# What a longer heading is made of: "Full name of the company (required)".
_OF_HEADINGS: Final = frozenset().union(
    *FIELD_WORDS.values(), WEAK_NAMES, _PREFIXES, *(map(plain, WORDS[key]) for key in ("between", "unit", "whole"))
)
_PROFILE_HOSTS: Final = frozenset(WORDS["profile_host"])
_SITE: Final = re.compile(
    r"^(?:https?:/{0,2})?(?:[^\s@/]+\.)+[^\W\d_]{2,}\.?(?::\d+)?(?:[/?#]\S*)?$|^https?://\S+\.\S+$", re.IGNORECASE
)
# A web address that every reader takes as it is.
_WHOLE_SITE: Final = re.compile(
    r"^(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}\.?(?::\d+)?(?:[/?#]\S*)?$"
    r"|^https?://[\w-]+(?:\.[\w-]+)+/?$",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"^\S+@\S+\.\S+$")
_CRM_ID: Final = re.compile(r"^(?:00[13Q][A-Za-z0-9]{12,15}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24})$")
_LOST_DIGITS: Final = re.compile(r"^\d(?:[.,]\d+)?E\+\d+$", re.IGNORECASE)
_HONOURED: Final = re.compile(r"^(?:mr|mrs|ms|herr|frau|mme|m|sr|sra|dott|prof)\.?\s", re.IGNORECASE)
_LAST_FIRST: Final = re.compile(r"^[^\W\d_]+, [^\W\d_]+$")
_SAMPLE: Final = 500
_STRONG, _OF_COMPANY, _OF_OFFICE, _BARE, _WEAK = 5, 4, 3, 2, 1
# What a heading says that names the company itself, also in a table of persons.
_COMPANY_MARKS: Final = ("company", "account", "organi", "firm", "kunde", "customer", "client", "debitor")
_BUYERS: Final = frozenset(WORDS["buyer"])
_OF_BUYERS: Final = frozenset(map(plain, WORDS["buyer_name"])) | _BUYERS
# Beside a bare name: what a person is or has, and no firm.
_POSTS: Final = frozenset(map(plain, WORDS["post"]))
_CONTACTS: Final = frozenset(map(plain, WORDS["contact"]))
_OF_PERSONS_ALONE: Final = frozenset({"fullname"})
_PERSONAL: Final = re.compile(r"(?:linkedin\.com/(?:in|pub)|xing\.com/profile)/([^/?#\s]+)", re.IGNORECASE)
# Where the person works, not lives: the better for want of the company's own.
_OFFICE: Final = ("mailing", "office", "work")
_WHOLE_PLACES: Final = frozenset(map(plain, WORDS["whole_place"]))
_WHOLE: Final = "holds whole places; split it into city and country"
_ANSWERS: Final = YES | NO


@dataclass(frozen=True, slots=True)
class Mapped:
    """API field → column, and column → why it is not used though it looks as if it could be."""

    columns: Mapping[str, str]
    unused: Mapping[str, str]


# A file's first lines are cut into cells by each separator, and read again for where the headings stand.
@lru_cache(maxsize=10_000)
def is_known(cell: str) -> bool:
    """Return whether *cell* is a heading of companies or persons, in a language or tool we know."""
    word = plain(cell) if len(cell) < 60 else ""
    return bool(word) and (
        any(_strength(field, word) for field in FIELD_WORDS) or word in _PERSON or word in ADDRESS_HEADINGS
    )


@lru_cache(maxsize=1_000)
def field_of(heading: str) -> str | None:
    """Return which field of a company *heading* names most clearly; None if none."""
    word = plain(heading)
    strength, field = max((_strength(field, word), field) for field in FIELD_WORDS)
    return field if strength else None


def names_the_same(heading: str, cell: str) -> bool:
    """Return whether *cell* is another heading for what *heading* names: "Name der Firma" of "Company".

    All its words must be words of headings: "Firma Müller" is a company.
    """
    field = field_of(heading)
    if field is None or len(cell) >= 60:
        return False
    words = {plain(word) for word in re.findall(r"[^\W\d_]+", cell)}
    own = FIELD_WORDS[field] | (WEAK_NAMES if field == "company_name" else frozenset())
    return field_of(cell) == field or (bool(words & own) and words <= _OF_HEADINGS)


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
            why = why or _other_place(field, plain(name), filled[name][:_SAMPLE])
            # The API's own word for it is taken at its word: that is how to say that persons' names are meant.
            if why is None and field == "company_name" and 0 < strength < _STRONG:
                why = _of_people(name, columns, strength)
            if why is not None:
                unused.setdefault(name, why)
            elif strength and name not in chosen.values():
                ranked.append((bool(filled[name]), strength, len(filled[name]), -place, name))
        for *_, name in sorted(ranked, reverse=True):
            if chosen.setdefault(field, name) != name:
                unused.setdefault(name, f"is not used: {chosen[field]!r} is used as {field}")
    remarks = {**_resembling(filled, chosen), **unused}
    return Mapped(chosen, {name: why for name, why in remarks.items() if name not in chosen.values()})


def _of_people(named: str, columns: Mapping[str, Sequence[str | None]], strength: int) -> str | None:
    """Return what beside a column of names shows that they are persons' names; None where nothing does."""
    can_be = strength == _WEAK or plain(named) in _OF_BUYERS
    if (owned := _beside_their_own(named, columns, at_any_host=can_be)) is not None or not can_be:
        return owned
    words = {plain(heading) for heading, texts in columns.items() if any(texts)}
    filled = [name for name in columns[named] if name]
    if words & FIELD_WORDS["website_url"] or _share(filled, _is_full_name) <= 0.8:
        return None
    if strength == _WEAK:
        strong = (n for n in columns if n != named and _strength("company_name", plain(n)) >= _OF_COMPANY)
        if (company := next(strong, None)) is not None:
            return f"holds names of persons: their companies would stand under {company!r}"
    if plain(named) in _OF_PERSONS_ALONE or (strength == _WEAK and _share(filled, _begins_with_given_name) > 0.6):
        return "holds names of persons"
    # Beside a contact's name, a form of address is the contact's.
    if words & _POSTS and (strength == _WEAK or not words & _CONTACTS):
        return f"holds names of persons: {next(h for h in columns if plain(h) in _POSTS)!r} beside them is theirs"
    return None


def _beside_their_own(named: str, columns: Mapping[str, Sequence[str | None]], *, at_any_host: bool) -> str | None:
    """Return of a column of names that the e-mail addresses or profiles beside them are their own; None if not.

    Under a heading that clearly says company the address must hold all of the name, and not be at a mail provider:
    firms have addresses too.
    """
    if not at_any_host and _share([name for name in columns[named] if name], _is_full_name) <= 0.8:
        return None
    for heading, texts in columns.items():
        beside = [(n, text) for n, text in zip(columns[named], texts, strict=True) if n and text and heading != named]
        owners = {place: _own_word(text) for place, (_, text) in enumerate(beside) if _own_word(text)}
        owned = sum(
            _owns(beside[place][0], *owner) and (at_any_host or _is_whole(beside[place][0], *owner))
            for place, owner in owners.items()
            if owner
        )
        if owners and 2 * len(owners) > len(beside) and 2 * owned > len(owners):
            what = "e-mail addresses" if "@" in beside[next(iter(owners))][1] else "profiles"
            return f"holds names of persons: the {what} beside them are theirs"
    return None


def _own_word(text: str) -> tuple[str, str] | None:
    """Return the part of an e-mail address or personal profile that names its owner, and the host; None of others."""
    if _ADDRESS.match(text):
        local, _, host = text.rpartition("@")
        return local, host
    profile = _PERSONAL.search(text)
    return (profile[1], "") if profile else None


def _owns(name: str, local: str, host: str) -> bool:
    """Return whether a person of this name would have such an address: ute.alt@…, ualt@…, u@… of Ute Alt."""
    parts = [word for part in name.split() if (word := plain(part))]
    if parted(name)[1] or all(part in plain(host) for part in parts):
        return False  # a firm's own, on its own host
    word = re.sub(r"\d+$", "", plain(local.partition("+")[0]))
    initials = {parts[0][0], "".join(part[0] for part in parts)} if len(parts) > 1 else set()
    return word in initials or any(len(part) > 2 and part in word for part in parts)


def _is_whole(name: str, local: str, host: str) -> bool:
    """Return whether an address holds all of a name, or surname and initial alone, and is at no mail provider."""
    if host and shared.own_domain(host) is None:
        return False
    parts, word = [plain(part) for part in name.split()], plain(local)
    first, last = parts[0], parts[-1]
    return all(part in word for part in parts) or word in {first[:1] + last, last + first[:1]}


def _begins_with_given_name(text: str) -> bool:
    return "first_names" in kinds(next(iter(words_in(text)), ""))


def _is_full_name(text: str) -> bool:
    """Return whether *text* can be first name and surname: two to four words of letters, no legal form."""
    words = text.split()
    are_letters = all(re.fullmatch(r"[^\W\d_]+[^\W\d_.'’-]*\.?", word) for word in words)
    return 1 < len(words) < 5 and are_letters and not parted(text)[1]


def _resembling(filled: Mapping[str, Values], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return columns that hold what a field wants, under headings that do not say so."""
    # "Name 2" of "Name 1", or of "Name".
    second = f"{plain(chosen.get('company_name', '')).removesuffix('1')}2"
    remarks = {}
    for name, values in filled.items():
        if "website_url" not in chosen and _share(values[:_SAMPLE], is_site) > 0.8:
            remarks[name] = "holds web addresses; rename it to website_url if they are the companies'"
        elif values and "city" not in chosen and plain(name) in _WHOLE_PLACES:
            remarks[name] = _WHOLE
        elif values and plain(name) in _HOMES:
            remarks[name] = "says where persons live, not where the company is; rename it to city or country if it does"
        elif values and "country" not in chosen and _share(values[:_SAMPLE], _is_country) > 0.8:
            remarks[name] = "holds countries; rename it to country if they are the companies'"
        elif _share(values[:_SAMPLE], is_address) > 0.5:
            continue
        elif values and len(second) > 1 and plain(name) == second:
            remarks[name] = f"is not used: it may go on where {chosen['company_name']!r} ends; join the two if it does"
        elif values and (field := _resembled(name, chosen)) is not None:
            remarks[name] = f"could be the {field}; rename it to {field} if it is the company's"
    return remarks


def _resembled(heading: str, chosen: Mapping[str, str]) -> str | None:
    """Return the field without a column that one word of a longer heading names: "Client site city"."""
    words = [plain(word) for word in re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading))]
    wanted = [field for field in FIELD_WORDS if field not in chosen and field != "external_id"]
    # The last word says what it is, those before whose.
    named = (field for word in reversed(words) for field in wanted if word in FIELD_WORDS[field] - WEAK_NAMES)
    return next(named, None)


def _is_of_persons(words: set[str]) -> bool:
    # "title" alone is a person's in most tables and a deal's in some, so it needs an e-mail address beside it.
    # Employers may be a list of companies; with a bare name beside them they are somebody's.
    return bool(words & _PERSON or (words & _EMPLOYERS and words & WEAK_NAMES)) or (
        "title" in words and bool(words & ADDRESS_HEADINGS)
    )


def _strength(field: str, word: str) -> int:
    """Return how clearly a heading names *field*: 0 not at all, 5 in the API's own words."""
    # "Ort 1" and "Organization 1 - Name" are the first of several: the ones to take.
    words = FIELD_WORDS[field]
    word = word if word in words else word.replace("1", "")
    if word in {"companyname", "websiteurl", "externalid"} and word in words:
        return _STRONG
    if field == "company_name":
        # A prefix before "name" or "company" is either in the list or somebody else's (parent, owner, former).
        stripped = word.removesuffix("c") if word.endswith("namec") else word
        if word in _BUYERS:
            return _OF_OFFICE
        return _OF_COMPANY if stripped in words else _WEAK if word in WEAK_NAMES else 0
    if field in {"city", "country"} and any(word.removeprefix(prefix) in words for prefix in _OFFICE if prefix in word):
        return _OF_OFFICE
    if word in words and (word in _SEATS or any(mark in word for mark in _COMPANY_MARKS)):
        return _OF_COMPANY
    return _OF_COMPANY if _is_prefixed(word, words) else _BARE if word in words else 0


def _is_prefixed(word: str, words: frozenset[str]) -> bool:
    if not (word.startswith(_PREFIXES) or word.endswith(_SUFFIXES)):
        return False
    heads = [word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix) and word != prefix]
    tails = [word[: -len(suffix)] for suffix in _SUFFIXES if word.endswith(suffix) and word != suffix]
    return any(rest in words or _is_prefixed(rest, words) for rest in heads) or any(rest in words for rest in tails)


def _objection(field: str, strength: int, values: Values, *, of_persons: bool) -> str | None:
    """Return why a column cannot be *field* although its heading says so, or None."""
    if of_persons and strength <= _BARE and field != "website_url":
        return "is the person's, not the company's; rename it if it is not"
    return VALUE_RULES[field](values[:_SAMPLE])


def _name_rule(values: Values) -> str | None:
    if _share(values, lambda text: is_address(text) or text.lower().startswith(("http://", "https://"))) > 0.5:
        return "holds addresses, not names"
    if _share(values, lambda text: bool(_CRM_ID.match(text)) or text.isdigit()) > 0.9:
        return "holds ids, not names"
    if _share(values, _is_person) > 0.5:
        return "holds names of persons"
    return None


def _is_person(text: str) -> bool:
    """Return whether a name has a form of address, or is a surname and a first name: "Muster, Mia", not "Foo, Inc"."""
    return bool(_HONOURED.match(text) or (_LAST_FIRST.match(text) and not parted(text)[1]))


def _site_rule(values: Values) -> str | None:
    if _share(values, _is_profile) > 0.5:
        return "holds profiles of persons or companies on other sites, not web sites"
    if _share(values, is_address) > 0.5:
        return "holds e-mail addresses, not web sites"
    if _share(values, lambda text: is_site(text) or _is_profile(text) or site_of(text) is not None) < 0.5 and values:
        return "holds no web addresses"
    return None


def _place_rule(values: Values) -> str | None:
    numeric = _share(values, lambda text: not any(sign.isalpha() for sign in text)) > 0.5
    return "holds no names of places" if numeric or _share(values, is_site) > 0.5 else None


def _other_place(field: str, word: str, values: Values) -> str | None:
    """Return why a column of seats, or of what is a town or a country, is none of *field*, or None."""
    is_seat = word in _SEATS or _is_prefixed(word, _SEATS)
    if not is_seat and word not in _TOWN_OR_COUNTRY:
        return None
    if is_seat and _share(values, _is_whole_place) > 0.5:
        return _WHOLE
    if is_seat and _share(values, lambda text: text.casefold() in _ANSWERS) > 0.5:
        return "holds no names of places"
    are_countries = _share(values, lambda text: country_code(text) is not None) > 0.5
    if field == "city" and are_countries:
        return "holds countries; rename it to country if they are the companies'"
    return "holds no countries" if field == "country" and not are_countries else None


def _is_whole_place(text: str) -> bool:
    """Return whether *text* says more than a town: a town and its country, or a street."""
    return "," in text or "\n" in text or any(map(str.isdigit, text))


def _is_country(text: str) -> bool:
    # "no" is a word, "NO" is Norway. To read all languages for any column of anything would take seconds.
    return usual_country_code(text) is not None and (len(text) > 3 or text.isupper())


def _id_rule(values: Values) -> str | None:
    if any(_LOST_DIGITS.match(text) for text in values):
        return "holds ids of which a spreadsheet has kept the first digits only (1.23E+11)"
    return "holds e-mail addresses" if _share(values, is_address) > 0.5 else None


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
    return _is_of_profiles((parts.hostname or "").lower().removeprefix("www.")) and len(parts.path.strip("/")) > 0


def _is_of_profiles(host: str) -> bool:
    return any(host == profile or host.endswith(f".{profile}") for profile in _PROFILE_HOSTS)


def is_address(text: str) -> bool:
    """Return whether *text* is an e-mail address and nothing else."""
    return bool(_ADDRESS.match(text))


def site_of(text: str) -> str | None:
    """Return the web address that a cell among web sites is meant as, or None: a profile, an e-mail address, words.

    One that is whole stays as it is. Of others the host is left, as lists of whom to keep out read it
    (`privacy.canonical.domains`): of ``http//x.example``, ``<https://x.example>``, ``www,x.example``, and the first
    of several.

    Example:
        >>> [site_of(text) for text in ("https://a.example/de", "http//b.example", "c.example, d.example", "none yet")]
        ['https://a.example/de', 'b.example', 'c.example', None]
    """
    if _is_profile(text) or _ADDRESS.match(text):
        return None
    if _WHOLE_SITE.match(text):
        return text
    hosts = canonical.domains(text)
    return next((host for host in hosts if not _is_of_profiles(host)), text if is_site(text) and not hosts else None)
