"""Lists chosen without believing the vendor, tried beside ours: the stated risk only sorts, outcomes decide.

Both let in everybody up to a stated risk. *Conformal risk control* (Angelopoulos and others 2022) takes the highest
at which bounces so far, and one more, keep the limit: it promises the expected rate. *Learn then test* (the same
authors 2021) goes up from the safest as long as a binomial test at 10 % says that the rate is below the limit: it
promises the rate of such people with a confidence of 90 %, though not that of one list of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from openprospect_nb.analysis.bounces.belief import Belief

from .cells import Promise, Trial
from .promises import believed, chosen_of, in_worlds, known
from .truths import World

FIRST, STEP = 80, 20  # outcomes at the first test, which one bounce passes, and between two tests
Rule = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def risk_control(sent: np.ndarray, bounced: np.ndarray, limit: float) -> np.ndarray:
    """Return for the 1, 2, ... safest outcomes whether the limit is kept were the next one a bounce."""
    return bounced + 1 <= limit * (sent + 1)


def learn_then_test(sent: np.ndarray, bounced: np.ndarray, limit: float) -> np.ndarray:
    """Return for the 1, 2, ... safest outcomes whether this test, and all before, say that the rate is lower."""
    tested = np.arange(FIRST, len(sent) + 1, STEP)
    passed = np.logical_and.accumulate(stats.binom.cdf(bounced[tested - 1], tested, limit) <= 0.1)
    return np.isin(sent, tested[passed])


def _listed(rule: Rule, limit: float) -> Callable[[World, int], Trial]:
    def trial(world: World, seed: int) -> Trial:
        past = believed(world.draw(seed, world.outcomes, "a"), None)
        sent = np.arange(1, past.height + 1)
        kept = np.flatnonzero(rule(sent, past["bounced"].cum_sum().to_numpy(), limit))
        highest = float(past["stated"][int(kept[-1])]) if len(kept) else -1.0
        draw = world.afterwards().draw(seed, prefix="b")
        people = believed(draw, None)
        chosen = people.filter(people["stated"] <= highest)
        oracle = chosen_of(known(draw, draw.truth), limit, Belief(None, world.mood, 1.0))
        return Trial(int(chosen["bounced"].sum()) <= limit * chosen.height + 1e-9, chosen.height, oracle.height)

    return trial


TRIED = (
    Promise("conformal risk control at 5 %", "tried, not used: promises the expected rate", 0.5,
            in_worlds(_listed(risk_control, 0.05))),
    Promise("learn then test at 5 %", "tried, not used: promises the rate of such people at 90 %", 0.1,
            in_worlds(_listed(learn_then_test, 0.05))),
)  # fmt: skip
