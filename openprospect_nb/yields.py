"""What orders yield: how many good companies a batch of delivered ones holds, how sure that is, and how it falls.

What *good* means is the caller's: new, fitting and mailable for a plan or a pilot, a repeat for a warning. The rate of
good companies of an ICP after *t* delivered ones is ``q * exp(-t / depth)``: it starts at *q*, and falls as the best
have been sent, or as its market runs out. Prior, the same for everybody and the only opinion in here:

- The rates *q* of all ICPs come from one Beta distribution whose mean *m* and weight *k* are unknown: *m* even over 0
  to 1, *k* as Gelman and others (Bayesian Data Analysis, 3rd edition, section 5.3) take it, even on ``k ** -0.5``, from
  2 to 128 companies. So ICPs are drawn towards each other, the more the fewer companies each rests on and the more
  alike they are; an ICP that nobody has ordered from has the rates of the others, with all their spread.
- With even odds the vendor does not send the best first, and no rate falls; else each ICP has its own *depth*, even on
  the logarithm from 100 to 12,800 companies. Which of both holds is learnt from all ICPs together.

The posterior is a sum over a grid; nothing is fitted. Draws come from a generator that the caller gives. An interval of
a count is the central one of the posterior predictive distribution (same book, section 1.3): as much chance below it as
above, whole counts included at both ends. How often it holds at fixed rates is in docs/trust.md, "How wide a pilot's
interval has to be".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

_RATES: Final = (np.arange(80) + 0.5) / 80
# Half octaves, the outermost weighing half: in whole ones an eighth of all falling ICPs would fall as fast as the
# fastest, and the lower end of an interval, which lies among those, would be far too low.
_DEPTHS: Final = np.append(100.0 * 2.0 ** (np.arange(15) / 2), np.inf)
_MEANS: Final = (np.arange(24) + 0.5) / 24
_WEIGHTS: Final = 2.0 * 2.0 ** np.arange(7)
DRAWS: Final = 2000
_MANY: Final = 8 * DRAWS  # where one interval is all that is asked for: its ends are right to a quarter of a percent


@dataclass(frozen=True, slots=True)
class Batch:
    """One order of an ICP: *n* companies from position *start* on, and how many of them were *good*.

    ``effective`` is how many independent companies the *n* are worth, where some belong together.
    """

    start: int
    n: int
    good: float
    effective: float


class Yields:
    """What is believed about the yields of some ICPs, from their batches.

    Args:
        batches: by ICP; an empty sequence for one that nobody has ordered from.
    """

    def __init__(self, batches: Mapping[str, Sequence[Batch]]) -> None:
        self._delivered = {name: sum(batch.n for batch in own) for name, own in batches.items()}
        worth = sum(batch.effective for own in batches.values() for batch in own)
        self._together = max(1.0, sum(self._delivered.values()) / worth) if worth else 1.0
        likelihoods = {name: _likelihood(own) for name, own in batches.items()}
        rates, depths = _rate_priors(), _depth_priors()
        # A row a prior of rates, a column a prior of depths.
        evidence = {name: _positive(rates @ likelihood @ depths.T) for name, likelihood in likelihoods.items()}
        # The odds of each pair of mean and weight, and of each way a vendor sends.
        weights = np.tile(_WEIGHTS**-0.5, len(_MEANS))
        odds = np.repeat(weights[:, None], 2, axis=1) * np.prod(
            [each / each.max() for each in evidence.values()], axis=0
        )
        self._odds = odds / odds.sum()
        self._likelihoods = likelihoods
        self._cells = {
            name: likelihood * (rates.T @ (self._odds / evidence[name]) @ depths)
            for name, likelihood in likelihoods.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The ICPs."""
        return tuple(self._cells)

    def rates(self, name: str, count: int) -> Floats:
        """Return the expected rate of good ones at each of the next *count* companies of an ICP."""
        by_depth = _RATES @ self._cells[name]
        ahead = self._delivered[name] + np.arange(count) + 0.5
        expected: Floats = by_depth @ np.exp(-ahead[None, :] / _DEPTHS[:, None])
        return expected

    def expected(self, name: str, count: int) -> float:
        """Return the expected number of good ones among the next *count* companies."""
        return float((self._cells[name] * _means(self._delivered[name], count)).sum() * count)

    def chance_above(self, name: str, count: int, rate: float) -> float:
        """Return the chance that the true rate over the next *count* companies is at least *rate* (0-1)."""
        return float(self._cells[name][_means(self._delivered[name], count) >= rate].sum())

    def rate_interval(self, name: str, count: int, level: float) -> tuple[float, float]:
        """Return the central interval of the true mean rate (0-1) over the next *count* companies."""
        means = _means(self._delivered[name], count).ravel()
        order = np.argsort(means)
        reached = np.cumsum(self._cells[name].ravel()[order])
        low, high = (
            means[order[min(len(order) - 1, int(np.searchsorted(reached, share * reached[-1])))]]
            for share in ((1 - level) / 2, (1 + level) / 2)
        )
        return float(low), float(high)

    def count_interval(self, name: str, count: int, level: float, *, seed: int) -> tuple[float, float]:
        """Return the central interval of how many good ones the next *count* companies hold; *seed* is of the draws."""
        return interval_of(self.drawn({name: count}, np.random.default_rng(seed), _MANY)[:, 0], level)

    def drawn_rates(self, counts: Mapping[str, int], chance: np.random.Generator, draws: int = DRAWS) -> Floats:
        """Return draws of the true mean rates over the next *counts* companies: a row a draw, a column an ICP."""
        priors = chance.choice(self._odds.size, draws, p=self._odds.ravel())
        columns = [self._drawn(name, count, priors, chance) for name, count in counts.items()]
        return np.column_stack(columns) if columns else np.zeros((draws, 0))

    def drawn(self, counts: Mapping[str, int], chance: np.random.Generator, draws: int = DRAWS) -> Floats:
        """Return draws of how many good ones the next *counts* companies will hold: a row a draw, a column an ICP.

        Companies that belong together are good together: so many fewer are drawn, and each stands for as many.
        """
        rates = self.drawn_rates(counts, chance, draws)
        sizes = np.array([round(count / self._together) for count in counts.values()], dtype=np.int64)
        worth = np.divide(list(counts.values()), np.maximum(sizes, 1))
        return cast("Floats", chance.binomial(np.broadcast_to(sizes, rates.shape), rates) * worth)

    def _drawn(self, name: str, count: int, priors: Ints, chance: np.random.Generator) -> Floats:
        rates, depths = _rate_priors(), _depth_priors()
        weights = (rates[:, None, :, None] * depths[None, :, None, :]) * self._likelihoods[name][None, None, :, :]
        rows = weights.reshape(len(rates) * len(depths), -1)
        # All rows in one ascending line, so that one search finds a cell in each row.
        reached = np.cumsum(rows / rows.sum(axis=1, keepdims=True), axis=1) + np.arange(len(rows))[:, None]
        wanted = priors + chance.random(len(priors)) * (1 - 1e-9)
        cells = np.searchsorted(reached.ravel(), wanted) - priors * rows.shape[1]
        means: Floats = _means(self._delivered[name], count).ravel()[np.clip(cells, 0, rows.shape[1] - 1)]
        return means


