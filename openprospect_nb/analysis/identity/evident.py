"""What needs no judge, told of whole columns: companies on one domain that are one, and pairs that are never joined.

It is what `judging.decide` says, and most of what it would be asked: one name on one domain; names there that have one
word each that the other has not ("Quast Maschinenbau", "Quast Werkzeuge"); names on no common domain that have each a
word like none of the other's; names on two domains that are not alike, where the city of one is not known.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Final

import polars as pl

from openprospect_nb.analysis.identity.agreement import aligned, are_alike, is_named, slips_between, sounds_alike
from openprospect_nb.names.common_words import all_shortened, kinds, known

_ON: Final = ("domain", "name_key")
FEW: Final = 100
"""So many pairs the judge has read before columns are made of them."""
_WORDS: Final = ("left", "right", "city", "foreign")
_PAIRS_AT_ONCE: Final = 200_000  # beside what is known of both companies
_TOLD: Final = ("domains", "core", "joined", "is_foreign", "base", "label", "phone", "address")


def same_on_a_domain(frame: pl.DataFrame, franchises: Collection[str]) -> pl.DataFrame:
    """Return a row a group of companies that are certainly one: ``domain``, ``words`` of the name, ``firms``, ``ids``.

    They have one name, one domain each, are not in two cities, and no franchise is on the domain. Left to the judge are
    groups with an id that stands in other rows too.

    Args:
        frame: `Firms.frame`.
        franchises: the domains of franchises.
    """
    ids = frame["ids"].explode(empty_as_null=False)
    shared = ids.filter(ids.is_duplicated()).unique()
    firms = frame.select("domains", "core", "name_key", "ids", "where").with_row_index("firm")
    named = firms.filter(pl.col("domains").list.len() == 1, pl.col("core").list.len() > 0)
    sited = named.with_columns(domain=pl.col("domains").list.first())
    several = sited.filter(pl.col("domain").is_duplicated() | (pl.col("ids").list.len() > 1))
    facts = several.filter(~pl.col("domain").is_in(list(franchises))).select(*_ON, "core", "firm", "ids", "where")
    groups = facts.group_by(_ON, maintain_order=True).agg(
        pl.col("firm").alias("firms"),
        pl.col("core").first().alias("words"),
        pl.col("ids").explode().sort(),
        pl.col("where").filter(pl.col("where") != "").n_unique(),
    )
    is_shared = pl.col("ids").list.eval(pl.element().is_in(shared.implode())).list.any()
    is_one = (pl.col("ids").list.len() > 1) & (pl.col("where") <= 1) & ~is_shared
    return groups.filter(is_one).select("domain", "words", "firms", "ids")


def undecided(pairs: pl.DataFrame, frame: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are left to the judge: not both of one of *groups*, and of many not those never joined.

    Args:
        pairs: ``one`` and ``other``, rows of *frame*.
        frame: `Firms.frame`.
        groups: what `same_on_a_domain` returned of it.
    """
    firms = groups.select("firms").with_row_index("group").explode("firms", empty_as_null=False)
    group = pl.select(firm=pl.int_range(frame.height, dtype=pl.UInt32)).join(
        firms, left_on="firm", right_on="firms", how="left", maintain_order="left"
    )["group"]
    is_one = (group[pairs["one"]] == group[pairs["other"]]).fill_null(value=False)
    columns = frame.select(_TOLD)
    left = pairs.filter(~is_one)
    if left.height <= FEW:
        return left
    parts = [part.filter(~_are_evident(part, columns)) for part in left.iter_slices(_PAIRS_AT_ONCE)]
    return pl.concat([pairs.clear(), *parts])


def _are_evident(pairs: pl.DataFrame, columns: pl.DataFrame) -> pl.Series:
    """Return which pairs are never joined."""
    sides = (columns[pairs["one"]], columns[pairs["other"]].rename(lambda name: f"{name}_other"))
    both = pl.concat(sides, how="horizontal").with_row_index("pair")
    both = both.with_columns(are_close=pl.col("domains").list.set_intersection("domains_other").list.len() > 0)
    decided = pl.concat([_sisters(both), _strangers(both), _conflicting(both)])
    return both["pair"].is_in(decided.implode())


