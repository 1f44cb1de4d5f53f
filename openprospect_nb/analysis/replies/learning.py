"""`answers`: what replies and deals say about who answers, with intervals, and what a list may bring."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from openprospect_nb.analysis.contacts.outcomes import messages_of
from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.contacts.recipients import recipients
from openprospect_nb.analysis.contacts.seniority import with_seniority
from openprospect_nb.analysis.intervals import wilson, z_value
from openprospect_nb.analysis.replies.regression import Floats, Learnt, learn
from openprospect_nb.analysis.table import collect, open_table, prospects_of
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.mailings import read_mailings
from openprospect_nb.markup.cards import Card, Faced, card_table

MIN_MESSAGES: Final = 100
MIN_REPLIES: Final = 8
LEVEL: Final = 0.9
DRIVERS: Final = pl.Schema(
    {"driver": pl.String(), "known": pl.Int64(), "ratio": pl.Float64(), "low": pl.Float64(), "high": pl.Float64()}
)
ICPS: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "messages": pl.Int64(),
        "replies": pl.Int64(),
        "rate": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "expected": pl.Float64(),
    }
)
FACTS: Final = ("seniority", "qualification", "personal", "match", "employees")
"""What may drive answers: seniority of the job title, the vendor's qualification score, what of it is beyond the usual
of people of this title at companies of this match, the match score, and the logarithm of the headcount."""
POINTS: Final = 10.0  # of the score, for each doubling of the odds of an answer
MOST_POINTS: Final = 20.0
_REPLIED: Final = ("replied", "won")
_SAID: Final = {"": None, **dict.fromkeys(("true", "yes", "1", "1.0"), True),
                **dict.fromkeys(("false", "no", "0", "0.0"), False)}  # fmt: skip
_NOT_TOLD: Final = ("bounced", "not_sent", "unknown")
ADDED: Final = "answer_chance"
_ADDRESS: Final = pl.col("email").cast(pl.String).str.strip_chars().str.to_lowercase().alias("address")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnswers:
    """What one message to each of a list would bring.

    Attributes:
        n: addresses of the list.
        replies: answers expected, of who would get the mail; low, high: an interval (90 %), for what is not known of
            the rates and for chance.
        value: the money expected of them, if a reply has a value; None without.
        bounces: bounces expected, as `bounce_forecast` has them.
    """

    n: int
    replies: float
    low: float
    high: float
    value: float | None
    bounces: float

    def __repr__(self) -> str:
        worth = "" if self.value is None else f", worth {self.value:,.2f}"
        return (
            f"ExpectedAnswers({self.replies:.1f} replies of {self.n}, {self.low:.1f} to {self.high:.1f} at {LEVEL:.0%}"
            f"{worth}; {self.bounces:.1f} bounces)"
        )


@dataclass(frozen=True, kw_only=True)
class Answers(Faced):
    """Who answers, as far as outcomes say.

    Attributes:
        n, replied: messages that arrived and of which it is known whether they were answered, and how many were.
        rate: of all of them, 0-1, with its interval ``low`` and ``high`` (Wilson, 90 %).
        drivers: `DRIVERS`; for each fact how many times the odds rise with one standard deviation of it, with an
            interval (90 %): 1 inside means that it may do nothing. Shrunk to 1 as long as outcomes do not ask for more.
        icps: `ICPS`; for each order messages, replies, their rate with its interval, and the rate expected of it next,
            drawn towards that of all.
        value: the money of a reply: as given, else that of the deals won over the replies; None where neither is known.
        from_inbox: whether the outcomes are those that `op.outcomes` keeps.
    """

    n: int
    replied: int
    rate: float
    low: float
    high: float
    drivers: pl.DataFrame = field(compare=False)
    icps: pl.DataFrame = field(compare=False)
    value: float | None
    learnt: Learnt = field(repr=False, compare=False)
    scales: Mapping[str, tuple[float, float]] = field(repr=False)
    orders: tuple[str, ...] = field(repr=False)
    from_inbox: bool = False

    @property
    def basis(self) -> str:
        """What it was learnt from, in words."""
        return f"{self.n:,} outcomes{' from the inbox' if self.from_inbox else ''}"

    def apply(self, prospects: object) -> pl.DataFrame:
        """Return the prospects with ``answer_chance``: the chance, 0-1, that one message that arrives is answered.

        Args:
            prospects: a `Results` or a Polars prospects frame: a whole order, on which is measured what is usual. Facts
                that are missing count as usual.

        Example:
            >>> model = op.answers(results, outcomes)  # doctest: +SKIP
        """
        facts = _facts(prospects)
        odds, _ = self.learnt.odds(_design(facts, self.scales, self.orders))
        rows = (
            prospects.prospects if isinstance(prospects, Results) else facts.drop(*(f"__op_{name}" for name in FACTS))
        )
        return rows.drop(ADDED, strict=False).with_columns(pl.Series(ADDED, 1 / (1 + np.exp(-odds)), dtype=pl.Float64))

    def expected(self, prospects: object) -> ExpectedAnswers:
        """Return what one message to each sendable address would bring: replies, their value, and bounces.

        Example:
            >>> model = op.answers(results, outcomes)  # doctest: +SKIP
        """
        known = recipients(prospects).known
        chances = self.by_address(prospects)
        rows = known.join(chances, on="address", how="left")
        arrives = 1 - rows["p"].to_numpy()
        p = rows[ADDED].fill_null(self.rate).to_numpy() * arrives
        mean, z = float(p.sum()), z_value(LEVEL)
        # What is not known of the overall rate moves all together; chance moves each alone.
        common = float(np.sqrt(self.learnt.covariance[0, 0])) * float((p * (1 - p)).sum())
        reach = z * math.sqrt(common**2 + float((p * (1 - p)).sum()))
        worth = None if self.value is None else self.value * mean
        return ExpectedAnswers(
            n=known.height,
            replies=mean,
            low=max(0.0, mean - reach),
            high=mean + reach,
            value=worth,
            bounces=float((1 - arrives).sum()),
        )

    def by_address(self, prospects: object) -> pl.DataFrame:
        """Return ``address`` and ``answer_chance``, the highest of each address.

        Example:
            >>> model = op.answers(results, outcomes)  # doctest: +SKIP
        """
        rows = self.apply(prospects)
        return rows.select(_ADDRESS, ADDED).drop_nulls("address").group_by("address").agg(pl.col(ADDED).max())

    def points(self, prospects: object) -> pl.DataFrame:
        """Return ``company_id`` and ``points_answers``: ten points of a score for each doubling of its best odds.

        Example:
            >>> model = op.answers(results, outcomes)  # doctest: +SKIP
        """
        rows = self.apply(prospects).filter(pl.col("email").is_not_null())
        best = rows.group_by("company_id").agg(pl.col(ADDED).max())
        usual = float(self.learnt.mean[0])
        odds = (pl.col(ADDED) / (1 - pl.col(ADDED))).log() - usual
        points = (POINTS * odds / math.log(2)).clip(-MOST_POINTS, MOST_POINTS).round(6)
        return best.select("company_id", points_answers=points)

    def __repr__(self) -> str:
        """Return how many answered, and what drives it as far as is known."""
        sure = self.drivers.filter((pl.col("low") > 1) | (pl.col("high") < 1))
        drivers = [f"{row['driver']} ×{row['ratio']:.2f}" for row in sure.iter_rows(named=True)]
        which = ", ".join(drivers) or "no driver is sure"
        inbox = " from the inbox" if self.from_inbox else ""
        return f"Answers({self.replied} of {self.n}{inbox} answered, {self.low:.1%} to {self.high:.1%}; {which})"

    def _card(self) -> Card:
        ratios = [
            (row["driver"], *(f"{row[name]:.2f}" for name in ("ratio", "low", "high")))
            for row in self.drivers.to_dicts()
        ]
        icps = [
            (row["order_id"], f"{row['replies']} of {row['messages']}, next {row['expected']:.1%}")
            for row in self.icps.to_dicts()
        ]
        return Card(
            kind="Who answers",
            answer=f"{self.replied:,} of {self.n:,} messages were answered ({self.low:.1%} to {self.high:.1%}).",
            facts=icps,
            doubt=f"Learnt from {self.basis}. Odds for one standard deviation more, at 90 %; where the interval holds "
            "1 it may do nothing.",
            table=card_table(("driver", "odds ×", "low", "high"), ratios),
            calls=('op.send_list(results, maximise="replies", answers=model)', "op.score(results, answers=model)"),
        )


def answers(results: object, outcomes: object = None, *, value: float | None = None) -> Answers:
    """Return what replies and deals say about who answers.

    Learnt is the chance that a message that arrives is answered, from the seniority of the job title, the vendor's
    qualification and match scores, the headcount, and the order (ICP); all shrunk to "no difference" until outcomes
    say otherwise. Automatic replies are none. It describes whom you have written to; it does not say why they answered.

    Args:
        results: a `Results` (its companies' facts count too), or a Polars prospects frame with ``email``.
        outcomes: what became of mails, one row a message: what `op.outcomes` or `op.files.read_outcomes` gave, a
            file, or a frame with ``email`` and ``replied`` (true or false) or ``kind``; None takes all that
            `op.outcomes` keeps.
        value: the money of a reply; None takes that of the deals won among the outcomes, where there are any.

    Raises:
        ValidationError: too few messages or replies belong to these prospects; says how many are needed.

    Example:
        >>> people = results.prospects.drop_nulls("email").unique("email", maintain_order=True).head(150)
        >>> told = people.select("email", replied=pl.int_range(pl.len()) % 9 == 0)
        >>> op.answers(results, told).replied > 0
        True
    """
    messages = _messages(outcomes, results)
    facts = _facts(results).with_columns(_ADDRESS).drop_nulls("address")
    people = facts.unique("address", keep="first", maintain_order=True)
    seen = people.join(messages, on="address", how="inner", maintain_order="left")
    _refuse_too_few(seen.height, int(seen["y"].sum()))
    scales = {name: _scale(people[f"__op_{name}"]) for name in FACTS}
    orders = tuple(seen["order_id"].drop_nulls().unique().sort()) if "order_id" in seen.columns else ()
    design = _design(seen, scales, orders)
    learnt = learn(design, seen["y"].to_numpy(), len(orders))
    n, replied = seen.height, int(seen["y"].sum())
    money = seen["value"].drop_nulls()
    if value is None and money.len():
        value = float(money.sum()) / replied
    return Answers(
        n=n, replied=replied, rate=replied / n, **wilson(replied, n, LEVEL)._asdict(), drivers=_drivers(learnt, seen),
        icps=_icps(learnt, seen, orders), value=value, learnt=learnt, scales=scales, orders=orders,
        from_inbox=outcomes is None,
    )  # fmt: skip


def answers_kept(results: Results) -> Answers | None:
    """Return what all that `op.outcomes` keeps says about these prospects; None where it is too little."""
    messages = messages_of(results)
    if messages.height < MIN_MESSAGES or int(messages["kind"].is_in(_REPLIED).sum()) < MIN_REPLIES:
        return None
    try:
        return answers(results)
    except ValidationError:
        return None


def _messages(outcomes: object, results: object) -> pl.DataFrame:
    """Return ``address``, ``y`` (1.0 where it was answered) and ``value`` of each message that arrived."""
    if outcomes is None:
        frame = messages_of(results)
    elif isinstance(outcomes, pl.DataFrame) and {"email", "replied"} <= set(outcomes.columns):
        kind = pl.when("replied").then(pl.lit("replied")).otherwise(pl.lit("delivered"))
        frame = outcomes.with_columns(_yes_or_no(outcomes["replied"]))
        frame = frame.with_columns(kind=pl.when(pl.col("replied").is_not_null()).then(kind))
    else:
        given = getattr(outcomes, "frame", outcomes)
        is_told = isinstance(given, pl.DataFrame) and {"email", "kind"} <= set(given.columns)
        frame = given if isinstance(given, pl.DataFrame) and is_told else read_mailings(outcomes).frame
    table = open_table(frame, name="outcomes", required=("email",))
    frame = collect(table.lazy.with_columns(table.column("email", nw.String).alias("email")), table.columns)
    money = (pl.col("value") if "value" in frame.columns else pl.lit(None)).cast(pl.Float64)
    arrived = frame.filter(pl.col("kind").is_not_null() & ~pl.col("kind").is_in(_NOT_TOLD))
    return arrived.select(_ADDRESS, y=pl.col("kind").is_in(_REPLIED).cast(pl.Float64), value=money)


def _yes_or_no(replied: pl.Series) -> pl.Series:
    """Return a column of true and false, 1 and 0, or yes and no as true and false; NaN is null."""
    plain = replied.fill_nan(None) if replied.dtype.is_float() else replied
    texts = [str(value).strip().lower() if value is not None else "" for value in plain.to_list()]
    unknown = sorted({text for text in texts if text not in _SAID})
    if unknown:
        problem = FieldProblem("replied", f"holds what says nothing known: {', '.join(map(repr, unknown[:3]))}"[:200])
        raise ValidationError("the outcomes cannot be read", fields=[problem], next_step="Give true or false.")
    return pl.Series(replied.name, [_SAID[text] for text in texts], dtype=pl.Boolean)


def _refuse_too_few(n: int, replied: int) -> None:
    if n >= MIN_MESSAGES and replied >= MIN_REPLIES:
        return
    rate = max(replied, 1) / max(n, 1)
    wanted = max(MIN_MESSAGES, math.ceil(MIN_REPLIES / rate)) if n else MIN_MESSAGES
    what = f"hold {n} messages to these prospects that arrived, of which {replied} were answered"
    raise ValidationError(
        "too little to learn from",
        fields=[FieldProblem("outcomes", what)],
        next_step=f"At least {MIN_MESSAGES} messages and {MIN_REPLIES} answers are needed, about {wanted:,} messages "
        "at this rate. Hand in what mailing tools say with op.outcomes(file).",
    )


def _facts(results: object) -> pl.DataFrame:
    """Return the prospects as a Polars frame, with one column a fact; null where it is unknown."""
    people = prospects_of(results)
    table = open_table(people, name="prospects", required=("email",))
    rows = collect(
        with_seniority(table.lazy, table.column("job_title", nw.String), "__op_seniority").with_columns(
            table.column("email", nw.String).alias("email"),
            within(table.column("qualification_score", nw.Float64), 0, 10).alias("__op_qualification"),
        ),
        (*table.columns, "__op_seniority", "__op_qualification"),
    )
    if not isinstance(results, Results):
        names = {"__op_match": "company_match_score", "__op_employees": "company_employee_count"}
        own = {ours: pl.col(name) if name in rows.columns else pl.lit(None) for ours, name in names.items()}
        return _typed(rows.with_columns(**own))
    firms = results.companies.unique(["order_id", "id"], keep="first", maintain_order=True)
    facts = firms.select("order_id", company_id="id", __op_match="match_score", __op_employees="employee_count")
    return _typed(rows.join(facts, on=["order_id", "company_id"], how="left", nulls_equal=True, maintain_order="left"))


def _with_personal(people: pl.DataFrame) -> pl.DataFrame:
    """Return *people* with what of a qualification is beyond the usual: less the match's part, less the title's mean.

    A title's mean is drawn to 0 where few bear it, so that one person is not measured by itself.
    """
    q, m = pl.col("__op_qualification"), pl.col("__op_match")
    both = q.is_not_null() & m.is_not_null()
    slope = pl.cov(q.filter(both), m.filter(both)) / m.filter(both).var()
    order = [name for name in ("order_id",) if name in people.columns]
    rest = people.with_columns(__op_rest=q - q.mean() - (slope.fill_nan(0).fill_null(0) * (m - m.mean())).fill_null(0))
    none = pl.lit(None, pl.String)
    title = pl.col("job_title").cast(pl.String) if "job_title" in people.columns else none
    named = rest.with_columns(title.str.to_lowercase().str.strip_chars().fill_null("").alias("__op_title"))
    part = pl.col("__op_rest").sum() / (pl.col("__op_rest").count() + 1)
    beyond = (pl.col("__op_rest") - part.over(*order, "__op_title")).alias("__op_personal")
    return named.with_columns(beyond).drop("__op_rest", "__op_title")


def _typed(people: pl.DataFrame) -> pl.DataFrame:
    many = pl.col("__op_employees").cast(pl.Float64)
    logged = pl.when(many >= 1).then(many.log()).alias("__op_employees")
    scores = pl.col("__op_seniority", "__op_qualification", "__op_match").cast(pl.Float64)
    return _with_personal(people.with_columns(scores, logged))


def _scale(values: pl.Series) -> tuple[float, float]:
    """Return the mean and the standard deviation of what is known."""
    filled = values.drop_nulls().drop_nans()
    mean, spread = (filled.mean(), filled.std()) if filled.len() > 1 else (0.0, 0.0)
    return float(mean or 0.0), float(spread or 1.0)  # type: ignore[arg-type]  # of a Float64 column


def _design(facts: pl.DataFrame, scales: Mapping[str, tuple[float, float]], orders: Sequence[str]) -> Floats:
    """Return a row a prospect: 1, the facts centred and of one width (0 where unknown), 1 for its order."""
    columns = [np.ones(facts.height)]
    for name, (mean, spread) in scales.items():
        scaled = ((facts[f"__op_{name}"] - mean) / spread).clip(-3, 3)
        columns.append(scaled.fill_nan(None).fill_null(0.0).to_numpy())
    named = facts["order_id"] if "order_id" in facts.columns else pl.Series([None] * facts.height, dtype=pl.String)
    columns += [(named == order).fill_null(value=False).cast(pl.Float64).to_numpy() for order in orders]
    return np.column_stack(columns)


def _drivers(learnt: Learnt, seen: pl.DataFrame) -> pl.DataFrame:
    z = z_value(LEVEL)
    rows = []
    for place, name in enumerate(FACTS, 1):
        mean, spread = float(learnt.mean[place]), math.sqrt(float(learnt.covariance[place, place]))
        known = seen.height - seen[f"__op_{name}"].null_count()
        rows.append((name, known, math.exp(mean), math.exp(mean - z * spread), math.exp(mean + z * spread)))
    return pl.DataFrame(rows, schema=DRIVERS, orient="row")


def _icps(learnt: Learnt, seen: pl.DataFrame, orders: Sequence[str]) -> pl.DataFrame:
    rows: list[Sequence[object]] = []
    for place, order in enumerate(orders):
        part = seen.filter(order_id=order)
        n, replied = part.height, int(part["y"].sum())
        odds = float(learnt.mean[0] + learnt.mean[1 + len(FACTS) + place])
        rows.append((order, n, replied, replied / n, *wilson(replied, n, LEVEL), 1 / (1 + math.exp(-odds))))
    return pl.DataFrame(rows, schema=ICPS, orient="row")
