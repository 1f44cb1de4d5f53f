"""Read what became of mails out of any file of any tool: tables, JSON of mail services, mails that came back, folders.

The kind of a file is told by its content; what a row, an event or a report says, by `files.read_outcomes` alone, so
that one word means one thing wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import ConfigurationError, FieldProblem, OpenProspectError, ValidationError
from openprospect_nb.files.encodings import decode
from openprospect_nb.files.headings import plain
from openprospect_nb.files.outcomes import MESSAGES, Outcomes, read_outcomes
from openprospect_nb.files.tables import Table, as_table, read_content
from openprospect_nb.mailings.events import events_in, is_json, objects_in
from openprospect_nb.mailings.reports import is_mail, mails_in
from openprospect_nb.tables import tables

__all__ = ["READ", "Mailings", "read_mailings"]

READ: Final = pl.Schema({**MESSAGES, "tool": pl.String()})
_EVENT: Final = dict.fromkeys(("email", "event", "bounce type", "timestamp", "reason", "message id"), pl.String())
_TOOLS: Final[Mapping[str, frozenset[str]]] = {
    tool: frozenset(map(plain, headings)) for tool, headings in tables("mailings/tools.toml").items()
}
# Postmark dates complaints and unsubscriptions under "BouncedAt" too; Reply.io has a heading of its own for categories.
# Heading → what it means in that tool, and the heading beside it that shows the tool, if it takes one.
_MEANT: Final = {"bouncedat": ("timestamp", "type"), "inboxcategory": ("lead category", "inboxcategory")}
_SHOWN: Final = 5  # of what was refused
_HEAD: Final = 4096  # bytes; the headings are among them, and the rest may be long


@dataclass(frozen=True, kw_only=True)
class Mailings:
    """What files of mailing tools say, one row a message.

    Attributes:
        frame: `READ`: ``email`` (lower case), ``bounced`` (null where not told), ``at`` (UTC), ``kind`` (the strongest
            thing that happened, one of `files.outcomes.KINDS`), ``message`` (a fingerprint; null where none is named),
            ``bounce`` ("hard", "soft" or null), ``reason`` (raw words), ``value`` (money of a deal won), ``tool``.
        tools: tool or format → rows of it.
        duplicates: rows that say again what another said.
        unread: events and mails that say nothing of what became of a mail.
        unknown: words that say nothing known → rows that hold them.
        refused: files of a folder that could not be read, each with why.
        notes: what else was decided, a sentence each.
    """

    frame: pl.DataFrame = field(compare=False)
    tools: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    unread: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def auto_replies(self) -> int:
        """How many messages were answered by a machine; they are no replies."""
        return int((self.frame["kind"] == "auto_replied").sum())

    def __repr__(self) -> str:
        """Return the counts and the notes, no address."""
        bounced = self.frame["bounced"]
        parts = [f"{self.frame.height:,} messages of {', '.join(self.tools) or 'no tool'}"]
        parts += [f"{bounced.sum() or 0:,} bounced", f"{bounced.null_count():,} not told"]
        parts += [f"{self.duplicates:,} duplicates"] * bool(self.duplicates)
        parts += [f"{self.auto_replies:,} automatic replies apart"] * bool(self.auto_replies)
        parts += [f"{self.unread:,} that say nothing"] * bool(self.unread)
        return "\n  ".join([f"Mailings({', '.join(parts)})", *self.refused, *self.notes])


def read_mailings(source: Any, *, sheet: str | None = None, encoding: str | None = None) -> Mailings:
    """Return what the exports and mails in *source* say became of each message.

    Args:
        source: a file (CSV, Excel, LibreOffice, Parquet, JSON events, mbox, eml), a folder of such files, or a frame.
        sheet: a workbook's sheet; by default the first visible one with a table.
        encoding: a text file's encoding; by default it is detected.

    Raises:
        ConfigurationError: the file, or every file of the folder, cannot be read; says why.
        ValidationError: it holds no addresses, or tells nothing of what became of them; names what it has.

    Example:
        >>> read_mailings(pl.DataFrame({"Email": ["a@x.example"], "Portal Bounce": ["TRUE"], "Global Bounce": [""]}))
        Mailings(1 messages of HubSpot, 1 bounced, 0 not told)
    """
    if not isinstance(source, str | Path):
        return _mailings(_read_table(as_table(source)), _tool_of(getattr(source, "columns", ())))
    place = Path(source).expanduser()
    if place.is_dir():
        return _folder(place, encoding)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{place} cannot be read ({error.strerror}).", next_step="Check the path.") from error
    return _file(place.name, content, sheet, encoding)


def _folder(folder: Path, encoding: str | None) -> Mailings:
    parts: list[Mailings] = []
    refused: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        try:
            parts.append(_file(path.name, path.read_bytes(), None, encoding))
        except (OpenProspectError, OSError) as error:
            refused.append(f"{path.name}: {error}")
    if not parts:
        why = "; ".join(refused[:_SHOWN]) or "it holds no files"
        raise ConfigurationError(f"nothing in {folder} can be read: {why}.", next_step="Check the folder.")
    return joined(parts, refused)


def joined(parts: Sequence[Mailings], refused: Sequence[str] = ()) -> Mailings:
    """Return several as one; a row that says what another said counts once."""
    rows = pl.concat([part.frame for part in parts])
    once = rows.unique(READ.names(), keep="first", maintain_order=True)
    tools, unknown = Counter[str](), Counter[str]()
    for part in parts:
        tools.update(part.tools)
        unknown.update(part.unknown)
    return Mailings(
        frame=once,
        tools=dict(tools),
        duplicates=sum(part.duplicates for part in parts) + rows.height - once.height,
        unread=sum(part.unread for part in parts),
        unknown=dict(unknown),
        refused=(*(line for part in parts for line in part.refused), *refused),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _file(name: str, content: bytes, sheet: str | None, encoding: str | None) -> Mailings:
    head = _head(content, encoding)
    if head is not None and is_mail(head):
        rows, silent = mails_in(content)
        return _of_rows(name, rows, {"mails": len(rows)}, silent, "no delivery report and no reply")
    if head is not None and is_json(head):
        text = decode(content, encoding)[0]
        events, tools, broken = events_in(text)
        objects = None if events else _table_of_objects(text)
        if objects is not None:
            return _mailings(_read_table(as_table(objects)), _tool_of(objects.columns))
        return _of_rows(name, events, tools, broken, "no event of a mail service that is known")
    table = read_content(name, content, sheet=sheet, encoding=encoding)
    # cut: without a line end, within a row narrower than every other
    others = table.widths[:-1]
    is_cut = bool(others) and content[-1:] not in {b"\n", b"\r"} and table.widths[-1] < min(others)
    frame = table.frame.head(-1) if is_cut else table.frame
    is_mixed = table.encoding is not None and " lines of " in table.encoding
    notes = [f"The file mixes encodings: {table.encoding}."] * is_mixed
    notes += ["The file ends within its last row, which is left out."] * is_cut
    return _mailings(_read_table(replace(table, frame=frame)), _tool_of(frame.columns), notes)


def _read_table(table: Table) -> Outcomes:
    """Return what a table says; headings that mean another thing in one tool are read as that tool means them."""
    frame = table.frame
    headings = {name: plain(name) for name in frame.columns}
    there = set(headings.values())
    odd = {name: _MEANT[word] for name, word in headings.items() if word in _MEANT}
    meant = {name: new for name, (new, beside) in odd.items() if beside in there and plain(new) not in there}
    return read_outcomes(replace(table, frame=frame.rename(meant)))


def _table_of_objects(text: str) -> pl.DataFrame | None:
    """Return JSON of no service that is known as the table it is, where an address is in it: a list of some API."""
    rows = [row for row in objects_in(text) if any("@" in (cell or "") for cell in row.values())]
    return pl.DataFrame(rows, infer_schema_length=None) if rows else None


def _head(content: bytes, encoding: str | None) -> str | None:
    if content.startswith((b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or not content.strip():
        return None
    try:
        return decode(content[:_HEAD], encoding)[0]
    except ConfigurationError:
        return None


def _of_rows(name: str, rows: Sequence[Mapping[str, str | None]], tools: Mapping[str, int], silent: int,
             lacking: str) -> Mailings:  # fmt: skip
    if not rows:
        problem = FieldProblem(name, f"holds {lacking}; {silent:,} pieces were looked at")
        raise ValidationError(
            "the outcomes cannot be read", fields=[problem], next_step="Export the events or the reports themselves."
        )
    outcomes = read_outcomes(pl.DataFrame(rows, schema=_EVENT))
    read = _mailings(outcomes, " and ".join(tools))
    return replace(read, tools=dict(tools), unread=silent)


def _mailings(read: Outcomes, tool: str, notes: Sequence[str] = ()) -> Mailings:
    rows = read.messages.with_columns(tool=pl.lit(tool or None, pl.String)).select(READ.names())
    once = rows.unique(keep="first", maintain_order=True)
    # Each further row of an address, in a file that names no messages, is a message of its own.
    number = pl.int_range(1, pl.len() + 1).over("email", pl.col("message").is_null())
    further = pl.when(pl.col("message").is_null() & (number > 1)).then(pl.format("row {}", number))
    return Mailings(
        frame=once.with_columns(message=pl.coalesce("message", further)),
        tools={tool or "a table": rows.height},
        duplicates=rows.height - once.height,
        unknown=read.unknown,
        notes=(*read.notes, *notes),
    )


def _tool_of(headings: Sequence[str]) -> str:
    """Return the tool most of whose headings are there, if two are; else an empty text."""
    have = set(map(plain, headings))
    best = max(_TOOLS, key=lambda tool: (len(_TOOLS[tool] & have), -len(_TOOLS[tool])))
    return best if len(_TOOLS[best] & have) > 1 else ""
