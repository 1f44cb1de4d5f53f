"""Rows between which nothing decides: whoever asks twice gets the same ones, in the order in which they were given."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

import openprospect_nb as op

TIMES = 12
# Twelve prospects, two at each of six companies, of one address and alike in everything else.
PEOPLE = pl.DataFrame(
    {
        "id": [f"p{n:02}" for n in range(12)],
        "company_id": [f"c{n % 6}" for n in range(12)],
        "email": ["ann@firm.example"] * 12,
        "bounce_risk_score": [1.0] * 12,
    }
)
FIRST = [f"p{n:02}" for n in range(6)]


@pytest.mark.parametrize("given", [PEOPLE, PEOPLE.lazy()], ids=["in memory", "lazy"])
@pytest.mark.parametrize("best_only", [False, True])
def test_equal_prospects_stay_in_the_order_given(given: pl.DataFrame | pl.LazyFrame, best_only: bool) -> None:
    """Among equals contactable changes no order, and of a company it keeps the first, each time."""
    for _ in range(TIMES):
        rows = op.contactable(given, best_only=best_only).lazy().collect()
        assert rows["id"].to_list() == (FIRST if best_only else PEOPLE["id"].to_list())


def tied(results: op.Results) -> op.Results:
    """Return *results* whose companies and prospects are of nine kinds and equal within them."""
    place = pl.int_range(pl.len())
    companies = results.companies.with_columns(
        match_score=pl.lit(8.0),
        name=pl.format("Firma {}", place % 9),
        website_url=pl.format("firma{}.example", place % 9),
    )
    prospects = results.prospects.with_columns(
        bounce_risk_score=pl.lit(3.0),
        qualification_score=pl.lit(5.0),
        job_title=pl.lit("CEO"),
        email=pl.format("p{}@firma{}.example", place % 7, place % 9),
    )
    return replace(results, companies=companies, prospects=prospects)


VERBS: dict[str, Callable[[op.Results], pl.DataFrame]] = {
    "score": op.score,
    "contactable": op.contactable,
    "the best": lambda results: op.contactable(results, best_only=True),
    "dedupe": lambda results: op.dedupe(results.companies),
    "exclude": lambda results: op.exclude(results.companies, ["firma1.example"]),
    "send_list": lambda results: op.send_list(results).prospects,
}


@pytest.mark.parametrize("verb", VERBS)
def test_whoever_asks_twice_gets_the_same_rows(verb: str, some_results: op.Results) -> None:
    """Nothing decides between rows that are equal but the order in which they came."""
    results = tied(some_results)
    first = VERBS[verb](results)
    assert first.height > 0
    for _ in range(TIMES):
        assert VERBS[verb](results).equals(first)
