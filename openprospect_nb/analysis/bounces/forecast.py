"""How many would bounce if this list were sent, with an interval, and where the risk sits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.counts import DOMAIN_SHARE, Counts, distribution
from openprospect_nb.analysis.contacts.recipients import Recipients, recipients
from openprospect_nb.analysis.contacts.tiers import TIERS
from openprospect_nb.analysis.intervals import z_value
from openprospect_nb.errors import FieldProblem, ValidationError

BOUNCE_LIMIT: Final = 0.02  # a convention of senders, not a law; 2, 5 and 10 % are the usual bands
DOMAIN_ROWS: Final = 100
BY_TIER: Final = pl.Schema(
    {
        "tier": pl.String(),
        "n": pl.Int64(),
        "expected": pl.Float64(),
        "low": pl.Int64(),
        "high": pl.Int64(),
        "rate": pl.Float64(),
        "p_over": pl.Float64(),
    }
)
BY_DOMAIN: Final = pl.Schema(
    {"domain": pl.String(), "n": pl.Int64(), "expected": pl.Float64(), "rate": pl.Float64(), "p_all": pl.Float64()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceForecast:
    """What sending to a list would bring.

    Attributes:
        n: addresses of known risk; what the forecast is about.
        unknown: addresses of unknown risk, not in the forecast.
        not_sendable, duplicates: rows without a usable address (or suppressed); rows repeating an address.
        expected: bounces expected. low, high: the central interval of their number at ``interval``.
        rate: expected bounces a message, 0-1; None for an empty list. limit: the bounce rate asked about, 0-1.
        p_over: probability that the rate exceeds the limit.
        by_tier: `BY_TIER`, a row a tier in their order. by_domain: `BY_DOMAIN`, the most expected bounces first;
            ``p_all`` is the probability that every address there bounces.
        is_exact: False for lists so long that like risks were grouped; any tail is then right to 0.005.
        is_calibrated: whether your own outcomes were used.
        domain_share: the part of the smallest risk on a domain that hits all its prospects at once.
    """

    n: int
    unknown: int
    not_sendable: int
    duplicates: int
    expected: float
    low: int
    high: int
    interval: float
    rate: float | None
    limit: float
    p_over: float
    is_exact: bool
    is_calibrated: bool
    domain_share: float
    by_tier: pl.DataFrame = field(compare=False)
    by_domain: pl.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        """Return the forecast in one line of plain numbers."""
        rate = "" if self.rate is None else f", rate {self.rate:.1%}"
        apart = "".join(
            f", {count} {why}"
            for count, why in ((self.unknown, "of unknown risk apart"), (self.not_sendable, "without a usable address"))
            if count
        )
        return (
            f"BounceForecast({self.expected:.1f} of {self.n} expected, {self.low} to {self.high} at "
            f"{self.interval:.0%}{rate}, P(rate > {self.limit:.1%}) = {self.p_over:.2f}{apart})"
        )


def bounce_forecast(
    prospects: object,
    limit: float = BOUNCE_LIMIT,
    interval: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
) -> BounceForecast:
    """Return the distribution of bounces if every prospect with a usable address and known risk got one message.

    Prospects on different domains are independent, so the count is Poisson-binomial (Hong 2013, "On computing the
    distribution function for the Poisson binomial distribution"); those on one domain share a fate, which keeps every
    single risk and widens the interval.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and ``bounce_risk_score`` (or
            ``validation_confidence``, or ``calibrated_bounce_risk``); without any of these all risks are unknown.
        limit: the bounce rate not to exceed, 0-1; 2 % is a convention, not a law.
        interval: how much probability ``low`` to ``high`` holds.
        calibration: your own outcomes; corrects the risks and widens the interval by what it does not know.
        domain_share: 0-1, how far prospects on one domain share their fate; None: measured by the calibration, else
            0.3, an assumption.

    Raises:
        ValidationError: a needed column is missing, or limit, interval or domain_share is out of range.

    Example:
        >>> forecast = op.bounce_forecast(results, limit=0.02)
        >>> forecast.low <= forecast.expected <= forecast.high
        True
    """
    check_rates(limit=limit, domain_share=domain_share)
    z_value(interval)
    found = recipients(prospects, calibration=calibration)
    return forecast_of(found, Terms(limit, interval, calibration, domain_share))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a forecast is asked: limit, interval, what is known beyond the vendor's risk, and for whom.

    ``is_chosen`` says that the prospects were chosen for being safe; see `Calibration.errors`.
    """

    limit: float
    interval: float
    calibration: Calibration | None = None
    domain_share: float | None = None
    is_chosen: bool = False

    @property
    def share(self) -> float:
        """The domain share in force: given, else measured, else assumed."""
        if self.domain_share is not None:
            return self.domain_share
        return DOMAIN_SHARE if self.calibration is None else self.calibration.domain_share

    def counts(self, known: pl.DataFrame) -> Counts:
        """Return the distribution of bounces of these recipients."""
        noise = 0.0
        if self.calibration is not None:
            noise = self.calibration.variance_of_total(known["stated"].to_list(), is_chosen=self.is_chosen)
        return distribution(known, share=self.share, extra_variance=noise)


def forecast_of(found: Recipients, terms: Terms) -> BounceForecast:
    """Return the forecast for recipients already found."""
    known = found.known
    counts = terms.counts(known)
    low, high = central(counts, terms.interval)
    return BounceForecast(
        n=known.height,
        unknown=found.unknown,
        not_sendable=found.not_sendable,
        duplicates=found.duplicates,
        expected=counts.mean,
        low=low,
        high=high,
        interval=terms.interval,
        rate=counts.mean / known.height if known.height else None,
        limit=terms.limit,
        p_over=counts.above(terms.limit * known.height),
        is_exact=counts.is_exact,
        is_calibrated=terms.calibration is not None,
        domain_share=terms.share,
        by_tier=_by_tier(known, terms, counts),
        by_domain=_by_domain(known, terms.share),
    )


def central(counts: Counts, interval: float) -> tuple[int, int]:
    """Return the counts between which *interval* of the probability lies, the rest shared by both sides."""
    return counts.quantile((1 - interval) / 2), counts.quantile((1 + interval) / 2)


def check_rates(**rates: float | None) -> None:
    """Refuse a rate outside 0 to 1.

    Raises:
        ValidationError: names it.
    """
    problems = [
        FieldProblem(name, f"is {value}, not 0 to 1") for name, value in rates.items() if not 0 <= (value or 0.0) <= 1
    ]
    if problems:
        raise ValidationError("the question cannot be used", fields=problems, next_step="2 % is written 0.02.")


def _by_tier(known: pl.DataFrame, terms: Terms, whole: Counts) -> pl.DataFrame:
    rows: list[Sequence[object]] = []
    for tier in TIERS:
        part = known.filter(pl.col("tier") == tier)
        if part.is_empty():
            continue
        counts = whole if part.height == known.height else terms.counts(part)
        rate, over = counts.mean / part.height, counts.above(terms.limit * part.height)
        rows.append((tier, part.height, counts.mean, *central(counts, terms.interval), rate, over))
    return pl.DataFrame(rows, schema=BY_TIER, orient="row")


def _by_domain(known: pl.DataFrame, share: float) -> pl.DataFrame:
    grouped = (
        known.drop_nulls("domain")
        .group_by("domain")
        .agg(pl.len().alias("n").cast(pl.Int64), pl.col("p").sum().alias("expected"), pl.col("p").sort().alias("risks"))
        .sort(["expected", "domain"], descending=[True, False])
        .head(DOMAIN_ROWS)
    )
    chances = [_all_bounce(risks, share) for risks in grouped["risks"].to_list()]
    return grouped.with_columns(
        rate=pl.col("expected") / pl.col("n"), p_all=pl.Series(chances, dtype=pl.Float64)
    ).select(BY_DOMAIN.names())


def _all_bounce(risks: Sequence[float], share: float) -> float:
    if len(risks) == 1:
        return risks[0]
    dead = share * min(risks)
    return dead + (1 - dead) * math.prod((risk - dead) / (1 - dead) if dead < 1 else 1.0 for risk in risks)
