"""Which companies are worth comparing: pairs that share a key, found by joins over blocks of bounded size."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from openprospect_nb.analysis.identity.firms import Firms

RARE: Final = 0.3  # from which weight on a word is worth a block
# How many companies a block may have; in a larger one only neighbours in the order of names are compared.
_LARGEST: Final = 40
_NEIGHBOURS: Final = 6
_SHORTEST_SLIP: Final = 5
_LONGEST_SLIP: Final = 40
_AT_ONCE: Final = 8_192  # words whose letters are in memory at one time
_BASE: Final = np.uint64(0x9E37_79B9_7F4A_7C15)  # odd, so that it has an inverse and no power of it is nothing
_FACTS: Final = ("domains", "country", "base", "phone", "address")


def pairs(firms: Firms, rarity: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of rows of *firms* that share a key, as ``one`` and ``other``: each once, the smaller first.

    Keys are a registrable domain, a whole name, also but for a slip, a rare word in one city, also but for a slip, a
    telephone number, an address, and the same name before different endings of a domain. Left out are pairs that
    `judging.decide` never joins: in two countries or cities, without a domain, number or address in common.

    Args:
        firms: the companies.
        rarity: `Firms.rarities`.
    """
    frame = firms.frame.with_row_index("firm")
    # ``word``, ``base`` and ``firm``: the rare words of each name in its city, where that is known.
    placed = frame.filter(pl.col("base") != "").select("firm", "base", word=pl.col("core").list.unique())
    rare = rarity.filter(pl.col("weight") >= RARE).select("word")
    words = placed.explode("word", empty_as_null=False).join(rare, on="word", how="semi")
    sharing = pl.concat([_within_blocks(_keys(frame, words), frame), _slips(frame, words)])
    return _near(sharing.unique(), frame).sort("one", "other")


