"""What needs no judge, told of whole columns: companies on one domain that are one, and pairs there that are two.

Both are what `judging.decide` says, and most of what it would be asked: one name on one domain, and names that have one
word each that the other has not ("Quast Maschinenbau", "Quast Werkzeuge").
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from openprospect_nb.analysis.identity.agreement import aligned

_ON: Final = ("domain", "name_key")
_WORDS: Final = ("left", "right", "city")


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
    named = frame.with_row_index("firm").filter(pl.col("domains").list.len() == 1, pl.col("core").list.len() > 0)
    sited = named.with_columns(domain=pl.col("domains").list.first())
    several = sited.filter(pl.col("domain").is_duplicated() | (pl.col("ids").list.len() > 1))
    facts = several.filter(~pl.col("domain").is_in(list(franchises))).select(*_ON, "core", "firm", "ids", "where")
    found = facts.group_by(_ON, maintain_order=True).agg(
        pl.col("firm").alias("firms"),
        pl.col("core").first().alias("words"),
        pl.col("ids").explode().sort(),
        pl.col("where").filter(pl.col("where") != "").n_unique(),
    )
    is_shared = pl.col("ids").list.eval(pl.element().is_in(shared.implode())).list.any()
    is_one = (pl.col("ids").list.len() > 1) & (pl.col("where") <= 1) & ~is_shared
    return found.filter(is_one).select("domain", "words", "firms", "ids")


def undecided(found: pl.DataFrame, frame: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are left to the judge: not both of one of *groups*, and no certain sisters.

    Args:
        found: ``one`` and ``other``, rows of *frame*.
        frame: `Firms.frame`.
        groups: what `same_on_a_domain` returned of it.
    """
    firms = groups.select("firms").with_row_index("group").explode("firms", empty_as_null=False)
    group = pl.select(firm=pl.int_range(frame.height, dtype=pl.UInt32)).join(
        firms, left_on="firm", right_on="firms", how="left", maintain_order="left"
    )["group"]
    is_one = (group[found["one"]] == group[found["other"]]).fill_null(value=False)
    rest = found.filter(~is_one)
    return rest.filter(~_are_sisters(rest, frame))


def _are_sisters(found: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Return which pairs have a domain in common, and names that differ in one word which is no slip."""
    columns = frame.select("domains", "core", "is_foreign", "base")
    sides = (columns[found["one"]], columns[found["other"]].rename(lambda name: f"{name}_other"))
    both = pl.concat(sides, how="horizontal").with_row_index("pair")
    core, other = pl.col("core"), pl.col("core_other")
    are_close = pl.col("domains").list.set_intersection("domains_other").list.len() > 0
    are_told = (core.list.len() == other.list.len()) & (core.list.len() > 1)
    near = both.filter(are_told, are_close, ~pl.col("is_foreign"), ~pl.col("is_foreign_other"))
    words = near.select(
        "pair", "base", "base_other", left=core.list.set_difference(other), right=other.list.set_difference(core),
        shared=core.list.set_intersection(other).list.len() + 1 == core.list.len(),
    )  # fmt: skip
    single = words.filter("shared", pl.col("left").list.len() == 1, pl.col("right").list.len() == 1)
    base, left, right = pl.col("base"), pl.col("left").list.first(), pl.col("right").list.first()
    is_city = (base == pl.col("base_other")) & ((base == left) | (base == right))
    told = single.select("pair", left=left, right=right, city=pl.when(is_city).then("base").otherwise(pl.lit("")))
    kinds = told.select(_WORDS).unique()
    apart = kinds.filter(pl.Series([_are_two(*row) for row in kinds.rows()], dtype=pl.Boolean))
    pairs = told.join(apart, on=_WORDS, how="semi")["pair"]
    return both["pair"].is_in(pairs.implode())


def _are_two(left: str, right: str, city: str) -> bool:
    """Whether of two names on one domain that have all other words in common these are no slip, and not in doubt."""
    rest = aligned((left,), (right,), city=city, is_close=True, is_foreign=False)
    return bool(rest.only_one and rest.only_other) and not rest.is_doubtful
