"""200 random schedules of faults and restarts over create, wait and fetch: one order, complete frames, every time."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule
from support.clocks import TestClock
from support.examples import examples
from support.servers import Received, Reply
from support.vendor import Vendor

import openprospect_nb as op

FAULTS = ["none", "none", "lost before", "lost after", "refused", "500", "503", "429", "html 502", "cut", "not json"]


class Line(httpx.AsyncBaseTransport):
    """The line to a vendor, with one fault of the schedule for each request."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.schedule: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, lose, cut or spoil."""
        fault = self.schedule.pop() if self.schedule else "none"
        if fault == "refused":
            raise httpx.ConnectError("refused", request=request)
        if fault == "lost before":
            raise httpx.ReadError("lost", request=request)
        spoiled = {
            "500": Reply(500, {"error": {"code": "X", "message": "boom"}}),
            "503": Reply(503, b""),
            "429": Reply(429, {"error": "RATE_LIMIT_EXCEEDED", "retry_after": 1}),
            "html 502": Reply(502, b"<html>bad gateway</html>"),
        }
        if fault in spoiled:
            return self.response(spoiled[fault])
        reply = self.vendor(self.received(request))
        if fault == "lost after":
            raise httpx.RemoteProtocolError("cut", request=request)
        if fault == "not json":
            return httpx.Response(reply.status, content=reply.payload()[:-1])
        if fault == "cut":
            raise httpx.ReadError("cut", request=request)
        return self.response(reply)

    @staticmethod
    def received(request: httpx.Request) -> Received:
        """Return a request as the vendor reads it."""
        query = parse_qsl(request.url.query.decode())
        return Received(request.method, request.url.path, query, dict(request.headers), request.content)

    @staticmethod
    def response(reply: Reply) -> httpx.Response:
        """Return a reply as httpx reads it."""
        return httpx.Response(reply.status, content=reply.payload(), headers=reply.headers)


class Buying(RuleBasedStateMachine):
    """A user who buys one list, through any weather, closing the laptop now and then."""

    orders = Bundle("orders")

    @initialize()
    def open(self) -> None:
        """Start with an empty home and a clear sky."""
        self.home = Path(tempfile.mkdtemp())
        self.vendor = Vendor()
        self.vendor.company_count = 130
        self.line = Line(self.vendor)
        self.clients: list[op.Client] = []
        self.connect()
        self.fetched = False

    def connect(self) -> None:
        """Open a client whose waiting takes no time."""
        client = op.Client(
            api_key="lnc_test_" + "v" * 32,
            base_url="http://127.0.0.1:9",
            home=self.home,
            poll_interval=0.5,
            transport=self.line,
        )
        client._core._context.sender.clock = TestClock(chance=0.5)
        self.client = client
        self.clients.append(client)

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=12))
    def weather(self, faults: list[str]) -> None:
        """The next requests meet these faults."""
        self.line.schedule = list(faults)

    @rule()
    def restart(self) -> None:
        """A new kernel on the same home; the old one is simply left."""
        self.connect()

    @rule(resume=st.booleans())
    def buy(self, resume: bool) -> None:
        """Run the buying cell, or resume what it left; an error is an error, never a second order."""
        try:
            if resume:
                self.client.journal.resume()
            else:
                self.client.orders.discover(self.icp(), 5, idempotency_key="mine-1")
        except op.errors.OpenProspectError:
            pass
        assert len(self.vendor.orders) <= 1

    @rule()
    def fetch(self) -> None:
        """Wait for what the journal knows and fetch it; what comes is complete or an error."""
        known = self.client.journal.frame()["order_id"].drop_nulls().to_list()
        if not known:
            return
        try:
            results = self.client.orders.get(known[0]).wait(timeout=30, progress=False).results()
        except op.errors.OpenProspectError:
            return
        assert results.companies["id"].n_unique() == results.companies.height == 130
        self.fetched = True

    @staticmethod
    def icp() -> op.ICP:
        """Return what is bought."""
        return op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["DE"])

    def teardown(self) -> None:
        """In clear weather the cell completes: one order, all companies, and nothing asked twice."""
        if not hasattr(self, "home"):
            return
        self.line.schedule = []
        self.connect()
        order = self.client.orders.discover(self.icp(), 5, idempotency_key="mine-1")
        results = order.wait(timeout=60, progress=False).results()
        assert list(self.vendor.orders) == [order.order_id]
        assert len(self.vendor.profiles) == 1
        assert results.companies.height == results.prospects.height == 130
        for client in self.clients:
            client.close()
        shutil.rmtree(self.home)


Buying.TestCase.settings = settings(
    max_examples=examples(200),
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestBuying = Buying.TestCase
TestBuying.__doc__ = "No schedule of faults and restarts buys twice, loses the order, or leaves half a frame."
