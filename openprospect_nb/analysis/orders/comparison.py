"""Compare orders (and so the ICPs behind them): yield, quality, risk and cost, each rate with its n and interval."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, Terms, forecast_of
from openprospect_nb.analysis.contacts.best import within
from openprospect_nb.analysis.contacts.recipients import TIER, recipients, tiered
from openprospect_nb.analysis.intervals import Count, newcombe, wilson, z_value
from openprospect_nb.analysis.orders.descriptions import OrderDescription, both, describe_orders
from openprospect_nb.analysis.table import OpenTable, collect
from openprospect_nb.errors import FieldProblem, ValidationError

CONTACTABLE: Final = ("verified", "likely")
FEW: Final = 30  # below this many companies an order's rates are called a small sample
ORDERS: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "label": pl.String(),
        "companies": pl.Int64(),
        "contactable": pl.Int64(),
        "contactable_rate": pl.Float64(),
        "contactable_low": pl.Float64(),
        "contactable_high": pl.Float64(),
        "scored": pl.Int64(),
        "match_q10": pl.Float64(),
        "match_median": pl.Float64(),
        "match_q90": pl.Float64(),
        "prospects": pl.Int64(),
        "contactable_prospects": pl.Int64(),
        "risk_known": pl.Int64(),
        "expected_bounces": pl.Float64(),
        "bounce_rate": pl.Float64(),
        "bounce_low": pl.Float64(),
        "bounce_high": pl.Float64(),
        "cost": pl.Float64(),
        "currency": pl.String(),
        "cost_per_contactable": pl.Float64(),
        "note": pl.String(),
    }
)
DIFFERENCES: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "reference": pl.String(),
        "measure": pl.String(),
        "difference": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "n": pl.Int64(),
        "n_reference": pl.Int64(),
        "reading": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Orders beside each other.

    Attributes:
        orders: `ORDERS`, a row an order. ``contactable``: companies with a prospect in the tiers asked for; rates are
            0-1 with Wilson intervals; match quantiles 0-10 over the ``scored``; bounces over the contactable prospects
            of known risk, with the forecast's interval as rates; costs as stated or at the price given, null where
            unknown; ``note`` says when a sample is small.
        differences: `DIFFERENCES`, against the reference order: of ``contactable_rate`` (Newcombe's interval) and of
            ``match_superiority`` (the chance that a company of this order outscores one of the reference, minus the
            chance that it is outscored: Cliff's delta, -1 to 1).
        reference: the order the others are compared with. level: of all intervals.
        sources: where the companies come from, sorted: "live", "sandbox" or both; empty where nothing says so.
    """

    reference: str | None
    level: float
    orders: pl.DataFrame = field(compare=False)
    differences: pl.DataFrame = field(compare=False)
    sources: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return how many orders are compared, and with which."""
        return f"Comparison({self.orders.height} orders, against {self.reference})"


def compare(
    results: object,
    *,
    prospects: object = None,
    price_per_briefing: float | None = None,
    reference: str | None = None,
    tiers: Collection[str] = CONTACTABLE,
    level: float = 0.9,
) -> Comparison:
    """Return the orders of *results* beside each other, with the differences to one of them.

    Args:
        results: a `Results` of several orders, or their companies frame with ``order_id`` and ``id``.
        prospects: the prospects frame, when *results* is a companies frame.
        price_per_briefing: your price of a delivered company, where the server states no cost.
        reference: the order to compare with; None takes the first by id.
        tiers: which tiers of `contactable` count as contactable.
        level: confidence of every interval.

    Raises:
        ValidationError: a needed column is missing, or there is no such reference.

    Example:
        >>> op.compare(results, price_per_briefing=2.5).orders.height
        1
    """
    z_value(level)
    companies, people = both(results, prospects)
    firms = _firms(companies)
    order_ids = sorted(set(firms["order_id"].drop_nulls().to_list()))
    if reference is not None and reference not in order_ids:
        problem = FieldProblem("reference", f"{reference!r} is not among the orders")
        raise ValidationError("nothing to compare with", fields=[problem], next_step=f"There are: {order_ids}.")
    sizes = dict(firms.group_by("order_id").agg(pl.col("id").n_unique()).rows())
    described = describe_orders(results, order_ids, sizes, price_per_briefing)
    reached = _people(people, firms, tiers)
    parts = {
        name: (firms.filter(pl.col("order_id") == name), reached.filter(pl.col("order_id") == name))
        for name in order_ids
    }
    chosen = reference or (order_ids[0] if order_ids else None)
    orders = [_row(name, described[name], *parts[name], level) for name in order_ids]
    table = pl.DataFrame(orders, schema=ORDERS, orient="row")
    return Comparison(
        reference=chosen,
        level=level,
        orders=table,
        differences=_differences(table, firms, chosen, level),
        sources=_sources(companies),
    )


def _firms(companies: OpenTable) -> pl.DataFrame:
    """Return one row a company and order: ``order_id``, ``id``, ``match_score`` (null outside 0-10)."""
    columns = {
        "__op_order_id": companies.column("order_id", nw.String),
        "__op_id": companies.column("id", nw.String),
        "__op_match": within(companies.column("match_score", nw.Float64), 0, 10),
    }
    rows = collect(companies.lazy.select(**columns), list(columns)).rename(
        {"__op_order_id": "order_id", "__op_id": "id", "__op_match": "match_score"}
    )
    typed = rows.cast({"order_id": pl.String, "id": pl.String, "match_score": pl.Float64})
    return typed.group_by("order_id", "id").agg(pl.col("match_score").max()).sort("order_id", "id")


def _sources(companies: OpenTable) -> tuple[str, ...]:
    rows = collect(companies.lazy.select(__op_source=companies.column("source", nw.String)).unique(), ["__op_source"])
    return tuple(sorted(rows["__op_source"].cast(pl.String).drop_nulls()))


def _people(people: OpenTable, firms: pl.DataFrame, tiers: Collection[str]) -> pl.DataFrame:
    """Return ``order_id``, ``company_id``, ``is_contactable`` and what `recipients` needs, a row an address."""
    names = ("order_id", "company_id", "email", "email_type")
    numbers = ("bounce_risk_score", "validation_confidence", "calibrated_bounce_risk")
    columns = {f"__op_{name}": people.column(name, nw.String) for name in names}
    columns |= {f"__op_{name}": people.column(name, nw.Float64) for name in numbers}
    rows = collect(tiered(people).select(TIER, **columns), [TIER, *columns])
    types = pl.Schema([(name, pl.String()) for name in names] + [(name, pl.Float64()) for name in numbers])
    plain = rows.rename(lambda name: name.removeprefix("__op_")).cast(types)
    named = plain.rename({TIER.removeprefix("__op_"): "tier"})
    if "order_id" not in people.columns:
        named = named.drop("order_id").join(firms.select("order_id", company_id="id"), on="company_id")
    once = named.unique(["order_id", "company_id", "email"], keep="first", maintain_order=True)
    return once.with_columns(is_contactable=pl.col("tier").is_in(list(tiers)))


def _row(
    name: str, order: OrderDescription, firms: pl.DataFrame, people: pl.DataFrame, level: float
) -> Sequence[object]:
    reached = people.filter("is_contactable")
    hits = firms.filter(pl.col("id").is_in(reached["company_id"].drop_nulls().unique().implode())).height
    n = firms.height
    scores = firms["match_score"].drop_nulls()
    bounces = forecast_of(recipients(reached.drop("order_id")), Terms(BOUNCE_LIMIT, level))
    rates = [None if not bounces.n else count / bounces.n for count in (bounces.low, bounces.high)]
    per_contact = order.cost / reached.height if order.cost is not None and reached.height else None
    return (
        name, order.label, n, hits, hits / n if n else None, *wilson(hits, n, level), len(scores),
        *(scores.quantile(q, "linear") for q in (0.1, 0.5, 0.9)), people.height, reached.height, bounces.n,
        bounces.expected, bounces.rate, *rates, order.cost, order.currency, per_contact,
        f"small sample: {n} companies" if n < FEW else None,
    )  # fmt: skip


def _differences(orders: pl.DataFrame, firms: pl.DataFrame, reference: str | None, level: float) -> pl.DataFrame:
    counts = {name: (hits, n) for name, hits, n in orders.select("order_id", "contactable", "companies").rows()}
    scores = {
        str(name): sorted(values) for name, values in firms.drop_nulls().group_by("order_id").agg("match_score").rows()
    }
    rows: list[Sequence[object]] = []
    for name in counts:
        if reference is None or name == reference:
            continue
        rows.append(_rate_difference(name, reference, counts, level))
        rows.append(_score_difference(name, reference, scores, level))
    return pl.DataFrame(rows, schema=DIFFERENCES, orient="row")


def _rate_difference(
    name: str, reference: str, counts: Mapping[str, tuple[int, int]], level: float
) -> Sequence[object]:
    (hits, n), (base_hits, base_n) = counts[name], counts[reference]
    low, high = newcombe(Count(base_hits, base_n), Count(hits, n), level)
    gap = hits / n - base_hits / base_n
    return (name, reference, "contactable_rate", gap, low, high, n, base_n, _reading(low, high, min(n, base_n)))


def _score_difference(
    name: str, reference: str, scores: Mapping[str, Sequence[float]], level: float
) -> Sequence[object]:
    ours, theirs = scores.get(name, ()), scores.get(reference, ())
    n, base_n = len(ours), len(theirs)
    if not n or not base_n:
        return (name, reference, "match_superiority", None, -1.0, 1.0, n, base_n, "no scores on one side")
    delta = cliffs_delta(theirs, ours)
    reach = z_value(level) * _superiority_error((delta + 1) / 2, n, base_n) * 2
    low, high = max(-1.0, delta - reach), min(1.0, delta + reach)
    return (name, reference, "match_superiority", delta, low, high, n, base_n, _reading(low, high, min(n, base_n)))


def cliffs_delta(first: Sequence[float], second: Sequence[float]) -> float:
    """Return P(second > first) - P(second < first) for two sorted samples, by one merge over both."""
    below = above = 0
    low = high = 0
    for value in second:
        while low < len(first) and first[low] < value:
            low += 1
        while high < len(first) and first[high] <= value:
            high += 1
        above += low
        below += len(first) - high
    return (above - below) / (len(first) * len(second))


def _superiority_error(superiority: float, n: int, m: int) -> float:
    """Return the standard error of a chance of superiority (Hanley and McNeil 1982), never quite zero."""
    a = min(max(superiority, 0.5 / n), 1 - 0.5 / n)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    return math.sqrt((a * (1 - a) + (n - 1) * (q1 - a * a) + (m - 1) * (q2 - a * a)) / (n * m))


def _reading(low: float, high: float, smallest: int) -> str:
    said = "higher" if low > 0 else "lower" if high < 0 else "no clear difference"
    return f"{said} (small sample)" if smallest < FEW else said
