"""What is known of who is to be forgotten: every form by which they could come back, learned from stored rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.called import LEGAL_FORMS, forms_noted, without_legal_form
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.holding import COUNTRY, Frames, theirs
from openprospect_nb.privacy.shared import ROLE_NAMES, is_shared_domain
from openprospect_nb.privacy.subjects import Subject

_END: Final = 6
_ROUNDS: Final = 10
_OF_PERSONS: Final = frozenset({Kind.PROSPECT, Kind.ADDRESS, Kind.PROFILE, Kind.EMPLOYEE})
_PERSON: Final = ("id", "company_id", "first_name", "last_name", "email", "linkedin_url", "source")


def known_of(asked: Form, frames: Frames) -> Subject:
    """Return *asked* with every form that rows of *frames* add to it, and those add to each other.

    A person is known by address, profile, number and id, and by the name at the company. A company is known by its
    name in its town too; of its people only the ids are: they did not ask, and may go elsewhere.

    A word or two that are no id here may be the name of a person or company here.

    Raises:
        ValidationError: *asked* is a name, and not of exactly one person or company of *frames*; or the id of both.
    """
    people_ids, firm_ids = _identities(frames["prospects"]), _identities(frames["companies"])
    if asked.kind is Kind.ID and asked.text in people_ids & firm_ids:
        raise _refusal("is the id of a person and of a company here", "Give the e-mail address, profile or domain.")
    forms = {asked}
    if asked.kind is Kind.NAME or (asked.kind is Kind.ID and asked.text not in people_ids | firm_ids):
        forms |= _named(asked, frames)
    is_person = asked.text in people_ids or any(form.kind in _OF_PERSONS for form in forms)
    of_a_person = is_person if asked.kind in {Kind.ID, Kind.NAME} else asked.kind is not Kind.DOMAIN
    for _ in range(_ROUNDS):
        firms, people = theirs(frames, Subject(frozenset(forms)))
        mine = people.join(firms, left_on="company_id", right_on="id", how="anti") if firms.height else people
        learned = {*_ids(firms, Kind.COMPANY), *_ids(people, Kind.PROSPECT)}
        if of_a_person:
            learned |= {*_forms_of(mine), *_own_numbers(mine, frames)}
        else:
            learned |= _calls(firms)
        if learned <= forms:
            break
        forms |= learned
    return Subject(frozenset(forms))


def _identities(rows: pl.DataFrame) -> set[str]:
    return {canonical.identity(text) for text in rows["id"].drop_nulls()}


def _named(asked: Form, frames: Frames) -> set[Form]:
    """Return the forms of the one person or company that bears the name *asked*; of an id that is no name, nothing."""
    words = canonical.person(asked.text).split()
    is_a_name = asked.kind is Kind.NAME
    people, firms = _people_called(words, frames["prospects"]), _firms_called(words, frames["companies"])
    count = len(_persons(people)) + firms["id"].n_unique()
    if count == 0 and not is_a_name:
        return set()
    if count == 1:
        return {*_forms_of(people), *_ids(firms, Kind.COMPANY), *_domains_of(firms)}
    ids = sorted({*people["id"].drop_nulls(), *firms["id"].drop_nulls()})[:10]
    raise _refusal(
        f"is the name of {f'{count} persons or companies' if count else 'nobody'} on this machine",
        "Names repeat: give the e-mail address, the profile, the domain or the id of the one you mean."
        + (f" Their ids: {', '.join(ids)}." if ids else ""),
    )


def _people_called(words: list[str], prospects: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose name holds all *words*, and at least two: a first name alone is no person's.

    Of a name in signs, where a first name is two of them, all have to be there.
    """
    names = prospects.select("first_name", "last_name").rows()
    signs = [word for word in words if re.match(f"[{canonical.WIDE}]", word)]
    hits = [
        words == theirs if signs else len(words) > 1 and set(words) <= set(theirs)
        for theirs in (canonical.person(*name).split() for name in names)
    ]
    return prospects.filter(pl.Series(hits, dtype=pl.Boolean))


