"""Learn a `Calibration` from what really bounced.

The map itself is fitted in `logistic`: the vendor's word, bent as far as the outcomes ask for it. Outcomes of one
domain repeat each other, so each counts for less the more of them there are. Below `MIN_OUTCOMES` it refuses.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.calibration import RELIABILITY, Calibration, Knot
from openprospect_nb.analysis.bounces.logistic import Curve, fit, gathered, log_odds, probability
from openprospect_nb.analysis.bounces.poisson_binomial import Floats
from openprospect_nb.analysis.bounces.sharing import Share, share_of
from openprospect_nb.analysis.contacts.outcomes import moment_beside, refuse_bounces_alone, told_outcomes
from openprospect_nb.analysis.contacts.recipients import recipients
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.columns import UTC_TIME

MIN_OUTCOMES: Final = 100
FOLDS: Final = 5
RELIABILITY_EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_ASSUMED: Final = Share(0.4, 0.8)  # before anything was seen


def calibrate(
    prospects: object,
    outcomes: object = None,
    *,
    half_life: timedelta | None = None,
    as_of: datetime | date | str | None = None,
) -> Calibration:
    """Return what your outcomes say about the vendor's bounce risk.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and ``bounce_risk_score`` (0-100).
        outcomes: a frame with ``email`` and ``bounced`` (true/false, 1/0, yes/no, hard/soft, bounced/delivered, in
            many languages; a soft bounce is none; null and NaN are ignored), one row a message sent; or what
            ``op.files.read_outcomes`` read, or the file itself. None takes all that ``op.outcomes`` keeps. The answer
            is the risk of one message. Send a few riskier prospects in each mailing: above the highest stated risk that
            was ever sent, a calibration knows nothing. With a column ``at`` (when it was sent) it is tested whether
            later outcomes differ from earlier.
        half_life: an outcome this old counts half, one twice as old a quarter; needs ``at``. None: all count alike.
            Together they have to count for `MIN_OUTCOMES`.
        as_of: the moment from which ages are counted, a time or a date, also as text; by default the latest outcome.

    Raises:
        ValidationError: a column is missing, too few outcomes belong to prospects of known risk, all of them bounced (a
            list of bounces alone says of nobody that a mail arrived), or by their age they count for too little.

    Example:
        >>> calibration = op.calibrate(results, outcomes)
        >>> calibration.apply(results.prospects)["calibrated_bounce_risk"].drop_nulls().is_between(0, 100).all()
        True
    """
    return replace(learnt_from(matched(prospects, outcomes), half_life, as_of), from_inbox=outcomes is None)


def learnt_from(
    seen: pl.DataFrame, half_life: timedelta | None = None, as_of: datetime | date | str | None = None
) -> Calibration:
    """Return what `matched` messages say; the other arguments, and what is raised, are those of `calibrate`."""
    if seen.height < MIN_OUTCOMES:
        counts = f"belong to {seen.height} prospects of known risk, of which {int(seen['y'].sum())} bounced"
        raise ValidationError(
            "too little to learn from",
            fields=[FieldProblem("outcomes", counts)],
            next_step=f"At least {MIN_OUTCOMES} are needed; until then use the vendor's risk as it is. Hand in what "
            "mailing tools say with op.outcomes(file).",
        )
    refuse_bounces_alone(seen["y"])
    ages = _ages(seen, half_life, as_of)
    weight = math.fsum(ages)
    if weight < MIN_OUTCOMES:
        worth = f"{weight:.1f}" if weight >= 1 else "less than 1"
        raise ValidationError(
            "too little to learn from",
            fields=[FieldProblem("half_life", f"makes {seen.height} outcomes count for {worth} by their age")],
            next_step=f"They have to count for {MIN_OUTCOMES}: give a longer half_life, or later outcomes; until then "
            "use the vendor's risk as it is.",
        )
    return replace(measured(seen.with_columns(age=ages)), weight=None if half_life is None else weight)


def measured(seen: pl.DataFrame, *, is_judged: bool = True) -> Calibration:
    """Return the calibration from messages: x (stated, 0-1), y (0 or 1), domain, at, age (its weight), address.

    *is_judged* says whether the map is also judged out of fold, which takes most of the time.
    """
    share = share_of(seen["domain"], _fitted(_learn(seen, _ASSUMED.likely), seen), seen["y"].to_numpy(), _ASSUMED)
    curve = _learn(seen, share.likely)
    fitted = seen.with_columns(p=pl.Series(_fitted(curve, seen), dtype=pl.Float64))
    # The curve has its knots at stated risks, but for what their log-odds lose.
    stated = seen["x"].unique().sort().to_numpy()
    knots = stated[np.abs(log_odds(stated)[:, None] - curve.knots).argmin(axis=0)].tolist()
    errors = [(p - y) ** 2 for p, y in zip(seen["x"], seen["y"], strict=True)]
    return Calibration(
        knots=tuple(map(Knot, knots, probability(curve.heights).tolist())),
        covariance=tuple(tuple(map(float, row)) for row in curve.covariance),
        domain_share=share.likely,
        domain_share_high=share.high,
        n=seen.height,
        bounced=int(seen["y"].sum()),
        brier_before=sum(errors) / len(errors),
        brier_after=_brier_out_of_fold(seen, share.likely) if is_judged else math.nan,
        change=_change(fitted, share.likely),
        reliability=_reliability(fitted),
    )


def matched(prospects: object, outcomes: object) -> pl.DataFrame:
    """Return one row a message to prospects of known risk: x (stated, 0-1), y (0 or 1), domain, at.

    Sorted, so that the fit has one answer.

    Every message counts, so that an address that was written to six times is not six times as risky. An address at a
    provider of private mailboxes shares its fate with nobody: it stands for a domain of its own.
    """
    messages = told_outcomes(outcomes, prospects)
    if messages["y"].null_count():
        refuse_bounces_alone(messages["y"])
    known = messages.filter(pl.col("y").is_not_null())
    own = pl.col("domain").fill_null(pl.col("address"))
    stated = recipients(prospects).known.select("address", x="stated", domain=own)
    return stated.join(known, on="address").sort("x", "address", "y", "at")


def _ages(seen: pl.DataFrame, half_life: timedelta | None, as_of: datetime | date | str | None) -> pl.Series:
    """Return how much each outcome counts by its age, 0-1."""
    if half_life is None:
        return pl.Series([1.0] * seen.height)
    if seen["at"].null_count() or half_life <= timedelta(0):
        problem = FieldProblem("half_life", "needs a time in every outcome and a length above zero")
        raise ValidationError(
            "outcomes cannot be weighed by age", fields=[problem], next_step="Give a column ``at``, in dates and times."
        )
    latest = seen["at"].max() if as_of is None else moment_beside("as_of", as_of)
    age = (pl.lit(latest, UTC_TIME) - pl.col("at")).dt.total_seconds(fractional=True).clip(0.0)
    return seen.select((2.0 ** (-age / half_life.total_seconds())).alias("age"))["age"]


def _learn(seen: pl.DataFrame, share: float) -> Curve:
    return fit(gathered(seen["x"].to_numpy(), seen["y"].to_numpy(), _weights(seen, share)))


def _weights(seen: pl.DataFrame, share: float) -> Floats:
    """Return what each message counts: m that share their fate tell as much as m / (1 + share (m - 1)) do."""
    together = pl.col("age") / (1 + share * (pl.len().over("domain") - 1))
    return seen.select(together)["age"].to_numpy()


def _fitted(curve: Curve, seen: pl.DataFrame) -> Floats:
    return probability(np.interp(log_odds(seen["x"].to_numpy()), curve.knots, curve.heights))


def _change(fitted: pl.DataFrame, share: float) -> float | None:
    """Return how likely by luck the later half of the outcomes lies as far from the map as it does (score test)."""
    timed = fitted.drop_nulls("at").sort("at")
    if timed.height < MIN_OUTCOMES or timed["at"].n_unique() < 2:
        return None
    is_late = (timed["at"] > timed["at"].median()).to_numpy()
    p, y, weights = timed["p"].to_numpy(), timed["y"].to_numpy(), _weights(timed, share)
    late, early = (float((weights * p * (1 - p))[part].sum()) for part in (is_late, ~is_late))
    if min(late, early) <= 0:
        return None
    excess = weights * (y - p)
    gap = float(excess[is_late].sum()) - late / (late + early) * float(excess.sum())
    return 2 * (1 - NormalDist().cdf(abs(gap) / math.sqrt(late * early / (late + early))))


def _brier_out_of_fold(seen: pl.DataFrame, share: float) -> float:
    """Judge each fifth of the domains by a map learnt from the others."""
    names = seen.select("domain").unique().sort("domain").with_row_index("fold")
    folded = seen.join(names.with_columns(pl.col("fold") % FOLDS), on="domain").sort("x", "address")
    errors = []
    for fold in range(FOLDS):
        rest, asked = folded.filter(pl.col("fold") != fold), folded.filter(pl.col("fold") == fold)
        predicted = _fitted(_learn(rest, share), asked) if rest.height else asked["x"].to_numpy()
        errors += ((predicted - asked["y"].to_numpy()) ** 2).tolist()
    return math.fsum(errors) / len(errors)


def _reliability(fitted: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for low, high in pairwise(RELIABILITY_EDGES):
        inside = fitted.filter(pl.col("x").is_between(low, high, closed="both" if high == 1 else "left"))
        if inside.is_empty():
            continue
        n, bounced = inside.height, int(inside["y"].sum())
        stated, calibrated = (float(inside[name].sum()) / n for name in ("x", "p"))
        rows.append((low, high, n, bounced, stated, calibrated, bounced / n, *wilson(bounced, n)))
    return pl.DataFrame(rows, schema=RELIABILITY, orient="row")