def _keys(frame: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return ``key``, a hash, and ``firm``; should two keys hash alike, pairs too many are compared."""
    one_word = pl.col("core").list.len() == 1
    name = pl.when(one_word).then("joined").otherwise(pl.col("bag").list.join(""))
    told = frame.filter(pl.col("core").list.len() > 0)
    texts = [
        frame.select(pl.col("domains").alias("key"), "firm").explode("key", empty_as_null=False),
        *(frame.filter(pl.col(fact) != "").select(key=fact, firm="firm") for fact in ("label", "phone", "address")),
        told.select(name.alias("key"), "firm"),
        told.select(pl.col("joined").alias("key"), "firm"),
        words.select(pl.concat_str("word", "base", separator="\n").alias("key"), "firm"),
    ]
    hashed = (keys.select(pl.col("key").hash(seed), "firm") for seed, keys in enumerate(texts))
    return pl.concat(keys.filter(pl.col("key").is_duplicated()) for keys in hashed)


def _within_blocks(keys: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    counted = keys.with_columns(size=pl.len().over("key"))
    small = counted.filter(pl.col("size") <= _LARGEST).drop("size")
    large = counted.filter(pl.col("size") > _LARGEST).join(frame.select("firm", "name_key", "base"), on="firm")
    ordered = large.sort("key", "name_key", "base", "firm")
    near = (
        ordered.select("firm", other=pl.col("firm").shift(-step).over("key")).drop_nulls()
        for step in range(1, _NEIGHBOURS + 1)
    )
    return pl.concat([_paired(small), *(_ordered(found, "firm", "other") for found in near)])


def _paired(keys: pl.DataFrame) -> pl.DataFrame:
    """Return every two companies that have a key in common."""
    both = keys.join(keys, on="key", suffix="_other").filter(pl.col("firm") < pl.col("firm_other"))
    return both.select(one="firm", other="firm_other").unique()


def _ordered(found: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    differ = found.filter(pl.col(left) != pl.col(right))
    return differ.select(one=pl.min_horizontal(left, right), other=pl.max_horizontal(left, right))


def _slips(frame: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return pairs whose names are equal with a letter left out of either; in one city also by a rare word."""
    # Who has no city may be in any: then names are compared wherever they are.
    is_everywhere = bool((frame["base"] == "").any())
    names = frame if is_everywhere else frame.filter(pl.col("base") != "")
    city = pl.lit("") if is_everywhere else pl.col("base")
    carriers = pl.concat([names.select("firm", base=city, word="joined"), words.select("firm", "base", "word")])
    long = carriers.filter(pl.col("word").str.len_chars() >= _SHORTEST_SLIP)
    texts = long.group_by("word", "base").agg("firm").with_row_index("text")
    if texts.is_empty():
        return pl.DataFrame(schema={"one": pl.UInt32, "other": pl.UInt32})
    near, firms = _alike(texts.drop("firm")), texts.select("text", "firm")
    both = near.join(firms, on="text").join(firms, left_on="text_like", right_on="text", suffix="_like")
    both = (
        both.select("firm", "firm_like").explode("firm", empty_as_null=False).explode("firm_like", empty_as_null=False)
    )
    return _ordered(both, "firm", "firm_like").unique()


def _alike(texts: pl.DataFrame) -> pl.DataFrame:
    """Return ``text`` and ``text_like``: different words of one city that share a spelling with a letter left out.

    Spellings are compared by their hashes; should two differ and hash alike, a pair too many is compared.
    """
    bits = np.uint64(texts.height.bit_length())
    spelled = _spellings(texts, bits)
    spelled.sort()
    number = (np.uint64(1) << bits) - np.uint64(1)
    here = np.flatnonzero((spelled[1:] ^ spelled[:-1]) <= number)
    found = [(spelled[here], spelled[here + 1])]
    for step in range(2, _LARGEST + 1):
        here = here[here + step < len(spelled)]
        here = here[(spelled[here] ^ spelled[here + step]) <= number]
        found.append((spelled[here], spelled[here + step]))
    one, other = (np.concatenate(side) for side in zip(*found, strict=True))
    is_few = ~np.isin(one >> bits, found[-1][0] >> bits)
    pairs = pl.DataFrame({"text": one[is_few] & number, "text_like": other[is_few] & number})
    return pairs.cast(pl.UInt32).unique()


def _spellings(texts: pl.DataFrame, bits: np.uint64) -> np.ndarray:
    """Return each spelling of each text: its hash, in the last *bits* of which is the ``text``.

    Spellings are the word and the word without each of its first letters, with the city and the word's figures, which
    are no slips: of "Park 1" to "Park 9" every two were compared for nothing.

    Words of one length are a matrix of letters. The hash of a word is the sum of letter times power of its place, so
    without a letter it is the sum before that letter and, one place nearer, the sum behind it. No text has a spelling
    twice: of two equal letters in a row one is left out.
    """
    numbered = texts.filter(pl.col("word").str.contains(r"\d"))
    figures = numbered.select("text", figures=pl.col("word").str.replace_all(r"\D", ""))
    place = pl.concat_str("base", pl.col("figures").fill_null(""), separator="\n").hash()
    told = texts.join(figures, on="text", how="left", maintain_order="left")
    measured = told.select("text", "word", city=place, length=pl.col("word").str.len_chars())
    spelled = np.empty(int(measured["length"].clip(upper_bound=_LONGEST_SLIP).sum()) + texts.height, np.uint64)
    end = 0
    for group in (rows for _, alike in measured.group_by("length") for rows in alike.iter_slices(_AT_ONCE)):
        hashes, counts = _hashes(group["word"], group["city"].to_numpy())
        filled = spelled[end : end + len(hashes)]
        np.left_shift(hashes >> bits, bits, out=filled)
        filled |= np.repeat(group["text"].to_numpy(), counts)
        end += len(filled)
    return spelled[:end]


def _hashes(words: pl.Series, cities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hashes of the spellings of words of one length, word by word, and how many each has."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).reshape(len(words), -1)
    with np.errstate(over="ignore"):
        powers = np.multiply.accumulate(np.full(letters.shape[1], _BASE))
        until = (letters * powers).cumsum(axis=1, dtype=np.uint64)
        whole, left_out = until[:, -1:], until[:, :_LONGEST_SLIP]
        spelled = np.hstack([whole * _BASE, whole - left_out])
        spelled[:, 2:] += left_out[:, :-1] * _BASE
        spelled *= _BASE
        spelled ^= cities[:, None]
    is_new = np.ones(spelled.shape, bool)
    is_new[:, 2:] = (letters[:, 1:] != letters[:, :-1])[:, : left_out.shape[1] - 1]
    return spelled[is_new], np.count_nonzero(is_new, axis=1)


def _near(found: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that may be one company by what is known of where they are and how they are reached."""
    left, right = (frame.select(_FACTS)[found[side]] for side in ("one", "other"))
    both = found.hstack(left).hstack(right.rename(lambda name: f"{name}_other"))
    meets = pl.col("domains").list.set_intersection("domains_other").list.len() > 0
    is_abroad = _differ("country")
    reached = pl.any_horizontal(
        (pl.col(fact) != "") & (pl.col(fact) == pl.col(f"{fact}_other")) for fact in ("phone", "address")
    )
    base, other = pl.col("base"), pl.col("base_other")
    is_district = (base + " ").str.starts_with(other + " ") | (other + " ").str.starts_with(base + " ")
    told = both.filter(meets | ~is_abroad)
    is_far = ~meets & ~reached & _differ("base") & ~is_district
    told = told.with_columns(is_far=is_far)
    far = told.filter("is_far")
    slip = (
        np.asarray(cpdist(far["base"].to_list(), far["base_other"].to_list(), scorer=OSA.distance, score_cutoff=1))
        if far.height
        else np.array([], int)
    )
    slipped = far.filter(pl.Series(slip <= 1, dtype=pl.Boolean))
    return pl.concat([told.filter(~pl.col("is_far")), slipped]).select("one", "other")


def _differ(fact: str) -> pl.Expr:
    """Whether both companies have a fact, and not the same."""
    return (pl.col(fact) != "") & (pl.col(f"{fact}_other") != "") & (pl.col(fact) != pl.col(f"{fact}_other"))
