"""A list of companies to enrich: which column is which field, which rows can be sent, which cannot and why."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import polars as pl

from openprospect_nb import contract
from openprospect_nb.bounds import COMPANY_BOUNDS, text
from openprospect_nb.countries import country_code
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.files.asides import (
    BLANK,
    HEADING,
    LINE,
    OTHER,
    TOTAL,
    UNITS,
    asides_of,
    lone_in,
    misplaced,
    other_tables,
    sums_in,
    texts_in,
)  # fmt: skip
from openprospect_nb.files.cells import denies, said
from openprospect_nb.files.formulas import disarmed, restore
from openprospect_nb.files.headings import is_address, is_site, map_columns, site_of
from openprospect_nb.files.known import KnownCompanies
from openprospect_nb.files.saving import save_whole
from openprospect_nb.files.sheets import write_sheet
from openprospect_nb.files.tables import SEPARATOR_NAMES, Table, as_table, open_table, read_content
from openprospect_nb.files.words import WORDS
from openprospect_nb.markup.text import first_of

log = logging.getLogger(__name__)

READERS: Final = frozenset({".csv", ".tsv", ".tab", ".txt", ".parquet", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
"""Endings of files that hold tables, for telling a path from other texts; what is read is told by the content."""
FIELDS: Final = tuple(COMPANY_BOUNDS)
ROW: Final = "row"
WHY: Final = "why"
Repeats = Literal["once", "keep"]
_LISTED: Final = 5


@dataclass(frozen=True)
class CompanyList:
    """A table of companies as given, and what of it an order would send: the preview before money is spent.

    Attributes:
        source: the table, and how it was read.
        columns: API field → column; a field without a column is not sent.
        unused: column → why it is not sent, for columns that look as if they could be.
        repeats: whether rows that say the same are sent ``once``, or all of them: ``keep``.
        bought: the companies bought from this home before, where they were looked up (``client.orders.preview``).
        skip_known: whether rows of these are left out.
        forgotten: the names of companies that were forgotten here, for the sake of which a new order is refused.
    """

    source: Table
    columns: Mapping[str, str]
    unused: Mapping[str, str] = field(default_factory=dict)
    repeats: Repeats = "once"
    bought: KnownCompanies | None = None
    skip_known: bool = False
    forgotten: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: pl.DataFrame | Table) -> Self:
        """Return *table* with its columns guessed; nothing is guessed where no column can be the company's name.

        Raises:
            ConfigurationError: a file of one row without a known heading.
        """
        source = _corrected(table if isinstance(table, Table) else as_table(table))
        plain_columns = {name: kind for name, kind in source.frame.schema.items() if not kind.is_nested()}
        texts = {name: [said(value) for value in source.frame[name].head(_SAMPLE)] for name in plain_columns}
        mapped = map_columns(texts)
        nested = {name: _NESTED for name in source.frame.columns if name not in plain_columns}
        if source.name and not source.frame.height and "company_name" not in mapped.columns:
            raise ConfigurationError(
                f"{source.name}: the file has one row and no heading that is known, so it is no table.",
                next_step="Give a file with a heading, such as company_name, and rows below it.",
            )
        return cls(source, mapped.columns if "company_name" in mapped.columns else {}, {**mapped.unused, **nested})

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
        return self.source.blank + self._count(BLANK)

    @property
    def repeated(self) -> int:
        """How many rows say what an earlier one said, and are therefore not sent."""
        return self._count(_REPEATED)

    @property
    def known(self) -> pl.DataFrame:
        """The rows that name a company bought before: ``row``, ``orders`` that brought it, and the fields."""
        rows = self._checked.with_columns(pl.Series("orders", self._orders, dtype=pl.List(pl.String)))
        rows = rows.filter(pl.col(WHY).is_in(["", _KNOWN]), pl.col("orders").list.len() > 0)
        return rows.select(ROW, "orders", pl.exclude(ROW, "orders", WHY))

    @property
    def totals(self) -> pl.DataFrame:
        """The rows that sum up or sign the list and are no companies, each with its number in the file."""
        return self._checked.filter(pl.col(WHY) == TOTAL).drop(WHY)

    @property
    def asides(self) -> frozenset[int]:
        """The numbers of the rows that sum up or sign the list, or repeat its heading."""
        return frozenset(
            row for row, why in zip(self.source.rows, self._asides, strict=True) if why in {TOTAL, HEADING}
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What an order sends: one mapping a company, without the fields that say nothing."""
        return [{name: value for name, value in row.items() if value is not None} for row in self.good.to_dicts()]

    @property
    def notes(self) -> list[str]:
        """What a buyer should know, a sentence each: how it was read, what is passed over, what is not used."""
        used = set(self.columns.values())
        unused = [f"Column {name!r} {why}." for name, why in self.unused.items() if name not in used]
        return [*_reading(self.source), *self._passed_over(), *unused]

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
        if not self.good.height and self._count(_KNOWN):
            orders = ", ".join(dict.fromkeys(order for row in self.known["orders"] for order in row[:1]))
            raise ValidationError(
                f"nothing was ordered: every company{self._of_file} was bought here before (orders: {orders}).",
                next_step="Their results are there: client.results([order ids]). skip_known=False buys them again.",
            )
        if not self.good.height and (self.table.height + self.source.blank or self.source.name):
            raise ValidationError(
                f"the companies{self._of_file} were not sent: no row names one ({self.blank:,} blank rows, "
                f"{self.totals.height:,} totals or footers), and an order is of 1 to 10,000.",
                next_step="Check the file, its sheet, and which column op.files.preview(...) takes for the names.",
            )

    def write_bad(self, path: str | Path) -> Path:
        """Write the rows that cannot be sent, as they were given under their own headings; return the path.

        Before them stand ``row`` (its number in the file it came from) and ``why``. A path that ends in ``.xlsx`` makes
        a workbook, in which every text is a text; else it is CSV in UTF-8, in which what a spreadsheet could run begins
        with an apostrophe. `preview` reads both back without any of it, so that the rows can be corrected there.

        Raises:
            ConfigurationError: it cannot be written.
        """
        is_workbook = Path(path).suffix.lower() == ".xlsx"
        return save_whole(
            path,
            "the rows that cannot be sent",
            lambda place: (
                write_sheet(self._bad_as_given, place, "rows") if is_workbook else place.write_bytes(self.bad_csv())
            ),
        )

    def bad_csv(self) -> bytes:
        """Return the rows that cannot be sent as CSV in UTF-8 with a mark; see `write_bad`."""
        bad = self._bad_as_given
        safe = bad.with_columns(disarmed(name) for name in bad.columns)
        heads = pl.DataFrame({"name": bad.columns}).select(disarmed("name"))["name"]
        return safe.rename(dict(zip(bad.columns, heads, strict=True))).write_csv(include_bom=True).encode()

    @property
    def _bad_as_given(self) -> pl.DataFrame:
        why = self._checked[WHY]
        given = self.table.select(
            pl.Series(n, [None if v is None else str(v) for v in self.table[n]], dtype=pl.String)
            for n in self.table.columns
        )
        beside = [self._checked[ROW].cast(pl.String).alias(_free(ROW, given)), why.alias(_free(WHY, given))]
        return pl.DataFrame([*beside, *given.get_columns()]).filter(~why.is_in(["", *_PASSED]))

    def __repr__(self) -> str:
        """Return the counts in one line, then the mapping and the notes."""
        return f"CompanyList{self._of_file}: {self}"

    def __str__(self) -> str:
        """Return the same for a person."""
        mapping = ", ".join(f"{column!r} → {field}" for field, column in self.columns.items())
        return "\n".join([self.summary, f"  {mapping or 'no company name found'}", *(f"  {n}" for n in self.notes)])

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
        if headings := self._count(HEADING):
            yield f"{headings:,} rows that repeat the heading are passed over."
        yield from self._beside_names()
        yield from self._beside_the_table()
        if self.repeated:
            yield f"{self.repeated:,} repeated rows are sent once (repeats='keep' sends them all)."
        yield from self._bought_before()
        if self.forgotten:
            yield f"Forgotten here, so that no new order of the list is placed with them: {first_of(self.forgotten)}."
        beside = self.good.height - self.good.unique([n for n in self.good.columns if n != "external_id"]).height
        if beside and self.repeats == "once":
            yield f"{beside:,} rows name the same company as another under another external_id; both are sent and paid."
        yield from self._typed_sites()
        if self.source.sheet is not None and "external_id" in self.columns:
            long = self.good["external_id"].drop_nulls().str.contains(_LONG_ID).sum()
            if long:
                yield f"{long:,} ids have over 15 digits: where their cells are numbers, the last digits are lost."
        if self.good.height > contract.MAX_COMPANIES:
            most = f"{contract.MAX_COMPANIES:,}"
            yield f"{self.good.height:,} rows are more than the {most} that one order takes: order .good in parts."

    def _beside_the_table(self) -> Iterable[str]:
        """Yield a sentence on each further table below this one: its heading, and how to send it."""
        for first in dict.fromkeys(self._others.values()):
            rows = [self.source.rows[place] for place, of in self._others.items() if of == first]
            words = ", ".join(repr(text) for cell in self.table.row(first) if (text := said(cell)))
            yield (
                f"Rows {rows[0]} to {rows[-1]} are another table ({words[:60]}) and are not sent; "
                "put it in a file of its own to send it."
            )

    def _beside_names(self) -> Iterable[str]:
        """Yield a sentence on each row of words, on those that guide, and on those sent with nothing but a name."""
        yield from (
            f"Row {row} tells what the columns are to hold and is passed over." for row, _ in self._lines(UNITS)
        )
        for row, words in self._lines(LINE)[:_LISTED]:
            yield f"Row {row} is a line of words, not a company: {words[:60]}."
        yield from self._doubtful(sorted(lone_in(self._cell_texts)), "a name and nothing", "is a title or a remark")
        yield from self._doubtful(self._sums, "a name and figures alone", "sums up")

    def _doubtful(self, places: Iterable[int], what: str, other: str) -> Iterable[str]:
        sent = [place for place in places if not self._checked[WHY][place]]
        if rows := [f"row {self.source.rows[place]} {self._cell_texts[place][0][:40]!r}" for place in sent]:
            yield (
                f"{len(rows):,} rows have {what} beside it, and are sent as companies: {first_of(rows)}. "
                f"Take out what {other}."
            )

    def _lines(self, why: str) -> list[tuple[int, str]]:
        """Return the number and the words of the rows that are passed over for one reason."""
        rows = zip(self.source.rows, self._checked[WHY], self._cell_texts, strict=True)
        return [(row, " ".join(words)) for row, reason, words in rows if reason == why]

    def _bought_before(self) -> Iterable[str]:
        """Yield a sentence on companies bought before: how many, and the orders that brought the first of them."""
        known = self.known
        if not known.height:
            return
        rows = [f"row {row} in order {orders[0]}" for row, orders in known.select(ROW, "orders").rows()]
        what = "are left out" if self.skip_known else "would be paid again; skip_known=True leaves them out"
        yield f"{known.height:,} companies were bought from this home before and {what}: {first_of(rows)}."

    def _typed_sites(self) -> Iterable[str]:
        """Yield a sentence on the web sites that are not sent, and one on those sent otherwise than they are typed."""
        if "website_url" not in self.columns:
            return
        typed = map(said, self.table[self.columns["website_url"]])
        rows = self._checked.select(ROW, WHY, "website_url").rows()
        odd = [
            (row, text, sent)
            for text, (row, why, sent) in zip(typed, rows, strict=True)
            if text != sent and why in {"", _REPEATED}
        ]
        if dropped := [f"row {row} {text[:40]!r}" for row, text, sent in odd if text and not sent]:
            yield (
                f"{len(dropped):,} web sites are not sent: profiles on other sites, e-mail addresses, "
                f"or no web address ({first_of(dropped)})."
            )
        if mended := [f"row {row} {text[:40]!r} as {sent}" for row, text, sent in odd if text and sent]:
            yield f"{len(mended):,} web sites are sent otherwise than they are typed: {first_of(mended)}."

    @cached_property
    def _checked(self) -> pl.DataFrame:
        """The fields of every row as texts, with its number and why it is not sent; an empty text if it is."""
        names = list(self.columns) or ["company_name"]
        schema = {ROW: pl.Int64, **dict.fromkeys(names, pl.String), WHY: pl.String}
        texts = {name: [row[name] for row in self._fields] for name in names}
        return pl.DataFrame({ROW: list(self.source.rows), **texts, WHY: self._reasons(self._fields)}, schema=schema)

    @cached_property
    def _fields(self) -> list[dict[str, str | None]]:
        texts = {name: _texts(name, self.table[column]) for name, column in self.columns.items()} or {
            "company_name": [None] * self.table.height
        }
        return [dict(zip(texts, values, strict=True)) for values in zip(*texts.values(), strict=True)]

    @cached_property
    def _cell_texts(self) -> list[list[str]]:
        return [texts_in(cells) for cells in self.table.iter_rows()]

    @cached_property
    def _others(self) -> dict[int, int]:
        """The places of rows of further tables, each with the place of the heading of its table."""
        return other_tables(self.source, self._cell_texts)

    @cached_property
    def _sums(self) -> dict[int, bool]:
        return sums_in(self.table, self.columns.get("company_name"))

    @cached_property
    def _asides(self) -> list[str]:
        """Why each row is none of the companies, empty where it can be one."""
        return asides_of(self.source, self.columns.get("company_name"), self._others, self._sums, self._cell_texts)

    @cached_property
    def _orders(self) -> list[list[str]]:
        if self.bought is None:
            return [[] for _ in self._fields]
        return [self.bought.orders_of(row) if row.get("company_name") else [] for row in self._fields]

    def _reasons(self, rows: list[dict[str, str | None]]) -> list[str]:
        seen: set[tuple[str | None, ...]] = set()
        reasons = []
        moved = misplaced(self.table, self.columns.get("company_name"))
        for place, (row, aside) in enumerate(zip(rows, self._asides, strict=True)):
            key = tuple(value and _alike(name, value) for name, value in row.items())
            why = (
                aside
                or moved[place]
                or self._too_wide(place, row)
                or _spoiled(row)
                or "; ".join(map(str, _problems(row)))
            )
            if not why and key in seen and self.repeats == "once":
                why = _REPEATED
            seen.add(key)
            if not why and self.skip_known and self._orders[place]:
                why = _KNOWN
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
_AROUND_SITE: Final = re.compile(r"^(?:https?://)?(?:www\.)?|(?::443|:80)?[/?#]*$")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+$", re.IGNORECASE)
# "Foo, Ltd." is "Foo Ltd".
_STOPS: Final = re.compile(r"[.,]+(?=\s|$)")
_REPEATED: Final = "says what an earlier row says"
_UNMERGED: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
_FLOAT_ID: Final = re.compile(r"^\d+\.0$")
_KNOWN: Final = "was bought before"
_PASSED: Final = (BLANK, TOTAL, _REPEATED, _KNOWN, HEADING, OTHER, UNITS, LINE)
_NESTED: Final = "holds lists or structs; explode or unnest it first"
# What programs leave where they could not keep a letter, or took a name for a day.
_LOST_LETTER: Final = "\ufffd"
_NO_NAMES: Final = frozenset(WORDS["no_name"])
_YES_OR_NO: Final = frozenset({"true", "false", "TRUE", "FALSE", "WAHR", "FALSCH", "VRAI", "FAUX"})
_LONG_ID: Final = r"^\d{16,}$"
_DAY: Final = re.compile(r"^\d{4}-\d\d-\d\d(?: 00:00:00)?$")


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
    return replace(CompanyList.of(as_table(companies)), repeats=repeats)


