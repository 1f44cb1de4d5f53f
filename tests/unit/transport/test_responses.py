"""What a response says, read from any bytes at all: errors, delays, budgets, objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openprospect_nb import errors
from openprospect_nb.transport.responses import (
    KEPT_TEXT,
    LONGEST_DELAY,
    Response,
    error_from,
    parse_json,
    requests_left,
    retry_after,
)
from openprospect_nb.transport.statuses import rule_for

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
NAMES = ["code", "message", "details", "error", "detail", "validation_errors", "errors", "retry_after", "loc", "msg"]
NAMES += ["field", "provided", "required_scopes", "user_scopes"]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", "²", "1e999"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner), max_leaves=20
)
BODIES = st.binary() | VALUES.map(lambda value: json.dumps(value).encode())
STATUSES = st.integers(100, 999)


def response(body=b"", status=422, **headers):
    """Return a response with *body* (bytes, or a value that becomes JSON)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lower = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers=lower, body=data, request="GET /orders")


@given(BODIES, STATUSES, st.text())
@example(b'{"error": {"code": "X", "message": "m", "details": null}}', 429, "")
@example(b'{"error": {"details": [1]}, "retry_after": "\\u00b2"}', 503, "")
@example(b"[" * 100_000, 500, "")
@example(b"9" * 5000, 500, "")
@example(b'{"retry_after": ' + b"9" * 400 + b"}", 429, "9" * 400)
@example(b'\xff\xfe{"\x00', 400, "")
def test_any_body_of_any_status_is_one_error_of_the_tree(body, status, stated):
    """Whatever a refusal holds becomes the class its status means, with one readable line and a finite delay."""
    error = error_from(response(body, status, retry_after=stated), NOW)
    assert type(error) is rule_for(status).error
    assert all(isinstance(text, str) for text in (str(error), repr(error), error.code, error.message, error.next_step))
    assert error.message.isprintable()
    (str(error) + repr(error.details["raw_body"])).encode()
    delay = getattr(error, "retry_after", None)
    assert delay is None or 0 <= delay <= LONGEST_DELAY
    assert all(isinstance(scope, str) for scope in getattr(error, "required_scopes", []))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": "X", "message": "m", "details": None}}, "X", "m"),
        ({"error": {"code": "X", "message": "m", "details": ["a"]}}, "X", "m"),
        ({"error": {"code": "X", "message": "m", "details": "text"}}, "X", "m"),
        ({"error": {"code": 17, "message": None}}, "17", '{"code": 17, "message": null}'),
        ({"code": {"a": 1}, "message": "m"}, "HTTP_422", "m"),
        ({"code": None, "message": {"de": "nein"}}, "HTTP_422", '{"de": "nein"}'),
        ({"error": ["a", "b"]}, "HTTP_422", '["a", "b"]'),
        ({"error": None, "detail": {"why": "no"}}, "HTTP_422", '{"why": "no"}'),
        ({"code": "C", "message": "line\nline\x1b[31m"}, "C", "line line [31m"),
        (["a"], "HTTP_422", "reads '[\"a\"]'"),
        ("no credit", "HTTP_422", "no credit"),
        (b"no credit", "HTTP_422", "no credit"),
        (7, "HTTP_422", "reads '7'"),
        (None, "HTTP_422", "reads 'null'"),
        (b'{"code": "A", "code": "B", "message": "m"}', "B", "m"),
        (b'{"message": "\\ud800"}', "HTTP_422", "?"),
        (b"\xff\xfe\xfd", "HTTP_422", "reads"),
        (b"<html>no", "HTTP_422", "a web page"),
        (b"", "HTTP_422", "is empty"),
    ],
)
def test_words_are_found_in_every_shape(body, code, message):
    """Objects within objects, lists, texts, numbers and nulls where others were meant: code and message are told."""
    error = error_from(response(body), NOW)
    assert error.code == code
    assert message in error.message


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"details": {"validation_errors": [{"field": "title", "error": "too long"}]}}, ["title: too long"]),
        ({"errors": [{"field": "title", "message": "too long"}]}, ["title: too long"]),
        ({"detail": [{"loc": ["body", "title"], "msg": "too long"}]}, ["body.title: too long"]),
        ({"detail": [{"loc": None, "msg": None}, 3, None, "x"]}, ["body: "]),
        ({"details": {"validation_errors": [{"field": None, "error": ["a"]}, []]}}, ['body: ["a"]']),
        ({"details": {"validation_errors": {"title": "x"}}}, []),
    ],
)
def test_broken_fields_are_listed_whatever_stands_among_them(body, fields):
    """What names a field is listed; what does not is left in the details."""
    assert [str(problem) for problem in error_from(response(body), NOW).fields] == fields


def test_a_refusal_of_ten_thousand_rows_is_readable():
    """The message lists twenty broken fields and how many more there are; `fields` has all of them."""
    rows = [{"field": f"companies[{n}].city", "error": "too long"} for n in range(10_000)]
    error = error_from(response({"message": "no", "details": {"validation_errors": rows}}), NOW)
    assert len(error.fields) == 10_000
    assert "and 9,980 more" in str(error)
    assert len(str(error)) < 1000


