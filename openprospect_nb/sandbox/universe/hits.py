"""A company found for a profile, with its score and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One found company, best first in a ranking.

    Attributes:
        number: the company's number in the universe.
        company_id: the id it is delivered under.
        name, domain, city: as delivered; the domain is bare, None without a website.
        match_score: 0 to 10; an integer where it is whole.
        match_reasons: short labels of what matched.
        match_reasoning: one or two sentences on what matched, what missed and what is unknown.
        variant: which spelling of the company this profile meets (0 is the usual one).
    """

    number: int
    company_id: str
    name: str
    domain: str | None
    city: str
    match_score: float
    match_reasons: list[str] = field(default_factory=list)
    match_reasoning: str = ""
    variant: int = 0
