"""The Python of every choice made at a desk: the same list and file, without the desk."""

from __future__ import annotations

from typing import Final

from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.widgets.desk.results_journey import ResultsJourney
from openprospect_nb.widgets.explorer.model import Exploration

_CERTAIN: Final = 100.0


def code_of(journey: ResultsJourney, *ends: str) -> str:
    """Return Python that opens the same orders, selects and lists as *journey* does, then *ends*.

    It names them ``results``, ``selection``, and ``chosen`` the send list, which is there where addresses came.
    """
    model, choice = journey.model, journey.choice
    if model is None or journey.results is None:
        return ""
    best = "pl.col('score').fill_null(0.0).max().over('id')"
    ids = journey.results.companies["order_id"].unique(maintain_order=True).to_list()
    lines = [
        "import openprospect_nb as op",
        "",
        "client = op.connect()",
        f"results = client.results({ids!r})",
        "",
        model.code,
        *_kept(model, only_accepted=choice.only_accepted),
        *([f"selection = selection.filter({best} >= {choice.min_score!r})"] if choice.min_score > 0 else []),
        *(_listed(journey) if model.has_addresses else ()),
        *ends,
    ]
    return "\n".join(lines)


def _listed(journey: ResultsJourney) -> list[str]:
    choice, outcome = journey.choice, journey.outcome
    promise = "" if choice.promise == "confidence" else ", promise='expected'"
    asked = f"max_bounce_rate={choice.limit!r}, confidence={choice.confidence!r}{promise}"
    asked += "" if outcome is None or outcome.calibration is None else ", calibration=op.calibrate(results)"
    risk = "pl.col('bounce_risk_score').fill_null(100.0)"
    lines = [f"people = people.filter({risk} <= {choice.max_risk!r})"] if choice.max_risk < _CERTAIN else []
    if choice.per_company:
        lines += [
            "people = people.sort('bounce_risk_score', nulls_last=True, maintain_order=True)",
            f"people = people.group_by('company_id', maintain_order=True).head({choice.per_company})",
        ]
    return [
        "people = results.prospects.filter(pl.col('company_id').is_in(selection['id'].implode()))",
        *lines,
        f"chosen = op.send_list(people, {asked})",
    ]


def _kept(model: Exploration, *, only_accepted: bool) -> list[str]:
    name = ACCEPTED if only_accepted else REJECTED
    decided = model.decisions.decided
    if not only_accepted and not len(decided.of(name)):
        return []
    before, ids = decided.code_of(name)
    test = f"pl.col('id').cast(pl.String).is_in({ids})"
    return [*before, f"selection = selection.filter({'' if only_accepted else '~'}{test})"]
