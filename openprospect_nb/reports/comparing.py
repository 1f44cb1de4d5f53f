"""The comparison of orders in a report: a row an order, and what is told apart from chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb import charts
from openprospect_nb.analysis.orders.comparison import Comparison
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import ComparedOrder, Fact

MEASURES: Final[tuple[charts.Measure, ...]] = ("contactable", "match", "bounces", "cost")


def comparison_charts(compared: Comparison, say: Wording) -> tuple[tuple[str, go.Figure], ...]:
    """Return a chart a measure, with its key."""
    return tuple((name, charts.order_comparison(compared, measure=name, language=say.language)) for name in MEASURES)


def compared_orders(compared: Comparison, say: Wording) -> tuple[ComparedOrder, ...]:
    """Return one `ComparedOrder` an order, in the comparison's order."""
    return tuple(_row(row, say) for row in compared.orders.iter_rows(named=True))


def differences(compared: Comparison, say: Wording) -> tuple[Fact, ...]:
    """Return each difference to the reference order as a sentence with its interval."""
    labels = dict(compared.orders.select("order_id", "label").iter_rows())
    return tuple(
        Fact(
            name=say.say(f"difference.{row['measure']}"),
            text=say.say(
                "difference.text",
                order=clean(labels.get(row["order_id"]), 5_000),
                reference=clean(labels.get(row["reference"]), 5_000),
                reading=say.say(f"difference.{_reading(row)}"),
                difference=_signed(row["difference"], row["measure"], say),
                low=_signed(row["low"], row["measure"], say),
                high=_signed(row["high"], row["measure"], say),
            ),
        )
        for row in compared.differences.iter_rows(named=True)
    )


def _row(row: Mapping[str, Any], say: Wording) -> ComparedOrder:
    return ComparedOrder(
        label=clean(row["label"], 5_000),
        companies=say.number(row["companies"]),
        contactable=f"{say.share(row['contactable_rate'])} ({_span(row, 'contactable', say)})",
        match=f"{say.number(row['match_median'], 1)} (n = {say.number(row['scored'])})",
        bounces=f"{say.share(row['bounce_rate'], 1)} ({_span(row, 'bounce', say)})",
        cost=_money(row["cost"], row["currency"], say),
        per_contact=_money(row["cost_per_contactable"], row["currency"], say),
        is_small=row["note"] is not None,
    )


def _span(row: Mapping[str, Any], name: str, say: Wording) -> str:
    return f"{say.share(row[f'{name}_low'])} – {say.share(row[f'{name}_high'])}"


def _money(amount: float | None, currency: str | None, say: Wording) -> str:
    return f"{say.number(amount, 2)} {clean(currency, 8)}".strip() if amount is not None else say.number(None)


def _reading(row: Mapping[str, Any]) -> str:
    if row["difference"] is None or row["low"] <= 0 <= row["high"]:
        return "unclear"
    return "higher" if row["low"] > 0 else "lower"


def _signed(value: float | None, measure: str, say: Wording) -> str:
    """Return a difference with its sign: of shares in percentage points, of superiority from -1 to 1."""
    if value is None:
        return say.number(None)
    sign = "+" if value > 0 else ""
    if measure == "match_superiority":
        return f"{sign}{say.number(value, 2)}"
    return f"{sign}{say.number(value * 100, 1)} {say.say('points')}"
