"""The way of one call, against a real server on loopback that misbehaves on demand."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

import httpx
import pytest
from support.clocks import TestClock
from support.servers import Received, Reply, ScriptedServer, in_turn

from openprospect_nb import errors
from openprospect_nb.settings import Secret
from openprospect_nb.transport import Attempts, Call, Response, RetryPolicy, Sender
from openprospect_nb.transport.wire import Origin, Wire

KEY = "lnc_test_secretsecretsecretsecretsecret00"


def send(url: str, call: Call, clock: TestClock | None = None, *, policy: RetryPolicy | None = None, **options):
    """Send *call* to *url* with the real sender and return the JSON object it gives."""

    async def run():
        origin = Origin(base_url=url, api_key=Secret(KEY), user_agent="test/1")
        sender = Sender(Wire(origin, timeout=5), policy or RetryPolicy(), clock=clock or TestClock())
        try:
            return await sender.send(call, Response.mapping, **options)
        finally:
            await sender.aclose()

    return asyncio.run(run())


GET = Call(method="GET", path="/orders")
KEYED = Call(method="POST", path="/orders", body=b'{"a":1}', idempotency_key="key-1")
KEYLESS = Call(method="POST", path="/blacklists", body=b'{"name":"x"}')
PATCH = Call(method="PATCH", path="/prospect-searches/1", body=b'{"version":1}')


def test_a_keyed_post_goes_out_under_one_key_until_it_is_answered():
    """Two 503 and a dropped line later, the same key and body get their answer."""
    with ScriptedServer(in_turn(Reply(503), Reply(drop=True), Reply(503), Reply(202, {"ok": 1}))) as server:
        clock = TestClock()
        assert send(server.url, KEYED, clock) == {"ok": 1}
    assert [r.headers["idempotency-key"] for r in server.received] == ["key-1"] * 4
    assert {r.body for r in server.received} == {b'{"a":1}'}
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("call", [KEYLESS, PATCH], ids=["keyless POST", "PATCH"])
@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(drop=True), Reply(200, {"a": "b" * 99}, cut=20)])
def test_a_call_that_must_not_happen_twice_is_sent_once(call, reply):
    """A keyless POST and a PATCH are never re-sent once they may have arrived."""
    with ScriptedServer(lambda _: reply) as server, pytest.raises(errors.OpenProspectError):
        send(server.url, call)
    assert len(server.received) == 1


def test_a_429_is_waited_out_by_every_call():
    """A keyless POST told to wait 2 s waits 2 s and is sent again."""
    with ScriptedServer(in_turn(Reply(429, {"retry_after": 2}), Reply(201, {"id": "1"}))) as server:
        clock = TestClock()
        assert send(server.url, KEYLESS, clock) == {"id": "1"}
    assert clock.slept == [2.0]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, {}, {"Retry-After": "7"}),
        Reply(429, {}, {"Retry-After": format_datetime(datetime(2026, 1, 5, 8, 0, 7, tzinfo=UTC), usegmt=True)}),
        Reply(429, {"error": "RATE_LIMIT_EXCEEDED", "retry_after": 7}),
        Reply(429, {"code": "RATE_LIMIT_EXCEEDED", "details": {"retry_after": 7}}),
        Reply(429, {"error": {"code": "RATE_LIMIT_EXCEEDED", "retry_after": 7}}),
        Reply(503, b"<html>busy</html>", {"Retry-After": "7"}),
    ],
)
def test_a_stated_delay_is_read_wherever_it_stands(reply):
    """Header seconds, header date, and retry_after in each body shape mean the same."""
    with ScriptedServer(in_turn(reply, Reply(200, {"orders": []}))) as server:
        clock = TestClock()
        send(server.url, GET, clock)
    assert clock.slept == [7.0]


def test_a_delay_longer_than_max_wait_raises_at_once_with_the_delay():
    """An hour's Retry-After is not sat out; the error carries it."""
    with (
        ScriptedServer(lambda _: Reply(429, {"error": "RATE_LIMIT_EXCEEDED", "retry_after": 3600})) as server,
        pytest.raises(errors.RateLimitError) as caught,
    ):
        send(server.url, GET, clock := TestClock())
    assert (caught.value.retry_after, caught.value.code, clock.slept) == (3600, "RATE_LIMIT_EXCEEDED", [])


