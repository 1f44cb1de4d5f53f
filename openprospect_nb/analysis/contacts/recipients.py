"""Who would be written to: one row an address, with its probability to bounce, its domain and its tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.calibration import CALIBRATED, Calibration
from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.contacts.best import bounce_risk
from openprospect_nb.analysis.contacts.tiers import Circumstances, place
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, open_table, prospects_with_companies
from openprospect_nb.errors import FieldProblem, ValidationError

TIER: Final = "__op_tier_now"
NEVER_SENT: Final = ("no_email", "suppressed")
SCHEMA: Final = pl.Schema(
    {"address": pl.String, "domain": pl.String, "p": pl.Float64, "stated": pl.Float64, "tier": pl.String}
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Distinct addresses with known risk, safest first, and how many rows were left out and why.

    Attributes:
        known: `SCHEMA`; ``p`` and ``stated`` are 0-1; ``domain`` is null at providers of private mailboxes, whose
            mailboxes share no fate.
        unknown: addresses whose risk is not known.
        not_sendable: rows without a usable address, or suppressed.
        duplicates: rows whose address is there already.
    """

    known: pl.DataFrame
    unknown: int
    not_sendable: int
    duplicates: int

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
    used where it is there; else the tiers are formed here, without ages and suppression.

    Args:
        prospects: a `Results` or a prospects frame with ``email`` and, to be of use, ``bounce_risk_score``.
        calibration: turns the vendor's risk into your own before anything else.
        unknown_risk: 0-100, the risk to assume where none is known; None leaves those prospects apart.
    """
    _check_percent("unknown_risk", unknown_risk)
    table = open_prospects(prospects)
    rows = _rows(calibrated(table, calibration))
    sendable = rows.filter(~pl.col("tier").is_in(NEVER_SENT))
    distinct = sendable.group_by("address").agg(pl.col("p", "stated").max(), pl.col("domain", "tier").min())
    filled = distinct.with_columns(p=pl.col("p").fill_null(unknown_risk)) if unknown_risk is not None else distinct
    filled = filled.with_columns(stated=pl.coalesce("stated", "p"))
    with_risk = filled.with_columns(pl.col("p") / 100, pl.col("stated") / 100).drop_nulls("p")
    return Recipients(
        with_risk.select(SCHEMA.names()).cast(SCHEMA).sort("p", "stated", "address"),
        distinct.height - with_risk.height,
        rows.height - sendable.height,
        sendable.height - distinct.height,
    )


def calibrated(table: OpenTable, calibration: Calibration | None) -> OpenTable:
    """Return the prospects with ``calibrated_bounce_risk``, if there is a calibration to add it."""
    if calibration is None:
        return table
    columns = (*(column for column in table.columns if column != CALIBRATED), CALIBRATED)
    return OpenTable(calibration.add_to(table), columns, table.engine, table.is_eager, table.name)


def tiered(table: OpenTable) -> Lazy:
    """Return the prospects with ``TIER``: the tier `contactable` gave, else one formed here; never null."""
    email = mailboxes.address(table)
    placed = table.lazy if "tier" in table.columns else place(table, Circumstances())
    tier = nw.when(email.is_null()).then(nw.lit("no_email")).otherwise(nw.col("tier").fill_null("uncertain"))
    return placed.with_columns(tier.alias(TIER))


def _rows(table: OpenTable) -> pl.DataFrame:
    email = mailboxes.address(table)
    host = mailboxes.domain(email)
    facts: dict[str, Any] = {
        "address": email,
        "domain": nw.when(~host.is_in(mailboxes.FREE_MAIL)).then(host).otherwise(nw.lit(None, nw.String)),
        "p": bounce_risk(table),
        "stated": stated_risk(table),
        "tier": nw.col(TIER),
    }
    prefixed = tiered(table).select(*(value.alias(f"__op_out_{name}") for name, value in facts.items()))
    rows = collect(prefixed, [f"__op_out_{name}" for name in facts])
    return rows.rename(lambda name: name.removeprefix("__op_out_")).cast(SCHEMA)


def stated_risk(table: OpenTable) -> nw.Expr:
    """Return the vendor's risk, 0-100, as `bounce_risk` does but never a calibrated one."""
    plain = tuple(column for column in table.columns if column != CALIBRATED)
    return bounce_risk(OpenTable(table.lazy, plain, table.engine, table.is_eager, table.name))


def _check_percent(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 100:
        raise ValidationError(
            f"{name} cannot be used",
            fields=[FieldProblem(name, f"is {value}, not 0 to 100")],
            next_step="Give a percentage, or None.",
        )
