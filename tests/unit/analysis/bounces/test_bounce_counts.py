import itertools
import math
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openprospect_nb.analysis.bounces.counts import Counts, distribution


def risks(rows):
    """Return a risks frame from (domain, p) pairs."""
    return pl.DataFrame(rows, schema={"domain": pl.String, "p": pl.Float64}, orient="row")


def chances(counts, n):
    """Return P(0..n) as a list."""
    found = [0.0] * (n + 1)
    found[counts.low : counts.low + len(counts.chances)] = counts.chances
    return found


def enumerated(rows, share):
    """Return P(0..n) by going through every outcome of every domain and prospect."""
    domains = {}
    for number, (domain, p) in enumerate(rows):
        domains.setdefault(domain if domain is not None else number, []).append(p)
    totals = {0: 1.0}
    for members in domains.values():
        dead = share * min(members) if len(members) > 1 else 0.0
        own = dict.fromkeys(range(len(members) + 1), 0.0)
        own[len(members)] += dead
        alive = [(p - dead) / (1 - dead) if dead < 1 else 1.0 for p in members]
        for outcome in itertools.product([0, 1], repeat=len(members)):
            chance = math.prod(p if hit else 1 - p for p, hit in zip(alive, outcome, strict=True))
            own[sum(outcome)] += (1 - dead) * chance
        sums = {}
        for (a, x), (b, y) in itertools.product(totals.items(), own.items()):
            sums[a + b] = sums.get(a + b, 0.0) + x * y
        totals = sums
    return [totals.get(k, 0.0) for k in range(len(rows) + 1)]


pairs = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.floats(0, 1)), max_size=9)


@given(pairs, st.floats(0, 1))
def test_small_lists_agree_with_enumeration(rows, share):
    """Up to nine prospects, every probability is that of going through all outcomes."""
    counts = distribution(risks(rows), share=share)

    assert counts.is_exact
    assert chances(counts, len(rows)) == pytest.approx(enumerated(rows, share), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300))
@settings(max_examples=40)
def test_different_domains_agree_with_scipy(values):
    """Without shared domains the count is scipy's Poisson-binomial, to 1e-9."""
    rows = [(f"d{number}", p) for number, p in enumerate(values)]
    counts = distribution(risks(rows))
    expected = stats.poisson_binom(values).pmf(range(len(values) + 1))

    assert chances(counts, len(values)) == pytest.approx(list(expected), abs=1e-9)


@given(pairs, st.floats(0, 1))
def test_sharing_a_domain_keeps_the_mean_and_never_narrows(rows, share):
    """Shared fate leaves the expected count alone and can only widen it."""
    apart, together = distribution(risks(rows), share=0.0), distribution(risks(rows), share=share)

    def variance(counts):
        return math.fsum(x * (counts.low + k - counts.mean) ** 2 for k, x in enumerate(counts.chances))

    assert together.mean == pytest.approx(sum(p for _, p in rows), abs=1e-9)
    assert variance(together) >= variance(apart) - 1e-9


def big(n, seed, spread):
    """Return n risks on n / 2.2 domains, mean *spread*."""
    chance = random.Random(seed)
    return risks([(f"d{chance.randrange(int(n / 2.2))}", min(1.0, chance.expovariate(1 / spread))) for _ in range(n)])


