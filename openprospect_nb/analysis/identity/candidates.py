"""Which companies are worth comparing: pairs that share a key, found by joins over blocks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.identity.agreement import slips_between
from openprospect_nb.analysis.identity.firms import Firms

RARE: Final = 0.3  # from which weight on a word is worth a block
# How many companies a block may have; in a larger one only neighbours in the order of names are compared.
_LARGEST: Final = 40
_NEIGHBOURS: Final = 6
_SHORTEST_SLIP: Final = 5
_LONGEST_SLIP: Final = 40
_AT_ONCE: Final = 8_192  # words whose letters are in memory at one time
# Pairs and spellings that are in memory at one time: of a million companies most pairs are soon dropped again.
PAIRS_AT_ONCE: Final = 500_000
SPELLINGS_AT_ONCE: Final = 2_000_000
_BASE: Final = np.uint64(0x9E37_79B9_7F4A_7C15)  # odd, so that it has an inverse and no power of it is nothing
_PAIRS: Final = pl.Schema({"one": pl.UInt32(), "other": pl.UInt32()})
_HASHED: Final = ("country", "base", "phone", "address")


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
    facts = _facts(frame)
    # The rare words of each name in its city, where that is known.
    placed = frame.select("firm", "base", "core").filter(pl.col("base") != "")
    each = placed.select("firm", "base", word=pl.col("core").list.unique()).explode("word", empty_as_null=False)
    words = each.join(rarity.filter(pl.col("weight") >= RARE), on="word", how="semi")
    # About `PAIRS_AT_ONCE` at a time, some of them more than once.
    sharing = chain(_within_blocks(_keys(frame, words), frame), _slips(frame, words))
    near = [_near(some.unique(), frame, facts) for some in sharing if not some.is_empty()]
    return pl.concat(near).unique().sort("one", "other") if near else pl.DataFrame(schema=_PAIRS)


def _keys(frame: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return ``key``, a hash, and ``firm``; should two keys hash alike, pairs too many are compared."""
    one_word = pl.col("core").list.len() == 1
    name = pl.when(one_word).then("joined").otherwise(pl.col("bag").list.join(""))
    named = frame.select("firm", "core", "joined", "bag").filter(pl.col("core").list.len() > 0)
    texts = [
        frame.select(pl.col("domains").alias("key"), "firm").explode("key", empty_as_null=False),
        *(frame.select(key=fact, firm="firm").filter(pl.col("key") != "") for fact in ("label", "phone", "address")),
        named.select(name.alias("key"), "firm"),
        named.select(pl.col("joined").alias("key"), "firm"),
        words.select(pl.concat_str("word", "base", separator="\n").alias("key"), "firm"),
    ]
    hashed = (keys.select(pl.col("key").hash(seed), "firm") for seed, keys in enumerate(texts))
    return pl.concat(keys.filter(pl.col("key").is_duplicated()) for keys in hashed)


