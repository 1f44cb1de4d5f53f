"""Whom to enrich again, and whether that is worth its price: chosen from a list of the stale, and judged; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from openprospect_nb.api.buying.known import Company, renewed
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.known import KnownCompanies
from openprospect_nb.settings import AMOUNT, amount_of

if TYPE_CHECKING:
    import polars as pl

    from openprospect_nb.journal import Purchase

SENT: Final = ("company_name", "website_url", "city", "country", "external_id")
"""What of a company an order for it says."""
_UNDATED: Final = timedelta(days=30)  # a company of unknown delivery is not ordered twice within so long


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalForecast:
    """What enriching the stale again costs, and what it corrects.

    Attributes:
        companies: how many would be ordered. expected: of them, records that are no longer true, by what `op.stale`
            expects. cost: of the order, None where no price is known. value: of a corrected record, if one is given.
        ordered: companies of the list left out because they were ordered again since they were delivered.
        nameless: rows left out because an order cannot say whom it is for.
    """

    companies: int
    expected: float
    cost: float | None
    value: float | None
    ordered: int
    nameless: int

    @property
    def go(self) -> bool:
        """Whether it corrects what is worth its price; without a price or value, whether there is anybody to order."""
        if self.value is None or self.cost is None:
            return self.companies > 0
        return self.companies > 0 and self.expected * self.value >= self.cost

    @property
    def why(self) -> str:
        """The reason for ``go``."""
        left = [f"{self.ordered:,} were ordered again since they came"] * bool(self.ordered)
        left += [f"{self.nameless:,} have no name to order by"] * bool(self.nameless)
        apart = f" {', '.join(left)}, and are left out." if left else ""
        if not self.companies:
            return f"Nobody is left to enrich again.{apart}"
        cost = "; their price is not known" if self.cost is None else f", for {self.cost:,.2f}"
        worth = ""
        if self.value is not None and self.cost is not None:
            worth = f" Corrected, they are worth {self.expected * self.value:,.2f}."
        return (
            f"{self.companies:,} companies are stale; about {self.expected:.0f} of their records are no longer true"
            f"{cost}.{worth}{apart}"
        )


@dataclass(frozen=True, slots=True)
class RenewalOrder:
    """The order as it would be sent: its name, its companies, and what is known of it."""

    name: str
    companies: Sequence[Company]
    forecast: RenewalForecast


def renewal_of(stale: object, purchases: Sequence[Purchase], now: datetime, *, price_each: float | None,
               value: float | None, name: str | None) -> RenewalOrder:  # fmt: skip
    """Return whom to order again, under which name, at what cost.

    The name follows from the companies and when they were delivered, unless one is given: the same list of the stale is
    one order however often it is asked for, and next year's is another. An order of the same name that was placed
    stands for itself: what was ordered before it is left out, as it was then.

    Raises:
        ValidationError: it is no list of companies, or the value is no amount.
    """
    rows = _rows(stale)
    problems = [] if value is None or amount_of(value) else [FieldProblem("value", f"must be {AMOUNT} above 0", value)]
    if problems:
        raise ValidationError("nobody can be enriched again", fields=problems, next_step="Correct it.")
    called = name or f"enrich again: {len(rows)}, {_fingerprint(rows)}"
    own = next((place for place, each in enumerate(purchases) if each.name == called), len(purchases))
    before = renewed(purchases[:own])
    named = [row for row in rows if str(row.get("company_name") or "").strip()]
    again = [_is_renewed(row, before, now) for row in named]
    left = [row for row, is_renewed in zip(named, again, strict=True) if not is_renewed]
    return RenewalOrder(
        called,
        [{key: str(row[key]) for key in SENT if row.get(key)} for row in left],
        RenewalForecast(
            companies=len(left),
            expected=sum(1.0 if row.get("chance") is None else float(str(row["chance"])) for row in left),
            cost=None if price_each is None else price_each * len(left),
            value=value,
            ordered=sum(again),
            nameless=len(rows) - len(named),
        ),
    )


def _rows(stale: object) -> list[dict[str, object]]:
    # polars loads with the first list, not with the client
    import polars as pl

    frame: pl.DataFrame | object = getattr(stale, "companies", stale)
    if not isinstance(frame, pl.DataFrame) or "company_name" not in frame.columns:
        problem = FieldProblem("stale", "is neither what op.stale returned nor a Polars frame with company_name")
        raise ValidationError(
            "nobody can be enriched again", fields=[problem], next_step="Give op.stale(results, yearly=0.25)."
        )
    return frame.unique([name for name in SENT if name in frame.columns], keep="first", maintain_order=True).to_dicts()


def _is_renewed(row: Mapping[str, object], before: Mapping[datetime, KnownCompanies], now: datetime) -> bool:
    delivered = row.get("delivered_at")
    came = delivered.replace(tzinfo=delivered.tzinfo or UTC) if isinstance(delivered, datetime) else now - _UNDATED
    company = {key: None if row.get(key) is None else str(row[key]) for key in SENT}
    return any(ordered > came and known.orders_of(company) for ordered, known in before.items())


def _fingerprint(rows: Sequence[Mapping[str, object]]) -> str:
    texts = sorted("\0".join(str(row.get(key) or "") for key in (*SENT, "delivered_at")) for row in rows)
    return hashlib.sha256("\1".join(texts).encode()).hexdigest()[:8]
