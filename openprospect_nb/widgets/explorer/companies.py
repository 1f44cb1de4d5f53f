"""One company in full, with the reasons of its score and its people, who are masked until asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.analysis import explain
from openprospect_nb.markup import clean, web_link, wording
from openprospect_nb.privacy.masking import mask_for
from openprospect_nb.widgets.explorer.model import ROW, Exploration
from openprospect_nb.widgets.explorer.titles import title_of

_SAY: Final = wording("en")
_AS_IS: Final = frozenset(
    {ROW, "id", "order_id", "name", "normalized_url", "city", "country", "source", "decision", "delivered_at"}
)
_FACTS: Final = ("website_url", "business_type", "city", "country", "employee_count", "match_score", "description",
                 "match_reasons", "match_reasoning", "web_technologies", "delivered_at", "order_id")  # fmt: skip
MOST_PEOPLE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """A prospect as shown: who (a number or the name), what is known of them, and, if revealed, ways to reach them."""

    who: str
    role: str
    qualification: str
    risk: str
    email: str
    phone: str
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One company as shown; texts are cleaned and hold no person unless ``is_revealed``."""

    name: str
    facts: tuple[tuple[str, str], ...]
    place: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    people: tuple[ShownPerson, ...]
    more_people: int
    is_revealed: bool


def detail_of(model: Exploration, number: int, *, reveal: bool) -> Detail:
    """Return row *number* in full."""
    company = model.row(number)
    people = model.people_of(company)
    row = company.row(0, named=True)
    shown = {name: cell(row[name]) for name in _FACTS if row.get(name) not in (None, [], "")}
    place, reasons, changes = _place(model, number)
    mask = _masker(people, [*shown.values(), *reasons], reveal=reveal)
    return Detail(
        name=clean(str(row.get("name") or row["id"]), 120),
        facts=tuple(
            (title_of(name), text if name in _AS_IS else _fact(name, text, mask, reveal=reveal))
            for name, text in shown.items()
        ),
        place=place,
        reasons=reasons if reveal else tuple(mask(_numbered(line, people)) for line in reasons),
        changes=changes,
        people=tuple(
            _person(row, number, reveal=reveal)
            for number, row in enumerate(people.head(MOST_PEOPLE).iter_rows(named=True), start=1)
        ),
        more_people=max(0, people.height - MOST_PEOPLE),
        is_revealed=reveal,
    )


def cell(value: object) -> str:
    """Return a value as the text of a cell: numbers grouped, lists joined, "–" where nothing is known."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        joined = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        return clean(joined, 600) or "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")


def _masker(people: pl.DataFrame, texts: list[str], *, reveal: bool) -> Callable[[str], str]:
    if reveal:
        return str
    if not {"first_name", "last_name", "phone_number"} <= set(people.columns):
        people = pl.DataFrame(schema={"first_name": pl.String, "last_name": pl.String, "phone_number": pl.String})
    return mask_for(texts, people, {}, _SAY)


def _fact(name: str, text: str, mask: Callable[[str], str], *, reveal: bool) -> str:
    if name.endswith("_url") and not reveal:
        # A path may name a person (…/~maja.lindqvist); the host is the company's own.
        parts = urlsplit(text) if web_link(text) else None
        return f"{parts.scheme}://{parts.netloc}/" if parts else mask(text)
    return mask(text)


def _place(model: Exploration, number: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the rank in words, the reasons, and what would change the rank, as `op.explain` says them.

    `op.explain` sorts every company; among a million only the neighbours in rank are handed to it.
    """
    rows = model.rows
    if "score" not in rows.columns or "reasons" not in rows.columns:
        return "No score: there is no match score to start from.", (), ()
    mine = rows.row(number, named=True)
    if mine["score"] is None:
        return "No score: nothing is known that it could rest on.", tuple(mine["reasons"] or ()), ()
    before, after, ranked_count = _around(model.ranked(), mine)
    near = rows[[*before.tail(1)[ROW], number, *after.head(1)[ROW]]]
    said = explain(near, mine["id"])
    identity = pl.col("id").cast(pl.String)
    names = dict(near.select(identity, name=pl.col("name") if "name" in near.columns else identity).iter_rows())
    place = f"Rank {ranked_count + 1:,} of {model.ranked().height:,}, score {mine['score']:.1f} of 100."
    return place, tuple(clean(line) for line in said.reasons), tuple(_named(line, names) for line in said.changes)


def _around(ranked: pl.DataFrame, mine: Mapping[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return those ranked next above, the nearest last, those next below, the nearest first, and how many are above.

    Ids are compared among equal scores alone: comparing texts takes ten times as long as comparing numbers.
    """
    score = pl.col("score")
    better, worse = (ranked.lazy().filter(which) for which in (score > mine["score"], score < mine["score"]))
    equal, above, below, count = pl.collect_all(
        [
            ranked.lazy().filter(score == mine["score"]).sort("id"),
            better.filter(score == score.min()).sort("id"),
            worse.filter(score == score.max()).sort("id"),
            better.select(pl.len()),
        ]
    )
    place, upto = (int(those.sum()) for those in (equal["id"] < mine["id"], equal["id"] <= mine["id"]))
    before, after = equal[:place], equal[upto:]
    return before if place else above, after if after.height else below, count.item() + place


def _named(line: str, names: Mapping[str, str]) -> str:
    for identity, name in names.items():
        shown = (clean(name, 60) or identity).replace("\\", r"\\")
        line = re.sub(rf"(?<![\w-]){re.escape(identity)}(?![\w-])", shown, line)
    return clean(line, 300)


def _numbered(line: str, people: pl.DataFrame) -> str:
    """Return a reason with its person as the list of prospects calls him or her while names are hidden."""
    for number, person in enumerate(people.iter_rows(named=True), start=1):
        name = clean(" ".join(filter(None, (person.get("first_name"), person.get("last_name")))))
        line = line.replace(f" {name} ", f" Prospect {number} ") if name else line
    return line


def _person(row: Mapping[str, object], number: int, *, reveal: bool) -> ShownPerson:
    def text(name: str, limit: int = 120) -> str:
        value = row.get(name)
        return clean(str(value), limit) if value is not None else ""

    full = f"{text('first_name')} {text('last_name')}".strip()
    link = row.get("linkedin_url")
    return ShownPerson(
        who=(full if reveal else "") or f"Prospect {number}",
        role=text("job_title") or "–",
        qualification=cell(row.get("qualification_score")),
        risk=cell(row.get("bounce_risk_score")),
        email=_way(text("email"), reveal=reveal),
        phone=_way(text("phone_number"), reveal=reveal),
        profile=web_link(str(link)) if reveal and link else None,
    )


def _way(text: str, *, reveal: bool) -> str:
    return text if reveal and text else "masked" if text else "–"
