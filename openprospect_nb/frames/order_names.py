"""What an order is called, wherever one is shown: reports, charts, comparisons, the monitor, the command line.

An order is called by its title; else by the ``name=`` it was bought under; else by the name of its ICP; else by its
kind, date and short id. A title that says no more than the kind ("Discovery order", as servers put it where nobody
chose one) is none. Orders of one name get their date, or their short id where the date does not tell them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openprospect_nb.markup.text import clean

Order = Mapping[str, Any]

SHORT_ID: Final = 8
LONGEST_NAME: Final = 5_000  # what is read of a title; how much is shown is the affair of who shows it
_KINDS: Final = frozenset({"", "discovery", "enrichment", "order", "discovery order", "enrichment order"})


def order_name(order: Order) -> str:
    """Return what *order* is called on its own, cleaned, not escaped.

    Args:
        order: what is known of it, each key optional: ``order_id``, ``title``, ``name``, ``profile_name``,
            ``order_type``, ``created_at`` (a time, or ISO 8601 text).

    Example:
        >>> from openprospect_nb.frames.order_names import order_name
        >>> order_name({"order_id": "0c5f1a2b-77", "order_type": "DISCOVERY", "created_at": "2026-05-04T08:00:00Z"})
        'Discovery 2026-05-04, 0c5f1a2b'
    """
    for key in ("title", "name", "profile_name"):
        text = clean(_text(order, key), LONGEST_NAME)
        if text.casefold() not in _KINDS:
            return text
    kind, day = _text(order, "order_type").capitalize(), _day(order)
    kind_and_day = " ".join(part for part in (clean(kind, 40), day) if part)
    order_id = clean(_text(order, "order_id"), 60)
    return f"{kind_and_day}, {order_id[:SHORT_ID]}" if kind_and_day else order_id


def order_names(orders: Iterable[Order]) -> dict[str, str]:
    """Return the id of each order with its name; equal names are told apart by the date, else by the short id.

    Example:
        >>> from openprospect_nb.frames.order_names import order_names
        >>> order_names([{"order_id": "a", "title": "Spring"}, {"order_id": "b", "title": "Spring"}])
        {'a': 'Spring (a)', 'b': 'Spring (b)'}
    """
    by_id = {_text(order, "order_id"): order for order in orders}
    names = {order_id: order_name(order) for order_id, order in by_id.items()}
    for mark in (_day, lambda order: _text(order, "order_id")[:SHORT_ID], lambda order: _text(order, "order_id")):
        names = _told_apart(names, {order_id: mark(order) for order_id, order in by_id.items()}, by_id)
    return names


def described_orders(provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the orders of a `Results`' provenance, each with the ``profile_name`` of the ICP it was bought for."""
    parts: Sequence[Mapping[str, Any]] = provenance.get("parts") or [provenance]
    described = []
    for part in parts:
        icp = part.get("icp")
        profile = icp.get("profile_name") if isinstance(icp, Mapping) else None
        described += [{"profile_name": profile, **order} for order in part.get("orders") or ()]
    ids = {str(order.get("order_id")) for order in described}
    rest = [dict(order) for order in provenance.get("orders") or () if str(order.get("order_id")) not in ids]
    return described + rest


def _told_apart(names: Mapping[str, str], marks: Mapping[str, str], orders: Mapping[str, Order]) -> dict[str, str]:
    """Return *names*, those of which several are equal with their mark, if the marks of these differ."""
    count = Counter(names.values())
    of_name = {name: {marks[key] for key in names if names[key] == name} for name in count}
    apart = {}
    for key, name in names.items():
        is_told = count[name] > 1 and len(of_name[name]) == count[name] and marks[key]
        apart[key] = f"{order_name(orders[key])} ({marks[key]})" if is_told else name
    return apart


def _text(order: Order, key: str) -> str:
    value = order.get(key)
    return "" if value is None else str(value)


def _day(order: Order) -> str:
    text = _text(order, "created_at")[:10]
    return text if text[:1].isdigit() else ""
