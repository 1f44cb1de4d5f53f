"""Read the envelope of one page: where its list is, how many records it has, of how many, and whether more follow.

The documented envelope is read in one step. Servers differ, so others are read too, but only where one reading is
sound: a bare array, a list under the endpoint's own noun or one level down, counters under other common names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec

from openprospect_nb.errors import ContractError
from openprospect_nb.frames.repair import LIST_KEYS, repaired
from openprospect_nb.frames.values import split_list, split_object

NOUNS: Final[Mapping[str, tuple[str, ...]]] = {
    "results": ("companies", "briefings"),
    "deliveries": ("companies", "deliveries", "briefings"),
    "searches": ("prospect_searches", "searches"),
    "blacklists": ("blacklists",),
    "entries": ("entries", "blacklist_entries"),
    "companies": ("companies",),
    "prospects": ("prospects", "contacts"),
    "jobs": ("jobs", "job_listings"),
    "technologies": ("technologies", "web_technologies"),
}
"""Names under which a list of each kind may stand, after those of the contract (`LIST_KEYS`)."""

_SECTIONS: Final = ("meta", "_meta", "pagination", "paging", "page_info", "page", "links", "_links")
_TOTALS: Final = ("total", "total_count", "total_items", "total_results", "total_records")
_FLAGS: Final = ("has_more", "has_next", "has_next_page", "more")
_NEXT: Final = ("next", "next_page", "next_url", "next_offset", "next_cursor")
_COUNTERS: Final = ("total", "limit", "offset", "has_more")
# A counter that is a list is a counter gone wrong, not the list.
_NO_RECORDS: Final = frozenset(
    {"errors", "warnings", "messages", "links", "included", "facets", "filters", "total", "limit", "offset", "hasmore"}
)
_COUNT = re.compile(r'"?\s*(\d{1,15})(?:\.0+)?\s*"?', re.ASCII)

Members = dict[str, str]
Item = TypeVar("Item")
_Number = Annotated[int, msgspec.Meta(ge=0)]


class _Counts(msgspec.Struct, Generic[Item], gc=False):
    items: list[Item]
    total: _Number | None = None
    limit: _Number | None = None
    offset: _Number | None = None
    has_more: bool | None = None
    success: bool | None = None
    ok: bool | None = None


class _Identity(msgspec.Struct, gc=False):
    id: msgspec.Raw = msgspec.Raw(b"")
    order_id: msgspec.Raw = msgspec.Raw(b"")


_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_FAST = msgspec.json.Decoder(_Counts[msgspec.Raw])
_FAST_NAMES = msgspec.json.Decoder(_Counts[_Identity])
_IDENTITY = msgspec.json.Decoder(_Identity)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself.

    Attributes:
        count: records on this page.
        total: records in all; None if not stated as an integer.
        has_more: whether pages follow; None if not stated.
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

    ``list_key`` is ``""`` for a bare array and ``data.items`` for a list one level down. ``unknown`` are fields the
    contract does not know, ``retyped`` counters that are no integer or Boolean.
    """

    page: Page
    list_key: str
    records: list[str]
    unknown: Members
    retyped: Members


def read_page(page: bytes, record: str) -> Page:
    """Return the counters of one response without reading its records.

    Args:
        page: the body of the response.
        record: what the list should hold (``results``, ``orders``, …); its noun is one of the names looked for.

    Raises:
        ContractError: the response has no list that could be meant, or several.
    """
    with suppress(*_UNREADABLE):
        if (facts := _plain_facts(_FAST.decode(page))) is not None:
            return facts
    return open_page(page, record).page


def measured(page: bytes, record: str) -> tuple[Page, frozenset[bytes]]:
    """Return the counters of one response (`read_page`) and what tells its records apart (`record_keys`).

    The usual response is read once for both, and of its records nothing but their ids.

    Raises:
        ContractError: as for `read_page`.
    """
    with suppress(*_UNREADABLE):
        answer = _FAST_NAMES.decode(page)
        names = [_name(item) for item in answer.items]
        facts = _plain_facts(answer)
        if facts is not None and all(names) and record != "deliveries":
            return facts, frozenset(names)
    return read_page(page, record), record_keys(page, record)


