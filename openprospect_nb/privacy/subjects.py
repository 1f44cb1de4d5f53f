"""Whom somebody asked for, and whether a text or value names them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.shared import NETWORKS, is_shared_domain

MARK: Final = "[forgotten]"
SHORTEST: Final = 4
_TOKEN: Final = re.compile(r"[^\s\"'<>(){}\[\],;]{4,}")
_PLAIN_TOKEN: Final = re.compile(r"[\w\-]{4,}")
_LONGEST_NAME: Final = 5  # words
_LONGEST_SIGNS: Final = 12  # signs
_SIGN: Final = re.compile(f"[{canonical.WIDE}]")
# What vendors call fields of a person's record: those of names, and those of ways to reach somebody.
_OWN_NAME: Final = re.compile(
    r"(?:first|last|given|family|full|sur|middle).?name|vorname|nachname|pr[eé]nom", re.IGNORECASE
)
_CONTACT: Final = re.compile(r"mail|phone|tel|mobil|linkedin|xing|profile|contact", re.IGNORECASE)
_NETWORK: Final = re.compile(rf"(?:[\w-]+\.)*(?:{'|'.join(NETWORKS)})\.\w+/")


class Wanted(Protocol):
    """Who is looked for: a `Subject` in clear, or everybody in an erasure ledger, by hashes."""

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of form that are looked for; no other can hold."""

    @property
    def countries(self) -> frozenset[str]:
        """The countries of their telephone numbers: how a local number is tried where no country is known."""

    def holds(self, form: Form) -> bool:
        """Whether *form* is one of theirs."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One person or company by every form that is known of them."""

    forms: frozenset[Form]
    kinds: frozenset[Kind] = field(init=False)
    countries: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        numbers = (canonical.country_of(form.text) for form in self.forms if form.kind is Kind.PHONE)
        object.__setattr__(self, "kinds", frozenset(form.kind for form in self.forms))
        object.__setattr__(self, "countries", frozenset(filter(None, numbers)))

    def holds(self, form: Form) -> bool:
        """Whether *form* is one of theirs."""
        return form in self.forms


@dataclass(frozen=True, slots=True)
class Only:
    """Who is wanted, by some kinds of form alone."""

    wanted: Wanted
    among: frozenset[Kind]
    kinds: frozenset[Kind] = field(init=False)
    countries: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", self.wanted.kinds & self.among)
        object.__setattr__(self, "countries", self.wanted.countries)

    def holds(self, form: Form) -> bool:
        """Whether *form* is one of theirs and of one of the kinds."""
        return form.kind in self.among and self.wanted.holds(form)


@dataclass(frozen=True, slots=True)
class At:
    """Who is wanted, and, by their names too, those of them who work at one company."""

    wanted: Wanted
    place: str
    kinds: frozenset[Kind] = field(init=False)
    countries: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", self.wanted.kinds | {Kind.NAME})
        object.__setattr__(self, "countries", self.wanted.countries)

    def holds(self, form: Form) -> bool:
        """Whether *form* is one of theirs, or the name of one who works there."""
        named = form.kind is Kind.NAME
        return self.wanted.holds(Form.of(Kind.EMPLOYEE, self.place, form.text) if named else form)


def asked(who: str, country: str | None = None) -> Form:
    """Return whom *who* names: an address, a domain, a profile, a telephone number, a person's name, else an id.

    Raises:
        ValidationError: *who* is too short to name somebody, holds several addresses, or is a number without country.
    """
    text = who.strip().removeprefix("*@")
    # Ids may be as short as the vendor likes; nothing else that says who is meant is. A sign of a script that writes
    # syllables or words takes three bytes: two are a name.
    if len(text.encode("utf-8", "replace")) < SHORTEST and not text.isdigit():
        raise _refusal(f"needs at least {SHORTEST} characters: an e-mail address, a domain, a number or an id")
    if canonical.addresses_in(text):
        address = canonical.address(text)
        if address is None:
            raise _refusal("holds several e-mail addresses; forget them one by one")
        return Form(Kind.ADDRESS, address)
    if (page := canonical.profile(text)) and _NETWORK.match(page):
        return Form(Kind.PROFILE, page)
    if (domain := canonical.domain(text)) and not domain.rpartition(".")[2].isdigit():
        if is_shared_domain(domain):
            raise _refusal("is the domain of many; give an address, a profile or an id")
        return Form(Kind.DOMAIN, domain)
    written_as_number = re.fullmatch(r"(?:tel:)?[+(]?[\d\s().\-/\u2013]{6,30}(?:;?\s*ext[.=]?\s*\d+)?", text)
    if written_as_number and not text.isdigit():
        number = canonical.phone(text, country)
        if number is None:
            raise _refusal("is a telephone number without its country; write it with + and the country code")
        return Form(Kind.PHONE, number)
    return _name_or_id(text)


def _name_or_id(text: str) -> Form:
    words = canonical.person(text).split()
    # An id is written in plain letters: any other word is a name, though it be one word ("山田太郎" is one too).
    if (len(words) > 1 or not text.isascii()) and not any(character.isdigit() for character in text):
        return Form(Kind.NAME, " ".join(words))
    return Form(Kind.ID, canonical.identity(text))


