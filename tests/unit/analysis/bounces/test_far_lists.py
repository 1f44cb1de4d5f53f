"""A list is chosen from a long frame in DuckDB as from one here; `test_far_forecast` counts what crosses."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from bench.market import make_market
from support.crossing import crossing

from openprospect_nb.analysis import calibrate, send_list
from openprospect_nb.analysis.bounces import far_lists

pytestmark = pytest.mark.slow
EXACT = ("size", "beyond", "unknown", "not_sendable", "duplicates", "basis", "ways_out", "assumed", "sent")
SENT = pl.DataFrame({"email": [f"s{n}@sent.example" for n in range(100)], "bounced": [n < 30 for n in range(100)]})


@pytest.fixture(scope="module")
def people():
    """Return 3,000 prospects, 300 of them at one employer, some twice."""
    rows = make_market(1_000, seed=3).prospects
    number = pl.int_range(pl.len())
    return rows.with_columns(email=pl.when(number < 300).then(pl.format("x{}@big.example", number)).otherwise("email"))


@pytest.fixture(scope="module")
def learnt(people):
    """Return a calibration on five hundred outcomes: about two thirds of what was stated bounced."""
    mailed = people.filter(pl.col("bounce_risk_score").is_not_null()).unique("email", maintain_order=True).head(500)
    chance = pl.Series([(n * 37 % 500) / 7.5 for n in range(mailed.height)])
    return calibrate(mailed, mailed.select("email", bounced=pl.col("bounce_risk_score") > chance))


@pytest.fixture
def give(tmp_path):
    """Return a function that makes a relation of DuckDB of a frame."""
    duckdb = pytest.importorskip("duckdb")

    def given(frame):
        frame.write_parquet(tmp_path / "people.parquet")
        return duckdb.connect().read_parquet(str(tmp_path / "people.parquet"))

    return given


@pytest.fixture
def near(monkeypatch):
    """Take a list of a thousand for a long one."""
    monkeypatch.setattr(far_lists, "FAR", 1_000)


@pytest.mark.parametrize(
    ("terms", "rise"),
    [
        ({"max_bounce_rate": 0.04}, 0),
        ({"max_bounce_rate": 0.04, "promise": "expected"}, 0),
        ({"max_bounce_rate": 0.05, "unknown_risk": 3.0, "domain_share": 0.3, "doubt": 1.0}, 0),
        ({"max_bounce_rate": 0.02}, 4),  # so risky that only a list without a single bounce keeps the promise
        ({"max_bounce_rate": 1.0}, 0),  # all of them
        ({"max_bounce_rate": 0.02, "outcomes": SENT}, 0),  # nobody
    ],
)
@pytest.mark.usefixtures("near")
def test_the_engine_chooses_whom_polars_chooses(people, give, terms, rise):
    """The list, its promise, its forecast and its ways out are equal, the frontier to a few hundredths of a bounce."""
    frame = people.with_columns(pl.col("bounce_risk_score").clip(rise, 100))

    _is_chosen_alike(send_list(frame, **terms), send_list(give(frame), **terms))


@pytest.mark.parametrize(
    "terms",
    [
        {"max_bounce_rate": 0.05},
        {"max_bounce_rate": 0.05, "promise": "expected"},
        {"max_bounce_rate": 0.06, "unknown_risk": 3.0},
        {"max_bounce_rate": 0.02},
    ],
)
@pytest.mark.usefixtures("near")
def test_with_a_calibration_too(people, learnt, give, terms):
    """Under a measured map a list is chosen where its rows are, as well."""
    with crossing() as crossed:
        far = send_list(give(people), calibration=learnt, **terms)

    _is_chosen_alike(send_list(people, calibration=learnt, **terms), far)
    assert crossed.rows < far.size + far_lists.LONGEST + 2_500


def _is_chosen_alike(here, far):
    assert {name: getattr(far, name) for name in EXACT} == {name: getattr(here, name) for name in EXACT}
    assert far.p_over == pytest.approx(here.p_over)
    assert [row[0] for row in far.prospects.select("email").fetchall()] == here.prospects["email"].to_list()
    assert far.forecast.p_over == pytest.approx(here.forecast.p_over)
    assert far.forecast.expected == pytest.approx(here.forecast.expected)  # whose logarithms differ in the last digit
    unsure = {"p_over": 0.0, "expected": 0.0, "rate": 0.0}
    assert replace(far.forecast, **unsure) == replace(here.forecast, **unsure)
    assert far.frontier["size"].equals(here.frontier["size"])
    gaps = (far.frontier.drop("size") - here.frontier.drop("size")).select(pl.all().abs().max()).row(0, named=True)
    assert gaps["expected"] < 0.2
    assert gaps["rate"] < 0.001
    assert gaps["p_over"] < 0.02
    assert max(gaps["low"], gaps["high"]) <= 2


def test_a_short_list_is_fetched(people, give):
    """Below the edge nothing is summed: rows come, and the answer is the same."""
    few = people.head(300)

    assert send_list(give(few), 0.05).frontier.equals(send_list(few, 0.05).frontier)
