"""What clusters say of rows in an engine is joined there: the same answers, and no row crosses for them."""

from __future__ import annotations

import polars as pl
import pytest
from bench.market import make_market
from support.crossing import crossing

from openprospect_nb.analysis import dedupe, overlap
from openprospect_nb.analysis.identity.far_marks import joined_there
from openprospect_nb.analysis.table import open_table

ADDED = ("id", "cluster_id", "rule", "evidence")


@pytest.fixture(scope="module")
def firms():
    """Return 2,000 companies of four orders; some ids come in two orders."""
    rows = make_market(2_000, seed=5).companies.select("order_id", "id", "name", "website_url", "city", "country")
    again = rows.head(100).with_columns(order_id=pl.lit("order-9"))
    return pl.concat([rows, again])


@pytest.fixture(scope="module")
def relation(firms, tmp_path_factory):
    """Return the same as a relation of DuckDB."""
    path = tmp_path_factory.mktemp("far") / "firms.parquet"
    firms.write_parquet(path)
    return pytest.importorskip("duckdb").connect().read_parquet(str(path))


def test_clusters_are_marked_there_as_here(firms, relation):
    """Every row has the cluster, rule and evidence that Polars gives it; a row a company crossed, and nothing else."""
    with crossing() as crossed:
        there = dedupe(relation)

    assert sorted(there.select(*ADDED).fetchall(), key=str) == sorted(dedupe(firms).select(ADDED).rows(), key=str)
    assert crossed.rows == firms.height


def test_what_orders_share_is_counted_there(firms, relation):
    """An overlap equals Polars', and beside what tells the clusters only counts cross."""
    here, crossed_before = overlap(firms), firms.height
    with crossing() as crossed:
        there = overlap(relation)

    assert there.companies == here.companies < firms.height
    assert there.matrix.equals(here.matrix)
    assert there.marginal.equals(here.marginal)
    assert crossed.rows <= crossed_before + 50


@pytest.mark.parametrize("text", ["it's", "a,b\n\tc", "\ue000x\ue001", "", "Ж"])
def test_any_text_goes_there_as_it_is(relation, text):
    """Whatever signs an id or an evidence has, it is joined as it is."""
    lazy = open_table(relation.limit(1).project("'k' || id AS id"), name="companies", required=("id",)).lazy
    key = lazy.to_native().fetchall()[0][0]

    joined = joined_there(lazy, "id", {"rule": {key: text, "other": "x"}})

    assert joined.select("rule").to_native().fetchall() == [(text,)]
