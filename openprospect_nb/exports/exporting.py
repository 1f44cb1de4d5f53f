"""`export`: prospects leave for a spreadsheet or a CRM; nobody suppressed is among them and nothing in it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from openprospect_nb.analysis.bounces.send_lists import SendList
from openprospect_nb.analysis.contacts.outcomes import not_again_among
from openprospect_nb.analysis.identity.suppression import Suppression, hits_of
from openprospect_nb.analysis.table import COMPANY, collect, open_table
from openprospect_nb.exports.notices import notice_of, once_each, with_time, write_notice
from openprospect_nb.exports.rows import (
    as_texts,
    fit_rows,
    not_withheld,
    remarks_of,
    with_derived,
    without_controls,
    without_odd_links,
)
from openprospect_nb.exports.targets import Layout, Target, layout_of, refuse_twins
from openprospect_nb.files.formulas import PHONE, neutralised
from openprospect_nb.files.saving import save_whole
from openprospect_nb.files.sheets import write_sheet
from openprospect_nb.frames.admission import admit, admit_frame
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table
from openprospect_nb.markup.wording import Wording, wording
from openprospect_nb.privacy.disclosures import Handover, recipients_of
from openprospect_nb.privacy.homes import ledgers_for, note_handover

_COMPANY: Final[Mapping[str, str]] = {
    **COMPANY,
    "employee_count": "company_employees",
    "match_score": "company_match_score",
}
_UNDO: Final = "openprospect_nb.exports.restore takes it away."
_HIT: Final = "__op_hit"
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Faced):
    """What was written and what was not.

    Attributes:
        path: the file.
        target: for whom.
        rows: how many prospects it holds.
        columns: its headings.
        left_out: reason → how many prospects are missing for it.
        notes: what else the reader should know, in sentences.
        suppression: how many entries of your list matched, which did not; None without a list.
    """

    path: Path
    target: str
    rows: int
    columns: tuple[str, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    suppression: Suppression | None = None

    def _card(self) -> Card:
        missing = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items()) or "nobody"
        return Card(
            kind=f"Export for {self.target}",
            answer=f"{self.rows:,} prospects written.",
            facts=(
                ("file", self.path),
                ("left out", missing),
                ("suppression", self.suppression),
                ("first headings", ", ".join(self.columns[:6])),
            ),
            table=card_table(("To know before importing it",), [(note,) for note in self.notes]),
        )

    def __repr__(self) -> str:
        """Return rows, file and what was left out; below, each in a line, what to know before importing it."""
        missing = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items()) or "nothing"
        head = f"Exported({self.rows} prospects to {self.path} for {self.target}; left out: {missing})"
        return "\n  ".join([head, *self.notes, *([str(self.suppression)] if self.suppression is not None else [])])


def export(
    prospects: object,
    path: str | os.PathLike[str],
    *,
    target: Target = "csv",
    suppress: object = None,
    headings: Mapping[str, str] | None = None,
    bom: bool = False,
    recipient: str = "",
    language: str = "en",
) -> Exported:
    """Write prospects to *path* for *target* and return what was written and what was left out.

    Args:
        prospects: a `Results` (company columns are joined), a `SendList`, or a prospects frame.
        path: the file; written whole or not at all, readable by its owner alone.
        target: ``csv``, ``xlsx`` and ``parquet`` keep all rows and columns; ``hubspot``, ``salesforce``, ``pipedrive``,
            ``dynamics`` (leads), ``instantly``, ``smartlead`` and ``lemlist`` are CSV with the headings of their
            import, each address once and well formed, values that are longer than they take said; ``art14`` is what a
            notice under Article 14 of the GDPR needs of each person (categories, source, day of delivery, last day for
            telling, recipients on record), as JSON or Markdown where *path* ends so, else as CSV.
        suppress: whom to leave out: whatever `exclude` takes (domains, addresses, companies, a blacklist's entries, a
            file, …). What the list did is in ``suppression`` of the answer, and logged where an entry kept nobody out.
        headings: our column → heading, added to (or changing) the target's own; no two columns may have one heading.
        bom: whether a CSV starts with the mark that makes Excel read it as UTF-8.
        recipient: for whom it is, for the record of handing over (``client.journal.disclosures``).
        language: "en" or "de", of ``art14``.

    Whoever was forgotten is left out, and, but for ``art14``, whoever unsubscribed, complained or bounced (not softly)
    by the outcomes that the home keeps (`op.outcomes`); what leaves is noted in the home it came from, by keyed hashes.
    Texts that a spreadsheet could run are neutralised in CSV (`restore` undoes it); in a workbook every text is a text
    cell.
    Suppressed prospects (``suppress``, tier "suppressed", ``excluded`` as a yes in a dozen languages) never leave.
    A link that is no web page (``javascript:…``) is left empty for a CRM or a sequencer, which is said.
    Control characters (NUL) are left out for these, and said, as is a name that a mail would take for a template.

    Example:
        >>> op.export(op.send_list(results).prospects, "leads.csv", target="hubspot")  # doctest: +SKIP

    Raises:
        ValidationError: a column the target needs is missing, or one holds what no file takes, or ``excluded`` what is
            neither a yes nor a no; names it. Or the
            suppression list cannot be read, or holds entries that nothing in the frame can be compared with.
        ConfigurationError: an unknown target, two columns under one heading, a blank heading, an ending of *path* that
            is of another kind of file than the target's, or the file cannot be written.
    """
    layout = layout_of(target, headings, path)
    admitted, forgotten = _admitted(prospects)
    rows = _with_source(_with_companies(admitted))
    allowed, kept_out, suppression = _leaving(rows, prospects, suppress, layout)
    complete, incomplete = fit_rows(with_derived(allowed, list(layout.headings)), layout)
    if layout.form == "notice":
        table = _notice(complete, admitted, wording(language))
        write = partial(write_notice, table, say=wording(language), suffix=Path(path).suffix.lower())
    else:
        table = _arranged(complete, layout, renamed=bool(headings))
        write = partial(_write, table, layout=layout, bom=bom)
    notes: list[str] = [*remarks_of(complete, layout), *(layout.advice if complete.height else ())]
    written = save_whole(path, "the export", lambda part: notes.extend(write(part)))
    handover = Handover(what="export", target=target, recipient=recipient, file=written, persons=complete)
    notes += _remarks(rows, is_noted=note_handover(handover, _home_of(prospects)))
    return Exported(
        path=written,
        target=target,
        rows=table.height,
        columns=tuple(table.columns),
        left_out={reason: count for reason, count in {**forgotten, **kept_out, **incomplete}.items() if count},
        notes=tuple(notes),
        suppression=suppression,
    )


def _remarks(rows: pl.DataFrame, *, is_noted: bool) -> Iterator[str]:
    if not is_noted:
        yield "Nobody noted who got these persons: there is no home of OpenProspect on this machine."
    if "source" in rows.columns and "sandbox" in rows["source"].unique():
        yield "These are sandbox rows: the persons and companies are invented."


def _notice(persons: pl.DataFrame, prospects: object, say: Wording) -> pl.DataFrame:
    timed = once_each(with_time(persons, prospects))
    return notice_of(timed, recipients_of(timed, ledgers_for(home=_home_of(prospects))), say)


def _admitted(prospects: object) -> tuple[object, dict[str, int]]:
    """Return the prospects without whoever was forgotten, and how many these were."""
    if isinstance(prospects, Results):
        results = admit(prospects, ledgers_for(home=_home_of(prospects)))
        return results, {"forgotten": prospects.prospects.height - results.prospects.height}
    rows = _with_companies(prospects)
    left = admit_frame(rows, "prospects", ledgers_for())
    return left, {"forgotten": rows.height - left.height}


def _home_of(prospects: object) -> str | None:
    return prospects.provenance.get("home") if isinstance(prospects, Results) else None


def _with_companies(prospects: object) -> pl.DataFrame:
    """Return the prospects as a Polars frame, with their companies' columns where a `Results` brings them."""
    if isinstance(prospects, SendList):
        prospects = prospects.prospects
    if not isinstance(prospects, Results):
        table = open_table(prospects, name="prospects", required=())
        return as_texts(collect(table.lazy, table.columns))
    companies = prospects.companies.unique(["order_id", "id"], keep="first", maintain_order=True)
    named = companies.select("order_id", "id", *_COMPANY).rename({"id": "company_id", **_COMPANY})
    return prospects.prospects.join(
        named, on=["order_id", "company_id"], how="left", nulls_equal=True, maintain_order="left"
    )


