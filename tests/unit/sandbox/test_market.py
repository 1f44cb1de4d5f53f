"""The market: millions of firms by country, trade and size, made on demand, and what ICPs find in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from openprospect_nb.icp import ICP
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.sandbox.market import matching
from openprospect_nb.sandbox.market.candidates import Candidates
from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.icp import parse_profile
from openprospect_nb.sandbox.market.lookup import find_domain, find_name
from openprospect_nb.sandbox.orders.packing import shortfall
from openprospect_nb.sandbox.universe import MARKET_VERSION
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.strata import EDGES, FIRST, Strata
from openprospect_nb.sandbox.universe.vocabulary import read_table, vocabulary

ICPS = json.loads(Path(__file__).with_name("fixtures").joinpath("icps_market.json").read_text("utf-8"))
# Change it only together with MARKET_VERSION, in a commit that says why the market moved.
GOLDEN = {"version": 3, "counts": "7712002e52790d3f", "columns": "b1ca99d7804e12ba", "names": "bc4173a4cedafd6d"}


def some_numbers(universe, count):
    """Return numbers spread over the whole market."""
    return np.linspace(FIRST, universe.strata.end - 1, count).astype(np.int64)


def _digest(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:16]


def test_market_is_the_same_on_every_machine(company_universe):
    """Counts, attributes and names are those of this version of the market."""
    numbers = some_numbers(company_universe, 2000)
    columns = company_universe.strata.columns(numbers).arrays()
    domains = [company_universe.naming(number).domain for number in numbers[::10].tolist()]

    assert {
        "version": MARKET_VERSION,
        "counts": _digest(company_universe.strata.counts.tobytes()),
        "columns": _digest(*(np.ascontiguousarray(columns[name]).tobytes() for name in sorted(columns))),
        "names": _digest("|".join(domains).encode()),
    } == GOLDEN


def test_a_firm_is_the_same_alone_and_among_others(company_universe):
    """What is drawn of a firm depends on nothing but seed and number."""
    numbers = some_numbers(company_universe, 300)
    together = company_universe.strata.columns(numbers)
    for row in (0, 7, 150, 299):
        alone = Strata(Chance(42)).columns(numbers[row : row + 1])
        assert all(
            np.array_equal(array[row : row + 1], alone.arrays()[name]) for name, array in together.arrays().items()
        )


def test_counts_follow_the_statistics(company_universe):
    """Each country has as many firms of a size class as the table says, but for chance; thirty million in all."""
    strata, lists = company_universe.strata, vocabulary()
    of_place = np.array([lists.cities[city].country for city in strata.order])
    for row in read_table("firms_by_country.csv"):
        here = strata.counts[:, of_place == lists.country_index(row["country"])].sum(axis=(0, 1))
        found = [here[at : at + 2].sum() for at in range(0, len(EDGES) - 1, 2)]
        stated = [int(row[name]) for name in ("micro", "small", "medium", "large")]
        assert all(
            abs(have - want) <= max(0.01 * want, 4 * want**0.5) for have, want in zip(found, stated, strict=True)
        )
    assert 25_000_000 < len(company_universe) < 35_000_000


def test_scarce_is_scarce(company_universe):
    """Germany has some hundred insurers and tens of thousands of law firms; Tyrol has a handful of breweries."""
    strata, lists = company_universe.strata, vocabulary()
    trade = {subtype.key: index for index, subtype in enumerate(lists.subtypes)}
    cities = [lists.cities[city] for city in strata.order]
    german = np.array([city.country == lists.country_index("DE") for city in cities])
    tyrol = np.array([city.name in {"Innsbruck", "Kufstein"} for city in cities])

    assert 300 < strata.counts[trade["insurer"], german].sum() < 1_000
    assert 30_000 < strata.counts[trade["law_firm"], german].sum() < 120_000
    assert strata.counts[trade["brewery"], tyrol].sum() < 30


def test_headcounts_stay_in_their_class(company_universe):
    """A firm has a headcount of the cell that its number lies in, and small ones are the most frequent there."""
    strata = company_universe.strata
    numbers = some_numbers(company_universe, 20_000)
    employees = strata.columns(numbers).employees
    cells = np.searchsorted(np.sort(strata.starts.ravel()), numbers, side="right")

    assert len(set(cells.tolist())) > 1_000
    assert employees.min() == 1
    assert 0.5 < np.mean(employees < 3) < 0.9
    large = employees[employees >= 50]
    assert np.mean(large < 100) > np.mean(large >= 250)


def test_domains_are_unique(company_universe):
    """Firms side by side in a crowded trade, those that take the same stems again, and others share no domain."""
    crowded = company_universe.strata.block([s.key for s in vocabulary().subtypes].index("law_firm"), "de")
    numbers = [*crowded[:4_000], *crowded[21_168:25_168], *some_numbers(company_universe, 4_000).tolist()]
    domains = Counter(company_universe.naming(number).domain for number in dict.fromkeys(numbers))

    assert domains.most_common(1)[0][1] == 1


def test_a_domain_leads_back_to_its_firm(company_universe):
    """Without any index a domain names its firm, if that has a website, and a name with its city does too."""
    universe = company_universe
    numbers = some_numbers(universe, 40).tolist()
    universe.draw(numbers)
    by_name = 0
    for number in numbers:
        company = universe.company(number)
        assert find_domain(universe, company.naming.domain) == (number if company.website else None)
        by_name += find_name(universe, company.naming.name, company.city.name) == number

    assert by_name >= 38  # of two firms with equal name and city it may be the other
    assert find_domain(universe, "no-such-firm.example") is None
    assert find_name(universe, "Kurz Maschinenbau GmbH", "Ulm") is None


def _as_stated(hit, case):
    """Whether a firm has the trade, size and place that a case judges as wanted."""
    wanted, firm = case["wanted"], hit.company
    low, high = wanted.get("size", (None, None))
    return (
        (firm.subtype.key in wanted.get("subtypes", ()) or firm.industry.key in wanted.get("industries", ()))
        and (low or 1) <= firm.employees <= (high or 10**9)
        and firm.country.code in case["profile"]["target_countries"]
        and firm.city.name in wanted.get("cities", (firm.city.name,))
        and firm.city.region in wanted.get("states", (firm.city.region,))
    )


@pytest.mark.parametrize("case", [c for c in ICPS if c["wide"]], ids=lambda case: case["id"])
def test_a_large_market_brings_what_was_asked_for(company_universe, case):
    """Of the first hundred at least 85 have trade, size and place as stated, and 70 a match of 6 or better."""
    hits = matching.rank(company_universe, case["profile"], 100)

    assert len(hits) == 100
    assert sum(_as_stated(hit, case) for hit in hits) >= 85
    assert sum(hit.match_score >= 6 for hit in hits) >= 70


@pytest.mark.parametrize("case", [c for c in ICPS if not c["wide"]], ids=lambda case: case["id"])
def test_a_narrow_market_is_not_padded(company_universe, case):
    """A narrow market brings all that fit, at most three and one in thirteen beside them that nearly fit."""
    hits = matching.rank(company_universe, case["profile"], 500)
    fit = sum(_as_stated(hit, case) for hit in hits)

    assert matching.count_pool(company_universe, case["profile"], 500).firms <= fit
    assert len(hits) - fit <= 3 + len(hits) / 12


def test_there_are_forty_icps_in_two_languages():
    """The set is as large as promised, and most of its markets are large."""
    assert len(ICPS) == 40
    assert sum(case["wide"] for case in ICPS) >= 30
    assert sum(case["language"] == "de" for case in ICPS) >= 8


def test_no_firm_is_looked_at_twice(company_universe):
    """The batches of a wide market are disjoint and hold some fifty thousand of its firms."""
    criteria = parse_profile({"ideal_customer_profile": "Retailers", "target_countries": ["DE"]})
    candidates = Candidates(company_universe.strata, company_universe.chance, criteria)
    numbers = np.concatenate([batch.numbers for batch in candidates.batches()])

    assert len(np.unique(numbers)) == len(numbers)
    assert 40_000 < len(numbers) < 70_000 < candidates.count


def test_a_wide_pool_is_estimated_well(company_universe):
    """A market too wide to be counted is estimated within five percent of the sum over its countries."""

    def pool(*countries):
        wanted = {"ideal_customer_profile": "Law firms with 5-200 employees", "target_countries": [*countries]}
        return matching.count_pool(company_universe, wanted, 500)

    parts = [pool(code) for code in ("US", "GB", "DE")]
    whole = pool("US", "GB", "DE")
    assert all(part.exact for part in parts)
    assert whole.firms == pytest.approx(sum(part.firms for part in parts), rel=0.05)
    assert whole.deliverable == 500


def test_the_truth_knows_the_size_of_a_market(tmp_path):
    """`control.truth().pool` takes an ICP or its fields, before anything was ordered, and nothing is written for it."""
    icp = ICP(
        profile_name="Tyrol", ideal_customer_profile="Breweries in Tyrol", seller_offering="x", target_countries=["AT"]
    )
    with Sandbox(cache=tmp_path) as sandbox:
        pool = sandbox.control.truth().pool
        found = pool(icp)
        assert found == pool({"ideal_customer_profile": "Breweries in Tyrol", "target_countries": ["AT"]})
        with pytest.raises(TypeError, match="ICP"):
            pool("Breweries in Tyrol")
    assert 0 < found.firms < 30
    assert found.exact
    assert list(tmp_path.iterdir()) == []


def test_an_order_says_what_it_could_not_bring():
    """Fewer companies than were ordered are told, with the number; a full order says nothing."""
    assert "Delivered 10 of 1,000" in shortfall(10, 1000)
    assert shortfall(25, 25) is None


def test_universes_of_two_seeds_differ():
    """Another seed moves nearly every firm."""
    numbers = np.arange(FIRST, FIRST + 1000, dtype=np.int64)
    one, other = (Universe(seed).strata.columns(numbers) for seed in (1, 2))

    assert np.mean(one.founded == other.founded) < 0.2
