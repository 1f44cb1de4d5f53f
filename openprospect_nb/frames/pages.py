"""Read the envelope of one page: how many records, of how many, and whether more follow."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from openprospect_nb.errors import ContractError
from openprospect_nb.frames.repair import LIST_KEYS, repaired

__all__ = ["Envelope", "Page", "open_page", "read_page"]


class _Counts(msgspec.Struct, gc=False):
    items: list[msgspec.Raw]
    total: int | None = None
    limit: int | None = None
    offset: int | None = None
    has_more: bool | None = None


_FAST = msgspec.json.Decoder(_Counts)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_COUNT = re.compile(r'"?\s*(\d{1,15})(?:\.0+)?\s*"?', re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself.

    Attributes:
        count: records on this page.
        total: records in all; None if not stated as an integer.
        has_more: whether pages follow; None if not stated as a Boolean.
        offset: records before this page; 0 if not stated.
        limit: the page size the server used; None if not stated.
    """

    count: int
    total: int | None = None
    has_more: bool | None = None
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A page taken apart: its counters, where its list was, the raw records, and what else it holds.

    ``unknown`` are fields the contract does not know, ``retyped`` counters that are no integer or Boolean.
    """

    page: Page
    list_key: str
    records: list[str]
    unknown: dict[str, str]
    retyped: dict[str, str]


def read_page(page: bytes, record: str) -> Page:
    """Return the counters of one answer without reading its records.

    Args:
        page: the body of the answer.
        record: what the list should hold (``results``, ``orders``, …); used in the error only.

    Raises:
        ContractError: the answer is no JSON object, or has no list under ``items``, ``orders``, ``data``, ``results``.
    """
    try:
        counts = _FAST.decode(page)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return open_page(page, record).page
    return Page(len(counts.items), counts.total, counts.has_more, counts.offset or 0, counts.limit)


def open_page(page: bytes, record: str, child_field: str = "", *, repair: bool = False) -> Envelope:
    """Return one answer taken apart; a value that would stop a JSON reader comes back as a marked text.

    Args:
        page: the body of the answer.
        record: what the list should hold; used in the error only.
        child_field: the field of a record that holds child records, if the kind has one.
        repair: mark unreadable values even if the page can be split without.

    Raises:
        ContractError: as for `read_page`.
    """
    members = _split_repaired(page, record, child_field) if repair else _split(page, record, child_field)
    list_key = next((key for key in LIST_KEYS if key in members), None)
    if list_key is None:
        raise ContractError(f"the page of {record} has no list under {', '.join(LIST_KEYS)}.")
    records = _elements(members.pop(list_key), record, list_key)
    sent = {name: members.pop(name, "null") for name in ("total", "limit", "offset", "has_more")}
    read = {name: _flag(raw) if name == "has_more" else _count(raw) for name, raw in sent.items()}
    facts = Page(len(records), read["total"], read["has_more"], read["offset"] or 0, read["limit"])  # type: ignore[arg-type]
    retyped = {
        name: raw for name, raw in sent.items() if raw != "null" and msgspec.json.encode(read[name]).decode() != raw
    }
    return Envelope(facts, list_key, records, members, retyped)


def _split(page: bytes, record: str, child_field: str) -> dict[str, str]:
    try:
        return {name: str(raw, "utf-8") for name, raw in _OBJECT.decode(page).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split_repaired(page, record, child_field)


def _split_repaired(page: bytes, record: str, child_field: str) -> dict[str, str]:
    try:
        return {name: str(raw, "utf-8") for name, raw in _OBJECT.decode(repaired(page, child_field)).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "is nested too deep" if isinstance(error, RecursionError) else f"is not a JSON object ({error})"
        raise ContractError(f"the page of {record} {reason}.") from error


def _elements(raw: str, record: str, list_key: str) -> list[str]:
    if raw == "null":
        return []
    if raw[0] != "[":
        raise ContractError(f"the page of {record} has {list_key!r}, but it is not a list.")
    return [str(element, "utf-8") for element in _LIST.decode(raw)]


def _flag(raw: str) -> bool | None:
    return {"true": True, "false": False}.get(raw)


def _count(raw: str) -> int | None:
    """Return a counter, also from ``25.0`` and ``"25"``; None for anything else."""
    match = _COUNT.fullmatch(raw)
    return int(match[1]) if match else None
