"""Read one JSON value exactly: the declared type, or null with the rule it broke, never something in between.

Each reader takes the value as raw JSON text and a `Note` of its row and field. A number or Boolean where a text is
declared is kept as its JSON text; a numeric text where a number is declared is read; both count as retyped.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from openprospect_nb.frames.columns import LINK, Wire
from openprospect_nb.frames.notes import Note
from openprospect_nb.frames.repair import DEPTH_RULE, is_too_deep, readable, restored, unmarked

__all__ = ["Value", "free_text", "read_value", "split_list", "split_object"]

Value = str | float | int | list[str] | list[dict[str, str | None]] | None

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_INT64: Final = 2**63
LINK_MEMBERS: Final = {field.name for field in LINK.fields}


def split_list(raw: str) -> list[str]:
    """Return the elements of a JSON list as raw JSON texts."""
    return [str(element, "utf-8") for element in _LIST.decode(raw)]


def split_object(raw: str) -> dict[str, str]:
    """Return the members of a JSON object as raw JSON texts."""
    return {name: str(member, "utf-8") for name, member in _OBJECT.decode(raw).items()}


def read_value(wire: Wire, raw: str, note: Note) -> Value:
    """Return one value as the declared type; what `repair` had to mark is read as it was sent."""
    if wire is Wire.FREE:
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
        note.reject(Wire.TEXT, raw)
        return None
    return raw


def _time(raw: str, note: Note) -> str | None:
    """Return the text of a date-time, still to be parsed; anything but a text is null."""
    if raw[0] == '"':
        return _string(raw, note)
    if raw != "null":
        _refuse(Wire.TIME, raw, note)
    return None


def _number(raw: str, note: Note) -> float | None:
    """Return a finite number; also one sent as text."""
    digits = _digits(raw, Wire.NUMBER, note)
    if digits is None:
        return None
    value = float(digits)
    if math.isfinite(value):
        return value
    note.reject(Wire.NUMBER, raw)
    return None


def _integer(raw: str, note: Note) -> int | None:
    """Return a whole number of 64 bits; also one sent as text or as 3.0. 3.7 is null and named."""
    digits = _digits(raw, Wire.INTEGER, note)
    if digits is None:
        return None
    try:
        number = Decimal(digits)
        if number.adjusted() < 20 and number == number.to_integral_value() and -_INT64 <= number < _INT64:
            return int(number)
    except InvalidOperation:  # an exponent beyond what Decimal counts
        pass
    note.reject(Wire.INTEGER, raw)
    return None


def _texts(raw: str, note: Note) -> list[str] | None:
    """Return a list of texts; a single value becomes a list of one; unreadable elements are left out and named."""
    if raw == "null":
        return None
    if raw[0] == "{":
        _refuse(Wire.TEXTS, raw, note)
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
        _refuse(Wire.LINKS, raw, note)
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


_READERS: Final[Mapping[Wire, Callable[[str, Note], Value]]] = {
    Wire.TEXT: _text,
    Wire.NUMBER: _number,
    Wire.INTEGER: _integer,
    Wire.TIME: _time,
    Wire.TEXTS: _texts,
    Wire.LINKS: _links,
}
