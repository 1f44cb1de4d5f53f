"""The sandbox's OpenAPI document: valid by an independent judge, and true by fuzzing."""

from __future__ import annotations

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection
from support.examples import examples
from support.sandbox_api import INLINE, Api

from openprospect_nb.sandbox import Sandbox
from openprospect_nb.sandbox.server.endpoints import ENDPOINTS

EXAMPLES = 15


@pytest.fixture(scope="module")
def fuzzed(universe_cache):
    """A served sandbox with one completed order, and the ids of everything in it."""
    with Sandbox(port=0, step_seconds=0, cache=universe_cache) as sandbox, httpx.Client(timeout=60) as client:
        api = Api(sandbox, client)
        order = api.complete(INLINE)
        company = api.results(order["order_id"])["items"][0]
        people = api.get("/prospects").json()["items"]
        yield (
            sandbox,
            {
                "order_id": order["order_id"],
                "profile_creation_id": api.create().json()["profile_creation_id"],
                "prospect_search_id": order["prospect_search_id"],
                "company_id": company["id"],
                "prospect_id": people[0]["id"],
                "blacklist_id": api.post("/blacklists", {"name": "Ours"}).json()["id"],
            },
        )


@pytest.fixture(scope="module")
def described(fuzzed):
    """The document as a caller reads it."""
    return schemathesis.openapi.from_url(f"{fuzzed[0].url}/openapi.json")


@pytest.fixture(scope="module")
def session():
    """One connection for all cases: a new one each took a third of the test's time."""
    with requests.Session() as kept_open:
        kept_open.trust_env = False
        yield kept_open


@pytest.fixture(autouse=True)
def named(request):
    """Say the test's id where schemathesis looks for it; pytest keeps it elsewhere from 9.2 on."""
    request.node._nodeid = request.node.nodeid


# The cases are drawn while the test runs: drawn at collection, each process of a run would draw them all.
schema = schemathesis.pytest.from_fixture("described")


def test_the_document_is_valid_openapi(fuzzed):
    """An independent validator finds nothing wrong with it."""
    document = httpx.get(f"{fuzzed[0].url}/openapi.json").json()

    validate(document, cls=OpenAPIV31SpecValidator)
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {(row.method, f"/api/v1{row.path}") for row in ENDPOINTS} | {("GET", "/health")} == told


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=examples(EXAMPLES),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_sandbox_does_what_its_document_says(fuzzed, session, case):
    """Whatever is sent, valid or not, status, headers and body are those of the document, and nothing is a 500."""
    sandbox, ids = fuzzed
    mode = case.meta.generation.mode
    if mode == GenerationMode.POSITIVE and case.operation.method.upper() != "DELETE":
        case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
    documented = {parameter.name for parameter in case.operation.query}
    # unknown query values are ignored, as unknown body fields are; a document cannot say so of a query
    tolerated = [negative_data_rejection] if set(case.query or {}) - documented else []
    case.call_and_validate(
        base_url=sandbox.url,
        headers={"Authorization": f"Bearer {sandbox.key}"},
        session=session,
        excluded_checks=tolerated,
    )
