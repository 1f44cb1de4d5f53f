"""How senior a job title is, in sixteen languages and more: named levels and their patterns, from `seniority.toml`.

Who assists, drives, advises, stands in for or once was somebody is not that somebody: "Assistentin der
Geschäftsführung" is no manager, "Stellv. Geschäftsführer" one step below, "Ex-CEO" nobody's head. Who is it for a time
("Interim CEO") stands one step below too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.table import Expr, Lazy, OpenTable, collect, dialect_of
from openprospect_nb.tables import tables

_SPELT: Final = "__op_spelt"
_READ: Final[dict[str | None, float | None]] = {}  # titles that this process has read already
_FEW: Final = 1_000
_MANY: Final = 20_000
_TABLES: Final = tables("analysis/contacts/seniority.toml")


@dataclass(frozen=True, slots=True)
class Level:
    """A named level: its value from 0 to 1, and the pattern of a title that shows it.

    With *beside*, this pattern must be there too: "deputy" beside "CEO".
    """

    name: str
    value: float
    pattern: str
    beside: str = ""


def _text(pattern: str) -> str:
    """Return a pattern of the tables as one line, with those it names in it."""
    named = re.sub("<([a-z_]+)>", lambda name: _text(_TABLES["words"][name[1]]), "".join(pattern.splitlines()))
    return named.replace("ς", "σ")  # engines disagree on the small letter of a last Σ


def _pattern(words: str, parts: str = "") -> str:
    """Return the pattern of a title that has one of these whole words, or of these parts of words."""
    whole = rf"(^|[^\p{{L}}])({_text(words)})($|[^\p{{L}}])"
    return f"{whole}|{_text(parts)}" if parts else whole


LEVELS: Final = tuple(
    Level(
        level["name"],
        level["value"],
        _pattern(level["words"], level.get("parts", "")),
        _pattern(**level["beside"]) if "beside" in level else "",
    )
    for level in _TABLES["levels"]
)
_ASIDES: Final = tuple((_text(aside["text"]), aside["instead"]) for aside in _TABLES["asides"])
_EX: Final = _text("<ex>")
_EX_BEFORE_A_TITLE: Final = _text("<ex_before_a_title>")


def seniority_by_title(table: OpenTable, title: str, level: str) -> Lazy:
    """Return each different ``job_title`` of *table* once, in the column *title*, with its seniority in *level*.

    Titles come again in every small frame, and to read one takes patterns that cost more than all else: those of few
    rows in memory are remembered.
    """
    titles = table.lazy.select(table.column("job_title", nw.String).alias(title)).unique()
    if not table.is_eager:
        return with_seniority(titles, table.on.col(title), level)
    here = collect(titles, [title])
    if here.height > _FEW:
        return with_seniority(here.lazy(), pl.col(title), level)
    new = here.filter(pl.Series([text not in _READ for text in here[title]], dtype=pl.Boolean))
    values: Mapping[str | None, float | None] = _READ
    if not new.is_empty():
        read = dict(collect(with_seniority(new.lazy(), pl.col(title), level), [title, level]).rows())
        values = _READ | read
        if len(_READ) < _MANY:
            _READ.update(read)
    levels = pl.Series(level, [values[text] for text in here[title]], dtype=pl.Float64)
    return here.with_columns(levels).lazy()


def with_seniority(rows: Lazy, title: Expr, name: str) -> Lazy:
    """Return *rows* with the seniority of a job title in the column *name*.

    It is 0-1 (1: owner or board, 0.1: assisting or former), and null where the title says nothing. The title is spelt
    in a column of its own first, for each level would spell it anew. Titles repeat: of many rows, ask once a title.
    """
    on = dialect_of(rows)
    spelt, value = on.col(_SPELT), on.lit(None, on.Float64)
    for level in reversed(LEVELS):
        shows = spelt.str.contains(level.pattern)
        if level.beside:
            shows = shows & spelt.str.contains(level.beside)
        value = on.when(shows).then(on.lit(level.value)).otherwise(value)
    lowered = rows.with_columns(_lowered(title).alias(_SPELT))
    return lowered.with_columns(_without_the_past(spelt).alias(_SPELT)).with_columns(value.alias(name)).drop(_SPELT)


def _lowered(title: Expr) -> Expr:
    """Return a job title in small letters, without what it says of others."""
    # Small letters of the Turkish İ are an i and a dot of its own.
    lowered = title.str.replace_all("İ", "i", literal=True).str.to_lowercase().str.replace_all("ς", "σ", literal=True)
    for aside, instead in _ASIDES:
        lowered = lowered.str.replace_all(aside, instead)
    return lowered


def _without_the_past(lowered: Expr) -> Expr:
    """Return such a title without what somebody was; asked of a column, for engines copy what is asked thrice."""
    was_more = lowered.str.contains(_EX_BEFORE_A_TITLE)
    return dialect_of(lowered).when(was_more).then(lowered.str.replace_all(_EX, "")).otherwise(lowered)
