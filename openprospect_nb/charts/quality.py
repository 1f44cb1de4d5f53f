"""How well companies and prospects fit: histograms of the vendor's match and qualification scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import narwhals.stable.v2 as nw
import plotly.graph_objects as go
import polars as pl

from openprospect_nb.analysis.contacts.counting import one_each
from openprospect_nb.analysis.distribution import Distribution, distribution, distributions, has_text
from openprospect_nb.analysis.orders.funnel import CONFIDENT
from openprospect_nb.analysis.table import Expr, OpenTable, companies_of, open_table, prospects_of
from openprospect_nb.charts.theme import COLOURS, UNKNOWN_PATTERN, Caption, Theme, count_axis, figure, note, shade
from openprospect_nb.markup.wording import Wording, wording

# Half points keep whole-number scores apart: 9 and 10 fall into different bins.
SCORE_EDGES: Final = tuple(step / 2 for step in range(21))
_UNKNOWN_AT: Final = 11.0


def match_score(results: object, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return a histogram of companies by match score (0-10, higher fits better), with the median and the unscored.

    Needs ``match_score``; *results* is a `Results` or a companies frame.

    Example:
        >>> op.charts.match_score(results, theme="dark").to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    companies = open_table(companies_of(results), name="companies", required=["match_score"])
    scores = distribution(companies, "match_score", SCORE_EDGES)
    drawn = figure(_match_caption(scores, say), theme=theme, separators=say.separators)
    drawn.add_bar(**_bars(scores, say, "company"), marker={"color": COLOURS["blue"]})
    _add_unknown(drawn, scores.unknown, say, "company")
    _score_axes(drawn, say, say.say("match.axis"), say.say("axis.companies"), unknown=bool(scores.unknown))
    if scores.quartiles:
        median = scores.quartiles[1]
        drawn.add_vline(x=median, line={"width": 1.5, "dash": "dot", "color": COLOURS["unknown"]})
        drawn.add_annotation(
            x=median,
            y=1,
            yref="y domain",
            yanchor="bottom",
            text=say.say("median", value=say.number(median, 1)),
            xanchor="right" if median > 5 else "left",
        )
    return drawn if scores.rows else shade(drawn, say.say("empty.companies"))


def prospect_quality(results: object, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return a histogram of prospects by qualification score (0-10), stacked by whether they can be reached by e-mail.

    Needs ``qualification_score``; uses ``email`` and ``validation_confidence`` where present. *results* is a `Results`
    or a prospects frame; a person in several rows of a frame in memory counts once. A prospect without a score is drawn
    apart.

    Example:
        >>> op.charts.prospect_quality(results, language="de").to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    rows = prospects_of(results)
    people = one_each(rows) if isinstance(rows, pl.DataFrame) else rows
    prospects = open_table(people, name="prospects", required=["qualification_score"])
    parts = distributions(prospects, "qualification_score", SCORE_EDGES, by=_reach(prospects))
    total = sum(part.rows for part in parts.values())
    drawn = figure(_quality_caption(parts, total, say), theme=theme, height=420, separators=say.separators)
    for key, colour in _REACH.items():
        if key in parts:
            drawn.add_bar(**_bars(parts[key], say, "prospect", key), marker={"color": colour})
    unknown = sum(part.unknown for part in parts.values())
    _add_unknown(drawn, unknown, say, "prospect")
    _score_axes(drawn, say, say.say("quality.axis"), say.say("axis.prospects"), unknown=bool(unknown))
    drawn.update_layout(barmode="stack", showlegend=len(parts) > 0, margin_t=drawn.layout.margin.t + 44)
    return drawn if total else shade(drawn, say.say("empty.prospects"))


_REACH: Final = {
    "checked": COLOURS["green"],
    "unchecked": COLOURS["orange"],
    "unrated": COLOURS["purple"],
    "none": COLOURS["unknown"],
}


def _reach(prospects: OpenTable) -> Expr:
    confidence = prospects.column("validation_confidence", nw.Float64)
    on = prospects.on
    rated = on.when(confidence >= CONFIDENT).then(on.lit("checked")).otherwise(on.lit("unchecked"))
    mailed = on.when(confidence.is_null()).then(on.lit("unrated")).otherwise(rated)
    return on.when(has_text(prospects, "email")).then(mailed).otherwise(on.lit("none"))


def _bars(scores: Distribution, say: Wording, noun: str, group: str = "") -> dict[str, object]:
    """Return what a bar trace needs to draw *scores* where they lie on the axis, hover texts included."""
    reach = f"<br>{say.say(f'reach.{group}')}" if group else ""
    spans = list(pairwise(scores.edges))
    return {
        "x": [(low + high) / 2 for low, high in spans],
        "y": list(scores.counts),
        "width": [high - low for low, high in spans],
        "hovertext": [
            f"{say.number(low, 1)} – {say.number(high, 1)}{reach}<br>{say.count(noun, count)}"
            f" ({say.share(count / scores.rows if scores.rows else None)})"
            for (low, high), count in zip(spans, scores.counts, strict=True)
        ],
        "hoverinfo": "text",
        "showlegend": bool(group),
        "name": say.say(f"reach.{group}") if group else say.say("match.scored"),
    }


def _add_unknown(drawn: go.Figure, unknown: int, say: Wording, noun: str) -> None:
    if unknown:
        drawn.add_bar(
            x=[_UNKNOWN_AT],
            y=[unknown],
            width=[0.8],
            marker={"color": COLOURS["unknown"], "pattern": dict(UNKNOWN_PATTERN)},
            text=[say.number(unknown)],
            textposition="outside",
            cliponaxis=False,
            hovertext=[f"{say.say('unknown.score')}<br>{say.count(noun, unknown)}"],
            hoverinfo="text",
            showlegend=False,
        )


def _score_axes(drawn: go.Figure, say: Wording, across: str, up: str, *, unknown: bool) -> None:
    ticks = {float(score): str(score) for score in range(0, 11, 2)}
    if unknown:
        ticks[_UNKNOWN_AT] = say.say("unknown.tick")
    drawn.update_xaxes(
        title_text=across,
        range=[-0.1, _UNKNOWN_AT + 0.7 if unknown else 10.1],
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        showgrid=False,
    )
    stacked = Counter[float]()
    for bar in drawn.data:
        stacked.update(dict(zip(bar.x, bar.y, strict=True)))
    drawn.update_yaxes(title_text=up, **count_axis(max(stacked.values(), default=0)))


def _match_caption(scores: Distribution, say: Wording) -> Caption:
    low, middle, high = (say.number(quartile, 1) for quartile in scores.quartiles or (None, None, None))
    parts = [
        f"n = {say.count('company', scores.known)}",
        say.say("middle_half", low=low, high=high) if scores.quartiles else "",
        say.say("unknown.n", n=scores.unknown) if scores.unknown else "",
        say.say("outside.n", n=scores.outside, low="0", high="10") if scores.outside else "",
    ]
    title, median = say.say("match.title"), say.say("median", value=middle) if scores.quartiles else ""
    return Caption(title=title, subtitle=note(parts), alt=note([title, median, *parts]))


def _quality_caption(parts: Mapping[str, Distribution], total: int, say: Wording) -> Caption:
    inside, unknown, outside = (
        sum(getattr(part, name) for part in parts.values()) for name in ("known", "unknown", "outside")
    )
    sentences = [
        f"n = {say.count('prospect', inside)}",
        say.say("unknown.n", n=unknown) if unknown else "",
        say.say("outside.n", n=outside, low="0", high="10") if outside else "",
    ]
    reach = [f"{say.say(f'reach.{key}')}: {say.number(parts[key].rows)}" for key in _REACH if key in parts and total]
    title = say.say("quality.title")
    return Caption(title=title, subtitle=note(sentences), alt=note([title, *sentences, *reach]))
