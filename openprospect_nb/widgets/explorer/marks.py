"""`Marks`: what is decided on the companies at hand, many thousands of them in one act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import polars as pl

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.frames.decisions import ACCEPTED, DECISIONS, REJECTED, Decisions
from openprospect_nb.widgets.explorer.filters import UNDECIDED, Decided

MADE: Final = (ACCEPTED, REJECTED)
_KEY: Final = ["source", "company_id"]
_MARKED: Final = ["decision", "note"]
_PLACE: Final = "__op_row"


class Marks:
    """What is decided on the companies of *rows*; a company keeps its decision whatever order delivered it.

    Args:
        rows: the companies. decisions: where decisions are kept, None where they cannot be. now: the time, UTC.

    Attributes:
        frame: one row a decided or noted company; columns as `frames.decisions.DECISIONS`.
        decided: the ids of the companies accepted and rejected.
    """

    def __init__(self, rows: pl.DataFrame, decisions: Decisions | None, now: Callable[[], datetime]) -> None:
        self._rows, self._decisions, self._now = rows, decisions, now
        self._kept, self._stamp = DECISIONS.to_frame(), ""
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
        identified = page.lazy().select(*_identity(page.columns))
        few = self.frame.lazy().join(identified, on=_KEY, how="semi").select(*_KEY, "decision", "note")
        marks = identified.join(few, on=_KEY, how="left", maintain_order="left").collect()
        others = [name for name in page.columns if name not in _MARKED]
        return page[others].hstack(marks[_MARKED])

    def keep(self, number: int | None, decision: str | None, note: str | None) -> str:
        """Keep *decision* and *note* (None: as it is) on row *number*; return in words what was done or why not."""
        if number is None:
            return self._cannot or "Choose a company first."
        company = self._companies(pl.Series([number]))
        why = self._keep(company, pl.Series([decision], dtype=pl.String), note)
        name = company["name"].item() or company["company_id"].item()
        return why or f"{name}: {decision or UNDECIDED}; kept on this machine."

    def keep_all(self, numbers: pl.Series, decisions: pl.Series) -> str:
        """Keep a decision on each of the rows *numbers*, all or none; return why it could not be, else nothing."""
        return self._keep(self._companies(numbers), decisions, None)

    def _keep(self, companies: pl.DataFrame, decisions: pl.Series, note: str | None) -> str:
        if self._decisions is None:
            return self._cannot
        wanted = companies.hstack([decisions.alias("decision")])
        wanted = wanted.sort(_KEY, maintain_order=True)  # as the file's index has them: written a third faster
        now = self._now()
        try:
            stamp = self._decisions.stamp
            self._decisions.decide_frame(wanted, note and note.strip(), now)
            if stamp == self._stamp:
                self._take(self._with(wanted, note and note.strip(), now))
            else:
                self._read()
        except OpenProspectError as error:
            return f"Not kept: {error}"
        return ""

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._decisions is not None:
            self._decisions.close()
            self._decisions = None

    @property
    def _cannot(self) -> str:
        return "" if self.can_keep else "Decisions cannot be kept, see above."

    def _companies(self, numbers: pl.Series) -> pl.DataFrame:
        """Return whom decisions on these rows are about: source, id, name and domain, each a text."""
        rows = self._rows[numbers]
        names = [pl.col(name).cast(pl.String) for name in ("normalized_url", "website_url") if name in rows.columns]
        domain = pl.coalesce(pl.when(site != "").then(site) for site in names) if names else pl.lit(None, pl.String)
        name = pl.col("name").cast(pl.String) if "name" in rows.columns else pl.lit(None, pl.String)
        facts = (*_identity(rows.columns), name.alias("name"), domain.alias("domain"))
        return rows.select(fact.fill_null("") for fact in facts)

    def _with(self, wanted: pl.DataFrame, note: str | None, now: datetime) -> pl.DataFrame:
        """Return what is kept after a change that this machine made alone; *wanted* is sorted by its key."""
        is_followed = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(-1)) for name in _KEY)
        last, kept = wanted.lazy().filter(~is_followed), self._kept.lazy()
        earlier = last.join(kept, on=_KEY, how="left", maintain_order="left", suffix="_before")
        said = pl.col("note").fill_null("") if note is None else pl.lit(note)
        stamped = pl.lit(now).cast(DECISIONS["decided_at"])
        changed = earlier.select(*_KEY, "name", "domain", "decision", said.alias("note"), stamped.alias("decided_at"))
        changed = changed.filter(pl.col("decision").is_not_null() | (pl.col("note") != ""))
        others = kept.join(last, on=_KEY, how="anti", maintain_order="left")
        return pl.concat([others, changed]).collect()

    def _read(self) -> None:
        if self._decisions is None:
            self._take(DECISIONS.to_frame())
        else:
            self._stamp = self._decisions.stamp  # before the read: what changes meanwhile is read again
            self._take(self._decisions.frame())

    def _take(self, decisions: pl.DataFrame) -> None:
        self._kept, kept = decisions, decisions.lazy()
        # Among a million rows most have no decision: only those whose id has one are joined.
        is_some = pl.col("company_id").is_in(decisions["company_id"].implode())
        rows = self._rows.lazy().select(*_identity(self._rows.columns)).with_row_index(_PLACE).filter(is_some)
        rows = rows.join(kept, on=_KEY, how="inner").select(_PLACE, *_KEY, "decision")
        ours, self.frame = pl.collect_all([rows, kept.join(rows, on=_KEY, how="semi", maintain_order="left")])
        self._places = {name: ours[_PLACE].filter(ours["decision"] == name) for name in MADE}
        ids = {name: self.frame["company_id"].filter(self.frame["decision"] == name) for name in MADE}
        home = None if self._decisions is None else self._decisions.home
        self.decided = Decided(ids=ids, home=home)


def _identity(columns: list[str]) -> tuple[pl.Expr, pl.Expr]:
    """Return the source and the id of a row as decisions know it."""
    source = pl.col("source").cast(pl.String).fill_null("") if "source" in columns else pl.lit("")
    return source.alias("source"), pl.col("id").cast(pl.String).alias("company_id")
