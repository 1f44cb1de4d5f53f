"""The largest list that keeps its bounce rate below a limit with a stated confidence, and what other sizes would risk.

For recipients on different domains the k safest are the best list of k, so the largest list is found among the
sizes alone. Where recipients share a domain the same order is kept: safest first. A list of k may bounce
floor(limit * k) times, so the risk falls each time one more bounce is allowed and rises in between.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, overload

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.belief import DOUBT, Belief
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.far_lists import FarRecipients, far_recipients
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, BounceForecast, Terms, check_rates, forecast_of
from openprospect_nb.analysis.bounces.list_sizes import Sizes
from openprospect_nb.analysis.bounces.promises import Budget, Promise, Way, budget_of, other_limits, ways_out
from openprospect_nb.analysis.contacts.mailboxes import address
from openprospect_nb.analysis.contacts.recipients import (
    NEVER_SENT,
    TIER,
    Recipients,
    calibrated,
    open_prospects,
    recipients,
    tiered,
)
from openprospect_nb.analysis.contacts.tiers import is_kept_out
from openprospect_nb.analysis.contacts.validations import bounce_risk, stated_risk
from openprospect_nb.analysis.replies.choosing import most_replies
from openprospect_nb.analysis.replies.learning import Answers
from openprospect_nb.analysis.table import (
    ROW,
    FrameT,
    Lazy,
    OpenTable,
    first_of_each,
    prospects_with_companies,
    read_whole,
)
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table, percent

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
_MAIL: Final = "__op_send_mail"
_PLACE: Final = "__op_send_place"
_P: Final = "__op_send_p"
_STATED: Final = "__op_send_stated"
NativeT = TypeVar("NativeT")
Kept: TypeAlias = Literal["confidence", "expected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendList(Faced, Generic[NativeT]):
    """A list that keeps a promise: P(bounce rate > limit) <= 1 - confidence, as far as its ``basis`` is true.

    Attributes:
        prospects: the chosen rows, safest first, in the caller's kind of frame; one row an address.
        size: how many; 0 when no list keeps the promise. max_bounce_rate, confidence, promise: what was asked.
        sent, bounced: messages sent before that the limit counts too (``outcomes=`` of the call), and their bounces.
        p_over: P(rate > limit), of these and the list together, as the promise sees it: without a calibration, were the
            vendor's odds the full doubt too low; with one, averaged over what it leaves open.
        basis: where the risks come from: "vendor's word" with the doubt about it, or "measured on n outcomes"; and how
            many of them you assumed.
        assumed, assumed_risk: how many of ``size`` and ``beyond`` have no stated risk, and the one (0-100) you gave.
        doubt, outcomes: the same as numbers: the factor, and how many outcomes; None where there is a calibration, or
            none.
        forecast: the `BounceForecast` of this list, which averages over the doubt.
        ways_out: what else could be done, in numbers, where the list is so small that not one bounce is allowed, or
            empty: `Way` rows, each what asking so gives, the same messages sent before.
        frontier: `FRONTIER`; a row a list size: expected bounces, their interval at the confidence, the rate 0-1,
            P(rate > limit) as ``p_over``, and the risk (0-1) of the last one let in. At most 100 sizes, the
            chosen one among them; all but its ``p_over`` are approximate (to 0.02 where ten or more bounces squared
            of variance make the count smooth).
        beyond: addresses of known risk that did not fit.
        unknown: addresses of unknown risk, left out unless you gave ``unknown_risk``.
        not_sendable, duplicates: rows without a usable address, or suppressed; rows repeating an address.
        origin: the `Results` it was made from, if it was made from one.
        suppressed: addresses that stayed out because a list keeps them out; a `ramp` draws none of them either.
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
    p_over: float
    basis: str
    doubt: float | None = None
    outcomes: int | None = None
    assumed: int = 0
    assumed_risk: float | None = None
    promise: Kept = "confidence"
    sent: int = 0
    bounced: int = 0
    ways_out: tuple[Way, ...] = ()
    frontier: pl.DataFrame = field(compare=False)
    origin: Results | None = field(default=None, compare=False, repr=False)
    suppressed: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_tiny(self) -> bool:
        """Whether the list is so small that the promise allows not one bounce of it."""
        return bool(self.size) and self._asked.is_tiny(self.size)

    @property
    def _asked(self) -> Promise:
        return Promise(self.max_bounce_rate, self.confidence, self.promise, Budget(self.sent, self.bounced))

    def _card(self) -> Card:
        left = (
            (self.beyond, "too risky"),
            (self.unknown, "of unknown risk"),
            (self.not_sendable - len(self.suppressed), "without an address"),
            (len(self.suppressed), "suppressed"),
        )
        facts = (
            ("bounces expected", self._expected if self.size else None),
            ("left out", ", ".join(f"{count} {why}" for count, why in left if count) or "nobody"),
        )
        fits = "Only a tiny list fits" if self.size else "No list fits"
        ways = card_table((f"{fits}. Ways out",), [(str(way),) for way in self.ways_out])
        calls = ('op.export(listed, "list.csv")', "op.charts.send_frontier(listed)", "op.report(listed)")
        table = ways if self.ways_out else None
        return Card(kind="Send list", answer=self._answer, facts=facts, doubt=self._doubt, table=table, calls=calls)

    @property
    def _doubt(self) -> str:
        if self.outcomes is not None:
            return f"It is {self.basis}, for people like those, as long as it stays so."
        if self.promise == "expected":
            stated = "assumed" if self.assumed == self.size + self.beyond else "stated"
            return f"It takes risks as they are {stated}: where odds of a bounce are higher, so is the rate to expect."
        nothing = "these risks are wrong" if self.assumed else "stated risks mean nothing"
        return f"It rests on the {self.basis}: if {nothing}, it does not hold; op.ramp does."

    @property
    def _answer(self) -> str:
        limit, sure = percent(self.max_bounce_rate, 1), percent(self.confidence)
        before = f"with the {self.sent:,} sent before ({self.bounced:,} bounced) " if self.sent else ""
        if not self.size:
            refused = f"{before}no list keeps bounces at {limit} or below."
            return refused[0].upper() + refused[1:] if self.beyond else "Nobody here has a known risk."
        if self.promise == "expected":
            promised = f"{before}{limit} expected"
        else:
            # In so small a list one bounce is more than the limit.
            kept = "not one bounces" if self.is_tiny else f"{before}at most {limit} bounce"
            promised = f"{kept}, {sure} sure"
        return f"Mail {self.size} people: {promised}."

    @property
    def _expected(self) -> str:
        """Return the bounces to expect; their rate where the limit is one of more messages than the list's."""
        own = f", {percent(self.forecast.rate, 1)} of this list" if self.sent else ""
        return f"{self.forecast.low} to {self.forecast.high} of {self.size} (mean {self.forecast.expected:.1f}{own})"

    def __repr__(self) -> str:
        """Return the size, the promise and what it rests on, what stays behind, and ways out of a tiny list."""
        addressless = f", {self.not_sendable} without a usable address or suppressed" if self.not_sendable else ""
        fits = "Not one bounce is allowed in so small a list" if self.size else "No list keeps the limit"
        out = "".join(f"\n  {way}" for way in self.ways_out)
        return (
            f"SendList({self.size} prospects, {self._kept}; {self.basis}; "
            f"{self.beyond} too risky, {self.unknown} of unknown risk{addressless} left out)"
            + (f"\n{fits}. Ways out:{out}" if out else "")
        )

    @property
    def _kept(self) -> str:
        """Return what is kept in numbers, or passed: of the list, and of the messages before it."""
        before = f" with the {self.sent:,} sent before" if self.sent else ""
        own = f", {self.forecast.rate:.1%} of this list expected" if self.sent and self.forecast.rate else ""
        if self.promise == "confidence":
            most, is_kept = 1 - self.confidence, self.p_over <= 1 - self.confidence
            sign = "<=" if is_kept else ">"
            return f"P(rate > {self.max_bounce_rate:.1%}{before}) = {self.p_over:.2f} {sign} {most:.2f}{own}"
        rate = (self.bounced + self.forecast.expected) / max(1, self.sent + self.size)
        sign = "<=" if rate <= self.max_bounce_rate + 1e-9 else ">"
        return f"expected rate{before} {rate:.1%} {sign} {self.max_bounce_rate:.1%}, no more is promised{own}"


