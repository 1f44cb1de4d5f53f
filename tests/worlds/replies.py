"""Who answers: people of whom facts tell it, hide it, or say nothing, and what `op.answers` makes of 500 outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from openprospect_nb.analysis import Answers, answers
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

from .cells import Promise, Trial

TITLES = ("CEO", "Head of Sales", "IT-Leiter", "Sachbearbeiter")
PEOPLE, SENT = 1200, 500
FIFTH = (PEOPLE - SENT) // 5


class People(NamedTuple):
    """Facts of people: title (0-3), what is open to mails in each (0-1), match (2-10), and which of two orders."""

    title: np.ndarray
    openness: np.ndarray
    match: np.ndarray
    order: np.ndarray


Chance = Callable[[People], np.ndarray]


def telling(people: People) -> np.ndarray:
    """The qualification score holds who is open to mails, which nothing else shows."""
    return np.array([0.05, 0.08, 0.06, 0.03])[people.title] * (0.1 + 2.2 * people.openness**2)


def noise(people: People) -> np.ndarray:
    """Everybody answers at 6 %."""
    return np.full(len(people.title), 0.06)


def seldom(people: People) -> np.ndarray:
    """The same as "telling", at six tenths of the rate: about twenty answers to learn from."""
    return telling(people) * 0.6


def misleading(people: People) -> np.ndarray:
    """Answers go with what the scores hide: those in the middle of the match answer, both ends do not."""
    return 0.12 * np.exp(-(((people.match - 6) / 1.5) ** 2)) + 0.01


def one_order(people: People) -> np.ndarray:
    """One of the two orders answers four times as often as the other, all else says nothing."""
    return np.where(people.order == 0, 0.1, 0.025)


def drawn(chance: Chance, seed: int) -> tuple[Results, np.ndarray]:
    """Return people of a world, and whether each would answer."""
    rng = np.random.default_rng(seed)
    title, openness, match = rng.integers(0, 4, PEOPLE), rng.random(PEOPLE), rng.uniform(2, 10, PEOPLE)
    qualification = np.round(0.6 * title + 0.4 * match + 1.5 * openness, 1)
    base = Results()
    firms = [{"order_id": f"o{n % 2}", "id": f"c{n}", "name": f"Firm {n}", "match_score": float(match[n]),
              "employee_count": 50} for n in range(PEOPLE)]  # fmt: skip
    people = [{"order_id": f"o{n % 2}", "company_id": f"c{n}", "id": f"p{n}", "first_name": "A",
               "email": f"a@firm{n}.example", "job_title": TITLES[title[n]], "bounce_risk_score": float(n % 12),
               "qualification_score": float(qualification[n])} for n in range(PEOPLE)]  # fmt: skip
    results = Results(
        companies=pl.DataFrame(firms, schema=base.companies.schema),
        prospects=pl.DataFrame(people, schema=base.prospects.schema),
    )
    rates = chance(People(title, openness, match, np.arange(PEOPLE) % 2))
    return results, rng.random(PEOPLE) < rates


class Told(NamedTuple):
    """What was learnt of the first, the chances (0-1) of the others by it, and whether they answered."""

    model: Answers
    chances: np.ndarray
    replied: np.ndarray
    others: Results


@lru_cache(maxsize=24)  # the promises of one world, twenty draws each
def learnt(chance: Chance, seed: int) -> Told | None:
    """Return what 500 outcomes teach of 1,200 people; None where it refuses to learn from so few answers."""
    results, replied = drawn(chance, seed)
    try:
        model = answers(results, results.prospects.head(SENT).select("email", replied=pl.Series(replied[:SENT])))
    except ValidationError:
        return None
    applied = model.apply(results)
    others = replace(results, prospects=results.prospects[SENT:])
    return Told(model, applied["answer_chance"].to_numpy()[SENT:], replied[SENT:], others)


def best_fifth(chance: Chance, seed: int) -> Trial:
    """Return whether the best fifth answers no less than luck explains, and how often beside all others.

    Where nothing is learnt nothing is promised.
    """
    told = learnt(chance, seed)
    if told is None:
        return Trial(True, 0.0, 0.0)
    _, chances, replied, _ = told
    order = np.argsort(-(chances + 1e-9 * np.random.default_rng(seed).random(len(chances))))
    found, all_of_them = int(replied[order[:FIFTH]].sum()), int(replied.sum())
    is_less = stats.hypergeom.cdf(found, len(replied), all_of_them, FIFTH) < 0.1
    return Trial(not is_less, found / FIFTH, max(all_of_them, 1) / len(replied))


def expected_held(chance: Chance, seed: int) -> Trial:
    """Return whether the interval held the replies of those to whom the mail went, a coin deciding who bounces."""
    told = learnt(chance, seed)
    if told is None:
        return Trial(True, 0.0, 0.0)
    model, _, replied, others = told
    rng = np.random.default_rng([seed, 1])
    arrived = rng.random(len(replied)) >= others.prospects["bounce_risk_score"].to_numpy() / 100
    foretold = model.expected(others)
    found = int((replied & arrived).sum())
    return Trial(foretold.low <= found <= foretold.high, foretold.high - foretold.low, max(foretold.replies, 1.0))


KINDS = {"telling": telling, "seldom": seldom, "noise": noise, "misleading": misleading, "one order": one_order}
REPLIES = (
    Promise("answers", "after 500 outcomes the best fifth answers at least as often as all others, give or take luck "
            "(a tenth)", 0.1, {name: partial(best_fifth, kind) for name, kind in KINDS.items()}, "lift"),
    Promise("expected replies", "the 90 % interval holds the replies of the others", 0.1,
            {name: partial(expected_held, kind) for name, kind in KINDS.items()}, "width over the expected"),
)  # fmt: skip
