"""The worlds: what a vendor states, what is true, and who shares whose fate. Every draw follows from one seed.

None of them uses the package's own model: domains share a normal mood (a Gaussian copula), or die.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import ndtr

SIZE = 400


@dataclass(frozen=True, slots=True)
class Draw:
    """People of one world: what is stated (0-100), what is true (0-1), on which domain, and what happened."""

    frame: pl.DataFrame
    truth: np.ndarray
    bounced: np.ndarray

    @property
    def outcomes(self) -> pl.DataFrame:
        """What a mail tool would say, had everybody been written to."""
        return self.frame.select("email", bounced=pl.Series(self.bounced))


Truth = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def stated_by_many(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return stated risks as vendors give them: many low, few high, in tenths of a percent."""
    return np.round(rng.beta(0.8, 9, count), 3)


def right(stated: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    """The vendor states the truth."""
    return stated


@dataclass(frozen=True, slots=True)
class World:
    """One truth.

    Attributes:
        name, says: what it is called, and what is true in it.
        truth: from stated risks to true chances, 0-1.
        stated: how stated risks are drawn.
        mood: correlation of the moods of those on one domain, 0-1. dead: share of domains that take no mail.
        people: prospects a domain, on average. groups: domains that share one mood.
        later: the truth after the outcomes were seen, where it is another.
        outcomes: how many outcomes there are to learn from.
    """

    name: str
    says: str
    truth: Truth = right
    stated: Callable[[np.random.Generator, int], np.ndarray] = stated_by_many
    mood: float = 0.0
    dead: float = 0.0
    people: float = 2.5
    groups: int = 1
    later: Truth | None = None
    outcomes: int = 400

    def draw(self, seed: int, count: int = SIZE, prefix: str = "a") -> Draw:
        """Return *count* people and their fate."""
        rng = np.random.default_rng([seed, sum(map(ord, prefix))])
        domains = np.sort(rng.integers(0, max(1, round(count / self.people)), count))
        stated = self.stated(rng, count)
        chances = np.clip(self.truth(stated, rng), 0.0005, 0.98)
        shared = domains // self.groups
        moods = rng.standard_normal(int(shared.max()) + 1)[shared]
        own = rng.standard_normal(count)
        bounced = ndtr(np.sqrt(self.mood) * moods + np.sqrt(1 - self.mood) * own) < chances
        if self.dead:
            bounced |= (rng.random(int(domains.max()) + 1) < self.dead)[domains]
            chances = self.dead + (1 - self.dead) * chances
        emails = [f"{prefix}{k}@{prefix}{domain}.example" for k, domain in enumerate(domains)]
        return Draw(pl.DataFrame({"email": emails, "bounce_risk_score": np.round(100 * stated, 1)}), chances, bounced)

    def afterwards(self) -> World:
        """Return the world as it is once the outcomes are in."""
        return replace(self, truth=self.later or self.truth)


def _times(factor: float) -> Truth:
    def truth(stated: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
        odds = factor * stated / np.maximum(1 - stated, 1e-9)
        return odds / (1 + odds)

    return truth


def _three(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.choice([0.01, 0.05, 0.3], count, p=[0.5, 0.3, 0.2])


def _zeros(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.where(rng.random(count) < 0.5, 0.0, stated_by_many(rng, count))


def _catch_all(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.where(rng.random(count) < 0.3, np.round(rng.uniform(0.4, 0.8, count), 2), stated_by_many(rng, count))


WORLDS = (
    World("right", "what the vendor states is true"),
    World("too low", "true odds are twice the stated", _times(2.0)),
    World("too high", "true odds are half the stated", _times(0.5)),
    World("noise", "everybody bounces at 8 %, whatever is stated", lambda x, _: np.full(len(x), 0.08)),
    World("three values", "only 1, 5 and 30 are stated, and true are 1.5, 4 and 15",
          lambda x, _: np.select([x < 0.02, x < 0.1], [0.015, 0.04], 0.15), _three),
    World("zeros", "half are stated as 0, and 1 % of them bounce", lambda x, _: np.maximum(x, 0.01), _zeros),
    World("catch-all", "three in ten are stated at 40 to 80, and 8 % of them bounce",
          lambda x, _: np.where(x < 0.4, x, 0.08), _catch_all),
    World("moods 0.3", "people on a domain share moods (correlation 0.3), five a domain", mood=0.3, people=5),
    World("moods 0.8", "the same at 0.8", mood=0.8, people=5),
    World("too low, moods 0.8", "both at once: the corner that lists without outcomes are made for",
          _times(2.0), mood=0.8, people=5),
    World("dead domains", "1 % of all domains take no mail, five people a domain", dead=0.01, people=5),
    World("sisters", "four domains in a row belong to one firm and share moods at 0.5", mood=0.5, groups=4),
    World("few outcomes", "as right, but only 110 outcomes to learn from", outcomes=110),
    World("drift", "true odds double after the outcomes were seen", later=_times(2.0)),
)  # fmt: skip
