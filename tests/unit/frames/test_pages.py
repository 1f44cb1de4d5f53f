"""Where a page's list is, what it says of itself, and which bodies are no page of what was asked for."""

from __future__ import annotations

import json

import pytest

from openprospect_nb.errors import ContractError
from openprospect_nb.frames.pages import Page, measured, open_page, read_page, record_keys

ROWS = [{"id": "a"}, {"id": "b"}]
NOISE = [{"code": "NOTE"}]


def page_of(body, kind="entries"):
    """Return the counters of a body, and where its list was."""
    raw = json.dumps(body).encode()
    envelope = open_page(raw, kind)
    assert read_page(raw, kind) == envelope.page
    assert [json.loads(record) for record in envelope.records] == ROWS
    keys = record_keys(raw, kind)
    assert keys == {b'"a"', b'"b"'} or (kind == "deliveries" and len(keys) == 2)
    assert measured(raw, kind) == (envelope.page, keys)
    return envelope.page, envelope.list_key


@pytest.mark.parametrize(
    ("body", "kind", "place"),
    [
        (ROWS, "entries", ""),
        ({"items": ROWS}, "entries", "items"),
        ({"data": ROWS}, "blacklists", "data"),
        ({"results": ROWS}, "prospects", "results"),
        ({"orders": ROWS}, "orders", "orders"),
        ({"entries": ROWS}, "entries", "entries"),
        ({"blacklists": ROWS}, "blacklists", "blacklists"),
        ({"prospect_searches": ROWS}, "searches", "prospect_searches"),
        ({"prospectSearches": ROWS}, "searches", "prospectSearches"),
        ({"searches": ROWS}, "searches", "searches"),
        ({"companies": ROWS}, "results", "companies"),
        ({"companies": ROWS}, "deliveries", "companies"),
        ({"jobs": ROWS}, "jobs", "jobs"),
        ({"prospects": ROWS}, "prospects", "prospects"),
        ({"data": {"items": ROWS}}, "entries", "data.items"),
        ({"data": {"blacklists": ROWS}, "meta": {}}, "blacklists", "data.blacklists"),
        ({"_embedded": {"companies": ROWS}}, "companies", "_embedded.companies"),
        ({"result": {"orders": ROWS}}, "orders", "result.orders"),
        ({"records": ROWS, "total": 2}, "entries", "records"),
        ({"payload": {"rows": ROWS}}, "entries", "payload.rows"),
        ({"items": ROWS, "entries": NOISE, "companies": NOISE}, "entries", "items"),
        ({"companies": NOISE, "entries": ROWS}, "entries", "entries"),
        ({"warnings": NOISE, "errors": NOISE, "rows": ROWS}, "entries", "rows"),
        ({"orders": NOISE, "companies": ROWS}, "companies", "companies"),
        ({"tags": ["x"], "none": [], "rows": ROWS}, "entries", "rows"),
        ({"items": 2, "entries": ROWS}, "entries", "entries"),
        ({"items": None, "data": {"entries": ROWS}}, "entries", "data.entries"),
    ],
)
def test_a_list_is_found_where_one_reading_is_sound(body, kind, place):
    """The contract's names win, then the noun, then both one level down, then the only list of objects."""
    assert page_of(body, kind)[1] == place


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "nothing"),
        ({"ok": True, "message": "done"}, "'ok', 'message'"),
        ({"first": ROWS, "second": NOISE}, "first, second"),
        ({"a": {"rows": ROWS}, "b": {"rows": NOISE}}, "a.rows, b.rows"),
        ({"errors": NOISE}, "'errors'"),
        ({"errors": [], "total": 0}, "'errors'"),
        ({"rows": []}, "'rows'"),
        ({"tags": ["x", "y"]}, "'tags'"),
        ({"data": {"deep": {"items": ROWS}}}, "'data'"),
        ({"items": {"a": 1}}, "'items'"),
        ({"total": ROWS}, "'total'"),
        ({"has_more": ROWS, "limit": []}, "'has_more'"),
    ],
)
def test_what_may_mean_several_things_is_refused_with_its_fields(body, names):
    """No list, several, or only one of something else: the error names what is there, and nothing is guessed."""
    with pytest.raises(ContractError, match="entries") as caught:
        read_page(json.dumps(body).encode(), "entries")
    assert names in caught.value.message
    assert caught.value.code == "NO_LIST"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"items": []},
        {"items": None},
        {"data": {"entries": []}},
        {"data": {"items": None}},
        {"rows": [], "total": 0},
        {"entries": None},
    ],
)
def test_an_empty_list_is_a_page(body):
    """An empty array, null under a known name, and an empty list of any name beside a counter are empty pages."""
    raw = json.dumps(body).encode()
    assert read_page(raw, "entries").count == 0
    assert record_keys(raw, "entries") == frozenset()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"total": 9, "limit": 2, "offset": 4, "has_more": True}, Page(2, 9, True, 4, 2)),
        ({"total": "9", "has_more": "true"}, Page(2, 9, True)),
        ({"total_count": 9}, Page(2, 9)),
        ({"totalCount": 9, "hasMore": False}, Page(2, 9, False)),
        ({"count": 9, "next": "https://x.example?page=2"}, Page(2, 9, True)),
        ({"count": 9, "next": None}, Page(2, 9, False)),
        ({"count": 2}, Page(2)),
        ({"count": 1}, Page(2)),
        ({"meta": {"total": 9, "limit": 2}}, Page(2, 9, limit=2)),
        ({"pagination": {"total_items": 9, "has_next": True}}, Page(2, 9, True)),
        ({"links": {"next": None, "self": "x"}}, Page(2, None, False)),
        ({"next_page": 2}, Page(2, None, True)),
        ({"total": 3, "meta": {"total": 9}}, Page(2, 3)),
        ({"total": None, "has_more": None}, Page(2)),
        ({"total": "many", "has_more": "perhaps"}, Page(2)),
        ({"total": -1}, Page(2)),
        ({"page": 3}, Page(2)),
    ],
)
def test_counters_are_read_under_common_names(fields, expected):
    """The documented names first; "count" only where it cannot be the rows of this page; "next" means more, or none."""
    assert page_of({"items": ROWS, **fields})[0] == expected
    assert page_of({"entries": ROWS, **fields})[0] == expected