def _with_source(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* with ``lead_source``, which a CRM shows: OpenProspect, and whether it was only its sandbox."""
    if "lead_source" in rows.columns:
        return rows
    sandbox = pl.col("source") == "sandbox" if "source" in rows.columns else pl.lit(value=False)
    name = pl.when(sandbox).then(pl.lit("OpenProspect sandbox")).otherwise(pl.lit("OpenProspect"))
    return rows.with_columns(lead_source=name)


def _unsuppressed(rows: pl.DataFrame, listed: object) -> tuple[pl.DataFrame, Suppression | None]:
    allowed = not_withheld(rows)
    if listed is None:
        return allowed, None
    table = open_table(allowed, name="prospects", required=())
    hits = hits_of(table, listed)
    marked = table.give_back(table.lazy.with_columns(hits.excluded_by.alias(_HIT)), (*table.columns, _HIT))
    left: pl.DataFrame = marked.filter(pl.col(_HIT).is_null()).drop(_HIT)
    return left, hits.suppression


def _leaving(
    rows: pl.DataFrame, prospects: object, listed: object, layout: Layout
) -> tuple[pl.DataFrame, dict[str, int], Suppression | None]:
    """Return who may leave, how many stay and why, and what the list did."""
    unsuppressed, suppression = _unsuppressed(rows, listed)
    # A notice is owed to those who want no mails, too.
    allowed = unsuppressed if layout.form == "notice" else _wanted(unsuppressed, prospects)
    kept_out = {
        "suppressed": rows.height - unsuppressed.height,
        "unsubscribed, complained or bounced before": unsuppressed.height - allowed.height,
    }
    return allowed, kept_out, suppression


def _wanted(rows: pl.DataFrame, prospects: object) -> pl.DataFrame:
    """Return *rows* without those who, by the outcomes that the home keeps, objected or bounced (not softly)."""
    if "email" not in rows.columns:
        return rows
    about = prospects.origin if isinstance(prospects, SendList) else prospects
    unwanted = not_again_among(rows["email"], None, about)
    return rows.filter(~pl.col("email").is_in(unwanted).fill_null(value=False))


def _arranged(rows: pl.DataFrame, layout: Layout, *, renamed: bool) -> pl.DataFrame:
    """Return the columns the target wants under its headings; its columns that the frame lacks are left empty."""
    if not layout.keeps_all:
        rows = without_controls(without_odd_links(rows, layout), layout)
        present = [
            pl.col(ours).alias(theirs) if ours in rows.columns else pl.lit(None, pl.String).alias(theirs)
            for ours, theirs in layout.headings.items()
        ]
        return rows.select(present)
    if "lead_source" not in layout.headings:
        rows = rows.drop("lead_source")
    if renamed:
        refuse_twins({name: layout.headings.get(name, name) for name in rows.columns})
    return rows.rename(dict(layout.headings), strict=False)


def _write(table: pl.DataFrame, part: Path, *, layout: Layout, bom: bool) -> list[str]:
    if layout.form == "parquet":
        table.write_parquet(part)
        return []
    flat = table.with_columns(_flat(name, kind) for name, kind in table.schema.items())
    if layout.form == "xlsx":
        cut = write_sheet(flat, part)
        return [f"{cut} texts were cut to the 32,767 letters a cell holds."] if cut else []
    texts = [name for name, kind in flat.schema.items() if kind == pl.String]
    safe = flat.with_columns(neutralised(name, PHONE if layout.keeps_phones else None) for name in texts)
    heads = pl.DataFrame({"name": safe.columns}, schema={"name": pl.String}).select(neutralised("name"))["name"]
    safe.rename(dict(zip(safe.columns, heads, strict=True))).write_csv(
        part, include_bom=bom, quote_style="non_numeric", datetime_format=_TIME
    )
    marked = sum((safe[name] != flat[name]).sum() for name in texts)
    return [f"{marked:,} cells that a spreadsheet could run have an apostrophe in front; {_UNDO}"] if marked else []


def _flat(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column as one value a cell: lists of texts joined by semicolons, other nested values as JSON.

    Lengths of time ("3d 4h") and times of day are written as text, which neither a CSV nor a workbook has a kind for.
    """
    column = pl.col(name)
    if isinstance(kind, pl.Array):
        column, kind = column.arr.to_list(), pl.List(kind.inner)
    if kind == pl.Duration:
        return column.dt.to_string("polars")
    if kind == pl.Time:
        return column.dt.to_string("%H:%M:%S")
    if kind == pl.List(pl.String):
        return column.list.join("; ")
    if isinstance(kind, pl.List):
        return pl.struct(column.alias("items")).struct.json_encode().alias(name)
    return column.struct.json_encode() if isinstance(kind, pl.Struct) else column
