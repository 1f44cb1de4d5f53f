"""What sending would risk: list size against bounce rate, and the vendor's risk against your own outcomes."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.send_lists import SendList, send_list
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, add_band, error_bars, figure, note, shade
from openprospect_nb.markup.wording import Wording, wording

CONVENTIONS: Final = (0.02, 0.05, 0.10)
"""Bounce rates senders quote as fine, harmful and dangerous; a convention, no law."""


def send_frontier(result: object, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return the expected bounce rate by list size, safest prospects first, with interval, limit and the chosen size.

    *result* is a `SendList`; from anything else `send_list` takes, one with its default limit and confidence is made.

    Example:
        >>> op.charts.send_frontier(op.send_list(results)).to_dict()["data"][0]["type"]
        'scatter'
    """
    say = wording(language)
    chosen: SendList[Any] = result if isinstance(result, SendList) else send_list(result)
    drawn = figure(_frontier_caption(chosen, say), theme=theme, height=430, separators=say.separators)
    rows = chosen.frontier
    drawn.update_xaxes(title_text=say.say("frontier.x"), rangemode="tozero", tickformat=",d", nticks=7, showgrid=False)
    drawn.update_yaxes(title_text=say.say("frontier.y"), rangemode="tozero", tickformat=".3~%", nticks=6)
    if rows.is_empty():
        drawn.update_xaxes(range=[0, 10]).update_yaxes(range=[0, 0.1])
        return shade(drawn, say.say("empty.risks"))
    sizes = rows["size"].to_list()
    low, high = (rows.select(pl.col(end) / pl.col("size"))[end].to_list() for end in ("low", "high"))
    add_band(drawn, sizes, low, high)
    _add_rates(drawn, rows, chosen, say)
    _add_limits(drawn, rows, chosen, say)
    _add_choice(drawn, chosen, say)
    return drawn


def _add_rates(drawn: go.Figure, rows: pl.DataFrame, chosen: SendList[Any], say: Wording) -> None:
    """Draw the expected rate, green where the promise holds and orange beyond."""
    sent = rows.filter(pl.col("size") <= chosen.size)
    # The two lines share the point where one turns into the other.
    beyond = pl.concat([sent.tail(1), rows.filter(pl.col("size") > chosen.size)])
    for part, colour in ((sent, "green"), (beyond, "orange")):
        drawn.add_scatter(
            x=part["size"].to_list(),
            y=part["rate"].to_list(),
            mode="lines" if part.height > 1 else "markers",
            line={"color": COLOURS[colour], "width": 3},
            marker={"color": COLOURS[colour], "size": 9},
            hovertext=[_hover(row, chosen, say) for row in part.iter_rows(named=True)],
            hoverinfo="text",
            showlegend=False,
        )


def _hover(row: dict[str, Any], chosen: SendList[Any], say: Wording) -> str:
    return say.say(
        "frontier.hover",
        size=row["size"],
        expected=say.number(row["expected"], 1),
        low=row["low"],
        high=row["high"],
        rate=say.share(row["rate"], 1),
        limit=say.share(chosen.max_bounce_rate, 1),
        together=_together(chosen, say),
        over=say.share(row["p_over"], 0),
    )


def _add_limits(drawn: go.Figure, rows: pl.DataFrame, chosen: SendList[Any], say: Wording) -> None:
    top = float((rows["high"] / rows["size"]).max() or 0)  # type: ignore[arg-type]  # a Float64 column's maximum
    height = max(chosen.max_bounce_rate * 2, min(top, float(rows["rate"].max() or 0) * 2)) * 1.05  # type: ignore[arg-type]
    drawn.update_yaxes(range=[0, height])
    # The curve usually ends high on the right, where its low lines have room for their words.
    place, side = (0.99, "right") if float(rows["rate"][-1]) > height / 2 else (0.01, "left")
    for rate in sorted({chosen.max_bounce_rate, *CONVENTIONS}):
        if rate > height:
            continue
        is_limit = rate == chosen.max_bounce_rate
        drawn.add_hline(
            y=rate,
            line={
                "width": 2 if is_limit else 1,
                "dash": "dash" if is_limit else "dot",
                "color": COLOURS["red" if is_limit else "unknown"],
            },
        )
        words = say.say("frontier.limit" if is_limit else "frontier.convention", rate=say.share(rate))
        drawn.add_annotation(x=place, xref="x domain", xanchor=side, y=rate, yanchor="bottom", text=words)


def _add_choice(drawn: go.Figure, chosen: SendList[Any], say: Wording) -> None:
    if not chosen.size:
        return
    drawn.add_vline(x=chosen.size, line={"width": 1.5, "dash": "dot", "color": COLOURS["green"]})
    largest = chosen.size + chosen.beyond
    drawn.add_annotation(
        x=chosen.size,
        y=1,
        yref="y domain",
        yanchor="bottom",
        text=say.say("frontier.choice", size=chosen.size),
        xanchor="right" if chosen.size > largest / 2 else "left",
    )


