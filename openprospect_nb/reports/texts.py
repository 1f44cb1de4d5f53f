"""Walk the texts of a summary, every string but where a field is shown as it is, and mask the persons in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.privacy.masking import Pseudonyms, mask_for
from openprospect_nb.reports.summary import CompanyLine, Contact, Summary

T = TypeVar("T")
Change = Callable[[str, int | None], str]


def texts_of(value: object) -> Iterator[str]:
    """Yield every text below *value* that is not marked to be shown as it is."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            if not each.metadata.get("as_is"):
                yield from texts_of(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield from texts_of(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts_of(item)


def changed(value: T, change: Change, at_most: int | None = None) -> T:
    """Return *value* with ``change(text, allowed length or None)`` in the place of every text `texts_of` yields."""
    new: Any = value
    if isinstance(value, str):
        new = change(value, at_most)
    elif is_dataclass(value) and not isinstance(value, type):
        each = [field for field in fields(value) if not field.metadata.get("as_is")]
        fields_changed = {f.name: changed(getattr(value, f.name), change, f.metadata.get("at_most")) for f in each}
        new = replace(cast("Any", value), **fields_changed)
    elif isinstance(value, Mapping):
        new = {key: changed(item, change, at_most) for key, item in value.items()}
    elif isinstance(value, tuple | list):
        new = type(value)(changed(item, change, at_most) for item in value)
    return cast("T", new)


def shortened(value: T) -> T:
    """Return *value* with each text cut to what its field allows."""
    return changed(value, lambda text, most: text if most is None else clean(text, most))


def masked(summary: Summary, prospects: pl.DataFrame, say: Wording) -> Summary:
    """Return *summary* without the persons of *prospects*: contacts become pseudonyms, their traces in texts too."""
    first = summary.first
    lines = (*summary.companies, *(first.start if first is not None else ()))
    contacts = [line.contact for line in lines if line.contact is not None]
    pseudonyms = Pseudonyms.of(((contact.identity, contact.name) for contact in contacts), say)
    mask = mask_for(list(texts_of(summary)), prospects, pseudonyms.by_name, say)

    def nameless(each: Sequence[CompanyLine]) -> tuple[CompanyLine, ...]:
        return tuple(_masked_line(line, pseudonyms.by_identity) for line in each)

    start = None if first is None else replace(first, start=nameless(first.start))
    shown = replace(summary, companies=nameless(summary.companies), first=start)
    return changed(shown, lambda text, _: mask(text))


def _masked_line(line: CompanyLine, names: Mapping[str, str]) -> CompanyLine:
    person = line.contact
    # A path may name a person (…/~maja.lindqvist); the host is the company's own.
    link = line.link and "{0.scheme}://{0.netloc}/".format(urlsplit(line.link))
    if person is None:
        return replace(line, link=link)
    contact = Contact(
        identity="", prospect_id="", name=names[person.identity], role=person.role, email="", phone="", profile=None
    )
    return replace(line, link=link, contact=contact)
