"""Prospects, and the incremental pull of deliveries."""

from __future__ import annotations

from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records.companies import Filter, prospect_document, prospect_page
from openprospect_nb.sandbox.records.results import delivery_page
from openprospect_nb.sandbox.records.searches import search_row
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond_page


def list_all(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a filtered page of the organisation's prospects, latest delivery first."""
    search_id = call.uuid_argument("prospect_search_id")
    page = call.page()
    chosen = Filter()
    chosen.add("organisation = ?", call.key.organisation)
    chosen.add("search_id = ?", search_id)
    chosen.add("company_id = ?", call.uuid_argument("company_id"))
    chosen.contains(call.argument("search"))
    call.findings.stop()
    with engine.settled() as db:
        if search_id is not None:
            search_row(db, call.key.organisation, search_id)
        rows, total = prospect_page(db, chosen, page)
    return respond_page(rows, page, total)


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a prospect."""
    identifier = call.sole_identifier("prospect_id")
    with engine.settled() as db:
        return SandboxResponse(200, prospect_document(db, call.key.organisation, identifier).encode())


def deliveries(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of what a search was given, oldest delivery first."""
    search_id = call.identifier("prospect_search_id")
    page, since_us = call.page(), call.since()
    call.findings.stop()
    with engine.settled() as db:
        search_row(db, call.key.organisation, search_id)
        rows, total = delivery_page(db, search_id, since_us, page)
    return respond_page(rows, page, total)
