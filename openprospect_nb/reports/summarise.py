"""Compute what a report says: results in, frozen `Summary` out. Nothing is drawn here but the figures it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from openprospect_nb import charts
from openprospect_nb.analysis.bounces.send_lists import SendList, send_list
from openprospect_nb.analysis.distribution import tally
from openprospect_nb.analysis.orders.comparison import Comparison, compare, is_clearly_best
from openprospect_nb.analysis.table import open_table
from openprospect_nb.exports.notices import OBTAINED, inform_by, with_time
from openprospect_nb.frames.order_names import described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.privacy.masking import masked_texts
from openprospect_nb.reports.decision import KeyNumbers, PageOne, decide, what_next, which_to_buy
from openprospect_nb.reports.findings import Source, find, listed_companies, sampled
from openprospect_nb.reports.first import STARTING, FirstPage, plan_lines, tiles
from openprospect_nb.reports.sections import (
    LONGEST,
    asked,
    best_first,
    company_lines,
    compared_orders,
    differences,
    order_lines,
    provenance,
    quality,
    ranked,
    reproducing_code,
    settlement,
    unclear,
    weighed,
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

MEASURES: Final[tuple[charts.Measure, ...]] = ("joint", "contactable", "match", "bounces", "cost")
METHODS: Final = ("score", "match", "quality", "risk", "frontier", "interval", "unknown")
_COMPARING: Final = ("interval", "contactable", "superiority", "unknown")
_NAMES: Final = ("title", "name", "profile_name")
_FLATTER: Final = 130  # page one has to end above the fold
_DRAWN: Final = 200  # of the most frequent reasons; a chart shows a dozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the caller chose: title, language, companies shown, whether persons are, for whom, date, list, weights."""

    title: str | None
    wording: Wording
    top: int
    reveal: bool
    recipient: str
    as_of: str | None
    sending: SendList[pl.DataFrame] | None = None
    weights: Mapping[str, float] | None = None


def summarise(results: Results, contents: Contents) -> Summary:
    """Return the `Summary` of *results*, with persons masked unless the caller reveals them."""
    say = contents.wording
    shown = results if contents.reveal else _drawn(results, say)
    as_of = contents.as_of or results.provenance.get("fetched_at")
    seen = Source(
        results=results,
        sending=contents.sending if contents.sending is not None else send_list(results),
        compared=compare(shown if shown.companies["order_id"].n_unique() > 1 else sampled(shown)),
        as_of=as_of,
    )
    # What page one is about, in a line above its sentence.
    names = list(order_names(described_orders(results.provenance)).values())
    title = contents.title or (names[0] if len(names) == 1 else say.say("report.several", n=len(names) or 1))
    obtained = with_time(results.prospects, results).select(inform_by(pl.col(OBTAINED)).min()).item()
    sources = {*results.companies["source"], *results.prospects["source"], results.provenance.get("source")}
    summary = Summary(
        title=clean(contents.title or _title(results, say), LONGEST),
        subtitle=clean(title, LONGEST),
        as_of=say.date(as_of, time=True),
        is_sandbox="sandbox" in sources,
        inform_by="" if obtained is None else say.date(str(obtained)),
        **_stated(contents),
        **_decided(seen, shown, contents),
        **_explained(results, contents),
    )
    return shortened(summary if contents.reveal else masked(summary, results.prospects, say))


def _stated(contents: Contents) -> dict[str, Any]:
    return {
        "language": contents.wording.language,
        "is_masked": not contents.reveal,
        "recipient": clean(contents.recipient, 120),
    }


