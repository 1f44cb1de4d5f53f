"""`Calibration`: the vendor's bounce risk turned into a probability that your own outcomes bear out."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.logistic import SOFT, log_odds, probability
from openprospect_nb.analysis.bounces.poisson_binomial import Floats
from openprospect_nb.analysis.contacts.percentages import refuse_fractions
from openprospect_nb.analysis.contacts.validations import stated_risk
from openprospect_nb.analysis.table import FrameT, Lazy, OpenTable, open_table
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup.cards import Card, Faced, card_table, percent, span

FORMAT: Final = 2
_BEYOND: Final = 0.7  # standard deviation of the log-odds, for each unit of log-odds outside of what was seen
_CHANGED: Final = 0.01
CALIBRATED: Final = "calibrated_bounce_risk"
_STATED: Final = "__op_stated"
_ODDS: Final = "__op_odds"
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
class Knot:
    """A stated risk (0-1) that bounces with probability ``value`` (0-1)."""

    stated: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Faced):
    """A non-decreasing map from the vendor's bounce risk to a probability, and how well it is known.

    Attributes:
        knots: the map, by rising stated risk, the first and the last at the ends of what was seen; linear in log-odds
            between two. Above the last it rises to 1 with the stated risk, so that who is riskier stays riskier.
        covariance: of the log-odds at the knots; what makes forecasts wider. Outside of what was seen they widen more.
        domain_share, domain_share_high: how far prospects on one domain share their fate (0-1), measured, and the most
            that the outcomes leave likely.
        n, bounced: outcomes used, and how many of them bounced. weight: what they count for by their age; None without
            a half-life.
        brier_before, brier_after: mean squared error of the stated and of the calibrated risk; the second out of
            fold (each fifth of the domains judged by a map from the others), so it is not flattered.
        change: the chance that later outcomes differ as much from earlier ones by luck; None without times.
        reliability: `RELIABILITY`; a row a band of stated risk, rates 0-1, with Wilson intervals (90 %).
        from_inbox: whether the outcomes are those that `op.outcomes` keeps.

    Example:
        >>> calibration = op.calibrate(results, outcomes)
        >>> op.Calibration.load(calibration.save("calibration.json")).n == calibration.n
        True
    """

    knots: tuple[Knot, ...]
    covariance: tuple[tuple[float, ...], ...]
    domain_share: float
    domain_share_high: float
    n: int
    bounced: int
    brier_before: float
    brier_after: float
    change: float | None = None
    weight: float | None = None
    reliability: pl.DataFrame = field(compare=False)
    from_inbox: bool = field(default=False, compare=False)

    def _card(self) -> Card:
        low, high = self.range
        gain = f"{self.brier_before:.4f} → {self.brier_after:.4f} (mean squared error, out of fold)"
        is_changed = self.change is not None and self.change < _CHANGED
        rows = [
            (percent(row["stated"], 1), row["n"], percent(row["observed"], 1),
             span(row["observed_low"], row["observed_high"], 1), percent(row["calibrated"], 1))
            for row in self.reliability.filter(pl.col("n") > 0).iter_rows(named=True)
        ]  # fmt: skip
        return Card(
            kind="Calibration of the vendor's bounce risk",
            answer=f"{self.bounced} of {self.n}{self._inbox} bounced{self.aged}; "
            "the vendor's risk is corrected by that.",
            facts=(("seen at stated risks of", f"{low:g} to {high:g}"), ("error", gain)),
            doubt="Later outcomes differ from earlier ones: give a half_life." if is_changed else "",
            table=card_table(("stated", "n", "observed", "interval", "calibrated"), rows),
            calls=("calibration.apply(prospects)", "op.send_list(results, calibration=calibration)"),
        )

    def __repr__(self) -> str:
        """Return the size of the evidence, where it lies, and what the calibration gains."""
        low, high = self.range
        changed = ""
        if self.change is not None and self.change < _CHANGED:
            changed = f", later outcomes differ from earlier ones (p = {self.change:.2g}): give a half_life"
        return (
            f"Calibration({self.n} outcomes{self._inbox}{self.aged}, {self.bounced} bounced, "
            f"seen at stated risks of {low:g} to {high:g}, Brier {self.brier_before:.4f} → {self.brier_after:.4f}"
            f"{changed})"
        )

    @property
    def aged(self) -> str:
        """What the outcomes count for by their age, in words; empty without a half-life."""
        return "" if self.weight is None else f" (by age worth {self.weight:,.0f})"

    @property
    def _inbox(self) -> str:
        return " from the inbox" if self.from_inbox else ""

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest stated risk (0-100) that outcomes were seen for; beyond it nothing is known."""
        return 100 * self.knots[0].stated, 100 * self.knots[-1].stated

    def apply(self, prospects: FrameT) -> FrameT:
        """Return the prospects with ``calibrated_bounce_risk``: 0-100, null where the vendor states no risk."""
        table = open_table(prospects, name="prospects", required=())
        refuse_fractions(table)
        own = [column for column in table.columns if column != CALIBRATED]
        result: FrameT = table.give_back(self.add_to(table), (*own, CALIBRATED))
        return result

    def add_to(self, table: OpenTable) -> Lazy:
        """Return the opened prospects with ``calibrated_bounce_risk`` added."""
        on, rows = table.on, table.lazy.with_columns((stated_risk(table) / 100).alias(_STATED))
        soft = SOFT + (1 - 2 * SOFT) * on.col(_STATED)
        # The map asks for both of them once a knot, and each time they would be worked out anew.
        mapped = rows.with_columns((soft / (1 - soft)).log().alias(_ODDS)).with_columns(
            (100 * self._mapped(on)).alias(CALIBRATED)
        )
        return mapped.drop(_STATED, _ODDS)

    def predict(self, stated: float) -> float:
        """Return the probability for one stated risk, both 0-1."""
        return float(self.predict_all(np.array([stated]))[0])

    def predict_all(self, stated: Floats) -> Floats:
        """Return the probabilities for stated risks, all 0-1."""
        knots, heights = self._curve()
        x = log_odds(stated)
        below = heights[0] + self._slope_below() * np.minimum(x - knots[0], 0.0)
        within = probability(np.where(x < knots[0], below, np.interp(x, knots, heights)))
        last = self.knots[-1]
        result: Floats = np.where(stated > last.stated, self._beyond(stated), within)
        return result

    def spreads(self, stated: Floats, times: Floats | float = 1.0) -> Floats:
        """Return how well the map is known for the 1, 2, ... first of these stated risks (0-1) together.

        So many have each of them as *times* says.

        That is the standard deviation of the shift of log-odds that moves their expected bounces as the map's error
        does.
        """
        knots, _ = self._curve()
        p, x = self.predict_all(stated), log_odds(stated)
        weights = (p * (1 - p) + 1e-12) * times
        hats = np.stack([np.interp(x, knots, unit) for unit in np.eye(len(knots))])
        carried = np.cumsum(hats * weights, axis=1)
        outside = np.maximum(knots[0] - x, 0.0) + np.maximum(x - knots[-1], 0.0)
        known = np.einsum("in,ij,jn->n", carried, np.array(self.covariance), carried)
        unknown = _BEYOND * np.cumsum(outside * weights)
        result: Floats = np.sqrt(np.maximum(known, 0.0) + unknown**2) / np.cumsum(weights)
        return result

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
            knots = tuple(Knot(**knot) for knot in body.pop("knots"))
            covariance = tuple(tuple(map(float, row)) for row in body.pop("covariance"))
            reliability = pl.DataFrame(body.pop("reliability"), schema=RELIABILITY)
            return cls(knots=knots, covariance=covariance, reliability=reliability, **body)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{path} cannot be read as a calibration ({type(error).__name__}).",
                next_step="Give a file that Calibration.save wrote.",
            ) from error

    def _curve(self) -> tuple[Floats, Floats]:
        stated, values = (np.array([getattr(k, name) for k in self.knots]) for name in ("stated", "value"))
        return log_odds(stated), np.log(values / (1 - values))

    def _slope_below(self) -> float:
        """Below everything seen the map goes on falling, but no faster than the vendor's own risk."""
        knots, heights = self._curve()
        return min(1.0, float((heights[1] - heights[0]) / (knots[1] - knots[0]))) if len(knots) > 1 else 1.0

    def _beyond(self, stated: Any) -> Any:
        """Return the probability above everything that was seen: straight from the last knot to certainty at 1."""
        last = self.knots[-1]
        slope = (1 - last.value) / (1 - last.stated) if last.stated < 1 else 0.0
        return last.value + (stated - last.stated) * slope

    def _mapped(self, on: Any) -> Any:
        """Build the map in the dialect *on*, from the top down, so that the first condition that holds wins."""
        knots, heights = (values.tolist() for values in self._curve())
        stated, x = on.col(_STATED), on.col(_ODDS)
        pieces = list(pairwise(zip(knots, heights, strict=True)))
        odds = heights[-1] + 0.0 * x
        for (x0, y0), (x1, y1) in reversed(pieces):
            odds = on.when(x <= x1).then(y0 + (x - x0) * ((y1 - y0) / (x1 - x0))).otherwise(odds)
        odds = on.when(x <= knots[0]).then(heights[0] + (x - knots[0]) * self._slope_below()).otherwise(odds)
        within = 1 / (1 + (-odds).exp())
        result = on.when(stated > self.knots[-1].stated).then(self._beyond(stated)).otherwise(within)
        return on.when(~stated.is_null()).then(result)
