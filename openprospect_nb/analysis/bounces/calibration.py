"""`Calibration`: the vendor's bounce risk turned into a probability that your own outcomes bear out."""

from __future__ import annotations

import json
import math
import os
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.best import bounce_risk
from openprospect_nb.analysis.table import FrameT, Lazy, OpenTable, open_table
from openprospect_nb.errors import ConfigurationError

FORMAT: Final = 1
Stated = TypeVar("Stated", float, nw.Expr)
# z squared, one standard error. Chosen on sandbox seeds below 1000 and then tried on seeds 1000 to 1299, once: of 300
# lists promised to exceed a bounce rate of 5 % in at most 10 % of cases 31 did, 10.3 % (95 % interval 7.4 to 14.3 %).
_WILSON: Final = 1.0
CALIBRATED: Final = "calibrated_bounce_risk"
RELIABILITY: Final = pl.Schema(
    {
        "low": pl.Float64(),
        "high": pl.Float64(),
        "n": pl.Int64(),
        "bounced": pl.Int64(),
        "stated": pl.Float64(),
        "calibrated": pl.Float64(),
        "observed": pl.Float64(),
        "observed_low": pl.Float64(),
        "observed_high": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """Stated risks from ``first`` to ``last`` (0-1) bounce with probability ``value``, seen on ``n`` outcomes."""

    first: float
    last: float
    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A non-decreasing map from the vendor's bounce risk to a probability, and how well it is known.

    Attributes:
        steps: the map, by rising stated risk; constant on a step, linear between two. Above the last step nothing was
            seen: from there the map rises to 1 with the stated risk, so that who is riskier stays riskier.
        covariance: of the steps' values, from outcomes clustered by domain; what makes forecasts wider.
        domain_share: the part of the smallest risk on a domain that hits all its prospects at once, measured.
        n, bounced: outcomes used, and how many of them bounced.
        brier_before, brier_after: mean squared error of the stated and of the calibrated risk; the second out of
            fold (each fifth of the domains judged by a map from the others), so it is not flattered.
        reliability: `RELIABILITY`; a row a band of stated risk, rates 0-1, with Wilson intervals (90 %).

    Example:
        >>> calibration = op.calibrate(results, outcomes)
        >>> op.Calibration.load(calibration.save("calibration.json")).n == calibration.n
        True
    """

    steps: tuple[Step, ...]
    covariance: tuple[tuple[float, ...], ...]
    domain_share: float
    n: int
    bounced: int
    brier_before: float
    brier_after: float
    reliability: pl.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        """Return the size of the evidence, where it lies, and what the calibration gains."""
        low, high = self.range
        return (
            f"Calibration({self.n} outcomes, {self.bounced} bounced, {len(self.steps)} steps, "
            f"seen at stated risks of {low:g} to {high:g}, Brier {self.brier_before:.4f} → {self.brier_after:.4f})"
        )

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest stated risk (0-100) that outcomes were seen for; beyond it nothing is known."""
        return 100 * self.steps[0].first, 100 * self.steps[-1].last

    def apply(self, prospects: FrameT) -> FrameT:
        """Return the prospects with ``calibrated_bounce_risk``: 0-100, null where the vendor states no risk."""
        table = open_table(prospects, name="prospects", required=())
        kept = [column for column in table.columns if column != CALIBRATED]
        result: FrameT = table.give_back(self.add_to(table), (*kept, CALIBRATED))
        return result

    def add_to(self, table: OpenTable) -> Lazy:
        """Return the opened prospects with ``calibrated_bounce_risk`` added."""
        plain = tuple(column for column in table.columns if column != CALIBRATED)
        stated = bounce_risk(OpenTable(table.lazy, plain, table.engine, table.is_eager, table.name)) / 100
        return table.lazy.with_columns((100 * self._mapped(stated)).alias(CALIBRATED))

    def predict(self, stated: float) -> float:
        """Return the probability for one stated risk, both 0-1."""
        before = self.steps[0]
        for step in self.steps:
            if stated <= step.last:
                if stated >= step.first or step is self.steps[0]:
                    return step.value
                way = (stated - before.last) / (step.first - before.last)
                return before.value + way * (step.value - before.value)
            before = step
        return _beyond(before, stated)

    def variance_of_total(self, stated: Sequence[float], *, is_chosen: bool = False) -> float:
        """Return the variance that the error of this map gives to the expected bounces of these stated risks.

        Args:
            stated: the vendor's risks, 0-1.
            is_chosen: whether these were chosen because the map calls them safe; see `errors`.
        """
        ends, top = [step.last for step in self.steps], len(self.steps) - 1
        counts = [0] * len(self.steps)
        for risk in stated:
            counts[min(bisect_left(ends, risk), top)] += 1
        return sum(
            counts[i] * counts[j] * value
            for i, row in enumerate(self.errors(is_chosen=is_chosen))
            for j, value in enumerate(row)
            if counts[i] and counts[j]
        )

    def errors(self, *, is_chosen: bool) -> tuple[tuple[float, ...], ...]:
        """Return the covariance of the steps' values, for a choice at the rates that caution allows.

        A step that by luck saw too few bounces looks both safe and sure. Whoever picks prospects by the map meets just
        these steps, so for a choice each variance is taken at the centre of the step's Wilson interval (one standard
        error), which lies above a low estimate.
        """
        if not is_chosen:
            return self.covariance
        scales = [_caution(step.value, step.n) for step in self.steps]
        return tuple(
            tuple(value * a * b for value, b in zip(row, scales, strict=True))
            for row, a in zip(self.covariance, scales, strict=True)
        )

    def step_of(self, stated: float) -> int:
        """Return the number of the step a stated risk (0-1) lies on, or of the next higher one."""
        return min(bisect_left([step.last for step in self.steps], stated), len(self.steps) - 1)

    def save(self, path: str | Path) -> Path:
        """Write the calibration as JSON, all at once or not at all, and return the path.

        Raises:
            ConfigurationError: the file cannot be written; names it.
        """
        target = Path(path)
        body = {"format": FORMAT, **asdict(self), "reliability": self.reliability.to_dicts()}
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            draft.write_text(json.dumps(body, indent=1, allow_nan=False) + "\n", encoding="utf-8")
            draft.replace(target)
        except OSError as error:
            raise ConfigurationError(
                f"the calibration cannot be written to {target}: {error.strerror}.",
                next_step="Give a path in a folder you may write to.",
            ) from error
        return target

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """Return the calibration that `save` wrote.

        Raises:
            ConfigurationError: the file is missing, unreadable or not a calibration; names it.
        """
        try:
            body: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            if body.pop("format") != FORMAT:
                raise ConfigurationError(f"{path} was written by another version.", next_step="Calibrate again.")
            steps = tuple(Step(**step) for step in body.pop("steps"))
            covariance = tuple(tuple(map(float, row)) for row in body.pop("covariance"))
            reliability = pl.DataFrame(body.pop("reliability"), schema=RELIABILITY)
            return cls(steps=steps, covariance=covariance, reliability=reliability, **body)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{path} cannot be read as a calibration ({type(error).__name__}).",
                next_step="Give a file that Calibration.save wrote.",
            ) from error

    def _mapped(self, stated: nw.Expr) -> nw.Expr:
        """Build the map from the top step down, so that the first condition that holds wins."""
        last = self.steps[-1]
        result = nw.lit(last.value)
        if last.last < 1:
            result = nw.when(stated > last.last).then(_beyond(last, stated)).otherwise(result)
        for step, below in reversed(list(zip(self.steps[1:], self.steps[:-1], strict=True))):
            result = nw.when(stated < step.first).then(_between(stated, below, step)).otherwise(result)
            result = nw.when(stated <= below.last).then(nw.lit(below.value)).otherwise(result)
        return nw.when(stated.is_null()).then(nw.lit(None, nw.Float64)).otherwise(result)


def _beyond(last: Step, stated: Stated) -> Stated:
    """Return the probability above everything that was seen: straight from the last step to certainty at 1."""
    slope = (1 - last.value) / (1 - last.last) if last.last < 1 else 0.0
    return last.value + (stated - last.last) * slope


def _caution(rate: float, n: int) -> float:
    centre = (rate * n + _WILSON / 2) / (n + _WILSON)
    return max(1.0, math.sqrt(centre * (1 - centre) / max(rate * (1 - rate), 1 / (n + _WILSON) ** 2)))


def _between(stated: nw.Expr, below: Step, above: Step) -> nw.Expr:
    slope = (above.value - below.value) / (above.first - below.last)
    return below.value + (stated - below.last) * slope
