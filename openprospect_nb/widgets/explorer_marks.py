"""Decisions and notes on the companies of one exploration: which rows they are on, and keeping new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import polars as pl

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.frames.decisions import ACCEPTED, DECISIONS, REJECTED, Company, Decisions
from openprospect_nb.widgets.explorer_filters import UNDECIDED
from openprospect_nb.widgets.explorer_rows import ROW

_MADE: Final = (ACCEPTED, REJECTED)


class Marks:
    """What is decided on the companies of *rows*; a company keeps its decision whatever order delivered it.

    Args:
        rows: the companies. decisions: where decisions are kept, None where they cannot be. now: the time, UTC.

    Attributes:
        frame: one row a decided or noted company; columns as `frames.decisions.DECISIONS`.
        ids: `ACCEPTED` and `REJECTED` → ids of the companies so decided.
    """

    def __init__(self, rows: pl.DataFrame, decisions: Decisions | None, now: Callable[[], datetime]) -> None:
        self._rows, self._decisions, self._now = rows, decisions, now
        self._read()

    @property
    def can_keep(self) -> bool:
        """Whether decisions can be kept."""
        return self._decisions is not None

    def counts(self, mask: pl.Series) -> dict[str, int]:
        """Return `ACCEPTED` and `REJECTED` → how many of the rows in *mask* are so decided."""
        return {name: int(mask.gather(places).sum()) for name, places in self._places.items()}

    def marked(self, page: pl.DataFrame) -> pl.DataFrame:
        """Return *page*, rows of ours, with ``decision`` and ``note``."""
        marks = self.frame.select("source", "company_id", "decision", "note")
        found = _identities(page).join(marks, on=["source", "company_id"], how="left", maintain_order="left")
        return page.drop("decision", "note", strict=False).with_columns(found["decision"], found["note"])

    def keep(self, number: int | None, decision: str | None, note: str | None) -> str:
        """Keep *decision* and *note* (None: as it is) on row *number*; return in words what was done or why not."""
        if self._decisions is None:
            return "Decisions cannot be kept, see above."
        if number is None:
            return "Choose a company first."
        company = _company(self._rows.row(number, named=True))
        try:
            self._decisions.decide(company, decision, note and note.strip(), self._now())
            self._read()
        except OpenProspectError as error:
            return f"Not kept: {error}"
        return f"{company.name or company.company_id}: {decision or UNDECIDED}; kept on this machine."

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._decisions is not None:
            self._decisions.close()
            self._decisions = None

    def _read(self) -> None:
        kept = DECISIONS.to_frame() if self._decisions is None else self._decisions.frame()
        # Among a million rows most have no decision: only those whose id has one are joined.
        some = self._rows.select(pl.col("id").cast(pl.String).is_in(kept["company_id"].implode())).to_series()
        places = some.fill_null(value=False).arg_true()
        found = _identities(self._rows[places]).with_columns(places.alias(ROW))
        found = found.join(kept, on=["source", "company_id"], how="inner")
        self.frame = kept.join(found, on=["source", "company_id"], how="semi", maintain_order="left")
        self._places = {name: found.filter(decision=name)[ROW] for name in _MADE}
        self.ids: Mapping[str, tuple[str, ...]] = {
            name: tuple(self.frame.filter(decision=name)["company_id"].to_list()) for name in _MADE
        }


def _identities(rows: pl.DataFrame) -> pl.DataFrame:
    source = pl.col("source").cast(pl.String).fill_null("") if "source" in rows.columns else pl.lit("")
    return rows.select(source=source, company_id=pl.col("id").cast(pl.String))


def _company(row: Mapping[str, object]) -> Company:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value)

    domain = text("normalized_url") or text("website_url")
    return Company(source=text("source"), company_id=text("id"), name=text("name"), domain=domain)


def utc_now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(UTC)
