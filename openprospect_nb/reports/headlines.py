"""The large numbers at the top of a report, each with its n and, for shares, its interval."""

from __future__ import annotations

import polars as pl

from openprospect_nb.analysis.distribution import distribution
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.analysis.table import open_table
from openprospect_nb.charts.deliverability import RISK_EDGES
from openprospect_nb.charts.quality import SCORE_EDGES
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import Headline


def headlines(results: Results, say: Wording) -> tuple[Headline, ...]:
    """Return companies, match, contacts, e-mail share and expected bounces as `Headline`."""
    return (_companies(results, say), _match(results, say), _reach(results, say), _risk(results, say))


def _companies(results: Results, say: Wording) -> Headline:
    wanted = [order.get("briefing_quantity") for order in results.provenance.get("orders") or []]
    known = all(isinstance(quantity, int) for quantity in wanted)
    note = say.say("headline.asked", n=sum(wanted)) if wanted and known else say.say("headline.asked_unknown")
    return Headline(value=say.number(results.companies.height), name=say.say("headline.companies"), note=note)


def _match(results: Results, say: Wording) -> Headline:
    table = open_table(results.companies, name="companies", required=["match_score"])
    scores = distribution(table, "match_score", SCORE_EDGES)
    value = say.number(scores.quartiles[1], 1) if scores.quartiles else say.number(None)
    note = say.say("headline.match_note", n=scores.known, unknown=scores.unknown)
    return Headline(value=value, name=say.say("headline.match"), note=note)


def _reach(results: Results, say: Wording) -> Headline:
    reached = results.prospects.filter(pl.col("email").str.contains("@")).select("order_id", "company_id").unique()
    rows = results.companies.height
    hits = results.companies.join(reached, left_on=("order_id", "id"), right_on=("order_id", "company_id"), how="semi")
    name = say.say("headline.reach")
    if not rows:
        return Headline(value=say.number(None), name=name, note=say.say("headline.nothing"))
    low, high = wilson(hits.height, rows)
    note = say.say("headline.reach_note", n=rows, low=say.share(low), high=say.share(high))
    return Headline(value=say.share(hits.height / rows), name=name, note=note)


def _risk(results: Results, say: Wording) -> Headline:
    mailed = results.prospects.filter(pl.col("email").str.contains("@"))
    risks = distribution(open_table(mailed, name="prospects", required=[]), "bounce_risk_score", RISK_EDGES)
    if risks.mean is None:
        return Headline(value=say.number(None), name=say.say("headline.risk"), note=say.say("headline.nothing"))
    note = say.say(
        "headline.risk_note", bounces=say.number(sum(risks.sums) / 100, 1), n=risks.known, unknown=risks.unknown
    )
    return Headline(value=say.share(risks.mean / 100, 1), name=say.say("headline.risk"), note=note)
