"""Who can be contacted, as spending counts it: the same persons that `op.contactable` calls verified or likely.

Spending belongs to the side that buys, which reaches nothing that decides. So what makes a prospect contactable with no
more to go on than its row stands here; the rules by name, ages and suppression lists are analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.privacy import shared

SAFE_RISK: Final = 20.0
"""The largest bounce risk (0-100) of an address that is called likely."""
GOOD_MATCH: Final = 8.0
"""From which match score (0-10) on a company counts as a good match, unless one says otherwise."""
NEEDED: Final = ("company_id", "email", "email_type", "bounce_risk_score")
"""The columns of `frames.schemas.PROSPECTS` that decide."""
_WELL_FORMED: Final = r"^[^\s@]+@([^\s@.]+\.)+[^\s@.]{2,}$"
_RESERVED: Final = r"\.(arpa|invalid|local|localhost|onion|test)$"
_SHARED_KINDS: Final = "role|generic|shared|group|catch|accept.?all"


@dataclass(frozen=True, slots=True)
class Contacts:
    """How many companies have a contactable prospect, and how many different addresses these have."""

    companies: int
    prospects: int


def contacts_among(prospects: pl.DataFrame) -> Contacts:
    """Return how many can be contacted: an own, well-formed address that bounces with at most `SAFE_RISK` percent."""
    own = _reached(prospects)
    return Contacts(own["company_id"].drop_nulls().n_unique(), own["address"].n_unique())


def mailable_companies(prospects: pl.DataFrame) -> pl.Series:
    """Return the ids of the companies that have somebody who can be contacted, each once."""
    return _reached(prospects)["company_id"].drop_nulls().unique()


def _reached(prospects: pl.DataFrame) -> pl.DataFrame:
    reached = prospects.select("company_id", "bounce_risk_score", address=_text("email"), kind=_text("email_type"))
    reached = reached.filter(
        pl.col("address").str.contains(_WELL_FORMED)
        & ~pl.col("address").str.contains(_RESERVED)
        & ~pl.col("kind").fill_null("").str.contains(_SHARED_KINDS)
        & pl.col("bounce_risk_score").is_between(0, SAFE_RISK)
    )
    local = pl.col("address").str.replace_all("@.*$", "").str.replace_all(r"\+.*$", "")
    return reached.filter(~local.is_in(list(shared.ROLE_NAMES)) & ~_is_provider(reached))


def _text(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()


def _is_provider(reached: pl.DataFrame) -> pl.Series:
    """Return whether each address is at a provider of private or throw-away mailboxes, or at a host below one."""
    host = reached["address"].str.replace_all("^.*@", "")
    listed = shared.free_mail() | shared.disposable()
    ends = [host, *(host.str.extract(rf"((?:[^.]+\.){{{n}}}[^.]+)$") for n in (1, 2))]
    providers = [name for end in ends for name in end.unique().drop_nulls().to_list() if name in listed]
    named = pl.DataFrame([end.alias(str(number)) for number, end in enumerate(ends)])
    return named.select(is_at=pl.any_horizontal(pl.all().is_in(providers)).fill_null(value=False))["is_at"]