@overload
def send_list(
    prospects: Results,
    max_bounce_rate: float = BOUNCE_LIMIT,
    confidence: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    unknown_risk: float | None = None,
    doubt: float = DOUBT,
    promise: Kept = "confidence",
    outcomes: object = None,
    maximise: Literal["size", "replies"] = "size",
    answers: Answers | None = None,
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
    doubt: float = DOUBT,
    promise: Kept = "confidence",
    outcomes: object = None,
    maximise: Literal["size", "replies"] = "size",
    answers: Answers | None = None,
) -> SendList[FrameT]: ...
def send_list(
    prospects: object,
    max_bounce_rate: float = BOUNCE_LIMIT,
    confidence: float = 0.9,
    *,
    calibration: Calibration | None = None,
    domain_share: float | None = None,
    unknown_risk: float | None = None,
    doubt: float = DOUBT,
    promise: Kept = "confidence",
    outcomes: object = None,
    maximise: Literal["size", "replies"] = "size",
    answers: Answers | None = None,
) -> SendList[Any]:
    """Return the largest list of prospects with P(bounce rate > limit) <= 1 - confidence.

    The promise is worth what the risks are worth. Without outcomes it holds where the vendor's odds are up to *doubt*
    times too low, and not where stated risks mean nothing: no arithmetic can know that, outcomes show it. With a
    calibration it holds for prospects like those it was learnt from, as long as what was true then still is. It holds
    for any share of fate on a domain up to the one reckoned with, not across domains. `ramp` promises a limit whatever
    is true. The page "Can I trust it?" (docs/trust.md) shows where promises were kept.

    Of 50,000 recipients and more in DuckDB or Spark only sums by risk, the chosen and a few
    behind them come into this process; the frontier beyond these is told from the sums.

    Unlike `plan`, which is asked anew before each part, a list is a decision that is acted on for days. So it looks
    into no inbox: made again tomorrow it is the same list, though outcomes of its first portions came in meanwhile, a
    `ramp` goes on where it was, and a report of the same results says the same. To use what `op.outcomes` keeps, say
    so: ``calibration=op.calibrate(results)``, as the code of the desk does.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and a risk (see `bounce_forecast`); if it comes from
            `contactable`, its tiers count and the suppressed stay out; who is ``excluded`` (`exclude`) does too.
        max_bounce_rate: the limit, 0-1; 2 % is a convention, not a law.
        confidence: how sure the promise is, 0-1.
        calibration: your own outcomes, as in `bounce_forecast`.
        domain_share: 0-1, as in `bounce_forecast`.
        unknown_risk: 0-100, a risk to assume where none is known; None keeps those prospects out.
        doubt: without a calibration, how many times higher than stated the odds may be; 1 takes the vendor at its
            word.
        promise: "confidence" as above; "expected": the largest list whose *expected* rate keeps the limit, which
            the true rate then exceeds about every other time.
        outcomes: what was sent already under the same limit, a row a message with ``bounced``: the promise is then
            over those and this list together, such as all sends of one sending domain in one month.
        maximise: "size", or "replies": the list under the same promise from which the most replies are to be expected.
        answers: for "replies", what `op.answers` learnt; for a `Results` or a Polars frame.

    Raises:
        ValidationError: a needed column is missing, or a rate is out of range.

    Example:
        >>> sending = op.send_list(results, max_bounce_rate=0.05, confidence=0.9)
        >>> sending.p_over <= 0.1
        True
        >>> left_out = sending.beyond + sending.unknown + sending.not_sendable + sending.duplicates
        >>> sending.size + left_out == results.prospects.height
        True
    """
    check_rates(max_bounce_rate=max_bounce_rate, confidence=confidence, domain_share=domain_share)
    belief = Belief(calibration, domain_share, doubt)
    asked = Promise(max_bounce_rate, confidence, promise, Budget() if outcomes is None else budget_of(outcomes))
    # For the most replies all are looked at.
    there = far_recipients(prospects, belief, asked, unknown_risk) if maximise == "size" else nullcontext()
    with there as far:
        near = _nearest(far, asked) if far else _all_of(prospects, calibration, unknown_risk)
        known = most_replies(near.known, prospects, answers, asked, belief) if maximise == "replies" else near.known
        sizes = Sizes(known, belief)
        chosen = asked.largest(sizes)
        listed, over = replace(near, known=known.head(chosen)), asked.over(sizes, chosen)
        return SendList(
            prospects=_rows_of(prospects, listed.known, calibration, unknown_risk),
            size=chosen,
            max_bounce_rate=max_bounce_rate,
            confidence=confidence,
            promise=promise,
            p_over=over,
            forecast=forecast_of(listed, Terms(max_bounce_rate, asked.interval, sizes.belief)),
            ways_out=ways_out(known, sizes, asked, chosen),
            frontier=_frontier(known, sizes, asked, chosen, over, far),
            beyond=(far.size if far else near.known.height) - chosen,
            **_made_from(prospects, belief, asked.budget, near),
            **_assumed(prospects, belief, unknown_risk, far or near),
        )