def test_a_long_message_is_cut_and_kept():
    """A message of a megabyte is cut where it is read, and its beginning is in the raw body."""
    error = error_from(response({"message": "x" * 10**6}), NOW)
    assert error.message == "x" * KEPT_TEXT + "…"
    assert len(error.details["raw_body"]) == 64 * 1024


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("7.5", 7.5),
        ("0", 0),
        ("120, 60", 120),
        ("x, 60", 60),
        (format_datetime(NOW + timedelta(seconds=7), usegmt=True), 7),
        (format_datetime(NOW - timedelta(days=7), usegmt=True), 0),
        ("Mon, 05 Jan 2026 08:00:07", 7),
        ("Mon, 05 Jan 2026 10:00:07 +0200", 7),
        ("Mon, 05 Jan 2026 08:00:07 GMT, Mon, 05 Jan 2026 08:00:09 GMT", 7),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_DELAY),
        ("Mon, 05 Jan 2026 08:00:07 +9999", None),
        ("Mon, 05 Jan 2026 08:00:07 +99999999999999999999", None),
        ("Mon, 99 Jan 2026 08:00:07 GMT", None),
        ("9" * 400, LONGEST_DELAY),
        ("9" * 5000, LONGEST_DELAY),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("Infinity", None),
        ("1e3", None),
        ("1_000", None),
        ("²", None),
        ("٧", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_header_states_seconds_or_a_date_or_nothing(header, seconds):
    """Numbers, dates with and without a zone, and lists are read; nothing else states a delay; a year is the most."""
    assert retry_after(response({}, 429, retry_after=header), NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (7, 7),
        (7.5, 7.5),
        ("7", 7),
        (0, 0),
        (10**400, LONGEST_DELAY),
        (float("inf"), LONGEST_DELAY),
        ("9" * 400, LONGEST_DELAY),
        (-1, None),
        ("-1", None),
        (float("nan"), None),
        (float("-inf"), None),
        (True, None),
        (False, None),
        (None, None),
        ("²", None),
        ("1e3", None),
        ([7], None),
        ({"seconds": 7}, None),
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        lambda value: {"retry_after": value},
        lambda value: {"details": {"retry_after": value}},
        lambda value: {"error": {"retry_after": value}},
        lambda value: {"error": {"details": {"retry_after": value}}},
    ],
    ids=["top", "details", "error", "error.details"],
)
def test_a_body_states_a_number_or_nothing(place, value, seconds):
    """In each of its four places a delay is a number of at least 0, or a text of one; a Boolean is none."""
    assert retry_after(response(place(value), 429), NOW) == seconds


def test_a_header_that_states_nothing_leaves_the_word_to_the_body():
    """An unreadable header does not hide a readable body."""
    assert retry_after(response({"retry_after": 7}, 429, retry_after="soon"), NOW) == 7


@pytest.mark.parametrize(
    ("value", "left"),
    [("7", 7), ("0", 0), ("-1", None), ("9" * 5000, None), ("²", None), ("7.0", None), ("", None)],
)
def test_requests_left_is_a_plain_number(value, left):
    """A counter that is no short row of digits is not believed."""
    assert requests_left(response(x_ratelimit_remaining=value)) == left


@given(BODIES)
@example(b"[" * 10_000 + b"]" * 10_000)
@example(b'{"a":' * 101 + b"1" + b"}" * 101)
def test_any_success_is_an_object_or_a_contract_error(body):
    """What a 2xx holds is a mapping that can be printed and stored, or an error that names the request."""
    success = response(body, 200, content_type="x\x1b" * 500)
    if isinstance(parse_json(body), dict):
        repr(success.mapping()).encode()
        return
    with pytest.raises(errors.ContractError) as caught:
        success.mapping()
    assert (caught.value.code, caught.value.request, caught.value.status) == ("NOT_JSON", "GET /orders", 200)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_the_nesting_that_is_read_does_not_hang_on_the_interpreter():
    """A hundred levels are read, one more is not."""
    assert parse_json(b"[" * 99 + b"1" + b"]" * 99) is not None
    assert parse_json(b"[" * 100 + b"1" + b"]" * 100) is None


@pytest.mark.parametrize(
    ("status", "body", "step"),
    [
        (402, {"message": "credit used up"}, "paid or topped up"),
        (402, b"<html>pay", "paid or topped up"),
        (418, {"message": "teapot"}, "refused again"),
        (418, b"<html>teapot", "base URL"),
        (404, {"message": "no"}, "Check the id"),
        (404, b"<html>not here", "base URL"),
        (403, b"<html>firewall", "base URL"),
        (403, {"message": "no"}, "ask the vendor"),
        (403, {"message": "no", "details": {"required_scopes": ["orders:read"]}}, "scopes named above"),
        (401, b"<html>who", "OPENPROSPECT_API_KEY"),
        (413, b"<html>nginx", "send less at once"),
        (503, b"<html>busy", "later"),
        (511, b"<html>sign in", "sign in first"),
        (302, b"", "set base_url="),
    ],
)
def test_the_next_step_is_honest(status, body, step):
    """Money is asked for where money is due, and a proxy is only suspected where a page came."""
    error = error_from(response(body, status), NOW)
    assert step in error.next_step
    assert ("web page or proxy" in error.next_step) == ("base URL" in step)


def test_a_redirect_that_is_not_followed_says_where_to():
    """Whoever reads it can judge whether that is where the API went."""
    error = error_from(response(b"", 302, location="https://two.example/\x1b"), NOW)
    assert error.message == "Found, pointing to 'https://two.example/ ' (the response is empty)"
