"""How prospects age: who left, moved, or has another title or address since a delivery, and whom to ask again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.identity.keys import person_key
from openprospect_nb.analysis.orders.descriptions import refuse_negative
from openprospect_nb.analysis.orders.rates import rate_of
from openprospect_nb.analysis.table import OpenTable, companies_of, open_table, prospects_of, read, times_of
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.markup.cards import Card, Faced, card_table, percent, span

CHANGES: Final = ("left", "moved", "new title", "new address", "same", "unseen", "new")
"""What may have become of a person: the first that holds. *unseen*: the later delivery has not that company at all."""
GONE_STALE: Final = ("left", "moved", "new title", "new address")
PEOPLE: Final = pl.Schema(
    {
        "change": pl.String(),
        **{
            f"{name}{end}": pl.String() for name in ("id", "company_id", "job_title", "email") for end in ("", "_after")
        },
    }
)
YEAR: Final = 365.25
LEVEL: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(Faced):
    """What became of the persons of an earlier delivery.

    Attributes:
        people: `PEOPLE`, a row a person: ``change`` is one of `CHANGES`, the rest as delivered before and ``_after``.
        counts: persons by change.
        seen, changed: persons whose company was delivered again, and those of them whose record is no longer true.
        days: between the two deliveries, None where one has no ``delivered_at``.
        yearly, low, high: the chance (0-1) that a record is no longer true after a year, with its 90 % interval
            (Wilson's for as many persons as their companies are worth: colleagues change together), as if records went
            stale at a steady rate; None without days.
    """

    seen: int
    changed: int
    days: float | None
    yearly: float | None
    low: float | None
    high: float | None
    counts: Mapping[str, int]
    people: pl.DataFrame = field(compare=False)

    def _card(self) -> Card:
        rate = f"{percent(self.yearly)} a year ({span(self.low, self.high)})" if self.yearly is not None else None
        return Card(
            kind="Freshness of persons",
            answer=f"{self.changed:,} of {self.seen:,} records are no longer true.",
            facts=(("days between", None if self.days is None else f"{self.days:,.0f}"), ("go stale", rate)),
            doubt="At companies that were delivered again; 90% interval, as if records went stale at a steady rate.",
            table=card_table(("what became of them", "persons"), [row for row in self.counts.items() if row[1]]),
            calls=("op.stale(results, freshness)", "freshness.people"),
        )

    def __repr__(self) -> str:
        """Return the counts, and the rate where it is known."""
        said = ", ".join(f"{count} {change}" for change, count in self.counts.items() if count)
        rate = "" if self.yearly is None else f"; {self.yearly:.0%} a year"
        return f"Freshness({self.changed} of {self.seen} no longer true: {said or 'nobody'}{rate})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(Faced):
    """Companies to enrich again.

    Attributes:
        companies: ``company_name``, ``website_url``, ``city``, ``country``, ``external_id`` as ``orders.enrich`` and
            ``orders.renew`` take them; ``delivered_at`` (UTC); ``age`` in days; ``chance`` (0-1) that a person's record
            is no longer true; stalest first.
        kept: how many companies are fresh enough.
        cost, saved: of enriching these, and what that saves against enriching all; None without a price.
    """

    companies: pl.DataFrame = field(compare=False)
    kept: int
    cost: float | None
    saved: float | None

    def _card(self) -> Card:
        of = self.companies.height + self.kept
        saved = None if self.saved is None else f"{self.saved:,.2f} against enriching all"
        return Card(
            kind="Stale companies",
            answer=f"Enrich {self.companies.height:,} of {of:,} companies again."
            if self.companies.height
            else f"None of {of:,} companies is stale enough to enrich again.",
            facts=(("cost", None if self.cost is None else f"{self.cost:,.2f}"), ("saves", saved)),
            calls=("client.orders.enrich(stale.companies)", "op.show(stale.companies)")
            if self.companies.height
            else (),
        )

    def __repr__(self) -> str:
        saved = "" if self.saved is None else f", saves {self.saved:,.2f}"
        return f"Stale({self.companies.height} companies of {self.companies.height + self.kept}{saved})"


def freshness(before: object, after: object) -> Freshness:
    """Return what became of the persons of *before* in *after*, a later delivery of some of the same companies.

    Persons are known again by the vendor's id, else by their address, else by their name at the same company; who is
    met at another company has moved. Who is not met has left where that company was delivered again, else is unseen.

    Args:
        before: a `Results`, or a prospects frame with ``id`` and ``company_id``; ``email``, ``first_name``,
            ``last_name`` and ``job_title`` are used where they are there.
        after: the same kind, later.

    Raises:
        ValidationError: a needed column is missing.

    Example:
        >>> op.freshness(results, results).changed
        0
    """
    was, now = (_persons(prospects_of(one)) for one in (before, after))
    pairs = _met(was, now)
    again = set(now["company_id"].drop_nulls())
    people = pl.concat([_judged(pairs, again), _newcomers(pairs, now)]).sort("change", "id", "id_after")
    counts = {change: people.filter(pl.col("change") == change).height for change in CHANGES}
    changed = sum(counts[change] for change in GONE_STALE)
    seen = changed + counts["same"]
    days = _days(before, after)
    shares = (changed / seen, *_interval(people)) if seen else ()
    rates = [_yearly(share, days) for share in shares] if days and shares else [None] * 3
    return Freshness(
        seen=seen, changed=changed, days=days, yearly=rates[0], low=rates[1], high=rates[2], counts=counts,
        people=people,
    )  # fmt: skip


def stale(
    results: object,
    freshness: Freshness | None = None,
    *,
    yearly: float | None = None,
    chance: float = 0.2,
    as_of: datetime | None = None,
    price_per_briefing: float | None = None,
) -> Stale:
    """Return the companies whose records are probably no longer true, to be enriched again, and what that saves.

    Records go stale at a steady rate: after *d* days one is no longer true with ``1 - (1 - yearly) ** (d / 365.25)``.
    Nothing is ordered: ``client.orders.renew`` says what that would cost and correct, and its ``then()`` orders.

    Args:
        results: a `Results`, or a companies frame with ``id`` and ``delivered_at``; of a company that was delivered
            several times the latest counts. A company without a time counts as stale.
        freshness: what two deliveries of yours showed; its ``yearly`` is used.
        yearly: your own chance (0-1) that a record is no longer true after a year, where none was measured.
        chance: from which chance (0-1) on a company is stale.
        as_of: the day that counts; None is now.
        price_per_briefing: of a company that is enriched.

    Raises:
        ValidationError: neither a measured nor a given rate, a number out of range, a text that is no date, or a column
            is missing.

    Example:
        >>> op.stale(results, yearly=0.25, chance=0.2).companies.height
        0
    """
    rate = freshness.yearly if yearly is None and freshness is not None else yearly
    _check(rate, chance)
    refuse_negative(price_per_briefing)
    table = open_table(companies_of(results), name="companies", required=("id", "delivered_at"))
    rows = _latest(table)
    moment = (as_of or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    age = ((pl.lit(moment) - pl.col("delivered_at")).dt.total_seconds() / 86_400).clip(lower_bound=0)
    aged = rows.with_columns(age=age).with_columns(
        chance=pl.when(pl.col("age").is_null()).then(1.0).otherwise(1 - (1 - pl.lit(rate)) ** (pl.col("age") / YEAR))
    )
    old = aged.filter(pl.col("chance") >= chance).sort("chance", "company_name", descending=[True, False])
    fresh = aged.height - old.height
    each = price_per_briefing
    return Stale(
        companies=old.drop("id"),
        kept=fresh,
        cost=None if each is None else each * old.height,
        saved=None if each is None else each * fresh,
    )


def _check(rate: float | None, chance: float) -> None:
    problems = []
    if rate is None:
        problems.append(
            FieldProblem("yearly", "is needed: no two deliveries with a time say how fast records go stale")
        )
    elif not 0 <= rate < 1:
        problems.append(FieldProblem("yearly", f"must be at least 0 and below 1, not {rate!r}", rate))
    if not 0 < chance <= 1:
        problems.append(FieldProblem("chance", f"must be above 0 and at most 1, not {chance!r}", chance))
    if problems:
        raise ValidationError("nothing can be called stale", fields=problems, next_step="Give yearly=, such as 0.25.")


def _persons(prospects: object) -> pl.DataFrame:
    """Return a row a person: ids, title and address as text, and the key of the name, empty where there is none."""
    table = open_table(prospects, name="prospects", required=("id", "company_id"))
    names = ("id", "company_id", "job_title", "first_name", "last_name")
    columns = {name: table.column(name, nw.String) for name in names}
    rows = read(table.lazy, {**columns, "email": mailboxes.address(table)})
    typed = rows.cast(dict.fromkeys(rows.columns, pl.String)).drop_nulls("id").sort(rows.columns, nulls_last=True)
    keys = [person_key(first, last) or None for first, last in typed.select("first_name", "last_name").rows()]
    return typed.with_columns(name=pl.Series(keys, dtype=pl.String)).unique("id", keep="first", maintain_order=True)


def _met(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the earlier persons, each with the later record that is the same person, by the surest key that tells."""
    left, parts = was, []
    later = now.rename({name: f"{name}_after" for name in now.columns})
    for keys in (["id"], ["email"], ["name", "company_id"]):
        after = [f"{key}_after" for key in keys]
        one_each = later.drop_nulls(after).unique(after, keep="first", maintain_order=True)
        met = left.join(one_each, left_on=keys, right_on=after, how="inner", coalesce=False)
        met = met.unique("id_after", keep="first", maintain_order=True)
        parts.append(met)
        left = left.join(met.select("id"), on="id", how="anti")
        later = later.join(met.select("id_after"), on="id_after", how="anti")
    return pl.concat([*parts, left], how="diagonal")


def _judged(pairs: pl.DataFrame, again: set[str]) -> pl.DataFrame:
    is_met = pl.col("id_after").is_not_null()
    is_moved = pl.col("company_id") != pl.col("company_id_after")
    is_retitled = _plain("job_title") != _plain("job_title_after")
    is_elsewhere = pl.col("email") != pl.col("email_after")
    change = (
        pl.when(~is_met & pl.col("company_id").is_in(list(again))).then(pl.lit("left"))
        .when(~is_met).then(pl.lit("unseen"))
        .when(is_moved.fill_null(value=False)).then(pl.lit("moved"))
        .when(is_retitled.fill_null(value=False)).then(pl.lit("new title"))
        .when(is_elsewhere.fill_null(value=False)).then(pl.lit("new address"))
        .otherwise(pl.lit("same"))
    )  # fmt: skip
    return pairs.with_columns(change=change).select(PEOPLE.names())


def _newcomers(pairs: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    new = now.join(pairs.select(id="id_after").drop_nulls(), on="id", how="anti")
    named = new.rename({name: f"{name}_after" for name in ("id", "company_id", "job_title", "email")})
    blank = [pl.lit(None, pl.String).alias(name) for name in ("id", "company_id", "job_title", "email")]
    return named.with_columns(*blank, change=pl.lit("new")).select(PEOPLE.names())


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _interval(people: pl.DataFrame) -> tuple[float, float]:
    """Return the interval of the share that changed; colleagues may all change together, and are no independent draws.

    Who has no company is taken for one of their own.
    """
    seen = people.filter(pl.col("change").is_in([*GONE_STALE, "same"]))
    marked = seen.with_columns(
        firm=pl.coalesce("company_id", pl.concat_str(pl.lit("\n"), "id")), is_changed=pl.col("change") != "same"
    )
    return rate_of(marked, "is_changed").interval(LEVEL)


def _days(before: object, after: object) -> float | None:
    moments = [_middle(one) for one in (before, after)]
    if moments[0] is None or moments[1] is None:
        return None
    return max(0.0, (moments[1] - moments[0]).total_seconds() / 86_400) or None


def _middle(results: object) -> datetime | None:
    companies = getattr(results, "companies", None)
    if companies is None or "delivered_at" not in companies.columns:
        return None
    middle = times_of("delivered_at", companies["delivered_at"]).median()
    return middle if isinstance(middle, datetime) else None


def _yearly(share: float, days: float) -> float:
    return 1.0 if share >= 1 else 1 - math.exp(math.log1p(-share) * YEAR / days)


def _latest(table: OpenTable) -> pl.DataFrame:
    """Return a row a company, its latest delivery, in the words of an enrichment order."""
    names = {"company_name": "name", "website_url": "website_url", "city": "city", "country": "country",
             "external_id": "source_id", "id": "id"}  # fmt: skip
    columns = {ours: table.column(theirs, nw.String) for ours, theirs in names.items()}
    rows = read(table.lazy, {**columns, "delivered_at": table.moment("delivered_at")})
    read_times = rows.with_columns(times_of("delivered_at", rows["delivered_at"]))
    typed = read_times.cast(dict.fromkeys(names, pl.String)).drop_nulls("id")
    return typed.sort("delivered_at", "id", descending=[True, False], nulls_last=True).unique(
        "id", keep="first", maintain_order=True
    )
