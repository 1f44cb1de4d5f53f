"""What more companies of the same profile would bring, from those that came."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb, exp, floor, lgamma, log
from typing import Final

import numpy as np

from openprospect_nb.analysis.orders.rates import Rate

HUNDRED: Final = 100
_PRIOR: Final = 0.5  # Jeffreys': half a hit and half a miss


@dataclass(frozen=True, slots=True)
class More:
    """Good companies among *more* further ones: an interval ``low`` to ``high``, learnt from ``n`` of one profile.

    ``hits`` of the n were good; ``rate_high`` (0-1) is the upper end of the rate's interval.
    """

    n: int
    hits: int
    more: int
    low: int
    high: int
    rate_high: float


def expected_of_more(rate: Rate, level: float = 0.9, more: int = HUNDRED) -> More:
    """Return how many of *more* further companies would be hits, as a central interval of at least *level*.

    The rate has a beta distribution given what came (Jeffreys' prior), so the further hits are beta-binomial (Gelman et
    al., "Bayesian Data Analysis", chapter 2). Sister companies weigh as `rate_of` has it, among those that came and
    those to come: the latter stand or fall together just as much. It holds as long as the market has more companies
    like those that came.
    """
    hits, n = rate.count(level)
    draws = max(1, round(more * n / rate.n)) if rate.n else more
    a, b = hits + _PRIOR, n - hits + _PRIOR
    chances = [exp(log(comb(draws, k)) + _log_beta(k + a, draws - k + b) - _log_beta(a, b)) for k in range(draws + 1)]
    tail, each = (1 - level) / 2, more / draws
    # The sum of all chances may miss 1 by a rounding error.
    fewest, most = np.searchsorted(np.cumsum(chances), [tail - 1e-12, 1 - tail - 1e-12]).clip(max=draws)
    upper = rate.interval(level)[1] if rate.n else 1.0
    return More(rate.n, rate.hits, more, floor(fewest * each), ceil(most * each), upper)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
