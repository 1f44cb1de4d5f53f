"""C44 to C46 of the contract, the client's side: faults of the sandbox, in process and served."""

from __future__ import annotations

import pytest
from support.clocks import TestClock

import openprospect_nb as op
from openprospect_nb.transport.clock import Clock

ICP = op.ICP(profile_name="n", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"])


@pytest.fixture(params=["in process", "served"])
def session(request, tmp_path):
    """A sandbox and a way to make clients of it, over real HTTP or without a port."""
    made = []
    with op.Sandbox(port=0 if request.param == "served" else None, step_seconds=0.02) as sandbox:

        def connect(**more):
            more = {"home": tmp_path, "poll_interval": 0.01} | more
            if request.param == "served":
                client = op.connect(api_key=sandbox.key, base_url=sandbox.url, **more)
            else:
                client = op.connect(sandbox=sandbox, **more)
            client._core._context.sender.clock = TestClock(chance=0.0)
            made.append(client)
            return client

        yield sandbox, connect
        for client in made:
            client.close()


def ready_profile(client):
    """Return a profile that is ready; the sandbox needs real time for that."""
    sender = client._core._context.sender
    sender.clock = Clock()
    profile = client.profiles.create(ICP)
    sender.clock = TestClock(chance=0.0)
    return profile


@pytest.mark.parametrize("shape", ["E1", "E2", "E3", "E4", "E5", "E6"])
def test_c44_every_error_shape_raises_the_same_class_with_the_same_status(session, shape):
    """C44: a 403 in any of the six shapes is a PermissionDeniedError with status 403."""
    sandbox, connect = session
    sandbox.control.fault(method="GET", path_prefix="/api/v1/orders", times=1, status=403, shape=shape)
    with pytest.raises(op.errors.PermissionDeniedError) as caught:
        connect().orders.list()
    assert caught.value.status == 403


def test_c44_a_stated_delay_is_waited_out_and_then_it_succeeds(session):
    """C44: E4 with retry_after 2 makes the client wait two seconds and succeed."""
    sandbox, connect = session
    client = connect()
    fault = {"status": 429, "shape": "E4", "code": "RATE_LIMIT_EXCEEDED", "retry_after": 2}
    sandbox.control.fault(method="GET", path_prefix="/api/v1/orders", times=1, **fault)
    assert client.orders.list().height == 0
    assert client._core._context.sender.clock.slept == [2]


def test_c45_two_503_on_an_order_are_retried_under_one_key(session):
    """C45: 503 twice on POST /orders, then one order exists; on POST /blacklists the client raises after one try."""
    sandbox, connect = session
    client = connect()
    profile = ready_profile(client)
    sandbox.control.fault(method="POST", path_prefix="/api/v1/orders", times=2, status=503)
    order = client.orders.discover(profile, 1)
    assert client.orders.list()["order_id"].to_list() == [order.order_id]
    sandbox.control.fault(method="POST", path_prefix="/api/v1/blacklists", times=1, status=503)
    with pytest.raises(op.errors.ServerError):
        client.blacklists.create("x")
    assert client.blacklists.list().height == 0


def test_c45_a_dropped_answer_leads_to_the_same_order(session):
    """C45: the line is cut after POST /orders took effect; the client's replay gets the very order."""
    sandbox, connect = session
    client = connect()
    profile = ready_profile(client)
    sandbox.control.fault(method="POST", path_prefix="/api/v1/orders", times=1, drop=True)
    order = client.orders.discover(profile, 1)
    assert client.orders.list()["order_id"].to_list() == [order.order_id]


def test_c46_auto_places_one_inline_order_and_profile_raises(session):
    """C46: without profile creations, flow="auto" places one inline order; flow="profile" raises."""
    sandbox, connect = session
    fault = {"method": "POST", "path_prefix": "/api/v1/search-profile-creations", "times": 1, "status": 404}
    sandbox.control.fault(**fault)
    order = connect(flow="auto").orders.discover(ICP, 1)
    assert connect().orders.list()["order_id"].to_list() == [order.order_id]
    sandbox.control.fault(**fault)
    with pytest.raises(op.errors.NotFoundError):
        connect(flow="profile").orders.discover(ICP, 2)