def _firms_called(words: Sequence[str], companies: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of companies of exactly this name, with or without its legal form."""
    mine = without_legal_form(words)
    names = companies["name"].to_list()
    hits = [bool(mine) and without_legal_form(canonical.person(name).split()) == mine for name in names]
    exact = [hit and canonical.person(name).split() == list(words) for hit, name in zip(hits, names, strict=True)]
    # "Invented AG" is not "Invented GmbH"; where one was written out, only that one is meant.
    return companies.filter(pl.Series(exact if any(exact) or set(words) & LEGAL_FORMS else hits, dtype=pl.Boolean))


def _calls(firms: pl.DataFrame) -> set[Form]:
    rows = firms.select(_text(firms, "name"), _text(firms, "city")).unique().iter_rows()
    return {form for name, city in rows for form in forms_noted(name, city)}


def _domains_of(firms: pl.DataFrame) -> Iterator[Form]:
    for sites in firms.select(_text(firms, "website_url"), _text(firms, "normalized_url")).iter_rows():
        for host in filter(None, (canonical.domain(site or "") for site in sites)):
            if not is_shared_domain(host):
                yield Form(Kind.DOMAIN, host)


def _refusal(why: str, next_step: str) -> ValidationError:
    return ValidationError("nothing was erased", fields=[FieldProblem("who", why)], next_step=next_step)


def _persons(rows: pl.DataFrame) -> list[set[Form]]:
    """Return the forms of each person of *rows*; rows that share an id, an address or a profile are one person."""
    persons: list[set[Form]] = []
    for row in rows.select(pl.struct(pl.all())).to_series().to_list():
        forms = set(_forms_of(pl.DataFrame([row], schema=rows.schema)))
        same = [person for person in persons if person & forms]
        persons = [person for person in persons if not person & forms]
        persons.append(forms.union(*same))
    return persons


def _ids(rows: pl.DataFrame, kind: Kind) -> Iterator[Form]:
    if "id" not in rows.columns:
        return
    for source, identity in rows.select(_text(rows, "source"), _text(rows, "id")).unique().iter_rows():
        if identity:
            yield Form.of(kind, source, canonical.identity(identity))


def _forms_of(people: pl.DataFrame) -> Iterator[Form]:
    """Yield what tells a person from others: id, own address and profile, and the name at the company."""
    yield from _ids(people, Kind.PROSPECT)
    for _, company, first, last, email, link, source in people.select(
        _text(people, name) for name in _PERSON
    ).iter_rows():
        address = canonical.address(email or "")
        if address and address.partition("@")[0] not in ROLE_NAMES:
            yield Form(Kind.ADDRESS, address)
        page = canonical.profile(link or "")
        if page and "/company/" not in page:
            yield Form(Kind.PROFILE, page)
        name = canonical.person(first, last)
        if company and " " in name:
            yield Form.of(Kind.EMPLOYER, source, company)
            yield Form.of(Kind.EMPLOYEE, source, company, name)


def _own_numbers(mine: pl.DataFrame, frames: Frames) -> Iterator[Form]:
    """Yield the telephone numbers that are these persons' alone: a switchboard is their colleagues' too."""
    written = mine.select(_text(mine, "phone_number"), _text(mine, COUNTRY)).drop_nulls("phone_number").unique()
    for text, country in written.iter_rows():
        number = canonical.phone(text, country)
        if number and not _is_shared_number(number, country, mine, frames):
            yield Form(Kind.PHONE, number)


def _is_shared_number(number: str, country: str | None, mine: pl.DataFrame, frames: Frames) -> bool:
    """Whether a company, or a person who is none of *mine*, has *number*, of which the end is compared first."""
    others = frames["prospects"].join(mine, on="id", how="anti", nulls_equal=True).select(_text(mine, "phone_number"))
    lines = frames["companies"].select(phone_number="phone_numbers").explode("phone_number")
    end = "".join(filter(str.isdigit, number.partition(";")[0]))[-_END:]
    for rows in (others, lines):
        alike = rows.filter(pl.col("phone_number").str.replace_all(r"\D", "").str.contains(end, literal=True))
        if any(canonical.phone(written, country) == number for written in alike["phone_number"].unique()):
            return True
    return False


def _text(rows: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name) if name in rows.columns else pl.lit(None)).cast(pl.String).alias(name)
