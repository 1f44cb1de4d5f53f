import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from support.examples import examples

from openprospect_nb.analysis.bounces.audience import audience_of, heads
from openprospect_nb.analysis.bounces.poisson_binomial import cumulants, lattices, tallied


def risks(rows):
    """Return a risks frame from (domain, p) pairs, safest first."""
    return pl.DataFrame(rows, schema={"domain": pl.String, "p": pl.Float64}, orient="row").sort("p")


def crowd(rows):
    """Return the crowd of (domain, p) pairs."""
    frame = risks(rows)
    return audience_of(frame, frame["p"].to_numpy()).crowd()


def chances(lattice, n):
    """Return P(0..n) as a list."""
    found = [0.0] * (n + 1)
    found[lattice.low : lattice.low + len(lattice.chances)] = lattice.chances.tolist()
    return found


def one_domain(members, share):
    """Return P(0..m) of one domain by going through every outcome of one die, and of a die each."""
    m = len(members)
    total = [0.0] * (m + 1)
    edges = sorted({0.0, 1.0, *members})
    for low, high in itertools.pairwise(edges):
        total[sum(p >= high for p in members)] += share * (high - low)
    for outcome in itertools.product([0, 1], repeat=m):
        chance = math.prod(p if hit else 1 - p for p, hit in zip(members, outcome, strict=True))
        total[sum(outcome)] += (1 - share) * chance
    return total


def enumerated(rows, share):
    """Return P(0..n) by going through every outcome."""
    domains = {}
    for number, (domain, p) in enumerate(rows):
        domains.setdefault(domain if domain is not None else number, []).append(p)
    total = [1.0]
    for members in domains.values():
        total = np.convolve(total, one_domain(members, share if len(members) > 1 else 0.0))
    return list(total)


pairs = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.floats(0, 1)), max_size=9)


@given(pairs, st.floats(0, 1))
def test_small_lists_agree_with_enumeration(rows, share):
    """Up to nine prospects, every probability is that of going through all outcomes, to 1e-12."""
    assert chances(lattices(crowd(rows), [share])[0], len(rows)) == pytest.approx(enumerated(rows, share), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300))
@settings(max_examples=examples(40))
def test_different_domains_agree_with_scipy(values):
    """Without shared domains the count is scipy's Poisson-binomial, to 1e-12."""
    lattice = lattices(crowd([(f"d{number}", p) for number, p in enumerate(values)]), [0.8])[0]
    expected = stats.poisson_binom(values).pmf(range(len(values) + 1))

    assert chances(lattice, len(values)) == pytest.approx(list(expected), abs=1e-12)


@pytest.mark.parametrize(("n", "most"), [(2000, 1), (3000, 4), (2500, 300)])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_long_lists_agree_with_convolution(n, most, share):
    """Of thousands only the counts around the mean are held, and all are right to 1e-12."""
    rng = np.random.default_rng(n + most)
    domains = np.sort(rng.integers(0, max(1, 2 * n // (most + 1)), n))
    rows = [(f"d{d}", float(p)) for d, p in zip(domains, np.round(rng.beta(0.7, 7, n), 3), strict=True)]
    total = np.ones(1)
    for _, part in itertools.groupby(rows, key=lambda row: row[0]):
        members = sorted((p for _, p in part), reverse=True)
        own = np.ones(1)
        for p in members:
            own = np.convolve(own, [1 - p, p])
        die = -np.diff([1.0, *members, 0.0]) if len(members) > 1 else own
        total = np.convolve(total, share * die + (1 - share) * own if len(members) > 1 else own)
    lattice = lattices(crowd(rows), [share])[0]

    assert chances(lattice, n) == pytest.approx(list(total), abs=1e-12)


@given(pairs, st.floats(0, 1))
def test_sharing_a_domain_keeps_the_mean_and_never_narrows(rows, share):
    """A common die leaves the expected count alone and can only widen it."""
    apart, together = (lattices(crowd(rows), [each])[0] for each in (0.0, share))

    def variance(lattice):
        return math.fsum(x * (lattice.low + k - lattice.mean) ** 2 for k, x in enumerate(lattice.chances))

    assert together.mean == pytest.approx(sum(p for _, p in rows), abs=1e-9)
    assert variance(together) >= variance(apart) - 1e-9


@given(pairs, st.floats(0, 1))
def test_cumulants_are_those_of_the_distribution(rows, share):
    """Mean, variance and third central moment follow without the distribution."""
    found, expected = cumulants(crowd(rows), share), enumerated(rows, share)
    mean = math.fsum(k * x for k, x in enumerate(expected))

    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.variance == pytest.approx(math.fsum(x * (k - mean) ** 2 for k, x in enumerate(expected)), abs=1e-9)
    assert found.third == pytest.approx(math.fsum(x * (k - mean) ** 3 for k, x in enumerate(expected)), abs=1e-8)


@given(pairs.filter(len), st.floats(0, 1))
def test_the_moments_of_every_head_are_those_of_its_crowd(rows, share):
    """One pass gives for each k what the k safest have alone."""
    frame = risks(rows)
    audience = audience_of(frame, frame["p"].to_numpy())
    found = heads(audience, audience.risks, [share])

    for size in range(1, len(rows) + 1):
        expected = cumulants(audience.crowd(size), share)
        row = (found.mean[size - 1], found.variance[0, size - 1], found.third[0, size - 1])
        assert row == pytest.approx(tuple(expected), abs=1e-9)


def test_tails_and_quantiles_agree_with_the_binomial():
    """`above` and `quantile` are those of the binomial when all risks are equal, far from zero too."""
    for n, p, asked in ((50, 0.1, range(-1, 51)), (20_000, 0.3, [*range(5700, 6300, 50), -1, 0, 20_000])):
        lattice, expected = lattices(crowd([(None, p)] * n), [0.0])[0], stats.binom(n, p)
        assert [lattice.above(k) for k in asked] == pytest.approx([expected.sf(k) for k in asked], abs=1e-9)
        levels = (0.01, 0.05, 0.5, 0.95, 0.99)
        assert [lattice.quantile(level) for level in levels] == [int(expected.ppf(level)) for level in levels]


def test_one_at_zero_leaves_the_others_their_fate():
    """A stated 0 on a domain does not switch off what the others share."""
    eleven = lattices(crowd([("d", 0.0), *[("d", 0.1)] * 10]), [0.5])[0]
    ten = lattices(crowd([("d", 0.1)] * 10), [0.5])[0]

    assert eleven.above(9) == pytest.approx(ten.above(9), abs=1e-12)
    assert ten.above(9) > 0.04


def test_nobody_bounces_on_an_empty_list():
    """An empty list has zero bounces for certain."""
    lattice = lattices(crowd([]), [0.5])[0]

    assert (lattice.mean, lattice.above(0), lattice.quantile(0.95)) == (0.0, 0.0, 0)


def test_very_many_risks_are_tallied_without_losing_their_sum():
    """Of thirty thousand different risks those that nearly agree are one, and the expected count stays."""
    drawn = np.random.default_rng(3).beta(0.8, 9, 30_000)
    risks, times = tallied(drawn)

    assert len(risks) < 15_000
    assert (times.sum(), times @ risks) == (30_000, pytest.approx(drawn.sum()))
    assert tallied(np.array([0.2, 0.1, 0.2]))[1].tolist() == [1.0, 2.0]
