"""The known truth: bounces that differ from the scores in known ways, answers, and duplicates across orders."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from openprospect_nb.sandbox.market import matching, truth
from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.normalise import name_key


def profile(text):
    """A German profile."""
    return {"ideal_customer_profile": text, "target_countries": ["DE"], "seller_offering": "CRM software"}


@pytest.fixture(scope="module")
def orders(company_universe):
    """Two large orders of different profiles: lists of documents."""
    made = []
    for text in ("Retailers and wholesalers in Germany", "Retailers and wholesalers with 5-500 employees in Germany"):
        wanted = profile(text)
        made.append([company_universe.document(h, wanted) for h in matching.rank(company_universe, wanted, 700)])
    return made


@pytest.fixture(scope="module")
def mailed(orders):
    """All prospects of the first order that have a mailbox."""
    return [p for document in orders[0] for p in document["prospects"] if p["email"]]


def test_every_mailbox_has_an_outcome_and_nobody_else(company_universe, orders, mailed):
    """Bounces are known for prospects with a mailbox; unknown ids and companies are left out."""
    everyone = [p["id"] for document in orders[0] for p in document["prospects"]]
    found = truth.mailboxes(company_universe, [*everyone, "unknown", orders[0][0]["id"]]).bounces

    assert set(found) == {p["id"] for p in mailed}
    assert found == truth.mailboxes(company_universe, everyone).bounces


def test_the_truth_keeps_no_universe():
    """A universe whose truth was asked for is freed with its last owner."""
    universe = Universe(5, None)
    there = weakref.ref(universe)
    assert truth.mailboxes(universe, ["unknown"]) == ({}, {}, {})
    del universe
    gc.collect()

    assert there() is None


def test_outcomes_follow_their_chances(company_universe, mailed):
    """Within tolerance, as many bounce as the hidden chances say."""
    ids = [p["id"] for p in mailed]
    bounced, chances, _ = truth.mailboxes(company_universe, ids)
    expected = sum(chances.values())
    spread = sum(c * (1 - c) for c in chances.values()) ** 0.5

    assert abs(sum(bounced.values()) - expected) < 4 * spread
    assert 0.05 < sum(bounced.values()) / len(ids) < 0.18


def test_scores_are_miscalibrated_by_type(company_universe, mailed):
    """Catch-all and guessed mailboxes bounce far less than scored, confirmed ones about as scored; order holds."""
    chances = truth.mailboxes(company_universe, [p["id"] for p in mailed]).chances

    def compare(kind):
        group = [p for p in mailed if p["email_type"] == kind]
        return np.mean([p["bounce_risk_score"] / 100 for p in group]), np.mean([chances[p["id"]] for p in group])

    scored, real = compare("CATCH_ALL")
    assert real < scored / 2
    scored, real = compare("PATTERN")
    assert real < scored * 0.8
    scored, real = compare("PERSONAL")
    assert real < 0.03
    assert np.corrcoef([p["bounce_risk_score"] for p in mailed], [chances[p["id"]] for p in mailed])[0, 1] > 0.3


def test_people_of_a_dead_domain_all_bounce(company_universe, orders):
    """A few domains take no mail at all."""
    documents = [d for order in orders for d in order]
    dead = truth.dead_domains(company_universe, [d["id"] for d in documents])
    lost = [p["id"] for d in documents for p in d["prospects"] if p["email"] and p["email"].split("@")[1] in dead]

    assert 0.001 < len(dead) / len(documents) < 0.02
    assert lost
    assert all(truth.mailboxes(company_universe, lost).bounces.values())


def test_who_bounces_does_not_answer(company_universe):
    """Answers are few, never from a bounced mailbox, and commoner among the better qualified."""
    wanted = profile("Software companies in Germany")
    found = matching.rank(company_universe, wanted, 1500)
    mailed = [p for hit in found for p in company_universe.document(hit, wanted)["prospects"] if p["email"]]
    ids = [p["id"] for p in mailed]
    bounced, _, answers = truth.mailboxes(company_universe, ids)

    assert set(answers) == set(bounced)
    assert not any(answers[i] and bounced[i] for i in ids)
    assert 0.02 < sum(answers.values()) / len(ids) < 0.12
    middle = np.median([p["qualification_score"] for p in mailed])
    upper = np.mean([answers[p["id"]] for p in mailed if p["qualification_score"] > middle])
    assert upper > np.mean([answers[p["id"]] for p in mailed if p["qualification_score"] <= middle])


def test_no_firm_is_twice_in_one_order(company_universe, orders):
    """Within an order every firm appears once, under one spelling."""
    for order in orders:
        assert truth.duplicates(company_universe, [d["id"] for d in order]) == []


def test_firms_repeat_across_orders_under_other_spellings(company_universe, orders):
    """Between two orders some firms come under another id; they share a domain or a normalised name with the first."""
    by_id = {d["id"]: d for order in orders for d in order}
    groups = truth.duplicates(company_universe, by_id)

    assert len(groups) > 15
    for group in groups:
        assert len(group) == 2
        one, other = (by_id[identifier] for identifier in group)
        assert (
            one["name"] != other["name"] or one["city"] != other["city"] or one["website_url"] != other["website_url"]
        )
        same_domain = one["normalized_url"] is not None and one["normalized_url"] == other["normalized_url"]
        assert same_domain or name_key(one["name"]) == name_key(other["name"])


def test_a_person_of_a_repeated_firm_has_one_outcome(company_universe, orders):
    """The same mailbox bounces, or does not, whichever id it was delivered under."""
    ids = {}
    for order in orders:
        for document in order:
            for person in document["prospects"]:
                if person["email"]:
                    ids.setdefault((person["email"], person["last_name"]), set()).add(person["id"])
    twice = [group for group in ids.values() if len(group) == 2]

    assert len(twice) > 20
    for group in twice:
        assert len(set(truth.mailboxes(company_universe, group).bounces.values())) == 1


def test_firms_name_the_company_behind_an_id(company_universe):
    """Both ids of a firm lead to one number; unknown ids are left out."""
    one, other = company_universe.company_id(11), company_universe.company_id(11, 1)

    assert truth.firms(company_universe, [one, other, "x"]) == {one: 11, other: 11}
    assert truth.duplicates(company_universe, [one, other, one]) == [[one, other]]
