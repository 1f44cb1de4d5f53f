"""Numbers, dates and addresses out of someone's CSV: fractions for percentages, unknown in all its forms."""

# Headings, rows and words of tools are read best as they stand, one a line.
# ruff: noqa: E501

from datetime import UTC, date, datetime, timedelta
from functools import cache

import polars as pl
import pytest
from support.analysis_frames import companies

from openprospect_nb.analysis import (
    Thresholds,
    bounce_forecast,
    calibrate,
    compare,
    contactable,
    plan,
    score,
    send_list,
    what_if,
)
from openprospect_nb.errors import ValidationError
from openprospect_nb.files import read_outcomes

ADDRESSES = [f"p{n}@firm{n}.example" for n in range(300)]


def people(**columns):
    """Return three prospects with these columns."""
    return pl.DataFrame({"email": ADDRESSES[:3], "company_id": ["a", "b", "c"], **columns})


VERBS = {
    "bounce_forecast": bounce_forecast,
    "send_list": send_list,
    "contactable": contactable,
    "score": lambda frame: score(companies([{"id": "a", "match_score": 5.0}]), prospects=frame),
    "what_if": lambda frame: what_if(companies([{"order_id": "o", "id": "a", "match_score": 5.0}]), prospects=frame),
    "compare": lambda frame: compare(companies([{"order_id": "o", "id": "a", "match_score": 5.0}]), prospects=frame),
    "plan": lambda frame: plan(
        companies([{"order_id": "o", "id": "a", "match_score": 5.0}]),
        prospects=frame,
        budget=100,
        price_per_briefing=2.0,
    ),
    "calibrate": lambda frame: calibrate(frame, pl.DataFrame({"email": ADDRESSES[:3], "bounced": [1, 0, 0]})),
}
LEARNT = pl.DataFrame({"email": ADDRESSES, "bounce_risk_score": [float(k % 20) for k in range(300)]})


@cache
def learnt():
    """Return a calibration from three hundred outcomes."""
    return calibrate(LEARNT, pl.DataFrame({"email": ADDRESSES, "bounced": [k % 10 == 0 for k in range(300)]}))


