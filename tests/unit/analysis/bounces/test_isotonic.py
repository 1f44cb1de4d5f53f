from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.analysis.bounces.logistic import pool

points = st.lists(st.tuples(st.integers(0, 20).map(float), st.floats(0, 1), st.floats(0.1, 5)), min_size=1, max_size=60)


def value_at(blocks, x):
    """Return the fitted value at a point that was in the data."""
    return next(block.value for block in blocks if block.first <= x <= block.last)


@given(points)
def test_pooling_agrees_with_scikit_learn(data):
    """The fit is scikit-learn's isotonic regression, ties and weights included."""
    from sklearn.isotonic import IsotonicRegression

    xs, ys, weights = zip(*data, strict=True)
    expected = IsotonicRegression().fit(xs, ys, sample_weight=weights).predict(xs)
    blocks = pool(data)

    assert [value_at(blocks, x) for x in xs] == pytest.approx(list(expected), abs=1e-9)


@given(points)
def test_pooling_keeps_the_mean_and_never_falls(data):
    """The weighted mean of the fit is that of the data, and values rise from block to block."""
    blocks = pool(data)
    fitted = sum(block.value * block.weight for block in blocks)

    assert fitted == pytest.approx(sum(y * weight for _, y, weight in data))
    assert all(low.value < high.value for low, high in pairwise(blocks))


def test_nothing_gives_nothing():
    """No points give no blocks."""
    assert pool([]) == []
