"""Which rows a target can take, and the columns it wants that follow from others: whole names, places, domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.contacts.tiers import NOT_EXCLUDED
from openprospect_nb.analysis.identity.keys import registrable_domain
from openprospect_nb.analysis.table import open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.exports.targets import Layout
from openprospect_nb.files.words import YES
from openprospect_nb.markup.text import first_of

MALFORMED: Final = "malformed address"
REPEATED: Final = "repeated address"
_LISTED: Final = 5
# Column → what it is made of, where the frame has any of that and not the column itself.
_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "full_name": ("first_name", "last_name"),
    "company_place": ("company_city", "company_country"),
    "company_domain": ("company_website",),
    "company_url": ("company_website",),
    "topic": ("company_name", "first_name", "last_name"),
}
# What is read as a text, whatever somebody's frame calls it.
_TEXTS: Final = frozenset(
    {"email", "source", "lead_source", *_SOURCES, *(part for parts in _SOURCES.values() for part in parts)}
)
_ADDRESS: Final = pl.col("email").cast(pl.String).str.strip_chars().str.to_lowercase()
_YES: Final = YES | {"1", "1.0"}
_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
# Liquid, Jinja, spintax and their like, which sequencers and CRMs put into mails.
_TEMPLATE: Final = r"\{\{|\}\}|\{%|%\}|\{[^{}]*\|[^{}]*\}|\$\{|<%|%>|\[\[|%%[A-Za-z_]+%%|\*\|[A-Za-z_:]+\|\*"
# A link that is no web page: "javascript:…", "data:…". A host with its port ("intranet:8080/x") is one.
_SCHEME: Final = r"^[a-z][a-z0-9+-]*:"
_OF_THE_WEB: Final = r"^(https?:|[a-z0-9-]+:[0-9]+(/|$))"


def as_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* with addresses, names and places as texts.

    Raises:
        ValidationError: a column holds objects or bytes, which no file takes, or lists where a text is meant.
    """
    problems = [
        FieldProblem(name, f"holds {kind}, " + ("not texts" if kind.is_nested() else "which no file takes"))
        for name, kind in rows.schema.items()
        if kind in (pl.Object, pl.Binary) or (name in _TEXTS and kind.is_nested())
    ]
    if problems:
        raise ValidationError(
            "the export cannot write some columns",
            fields=problems,
            next_step="Turn them into texts, or leave them out with prospects.drop(...).",
        )
    texts = [name for name, kind in rows.schema.items() if name in _TEXTS and kind != pl.String]
    return rows.with_columns(
        pl.col(name).dt.to_string("polars") if rows.schema[name] == pl.Duration else pl.col(name).cast(pl.String)
        for name in texts
    )


