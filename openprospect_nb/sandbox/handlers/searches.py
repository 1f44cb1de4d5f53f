"""Prospect searches: reading, editing under optimistic locking, and the blacklists assigned to them."""

from __future__ import annotations

from openprospect_nb.contract import PAGE_DEFAULT
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import blacklists, searches
from openprospect_nb.sandbox.requests.bodies import ADMIN_ONLY, AssignmentRequest, SearchChangeRequest
from openprospect_nb.sandbox.server.call import PageRequest, SandboxCall, SandboxResponse, dump, respond, respond_page
from openprospect_nb.sandbox.server.problems import conflict


def list_all(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of the organisation's searches, newest first; this envelope has no ``has_more``."""
    page = call.page()
    call.findings.stop()
    with engine.settled() as db:
        rows, total = searches.search_page(db, call.key.organisation, page)
    return respond_page(rows, page, total, more=False)


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a search with its version."""
    identifier = call.sole_identifier("prospect_search_id")
    with engine.settled() as db:
        return respond(200, searches.search_object(searches.search_row(db, call.key.organisation, identifier)))


def update(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Change a search whose version is the stated one; admin-only fields are stripped for other keys."""
    identifier = call.sole_identifier("prospect_search_id")
    engine.settle()
    with engine.store.write() as db:
        row = searches.search_row(db, call.key.organisation, identifier)
        change = call.read(SearchChangeRequest)
        if change.version != row["version"]:
            message = "The search was changed meanwhile. Read it again and reapply the change."
            raise conflict("VERSION_CONFLICT", message, current_version=row["version"])
        changes = change.changes()
        stripped = [] if call.key.is_admin else [name for name in changes if name in ADMIN_ONLY]
        allowed = {name: value for name, value in changes.items() if name not in stripped}
        if allowed:
            stamp_us = engine.store.creation_stamp(db, engine.store.settings(db))
            searches.save_search(db, row, allowed, stamp_us)
        shown = searches.search_object(searches.search_row(db, call.key.organisation, identifier))
    return respond(200, {**shown, "stripped_fields": stripped})


def assigned(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show the blacklists assigned to a search."""
    identifier = call.sole_identifier("prospect_search_id")
    with engine.settled() as db:
        searches.search_row(db, call.key.organisation, identifier)
        ids = blacklists.assigned_ids(db, identifier)
        rows = [blacklists.blacklist_row(db, call.key.organisation, one) for one in ids]
    return _assignment([dump(blacklists.blacklist_object(row)) for row in rows])


def assign(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Replace the blacklists assigned to a search; orders placed from now on obey them."""
    identifier = call.sole_identifier("prospect_search_id")
    engine.settle()
    with engine.store.write() as db:
        searches.search_row(db, call.key.organisation, identifier)
        wanted = call.read(AssignmentRequest).blacklist_ids
        rows = [blacklists.blacklist_row(db, call.key.organisation, one) for one in wanted]
        blacklists.assign(db, identifier, wanted)
    return _assignment([dump(blacklists.blacklist_object(row)) for row in rows])


def _assignment(rows: list[str]) -> SandboxResponse:
    return respond_page(rows, PageRequest(max(PAGE_DEFAULT, len(rows)), 0), len(rows))
