import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from openprospect_nb.analysis.intervals import Count, log_ratio, newcombe, t_value, wilson, z_value
from openprospect_nb.errors import ConfigurationError


@given(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.9, 0.95])
)
def test_wilson_agrees_with_scipy(counts, level):
    """The Wilson interval is scipy's."""
    expected = stats.binomtest(*counts).proportion_ci(level, method="wilson")

    assert wilson(*counts, level) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(st.floats(3, 1e4), st.sampled_from([0.8, 0.9, 0.95]))
def test_students_t_agrees_with_scipy(freedom, level):
    """From three degrees of freedom on it is within 1.2 % of scipy's; fewer than two count as two."""
    assert t_value(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=0.012)
    assert t_value(level, 0) == t_value(level, 2)


def test_without_observations_everything_is_possible():
    """No observations give the widest interval, not an error."""
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe(Count(0, 0), Count(1, 2)) == (-1.0, 1.0)


def test_newcombe_gives_the_published_example():
    """56 of 70 against 48 of 80 is the worked example of Newcombe 1998: 0.0524 to 0.3339 at 95 %."""
    assert newcombe(Count(48, 80), Count(56, 70), 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_ratio_of_equal_rates_spans_one():
    """Equal rates give an interval around 1, on the log scale symmetric."""
    low, high = log_ratio(Count(10, 100), Count(10, 100))

    assert low < 1 < high
    assert low * high == pytest.approx(1)


@pytest.mark.parametrize("level", [0, 1, -0.5, 2, float("nan")])
def test_a_confidence_outside_its_range_is_refused(level):
    """A confidence must lie between 0 and 1."""
    with pytest.raises(ConfigurationError, match="not between 0 and 1"):
        z_value(level)