def _made_from(prospects: object, belief: Belief, budget: Budget, near: Recipients) -> dict[str, Any]:
    """Return what a list says of where it comes from, what was before it, and of whom it never looked at."""
    apart = {"unknown": near.unknown, "not_sendable": near.not_sendable, "duplicates": near.duplicates}
    apart |= {"sent": budget.sent, "bounced": budget.bounced}
    measured = belief.calibration
    origin = prospects if isinstance(prospects, Results) else None
    doubt, outcomes = (belief.doubt, None) if measured is None else (None, measured.n)
    return {**apart, "origin": origin, "doubt": doubt, "outcomes": outcomes, "suppressed": near.suppressed}


def _assumed(
    prospects: object, belief: Belief, unknown_risk: float | None, all_of: FarRecipients | Recipients
) -> dict[str, Any]:
    """Return what the risks rest on, and how many have none but the *unknown_risk* of whoever asked."""
    if unknown_risk is None:
        return {"basis": str(belief)}
    if isinstance(all_of, FarRecipients):
        assumed, whole = all_of.assumed, all_of.size
    else:
        assumed = recipients(prospects, calibration=belief.calibration).unknown - all_of.unknown
        whole = all_of.known.height
    basis = belief.resting_on(assumed, whole, unknown_risk)
    return {"basis": basis, "assumed": assumed, "assumed_risk": unknown_risk if assumed else None}


