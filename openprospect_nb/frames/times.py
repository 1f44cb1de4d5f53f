"""Read ISO 8601 date-times as UTC microseconds, and say which ones could not be read as sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import polars as pl

from openprospect_nb.frames.columns import UTC_TIME

__all__ = ["NAIVE", "NO_TIME", "parse_time", "read_times"]

NAIVE = "offset stated"
"""Broken by a time without an offset; it is read as UTC."""
NO_TIME = "time"
"""Broken by a text that is no date-time; it becomes null."""

_CANONICAL = r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$"
_SMALL: Final = 1000
_PARSE: Final[dict[str, Any]] = {"format": "%+", "time_unit": "us", "time_zone": "UTC", "strict": False}
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


def read_times(frame: pl.DataFrame, names: Sequence[str]) -> tuple[list[pl.Series], dict[str, dict[str, str]]]:
    """Return the columns *names* of texts as UTC times, and by column the rule each odd text broke."""
    if not names or frame.is_empty():
        return [pl.Series(name, [], dtype=UTC_TIME) for name in names], {}
    texts = [pl.col(name) for name in names]
    parsed = [pl.when(text.str.contains(_CANONICAL)).then(text.str.to_datetime(**_PARSE)) for text in texts]
    odd = [(text.is_not_null() & time.is_null()).any() for text, time in zip(texts, parsed, strict=True)]
    select = frame.select if frame.height > _SMALL else frame.select_seq  # threads cost more than they give to a page
    read = select(*parsed, *(any_odd.alias(f"{name}?") for name, any_odd in zip(names, odd, strict=True)))
    times, broken = [], {}
    for name in names:
        time, is_odd = read.get_column(name), read.get_column(f"{name}?")[0]
        if is_odd:
            time, broken[name] = _read_slowly(frame.get_column(name), time)
        times.append(time)
    return times, broken


def _read_slowly(texts: pl.Series, times: pl.Series) -> tuple[pl.Series, dict[str, str]]:
    """Fill in the times that are not written in the usual way, and say which texts broke a rule."""
    odd = texts.filter(texts.is_not_null() & times.is_null()).unique()
    read = {text: parse_time(text) for text in odd}
    values = pl.Series([moment for moment, _ in read.values()], dtype=UTC_TIME)
    filled = times.fill_null(texts.replace_strict(odd, values, default=None, return_dtype=UTC_TIME))
    return filled, {text: rule for text, (_, rule) in read.items() if rule}