def _decided(seen: Source, shown: Results, contents: Contents) -> dict[str, Any]:
    """Return page one, the charts, the companies, and orders beside each other where there are several."""
    say, weights = contents.wording, contents.weights
    scored = ranked(seen.results, weights)
    several = _best_first(seen.compared) if seen.compared.orders.height > 1 else None
    drawn, numbers = _charts(shown, seen.sending, say), find(seen)
    best = scored.head(contents.top)
    orders = described_orders(shown.provenance)
    profiles = {str(order.get("order_id")): str(order.get("profile_name") or "") for order in orders}
    return {
        "decision": decide(numbers),
        "first": _first(seen, numbers, scored, next(chart for chart in drawn if chart.key == "frontier"), contents),
        "charts": (*drawn, *_comparison_charts(several, say)),
        "companies": company_lines(best, best_first(seen.results, best, weights), say),
        "companies_total": seen.results.companies.height,
        "method": (
            *(() if weights is None else (weighed(weights, say),)),
            *methods((*METHODS, *(() if several is None else _COMPARING[1:3])), say),
        ),
        **_beside(several, say, profiles),
    }


def _best_first(compared: Comparison) -> Comparison:
    """Return the comparison with the order to buy from first, then the others by what decides it."""
    is_best = pl.col("order_id").eq_missing(pl.lit(compared.best))
    return replace(compared, orders=compared.orders.sort(is_best, "joint_rate", descending=True, nulls_last=True))


def _explained(results: Results, contents: Contents) -> dict[str, Any]:
    """Return what was asked, how good the rows are, and where they come from."""
    say = contents.wording
    return {
        "asked": asked(results, say),
        "orders": order_lines(results, say),
        "settlement": settlement(results, say),
        "quality": quality(results, say),
        "provenance": provenance(results, say),
        "code": reproducing_code(results, contents.weights),
    }


def _beside(compared: Comparison | None, say: Wording, profiles: Mapping[str, str]) -> dict[str, Any]:
    """Return what a summary says of orders beside each other; nothing of a single one."""
    if compared is None:
        return {}
    return {
        "compared": compared_orders(compared, say, profiles),
        "differences": differences(compared, say),
        "unclear": unclear(compared, say),
    }


def _flat(frontier: Chart) -> Chart:
    """Return the frontier as page one has it: less high."""
    layout = frontier.figure["layout"]
    # Without the lines of other senders' conventions: there is no room for their words.
    others = {
        line["y0"] for line in layout.get("shapes", ()) if line["y0"] == line["y1"] and line["line"]["width"] == 1
    }
    own = {part: [each for each in layout.get(part, ()) if each.get("y", each.get("y0")) not in others]
           for part in ("shapes", "annotations")}  # fmt: skip
    flat = {**frontier.figure, "layout": {**layout, **own, "height": layout["height"] - _FLATTER}}
    return replace(frontier, section="first", key="first", figure=flat)


def _first(seen: Source, numbers: KeyNumbers, scored: pl.DataFrame, frontier: Chart, contents: Contents) -> FirstPage:
    """Return page one: the companies to start with are those of the list, and their person is the one on it."""
    say, listed = contents.wording, listed_companies(seen.sending, seen.results)
    start, people = scored.head(0), seen.results.prospects
    if listed.height:
        start = scored.join(listed, left_on=("order_id", "id"), right_on=("order_id", "company_id"), how="semi")
        people = people.join(listed, on=["order_id", "company_id", "id"], how="semi", nulls_equal=True)
    elif scored.height:
        start, people = scored, best_first(seen.results, scored.head(STARTING), contents.weights)
    start = start.head(STARTING)
    return FirstPage(
        tiles=tiles(numbers, say),
        heading="first.start" if listed.height > STARTING else "first.listed" if listed.height else "first.best",
        start=company_lines(start, people, say),
        plan=plan_lines(numbers, say),
        frontier=_flat(frontier) if seen.sending.frontier.height else None,
    )


