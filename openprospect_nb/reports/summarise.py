"""Compute what a report says: results in, frozen `Summary` out. Nothing is drawn here but the figures it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from openprospect_nb import charts
from openprospect_nb.analysis.distribution import tally
from openprospect_nb.analysis.orders.comparison import Comparison, compare
from openprospect_nb.analysis.table import open_table
from openprospect_nb.exports.notices import OBTAINED, inform_by, with_time
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.privacy.masking import masked_texts
from openprospect_nb.reports.sections import (
    LONGEST,
    asked,
    company_lines,
    compared_orders,
    comparison_charts,
    differences,
    headlines,
    order_lines,
    provenance,
    quality,
    reproducing_code,
)
from openprospect_nb.reports.summary import Chart, Fact, Summary
from openprospect_nb.reports.texts import masked, shortened

CHARTS: Final[tuple[tuple[str, str, Callable[..., go.Figure]], ...]] = (
    ("quality", "match", charts.match_score),
    ("quality", "quality", charts.prospect_quality),
    ("quality", "reasons", charts.reasons),
    ("reach", "funnel", charts.funnel),
    ("risk", "risk", charts.bounce_risk),
    ("risk", "frontier", charts.send_frontier),
    ("data", "coverage", charts.coverage),
)
"""The charts every report on results has: section, key, and what draws it."""

METHODS: Final = ("score", "match", "quality", "risk", "frontier", "interval", "unknown")
_COMPARING: Final = ("interval", "contactable", "superiority", "unknown")
_DRAWN: Final = 200  # of the most frequent reasons; a chart shows a dozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the caller chose: title, language, companies shown, whether persons are, for whom, and the stated date."""

    title: str | None
    wording: Wording
    top: int
    reveal: bool
    recipient: str
    as_of: str | None


def summarise(results: Results, contents: Contents) -> Summary:
    """Return the `Summary` of *results*, with persons masked unless the caller reveals them."""
    say = contents.wording
    shown = results if contents.reveal else _drawn(results, say)
    compared = _compared(shown)
    summary = Summary(
        language=say.language,
        title=clean(contents.title or _title(results, say), LONGEST),
        as_of=say.date(contents.as_of or results.provenance.get("fetched_at"), time=True),
        is_sandbox=_is_sandbox(results),
        is_masked=not contents.reveal,
        recipient=clean(contents.recipient, 120),
        asked=asked(results, say),
        orders=order_lines(results, say),
        headlines=headlines(results, say),
        charts=(*_charts(shown, say), *_comparison_charts(compared, say)),
        compared=() if compared is None else compared_orders(compared, say),
        differences=() if compared is None else differences(compared, say),
        companies=company_lines(results, contents.top, say),
        companies_total=results.companies.height,
        quality=quality(results, say),
        method=methods((*METHODS, *(() if compared is None else _COMPARING[1:3])), say),
        provenance=provenance(results, say),
        code=reproducing_code(results),
        inform_by=_inform_by(results, say),
    )
    return shortened(summary if contents.reveal else masked(summary, results.prospects, say))


def summarise_comparison(compared: Comparison, contents: Contents) -> Summary:
    """Return the `Summary` of a comparison alone; what looks like a person in its titles is masked."""
    say = contents.wording
    nobody = Results().prospects
    renamed = {} if contents.reveal else masked_texts(compared.orders["label"].drop_nulls(), nobody, say)
    shown = replace(compared, orders=compared.orders.with_columns(_renamed(pl.col("label"), renamed)))
    summary = Summary(
        language=say.language,
        title=clean(contents.title or say.say("report.comparison", n=compared.orders.height), LONGEST),
        as_of=say.date(contents.as_of, time=True) if contents.as_of else "",
        is_sandbox="sandbox" in compared.sources,
        is_masked=not contents.reveal,
        recipient=clean(contents.recipient, 120),
        charts=_comparison_charts(shown, say),
        compared=compared_orders(shown, say),
        differences=differences(shown, say),
        method=methods(_COMPARING, say),
    )
    return shortened(summary if contents.reveal else masked(summary, nobody, say))


def methods(keys: Sequence[str], say: Wording) -> tuple[Fact, ...]:
    """Return how each of *keys* was worked out."""
    return tuple(Fact(name=say.say(f"method.{key}"), text=say.say(f"method.{key}.text")) for key in keys)


def _inform_by(results: Results, say: Wording) -> str:
    """Return the day by which the first persons are to be told of their data, or nothing where there are none."""
    obtained = with_time(results.prospects, results).select(inform_by(pl.col(OBTAINED)).min()).item()
    return "" if obtained is None else say.date(str(obtained))


def _drawn(results: Results, say: Wording) -> Results:
    """Return the results to draw: a chart cuts its labels, so names must be out of reasons and titles before."""
    listed = tally(open_table(results.companies, name="companies", required=[]), "match_reasons", each=True)
    orders = results.provenance.get("orders") or []
    texts = [name for name in list(listed)[:_DRAWN] if name is not None]
    titles = [str(order["title"]) for order in orders if order.get("title")]
    renamed = masked_texts([*texts, *titles], results.prospects, say)
    reasons = pl.col("match_reasons").list.eval(_renamed(pl.element(), renamed))
    titled = [{**order, "title": renamed.get(str(order.get("title")), order.get("title"))} for order in orders]
    facts = {**results.provenance, "orders": titled}
    return replace(results, companies=results.companies.with_columns(reasons), provenance=facts)


def _renamed(texts: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    return texts.replace(list(names), list(names.values())) if names else texts


def _compared(results: Results) -> Comparison | None:
    return compare(results) if results.companies["order_id"].n_unique() > 1 else None


def _charts(results: Results, say: Wording) -> tuple[Chart, ...]:
    return tuple(_chart(section, key, draw(results, language=say.language)) for section, key, draw in CHARTS)


def _comparison_charts(compared: Comparison | None, say: Wording) -> tuple[Chart, ...]:
    drawn = () if compared is None else comparison_charts(compared, say)
    return tuple(_chart("compared", f"compare_{key}", figure) for key, figure in drawn)


def _chart(section: str, key: str, drawn: go.Figure) -> Chart:
    words = drawn.layout.meta
    # Title and subtitle stand in the page, where they wrap; the template is in the page once for all charts.
    top = 66 + 16 * (drawn.layout.title.subtitle.text.count("<br>") + 1) - 24
    drawn.update_layout(title=None, meta=None, height=drawn.layout.height - top, margin_t=drawn.layout.margin.t - top)
    figure = drawn.to_plotly_json()
    del figure["layout"]["template"]
    return Chart(
        section=section,
        key=key,
        title=words["title"],
        subtitle=words["subtitle"],
        alt=words["alt"],
        figure=figure,
    )


def _title(results: Results, say: Wording) -> str:
    icp: Mapping[str, Any] = results.provenance.get("icp") or {}
    orders: list[Mapping[str, Any]] = results.provenance.get("orders") or []
    named = icp.get("profile_name") or (orders[0].get("title") if orders else None)
    return say.say("report.title", name=named) if named else say.say("report.untitled")


def _is_sandbox(results: Results) -> bool:
    rows = set(results.companies["source"].unique()) | set(results.prospects["source"].unique())
    return "sandbox" in rows or results.provenance.get("source") == "sandbox"