def _plain_facts(counts: _Counts[Any]) -> Page | None:
    """Return the counters of the documented envelope; None where it states none, or says that it is none."""
    if counts.success is False or counts.ok is False or (counts.total is None and counts.has_more is None):
        return None
    return Page(len(counts.items), counts.total, counts.has_more, counts.offset or 0, counts.limit)


def record_keys(page: bytes, record: str) -> frozenset[bytes]:
    """Return what tells the records of a page apart: the id of each, or a digest of one that has none.

    A company may be delivered twice, and a server may list both: of deliveries the whole record counts, so that only a
    record that is sent again to the letter is no news.

    Raises:
        ContractError: as for `read_page`.
    """
    try:
        records: list[bytes] = [bytes(raw) for raw in _FAST.decode(page).items]
    except _UNREADABLE:
        records = [raw.encode() for raw in open_page(page, record).records]
    return frozenset(map(_digest if record == "deliveries" else record_key, records))


def record_key(record: bytes) -> bytes:
    """Return what tells one raw record from others: its id, or a digest of it where it has none."""
    try:
        identity = _IDENTITY.decode(record)
    except _UNREADABLE:
        identity = _Identity()
    return _name(identity) or _digest(record)


def _name(identity: _Identity) -> bytes:
    named = bytes(identity.id) or bytes(identity.order_id)
    return b"" if named == b"null" else named


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()


def open_page(page: bytes, record: str, child_field: str = "", *, repair: bool = False) -> Envelope:
    """Return one response taken apart; a value that would stop a JSON reader comes back as a marked text.

    Args:
        page: the body of the response.
        record: what the list should hold.
        child_field: the field of a record that holds child records, if the kind has one.
        repair: mark unreadable values even if the page can be split without.

    Raises:
        ContractError: as for `read_page`.
    """
    page = page.removeprefix(b"\xef\xbb\xbf").strip()
    is_bare = page[:1] == b"["
    whole = b'{"items":%b}' % page if is_bare else page
    outer = _split(whole, record, child_field, repair=repair)
    if "false" in {outer.get("success"), outer.get("ok")}:
        reason = outer.get("message") or outer.get("error") or "no reason given"
        raise ContractError(f"the page of {record} says that it is none: {reason[:300]}.", code="NOT_DONE")
    within, list_key = _list_place(outer, record)
    inner = split_object(outer.pop(within)) if within else outer
    records = _elements(inner.pop(list_key))
    rest = outer | inner if within else inner
    sent = {name: rest.pop(name, "null") for name in _COUNTERS}
    retyped = {name: raw for name, raw in sent.items() if not _is_as_declared(name, raw)}
    key = "" if is_bare else ".".join(filter(None, (within, list_key)))
    return Envelope(_page_of(len(records), sent, rest), key, records, rest, retyped)


