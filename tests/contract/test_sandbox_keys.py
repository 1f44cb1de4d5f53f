"""C1 to C3, C40 and C41: keys, scopes, slashes and rate limits."""

from __future__ import annotations

import pytest

UNAUTHORISED = {
    "no header": None,
    "another scheme": "Basic bG5jOng=",
    "no key": "Bearer",
    "an expired key": "Bearer lnc_test_expired" + "0" * 25,
    "a live key": "Bearer lnc_live_full" + "0" * 28,
    "an unknown key": "Bearer lnc_test_" + "z" * 32,
}


@pytest.mark.parametrize("header", UNAUTHORISED.values(), ids=UNAUTHORISED)
@pytest.mark.parametrize("path", ["/orders", "/auth/validate", "/no-such-thing"])
def test_c01_a_call_without_a_valid_key_is_401(api, header, path):
    """Without a valid test key, every path below /api/v1 answers 401, even one that doesn't exist."""
    answer = api.get(path, key=None, headers={} if header is None else {"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


def test_c02_health_needs_no_key_and_validate_tells_scopes(api):
    """Health answers anyone; validation names exactly the scopes of the key."""
    health = api.client.get(f"{api.sandbox.url}/health")
    validated = api.get("/auth/validate", key="orders")

    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    assert validated.json() == {"valid": True, "scopes": ["orders:read", "orders:write"]}


def test_c03_a_missing_scope_is_403_and_named(api):
    """A 403 lists the scopes required, all of them, and the scopes held."""
    orders = api.get("/orders", key="noscope")
    deliveries = api.get("/deliveries/00000000-0000-4000-8000-000000000000/companies", key="orders")

    assert (orders.status_code, orders.json()["code"]) == (403, "AUTHORIZATION_ERROR")
    assert orders.json()["details"] == {"required_scopes": ["orders:read"], "user_scopes": []}
    assert deliveries.status_code == 403
    assert deliveries.json()["details"]["required_scopes"] == ["companies:read", "prospects:read"]


@pytest.mark.parametrize("path", ["/orders", "/companies?prospect_search_id=x", "/blacklists", "/auth/validate"])
def test_c40_a_trailing_slash_changes_nothing(api, path):
    """A path with a trailing slash answers like the one without, and with no redirect."""
    bare, _, query = path.partition("?")

    plain = api.get(path)
    slashed = api.get(f"{bare}/?{query}")

    assert plain.status_code == slashed.status_code
    assert plain.content == slashed.content


def test_c41_the_free_tier_has_a_hundred_calls_an_hour(api):
    """Calls 1 to 100 count down to 0, call 101 is 429 with one delay in header and body; a new hour is free again."""
    api.control.settings(rate_limits_enabled=True)

    answers = [api.get("/auth/validate", key="freetier") for _ in range(100)]
    refused = api.get("/orders", key="freetier")

    assert [answer.status_code for answer in answers] == [200] * 100
    assert list(range(99, -1, -1)) == [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert isinstance(refused.json()["retry_after"], int)
    assert refused.headers["Retry-After"] == str(refused.json()["retry_after"])
    api.control.advance(3_600)
    assert api.get("/orders", key="freetier").headers["X-RateLimit-Remaining"] == "99"


def test_rate_limit_headers_are_absent_while_limits_are_disabled(api):
    """Without rate limits no answer carries their headers."""
    assert not [name for name in api.get("/orders").headers if name.startswith("x-ratelimit")]


def test_every_answer_is_marked_as_the_sandboxs(api):
    """Good answers, refusals, unknown paths and the control surface all carry the sandbox header."""
    answers = [api.get("/orders"), api.get("/nothing"), api.get("/orders", key=None)]
    answers.append(api.client.get(f"{api.sandbox.url}/_sandbox/state"))

    assert [answer.headers["X-OpenProspect-Sandbox"] for answer in answers] == ["true"] * 4


def test_an_unknown_path_is_404_and_a_wrong_method_405(api):
    """Routes come after the key and before the scopes."""
    unknown = api.get("/nothing", key="noscope")
    method = api.call("DELETE", "/orders", key="noscope")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
    assert (method.status_code, method.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
