"""The control surface: who may use it, and what it does."""

from __future__ import annotations

import uuid

import httpx
import pytest
from support.sandbox_api import ENRICHMENT, INLINE, PROFILE, Api, InProcess, fields

from openprospect_nb.sandbox import Sandbox
from openprospect_nb.sandbox.server.problems import Refusal

HEADERS = {"X-Sandbox-Control": "1"}


def control(api, method, path, **rest):
    """Call the control surface over HTTP."""
    return api.client.request(method, f"{api.sandbox.url}/_sandbox{path}", **{"headers": HEADERS} | rest)


@pytest.mark.parametrize("headers", [{}, {"X-Sandbox-Control": "0"}, HEADERS | {"Host": "evil.example"}], ids=range(3))
@pytest.mark.parametrize(("method", "path"), [("GET", "/state"), ("POST", "/reset"), ("GET", "/nothing")])
def test_the_control_surface_is_out_of_reach_of_web_pages(api, headers, method, path):
    """Without the header, or under a foreign Host, everything below /_sandbox is 403, and no CORS header is sent."""
    answer = control(api, method, path, headers=headers | {"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_preflight_gets_no_permission(api):
    """An OPTIONS call is refused without CORS headers, so a page may not send the control header."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "x-sandbox-control"}

    answer = control(api, "OPTIONS", "/reset", headers=headers)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_state_tells_counts_clock_and_settings(api):
    """State shows how much is stored, the sandbox time and what is set."""
    api.place(INLINE)

    state = control(api, "GET", "/state").json()

    assert (state["counts"]["orders"], state["counts"]["blacklists"]) == (1, 0)
    assert state["clock"].endswith("Z")
    assert {"seed": 42, "step_seconds": 0, "pool_size": 500, "inline_count": 40}.items() <= state["settings"].items()
    assert state == api.control.state() | {"clock": state["clock"]}


def test_settings_change_and_reset_restores_them(api):
    """What is set holds until the next reset; wrong values and names are 422."""
    body = {"step_seconds": 0.5, "rate_limits_enabled": True, "pool_size": 10, "inline_count": 5}

    changed = control(api, "PATCH", "/settings", json=body).json()["settings"]
    restored = control(api, "POST", "/reset", json={"seed": 7}).json()["settings"]

    assert body.items() <= changed.items()
    assert tuple(restored[name] for name in ("seed", *body)) == (7, 0, False, 500, 40)
    assert {"step_seconds", "speed"} == fields(
        control(api, "PATCH", "/settings", json={"step_seconds": -1, "speed": 1})
    )
    assert {"seed"} == fields(control(api, "POST", "/reset", json={"seed": "x"}))


def test_orders_and_profiles_are_moved_over_http(api):
    """Transitions take a status and a message; unknown ids and statuses are refused."""
    order_id = api.place(INLINE)
    job = api.create().json()["profile_creation_id"]

    order = control(api, "POST", f"/orders/{order_id}/transition", json={"status": "REJECTED", "message": "No."})
    profile = control(api, "POST", f"/profile-creations/{job}/transition", json={"status": "FAILED", "message": "Hm."})
    unknown = control(api, "POST", f"/orders/{uuid.uuid4()}/transition", json={"status": "ACCEPTED"})

    assert tuple(order.json()[name] for name in ("status", "message", "admin_notes")) == ("REJECTED", "No.", "No.")
    assert (profile.json()["status"], profile.json()["message"]) == ("FAILED", "Hm.")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ORDER_NOT_FOUND")
    assert {"status"} == fields(control(api, "POST", f"/orders/{order_id}/transition", json={"status": "DONE"}))
    assert {"status"} == fields(control(api, "POST", f"/orders/{order_id}/transition", json={}))
    assert {"id"} == fields(control(api, "POST", "/orders/x/transition", json={"status": "ACCEPTED"}))


def test_an_impossible_move_raises_in_python(api):
    """The Python face raises what HTTP answers."""
    order_id = api.place(INLINE)

    with pytest.raises(Refusal, match="RECEIVED cannot become COMPLETED") as caught:
        api.control.transition(order_id, "COMPLETED")

    assert caught.value.status == 409


def test_the_clock_can_be_moved(api):
    """Advancing the clock makes the hops that fall due, each counted at its exact length."""
    control(api, "PATCH", "/settings", json={"step_seconds": 60})
    order_id = api.place(ENRICHMENT)

    assert control(api, "POST", "/clock", json={"seconds": 125}).status_code == 200
    assert api.order(order_id)["status"] == "IN_PROGRESS"
    api.control.advance(60)
    order = api.order(order_id)
    assert order["status"] == "COMPLETED"
    assert order["created_at"][17:] == order["accepted_at"][17:] == order["completed_at"][17:]


def test_faults_and_webhooks_over_http(api):
    """Faults are taken and cleared, the log of webhooks is shown."""
    assert control(api, "POST", "/faults", json={"status": 500}).json() == {"faults": 1}
    assert control(api, "DELETE", "/faults").status_code == 204
    assert api.get("/orders").status_code == 200
    assert control(api, "GET", "/webhooks").json() == {"items": []}


def test_the_same_seed_gives_the_same_companies(api):
    """After a reset to one seed, the same profile finds the same companies in the same order; another seed others."""

    def found(seed):
        api.control.reset(seed)
        return [company["id"] for company in api.results(api.complete(INLINE)["order_id"])["items"]]

    first = found(42)

    assert first == found(42)
    assert set(first).isdisjoint(found(43))


def walk(cache, pause):
    """Make the same calls, *pause* seconds apart, in a reproducible sandbox; return all answers."""
    sandbox = Sandbox(step_seconds=30, cache=cache, reproducible=True)
    with sandbox, httpx.Client(transport=InProcess(sandbox.app)) as client:
        api = Api(sandbox, client)
        job = api.create().json()["profile_creation_id"]
        api.control.advance(60 + pause)
        profile_id = api.get(f"/search-profile-creations/{job}").json()["profile_id"]
        body = {"order_type": "DISCOVERY", "profile_id": profile_id, "briefing_quantity": 20}
        answers, orders = [api.create(PROFILE | {"profile_name": "Second"})], []
        for wanted in (INLINE, body, body | {"title": "Late"}):
            api.control.advance(pause)
            orders.append(api.place(wanted))
        api.control.advance(1_000 * pause)
        answers += [api.get(f"/search-profile-creations/{answers[0].json()['profile_creation_id']}")]
        answers += [api.get(f"/orders/{order_id}{tail}") for order_id in orders for tail in ("", "/results")]
        answers += [api.get(path) for path in ("/orders", "/prospect-searches", "/prospects")]
        return [answer.text for answer in answers]


@pytest.mark.parametrize("pause", [7, 45])
def test_two_reproducible_sandboxes_answer_alike(universe_cache, pause):
    """With reproducible ids and stamps, the same calls have byte-equal answers, however far apart they are made."""
    assert walk(universe_cache, 25) == walk(universe_cache, pause)


def test_the_truth_is_known_for_what_was_delivered(api):
    """Control knows of every delivered mailbox whether it would bounce; the API has no such field or path."""
    order = api.complete(INLINE)
    companies = api.results(order["order_id"])["items"]
    mailboxes = {person["id"] for company in companies for person in company["prospects"] if person["email"]}

    truth = api.control.truth()

    assert set(truth.bounces) == set(truth.bounce_chances) == set(truth.responds) >= mailboxes
    assert {company["id"] for company in companies} == set(truth.firms)
    assert not any(truth.bounces[person] and truth.responds[person] for person in truth.bounces)
    assert control(api, "GET", "/truth").status_code == 404
    assert str(len(truth.firms)) in repr(truth)