@lru_cache(maxsize=2_000)
def plain_name(name: str) -> str:
    """Return a field's name as it is compared: prospectSearches, prospect-searches and prospect_searches are one."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _list_place(outer: Members, record: str) -> tuple[str, str]:
    """Return where the list is: the field it is within (empty at the top level), and its own field.

    The documented names win, then the noun, then both one level down; then the only list of objects anywhere.
    """
    names = [
        plain_name(name) for name in (*LIST_KEYS, *NOUNS.get(record, ())) if name != "orders" or record == "orders"
    ]
    inner = {name: split_object(raw) for name, raw in outer.items() if raw.startswith("{")}
    sections = sorted(inner, key=lambda name: _rank(plain_name(name), names))
    places = [("", outer), *((name, inner[name]) for name in sections)]
    for within, members in places:
        if (key := _named(members, names, "[")) is not None:
            return within, key
    lists = [(within, key) for within, members in places for key in _lists_of_objects(members)]
    if len(lists) == 1:
        return lists[0]
    for within, members in places:
        if (key := _named(members, names, "null") or (None if lists else _only_empty(members))) is not None:
            return within, key
    raise ContractError(_no_list(record, outer, [".".join(filter(None, place)) for place in lists]), code="NO_LIST")


def _named(members: Members, names: Iterable[str], start: str) -> str | None:
    by_name = {plain_name(name): name for name, raw in members.items() if raw.startswith(start)}
    return next((by_name[name] for name in names if name in by_name), None)


def _only_empty(members: Members) -> str | None:
    """Return the only list of a body that counts: it is empty, whatever it is called."""
    lists = [name for name, raw in members.items() if raw.startswith("[") and plain_name(name) not in _NO_RECORDS]
    counts = {plain_name(name) for name in members} & {plain_name(name) for name in (*_COUNTERS, *_TOTALS, *_FLAGS)}
    return lists[0] if len(lists) == 1 and not _elements(members[lists[0]]) and counts else None


def _lists_of_objects(members: Members) -> list[str]:
    lists = {name: _elements(raw) for name, raw in members.items() if raw.startswith("[")}
    return [
        name
        for name, elements in lists.items()
        if elements and plain_name(name) not in _NO_RECORDS and all(element.startswith("{") for element in elements)
    ]


def _no_list(record: str, members: Members, lists: list[str]) -> str:
    shown = ", ".join(repr(name) for name in list(members)[:12]) or "nothing"
    if lists:
        return f"the page of {record} has several lists ({', '.join(lists)}), and none under a name that tells which."
    return f"the page of {record} has no list under {', '.join(LIST_KEYS)} or its own name; it holds {shown}."


def _page_of(count: int, sent: Mapping[str, str], rest: Members) -> Page:
    """Return the counters of a page: the documented ones first, then other common names, then those of sections."""
    sections = {name: split_object(raw) for name, raw in rest.items() if name in _SECTIONS and raw.startswith("{")}
    places: list[Mapping[str, str]] = [sent, rest, *sections.values()]
    limit, offset = _first_count(places, ("limit",)), _first_count(places, ("offset",))
    return Page(count, _total(places, count), _has_more(places), offset or 0, limit)


def _total(places: Sequence[Mapping[str, str]], count: int) -> int | None:
    if (total := _first_count(places, _TOTALS)) is not None:
        return total
    # Some call the total "count", others the rows of this page: only more than this page's rows can be the total.
    stated = _first_count(places, ("count",))
    return stated if stated is not None and stated > count else None


def _has_more(places: Iterable[Mapping[str, str]]) -> bool | None:
    for members in places:
        flags = [flag for raw in _wanted(members, _FLAGS) if (flag := _flag(raw)) is not None]
        links = [raw not in {"null", '""', "false"} for raw in _wanted(members, _NEXT)]
        if flags or links:
            return (flags or links)[0]
    return None


def _first_count(places: Iterable[Mapping[str, str]], names: Iterable[str]) -> int | None:
    counts = (_count(raw) for members in places for raw in _wanted(members, names))
    return next((count for count in counts if count is not None), None)


def _wanted(members: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """Return the values of the fields called *names*, in the order of *names*."""
    by_name = {plain_name(name): raw for name, raw in members.items()}
    return (by_name[plain_name(name)] for name in names if plain_name(name) in by_name)


def _is_as_declared(name: str, raw: str) -> bool:
    """Whether a counter was not sent, or as the contract declares it."""
    read = _flag(raw) if name == "has_more" else _count(raw)
    return raw == "null" or msgspec.json.encode(read).decode() == raw


def _split(page: bytes, record: str, child_field: str, *, repair: bool) -> Members:
    if not repair:
        with suppress(*_UNREADABLE):
            return split_object(page)
    try:
        return split_object(repaired(page, child_field))
    except _UNREADABLE as error:
        reason = "is nested too deep" if isinstance(error, RecursionError) else f"is not a JSON object ({error})"
        raise ContractError(f"the page of {record} {reason}.") from error


def _elements(raw: str) -> list[str]:
    return [] if raw == "null" else split_list(raw)


def _rank(name: str, names: list[str]) -> int:
    """Return where an object that may hold the list is tried: ``data`` and the like first."""
    preferred = ["data", "result", "results", "response", *names]
    return preferred.index(name) if name in preferred else len(preferred)


def _flag(raw: str) -> bool | None:
    return {"true": True, "false": False, '"true"': True, '"false"': False}.get(raw)


def _count(raw: str) -> int | None:
    """Return a counter, also from ``25.0`` and ``"25"``; None for anything else."""
    match = _COUNT.fullmatch(raw)
    return int(match[1]) if match else None
