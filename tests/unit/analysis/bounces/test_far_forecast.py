"""A long list in DuckDB or Spark is forecast there: the same answer as here, and little more than sums crosses."""

from __future__ import annotations

import polars as pl
import pytest
from bench.market import make_market
from support.crossing import crossing

from openprospect_nb.analysis import bounce_forecast, calibrate, send_list
from openprospect_nb.analysis.bounces.far_forecast import FAR, SUMMED
from openprospect_nb.analysis.bounces.forecast import Terms, total_bounces

pytestmark = pytest.mark.slow
TERMS = Terms(0.02, 0.9)
NUMBERS = ("expected", "low", "high", "rate", "p_over")


@pytest.fixture(scope="module")
def people():
    """Return the prospects of 20,000 companies, many of whom share a domain."""
    return make_market(20_000).prospects


@pytest.fixture(scope="module")
def connection():
    """Return a DuckDB."""
    return pytest.importorskip("duckdb").connect()


@pytest.fixture(scope="module")
def relation(people, connection, tmp_path_factory):
    """Return the same as a relation of DuckDB."""
    return _there(people, connection, tmp_path_factory.mktemp("far"))


@pytest.fixture(scope="module")
def with_large(people, connection, tmp_path_factory):
    """Return prospects with loners, private mailboxes and one large employer among them, and the same in DuckDB."""
    number = pl.int_range(pl.len())
    email = (
        pl.when(number < 1_500)
        .then(pl.format("x{}@big.example", number))
        .when(number % 5 == 0)
        .then(pl.format("y{}@alone{}.example", number, number))
        .when(number % 97 == 0)
        .then(pl.format("z{}@gmail.com", number))
        .otherwise("email")
    )
    mixed = people.with_columns(email=email)
    return mixed, _there(mixed, connection, tmp_path_factory.mktemp("large"))


def _there(people, connection, folder):
    people.write_parquet(folder / "people.parquet")
    return connection.read_parquet(str(folder / "people.parquet"))


def learnt_from(people):
    """Return a calibration on a thousand outcomes: about two thirds of what was stated bounced."""
    mailed = people.filter(pl.col("bounce_risk_score").is_not_null()).unique("email", maintain_order=True).head(1_000)
    chance = pl.Series([(n * 37 % 1_000) / 15 for n in range(mailed.height)])
    return calibrate(mailed, mailed.select("email", bounced=pl.col("bounce_risk_score") > chance))


@pytest.fixture(scope="module", params=[False, True], ids=["vendor's word", "measured"])
def both(people, relation, request):
    """Return the forecast of the frame here, that of the relation, and what crossed for it."""
    terms = {"limit": 0.08, "calibration": learnt_from(people) if request.param else None}
    with crossing() as crossed:
        far = bounce_forecast(relation, **terms)
    return bounce_forecast(people, **terms), far, crossed


def test_the_engine_says_what_polars_says(both):
    """Counts are equal, numbers to half a percent, the chance of too many to a hundredth; so it is tier by tier."""
    here, far, _ = both
    counts = (
        "n", "unknown", "not_sendable", "duplicates", "interval", "limit", "basis", "domain_share", "is_calibrated",
    )  # fmt: skip

    assert here.n > FAR
    assert {name: getattr(here, name) for name in counts} == {name: getattr(far, name) for name in counts}
    assert here.by_tier.select("tier", "n").equals(far.by_tier.select("tier", "n"))
    for ours, theirs in zip(
        [{name: getattr(here, name) for name in NUMBERS}, *here.by_tier.select(NUMBERS).to_dicts()],
        [{name: getattr(far, name) for name in NUMBERS}, *far.by_tier.select(NUMBERS).to_dicts()],
        strict=True,
    ):
        assert theirs.pop("p_over") == pytest.approx(ours.pop("p_over"), abs=0.01)
        assert theirs == pytest.approx(ours, rel=5e-3, abs=1.5)


