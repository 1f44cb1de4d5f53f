"""What a notice under Article 14 of the GDPR is made of: for each person, where the data came from, and by when.

Persons whose data did not come from themselves are told within a reasonable period, at the latest one month after the
data was obtained; with a first message to them; or when the data is first disclosed to another recipient, if that is
envisaged (paragraph 3). Written here are the facts and dates that are known, and the names of what the controller alone
can add (paragraphs 1 and 2). It is no legal advice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.files.formulas import neutralised
from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.tables import tables

OBTAINED: Final = "obtained_at"
_ROW: Final = "__op_row"
_ARTICLE: Final[Mapping[str, Mapping[str, str]]] = tables("exports/article14.toml")
_PERSON: Final = ("id", "first_name", "last_name", "email", "company_name")


def with_time(rows: pl.DataFrame, prospects: object) -> pl.DataFrame:
    """Return *rows* with ``obtained_at``: when the company was delivered, else when it was fetched, else null."""
    if isinstance(prospects, Results):
        delivered = prospects.companies.select("order_id", company_id="id", delivered_at="delivered_at")
        keys = ["order_id", "company_id"]
        rows = rows.drop("delivered_at", strict=False).join(
            delivered.unique(keys, keep="first"), on=keys, how="left", nulls_equal=True, maintain_order="left"
        )
        fetched = pl.lit(_moment(prospects.provenance.get("fetched_at")), UTC_TIME)
        return rows.with_columns(pl.coalesce("delivered_at", fetched).alias(OBTAINED))
    times = [name for name in ("delivered_at", "fetched_at") if rows.schema.get(name) == UTC_TIME]
    return rows.with_columns(pl.coalesce(*times, pl.lit(None, UTC_TIME)).alias(OBTAINED))


def once_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* with one row a person, that of the time at which their data was obtained first.

    What is delivered again, by another order or anew, does not move the day by which a person is told.
    """
    keys = [name for name in ("source", "id") if name in rows.columns]
    if "id" not in keys:
        return rows
    numbered = rows.with_row_index(_ROW)
    named = numbered.filter(pl.col("id").is_not_null()).sort(OBTAINED, _ROW, nulls_last=True)
    first = pl.concat([named.unique(keys, keep="first"), numbered.filter(pl.col("id").is_null())])
    return first.sort(_ROW).drop(_ROW)


def inform_by(obtained: pl.Expr) -> pl.Expr:
    """Return the last day for telling a person: one calendar month after the day on which the data was obtained."""
    return obtained.dt.date().dt.offset_by("1mo")


def notice_of(persons: pl.DataFrame, recipients: Sequence[str], say: Wording) -> pl.DataFrame:
    """Return one row a person: who, categories of data, source, days, recipients; null where something is not known.

    Args:
        persons: prospects with ``obtained_at`` and, where known, ``company_name`` and ``order_id``.
        recipients: for each person, who is on record to have got their data.
        say: the words.
    """
    who = [(pl.col(name) if name in persons.columns else pl.lit(None)).cast(pl.String).alias(name) for name in _PERSON]
    held = persons.select(name for name in _ARTICLE["categories"] if name in persons.columns).iter_rows(named=True)
    orders = persons["order_id"] if "order_id" in persons.columns else [None] * persons.height
    sources = [say.say("art14.source_order", order=order) if order else say.say("art14.source") for order in orders]
    return persons.select(
        *who,
        pl.Series("categories", [_categories(row, say) for row in held], dtype=pl.String),
        pl.Series("source", sources, dtype=pl.String),
        pl.col(OBTAINED).dt.date().dt.to_string("%Y-%m-%d").alias("obtained_on"),
        inform_by(pl.col(OBTAINED)).dt.to_string("%Y-%m-%d").alias("inform_by"),
        pl.Series("recipients", recipients, dtype=pl.String),
    )


def write_notice(notice: pl.DataFrame, path: Path, say: Wording, suffix: str) -> list[str]:
    """Write *notice* as JSON, Markdown or else CSV, as *suffix* says; return what else the reader should know."""
    if suffix == ".json":
        path.write_text(json.dumps(_document(notice, say), ensure_ascii=False, indent=2) + "\n", "utf-8")
    elif suffix == ".md":
        path.write_text(_page(notice, say), "utf-8")
    else:
        notice.with_columns(neutralised(name) for name in notice.columns).write_csv(path, quote_style="non_numeric")
    unknown = notice["obtained_on"].null_count()
    dated = f"Of {unknown} person(s) it is not known when their data was obtained: export a Results, not a frame."
    return [say.say("art14.note"), say.say("art14.when"), *([dated] if unknown else [])]


def _categories(row: Mapping[str, Any], say: Wording) -> str:
    keys = dict.fromkeys(_ARTICLE["categories"][name] for name, value in row.items() if value not in {None, ""})
    return "; ".join(say.say(f"art14.category.{key}") for key in keys)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _document(notice: pl.DataFrame, say: Wording) -> dict[str, Any]:
    asked = {
        name: {"paragraph": where, "what": say.say(f"art14.{name}"), "text": None}
        for name, where in _ARTICLE["controllers"].items()
    }
    facts = {"article": "GDPR Art. 14", "note": say.say("art14.note"), "when": say.say("art14.when")}
    return {**facts, "controller": asked, "persons": notice.to_dicts()}


def _page(notice: pl.DataFrame, say: Wording) -> str:
    gaps = [f"- [ ] {say.say(f'art14.{name}')} (Art. 14 {where}): …" for name, where in _ARTICLE["controllers"].items()]
    heads = [say.say(f"art14.column.{name}") for name in notice.columns]
    rows = [[_cell(value) for value in row] for row in notice.iter_rows()]
    table = [f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows]]
    parts = (f"# {say.say('art14.title')}", say.say("art14.note"), say.say("art14.when"))
    return "\n\n".join([*parts, "\n".join(gaps), "\n".join(table)]) + "\n"


def _cell(value: object) -> str:
    """Return a value as one cell of a Markdown table, with nothing in it that marks up."""
    text = clean(str(value), 500) if value is not None else "–"
    return "".join(f"\\{character}" if character in "\\`*_[]<>|~&" else character for character in text)
