from datetime import UTC, datetime, timedelta, timezone

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.frames.values import NAIVE, NO_TIME, parse_time, read_times

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 - zones are drawn


def read(texts):
    """Return the times and broken rules of one column."""
    (times,), broken = read_times(pl.DataFrame({"at": pl.Series(texts, dtype=pl.String)}), ["at"])
    return times, broken.get("at", {})


@settings(deadline=None)
@given(st.lists(MOMENTS, max_size=5))
def test_every_instant_survives_in_every_offset(moments):
    """What isoformat writes is read as the same instant, in UTC, to the microsecond."""
    times, broken = read([moment.isoformat() for moment in moments])
    assert times.to_list() == [moment.astimezone(UTC) for moment in moments]
    assert (times.dtype, broken) == (UTC_TIME, {})


@settings(deadline=None)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - the naive case is the point
def test_the_usual_way_and_the_slow_way_agree(moment):
    """The vectorised reader of canonical times gives what the careful parser gives."""
    text = moment.isoformat(timespec="microseconds") + "Z"
    assert read([text])[0].to_list() == [parse_time(text)[0]] == [moment.replace(tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "expected", "rule"),
    [
        ("2026-05-06T09:15:00.1Z", "2026-05-06T09:15:00.100000+00:00", None),
        ("2026-05-06T09:15:00.123456789Z", "2026-05-06T09:15:00.123456+00:00", None),
        ("2026-05-06 09:15:00+00", "2026-05-06T09:15:00+00:00", None),
        ("2026-05-06T09:15-0330", "2026-05-06T12:45:00+00:00", None),
        ("2026-05-06T09:15:00", "2026-05-06T09:15:00+00:00", NAIVE),
        ("2026-02-30T09:15:00Z", None, NO_TIME),
        ("2026-05-06T25:00:00Z", None, NO_TIME),
        ("2026-05-06", None, NO_TIME),
        ("\u0662\u0660\u0662\u0666-05-06T09:15:00Z", None, NO_TIME),
        ("0001-01-01T00:00:00+05:00", None, NO_TIME),
        ("", None, NO_TIME),
    ],
)
def test_odd_texts_are_an_instant_or_named(text, expected, rule):
    """Each odd text is read, read and named, or null and named; nothing is guessed in silence."""
    times, broken = read([text, "2026-05-06T09:15:00Z", None])
    found = times.to_list()[0]
    assert (found.isoformat() if found else None) == expected
    assert broken == ({text: rule} if rule else {})
    assert times.to_list()[1:] == [datetime(2026, 5, 6, 9, 15, tzinfo=UTC), None]