def companies_from(source: Any, *, sheet: str | None = None, repeats: Repeats = "once") -> list[dict[str, Any]]:
    """Return one mapping a company with the API's field names, and log what is passed over or not used.

    Args:
        source: what `preview` takes, or a preview itself.
        sheet: a workbook's sheet.
        repeats: ``once`` gives rows that say the same one time, ``keep`` each of them.

    Raises:
        ConfigurationError: the file cannot be read, or is of no kind we know.
        ValidationError: no column can be the company's name, or rows cannot be sent; named by their row in the file.
    """
    companies = source if isinstance(source, CompanyList) else preview(source, sheet=sheet, repeats=repeats)
    companies.refuse_bad()
    for note in companies.notes:
        log.warning("%s", note)
    return companies.rows


def _corrected(source: Table) -> Table:
    """Return a file that `CompanyList.write_bad` made as the table it was made of."""
    ours = source.frame.columns[:2]
    if len(ours) < 2 or ours[0] not in _marks(ROW) or ours[1] not in _marks(WHY):
        return source
    rows = source.frame.drop(ours)
    # In a workbook nothing was marked.
    given = rows if source.sheet is not None else restore(rows)
    return replace(source, frame=given, widths=tuple(width - 2 for width in source.widths))


def _marks(name: str) -> tuple[str, str]:
    """Return under which headings our own columns of rows that cannot be sent stand: beside the list's, another."""
    return name, f"{name} (not sent)"


