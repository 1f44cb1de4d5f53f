"""What was asked, what each order is, and where the report's numbers came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import Fact, OrderLine

_ASKED: Final = (
    "profile_name",
    "ideal_customer_profile",
    "seller_offering",
    "seller_industry",
    "target_countries",
    "target_cities",
    "target_industries",
    "excluded_industries",
    "contact_roles",
    "output_language",
)
_LONGEST: Final = 5_000


def asked(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return the profile description field by field, without the empty ones."""
    icp: Mapping[str, Any] = results.provenance.get("icp") or {}
    return tuple(Fact(name=say.say(f"icp.{key}"), text=_text(icp[key])) for key in _ASKED if icp.get(key))


def order_lines(results: Results, say: Wording) -> tuple[OrderLine, ...]:
    """Return one line an order the provenance knows, and one for each whose results could not be had."""
    orders: Sequence[Mapping[str, Any]] = results.provenance.get("orders") or []
    known = {str(order.get("order_id")) for order in orders}
    lost = [{"order_id": order_id} for order_id in results.errors if order_id not in known]
    counts = dict(results.companies.group_by("order_id").len().iter_rows())
    return tuple(_line(order, counts, results.errors, say) for order in [*orders, *lost])


def _line(order: Mapping[str, Any], counts: Mapping[str, int], errors: Mapping[str, str], say: Wording) -> OrderLine:
    order_id = str(order.get("order_id"))
    quantity = order.get("briefing_quantity")
    return OrderLine(
        order_id=clean(order_id, 60),
        title=_text(order.get("title")),
        status=clean(_text(order.get("status")), 30),
        asked=say.number(quantity if isinstance(quantity, int) else None),
        delivered=say.number(counts.get(order_id, 0)),
        created=say.date(_text(order.get("created_at")) or None),
        completed=say.date(_text(order.get("completed_at")) or None),
        cost=_cost(order.get("estimated_cost"), say),
        message=_text(errors.get(order_id) or order.get("message")),
    )


def provenance(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return source, orders, hash of the profile, time of the fetch and versions."""
    facts = results.provenance
    versions = facts.get("versions") or {}
    texts = {
        "source": facts.get("source"),
        "orders": [order.get("order_id") for order in facts.get("orders") or []],
        "icp_hash": facts.get("icp_hash"),
        "fetched_at": facts.get("fetched_at"),
        "versions": [f"{name} {version}" for name, version in sorted(versions.items())],
    }
    return tuple(Fact(name=say.say(f"provenance.{key}"), text=_text(value)) for key, value in texts.items() if value)


def reproducing_code(results: Results) -> str:
    """Return Python that fetches these orders again and writes this report."""
    ids = [str(order.get("order_id")) for order in results.provenance.get("orders") or []]
    lines = (
        "import openprospect_nb as op",
        "",
        "client = op.connect()",
        f"results = client.results({json.dumps(ids)})",
        'op.report(results, "report.html")',
    )
    return "\n".join(lines)


def _text(value: object) -> str:
    if value is None:
        return ""
    parts = value if isinstance(value, list | tuple) else [value]
    return clean(", ".join(str(part) for part in parts), _LONGEST)


def _cost(cost: object, say: Wording) -> str:
    if not isinstance(cost, Mapping) or not isinstance(total := cost.get("total"), int | float):
        return say.number(None)
    return f"{say.number(float(total), 2)} {clean(_text(cost.get('currency')), 8)}".strip()
