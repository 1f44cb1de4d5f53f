"""Points in time as people write them."""

# Headings, rows and words of tools are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from openprospect_nb.errors import ValidationError
from openprospect_nb.files.moments import moment_of, moments_of, read_moments

FIFTH = datetime(2026, 3, 5, tzinfo=UTC)
NOON = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
DAYS = [
    "2026-03-05", "2026/03/05", "2026.3.5", "20260305", "05.03.2026", "5.3.2026", "5. 3. 2026", "5.3.26", "5 March 2026",
    "March 5, 2026", "Mar 5 2026", "5-Mar-2026", "5. März 2026", "5 mars 2026", "5 de marzo de 2026", "5 marzo 2026",
    "5 maart 2026", "5 marca 2026", "5 de março de 2026", "5 mars 2026", "Thu, 5 Mar 2026", "Donnerstag, 5. März 2026",
    "Thu Mar 5 2026", "46086", " 2026-03-05 ",
]  # fmt: skip
TIMES = [
    "2026-03-05T12:30:00Z", "2026-03-05 12:30", "2026-03-05T12:30:00.000Z", "2026-03-05T14:30:00+02:00",
    "2026-03-05 14:30:00+0200", "05.03.2026 12:30", "05.03.2026, 12:30 Uhr", "5. März 2026 um 12:30 Uhr",
    "March 5, 2026 12:30 PM", "Mar 5, 2026, 12:30 pm", "Thu, 05 Mar 2026 12:30:00 +0000", "2026-03-05 12:30:00 UTC",
    "1772713800", "1772713800000", "46086.5208333333", "1772713800.00", "1772713800,12", "1772713800000000",
    "1772713800000000000", "46086,5208333333", "2026-03-05 13:30 CET", "2026-03-05 13:30 MEZ", "2026-03-05 um 13:30 Uhr MEZ",
    "2026-03-05 14:30 EET", "2026-03-05 04:30 PST", "Mar 5, 2026 7:30 AM EST", "2026-03-05 13:30 GMT+1", "2026-03-05 13:30 UTC+01:00",
    "2026-03-05 13:30 (UTC+01:00)", "2026-03-05 13:30 (CET)", "2026-03-05 12:30:00+00", "2026-03-05 07:00 -05:30", "2026-03-05 13:30 Europe/Berlin",
    "2026-03-05T13:30:00+01:00[Europe/Berlin]", "Thu Mar 05 2026 13:30:00 GMT+0100 (Central European Standard Time)", "20260305T123000Z",
    "20260305123000", "Thu Mar  5 12:30:00 2026", "Thu Mar 5 13:30:00 CET 2026", "Thu Mar 05 12:30:00 +0000 2026", "05/Mar/2026:13:30:00 +0100",
    "12:30 05.03.2026", "05.03.2026 kl. 12.30", "2026-03-05 12.30",
]  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_in_any_of_the_usual_ways(text: str) -> None:
    """ISO, German, English, French, Spanish, Italian, Dutch, Polish and Portuguese dates, and Excel's number."""
    assert read_moments([text]).at == (FIFTH,)


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_read_in_utc(text: str) -> None:
    """Offsets are taken off, a time without one is taken to be UTC, twelve-hour clocks and epoch numbers are known."""
    (moment,) = read_moments([text]).at
    assert moment is not None
    assert abs((moment - NOON).total_seconds()) < 1


@pytest.mark.parametrize(
    "text", ["gestern", "2026-03-05 12:30 IST", "2026-03-05 12:30 XYZ", "2026-03-05 12:30 Europe/Nowhere",
             "2026-03-05 12:30 GMT+99", "1.77271E+09", "2026-03-05 25:30", "20261305T123000Z"],
)  # fmt: skip
def test_a_zone_or_time_that_nobody_can_tell_is_unread(text: str) -> None:
    """IST is the time of three countries; a guess would be hours off."""
    read = read_moments([text, "2026-03-05"])
    assert (read.at[0], read.unread) == (None, (text,))


def test_a_time_in_summer_is_the_summers() -> None:
    """A place has the hour of its season, letters say it themselves."""
    texts = ["2026-07-05 10:00 Europe/Berlin", "2026-07-05 10:00 CEST", "2026-07-05 09:00 CET"]
    assert read_moments(texts).at == (datetime(2026, 7, 5, 8, tzinfo=UTC),) * 3


def test_dates_and_times_pass_as_they_are() -> None:
    """A date begins at midnight UTC; a time without zone is in UTC."""
    given = [date(2026, 3, 5), datetime(2026, 3, 5, 12, 30), NOON, None]  # noqa: DTZ001 - it has none on purpose
    assert read_moments(given).at == (FIFTH, NOON, NOON, None)


@pytest.mark.parametrize(
    ("texts", "first"),
    [(["03/25/2026", "03/05/2026"], datetime(2026, 3, 25, tzinfo=UTC)),
     (["25/03/2026", "05/03/2026"], datetime(2026, 3, 25, tzinfo=UTC)),
     (["25-03-2026", "05-03-2026"], datetime(2026, 3, 25, tzinfo=UTC))],
)  # fmt: skip
def test_a_day_above_twelve_decides_the_order_of_its_column(texts: list[str], first: datetime) -> None:
    """American and British dates are told apart by the whole column, and 03/05 or 05/03 is the fifth of March in it."""
    assert read_moments(texts).at == (first, FIFTH)


def test_dates_with_two_readings_are_refused_by_name() -> None:
    """03/05/2026 alone is not guessed; the same day and month is no doubt; two orders in one column are one."""
    assert read_moments(["03/05/2026"]).doubt == "03/05/2026"
    assert read_moments(["05/05/2026"]).doubt is None
    with pytest.raises(ValidationError, match=r"sent: holds dates with two readings, such as '03/05/2026'.*2026-11-29"):
        moments_of("sent", ["03/05/2026", "2026-03-05"])
    with pytest.raises(ValidationError, match="two readings, such as '25/03/2026'"):
        moments_of("sent", ["25/03/2026", "03/25/2026"])


def test_what_is_no_date_is_shown_and_words_for_nothing_are_none() -> None:
    """Other words are named, three of them; n/a, NaN and blanks say nothing."""
    assert moments_of("at", ["n/a", float("nan"), "", None, "-"]) == (None,) * 5
    with pytest.raises(ValidationError, match=r"holds what is no date: 'soon', '2026-02-30', 'later' and 1 more"):
        moments_of("at", ["soon", "2026-02-30", "later", "never", "2026-03-05"])


@pytest.mark.parametrize("value", [date(2026, 3, 5), "2026-03-05", "5.3.2026", FIFTH, "2026-03-05T00:00:00Z"])
def test_an_argument_may_be_a_date_or_a_text(value: object) -> None:
    """A date, a text and a time with a zone mean the same moment."""
    assert moment_of("as_of", value) == FIFTH


@pytest.mark.parametrize(
    ("value", "why"),
    [(datetime(2026, 3, 5), "has no time zone"), ("2026-03-05 12:30", "has no time zone"),  # noqa: DTZ001
     ("03/05/2026", "two readings"), ("soon", "no date"), ("", "no date")],
)  # fmt: skip
def test_an_argument_that_is_no_moment_is_refused(value: object, why: str) -> None:
    """What has no zone, two readings or none is named."""
    with pytest.raises(ValidationError, match=f"as_of.*{why}"):
        moment_of("as_of", value)
