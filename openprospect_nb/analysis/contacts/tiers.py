"""Which prospects to contact: one table of named rules, the first that fits places a prospect in its tier."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.contacts.percentages import refuse_fractions, within
from openprospect_nb.analysis.contacts.seniority import seniority_by_title
from openprospect_nb.analysis.contacts.validations import bounce_risk, with_validations
from openprospect_nb.analysis.identity.suppression import hits_of
from openprospect_nb.analysis.ordering import in_order
from openprospect_nb.analysis.table import (
    ROW,
    Expr,
    FrameT,
    Lazy,
    OpenTable,
    first_of_each,
    looked_up,
    open_table,
    prospects_of,
    prospects_with_companies,
    read_whole,
)
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.moments import moment_of
from openprospect_nb.files.words import NO
from openprospect_nb.frames.contactable import SAFE_RISK
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy import shared

TIERS: Final = ("verified", "likely", "uncertain", "role_or_free", "stale", "suppressed", "no_email")
"""The tiers of `contactable`, best first."""
MAX_AGE_DAYS: Final = 90  # practice notes name 60 to 90 days as the age at which a validation should be repeated
ADDED: Final = ("tier", "rule", "why")
PRIVATE: Final = "__op_private"  # whether at a provider of private mailboxes
_MAIL: Final = "__op_mail"
_HOST: Final = "__op_at_host"
_RISK: Final = "__op_risk"
_KIND: Final = "__op_kind"
_CONFIDENCE: Final = "__op_confidence"
_OLD: Final = "__op_old"
_DATED: Final = ("validated_at", "delivered_at")
_TITLE: Final = "__op_title"
_LEVEL: Final = "__op_level"
_KEPT_OUT: Final = "__op_kept_out"
NOT_EXCLUDED: Final = NO | {"0", "0.0", "", "nan", "none", "null", "n/a", "-", "–"}
"""What ``excluded`` holds, in small letters, where nobody is kept out: a no, or nothing."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules know beside the row: whom to keep out, which addresses are malformed, what counts as old.

    ``disposable`` and ``free_mail`` are the hosts of the frame's own addresses that are providers of such mailboxes.
    """

    suppressed: object = None
    malformed: tuple[str, ...] = ()
    oldest: datetime | None = None
    disposable: tuple[str, ...] = ()
    free_mail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: the tier it places a prospect in, why in words, and the condition."""

    name: str
    tier: str
    why: str
    holds: Callable[[Any, Circumstances], Expr]


RULES: Final = (
    Rule("no_email", "no_email", "no e-mail address", lambda on, _: on.col(_MAIL).is_null()),
    Rule("malformed", "no_email", "the address is not well formed",
         lambda on, known: mailboxes.is_among(on.col(_MAIL), known.malformed)),
    Rule("suppressed", "suppressed", "person or company is on your suppression list", lambda on, _: on.col(_KEPT_OUT)),
    Rule("disposable", "role_or_free", "a throw-away mailbox",
         lambda on, known: mailboxes.is_among(on.col(_HOST), known.disposable)),
    Rule("role", "role_or_free", "a shared mailbox, not a person", lambda on, _: mailboxes.is_role(on.col(_MAIL))),
    Rule("role_type", "role_or_free", "the vendor marks it as shared",
         lambda on, _: on.col(_KIND).str.contains("role|generic|shared|group")),
    Rule("free_mail", "role_or_free", "a private mailbox",
         lambda on, known: mailboxes.is_among(on.col(_HOST), known.free_mail)),
    Rule("stale", "stale", "validated or delivered too long ago", lambda on, _: on.col(_OLD)),
    Rule("catch_all", "uncertain", "the domain accepts every address",
         lambda on, _: on.col(_KIND).str.contains("catch|accept.?all")),
    Rule("unknown_risk", "uncertain", "no bounce risk known", lambda on, _: on.col(_RISK).is_null()),
    Rule("verified", "verified", "bounce risk at most 5 of 100, validation at least 90 where known",
         lambda on, _: (on.col(_RISK) <= 5) & (on.col(_CONFIDENCE).fill_null(100.0) >= 90)),
    Rule("validated", "verified", "validation at least 95, bounce risk at most 10 of 100",
         lambda on, _: (on.col(_RISK) <= 10) & (on.col(_CONFIDENCE) >= 95)),
    Rule("likely", "likely", "bounce risk at most 20 of 100", lambda on, _: on.col(_RISK) <= SAFE_RISK),
    Rule("high_risk", "uncertain", "bounce risk above 20 of 100", lambda on, _: on.lit(value=True)),
)  # fmt: skip
"""The rules of `contactable` in the order they are tried, each with its name, its tier and why; the first that holds
decides. Ours, not the vendor's."""


