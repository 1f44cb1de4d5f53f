"""The words that many names are told by, a column at once: the same as one by one, at a fraction of the time.

What is legal form and what is name depends on the words that the lists know; all others are alike. So names are written
with a sign for each unknown word ("* maschinenbau gmbh"), and of a million names some thousands are left to decide.
Names in alphabets whose letters do not stand alone, some with odd points, and any where there are `FEW`, are read one
by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Final

import polars as pl

from openprospect_nb.analysis.identity.keys import name_key
from openprospect_nb.names import common_words, legal_forms
from openprospect_nb.names.words import LINKING, folded, latin, words_of
from openprospect_nb.privacy import canonical

_UNKNOWN: Final = "*"  # no word: words are letters and digits
# Marks of punctuation beyond ASCII that set words apart and nothing else.
_SIGNS: Final = "\u00ab\u00bb\u2013\u2014\u201c\u201d\u201e"
SINGLE: Final = r"\b([a-z])\b"
HERE: Final = "\x01"
IDEOGRAPHS: Final = r"\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}"
_SINGLE: Final = rf"\b([a-z{IDEOGRAPHS}])\b"
_HAS_SINGLE: Final = rf"(?:^| )[a-z{IDEOGRAPHS}](?: |$)"
# Where words end by Unicode, Polars reads names with letters beyond ASCII fifteen times slower; this lets in some more.
_MAY_BE_DOTTED: Final = legal_forms.MAY_BE_DOTTED.replace(r"\b", r"(?-u:\b)")
# Latin of Vietnam, Greek, Cyrillic, Armenian, Georgian, kana, ideographs and Hangul: no letter changes its neighbour.
_ALONE: Final = re.compile(
    "[\u0370-\u052f\u0531-\u0587\u10d0-\u10fa\u1e00-\u1eff\u3041-\u3096\u30a1-\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]"
)
FEW: Final = 200
"""Up to so many names, or web sites, are read one by one: to begin with columns takes as long as 300 of them."""
_KEPT: Final = pl.Schema({"pattern": pl.String(), "kept": pl.List(pl.UInt32()), "form": pl.String()})


def readable_names(names: pl.Series) -> pl.Series:
    """Return for each name whether its words can be read a column at once."""
    bare = names.str.replace_all(legal_forms.GLUED, " ")
    letters = _letters(bare)
    said = "".join(letter for letter, plain in letters.items() if plain.isalnum())
    is_read = ~bare.str.contains(rf"[^ -~{''.join(letters)}{_SIGNS}]") & ~bare.str.contains(_MAY_BE_DOTTED)
    # Who is called by a form alone keeps it.
    return is_read & ((bare == names) | bare.str.contains(f"[A-Za-z0-9{said}]"))


def words_of_plain(names: pl.Series) -> pl.DataFrame:
    """Return ``name`` and its ``words``, as `words.words_of` gives them, of names that are readable.

    Forms that are written into a name (`legal_forms.GLUED`) are left out.
    """
    bare = names.str.replace_all(legal_forms.GLUED, " ")
    letters = {c: plain for c, plain in _letters(bare).items() if c != plain}
    folded = bare.str.to_lowercase().str.replace_many([*letters, "'"], [*letters.values(), ""])
    folded = folded.str.replace_many(["ae", "oe", "ue"], ["a", "o", "u"])
    spaced = folded.str.replace_all(f"[^a-z0-9{IDEOGRAPHS}]+", " ").str.strip_chars(" ")
    # Runs of single letters are one word: "s a r l". Each is set between marks, and those back to back fall together.
    single = spaced.str.contains(_HAS_SINGLE).arg_true()
    marked = spaced.gather(single).str.replace_all(_SINGLE, f"{HERE}$1{HERE}")
    joined = marked.str.replace_all(f"{HERE} {HERE}", "", literal=True).str.replace_all(HERE, "", literal=True)
    text = pl.DataFrame({"name": names, "words": spaced.scatter(single, joined)})
    return text.with_columns(pl.col("words").str.split(" ").list.filter(pl.element() != ""))


def decided(names: pl.Series, keep: Callable[[list[str]], tuple[Sequence[int], str]]) -> pl.DataFrame:
    """Return ``name``, the ``words`` of it that *keep* keeps, and its legal ``form``, but for what `glued_forms` says.

    Args:
        names: distinct readable names.
        keep: from the words of a name, an unknown one as ``*``, to the positions of those that are kept, and its
            legal form; it must not ask for more than whether a word is of `legal_forms.known_words` or `common_words`.
    """
    named = words_of_plain(names)
    sign = pl.when(pl.element().is_in(_known().implode())).then(pl.element()).otherwise(pl.lit(_UNKNOWN))
    named = named.with_columns(pattern=pl.col("words").list.eval(sign).cast(pl.List(pl.String)).list.join(" "))
    patterns = [(pattern, *keep(pattern.split())) for pattern in named["pattern"].unique().to_list()]
    table = pl.DataFrame(patterns, schema=_KEPT, orient="row")
    named = named.join(table, on="pattern", how="left", maintain_order="left")
    return named.select("name", pl.col("words").list.gather(pl.col("kept")), "form")


def glued_forms(names: pl.Series) -> pl.Series:
    """Return of each name the words of the forms that are written into it, as in 株式会社."""
    glued = names.str.extract_all(legal_forms.GLUED).list.join(" ")
    return glued.replace({text: " ".join(words_of(text)) for text in glued.unique()})


def name_keys(names: pl.Series) -> pl.DataFrame:
    """Return ``name`` and ``key``, what `keys.name_key` says, of each distinct name that is not null."""
    distinct = pl.Series("name", names, pl.String).unique().drop_nulls()
    if len(distinct) <= FEW:
        return _one_by_one(distinct)
    is_plain = readable_names(distinct)
    plain = decided(distinct.filter(is_plain), _unlinked).select(
        "name", key=pl.col("words").cast(pl.List(pl.String)).list.join(" ")
    )
    return pl.concat([plain, _one_by_one(distinct.filter(~is_plain))])


def _one_by_one(names: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"name": names, "key": pl.Series([name_key(name) for name in names], dtype=pl.String)})


def _unlinked(words: list[str]) -> tuple[Sequence[int], str]:
    start, end = legal_forms.span(words)
    return [n for n in range(start, end) if words[n] not in LINKING] or range(start, end), ""


def _letters(names: pl.Series) -> dict[str, str]:
    """Return the letters, beyond those of any name, that can be read each on its own, and what each is folded to."""
    text = " ".join(names.filter(names.str.contains(odd_letters())))
    folded_to = {letter: _alone(letter) for letter in {*text, *text.lower()}}
    return marked_letters() | {letter: plain for letter, plain in folded_to.items() if plain is not None}


@cache
def _alone(letter: str) -> str | None:
    """Return what a letter is folded to whatever stands beside it, None where that may matter."""
    if not _ALONE.fullmatch(letter) or canonical.cleaned(letter) != letter:
        return None
    plain = folded(letter)
    is_whole = plain == folded(letter.lower()) and not re.search("[aou]e", latin(letter).lower())
    return plain if is_whole and (plain.isascii() or plain == letter) else None


@cache
def _known() -> pl.Series:
    return pl.Series(sorted(legal_forms.known_words() | set(common_words.all_shortened())))


def odd_letters() -> str:
    """Return a pattern of a letter or sign that no plain name has, for any engine."""
    return f"[^{sayable()}]"


@cache
def marked_letters() -> dict[str, str]:
    """Return Latin letters with a mark, small and large, and what each is folded to on its own."""
    folded = {c: canonical.folded(c) for c in map(chr, range(0xC0, 0x250)) if c.isalpha()}
    return {
        c: plain
        for c, plain in folded.items()
        if plain.isascii() and plain.isalpha() and canonical.cleaned(c) == c and len(c.casefold()) in {1, len(plain)}
    }


def letters_alone(letters: Collection[str]) -> dict[str, str]:
    """Return those of these letters, large and small, that can be read each on its own, and what each is folded to."""
    also = {"\u03c2"} if "\u03a3" in letters else set()  # a sigma at the end of a word
    asked = {*letters, *(letter.lower() for letter in letters), *also} - marked_letters().keys()
    return {letter: plain for letter in sorted(asked) if (plain := _alone(letter)) is not None}


def sayable(letters: Collection[str] = ()) -> str:
    """Return what a name may consist of that an engine reads, and these letters, for a class in a pattern."""
    return rf" -~{''.join(marked_letters())}{_SIGNS}{''.join(letters)}"
