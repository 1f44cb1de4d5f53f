"""Read one JSON value exactly: the declared type, or null with the rule it broke, never something in between.

Each reader takes the value as raw JSON text and a `Note` of its row and field. A number or Boolean where a text is
declared is kept as its JSON text; a numeric text where a number is declared is read; both count as retyped. Times are
read later, a whole column at once.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
import polars as pl

from openprospect_nb.frames.columns import LINK, UTC_TIME, JsonType
from openprospect_nb.frames.notes import Note
from openprospect_nb.frames.repair import DEPTH_RULE, is_too_deep, readable, restored, unmarked

NAIVE = "offset stated"
"""Broken by a time without an offset; it is read as UTC."""
NO_TIME = "time"
"""Broken by a text that is no date-time; it becomes null."""

_CANONICAL = r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$"
_SMALL: Final = 1000
_PARSE: Final[dict[str, Any]] = {"format": "%+", "time_unit": "us", "time_zone": "UTC", "strict": False}
_TEXTS: Final = "texts"
_USUAL_TIMES: Final = pl.when(pl.col(_TEXTS).str.contains(_CANONICAL)).then(pl.col(_TEXTS).str.to_datetime(**_PARSE))
"""Texts as times, null where they are not written in the usual way."""
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
    texts = pl.concat([frame.get_column(name).alias(_TEXTS) for name in names]).to_frame()
    # Threads cost more than they give to a page.
    usual = (texts.select if frame.height > _SMALL else texts.select_seq)(_USUAL_TIMES).get_column(_TEXTS)
    times, broken = [], {}
    for place, name in enumerate(names):
        sent, read = frame.get_column(name), usual.slice(place * frame.height, frame.height).alias(name)
        if read.null_count() > sent.null_count():
            read, broken[name] = _read_slowly(sent, read)
        times.append(read)
    return times, broken


def _read_slowly(texts: pl.Series, times: pl.Series) -> tuple[pl.Series, dict[str, str]]:
    """Fill in the times that are not written in the usual way, and say which texts broke a rule."""
    odd = texts.filter(texts.is_not_null() & times.is_null()).unique()
    read = {text: parse_time(text) for text in odd}
    values = pl.Series([moment for moment, _ in read.values()], dtype=UTC_TIME)
    filled = times.fill_null(texts.replace_strict(odd, values, default=None, return_dtype=UTC_TIME))
    return filled, {text: rule for text, (_, rule) in read.items() if rule}


Value = str | float | int | list[str] | list[dict[str, str | None]] | None

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_INT64: Final = 2**63
LINK_MEMBERS: Final = {field.name for field in LINK.fields}


def split_list(raw: str) -> list[str]:
    """Return the elements of a JSON list as raw JSON texts."""
    return [str(element, "utf-8") for element in _LIST.decode(raw)]


def split_object(raw: str | bytes) -> dict[str, str]:
    """Return the members of a JSON object as raw JSON texts."""
    return {name: str(member, "utf-8") for name, member in _OBJECT.decode(raw).items()}


def read_value(wire: JsonType, raw: str, note: Note) -> Value:
    """Return one value as the declared type; what `repair` had to mark is read as it was sent."""
    if wire is JsonType.FREE:
        return free_text(raw, note)
    rule, sent = unmarked(raw)
    if rule == DEPTH_RULE:
        note.reject(rule, sent)
        return None
    return _READERS[wire](sent, note)


def _text(raw: str, note: Note) -> str | None:
    """Return a text; numbers and Booleans as their JSON text, objects and lists as null."""
    if raw[0] == '"':
        return _string(raw, note)
    if raw == "null":
        return None
    note.retyped(raw)
    if raw[0] in "{[":
        note.reject(JsonType.TEXT, raw)
        return None
    return raw


def _time(raw: str, note: Note) -> str | None:
    """Return the text of a date-time, still to be parsed; anything but a text is null."""
    if raw[0] == '"':
        return _string(raw, note)
    if raw != "null":
        _refuse(JsonType.TIME, raw, note)
    return None


def _number(raw: str, note: Note) -> float | None:
    """Return a finite number; also one sent as text."""
    digits = _digits(raw, JsonType.NUMBER, note)
    if digits is None:
        return None
    value = float(digits)
    if math.isfinite(value):
        return value
    note.reject(JsonType.NUMBER, raw)
    return None


def _integer(raw: str, note: Note) -> int | None:
    """Return a whole number of 64 bits; also one sent as text or as 3.0. 3.7 is null and named."""
    digits = _digits(raw, JsonType.INTEGER, note)
    if digits is None:
        return None
    try:
        number = Decimal(digits)
        # first, how long it is: 1E+999999999 would be written out to be compared
        if number.adjusted() < 20 and number == number.to_integral_value() and -_INT64 <= number < _INT64:
            return int(number)
    except InvalidOperation:  # an exponent beyond what Decimal counts
        pass
    note.reject(JsonType.INTEGER, raw)
    return None


def _texts(raw: str, note: Note) -> list[str] | None:
    """Return a list of texts; a single value becomes a list of one; unreadable elements are left out and named."""
    if raw == "null":
        return None
    if raw[0] == "{":
        _refuse(JsonType.TEXTS, raw, note)
        return None
    if raw[0] != "[":
        note.retyped(raw)
        text = _text(raw, note)
        return None if text is None else [text]
    texts = (_element(element, note) for element in split_list(raw))
    return [text for text in texts if text is not None]


def _links(raw: str, note: Note) -> list[dict[str, str | None]] | None:
    """Return a list of platform and url; elements that are no objects are left out and named."""
    if raw == "null":
        return None
    if raw[0] != "[":
        _refuse(JsonType.LINKS, raw, note)
        return None
    links = (_link(element, note) for element in split_list(raw))
    return [link for link in links if link is not None]


def free_text(raw: str, note: Note) -> str | None:
    """Return free-form JSON as the text that was sent; null if it is nested too deep."""
    if raw == "null":
        return None
    text = restored(raw)
    if text[0] != "{":
        note.retyped(text)
    if readable(text) != text:
        note.reject("unicode", text)
    if is_too_deep(text):
        note.reject(DEPTH_RULE, text)
        return None
    return readable(text)


def _refuse(rule: str, raw: str, note: Note) -> None:
    """Name a value of the wrong type."""
    note.retyped(raw)
    note.reject(rule, raw)


def _string(raw: str, note: Note) -> str:
    text = str(json.loads(raw, strict=False))
    clean = readable(text)
    if clean != text:
        note.reject("unicode", raw)
    return clean


def _digits(raw: str, rule: str, note: Note) -> str | None:
    """Return the number's text, from a JSON number or from a text that is one."""
    if raw[0] in "-0123456789":
        return raw
    if raw == "null":
        return None
    text = json.loads(raw, strict=False).strip() if raw[0] == '"' else ""
    if not _NUMBER.fullmatch(text):
        _refuse(rule, raw, note)
        return None
    note.retyped(raw)
    return str(text)


def _element(raw: str, note: Note) -> str | None:
    rule, sent = unmarked(raw)
    if rule == DEPTH_RULE or sent == "null" or sent[0] in "{[":
        note.reject(rule or "text in the list", sent)
        return None
    if sent[0] == '"':
        return _string(sent, note)
    note.at("[]", "retyped", sent)
    return sent


def _link(raw: str, note: Note) -> dict[str, str | None] | None:
    if raw[0] != "{":
        note.reject("link in the list", restored(raw))
        return None
    members = split_object(raw)
    for name in LINK_MEMBERS - members.keys():
        note.at(name, "missing", raw)
    link = {name: _text(unmarked(members.pop(name, "null"))[1], note) for name in LINK_MEMBERS}
    for name, value in members.items():
        note.at(name, "new", restored(value))
        note.reject("known member", f"{json.dumps(name)}:{restored(value)}")
    return link


_READERS: Final[Mapping[JsonType, Callable[[str, Note], Value]]] = {
    JsonType.TEXT: _text,
    JsonType.NUMBER: _number,
    JsonType.INTEGER: _integer,
    JsonType.TIME: _time,
    JsonType.TEXTS: _texts,
    JsonType.LINKS: _links,
}
