"""The analysis against what the sandbox knows and never tells: who really bounces, and which firms are one."""

import itertools
import os

import polars as pl
import pytest
from worlds.promises import looped, sent
from worlds.truths import Draw

from openprospect_nb.analysis import bounce_forecast, calibrate, dedupe, send_list
from openprospect_nb.sandbox.market import matching, truth
from openprospect_nb.sandbox.market.catalogue import Universe

# 40 keep the gate short; OPENPROSPECT_DRAWS=150 is the run by hand.
DRAWS = int(os.environ.get("OPENPROSPECT_DRAWS", "40"))
COUNTRIES = ["Germany", "Austria", "Switzerland", "France", "Netherlands", "United Kingdom"]
ICPS = [
    ("machinery", ["Germany", "Austria", "Switzerland"]),
    ("engineering companies", ["Germany"]),
    ("industrial manufacturers", ["Germany", "Austria"]),
    ("mechanical engineering, 50-500 employees", ["Germany", "Austria", "Switzerland"]),
    ("logistics", ["Germany", "Netherlands"]),
]


def delivered(universe, text, countries, count):
    """Return the Company objects an order for this ICP would bring."""
    profile = {"ideal_customer_profile": text, "target_countries": countries}
    return [universe.document(hit, profile) for hit in matching.rank(universe, profile, count)]


def pairs(groups):
    """Return all pairs of ids that have one group."""
    members = {}
    for identity, group in groups.items():
        members.setdefault(group, []).append(identity)
    return {frozenset(pair) for ids in members.values() for pair in itertools.combinations(sorted(ids), 2)}


@pytest.fixture
def without_people(monkeypatch):
    """Companies without their people, which are most of what there is to write of one; each draw has its own name."""
    monkeypatch.setattr("openprospect_nb.sandbox.universe.documents.write_prospects", lambda *_: [])


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_hidden_duplicates_are_found_and_nothing_else(seed, without_people):
    """Across five orders dedupe finds 95 % of the hidden duplicates; one company in a thousand is in a wrong pair.

    Wrong pairs are look-alikes of one trade and city with websites of their own, of which a crowded market has some.
    """
    names = ("id", "name", "website_url", "city", "country")
    universe = Universe(seed)
    rows = [
        {"order_id": text, **{name: document[name] for name in names}}
        for text, countries in ICPS
        for document in delivered(universe, text, countries, 600)
    ]
    real = pairs(truth.firms(universe, {row["id"] for row in rows}))
    found = pairs(dict(dedupe(pl.DataFrame(rows, infer_schema_length=None)).select("id", "cluster_id").rows()))

    assert len(real) >= 20
    assert len(found - real) <= len({row["id"] for row in rows}) / 1000
    assert len(found & real) / len(real) >= 0.95


@pytest.fixture(scope="module")
def contacts():
    """Return the contacts of 6,000 companies as delivered, with the outcome that the API never tells."""
    universe = Universe(7)
    found = delivered(universe, "companies", COUNTRIES, 6000)
    people = [person for document in found for person in document["prospects"]]
    names = ("id", "company_id", "email", "bounce_risk_score")
    frame = pl.DataFrame([{name: person[name] for name in names} for person in people], infer_schema_length=None)
    outcome, chance, _ = truth.mailboxes(universe, frame["id"].to_list())
    # The tier is given, so that every mailbox takes part whatever its kind.
    return frame.with_columns(
        pl.col("bounce_risk_score").cast(pl.Float64),
        bounced=pl.Series([outcome.get(identity) for identity in frame["id"]], dtype=pl.Boolean),
        chance=pl.Series([chance.get(identity) for identity in frame["id"]], dtype=pl.Float64),
        tier=pl.lit("likely"),
    ).drop_nulls("bounced")


def halves(contacts, seed):
    """Return the contacts of two times 160 companies, drawn by chance from all of them."""
    companies = contacts["company_id"].unique(maintain_order=True).sample(320, seed=seed)
    return (contacts.filter(pl.col("company_id").is_in(part.implode())) for part in (companies[:160], companies[160:]))


@pytest.mark.slow
def test_calibrated_decisions_hold_against_the_truth(contacts):
    """In as many draws intervals cover at least 86 %, lists keep their promise, and calibration beats the raw score."""
    held = broken = better = 0
    for seed in range(DRAWS):
        past, coming = halves(contacts, seed)
        learnt = calibrate(past, past.select("email", "bounced"))
        forecast = bounce_forecast(coming, calibration=learnt)
        held += forecast.low <= coming["bounced"].sum() <= forecast.high
        chosen = send_list(coming, 0.05, 0.9, calibration=learnt).prospects
        broken += chosen["bounced"].sum() > 0.05 * chosen.height
        judged = learnt.apply(coming)
        errors = [((judged[name] / 100 - judged["bounced"].cast(pl.Float64)) ** 2).mean() for name in
                  ("bounce_risk_score", "calibrated_bounce_risk")]  # fmt: skip
        better += errors[1] < errors[0]

    assert held / DRAWS >= 0.86, held
    # A promise kept in 90 % of all cases is broken up to 8 times in 40 draws (22 in 150) with a chance of 96 %.
    assert broken <= 2 + 0.15 * DRAWS, broken
    assert better / DRAWS >= 0.95, better


@pytest.mark.slow
def test_the_loop_keeps_its_promise_at_a_useful_size(contacts):
    """Lists, and maps learnt from the outcomes of those lists alone: over all draws the fourth list keeps its promise.

    At most 12 % of them break 5 % at 90 %, at half, or more, of the size of whoever is told every true chance and
    sorts by it. (In the vendor's order he would reach 5 in 6 of that.)
    """
    trials = []
    for seed in range(DRAWS):
        companies = contacts["company_id"].unique(maintain_order=True).sample(640, seed=seed)
        parts = [
            contacts.filter(pl.col("company_id").is_in(companies[k : k + 160].implode())) for k in range(0, 640, 160)
        ]
        once = [part.unique("email", keep="first", maintain_order=True) for part in parts]
        draws = [Draw(part, part["chance"].to_numpy(), part["bounced"].to_numpy()) for part in once]
        trials.append(sent(draws[3], 0.05, looped(draws[:3], 0.05)))
    broken = sum(not trial.kept for trial in trials)

    assert broken <= 0.12 * DRAWS, broken
    assert sum(trial.size for trial in trials) >= 0.5 * sum(trial.oracle for trial in trials)
