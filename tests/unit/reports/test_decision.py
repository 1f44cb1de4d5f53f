"""Page one: each clause is right or absent."""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np
import pytest

from openprospect_nb.analysis.orders.more import expected_of_more
from openprospect_nb.analysis.orders.rates import Measured, Rate, differences
from openprospect_nb.markup.wording import languages, wording
from openprospect_nb.reports.decision import CAUTIONS, KeyNumbers, Planned, decide
from openprospect_nb.reports.first import by_topic, said, tiles

GOOD = KeyNumbers(
    orders=1,
    delivered=60,
    asked=60,
    with_contact=60,
    people=205,
    mailable=190,
    mailable_companies=59,
    no_address=15,
    with_phone=3,
    listed=37,
    listed_companies=31,
    low=0,
    high=1,
    doubt=2.0,
    all_rate=0.24,
    all_low=0.17,
    all_high=0.35,
    cost=150.0,
    currency="EUR",
    match=7.9,
    scored=58,
    more=expected_of_more(Rate(31, 60, 60.0)),
)


def keys(found: KeyNumbers) -> list[str]:
    """The clauses of page one by key, sentence first."""
    decision = decide(found)
    return [clause.key for clause in (*decision.sentence, *decision.explained, *decision.cautions)]


def test_a_good_order_says_whom_to_mail_at_what_risk_and_price():
    """In the reader's words, with the numbers of the findings and no others."""
    decision, say = decide(GOOD), wording("en")

    assert [said(clause, say) for clause in decision.sentence] == ["Mail 37 people at 31 companies."]
    assert [said(clause, say) for clause in decision.explained] == [
        "0 to 1 bounces expected; at most 2% bounce with 90% confidence.",
        "Mailing all 190 would bounce about 24% (17% to 35%) and harm the sending domain.",
        "150.00 EUR paid: 4.05 EUR for each person on the list.",
        (
            "More of this profile: 100 companies for about 250.00 EUR would bring 38 to 65 that match at 8 or more and "
            "can be contacted. No other profile was tried."
        ),
    ]
    assert [tile.value for tile in tiles(GOOD, say)] == ["60", "60", "60", "190", "37", "4.05 EUR"]


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({"listed": 0, "listed_companies": 0}, "decide.no_list", "decide.promise"),
        ({"listed": 0, "unknown_risk": 190, "all_rate": None}, "decide.unrated", "decide.everybody.harm"),
        ({"listed": 0, "mailable": 0, "all_rate": None}, "decide.nobody", "decide.cost"),
        (
            {"listed": 0, "mailable": 0, "more": expected_of_more(Rate(0, 60, 60.0))},
            "decide.addresses",
            "decide.change",
        ),
        ({"delivered": 0, "listed": 0, "mailable": 0, "more": None}, "decide.nothing", "caution.no_addresses"),
        ({"listed": 190}, "decide.mail", "decide.everybody.harm"),
        ({"all_low": 0.04}, "decide.everybody", "decide.everybody.harm"),
        ({"cost": None}, "decide.more", "decide.cost"),
        ({"cost": None}, "decide.cost.unknown", "decide.cost.mixed"),
        ({"cost": None, "failed": 1}, "decide.cost.mixed", "decide.cost.unknown"),
        ({"listed": 0, "mailable": 0, "all_rate": None}, "decide.risk.nobody", "decide.promise"),
        ({"listed": 0, "unknown_risk": 190, "all_rate": None}, "decide.risk.unknown", "decide.risk.nobody"),
        (
            {"listed": 0, "unknown_risk": 190, "all_rate": None, "more": expected_of_more(Rate(0, 60, 60.0))},
            "decide.next.unrated",
            "decide.change",
        ),
        ({"listed": 0, "listed_companies": 0}, "decide.everybody.harm", "decide.risk.unknown"),
        ({"profiles": 2, "best": "B", "mailable": 0}, "decide.next.addresses", "decide.again"),
        ({"profiles": 2, "best": "B"}, "decide.next.best", "decide.next.equal"),
        ({"profiles": 2, "asked": 100}, "decide.next.widen", "decide.next.equal"),
        ({"profiles": 2, "best": "B", "planned": Planned("A", 4, 10.0, 150.0, 3, 9)}, "decide.parts", "decide.again"),
        ({"more": None}, "decide.next.unknown", "decide.more"),
        ({"more": expected_of_more(Rate(0, 60, 60.0))}, "decide.next.change", "decide.next.widen"),
        ({"asked": 100}, "decide.widen", "decide.more.price"),
        ({"asked": None}, "decide.mail", "caution.short"),
        ({"asked": 61}, "caution.short", "decide.widen"),
        ({"more": expected_of_more(Rate(0, 60, 60.0))}, "decide.change", "decide.more.price"),
        ({"more": expected_of_more(Rate(0, 10, 10.0))}, "decide.more.price", "decide.change"),
        ({"profiles": 2, "best": "Machine builders"}, "decide.again", "decide.more.price"),
        ({"profiles": 2}, "decide.no_winner", "decide.again"),
        ({"profiles": 2, "planned": Planned("A", 4, 10.0, 150.0, 3, 9)}, "decide.parts", "decide.no_winner"),
        ({"profiles": 2, "best": "B", "planned": Planned("B", 4, 10.0, 150.0, 3, 9)}, "decide.plan", "decide.parts"),
        ({"is_tiny": True}, "decide.promise.none", "decide.promise"),
        ({"is_promised": False}, "decide.promise.expected", "decide.promise"),
        ({"is_promised": False, "doubt": 2.0}, "caution.word", "caution.word.doubt"),
        ({"assumed": 5, "assumed_risk": 0.01, "unknown_risk": 0}, "caution.assumed", "caution.unrated"),
        ({"more": expected_of_more(Rate(0, 60, 60.0)), "unknown_risk": 100}, "decide.more.price", "decide.change"),
        ({"more": expected_of_more(Rate(0, 60, 60.0)), "assumed": 100}, "decide.more.price", "decide.change"),
        ({"match": 5.9}, "caution.middling", "caution.middling.driver"),
        ({"match": 2.8}, "caution.low", "caution.middling"),
        ({"match": 2.8, "driver": "50-249", "lift": 1.8}, "caution.low.driver", "caution.middling.driver"),
        ({"match": 5.9, "driver": "50-249", "lift": 1.8}, "caution.middling.driver", "caution.middling"),
        ({"way": (50, 0.04)}, "caution.tiny", "decide.nobody"),
        ({"outcomes": 400, "doubt": None}, "caution.measured", "caution.word.doubt"),
        ({"age_days": 200}, "caution.stale", "caution.failed"),
        ({"failed": 1}, "caution.failed", "caution.stale"),
        ({"no_address": 9, "with_phone": 2}, "caution.without", "caution.without.nor_phone"),
        ({"no_address": 9, "with_phone": 0}, "caution.without.nor_phone", "caution.without"),
        ({"listed": 0, "mailable": 0, "with_phone": 0}, "caution.no_addresses.nor_phone", "caution.no_addresses"),
    ],
)
def test_a_clause_follows_its_numbers(change, present, absent):
    """One change of the findings brings one clause and takes another away."""
    found = keys(replace(GOOD, **change))

    assert present in found
    assert absent not in found


