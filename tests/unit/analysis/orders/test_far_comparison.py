"""A comparison of long frames in an engine: the same as here, and hardly more than counts cross."""

from __future__ import annotations

import polars as pl
import pytest
from bench.market import make_market
from polars.testing import assert_frame_equal

from openprospect_nb.analysis import compare
from openprospect_nb.analysis.identity import far_sisters
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


@pytest.fixture(scope="module")
def compared(market, there):
    """Return the comparison here, that in the engine, and how many counts and texts crossed for it."""
    counts, texts = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(far_comparison, "FAR", 1_000)
        patch.setattr(far_comparison, "collect", _noted(far_comparison.collect, counts))
        patch.setattr(far_sisters, "collect", _noted(far_sisters.collect, texts))
        found = compare(there[0], prospects=there[1])
    return compare(market[0], prospects=market[1]), found, sum(counts), sum(texts)


def test_the_engine_says_what_polars_says(compared):
    """Counts, rates, intervals, quantiles and forecasts are equal."""
    here, found, _, _ = compared
    _is_alike(found, here)


def test_the_engine_says_so_of_prospects_without_orders(market, there, monkeypatch):
    """So they are where the prospects' orders are those of their companies."""
    monkeypatch.setattr(far_comparison, "FAR", 1_000)
    firms, people = market
    here = compare(firms, prospects=people.drop("order_id"))

    _is_alike(compare(there[0], prospects=there[1].project("* EXCLUDE order_id")), here)


def _is_alike(found, here):
    assert found == here
    # Sums over prospects are made in another order.
    bounces = ["expected_bounces", "bounce_rate"]
    assert_frame_equal(found.orders.select(bounces), here.orders.select(bounces), rel_tol=1e-12)
    assert_frame_equal(found.orders.drop(bounces), here.orders.drop(bounces), check_exact=True)
    assert_frame_equal(found.differences, here.differences, check_exact=True)
    assert found.joint == here.joint


def test_of_long_orders_only_counts_cross(market, compared):
    """Of companies cross how many are alike, who has which score, and the few odd texts; many have sisters."""
    here, found, counts, texts = compared

    firms, orders = market[0], found.orders.height
    scores = firms.select("order_id", "match_score").unique().height
    assert found.orders["companies"].to_list() == here.orders["companies"].to_list()
    assert (found.orders["companies"] - found.orders["firms"]).sum() > 80
    assert 0 < texts < len(SITES) + len(NAMES)
    assert counts < scores + 60 * orders


def _noted(collect, sums):
    def noted(lazy, columns):
        rows = collect(lazy, columns)
        sums.append(rows.height)
        return rows

    return noted
