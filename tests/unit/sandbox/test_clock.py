"""Sandbox time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.sandbox.clock import EPOCH_US, SandboxClock, parse_stamp, stamp, stamp_offset


@given(st.integers(0, 253_402_300_799_999_999))
def test_a_stamp_reads_back_as_it_was(us):
    """Both spellings of a time mean that time, to the microsecond."""
    assert us == parse_stamp(stamp(us)) == parse_stamp(stamp_offset(us))


def test_stamps_have_microseconds_and_their_zone():
    """Answers say Z, webhooks say +00:00, both with six digits."""
    assert stamp(EPOCH_US) == "2026-01-05T08:00:00.000000Z"
    assert stamp_offset(EPOCH_US) == "2026-01-05T08:00:00.000000+00:00"
    assert stamp(None) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00.000000Z"),
        ("2026-01-05t08:00:00.5z", "2026-01-05T08:00:00.500000Z"),
        ("2026-01-05T08:00:00.123456789Z", "2026-01-05T08:00:00.123456Z"),
    ],
)
def test_offsets_and_fractions_are_understood(text, same):
    """An offset shifts, a short fraction is padded, a long one cut."""
    assert stamp(parse_stamp(text)) == same


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-05", "2026-01-05T08:00:00", "2026-01-05 08:00:00Z", "2026-13-05T08:00:00Z", "٢٠٢٦-01-05T08:00:00Z"],
)
def test_anything_else_is_no_stamp(text):
    """Dates, times without offset, blanks and impossible months are refused."""
    assert parse_stamp(text) is None


def test_the_ends_of_the_calendar_can_be_asked_for():
    """An offset may lead out of the years 1 to 9999 without harm."""
    assert parse_stamp("0001-01-01T00:00:00+23:00") < parse_stamp("9999-12-31T23:59:59-23:00")


def test_a_clock_never_runs_backwards():
    """When the source steps back, the clock stands."""
    times = iter([5_000, 3_000, 9_000])
    clock = SandboxClock(lambda: next(times))

    assert [clock.now() for _ in range(3)] == [5, 5, 9]
