"""Points in time as people write them: ISO, German, American and British dates, month names, Excel's numbers.

``03/04/2026`` is March to an American and April to a Briton. A column decides it when one of its days lies above
twelve; where none does, the reading is in doubt, and whoever asks has to say so instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import plain
from openprospect_nb.files.words import words_of
from openprospect_nb.markup.text import first_of

# Zones by their letters, in hours from UTC. Of those with several meanings (CST, EST, BST) the one that mails and their
# tools mean (RFC 5322, British time); IST is India's, Israel's and Ireland's, and is none.
_HOURS: Final = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "sast": 2, "eest": 3, "msk": 3, "trt": 3, "gst": 4, "pkt": 5, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9,
    "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "brt": -3, "art": -3, "edt": -4, "est": -5, "cdt": -5,
    "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
_OFFSET: Final = r"(?:UTC|GMT|UT)?\s?[+\-−]\d{1,2}(?::?\d{2})?"
_PLACE: Final = r"(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/\w+(?:/\w+)?"
_ZONE: Final = rf"{_OFFSET}|(?:{'|'.join(sorted(_HOURS, key=len, reverse=True))})(?![^\W\d_])|{_PLACE}"
_TIME: Final = (
    r"(?:[T ,:]+(?:um |at |à |às |a las |alle |ore |om |kl\.? |klo |o )?(\d{1,2})[:h.](\d{2})"
    r"(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(?:Uhr)?\s*([ap]\.?\s?m\.?)?"
    rf"\s*[(\[]?({_ZONE})?[)\]]?)?\s*(?:[(\[][^)\]]*[)\]])?$"
)
_OF_ZONE: Final = re.compile(
    rf":\d{{2}}(?:[.,]\d+)?\s*(?:Uhr)?\s*(?:[ap]\.?\s?m\.?)?\s*[(\[]?(?:{_ZONE})[)\]]?\s*$", re.IGNORECASE
)
_YEAR_FIRST: Final = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.IGNORECASE)
_DOTS: Final = re.compile(r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_EITHER: Final = re.compile(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_DAY_MONTH: Final = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[ /-](?:de )?([^\W\d_]+)\.?,?[ /-](?:de )?(\d{4})" + _TIME, re.IGNORECASE
)
_MONTH_DAY: Final = re.compile(r"^([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})" + _TIME, re.IGNORECASE)
_WEEKDAY: Final = re.compile(
    r"^[^\W\d_]{2,10}\.?,? (?=\d)|^[^\W\d_]{2,10}\.?, |^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.? ", re.IGNORECASE
)
_COMPACT: Final = re.compile(
    r"^(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,9}))?()" rf"({_ZONE})?$", re.IGNORECASE
)
# As clocks of computers write it, the year behind the time or the time before the day: put in order before it is read.
_YEAR_LAST: Final = re.compile(r"^([^\W\d_]+ \d{1,2}) (\d{1,2}:\d{2}:\d{2}(?: [^\s\d]+| [+-]\d{4})?) (\d{4})$")
_TIME_FIRST: Final = re.compile(r"^(\d{1,2}:\d{2}(?::\d{2})?)(?: Uhr)?[ ,]+(\S.*)$")
# Days of a spreadsheet, a day's figures, and seconds since 1970, or thousandths, millionths and milliardths of them.
_NUMBER: Final = re.compile(r"^\d{5}(?:[.,]\d+)?$|^\d{8}$|^\d{10}(?:[.,]\d+)?$|^\d{13}(?:[.,]\d+)?$|^\d{16}$|^\d{19}$")
_EXCEL_DAY_0: Final = datetime(1899, 12, 30, tzinfo=UTC)
_EXCEL_DAYS: Final = (20_000, 80_000)  # 1954 to 2119
_MONTHS: Final = {plain(word): number for number in range(1, 13) for word in words_of("months.toml")[f"m{number}"]}
_SECONDS: Final = 10  # figures of the seconds since 1970, in these centuries
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Moments:
    """What a column says of time.

    Attributes:
        at: one a value, in UTC (a text without zone is taken to be in it); None where nothing is said or understood.
        unread: texts that say something else, each once, in their order.
        doubt: a text that has two readings, day or month first, when no other text of the column decides; else None.
    """

    at: tuple[datetime | None, ...]
    unread: tuple[str, ...] = ()
    doubt: str | None = None

    def complaint(self) -> str:
        """Return why not all of it can be used, for an error, or an empty text."""
        if self.doubt is not None:
            return f"holds dates with two readings, such as {self.doubt!r}: day or month first?"
        return f"holds what is no date: {first_of([*map(repr, self.unread)], _SHOWN)}" if self.unread else ""


def read_moments(values: Iterable[Any]) -> Moments:
    """Return what *values* (texts, dates, times, Excel's day numbers, seconds or milliseconds since 1970) say of time.

    Example:
        >>> read_moments(["29.11.2026", "Nov 5, 2026 3:30 pm", "n/a"]).at[1]
        datetime.datetime(2026, 11, 5, 15, 30, tzinfo=datetime.timezone.utc)
    """
    given = list(values)
    texts = {value: said(value) for value in dict.fromkeys(given) if not isinstance(value, date)}
    is_day_first, doubt = _order(text for text in texts.values() if text)
    moments = {value: text and _moment(text, is_day_first=is_day_first) for value, text in texts.items()}
    unread = [text for value, text in texts.items() if text and moments[value] is None]
    return Moments(
        tuple(_in_utc(value) if isinstance(value, date) else moments[value] or None for value in given),
        tuple(text for text in unread if is_day_first is not None or not _EITHER.match(text)),
        doubt,
    )


def moments_of(name: str, values: Iterable[Any]) -> tuple[datetime | None, ...]:
    """Return the points in time of a column called *name*.

    Raises:
        ValidationError: a text has two readings or none; shows it, and says how to write dates.
    """
    read = read_moments(values)
    complaint = read.complaint()
    if complaint:
        raise ValidationError(
            "the dates cannot be read",
            fields=[FieldProblem(name, complaint)],
            next_step=f"Write them as 2026-11-29, or parse them yourself: pl.col({name!r}).str.to_date('%d/%m/%Y').",
        )
    return read.at


def moment_of(name: str, value: datetime | date | str | None) -> datetime | None:
    """Return an argument called *name* as a point in time; a date begins at midnight UTC.

    Raises:
        ValidationError: a time without a zone, or a text that is no date or has two readings.
    """
    if value is None:
        return None
    naive = (isinstance(value, datetime) and value.tzinfo is None) or (
        isinstance(value, str) and re.search(r"\d:\d\d", value) and not _OF_ZONE.search(value)
    )
    if naive:
        raise ValidationError(
            f"{name} cannot be used",
            fields=[FieldProblem(name, "has no time zone", value)],
            next_step="Give a time with a zone, such as datetime.now(UTC), or a date such as 2026-11-29.",
        )
    (moment,) = moments_of(name, [value])
    if moment is None:
        raise ValidationError(f"{name} cannot be used", fields=[FieldProblem(name, f"is {value!r}, no date", value)])
    return moment


def _in_utc(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _order(texts: Iterable[str]) -> tuple[bool | None, str | None]:
    """Return whether days come first in dates with slashes, and a text that stays in doubt; None: both orders occur."""
    pairs = {(int(hit[1]), int(hit[2])): text for text in texts if (hit := _EITHER.match(text))}
    is_day_first = any(first > 12 for first, _ in pairs)
    is_month_first = any(second > 12 for _, second in pairs)
    if is_day_first and is_month_first:
        return None, next(text for (first, _), text in pairs.items() if first > 12)
    doubtful = next((text for (first, second), text in pairs.items() if first != second), None)
    return not is_month_first, None if is_day_first or is_month_first else doubtful


def _moment(text: str, *, is_day_first: bool | None) -> datetime | None:
    if _NUMBER.match(text):
        return _of_number(text.replace(",", "."))
    for stripped in dict.fromkeys([text, _WEEKDAY.sub("", text)]):
        ordered = _TIME_FIRST.sub(r"\2 \1", _YEAR_LAST.sub(r"\1 \3 \2", stripped))
        parts = _parts(ordered, is_day_first=is_day_first)
        if parts is not None:
            return _built(*parts)
    return None


def _parts(text: str, *, is_day_first: bool | None) -> tuple[int, int, int, tuple[str | None, ...]] | None:
    """Return year, month, day and the parts of the time, or None where *text* has no such shape."""
    if hit := _YEAR_FIRST.match(text) or _COMPACT.match(text):
        return int(hit[1]), int(hit[2]), int(hit[3]), hit.groups()[3:]
    if hit := _DOTS.match(text):
        return _year(hit[3]), int(hit[2]), int(hit[1]), hit.groups()[3:]
    if (hit := _EITHER.match(text)) and is_day_first is not None:
        day, month = (hit[1], hit[2]) if is_day_first else (hit[2], hit[1])
        return _year(hit[3]), int(month), int(day), hit.groups()[3:]
    if (hit := _DAY_MONTH.match(text)) and (named := _MONTHS.get(plain(hit[2]))):
        return int(hit[3]), named, int(hit[1]), hit.groups()[3:]
    if (hit := _MONTH_DAY.match(text)) and (named := _MONTHS.get(plain(hit[1]))):
        return int(hit[3]), named, int(hit[2]), hit.groups()[3:]
    return None


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _built(year: int, month: int, day: int, time: tuple[str | None, ...]) -> datetime | None:
    hour, minute, second, fraction, half, zone = time
    hours, millionths = int(hour or 0), int((fraction or "").ljust(6, "0")[:6])
    if half:
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        moment = datetime(year, month, day, hours, int(minute or 0), int(second or 0), millionths, _zone(zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> tzinfo:
    """Return a zone written as an offset, by its letters or by its place.

    Raises:
        ValueError: there is no such place or offset.
    """
    if not text:
        return UTC
    if "/" in text:
        try:
            return ZoneInfo(text)
        except ZoneInfoNotFoundError as error:
            raise ValueError(text) from error
    sign, digits = re.sub(r"[^+\-−]", "", text), re.sub(r"\D", "", text)
    if not sign:
        return timezone(timedelta(hours=_HOURS[text.casefold()]))
    hours, minutes = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(offset if sign == "+" else -offset)


def _of_number(text: str) -> datetime | None:
    number = float(text)
    if len(text.partition(".")[0]) == 5:
        return _EXCEL_DAY_0 + timedelta(days=number) if _EXCEL_DAYS[0] <= number <= _EXCEL_DAYS[1] else None
    if len(text) == 8:
        return _built(int(text[:4]), int(text[4:6]), int(text[6:]), (None,) * 6)
    return datetime.fromtimestamp(number / 10 ** (len(text.partition(".")[0]) - _SECONDS), UTC)
