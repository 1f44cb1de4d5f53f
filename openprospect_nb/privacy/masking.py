"""Mask the traces of persons in texts: delivered names, e-mails, phone numbers and profile links.

Texts are searched for every delivered name, for anything shaped like an e-mail or a profile link, for every delivered
phone number and for whatever is written like one. Only texts of the vendor and of the user are masked: dates, ids and
figures of ours look like numbers too, and name nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Final

import polars as pl

from openprospect_nb.markup.wording import Wording
from openprospect_nb.privacy import canonical

Mask = Callable[[str], str]

_AT_WORD: Final = r"(?:at|ät|arobase)"
_AT: Final = (
    r"(?:\s?[@＠]\s?|%(?:25){0,3}40|&#0*64;|&#x0*40;|&commat;|\\u0040"
    rf"|\s{{0,3}}[\[({{<]\s{{0,3}}(?:{_AT_WORD}|@)\s{{0,3}}[\])}}>]\s{{0,3}}|[(\[]a[)\]](?=[\w-]+\.\w))"
)
_EMAIL: Final = re.compile(rf"[^\s@<>\"'(),;:]{{1,64}}{_AT}[^\s@<>\"'(),;:]{{1,255}}", re.IGNORECASE)
# Without brackets "at" may be a word: a local part with a dot, or "dot" in words, tells that it is none.
_IN_WORDS: Final = re.compile(
    rf"[\w+-]{{1,64}}(?:\.[\w+-]{{1,64}}){{1,5}}(?:\s{{1,3}}{_AT_WORD}\s{{1,3}}|\s{{0,3}}[_-]{_AT_WORD}[_-]\s{{0,3}})"
    rf"[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,5}}"
    rf"|[\w.+-]{{1,64}}\s{{1,3}}{_AT_WORD}\s{{1,3}}[\w-]{{1,63}}(?:\s{{1,3}}(?:dot|punkt|point)\s{{1,3}}[\w-]{{2,63}})+",
    re.IGNORECASE,
)
_PROFILE: Final = re.compile(r"(?:https?://)?[\w.-]*(?:linkedin|xing)[\w.-]*/\S*", re.IGNORECASE)
_BETWEEN: Final = r" \xa0\u2007\u2009\u202f()/.\-_\xb7\u2010-\u2015\u2022\u2212"
_NUMBER: Final = re.compile(rf"(?<![\w.,-])(?<!\d:)(?:\+|\()?\d[\d{_BETWEEN}]{{4,24}}\d(?![\w-])")
_DECIMAL: Final = re.compile(r"\(?0[.,]\d")
_FEWEST_DIGITS: Final = 7
# A run of letters with their marks and invisible signs, apostrophes in between; where no blanks are set, each sign.
# It is all that is no blank, digit, punctuation or symbol: `re` knows no class of marks.
_LETTER: Final = (
    rf"[^\s\d_\x00-@\[-`{{-\xac\xae-\xbf\xd7\xf7\u2000-\u200a\u2010-\u2029\u202f-\u205f\u2190-\u2bff"
    rf"\u3000-\u303f\uff00-\uff20{canonical.WIDE}]"
)
_WORD: Final = re.compile(rf"[{canonical.WIDE}]|{_LETTER}+(?:['`\xb4\u2018\u2019\u02bc]{_LETTER}+)*")
_LONGEST_NAME: Final = 12  # words, each sign of "山田太郎" being one
_FIRST_WIDE: Final = "\u2e80"
Words = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Who is called what, by identity and (where a name belongs to one person alone) by the words of the name."""

    by_identity: Mapping[str, str]
    by_name: Mapping[str, str]

    @classmethod
    def of(cls, persons: Iterable[tuple[str, str]], say: Wording) -> Pseudonyms:
        """Return one pseudonym a person, in the order of *persons* (identity and name): nothing leads back to one."""
        by_identity: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for identity, written in persons:
            pseudonym = by_identity.setdefault(identity, say.say("mask.person", n=len(by_identity) + 1))
            name = _key(canonical.name_words_of(written))
            by_name[name] = pseudonym if by_name.get(name, pseudonym) == pseudonym else say.say("mask.name")
        return cls(by_identity, by_name)


