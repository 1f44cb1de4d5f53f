"""A list of companies to enrich: which column is which field, which rows can be sent, which cannot and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import polars as pl

from openprospect_nb.bounds import COMPANY_BOUNDS, text
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.files.cells import said
from openprospect_nb.files.formulas import neutralised
from openprospect_nb.files.headings import is_site, map_columns, plain, profile_or_address
from openprospect_nb.files.saving import save_whole
from openprospect_nb.files.tables import SEPARATOR_NAMES, Table, open_table, read_content
from openprospect_nb.files.words import WORDS

__all__ = ["FIELDS", "CompanyList", "Repeats", "preview"]

FIELDS: Final = tuple(COMPANY_BOUNDS)
ROW: Final = "row"
WHY: Final = "why"
Repeats = Literal["once", "keep"]
_TOTALS: Final = frozenset(WORDS["total"])
# What reports write under their last row.
_FOOTERS: Final = tuple(WORDS["footer"])
_LISTED: Final = 5


@dataclass(frozen=True)
class CompanyList:
    """A table of companies as given, and what of it an order would send: the preview before money is spent.

    Attributes:
        source: the table, and how it was read.
        columns: API field → column; a field without a column is not sent.
        unused: column → why it is not sent, for columns that look as if they could be.
        repeats: whether rows that say the same are sent ``once``, or all of them: ``keep``.
    """

    source: Table
    columns: Mapping[str, str]
    unused: Mapping[str, str] = field(default_factory=dict)
    repeats: Repeats = "once"

    @classmethod
    def of(cls, table: pl.DataFrame | Table) -> Self:
        """Return *table* with its columns guessed; nothing is guessed where no column can be the company's name.

        Raises:
            ConfigurationError: a file of one row without a known heading.
        """
        source = table if isinstance(table, Table) else _as_table(table)
        texts = {name: [said(value) for value in source.frame[name].head(_SAMPLE)] for name in source.frame.columns}
        mapped = map_columns(texts)
        if source.name and not source.frame.height and "company_name" not in mapped.columns:
            raise ConfigurationError(
                f"{source.name}: the file has one row and no heading that is known, so it is no table.",
                next_step="Give a file with a heading, such as company_name, and rows below it.",
            )
        return cls(source, mapped.columns if "company_name" in mapped.columns else {}, mapped.unused)

    @classmethod
    def uploaded(cls, name: str, content: bytes) -> Self:
        """Return the list in an uploaded file.

        Raises:
            ConfigurationError: it cannot be read, or is of no kind we know.
        """
        try:
            return cls.of(read_content(name, content))
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{name} cannot be read as a list of companies: {error.message.removeprefix(f'{name}: ')}",
                next_step=error.next_step,
            ) from error

    def mapped(self, field: str, column: str | None) -> Self:
        """Return the list with another column, or none, for *field*."""
        others = {name: column_of for name, column_of in self.columns.items() if name != field}
        return replace(self, columns=others | ({field: column} if column else {}))

    @property
    def table(self) -> pl.DataFrame:
        """The table as given, from its heading on."""
        return self.source.frame

    @property
    def good(self) -> pl.DataFrame:
        """The rows that can be sent, with the API's field names, every cell as text."""
        return self._checked.filter(pl.col(WHY) == "").drop(ROW, WHY)

    @property
    def bad(self) -> pl.DataFrame:
        """The rows that cannot be sent: ``row`` (its number in the file), ``why``, and the fields."""
        return self._checked.filter(~pl.col(WHY).is_in(["", *_PASSED])).select(ROW, WHY, pl.exclude(ROW, WHY))

    @property
    def blank(self) -> int:
        """How many rows say nothing: empty cells, or words for nothing such as ``#N/A``."""
        return self.source.blank + self._count(_BLANK)

    @property
    def repeated(self) -> int:
        """How many rows say what an earlier one said, and are therefore not sent."""
        return self._count(_REPEATED)

    @property
    def totals(self) -> pl.DataFrame:
        """The rows that sum up or sign the list and are no companies, each with its number in the file."""
        return self._checked.filter(pl.col(WHY) == _TOTAL).drop(WHY)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What an order sends: one mapping a company, without the fields that say nothing."""
        return [{name: value for name, value in row.items() if value is not None} for row in self.good.to_dicts()]

    @property
    def notes(self) -> list[str]:
        """What a buyer should know, a sentence each: how it was read, what is passed over, what is not used."""
        return [*_reading(self.source), *self._passed_over(), *(f"Column {n!r} {why}." for n, why in self._not_sent())]

    def refuse_bad(self) -> None:
        """Do nothing if every row can be sent or passed over.

        Raises:
            ValidationError: no column can be the company's name, or rows cannot be sent; names each by its row.
        """
        if not self.columns and self.table.width:
            names = ", ".join(self.table.columns) or "none"
            reasons = "".join(f"; {name!r} {why}" for name, why in self.unused.items())
            problem = FieldProblem("company_name", f"no such column among {names}; rename one to it{reasons}")
            raise ValidationError("the companies were not sent", fields=[problem])
        bad = self.bad
        if bad.height:
            raise ValidationError(
                f"{bad.height:,} of {self._checked.height:,} rows{self._of_file} cannot be sent",
                fields=[problem for line in bad.iter_rows(named=True) for problem in self._problems(line)],
                next_step="op.files.preview(...).bad has all of them as a frame, .write_bad(path) as a file; "
                "correct them, or order preview.good. Nothing was ordered.",
            )
        if not self.good.height and self.table.height + self.source.blank:
            raise ValidationError(
                f"the companies{self._of_file} were not sent: no row names one ({self.blank:,} blank rows, "
                f"{self.totals.height:,} totals or footers), and an order is of 1 to 10,000.",
                next_step="Check the file, its sheet, and which column op.files.preview(...) takes for the names.",
            )

    def write_bad(self, path: str | Path) -> Path:
        """Write the rows that cannot be sent as CSV, each as it was given, with its number and why; return the path.

        Raises:
            ConfigurationError: it cannot be written.
        """
        return save_whole(path, "the rows that cannot be sent", lambda place: place.write_bytes(self.bad_csv()))

    def bad_csv(self) -> bytes:
        """Return the rows that cannot be sent as CSV in UTF-8, marked so that no spreadsheet runs a text."""
        bad = self.bad
        return (
            bad.with_columns(neutralised(n) for n, kind in bad.schema.items() if kind == pl.String).write_csv().encode()
        )

    def __repr__(self) -> str:
        """Return the counts in one line, then the mapping and the notes."""
        mapping = (
            ", ".join(f"{column!r} → {field}" for field, column in self.columns.items()) or "no company name found"
        )
        return "\n".join(
            [f"CompanyList{self._of_file}: {self.summary}", f"  {mapping}", *(f"  {n}" for n in self.notes)]
        )

    @property
    def summary(self) -> str:
        """What can be sent and what cannot, in one sentence."""
        return f"{self.good.height:,} rows can be sent, {self.bad.height:,} cannot."

    def _repr_html_(self) -> str:
        from openprospect_nb.markup import clean, render

        return render(
            "widgets/company_list.html",
            name=clean(self.source.name, 120),
            summary=self.summary,
            columns={name: clean(column, 60) for name, column in self.columns.items()},
            notes=[clean(note, 300) for note in self.notes],
            good=[{n: clean(v or "", 60) for n, v in line.items()} for line in self.good.head(_LISTED).to_dicts()],
            bad=[{"row": line[ROW], "why": clean(line[WHY])} for line in self.bad.head(4 * _LISTED).to_dicts()],
        )

    def _problems(self, line: Mapping[str, Any]) -> list[FieldProblem]:
        """Return what is wrong with a bad row, named by its row in the file or its place in the list."""
        place = f"row {line[ROW]}, " if self.source.name else f"companies[{line[ROW] - 1}]."
        broken = _problems(line) or [FieldProblem("row", line[WHY])]
        return [FieldProblem(place + problem.field, problem.message, problem.provided) for problem in broken]

    @property
    def _of_file(self) -> str:
        return f" of {self.source.name}" if self.source.name else ""

    def _count(self, why: str) -> int:
        return self._checked.filter(pl.col(WHY) == why).height

    def _passed_over(self) -> Iterable[str]:
        if self.blank:
            yield f"{self.blank:,} blank rows are passed over."
        for line in self.totals.head(_LISTED).iter_rows(named=True):
            words = " ".join(str(value) for value in list(line.values())[1:] if value)
            yield f"Row {line[ROW]} is a total or footer, not a company: {words[:60]}."
        if self.repeated:
            yield f"{self.repeated:,} repeated rows are sent once (repeats='keep' sends them all)."
        beside = self.good.height - self.good.unique([n for n in self.good.columns if n != "external_id"]).height
        if beside and self.repeats == "once":
            yield f"{beside:,} rows name the same company as another under another external_id; both are sent and paid."
        if self._dropped_sites:
            yield f"{self._dropped_sites:,} web sites are not sent: profiles on other sites, or e-mail addresses."

    def _not_sent(self) -> list[tuple[str, str]]:
        used = set(self.columns.values())
        return [(name, why) for name, why in self.unused.items() if name not in used]

    @cached_property
    def _dropped_sites(self) -> int:
        column = self.columns.get("website_url")
        return 0 if column is None else sum(map(profile_or_address, map(said, self.table[column])))

    @cached_property
    def _checked(self) -> pl.DataFrame:
        """The fields of every row as texts, with its number and why it is not sent; an empty text if it is."""
        texts = {name: _texts(name, self.table[column]) for name, column in self.columns.items()} or {
            "company_name": [None] * self.table.height
        }
        rows = [dict(zip(texts, values, strict=True)) for values in zip(*texts.values(), strict=True)]
        why = self._reasons(rows)
        schema = {ROW: pl.Int64, **dict.fromkeys(texts, pl.String), WHY: pl.String}
        return pl.DataFrame({ROW: list(self.source.rows), **texts, WHY: why}, schema=schema)

    def _reasons(self, rows: list[dict[str, str | None]]) -> list[str]:
        seen: set[tuple[str | None, ...]] = set()
        last, footer = _last_of_list(self.table), _footer_of(self.source)
        reasons = []
        for place, (row, cells) in enumerate(zip(rows, self.table.iter_rows(), strict=True)):
            key = tuple(value and value.casefold() for value in row.values())
            why = (
                (_TOTAL if place >= footer else _passed(cells, row, place, last))
                or self._too_wide(place, row)
                or "; ".join(map(str, _problems(row)))
            )
            if not why and key in seen and self.repeats == "once":
                why = _REPEATED
            seen.add(key)
            reasons.append(why)
        return reasons

    def _too_wide(self, place: int, row: Mapping[str, str | None]) -> str:
        """Return what is wrong with a row of more cells than headings: a web site in its place proves the order."""
        headings = sum(not name.startswith("column ") for name in self.table.columns)
        width = self.source.widths[place] if self.source.widths else 0
        if width <= self._last_heading or is_site(row.get("website_url") or ""):
            return ""
        return (
            f"has {width} cells under {headings} headings; put quotation marks around a cell that holds the separator"
        )

    @cached_property
    def _last_heading(self) -> int:
        places = [at for at, name in enumerate(self.table.columns, 1) if not name.startswith("column ")]
        return max(places, default=0)


_SAMPLE: Final = 500
_BLANK: Final = "is blank"
_TOTAL: Final = "is a total or footer, no company"
_REPEATED: Final = "says what an earlier row says"
_FLOAT_ID: Final = re.compile(r"^\d+\.0$")
_PASSED: Final = (_BLANK, _TOTAL, _REPEATED)


def preview(
    companies: pl.DataFrame | str | Path | Any,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    repeats: Repeats = "once",
) -> CompanyList:
    """Return what an order of *companies* would send, and what not and why; nothing is sent.

    The list itself can be ordered: ``client.orders.enrich(preview)`` buys exactly what it shows.

    Args:
        companies: a frame (Polars, eager or lazy, or pandas), mappings, or the path of a CSV, text, Excel, LibreOffice
            or Parquet file.
        sheet: a workbook's sheet; by default the first visible one with a table.
        encoding: a text file's encoding, such as ``cp1252``; by default it is detected, and said.
        repeats: ``once`` sends rows that say the same one time, ``keep`` each of them.

    Raises:
        ConfigurationError: the file cannot be read; says what it is and what to do.

    Example:
        >>> preview([{"Firma": "Muster GmbH", "Ort": "Ulm"}, {"Firma": "#N/A", "Ort": None}])
        CompanyList: 1 rows can be sent, 0 cannot.
          'Firma' → company_name, 'Ort' → city
          1 blank rows are passed over.
    """
    if repeats not in {"once", "keep"}:
        raise ConfigurationError(f"repeats={repeats!r} is neither 'once' nor 'keep'.")
    if isinstance(companies, CompanyList):
        return replace(companies, repeats=repeats) if repeats == "keep" else companies
    if isinstance(companies, str | Path):
        return replace(CompanyList.of(open_table(companies, sheet=sheet, encoding=encoding)), repeats=repeats)
    if sheet is not None or encoding is not None:
        raise ConfigurationError("sheet= and encoding= are for files; a frame has neither.")
    return replace(CompanyList.of(_as_table(companies)), repeats=repeats)


def _as_table(given: Any) -> Table:
    """Return a frame of any kind, or mappings, as a table; its rows are counted from 1.

    Raises:
        ConfigurationError: it is neither.
    """
    frame = given.collect() if isinstance(given, pl.LazyFrame) else given
    if not isinstance(frame, pl.DataFrame):
        frame = _from_rows(frame) if not hasattr(frame, "to_dict") else _from_columns(frame.to_dict("list"))
    return Table(frame=frame, rows=tuple(range(1, frame.height + 1)))


def _from_columns(columns: Mapping[Any, list[Any]]) -> pl.DataFrame:
    texts = {str(name): [said(value) for value in values] for name, values in columns.items()}
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))


def _from_rows(given: Any) -> pl.DataFrame:
    rows = [given] if isinstance(given, Mapping) else list(given) if isinstance(given, Iterable) else [given]
    strange = next((row for row in rows if not isinstance(row, Mapping)), None)
    if strange is not None:
        raise ConfigurationError(
            f"cannot read companies from a {type(given).__name__} of {type(strange).__name__}.",
            next_step="Pass a frame, mappings, or the path of a CSV, Parquet or Excel file.",
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _from_columns({name: [row.get(name) for row in rows] for name in names})


def _texts(name: str, values: pl.Series) -> list[str | None]:
    """Return a column's texts for one field."""
    texts = [said(value) for value in values]
    if name == "website_url":
        return [None if profile_or_address(value) else value for value in texts]
    if name == "country" and any(value == "NA" for value in values) and _are_codes(texts):
        return [said(value) or ("NA" if value == "NA" else None) for value in values]  # Namibia
    if name == "external_id" and all(value is None or _FLOAT_ID.match(value) for value in texts):
        return [value and value.removesuffix(".0") for value in texts]
    return texts


