"""What was asked, order by order: every profile description, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openprospect_nb.frames.order_names import described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import Asked, AskedField

FIELDS: Final = (
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
LONGEST: Final = 5_000  # what is read of a text; how much is shown is the summary's business


def asked(results: Results, say: Wording) -> Asked:
    """Return the profile descriptions of *results* beside each other, without the fields that none of them has."""
    groups = _by_profile(results)
    icps = [icp for icp, _ in groups]
    lines = []
    for name in FIELDS:
        texts = tuple(as_text(icp.get(name)) for icp in icps)
        if any(texts):
            lines.append(AskedField(name=say.say(f"icp.{name}"), texts=texts, differs=len(set(texts)) > 1))
    return Asked(orders=tuple(", ".join(names) for _, names in groups), fields=tuple(lines)) if lines else Asked()


def as_text(value: object) -> str:
    """Return a value, or a list of them, as one cleaned text."""
    if value is None:
        return ""
    parts = value if isinstance(value, list | tuple) else [value]
    return clean(", ".join(str(part) for part in parts), LONGEST)


def _by_profile(results: Results) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Return each different description with the names of the orders placed with it, in order of delivery."""
    parts: Sequence[Mapping[str, Any]] = results.provenance.get("parts") or [results.provenance]
    names = order_names(described_orders(results.provenance))
    groups: list[tuple[Mapping[str, Any], list[str]]] = []
    for part in parts:
        icp = part.get("icp")
        if not isinstance(icp, Mapping):
            continue
        orders = [names[str(order.get("order_id"))] for order in part.get("orders") or ()]
        same = next((placed for other, placed in groups if other == icp), None)
        if same is None:
            groups.append((icp, orders))
        else:
            same.extend(orders)
    return groups
