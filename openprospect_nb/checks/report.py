"""`CheckReport`: what a check found, as a frame, as text, as HTML and as a file that can be sent."""

from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openprospect_nb.checks import lists, records, refusals
from openprospect_nb.checks.assumptions import ASSUMPTIONS, Assumption, Finding, Verdict, not_seen
from openprospect_nb.checks.evidence import (
    Evidence,
    Row,
    Unseen,
    clock_difference,
    is_integer,
    kind_of,
    list_in,
    plain,
    text_in,
)
from openprospect_nb.checks.records import rows_if_any
from openprospect_nb.contract import Feature, OrderStatus, OrderType, Priority, ReviewStatus, Scope
from openprospect_nb.files.saving import save_whole
from openprospect_nb.frames.schemas import KINDS, RESULT_PROSPECTS, RESULTS

if TYPE_CHECKING:
    import polars as pl

JUDGES: Final[Mapping[str, Callable[[Evidence], Finding]]] = {**lists.JUDGES, **refusals.JUDGES, **records.JUDGES}
FILE_FORMAT: Final = 1
ENVELOPE: Final = frozenset({"items", "orders", "total", "limit", "offset", "has_more"})
SHOWN_HEADER: Final = 60
PRODUCT: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}(/[0-9][A-Za-z0-9._-]{0,19})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Judged:
    """One assumption with what the check says about it."""

    assumption: Assumption
    finding: Finding

    def row(self) -> dict[str, str]:
        """Return id, topic, assumed, verdict, evidence and consequence."""
        return {
            "id": self.assumption.id,
            "topic": self.assumption.topic,
            "assumed": self.assumption.assumed,
            "verdict": str(self.finding.verdict),
            "evidence": self.finding.evidence,
            "consequence": self.assumption.consequence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found about a server. It holds no key, no person, no company and no id.

    Attributes:
        server: the address that was asked, scheme and host.
        source: "sandbox" or "live".
        made_at: when, aware UTC.
        version: of this package.
        judged: every assumption with its verdict.
        facts: what was measured: scopes, clock, times, headers, unknown fields and values; JSON values.
        requests: each request with status and seconds, in order.
        could_check: whether the API gave any good response; without one there was nothing to check.
    """

    server: str
    source: str
    made_at: datetime
    version: str
    judged: tuple[Judged, ...]
    facts: Mapping[str, Any]
    requests: tuple[Mapping[str, Any], ...]
    could_check: bool

    @property
    def frame(self) -> pl.DataFrame:
        """One row an assumption, all texts: ``id, topic, assumed, verdict, evidence, consequence``."""
        import polars as pl

        columns = ("id", "topic", "assumed", "verdict", "evidence", "consequence")
        return pl.DataFrame([one.row() for one in self.judged], schema=dict.fromkeys(columns, pl.String()))

    @property
    def different(self) -> list[str]:
        """The ids of what is different from what was assumed."""
        return self.ids(Verdict.DIFFERENT)

    def ids(self, verdict: str) -> list[str]:
        """Return the ids that got this verdict: "as we assumed", "different" or "not seen"."""
        return [one.assumption.id for one in self.judged if one.finding.verdict == verdict]

    def counts(self) -> dict[str, int]:
        """Return how many assumptions got each verdict."""
        return {str(verdict): len(self.ids(verdict)) for verdict in Verdict}

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "format": FILE_FORMAT,
            "server": self.server,
            "source": self.source,
            "made_at": self.made_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "version": self.version,
            "could_check": self.could_check,
            "verdicts": self.counts(),
            "assumptions": [one.row() for one in self.judged],
            "facts": dict(self.facts),
            "requests": [dict(request) for request in self.requests],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as a JSON file that only you can read (0600), and return its path.

        What was seen of records is in it as names of fields, states, codes and counts; the maintainers can use it.

        Raises:
            ConfigurationError: it cannot be written.
        """
        text = json.dumps(self.as_json(), indent=1)
        return save_whole(path, "the report", lambda part: part.write_text(text, encoding="utf-8"))

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts().items())
        differing = f": {', '.join(self.different)}" if self.different else ""
        return f"CheckReport({self.source}, {self.server}, {len(self.requests)} requests: {counts}{differing})"

    def _repr_html_(self) -> str:
        """Show facts and verdicts as tables, what is different first."""
        from openprospect_nb.markup import render

        order = (Verdict.DIFFERENT, Verdict.NOT_SEEN, Verdict.AS_ASSUMED)
        rows = sorted((one.row() for one in self.judged), key=lambda row: order.index(Verdict(row["verdict"])))
        return render("checks/report.html", title=repr(self), facts=fact_lines(self.facts), rows=rows)


