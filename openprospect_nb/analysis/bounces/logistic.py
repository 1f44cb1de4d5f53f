"""The map from a stated risk to a probability that outcomes bear out, in log-odds, and how well it is known.

A logistic regression on the log-odds of the stated risk (Platt 1999), shrunk to the identity: the vendor is right
until outcomes say otherwise. How strongly is not decided beforehand: the fit is an average over priors of several
widths, each weighted by how well it foretold the outcomes (Laplace's approximation of the evidence). Likewise bends at
the eighths of the stated risks, by which the map follows any rising curve, count as far as outcomes ask for them: at
first it is as likely that there are none as that there are any.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
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


class _Fits(NamedTuple):
    """Fits under one prior each, all along the first axis."""

    evidence: Floats
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
    widths = np.array(list(product(SHIFTS, SLOPES, BENDS)))
    fits = _fitted(tally, design, widths)
    is_free = (widths[:, :2] == _UNPULLED).all(axis=1)
    mean, covariance = _averaged(fits)
    at = _design(knots, centre, knots[1:-1])
    # What the vendor's say moved the map by may have been for the worse: an error that goes with the others.
    pulled = at @ (_averaged(_Fits(*(values[is_free] for values in fits)))[0] - mean)
    # Heights that never fall, pooled by how many messages lie near each knot.
    near = np.abs(tally.x[:, None] - knots).argmin(axis=1)
    weights = np.bincount(near, weights=tally.n, minlength=len(knots)) + 1
    blocks = pool(zip(range(len(knots)), (knots + at @ mean).tolist(), weights.tolist(), strict=True))
    heights = np.repeat([block.value for block in blocks], [int(block.last - block.first) + 1 for block in blocks])
    return Curve(knots, heights, at @ covariance @ at.T + np.outer(pulled, pulled))


def _averaged(fits: _Fits) -> tuple[Floats, Floats]:
    """Return mean and covariance of the coefficients over fits that are weighed by their evidence."""
    weights = np.exp(fits.evidence - fits.evidence.max())
    weights /= weights.sum()
    mean = np.tensordot(weights, fits.beta, axes=1)
    within = np.tensordot(weights, fits.covariance, axes=1)
    return mean, within + ((fits.beta - mean).T * weights) @ (fits.beta - mean)


def _design(x: Floats, centre: float, bends: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x - centre, *(np.maximum(x - bend, 0.0) for bend in bends)])


def _fitted(tally: Tally, design: Floats, widths: Floats) -> _Fits:
    """Return the fits under priors of these widths: of the shift, of the slope, and of the bends, 0 for no bends."""
    count, size = len(widths), design.shape[1]
    fits = _Fits(np.zeros(count), np.zeros((count, size)), np.zeros((count, size, size)))
    is_straight = widths[:, 2] == 0
    for which, used in ((is_straight, 2), (~is_straight, size)):
        precisions = widths[which][:, [0, 1, *[2] * (used - 2)]] ** -2.0
        evidence, beta, covariance = _posteriors(tally, design[:, :used], precisions)
        fits.evidence[which], fits.beta[which, :used], fits.covariance[which, :used, :used] = evidence, beta, covariance
    fits.evidence[is_straight] += math.log(len(BENDS) - 1)
    return fits


def _posteriors(tally: Tally, used: Floats, precisions: Floats) -> _Fits:
    """Fit by Newton's method under normal priors around the identity, all of these at once."""
    products = (used[:, :, None] * used[:, None, :]).reshape(len(used), -1)
    prior = precisions[:, :, None] * np.eye(used.shape[1])
    beta = np.zeros_like(precisions)
    value = _logarithms(tally, used, beta, precisions)
    for _ in range(_STEPS):
        p = probability(tally.x + beta @ used.T)
        gradient = (tally.bounced - tally.n * p) @ used - precisions * beta
        hessian = ((tally.n * p * (1 - p)) @ products).reshape(prior.shape) + prior
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        while (
            is_worse := ((after := _logarithms(tally, used, beta + step, precisions)) < value - 1e-9)
            & (np.abs(step).max(axis=1) > 1e-9)
        ).any():
            step[is_worse] /= 2
        beta, gain, value = beta + step, after - value, after
        if gain.max() < 1e-8:
            break
    p = probability(tally.x + beta @ used.T)
    hessian = ((tally.n * p * (1 - p)) @ products).reshape(prior.shape) + prior
    evidence = value + 0.5 * np.log(precisions).sum(axis=1) - 0.5 * np.linalg.slogdet(hessian)[1]
    return _Fits(evidence, beta, np.linalg.inv(hessian).astype(np.float64))


def _logarithms(tally: Tally, used: Floats, beta: Floats, precisions: Floats) -> Floats:
    odds = tally.x + beta @ used.T
    result: Floats = odds @ tally.bounced - np.logaddexp(0.0, odds) @ tally.n - (precisions * beta**2).sum(axis=1) / 2
    return result
