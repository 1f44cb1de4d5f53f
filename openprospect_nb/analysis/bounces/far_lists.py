"""The safest recipients of a list that stays in DuckDB or Spark: sums over risks say how many can matter, these come.

The engine sums what each bin of risk adds to the moments of the bounces, so that the moments of every head are known to
a bin. Whoever stands so far behind that more bounces than are allowed are to be expected is in no list; only those
before come here, and the list is chosen among them as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.audience import Heads
from openprospect_nb.analysis.bounces.belief import FLOOR, Belief
from openprospect_nb.analysis.bounces.far_forecast import FAR
from openprospect_nb.analysis.bounces.list_sizes import averaged_tail, counts_between, tail_at_edge
from openprospect_nb.analysis.bounces.poisson_binomial import Floats, Ints
from openprospect_nb.analysis.bounces.promises import BOUGHT, LONGEST, MONTH, Promise
from openprospect_nb.analysis.contacts.recipients import SCHEMA, Recipients, once_there, rows_there
from openprospect_nb.analysis.table import Lazy, collect, held, rows_in

_BINS: Final = 2_000
_FEWEST: Final = LONGEST // min(BOUGHT) + 1  # with fewer, ways out of a tiny list would look as if there were no more
_LEAST_SURE: Final = 0.51  # the count exceeds its mean less one in half of all cases, and no promise is worth less
# What each adds, and what the domains add beside it where one die is thrown for each.
_MOMENTS: Final = ("mean", "variance", "third", "more", "more_third")
_ORDER: Final = ("p", "stated", "address")


@dataclass(frozen=True, slots=True)
class FarRecipients:
    """Who could be written to, where the rows are, and what each bin of risk adds.

    Attributes:
        rows: ``address``, ``domain``, ``p``, ``stated`` (0-1), ``tier`` and ``bin``; a row an address of known risk.
        bins: by rising ``bin`` its rows ``n``, its highest ``p``, its mean ``stated`` risk, and of the moments what it
            adds, at the risks as they are believed and, behind ``edge_``, with the odds as a promise has to see them.
        belief: what is known beyond the vendor's risk.
        left_out: nobody, and who is of unknown risk, not sendable, or there already.
        assumed: how many have no stated risk and count with an assumed one.
    """

    rows: Lazy
    bins: pl.DataFrame
    belief: Belief
    left_out: Recipients
    assumed: int = 0

    @property
    def size(self) -> int:
        """How many have a known risk."""
        return int(self.bins["n"].sum())

    def nearest(self, asked: Promise, *, as_stated: bool = False) -> Recipients:
        """Return the safest, first those who are, as far down as a list that keeps the promise can reach.

        *as_stated*: as far as any of its ways out can.
        """
        slack = asked.limit * asked.budget.sent - asked.budget.bounced
        if asked.kept == "confidence":
            slack += 1 + (asked.limit * max(MONTH) if as_stated else 0)
        name = "mean" if as_stated or asked.kept == "expected" else "edge_mean"
        sizes = self.bins["n"].cum_sum().to_numpy()
        behind = self.bins[name].cum_sum().to_numpy() - asked.limit * sizes - slack
        # What is expected beyond the limit falls first, then rises for good: between two bins it may touch the ground.
        last = max(int(np.argmin(behind)), *np.flatnonzero(behind <= 0)[-1:], int(np.searchsorted(sizes, _FEWEST)))
        bins = self.bins["bin"][: last + 2]
        near = collect(self.rows.filter(nw.col("bin") <= int(bins[-1])), SCHEMA.names()[:-1])
        known = near.with_columns(row=None).cast(SCHEMA)
        return replace(self.left_out, known=known).safest_first()

    def frontier(self, sizes: Ints, asked: Promise) -> pl.DataFrame:
        """Return rows of a frontier at these sizes: about, and so do the counts and chances of `Sizes`."""
        there, allowed = self.heads(sizes), asked.allowed_of(sizes)
        times, stated = self.bins["n"].cast(pl.Float64).to_numpy(), self.bins["stated"].to_numpy()
        spreads = np.interp(sizes, times.cumsum(), self.belief.spreads(stated, times))
        low, high = counts_between(there, sizes, spreads, asked.interval)
        if self.belief.calibration is None:
            over = tail_at_edge(self.heads(sizes, at_edge=True), sizes, allowed)
        else:
            over = averaged_tail(there, sizes, allowed, self.belief.caution * spreads)
        highest = self.bins["p"].to_numpy()[np.searchsorted(times.cumsum(), sizes)]
        columns = {"size": sizes, "expected": there.mean, "low": low, "high": high, "rate": there.mean / sizes}
        return pl.DataFrame({**columns, "p_over": over, "highest_risk": highest})

    def heads(self, sizes: Ints, *, at_edge: bool = False) -> Heads:
        """Return about the moments of the bounces of the safest so many."""
        share = np.array(self.belief.shares)[:, None]
        mean, slope, third, more, more_third = (
            self._until(sizes, ("edge_" if at_edge else "") + name) for name in _MOMENTS
        )
        return Heads(mean, slope, slope + share * more, third + share * more_third)

    def _until(self, sizes: Ints, name: str) -> Floats:
        ends = np.concatenate([[0], self.bins["n"].cum_sum().to_numpy()])
        sums = np.concatenate([[0.0], self.bins[name].cum_sum().to_numpy()])
        return np.asarray(np.interp(sizes, ends, sums), dtype=np.float64)


@contextmanager
def far_recipients(
    prospects: object, belief: Belief, asked: Promise, unknown_risk: float | None
) -> Iterator[FarRecipients | None]:
    """Yield the recipients of a long list in DuckDB or Spark; None of any other, or where all have to be seen.

    They are worked out once, for all that is asked of them.
    """
    is_sure = asked.kept != "confidence" or asked.confidence >= _LEAST_SURE
    rows = rows_there(prospects, belief.calibration) if is_sure else None
    if rows is None or (given := rows_in(rows)) < FAR:
        yield None
        return
    with held(once_there(rows)) as once:
        yield _far(once, given, belief, unknown_risk)


def _far(once: Lazy, given: int, belief: Belief, unknown_risk: float | None) -> FarRecipients | None:
    sums = {"distinct": nw.len(), "known": nw.col("p").count(), "rows": nw.col("rows").sum()}
    distinct, of_known_risk, sendable = map(int, collect(once.select(**sums), list(sums)).fill_null(0).row(0))
    unknown = distinct - of_known_risk if unknown_risk is None else 0
    if distinct - unknown < FAR:
        return None
    risk = nw.col("p") if unknown_risk is None else nw.col("p").fill_null(unknown_risk)
    known = once.with_columns(risk.alias("p")).filter(~nw.col("p").is_null())
    # A measured map has one risk for many stated ones: then these say who is safer, unless some risks are assumed.
    told = nw.col("p" if belief.calibration is None or unknown_risk is not None else "stated")
    parts = {
        "p": nw.col("p") / 100,
        "stated": nw.coalesce(nw.col("stated"), nw.col("p")) / 100,
        "bin": (told * _BINS / 100).floor().cast(nw.Int64),
    }
    lazy = known.select("address", "domain", "tier", **parts)
    nobody = Recipients(pl.DataFrame(schema=SCHEMA), unknown, given - sendable, sendable - distinct)
    return FarRecipients(lazy, _bins(lazy, belief), belief, nobody, distinct - of_known_risk - unknown)


def _bins(rows: Lazy, belief: Belief) -> pl.DataFrame:
    """Return what each bin of risk adds to the moments of a head: apart, and beside it if all on a domain are one.

    Of one die for a domain, the next one, riskier than all so far, adds to the variance 2 A (1 - q) and to the third
    moment 3 (1 - q) (B + A (1 - 2 q) - 2 A^2) more than one apart; A and B are the sums of p and of (2 k - 1) p over
    those so far, k counted from the riskiest.
    """
    floored = nw.when(nw.col("p") > FLOOR).then(nw.col("p")).otherwise(nw.lit(FLOOR))
    risk = floored if belief.calibration is None else nw.col("p")
    factor = float(np.exp(belief.edge))
    odds = {"": risk, "edge_": risk * factor / (1 - risk + risk * factor)}
    lazy = rows.with_columns(**{f"{odd}q": q for odd, q in odds.items()})
    lazy = lazy.with_columns(**{f"{odd}a": _so_far(nw.col(f"{odd}q")) for odd in odds})
    twice = {odd: nw.col(f"{odd}q") + 2 * nw.col(f"{odd}a") for odd in odds}
    lazy = lazy.with_columns(**{f"{odd}t": value for odd, value in twice.items()})
    lazy = lazy.with_columns(**{f"{odd}b": _so_far(nw.col(f"{odd}t")) for odd in odds})
    added = {f"{odd}{name}": value for odd in odds for name, value in _added(odd).items()}
    totals = {"n": nw.len(), "p": nw.col("p").max(), "stated": nw.col("stated").mean()}
    summed = lazy.with_columns(**added).group_by("bin").agg(**totals, **{name: nw.col(name).sum() for name in added})
    table = collect(summed, ["bin", *totals, *added])
    whole = table.with_columns(pl.col("bin", "n").cast(pl.Int64), pl.col("p", "stated", *added).cast(pl.Float64))
    return whole.sort("bin")


def _so_far(value: nw.Expr) -> nw.Expr:
    """Return the sum over those on the same domain who are safer."""
    return value.cum_sum().over("domain", order_by=list(_ORDER)) - value


def _added(odd: str) -> dict[str, nw.Expr]:
    q, a, b = (nw.col(f"{odd}{name}") for name in "qab")
    has_domain = ~nw.col("domain").is_null()
    values = (
        q,
        q * (1 - q),
        q * (1 - q) * (1 - 2 * q),
        2 * a * (1 - q),
        3 * (1 - q) * (b + a * (1 - 2 * q) - 2 * a * a),
    )
    shared = (nw.when(has_domain).then(value).otherwise(nw.lit(0.0)) for value in values[3:])
    return dict(zip(_MOMENTS, (*values[:3], *shared), strict=True))
