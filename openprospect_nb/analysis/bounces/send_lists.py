"""The largest list that keeps its bounce rate below a limit with a stated confidence, and what other sizes would risk.

For recipients on different domains the k safest are the best list of k, so the largest list is found among the
sizes alone. Where recipients share a domain the same order is kept: safest first. A list of k may bounce
floor(limit * k) times, so the risk falls each time one more bounce is allowed and rises in between; every size is
looked at, from the largest down, and the answer is checked with the distribution of `counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, BounceForecast, Terms, check_rates, forecast_of
from openprospect_nb.analysis.bounces.list_sizes import Size, all_sizes
from openprospect_nb.analysis.contacts.best import bounce_risk
from openprospect_nb.analysis.contacts.mailboxes import address
from openprospect_nb.analysis.contacts.recipients import (
    NEVER_SENT,
    TIER,
    Recipients,
    calibrated,
    open_prospects,
    recipients,
    stated_risk,
    tiered,
)
from openprospect_nb.analysis.table import FrameT
from openprospect_nb.frames.results import Results

FRONTIER: Final = pl.Schema(
    {
        "size": pl.Int64(),
        "expected": pl.Float64(),
        "low": pl.Int64(),
        "high": pl.Int64(),
        "rate": pl.Float64(),
        "p_over": pl.Float64(),
        "highest_risk": pl.Float64(),
    }
)
FRONTIER_POINTS: Final = 100
_SURELY: Final = 0.02  # the screen's tail is off by less than this once the variance reaches `_SMOOTH` bounces squared
_CORRECTED: Final = 0.003  # and by less than this once it was corrected at a size close by
_SMOOTH: Final = 10.0
_MAIL: Final = "__op_send_mail"
_P: Final = "__op_send_p"
_STATED: Final = "__op_send_stated"
NativeT = TypeVar("NativeT")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendList(Generic[NativeT]):
    """A list that keeps a promise: P(bounce rate > limit) <= 1 - confidence.

    Attributes:
        prospects: the chosen rows, safest first, in the caller's kind of frame; one row an address.
        size: how many; 0 when no list keeps the promise. max_bounce_rate, confidence: the promise.
        forecast: the `BounceForecast` of this list.
        frontier: `FRONTIER`; a row a list size: expected bounces, their interval at the confidence, the rate 0-1,
            P(rate > limit), and the risk (0-1) of the last one let in. At most 100 sizes; approximate
            where ten or more bounces squared of variance make it smooth.
        beyond: addresses of known risk that did not fit.
        unknown: addresses of unknown risk, left out unless you gave ``unknown_risk``.
        not_sendable, duplicates: rows without a usable address, or suppressed; rows repeating an address.
    """

    prospects: NativeT
    size: int
    max_bounce_rate: float
    confidence: float
    forecast: BounceForecast
    beyond: int
    unknown: int
    not_sendable: int
    duplicates: int
    frontier: pl.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        """Return the size, the promise and what stays behind."""
        addressless = f", {self.not_sendable} without a usable address" if self.not_sendable else ""
        return (
            f"SendList({self.size} prospects, P(rate > {self.max_bounce_rate:.1%}) = {self.forecast.p_over:.2f} <= "
            f"{1 - self.confidence:.2f}; {self.beyond} too risky, {self.unknown} of unknown risk{addressless} left out)"
        )


@overload
def send_list(
    prospects: Results,
    max_bounce_rate: float = BOUNCE_LIMIT,
    confidence: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    unknown_risk: float | None = None,
) -> SendList[pl.DataFrame]: ...
@overload
def send_list(
    prospects: FrameT,
    max_bounce_rate: float = BOUNCE_LIMIT,
    confidence: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    unknown_risk: float | None = None,
) -> SendList[FrameT]: ...
def send_list(
    prospects: object,
    max_bounce_rate: float = BOUNCE_LIMIT,
    confidence: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    unknown_risk: float | None = None,
) -> SendList[Any]:
    """Return the largest list of prospects with P(bounce rate > limit) <= 1 - confidence.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and a risk (see `bounce_forecast`); if it comes from
            `contactable`, its tiers count and the suppressed stay out.
        max_bounce_rate: the limit, 0-1; 2 % is a convention, not a law.
        confidence: how sure the promise is, 0-1.
        calibration: your own outcomes, as in `bounce_forecast`.
        domain_share: 0-1, as in `bounce_forecast`.
        unknown_risk: 0-100, a risk to assume where none is known; None keeps those prospects out.

    Raises:
        ValidationError: a needed column is missing, or a rate is out of range.

    Example:
        >>> sending = op.send_list(results, max_bounce_rate=0.05, confidence=0.9)
        >>> sending.forecast.p_over <= 0.1
        True
        >>> left_out = sending.beyond + sending.unknown + sending.not_sendable + sending.duplicates
        >>> sending.size + left_out == results.prospects.height
        True
    """
    check_rates(max_bounce_rate=max_bounce_rate, confidence=confidence, domain_share=domain_share)
    found = recipients(prospects, calibration=calibration, unknown_risk=unknown_risk)
    terms = Terms(max_bounce_rate, min(max(confidence, 0.5), 0.999), calibration, domain_share, is_chosen=True)
    sizes = all_sizes(found.known, terms.share, calibration)
    chosen = _largest(found.known, sizes, terms, 1 - confidence)
    head = found.known.head(chosen)
    kept = Recipients(head, found.unknown, found.not_sendable, found.duplicates)
    return SendList(
        prospects=_rows_of(prospects, head, calibration, unknown_risk),
        size=chosen,
        max_bounce_rate=max_bounce_rate,
        confidence=confidence,
        forecast=forecast_of(kept, terms),
        frontier=_frontier(found.known, sizes, terms),
        beyond=found.known.height - chosen,
        unknown=found.unknown,
        not_sendable=found.not_sendable,
        duplicates=found.duplicates,
    )


def _largest(known: pl.DataFrame, sizes: Sequence[Size], terms: Terms, allowed: float) -> int:
    """Look at every size from the largest down; what the screen got wrong last time corrects it for the next."""
    error, slack = 0.0, _SURELY
    for size in reversed(sizes):
        is_rough = size.moments.variance < _SMOOTH
        screened = 0.0 if is_rough else size.over(terms.limit)
        if not is_rough and screened + error > allowed + slack:
            continue
        exact = _over(known, size.size, terms)
        if exact <= allowed:
            return size.size
        error, slack = (error, slack) if is_rough else (exact - screened, _CORRECTED)
    return 0


def _over(known: pl.DataFrame, size: int, terms: Terms) -> float:
    return terms.counts(known.head(size)).above(terms.limit * size)


def _frontier(known: pl.DataFrame, sizes: Sequence[Size], terms: Terms) -> pl.DataFrame:
    count = min(FRONTIER_POINTS, len(sizes))
    shown = sorted({round((i + 1) * len(sizes) / count) for i in range(count)})
    risks = known["p"].to_list()
    rows: list[Sequence[object]] = []
    for k in shown:
        size = sizes[k - 1]
        over = _over(known, k, terms) if size.moments.variance < _SMOOTH else size.over(terms.limit)
        mean = size.moments.mean
        rows.append((k, mean, *size.between(terms.interval), mean / k, over, risks[k - 1]))
    return pl.DataFrame(rows, schema=FRONTIER, orient="row")


def _rows_of(prospects: object, head: pl.DataFrame, calibration: Calibration | None, unknown_risk: float | None) -> Any:
    """Return the caller's rows of the chosen addresses: those up to the last one by risk, stated risk and address."""
    table = calibrated(open_prospects(prospects), calibration)
    known_risk = bounce_risk(table) if unknown_risk is None else bounce_risk(table).fill_null(unknown_risk)
    stated = nw.coalesce(stated_risk(table), known_risk) / 100
    keyed = tiered(table).with_columns(address(table).alias(_MAIL), (known_risk / 100).alias(_P), stated.alias(_STATED))
    sendable = keyed.filter(~nw.col(TIER).is_in(NEVER_SENT))
    worst = sendable.with_columns(nw.col(_P, _STATED).max().over(_MAIL)).filter(~nw.col(_P).is_null())
    inside = nw.col(_P) < 0
    for edge, stated, name in head.select("p", "stated", "address").tail(1).rows():
        before = (nw.col(_STATED) < stated) | ((nw.col(_STATED) == stated) & (nw.col(_MAIL) <= name))
        inside = (nw.col(_P) < edge) | ((nw.col(_P) == edge) & before)
    order = [_P, _STATED, _MAIL, *table.row_order]
    once = worst.filter(inside).unique(_MAIL, keep="first", order_by=order).sort(_P, _STATED, _MAIL)
    return table.give_back_sorted(once, table.columns)
