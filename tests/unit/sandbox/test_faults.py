"""The plan of faults."""

from __future__ import annotations

import threading

from openprospect_nb.sandbox.server.faults import Fault, FaultPlan, fault_response


def test_a_fault_meets_only_the_calls_it_means():
    """Method and prefix must fit; the prefix may leave out the API's own."""
    fault = Fault(method="POST", path_prefix="/orders", status=500)

    assert fault.meets("POST", "/api/v1/orders")
    assert fault.meets("POST", "/orders/x")
    assert not fault.meets("GET", "/api/v1/orders")
    assert not fault.meets("POST", "/api/v1/blacklists")


def test_the_first_fault_asked_for_is_met_first():
    """Faults wait in line; skipped calls pass to the next one in line."""
    plan = FaultPlan()
    plan.add(Fault(status=500, skip=1, times=2))
    plan.add(Fault(status=503))

    met = [plan.take("GET", "/orders") for _ in range(5)]

    assert [fault and fault.status for fault in met] == [503, 500, 500, None, None]
    assert len(plan) == 0


def test_many_threads_share_the_count():
    """A fault asked for a hundred times is met a hundred times, whoever calls."""
    plan, met = FaultPlan(), []
    plan.add(Fault(status=500, times=100))

    def call():
        met.extend(plan.take("GET", "/x") is not None for _ in range(50))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(met) == 100


def test_an_unusual_status_has_a_body_too():
    """A status that HTTP doesn't name is answered all the same."""
    assert fault_response(Fault(status=599)).body == b'{"message": "Unknown", "details": {}}'
