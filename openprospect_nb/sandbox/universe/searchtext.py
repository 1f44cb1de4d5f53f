"""What the full-text index knows of a company: its business, products, technologies and traits, in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary

__all__ = ["stem_words", "write_search_texts"]

# inflection only: endings that change the meaning (-er, -ing, -ung) stay, or a factory would be found as factoring
_ENDINGS = (
    ("ungen", "ung"),
    ("ionen", "ion"),
    ("innen", ""),
    ("ings", "ing"),
    ("ies", "y"),
    ("ers", "er"),
    ("ern", "er"),
    ("en", ""),
    ("es", ""),
    ("em", ""),
    ("e", ""),
    ("s", ""),
    ("n", ""),
)


def write_search_texts(lists: Vocabulary, columns: Columns) -> Iterator[str]:
    """Yield one text per company, in number order, already stemmed."""
    business = [_business_text(lists, index) for index in range(len(lists.subtypes))]
    tools = [" ".join(stem_words(technology.name)) for technology in lists.technologies]
    traits = [" ".join(stem_words(name.replace("_", " "))) for name in lists.traits]
    for number in range(len(columns)):
        used = " ".join(tools[i] for i in np.flatnonzero(columns.technologies[number]))
        has = " ".join(traits[i] for i in np.flatnonzero(columns.traits[number]))
        yield f"{business[columns.subtype[number]]} {used} {has}"


def stem_words(text: str) -> list[str]:
    """Return the words of *text* folded and cut to a light common stem of English and German."""
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", fold(text))]


def _business_text(lists: Vocabulary, index: int) -> str:
    subtype = lists.subtypes[index]
    industry = lists.industries[subtype.industry]
    parts = [subtype.en, subtype.de, industry.en, industry.de]
    for language in ("en", "de"):
        parts += [*subtype.products[language], *subtype.words[language]]
    return " ".join(stem_words(" ".join(parts)))


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(kept) >= 4:
            return word[: -len(ending)] + kept
    return word