def _are_codes(texts: list[str | None]) -> bool:
    filled = [value for value in texts if value]
    return bool(filled) and all(len(value) == 2 and value.isupper() for value in filled)


def _last_of_list(table: pl.DataFrame) -> int:
    """Return after which row nothing but one cell a row is filled: where a report's footer can begin."""
    widths = [sum(said(cell) is not None for cell in row) for row in table.iter_rows()]
    return max((place for place, width in enumerate(widths) if width > 1), default=len(widths))


def _footer_of(source: Table) -> int:
    """Return from which row on a report signs off: lines of one cell after a blank row, one of them in known words."""
    last = _last_of_list(source.frame)
    lines = [next((text for cell in row if (text := said(cell))), "") for row in source.frame.iter_rows()]
    signed = any(line.casefold().startswith(_FOOTERS) for line in lines[last + 1 :])
    gaps = [at for at in range(last + 1, len(lines)) if source.rows[at] > source.rows[at - 1] + 1]
    return gaps[0] if signed and gaps else len(lines)


def _passed(cells: tuple[Any, ...], row: Mapping[str, str | None], place: int, last: int) -> str:
    """Return why a row is passed over: it says nothing, sums up, or stands below the list; empty if it does not."""
    if all(value is None for value in row.values()) and not any(map(said, cells)):
        return _BLANK
    filled = [value for value in map(said, cells) if value is not None]
    if not filled:
        return _BLANK
    first, *rest = filled
    if _sums_up(first) and all(_is_figure(value) for value in rest) and (rest or place >= last):
        return _TOTAL
    if place > last and not rest and (first.casefold().startswith(_FOOTERS) or _sums_up(first.split(":")[0])):
        return _TOTAL
    return ""


def _sums_up(first: str) -> bool:
    word = plain(first.split("(", maxsplit=1)[0])
    return "".join(sign for sign in word if not sign.isdigit()) in _TOTALS


def _is_figure(value: str) -> bool:
    """Return whether *value* is a number, a sum of money, or a count such as ``3 records``."""
    return not any(sign.isalpha() for sign in value) or value[0].isdigit() or value.startswith(("EUR", "USD", "€", "$"))


def _problems(row: Mapping[str, Any]) -> list[FieldProblem]:
    return [
        problem
        for name, most in COMPANY_BOUNDS.items()
        for problem in text(name, row.get(name), most, required=name == "company_name")
    ]


def _reading(source: Table) -> Iterable[str]:
    """Yield how a file was read, as far as it could have been read otherwise."""
    if source.encoding is not None:
        yield f"Read as {source.encoding}, separator: {SEPARATOR_NAMES.get(source.separator or '', source.separator)}."
    if source.sheet is not None and source.other_sheets:
        yield f"Sheet {source.sheet!r} is read; others: {', '.join(source.other_sheets)} (choose with sheet=)."
    if source.above:
        yield f"{source.above:,} rows above the heading are left out."