@overload
def contactable(
    results: Results,
    *,
    tiers: Collection[str] | None = None,
    suppressed: object = None,
    as_of: datetime | date | str | None = None,
    max_age_days: int = MAX_AGE_DAYS,
    best_only: bool = False,
) -> pl.DataFrame: ...
@overload
def contactable(
    results: FrameT,
    *,
    tiers: Collection[str] | None = None,
    suppressed: object = None,
    as_of: datetime | date | str | None = None,
    max_age_days: int = MAX_AGE_DAYS,
    best_only: bool = False,
) -> FrameT: ...
def contactable(
    results: object,
    *,
    tiers: Collection[str] | None = None,
    suppressed: object = None,
    as_of: datetime | date | str | None = None,
    max_age_days: int = MAX_AGE_DAYS,
    best_only: bool = False,
) -> Any:
    """Return the prospects best first, ``tier`` and ``why`` before their own columns, ``rule`` (its name) after them.

    Best first is: tier, then bounce risk, then qualification, seniority and address. See `TIERS` and `RULES`.

    Args:
        results: a `Results`, or a prospects frame with ``email``; all else may be missing. Rows that `exclude` marked
            as ``excluded``, or that were suppressed before, are suppressed.
        tiers: keep only these tiers; None keeps all, also those not to be contacted.
        suppressed: whom never to contact: whatever `exclude` takes (domains, addresses, companies, a file, …). A domain
            takes everybody at hosts below it too. Companies are compared where a `Results` brings them, or the frame
            has ``company_name``, ``company_website``, ``company_city``. How many entries matched is logged, as a
            warning that names them where some did not; `suppression` returns it.
        as_of: the moment ages are counted to: a time with a zone, or a date, also as text (2026-11-29, 29.11.2026);
            None: nothing is called stale. Ages are those of ``validated_at``, else ``delivered_at`` (a `Results` takes
            it from its companies): times, dates, or texts that are dates.
        max_age_days: from which age on a prospect is stale.
        best_only: keep one prospect a company, the best.

    Raises:
        ValidationError: a needed column is missing, a tier is unknown, *as_of* has no time zone, a date has two
            readings or none, risks are fractions, or the suppression list cannot be read or compared with anything in
            the frame.

    Example:
        >>> op.contactable(results, tiers=["likely"])["why"].unique().to_list()
        ['bounce risk at most 20 of 100']
    """
    now = _now(tiers, as_of)
    needs_company = now is not None or suppressed is not None
    rows = _with_delivery(results) if needs_company else prospects_of(results)
    opened = open_table(rows, name="prospects", required=("email",))
    refuse_fractions(opened)
    table = with_validations(mailboxes.read_once(opened))
    circumstances = Circumstances(suppressed, oldest=None if now is None else now - timedelta(days=max_age_days))
    placed = place(table, circumstances)
    if tiers is not None:
        placed = placed.filter(table.on.col("tier").is_in(list(tiers)))
    keyed, order = _keyed(table, placed, best_only=best_only)
    if not opened.is_eager:
        given = [column for column in opened.columns if column not in ADDED]
        return table.give_back_in_order(keyed, ("tier", "why", *given, "rule"), order)
    read = read_whole(keyed.select(ROW, *ADDED, *order))
    best_first = read.select(ROW, *ADDED)[in_order(read.select(order))]
    del rows, table, placed, keyed, read  # of a market they are as large as what is returned
    return _beside(best_first, results, opened)


def _beside(best_first: pl.DataFrame, results: object, opened: OpenTable) -> pl.DataFrame:
    """Return the rows in memory that *best_first* names, with what it says of them."""
    if isinstance(results, Results):
        own: pl.DataFrame = _with_delivery(replace(results, prospects=results.prospects[best_first[ROW]]))
    else:
        own = read_whole(opened.lazy.select(opened.columns))[best_first[ROW]]
    tier, why, rule = (best_first[name] for name in ("tier", "why", "rule"))
    return own.select(tier, why, pl.exclude(ADDED), rule)


def place(table: OpenTable, circumstances: Circumstances) -> Lazy:
    """Return the prospects with ``tier``, ``rule`` and ``why`` added, in no particular order."""
    on, (facts, known) = table.on, _facts(table, circumstances)
    placed = facts.with_columns(_first_that_holds(on, known, lambda rule: rule.name).alias("rule"))
    said = {text: {rule.name: getattr(rule, text) for rule in RULES} for text in ("tier", "why")}
    return placed.with_columns(**{text: looked_up(on.col("rule"), by_rule) for text, by_rule in said.items()})


def with_tier(table: OpenTable) -> Lazy:
    """Return the prospects with ``tier``, as `place` gives it without ages and suppression, and `PRIVATE`."""
    on, (facts, known) = table.on, _facts(table, Circumstances())
    is_private = mailboxes.is_among(on.col(_HOST), known.free_mail)
    tier = _first_that_holds(on, known, lambda rule: rule.tier)
    return facts.with_columns(tier.alias("tier"), is_private.alias(PRIVATE))


