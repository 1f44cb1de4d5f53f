"""What a risk is worth: the vendor's word, which may be off by a factor, or a map measured on outcomes.

Without outcomes nobody knows whether a stated 2 % is 1 % or 4 %. The declared doubt, a factor of 2 unless you say
otherwise, enters in two ways. A forecast averages over it: in three of four cases the odds are off by less. A promise
does not average: it has to hold for odds the full factor higher. No stated risk counts for less than `FLOOR`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.audience import Audience, audience_of
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.outlook import Outlook, outlook
from openprospect_nb.analysis.bounces.poisson_binomial import Crowd, Floats
from openprospect_nb.errors import FieldProblem, ValidationError

DOUBT: Final = 2.0
FLOOR: Final = 0.005  # lists sold as verified bounce at about this rate; a vendor's 0 is not less
DOMAIN_SHARE: Final = 0.8  # the most that prospects on one domain are taken to share, where no outcomes tell better
NEXT: Final = 0.1  # how much the log-odds of one mailing differ from those of another, at the least
CAUTION: Final = 1.2  # a list chosen by a map meets the places where the map is too low by luck
_WITHIN: Final = 1.1503  # standard deviations to each side that hold three of four


@dataclass(frozen=True, slots=True)
class Belief:
    """What is known beyond the vendor's risk.

    Attributes:
        calibration: your outcomes, or None.
        domain_share: 0-1, as given; None: measured by the calibration, else anything up to `DOMAIN_SHARE`.
        doubt: the factor by which the vendor's odds may be off, where there is no calibration; 1 trusts them.
    """

    calibration: Calibration | None = None
    domain_share: float | None = None
    doubt: float = DOUBT

    def __post_init__(self) -> None:
        if not 1 <= self.doubt <= 100:
            raise ValidationError(
                "the question cannot be used",
                fields=[FieldProblem("doubt", f"is {self.doubt}, not 1 to 100")],
                next_step="2 means that odds may be half or double; 1 takes the vendor at its word.",
            )

    def __str__(self) -> str:
        if self.calibration is not None:
            return f"measured on {self.calibration.n:,} outcomes{self.calibration.aged}"
        return "vendor's word" + (f", odds up to {self.doubt:g} times as high" if self.doubt > 1 else " taken as true")

    def resting_on(self, assumed: int, whole: int, risk: float | None) -> str:
        """Return the same where *assumed* of the risks of *whole* people are a *risk* (0-100) that the caller gave."""
        if not assumed:
            return str(self)
        if assumed < whole or self.calibration is not None:
            return f"{self}; of {assumed:,} of {whole:,} on a risk of {risk:g}% that you assumed"
        return f"risk of {risk:g}% that you assumed for all {whole:,}" + str(self).removeprefix("vendor's word")

    @property
    def shares(self) -> tuple[float, ...]:
        """How far prospects on one domain may share their fate: never only "a lot", so that it never looks safer."""
        if self.domain_share is not None:
            highest: tuple[float, ...] = (self.domain_share,)
        elif self.calibration is not None:
            highest = (self.calibration.domain_share, self.calibration.domain_share_high)
        else:
            highest = (DOMAIN_SHARE,)
        return tuple(sorted({0.0, *highest}))

    @property
    def caution(self) -> float:
        """How many times wider than for a forecast the doubt is taken where a list is chosen by a measured map."""
        return CAUTION if self.calibration is not None else 1.0

    @property
    def edge(self) -> float:
        """The shift of the log-odds under which a promise has to hold."""
        return math.log(self.doubt) if self.calibration is None else 0.0

    def audience(self, known: pl.DataFrame) -> Audience:
        """Return the recipients (``p``, ``domain``) with the risks that are believed."""
        risks = known["p"].to_numpy()
        return audience_of(known, np.maximum(risks, FLOOR) if self.calibration is None else risks)

    def spreads(self, stated: Floats, times: Floats | float = 1.0) -> Floats:
        """Return the standard deviation of the log-odds that all of the 1, 2, ... first have in common.

        So many have each of these stated risks as *times* says.
        """
        if self.calibration is None:
            return np.full(len(stated), math.log(self.doubt) / _WITHIN)
        result: Floats = np.hypot(self.calibration.spreads(stated, times), NEXT)
        return result

    def outlook(self, crowd: Crowd, stated: Floats) -> Outlook:
        """Return how many of these recipients may bounce, of whom the vendor states these risks."""
        return outlook(crowd, self.shares, self.spread(stated))

    def spread(self, stated: Floats, times: Floats | float = 1.0) -> float:
        """Return the same of all of them together; 0 of nobody."""
        return float(self.spreads(stated, times)[-1]) if len(stated) else 0.0
