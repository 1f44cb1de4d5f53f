import math

import numpy as np
import pytest
from scipy import stats
from unit.analysis.bounces.test_poisson_binomial import crowd

from openprospect_nb.analysis.bounces.outlook import above_normal, outlook, tail
from openprospect_nb.analysis.bounces.poisson_binomial import lattices

EVERY = 10**12


def many(n, most, mean=0.06, seed=1):
    """Return a crowd of n on domains of up to *most*."""
    rng = np.random.default_rng(seed)
    domains = rng.integers(0, max(1, 2 * n // (most + 1)), n)
    drawn = np.round(rng.beta(0.7, 0.7 / mean, n), 3)
    return crowd([(f"d{d}", float(p)) for d, p in zip(domains, drawn, strict=True)])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_sharing_never_looks_safer(share, spread):
    """Whatever may be shared, no tail is thinner and no interval narrower than for people on domains of their own."""
    apart = outlook(crowd([(None, 0.1)] * 100), [0.0], spread)
    together = outlook(crowd([("one", 0.1)] * 100), [0.0, share], spread)

    assert all(together.above(k) >= apart.above(k) - 1e-12 for k in range(-1, 101))
    assert together.quantile(0.05) <= apart.quantile(0.05)
    assert together.quantile(0.95) >= apart.quantile(0.95)


def test_a_doubt_is_averaged_over():
    """The chances are those of all the odds that the doubt allows, here sixty of equal weight."""
    spread, people = 0.6, crowd([(None, p / 100) for p in range(1, 21)])
    shifts = spread * stats.norm.ppf((np.arange(60) + 0.5) / 60)
    expected = np.mean([[lattices(people.moved(shift), [0.0])[0].above(k) for k in range(12)] for shift in shifts], 0)
    found = outlook(people, [0.0], spread)

    assert found.is_exact
    assert [found.above(k) for k in range(12)] == pytest.approx(expected.tolist(), abs=0.003)


@pytest.mark.parametrize(
    ("n", "most", "spread"), [(900, 3, 0.0), (900, 3, 0.15), (900, 3, 0.54), (900, 12, 0.54), (700, 200, 0.2)]
)
def test_the_approximation_errs_by_less_than_stated(n, most, spread):
    """Any tail of the approximation is within 0.005 of the exact one."""
    people = many(n, most)
    rough, exact = (outlook(people, [0.0, 0.8], spread, budget=budget) for budget in (0, EVERY))
    asked = range(-1, exact.quantile(0.999))

    assert (rough.is_exact, exact.is_exact) == (False, True)
    for one, other in zip(rough.counts, exact.counts, strict=True):
        assert max(abs(one.above(k) - other.above(k)) for k in asked) < 0.005
    assert abs(rough.quantile(0.95) - exact.quantile(0.95)) <= 1


def risky(kind, mean, n=900):
    """Return a crowd of high risks beside large domains: small domains among them, or people alone, or one half."""
    drawn = np.clip(np.round(np.random.default_rng(1).beta(mean * 3, (1 - mean) * 3, n), 3), 0.002, 1.0)
    sizes = {"small domains": [1, 1, 2, 3, 40], "alone": [120] + [1] * n, "half": [n // 2] + [1] * n}[kind]
    names = [f"d{place}" for place in range(n) for _ in range(sizes[place % len(sizes)])][:n]
    return crowd(list(zip(names, map(float, drawn), strict=True)))


@pytest.mark.parametrize("mean", [0.3, 0.9, 0.97])
@pytest.mark.parametrize("spread", [0.15, 0.6])
@pytest.mark.parametrize("kind", ["small domains", "alone", "half"])
def test_high_risks_beside_large_domains_err_as_little(kind, spread, mean):
    """However risky a list is, its approximation is within 0.005 of the exact one, and nobody bounces beyond it."""
    people = risky(kind, mean)
    rough, exact = (outlook(people, [0.0, 0.8], spread, budget=budget) for budget in (0, EVERY))

    for one, other in zip(rough.counts, exact.counts, strict=True):
        assert max(abs(one.above(k) - other.above(k)) for k in range(-1, people.size)) < 0.005
        assert one.above(people.size) == 0
        assert one.quantile(0.9999) <= people.size


def test_certain_bounces_on_a_large_domain_cut_off_no_count():
    """Where a domain's riskiest bounce for certain, no count is lost: one die and own dice mix as they should."""
    people = crowd([("big", 1.0 if n < 300 else 0.8) for n in range(900)] + [(None, 0.9)] * 900)
    for shift in (-1.0, 0.0, 1.0):
        apart, mixed, one = (lattices(people.moved(shift), [share])[0] for share in (0.0, 0.8, 1.0))
        expected = [0.2 * apart.above(k) + 0.8 * one.above(k) for k in range(1800)]
        assert [mixed.above(k) for k in range(1800)] == pytest.approx(expected, abs=1e-9)


def test_the_normal_tail_is_that_of_scipy():
    """The upper tail is right to 1e-7 on both sides."""
    z = np.linspace(-6, 6, 101)

    assert above_normal(z) == pytest.approx(stats.norm.sf(z), abs=1e-7)


@pytest.mark.parametrize(
    ("judge", "ratio"),
    [(stats.binom(10, 0.2), 0.8), (stats.poisson(2.0), 1.0), (stats.nbinom(2.0 / 0.7, 1 / 1.7), 1.7)],
)
def test_small_counts_follow_the_distribution_with_their_moments(judge, ratio):
    """Where little varies, a tail is that of the binomial, Poisson or negative binomial of this mean and variance."""
    allowed = np.arange(8)
    found = tail(allowed, np.full(8, 2.0), np.full(8, 2.0 * ratio), np.zeros(8))

    assert found == pytest.approx(judge.sf(allowed), abs=1e-5)


def test_nobody_at_risk_is_certain():
    """People who cannot bounce give no bounce for certain."""
    certain = outlook(crowd([("a", 0.0)] * 3), [0.0, 0.8], 0.5)

    assert (certain.mean, certain.above(0), certain.quantile(0.95), certain.is_exact) == (0.0, 0.0, 0, True)
    assert math.isclose(outlook(crowd([(None, 1.0)] * 3), [0.0], 0.5).above(2), 1.0)