def not_withheld(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* without those of the tier "suppressed" and those ``excluded``, however they write that.

    Raises:
        ValidationError: ``excluded`` or ``tier`` holds what says neither; names the values.
    """
    nested = [name for name in ("tier", "excluded") if name in rows.columns and rows.schema[name].is_nested()]
    if nested:
        raise _unread(nested[0], f"holds {rows.schema[nested[0]]}")
    if "tier" in rows.columns:
        rows = rows.filter(_small("tier").ne_missing("suppressed"))
    if "excluded" not in rows.columns:
        return rows
    odd = (
        rows.filter(~_small("excluded").is_in(_YES | NOT_EXCLUDED)).select(pl.col("excluded").cast(pl.String)).unique()
    )
    if odd.height:
        shown = ", ".join(repr(text[:40]) for text in sorted(odd["excluded"])[:_LISTED])
        raise _unread("excluded", f"holds {shown}, neither a yes nor a no")
    return rows.filter(~_small("excluded").is_in(_YES).fill_null(value=False))


def _small(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars().str.to_lowercase()


def _unread(column: str, why: str) -> ValidationError:
    return ValidationError(
        "the export cannot tell who is kept out",
        fields=[FieldProblem(column, why)],
        next_step="Write true or false under excluded and words under tier, or drop the column; nothing was written.",
    )


def without_odd_links(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return *rows* with links that are no web pages left empty, for whoever clicks them in a CRM."""
    return rows.with_columns(pl.when(~_is_odd(name)).then(pl.col(name)) for name in _links(rows, layout))


def without_controls(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return *rows* without the control characters that importers of CRMs stop at; line breaks and tabs stay."""
    return rows.with_columns(pl.col(name).str.replace_all(_CONTROL, "") for name in _shown(rows, layout))


def _shown(rows: pl.DataFrame, layout: Layout) -> list[str]:
    """Return the columns of texts that the target's file holds."""
    names = rows.columns if layout.keeps_all else [name for name in layout.headings if name in rows.columns]
    return [name for name in names if rows.schema[name] == pl.String]


def _links(rows: pl.DataFrame, layout: Layout) -> list[str]:
    """Return the columns of links that a CRM shows; a file that keeps all keeps these as they are."""
    ours = [name for name in layout.headings if name in rows.columns and name.endswith(("url", "website"))]
    return [] if layout.keeps_all else [name for name in ours if rows.schema[name] == pl.String]


def _is_odd(name: str) -> pl.Expr:
    # Browsers pass over blanks and unseen letters in front of a scheme and within it.
    bare = pl.col(name).str.replace_all(r"[\p{C}\s]", "").str.to_lowercase()
    return (bare.str.contains(_SCHEME) & ~bare.str.contains(_OF_THE_WEB)).fill_null(value=False)


def with_derived(rows: pl.DataFrame, wanted: Sequence[str]) -> pl.DataFrame:
    """Return *rows* with those of the *wanted* columns that follow from others and are not there."""
    missing = [name for name in wanted if name in _SOURCES and name not in rows.columns]
    made = {name: _derived(rows, name) for name in missing if set(_SOURCES[name]) & set(rows.columns)}
    return rows.with_columns(**made)


def _derived(rows: pl.DataFrame, name: str) -> pl.Expr | pl.Series:
    text = {part: _text(part) if part in rows.columns else pl.lit(None, pl.String) for part in _SOURCES[name]}
    parts = list(text.values())
    if name == "company_domain":
        sites = rows["company_website"].cast(pl.String)
        domains = {site: registrable_domain(site) for site in sites.unique().to_list()}
        return pl.Series([domains[site] for site in sites], dtype=pl.String)
    if name == "topic":
        return pl.coalesce(text["company_name"], _joined([text["first_name"], text["last_name"]], " "))
    return parts[0] if name == "company_url" else _joined(parts, ", " if name == "company_place" else " ")


def _text(name: str) -> pl.Expr:
    """Return a column as text, null where it is blank."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _joined(parts: Sequence[pl.Expr], separator: str) -> pl.Expr:
    joined = pl.concat_str(parts, separator=separator, ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def fit_rows(rows: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows that the target takes, and reason → how many it does not.

    Left out are rows without what it requires and, where mail is meant, malformed addresses and all but the first row
    of an address; the addresses that are left have no blanks around them.

    Raises:
        ValidationError: the frame lacks a required column.
    """
    left: dict[str, int] = {}
    for column in layout.required:
        if column not in rows.columns:
            named = " or ".join(dict.fromkeys([column, *_SOURCES.get(column, ())]))
            raise ValidationError(
                "the export needs a column",
                fields=[FieldProblem(named, "is not in the frame")],
                next_step=f"Add it or pass a Results; the frame has: {', '.join(rows.columns) or 'no columns'}.",
            )
        full = rows.filter(_text(column).is_not_null())
        left[f"without {column}"] = rows.height - full.height
        rows = full
    if not layout.is_for_mail or "email" not in rows.columns:
        return rows, left
    sound = rows.with_columns(_text("email")).filter(~_ADDRESS.is_in(_malformed(rows)) | pl.col("email").is_null())
    once = sound.filter(pl.col("email").is_null() | _ADDRESS.is_first_distinct())
    return once, left | {MALFORMED: rows.height - sound.height, REPEATED: sound.height - once.height}


def _malformed(rows: pl.DataFrame) -> list[str]:
    table = open_table(rows, name="prospects", required=())
    return mailboxes.malformed(table, mailboxes.address(table))


def remarks_of(rows: pl.DataFrame, layout: Layout) -> Iterator[str]:
    """Yield what a reader should know of the rows written: columns that are empty, values that are too long.

    A file that keeps all columns keeps all rows too; repeated and malformed addresses in it are said.
    """
    if layout.keeps_all and "email" in rows.columns and rows.height:
        mailed = rows.filter(_text("email").is_not_null())
        repeated = mailed.height - mailed.select(_ADDRESS.n_unique()).item()
        malformed = mailed.filter(_ADDRESS.is_in(_malformed(mailed))).height
        if repeated:
            yield f"{repeated:,} rows repeat an address; targets for mailing write each once."
        if malformed:
            yield f"{malformed:,} addresses are malformed; targets for mailing leave them out."
    lacking = [theirs for ours, theirs in layout.headings.items() if ours not in rows.columns]
    if lacking:
        what = "Not written" if layout.keeps_all else "Empty"
        yield f"{what}, because the frame has no such column: {', '.join(lacking)}."
    for name in _links(rows, layout):
        if odd := rows.select(_is_odd(name).sum()).item():
            yield f"{layout.headings[name]} is left empty in {odd:,} rows whose link is no web page (javascript: …)."
    yield from _odd_texts(rows, layout)
    yield from too_long(rows, layout)


def _odd_texts(rows: pl.DataFrame, layout: Layout) -> Iterator[str]:
    """Yield a sentence on control characters, and on what a tool that fills templates would take for one."""
    left = "are left in; other programs may stop at them" if layout.keeps_all else "are left out"
    controlled, filled = (_holding(rows, _shown(rows, layout), pattern) for pattern in (_CONTROL, _TEMPLATE))
    for name in _shown(rows, layout):
        heading = layout.headings.get(name, name)
        if name in controlled:
            places = _places(rows, pl.col(name).str.contains(_CONTROL))
            yield f"{heading} holds control characters in {_rows_of(places)}; they {left}."
        if name in filled and not layout.keeps_all:
            places = _places(rows, pl.col(name).str.contains(_TEMPLATE))
            yield (
                f"{heading} holds what mails take for a template ({{{{…}}}}, {{…|…}}) in {_rows_of(places)}; "
                "it would be filled in or fail there: correct it first."
            )


def _holding(rows: pl.DataFrame, names: Sequence[str], pattern: str) -> list[str]:
    """Return which of these columns hold a text with the pattern: one query, where mostly none does."""
    holds = rows.select(pl.col(name).str.contains(pattern).any() for name in names)
    return [column.name for column in holds if column.any()]


def _places(rows: pl.DataFrame, is_so: pl.Expr) -> list[int]:
    # The heading is row 1.
    return rows.select(is_so.fill_null(value=False).arg_true() + 2).to_series().to_list()


def _rows_of(places: Sequence[int]) -> str:
    return f"{len(places):,} rows (row {first_of([*map(str, places)])} of the file)"


def too_long(rows: pl.DataFrame, layout: Layout) -> Iterator[str]:
    """Yield a sentence for each column with values longer than the target takes, with their rows in the file."""
    for name, most in layout.lengths.items():
        is_longer = pl.col(name).cast(pl.String).str.len_chars() > most
        if name in rows.columns and (places := _places(rows, is_longer)):
            yield (
                f"{layout.headings.get(name, name)} is longer than the {most:,} letters it may have in "
                f"{_rows_of(places)}; the import refuses them: shorten them first."
            )
