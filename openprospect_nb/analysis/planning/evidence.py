"""What earlier orders say about each ICP: the batches it was delivered in, its price, its repeats, its market."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.orders.comparison import judged
from openprospect_nb.analysis.orders.descriptions import (
    OrderDescription,
    both,
    describe_orders,
    in_order_of_delivery,
    orders_named,
)
from openprospect_nb.analysis.orders.rates import rate_of
from openprospect_nb.analysis.planning.saturation import Market, market_of
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.yields import Batch

_SPENT = 0.95  # of what was asked for; an order that brought less has seen the end of its market


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What is known of one ICP.

    Attributes:
        orders: its orders, oldest first. batches: what they brought, of the companies that count.
        companies: delivered, each order's own. unknown: those of which it is not known whether they are good.
        price: of a delivered company, None where unknown; ``currency`` of it.
        repeats, last: companies of its latest order that an order before had brought, and how many it brought; None
            where no order was before.
        market: what its orders have seen. is_spent: whether the latest brought clearly fewer than it was asked for.
    """

    orders: tuple[str, ...]
    batches: tuple[Batch, ...]
    companies: int
    unknown: int
    price: float | None
    currency: str | None
    repeats: int | None
    last: int | None
    market: Market
    is_spent: bool


def evidence(
    results: object,
    icps: Iterable[ICP] | Mapping[str, Sequence[str]] | None,
    *,
    prospects: object,
    price: float | None,
    avoid_known: bool,
    tiers: Collection[str],
    good_match: float,
    calibration: Calibration | None,
) -> dict[str, TrackRecord]:
    """Return what is known of each ICP, by its name; the arguments are those of `plan`."""
    firms = judged(results, prospects, tiers=tiers, good_match=good_match, calibration=calibration)
    sizes = dict(firms.group_by("order_id").len().rows())
    times = in_order_of_delivery(orders_named(both(results, prospects)[0]))
    ordered = [name for name in times["order_id"].unique(maintain_order=True).to_list() if name in sizes]
    described = describe_orders(results, ordered, sizes, price)
    groups = _groups(results, icps, ordered, described)
    parts = {name: own.with_columns(is_good=pl.col("is_joint") & pl.col("is_new")) for (name,), own in
             firms.group_by("order_id")}  # fmt: skip
    return {
        name: _evidence([order for order in ordered if order in set(own)], parts, described, ordered, avoid_known)
        for name, own in groups.items()
    }


def _evidence(
    orders: Sequence[str],
    parts: Mapping[Any, pl.DataFrame],
    described: Mapping[str, OrderDescription],
    ordered: Sequence[str],
    avoid_known: bool,
) -> TrackRecord:
    costs = [(described[order].cost, parts[order].height) for order in orders]
    paid = [(cost, size) for cost, size in costs if cost is not None]
    sizes = sum(size for _, size in paid)
    last = orders[-1] if orders else None
    is_first = last is None or last == ordered[0]
    latest = None if last is None else described[last]
    wanted, short = (latest.wanted, latest.shortfall) if latest else (None, None)
    return TrackRecord(
        orders=tuple(orders),
        batches=tuple(_batches([parts[order] for order in orders], avoid_known=avoid_known)),
        companies=sum(parts[order].height for order in orders),
        unknown=sum(int(parts[order]["is_unknown"].sum()) for order in orders),
        price=sum(cost for cost, _ in paid) / sizes if sizes else None,
        currency=next((c for order in orders if (c := described[order].currency)), None),
        repeats=None if is_first or last is None else int((~parts[last]["is_new"]).sum()),
        last=None if is_first or last is None else parts[last].height,
        market=market_of([parts[order]["id"].to_list() for order in orders]),
        is_spent=bool(wanted and short and wanted - short < _SPENT * wanted),
    )


def _batches(orders: Sequence[pl.DataFrame], *, avoid_known: bool) -> Iterable[Batch]:
    start = 0
    for order in orders:
        counted = order.filter("is_new") if avoid_known else order
        rate = rate_of(counted, "is_good", "judged")
        if rate.n:
            yield Batch(start, rate.n, rate.hits, rate.effective)
        start += counted.height


def _groups(
    results: object,
    icps: Iterable[ICP] | Mapping[str, Sequence[str]] | None,
    ordered: Sequence[str],
    described: Mapping[str, OrderDescription],
) -> dict[str, Sequence[str]]:
    """Return the orders of each ICP, by its name.

    Raises:
        ValidationError: an order is named that is not there.
    """
    if isinstance(icps, Mapping):
        unknown = sorted({order for own in icps.values() for order in own} - set(ordered))
        if unknown:
            problem = FieldProblem("icps", f"names orders without companies here: {', '.join(unknown[:5])}")
            raise ValidationError("no plan can be made", fields=[problem], next_step=f"There are: {list(ordered)}.")
        return dict(icps)
    hashes, names = _profiles(results)
    if icps is not None:
        wanted = list(icps)
        labels = _apart([icp.profile_name or icp.hash for icp in wanted])
        own = [[order for order in ordered if hashes.get(order) == icp.hash] for icp in wanted]
        return dict(zip(labels, own, strict=True))
    keys = {order: hashes.get(order, order) for order in ordered}
    firsts = list(dict.fromkeys(keys.values()))
    labels = _apart([names.get(key) or next(described[o].label for o in ordered if keys[o] == key) for key in firsts])
    return {
        label: [order for order in ordered if keys[order] == key] for label, key in zip(labels, firsts, strict=True)
    }


def _profiles(results: object) -> tuple[dict[str, str], dict[str, str]]:
    """Return from order to the fingerprint of its ICP, and from that to the ICP's name, as far as results tell."""
    provenance = results.provenance if isinstance(results, Results) else {}
    hashes: dict[str, str] = {}
    names: dict[str, str] = {}
    for part in provenance.get("parts") or [provenance]:
        key = part.get("icp_hash")
        if key:
            hashes |= {str(order.get("order_id")): key for order in part.get("orders") or ()}
            names[key] = str((part.get("icp") or {}).get("profile_name") or "")
    return hashes, names


def _apart(labels: Sequence[str]) -> list[str]:
    """Return the labels, those that are several with a number each."""
    often = Counter(labels)
    numbers = [labels[: place + 1].count(label) for place, label in enumerate(labels)]
    return [f"{label} ({n})" if often[label] > 1 else label for label, n in zip(labels, numbers, strict=True)]
