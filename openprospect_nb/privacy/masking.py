"""Mask the traces of persons in texts: delivered names, e-mails, phone numbers and profile links.

Texts are searched for every delivered name, for anything shaped like an e-mail or a profile link, for every delivered
phone number and for whatever is written like one. Only texts of the vendor and of the user are masked: dates, ids and
figures of ours look like numbers too, and name nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from openprospect_nb.markup.wording import Wording
from openprospect_nb.privacy import canonical

Mask = Callable[[str], str]

_AT: Final = r"(?:\s?(?:@|＠|\(at\)|\[at\])\s?|%40|&#0*64;|&#x0*40;|&commat;|\\u0040)"
_EMAIL: Final = re.compile(rf"[^\s@<>\"'(),;:]{{1,64}}{_AT}[^\s@<>\"'(),;:]{{1,255}}", re.IGNORECASE)
_PROFILE: Final = re.compile(r"(?:https?://)?[\w.-]*(?:linkedin|xing)[\w.-]*/\S*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\w.,-])(?<!\d:)(?:\+|\()?\d[\d ()/.\-–]{4,24}\d(?![\w-])")
_DECIMAL: Final = re.compile(r"\(?0[.,]\d")
_FEWEST_DIGITS: Final = 7
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?")
_LONGEST_NAME: Final = 6  # words


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Who is called what, by identity and (where a name belongs to one person alone) by name."""

    by_identity: Mapping[str, str]
    by_name: Mapping[str, str]

    @classmethod
    def of(cls, persons: Iterable[tuple[str, str]], say: Wording) -> Pseudonyms:
        """Return one pseudonym a person, in the order of *persons* (identity and name): nothing leads back to one."""
        by_identity: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for identity, written in persons:
            pseudonym = by_identity.setdefault(identity, say.say("mask.person", n=len(by_identity) + 1))
            name = folded(written)
            by_name[name] = pseudonym if by_name.get(name, pseudonym) == pseudonym else say.say("mask.name")
        return cls(by_identity, by_name)


def masked_texts(texts: Iterable[str], prospects: pl.DataFrame, say: Wording) -> dict[str, str]:
    """Return each of *texts* that holds a trace of one of *prospects* with its masked form."""
    listed = list(texts)
    mask = mask_for(listed, prospects, {}, say)
    return {text: masked for text in listed if (masked := mask(text)) != text}


def mask_for(texts: Iterable[str], prospects: pl.DataFrame, pseudonyms: Mapping[str, str], say: Wording) -> Mask:
    """Return what masks the persons of *prospects* in *texts*, which are searched once for all."""
    shown = list(dict.fromkeys(texts))
    # The delivered names of two words or more, either way round, that some text holds.
    grams = {gram for text in shown for gram in _grams(text)}
    first, last = (pl.col(name).fill_null("") for name in ("first_name", "last_name"))
    spoken = prospects.lazy().select(name=pl.concat_str(first, last, separator=" "))
    turned = prospects.lazy().select(name=pl.concat_str(last, first, separator=" "))
    words = pl.col("name").str.to_lowercase().str.extract_all(r"[\p{L}\p{M}]+(?:['’.\-][\p{L}\p{M}]+)*")
    turned_or_not = pl.concat([spoken, turned]).select(name=words.list.join(" ")).unique()
    asked = pl.LazyFrame({"name": sorted(grams)}, schema={"name": pl.String})
    matches = turned_or_not.join(asked, on="name", how="semi").collect()
    names = frozenset(name for name in matches["name"] if " " in name)
    is_phone = _recogniser(shown, prospects)

    @cache  # one place, one trade, one role stand in many rows
    def mask(text: str) -> str:
        text = _PROFILE.sub(say.say("mask.profile"), _EMAIL.sub(say.say("mask.email"), text))
        text = _NUMBER.sub(lambda match: say.say("mask.phone") if is_phone(match[0]) else match[0], text)
        return _without_names(text, names, pseudonyms, say.say("mask.name"))

    return mask


def folded(text: str) -> str:
    """Return the words of *text* in lower case, one space between them: how names are compared."""
    return " ".join(word.rstrip(".") for word in _WORD.findall(text.lower()))


def _grams(text: str) -> Iterator[str]:
    words = folded(text).split(" ")
    for size in range(2, _LONGEST_NAME + 1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _without_names(text: str, names: frozenset[str], pseudonyms: Mapping[str, str], other: str) -> str:
    if not names:
        return text
    places = list(_WORD.finditer(text))
    words = [place.group().lower().rstrip(".") for place in places]
    parts: list[str] = []
    at = upto = 0
    while at < len(words):
        grams = (" ".join(words[at : at + n]) for n in range(min(_LONGEST_NAME, len(words) - at), 1, -1))
        name = next((gram for gram in grams if gram in names), "")
        size = name.count(" ") + 1
        if name:
            parts += [text[upto : places[at].start()], pseudonyms.get(name, other)]
            upto = places[at + size - 1].end()
        at += size
    return "".join([*parts, text[upto:]])


def _recogniser(texts: Iterable[str], prospects: pl.DataFrame) -> Callable[[str], bool]:
    """Return what tells a phone number from another: a delivered one, or one that is built like one.

    Where the countries of the delivered numbers are known, one without a country has to be possible in one of these.
    """
    digits = {_digits(match.group()) for text in texts for match in _NUMBER.finditer(text)}
    numbers = prospects.lazy().select(digits=pl.col("phone_number").str.replace_all(r"\D", "")).unique()
    asked = pl.LazyFrame({"digits": sorted(digits)}, schema={"digits": pl.String})
    some = prospects.lazy().select(pl.col("phone_number").drop_nulls().unique().head(1_000))
    found, abroad = pl.collect_all([numbers.join(asked, on="digits", how="semi"), some])
    delivered = frozenset(found["digits"])
    countries = {country for number in abroad["phone_number"] if (country := canonical.country_of(number))}

    def is_phone(written: str) -> bool:
        if _digits(written) in delivered:
            return True
        if len(_digits(written)) < _FEWEST_DIGITS or _DECIMAL.match(written):
            return False
        if written.startswith(("+", "00", "(+", "(00")):
            return True
        is_local = written.startswith(("0", "(0"))
        return is_local and (not countries or any(canonical.is_possible(written, country) for country in countries))

    return is_phone


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
