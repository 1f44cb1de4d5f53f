"""Prospect searches: reading, editing under optimistic locking, and the blacklists assigned to them."""

from __future__ import annotations

from typing import Any, Final

from openprospect_nb.contract import MAX_CITY, MAX_ICP_TEXT, MAX_PROFILE_NAME, PAGE_DEFAULT
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import blacklists, searches
from openprospect_nb.sandbox.requests.profile_body import MAX_LABEL
from openprospect_nb.sandbox.requests.rules import Body, Findings
from openprospect_nb.sandbox.server.call import Answer, Call, Page, answer, dump, page_answer
from openprospect_nb.sandbox.server.problems import conflict

__all__ = ["EDITABLE", "MAX_VERSION", "READ_ONLY", "assign", "assigned", "get", "list_all", "update"]

ADMIN_ONLY: Final = ("geo_locations", "search_keywords")
EDITABLE: Final = ("name", "ideal_customer_profile", *ADMIN_ONLY)
READ_ONLY: Final = ("language_config", "company_extraction_commands", "prospect_extraction_commands")
MAX_VERSION: Final = 2**53


def list_all(engine: Engine, call: Call) -> Answer:
    """Show a page of the organisation's searches, newest first; this envelope has no ``has_more``."""
    findings = Findings()
    page = call.page(findings)
    findings.stop()
    engine.settle()
    with engine.store.read() as db:
        rows, total = searches.search_page(db, call.key.organisation, page)
    return page_answer(rows, page, total, more=False)


def get(engine: Engine, call: Call) -> Answer:
    """Show a search with its version."""
    identifier = _identifier(call)
    engine.settle()
    with engine.store.read() as db:
        return answer(200, searches.search_object(searches.search_row(db, call.key.organisation, identifier)))


def update(engine: Engine, call: Call) -> Answer:
    """Change a search whose version is the stated one; admin-only fields are stripped for other keys."""
    identifier = _identifier(call)
    engine.settle()
    with engine.store.write() as db:
        row = searches.search_row(db, call.key.organisation, identifier)
        findings = Findings()
        version, changes = _changes(call.fields(findings))
        findings.stop()
        if version != row["version"]:
            message = "The search was changed meanwhile. Read it again and reapply the change."
            raise conflict("VERSION_CONFLICT", message, current_version=row["version"])
        stripped = [] if call.key.is_admin else [name for name in changes if name in ADMIN_ONLY]
        kept = {name: value for name, value in changes.items() if name not in stripped}
        if kept:
            stamp_us = engine.store.creation_stamp(db, engine.store.settings(db))
            searches.save_search(db, row, kept, stamp_us)
        shown = searches.search_object(searches.search_row(db, call.key.organisation, identifier))
    return answer(200, {**shown, "stripped_fields": stripped})


def assigned(engine: Engine, call: Call) -> Answer:
    """Show the blacklists assigned to a search."""
    identifier = _identifier(call)
    engine.settle()
    with engine.store.read() as db:
        searches.search_row(db, call.key.organisation, identifier)
        ids = blacklists.assigned_ids(db, identifier)
        rows = [blacklists.blacklist_row(db, call.key.organisation, one) for one in ids]
    return _assignment([dump(blacklists.blacklist_object(row)) for row in rows])


def assign(engine: Engine, call: Call) -> Answer:
    """Replace the blacklists assigned to a search; orders placed from now on obey them."""
    identifier = _identifier(call)
    engine.settle()
    with engine.store.write() as db:
        searches.search_row(db, call.key.organisation, identifier)
        findings = Findings()
        wanted = call.fields(findings).identifiers("blacklist_ids", required=True)
        findings.stop()
        rows = [blacklists.blacklist_row(db, call.key.organisation, one) for one in wanted]
        blacklists.assign(db, identifier, wanted)
    return _assignment([dump(blacklists.blacklist_object(row)) for row in rows])


def _assignment(rows: list[str]) -> Answer:
    return page_answer(rows, Page(max(PAGE_DEFAULT, len(rows)), 0), len(rows))


def _identifier(call: Call) -> str:
    return call.sole_identifier("prospect_search_id")


def _changes(body: Body) -> tuple[int | None, dict[str, Any]]:
    version = body.integer("version", 0, MAX_VERSION)
    if not body.has("version"):
        body.note("version", "is required")
    for name in READ_ONLY:
        if name in body.data:
            body.note(name, "is read-only")
    mask = body.texts("update_mask", MAX_LABEL)
    for name in mask or []:
        if isinstance(name, str) and name not in EDITABLE:
            body.findings.add("update_mask", f"can name {', '.join(EDITABLE)}", name)
    changes = {
        "name": body.text("name", MAX_PROFILE_NAME),
        "ideal_customer_profile": body.text("ideal_customer_profile", MAX_ICP_TEXT),
        "geo_locations": body.texts("geo_locations", MAX_CITY),
        "search_keywords": body.texts("search_keywords", MAX_LABEL),
    }
    wanted = EDITABLE if mask is None else mask
    return version, {name: value for name, value in changes.items() if value is not None and name in wanted}
