"""Learn a `Calibration` from what really bounced.

The vendor's risks are brought in line with the outcomes by an isotonic regression (never falling: who is riskier
stays riskier) over runs of n^(2/3) outcomes. To the outcomes a little of the vendor's own opinion is added: with 100
outcomes it weighs a third, with 300 a twentieth, with 1,000 half a percent. Below `MIN_OUTCOMES`, or with fewer than
`MIN_EACH` of either kind, there is nothing to learn and the function says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise, product
from operator import itemgetter
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.calibration import RELIABILITY, Calibration, Step
from openprospect_nb.analysis.bounces.counts import DOMAIN_SHARE
from openprospect_nb.analysis.bounces.isotonic import pool
from openprospect_nb.analysis.contacts.mailboxes import address
from openprospect_nb.analysis.contacts.recipients import recipients
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.analysis.table import collect, open_table
from openprospect_nb.errors import FieldProblem, ValidationError

MIN_OUTCOMES: Final = 100
MIN_EACH: Final = 5
PRIOR: Final = 50.0  # how many outcomes the vendor's opinion is worth beside `MIN_OUTCOMES` of them
FOLDS: Final = 5
PAIR_PRIOR: Final = 200.0  # pairs of prospects on one domain that the assumed domain share is worth
BANDS: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def calibrate(prospects: object, outcomes: object) -> Calibration:
    """Return what your outcomes say about the vendor's bounce risk.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and ``bounce_risk_score`` (0-100).
        outcomes: a frame with ``email`` and ``bounced`` (true/false or 1/0; null is ignored), one row a message sent;
            the answer is the risk of one message. Send a few riskier prospects in each mailing: above the highest
            stated risk that was ever sent, a calibration knows nothing.

    Raises:
        ValidationError: a column is missing, or too few outcomes belong to prospects of known risk.

    Example:
        >>> calibration = op.calibrate(results, outcomes)
        >>> calibration.apply(results.prospects)["calibrated_bounce_risk"].drop_nulls().is_between(0, 100).all()
        True
    """
    seen = _matched(prospects, outcomes)
    bounced = int(seen["y"].sum())
    _refuse_too_few(seen.height, bounced)
    steps = _fit(seen.select("x", "y").rows())
    fitted = seen.with_columns(p=pl.Series([_value(steps, x) for x in seen["x"]], dtype=pl.Float64))
    return Calibration(
        steps=steps,
        covariance=_covariance(fitted, steps),
        domain_share=_domain_share(fitted),
        n=seen.height,
        bounced=bounced,
        brier_before=_brier(seen["x"], seen["y"]),
        brier_after=_brier_out_of_fold(seen),
        reliability=_reliability(fitted),
    )


def _matched(prospects: object, outcomes: object) -> pl.DataFrame:
    """Return one row a message: x (stated, 0-1), y (0 or 1), domain; sorted, so that the fit has one answer.

    Every message counts, so that an address that was written to six times is not six times as risky. An address at a
    provider of private mailboxes shares its fate with nobody: it stands for a domain of its own.
    """
    table = open_table(outcomes, name="outcomes", required=("email", "bounced"))
    happened = table.lazy.select(address(table).alias("address"), nw.col("bounced").cast(nw.Float64).alias("y"))
    known = collect(happened, ["address", "y"]).cast({"address": pl.String, "y": pl.Float64}).drop_nulls()
    wrong = known.filter(~pl.col("y").is_in([0.0, 1.0])).height
    if wrong:
        raise ValidationError(
            "the outcomes cannot be read",
            fields=[FieldProblem("bounced", f"is neither 0 nor 1 in {wrong} rows")],
            next_step="Give true/false or 1/0.",
        )
    own = pl.col("domain").fill_null(pl.col("address"))
    stated = recipients(prospects).known.select("address", x="stated", domain=own)
    return stated.join(known, on="address").sort("x", "address", "y")


def _refuse_too_few(n: int, bounced: int) -> None:
    if n >= MIN_OUTCOMES and min(bounced, n - bounced) >= MIN_EACH:
        return
    found = f"belong to {n} prospects of known risk, of which {bounced} bounced"
    raise ValidationError(
        "too little to learn from",
        fields=[FieldProblem("outcomes", found)],
        next_step=f"At least {MIN_OUTCOMES} are needed, {MIN_EACH} of them bounced and {MIN_EACH} not; "
        "until then use the vendor's risk as it is.",
    )


def _fit(outcomes: Sequence[tuple[float, float]]) -> tuple[Step, ...]:
    prior = _prior(len(outcomes))
    bins = _bins(outcomes)
    means = [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part), len(part)) for part in bins]
    points = [(float(k), (y + prior * x) / (1 + prior), n) for k, (x, y, n) in enumerate(means)]
    steps = []
    for block in pool(points):
        inside = bins[int(block.first) : int(block.last) + 1]
        value = min(1.0, max(0.0, block.value))
        steps.append(Step(inside[0][0][0], inside[-1][-1][0], value, round(block.weight)))
    return tuple(steps)


def _prior(n: int) -> float:
    """Return the weight of the vendor's opinion beside one outcome; in all it shrinks as outcomes grow."""
    return PRIOR * MIN_OUTCOMES / n**2


