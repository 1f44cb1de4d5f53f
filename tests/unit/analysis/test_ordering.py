"""Rows in order by several keys: as a sort by all of them has them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from openprospect_nb.analysis import ordering

_SOME = np.random.default_rng(5)
KEYS = pl.DataFrame(
    {
        "tier": _SOME.integers(0, 3, 500),
        "risk": np.round(_SOME.random(500), 1) - 0.5,
        "name": pl.Series(_SOME.integers(0, 9, 500)).cast(pl.String),
        "fit": _SOME.random(500),
        "level": _SOME.random(500),
    }
)


@pytest.mark.parametrize("room", [2**63, 40])
def test_rows_come_as_from_a_sort_by_all_keys(monkeypatch, room):
    """Numbers before and behind a text decide in turn, also where their places do not fit into one whole number."""
    monkeypatch.setattr(ordering, "_ROOM", room)

    assert KEYS[ordering.in_order(KEYS)].equals(KEYS.sort(KEYS.columns))


def test_no_rows_have_no_order():
    """An empty frame gives no numbers."""
    assert ordering.in_order(KEYS.clear()).len() == 0
