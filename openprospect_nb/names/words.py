"""The words of a name in plain small letters, in which every spelling of it meets."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from openprospect_nb.privacy import canonical

LINKING: Final = frozenset({"und", "u", "and", "et", "y", "en", "og", "och"})
"""The words that stand for "&" in a name, folded."""
_WORDS: Final = re.compile(r"[^\W_]+")
# Alphabets that are read letter by letter; ideographs and scripts without vowels have no one Latin spelling.
_ALPHABETS: Final = re.compile(
    "[\u0370-\u058f\u10a0-\u10ff\u1c90-\u1cbf\u1f00-\u1fff\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af]+"
)
_NARROW: Final = re.compile("[\x00-\u024f\u2010-\u201f\u2026]*")  # Latin and its punctuation


def words_of(text: str) -> list[str]:
    """Return the words of *text*, folded, Cyrillic, Greek, Hangul and kana in Latin letters, initials joined."""
    return joined_initials(_WORDS.findall(folded(text)))


def folded(text: str) -> str:
    """Return *text* in plain small letters; ä, ae and a meet, so that all three spellings of a name do."""
    return canonical.folded(text if text.isascii() else latin(text))


def latin(text: str) -> str:
    """Return *text* with alphabets other than the Latin transliterated, all else as it was."""
    if _NARROW.fullmatch(text):
        return text
    composed = unicodedata.normalize("NFKC", text)
    if _ALPHABETS.search(composed) is None:
        return composed
    from anyascii import anyascii

    return _ALPHABETS.sub(lambda letters: anyascii(letters[0]), composed)


def joined_initials(words: list[str]) -> list[str]:
    """Join runs of single letters: "s a r l" and "e k" are legal forms, "a b c" is a name."""
    if all(len(word) > 1 for word in words):
        return words
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        joined += [part for part in (run, word) if part]
        run = ""
    return joined
