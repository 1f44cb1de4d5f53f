"""Who would be written to: one row an address, with its probability to bounce, its domain and its tier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.calibration import CALIBRATED, Calibration
from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.contacts.percentages import refuse_fractions
from openprospect_nb.analysis.contacts.tiers import ADDED, PRIVATE, is_kept_out, with_tier
from openprospect_nb.analysis.contacts.validations import bounce_risk, stated_risk, with_validations
from openprospect_nb.analysis.ordering import in_order
from openprospect_nb.analysis.table import (
    ROW,
    Expr,
    Lazy,
    OpenTable,
    collect,
    open_table,
    prospects_of,
    prospects_with_companies,
    read_whole,
)
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.privacy import shared

TIER: Final = "__op_tier_now"
NEVER_SENT: Final = ("no_email", "suppressed")
SCHEMA: Final = pl.Schema(
    {
        "address": pl.String,
        "domain": pl.String,
        "p": pl.Float64,
        "stated": pl.Float64,
        "tier": pl.String,
        "row": pl.UInt32,
    }
)
_OUT: Final = "__op_out_"
FACTS: Final = tuple(f"{_OUT}{name}" for name in SCHEMA)
"""What is known of a row, as it is called where the row is."""
PERSON_FACTS: Final = pl.Schema(
    dict.fromkeys(
        ("order_id", "company_id", "email", "email_type", "id", "first_name", "last_name", "tier"), pl.String()
    )
    | dict.fromkeys(("bounce_risk_score", "validation_confidence", "calibrated_bounce_risk"), pl.Float64())
)
"""What tells one prospect from another, and what a forecast needs of them; risks are 0-100, the first the vendor's."""
_USED: Final = (
    "bounce_risk_score",
    "validation_confidence",
    "calibrated_bounce_risk",
    "email_type",
    "excluded",
    *ADDED,
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Distinct addresses with known risk, in no particular order, and how many rows were left out and why.

    Attributes:
        known: `SCHEMA`; ``p`` and ``stated`` are 0-1; ``domain`` is null at providers of private mailboxes, whose
            mailboxes share no fate; ``row`` is the first row of a Polars frame with this address, null elsewhere.
        unknown: addresses whose risk is not known.
        not_sendable: rows without a usable address, or suppressed.
        duplicates: rows whose address is there already.
        suppressed: addresses that are not sendable because a list keeps them out; empty for an engine's rows.
    """

    known: pl.DataFrame
    unknown: int
    not_sendable: int
    duplicates: int
    suppressed: tuple[str, ...] = ()

    def safest_first(self) -> Recipients:
        """Return the same by rising ``p``, those of one ``p`` by ``stated``, and of one of these by address."""
        return replace(self, known=self.known[in_order(self.known.select("p", "stated", "address"))])

    def __repr__(self) -> str:
        """Return the counts, no address."""
        return (
            f"Recipients({self.known.height} of known risk, {self.unknown} unknown, {self.not_sendable} not sendable)"
        )


def open_prospects(prospects: object) -> OpenTable:
    """Open a prospects frame or a `Results`, with the columns of its companies; ``email`` is needed."""
    return open_table(prospects_with_companies(prospects), name="prospects", required=("email",))


def recipients(
    prospects: object, *, calibration: Calibration | None = None, unknown_risk: float | None = None
) -> Recipients:
    """Return who in *prospects* can be written to.

    One address in several rows counts once, with the highest of its risks. The ``tier`` column of `contactable` is
    used where it is there; else the tiers are formed here, without ages and suppression. Who is ``excluded`` stays out.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and, to be of use, ``bounce_risk_score``.
        calibration: turns the vendor's risk into your own before anything else.
        unknown_risk: 0-100, the risk to assume where none is known; None leaves those prospects apart.
    """
    if unknown_risk is not None and not 0 <= unknown_risk <= 100:
        raise ValidationError(
            "unknown_risk cannot be used",
            fields=[FieldProblem("unknown_risk", f"is {unknown_risk}, not 0 to 100")],
            next_step="Give a percentage, or None.",
        )
    rows = collect(_rows(prospects, calibration), FACTS).rename(dict(zip(FACTS, SCHEMA, strict=True))).cast(SCHEMA)
    sendable = rows.filter(~pl.col("tier").is_in(NEVER_SENT))
    not_sendable = rows.height - sendable.height
    suppressed = tuple(rows.filter(pl.col("tier") == "suppressed")["address"].unique().drop_nulls().sort())
    del rows  # of a market they are as large as what is returned
    distinct = _once(sendable)
    filled = distinct.with_columns(p=pl.col("p").fill_null(unknown_risk)) if unknown_risk is not None else distinct
    with_risk = filled.drop_nulls("p").with_columns(pl.col("p") / 100, stated=pl.coalesce("stated", "p") / 100)
    unknown, duplicates = distinct.height - with_risk.height, sendable.height - distinct.height
    return Recipients(with_risk, unknown, not_sendable, duplicates, suppressed)


def _once(sendable: pl.DataFrame) -> pl.DataFrame:
    """Return a row an address; only those that may be there again are counted, by a hash."""
    again = sendable["address"].hash().is_duplicated()
    if not again.any():
        return sendable
    risks, others = pl.col("p", "stated").max(), pl.col("domain", "tier", "row").min()
    grouped = sendable.filter(again).group_by("address", maintain_order=True).agg(risks, others)
    return pl.concat([sendable.filter(~again), grouped.select(SCHEMA.names())])


def _narrowed(table: OpenTable) -> OpenTable:
    """Return only what is asked of a prospect here; in Polars, with the addresses read once and for all."""
    used = [name for name in _USED if name in table.columns]
    lazy = table.lazy.select(*table.row_order, *used, mailboxes.address(table).alias(mailboxes.ADDRESS))
    named = replace(table, lazy=lazy, columns=(*used, mailboxes.ADDRESS))
    lazy = lazy.with_columns(mailboxes.host(named).alias(mailboxes.HOST))
    if table.engine is nw.Implementation.POLARS:
        lazy = read_whole(lazy).lazy()
    return replace(named, lazy=lazy, columns=(*named.columns, mailboxes.HOST))


def calibrated(table: OpenTable, calibration: Calibration | None) -> OpenTable:
    """Return the prospects with the risks in force: by the validation where none is stated, and calibrated."""
    table = with_validations(table)
    if calibration is None:
        return table
    columns = (*(column for column in table.columns if column != CALIBRATED), CALIBRATED)
    return replace(table, lazy=calibration.add_to(table), columns=columns)


def person_facts(table: OpenTable) -> dict[str, Expr]:
    """Return, by the names of `PERSON_FACTS`, what counts and forecasts ask of a prospect in the rows of `tiered`."""
    facts = {
        name: table.column(name, nw.String if kind == pl.String else nw.Float64)
        for name, kind in PERSON_FACTS.items()
        if name not in {"tier", "bounce_risk_score"}
    }
    # Of few rows nobody could tell any more what a validation means.
    return facts | {"bounce_risk_score": stated_risk(table), "tier": table.on.col(TIER)}


def tiered(table: OpenTable) -> Lazy:
    """Return the prospects with ``TIER``: the tier `contactable` gave, else one formed here; never null."""
    on, email = table.on, mailboxes.address(table)
    placed = table.lazy if "tier" in table.columns else with_tier(table)
    tier = on.when(is_kept_out(table)).then(on.lit("suppressed")).otherwise(on.col("tier").fill_null("uncertain"))
    tier = on.when(email.is_null()).then(on.lit("no_email")).otherwise(tier)
    return placed.with_columns(tier.alias(TIER))


def rows_there(prospects: object, calibration: Calibration | None = None) -> Lazy | None:
    """Return the rows of a DuckDB or Spark frame where they are, with `FACTS`; None for any other frame.

    As in `recipients`, but for what is left to do: ``p`` and ``stated`` are 0-100, an address may occur several times.
    """
    is_here = open_table(prospects_of(prospects), name="prospects", required=()).engine is nw.Implementation.POLARS
    return None if is_here else _rows(prospects, calibration)


def once_there(rows: Lazy) -> Lazy:
    """Return a row an address of `rows_there` that may be written to, as `recipients` does, and of how many ``rows``.

    They have ``address``, ``domain``, ``p``, ``stated`` (0-100) and ``tier``.
    """
    address, domain, p, stated, tier, _ = map(nw.col, FACTS)
    named = {"domain": domain.min(), "p": p.max(), "stated": stated.max(), "tier": tier.min(), "rows": address.count()}
    return rows.filter(~tier.is_in(NEVER_SENT)).group_by(FACTS[0]).agg(**named).rename({FACTS[0]: "address"})


def _rows(prospects: object, calibration: Calibration | None) -> Lazy:
    opened = open_table(prospects_of(prospects), name="prospects", required=("email",))
    refuse_fractions(opened)
    table = calibrated(_narrowed(opened), calibration)
    on = table.on
    facts: dict[str, Any] = {
        "address": mailboxes.address(table),
        "domain": on.when(~on.col(PRIVATE)).then(mailboxes.host(table)),
        "p": bounce_risk(table),
        "stated": stated_risk(table),
        "tier": on.col(TIER),
        "row": on.col(ROW) if table.row_order else on.lit(None, on.Int64),  # Spark knows no unsigned numbers
    }
    placed = tiered(table)
    if "tier" in table.columns:
        (free_mail,) = mailboxes.hosts_among(table, shared.free_mail())
        placed = placed.with_columns(mailboxes.is_among(mailboxes.host(table), free_mail).alias(PRIVATE))
    return placed.select(*(facts[name.removeprefix(_OUT)].alias(name) for name in FACTS))