def judge_all(seen: Evidence) -> tuple[Judged, ...]:
    """Return every assumption with what the evidence says about it."""
    return tuple(Judged(assumption, judge(seen, assumption.id)) for assumption in ASSUMPTIONS)


def judge(seen: Evidence, assumption: str) -> Finding:
    """Return what the evidence says about one assumption."""
    try:
        return JUDGES[assumption](seen)
    except Unseen as reason:
        return not_seen(str(reason))


def facts_of(seen: Evidence) -> dict[str, Any]:
    """Return what was measured besides the assumptions, as JSON values."""
    exchanges = list(seen.exchanges.values())
    seconds = [exchange.seconds for exchange in exchanges if exchange.status is not None]
    difference, held = clock_difference(exchanges), _scopes(seen)
    # The rate-limit headers of the last response that had any; values as sent where they are plain.
    stated = [headers for exchange in exchanges if (headers := refusals.limit_headers(exchange))]
    # The first word of a Server header, which names a product; what is no such word is not shown.
    value = next((e.headers["server"] for e in exchanges if "server" in e.headers), "")
    word = value.split(" ", 1)[0]
    return {
        "scopes_held": held,
        "scopes_missing": [scope for scope in Scope if scope not in held] if held else [],
        "clock_ahead_seconds": None if difference is None else round(difference[0], 2),
        "clock_uncertainty_seconds": None if difference is None else round(difference[1], 2),
        "seconds_median": round(statistics.median(seconds), 4) if seconds else None,
        "seconds_max": round(max(seconds), 4) if seconds else None,
        "protocol": next((exchange.protocol for exchange in exchanges if exchange.protocol), None),
        "server_header": word if PRODUCT.fullmatch(word) else "(odd text)" if value else "",
        "rate_limit_headers": {plain(n): _numbers_alone(v) for n, v in stated[-1].items()} if stated else {},
        "unknown_fields": _unknown_fields(seen),
        "unknown_values": _unknown_values(seen),
    }


def fact_lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts as names and texts for people."""
    lines = [
        ("scopes held", ", ".join(facts["scopes_held"]) or "unknown"),
        ("scopes not held", ", ".join(facts["scopes_missing"]) or ("none" if facts["scopes_held"] else "unknown")),
        ("clock", _clock_line(facts)),
        ("time per request", _time_line(facts)),
        ("protocol", facts["protocol"] or "unknown"),
        ("server header", facts["server_header"] or "none"),
        ("rate-limit headers", ", ".join(f"{n}: {v}" for n, v in facts["rate_limit_headers"].items()) or "none"),
    ]
    lines += [
        (f"unknown fields of {name}", ", ".join(f"{n} ({kind})" for n, kind in fields.items()))
        for name, fields in facts["unknown_fields"].items()
    ]
    lines += [(f"unknown values of {name}", ", ".join(values)) for name, values in facts["unknown_values"].items()]
    return lines


def request_lines(seen: Evidence) -> tuple[Mapping[str, Any], ...]:
    """Return each request with what came back and how long it took."""
    return tuple(
        {"request": e.request, "status": e.status, "response": e.outcome, "seconds": round(e.seconds, 4)}
        for e in seen.exchanges.values()
    )


def _clock_line(facts: Mapping[str, Any]) -> str:
    ahead, uncertainty = facts["clock_ahead_seconds"], facts["clock_uncertainty_seconds"]
    if ahead is None:
        return "no Date header was sent"
    way = "ahead of" if ahead >= 0 else "behind"
    return f"the server is {abs(ahead):.1f} s {way} this machine, ± {uncertainty:.1f} s"


def _time_line(facts: Mapping[str, Any]) -> str:
    if facts["seconds_median"] is None:
        return "no response came"
    return f"median {facts['seconds_median'] * 1000:.0f} ms, longest {facts['seconds_max'] * 1000:.0f} ms"


def _scopes(seen: Evidence) -> list[str]:
    try:
        scopes = seen.record("validate").get("scopes")
    except Unseen:
        return []
    names = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return [name if all(plain(part) == part or part == "*" for part in name.split(":")) else "(odd)" for name in names]


def _numbers_alone(value: str) -> str:
    """Return a header's value with every letter as a: its numbers and marks are what tells something."""
    return "".join("a" if c.isalpha() else c for c in value[:SHOWN_HEADER] if c.isascii() and c.isprintable())