def _frontier_caption(chosen: SendList[Any], say: Wording) -> Caption:
    confidence = say.share(chosen.confidence)
    basis = (
        say.say("frontier.word", doubt=say.number(chosen.doubt or 1, 1))
        if chosen.outcomes is None
        else say.say("frontier.measured", n=chosen.outcomes)
    )
    sentences = [
        f"n = {say.say('frontier.n.assumed' if chosen.assumed else 'frontier.n', n=chosen.size + chosen.beyond)}",
        *((basis,) if chosen.assumed < chosen.size + chosen.beyond or not chosen.assumed else ()),
        say.say("frontier.assumed", n=chosen.assumed, risk=_assumed(chosen, say)) if chosen.assumed else "",
        say.say("frontier.unknown", n=chosen.unknown) if chosen.unknown else "",
        say.say("frontier.band", confidence=confidence),
        say.say("frontier.own", rate=say.share(chosen.forecast.rate, 1)) if chosen.sent and chosen.size else "",
    ]
    answer = say.say(
        ("frontier.answer" if chosen.size else "frontier.none") + (".expected" if chosen.promise == "expected" else ""),
        size=chosen.size,
        limit=say.share(chosen.max_bounce_rate, 1),
        confidence=confidence,
        over=say.share(chosen.p_over),
        together=_together(chosen, say),
    )
    title, ways = say.say("frontier.title"), _ways_out(chosen, say)
    # The ways out are many words: they stand in the list's card, and here for whoever cannot see the curve.
    return Caption(title=title, subtitle=note([*sentences, answer]), alt=note([title, answer, *ways, *sentences]))


def _assumed(chosen: SendList[Any], say: Wording) -> str:
    return say.share((chosen.assumed_risk or 0.0) / 100, 1)


def _together(chosen: SendList[Any], say: Wording) -> str:
    """Return with which messages the limit counts the list, as a part of a sentence."""
    return say.say("frontier.together", sent=chosen.sent, bounced=chosen.bounced) if chosen.sent else ""


def _ways_out(chosen: SendList[Any], say: Wording) -> list[str]:
    """Return the first way of each kind out of a tiny list."""
    first = {way.way: way for way in reversed(chosen.ways_out)}
    return [
        say.say(f"frontier.way.{kind}", size=way.size, limit=say.share(way.limit, 1), number=say.number(way.number))
        for kind, way in sorted(first.items())
        if way.size
    ]


def calibration(result: Calibration, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return stated against observed bounce rates in bands of stated risk, with intervals, and the calibrated rates.

    *result* is a `Calibration`. Points on the diagonal mean that the risk says what happens.

    Example:
        >>> op.charts.calibration(op.calibrate(results, outcomes)).to_dict()["data"][0]["type"]
        'scatter'
    """
    say = wording(language)
    rows = result.reliability.filter(pl.col("n") > 0)
    drawn = figure(_calibration_caption(result, say), theme=theme, height=460, separators=say.separators)
    highest = max(
        (float(v) for c in ("stated", "observed_high", "calibrated") for v in rows[c].drop_nulls()), default=1.0
    )
    end = min(1.0, highest * 1.08) or 1.0
    axis = {"range": [0, end], "tickformat": ".3~%", "nticks": 6}
    drawn.update_xaxes(title_text=say.say("calibration.x"), **axis)
    drawn.update_yaxes(title_text=say.say("calibration.y"), **axis)
    if rows.is_empty():
        return shade(drawn, say.say("empty.outcomes"))
    drawn.add_shape(
        type="line", x0=0, y0=0, x1=end, y1=end, line={"dash": "dot", "width": 1.5, "color": COLOURS["unknown"]}
    )
    _add_observed(drawn, rows, say)
    _add_calibrated(drawn, rows, say)
    return drawn.update_layout(showlegend=True, margin_t=drawn.layout.margin.t + 26)


def _add_calibrated(drawn: go.Figure, rows: pl.DataFrame, say: Wording) -> None:
    drawn.add_scatter(
        x=rows["stated"].to_list(),
        y=rows["calibrated"].to_list(),
        mode="lines+markers",
        line={"color": COLOURS["orange"], "width": 2},
        marker={"color": COLOURS["orange"], "size": 7},
        name=say.say("calibration.calibrated"),
        hoverinfo="skip",
    )


def _add_observed(drawn: go.Figure, rows: pl.DataFrame, say: Wording) -> None:
    up, down = (rows["observed_high"] - rows["observed"]).to_list(), (rows["observed"] - rows["observed_low"]).to_list()
    drawn.add_scatter(
        x=rows["stated"].to_list(),
        y=rows["observed"].to_list(),
        mode="markers",
        error_y=error_bars(up, down, "blue"),
        marker={"color": COLOURS["blue"], "size": 10},
        name=say.say("calibration.observed"),
        hovertext=[
            say.say(
                "calibration.hover",
                stated=say.share(row["stated"], 1),
                observed=say.share(row["observed"], 1),
                low=say.share(row["observed_low"], 1),
                high=say.share(row["observed_high"], 1),
                bounced=row["bounced"],
                n=row["n"],
            )
            for row in rows.iter_rows(named=True)
        ],
        hoverinfo="text",
    )


def _calibration_caption(result: Calibration, say: Wording) -> Caption:
    sentences = [
        say.say("calibration.n", n=result.n, bounced=result.bounced),
        say.say(
            "calibration.brier", before=say.number(result.brier_before, 4), after=say.number(result.brier_after, 4)
        ),
    ]
    bands = [
        f"{say.share(row['stated'], 1)} → {say.share(row['observed'], 1)} (n = {say.number(row['n'])})"
        for row in result.reliability.filter(pl.col("n") > 0).iter_rows(named=True)
    ]
    title = say.say("calibration.title")
    return Caption(title=title, subtitle=note(sentences), alt=note([title, *sentences, *bands]))
