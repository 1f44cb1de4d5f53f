"""C44 to C46, the server's half: answers made wrong on demand, as a raw client sees them."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest
from support.sandbox_api import INLINE, PROFILE, fields

FAULT = {"method": "GET", "path_prefix": "/api/v1/orders", "status": 503, "code": "BUSY", "message": "Later"}
BODIES = {
    "E1": {"code": "BUSY", "message": "Later", "details": {"retry_after": 2}},
    "E2": {"code": "BUSY", "message": "Later", "retry_after": 2},
    "E3": {"error": {"code": "BUSY", "message": "Later", "details": {}, "retry_after": 2}},
    "E4": {"error": "BUSY", "message": "Later", "retry_after": 2},
    "E5": {"detail": "Later"},
}
LOST = (httpx.TransportError, ConnectionResetError)


@pytest.mark.parametrize("shape", BODIES)
def test_c44_a_fault_answers_in_its_shape(api, shape):
    """Each JSON shape has its body; the delay is in the body or, where the shape has no place, in a header."""
    api.control.fault(**FAULT, shape=shape, retry_after=2)

    answer = api.get("/orders", key=None)

    assert (503, BODIES[shape]) == (answer.status_code, answer.json())
    assert answer.headers.get("Retry-After") == ("2" if shape in {"E1", "E5"} else None)
    assert api.get("/orders").status_code == 200


def test_c44_e6_is_no_json(api):
    """The last shape is a proxy's page."""
    api.control.fault(status=502, shape="E6")

    answer = api.get("/orders")

    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_c45_a_fault_comes_as_often_as_asked(api):
    """Twice 503 on POST /orders leaves nothing behind; the third call under the same key makes the one order."""
    api.control.fault(method="POST", path_prefix="/orders", status=503, times=2)
    headers = {"Idempotency-Key": "k"}

    statuses = [api.post("/orders", INLINE, headers=headers).status_code for _ in range(3)]

    assert statuses == [503, 503, 202]
    assert api.get("/orders").json()["total"] == 1


def test_c45_a_dropped_answer_can_be_replayed(api):
    """The call is handled, the connection closed unanswered; the same key then gives the same order."""
    api.control.fault(method="POST", path_prefix="/orders", drop=True)
    headers = {"Idempotency-Key": "k"}

    with pytest.raises(LOST):
        api.post("/orders", INLINE, headers=headers)
    replayed = api.post("/orders", INLINE, headers=headers)

    assert (replayed.status_code, replayed.headers["Idempotency-Replayed"]) == (202, "true")
    assert api.get("/orders").json()["total"] == 1


def test_c45_a_keyless_post_is_answered_by_the_fault_once(api):
    """A fault on POST /blacklists meets one call; nothing was created by it."""
    api.control.fault(method="POST", path_prefix="/blacklists", status=503)

    assert api.post("/blacklists", {"name": "x"}).status_code == 503
    assert api.get("/blacklists").json()["total"] == 0


def test_c46_profile_creation_can_be_missing(api):
    """A 404 without code on profile creation makes the sandbox look like an older generation."""
    api.control.fault(method="POST", path_prefix="/search-profile-creations", status=404)

    answer = api.create(PROFILE)

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found", "details": {}})
    assert api.post("/orders", INLINE).status_code == 202


def test_a_fault_can_let_calls_pass_first(api):
    """With skip the fault comes later, as when results expire in the middle of a walk."""
    api.control.fault(path_prefix="/orders", status=410, code="RESULTS_EXPIRED", skip=2)

    assert [api.get("/orders").status_code for _ in range(4)] == [200, 200, 410, 200]


def test_an_answer_can_be_slow(api):
    """A delayed answer is the right answer, later."""
    api.control.fault(delay_seconds=0.2)
    started = time.monotonic()

    answer = api.get("/orders")

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_body_can_be_cut(api, mode_client):
    """A truncated answer ends early: over HTTP the connection breaks, in process the JSON does."""
    api.control.fault(truncate_bytes=10)

    with pytest.raises((httpx.RemoteProtocolError, ValueError)):
        api.get("/orders").json()
    assert api.get("/orders").status_code == 200


def test_a_content_type_can_be_wrong(api):
    """The body is right, the header claims something else."""
    api.control.fault(content_type="text/html")

    answer = api.get("/orders")

    assert (answer.headers["Content-Type"], answer.json()["total"]) == ("text/html", 0)


def test_the_servers_clock_can_be_wrong(api):
    """A skewed answer moves every stamp and the Date header; the stored truth stays."""
    order = api.order(api.place(INLINE))
    api.control.fault(skew_seconds=-86_400)

    skewed = api.get(f"/orders/{order['order_id']}")

    assert skewed.json()["created_at"][:10] < order["created_at"][:10]
    assert skewed.json()["created_at"][10:] == order["created_at"][10:]
    assert time.time() - parsedate_to_datetime(skewed.headers["Date"]).timestamp() > 80_000
    assert order == api.order(order["order_id"])


def test_faults_come_first_and_can_be_cleared(api):
    """A fault answers before key and route are looked at; cleared faults are gone."""
    api.control.fault(status=500, times=100)

    assert [api.get("/nowhere", key=None).status_code for _ in range(2)] == [500, 500]
    api.control.clear_faults()
    assert api.get("/orders").status_code == 200


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"body"}),
        ({"status": 700}, {"status"}),
        ({"status": 500, "shape": "E9"}, {"shape"}),
        ({"status": 500, "times": 0, "skip": -1}, {"times", "skip"}),
        ({"status": 500, "colour": 1}, {"colour"}),
        ({"drop": "yes"}, {"drop"}),
    ],
)
def test_a_wrong_fault_is_422(api, body, named):
    """The control surface checks what it is asked for."""
    headers = {"X-Sandbox-Control": "1"}

    assert named == fields(api.client.post(f"{api.sandbox.url}/_sandbox/faults", json=body, headers=headers))
