"""What the charts count."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.analysis.distribution import Distribution, distribution, filled, tally
from openprospect_nb.analysis.orders.funnel import funnel
from openprospect_nb.analysis.table import open_table
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

EDGES = (0.0, 2.0, 5.0, 10.0)


def counted(values: list[float | None]) -> Distribution:
    """Count *values* between `EDGES`."""
    frame = pl.DataFrame({"score": values}, schema={"score": pl.Float64})
    return distribution(open_table(frame, name="rows", required=[]), "score", EDGES)


def test_a_bin_holds_its_lower_edge_and_the_last_one_both() -> None:
    """Values on an edge count upward, except the very last edge."""
    assert counted([0, 2, 5, 10]).counts == (1, 1, 2)


def test_unknown_and_impossible_values_are_told_apart() -> None:
    """Null and NaN are unknown, numbers beyond the edges and infinities are outside; neither is in a bin."""
    found = counted([None, float("nan"), -1, 11, float("inf"), 3])

    assert (found.unknown, found.outside, found.known, sum(found.counts)) == (2, 3, 1, 1)


@given(st.lists(st.one_of(st.none(), st.floats(-5, 15).map(lambda value: round(value, 2))), max_size=60))
def test_every_row_is_counted_once_and_the_sums_add_up(values: list[float | None]) -> None:
    """Known, unknown and outside make all rows; bins make the known; sums their total; quartiles are values."""
    found = counted(values)
    inside = [value for value in values if value is not None and 0 <= value <= 10]

    assert found.rows == len(values)
    assert sum(found.counts) == found.known == len(inside)
    assert sum(found.sums) == pytest.approx(sum(inside))
    assert found.quartiles is None if not inside else set(found.quartiles) <= set(inside)


def test_lists_count_an_entry_once_a_row() -> None:
    """A row that names a reason twice counts once for it, and rows without reasons are counted apart."""
    frame = pl.DataFrame({"reasons": [["a", "b", "a"], ["a"], [], None, [None]]})

    assert tally(open_table(frame, name="rows", required=[]), "reasons", each=True) == {"a": 2, "b": 1, None: 3}


def test_blank_text_counts_as_unknown() -> None:
    """A city of blanks is no city."""
    frame = pl.DataFrame({"city": ["Wien", " ", "", None, "Wien "]})
    table = open_table(frame, name="rows", required=[])

    assert tally(table, "city") == {"Wien": 2, None: 3}
    assert filled(table, ["city", "nowhere"]) == {"city": 2, "nowhere": None}


def test_text_where_numbers_are_needed_is_named() -> None:
    """The error says which column holds text."""
    frame = pl.DataFrame({"score": ["high"]})
    with pytest.raises(ValidationError, match="score"):
        distribution(open_table(frame, name="rows", required=[]), "score", EDGES)


def test_the_funnel_never_widens(some_results: Results) -> None:
    """Each step after the delivery holds at most as many companies as the one before."""
    delivered = [step.companies for step in funnel(some_results) if step.key != "asked"]

    assert delivered == sorted(delivered, reverse=True)
    assert delivered[0] == some_results.companies.height
