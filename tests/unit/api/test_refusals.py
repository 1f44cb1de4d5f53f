"""Which refusals of an order ask for the profile's description, and which are about something else."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from openprospect_nb.api.buying.refusals import wants_description
from openprospect_nb.transport import Response
from openprospect_nb.transport.responses import error_from

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def wanted(body, status=422):
    """Return whether a response with *body*, read as every other is, asks for the description."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status=status, headers={}, body=raw, request="POST /orders")
    return wants_description(error_from(response, NOW))


E1 = {"code": "VALIDATION_ERROR", "message": "Request validation failed"}
FASTAPI = {
    "loc": ["body", "ideal_customer_profile"],
    "msg": "Field required",
    "type": "missing",
    "input": {"title": "x"},
}


@pytest.mark.parametrize(
    "body",
    [
        {**E1, "details": {"validation_errors": [{"field": "ideal_customer_profile", "error": "is required"}]}},
        {**E1, "details": {"validation_errors": [{"field": "title"}, {"field": "seller_offering"}]}},
        {**E1, "details": [{"field": "target_countries", "message": "must not be empty"}]},
        {**E1, "details": [FASTAPI]},
        {**E1, "details": {"errors": [{"path": "/ideal_customer_profile", "reason": "missing"}]}},
        {
            "detail": [
                {"loc": ["body", "DiscoveryOrder", "target_countries"], "msg": "Field required", "type": "missing"}
            ]
        },
        {**E1, "details": {"fields": {"seller_offering": ["This field is required."]}}},
        {**E1, "details": {"ideal_customer_profile": "is required"}},
        {**E1, "details": "ICP missing"},
        {**E1, "errors": ["seller_offering is required for DISCOVERY orders"]},
        {**E1, "validation_errors": [{"field": "body.target_countries", "error": "needs at least one"}]},
        {"error": {**E1, "details": {"validation_errors": [{"field": "idealCustomerProfile", "error": "missing"}]}}},
        {"error": {"code": "MISSING_FIELD", "message": "ideal_customer_profile is required"}},
        {"error": {"code": "INVALID_REQUEST", "message": "Invalid request. Seller offering is missing."}},
        {"error": "VALIDATION_ERROR", "message": "target_countries must contain at least one country"},
        {"error": "ICP_MISSING"},
        {"code": "TARGET_COUNTRIES_REQUIRED", "message": "x"},
        {"detail": [FASTAPI]},
        {"detail": [{"loc": ["body", "DISCOVERY", "target_countries"], "msg": "Field required", "type": "missing"}]},
        {"detail": [{"loc": ["body"], "msg": "Value error, ideal_customer_profile is required for discovery orders"}]},
        {"detail": "ICP missing"},
        {"detail": "Ideal Customer Profile is required and must be at most 5,000 characters"},
        {"detail": {"ideal_customer_profile": ["Missing data for required field."]}},
        {"message": "The ICP must be provided", "status": 422},
        {"message": "Validation failed", "errors": {"body": {"target_countries": "is missing"}}},
        {"errors": [{"source": {"pointer": "/data/attributes/seller_offering"}, "detail": "can't be blank"}]},
        [{"field": "ideal_customer_profile", "error": "is required"}],
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_missing_description_is_recognised_in_every_shape(body, status):
    """The shapes E1 to E5, fields by name, by loc, by pointer, as keys, and the words of the vendor's guide."""
    assert wanted(body, status)


@pytest.mark.parametrize(
    "body",
    [
        {**E1, "details": {"validation_errors": [{"field": "title", "error": "is required"}]}},
        {**E1, "details": {"validation_errors": [{"field": "ideal_customer_profile", "error": "must not be sent"}]}},
        {**E1, "details": {"validation_errors": [{"field": "companies[3].icp", "error": "is required"}]}},
        {"detail": [{"loc": ["body", "DiscoveryOrder", "target_countries"], "msg": "Extra inputs are not permitted"}]},
        {**E1, "details": {"validation_errors": [{"field": "target_countries[0]", "error": "is required"}]}},
        {**E1, "message": "profile_id and ideal_customer_profile must not be combined; title is required"},
        {**E1, "message": "title is required, ideal_customer_profile must not be sent"},
        {**E1, "message": "features contain duplicates"},
        {**E1, "message": "companies are not allowed on DISCOVERY orders"},
        {**E1, "message": "the profile is not ready", "profile": {"ideal_customer_profile": "required: hotels"}},
        {**E1, "message": "briefing_quantity is required"},
        {**E1, "message": "seller_offering is no longer required; briefing_quantity is missing"},
        {**E1, "message": "exactly one of profile_id and ideal_customer_profile is required, they are exclusive"},
        {"detail": [{"loc": ["body", "features"], "msg": "Field required", "input": {"ideal_customer_profile": None}}]},
        {
            "detail": [
                {"loc": ["body", "seller_offering"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}
            ]
        },
        {"detail": [{"loc": ["query", "ideal_customer_profile"], "msg": "Field required"}]},
        {"errors": [{"source": {"pointer": "/data/attributes/icp"}, "detail": "is not allowed"}]},
        {"message": "An epicly required thing is missing"},
        {"message": "Validation failed"},
        {},
        b"",
        b"<html>ideal_customer_profile is required</html>",
        b"\xff",
    ],
)
def test_another_refusal_does_not_ask_for_it(body):
    """Other fields, forbidden fields, members of lists, echoes of what was sent, and bodies that say nothing."""
    assert not wanted(body)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 423, 429, 500, 502, 503])
def test_only_a_refusal_of_the_body_proves_that_nothing_was_bought(status):
    """The same words with any other status ask for nothing."""
    assert not wanted({"message": "ideal_customer_profile is required"}, status)