def test_a_cut_off_answer_is_fetched_again():
    """A truncated body, a truncated JSON text and a damaged gzip stream are each worth another try."""
    packed = gzip.compress(b'{"orders": []}')
    bad = [
        Reply(200, {"orders": ["x" * 50]}, cut=30),
        Reply(200, b'{"orders": ['),
        Reply(200, packed[:-9], {"Content-Encoding": "gzip"}),
    ]
    with ScriptedServer(in_turn(*bad, Reply(200, packed, {"Content-Encoding": "gzip"}))) as server:
        assert send(server.url, GET) == {"orders": []}
    assert len(server.received) == 4


NOT_WHAT_WAS_ASKED = {
    "web page": Reply(200, b"<!doctype html><p>hi", {"Content-Type": "text/html"}),
    "empty": Reply(202, b""),
    "no content": Reply(204, b""),
    "null": Reply(200, None),
    "list": Reply(201, [{"order_id": "o"}]),
    "text": Reply(200, "done"),
    "number": Reply(200, 7),
    "cut text": Reply(200, b'{"order_id": "o'),
}


@pytest.mark.parametrize("reply", NOT_WHAT_WAS_ASKED.values(), ids=NOT_WHAT_WAS_ASKED)
@pytest.mark.parametrize("call", [GET, KEYED], ids=["GET", "keyed POST"])
def test_a_success_that_is_not_what_was_asked_is_an_outage(call, reply):
    """A captive portal's page, an empty 204, a null: asked for again, under the same key, until it is an answer."""
    with ScriptedServer(in_turn(reply, reply, Reply(200, {"ok": 1}))) as server:
        assert send(server.url, call) == {"ok": 1}
    assert {r.headers.get("idempotency-key") for r in server.received} == {call.idempotency_key}


@pytest.mark.parametrize("reply", NOT_WHAT_WAS_ASKED.values(), ids=NOT_WHAT_WAS_ASKED)
@pytest.mark.parametrize(("call", "sent"), [(GET, 5), (KEYED, 5), (KEYLESS, 1), (PATCH, 1)])
def test_a_success_that_stays_wrong_is_a_contract_error(call, sent, reply):
    """After five tries, or one where twice is not once, the error tells the status; the call may have acted."""
    attempts = Attempts()
    with ScriptedServer(lambda _: reply) as server, pytest.raises(errors.ContractError) as caught:
        send(server.url, call, attempts=attempts)
    assert (len(server.received), attempts.lost, caught.value.status) == (sent, sent, reply.status)
    assert caught.value.request == call.name


def test_a_web_page_is_named_as_such():
    """The error of a page in place of JSON points at the base URL."""
    page = NOT_WHAT_WAS_ASKED["web page"]
    with ScriptedServer(lambda _: page) as server, pytest.raises(errors.ContractError, match=r"web page.*base URL"):
        send(server.url, KEYLESS)


def test_deep_nesting_is_refused_not_followed():
    """A body nested 100,000 deep is an error, not a crash of the interpreter."""
    with (
        ScriptedServer(lambda _: Reply(200, b"[" * 100_000)) as server,
        pytest.raises(errors.ContractError),
    ):
        send(server.url, GET)