VERBS["Calibration.apply"] = lambda frame: learnt().apply(frame)
FRACTIONS = {
    "floats": {"bounce_risk_score": [0.2, 0.05, 0.9]},
    "with zeros and ones": {"bounce_risk_score": [0.0, 1.0, 0.5]},
    "with nulls": {"bounce_risk_score": [None, 0.2, None]},
    "with NaN": {"bounce_risk_score": [float("nan"), 0.2, None]},
    "single": {"bounce_risk_score": pl.Series([0.25, 0.5, 1.0], dtype=pl.Float32)},
    "confidence": {"validation_confidence": [0.95, 0.8, 1.0]},
}
PERCENTAGES = {
    "whole": {"bounce_risk_score": [0.0, 1.0, 1.0]},
    "one above one": {"bounce_risk_score": [0.2, 0.5, 1.5]},
    "zeros": {"bounce_risk_score": [0.0, 0.0, None]},
    "our own": {"calibrated_bounce_risk": [0.2, 0.5, 0.9]},
}
UNKNOWN = {
    "nulls": [None, None, None],
    "Null-typed": pl.Series([None] * 3, dtype=pl.Null),
    "text-typed nulls": pl.Series([None] * 3, dtype=pl.String),
    "list-typed nulls": pl.Series([None] * 3, dtype=pl.List(pl.Int64)),
    "NaN": [float("nan")] * 3,
    "infinities": [float("inf"), float("-inf"), float("inf")],
    "out of range": [101.0, -1.0, 1e300],
    "booleans of nothing": pl.Series([None] * 3, dtype=pl.Boolean),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", FRACTIONS)
def test_fractions_are_refused_with_the_remedy(verb, kind):
    """0.2 for 20 % would be read as a fifth of one percent; every verb that uses risks says so, and how to mend it."""
    with pytest.raises(ValidationError, match=r"holds fractions \(0.2 for 20 %\).*Multiply by 100"):
        VERBS[verb](people(**FRACTIONS[kind]))


@pytest.mark.parametrize("verb", ["bounce_forecast", "send_list", "contactable", "score"])
@pytest.mark.parametrize("kind", PERCENTAGES)
def test_percentages_below_one_pass(verb, kind):
    """Whole numbers, one value above 1, and what we calibrated ourselves are percentages."""
    VERBS[verb](people(**PERCENTAGES[kind]))


SAFE = {"bounce_risk_score": [0.4, 0.4, 0.4]}


@pytest.mark.parametrize("verb", ["bounce_forecast", "send_list", "contactable", "score", "what_if", "compare", "plan"])
@pytest.mark.parametrize("source", ["live", "sandbox"])
def test_a_few_safe_persons_that_were_fetched_pass(verb, source):
    """The vendor states percentages: a small order may lie below one percent throughout."""
    VERBS[verb](people(**SAFE, source=[source] * 3))


@pytest.mark.parametrize(
    "frame",
    [
        people(**SAFE, source=["live", "live", "fair"]),
        people(**SAFE, source=["live", None, "live"]),
        people(**SAFE, source=[["live"]] * 3),
        pl.DataFrame({"email": ADDRESSES[:30], "bounce_risk_score": [0.2] * 30, "source": ["live"] * 30}),
    ],
    ids=["of another source", "of none", "a list", "too many"],
)
def test_what_may_be_fractions_all_the_same_is_refused(frame):
    """Rows beside the fetched ones are anybody's, and thirty persons below one percent are more than there are."""
    with pytest.raises(ValidationError, match="Multiply by 100"):
        contactable(frame)


def test_the_safest_of_a_list_that_was_seen_whole_pass():
    """What contactable has placed was checked before it was filtered: its best may all lie below one percent."""
    frame = people(bounce_risk_score=[0.2, 0.5, 40.0])
    best = contactable(frame, tiers=["verified"])
    assert send_list(best).size + send_list(best).beyond == 2
    thresholds = Thresholds(max_risk=1.0, tiers=("verified",))
    left = what_if(
        companies([{"order_id": "o", "id": k, "match_score": 5.0} for k in "abc"]),
        thresholds=thresholds,
        prospects=frame,
    )
    assert left.prospects_kept == 2
    assert left.forecast.expected == pytest.approx(0.007, abs=0.02)


@pytest.mark.parametrize("engine_frame", ["duckdb"])
def test_fractions_are_refused_on_other_engines(engine_frame):
    """DuckDB's frames are asked the same."""
    duckdb = pytest.importorskip(engine_frame)
    frame = people(bounce_risk_score=[0.2, 0.05, 0.9])
    connection = duckdb.connect()
    connection.execute("create table t (email varchar, company_id varchar, bounce_risk_score double)")
    connection.executemany("insert into t values (?, ?, ?)", frame.rows())
    with pytest.raises(ValidationError, match="Multiply by 100"):
        contactable(connection.table("t"))


@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_holds_no_number_is_unknown(kind):
    """Nulls of any type, NaN, infinity and what no percentage can be: unknown in tiers, forecasts and lists alike."""
    frame = people(bounce_risk_score=UNKNOWN[kind])
    assert set(contactable(frame)["rule"]) == {"unknown_risk"}
    assert bounce_forecast(frame).unknown == 3
    assert send_list(frame).unknown == 3


@pytest.mark.parametrize("column", ["bounce_risk_score", "validation_confidence", "qualification_score", "email_type", "job_title", "validated_at", "tier", "email"])  # fmt: skip
@pytest.mark.parametrize("kind", ["nulls", "Null-typed", "text-typed nulls"])
def test_an_empty_column_is_as_a_missing_one(column, kind):
    """A column of nothing, however typed, changes no answer."""
    full = people(bounce_risk_score=[1.0, 2.0, 30.0])
    empty = full.with_columns(pl.Series(column, UNKNOWN[kind]))
    as_of = datetime(2026, 11, 29, tzinfo=UTC)
    if column in {"email", "bounce_risk_score"}:
        assert send_list(empty).size == 0
        return
    assert contactable(empty, as_of=as_of)["tier"].to_list() == contactable(full, as_of=as_of)["tier"].to_list()
    assert bounce_forecast(empty).expected == bounce_forecast(full).expected


DATES = {
    "ISO": ["2026-03-05", "2026-11-05"],
    "ISO with time": ["2026-03-05T10:00:00Z", "2026-11-05 10:00"],
    "German": ["05.03.2026", "5.11.2026"],
    "American": ["03/25/2026", "11/05/2026"],
    "names of months": ["5 March 2026", "November 5, 2026"],
    "dates": [date(2026, 3, 5), date(2026, 11, 5)],
    "times without zone": [datetime(2026, 3, 5), datetime(2026, 11, 5)],  # noqa: DTZ001 - as Parquet often has them
    "Excel's numbers": [46086, 46331],
    "categories": pl.Series(["2026-03-05", "2026-11-05"], dtype=pl.Categorical),
}
AS_OF = {
    "time": datetime(2026, 11, 29, tzinfo=UTC),
    "date": date(2026, 11, 29),
    "ISO": "2026-11-29",
    "German": "29.11.2026",
}


@pytest.mark.parametrize("kind", DATES)
@pytest.mark.parametrize("as_of", AS_OF)
def test_ages_are_those_of_dates_in_any_form(kind, as_of):
    """What was validated in March is stale in November, what was validated in November is not, null is neither."""
    frame = people(
        validated_at=pl.Series([*DATES[kind], None], strict=False, dtype=getattr(DATES[kind], "dtype", None)),
        bounce_risk_score=[1.0, 1.0, 1.0],
    )
    placed = contactable(frame, as_of=AS_OF[as_of]).sort("email")
    assert placed["tier"].to_list() == ["stale", "verified", "verified"]


def test_a_day_begins_at_midnight():
    """A date is older than a moment only if its midnight is: ninety days to the day are not stale."""
    frame = people(validated_at=[date(2026, 8, 31), date(2026, 8, 30), date(2026, 9, 1)], bounce_risk_score=[1.0] * 3)
    tiers = contactable(frame, as_of="2026-11-29").sort("email")["tier"].to_list()
    assert tiers == ["verified", "stale", "verified"]
    assert (
        contactable(frame.cast({"validated_at": pl.String}), as_of="2026-11-29").sort("email")["tier"].to_list()
        == tiers
    )


@pytest.mark.parametrize(
    ("texts", "why"),
    [(["03/05/2026", "04/05/2026"], "two readings, such as '03/05/2026'"), (["soon", "2026-03-05"], "no date: 'soon'")],
)
def test_dates_that_cannot_be_read_are_named(texts, why):
    """A column with two readings or none is refused by name where ages are asked for, and ignored where they are not."""
    frame = people(validated_at=[*texts, None])
    with pytest.raises(ValidationError, match=f"validated_at: holds .*{why}"):
        contactable(frame, as_of="2026-11-29")
    assert contactable(frame).height == 3


def test_texts_are_dates_on_duckdb_too():
    """The texts of a relation are read as those of a frame."""
    connection = pytest.importorskip("duckdb").connect()
    relation = connection.sql("select 'x@firm.example' email, '05.03.2026' validated_at, 1.0 bounce_risk_score")
    assert contactable(relation, as_of="2026-11-29").select("tier").fetchall() == [("stale",)]


MALFORMED = [
    f"{'a' * 65}@firm.example", "a..b@firm.example", ".a@firm.example", "a.@firm.example", "a@b@firm.example", "a@firm.e",
    "a@firm..example", "a@-firm.example", "a@firm-.example", f"a@{'x' * 64}.example", f"a@{'x.' * 127}example", "a@firm",
    "@firm.example", "a@", "a b@firm.example", "a@fi rm.example", "a,b@firm.example", "<a@firm.example>",
    "a@firm.example.", "mailto:a@firm.example", "a@firm_x.example",
]  # fmt: skip
WELL_FORMED = [
    f"{'a' * 64}@firm.example",
    f"a@{'x' * 63}.example",
    "o'neil@firm.example",
    "a_b@firm.example",
    "a.b-c@x-y.example",
]


def test_what_no_server_takes_is_no_address():
    """Parts that are too long, dots at the ends or in a row, and other slips: no address, and never in a list."""
    frame = pl.DataFrame({"email": MALFORMED}).with_columns(bounce_risk_score=1.0)
    rules = dict(contactable(frame).select("email", "rule").rows())
    assert rules == dict.fromkeys(MALFORMED, "malformed")
    assert send_list(frame, max_bounce_rate=0.5).not_sendable == len(MALFORMED)


def test_what_a_server_takes_is_one():
    """64 letters before the @ and 63 in a label are allowed."""
    frame = pl.DataFrame({"email": WELL_FORMED}).with_columns(bounce_risk_score=1.0)
    assert dict(contactable(frame).select("email", "tier").rows()) == dict.fromkeys(WELL_FORMED, "verified")


def mailed(n=300):
    """Return prospects and which of them bounced."""
    frame = pl.DataFrame({"email": ADDRESSES[:n], "bounce_risk_score": [float(k % 20) for k in range(n)]})
    return frame, [k % 10 == 0 for k in range(n)]


ANSWERS = {
    "yes/no": lambda b: "yes" if b else "no",
    "ja/nein": lambda b: "Ja" if b else "Nein",
    "hard/soft": lambda b: "hard" if b else "soft",
    "bounced/delivered": lambda b: "bounced" if b else "delivered",
    "text numbers": lambda b: "1" if b else "0",
    "floats": float,
    "unzustellbar/zugestellt": lambda b: "unzustellbar" if b else "zugestellt",
}


@pytest.mark.parametrize("words", ANSWERS)
def test_a_calibration_learns_the_same_from_any_words(words):
    """Outcomes as words, numbers, a reader's frame or its file teach what true and false teach; unknown ones nothing."""
    frame, bounced = mailed()
    told = pl.DataFrame({"email": [*frame["email"], "x@y.example"], "bounced": [*map(ANSWERS[words], bounced), None]})
    assert calibrate(frame, told) == learnt()
    assert calibrate(frame, read_outcomes(told)) == learnt()


def test_a_calibration_takes_the_file_itself(tmp_path):
    """A path is read as the export it is."""
    frame, bounced = mailed()
    told = pl.DataFrame({"Email": frame["email"], "Lead Status": ["Bounced" if b else "Completed" for b in bounced]})
    told.write_csv(tmp_path / "leads.csv")
    assert calibrate(frame, tmp_path / "leads.csv") == calibrate(frame, told) == learnt()


def test_outcomes_age_by_dates_and_texts():
    """A half-life counts from a time, a date or its text alike, with outcomes dated as texts."""
    frame, bounced = mailed()
    told = pl.DataFrame(
        {"email": frame["email"], "bounced": bounced, "at": [f"{1 + k % 28}.10.2026" for k in range(300)]}
    )
    learnt = [calibrate(frame, told, half_life=timedelta(days=30), as_of=as_of) for as_of in AS_OF.values()]
    assert all(calibration == learnt[0] for calibration in learnt)


def test_outcomes_in_other_words_are_refused_by_name():
    """A word that says nothing known is named with its rows; NaN and nulls are unknown."""
    frame, bounced = mailed()
    told = pl.DataFrame(
        {"email": frame["email"], "bounced": ["maybe" if k == 3 else str(b) for k, b in enumerate(bounced)]}
    )
    with pytest.raises(ValidationError, match=r"bounced: holds what says nothing known: 'maybe' \(1 rows\)"):
        calibrate(frame, told)
    unknown = pl.DataFrame({"email": frame["email"], "bounced": pl.Series([None] * 300, dtype=pl.Null)})
    with pytest.raises(ValidationError, match="belong to 0"):
        calibrate(frame, unknown)
