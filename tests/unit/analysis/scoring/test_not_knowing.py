"""A score never rewards not knowing, and takes reach and deliverability from one person who can be mailed."""

from __future__ import annotations

import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.analysis_frames import companies, prospects
from support.examples import examples

from openprospect_nb.analysis import Preferences, explain
from openprospect_nb.analysis import score as best_first

score = partial(best_first, sort=False)  # rows beside what they were made of

NAMES = {"match_score": 9.0, "job_title": "CEO", "qualification_score": 8.0, "bounce_risk_score": 8.0}
OTHERS = [(f"o{n}", dict(NAMES)) for n in range(30)]


def scored(firms, **options):
    """Return id → score of companies given as (id, facts of it and of its person), all in one order."""
    rows = [{"order_id": "o", "id": name, "match_score": facts["match_score"]} for name, facts in firms]
    people = [{"order_id": "o", "company_id": name, "email": f"p@{name}.example", **facts} for name, facts in firms]
    return dict(score(companies(rows), prospects=prospects(people), **options).select("id", "score").rows())


@pytest.mark.parametrize("others", [[], OTHERS, OTHERS[:3]])
@pytest.mark.parametrize("unknown", ["match_score", "bounce_risk_score", "qualification_score", "job_title"])
def test_unknown_is_below_a_good_known_value(unknown, others):
    """All else equal, a company of which one thing is unknown scores below one where it is known to be good."""
    found = scored([("known", NAMES), ("unknown", NAMES | {unknown: None}), *others])

    assert found["unknown"] < found["known"]


@pytest.mark.parametrize(("unknown", "poor"), [("match_score", 1.0), ("bounce_risk_score", 90.0)])
def test_unknown_is_above_a_poor_known_value(unknown, poor):
    """What is expected of a company lies above what is known to be poor."""
    found = scored([("poor", NAMES | {unknown: poor}), ("unknown", NAMES | {unknown: None}), *OTHERS])

    assert found["poor"] < found["unknown"]


def test_what_is_assumed_follows_the_order():
    """An unknown match is assumed higher in an order of good matches than in one of poor ones, and never above 7.5."""
    firms = [{"order_id": order, "id": f"{order}{n}", "match_score": match if n else None}
             for order, match in (("poor", 2.0), ("good", 10.0)) for n in range(200)]  # fmt: skip
    assumed = dict(score(companies(firms)).drop_nulls("assumed_fit").select("order_id", "assumed_fit").rows())

    assert assumed["poor"] == pytest.approx(50 * ((0.2 * 199 + 0.5 * 10) / 209 - 0.5), abs=1e-5)
    assert assumed["good"] == pytest.approx(50 * (0.75 - 0.5))


def test_an_order_without_contacts_is_no_advantage():
    """A good company of an order without contacts is below one with a good contact and above one with none."""
    firms = companies([{"order_id": o, "id": i, "match_score": 9.0}
                       for o, i in (("bare", "bare"), ("full", "good"), ("full", "none"))])  # fmt: skip
    people = prospects([{"order_id": "full", "company_id": "good", **NAMES, "email": "a@b.example"}])
    found = dict(score(firms, prospects=people).select("id", "score").rows())

    assert found["none"] < found["bare"] < found["good"]
    assert found["bare"] == pytest.approx(score(firms)["score"][0])


def test_what_the_vendor_filled_in_is_no_merit():
    """Companies that differ only in how many basic facts are delivered score alike."""
    bare = {"id": "a", "match_score": 7.0, "city": None, "country": None, "website_url": None, "employee_count": None}
    full = {"id": "b", "match_score": 7.0, "city": "Ulm", "country": "DE", "website_url": "b.example",
            "employee_count": 9}  # fmt: skip

    assert score(companies([bare, full]))["score"].n_unique() == 1


def test_an_unknown_wish_is_not_a_met_one():
    """Of two wishes one met and one unknown score between one missed and both met."""
    rows = [{"id": i, "match_score": 5.0, "city": "Ulm", "employee_count": n}
            for i, n in (("met", 70), ("unknown", None), ("missed", 5))]  # fmt: skip
    wished = Preferences(cities=("Ulm",), employees=(50, 100))
    found = dict(score(companies(rows), preferences=wished).select("id", "score").rows())

    assert found["missed"] < found["unknown"] < found["met"]


CEO = {"job_title": "CEO", "qualification_score": 9.0}
INTERN = {"job_title": "Intern", "qualification_score": 1.0, "bounce_risk_score": 2.0}


