"""Discovery quality: fifty ICPs, written before the aliases, judged by the universe's own attributes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from openprospect_nb.sandbox.market import matching
from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

FIXTURES = Path(__file__).with_name("fixtures")
ICPS = json.loads(FIXTURES.joinpath("icps.json").read_text("utf-8"))
HELD_OUT = json.loads(FIXTURES.joinpath("icps_held_out.json").read_text("utf-8"))


def relevance(columns, case):
    """Two where the business and all other criteria hold, one where exactly one other misses, else zero."""
    wanted = case["wanted"]
    country = _countries(case)
    business = np.isin(columns.subtype, _trades(case))
    missed = sum(~held for held in _criteria(columns, wanted, country))
    grade = np.where(missed == 0, 2, np.where(missed == 1, 1, 0))
    return np.where(business & np.isin(columns.country, country), grade, 0)


def _countries(case):
    return [i for i, c in enumerate(vocabulary().countries) if c.code in case["profile"]["target_countries"]]


def _trades(case):
    """Return the kinds of business that a case judges as wanted."""
    lists, wanted = vocabulary(), case["wanted"]
    named = _numbers(lists.subtypes, wanted.get("subtypes", ()))
    industries = _numbers(lists.industries, wanted.get("industries", ()))
    return [*named, *(i for i, subtype in enumerate(lists.subtypes) if subtype.industry in industries)]


def existing(universe, case):
    """Return the attributes of an even part of the firms of the wanted trades and countries, some three thousand."""
    strata, cities = universe.strata, vocabulary().cities
    here = np.flatnonzero(np.isin([cities[city].country for city in strata.order], _countries(case)))
    cells = np.ix_(_trades(case), here)
    counts, starts = strata.counts[cells].ravel(), strata.starts[cells].ravel()
    upto = np.minimum(counts, 3)
    upto[counts.argsort()[::-1][:60]] = np.minimum(counts, 50)[counts.argsort()[::-1][:60]]
    return strata.columns(np.concatenate([np.arange(s, s + n) for s, n in zip(starts, upto, strict=True)]))


def _numbers(items, keys):
    found = [i for i, item in enumerate(items) if item.key in keys]
    assert len(found) == len(keys), keys
    return found


def _criteria(columns, wanted, country):
    lists = vocabulary()
    yield np.ones(len(columns), dtype=bool)
    if "size" in wanted:
        low, high = wanted["size"]
        yield columns.known & (columns.employees >= (low or 0)) & (columns.employees <= (high or 10**9))
    if "cities" in wanted:
        yield np.isin(columns.city, [i for i, c in enumerate(lists.cities) if c.name in wanted["cities"]])
    if "states" in wanted:
        inside = [i for i, c in enumerate(lists.cities) if c.region in wanted["states"] and c.country in country]
        yield np.isin(columns.city, inside)
    tools = {tool.name: i for i, tool in enumerate(lists.technologies)}
    if "technologies" in wanted:
        yield columns.technologies[:, [tools[name] for name in wanted["technologies"]]].any(axis=1)
    for name in wanted.get("technologies_all", ()):
        yield columns.technologies[:, tools[name]]
    for trait in wanted.get("traits", ()):
        yield columns.traits[:, list(lists.traits).index(trait)]


_BEST = {}  # by seed and case: what is asked of each case twice, and draws three thousand firms


def best_grades(universe, case):
    """Return the grades of the twenty most relevant firms that exist, best first."""
    key = (universe.seed, case["id"])
    if key not in _BEST:
        _BEST[key] = sorted(relevance(existing(universe, case), case))[::-1][:20]
    return _BEST[key]


def ndcg(universe, case):
    """NDCG at 20 with gain 2 ** relevance - 1, against the best order that existing firms allow."""
    hits = matching.rank(universe, case["profile"], 20)
    grades = relevance(universe.strata.columns(np.array([hit.number for hit in hits], dtype=np.int64)), case)
    gained = sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))
    best = sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(best_grades(universe, case)))
    return min(gained / best, 1.0)


def test_set_is_large_and_bilingual():
    """At least forty ICPs, at least fifteen in each language."""
    languages = [case["language"] for case in ICPS]

    assert len(ICPS) >= 40
    assert min(languages.count("en"), languages.count("de")) >= 15


@pytest.mark.parametrize("case", [*ICPS, *HELD_OUT], ids=lambda case: case["id"])
def test_every_judgement_can_be_met(company_universe, case):
    """Each ICP has at least one company that is relevant, so that its score means something."""
    assert best_grades(company_universe, case)[0] >= 1


def test_discovery_quality(company_universe):
    """Mean nDCG@20 is at least 0.95 on the fifty, and no single one is below 0.7.

    On the first run with the aliases, before any was changed, the mean was 0.920.
    """
    found = {case["id"]: ndcg(company_universe, case) for case in ICPS}

    assert np.mean(list(found.values())) >= 0.95
    assert {name: round(value, 2) for name, value in found.items() if value < 0.7} == {}


def test_discovery_quality_on_the_second_set(company_universe):
    """Mean nDCG@20 is at least 0.9 on paraphrases that no alias was written for.

    On its first run, before the parser had been touched for it, the set scored 0.835.
    """
    found = [ndcg(company_universe, case) for case in HELD_OUT]

    assert np.mean(found) >= 0.9


def test_discovery_quality_holds_for_another_seed():
    """The score is a property of the matching, not of one universe."""
    other = Universe(7)

    assert np.mean([ndcg(other, case) for case in ICPS[::4]]) >= 0.93
