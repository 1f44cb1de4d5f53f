"""The map from a stated risk to a probability that outcomes bear out, in log-odds, and how well it is known.

A logistic regression on the log-odds of the stated risk (Platt 1999), shrunk to the identity: the vendor is right
until outcomes say otherwise. How strongly is not decided beforehand: the fit is an average over priors of several
widths, each weighted by how well it foretold the outcomes (Laplace's approximation of the evidence). Likewise bends at
the eighths of the stated risks, by which the map follows any rising curve, count as far as outcomes ask for them: at
first it is as likely that there are none as that there are any.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby, product
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from openprospect_nb.analysis.bounces.poisson_binomial import Floats

SOFT: Final = 0.002  # a stated 0 and 1 are this far from certainty, so that they have log-odds
SHIFTS: Final = (0.05, 0.1, 0.4, 1.0, 2.5)  # widths of the prior of the intercept,
SLOPES: Final = (0.05, 0.25, 0.8)  # of the slope less 1,
BENDS: Final = (0.0, 0.5, 3.0)  # and of the change of slope at a bend
_UNPULLED: Final = (SHIFTS[-1], SLOPES[-1])  # widths at which the vendor has hardly a say
_PARTS: Final = tuple(k / 8 for k in range(1, 8))
_STEPS: Final = 30  # of Newton's method at most


class Curve(NamedTuple):
    """A rising map, linear between knots: log-odds of the stated risk, of the outcome, and the latter's covariance."""

    knots: Floats
    heights: Floats
    covariance: Floats


class Tally(NamedTuple):
    """Outcomes by stated risk: its log-odds, how many messages (weighted) and how many bounced."""

    x: Floats
    n: Floats
    bounced: Floats


class _Fit(NamedTuple):
    evidence: float
    beta: Floats
    covariance: Floats


def log_odds(risks: Floats) -> Floats:
    """Return the log-odds of risks from 0 to 1, both included."""
    soft = SOFT + (1 - 2 * SOFT) * risks
    result: Floats = np.log(soft / (1 - soft))
    return result


def probability(odds: Floats) -> Floats:
    """Return the probability of log-odds."""
    result: Floats = 1 / (1 + np.exp(-odds))
    return result


def gathered(risks: Floats, happened: Floats, weights: Floats) -> Tally:
    """Return the tally of single messages, grouped by risk."""
    values, where = np.unique(risks, return_inverse=True)
    counts, bounces = (np.bincount(where, weights=each).astype(np.float64) for each in (weights, weights * happened))
    return Tally(log_odds(values), counts, bounces)


class Block(NamedTuple):
    """A run of points that share one fitted value."""

    first: float
    last: float
    value: float
    weight: float


def pool(points: Iterable[tuple[float, float, float]]) -> list[Block]:
    """Return the blocks of the isotonic regression of (x, y, weight) points, by rising x.

    Equal x are one point; weights are above 0. Least squares under "never falling" (Ayer et al. 1955; adjacent
    violators are pooled); each block's value is the weighted mean of its points, so the weighted mean of the fit is
    that of the data.
    """
    blocks: list[Block] = []
    for x, same in groupby(sorted(points), key=itemgetter(0)):
        ys = [(y, weight) for _, y, weight in same]
        whole = math.fsum(weight for _, weight in ys)
        new = Block(x, x, math.fsum(y * weight for y, weight in ys) / whole, whole)
        while blocks and blocks[-1].value >= new.value:
            left = blocks.pop()
            whole = left.weight + new.weight
            new = Block(left.first, new.last, (left.value * left.weight + new.value * new.weight) / whole, whole)
        blocks.append(new)
    return blocks


