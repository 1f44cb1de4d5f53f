"""Companies of a prospect search, their job listings and technologies."""

from __future__ import annotations

from collections import Counter
from typing import Any

from openprospect_nb.contract import ReviewStatus
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records.companies import Filter, company_page, company_record
from openprospect_nb.sandbox.records.searches import search_row
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, dump, respond, respond_page

_UNSORTED = "other"


def list_all(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a filtered page of a search's companies, best match first."""
    search_id = call.uuid_argument("prospect_search_id", required=True)
    page = call.page()
    chosen = Filter()
    chosen.add("search_id = ?", search_id)
    chosen.add("match_score >= ?", call.number("min_match_score", 0, 10))
    chosen.add_any("review_status", _review_statuses(call))
    chosen.contains(call.argument("search"))
    call.findings.stop()
    with engine.settled() as db:
        search_row(db, call.key.organisation, str(search_id))
        rows, total = company_page(db, chosen, page)
    return respond_page(rows, page, total)


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a company with its prospects."""
    summary, document = _record(engine, call)
    return respond(200, {**summary, "prospects": document["prospects"]})


def jobs(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a page of a company's job listings."""
    call.identifier("company_id")
    page = call.page()
    call.findings.stop()
    listed = _jobs(engine, call)
    shown = [dump(job) for job in listed[page.offset : page.offset + page.limit]]
    return respond_page(shown, page, len(listed))


def jobs_summary(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show how many jobs a company lists."""
    listed = _jobs(engine, call)
    posted = [job["posted_at"] for job in listed if job["posted_at"]]
    summary = {
        "company_id": call.values["company_id"].lower(),
        "total_jobs": len(listed),
        "active_jobs": sum(job["is_active"] for job in listed),
        "last_posted_at": max(posted, default=None),
    }
    return respond(200, summary)


def technologies(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a company's technologies."""
    technologies_used, facts = _technologies(engine, call)
    return respond(200, {**facts, "technologies": technologies_used})


def technologies_summary(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show how many technologies of which category a company uses."""
    technologies_used, facts = _technologies(engine, call)
    categories = Counter(item["category"] or _UNSORTED for item in technologies_used)
    return respond(200, {**facts, "total_technologies": len(technologies_used), "categories": dict(categories)})


def _record(engine: Engine, call: SandboxCall) -> tuple[dict[str, Any], dict[str, Any]]:
    identifier = call.sole_identifier("company_id")
    with engine.settled() as db:
        return company_record(db, call.key.organisation, identifier)


def _jobs(engine: Engine, call: SandboxCall) -> list[dict[str, Any]]:
    summary, _ = _record(engine, call)
    return engine.present_supply().universe.jobs(summary["id"])


def _technologies(engine: Engine, call: SandboxCall) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    summary, document = _record(engine, call)
    facts = {"company_id": summary["id"], "analyzed_at": document["web_technologies_analyzed_at"]}
    return engine.present_supply().universe.technologies(summary["id"]), facts


def _review_statuses(call: SandboxCall) -> list[str]:
    listed = [part for value in call.arguments("review_status_list") for part in value.split(",")]
    single = call.choice("review_status", list(ReviewStatus))
    for value in listed:
        if value not in list(ReviewStatus):
            call.findings.add("review_status_list", f"must be of {', '.join(ReviewStatus)}", value)
    return listed or ([single] if single else [])