def formerly(who: str) -> tuple[Form, Form]:
    """Return as what an earlier version may have noted a name: folded less, or, of one word, as an id."""
    text = who.strip()
    return Form(Kind.NAME, canonical.person_of(canonical.words_of(text))), Form(Kind.ID, canonical.identity(text))


def mentions(text: str, wanted: Wanted, country: str | None = None) -> bool:
    """Whether *text* names who is wanted, in any reading; *country* tells how local telephone numbers are meant."""
    kinds = wanted.kinds
    places = (country,) if country or Kind.PHONE not in kinds else (None, *wanted.countries)
    return any(
        wanted.holds(Form(kind, form))
        for kind, find in _FINDERS.items()
        if kind in kinds
        for place in (places if kind is Kind.PHONE else places[:1])
        for form in find(text, place)
    )


def blanked(value: Any, wanted: Wanted, mark: str = MARK, country: str | None = None) -> Any:
    """Return JSON-ready *value* with every text, number and field name that names who is wanted replaced by *mark*.

    Of a record inside it that is a person's, names beside an address, nothing stays: an item of a list is left out.
    """
    if isinstance(value, str):
        return mark if mentions(value, wanted, country) else value
    if isinstance(value, Mapping):
        names = [blanked(name, wanted, mark, country) for name in value]
        unlike = (f"{name} {n}" if names.count(name) > 1 else name for n, name in enumerate(names, start=1))
        return {
            name: mark if _is_of_a_person(member, wanted, country) else blanked(member, wanted, mark, country)
            for name, member in zip(unlike, value.values(), strict=True)
        }
    if isinstance(value, list | tuple):
        others = [member for member in value if not _is_of_a_person(member, wanted, country)]
        return [blanked(member, wanted, mark, country) for member in others]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return mark if is_number and mentions(str(value), wanted, country) else value


def _is_of_a_person(value: Any, wanted: Wanted, country: str | None) -> bool:
    """Whether *value* is a record with the names of who is wanted beside what tells that it is they."""
    if not isinstance(value, Mapping):
        return False
    own = any(_OWN_NAME.search(str(name)) for name in value)
    if not own and "name" not in {str(name).lower() for name in value}:
        return False
    direct = [
        str(text)
        for name, member in value.items()
        if own or _CONTACT.search(str(name))
        for text in (member if isinstance(member, list) else [member])
        if isinstance(text, str | int)
    ]
    return any(mentions(text, wanted, country) for text in direct)


def blanked_text(stored: str, wanted: Wanted, mark: str = MARK, country: str | None = None) -> str:
    """Return a text as it may stay: JSON without the values that name who is wanted, any other text whole or *mark*."""
    if not mentions(stored, wanted, country):
        return stored
    try:
        value = json.loads(stored)
    except ValueError:
        return mark
    if not isinstance(value, dict | list):
        return mark
    left = json.dumps(blanked(value, wanted, mark, country), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # What only the text as a whole names, such as a number split over two fields, goes with the text.
    return mark if mentions(left, wanted, country) else left


def _ids(text: str, _: str | None) -> Iterator[str]:
    tokens = {token for r in canonical.readings(text) for shape in (_TOKEN, _PLAIN_TOKEN) for token in shape.findall(r)}
    return map(canonical.identity, tokens)


def _names(text: str, _: str | None) -> Iterator[str]:
    """Yield what in *text* could be a person's name: two to five words in a row, as `canonical.person` sorts them.

    Up to twelve where each sign counts as a word; with and without initials, and without the s of a genitive.
    """
    written = canonical.name_words_of(text)
    longer = [word for word in written if len(word) > 1 or _SIGN.match(word)]
    # Ledgers of earlier versions hold names by `canonical.words_of`.
    for words in dict.fromkeys(map(tuple, (written, longer, canonical.words_of(text)))):
        for size in range(2, _LONGEST_SIGNS + 1):
            for start in range(len(words) - size + 1):
                name = [*words[start : start + size]]
                if size <= _LONGEST_NAME or all(map(_SIGN.match, name)):
                    yield canonical.person_of(name)
                    if name[-1].endswith("s"):
                        yield canonical.person_of([*name[:-1], name[-1][:-1]])


_FINDERS: Final[Mapping[Kind, Callable[[str, str | None], Iterable[str]]]] = {
    Kind.ADDRESS: lambda text, _: canonical.addresses_in(text),
    Kind.DOMAIN: lambda text, _: (name for host in canonical.hosts_in(text) for name in canonical.and_above(host)),
    Kind.PHONE: canonical.phones_in,
    Kind.PROFILE: lambda text, _: canonical.profiles_in(text),
    Kind.ID: _ids,
    Kind.NAME: _names,
}


def _refusal(why: str) -> ValidationError:
    return ValidationError(
        "nothing was erased", fields=[FieldProblem("who", why)], next_step="Say in another way who is meant."
    )
