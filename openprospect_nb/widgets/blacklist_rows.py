"""Companies to put on a blacklist: read from a paste, the tier each can match, what they would exclude; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from openprospect_nb.analysis import exclude
from openprospect_nb.client.faces import guess_columns
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.company_list import CompanyList

TIERS: Final = {
    1: "1 your id (exact)",
    2: "2 domain (high)",
    3: "3 name and city (good)",
    4: "4 name alone (fair)",
}
NAME_ONLY: Final = "Name alone: other companies of this name are excluded too. Add a web site or a city."
ID_ONLY: Final = "Only your id: it never matches a discovered company, which has none. Add a web site."


def pasted(text: str) -> CompanyList | None:
    """Return the companies in pasted text, or None if there are none.

    With a header row (any separator) it is a table. Without, a line is a company: its name, then, after a semicolon or
    a tab, its web site and its city in any order.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if _has_header(lines[0]):
        return CompanyList.uploaded("pasted.csv", "\n".join(lines).encode())
    rows = [_company(line) for line in lines]
    schema = {"company_name": pl.String, "website_url": pl.String, "city": pl.String}
    return CompanyList.of(pl.DataFrame(rows, schema=schema))


def tiers_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* with ``tier`` (the best it can match, 1-4) and ``warning`` (empty where there is none)."""
    has = {name: _filled(rows, name) for name in ("external_id", "website_url", "city")}
    best = pl.when(has["external_id"]).then(1).when(has["website_url"]).then(2).when(has["city"]).then(3).otherwise(4)
    id_alone = has["external_id"] & ~has["website_url"] & ~has["city"]
    warning = pl.when(id_alone).then(pl.lit(ID_ONLY)).when(best == 4).then(pl.lit(NAME_ONLY)).otherwise(pl.lit(""))
    return rows.with_columns(tier=best.cast(pl.Int64), warning=warning)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a list would have excluded of results: how many of how many companies, and how many by which tier."""

    excluded: int
    companies: int
    by_tier: Mapping[str, int]

    def __str__(self) -> str:
        """Return the counts in a sentence."""
        tiers = ", ".join(f"{count} by {tier.replace('_', ' ')}" for tier, count in self.by_tier.items())
        more = f" ({tiers})" if tiers else ""
        return f"It would have excluded {self.excluded:,} of {self.companies:,} companies at hand{more}."


def effect_of(results: Results | None, entries: pl.DataFrame) -> Effect | None:
    """Return what *entries* would have excluded of *results*, name alone included as the vendor's fourth tier is."""
    if results is None or entries.is_empty():
        return None
    hits = exclude(results, entries, name_only=True).filter("excluded")
    counted = hits.group_by("excluded_by").len().sort("excluded_by").iter_rows()
    return Effect(hits.height, results.companies.height, dict(counted))


def _has_header(line: str) -> bool:
    separator = max((",", ";", "\t"), key=line.count)
    try:
        return bool(guess_columns([cell.strip() for cell in line.split(separator)]))
    except ValidationError:
        return False


def _company(line: str) -> dict[str, Any]:
    name, *rest = (cell.strip() for cell in line.replace("\t", ";").split(";"))
    sites = [cell for cell in rest if "." in cell and " " not in cell]
    cities = [cell for cell in rest if cell and cell not in sites]
    return {"company_name": name, "website_url": next(iter(sites), None), "city": next(iter(cities), None)}


def _filled(rows: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).fill_null("") != "" if name in rows.columns else pl.lit(value=False)
