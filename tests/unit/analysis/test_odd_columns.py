"""Frames with a column that holds nothing or nonsense: each public function answers, or names the column at fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import polars as pl
import pytest

from openprospect_nb import analysis, charts
from openprospect_nb.errors import OpenProspectError

DAY = datetime(2026, 5, 1, tzinfo=UTC)
FIRMS = pl.DataFrame(
    [
        {"order_id": o, "id": f"{o}{n}", "name": f"Firm {n} GmbH", "website_url": f"https://f{o}{n}.example",
         "city": "Ulm", "country": "Germany", "business_type": "Robots", "employee_count": n * 10,
         "match_score": float(n % 10), "web_technologies": ["React"], "match_reasons": ["fits"], "source_id": str(n),
         "source": "sandbox", "delivered_at": DAY}
        for o in "ab" for n in range(8)
    ]
)  # fmt: skip
PEOPLE = pl.DataFrame(
    [
        {"order_id": o, "company_id": f"{o}{n}", "id": f"p{o}{n}", "first_name": "Ada", "last_name": f"L{n}",
         "job_title": "CEO", "email": f"p{n}@f{o}{n}.example", "email_type": "PERSONAL", "qualification_score": 5.0,
         "bounce_risk_score": float(n), "validation_confidence": 90.0, "validated_at": DAY, "source": "sandbox"}
        for o in "ab" for n in range(8)
    ]
)  # fmt: skip
OUTCOMES = PEOPLE.select("email", bounced=pl.int_range(pl.len()) % 2 == 0)
REPLIES = PEOPLE.select("email", replied=pl.int_range(pl.len()) % 2 == 0)
WISHES = analysis.Preferences(employees=(1, 50), cities=("Ulm",), technologies=("React",))


def explained(firms: pl.DataFrame) -> object:
    """Return the explanation of the first company that has a score."""
    scored = analysis.score(firms, prospects=PEOPLE).drop_nulls(["id", "score"])
    return analysis.explain(scored, scored["id"][0]) if scored.height else None


OF_COMPANIES: dict[str, Callable[[pl.DataFrame], object]] = {
    "show": analysis.show,
    "plan": lambda firms: analysis.plan(firms, prospects=PEOPLE, budget=10, price_per_briefing=1.0),
    "score": lambda firms: analysis.score(firms, prospects=PEOPLE, preferences=WISHES),
    "explain": explained,
    "drivers": analysis.drivers,
    "dedupe": analysis.dedupe,
    "distinct": analysis.distinct,
    "overlap": analysis.overlap,
    "diff": lambda firms: (analysis.diff(firms, FIRMS), analysis.diff(FIRMS, firms)),
    "exclude": lambda firms: analysis.exclude(firms, FIRMS.head(2)),
    "exclude by it": lambda firms: analysis.exclude(FIRMS, firms),
    "suppression": lambda firms: analysis.suppression(firms, ["fa1.example"]),
    "suppression by it": lambda firms: analysis.suppression(FIRMS, firms),
    "compare": lambda firms: analysis.compare(firms, prospects=PEOPLE, price_per_briefing=1.0),
    "what_if": lambda firms: analysis.what_if(firms, prospects=PEOPLE),
    "stale": lambda firms: analysis.stale(firms, yearly=0.3, as_of=DAY),
}
OF_PROSPECTS: dict[str, Callable[[pl.DataFrame], object]] = {
    "ramp": lambda people: analysis.ramp(people, per_day=5),
    "score": lambda people: analysis.score(FIRMS, prospects=people),
    "contactable": lambda people: analysis.contactable(people, as_of=DAY, best_only=True),
    "contactable but": lambda people: analysis.contactable(people, suppressed=["fa1.example"]),
    "suppression": lambda people: analysis.suppression(people, ["fa1.example", "a@b.example"]),
    "bounce_forecast": analysis.bounce_forecast,
    "send_list": lambda people: analysis.send_list(people, 0.2, unknown_risk=5.0),
    "dedupe_prospects": analysis.dedupe_prospects,
    "calibrate": lambda people: analysis.calibrate(people, OUTCOMES),
    "freshness": lambda people: (analysis.freshness(people, PEOPLE), analysis.freshness(PEOPLE, people)),
    "answers": lambda people: analysis.answers(people, REPLIES),
    "compare": lambda people: analysis.compare(FIRMS, prospects=people),
    "what_if": lambda people: analysis.what_if(FIRMS, prospects=people),
}


# What a function reads of a frame; where nothing stands, it may read all of it. The other columns are odd all at once.
FIRM_KEYS = ("id", "name", "website_url", "city", "country")
MAIL = ("company_id", "id", "email", "email_type", "bounce_risk_score", "validation_confidence", "validated_at")
READ: dict[str, tuple[str, ...]] = {
    "plan": ("order_id", *FIRM_KEYS, "employee_count", "match_score", "source"),
    "score": ("order_id", *FIRM_KEYS, "employee_count", "match_score", "web_technologies"),
    "explain": ("order_id", "id", "name", "match_score"),
    "dedupe": FIRM_KEYS,
    "overlap": ("order_id", *FIRM_KEYS),
    "exclude": (*FIRM_KEYS, "source_id"),
    "exclude by it": (*FIRM_KEYS, "source_id"),
    "suppression": (*FIRM_KEYS, "source_id"),
    "suppression by it": (*FIRM_KEYS, "source_id"),
    "compare": ("order_id", *FIRM_KEYS, "match_score", "source"),
    "what_if": ("order_id", "id", "name", "match_score", "employee_count"),
}
READ_OF_PROSPECTS: dict[str, tuple[str, ...]] = {
    "contactable": ("order_id", *MAIL, "job_title", "qualification_score"),
    "ramp": ("order_id", *MAIL),
    "compare": ("order_id", *MAIL, "first_name", "last_name"),
    "contactable but": (*MAIL, "job_title", "qualification_score"),
    "bounce_forecast": ("order_id", *MAIL),
    "send_list": ("order_id", *MAIL),
    "suppression": ("company_id", "id", "email"),
}


def all_null(column: pl.Series) -> pl.Series:
    """Return a column of its type that holds nothing."""
    return pl.Series(column.name, [None] * len(column), dtype=column.dtype)


def first_is(number: float) -> Callable[[pl.Series], pl.Series]:
    """Return a change of a column of numbers: the first one is *number*."""
    return lambda column: pl.Series(column.name, [number, *column.cast(pl.Float64).to_list()[1:]], dtype=pl.Float64)


ODD: dict[str, Callable[[pl.Series], pl.Series]] = {
    "of type Null": lambda column: pl.Series(column.name, [None] * len(column), dtype=pl.Null),
    "of lists": lambda column: pl.Series(column.name, [["a"]] * len(column), dtype=pl.List(pl.String)),
    "all null": all_null,
}
NUMBERS = {f"with {number}": first_is(number) for number in (math.nan, math.inf, -math.inf, 1e300)}


def odd(frame: pl.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the frame with these columns missing, without a type, all null, empty, or with numbers that are none."""
    numbers = [name for name in names if frame.schema[name].is_numeric()]
    yield f"{names} missing", frame.drop(names)
    yield (
        f"{names} empty of type Null",
        frame.clear().with_columns(pl.Series(name, [], dtype=pl.Null) for name in names),
    )
    for of, changes in ((names, ODD), (numbers, NUMBERS)):
        for what, change in changes.items():
            if of:
                yield f"{of} {what}", frame.with_columns(change(frame[name]) for name in of)