def test_a_compression_bomb_is_refused_before_it_is_unpacked():
    """Half a gigabyte of zeros in half a megabyte of gzip stops at the limit."""
    packer = zlib.compressobj(9, wbits=31)
    # After a full flush equal data is packed into equal bytes: the second megabyte stands for all that follow.
    first, later = (packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    bomb = first + later * 511 + packer.flush()
    assert len(bomb) < 1 << 20
    with (
        ScriptedServer(lambda _: Reply(200, bomb, {"Content-Encoding": "gzip"})) as server,
        pytest.raises(errors.ContractError, match="larger than"),
    ):
        send(server.url, GET)


def test_an_encoding_that_was_not_asked_for_is_refused():
    """A zstd answer is an error; only gzip was offered."""
    with (
        ScriptedServer(lambda _: Reply(200, b"\x28\xb5\x2f\xfd", {"Content-Encoding": "zstd"})) as server,
        pytest.raises(errors.ContractError, match="zstd"),
    ):
        send(server.url, GET)
    assert server.received[0].headers["accept-encoding"] == "gzip"


def test_the_key_stays_on_its_own_origin():
    """A redirect to another origin is followed for reading, without the key; a POST is not followed there at all."""
    with ScriptedServer(lambda _: Reply(200, {"orders": []})) as other:
        with ScriptedServer(lambda r: Reply(307, b"", {"Location": other.url + r.path})) as server:
            assert send(server.url, GET) == {"orders": []}
            with pytest.raises(errors.ContractError, match="another host"):
                send(server.url, KEYED)
        assert [r.method for r in other.received] == ["GET"]
        assert "authorization" not in other.received[0].headers
        assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_redirect_on_its_own_origin_keeps_method_body_and_keys():
    """A trailing-slash 308 re-sends the purchase as it was."""

    def answer(request: Received) -> Reply:
        here = request.path.endswith("/")
        return Reply(202, {"ok": 1}) if here else Reply(308, b"", {"Location": request.path + "/"})

    with ScriptedServer(answer) as server:
        assert send(server.url, KEYED) == {"ok": 1}
    first, second = server.received
    assert (second.method, second.body) == (first.method, first.body)
    assert second.headers["idempotency-key"] == "key-1"
    assert second.headers["authorization"] == f"Bearer {KEY}"


def test_a_redirect_circle_ends():
    """A server that redirects for ever is an error."""
    with (
        ScriptedServer(lambda r: Reply(307, b"", {"Location": r.path})) as server,
        pytest.raises(errors.ContractError, match="circle"),
    ):
        send(server.url, GET)
    assert len(server.received) == 6


def test_nothing_listening_is_a_connection_error_that_says_so():
    """A closed port is tried five times, then named."""
    with ScriptedServer(lambda _: Reply()) as server:
        url = server.url
    clock = TestClock()
    with pytest.raises(errors.ConnectionFailed, match="base URL"):
        send(url, KEYLESS, clock)
    assert len(clock.slept) == 4


def test_the_key_is_in_no_error_text():
    """Not even a server that echoes the key gets it into a message or repr."""
    with (
        ScriptedServer(lambda r: Reply(500, {"message": r.headers["authorization"]})) as server,
        pytest.raises(errors.ServerError) as caught,
    ):
        send(server.url, KEYLESS)
    assert KEY not in str(caught.value) + repr(caught.value) + repr(caught.value.details) + repr(
        Origin(base_url="x", api_key=Secret(KEY), user_agent="y")
    )


SHAPES = {
    "E1": {"code": "C", "message": "m", "details": {"a": 1}},
    "E2": {"code": "C", "message": "m", "a": 1},
    "E3": {"error": {"code": "C", "message": "m", "details": {"a": 1}}},
    "E4": {"error": "C", "message": "m", "a": 1},
}
CLASSES = {
    400: errors.ValidationError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.ValidationError,
    429: errors.RateLimitError,
    500: errors.ServerError,
    418: errors.ContractError,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("status", "kind"), CLASSES.items())
def test_the_class_follows_the_status_and_the_words_follow_the_shape(shape, status, kind):
    """Shapes E1 to E4 give one class, code, message and detail for each status."""
    with (
        ScriptedServer(lambda _: Reply(status, SHAPES[shape])) as server,
        pytest.raises(errors.OpenProspectError) as caught,
    ):
        send(server.url, KEYLESS, policy=RetryPolicy(tries=1))
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.message, error.details["a"]) == (status, "C", "m", 1)
    assert error.request == "POST /blacklists"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "no"}, "no"),
        ({"detail": [{"loc": ["body", "title"], "msg": "too long", "type": "x"}]}, "body.title: too long"),
        (b"<html>bad gateway", f"{HTTPStatus(422).phrase} (the response is a web page)"),  # reworded in Python 3.13
        (b"", f"{HTTPStatus(422).phrase} (the response is empty)"),
    ],
)
def test_framework_errors_and_proxy_pages_are_read_too(body, message):
    """Shapes E5 and E6 give a message and the code HTTP_<status>."""
    with (
        ScriptedServer(lambda _: Reply(422, body)) as server,
        pytest.raises(errors.ValidationError) as caught,
    ):
        send(server.url, KEYLESS)
    assert caught.value.code == "HTTP_422"
    assert caught.value.message.startswith(message)


def test_field_errors_are_listed_with_their_paths():
    """Every entry of validation_errors becomes a FieldProblem."""
    body = {"details": {"validation_errors": [{"field": "companies[3].city", "error": "too long", "provided": "x"}]}}
    with (
        ScriptedServer(lambda _: Reply(422, {"code": "VALIDATION_ERROR", "message": "m", **body})) as server,
        pytest.raises(errors.ValidationError, match=r"companies\[3\].city: too long") as caught,
    ):
        send(server.url, KEYLESS)
    assert [p.field for p in caught.value.fields] == ["companies[3].city"]