def _sisters(both: pl.DataFrame) -> pl.Series:
    """Return which pairs have a domain in common, and names that differ in one word which is no slip."""
    core, other = pl.col("core"), pl.col("core_other")
    near = both.filter("are_close", core.list.len() == other.list.len(), core.list.len() > 1)
    words = near.select(
        "pair", "base", "base_other", "joined", "joined_other",
        foreign=pl.col("is_foreign") | pl.col("is_foreign_other"),
        left=core.list.set_difference(other), right=other.list.set_difference(core),
        shared=core.list.set_intersection(other).list.len() + 1 == core.list.len(),
    )  # fmt: skip
    single = words.filter("shared", pl.col("left").list.len() == 1, pl.col("right").list.len() == 1)
    base, left, right = pl.col("base"), pl.col("left").list.first(), pl.col("right").list.first()
    is_city = (base == pl.col("base_other")) & ((base == left) | (base == right))
    differing = single.with_columns(left=left, right=right, city=pl.when(is_city).then("base").otherwise(pl.lit("")))
    kinds = differing.select(_WORDS).unique()
    apart = kinds.filter(pl.Series([_are_two(*row) for row in kinds.rows()], dtype=pl.Boolean))
    two = differing.join(apart, on=_WORDS, how="semi").select("pair", "joined", "joined_other", "foreign")
    # Names of other alphabets are compared as wholes too.
    sound = [is_foreign and sounds_alike(one, other) for _, one, other, is_foreign in two.rows()]
    return two["pair"].filter(~pl.Series(sound, dtype=pl.Boolean))


def _are_two(left: str, right: str, city: str, is_foreign: bool) -> bool:
    """Whether of two names on one domain that have all other words in common these are no slip, and not in doubt."""
    rest = aligned((left,), (right,), city=city, is_close=True, is_foreign=is_foreign)
    return bool(rest.only_one and rest.only_other) and not rest.is_doubtful


def _strangers(both: pl.DataFrame) -> pl.Series:
    """Return which pairs are on domains that tell nothing of each other or the name, in cities that cannot be compared.

    No number or address joins them either.
    """
    is_sited = (pl.col("domains").list.len() > 0) & (pl.col("domains_other").list.len() > 0)
    is_reached = pl.any_horizontal(
        (pl.col(fact) != "") & (pl.col(fact) == pl.col(f"{fact}_other")) for fact in ("phone", "address")
    )
    is_open = (pl.col("base") == "") | (pl.col("base_other") == "")
    apart = both.filter(is_sited & is_open, ~pl.col("are_close"), ~is_reached)
    facts = ("label", "core", "base")
    rows = apart.select("pair", *facts, *(f"{fact}_other" for fact in facts)).rows()
    kin = (
        pair
        for pair, label, core, base, label_two, core_two, base_two in rows
        if not are_alike(label, label_two)
        and not (is_named(label, core, base) and is_named(label_two, core_two, base_two))
    )
    return pl.Series(kin, dtype=pl.UInt32)


def _conflicting(both: pl.DataFrame) -> pl.Series:
    """Return which pairs have no domain in common, and each name a word that is like none of the other's.

    Left to the judge are names of one word, of other alphabets, with their city in them, or that may be one as a whole.
    """
    core, other = pl.col("core"), pl.col("core_other")
    in_name = pl.any_horizontal(words.list.contains(pl.col("base").str.extract("^([^ ]*)")) for words in (core, other))
    names = both.filter(
        ~pl.col("are_close") & ~pl.col("is_foreign") & ~pl.col("is_foreign_other"),
        (core.list.len() > 1) & (other.list.len() > 1),
        ~((pl.col("base") == pl.col("base_other")) & in_name),
    )
    unlike = names.filter(slips_between(names["joined"], names["joined_other"], 1) > 1)
    words = unlike.select("pair", left=core.list.set_difference(other), right=other.list.set_difference(core))
    each = words.explode("left", empty_as_null=False).explode("right", empty_as_null=False)
    each = each.with_columns(is_like=_may_be_like(each["left"], each["right"]))
    alone = [
        each.group_by("pair", word).agg(pl.col("is_like").any()).filter(~pl.col("is_like")).select("pair").unique()
        for word in ("left", "right")
    ]
    return alone[0].join(alone[1], on="pair")["pair"]


def _may_be_like(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return of which words one may be a slip for the other, short for it, or part of it."""
    one, other = pl.col("one"), pl.col("other")
    listed, spelled = _listed()
    facts = pl.DataFrame({"one": left, "other": right}).select(
        "one", "other",
        is_near=(one.str.len_chars().cast(pl.Int32) - other.str.len_chars().cast(pl.Int32)).abs() <= 2,
        are_listed=one.is_in(listed.implode()) & other.is_in(listed.implode()),
        is_part=one.str.contains(other, literal=True) | other.str.contains(one, literal=True)
        | one.is_in(spelled.implode()) | other.is_in(spelled.implode()),
    )  # fmt: skip
    open_ones = (facts["is_near"] & ~facts["are_listed"] & ~facts["is_part"]).arg_true()
    rest = facts[open_ones]
    return facts["is_part"].scatter(open_ones, slips_between(rest["one"], rest["other"], 2) <= 2)


@cache
def _listed() -> tuple[pl.Series, pl.Series]:
    """Return the words that the lists know, of which two are never slips, and those that have several spellings."""
    listed = sorted(word for word in known() if kinds(word))
    return pl.Series(listed, dtype=pl.String), pl.Series(sorted(set(all_shortened().values())), dtype=pl.String)