class _Names:
    """Names of persons by their keys, to be found in texts in whatever order and spelling."""

    def __init__(self, keys: frozenset[str], words: Words) -> None:
        self._keys = keys
        self._known = frozenset(word for key in keys for word in key.split(" "))
        self._words = words

    def masked(self, text: str, pseudonyms: Mapping[str, str], other: str) -> str:
        """Return *text* with each name replaced by its pseudonym, or by *other*."""
        if not self._keys:
            return text
        places = [(self._said(word), place) for place in _WORD.finditer(text) for word in self._words(place[0])]
        parts: list[str] = []
        at = upto = 0
        while at < len(places):
            size, key = self._begins([word for word, _ in places[at : at + _LONGEST_NAME]])
            if size:
                parts += [text[upto : places[at][1].start()], pseudonyms.get(key, other)]
                upto = places[at + size - 1][1].end()
            at += size or 1
        return "".join([*parts, text[upto:]])

    def _said(self, word: str) -> str:
        """Return a word that is part of a name without the s of its genitive."""
        return word if word in self._known else word.removesuffix("s")

    def _begins(self, words: Sequence[str]) -> tuple[int, str]:
        """Return how many of the first words are a name, and its key; 0 where none begins there."""
        within = list(takewhile(lambda word: word in self._known or _is_aside(word), words))
        for size in range(len(within), 1, -1):
            key = _key(within[:size])
            # A title or single letter before or behind a name is not of it: "a", "y" and "w" are words.
            if key in self._keys and {within[0], within[size - 1]} <= set(key.split(" ")):
                return size, key
        return 0, ""


def masked_texts(texts: Iterable[str], prospects: pl.DataFrame, say: Wording) -> dict[str, str]:
    """Return each of *texts* that holds a trace of one of *prospects* with its masked form."""
    listed = list(texts)
    mask = mask_for(listed, prospects, {}, say)
    return {text: masked for text in listed if (masked := mask(text)) != text}


def mask_for(texts: Iterable[str], prospects: pl.DataFrame, pseudonyms: Mapping[str, str], say: Wording) -> Mask:
    """Return what masks the persons of *prospects* in *texts*, which are searched once for all."""
    shown = list(dict.fromkeys(texts))
    words: Words = cache(canonical.name_words_of)  # most of them stand in many texts
    names = _names_in(shown, prospects, words)
    is_phone = _recogniser(shown, prospects)

    @cache  # one place, one trade, one role stand in many rows
    def mask(text: str) -> str:
        text = _IN_WORDS.sub(say.say("mask.email"), _EMAIL.sub(say.say("mask.email"), text))
        text = _PROFILE.sub(say.say("mask.profile"), text)
        text = _NUMBER.sub(lambda match: say.say("mask.phone") if is_phone(match[0]) else match[0], text)
        return names.masked(text, pseudonyms, say.say("mask.name"))

    return mask


def _names_in(texts: Iterable[str], prospects: pl.DataFrame, words: Words) -> _Names:
    """Return the delivered names of which every word stands in one of *texts*."""
    written = {place for text in texts for place in _WORD.findall(text)}
    said = {word for place in written for word in words(place)}
    said |= {word.removesuffix("s") for word in said}
    people = prospects.select(pl.col("first_name", "last_name").fill_null(""))
    # Column by column, as few texts hold the names of few people.
    for column in people.columns:
        spoken = [n for n in people[column].unique() if all(w in said or _is_aside(w) for w in words(n))]
        people = people.filter(pl.col(column).is_in(pl.Series(spoken, dtype=pl.String).implode()))
    keys = {_key([*words(first), *words(last)]) for first, last in people.unique().iter_rows()}
    return _Names(frozenset(key for key in keys if " " in key), words)


def _key(words: Sequence[str]) -> str:
    """Return what two spellings of a name share: its words in order of the alphabet, no titles and initials.

    These count where there would be less than two words without: "J. Berg".
    """
    telling = [word for word in words if not _is_aside(word)]
    return " ".join(sorted(telling if len(telling) > 1 else words))


def _is_aside(word: str) -> bool:
    return word in canonical.TITLES or (len(word) == 1 and word < _FIRST_WIDE)


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
        digits = _digits(written)
        if digits in delivered:
            return True
        if len(digits) < _FEWEST_DIGITS or _DECIMAL.match(written):
            return False
        if written.startswith(("+", "00", "(+", "(00")):
            return True
        is_local = digits.startswith("0") and written[0] != "+"
        return is_local and (not countries or any(canonical.is_possible(digits, country) for country in countries))

    return is_phone


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