def test_missing_scopes_are_named():
    """A 403 tells the scopes needed and the scopes held."""
    details = {"required_scopes": ["orders:read"], "user_scopes": []}
    with (
        ScriptedServer(lambda _: Reply(403, {"code": "X", "message": "no.", "details": details})) as server,
        pytest.raises(errors.PermissionDeniedError, match=r"orders:read; this key holds: none") as caught,
    ):
        send(server.url, GET)
    assert caught.value.required_scopes == ["orders:read"]


def test_a_stated_delay_pauses_every_call_of_the_client():
    """While one call has been told to wait, no other call of the same sender goes out."""
    arrived: list[float] = []

    def answer(request: Received) -> Reply:
        arrived.append(time.monotonic())
        return Reply(429, {"retry_after": 0.5}) if len(arrived) == 1 else Reply(200, {"orders": []})

    async def run(url: str) -> None:
        origin = Origin(base_url=url, api_key=Secret(KEY), user_agent="test/1")
        sender = Sender(Wire(origin, timeout=5), RetryPolicy())
        told = asyncio.Event()
        sender.on_wait = lambda _: told.set()
        first = asyncio.ensure_future(sender.send(GET, Response.mapping))
        await told.wait()
        await asyncio.gather(first, *(sender.send(GET, Response.mapping) for _ in range(5)))
        await sender.aclose()

    with ScriptedServer(answer) as server:
        asyncio.run(run(server.url))
    assert len(arrived) == 7
    assert min(arrived[1:]) - arrived[0] >= 0.49


def test_a_deadline_ends_pauses_and_retries():
    """Pauses of 1, 2 and 4 s fit into five seconds only in part: the last error is raised, not slept past."""
    clock = TestClock()
    with ScriptedServer(lambda _: Reply(503)) as server, pytest.raises(errors.ServerError):
        send(server.url, GET, clock, deadline=5.0)
    assert (clock.slept, len(server.received)) == ([1.0, 2.0], 3)


def test_a_deadline_ends_an_attempt_that_hangs():
    """A server that never answers holds a call no longer than its deadline, whatever the timeout is."""
    released = threading.Event()
    with ScriptedServer(lambda _: released.wait(20) and Reply()) as server:
        with pytest.raises(errors.ConnectionFailed, match="in time"):
            send(server.url, GET, deadline=0.5)
        released.set()
    assert len(server.received) == 1


def test_a_pause_the_server_stated_to_another_call_is_not_sat_out_past_the_deadline():
    """A call that would have to wait longer than it may says so at once, with the delay left."""

    async def run(url: str) -> None:
        origin = Origin(base_url=url, api_key=Secret(KEY), user_agent="test/1")
        sender = Sender(Wire(origin, timeout=5), RetryPolicy())
        told = asyncio.Event()
        sender.on_wait = lambda _: told.set()
        first = asyncio.ensure_future(sender.send(GET, Response.mapping))
        await told.wait()
        with pytest.raises(errors.RateLimitError) as caught:
            await sender.send(GET, Response.mapping, deadline=sender.clock.monotonic() + 5)
        assert 5 < caught.value.retry_after <= 60
        first.cancel()
        await sender.aclose()

    with ScriptedServer(lambda _: Reply(429, {"retry_after": 60})) as server:
        asyncio.run(run(server.url))
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_purchase_is_never_turned_into_a_get(status):
    """A keyed POST answered with "see other" is sent again as it was, never as a GET, and then may have been placed."""
    attempts = Attempts()
    with (
        ScriptedServer(lambda _: Reply(status, b"", {"Location": "/somewhere"})) as server,
        pytest.raises(errors.ContractError) as caught,
    ):
        send(server.url, KEYED, attempts=attempts)
    assert {(r.method, r.path, r.headers["idempotency-key"]) for r in server.received} == {
        ("POST", "/api/v1/orders", "key-1")
    }
    assert (len(server.received), attempts.lost, caught.value.status) == (5, 5, status)


@pytest.mark.parametrize("status", [408, 409, 423, 424, 425, 499, 520])
def test_a_refusal_that_proves_nothing_is_asked_again_under_the_same_key(status):
    """The first copy may be in work, or a gateway lost patience: the purchase goes on under its own key."""
    attempts = Attempts()
    with ScriptedServer(in_turn(Reply(status, {}), Reply(202, {"order_id": "o"}))) as server:
        assert send(server.url, KEYED, attempts=attempts) == {"order_id": "o"}
    assert [r.headers["idempotency-key"] for r in server.received] == ["key-1"] * 2
    assert attempts.lost == 1