def _unknown_fields(seen: Evidence) -> dict[str, dict[str, str]]:
    """Return names and JSON kinds of fields that the client has no column for, by resource."""
    columns = {
        "orders": records.wire_fields(KINDS["orders"]),
        "results": records.wire_fields(RESULTS) | records.WEBSITES,
        "companies": records.wire_fields(KINDS["companies"]) | records.WEBSITES,
        "searches": records.wire_fields(KINDS["searches"]),
        "blacklists": records.wire_fields(KINDS["blacklists"]),
        "entries": records.wire_fields(KINDS["entries"]),
    }
    unknown = {name: _beyond(rows_if_any(seen, name), fields) for name, fields in columns.items()}
    persons = records.people(rows_if_any(seen, "results")) + rows_if_any(seen, "prospects")
    unknown["prospects"] = _beyond(persons, records.wire_fields(RESULT_PROSPECTS))
    pages = [exchange.body for exchange in seen.having(*lists.COUNTED) if _is_documented_page(exchange.body)]
    unknown["pages"] = _beyond(pages, ENVELOPE)
    return {name: fields for name, fields in unknown.items() if fields}


def _beyond(rows: Sequence[Row], known: frozenset[str]) -> dict[str, str]:
    return {plain(name): kind_of(value) for row in rows for name, value in row.items() if name not in known}


def _is_documented_page(body: Any) -> bool:
    """Whether *body* is an object with documented counters, whose list stands under its known key."""
    try:
        return isinstance(body, dict) and is_integer(body.get("total")) and list_in(body)[0] in ENVELOPE
    except Unseen:
        return False


def _unknown_values(seen: Evidence) -> dict[str, list[str]]:
    """Return values of closed sets that the client does not know; a value that is no plain word is not shown."""
    orders, companies = rows_if_any(seen, "orders"), rows_if_any(seen, "companies")
    listed = [order["features"] for order in orders if isinstance(order.get("features"), list)]
    features = {feature for features in listed for feature in features if isinstance(feature, str)}
    values: dict[str, tuple[set[str], Iterable[str]]] = {
        "order status": ({text_in(order, "status") for order in orders}, OrderStatus),
        "order type": ({text_in(order, "order_type") for order in orders}, OrderType),
        "priority": ({text_in(order, "priority") for order in orders}, Priority),
        "feature": (features, Feature),
        "review status": ({text_in(company, "review_status") for company in companies}, ReviewStatus),
        "e-mail type": (
            {text_in(person, "email_type") for person in records.people(rows_if_any(seen, "results"))}, ("PERSONAL",)
        ),
    }  # fmt: skip
    unknown = {name: sorted(plain(value) for value in met - {"", *known}) for name, (met, known) in values.items()}
    return {name: values_met for name, values_met in unknown.items() if values_met}
