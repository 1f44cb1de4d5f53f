"""Blacklists and their entries."""

from __future__ import annotations

from typing import Any

from openprospect_nb.contract import (
    MAX_BLACKLIST_DESCRIPTION,
    MAX_BLACKLIST_ENTRIES,
    MAX_BLACKLIST_NAME,
    MAX_CITY,
    MAX_COMPANY_NAME,
    MAX_COUNTRY,
    MAX_EXTERNAL_ID,
    MAX_URL,
)
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import blacklists
from openprospect_nb.sandbox.requests.rules import Body, Findings, is_identifier
from openprospect_nb.sandbox.server.call import Answer, Call, answer, page_answer

__all__ = ["add_entries", "create", "delete", "drop_entries", "get", "list_all", "list_entries", "update"]


def create(engine: Engine, call: Call) -> Answer:
    """Make an empty blacklist."""
    findings = Findings()
    body = call.fields(findings)
    name = body.text("name", MAX_BLACKLIST_NAME, required=True) or ""
    description = body.text("description", MAX_BLACKLIST_DESCRIPTION)
    findings.stop()
    with engine.store.write() as db:
        row = blacklists.add_blacklist(db, engine.store, call.key.organisation, name, description)
    return answer(201, blacklists.blacklist_object(row))


def list_all(engine: Engine, call: Call) -> Answer:
    """Show a page of the organisation's blacklists, newest first."""
    findings = Findings()
    page = call.page(findings)
    findings.stop()
    with engine.store.read() as db:
        rows, total = blacklists.blacklist_page(db, call.key.organisation, page)
    return page_answer(rows, page, total)


def get(engine: Engine, call: Call) -> Answer:
    """Show a blacklist."""
    identifier = _identifier(call)
    with engine.store.read() as db:
        return answer(200, blacklists.blacklist_object(blacklists.blacklist_row(db, call.key.organisation, identifier)))


def update(engine: Engine, call: Call) -> Answer:
    """Change a blacklist's name or description; a null description clears it."""
    identifier = _identifier(call)
    with engine.store.write() as db:
        row = blacklists.blacklist_row(db, call.key.organisation, identifier)
        findings = Findings()
        body = call.fields(findings)
        name = body.text("name", MAX_BLACKLIST_NAME) or row["name"]
        description = body.text("description", MAX_BLACKLIST_DESCRIPTION)
        findings.stop()
        if "description" not in body.data:
            description = row["description"]
        blacklists.save_blacklist(db, engine.store, row, name, description)
        return answer(200, blacklists.blacklist_object(blacklists.blacklist_row(db, call.key.organisation, identifier)))


def delete(engine: Engine, call: Call) -> Answer:
    """Delete a blacklist with its entries and assignments."""
    identifier = _identifier(call)
    with engine.store.write() as db:
        blacklists.blacklist_row(db, call.key.organisation, identifier)
        blacklists.drop_blacklist(db, identifier)
    return Answer(204, b"")


def add_entries(engine: Engine, call: Call) -> Answer:
    """Add up to 10,000 entries; exact duplicates are skipped; one bad entry refuses them all."""
    identifier = _identifier(call)
    with engine.store.read() as db:
        blacklists.blacklist_row(db, call.key.organisation, identifier)
    findings = Findings()
    entries = _entries(call.fields(findings))
    findings.stop()
    with engine.store.write() as db:
        blacklists.blacklist_row(db, call.key.organisation, identifier)
        added = blacklists.add_entries(db, engine.store, identifier, entries)
    return answer(201, {"added": len(added), "skipped": len(entries) - len(added), "entries": added})


def list_entries(engine: Engine, call: Call) -> Answer:
    """Show a page of a blacklist's entries, newest first."""
    findings = Findings()
    identifier = call.identifier("blacklist_id", findings)
    page = call.page(findings)
    findings.stop()
    with engine.store.read() as db:
        blacklists.blacklist_row(db, call.key.organisation, identifier)
        rows, total = blacklists.entry_page(db, identifier, page)
    return page_answer(rows, page, total)


def drop_entries(engine: Engine, call: Call) -> Answer:
    """Delete entries by id, from the body or from repeated query values; unknown ids are ignored."""
    findings = Findings()
    identifier = call.identifier("blacklist_id", findings)
    asked = call.arguments("entry_ids")
    for value in asked:
        if not is_identifier(value):
            findings.add("entry_ids", "must be UUIDs", value)
    findings.stop()
    with engine.store.write() as db:
        blacklists.blacklist_row(db, call.key.organisation, identifier)
        if call.body.strip() or not asked:
            asked = [*asked, *call.fields(findings).identifiers("entry_ids", required=not asked)]
            findings.stop()
        removed = blacklists.drop_entries(db, identifier, [value.lower() for value in asked])
    return answer(200, {"removed": removed})


def _identifier(call: Call) -> str:
    return call.sole_identifier("blacklist_id")


def _entries(body: Body) -> list[dict[str, Any]]:
    value = body.data.get("entries")
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_BLACKLIST_ENTRIES:
        body.findings.add("entries", f"needs 1 to {MAX_BLACKLIST_ENTRIES} entries")
        return []
    return [_entry(item, body.findings, number) for number, item in enumerate(value)]


def _entry(item: Any, findings: Findings, number: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        findings.add(f"entries[{number}]", "must be an object", item)
        return {}
    fields = Body(item, findings, f"entries[{number}].")
    return {
        "company_name": fields.text("company_name", MAX_COMPANY_NAME, required=True),
        "website_url": fields.text("website_url", MAX_URL),
        "city": fields.text("city", MAX_CITY),
        "country": fields.text("country", MAX_COUNTRY),
        "external_id": fields.text("external_id", MAX_EXTERNAL_ID),
    }
