"""Sisters among rows in an engine: told as here, and only texts that take reading cross."""

from __future__ import annotations

import random

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from bench.market import make_market
from support.crossing import crossing

from openprospect_nb.analysis.identity.far_sisters import firms_there
from openprospect_nb.analysis.identity.sisters import firm_of
from openprospect_nb.privacy import shared

pytestmark = pytest.mark.slow
TWICE = ("{}", "https://www.{}/", "http://shop.{}/a?b=c@d.example", "{}:8080", "www.{}", "see www.{}", " {} ")


def test_every_listed_ending_is_told_there_as_here():
    """Below suffixes, builders, networks, portals and mail the engine joins the sites that Polars joins."""
    chance, brands = random.Random(3), sorted(shared.odd_labels()[0])
    endings = [*chance.sample(sorted(shared.endings()), 600), *chance.sample(sorted(shared.known_labels()), 100)]
    names = [*shared.free_mail(), *shared.endings()]
    endings += [*chance.sample(sorted(names), 100), "co.uk", "jimdofree.com", "github.io", "de.yelp.com", "gmail.com"]
    in_front = ("", "a.", "b.a.", "www.", "www.www.", *(f"{brand}." for brand in chance.sample(brands, 3)))
    sites = [chance.choice(TWICE).format(f"{front}{ending}") for ending in endings for front in in_front]

    _assert_same_firms(pl.DataFrame({"website_url": sites}).with_columns(name=pl.lit(None, pl.String)))


def test_odd_sites_and_names_are_told_there_as_here():
    """Sites that are no plain address, and names in all spellings, make the firms that they make in Polars."""
    chance = random.Random(4)
    sites = ["", None, "x", "http://", "firm.example / b.example", "firm.example", "a@firm.example", "facebook.com/one",
             "FIRM.example/Kontakt", "müller.example", "amazon.co.uk", "co.uk", "www.co.uk", "www.de", "10.0.0.1",
             "xn--mller-kva.example", "a.b.ck", "http//firm.example", "firm.example\n"]  # fmt: skip
    names = ["", None, "...", "Quast GmbH", "QUAST", " Quast ", "Müller KG", "Mueller", "ООО Ромашка", "Ромашка",
             "株式会社山田", "山田", "Q.E.D. Ltd", "QED", "GmbH", "The Quast", "Und Quast", "Quast\nAG"]  # fmt: skip
    rows = [(chance.choice(sites), chance.choice(names)) for _ in range(120)]

    _assert_same_firms(pl.DataFrame(rows, schema={"website_url": pl.String, "name": pl.String}, orient="row"))
    _assert_same_firms(pl.DataFrame(rows[:7], schema={"website_url": pl.String, "name": pl.String}, orient="row"))


def test_of_a_market_with_sisters_hardly_a_text_crosses():
    """Where 30 % of the companies repeat one or share its domain, only names that begin alike cross, of none's site."""
    market = make_market(5_000, seed=2).companies.select("website_url", "name")

    rows = _assert_same_firms(market)

    begin = market.filter(pl.col("website_url").is_null()).select(word=pl.col("name").str.extract(r"(\p{L}+)"))
    assert rows <= begin["word"].is_duplicated().sum() < 50


def _assert_same_firms(companies):
    duckdb = pytest.importorskip("duckdb")
    rows = companies.with_row_index("id").cast(pl.String)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE firms (id VARCHAR, website_url VARCHAR, name VARCHAR)")
    parts = [rows[name].to_list() for name in ("id", "website_url", "name")]
    connection.execute("INSERT INTO firms SELECT unnest($1), unnest($2), unnest($3)", parts)

    with crossing() as crossed, firms_there(nw.from_native(connection.table("firms"))) as there:
        told = dict(there.select("id", "firm").to_native().fetchall())

    here = rows.with_columns(here=firm_of(rows), there=pl.col("id").replace_strict(told, return_dtype=pl.String))
    pairs = here.select("here", "there").unique()
    assert not pairs.filter(pl.col("here").is_duplicated() | pl.col("there").is_duplicated()).rows()
    return crossed.rows
