"""Scores of the same companies for many weights: all that does not depend on them is worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from openprospect_nb.analysis.contacts.best import (
    COMPANY,
    DELIVERY,
    DELIVERY_KNOWN,
    REACH,
    REACH_KNOWN,
    Exponents,
    add_contacts,
    person_worth,
    valued_people,
)
from openprospect_nb.analysis.scoring.formula import DECIMALS, Preferences, known_of, value_of, with_values
from openprospect_nb.analysis.table import collect, open_table
from openprospect_nb.frames.results import Results

_OWN: Final = ("fit", "completeness")
_PERSON: Final = (REACH, DELIVERY, REACH_KNOWN, DELIVERY_KNOWN)


class Ready:
    """Companies of a `Results` made ready to be scored with other weights in a few passes over numbers.

    A company's persons lie beside each other, and a company without any has the row `contacts.best` assumes for it.
    """

    def __init__(self, results: Results) -> None:
        companies = open_table(results.companies, name="companies", required=("id", "match_score"))
        prospects = open_table(results.prospects, name="prospects", required=("company_id",))
        plain = add_contacts(companies, prospects, Exponents())
        valued = with_values(companies, plain, Preferences())
        names = [of(name) for name in _OWN for of in (value_of, known_of)]
        ordered = valued.sort(*companies.row_order)
        self._firms = collect(ordered, [*names, *_PERSON]).with_row_index("row")
        ids = results.companies.select("id").with_row_index("row").rename({"id": COMPANY})
        people = collect(valued_people(companies, prospects), [COMPANY, *_PERSON])
        placed = ids.join(people, on=COMPANY, how="inner").drop(COMPANY)
        alone = self._firms.join(placed.select("row").unique(), on="row", how="anti").select("row", *_PERSON)
        self._people = pl.concat([placed, alone]).sort("row")

    def score(self, weights: Mapping[str, float]) -> pl.Series:
        """Return what `score` gives these weights, in the order of the companies."""
        reach, delivery = weights.get("reach", 0.0), weights.get("deliverability", 0.0)
        best = self._best(Exponents.of(reach, delivery))
        shares = {name: weights.get(name, 0.0) for name in _OWN}
        total = pl.sum_horizontal(pl.col(value_of(name)) * share for name, share in shares.items())
        known = pl.sum_horizontal(pl.col(known_of(name)) * share for name, share in shares.items())
        sums = self._firms.select(total=total, known=known).with_columns(best)
        contact = pl.col("known") + pl.col(REACH_KNOWN) * reach + pl.col(DELIVERY_KNOWN) * delivery
        points = (100 * (pl.col("total") + pl.col("worth") * (reach + delivery))).clip(0, 100).round(DECIMALS)
        return sums.select(score=pl.when(contact > 0).then(points))["score"]

    def _best(self, exponents: Exponents) -> pl.DataFrame:
        """Return ``worth`` and how much is known of each company's best person, in the order of the companies."""
        rows = self._people.select("row", REACH_KNOWN, DELIVERY_KNOWN, worth=person_worth(pl, exponents))
        top = rows.group_by("row").agg(pl.col("worth").max().alias("top")).sort("row")["top"]
        best = rows.filter(pl.col("worth") == top.gather(rows["row"]))
        return best.group_by("row").agg(pl.all().max()).sort("row").drop("row")
