"""What may bounce: prospects by risk band, with the bounces to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import narwhals.stable.v2 as nw
import plotly.graph_objects as go

from openprospect_nb.analysis.contacts.mailboxes import address
from openprospect_nb.analysis.contacts.percentages import refuse_fractions
from openprospect_nb.analysis.distribution import Distribution, distributions, has_text
from openprospect_nb.analysis.table import ROW, OpenTable, open_table, prospects_of
from openprospect_nb.charts.coverage import Bar, trace
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, count_axis, figure, note, shade
from openprospect_nb.markup.wording import Wording, wording

# 2, 5 and 10 % are lines senders quote by convention (fine, damage, block lists); no law and no vendor sets them.
RISK_EDGES: Final = (0.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
# A colour a band, from harmless to bad: one scale that darkens step by step, so that it keeps its order without colour.
RISK_COLOURS: Final = ("#b18f12", "#bc7f14", "#c26e18", "#c15c1f", "#be4a2a", "#ba3a35")


def bounce_risk(results: object, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return prospects by band of bounce risk (0-100 %), each bar with its count, share and expected bounces.

    The vendor's score is read as a percentage chance of a bounce, uncalibrated. Needs ``bounce_risk_score``; uses
    ``email`` where present. *results* is a `Results` or a prospects frame. Prospects without an e-mail and without a
    score have bars of their own.

    Example:
        >>> op.charts.bounce_risk(results).to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    prospects = open_table(prospects_of(results), name="prospects", required=["bounce_risk_score"])
    refuse_fractions(prospects)
    parts = distributions(_once(prospects), "bounce_risk_score", RISK_EDGES, by=prospects.on.col(_HAS_MAIL))
    mailed, without = parts.get("yes"), parts["no"].rows if "no" in parts else 0
    drawn = figure(_caption(mailed, without, say), theme=theme, height=430, separators=say.separators)
    rows = _rows(mailed, without, say)
    # Two traces, because plotly takes a hatch for a whole trace only.
    for has_risk in (True, False):
        drawn.add_bar(**_bars([row for row in rows if row.is_known is has_risk], say))
    # Room beside the longest bar for its words: they carry the numbers, and must not be cut at 600 px.
    longest = max((row.length for row in rows), default=0)
    drawn.update_xaxes(title_text=say.say("axis.prospects"), **count_axis(longest, room=1.9))
    drawn.update_yaxes(title_text=say.say("risk.axis"), autorange="reversed", showgrid=False)
    drawn.update_yaxes(type="category", categoryorder="array", categoryarray=[row.name for row in rows])
    drawn.update_layout(barmode="overlay")
    return drawn if rows else shade(drawn, say.say("empty.prospects"))


_HAS_MAIL: Final = "__op_has_mail"


def _once(prospects: OpenTable) -> OpenTable:
    """Return one row a prospect, counted as `contacts.counting` does: one address is one, at its highest risk."""
    on = prospects.on
    has_mail = on.when(has_text(prospects, "email")).then(on.lit("yes")).otherwise(on.lit("no"))
    identity, risk = prospects.column("id", nw.String), prospects.column("bounce_risk_score", nw.Float64)
    if "email" not in prospects.columns or not prospects.row_order:
        return replace(prospects, lazy=prospects.lazy.with_columns(has_mail.alias(_HAS_MAIL)))
    own = on.coalesce(address(prospects), on.concat_str(on.lit("id "), identity), on.col(ROW).cast(on.String))
    keyed = prospects.lazy.select(own.alias("__op_person"), has_mail.alias(_HAS_MAIL), risk.alias("bounce_risk_score"))
    once = keyed.group_by("__op_person", _HAS_MAIL).agg(on.col("bounce_risk_score").max())
    return replace(prospects, lazy=once, columns=("bounce_risk_score",))


def _rows(mailed: Distribution | None, without: int, say: Wording) -> list[Bar]:
    rows = [] if mailed is None else _bands(mailed, say)
    if mailed is not None and (unknown := mailed.unknown + mailed.outside):
        words = f"{say.number(unknown)} ({say.share(unknown / mailed.rows)})"
        rows.append(Bar(name=say.say("unknown.tick"), length=unknown, words=words, is_known=False))
    if without:
        name, words = say.say("risk.no_email"), say.number(without)
        rows.append(Bar(name=name, length=without, words=words, colour=COLOURS["unknown"]))
    return rows


def _bands(mailed: Distribution, say: Wording) -> list[Bar]:
    bars = []
    spans = zip(pairwise(mailed.edges), mailed.counts, mailed.sums, RISK_COLOURS, strict=True)
    for (low, high), count, total, colour in spans:
        name, words = f"{say.number(low)}–{say.share(high / 100)}", "0"
        if count:
            share, bounces = say.share(count / mailed.rows), say.number(total / 100, 1)
            words = say.say("risk.words", n=count, share=share, bounces=bounces)
        bars.append(Bar(name=name, length=count, words=words, colour=colour))
    return bars


def _bars(rows: Sequence[Bar], say: Wording) -> dict[str, object]:
    words = [f"{row.name}<br>{say.count('prospect', int(row.length))}<br>{row.words}" for row in rows]
    return trace([(row.name, row) for row in rows]) | {"hovertext": words, "width": None}


def _caption(mailed: Distribution | None, without: int, say: Wording) -> Caption:
    rows = mailed.rows if mailed else 0
    sentences = [
        say.say("risk.n", prospects=say.count("prospect", rows)),
        say.say("unknown.n", n=mailed.unknown) if mailed and mailed.unknown else "",
        say.say("outside.n", n=mailed.outside, low="0", high="100") if mailed and mailed.outside else "",
        say.say("risk.without", n=without) if without else "",
    ]
    if mailed and mailed.mean is not None:
        expected = say.number(sum(mailed.sums) / 100, 1)
        sentences.append(
            say.say("risk.expected", bounces=expected, n=mailed.known, share=say.share(mailed.mean / 100, 1))
        )
    title = say.say("risk.title")
    bands = [f"{row.name}: {row.words}" for row in _rows(mailed, without, say)]
    return Caption(title=title, subtitle=note(sentences), alt=note([title, *sentences, *bands]))
