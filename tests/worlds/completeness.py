"""Whether companies of which the vendor states all facts answer more: ``python -m tests.worlds.completeness``.

Asked of the sandbox, whose truth is known, about contacts with an e-mail address. Those of one company share its facts
and perhaps its fate, so that whole companies change places: a permutation test of the difference of the two rates.
"""

from __future__ import annotations

import numpy as np

from openprospect_nb.analysis.scoring.formula import FACTS
from openprospect_nb.sandbox.market import matching, truth
from openprospect_nb.sandbox.market.catalogue import Universe

COUNTRIES = ["Germany", "Austria", "Switzerland", "France", "Netherlands", "United Kingdom"]
PERMUTATIONS = 9_999


def difference(answered: np.ndarray, people: np.ndarray, is_full: np.ndarray) -> float:
    """Return the rate of answers at companies with all facts less that at the others."""
    rates = [answered[part].sum() / people[part].sum() for part in (is_full, ~is_full)]
    return float(rates[0] - rates[1])


def chance_of(answered: np.ndarray, people: np.ndarray, is_full: np.ndarray, rng: np.random.Generator) -> float:
    """Return how likely luck alone gives a difference at least this large, either way."""
    seen = abs(difference(answered, people, is_full))
    drawn = (abs(difference(answered, people, rng.permutation(is_full))) for _ in range(PERMUTATIONS))
    return (1 + sum(one >= seen - 1e-12 for one in drawn)) / (PERMUTATIONS + 1)


def main(companies: int = 6_000, seed: int = 7) -> None:
    """Print both rates, how many they rest on, and the chance."""
    universe = Universe(seed)
    profile = {"ideal_customer_profile": "companies", "target_countries": COUNTRIES}
    firms = [universe.document(hit, profile) for hit in matching.rank(universe, profile, companies)]
    people = [[person["id"] for person in firm["prospects"] if person["email"]] for firm in firms]
    would = truth.mailboxes(universe, [identity for own in people for identity in own]).responds
    answered = np.array([sum(bool(would.get(identity)) for identity in own) for own in people])
    sizes = np.array([len(own) for own in people])
    is_full = np.array([all(firm.get(fact) not in (None, "") for fact in FACTS) for firm in firms])
    for said, part in (("all facts", is_full), ("some missing", ~is_full)):
        count = sizes[part].sum()
        print(f"{said}: {part.sum():,} companies, {count:,} contacts, {answered[part].sum() / count:.2%} answer")
    print(f"p = {chance_of(answered, sizes, is_full, np.random.default_rng(1)):.3f} ({PERMUTATIONS:,} permutations)")


if __name__ == "__main__":
    main()
