"""The chance of an answer from a few known facts: a logistic regression that is nothing until outcomes ask for more.

Facts are centred and of one width, so that one prior fits all: normal around 0. How wide is not decided beforehand: the
fit is an average over widths from none at all to wide, each weighted by how well it foretold the outcomes (Laplace's
approximation of the evidence, MacKay 1992). Where replies are noise nearly all weight lies on "none", and every
prospect has the same chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Learnt", "learn"]

Floats = NDArray[np.float64]
WIDTHS: Final = (1e-3, 0.15, 0.3, 0.6)  # of the prior of a fact's coefficient, in log-odds a standard deviation,
GROUPS: Final = (1e-3, 0.3, 0.6)  # and of an ICP's
_BASE: Final = 3.0  # of the intercept, around the log-odds of the overall rate
_STEPS: Final = 25


@dataclass(frozen=True, slots=True)
class Learnt:
    """Coefficients in log-odds (the first is the intercept), with their covariance, over all widths of the prior."""

    mean: Floats
    covariance: Floats

    def odds(self, design: Floats) -> tuple[Floats, Floats]:
        """Return the log-odds of each row of *design* and their standard deviations."""
        spread: Floats = np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))
        return design @ self.mean, spread


def learn(design: Floats, happened: Floats, groups: int) -> Learnt:
    """Return what *happened* (0 or 1, a row each) says of a *design*: intercept, facts, then *groups* indicators."""
    rate = (happened.sum() + 0.5) / (len(happened) + 1)
    centre = np.zeros(design.shape[1])
    centre[0] = math.log(rate / (1 - rate))
    facts = design.shape[1] - 1 - groups
    fits = []
    for wide, own in product(WIDTHS, GROUPS if groups > 1 else GROUPS[:1]):
        spread = np.array([_BASE, *[wide] * facts, *[own] * groups])
        fits.append(_posterior(design, happened, centre, spread))
    weights = np.exp(np.array([evidence for evidence, _, _ in fits]) - max(evidence for evidence, _, _ in fits))
    weights /= weights.sum()
    mean = sum(w * beta for w, (_, beta, _) in zip(weights, fits, strict=True))
    within = sum(w * (c + np.outer(b - mean, b - mean)) for w, (_, b, c) in zip(weights, fits, strict=True))
    return Learnt(np.asarray(mean), np.asarray(within))


def _posterior(design: Floats, happened: Floats, centre: Floats, spread: Floats) -> tuple[float, Floats, Floats]:
    """Return the log evidence, the most likely coefficients and their covariance, by Newton's steps."""
    beta, precision = centre.copy(), 1 / spread**2
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (happened - p) - precision * (beta - centre)
        bend = (design.T * (p * (1 - p))) @ design + np.diag(precision)
        step = np.linalg.solve(bend, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    odds = design @ beta
    likely = float((happened * odds - np.logaddexp(0, odds)).sum())
    prior = -0.5 * float((precision * (beta - centre) ** 2).sum()) - float(np.log(spread).sum())
    _, size = np.linalg.slogdet(bend)
    return likely + prior - 0.5 * float(size), beta, np.asarray(np.linalg.inv(bend), dtype=np.float64)
