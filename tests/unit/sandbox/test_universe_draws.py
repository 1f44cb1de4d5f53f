"""Statistical properties of the panel (numbered as in the design notes), with tolerances; the market draws alike."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest

from openprospect_nb.sandbox.market.catalogue import load_panel
from openprospect_nb.sandbox.market.supply import Universes
from openprospect_nb.sandbox.universe import UNIVERSE_VERSION
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import draw_columns
from openprospect_nb.sandbox.universe.company import Hit
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

# Change them only together with UNIVERSE_VERSION, in a commit that says why the universe moved.
GOLDEN = {"version": 2, "columns": "c41382e481c43807", "documents": "753bc217465702c7"}


def _index(items, name, attribute="key"):
    return next(i for i, item in enumerate(items) if getattr(item, attribute) == name)


def _ranks(values):
    """Average ranks, so that ties count alike."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def spearman(left, right):
    """Rank correlation."""
    return float(np.corrcoef(_ranks(left), _ranks(right))[0, 1])


@pytest.fixture(scope="module")
def columns(company_universe):
    """The drawn attributes."""
    return company_universe.panel.columns


@pytest.fixture(scope="module")
def lists():
    """The vocabulary they point into."""
    return vocabulary()


def test_universe_is_the_same_on_every_machine(company_universe):
    """The digests of the columns and of fifty documents are those of this version of the universe."""
    columns = hashlib.sha256()
    for name, array in sorted(company_universe.panel.columns.arrays().items()):
        columns.update(name.encode() + np.ascontiguousarray(array).tobytes())
    hits = [Hit(n, company_universe.company_id(n), "", None, "", 7.5) for n in range(50)]
    documents = [company_universe.document(hit, {"seller_offering": "CRM software"}) for hit in hits]
    text = json.dumps(documents, sort_keys=True, ensure_ascii=False)

    found = {
        "version": UNIVERSE_VERSION,
        "columns": columns.hexdigest()[:16],
        "documents": hashlib.sha256(text.encode()).hexdigest()[:16],
    }
    assert found == GOLDEN


def test_universe_is_prefix_stable(columns):
    """A company has the same attributes in a universe of two thousand and of twenty thousand."""
    small = draw_columns(Chance(42), vocabulary(), 2000)

    for name, array in small.arrays().items():
        assert np.array_equal(array, columns.arrays()[name][:2000]), name


def test_universe_of_another_seed_differs(columns):
    """Another seed moves nearly every city."""
    other = draw_columns(Chance(43), vocabulary(), 2000)

    assert np.mean(other.city == columns.city[:2000]) < 0.1


def test_scalar_and_vector_draws_agree():
    """One company made on demand draws what the whole column drew."""
    chance = Chance(7)
    numbers = np.arange(500, dtype=np.int64)

    assert chance.uniforms("any field", numbers).tolist() == [chance.uniform("any field", n) for n in range(500)]
    assert chance.normals("any field", numbers).tolist() == [chance.normal("any field", n) for n in range(500)]


def test_normal_draws_have_the_quartiles_of_a_standard_normal():
    """Twenty thousand draws: mean, spread and the outer percentages are where a standard normal has them."""
    drawn = Chance(7).normals("any field", np.arange(20_000, dtype=np.int64))

    found = np.quantile(drawn, [0.025, 0.25, 0.5, 0.75, 0.975])
    assert found == pytest.approx([-1.96, -0.6745, 0.0, 0.6745, 1.96], abs=0.05)


def test_property_1_size_is_log_normal_within_industry(columns, lists):
    """Standardised log headcounts are close to a standard normal (Kolmogorov-Smirnov distance below 0.03)."""
    mu = np.array([i.mu for i in lists.industries])[columns.industry]
    mu = mu + np.array([s.shift for s in lists.subtypes])[columns.subtype]
    sigma = np.array([i.sigma for i in lists.industries])[columns.industry]
    rest = np.sort((np.log(columns.employees) - mu) / sigma)
    normal = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in rest])

    assert np.abs(normal - (np.arange(len(rest)) + 0.5) / len(rest)).max() < 0.03


def test_property_1_industry_explains_a_part_of_size(columns):
    """Industry explains 15 to 35 percent of the variance of log headcount."""
    size = np.log(columns.employees)
    between = sum(
        (columns.industry == i).sum() * (size[columns.industry == i].mean() - size.mean()) ** 2
        for i in np.unique(columns.industry)
    )

    assert 0.15 <= between / ((size - size.mean()) ** 2).sum() <= 0.35


def test_property_1_size_bands_are_those_of_a_prospecting_list(columns):
    """Below 10, 10-49, 50-249 and 250 or more employees hold about 23, 47, 26 and 4 percent of companies."""
    edges = np.searchsorted([10, 50, 250], columns.employees, side="right")

    assert np.bincount(edges, minlength=4) / len(columns) == pytest.approx([0.23, 0.47, 0.26, 0.04], abs=0.05)
    assert np.sort(columns.employees)[-200:].sum() / columns.employees.sum() < 0.22


@pytest.mark.parametrize("code", ["DE", "GB", "FR", "AT", "NL", "IT"])
def test_property_2_large_cities_hold_more_companies(columns, lists, code):
    """Companies per city follow the population, though not strictly."""
    country = lists.country_index(code)
    cities = [i for i, city in enumerate(lists.cities) if city.country == country]
    counts = np.bincount(columns.city, minlength=len(lists.cities))[cities]

    assert 0.75 <= spearman(counts, [lists.cities[i].population for i in cities]) <= 0.96


