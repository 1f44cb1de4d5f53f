"""What a whole budget at once can bring at best, after the pilots.

Beside the plan stands somebody who knows from which distributions first rates and sizes were drawn, but not this
market's own: the posterior mean of every next company (a pilot counts as of one rate), and the best split of it. What
this loses against an oracle no plan at once can avoid: it is not in a pilot. One is told of which kind the market is.
The other is told the odds alone, those of `openprospect_nb.yields`: as likely endless as any of the others together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from math import prod

import numpy as np

from openprospect_nb.analysis.planning.splitting import split

from .cells import Promise, Trial
from .seasons import BUDGET, ICPS, VALUE, VENDORS, Setting, Vendor, season

FIRSTS = np.linspace(0.05, 0.6, 56)
SIZES = np.exp(np.linspace(np.log(150), np.log(3000), 40)).astype(int)
ODDS = {vendor: 1 / 2 if vendor.name == "endless" else 1 / 6 for vendor in VENDORS}
_LONGEST = int(BUDGET) + 100


@cache
def informed(vendor: Vendor, n: int, hits: int) -> tuple[float, np.ndarray]:
    """Return how likely a pilot of *n* with so many good ones is, and the posterior mean rate of each company after."""
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
    return total / (len(SIZES) * len(FIRSTS)), rates / total


def believed(odds: dict[Vendor, float], n: int, hits: Sequence[int]) -> list[np.ndarray]:
    """Return the posterior mean rates of each ICP, all being of one of these kinds."""
    found = {vendor: [informed(vendor, n, own) for own in hits] for vendor in odds}
    weights = np.array([odds[vendor] * prod(chance for chance, _ in own) for vendor, own in found.items()])
    shares = weights / weights.sum()
    return [sum(share * own[k][1] for share, own in zip(shares, found.values(), strict=True)) for k in range(len(hits))]


def spent(vendor: Vendor, n: int, seed: int, *, is_told: bool) -> Trial:
    """Return whether the informed brings no less than equal shares, and what of the oracle's, in one of the seasons."""
    rng = np.random.default_rng([seed, n])
    setting = Setting.draw(vendor, rng)
    hits = [int((rng.random(n) < own[:n]).sum()) for own in setting.rates]
    rates = believed({vendor: 1.0} if is_told else ODDS, n, hits)
    counts = split(setting.offers(rates), BUDGET).counts
    brought, others = setting.value([n] * ICPS, list(counts.values())), season(vendor, n, seed)
    return Trial(brought >= others.equal, brought, others.oracle)


def _spending(*, is_told: bool) -> dict[str, partial[Trial]]:
    return {
        f"{vendor.name}, pilots of {n}": partial(spent, vendor, n, is_told=is_told)
        for vendor in VENDORS
        for n in (25, 100)
    }


INFORMED = (
    Promise("at once, at best", "not ours: somebody who is told the kind of market, but not this market's rates", 0.1,
            _spending(is_told=True), VALUE),
    Promise("at once, told the odds", "not ours: somebody who is told the odds of the kinds alone", 0.1,
            _spending(is_told=False), VALUE),
)  # fmt: skip
