"""How trustworthy the delivered rows are: what broke a rule, what changed shape, what is unknown."""

from __future__ import annotations

from typing import Final

from openprospect_nb.analysis.distribution import filled
from openprospect_nb.analysis.table import open_table
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import Fact

_COMPANY_FIELDS: Final = ("website_url", "city", "employee_count", "match_score")
_PROSPECT_FIELDS: Final = ("email", "job_title", "qualification_score", "bounce_risk_score")
_MOST: Final = 12


def quality(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return rejects, drift, failed orders and how full the fields are that decisions rest on."""
    return (
        Fact(name=say.say("data.rejects"), text=_rejects(results, say)),
        Fact(name=say.say("data.drift"), text=_drift(results, say)),
        Fact(name=say.say("data.errors"), text=_errors(results, say)),
        Fact(name=say.say("data.filled"), text=_filled(results, say)),
    )


def _rejects(results: Results, say: Wording) -> str:
    if results.rejects.is_empty():
        return say.say("data.none")
    counted = results.rejects.group_by("record", "field", "rule").len().sort(["len", "field"], descending=[True, False])
    named = [
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['rule'])} ({say.number(r['len'])})"
        for r in counted.head(_MOST).iter_rows(named=True)
    ]
    return say.say("data.rejects_text", n=results.rejects.height, list="; ".join(named))


def _drift(results: Results, say: Wording) -> str:
    if results.drift.is_empty():
        return say.say("data.none")
    named = [
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['kind'])} ({say.number(r['count'])})"
        for r in results.drift.head(_MOST).iter_rows(named=True)
    ]
    return "; ".join(named)


def _errors(results: Results, say: Wording) -> str:
    named = [f"{clean(order)}: {clean(why, 300)}" for order, why in list(results.errors.items())[:_MOST]]
    return "; ".join(named) or say.say("data.none")


def _filled(results: Results, say: Wording) -> str:
    parts: list[str] = []
    for frame, noun, columns in (
        (results.companies, "company", _COMPANY_FIELDS),
        (results.prospects, "prospect", _PROSPECT_FIELDS),
    ):
        known = filled(open_table(frame, name=noun, required=[]), columns)
        shares = [
            f"{say.say(f'field.{name}')} {say.share((known[name] or 0) / frame.height)}"
            for name in columns
            if frame.height
        ]
        parts += [f"{say.count(noun, frame.height)}: {', '.join(shares)}"] if shares else []
    return "; ".join(parts) or say.say("data.none")