def _bins(outcomes: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Return runs of about n^(2/3) outcomes by rising stated risk, equal risks never parted.

    Pooling single outcomes flatters the safe end: its running sums can only lie below those observed. Runs this long
    seldom need pooling, and their error shrinks as fast as that of any monotone fit can (n^(-1/3)).
    """
    least = 1.5 * len(outcomes) ** (2 / 3)
    bins: list[list[tuple[float, float]]] = [[]]
    for _, same in groupby(sorted(outcomes), key=itemgetter(0)):
        if len(bins[-1]) >= least:
            bins.append([])
        bins[-1].extend(same)
    if len(bins) > 1 and len(bins[-1]) < least / 2:
        last = bins.pop()
        bins[-1].extend(last)
    return bins


def _step_of(steps: Sequence[Step], x: float) -> int:
    return next((i for i, step in enumerate(steps) if x <= step.last), len(steps) - 1)


def _value(steps: Sequence[Step], x: float) -> float:
    return steps[_step_of(steps, x)].value


def _covariance(fitted: pl.DataFrame, steps: Sequence[Step]) -> tuple[tuple[float, ...], ...]:
    """Estimate how the steps' values would vary in another sample of domains (cluster-robust), never below binomial.

    What the vendor's say moved the values by is added as an error all steps have in common: it may be for the worse.
    """
    prior = _prior(fitted.height)
    numbered = fitted.with_columns(step=pl.Series([_step_of(steps, x) for x in fitted["x"]], dtype=pl.Int64))
    means = numbered.group_by("step").agg(pl.len().alias("n"), (pl.col("y") - pl.col("x")).mean().alias("gap"))
    facts = {step: (n * (1 + prior), gap * prior / (1 + prior)) for step, n, gap in means.rows()}
    weights, moved = zip(*(facts.get(i, (1.0, 0.0)) for i in range(len(steps))), strict=True)
    sums = numbered.group_by("domain", "step").agg((pl.col("y") - pl.col("p")).sum().alias("r")).sort("domain", "step")
    matrix = [[a * b for b in moved] for a in moved]
    for (_,), part in sums.group_by("domain", maintain_order=True):
        for (i, r), (j, other) in product(part.select("step", "r").rows(), repeat=2):
            matrix[i][j] += r * other / (weights[i] * weights[j])
    for i, step in enumerate(steps):
        matrix[i][i] = max(matrix[i][i], _binomial_variance(step.value, weights[i]) + moved[i] ** 2)
    return tuple(tuple(row) for row in matrix)


def _binomial_variance(rate: float, weight: float) -> float:
    # One more of each kind, so that a step on which nothing bounced is not taken for certain.
    smoothed = (rate * weight + 1) / (weight + 2)
    return smoothed * (1 - smoothed) / max(weight, 1.0)


def _domain_share(fitted: pl.DataFrame) -> float:
    """Solve for the share at which pairs on one domain bounce together as often as they did; held to the default."""
    safe = 1 - pl.col("p")
    left = pl.col("y") - pl.col("p")
    domains = (
        fitted.group_by("domain")
        .agg(
            pl.len().alias("m"),
            pl.col("p").min().alias("lowest"),
            ((safe.sum() ** 2 - (safe**2).sum()) / 2).alias("room"),
            ((left.sum() ** 2 - (left**2).sum()) / 2).alias("together"),
        )
        .filter(pl.col("m") > 1)
        .sort("domain")
    )
    if domains.is_empty():
        return DOMAIN_SHARE
    pairs = float((domains["m"] * (domains["m"] - 1) / 2).sum())
    found = _solve_share(domains.select("lowest", "room").rows(), float(domains["together"].sum()))
    return (pairs * found + PAIR_PRIOR * DOMAIN_SHARE) / (pairs + PAIR_PRIOR)


def _solve_share(domains: Sequence[tuple[float, float]], together: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        dead = [(min(middle * lowest, 0.999), room) for lowest, room in domains]
        if sum(q / (1 - q) * room for q, room in dead) < together:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _brier(predicted: Iterable[float], happened: Iterable[float]) -> float:
    errors = [(p - y) ** 2 for p, y in zip(predicted, happened, strict=True)]
    return sum(errors) / len(errors)


def _brier_out_of_fold(seen: pl.DataFrame) -> float:
    """Judge each fifth of the domains by a map learnt from the others."""
    names = seen.select("domain").unique().sort("domain").with_row_index("fold")
    folded = seen.join(names.with_columns(pl.col("fold") % FOLDS), on="domain").sort("x", "address")
    predicted: list[float] = []
    happened: list[float] = []
    for fold in range(FOLDS):
        rest = folded.filter(pl.col("fold") != fold).select("x", "y").rows()
        asked = folded.filter(pl.col("fold") == fold)
        steps = _fit(rest) if rest else ()
        predicted += [_value(steps, x) if steps else x for x in asked["x"]]
        happened += asked["y"].to_list()
    return _brier(predicted, happened)


def _reliability(fitted: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for low, high in pairwise(BANDS):
        inside = fitted.filter(pl.col("x").is_between(low, high, closed="both" if high == BANDS[-1] else "left"))
        if inside.is_empty():
            continue
        n, bounced = inside.height, int(inside["y"].sum())
        stated, calibrated = (float(inside[name].sum()) / n for name in ("x", "p"))
        rows.append((low, high, n, bounced, stated, calibrated, bounced / n, *wilson(bounced, n)))
    return pl.DataFrame(rows, schema=RELIABILITY, orient="row")
