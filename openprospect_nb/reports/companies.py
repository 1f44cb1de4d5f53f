"""The companies table of a report: the best companies, each with its best contact."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, score
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean, web_link
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import CompanyLine, Contact

_KEY: Final = ("order_id", "company_id")
LONGEST: Final = 5_000  # what is read of a text; how much is shown is the summary's business


def company_lines(results: Results, top: int, say: Wording) -> tuple[CompanyLine, ...]:
    """Return the *top* companies by score, then by match score and name, each with its best contact."""
    scored = score(results).sort(
        ["score", "match_score", "name", "id"], descending=[True, True, False, False], nulls_last=True
    )
    shown = scored.head(top).join(
        _best(results), left_on=("order_id", "id"), right_on=_KEY, how="left", nulls_equal=True
    )
    rows = shown.sort(["score", "match_score", "name", "id"], descending=[True, True, False, False], nulls_last=True)
    return tuple(_line(rank, row, say) for rank, row in enumerate(rows.iter_rows(named=True), start=1))


def _best(results: Results) -> pl.DataFrame:
    """Return one row a company: how many prospects, and the best of them (with an e-mail, then best qualified)."""
    mailable = pl.col("email").is_not_null().alias("mailable")
    ranked = results.prospects.with_columns(mailable).sort(
        ["mailable", "qualification_score", "id"], descending=[True, True, False], nulls_last=True
    )
    names = ("first_name", "last_name", "job_title", "email", "phone_number", "linkedin_url")
    return ranked.group_by(_KEY, maintain_order=True).agg(
        pl.col("id").first().alias("person_id"), pl.len().alias("people"), *(pl.col(name).first() for name in names)
    )


def _line(rank: int, row: dict[str, Any], say: Wording) -> CompanyLine:
    link = web_link(row["website_url"])
    return CompanyLine(
        rank=say.number(rank),
        name=clean(row["name"], 80),
        link=link,
        host=clean(_host(link), 60),
        business=clean(row["business_type"], LONGEST),
        place=", ".join(part for part in (clean(row["city"], LONGEST), clean(row["country"], LONGEST)) if part),
        employees=say.number(row["employee_count"]),
        match=say.number(row["match_score"], 1),
        score=say.number(row["score"]),
        prospects=say.number(row["people"] or 0),
        contact=_contact(row) if row["people"] else None,
        points=_points(row, say),
        reasons=", ".join(clean(reason, LONGEST) for reason in (row["match_reasons"] or [])[:4]),
    )


def _points(row: dict[str, Any], say: Wording) -> str:
    """Return what each component adds to or takes from 50, and which are unknown."""
    points = {name: row[f"points_{name}"] for name in DEFAULT_WEIGHTS}
    known = [f"{value:+.0f} {say.say(f'part.{name}')}" for name, value in points.items() if value]
    unknown = [say.say(f"part.{name}") for name, value in points.items() if value is None and DEFAULT_WEIGHTS[name]]
    return ", ".join(known + ([say.say("part.unknown", list=", ".join(unknown))] if unknown else []))


def _host(link: str | None) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.") if link else ""


def _contact(row: dict[str, Any]) -> Contact:
    name = " ".join(part for part in (clean(row["first_name"], LONGEST), clean(row["last_name"], LONGEST)) if part)
    email = clean(row["email"], LONGEST)
    return Contact(
        # One person found twice has one e-mail, or failing that one name in one company.
        identity=email.lower() or f"{row['id']} {name.lower()}",
        name=name,
        role=clean(row["job_title"], LONGEST),
        email=email,
        phone=clean(row["phone_number"], LONGEST),
        profile=web_link(row["linkedin_url"]),
    )