def test_a_reader_finds_each_question_once():
    """Whatever was found, what stands below the sentence answers risk, cost or what to buy, each in one place."""
    plan = Planned("A", 4, 10.0, 150.0, 3, 9)
    nobody = {"listed": 0, "mailable": 0, "all_rate": None}
    changes = [{}, {"is_tiny": True}, {"is_promised": False}, {"listed": 0}, {"cost": None}, {"asked": 100}, nobody,
               {"listed": 0, "unknown_risk": 190, "all_rate": None}, {"profiles": 2}, {"profiles": 2, "best": "A"},
               {"profiles": 2, "planned": plan}, {"more": None}, {"delivered": 0, "more": None, **nobody}]  # fmt: skip

    for change in changes:
        topics = [topic for topic, _ in by_topic(decide(replace(GOOD, **change)).explained)]

        assert topics == ["topic.risk", "topic.cost", "topic.next"], change


def test_the_weightiest_cautions_come_first_and_are_four_at_most():
    """Everything at once is no help."""
    bad = replace(GOOD, failed=1, asked=100, match=4.0, way=(50, 0.1), age_days=400, unknown_risk=5, cost=None)

    assert [clause.key for clause in decide(bad).cautions] == [
        "caution.failed",
        "caution.tiny",
        "caution.stale",
        "caution.bought_out",
    ]
    assert 2 <= len(decide(GOOD).cautions) <= 4


@pytest.mark.parametrize("language", languages())
def test_every_clause_has_words_in_every_language(language):
    """No rule names a phrase that is not there, nor fills one with other values than it asks for."""
    say = wording(language)
    odd = {"listed": 0, "failed": 2, "way": (50, 0.04), "age_days": 100, "asked": 61, "match": 5.0, "unknown_risk": 3}
    for found in (
        GOOD,
        replace(GOOD, **odd),
        replace(GOOD, **odd, driver="x", lift=2.0, outcomes=9),
        replace(GOOD, people=0, mailable=0, listed=0, cost=None),
        replace(GOOD, listed=0, unknown_risk=190, all_rate=None, more=None),
        replace(GOOD, delivered=0, mailable=0, listed=0, more=None, failed=1, cost=None),
        replace(GOOD, more=expected_of_more(Rate(0, 60, 60.0))),
        replace(GOOD, profiles=2),
        replace(GOOD, profiles=2, best="X"),
        replace(GOOD, profiles=2, planned=Planned("A", 4, 10.0, 150.0, 3, 9)),
    ):
        clauses = [clause for rule in CAUTIONS if (clause := rule(found))]
        decision = decide(found)
        for clause in (*decision.sentence, *decision.explained, *clauses):
            asked = {name for _, name, _, _ in string.Formatter().parse(say.phrases[clause.key]) if name}
            assert asked == set(clause.values), clause.key
            assert "{" not in said(clause, say)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("n", [25, 100])
def test_the_next_hundred_holds_what_comes(rate, n):
    """In worlds of a known rate the interval holds the next hundred at least nearly nine times in ten."""
    rng = np.random.default_rng([n, round(100 * rate)])
    came, coming = rng.binomial(n, rate, 400), rng.binomial(100, rate, 400)
    forecasts = [expected_of_more(Rate(int(hits), n, float(n))) for hits in came]
    held = sum(each.low <= real <= each.high for each, real in zip(forecasts, coming, strict=True))

    assert 0.86 <= held / 400 <= 0.98


def test_equal_profiles_hardly_ever_have_a_winner():
    """Among three profiles that are equally good, one looks clearly best in fewer than one draw of ten."""
    rng = np.random.default_rng(5)
    wins = 0
    for _ in range(150):
        hits = rng.binomial(60, 0.4, 3)
        measured = {
            str(k): Measured({"joint_rate": Rate(int(n), 60, 60.0), "contactable_rate": Rate(40, 60, 60.0)}, [], 0)
            for k, n in enumerate(hits)
        }
        best = str(int(np.argmax(hits)))
        rows = differences(measured, best, 0.9).filter(measure="joint_rate")
        wins += bool((rows["high"] < 0).all())

    assert wins <= 15
