"""The promise of `op.ramp`, beside a test of a fixed size.

Of 600 people of each world the 300 safest by the vendor's word are sent by the rule at a limit of 5 %, told nothing but
that word, give or take half of what it makes one expect. The test of a fixed size sends a third of the list at full
pace, and all the rest unless so many bounced that a list at its limit would show it in at most one of ten cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from openprospect_nb.analysis.sending.finite import Urn, over, shape_of
from openprospect_nb.analysis.sending.ramping import next_portion

from .cells import Promise, Trial
from .promises import known
from .truths import WORLDS, World

SIZE, RISK, PACE = 300, 0.1, (12, 24, 36, 48, 60)
BUDGET = 15  # bounces, 5 % of the list


class Sent(NamedTuple):
    """What became of a list: how many went out, how many of them bounced, and on how many days."""

    sent: int
    bounced: int
    days: int


def by_the_rule(urn: Urn, fate: np.ndarray, budget: int) -> Sent:
    """Send portions as `Ramp.after` allows them."""
    sent = bounced = days = 0
    while sent < urn.n and urn.bounds(sent, bounced, RISK / 2)[0] <= budget:
        wanted = min(PACE[min(days, len(PACE) - 1)], urn.n - sent)
        portion = next_portion(urn, sent, bounced, budget, RISK, wanted)
        if not portion:
            break
        bounced += int(fate[sent : sent + portion].sum())
        sent, days = sent + portion, days + 1
    return Sent(sent, bounced, days)


def by_a_fixed_test(fate: np.ndarray, budget: int) -> Sent:
    """Send a third, test once, and send the rest or nothing more."""
    n, first = len(fate), len(fate) // 3
    seen = int(fate[:first].sum())
    if seen and over(n, budget, first, seen - 1) <= RISK:
        return Sent(first, seen, -(-first // PACE[-1]))
    return Sent(n, int(fate.sum()), -(-n // PACE[-1]))


@cache
def draw(world: World, seed: int) -> tuple[Sent, Sent]:
    """Return what became of one list both ways."""
    people = world.draw(seed, 2 * SIZE)
    stated = people.frame["bounce_risk_score"].to_numpy() / 100
    listed = known(people, stated).head(SIZE)
    expected = float(listed["p"].sum())
    urn = Urn(SIZE, shape_of(SIZE, expected, 2 + expected / 2))
    fate = np.random.default_rng(seed).permutation(listed["bounced"].to_numpy())
    return by_the_rule(urn, fate, BUDGET), by_a_fixed_test(fate, BUDGET)


def bad(rate: float, seed: int) -> tuple[Sent, Sent]:
    """Return what became of a list that bounces at *rate*, of which one per cent was expected."""
    fate = np.random.default_rng(seed).random(SIZE) < rate
    return by_the_rule(Urn(SIZE, shape_of(SIZE, SIZE / 100, 3.5)), fate, BUDGET), by_a_fixed_test(fate, BUDGET)


def _ways(place: int) -> Mapping[str, Callable[[int], Trial]]:
    def of(made: Callable[[int], tuple[Sent, Sent]], seed: int) -> Trial:
        found = made(seed)[place]
        return Trial(found.bounced <= BUDGET, found.sent, SIZE)

    draws = {world.name: partial(draw, world) for world in WORLDS}
    draws |= {f"a list at {rate:.0%}": partial(bad, rate) for rate in (0.1, 0.15, 0.25)}
    return {name: partial(of, made) for name, made in draws.items()}


RAMPS = (
    Promise("ramp", "at most 5 % of the list bounce, whatever is true", 0.1, _ways(0), "sent"),
    Promise("a test of a third", "not ours: a third of the list at once, then all or nothing", 0.1, _ways(1), "sent"),
)