def test_property_2_no_german_city_dominates(columns, lists):
    """No German city holds more than five percent of the German companies."""
    german = columns.country == lists.country_index("DE")

    assert np.bincount(columns.city[german]).max() / german.sum() <= 0.05


def test_property_2_cities_are_known_for_something(columns, lists):
    """Seven cities' own industries are over-represented there; in at least five the lift is above 1.8."""
    known = {
        "Stuttgart": "automotive",
        "Hamburg": "logistics",
        "Rotterdam": "logistics",
        "Basel": "lifescience",
        "Berlin": "it",
        "Frankfurt am Main": "finance",
        "Tuttlingen": "lifescience",
    }
    lifts = []
    for city, industry in known.items():
        place, kind = _index(lists.cities, city, "name"), _index(lists.industries, industry)
        country = columns.country == lists.cities[place].country
        here = columns.industry[columns.city == place] == kind
        lifts.append(np.mean(here) / np.mean(columns.industry[country] == kind))

    assert min(lifts) > 1.2
    assert sum(lift > 1.8 for lift in lifts) >= 5


def test_property_3_exclusive_categories_never_hold_two(columns, lists):
    """No company uses two products of one exclusive category."""
    for category in lists.categories:
        if category["exclusive"]:
            members = [i for i, tool in enumerate(lists.technologies) if tool.category == category["key"]]
            assert columns.technologies[:, members].sum(axis=1).max() <= 1, category["key"]


def test_property_3_implied_technologies_are_there(columns, lists):
    """Whoever uses a product uses what it is built on."""
    for index, tool in enumerate(lists.technologies):
        users = columns.technologies[:, index]
        for implied in tool.implies:
            assert columns.technologies[users, implied].all(), (tool.name, lists.technologies[implied].name)


def test_property_3_adoption_differs_by_country_and_industry(columns, lists):
    """Shopware is common among German and Austrian shops and rare in Britain; React and HubSpot live in software."""

    def adoption(name, rows):
        return float(columns.technologies[rows][:, _index(lists.technologies, name, "name")].mean())

    retail = columns.industry == _index(lists.industries, "retail")
    trades = columns.industry == _index(lists.industries, "trades")
    saas = columns.subtype == _index(lists.subtypes, "saas")
    for code, low, high in (("DE", 0.25, 0.6), ("AT", 0.2, 0.65), ("GB", 0.0, 0.08), ("FR", 0.0, 0.08)):
        assert low <= adoption("Shopware", retail & (columns.country == lists.country_index(code))) <= high, code
    assert adoption("HubSpot", saas) > 10 * adoption("HubSpot", trades)
    assert adoption("React", saas) > 10 * adoption("React", trades)


def test_property_3_technology_counts_are_moderate(columns):
    """The median website shows 6 to 11 technologies, four in five between 4 and 14; maturity drives the count."""
    counts = columns.technologies.sum(axis=1)[columns.website]

    assert 6 <= np.median(counts) <= 11
    assert np.mean((counts >= 4) & (counts <= 14)) > 0.8
    assert 0.4 < np.corrcoef(counts, columns.maturity[columns.website])[0, 1] < 0.75


def test_property_4_legal_forms_follow_country_and_size(columns, lists):
    """Every form belongs to the company's country and language; stock corporations are larger, an SE is rare."""
    for number in range(0, len(columns), 37):
        form, city = lists.forms[columns.form[number]], lists.cities[columns.city[number]]
        assert form.country == lists.countries[city.country].code
        assert form.language in {"", city.language}
    german = columns.country == lists.country_index("DE")
    names = np.array([form.short for form in lists.forms])[columns.form]
    assert np.median(columns.employees[german & (names == "AG")]) > 2 * np.median(
        columns.employees[german & (names == "e.K.")]
    )
    assert np.mean(names[german] == "SE") < 0.002


def test_property_8_websites_are_missing_in_small_and_analogue_firms(columns):
    """About a tenth have no website, and those are smaller and less digital."""
    assert 0.07 < np.mean(~columns.website) < 0.15
    assert np.median(columns.employees[~columns.website]) < np.median(columns.employees[columns.website])
    assert columns.maturity[~columns.website].mean() < columns.maturity[columns.website].mean()


def _same(one, other):
    return all(np.array_equal(array, other.arrays()[name]) for name, array in one.arrays().items())


def test_panel_is_cached_as_one_file(tmp_path):
    """The second opening reads the file that the first one wrote, and finds the same companies."""
    first, second = load_panel(5, 300, tmp_path), load_panel(5, 300, tmp_path)

    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]
    assert _same(first, second)
    assert _same(first, draw_columns(Chance(5), vocabulary(), 300))


@pytest.mark.parametrize("damage", [b"not an archive", b""])
def test_damaged_cache_is_replaced(tmp_path, damage):
    """A cache file that is no archive is drawn again."""
    whole = load_panel(5, 50, tmp_path)
    path = next(tmp_path.iterdir())
    path.write_bytes(damage)

    assert _same(load_panel(5, 50, tmp_path), whole)
    assert path.read_bytes().startswith(b"PK")


def test_unwritable_cache_stays_in_memory(tmp_path):
    """A cache that cannot be a folder costs nothing but the cache."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    assert len(load_panel(5, 50, blocked)) == 50
    assert blocked.read_text() == "in the way"


def test_all_sandboxes_of_a_process_share_a_universe(tmp_path):
    """Made once, whoever asks for its seed; another seed, or another folder for its panel, is another universe."""
    first, second = Universes(tmp_path), Universes(tmp_path)

    assert first(5) is second(5)
    assert [universes(seed).universe.seed for universes in (first, second) for seed in (5, 6)] == [5, 6, 5, 6]
    assert Universes(tmp_path / "other")(5) is not first(5)
