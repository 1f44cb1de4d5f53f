"""`ramp`: a list in daily portions with a stop rule, so that the month's bounces stay below the limit whatever is true.

The promise needs no model of who bounces. Portions are random samples of the list (`sending.finite`), so that what came
back says how many of the rest would, however wrong the vendor is and whoever shares a fate. Before each portion two
things are asked: how many of the list may bounce at most (bounds that hold at every look at once, risk / 2), and how
large a portion may be so that, were it that many, the bounces left of the budget are exceeded with a chance of at most
risk / 2 times the portion's share of the list. Those chances add up to at most *risk* over the whole ramp.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, BounceForecast, bounce_forecast, check_rates
from openprospect_nb.analysis.bounces.send_lists import SendList
from openprospect_nb.analysis.contacts.outcomes import known_outcomes, moment_beside, not_again_among
from openprospect_nb.analysis.contacts.recipients import (
    NEVER_SENT,
    TIER,
    calibrated,
    open_prospects,
    recipients,
    tiered,
)
from openprospect_nb.analysis.intervals import z_value
from openprospect_nb.analysis.sending.finite import Urn, largest_portion, shape_of
from openprospect_nb.analysis.table import collect
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced

DAYS: Final = pl.Schema(
    {
        "day": pl.Int64(),
        "messages": pl.Int64(),
        "explored": pl.Int64(),
        "sent": pl.Int64(),
        "expected": pl.Float64(),
        "low": pl.Int64(),
        "high": pl.Int64(),
        "stop_at": pl.Int64(),
    }
)
DOMAINS: Final = pl.Schema(
    {
        "domain": pl.String(),
        "mailboxes": pl.Int64(),
        "messages": pl.Int64(),
        "budget": pl.Int64(),
        "bounced": pl.Int64(),
    }
)
PER_DAY: Final = 40
"""Messages a mailbox and day at full pace, where nothing else is asked; a convention of senders, not a law."""
PACE: Final = (0.2, 0.4, 0.6, 0.8)  # of the full pace, on the first days
LONGEST: Final = 400  # days
INTERVAL: Final = 0.9
State = Literal["go", "slow", "stop", "done"]
_ADDRESS: Final = pl.col("email").cast(pl.String).str.strip_chars().str.to_lowercase()
_ADDED: Final = ("ramp_day", "ramp_mailbox", "explored")


@dataclass(frozen=True, slots=True, kw_only=True)
class RampDecision(Faced):
    """What to do after the outcomes that are known.

    Attributes:
        state: "go" (the next portion as planned), "slow" (a smaller one), "stop", or "done".
        why: the same in a sentence.
        sent, bounced: messages of the ramp whose outcome is known, and how many of them bounced; ``from_inbox``
            if that is what `op.outcomes` keeps.
        low, high: the rate of the whole list, 0-1, between bounds that hold at every look at once.
        today: the prospects to send to now; empty where the answer is to stop. Nobody is among them who unsubscribed,
            complained or bounced (not softly) in any mailing that is known.
        domains: `DOMAINS`; a sending domain each, with its budget of bounces and how many it has had.
    """

    state: State
    why: str
    sent: int
    bounced: int
    low: float
    high: float
    today: pl.DataFrame = field(compare=False)
    domains: pl.DataFrame = field(compare=False)
    from_inbox: bool = False

    def __repr__(self) -> str:
        """Return the decision and what it rests on, no address."""
        return (
            f"RampDecision({self.state}: {self.why}; {self.bounced} of {self.sent}{self._inbox} bounced, "
            f"the list bounces at {self.low:.1%} to {self.high:.1%})"
        )

    @property
    def _inbox(self) -> str:
        return " outcomes from the inbox" if self.from_inbox else ""

    def _card(self) -> Card:
        now = f"{self.today.height:,} messages now."
        answers = {
            "go": f"Send the next portion: {now}",
            "slow": f"Send a smaller portion: {now}",
            "stop": "Stop: send no more of this list.",
            "done": "Done: nothing is left to send.",
        }
        return Card(
            kind="Ramp, today",
            answer=answers[self.state],
            facts=[
                ("bounced so far", f"{self.bounced:,} of {self.sent:,}{self._inbox}"),
                ("the list bounces at", f"{self.low:.1%} to {self.high:.1%}"),
                *((row["domain"], _domain_words(row)) for row in self.domains.iter_rows(named=True)),
            ],
            doubt=self.why,
            calls=('op.export(decision.today, "today.csv")',) if self.today.height else (),
        )


@dataclass(frozen=True, kw_only=True)
class Ramp(Faced):
    """A list in daily portions, and when to stop.

    Attributes:
        prospects: the rows in the order in which they are sent, with ``ramp_day``, ``ramp_mailbox`` (its number, or the
            address given) and ``explored`` (whether it was drawn from the riskier ones).
        plan: `DAYS`; a row a day as it goes where as many bounce as forecast: messages, riskier ones among them, sent
            so far, bounces expected so far with an interval (90 %), and from how many bounces on to stop that evening.
        domains: `DOMAINS`; how many bounces each sending domain may have.
        budget: bounces allowed over the whole ramp. limit: as a rate, 0-1. risk: the chance that they are exceeded.
        forecast: of the whole list.
        seed: the order follows from it. urn: the list as a whole, with what was forecast of it.
        origin: the `Results` the list is of, if it is: in its home's inbox ``after`` looks.
        pace: messages a day, on the first days and then on every day.
    """

    prospects: pl.DataFrame = field(compare=False)
    plan: pl.DataFrame = field(compare=False)
    domains: pl.DataFrame = field(compare=False)
    budget: int
    limit: float
    risk: float
    forecast: BounceForecast = field(compare=False)
    seed: int
    urn: Urn = field(compare=False, repr=False)
    pace: tuple[int, ...]
    addresses: tuple[str, ...] = field(repr=False, compare=False)
    origin: Results | None = field(default=None, repr=False, compare=False)

    @property
    def explored(self) -> int:
        """How many riskier addresses are in it, drawn at random."""
        return int(self.prospects["explored"].sum())

    def after(
        self, outcomes: object = None, *, sent: int | None = None, since: datetime | date | str | None = None
    ) -> RampDecision:
        """Return what to do now, given what became of the messages so far: ask before each portion.

        Args:
            outcomes: as `calibrate` takes them; None takes all that `op.outcomes` keeps. Only addresses of this ramp
                count, each once.
            sent: how many messages, in the order of ``prospects``, were sent: whoever of them is not said to have
                bounced did not. None: those count whose outcome is known.
            since: the moment this ramp began, a time or a date, also as text: what is known from before it, or of no
                time, is of other mailings to the same people, and does not count. None: all of it counts.

        Raises:
            ValidationError: the outcomes cannot be read, or *since* is no date.

        Example:
            >>> sending = op.ramp(op.send_list(results, max_bounce_rate=0.05), per_day=10)
            >>> sending.after(outcomes.head(0)).sent
            0
        """
        messages = known_outcomes(outcomes, self.origin)
        own = messages if since is None else messages.filter(pl.col("at") >= moment_beside("since", since))
        became = own.group_by("address").agg(pl.col("y").max())
        mine = pl.DataFrame({"address": self.addresses}, schema={"address": pl.String}).with_row_index("place")
        went = pl.when(pl.col("place") < (sent or 0)).then(pl.lit(0.0))
        rows = mine.join(became, on="address", how="left").sort("place").with_columns(y=pl.coalesce("y", went))
        # Whoever bounced in another mailing bounces in this one.
        gone = messages.filter(pl.col("y") == 1)["address"].to_list()
        objected = not_again_among(rows["address"], outcomes, self.origin)
        return self._decision(rows, {*gone, *objected}, from_inbox=outcomes is None)

    def _decision(self, known: pl.DataFrame, unwanted: Collection[str], *, from_inbox: bool) -> RampDecision:
        seen = known.drop_nulls("y")
        hit = seen.filter(pl.col("y") == 1)["place"]
        sent, bounced, n = seen.height, hit.len(), self.urn.n
        low, high = self.urn.bounds(sent, bounced, self.risk / 2)
        waiting = known.filter(pl.col("y").is_null() & ~pl.col("address").is_in(list(unwanted)))["place"]
        wanted = min(_wanted(self.pace, sent, n), waiting.len())
        portion = next_portion(self.urn, sent, bounced, self.budget, self.risk, wanted)
        state, why = _verdict(self, sent, bounced, low, portion, wanted)
        kept_out = n - sent - waiting.len()
        domains = _domains_after(self, hit.to_list())
        rest = waiting if state in {"go", "slow"} else hit.head(0)
        return RampDecision(
            state=state,
            why=f"{why}; {kept_out:,} are kept out: they objected, or bounced, in another mailing" if kept_out else why,
            sent=sent,
            bounced=bounced,
            low=low / max(n, 1),
            high=high / max(n, 1),
            today=_of_open_domains(self.prospects[rest.to_list()], domains).head(portion),
            domains=domains,
            from_inbox=from_inbox,
        )

    def __repr__(self) -> str:
        more = f", {self.explored} of them riskier ones drawn at random" if self.explored else ""
        return (
            f"Ramp({self.prospects.height} messages{more}{self._pace}, at most {self.budget} bounces "
            f"({self.limit:.1%}); more with a chance of at most {self.risk:.0%}, whatever is true)"
        )

    @property
    def planned(self) -> int:
        """How many messages ``plan`` sends: fewer than all where as many bounces as forecast stop the list before."""
        return int(self.plan["messages"].sum())

    @property
    def _pace(self) -> str:
        days = f"{self.plan.height:,} {'day' if self.plan.height == 1 else 'days'}"
        is_whole = self.planned >= self.prospects.height
        return f" in {days}" if is_whole else f", {self.planned:,} of them in {days} if as many bounce as forecast"

    def _card(self) -> Card:
        return Card(
            kind="Ramp",
            answer=f"{self.prospects.height:,} messages{self._pace}; at most {self.budget:,} bounces.",
            facts=[
                ("riskier ones, at random", f"{self.explored:,}" if self.explored else None),
                ("first portions", ", ".join(map(str, self.plan["messages"].head(6).to_list()))),
                *((row["domain"], _domain_words(row)) for row in self.domains.iter_rows(named=True)),
            ],
            doubt=f"More than {self.limit:.1%} bounce with a chance of at most {self.risk:.0%}, whatever is true.",
            calls=("sending.after(outcomes)",),
        )


def ramp(
    send_list: object,
    *,
    per_day: int = PER_DAY,
    mailboxes: int | Sequence[str] = 1,
    explore: float = 0.0,
    among: object = None,
    limit: float | None = None,
    risk: float = 0.1,
    calibration: Calibration | None = None,
    seed: int = 0,
) -> Ramp:
    """Return a list in daily portions with a rule that stops it before the month's bounces pass the limit.

    With a chance of at most *risk* more than the budget bounce over the whole ramp, whatever the vendor's risks are
    worth and whoever shares whose fate: portions are random, and `Ramp.after` asks before each how large it may be.
    The first is small; where mails arrive the rest follows at full pace within days. A list that is worse than the
    limit is stopped early.

    Args:
        send_list: a `SendList`, a `Results`, or a prospects frame with ``email``.
        per_day: messages a mailbox and day at full pace; the first four days go at a fifth to four fifths of it.
        mailboxes: how many mailboxes send, or their addresses: bounces are then budgeted for each of their domains.
        explore: 0-1, as many riskier addresses more, as a share of the list, drawn at random from *among*: only who was
            sent to teaches a calibration, and a list of the safest alone teaches nothing about the others.
        among: a `Results` or frame to draw them from; needed with *explore*. Nobody is drawn whom a suppression list
            kept out of the list.
        limit: the bounce rate not to exceed, 0-1; by default the send list's, else 2 %.
        risk: the chance that it is exceeded over the whole ramp, 0-1.
        calibration: your own outcomes, for the forecast.
        seed: the same seed gives the same order.

    Raises:
        ValidationError: a rate is out of range, or there is nothing to draw riskier addresses from.

    Example:
        >>> sending = op.ramp(op.send_list(results, max_bounce_rate=0.05), per_day=10)
        >>> int(sending.plan["messages"].sum()) <= sending.prospects.height
        True
    """
    check_rates(limit=limit, risk=risk, explore=explore)
    if per_day < 1 or (isinstance(mailboxes, int) and mailboxes < 1):
        problem = FieldProblem("per_day", "and mailboxes are at least 1")
        raise ValidationError("no ramp can be made", fields=[problem], next_step="Say how many messages a day.")
    stated = send_list.max_bounce_rate if isinstance(send_list, SendList) else BOUNCE_LIMIT
    rate = stated if limit is None else limit
    listed = _mailable(send_list)
    rows = _shuffled(listed, _riskier(send_list, listed, among, explore, seed), seed)
    forecast = bounce_forecast(rows.drop(*_ADDED), rate, INTERVAL, calibration=calibration)
    boxes = [str(number + 1) for number in range(mailboxes)] if isinstance(mailboxes, int) else list(mailboxes)
    full = per_day * len(boxes)
    pace = (*(max(1, round(full * share)) for share in PACE), full)
    origin = send_list.origin if isinstance(send_list, SendList) else send_list
    source = origin if isinstance(origin, Results) else None
    return _planned(rows, forecast, boxes, pace, limit=rate, risk=risk, seed=seed, origin=source)


def _planned(
    rows: pl.DataFrame,
    forecast: BounceForecast,
    boxes: Sequence[str],
    pace: tuple[int, ...],
    *,
    limit: float,
    risk: float,
    seed: int,
    origin: Results | None,
) -> Ramp:
    n = rows.height
    budget, times = _allowed(limit, n), n / max(forecast.n, 1)
    spread = (forecast.high - forecast.low) / (2 * z_value(INTERVAL)) * times
    urn = Urn(n, shape_of(max(n, 1), forecast.expected * times, spread))
    portions = _portions(urn, budget, risk, pace)
    days = [day for day, size in enumerate(portions, 1) for _ in range(size)]
    dealt = rows.with_columns(
        ramp_day=pl.Series([*days, *[None] * (n - len(days))], dtype=pl.Int64),
        ramp_mailbox=pl.Series([boxes[place % len(boxes)] for place in range(n)], dtype=pl.String),
    )
    return Ramp(
        prospects=dealt,
        plan=_plan(urn, portions, dealt["explored"], budget, risk),
        domains=_domains(boxes, n, limit),
        budget=budget,
        limit=limit,
        risk=risk,
        forecast=forecast,
        seed=seed,
        urn=urn,
        pace=pace,
        origin=origin,
        addresses=tuple(dealt.select(_ADDRESS)["email"]),
    )


def _allowed(limit: float, messages: int) -> int:
    return int(limit * messages + 1e-9)


def next_portion(urn: Urn, sent: int, bounced: int, budget: int, risk: float, wanted: int) -> int:
    """Return how many may be sent now, at most *wanted*; see the module's words for the rule.

    0 where it would be less than a tenth of what is wanted and a fortieth of the list: a list that drips out message by
    message is at its end.
    """
    _, most = urn.bounds(sent, bounced, risk / 2)
    size = largest_portion(urn.n - sent, most - bounced, budget - bounced, risk / 2 / max(urn.n, 1), wanted)
    return size if size >= min(wanted / 10, urn.n / 40) else 0


def _wanted(pace: Sequence[int], sent: int, n: int) -> int:
    """Return the portion that the pace asks for once *sent* messages are out."""
    day, left = 0, sent
    while left > 0:
        left -= pace[min(day, len(pace) - 1)]
        day += 1
    return min(pace[min(day, len(pace) - 1)], n - sent)


def _portions(urn: Urn, budget: int, risk: float, pace: Sequence[int]) -> list[int]:
    """Return the portions of a ramp on which as many bounce as the forecast expects."""
    portions: list[int] = []
    sent = 0
    while sent < urn.n and len(portions) < LONGEST:
        expected = min(int(urn.shape.rate * sent), budget)
        size = next_portion(urn, sent, expected, budget, risk, _wanted(pace, sent, urn.n))
        if not size:
            break
        portions.append(size)
        sent += size
    return portions


def _plan(urn: Urn, portions: Sequence[int], explored: pl.Series, budget: int, risk: float) -> pl.DataFrame:
    rows: list[Sequence[object]] = []
    sent = 0
    for day, size in enumerate(portions, 1):
        riskier = int(explored[sent : sent + size].sum())
        sent += size
        low, high = urn.shape.between(sent, INTERVAL)
        rows.append((day, size, riskier, sent, urn.shape.rate * sent, low, high, _stop_at(urn, sent, budget, risk)))
    return pl.DataFrame(rows, schema=DAYS, orient="row")


def _stop_at(urn: Urn, sent: int, budget: int, risk: float) -> int:
    """Return the fewest bounces among *sent* at which nothing more is sent: the list is surely beyond its budget."""
    counts = range(min(budget, sent))
    return bisect_left(counts, x=True, key=lambda bounced: urn.bounds(sent, bounced, risk / 2)[0] > budget)


def _verdict(made: Ramp, sent: int, bounced: int, low: int, portion: int, wanted: int) -> tuple[State, str]:
    if not wanted:
        return "done", f"all {sent} messages are sent"
    if low > made.budget:
        return "stop", f"the list holds at least {low} that bounce, and {made.budget} are allowed"
    if not portion:
        return "stop", f"{made.budget - bounced} bounces are left of {made.budget}, too few for another portion"
    if portion < wanted:
        return "slow", f"{portion} messages today, so that {made.budget - bounced} more bounces are not exceeded"
    return "go", f"{portion} messages today as planned"


def _mailable(source: object) -> pl.DataFrame:
    """Return the rows that can be written to, one an address, as a Polars frame."""
    table = open_prospects(source)
    allowed = tiered(calibrated(table, None)).filter(~table.on.col(TIER).is_in(NEVER_SENT))
    rows: pl.DataFrame = collect(allowed.with_columns(table.column("email", nw.String).alias("email")), table.columns)
    return rows.filter(_ADDRESS.str.contains("@", literal=True)).unique(_ADDRESS, keep="first", maintain_order=True)


def _riskier(source: object, listed: pl.DataFrame, among: object, explore: float, seed: int) -> pl.DataFrame | None:
    if not explore:
        return None
    if among is None:
        problem = FieldProblem("among", "is not given: nobody knows who is riskier than the list")
        raise ValidationError("no riskier addresses can be drawn", fields=[problem], next_step="Give among=results.")
    mine = listed.select(_ADDRESS)["email"].to_list()
    kept_out = source.suppressed if isinstance(source, SendList) else recipients(source).suppressed
    known = recipients(among).safest_first().known.filter(~pl.col("address").is_in([*mine, *kept_out]))
    count = min(known.height, round(explore * len(mine)))
    drawn = known.sample(count, seed=seed)["address"] if count else known["address"].head(0)
    return _mailable(among).filter(_ADDRESS.is_in(drawn.implode()))


def _shuffled(rows: pl.DataFrame, riskier: pl.DataFrame | None, seed: int) -> pl.DataFrame:
    parts = [rows.drop(*_ADDED, strict=False).with_columns(explored=pl.lit(value=False))]
    if riskier is not None:
        parts.append(riskier.drop(*_ADDED, strict=False).with_columns(explored=pl.lit(value=True)))
    whole = pl.concat(parts, how="diagonal_relaxed")
    order = np.random.default_rng(seed).permutation(whole.height)
    empty = [pl.lit(None, pl.Int64).alias("ramp_day"), pl.lit(None, pl.String).alias("ramp_mailbox")]
    shuffled: pl.DataFrame = whole[order.tolist()]
    return shuffled.with_columns(*empty)


def _domain_of(mailbox: str) -> str:
    return mailbox.rpartition("@")[2] if "@" in mailbox else "your domain"


def _domains(boxes: Sequence[str], n: int, limit: float) -> pl.DataFrame:
    """Return each sending domain with its share of the messages and the bounces it may have in the month."""
    named: dict[str, list[int]] = {}
    for place, box in enumerate(boxes):
        named.setdefault(_domain_of(box), []).append(n // len(boxes) + (place < n % len(boxes)))
    rows = [(name, len(sizes), sum(sizes), _allowed(limit, sum(sizes)), 0) for name, sizes in named.items()]
    return pl.DataFrame(rows, schema=DOMAINS, orient="row")


def _domains_after(made: Ramp, bounced: Sequence[int]) -> pl.DataFrame:
    boxes = made.prospects["ramp_mailbox"].to_list()
    counts = [_domain_of(boxes[place]) for place in bounced]
    hits = [counts.count(name) for name in made.domains["domain"]]
    return made.domains.with_columns(bounced=pl.Series(hits, dtype=pl.Int64))


def _of_open_domains(rows: pl.DataFrame, domains: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose sending domain has bounces left of its budget; the only domain there is never pauses."""
    paused = domains.filter(pl.col("bounced") >= pl.max_horizontal("budget", 1))["domain"]
    own = pl.col("ramp_mailbox").str.split("@").list.last()
    return rows.filter(~own.is_in(paused.to_list())) if domains.height > 1 else rows


def _domain_words(row: dict[str, Any]) -> str:
    mailboxes = f"{row['mailboxes']} mailbox{'' if row['mailboxes'] == 1 else 'es'}"
    return f"{row['messages']:,} messages of {mailboxes}, {row['bounced']} of {row['budget']} bounces"