def _all_of(prospects: object, calibration: Calibration | None, unknown_risk: float | None) -> Recipients:
    """Return everybody who could be written to, safest first."""
    return recipients(prospects, calibration=calibration, unknown_risk=unknown_risk).safest_first()


def _nearest(far: FarRecipients, asked: Promise) -> Recipients:
    """Return those among whom a list of an engine's rows is chosen; more where it is tiny and has ways out."""
    near = far.nearest(asked)
    sizes = Sizes(near.known, far.belief)
    chosen = asked.largest(sizes)
    if not asked.is_tiny(chosen):
        return near
    limits = [replace(asked, limit=limit) for limit in other_limits(sizes, asked, chosen)[-1:]]
    further = [far.nearest(asked, as_stated=True), *map(far.nearest, limits)]
    return max(further, key=lambda each: each.known.height)


def _frontier(
    known: pl.DataFrame, sizes: Sizes, asked: Promise, chosen: int, over: float, far: FarRecipients | None
) -> pl.DataFrame:
    if known.is_empty():
        return pl.DataFrame(schema=FRONTIER)
    whole = far.size if far else known.height
    count = min(FRONTIER_POINTS - 1, whole)
    shown = np.unique([round((i + 1) * whole / count) for i in range(count)] + [chosen] * (chosen > 0))
    inside, outside = shown[shown <= known.height], shown[shown > known.height]
    allowed = asked.allowed_of(inside)
    mean = sizes.heads.mean[inside - 1]
    over_each = np.where(inside == chosen, over, sizes.screened(inside, allowed))
    risks = known["p"].to_numpy()[inside - 1]
    columns = [inside, mean, *sizes.between(inside, asked.interval), mean / inside, over_each, risks]
    near = pl.DataFrame(columns, schema=FRONTIER)
    return pl.concat([near, far.frontier(outside, asked).cast(FRONTIER)]) if far else near


