"""Read ISO 8601 date-times as UTC microseconds, and say which ones could not be read as sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import polars as pl

from openprospect_nb.frames.columns import UTC_TIME

__all__ = ["NAIVE", "NO_TIME", "parse_time", "read_times"]

NAIVE = "offset stated"
"""Broken by a time without an offset; it is read as UTC."""
NO_TIME = "time"
"""Broken by a text that is no date-time; it becomes null."""

_CANONICAL = r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$"
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)


def parse_time(text: str) -> tuple[datetime | None, str | None]:
    """Return the instant *text* names, and the rule it broke, if any.

    Digits beyond microseconds are cut off. A time without an offset is read as UTC and breaks `NAIVE`; anything that
    is no date-time is None and breaks `NO_TIME`.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None, NO_TIME
    year, month, day, hour, minute, second, fraction, zulu, sign, hours, minutes = match.groups()
    try:
        zone = timezone(timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1))
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, zone)
        return moment.astimezone(UTC), None if zulu or sign else NAIVE
    except (ValueError, OverflowError):
        return None, NO_TIME


def read_times(texts: pl.Series) -> tuple[pl.Series, dict[str, str]]:
    """Return *texts* as UTC times, and for each distinct text that broke a rule, the rule's name."""
    canonical = texts.str.contains(_CANONICAL)
    times = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC", strict=False)
    good = canonical & times.is_not_null()
    odd = texts.filter((~good) & texts.is_not_null()).unique()
    if odd.is_empty():
        return times, {}
    read = {text: parse_time(text) for text in odd}
    values = pl.Series([moment for moment, _ in read.values()], dtype=UTC_TIME)
    slow = texts.replace_strict(odd, values, default=None, return_dtype=UTC_TIME)
    return times.zip_with(good.fill_null(value=False), slow), {text: rule for text, (_, rule) in read.items() if rule}
