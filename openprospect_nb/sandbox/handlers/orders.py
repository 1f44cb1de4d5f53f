"""Orders and their results."""

from __future__ import annotations

from openprospect_nb.contract import OrderStatus
from openprospect_nb.sandbox.clock import read_seconds
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import orders
from openprospect_nb.sandbox.records.blacklists import assigned_ids, blacklist_row
from openprospect_nb.sandbox.records.profiles import profile_row
from openprospect_nb.sandbox.records.results import result_page
from openprospect_nb.sandbox.requests.bodies import order_kind
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond, respond_page
from openprospect_nb.sandbox.server.problems import Refusal, conflict


def create(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Place an order; an equal call under the same Idempotency-Key is answered as before."""
    key = call.idempotency_key(required=False)
    wanted = call.read(order_kind(call.json()))
    with engine.store.write() as db:
        if replayed := engine.store.replay(db, call, key):
            return replayed
        assigned: list[str] = []
        if wanted.profile_id is not None:
            assigned = assigned_ids(db, profile_row(db, call.key.organisation, wanted.profile_id)["search_id"])
        named = wanted.blacklist_ids or []
        for identifier in named:
            blacklist_row(db, call.key.organisation, identifier)
        blacklist_ids = list(dict.fromkeys([*named, *assigned]))
        row = orders.add_order(db, engine.store, call.key.organisation, wanted, blacklist_ids)
        shown = orders.order_object(row)
        names = ("order_id", "order_type", "status", "company_count", "estimated_cost")
        given = respond(202, {**{name: shown[name] for name in names}, "message": "Waiting for review."})
        engine.store.remember(db, call, key, given)
    if wanted.webhook_url is not None:
        engine.outbox.wake()
    return given


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show an order as it stands now."""
    identifier = call.sole_identifier("order_id")
    with engine.settled() as db:
        return respond(200, orders.order_object(orders.order_row(db, call.key.organisation, identifier)))


def list_all(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of the organisation's orders, newest first."""
    page = call.page()
    status = call.choice("status", list(OrderStatus))
    call.findings.stop()
    with engine.settled() as db:
        rows, total = orders.order_page(db, call.key.organisation, status, page)
    return respond_page(rows, page, total, key="orders")


def results(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of what a completed order delivered."""
    identifier = call.identifier("order_id")
    page, since_us = call.page(), call.since()
    call.findings.stop()
    with engine.settled() as db:
        row = orders.order_row(db, call.key.organisation, identifier)
        if row["status"] != OrderStatus.COMPLETED:
            message = f"The order is {row['status']}; results exist once it is COMPLETED."
            raise conflict("ORDER_NOT_COMPLETED", message, status=row["status"])
        settings = engine.store.settings(db)
        lifetime = settings.results_ttl_seconds
        if lifetime is not None and engine.store.now(settings) > row["entered_us"] + read_seconds(lifetime):
            raise Refusal(410, "RESULTS_EXPIRED", "The results of this order are no longer kept.")
        rows, total = result_page(db, identifier, since_us, page)
    return respond_page(rows, page, total)