def _rows_of(prospects: object, head: pl.DataFrame, calibration: Calibration | None, unknown_risk: float | None) -> Any:
    """Return the caller's rows of the chosen addresses, safest first."""
    if isinstance(prospects, Results):
        return prospects_with_companies(replace(prospects, prospects=prospects.prospects[head["row"]]))
    table = open_prospects(prospects)
    if table.is_eager:
        return read_whole(table.lazy.select(table.columns))[head["row"]]
    if table.engine is nw.Implementation.POLARS:
        return table.give_back_sorted(_joined(table, head), table.columns)
    return _searched(calibrated(table, calibration), head, unknown_risk, table.columns)


def _joined(table: OpenTable, head: pl.DataFrame) -> Lazy:
    """Find the rows by their addresses: of several with one address the first that may be sent."""
    mailed = table.lazy.with_columns(address(table).alias(_MAIL))
    allowed = mailed.filter(~is_kept_out(table))
    sendable = allowed.filter(~pl.col("tier").is_in(NEVER_SENT)) if "tier" in table.columns else allowed
    places = head.lazy().select(pl.col("address").alias(_MAIL)).with_row_index(_PLACE)
    found = sendable.join(places, on=_MAIL, how="inner")
    return first_of_each(found, _MAIL, [ROW]).sort(_PLACE)


def _searched(table: OpenTable, head: pl.DataFrame, unknown_risk: float | None, columns: tuple[str, ...]) -> Any:
    """Find the rows where they are, without sending addresses there: up to the last one by risk and address."""
    known_risk = bounce_risk(table) if unknown_risk is None else bounce_risk(table).fill_null(unknown_risk)
    stated = nw.coalesce(stated_risk(table), known_risk) / 100
    keyed = tiered(table).with_columns(address(table).alias(_MAIL), (known_risk / 100).alias(_P), stated.alias(_STATED))
    sendable = keyed.filter(~nw.col(TIER).is_in(NEVER_SENT))
    worst = sendable.with_columns(nw.col(_P, _STATED).max().over(_MAIL)).filter(~nw.col(_P).is_null())
    inside = nw.col(_P) < 0
    for edge, stated, name in head.select("p", "stated", "address").tail(1).rows():
        before = (nw.col(_STATED) < stated) | ((nw.col(_STATED) == stated) & (nw.col(_MAIL) <= name))
        inside = (nw.col(_P) < edge) | ((nw.col(_P) == edge) & before)
    once = worst.filter(inside).unique(_MAIL, keep="first", order_by=[_P, _STATED, _MAIL]).sort(_P, _STATED, _MAIL)
    return table.give_back_sorted(once, columns)