def crash(call: Callable[[], object], *, may_refuse: bool) -> str:
    """Return how a call ended in something that is no error of ours, or in an error at all; empty if it did not."""
    try:
        call()
    except OpenProspectError as error:
        return "" if may_refuse and str(error) else f"refused: {error}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a crash
        return f"{type(error).__name__} {error}"[:200]
    return ""


def crashes(
    frame: pl.DataFrame, function: Callable[[pl.DataFrame], object], read: Sequence[str] | None = None
) -> list[str]:
    """Return on which frames a function crashed: odd in one column that it reads, or in all that it does not."""
    single = [name for name in frame.columns if read is None or name in read]
    rest = [name for name in frame.columns if name not in single]
    tried = [("no rows", frame.clear(), True)]
    tried += [(what, given, True) for name in single for what, given in odd(frame, [name])]
    tried += [(what, given, False) for what, given in odd(frame, rest) if rest]
    found = {what: crash(partial(function, given), may_refuse=may_refuse) for what, given, may_refuse in tried}
    return [f"{what}: {words}" for what, words in found.items() if words]


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_COMPANIES)
def test_odd_companies_crash_nothing(name):
    """Every function of companies answers on any odd column, or names what is wrong."""
    assert crashes(FIRMS, OF_COMPANIES[name], READ.get(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_PROSPECTS)
def test_odd_prospects_crash_nothing(name):
    """Every function of prospects answers on any odd column, or names what is wrong."""
    assert crashes(PEOPLE, OF_PROSPECTS[name], READ_OF_PROSPECTS.get(name)) == []


OF_OUTCOMES: dict[str, Callable[[pl.DataFrame], object]] = {
    "calibrate": lambda told: analysis.calibrate(PEOPLE, told),
    "send_list": lambda told: analysis.send_list(PEOPLE, 0.2, outcomes=told),
    "ramp": lambda told: analysis.ramp(PEOPLE, per_day=5).after(told),
    "answers": lambda told: analysis.answers(PEOPLE, told),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_OUTCOMES)
def test_odd_outcomes_crash_nothing(name):
    """Every function that takes outcomes answers on any odd column of them, or names what is wrong."""
    outcomes = OUTCOMES.with_columns(at=pl.lit(DAY), replied=pl.col("bounced"))

    assert crashes(outcomes, OF_OUTCOMES[name]) == []


def test_every_public_function_of_frames_is_tried():
    """A new public function of the analysis has to stand in one of the two tables."""
    # What is settled is a `Results`, whose columns are declared.
    names = {name for name in analysis.__all__ if name[0].islower()} - {"settle"}

    assert names - {name.split(" ")[0] for name in (*OF_COMPANIES, *OF_PROSPECTS)} == set()


def test_lengths_of_time_and_a_column_called_count_are_shown():
    """Whatever cannot be written as a text is counted all the same, and a chart names entries that are numbers."""
    frame = pl.DataFrame({"age": [timedelta(days=3), timedelta(days=3), None], "count": ["a", "b", "b"]})
    numbered = FIRMS.with_columns(web_technologies=pl.lit([7], pl.List(pl.Int64)))

    assert [head.words for head in analysis.show(frame).heads] == ["1 different, 33% unknown", "2 different"]
    assert "7" in charts.technologies(numbered).layout.meta["alt"]


def test_columns_of_one_large_number_or_of_bytes_are_shown():
    """A histogram has its bars whatever the size of the numbers, and bytes are counted."""
    frame = pl.DataFrame({"one": [2.0**63] * 3, "far": [-1e308, 0.0, 1e308], "bytes": [b"\xff", None, b"a"]})
    heads = analysis.show(frame).heads

    assert (sum(heads[0].bars), sum(heads[1].bars)) == (1.0, 3.0)
    assert heads[2].words == "2 known, 33% unknown"


def test_what_has_no_type_is_unknown():
    """Columns without a type, and staff numbers that are none, are unknown: no e-mail, no technology, no size."""
    people = PEOPLE.with_columns(email=pl.Series([None] * PEOPLE.height, dtype=pl.Null))
    firms = FIRMS.with_columns(
        web_technologies=pl.Series([None] * FIRMS.height, dtype=pl.Null), employee_count=pl.lit(math.nan)
    )
    wished = analysis.Preferences(technologies=("React",))

    assert set(analysis.contactable(people)["tier"]) == {"no_email"}
    assert analysis.bounce_forecast(people).n == 0
    for wish in (wished, analysis.Preferences(employees=(1, 9))):
        assert analysis.score(firms, preferences=wish)["points_preference"].null_count() == FIRMS.height
    assert "size" not in analysis.drivers(firms).table["kind"].to_list()
    assert not analysis.exclude(firms, ["nobody.example"])["excluded"].any()