def interval_of(draws: Floats, level: float) -> tuple[float, float]:
    """Return the central interval of drawn counts; its ends are counts that were drawn."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def _positive(evidence: Floats) -> Floats:
    """Return the evidence with none so small that a division by it fails; such a prior is out of the question."""
    return cast("Floats", np.maximum(evidence, evidence.max() * 1e-250))


def _means(start: int, count: int) -> Floats:
    """Return the mean rate over companies *start* to *start* + *count*: a row a *q*, a column a depth."""
    steps = cast("Floats", count / _DEPTHS)
    fallen: Floats = np.divide(-np.expm1(-steps), steps, out=np.ones_like(steps), where=steps > 0)
    shares: Floats = np.exp(-start / _DEPTHS) * fallen
    return _RATES[:, None] * shares[None, :]


def _likelihood(batches: Sequence[Batch]) -> Floats:
    """Return the likelihood of the batches, 1 at its largest: a row a *q*, a column a depth."""
    logs = np.zeros((len(_RATES), len(_DEPTHS)))
    for batch in batches:
        means = np.clip(_means(batch.start, batch.n), 1e-9, 1 - 1e-9)
        good = batch.good / batch.n * batch.effective if batch.n else 0.0
        logs += good * np.log(means) + (batch.effective - good) * np.log1p(-means)
    return cast("Floats", np.exp(logs - logs.max()))


@lru_cache(maxsize=1)
def _rate_priors() -> Floats:
    """Return the Beta priors on the grid of *q*: a row a pair of mean and weight."""
    means, weights = (grid.ravel()[:, None] for grid in np.meshgrid(_MEANS, _WEIGHTS, indexing="ij"))
    logs = (means * weights - 1) * np.log(_RATES) + ((1 - means) * weights - 1) * np.log1p(-_RATES)
    shapes = np.exp(logs - logs.max(axis=1, keepdims=True))
    priors: Floats = shapes / shapes.sum(axis=1, keepdims=True)
    return priors


@lru_cache(maxsize=1)
def _depth_priors() -> Floats:
    """Return the two priors of depths, a row each: no rate falls, or each falls at a depth of its own."""
    falling = np.where(np.isfinite(_DEPTHS), 1.0, 0.0)
    even = falling * np.where((_DEPTHS[0] == _DEPTHS) | (_DEPTHS[-2] == _DEPTHS), 0.5, 1.0)
    return np.stack([1.0 - falling, even / even.sum()])
