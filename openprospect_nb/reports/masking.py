"""Take persons out of a summary: one pseudonym a person, and no name, e-mail, phone or profile link in any text.

The pseudonyms count persons in the order the report shows them, so nothing in the file leads back to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.analysis.concealing import folded, hiding
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import CompanyLine, Contact, Summary
from openprospect_nb.reports.texts import changed, texts_of


def conceal(summary: Summary, prospects: pl.DataFrame, say: Wording) -> Summary:
    """Return *summary* without the persons of *prospects*: contacts become pseudonyms, their traces in texts too."""
    pseudonyms = _pseudonyms(summary.companies, say)
    hide = hiding(list(texts_of(summary)), prospects, pseudonyms.by_name, say)
    veiled = replace(summary, companies=tuple(_veiled(line, pseudonyms.by_identity) for line in summary.companies))
    return changed(veiled, lambda text, _: hide(text))


@dataclass(frozen=True, slots=True)
class _Pseudonyms:
    """Who is called what, by identity and (where a name belongs to one person alone) by name."""

    by_identity: Mapping[str, str]
    by_name: Mapping[str, str]


def _pseudonyms(lines: Iterable[CompanyLine], say: Wording) -> _Pseudonyms:
    by_identity: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for line in lines:
        if line.contact is not None:
            person = say.say("mask.person", n=len(by_identity) + 1)
            known = by_identity.setdefault(line.contact.identity, person)
            name = folded(line.contact.name)
            by_name[name] = known if by_name.get(name, known) == known else say.say("mask.name")
    return _Pseudonyms(by_identity, by_name)


def _veiled(line: CompanyLine, names: Mapping[str, str]) -> CompanyLine:
    person = line.contact
    # A path may name a person (…/~maja.lindqvist); the host is the company's own.
    link = line.link and "{0.scheme}://{0.netloc}/".format(urlsplit(line.link))
    if person is None:
        return replace(line, link=link)
    hidden = Contact(identity="", name=names[person.identity], role=person.role, email="", phone="", profile=None)
    return replace(line, link=link, contact=hidden)