def fit(tally: Tally) -> Curve:
    """Return the map that these outcomes bear out."""
    # The ends of what was seen and up to seven between, at the eighths, by messages.
    order = np.cumsum(tally.n) / tally.n.sum()
    inner = tally.x[np.searchsorted(order, _PARTS)]
    knots = np.unique(np.concatenate([tally.x[:1], inner, tally.x[-1:]]))
    centre = float(np.average(tally.x, weights=tally.n))
    design = _design(tally.x, centre, knots[1:-1])
    widths = list(product(SHIFTS, SLOPES, BENDS))
    fits = [_posterior(tally, design, each) for each in widths]
    free = [one for one, (shift, slope, _) in zip(fits, widths, strict=True) if (shift, slope) == _UNPULLED]
    mean, covariance = _averaged(fits)
    at = _design(knots, centre, knots[1:-1])
    # What the vendor's say moved the map by may have been for the worse: an error that goes with the others.
    pulled = at @ (_averaged(free)[0] - mean)
    # Heights that never fall, pooled by how many messages lie near each knot.
    near = np.abs(tally.x[:, None] - knots).argmin(axis=1)
    weights = np.bincount(near, weights=tally.n, minlength=len(knots)) + 1
    blocks = pool(zip(range(len(knots)), (knots + at @ mean).tolist(), weights.tolist(), strict=True))
    heights = np.repeat([block.value for block in blocks], [int(block.last - block.first) + 1 for block in blocks])
    return Curve(knots, heights, at @ covariance @ at.T + np.outer(pulled, pulled))


def _averaged(fits: Sequence[_Fit]) -> tuple[Floats, Floats]:
    """Return mean and covariance of the coefficients over fits that are weighed by their evidence."""
    best = max(one.evidence for one in fits)
    weights = np.exp([one.evidence - best for one in fits])
    weights /= weights.sum()
    beta = np.array([one.beta for one in fits])
    mean = np.tensordot(weights, beta, axes=1)
    within = np.tensordot(weights, np.array([one.covariance for one in fits]), axes=1)
    return mean, within + ((beta - mean).T * weights) @ (beta - mean)


def _design(x: Floats, centre: float, bends: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x - centre, *(np.maximum(x - bend, 0.0) for bend in bends)])


def _posterior(tally: Tally, design: Floats, widths: tuple[float, float, float]) -> _Fit:
    """Fit by Newton's method under normal priors around the identity."""
    shift, slope, bend = widths
    used = design if bend else design[:, :2]
    precision = np.array([shift, slope, *[bend] * (used.shape[1] - 2)], dtype=np.float64) ** -2
    beta = np.zeros(used.shape[1])
    value = _logarithm(tally, used, beta, precision)
    for _ in range(_STEPS):
        p = probability(tally.x + used @ beta)
        gradient = used.T @ (tally.bounced - tally.n * p) - precision * beta
        step = np.linalg.solve((used.T * (tally.n * p * (1 - p))) @ used + np.diag(precision), gradient)
        while (after := _logarithm(tally, used, beta + step, precision)) < value - 1e-9 and np.abs(step).max() > 1e-9:
            step = step / 2
        beta, gain, value = beta + step, after - value, after
        if gain < 1e-8:
            break
    p = probability(tally.x + used @ beta)
    hessian = (used.T * (tally.n * p * (1 - p))) @ used + np.diag(precision)
    evenly = 0.0 if bend else math.log(len(BENDS) - 1)
    evidence_of = evenly + value + 0.5 * float(np.log(precision).sum()) - 0.5 * float(np.linalg.slogdet(hessian)[1])
    size = design.shape[1]
    whole, covariance = np.zeros(size), np.zeros((size, size))
    whole[: len(beta)], covariance[: len(beta), : len(beta)] = beta, np.linalg.inv(hessian)
    return _Fit(evidence_of, whole, covariance)


def _logarithm(tally: Tally, used: Floats, beta: Floats, precision: Floats) -> float:
    odds = tally.x + used @ beta
    return float(tally.bounced @ odds - tally.n @ np.logaddexp(0.0, odds) - precision @ beta**2 / 2)
