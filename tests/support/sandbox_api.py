"""How tests call a sandbox over HTTP, and the bodies they send."""

from __future__ import annotations

import asyncio
import uuid

import httpx

PROFILE = {
    "profile_name": "Software for trades",
    "ideal_customer_profile": "Software companies with 10 to 250 employees",
    "seller_offering": "Accounting services",
    "target_countries": ["Germany", "Austria", "Switzerland"],
}
INLINE = {
    "order_type": "DISCOVERY",
    "title": "Spring",
    "features": ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "TECHNOLOGIES", "EMAIL_DISCOVERY"],
    "ideal_customer_profile": PROFILE["ideal_customer_profile"],
    "seller_offering": PROFILE["seller_offering"],
    "target_countries": PROFILE["target_countries"],
}
ENRICHMENT = {"title": "CRM", "features": ["COMPANY_DATA"], "companies": [{"company_name": "Kurz Maschinenbau"}]}
WAY_TO_COMPLETED = ("ACCEPTED", "IN_PROGRESS", "COMPLETED")


class InProcess(httpx.BaseTransport):
    """Calls an ASGI application on a loop of its own, with no socket."""

    def __init__(self, app):
        self.inner = httpx.ASGITransport(app)
        self.runner = asyncio.Runner()

    def handle_request(self, request):
        """Run the call to its end."""

        async def call():
            answer = await self.inner.handle_async_request(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            )
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return self.runner.run(call())

    def close(self):
        """End the loop."""
        self.runner.close()


class Api:
    """The sandbox as a test calls it: paths below ``/api/v1``, a key by its label, and the shortcuts of many tests."""

    def __init__(self, sandbox, client):
        self.sandbox = sandbox
        self.client = client
        self.control = sandbox.control

    def call(self, method, path, *, key="full", **rest):
        """Call the API under a key, or under none."""
        headers = dict(rest.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {self.sandbox.keys[key]}")
        return self.client.request(method, f"{self.sandbox.url}/api/v1{path}", headers=headers, **rest)

    def get(self, path, **rest):
        """Read."""
        return self.call("GET", path, **rest)

    def post(self, path, body, **rest):
        """Send a JSON body."""
        return self.call("POST", path, json=body, **rest)

    def create(self, body=PROFILE, **rest):
        """Start a profile creation under a fresh Idempotency-Key."""
        return self.post("/search-profile-creations", body, headers={"Idempotency-Key": str(uuid.uuid4())}, **rest)

    def profile(self, **changes):
        """Return the id of a new profile."""
        job = self.create(PROFILE | changes).json()["profile_creation_id"]
        self.control.transition_profile(job, "RUNNING")
        return self.control.transition_profile(job, "SUCCEEDED")["profile_id"]

    def place(self, body, **rest):
        """Place an order; return its id."""
        answer = self.post("/orders", body, **rest)
        assert answer.status_code == 202, answer.text
        return answer.json()["order_id"]

    def order(self, order_id, **rest):
        """Return an order."""
        return self.get(f"/orders/{order_id}", **rest).json()

    def move(self, order_id, *statuses):
        """Move an order by hand; return it."""
        for status in statuses:
            self.control.transition(order_id, status)
        return self.order(order_id)

    def complete(self, body, **rest):
        """Place an order and see it through; return it."""
        return self.move(self.place(body, **rest), *WAY_TO_COMPLETED)

    def results(self, order_id, **params):
        """Return one page of results."""
        return self.get(f"/orders/{order_id}/results", params={"limit": 100} | params).json()

    def search(self, **changes):
        """Return the id of a search with a completed order of 30 companies."""
        body = {"order_type": "DISCOVERY", "profile_id": self.profile(**changes), "briefing_quantity": 30}
        return self.complete(body)["prospect_search_id"]


def fields(answer):
    """Return the fields that a 422 names."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "VALIDATION_ERROR"
    return {problem["field"] for problem in answer.json()["details"]["validation_errors"]}
