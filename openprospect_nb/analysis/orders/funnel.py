"""How many of the companies asked for end as companies one can write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.frames.results import Results

CONFIDENT: Final = 80.0
"""A validation confidence (0-100) of 80 is our reading of a checked e-mail; the vendor names no line."""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step: its key (asked, delivered, contact, email or checked) and how many companies reach it."""

    key: str
    companies: int


def funnel(results: Results) -> tuple[FunnelStep, ...]:
    """Return the steps from asked to checked e-mail; ``asked`` only where every order states its quantity."""
    people = results.prospects.with_columns(
        email_known=pl.col("email").str.contains("@").fill_null(value=False),
        sure=(pl.col("validation_confidence") >= CONFIDENT).fill_null(value=False),
    )
    by_company = people.group_by("order_id", id="company_id").agg(
        email=pl.col("email_known").any(), checked=(pl.col("email_known") & pl.col("sure")).any()
    )
    companies = results.companies.select("order_id", "id")
    joined = companies.join(by_company.with_columns(contact=True), on=["order_id", "id"], how="left", nulls_equal=True)
    sums = joined.select(pl.col("contact", "email", "checked").sum()).row(0, named=True)
    reached = [FunnelStep(key, int(sums[key] or 0)) for key in ("contact", "email", "checked")]
    asked = asked_for(results)
    first = [FunnelStep("asked", asked)] if asked is not None else []
    return (*first, FunnelStep("delivered", results.companies.height), *reached)


def asked_for(results: Results) -> int | None:
    """Return how many companies were asked for; None unless every order states its quantity."""
    quantities = [order.get("briefing_quantity") for order in results.provenance.get("orders") or ()]
    stated = [quantity for quantity in quantities if isinstance(quantity, int) and not isinstance(quantity, bool)]
    return sum(stated) if stated and len(stated) == len(quantities) else None
