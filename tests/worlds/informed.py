"""What a whole budget at once can bring at best, after the pilots.

Beside the plan stands somebody who is told of which kind the market is, and from which distributions first rates and
sizes were drawn, but not this market's own: the posterior mean of every next company (a pilot counts as of one rate),
and the best split of it. What this loses against an oracle hardly any plan at once can avoid: it is not in a pilot.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from openprospect_nb.analysis.planning.splitting import split

from .cells import Promise, Trial
from .seasons import BUDGET, ICPS, VALUE, VENDORS, Setting, Vendor, season

FIRSTS = np.linspace(0.05, 0.6, 56)
SIZES = np.exp(np.linspace(np.log(150), np.log(3000), 40)).astype(int)
_LONGEST = int(BUDGET) + 100


def informed_rates(vendor: Vendor, n: int, hits: int) -> np.ndarray:
    """Return the posterior mean rate of each company after the first *n*, of which *hits* were good."""
    total, rates = 0.0, np.zeros(_LONGEST)
    for size in SIZES:
        shape = np.zeros(n + _LONGEST)
        own = vendor.rates(1.0, int(size))[: n + _LONGEST]
        shape[: len(own)] = own
        expected = np.clip(FIRSTS[:, None] * shape[None, :n], 1e-12, 1 - 1e-12)
        mean = expected.mean(axis=1)
        weights = np.exp(hits * np.log(mean) + (n - hits) * np.log1p(-mean))
        total += float(weights.sum())
        rates += float((weights * FIRSTS).sum()) * shape[n:]
    return rates / total


def spent(vendor: Vendor, n: int, seed: int) -> Trial:
    """Return whether the informed brings no less than equal shares, and what of the oracle's, in one of the seasons."""
    rng = np.random.default_rng([seed, n])
    setting = Setting.draw(vendor, rng)
    hits = [int((rng.random(n) < own[:n]).sum()) for own in setting.rates]
    believed = [informed_rates(vendor, n, found) for found in hits]
    counts = split(setting.offers(believed), BUDGET).counts
    brought, others = setting.value([n] * ICPS, list(counts.values())), season(vendor, n, seed)
    return Trial(brought >= others.equal, brought, others.oracle)


INFORMED = (
    Promise("at once, at best", "not ours: somebody who is told the kind of market, but not this market's rates", 0.1,
            {f"{vendor.name}, pilots of {n}": partial(spent, vendor, n) for vendor in VENDORS for n in (25, 100)},
            VALUE),
)  # fmt: skip
