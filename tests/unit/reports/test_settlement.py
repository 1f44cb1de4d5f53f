"""The money in a report: the lines of the settlement, in every language, only where there is something to say."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import wording
from openprospect_nb.reports import report
from openprospect_nb.reports.sections import settlement


def facts(results: Results, language: str = "en") -> dict[str, str]:
    """Return what the section says, by line."""
    return {fact.name: fact.text for fact in settlement(results, wording(language))}


def test_the_section_says_what_the_settlement_says(some_results: Results) -> None:
    """Lines, companies and money are those of `op.settle`; what it rests on and the terms come last."""
    said, settled = facts(some_results), op.settle(some_results)
    rows = {row["line"]: row for row in settled.total.to_dicts() if row["companies"]}

    assert len(said) == len(rows) + 1
    assert said["ordered"].startswith(f"{rows['ordered']['companies']} · {rows['ordered']['money']:,.2f}")
    assert f"{rows['usable']['money']:,.2f}" in said["what is left"]
    assert "neither completeness nor correctness" in said["What it rests on"]
    assert "ordered" in report(some_results).to_html()


@pytest.mark.parametrize("lite", [True, False])
def test_money_is_not_masked_and_german_is_german(some_results: Results, lite: bool) -> None:
    """Counts and amounts stand in a masked page as they are; a German page has its words and numbers."""
    german = facts(some_results, "de")
    page = report(some_results, lite=lite, language="de").to_html()

    assert "was bleibt" in german
    assert all(text in page for name, text in german.items() if name != "Worauf das beruht")


def test_where_everything_is_as_asked_there_is_no_section(some_results: Results) -> None:
    """Nothing ordered, or nothing to claim, says nothing; a very large order is left to `op.settle`."""
    empty = replace(some_results, companies=some_results.companies.head(0), prospects=some_results.prospects.head(0))
    fine = op.settle(some_results).claims["company_id"].to_list()
    kept = ~pl.col("id").is_in(fine)
    good = replace(some_results, companies=some_results.companies.filter(kept),
                   provenance={**some_results.provenance, "orders": ()})  # fmt: skip

    assert facts(empty) == {}
    assert facts(good) == {}