@pytest.mark.parametrize(("n", "spread"), [(500, 0.02), (2000, 0.08), (6000, 0.01), (6000, 0.3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_approximation_errs_by_less_than_stated(n, spread, seed):
    """Any tail of the approximation is within 0.005 of the exact one."""
    frame = big(n, seed, spread)
    rough, exact = distribution(frame, budget=1), distribution(frame, budget=10**12)

    assert (rough.is_exact, exact.is_exact) == (False, True)
    assert max(abs(rough.above(k) - exact.above(k)) for k in range(-1, n + 1)) < 0.005


@pytest.mark.slow
def test_one_large_domain_is_kept_in_the_approximation():
    """A domain of 200 among many prospects keeps its two humps: dead or alive."""
    rows = [("big", 0.1)] * 200 + [(f"d{number // 2}", 0.02 + number / 1e6) for number in range(1500)]
    rough, exact = distribution(risks(rows), share=0.9, budget=1), distribution(risks(rows), share=0.9, budget=10**12)

    assert exact.above(150) == pytest.approx(0.09, abs=0.01)
    assert max(abs(rough.above(k) - exact.above(k)) for k in range(0, 300, 5)) < 0.005


def test_noise_widens_and_keeps_the_bounds():
    """Common uncertainty widens the count, and it stays between 0 and n."""
    rows = [(None, 0.05)] * 100
    plain, noisy = distribution(risks(rows)), distribution(risks(rows), extra_variance=25.0)

    assert noisy.quantile(0.95) - noisy.quantile(0.05) > plain.quantile(0.95) - plain.quantile(0.05)
    assert noisy.low >= 0
    assert noisy.low + len(noisy.chances) - 1 <= 100
    assert math.fsum(noisy.chances) == pytest.approx(1)


def test_tails_and_quantiles_agree_with_the_binomial():
    """`above` and `quantile` are those of the binomial when all risks are equal."""
    counts = distribution(risks([(None, 0.1)] * 50))
    expected = stats.binom(50, 0.1)

    assert [counts.above(k) for k in range(-1, 51)] == pytest.approx([expected.sf(k) for k in range(-1, 51)], abs=1e-9)
    assert [counts.quantile(q) for q in (0.01, 0.05, 0.5, 0.95, 0.99)] == [
        int(expected.ppf(q)) for q in (0.01, 0.05, 0.5, 0.95, 0.99)
    ]


def test_a_window_far_from_zero_agrees_with_the_binomial():
    """Of many prospects only the counts around the mean are held, and tails and quantiles are still those of scipy."""
    counts = distribution(risks([(None, 0.3)] * 20_000))
    expected = stats.binom(20_000, 0.3)
    asked = [*range(5700, 6300, 50), -1, 0, 20_000]

    assert counts.low > 4900
    assert [counts.above(k) for k in asked] == pytest.approx([expected.sf(k) for k in asked], abs=1e-9)
    assert [counts.quantile(q) for q in (0.05, 0.5, 0.95)] == [int(expected.ppf(q)) for q in (0.05, 0.5, 0.95)]


@pytest.mark.parametrize(
    ("domains", "size", "p", "share"), [(300, 5, 0.3, 0.5), (900, 3, 0.02, 0.3), (40, 60, 0.5, 0.9)]
)
def test_many_shared_domains_agree_with_convolution(domains, size, p, share):
    """The sum over domains, of which each is dead or alive, has the distribution that convolving them gives."""
    dead = share * p
    one = (1 - dead) * stats.binom(size, (p - dead) / (1 - dead)).pmf(range(size + 1))
    one[-1] += dead
    expected = [1.0]
    for _ in range(domains):
        expected = np.convolve(expected, one)
    counts = distribution(risks([(f"d{n}", p) for n in range(domains) for _ in range(size)]), share=share)

    assert chances(counts, domains * size) == pytest.approx(list(expected), abs=1e-9)
    assert counts.mean == pytest.approx(domains * size * p)


@pytest.mark.parametrize("noise", [0.0, 40.0])
def test_noise_is_that_of_a_normal(noise):
    """Common uncertainty adds its variance to the count's, and leaves the mean."""
    counts = distribution(risks([(None, 0.4)] * 500), extra_variance=noise)
    spread = math.fsum(x * (counts.low + k - 200) ** 2 for k, x in enumerate(counts.chances))

    assert spread == pytest.approx(500 * 0.4 * 0.6 + noise)
    assert math.fsum(x * (counts.low + k) for k, x in enumerate(counts.chances)) == pytest.approx(200)


def test_a_quantile_is_the_first_count_that_reaches_its_level():
    """A level that is met exactly needs no more, and rounding never leads beyond the last count."""
    counts = Counts(3, (0.25, 0.25, 0.49999), 4.0, is_exact=True)

    assert [counts.quantile(level) for level in (0.0, 0.25, 0.5, 0.51, 1.0)] == [3, 3, 4, 5, 5]


@pytest.mark.parametrize(("n", "noise"), [(100, 25.0), (3, 0.5)])
def test_noise_below_zero_is_no_bounce(n, noise):
    """What common uncertainty puts below 0 counts as 0 and never comes back at the other end."""
    noisy = distribution(risks([(None, 0.01)] * n), extra_variance=noise)

    assert noisy.above(0.9 * n - 0.5) < 0.01
    assert noisy.quantile(0.4) == 0


def test_noise_beyond_everyone_is_everyone():
    """What common uncertainty puts above the number of prospects counts as all of them."""
    noisy = distribution(risks([(None, 0.99)] * 100), extra_variance=25.0)

    assert noisy.above(99) == pytest.approx(stats.norm(99, math.sqrt(25.99)).sf(99.5), abs=0.01)
    assert noisy.quantile(0.6) == 100


def test_groups_of_like_risk_keep_their_size():
    """The approximation of two thousand nearly certain bounces still has two thousand of them."""
    frame = risks([(None, 0.999 + number / 2_000_000) for number in range(2000)])
    rough, exact = distribution(frame, budget=1), distribution(frame)

    assert not rough.is_exact
    assert max(abs(rough.above(k) - exact.above(k)) for k in range(1980, 2001)) < 0.005


def test_nobody_bounces_on_an_empty_list():
    """An empty list has zero bounces for certain."""
    counts = distribution(risks([]))

    assert (counts.mean, counts.above(0), counts.quantile(0.95)) == (0.0, 0.0, 0)


def test_row_order_changes_nothing():
    """Shuffling the prospects gives the same distribution."""
    frame = big(300, 7, 0.1)
    mixed = frame.sample(fraction=1, shuffle=True, seed=3)

    assert distribution(mixed).chances == pytest.approx(distribution(frame).chances, abs=1e-12)
