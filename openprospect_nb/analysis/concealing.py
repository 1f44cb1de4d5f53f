"""Take the traces of persons out of texts: delivered names, e-mails, phone numbers and profile links.

Texts are searched for every delivered name, for anything shaped like an e-mail or a profile link, for every delivered
phone number and for whatever is written like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import polars as pl

from openprospect_nb.markup.wording import Wording

_EMAIL: Final = re.compile(r"[^\s@<>\"'(),;:]{1,64}\s?(?:@|\(at\)|\[at\])\s?[^\s@<>\"'(),;:]{1,255}", re.IGNORECASE)
_PROFILE: Final = re.compile(r"(?:https?://)?[\w.-]*(?:linkedin|xing)[\w.-]*/\S*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\w.,-])(?:\+|\()?\d[\d ()/.\-–]{4,24}\d(?![\w-])")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?")
_LONGEST_NAME: Final = 6  # words


def without_persons(reasons: Iterable[str], prospects: pl.DataFrame, say: Wording) -> dict[str, str]:
    """Return each of *reasons* that holds a trace of one of *prospects* with its concealed form."""
    listed = list(reasons)
    hide = hiding(listed, prospects, {}, say)
    return {reason: hidden for reason in listed if (hidden := hide(reason)) != reason}


def hiding(
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
