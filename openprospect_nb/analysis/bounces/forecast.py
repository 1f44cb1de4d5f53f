"""How many would bounce if this list were sent, with an interval, and where the risk sits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.audience import Audience, runs
from openprospect_nb.analysis.bounces.belief import DOUBT, Belief
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.far_forecast import FAR, SUMMED, FarList, far_list
from openprospect_nb.analysis.bounces.outlook import Outlook
from openprospect_nb.analysis.contacts.recipients import Recipients, recipients, rows_there
from openprospect_nb.analysis.contacts.tiers import TIERS
from openprospect_nb.analysis.intervals import z_value
from openprospect_nb.analysis.table import rows_in
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.markup.cards import Card, Faced, card_table, percent

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
class BounceForecast(Faced):
    """What sending to a list would bring.

    Attributes:
        n: addresses of known risk; what the forecast is about.
        unknown: addresses of unknown risk, not in the forecast.
        not_sendable, duplicates: rows without a usable address (or suppressed); rows repeating an address.
        expected: bounces expected, the sum of the risks. low, high: an interval that holds their number with a chance
            of at least ``interval``.
        rate: expected bounces a message, 0-1; None for an empty list. limit: the bounce rate asked about, 0-1.
        p_over: probability that the rate exceeds the limit.
        basis: where the risks come from: "vendor's word" with the doubt about it, or "measured on n outcomes".
        by_tier: `BY_TIER`, a row a tier in their order. by_domain: `BY_DOMAIN`, the most expected bounces first;
            ``p_all`` is the probability that every address there bounces.
        is_exact: False for long lists, which are taken as nearly normal; any tail is then right to 0.005.
        is_calibrated: whether your own outcomes were used.
        domain_share: how far prospects on one domain may share their fate, 0-1; interval and probability hold for
            this and for less.
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
    basis: str = "vendor's word"

    def _card(self) -> Card:
        answer = f"{self.low} to {self.high} of {self.n} would bounce ({percent(self.rate, 1)} expected)."
        over = (f"chance of more than {percent(self.limit, 1)}", percent(self.p_over) if self.n else None)
        left = ((self.unknown, "of unknown risk"), (self.not_sendable, "without an address or suppressed"))
        rows = [
            (row["tier"], row["n"], f"{row['expected']:.1f}", f"{row['low']} to {row['high']}", percent(row["rate"], 1))
            for row in self.by_tier.iter_rows(named=True)
        ]
        return Card(
            kind=f"Bounces if all were mailed, {percent(self.interval)} interval",
            answer=answer if self.n else "Nobody here has a known risk.",
            facts=(over, ("apart", ", ".join(f"{count} {why}" for count, why in left if count))),
            doubt=f"Risks: {self.basis}.",
            table=card_table(("tier", "n", "expected", "interval", "rate"), rows),
            calls=("op.send_list(results)", "op.calibrate(prospects, outcomes)"),
        )

    def __repr__(self) -> str:
        """Return the forecast in one line of plain numbers, with what it rests on."""
        rate = "" if self.rate is None else f", rate {self.rate:.1%}"
        apart = "".join(
            f", {count} {why}"
            for count, why in (
                (self.unknown, "of unknown risk apart"),
                (self.not_sendable, "without a usable address or suppressed"),
            )
            if count
        )
        return (
            f"BounceForecast({self.expected:.1f} of {self.n} expected, {self.low} to {self.high} at "
            f"{self.interval:.0%}{rate}, P(rate > {self.limit:.1%}) = {self.p_over:.2f}{apart}; {self.basis})"
        )


def bounce_forecast(
    prospects: object,
    limit: float = BOUNCE_LIMIT,
    interval: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    doubt: float = DOUBT,
) -> BounceForecast:
    """Return the distribution of bounces if every prospect with a usable address and known risk got one message.

    Given the risks, prospects on different domains are independent, so the count is Poisson-binomial (Hong 2013, "On
    computing the distribution function for the Poisson binomial distribution"). Two things make it wider: all risks
    may be off by a common factor, and prospects on one domain may share their fate. Sharing never narrows it.

    Without outcomes it does not allow for a vendor who is wrong about one kind of address alone: where catch-all
    domains are stated at 40 to 80 and hardly bounce, far fewer bounce than it says. Outcomes mend that, with
    ``calibration=op.calibrate(results)``. Unasked it looks into no inbox, as `send_list` does not, and says what a list
    is promised by: two forecasts of the same people can be held against each other.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and ``bounce_risk_score`` (or
            ``calibrated_bounce_risk``, whose error nobody can tell: give the calibration itself). Where a risk is
            missing, ``validation_confidence`` stands in as far as rows with both say what it means.
        limit: the bounce rate not to exceed, 0-1; 2 % is a convention, not a law.
        interval: how much probability ``low`` to ``high`` holds.
        calibration: your own outcomes; corrects the risks and widens the interval by what it does not know.
        domain_share: 0-1, how far prospects on one domain share their fate; None: measured by the calibration, else
            anything up to 0.8.
        doubt: without a calibration, the factor by which the vendor's odds may be off: in three of four cases they are
            off by less. 1 takes the vendor at its word.

    Raises:
        ValidationError: a needed column is missing, or limit, interval, domain_share or doubt is out of range.

    Example:
        >>> forecast = op.bounce_forecast(results, limit=0.02)
        >>> forecast.low <= forecast.expected <= forecast.high
        True
    """
    check_rates(limit=limit, domain_share=domain_share)
    z_value(interval)
    terms = Terms(limit, interval, Belief(calibration, domain_share, doubt))
    if (far := _far_forecast(prospects, terms)) is not None:
        return far
    return forecast_of(recipients(prospects, calibration=calibration), terms)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a forecast is asked: limit, interval, and what is known beyond the vendor's risk."""

    limit: float
    interval: float
    belief: Belief = field(default_factory=Belief)


