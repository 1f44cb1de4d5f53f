"""Blacklists and their entries."""

from __future__ import annotations

from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import blacklists
from openprospect_nb.sandbox.records.blacklists import blacklist_object, blacklist_row
from openprospect_nb.sandbox.requests.bodies import (
    BlacklistChangeRequest,
    BlacklistRequest,
    EntriesRequest,
    EntryIdsRequest,
)
from openprospect_nb.sandbox.requests.rules import is_identifier, read
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond, respond_page


def create(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Make an empty blacklist."""
    wanted = call.read(BlacklistRequest)
    with engine.store.write() as db:
        row = blacklists.add_blacklist(db, engine.store, call.key.organisation, wanted.name, wanted.description)
    return respond(201, blacklist_object(row))


def list_all(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of the organisation's blacklists, newest first."""
    page = call.page()
    call.findings.stop()
    with engine.store.read() as db:
        rows, total = blacklists.blacklist_page(db, call.key.organisation, page)
    return respond_page(rows, page, total)


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a blacklist."""
    identifier = call.sole_identifier("blacklist_id")
    with engine.store.read() as db:
        return respond(200, blacklist_object(blacklist_row(db, call.key.organisation, identifier)))


def update(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Change a blacklist's name or description; a null description clears it."""
    identifier = call.sole_identifier("blacklist_id")
    with engine.store.write() as db:
        row = blacklist_row(db, call.key.organisation, identifier)
        change = call.read(BlacklistChangeRequest)
        description = change.description if "description" in call.json() else row["description"]
        blacklists.save_blacklist(db, engine.store, row, change.name or row["name"], description)
        return respond(200, blacklist_object(blacklist_row(db, call.key.organisation, identifier)))


def delete(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Delete a blacklist with its entries and assignments."""
    identifier = call.sole_identifier("blacklist_id")
    with engine.store.write() as db:
        blacklist_row(db, call.key.organisation, identifier)
        blacklists.drop_blacklist(db, identifier)
    return SandboxResponse(204, b"")


def add_entries(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Add up to 10,000 entries; exact duplicates are skipped; one bad entry refuses them all."""
    identifier = call.sole_identifier("blacklist_id")
    with engine.store.read() as db:
        blacklist_row(db, call.key.organisation, identifier)
    entries = [entry.model_dump() for entry in call.read(EntriesRequest).entries]
    with engine.store.write() as db:
        blacklist_row(db, call.key.organisation, identifier)
        added = blacklists.add_entries(db, engine.store, identifier, entries)
    return respond(201, {"added": len(added), "skipped": len(entries) - len(added), "entries": added})


def list_entries(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of a blacklist's entries, newest first."""
    identifier = call.identifier("blacklist_id")
    page = call.page()
    call.findings.stop()
    with engine.store.read() as db:
        blacklist_row(db, call.key.organisation, identifier)
        rows, total = blacklists.entry_page(db, identifier, page)
    return respond_page(rows, page, total)


def drop_entries(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Delete entries by id, from the body or from repeated query values; unknown ids are ignored."""
    identifier = call.identifier("blacklist_id")
    asked = call.arguments("entry_ids")
    for value in asked:
        if not is_identifier(value):
            call.findings.add("entry_ids", "must be UUIDs", value)
    call.findings.stop()
    with engine.store.write() as db:
        blacklist_row(db, call.key.organisation, identifier)
        if call.body.strip() or not asked:
            body = call.json()
            if not asked or body.get("entry_ids") is not None:
                asked = [*asked, *read(EntryIdsRequest, body).entry_ids]
        removed = blacklists.drop_entries(db, identifier, [value.lower() for value in asked])
    return respond(200, {"removed": removed})
