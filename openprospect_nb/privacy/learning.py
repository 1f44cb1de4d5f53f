"""What is known of who is to be forgotten: every form by which they could come back, learned from stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.holding import Frames, theirs
from openprospect_nb.privacy.shared import ROLE_NAMES
from openprospect_nb.privacy.subjects import Subject

_ROUNDS: Final = 10
_PERSON: Final = ("id", "company_id", "first_name", "last_name", "email", "linkedin_url", "source")


def known_of(asked: Form, frames: Frames) -> Subject:
    """Return *asked* with every form that rows of *frames* add to it, and those add to each other.

    A person is known by address, profile and id, and by the name at the company. Of a company's people only the ids
    are: they did not ask, and may go elsewhere.

    Raises:
        ValidationError: *asked* is a name, and not of exactly one person of *frames*.
    """
    forms = {asked}
    if asked.kind is Kind.NAME:
        forms |= set(_forms_of(_one_person(asked, frames["prospects"])))
    is_prospect = asked.text in {canonical.identity(text) for text in frames["prospects"]["id"].drop_nulls()}
    of_a_person = is_prospect if asked.kind is Kind.ID else asked.kind is not Kind.DOMAIN
    for _ in range(_ROUNDS):
        firms, people = theirs(frames, Subject(frozenset(forms)))
        mine = people.join(firms, left_on="company_id", right_on="id", how="anti") if firms.height else people
        learned = {*_ids(firms, Kind.COMPANY), *_ids(people, Kind.PROSPECT)}
        if of_a_person:
            learned |= set(_forms_of(mine))
        if learned <= forms:
            break
        forms |= learned
    return Subject(frozenset(forms))


def _one_person(asked: Form, prospects: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the one person whose name holds all words of *asked*."""
    words = set(asked.text.split())
    named = prospects.filter(
        pl.Series(
            [
                words <= set(canonical.person(*names).split())
                for names in prospects.select("first_name", "last_name").rows()
            ],
            dtype=pl.Boolean,
        )
    )
    count = len(_persons(named))
    if count == 1:
        return named
    why = "is the name of nobody on this machine" if not count else f"is the name of {count} persons on this machine"
    which = "" if not count else f" Their ids: {', '.join(sorted(set(named['id'].drop_nulls()))[:10])}."
    raise ValidationError(
        "nothing was erased",
        fields=[FieldProblem("who", why)],
        next_step=f"Names repeat: give the e-mail address, the profile or the id of the one you mean.{which}",
    )


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


def _text(rows: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name) if name in rows.columns else pl.lit(None)).cast(pl.String).alias(name)