def forecast_of(listed: Recipients, terms: Terms) -> BounceForecast:
    """Return the forecast for recipients already found."""
    known, audience = listed.known, terms.belief.audience(listed.known)
    counts = terms.belief.outlook(audience.crowd(), known["stated"].to_numpy())
    by_domain = _by_domain(known["domain"], audience, terms.belief.shares[-1])
    return _told(listed, known.height, counts, terms, _by_tier(known, audience, terms, counts), by_domain)


def _far_forecast(prospects: object, terms: Terms) -> BounceForecast | None:
    """Return the forecast of a long list in DuckDB or Spark, of which only sums come here; None of any other."""
    rows = rows_there(prospects, terms.belief.calibration)
    if rows is None or rows_in(rows) < FAR:
        return None
    with far_list(rows, terms.belief) as listed:
        if listed.n < FAR:
            return None
        outlooks = listed.outlooks(terms.belief)
        tiers = [_tier_row(tier, listed.tiers[tier], outlooks[tier], terms) for tier in TIERS if tier in listed.tiers]
        by_tier = pl.DataFrame(tiers, schema=BY_TIER, orient="row")
        by_domain = listed.heaviest(terms.belief.shares[-1], DOMAIN_ROWS).cast(BY_DOMAIN)
        return _told(listed, listed.n, outlooks[""], terms, by_tier, by_domain)


@dataclass(frozen=True, slots=True)
class TotalBounces:
    """What a `BounceForecast` says of a list as a whole."""

    n: int
    expected: float
    low: int
    high: int

    @property
    def rate(self) -> float | None:
        """Expected bounces a message, 0-1; None for an empty list."""
        return self.expected / self.n if self.n else None


def total_bounces(prospects: object, terms: Terms) -> TotalBounces:
    """Return what a forecast says of a list as a whole: nothing is worked out of its tiers and domains.

    Of a list in DuckDB or Spark of `SUMMED` and more only sums come here, unless its rows would say it closer.
    """
    rows = rows_there(prospects, terms.belief.calibration)
    if rows is not None and rows_in(rows) >= SUMMED:
        with far_list(rows, terms.belief) as there:
            if (counts := there.whole(terms.belief)) is not None:
                return TotalBounces(there.n, counts.mean, *central(counts, terms.interval))
    known = recipients(prospects, calibration=terms.belief.calibration).known
    counts = terms.belief.outlook(terms.belief.audience(known).crowd(), known["stated"].to_numpy())
    return TotalBounces(known.height, counts.mean, *central(counts, terms.interval))


def _told(
    listed: Recipients | FarList, n: int, counts: Outlook, terms: Terms, by_tier: pl.DataFrame, by_domain: pl.DataFrame
) -> BounceForecast:
    low, high = central(counts, terms.interval)
    return BounceForecast(
        n=n,
        unknown=listed.unknown,
        not_sendable=listed.not_sendable,
        duplicates=listed.duplicates,
        expected=counts.mean,
        low=low,
        high=high,
        interval=terms.interval,
        rate=counts.mean / n if n else None,
        limit=terms.limit,
        p_over=counts.above(terms.limit * n),
        basis=str(terms.belief),
        is_exact=counts.is_exact,
        is_calibrated=terms.belief.calibration is not None,
        domain_share=terms.belief.shares[-1],
        by_tier=by_tier,
        by_domain=by_domain,
    )


def central(counts: Outlook, interval: float) -> tuple[int, int]:
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


def _by_tier(known: pl.DataFrame, audience: Audience, terms: Terms, whole: Outlook) -> pl.DataFrame:
    rows: list[Sequence[object]] = []
    stated = known["stated"].to_numpy()
    for tier in TIERS:
        chosen = (known["tier"] == tier).to_numpy()
        size = int(chosen.sum())
        if not size:
            continue
        counts = whole if size == known.height else terms.belief.outlook(audience.part(chosen), stated[chosen])
        rows.append(_tier_row(tier, size, counts, terms))
    return pl.DataFrame(rows, schema=BY_TIER, orient="row")


def _tier_row(tier: str, size: int, counts: Outlook, terms: Terms) -> Sequence[object]:
    over = counts.above(terms.limit * size)
    return tier, size, counts.mean, *central(counts, terms.interval), counts.mean / size, over


def _by_domain(names: pl.Series, audience: Audience, share: float) -> pl.DataFrame:
    places = audience.grouped
    if not len(places):
        return pl.DataFrame(schema=BY_DOMAIN)
    starts, sizes = runs(audience.domains[places])
    risks = audience.risks[places]
    expected, all_apart = np.add.reduceat(risks, starts), np.multiply.reduceat(risks, starts)
    # Those as heavy as the hundredth are all named, since the name decides between them.
    heaviest = np.flatnonzero(
        expected >= -np.partition(-expected, min(DOMAIN_ROWS, len(expected)) - 1)[:DOMAIN_ROWS].max()
    )
    lowest = risks[starts]
    p_all = np.where(sizes == 1, lowest, share * lowest + (1 - share) * all_apart)
    columns = (
        names[places[starts[heaviest]]],
        *(each[heaviest] for each in (sizes, expected, expected / sizes, p_all)),
    )
    table = pl.DataFrame(dict(zip(BY_DOMAIN, columns, strict=True)), schema=BY_DOMAIN)
    return table.sort(["expected", "domain"], descending=[True, False]).head(DOMAIN_ROWS)
