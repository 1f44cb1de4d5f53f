"""Companies a user names, from a frame, a list of mappings or a file, as rows of the API's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from openprospect_nb.bounds import COMPANY_BOUNDS
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError

Rows = list[dict[str, Any]]

# Other words for the API's fields, as people's tables have them; compared in lower case without blanks and dashes.
OTHER_WORDS = {
    "company_name": ("company", "companyname", "name", "firma", "firmenname", "account", "accountname", "unternehmen"),
    "website_url": ("website", "url", "websiteurl", "domain", "companydomain", "web", "homepage", "webseite"),
    "external_id": ("externalid", "id", "crmid", "accountid", "recordid", "sourceid", "kundennummer"),
    "city": ("town", "ort", "stadt", "billingcity"),
    "country": ("land", "countrycode", "billingcountry"),
}


def companies_from(source: pl.DataFrame | Sequence[Mapping[str, Any]] | str | Path) -> Rows:
    """Return one mapping a company with the API's field names; empty cells and unknown columns are left out.

    Raises:
        ConfigurationError: the file cannot be read, or is of no kind we know.
        ValidationError: no column can be the company's name.
    """
    if isinstance(source, str | Path):
        return _rows(read_table(Path(source)))
    if isinstance(source, pl.DataFrame):
        return _rows(source)
    rows = [row for row in source if isinstance(row, Mapping)] if isinstance(source, Sequence) else []
    if len(rows) == len(source):
        return _from_mappings(rows)
    raise ConfigurationError(
        f"cannot read companies from a {type(source).__name__}.",
        next_step="Pass a Polars frame, a list of mappings, or the path of a CSV, Parquet or Excel file.",
    )


def read_table(path: Path) -> pl.DataFrame:
    """Return a file's table, every cell as text.

    Raises:
        ConfigurationError: the file cannot be read, or is of no kind we know.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(f"{path} is not a .csv, .parquet, .xlsx or .xls file.")
    try:
        return reader(path)
    except Exception as error:  # Polars lets its Excel engine's errors through, which share no base with its own
        raise ConfigurationError(
            f"{path} cannot be read ({error}).", next_step="Check the file and its kind."
        ) from error


def guess_columns(names: Sequence[str]) -> dict[str, str]:
    """Return API field → column for the columns that can be told; the API's own names win over other words.

    Raises:
        ValidationError: no column can be the company's name.
    """
    plain = {_plain(name): name for name in reversed(names)}
    found = {
        field: plain[word]
        for field in COMPANY_BOUNDS
        for word in [next((w for w in (_plain(field), *OTHER_WORDS[field]) if w in plain), "")]
        if word
    }
    if "company_name" not in found:
        problem = FieldProblem("company_name", f"no such column among {', '.join(names) or 'none'}; rename one to it")
        raise ValidationError("the companies were not sent", fields=[problem])
    return found


def _from_mappings(source: Sequence[Mapping[str, Any]]) -> Rows:
    names = list(dict.fromkeys(name for row in source for name in row))
    chosen = guess_columns(names) if names else {}
    return [_clean({field: row.get(name) for field, name in chosen.items()}) for row in source]


def _rows(frame: pl.DataFrame) -> Rows:
    chosen = guess_columns(frame.columns)
    picked = frame.select(pl.col(name).cast(pl.String).alias(field) for field, name in chosen.items())
    return [_clean(row) for row in picked.iter_rows(named=True)]


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    texts = {field: value.strip() if isinstance(value, str) else value for field, value in row.items()}
    return {field: value for field, value in texts.items() if value is not None and value != ""}


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _read_csv(path: Path) -> pl.DataFrame:
    # Text throughout: an id such as 00123 or a phone number must not become a number.
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    separator = max((",", ";", "\t"), key=first.count)
    return pl.read_csv(path, infer_schema=False, separator=separator, encoding="utf8")


def _read_excel(path: Path) -> pl.DataFrame:
    return pl.read_excel(path, infer_schema_length=0)


READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": pl.read_parquet,
    ".xlsx": _read_excel,
    ".xls": _read_excel,
}
