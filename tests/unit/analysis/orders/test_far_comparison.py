"""A comparison of long frames in an engine: the same as here, and hardly more than sisters cross."""

from __future__ import annotations

import polars as pl
import pytest
from bench.market import make_market
from polars.testing import assert_frame_equal

from openprospect_nb.analysis import compare
from openprospect_nb.analysis.bounces import forecast
from openprospect_nb.analysis.orders import far_comparison

pytestmark = pytest.mark.slow
SITES = [
    "https://www.firm.example/a", "FIRM.example", "see www.firm.example", "\u00a0firm.example", "firm.example:8080",
    "shop.firm.co.uk", "firm.co.uk", "https://facebook.com/one", "facebook.com/two", "facebook.com/three", "", None,
    "müller.example", "MÜLLER.example", "http://", "x", "a@lone.example", "https://lone.example/?q=1", "www.de", None,
]  # fmt: skip
NAMES = [
    "Quast GmbH", "QUAST", "Quast AG", "Ärztehaus", "ÄRZTEHAUS GmbH", "Müller", "Mueller GmbH", "Ромашка",
    "ООО Ромашка", "- - Quast", "", None, "...", "Lone", "Other", "Müller KG", "Quast", "GmbH", "Third", "Ärzte",
]  # fmt: skip


@pytest.fixture(scope="module")
def market():
    """Return 1,500 companies with prospects; some come in two orders, some have odd sites and names, or none."""
    rows = make_market(1_500, seed=9)
    at = pl.int_range(pl.len())
    odd = rows.companies.head(len(SITES)).with_columns(
        website_url=pl.Series(SITES), name=pl.Series(NAMES, dtype=pl.String)
    )
    twice = rows.companies.filter(at % 50 == 3).with_columns(order_id=pl.lit("order-9"))
    nowhere = rows.companies.filter(at % 97 == 5).with_columns(order_id=pl.lit(None, pl.String))
    firms = pl.concat([odd, rows.companies.slice(len(SITES)), twice, nowhere])
    nobody = pl.when(at % 7 == 0).then(None)
    people = rows.prospects.with_columns(
        email=nobody.otherwise("email"),
        id=pl.when(at % 14 == 0).then(None).otherwise("id"),
        last_name=pl.when(at % 28 == 0).then(None).otherwise("last_name"),
        first_name=pl.when(at % 28 == 0).then(None).otherwise("first_name"),
    )
    firms = firms.select("order_id", "id", "name", "website_url", "match_score", "source")
    return firms, people.drop("extra", strict=False)


@pytest.fixture(scope="module")
def there(market, tmp_path_factory):
    """Return the same as relations of DuckDB."""
    folder, connection = tmp_path_factory.mktemp("far"), pytest.importorskip("duckdb").connect()
    for name, frame in zip(("firms", "people"), market, strict=True):
        frame.write_parquet(folder / f"{name}.parquet")
    return [connection.read_parquet(str(folder / f"{name}.parquet")) for name in ("firms", "people")]


@pytest.mark.parametrize("has_orders", [True, False])
def test_the_engine_says_what_polars_says(market, there, monkeypatch, has_orders):
    """Counts, rates, intervals, quantiles and forecasts are equal."""
    monkeypatch.setattr(far_comparison, "FAR", 1_000)
    firms, people = market
    relation = there[1] if has_orders else there[1].project("* EXCLUDE order_id")
    here = compare(firms, prospects=people if has_orders else people.drop("order_id"))
    found = compare(there[0], prospects=relation)

    assert found == here
    # Sums over firms are made in another order.
    assert_frame_equal(found.orders, here.orders, rel_tol=1e-12, abs_tol=1e-12)
    assert_frame_equal(found.differences, here.differences, rel_tol=1e-12, abs_tol=1e-12)
    assert (found.joint.hits, found.joint.n) == (here.joint.hits, here.joint.n)
    assert found.joint.effective == pytest.approx(here.joint.effective)


def test_of_long_orders_sums_and_sisters_cross(market, there, monkeypatch):
    """Where the orders are long too, what crosses for their prospects is what crosses for a forecast of each."""
    monkeypatch.setattr(far_comparison, "FAR", 1_000)
    monkeypatch.setattr(forecast, "FAR", 100)
    sums = []
    monkeypatch.setattr(far_comparison, "collect", _noted(far_comparison.collect, sums))

    found = compare(there[0], prospects=there[1])

    sites = market[0]["website_url"]
    with_sisters = sites.filter(sites.is_duplicated() | sites.is_null()).len()
    assert found.orders["companies"].to_list() == compare(market[0], prospects=market[1]).orders["companies"].to_list()
    assert sum(sums) < with_sisters + market[0].height * 0.6
    assert sum(sums) < market[0].height


def _noted(collect, sums):
    def noted(lazy, columns):
        rows = collect(lazy, columns)
        sums.append(rows.height)
        return rows

    return noted
