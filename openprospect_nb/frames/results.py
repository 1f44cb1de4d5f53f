"""`Results`: what one or more orders delivered, as frames with fixed schemas, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Delivered companies and prospects, one row each.

    Attributes:
        companies: `schemas.COMPANIES`; first column ``order_id``; ``source`` is "sandbox" or "live".
        prospects: `schemas.PROSPECTS`; ``company_id`` refers to ``companies.id``.
        rejects: `schemas.REJECTS`; one row for each value that broke a declared rule.
        drift: `schemas.DRIFT`; fields that are new, missing or retyped.
        errors: order id → why its results could not be had.
        provenance: JSON-ready facts: ``orders`` (order objects as the server sent them), ``icp`` (the profile
            description, if known), ``icp_hash``, ``fetched_at`` (ISO 8601 UTC), ``source``, ``versions``.
    """

    companies: pl.DataFrame = field(default_factory=COMPANIES.to_frame)
    prospects: pl.DataFrame = field(default_factory=PROSPECTS.to_frame)
    rejects: pl.DataFrame = field(default_factory=REJECTS.to_frame)
    drift: pl.DataFrame = field(default_factory=DRIFT.to_frame)
    errors: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
