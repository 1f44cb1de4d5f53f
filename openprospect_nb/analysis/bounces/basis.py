"""What risks rest on where nobody hands in a calibration: outcomes handed in, else all that the home keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

from openprospect_nb.analysis.bounces.calibrating import MIN_OUTCOMES, calibrate, learnt_from, matched
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.contacts.outcomes import messages_of
from openprospect_nb.errors import ValidationError


@dataclass(frozen=True, slots=True)
class Basis:
    """A calibration, or None where the vendor is taken at its word; of how many outcomes; whether the inbox has them.

    ``n`` counts outcomes that belong to the prospects in question, also where they are too few to calibrate by.
    """

    calibration: Calibration | None = None
    n: int = 0
    from_inbox: bool = False

    def __str__(self) -> str:
        outcomes = f"{self.n:,} outcomes{' from the inbox' if self.from_inbox else ''}"
        if self.calibration is not None:
            return f"risks measured on {outcomes}"
        return f"the vendor's risks ({outcomes}, {MIN_OUTCOMES} needed)" if self.n else "the vendor's risks"


def basis_of(prospects: object, outcomes: object, calibration: Calibration | None, *, about: object = None) -> Basis:
    """Return what risks of *prospects* rest on: the calibration given, else these outcomes, else those of the inbox.

    What the inbox holds never stands in the way: where it is too little, or not to be used, the vendor's word counts.

    Args:
        prospects: as `calibrate` takes them.
        outcomes: as `calibrate` takes them; None takes all that `op.outcomes` keeps.
        calibration: used as it is.
        about: the `Results` whose home is looked into; by default *prospects*.

    Raises:
        ValidationError: *outcomes* were given, and cannot be read, or are too few.
    """
    if calibration is not None:
        return Basis(calibration, calibration.n, calibration.from_inbox)
    if outcomes is not None:
        given = calibrate(prospects, outcomes)
        return Basis(given, given.n)
    messages = messages_of(prospects if about is None else about)
    if messages.is_empty():
        return Basis()
    try:
        seen = matched(prospects, messages)
        learnt = learnt_from(seen) if seen.height >= MIN_OUTCOMES else None
    except ValidationError:
        return Basis()
    return Basis(learnt, seen.height, from_inbox=True)
