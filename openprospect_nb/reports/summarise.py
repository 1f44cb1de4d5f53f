"""Compute what a report says: `Results` in, frozen `Summary` out. Nothing is drawn here but the figures it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from openprospect_nb import charts
from openprospect_nb.analysis.distribution import tally
from openprospect_nb.analysis.table import open_table
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.companies import LONGEST, company_lines
from openprospect_nb.reports.headlines import headlines
from openprospect_nb.reports.masking import conceal, without_persons
from openprospect_nb.reports.orders import asked, order_lines, provenance, reproducing_code
from openprospect_nb.reports.rows import quality
from openprospect_nb.reports.summary import Chart, Fact, Summary
from openprospect_nb.reports.texts import shortened

CHARTS: Final[tuple[tuple[str, str, Callable[..., go.Figure]], ...]] = (
    ("quality", "match", charts.match_score),
    ("quality", "quality", charts.prospect_quality),
    ("quality", "reasons", charts.reasons),
    ("reach", "funnel", charts.funnel),
    ("risk", "risk", charts.bounce_risk),
    ("risk", "frontier", charts.send_frontier),
    ("data", "coverage", charts.coverage),
)
"""The charts every report has: section, key, and what draws it."""

_DRAWN: Final = 200  # of the most frequent reasons; a chart shows a dozen
METHODS: Final = ("score", "match", "quality", "risk", "frontier", "interval", "unknown")


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
    """Return the `Summary` of *results*, with persons concealed unless the caller reveals them."""
    say = contents.wording
    drawn = results if contents.reveal else _drawn(results, say)
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
        charts=tuple(_chart(place, draw, drawn, say) for *place, draw in CHARTS),
        companies=company_lines(results, contents.top, say),
        companies_note=_note(results, contents.top, say),
        quality=quality(results, say),
        method=tuple(Fact(name=say.say(f"method.{key}"), text=say.say(f"method.{key}.text")) for key in METHODS),
        provenance=provenance(results, say),
        code=reproducing_code(results),
    )
    return shortened(summary if contents.reveal else conceal(summary, results.prospects, say))


def _drawn(results: Results, say: Wording) -> Results:
    """Return the results to draw: a chart cuts its labels, so names must be out of the reasons before."""
    listed = tally(open_table(results.companies, name="companies", required=[]), "match_reasons", each=True)
    hidden = without_persons([name for name in list(listed)[:_DRAWN] if name is not None], results.prospects, say)
    return replace(results, companies=results.companies.with_columns(_renamed("match_reasons", hidden)))


def _renamed(column: str, names: Mapping[str, str]) -> pl.Expr:
    return (
        pl.col(column).list.eval(pl.element().replace(list(names), list(names.values()))) if names else pl.col(column)
    )


def _chart(place: Sequence[str], draw: Callable[..., go.Figure], results: Results, say: Wording) -> Chart:
    section, key = place
    drawn = draw(results, language=say.language)
    words = drawn.layout.meta
    # Title and subtitle stand in the page, where they wrap; the template is in the page once for all charts.
    top = 66 + 16 * (drawn.layout.title.subtitle.text.count("<br>") + 1) - 24
    drawn.update_layout(
        title=None, template=None, meta=None, height=drawn.layout.height - top, margin_t=drawn.layout.margin.t - top
    )
    return Chart(
        section=section,
        key=key,
        title=words["title"],
        subtitle=words["subtitle"],
        alt=words["alt"],
        figure=drawn.to_plotly_json(),
    )


def _title(results: Results, say: Wording) -> str:
    icp: Mapping[str, Any] = results.provenance.get("icp") or {}
    orders: list[Mapping[str, Any]] = results.provenance.get("orders") or []
    named = icp.get("profile_name") or (orders[0].get("title") if orders else None)
    return say.say("report.title", name=named) if named else say.say("report.untitled")


def _is_sandbox(results: Results) -> bool:
    rows = set(results.companies["source"].unique()) | set(results.prospects["source"].unique())
    return "sandbox" in rows or results.provenance.get("source") == "sandbox"


def _note(results: Results, top: int, say: Wording) -> str:
    total = results.companies.height
    return say.say("companies.note", shown=min(top, total), total=total)
