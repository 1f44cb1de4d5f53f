"""Companies a user names, from a frame, a list of mappings or a file, as rows of the API's fields."""

from __future__ import annotations

import logging
from typing import Any, Final

from openprospect_nb.files.company_list import CompanyList, Repeats, preview

__all__ = ["READERS", "companies_from"]

Rows = list[dict[str, Any]]
log = logging.getLogger(__name__)

READERS: Final = frozenset({".csv", ".tsv", ".tab", ".txt", ".parquet", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
"""Endings of files that hold tables, for telling a path from other texts; what is read is told by the content."""


def companies_from(source: Any, *, sheet: str | None = None, repeats: Repeats = "once") -> Rows:
    """Return one mapping a company with the API's field names, and log what is passed over or not used.

    Args:
        source: what `openprospect_nb.files.preview` takes, or a preview itself.
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