def _free(name: str, frame: pl.DataFrame) -> str:
    usual, other = _marks(name)
    return usual if usual not in frame.columns else other


def _texts(name: str, values: pl.Series) -> list[str | None]:
    texts = [said(value) for value in values]
    if name != "external_id":
        # A company's name that is 0 stays, for `_spoiled` to name it.
        nothing = _NO_NAMES if name == "company_name" else _NO_NAMES | {"0"}
        texts = [None if value and (value.casefold() in nothing or denies(value)) else value for value in texts]
    if name == "website_url":
        return [value and site_of(value) for value in texts]
    if name == "country" and any(value == "NA" for value in values):
        codes = [value for value in texts if value]
        if codes and all(len(value) == 2 and value.isupper() for value in codes):
            return [said(value) or ("NA" if value == "NA" else None) for value in values]  # Namibia
    if name == "external_id" and all(value is None or _FLOAT_ID.match(value) for value in texts):
        return [value and value.removesuffix(".0") for value in texts]
    return texts


def _alike(name: str, text: str) -> str:
    """Return a field as a text that is equal where two mean one: Germany is DE, www.x.example is x.example."""
    if name == "country":
        return country_code(text) or text.casefold()
    if name == "company_name":
        return _STOPS.sub("", text.casefold())
    return _AROUND_SITE.sub("", text.casefold()) if name == "website_url" else text.casefold()


def _spoiled(row: Mapping[str, str | None]) -> str:
    """Return which field a program has spoiled on the way, and what to do; empty if none."""
    lost = [name for name, text in row.items() if text and _LOST_LETTER in text]
    if lost:
        return f"{', '.join(lost)}: letters were lost ({_LOST_LETTER}); write the list again, as UTF-8"
    name = row.get("company_name") or ""
    spoiled = {
        "is a date, which a spreadsheet may have made of a name; type it as a text": _DAY.match(name),
        "is a mark that a version control left; settle the two versions of the list": name.startswith(_UNMERGED),
        "is an e-mail address; type the name of the company": is_address(name),
        "is a web address; type the name of the company": bool(_LINK.match(name)),
        "is 0, which a formula leaves of an empty cell; type the name of the company": name == "0",
        f"is {name}, a yes or no; type the name of the company": name in _YES_OR_NO,
    }
    return next((f"company_name: {why}" for why, is_so in spoiled.items() if is_so), "")


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
    if source.merged:
        yield f"{source.merged:,} blank cells are read as the merged cell above that they are part of."
    if source.above:
        yield f"{source.above:,} rows above the heading are left out."