def test_counters_stand_beside_the_list_or_around_it():
    """A list one level down has its counters there or outside; what else is there is kept as unknown."""
    assert page_of({"data": {"items": ROWS, "total": 9}})[0].total == 9
    assert page_of({"data": {"items": ROWS}, "total": 9, "has_more": True})[0] == Page(2, 9, True)
    assert page_of({"data": {"items": ROWS}, "meta": {"total": 9}})[0].total == 9
    envelope = open_page(json.dumps({"data": {"items": ROWS, "x": 1}, "y": 2, "total": "9"}).encode(), "entries")
    assert envelope.unknown == {"x": "1", "y": "2"}
    assert envelope.retyped == {"total": '"9"'}


def test_deliveries_are_told_apart_by_all_they_say():
    """A company that was delivered again is another record; one that is sent again to the letter is none."""
    rows = [{"id": "a", "delivered_at": "1"}, {"id": "a", "delivered_at": "2"}, {"id": "a", "delivered_at": "1"}]
    raw = json.dumps({"items": rows}).encode()
    assert len(record_keys(raw, "deliveries")) == 2
    assert len(record_keys(raw, "results")) == 1


def test_records_are_told_apart_by_id_or_by_content():
    """Ids of texts and numbers, an order's id, and a digest where there is none; equal records have equal keys."""
    first = record_keys(
        b'[{"id": 1}, {"order_id": "o"}, {"name": "x"}, {"id": null}, "text", {"id": {"a": 1}}]', "entries"
    )
    second = record_keys(b'[{"id": 1, "n": 2}, {"order_id": "o"}, {"name": "x"}, {"id": null}]', "entries")
    assert len(first) == 6
    for items in (
        b'[{"id":1},{"name":"x"}]',
        b'[{"id":null},{"id":2}]',
        b'[3,{"id":2}]',
        b'[{"order_id":"o"},{"id":1}]',
    ):
        page = b'{"items":%b,"total":2}' % items
        assert measured(page, "entries") == (read_page(page, "entries"), record_keys(page, "entries"))
    assert second < first


def test_a_bare_array_survives_what_stops_a_reader():
    """A byte order mark, NaN and a lone surrogate in a bare array cost no record."""
    raw = b'\xef\xbb\xbf [{"id": "a", "x": NaN}, {"id": "b", "x": "\\ud800"}] '
    assert len(open_page(raw, "entries").records) == read_page(raw, "entries").count == 2


@pytest.mark.parametrize(
    "body", [{"success": False, "items": [], "total": 0}, {"ok": False, "data": [], "message": "no"}]
)
def test_a_page_that_says_it_failed_is_none(body):
    """An empty list beside success: false is an error, not an empty list."""
    with pytest.raises(ContractError, match="says that it is none") as caught:
        read_page(json.dumps(body).encode(), "entries")
    assert caught.value.code == "NOT_DONE"
