"""What the body of a write, or of one object, says: counts, ids, records, and what is not said."""

from __future__ import annotations

import json

import pytest

from openprospect_nb.api.bodies import (
    added_in,
    document,
    id_in_location,
    identified,
    made,
    record,
    removed_in,
    said,
    together,
)
from openprospect_nb.errors import ContractError
from openprospect_nb.models import Added
from openprospect_nb.transport import Response

SENT = [{"company_name": "A"}, {"company_name": "B"}, {"company_name": "C"}]
IDS = ["1", "2", "3"]


def response(body=b"", status=200, **headers):
    """Return a response with a body of bytes or of a value."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers=headers, body=raw, request="POST /x")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"added": 2, "skipped": 1}, (2, 1)),
        ({"added": 3}, (3, 0)),
        ({"created": 2}, (2, None)),
        ({"added_count": 2, "skipped_count": 1}, (2, 1)),
        ({"addedCount": "2", "duplicates": [{}]}, (2, 1)),
        ({"entries_created": 2}, (2, None)),
        ({"inserted": 2.0}, (2, None)),
        ({"data": {"added": 2, "skipped": 1}}, (2, 1)),
        ({"summary": {"imported": 0}}, (0, None)),
        ({"entries": [{"company_name": "A"}, {"company_name": "b"}]}, (2, None)),
        ({"items": [{"id": "x"}]}, (1, None)),
        ({"created": [{"company_name": "A"}]}, (1, None)),
        ([{"company_name": "A"}, {"company_name": "C"}], (2, None)),
        (2, (2, None)),
        (3, (3, 0)),
        ({"added": 2, "entries": [{"company_name": "A"}]}, (2, None)),
        (None, (None, None)),
        ({}, (None, None)),
        ([], (None, None)),
        ({"entries": []}, (None, None)),
        ({"added": []}, (0, None)),
        (True, (None, None)),
        ("2 entries added", (None, None)),
        ({"success": True, "message": "2 added"}, (None, None)),
        ({"count": 2}, (None, None)),
        ({"total": 3, "entry_count": 2}, (None, None)),
        ({"added": True}, (None, None)),
        ({"added": -1}, (None, None)),
        ({"added": 4}, (None, None)),
        ({"added": 1.5}, (None, None)),
        ({"added": None, "created": 1}, (1, None)),
        ({"added": 3, "skipped": 3}, (None, None)),
        ({"entries": 7}, (None, None)),
        ({"entries": [{"company_name": "Z"}, {"company_name": "A"}]}, (None, None)),
        ([{"company_name": "A"}] * 4, (None, None)),
        ({"created": "2026-11-28T10:00:00Z"}, (None, None)),
        ([{"status": 201}, {"status": 409}], (None, None)),
        ([{"id": "1"}, {"id": "2", "error": "no"}], (None, None)),
        ({"items": [{"message": "x"}]}, (None, None)),
    ],
)
def test_added_entries_are_counted_where_one_reading_is_possible(body, expected):
    """Numbers and lists under any of the usual names count; what could be the whole list, or no count, is unknown."""
    added = added_in(body, SENT)
    assert (added.added, added.skipped) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"removed": 2}, 2),
        ({"deleted": 0}, 0),
        ({"deleted_count": 2}, 2),
        ({"data": {"removed": 3}}, 3),
        ({"deleted": ["1", "2"]}, 2),
        ({"removed": [{"id": 1}]}, 1),
        (["2"], 1),
        (3, 3),
        (None, None),
        ({}, None),
        ({"deleted": True}, None),
        ({"count": 2}, None),
        ({"removed": 4}, None),
        (["9"], None),
        ([], None),
        ({"entries": []}, None),
        ({"entries": [{"id": "9"}]}, None),
    ],
)
def test_removed_entries_are_counted_likewise(body, expected):
    """At most as many as were to be removed, and of a list only what was among them."""
    assert removed_in(body, IDS) == expected


def test_entries_not_taken_are_told():
    """A number or a list of failures is kept beside what is known."""
    assert added_in({"added": 2, "failed": 1}, SENT).failed == 1
    assert added_in({"added": 1, "errors": [{}, {}]}, SENT) == Added(added=1, skipped=None, failed=2)
    assert str(added_in({"added": 2, "failed": 1}, SENT)).endswith("1 not taken")


def test_several_requests_are_known_together_or_not_at_all():
    """A sum with an unknown part is unknown."""
    known, unknown = Added(added=2, skipped=1, failed=0), Added(added=None, skipped=1)
    assert together([known, known]) == Added(added=4, skipped=2, failed=0)
    assert together([known, unknown]) == Added(added=None, skipped=2, failed=None)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (Added(added=2, skipped=1), "2 added, 1 were there already"),
        (Added(added=2, skipped=None), "2 added, an unknown number were there already"),
        (Added(added=None, skipped=None), "added; the server did not say how many were new"),
    ],
)
def test_unknown_counts_are_called_so(counts, words):
    """No count is shown as 0 that was not said."""
    assert str(counts) == words


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_no_body_says_nothing(body):
    """204, an empty body and null are a success that says nothing."""
    assert said(response(body, 204)) is None


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"OK", b"{", b"\xff\xfe"])
def test_a_body_that_is_no_json_is_no_success_of_the_api(body):
    """The page of a proxy does not make a write done; the error says to look before it is made again."""
    with pytest.raises(ContractError, match="no JSON") as caught:
        said(response(body))
    assert "may have been made" in caught.value.next_step


@pytest.mark.parametrize("body", [{"success": False, "message": "read only"}, {"ok": False, "error": "read only"}])
def test_a_success_that_says_it_failed_is_none(body):
    """A 200 whose body says "not done" is no success, of a write or of a read."""
    for read in (said, record):
        with pytest.raises(ContractError, match="was not done: read only"):
            read(response(body))


def test_what_was_made_is_named_by_body_or_location():
    """The id may be called "id", stand in a wrapper, or in the Location header of an empty body."""

    def what(body, **headers):
        return made(response(body, 201, **headers), "/orders", "order_id", "order", "RECEIVED")

    assert what({"order_id": "o", "status": "X"}) == {"order_id": "o", "status": "X"}
    assert what({"order": {"id": "o", "status": "X"}})["order_id"] == "o"
    assert what({"data": {"order_id": "o", "status": "X"}}) == {"order_id": "o", "status": "X"}
    assert what(b"", location="/api/v1/orders/o") == {"order_id": "o", "status": "RECEIVED"}
    for body, headers in ((b"", {}), (b"", {"location": "/login"}), (b"<html>", {"location": "/api/v1/orders/o"})):
        with pytest.raises(ContractError):
            what(body, **headers)


ORDER = {"order_id": "o-1", "status": "RECEIVED"}


@pytest.mark.parametrize(
    "body",
    [
        [ORDER],
        {"items": [ORDER], "total": 1},
        {"orders": [ORDER]},
        {"orderId": "o-1", "status": "RECEIVED"},
        {"order_id": "o-1", "status": "RECEIVED", "data": [{"id": "of something else"}]},
        b'{"order_id": "o-1", "message": "M\xfcll"}',
        json.dumps(ORDER).encode("utf-16"),
    ],
    ids=repr,
)
def test_an_order_that_was_made_is_known_by_its_id_however_odd_the_rest(body):
    """Alone in a list, under a name of lists, spelled otherwise, beside bytes that are no UTF-8."""
    assert made(response(body, 202), "/orders", "order_id", "order", "RECEIVED")["order_id"] == "o-1"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("o-1", "o-1"),
        ([ORDER, ORDER], "o-1"),
        (b'{"order_id": "o-1", "mess', "o-1"),
        ({"order_id": "  ", "ref": "o-1"}, "o-1"),
        ({"order_id": ["o-1"]}, "o-1"),
    ],
)
def test_what_an_answer_without_a_clear_id_says_is_in_the_error(body, word):
    """Whoever bought can see what the server said of it, so that no id is lost."""
    with pytest.raises(ContractError, match=word):
        made(response(body, 202), "/orders", "order_id", "order", "RECEIVED")


ROW = {"id": "1", "name": "x"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ROW, ROW),
        ({"data": ROW}, ROW),
        ({"company": ROW, "success": True}, ROW),
        ({"result": ROW, "meta": {"a": 1}}, ROW),
        ({"data": ROW, "own": 1}, {"data": ROW, "own": 1}),
        ({"data": ROW, "company": ROW}, {"data": ROW, "company": ROW}),
        ({"status": "ok"}, {"status": "ok"}),
    ],
)
def test_one_object_is_taken_out_of_what_is_around_it(body, expected):
    """Only where nothing but such words stands beside it; else the body is the object."""
    assert record(response(body), "company") == expected


def test_an_array_where_an_object_belongs_is_kept_under_its_name():
    """A document of free form may be a bare array; text is none."""
    assert document(response(["a"]), "technologies") == {"technologies": ["a"]}
    assert document(response({"data": ROW}), "technologies") == ROW
    with pytest.raises(ContractError):
        document(response(b"<html>"), "technologies")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ROW, ROW),
        ({"blacklist_id": "1", "name": "x"}, ROW),
        ({"blacklist": {"id": 1, "name": "x"}}, ROW),
        ({"data": {"blacklist_id": "1", "name": "x"}}, ROW),
        ({"id": "1"}, {"id": "1"}),
        ({"updated": True}, None),
        ({"id": None, "name": "x"}, None),
        ([ROW], None),
        (None, None),
    ],
)
def test_a_record_is_known_by_its_id(body, expected):
    """Under any of its names, wrapped or not; without one there is nothing to go on with."""
    assert identified(body, "blacklist_id") == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/api/v1/blacklists/b-1", "b-1"),
        ("https://api.example/api/v1/blacklists/b%201/", "b 1"),
        ("blacklists/b-1", None),
        ("/api/v1/blacklists/", None),
        ("/api/v1/blacklists/b/entries", None),
        ("/elsewhere", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_location_of_what_was_made_names_its_id(location, expected):
    """Absolute or not, with a slash or not; anything that is no single id below the path is none."""
    assert id_in_location(response(location=location), "/blacklists") == expected
