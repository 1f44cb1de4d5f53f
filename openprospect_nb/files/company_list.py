"""A list of companies to enrich: which column is which field, which rows can be sent, which cannot and why; pure."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import polars as pl

from openprospect_nb.bounds import COMPANY_BOUNDS, text
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.files.companies import guess_columns, read_table

FIELDS: Final = tuple(COMPANY_BOUNDS)
ROW: Final = "row"
WHY: Final = "why"


@dataclass(frozen=True, slots=True)
class CompanyList:
    """A table as given, and API field → column; a field without a column is not sent."""

    table: pl.DataFrame
    columns: Mapping[str, str]

    @classmethod
    def of(cls, table: pl.DataFrame) -> Self:
        """Return *table* with its columns guessed; nothing is guessed where no column can be the company's name."""
        try:
            return cls(table, guess_columns(table.columns))
        except ValidationError:
            return cls(table, {})

    @classmethod
    def uploaded(cls, name: str, content: bytes) -> Self:
        """Return the list in an uploaded file.

        Raises:
            ConfigurationError: it cannot be read, or is of no kind we know.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"uploaded{Path(name).suffix.lower()}"
            path.write_bytes(content)
            try:
                return cls.of(read_table(path))
            except ConfigurationError as error:
                # The path of the copy would tell the user nothing.
                raise ConfigurationError(
                    f"{name} cannot be read as a list of companies.",
                    next_step="Give a .csv (UTF-8), .parquet or .xlsx file with a header row.",
                ) from error

    def mapped(self, field: str, column: str | None) -> Self:
        """Return the list with another column, or none, for *field*."""
        kept = {name: known for name, known in self.columns.items() if name != field}
        return replace(self, columns=kept | ({field: column} if column else {}))

    @property
    def good(self) -> pl.DataFrame:
        """The rows that can be sent, with the API's field names."""
        checked = self._checked()
        return checked.filter(pl.col(WHY) == "").drop(ROW, WHY)

    @property
    def bad(self) -> pl.DataFrame:
        """The rows that cannot be sent: ``row`` (from 1), ``why``, and the fields."""
        return self._checked().filter(pl.col(WHY) != "").select(ROW, WHY, pl.exclude(ROW, WHY))

    def _checked(self) -> pl.DataFrame:
        named = {field: pl.col(column).cast(pl.String).str.strip_chars() for field, column in self.columns.items()}
        picked = self.table.select(**named) if named else pl.DataFrame({"company_name": [None] * self.table.height})
        why = [_why(row) for row in picked.iter_rows(named=True)]
        return picked.with_row_index(ROW, 1).with_columns(pl.Series(WHY, why, dtype=pl.String))


def _why(row: Mapping[str, Any]) -> str:
    found = [
        problem
        for field, most in COMPANY_BOUNDS.items()
        for problem in text(field, row.get(field), most, required=field == "company_name")
    ]
    return "; ".join(map(str, found))