def _facts(table: OpenTable, circumstances: Circumstances) -> tuple[Lazy, Circumstances]:
    """Return the prospects with what the rules ask of a row, and what they know beside it."""
    email = mailboxes.address(table)
    disposable, free_mail = mailboxes.hosts_among(table, shared.disposable(), shared.free_mail())
    malformed = tuple(mailboxes.malformed(table, email))
    known = replace(circumstances, malformed=malformed, disposable=disposable, free_mail=free_mail)
    no, suppressed, oldest = table.on.lit(value=False), circumstances.suppressed, circumstances.oldest
    listed = no if suppressed is None else ~hits_of(table, suppressed).excluded_by.is_null()
    facts = table.lazy.with_columns(
        email.alias(_MAIL),
        mailboxes.host(table).alias(_HOST),
        bounce_risk(table).alias(_RISK),
        within(table.column("validation_confidence", nw.Float64), 0, 100).alias(_CONFIDENCE),
        table.column("email_type", nw.String).str.to_lowercase().fill_null("").alias(_KIND),
        (no if oldest is None else table.on.coalesce(*(table.older(name, oldest) for name in _DATED), no)).alias(_OLD),
        (listed | is_kept_out(table)).alias(_KEPT_OUT),
    )
    return facts, known


def is_kept_out(table: OpenTable) -> Expr:
    """Return whether a row was kept out before: marked as ``excluded`` (anything but a no), or of tier "suppressed"."""
    on = table.on
    no = on.lit(value=False)
    marks = {
        name: on.col(name).cast(on.String).fill_null("").str.strip_chars().str.to_lowercase()
        for name in ("excluded", "tier")
        if table.holds_values(name) and not table.schema[name].is_nested()
    }
    excluded = ~marks["excluded"].is_in(sorted(NOT_EXCLUDED)) if "excluded" in marks else no
    return excluded | (marks["tier"] == "suppressed") if "tier" in marks else excluded


def _first_that_holds(on: Any, circumstances: Circumstances, say: Callable[[Rule], str]) -> Expr:
    """Return what is said of the first rule that holds; neighbours of which the same is said are one condition."""
    result = on.lit(say(RULES[-1]))
    for said, rules in groupby(reversed(RULES[:-1]), key=say):
        conditions = [rule.holds(on, circumstances) for rule in rules]
        result = on.when(reduce(or_, conditions)).then(on.lit(said)).otherwise(result)
    return result


def _keyed(table: OpenTable, placed: Lazy, *, best_only: bool) -> tuple[Lazy, list[str]]:
    """Return the prospects, of each company one if only the best are wanted, and the columns that order them."""
    on = table.on
    order = {
        "__op_tier": on.col("tier").replace_strict(
            TIERS, range(len(TIERS)), default=on.lit(len(TIERS)), return_dtype=on.Int64
        ),
        "__op_by_risk": on.col(_RISK).fill_null(101.0),
        "__op_by_fit": -within(table.column("qualification_score", nw.Float64), 0, 10).fill_null(-1.0),
        "__op_by_level": -on.col(_LEVEL).fill_null(-1.0),
        "__op_by_mail": on.col(_MAIL).fill_null(""),
    }
    keyed = _with_level(table, placed).with_columns(**order)
    if best_only:
        if "company_id" not in table.columns:
            problem = FieldProblem("company_id", "is not in the frame")
            raise ValidationError("best_only needs to know the company", fields=[problem], next_step="Add the column.")
        # A prospect without a company stands for itself.
        firm = on.coalesce(table.column("company_id", nw.String), on.col(_MAIL)).alias("__op_firm")
        keyed = first_of_each(keyed.with_columns(firm), "__op_firm", [*order, *table.row_order])
    return keyed, list(order)


def _with_level(table: OpenTable, placed: Lazy) -> Lazy:
    if not table.holds_values("job_title"):
        return placed.with_columns(table.on.lit(None, table.on.Float64).alias(_LEVEL))
    title = table.column("job_title", nw.String).alias(_TITLE)
    return placed.with_columns(title).join(seniority_by_title(table, _TITLE, _LEVEL), on=_TITLE, how="left")


def _with_delivery(results: object) -> Any:
    """Return the prospects with what tells their companies, and when these were delivered, where that is known."""
    prospects: Any = prospects_with_companies(results)
    if not isinstance(results, Results) or "delivered_at" not in results.companies.columns:
        return prospects
    delivered = results.companies.group_by("id").agg(pl.col("delivered_at").max())
    return prospects.join(delivered, left_on="company_id", right_on="id", how="left", maintain_order="left")


def _now(tiers: Collection[str] | None, as_of: datetime | date | str | None) -> datetime | None:
    """Return *as_of* as a point in time, and refuse it and the tiers together."""
    problems = [FieldProblem("tiers", f"has no {tier!r}") for tier in (tiers or ()) if tier not in TIERS]
    now = None
    try:
        now = moment_of("as_of", as_of)
    except ValidationError as error:
        problems += error.fields
    if problems:
        step = f"Tiers are {', '.join(TIERS)}; a time has a zone, such as datetime.now(UTC); a date is 2026-11-29."
        raise ValidationError("the tiers cannot be formed", fields=problems, next_step=step)
    return now