def test_reach_and_deliverability_are_one_persons():
    """A chief without e-mail and an intern with one are worth less than a chief with his own address."""
    firms = companies([{"id": i, "match_score": 8.0} for i in ("apart", "own")])
    people = prospects(
        [
            {"company_id": "apart", "first_name": "Ada", "email": None, **CEO},
            {"company_id": "apart", "first_name": "Ida", "email": "info@apart.example", **INTERN},
            {"company_id": "own", "first_name": "Eva", "last_name": "Roth", "email": "e@own.example",
             "bounce_risk_score": 8.0, **CEO},
        ]
    )  # fmt: skip
    apart, own = score(firms, prospects=people).to_dicts()

    assert apart["score"] < own["score"] - 20
    assert "Ida" in apart["reasons"][1]
    assert "Eva Roth 95/100" in own["reasons"][1]


def test_the_best_person_is_the_one_of_the_greatest_product():
    """Of several the person with the greatest reach × deliverability is named, and gives both values."""
    chance = random.Random(5)
    people = [{"company_id": "a", "id": f"p{n}", "job_title": "CEO", "qualification_score": chance.uniform(0, 10),
               "email": f"p{n}@a.example", "bounce_risk_score": chance.uniform(0, 100)} for n in range(30)]  # fmt: skip
    worth = {p["id"]: (p["qualification_score"] / 10 + 1) / 2 * (1 - p["bounce_risk_score"] / 100) for p in people}
    untitled = [person | {"job_title": None} for person in people]
    row = score(companies([{"id": "a", "match_score": 5.0}]), prospects=prospects(people)).row(0, named=True)

    assert row["score"] == pytest.approx(50 * 0.5 + 50 * max(worth.values()), abs=1e-4)
    reasons = score(companies([{"id": "a", "match_score": 5.0}]), prospects=prospects(untitled))["reasons"][0]
    flat = {p["id"]: (p["qualification_score"] / 10 + 0.5) * (1 - p["bounce_risk_score"] / 100) for p in people}
    assert f" {max(flat, key=flat.get)} " in reasons[1]


def test_known_and_assumed_stand_beside_each_other():
    """An explanation lists the points that are known and those that are assumed; together they are the score."""
    firms = companies([{"id": "a", "match_score": None}, {"id": "b", "match_score": 8.0}])
    people = prospects([{"company_id": i, "email": f"x@{i}.example", "bounce_risk_score": 5.0, **CEO} for i in "ab"])
    said = explain(score(firms, prospects=people), "a")

    assert list(said.assumed) == ["fit"]
    assert list(said.known) == ["reach", "deliverability"]
    assert 50 + sum(said.known.values()) + sum(said.assumed.values()) == pytest.approx(said.score, abs=1e-4)
    assert "known: reach" in str(said)
    assert "assumed: fit +" in str(said)


level = st.one_of(st.none(), st.floats(0, 10))
person = st.fixed_dictionaries(
    {"qualification_score": level, "job_title": st.sampled_from([None, "CEO", "Engineer", "Intern"]),
     "bounce_risk_score": st.one_of(st.none(), st.integers(0, 100).map(float)), "mail": st.booleans()}
)  # fmt: skip
firm = st.tuples(level, st.lists(person, max_size=3))


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(st.lists(firm, min_size=2, max_size=5), st.data())
def test_every_known_value_that_rises_raises_the_rank(firms, data):
    """Raising one known value of a company lowers neither its score nor its rank, however much is unknown elsewhere."""

    def scores(rows):
        frame = companies([{"id": str(n), "match_score": match} for n, (match, _) in enumerate(rows)])
        people = [
            {"company_id": str(n), "id": f"{n}-{k}", "email": f"{k}@{n}.example" if one["mail"] else None,
             **{name: one[name] for name in ("qualification_score", "job_title", "bounce_risk_score")}}
            for n, (_, persons) in enumerate(rows) for k, one in enumerate(persons)
        ]  # fmt: skip
        found = score(frame, prospects=prospects(people) if people else None)["score"].to_list()
        return found[0], sum(other is not None and other > found[0] + 1e-5 for other in found if found[0] is not None)

    raised = _raised(firms[0], data.draw)
    before, after = scores(firms), scores([raised, *firms[1:]])
    if before[0] is not None:
        assert after[0] >= before[0] - 1e-5
        assert after[1] <= before[1]


def _raised(one, draw):
    """Return a company with one known value changed for the better."""
    match, persons = one
    choices = ["match"] * (match is not None) + [k for k, _ in enumerate(persons)]
    if not choices:
        return one
    chosen = draw(st.sampled_from(choices))
    if chosen == "match":
        return (draw(st.floats(match, 10)), persons)
    better = dict(persons[chosen])
    if better["qualification_score"] is not None:
        better["qualification_score"] = draw(st.floats(better["qualification_score"], 10))
    if better["bounce_risk_score"] is not None:
        better["bounce_risk_score"] = draw(st.floats(0, better["bounce_risk_score"]))
    return match, [better if k == chosen else person for k, person in enumerate(persons)]