def summarise_comparison(compared: Comparison, contents: Contents) -> Summary:
    """Return the `Summary` of a comparison alone; what looks like a person in its titles is masked."""
    say = contents.wording
    nobody = Results().prospects
    renamed = {} if contents.reveal else masked_texts(compared.orders["label"].drop_nulls(), nobody, say)
    shown = _best_first(replace(compared, orders=compared.orders.with_columns(_renamed(pl.col("label"), renamed))))
    title = clean(contents.title or say.say("report.comparison", n=compared.orders.height), LONGEST)
    summary = Summary(
        title=title,
        subtitle=title,
        decision=_decided_by(shown) if compared.orders.height > 1 else None,
        as_of=say.date(contents.as_of, time=True) if contents.as_of else "",
        is_sandbox="sandbox" in compared.sources,
        **_stated(contents),
        charts=_comparison_charts(shown, say),
        method=methods(_COMPARING, say),
        **_beside(shown, say, {}),
    )
    return shortened(summary if contents.reveal else masked(summary, nobody, say))


def _decided_by(compared: Comparison) -> PageOne:
    """Return which order a comparison says to buy again, and what to do where it says none."""
    rows = compared.orders
    labels = dict(rows.select("order_id", "label").iter_rows())
    companies = int(rows["companies"].sum())
    best = labels.get(str(compared.best)) if is_clearly_best(compared) else None
    # Whether anybody can be mailed is no matter here: an order is good by what of it can be contacted.
    numbers = KeyNumbers(orders=rows.height, delivered=companies, mailable=companies, profiles=rows.height, best=best)
    return PageOne(sentence=(which_to_buy(numbers),), explained=(what_next(numbers),), cautions=())


def methods(keys: Sequence[str], say: Wording) -> tuple[Fact, ...]:
    """Return how each of *keys* was worked out."""
    return tuple(Fact(name=say.say(f"method.{key}"), text=say.say(f"method.{key}.text")) for key in keys)


def _drawn(results: Results, say: Wording) -> Results:
    """Return the results to draw: a chart cuts its labels, so names must be out of reasons and titles before."""
    listed = tally(open_table(results.companies, name="companies", required=[]), "match_reasons", each=True)
    texts = [name for name in list(listed)[:_DRAWN] if name is not None]
    names = [str(order[key]) for order in described_orders(results.provenance) for key in _NAMES if order.get(key)]
    renamed = masked_texts([*texts, *names], results.prospects, say)
    reasons = pl.col("match_reasons").list.eval(_renamed(pl.element(), renamed))
    named = [
        {**order, **{key: renamed.get(str(order.get(key)), order.get(key)) for key in _NAMES}}
        for order in described_orders(results.provenance)
    ]
    facts = {**results.provenance, "orders": named, "parts": None}
    return replace(results, companies=results.companies.with_columns(reasons), provenance=facts)


def _renamed(texts: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    return texts.replace(list(names), list(names.values())) if names else texts


def _charts(results: Results, sending: SendList[pl.DataFrame], say: Wording) -> tuple[Chart, ...]:
    drawn = ((section, key, sending if key == "frontier" else results, draw) for section, key, draw in CHARTS)
    return tuple(_chart(section, key, draw(source, language=say.language)) for section, key, source, draw in drawn)


def _comparison_charts(compared: Comparison | None, say: Wording) -> tuple[Chart, ...]:
    if compared is None:
        return ()
    drawn = ((name, charts.order_comparison(compared, measure=name, language=say.language)) for name in MEASURES)
    return tuple(_chart("compared", f"compare_{name}", figure) for name, figure in drawn)


def _chart(section: str, key: str, drawn: go.Figure) -> Chart:
    words = drawn.layout.meta
    # Title and subtitle stand in the page, where they wrap; the template is in the page once for all charts.
    top = 66 + 16 * (drawn.layout.title.subtitle.text.count("<br>") + 1) - 24
    drawn.update_layout(title=None, meta=None, height=drawn.layout.height - top, margin_t=drawn.layout.margin.t - top)
    figure = drawn.to_plotly_json()
    del figure["layout"]["template"]
    return Chart(section=section, key=key, **words, figure=figure)


def _title(results: Results, say: Wording) -> str:
    names = order_names(described_orders(results.provenance))
    if len(names) > 1:
        return say.say("report.several", n=len(names))
    return say.say("report.title", name=next(iter(names.values()))) if names else say.say("report.untitled")
