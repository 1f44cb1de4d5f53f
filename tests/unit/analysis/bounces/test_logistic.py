import numpy as np
import pytest

from openprospect_nb.analysis.bounces.logistic import fit, gathered, log_odds, probability


def right(x):
    """The vendor is right."""
    return x


def too_low(x):
    """The vendor says half."""
    return np.clip(2 * x, 0.001, 0.95)


def too_high(x):
    """The vendor says double."""
    return x / 2


def noise(x):
    """The vendor knows nothing."""
    return np.full(len(x), 0.1)


def bent(x):
    """The truth is flat, then steep."""
    return np.where(x < 0.1, 0.02 + 0.1 * x, 0.03 + 0.6 * (x - 0.1))


def stepped(x):
    """The truth jumps: the home of the isotonic map."""
    return np.where(x < 0.08, 0.02, 0.25)


def loss(p, truth):
    """Return the expected log loss of saying p where the chance is another."""
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())


def ours(x, y):
    """Return our map."""
    curve = fit(gathered(x, y, np.ones(len(x))))
    return lambda other: probability(np.interp(log_odds(other), curve.knots, curve.heights))


def platt(x, y):
    """Return Platt's map; the raw risk where only one kind of outcome was seen."""
    if len(set(y)) == 1:
        return lambda other: np.clip(other, 0.002, 0.998)
    # Imported by whoever fits: every process of a run collects this file, one or two of them run it.
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6).fit(log_odds(x)[:, None], y)
    return lambda other: fitted.predict_proba(log_odds(other)[:, None])[:, 1]


def isotonic(x, y):
    """Return the isotonic map."""
    from sklearn.isotonic import IsotonicRegression

    return IsotonicRegression(out_of_bounds="clip", y_min=0.002, y_max=0.998).fit(x, y).predict


def losses(truth, n, draws=25):
    """Return the mean losses of ours, the raw risk, Platt's map and the isotonic one, on people never seen."""
    rows = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        x, other = (np.round(rng.beta(0.8, 7, size), 3) for size in (n, 3000))
        y = (rng.random(n) < truth(x)).astype(float)
        real = np.clip(truth(other), 0.001, 0.999)
        maps = (ours(x, y), lambda risks: np.clip(risks, 0.002, 0.998), platt(x, y), isotonic(x, y))
        rows.append([loss(learnt(other), real) for learnt in maps])
    return np.mean(rows, axis=0)


@pytest.mark.parametrize("truth", [right, too_low, too_high, noise, bent])
@pytest.mark.parametrize("n", [100, 300, 2000])
def test_the_map_is_as_good_as_the_better_of_raw_and_platt(truth, n):
    """In five worlds the map loses on average at most 2 % to the better of raw and Platt, and beats the isotonic one.

    Where the vendor is right the raw risk is the truth itself.
    """
    found, raw, two_parameters, steps = losses(truth, n)

    assert found <= 1.02 * min(raw, two_parameters)
    assert found < steps


@pytest.mark.parametrize("n", [100, 500, 2000])
def test_a_jump_is_followed_once_outcomes_ask_for_it(n):
    """Where the truth jumps the map is far better than both, and at most 2 % worse than the isotonic one."""
    found, raw, two_parameters, steps = losses(stepped, n, draws=12)

    assert found <= (1.0 if n == 100 else 0.97) * min(raw, two_parameters)
    assert found <= (0.99 if n == 100 else 1.02) * steps


@pytest.mark.parametrize("seed", range(5))
def test_a_map_never_falls(seed):
    """Whatever the outcomes say, who is riskier stays riskier."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.beta(0.8, 7, 300), 2)
    curve = fit(gathered(x, (rng.random(300) < 0.3 - 0.25 * (x > 0.1)).astype(float), np.ones(300)))

    assert (np.diff(curve.heights) >= 0).all()
    assert (np.linalg.eigvalsh(curve.covariance) > -1e-9).all()


def test_the_error_of_a_map_is_that_of_repeated_samples():
    """The standard error in the middle of the risks is about what other samples scatter by."""
    found, said = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = np.round(rng.beta(0.8, 7, 400), 3)
        curve = fit(gathered(x, (rng.random(400) < too_low(x)).astype(float), np.ones(400)))
        middle = len(curve.knots) // 2
        found.append(curve.heights[middle] - float(log_odds(too_low(np.array([0.07])))[0]))
        said.append(np.sqrt(curve.covariance[middle, middle]))

    assert 0.7 < np.mean(said) / np.std(found) < 1.6
