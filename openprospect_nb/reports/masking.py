"""Take persons out of a summary: one pseudonym a person, and no name, e-mail, phone or profile link in any text.

The pseudonyms count persons in the order the report shows them, so nothing in the file leads back to a person. Texts
are searched for every delivered name, for anything shaped like an e-mail or a profile link, for every delivered phone
number and for whatever is written like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import CompanyLine, Contact, Summary
from openprospect_nb.reports.texts import changed, texts_of

_EMAIL: Final = re.compile(r"[^\s@<>\"'(),;:]{1,64}\s?(?:@|\(at\)|\[at\])\s?[^\s@<>\"'(),;:]{1,255}", re.IGNORECASE)
_PROFILE: Final = re.compile(r"(?:https?://)?[\w.-]*(?:linkedin|xing)[\w.-]*/\S*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\w.,-])(?:\+|\()?\d[\d ()/.\-–]{4,24}\d(?![\w-])")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?")
_LONGEST_NAME: Final = 6  # words


def conceal(summary: Summary, prospects: pl.DataFrame, say: Wording) -> Summary:
    """Return *summary* without the persons of *prospects*: contacts become pseudonyms, their traces in texts too."""
    pseudonyms = _pseudonyms(summary.companies, say)
    hide = _hiding(list(texts_of(summary)), prospects, pseudonyms.by_name, say)
    veiled = replace(summary, companies=tuple(_veiled(line, pseudonyms.by_identity) for line in summary.companies))
    return changed(veiled, lambda text, _: hide(text))


def without_persons(reasons: Iterable[str], prospects: pl.DataFrame, say: Wording) -> dict[str, str]:
    """Return each of *reasons* that holds a trace of one of *prospects* with its concealed form."""
    listed = list(reasons)
    hide = _hiding(listed, prospects, {}, say)
    return {reason: hidden for reason in listed if (hidden := hide(reason)) != reason}


def _hiding(
    texts: Iterable[str], prospects: pl.DataFrame, pseudonyms: Mapping[str, str], say: Wording
) -> Callable[[str], str]:
    """Return what conceals the persons of *prospects* in *texts*, which are searched once for all."""
    shown = list(texts)
    names = _names_in(shown, prospects)
    phones = _phones_in(shown, prospects)

    def hide(text: str) -> str:
        text = _PROFILE.sub(say.say("mask.profile"), _EMAIL.sub(say.say("mask.email"), text))
        text = _NUMBER.sub(lambda found: _hidden_number(found.group(), phones, say), text)
        return _without_names(text, names, pseudonyms, say.say("mask.name"))

    return hide


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


def folded(text: str) -> str:
    """Return the words of *text* in lower case, one space between them: how names are compared."""
    return " ".join(word.rstrip(".") for word in _WORD.findall(text.lower()))


def _names_in(texts: Iterable[str], prospects: pl.DataFrame) -> frozenset[str]:
    """Return the delivered names of two words or more, either way round, that some text holds."""
    grams = {gram for text in texts for gram in _grams(text)}
    first, last = (pl.col(name).fill_null("") for name in ("first_name", "last_name"))
    spoken = prospects.select(name=pl.concat_str(first, last, separator=" "))
    turned = prospects.select(name=pl.concat_str(last, first, separator=" "))
    words = pl.col("name").str.to_lowercase().str.extract_all(r"[\p{L}\p{M}]+(?:['’.\-][\p{L}\p{M}]+)*")
    names = pl.concat([spoken, turned]).select(name=words.list.join(" ")).unique()
    found = names.join(pl.DataFrame({"name": sorted(grams)}, schema={"name": pl.String}), on="name", how="semi")
    return frozenset(name for name in found["name"] if " " in name)


def _grams(text: str) -> Iterator[str]:
    words = folded(text).split(" ")
    for size in range(2, _LONGEST_NAME + 1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _without_names(text: str, names: frozenset[str], pseudonyms: Mapping[str, str], other: str) -> str:
    words = list(_WORD.finditer(text))
    kept: list[str] = []
    at = upto = 0
    while at < len(words):
        size = next((n for n in range(_LONGEST_NAME, 1, -1) if _gram_at(words, at, n) in names), 0)
        if size:
            kept += [text[upto : words[at].start()], pseudonyms.get(_gram_at(words, at, size), other)]
            upto = words[at + size - 1].end()
        at += size or 1
    return "".join([*kept, text[upto:]])


def _gram_at(words: list[re.Match[str]], at: int, size: int) -> str:
    part = words[at : at + size]
    return " ".join(word.group().lower().rstrip(".") for word in part) if len(part) == size else ""


def _phones_in(texts: Iterable[str], prospects: pl.DataFrame) -> frozenset[str]:
    digits = {_digits(found.group()) for text in texts for found in _NUMBER.finditer(text)}
    known = prospects.select(digits=pl.col("phone_number").str.replace_all(r"\D", "")).unique()
    asked = pl.DataFrame({"digits": sorted(digits)}, schema={"digits": pl.String})
    return frozenset(known.join(asked, on="digits", how="semi")["digits"])


def _hidden_number(number: str, phones: frozenset[str], say: Wording) -> str:
    digits = _digits(number)
    written_as_phone = number.startswith(("+", "00", "(0", "0")) and len(digits) >= 7
    return say.say("mask.phone") if digits in phones or written_as_phone else number


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