def _within_blocks(keys: pl.DataFrame, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield every two companies that have a key in common, of those that many have only neighbours."""
    counted = keys.with_columns(size=pl.len().over("key"))
    small = counted.filter(pl.col("size") <= _LARGEST)
    # The key is a hash, so its remainders make parts of about one size.
    parts = 1 + int(small["size"].sum()) // PAIRS_AT_ONCE
    for part in range(parts):
        own = small.filter(pl.col("key") % parts == part).drop("size")
        both = own.join(own, on="key", suffix="_other").filter(pl.col("firm") < pl.col("firm_other"))
        yield both.select(one="firm", other="firm_other")
    large = counted.filter(pl.col("size") > _LARGEST).join(frame.select("firm", "name_key", "base"), on="firm")
    if large.is_empty():
        return
    ordered = large.sort("key", "name_key", "base", "firm")
    for step in range(1, _NEIGHBOURS + 1):
        yield _ordered(ordered.select("firm", other=pl.col("firm").shift(-step).over("key")).drop_nulls())


def _ordered(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return ``one`` and ``other`` of pairs of ``firm`` and ``other``, the smaller first."""
    differ = pairs.filter(pl.col("firm") != pl.col("other"))
    return differ.select(one=pl.min_horizontal("firm", "other"), other=pl.max_horizontal("firm", "other"))


def _slips(frame: pl.DataFrame, words: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield pairs whose names are equal with a letter left out of either; in one city also by a rare word."""
    texts = _texts(frame, words)
    if texts.is_empty():
        return
    counts = texts["firm"].list.len().to_numpy().astype(np.int64)
    carriers = _Carriers(texts["firm"].explode(empty_as_null=False).to_numpy(), counts)
    bits = np.uint64(texts.height.bit_length())
    spelled = _spellings(texts, bits)
    del texts  # of a million companies 200 MB
    for one, other in _alike(spelled, bits):
        yield from map(_ordered, carriers.pairs(one, other))


def _texts(frame: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return ``text``, a number, ``word``, ``base`` and the carriers (``firm``) of all that is compared for slips."""
    # Who has no city may be in any: then names are compared wherever they are.
    is_everywhere = bool((frame["base"] == "").any())
    names = frame.select("firm", "base", word="joined")
    names = names.with_columns(base=pl.lit("")) if is_everywhere else names.filter(pl.col("base") != "")
    carriers = pl.concat([names, words.select("firm", "base", "word")])
    long = carriers.filter(pl.col("word").str.len_chars() >= _SHORTEST_SLIP)
    return long.group_by("word", "base").agg("firm").with_row_index("text")


class _Carriers:
    """The companies that carry each text, one text behind the other."""

    __slots__ = ("_counts", "_firms", "_starts")

    def __init__(self, firms: np.ndarray, counts: np.ndarray) -> None:
        self._firms = firms
        self._counts = counts
        self._starts = counts.cumsum() - counts

    def pairs(self, one: np.ndarray, other: np.ndarray) -> Iterator[pl.DataFrame]:
        """Yield each carrier of a text beside each of the other's, as ``firm`` and ``other``, so many at a time."""
        place, left = self._of(one)
        right = other[place]
        total = self._counts[right].cumsum()
        start = 0
        while start < len(right):
            before = total[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(total, before + PAIRS_AT_ONCE, side="right")))
            place, firms = self._of(right[start:end])
            yield pl.DataFrame({"firm": left[start:end][place], "other": firms})
            start = end

    def _of(self, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the carriers of each text, and before them where in *texts* it stands."""
        counts = self._counts[texts]
        place = np.repeat(np.arange(len(texts)), counts)
        first = self._starts[texts] - (counts.cumsum() - counts)
        return place, self._firms[first[place] + np.arange(len(place))]


def _alike(spelled: np.ndarray, bits: np.uint64) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of ``text``: different words of one city that share a spelling with a letter left out.

    Spellings (`_spellings`) are compared by their hashes; should two hash alike, a pair too many is compared.
    """
    spelled.sort()
    number = (np.uint64(1) << bits) - np.uint64(1)
    start = 0
    while start < len(spelled):
        last = spelled[min(start + SPELLINGS_AT_ONCE, len(spelled)) - 1]
        end = int(np.searchsorted(spelled, last | number, side="right"))  # not within one spelling
        yield _sharing_a_spelling(spelled[start:end], bits, number)
        start = end


def _sharing_a_spelling(spelled: np.ndarray, bits: np.uint64, number: np.uint64) -> tuple[np.ndarray, np.ndarray]:
    """Return every two texts of one spelling, of sorted *spelled*; none of spellings that more than `_LARGEST` have."""
    here = np.flatnonzero((spelled[1:] ^ spelled[:-1]) <= number)
    steps = [(spelled[here], spelled[here + 1])]
    for step in range(2, _LARGEST + 1):
        here = here[here + step < len(spelled)]
        here = here[(spelled[here] ^ spelled[here + step]) <= number]
        steps.append((spelled[here], spelled[here + step]))
    one, other = (np.concatenate(side) for side in zip(*steps, strict=True))
    is_few = ~np.isin(one >> bits, steps[-1][0] >> bits)
    return (one[is_few] & number).astype(np.uint32), (other[is_few] & number).astype(np.uint32)


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
    both = texts.join(figures, on="text", how="left", maintain_order="left")
    measured = both.select("text", "word", city=place, length=pl.col("word").str.len_chars())
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


def _facts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return as numbers what tells where companies are and how they are reached, 0 where it is not known.

    Two that hash alike are taken for one: then a pair too many is compared. Beside the city are its first word and
    which letters it has: without these two cities are neither in one another nor a letter apart.
    """
    cities = frame["base"].unique().to_list()
    letters = pl.Series([sum({1 << (ord(letter) % 64) for letter in city}) for city in cities], dtype=pl.UInt64)
    numbers = [pl.when(pl.col(fact) != "").then(pl.col(fact).hash()).otherwise(0).alias(fact) for fact in _HASHED]
    facts = frame.select(
        *numbers,
        first=pl.col("base").str.extract("^([^ ]*)").hash(),
        domain=pl.col("domains").list.first().hash(),
        domains=pl.col("domains").list.len(),
        city="base",
    )
    table = pl.DataFrame({"city": cities, "letters": letters}, schema={"city": pl.String, "letters": pl.UInt64})
    return facts.join(table, on="city", how="left", maintain_order="left").drop("city")


def _near(pairs: pl.DataFrame, frame: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that may be one company by what is known of where they are and how they are reached."""
    left, right = (facts[pairs[side]] for side in ("one", "other"))
    both = pairs.hstack(left).hstack(right.rename(lambda name: f"{name}_other"))
    both = both.with_columns(meets=_meet(both, frame)).filter(pl.col("meets") | ~_differ("country"))
    reached = pl.any_horizontal(
        (pl.col(fact) > 0) & (pl.col(fact) == pl.col(f"{fact}_other")) for fact in ("phone", "address")
    )
    is_far = ~pl.col("meets") & ~reached & _differ("base")
    other_letters = (pl.col("letters") ^ pl.col("letters_other")).bitwise_count_ones()
    may_be_near = is_far & ((pl.col("first") == pl.col("first_other")) | (other_letters <= 2))
    doubtful = both.filter(may_be_near).select("one", "other")
    return pl.concat([both.filter(~is_far).select("one", "other"), doubtful.filter(_are_near(doubtful, frame["base"]))])


def _meet(both: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Return which pairs have a domain in common."""
    is_one = (pl.col("domains") > 0) & (pl.col("domains_other") > 0) & (pl.col("domain") == pl.col("domain_other"))
    meets = both.select(meets=is_one)["meets"]
    several = ((both["domains"] > 1) | (both["domains_other"] > 1)).arg_true()
    one, other = (frame["domains"][both[side][several]] for side in ("one", "other"))
    return meets.scatter(several, one.list.set_intersection(other).list.len() > 0)


def _are_near(pairs: pl.DataFrame, cities: pl.Series) -> pl.Series:
    """Return of which pairs one city is named with its district, or the other but for a slip."""
    one, other = (cities[pairs[side]] for side in ("one", "other"))
    both = pl.DataFrame({"one": one + " ", "other": other + " "})
    first, second = pl.col("one"), pl.col("other")
    is_district = both.select(first.str.starts_with(second) | second.str.starts_with(first)).to_series()
    return is_district | (slips_between(one, other, 1) <= 1)


def _differ(fact: str) -> pl.Expr:
    """Whether both companies have a fact, and not the same."""
    return (pl.col(fact) > 0) & (pl.col(f"{fact}_other") > 0) & (pl.col(fact) != pl.col(f"{fact}_other"))
