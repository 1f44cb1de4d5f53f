"""Words of English and German, folded and cut to a light common stem."""

from __future__ import annotations

import re
from functools import lru_cache

from openprospect_nb.sandbox.market.normalise import fold

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


def stem_words(text: str) -> list[str]:
    """Return the words of *text* folded and cut to a light common stem of English and German."""
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", fold(text))]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= 4:
            return word[: -len(ending)] + replacement
    return word