@pytest.mark.parametrize(
    "location",
    ["javascript:alert(1)", "http://127.0.0.1:99999/", "http://[::1", "http://127.0.0.1:1:1/"],
)
@pytest.mark.parametrize("call", [GET, KEYED], ids=["GET", "keyed POST"])
def test_a_redirect_to_nowhere_is_one_clear_error(call, location):
    """A Location that is no address is named as such, once, and a purchase that met it may have been placed."""
    attempts = Attempts()
    with (
        ScriptedServer(lambda _: Reply(307, b"", {"Location": location})) as server,
        pytest.raises(errors.ContractError, match="no http") as caught,
    ):
        send(server.url, call, attempts=attempts)
    assert (len(server.received), attempts.lost, caught.value.status) == (1, 1, 307)


class Proxy(httpx.AsyncBaseTransport):
    """A proxy that ends TLS: the server behind it redirects to the slash form with http and a port of its own."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the slash form, redirect the other."""
        self.requests.append(request)
        if request.url.path.endswith("/"):
            return httpx.Response(202, json={"order_id": "o"})
        location = f"http://{request.url.host}:8000{request.url.path}/"
        return httpx.Response(307, headers={"Location": location, "Set-Cookie": "session=1"})


def test_behind_a_proxy_that_ends_tls_the_slash_form_is_reached_over_tls():
    """The purchase goes on over https to the same host, with method, body, both keys, and no cookie."""
    proxy = Proxy()

    async def run():
        origin = Origin(base_url="https://api.one.example", api_key=Secret(KEY), user_agent="t")
        return await Sender(Wire(origin, timeout=5, transport=proxy), RetryPolicy(), clock=TestClock()).send(
            KEYED, Response.mapping
        )

    assert asyncio.run(run()) == {"order_id": "o"}
    first, second = proxy.requests
    assert str(second.url) == "https://api.one.example/api/v1/orders/"
    assert (second.method, second.content) == ("POST", first.content)
    assert {name: second.headers[name] for name in ("authorization", "idempotency-key")} == {
        "authorization": f"Bearer {KEY}",
        "idempotency-key": "key-1",
    }
    assert "cookie" not in second.headers


def test_the_key_is_masked_in_a_success_too():
    """A body and a header that echo the key, as it is or escaped, are read with the mask in its place."""
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    body = f'{{"message": "no: {KEY}", "other": "{spelled}"}}'.encode()

    async def run(url: str) -> Response:
        wire = Wire(Origin(base_url=url, api_key=Secret(KEY), user_agent="t"), timeout=5)
        try:
            return await wire.attempt(GET)
        finally:
            await wire.aclose()

    with ScriptedServer(lambda _: Reply(200, body, {"X-Echo": f"Bearer {KEY}"})) as server:
        response = asyncio.run(run(server.url))
    assert response.mapping() == {"message": "no: [key]", "other": "[key]"}
    assert response.headers["x-echo"] == "Bearer [key]"


def test_a_bomb_in_a_refusal_costs_next_to_nothing():
    """A hundred kilobytes that unpack to a hundred megabytes are read up to one, and the status says the rest."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"[" * (1 << 20)) for _ in range(100)) + packer.flush()
    with ScriptedServer(lambda _: Reply(422, bomb, {"Content-Encoding": "gzip"})) as server:
        tracemalloc.start()
        with pytest.raises(errors.ValidationError) as caught:
            send(server.url, KEYED)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert caught.value.status == 422
    assert peak < 16 << 20


@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "br"}, {"Content-Encoding": "gzip"}], ids=["unknown", "damaged"]
)
def test_a_refusal_that_cannot_be_unpacked_is_still_that_refusal(headers):
    """The status says what was refused; its words are a gift."""
    with ScriptedServer(lambda _: Reply(404, b"{}", headers)) as server, pytest.raises(errors.NotFoundError):
        send(server.url, KEYED)
    assert len(server.received) == 1


def test_a_refusal_that_is_cut_off_is_still_that_refusal():
    """A status line that arrived whole counts, whatever became of the body."""
    with (
        ScriptedServer(lambda _: Reply(401, {"message": "x" * 99}, cut=20)) as server,
        pytest.raises(errors.AuthenticationError),
    ):
        send(server.url, GET)
    assert len(server.received) == 1