def test_the_heaviest_domains_are_named_as_in_polars(both):
    """The domains with the most bounces expected come by name, with the same numbers."""
    here, far, _ = both

    joined = here.by_domain.join(far.by_domain, on="domain", suffix="_far")

    assert far.by_domain.schema == here.by_domain.schema
    assert far.by_domain["domain"][:10].to_list() == here.by_domain["domain"][:10].to_list()
    assert joined.height >= 99  # of equals at the edge either may be named
    for name in ("n", "expected", "rate", "p_all"):
        assert joined[f"{name}_far"].to_list() == pytest.approx(joined[name].to_list(), abs=1e-6)


def test_little_more_than_sums_crosses(both, people):
    """What leaves the engine does not grow with the list: of 60,000 rows it is two percent."""
    _, _, crossed = both

    assert 0 < crossed.rows < 6_000
    assert crossed.bytes < people.estimated_size() / 50


def test_of_a_list_to_choose_hardly_more_than_the_chosen_crosses(relation, people):
    """Beside the chosen come sums by risk, and so many of the next ones as the promise might just reach."""
    with crossing() as crossed:
        chosen = send_list(relation, 0.02)

    assert chosen.prospects.select("email").fetchall() == send_list(people, 0.02).prospects.select("email").rows()
    assert crossed.rows < chosen.size + 3_500


def test_of_a_list_as_a_whole_sums_cross(relation, people):
    """Of a list below the edge, without a large domain, sums cross, and some hosts; the interval is Polars' own."""
    with crossing() as crossed:
        far = total_bounces(relation.filter("company_id LIKE '%7'"), TERMS)
    here = total_bounces(people.filter(pl.col("company_id").str.ends_with("7")), TERMS)

    assert SUMMED < here.n < FAR
    assert (far.n, far.low, far.high, far.expected) == (here.n, here.low, here.high, pytest.approx(here.expected))
    assert crossed.rows < here.n / 2


def test_a_large_domain_is_fetched_to_be_seen(with_large):
    """Below the edge a list with an employer that shows is fetched: its bounces are those of Polars."""
    people, relation = with_large
    is_chosen = pl.col("email").str.ends_with("@big.example") | pl.col("company_id").str.ends_with("7")

    with crossing() as crossed:
        far = total_bounces(relation.filter("email LIKE '%@big.example' OR company_id LIKE '%7'"), TERMS)
    here = total_bounces(people.filter(is_chosen), TERMS)

    assert (far.n, far.low, far.high, far.expected) == (here.n, here.low, here.high, pytest.approx(here.expected))
    assert crossed.rows > here.n


def test_of_a_long_list_a_large_domain_is_seen_there(with_large):
    """A long list with a large employer is forecast there to half a percent."""
    people, relation = with_large
    far, here = bounce_forecast(relation), bounce_forecast(people)

    assert far.n == here.n > FAR
    assert (far.expected, far.low, far.high) == pytest.approx((here.expected, here.low, here.high), rel=5e-3)
    assert far.by_domain["domain"][0] == here.by_domain["domain"][0] == "big.example"


def test_a_list_as_a_whole_is_forecast_as_with_its_tiers(people):
    """The total is that of the whole forecast."""
    whole, total = bounce_forecast(people.head(3_000)), total_bounces(people.head(3_000), TERMS)

    assert (total.n, total.low, total.high, total.expected) == (whole.n, whole.low, whole.high, whole.expected)
    assert total.rate == whole.rate


@pytest.mark.usefixtures("both")
def test_nothing_stays_behind_in_the_engine(connection):
    """What was worked out once for many questions is gone when they are answered."""
    assert connection.sql("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
                          " WHERE NOT internal").fetchall() == []  # fmt: skip


def test_a_short_list_is_fetched_and_exactly_as_before(relation, people):
    """Below the edge rows are fetched, and the forecast is that of Polars to the last digit."""
    few = people.head(1_000)
    there = relation.filter("id in (" + ",".join(f"'{name}'" for name in few["id"]) + ")")

    assert bounce_forecast(there) == bounce_forecast(few)
