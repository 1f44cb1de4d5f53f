"""What became of the mails that were sent: read out of the files of the tools that sent them.

HubSpot, Instantly, Smartlead, lemlist, Salesforce and people each say it in their own headings and words. A row is
read cell by cell: a cell says that something happened (a word such as *hard*, yes, a count, a time, a reason) or that
it did not. The strongest of it is the row's kind.

A hard bounce is a bounce: the mailbox does not exist. A soft bounce (full, greylisted, server away) is none: the server
answered for a mailbox that exists, mail to it usually arrives later, and senders are judged by the hard ones. It keeps
a kind of its own, so that whoever counts otherwise can.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import plain
from openprospect_nb.files.moments import Moments, read_moments
from openprospect_nb.files.outcome_cells import (
    NUMBER,
    SILENT,
    UNREAD,
    VAGUE,
    Hits,
    cell_hits,
    class_of,
    classed,
    decided,
    failure_of,
    is_unread,
    kinds_of,
    leaves_open,
    texts_of,
)
from openprospect_nb.files.outcome_headings import heading_kind, is_more_of_a_bounce
from openprospect_nb.files.server_replies import is_error, reply_kind, worded_kind
from openprospect_nb.files.tables import Table, as_table, open_table
from openprospect_nb.files.words import WORDS
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.markup.text import first_of

KINDS: Final = (
    "bounced", "complained", "unsubscribed", "won", "replied", "auto_replied", "clicked", "opened", "delivered",
    "soft_bounced", "sent", "not_sent", "unknown",
)  # fmt: skip
"""What a row can be: the strongest thing that happened to it, strongest first."""
OUTCOMES: Final = pl.Schema(
    {"email": pl.String(), "bounced": pl.Boolean(), "at": pl.Datetime("us", "UTC"), "kind": pl.String()}
)
MESSAGES: Final = pl.Schema(
    {**OUTCOMES, "message": pl.String(), "bounce": pl.String(), "reason": pl.String(), "value": pl.Float64()}
)
# A column under one of these counts when most of its words are known.
_WEAK: Final = frozenset(WORDS["weak_outcome"])
_EVENTS: Final = frozenset(WORDS["event_heading"])
# A lead that waits; as an event, a mail that was read.
_OPEN_STATE: Final = re.compile(r"^open(?: - .*)?$", re.IGNORECASE)
_OF_A_TIME: Final = re.compile(r"(?:date|time|stamp|\bon|at|am)$", re.IGNORECASE)
# The statuses of leads as Instantly numbers them.
_NUMBERED: Final = {
    "1": "in_progress",
    "2": "in_progress",
    "3": "sent",
    "-1": "bounced",
    "-2": "unsubscribed",
    "-3": "not_sent",
}
_ADDRESS: Final = re.compile(r"[^\s<>\"',;:()\[\]@]+@[^\s<>\"',;:()\[\]@]+\.[^\s<>\"',;:()\[\]@]+")
# What verifiers say of an address before anybody writes to it, and what only tools that send speak of.
_GOOD: Final = frozenset(WORDS["verdict_good"])
_BAD: Final = frozenset(WORDS["verdict_bad"])
_VERDICTS: Final = _GOOD | _BAD | frozenset(WORDS["verdict"])
_OF_SENDING: Final = ("bounc", "sent", "send", "deliver", "open", "click", "repl", "campaign", "event", "subject")
_BESIDE: Final = frozenset({"", "email", "sender", "at", "message", "reason", "value"})  # what tells nothing by itself
_REASONS: Final = frozenset({"reason", "bounce_reason"})
_WORDED: Final = frozenset({"words", "bounce_class"})
_OF_DELIVERY: Final = frozenset({"delivered", "bounced", "hard_bounced", "soft_bounced"})
# Other reasons are anybody's words.
_ERRORS: Final = frozenset(
    map(plain, ("error", "error message", "fehlermeldung", "diag", "diagnostic", "diagnostic code"))
)
_LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Outcomes(Faced):
    """What became of mails, one row a message or address.

    Attributes:
        frame: `OUTCOMES`: ``email`` (lower case), ``bounced`` (null where the file does not tell), ``at`` (UTC: when it
            happened, else when it was sent; null where unknown) and ``kind``, one of `KINDS`.
        unknown: words that say nothing known → how many rows hold them; those rows are null unless others tell.
        notes: what else was decided, a sentence each.
        messages: `MESSAGES`: the same rows with what else is known of them: ``message``, a fingerprint of the message's
            id, or of campaign, step and subject (null where the file names none); ``bounce``, "hard" or "soft" where
            that is said; ``reason``, the raw words of the server or tool; ``value``, the money of a deal won.
    """

    frame: pl.DataFrame
    unknown: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    messages: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MESSAGES), compare=False)

    def __repr__(self) -> str:
        """Return the counts and the notes, no address."""
        return "\n  ".join([f"Outcomes({self._counts})", *self.notes])

    def _card(self) -> Card:
        unknown = ", ".join(f"{word!r} in {rows:,}" for word, rows in self.unknown.items())
        return Card(
            kind="What became of mails",
            answer=f"{self._counts}.",
            facts=(("words that say nothing known", unknown), *(("note", note) for note in self.notes)),
            calls=("op.outcomes(path)", "op.calibrate(results, outcomes)"),
        )

    @property
    def _counts(self) -> str:
        bounced = self.frame["bounced"]
        yes, no = bounced.sum() or 0, (~bounced).sum() or 0
        return f"{self.frame.height:,} rows: {yes:,} bounced, {no:,} did not, {bounced.null_count():,} not told"


def read_outcomes(source: Any, *, sheet: str | None = None, encoding: str | None = None) -> Outcomes:
    """Return what the export of a mailing tool says became of each mail.

    Args:
        source: the path of a CSV, text, Excel, LibreOffice or Parquet file, or a frame; any tool's headings and words,
            in a dozen languages.
        sheet: a workbook's sheet; by default the first visible one with a table.
        encoding: a text file's encoding; by default it is detected.

    A hard bounce, and one of which no more is said, is a bounce; a soft one is none (``kind`` keeps it apart). Who was
    sent to, in a file that does tell bounces, and is not said to have bounced, did not. A log of events becomes one row
    a message.

    Raises:
        ConfigurationError: the file cannot be read.
        ValidationError: no column holds addresses, or none tells what became of them; names the columns there are.

    Example:
        >>> read_outcomes(pl.DataFrame({"Email": ["a@x.example", "b@x.example"], "Bounced": ["ja", "nein"]}))
        Outcomes(2 rows: 1 bounced, 1 did not, 0 not told)
    """
    table = open_table(source, sheet=sheet, encoding=encoding) if isinstance(source, str | Path) else source
    return _Reading(table if isinstance(table, Table) else as_table(table)).outcomes()


class _Reading:
    """One table being read: which column tells what, and what each row says."""

    def __init__(self, table: Table) -> None:
        self._frame, self._rows = table.frame, table.rows
        self._cells = {name: table.frame[name].to_list() for name in table.frame.columns}
        self._texts = {name: texts_of(values) for name, values in self._cells.items()}
        self._named = {name: heading_kind(name) for name in self._frame.columns}
        self._unknown: Counter[str] = Counter()
        self._notes: list[str] = []

    def outcomes(self) -> Outcomes:
        """Return what the table says."""
        addresses = [_address(value) for value in self._cells[self._email]]
        self._refuse_what_tells_nothing()
        hits = [self._hits(place) for place in range(self._frame.height)]
        tells = self._tells_bounces(hits)
        rows = [
            (address, *decided(hit, tells=tells), place)
            for place, (address, hit) in enumerate(zip(addresses, hits, strict=True))
            if address is not None
        ]
        named = [
            (address, bounced, self._when(place, kind), kind, *self._details(place, hits[place], kind))
            for address, bounced, kind, place in rows
        ]
        messages = pl.DataFrame(named, schema=MESSAGES, orient="row")
        if any(plain(name) in _EVENTS for name in self._telling):
            messages = _as_messages(messages, [failure_of(hits[place]) for *_, place in rows])
        frame = messages.select(OUTCOMES.names())
        self._note(frame, addresses.count(None), tells=tells)
        return Outcomes(frame, dict(self._unknown), tuple(self._notes), messages)

    def _refuse_what_tells_nothing(self) -> None:
        if _is_of_a_verifier(self._frame):
            problem = FieldProblem("outcomes", "holds what a verifier says of addresses; nobody was sent anything")
            remedy = "Read the export of the tool that sent the mails."
            raise ValidationError("the outcomes cannot be read", fields=[problem], next_step=remedy)
        if not self._telling:
            raise self._refused("tells what became of the mails", "status, bounced or event")

    @cached_property
    def _email(self) -> str:
        """The column of addresses: by its heading, else the one that holds most."""
        shares = {name: _share(values) for name, values in self._cells.items()}
        named = [name for name, kind in self._named.items() if kind == "email" and shares[name] > 0]
        headed = [name for name, kind in self._named.items() if kind == "email"]
        if headed and self._frame.is_empty():
            return headed[0]
        others = [name for name, kind in self._named.items() if kind != "sender"]
        best = max(named or others, key=lambda name: shares[name], default="")
        if not best or shares[best] < (0.0 if named else 0.5) or shares[best] == 0:
            raise self._refused("holds e-mail addresses", "email")
        return best

    @cached_property
    def _telling(self) -> dict[str, str]:
        """Column → what it tells, of the columns that tell what happened."""
        kinds = {name: kind for name, kind in self._named.items() if kind not in _BESIDE}
        named = {name: kind for name, kind in kinds.items() if kind != "words" or self._speaks(name)}
        # A time of sending does not tell either what became of the mail.
        if any(kind not in {"bounce_class", "sent"} and not is_more_of_a_bounce(name) for name, kind in named.items()):
            return named
        others = [name for name, kind in self._named.items() if not kind]
        return named | dict.fromkeys(filter(self._speaks_alone, others), "words")

    def _speaks_alone(self, name: str) -> bool:
        """Return whether a column under a heading nobody taught us holds words of outcomes, bounces among them."""
        kinds = [kinds_of(text) - {"yes", "no"} for text in map(said, self._cells[name]) if text is not None]
        tells_bounces = any(words & {"bounced", "hard_bounced"} for words in kinds)
        return tells_bounces and sum(map(bool, kinds)) > 0.8 * len(kinds)

    def _speaks(self, name: str) -> bool:
        """Return whether a column of words is one of outcomes: other tables have their states and types too."""
        kinds = [kinds_of(text) for text in map(said, self._cells[name]) if text is not None]
        return plain(name) not in _WEAK or 2 * sum(map(bool, kinds)) > len(kinds)

    @cached_property
    def _moments(self) -> dict[str, Moments]:
        """Column → its points in time, of the columns that may hold some."""
        columns = [name for name, kind in self._named.items() if kind == "at" or kind not in {*_BESIDE, *_WORDED}]
        return {name: read_moments(self._cells[name]) for name in columns}

    @cached_property
    def _is_numbered(self) -> frozenset[str]:
        """Columns of statuses that are numbers, the negative ones too, as Instantly's interface gives them."""
        values = {name: {said(value) for value in self._cells[name]} - {None} for name in self._telling}
        return frozenset(
            name
            for name, texts in values.items()
            if self._telling[name] == "words" and texts <= set(_NUMBERED) and texts & {"-1", "-2", "-3"}
        )

    @cached_property
    def _plain_bounces(self) -> frozenset[str]:
        """Columns that say of each mail whether it bounced: under "bounced at" a word for nothing says it did not."""
        columns = [name for name, kind in self._telling.items() if kind in {"bounced", "hard_bounced"}]
        return frozenset(filter(self._is_untimed, columns))

    def _is_untimed(self, name: str) -> bool:
        return not _OF_A_TIME.search(name) and not any(self._moments[name].at)

    @cached_property
    def _times_of_sending(self) -> frozenset[str]:
        """Columns of when each mail was sent: a blank one says that it was not."""
        columns = [name for name, kind in self._telling.items() if kind == "sent"]
        return frozenset(name for name in columns if any(self._moments[name].at))

    @cached_property
    def _of_deliveries(self) -> frozenset[str]:
        """Columns whose words tell what became of mails, not where a lead stands: some of them say that they came."""
        worded = {name: self._texts[name] for name, kind in self._telling.items() if kind in _WORDED}
        told = {name: set().union(*map(kinds_of, filter(None, set(texts)))) for name, texts in worded.items()}
        delivered = {name for name, kind in self._telling.items() if kind == "delivered" and self._is_untimed(name)}
        return frozenset(name for name, kinds in told.items() if kinds & _OF_DELIVERY) | delivered

    def _hits(self, place: int) -> Hits:
        hits: Hits = set()
        vague: set[str] = set()
        for name, heading in self._telling.items():
            text = self._texts[name][place]
            if heading == "sent" and text is None and name in self._times_of_sending:
                hits.add(("sent", False))
            hits |= self._left_open(name, place)
            if text is None or (heading == "bounce_class" and class_of(text)):
                continue
            if name in self._is_numbered:
                hits.add((_NUMBERED[text], True))
                continue
            if heading == "words" and plain(name) not in _EVENTS:
                text = _OPEN_STATE.sub("new", text)
            when = self._moments[name].at[place] if name in self._moments else None
            cell = set(cell_hits(text, "words" if heading == "bounce_class" else heading, when=when))
            if any(kind == "" for kind, _ in cell):
                self._unknown[said(self._cells[name][place]) or str(self._cells[name][place]).strip()] += 1
            elif any(kind in VAGUE for kind, _ in cell):
                vague.add(text)
            hits |= cell
        if vague and decided(hits, tells=True)[1] == "unknown":
            self._unknown.update(vague)
        return self._as_the_server_said(self._as_classed(hits, place), place)

    def _left_open(self, name: str, place: int) -> Hits:
        """Return what a cell leaves open: whether a mail bounced that is not said to have, or all that became of it."""
        cell, text = self._cells[name][place], self._texts[name][place]
        hits: Hits = set()
        if name in self._plain_bounces and leaves_open(cell, text):
            hits.add((SILENT, True))
        if name in self._of_deliveries and is_unread(cell, text, of_bounces=is_more_of_a_bounce(name)):
            hits.add((UNREAD, True))
        return hits

    def _as_classed(self, hits: Hits, place: int) -> Hits:
        """Return *hits* with a bounce as its class says; one that tells nothing is named, unless a server did."""
        texts = [self._texts[name][place] for name, kind in self._telling.items() if kind == "bounce_class"]
        number = next(filter(None, (class_of(text) for text in texts if text)), None)
        is_bounce = ("bounced", True) in hits or set(self._telling.values()) == {"bounce_class"}
        if number is None or not is_bounce:
            return hits
        read = classed(hits, number)
        if ("undecided", True) not in read - hits:
            return read
        if any(map(reply_kind, self._said_under(_REASONS, place))):
            return hits
        self._unknown[f"bounce class {number}"] += 1
        return read

    def _as_the_server_said(self, hits: Hits, place: int) -> Hits:
        """Return *hits* with a bounce made soft where the reason beside it says that the mailbox may well exist.

        A server's reply outweighs what a tool calls it; words without a code tell only where the tool says no more.
        """
        happened = {kind for kind, holds in hits if holds}
        if not happened & {"bounced", "hard_bounced"}:
            return self._as_the_error_said(hits, place)
        reasons = self._said_under(_REASONS, place)
        telling = (text for text in reasons if "hard_bounced" not in happened or reply_kind(text))
        kind = next((reply_kind(text) or worded_kind(text) for text in telling), None)
        return (hits - {("hard_bounced", True)}) | {(kind, True)} if kind == "soft_bounced" else hits

    def _as_the_error_said(self, hits: Hits, place: int) -> Hits:
        """Return *hits* with a mail that was only sent left open, and counted, where an error stands beside it."""
        if decided(hits, tells=True) != (False, "sent"):
            return hits
        for name, kind in self._named.items():
            text = said(self._cells[name][place]) if kind == "reason" else None
            is_told = plain(name) in _ERRORS and text is not None and failure_of({(k, True) for k in kinds_of(text)})
            if text is not None and (is_told or is_error(text)):
                self._unknown[f"an error under {name}"] += 1
                return hits | {(UNREAD, True)}
        return hits

    def _said_under(self, kinds: Collection[str], place: int) -> Iterator[str]:
        """Yield what a row's cells say, of the columns whose headings are of some kinds."""
        cells = (self._cells[name][place] for name, kind in self._named.items() if kind in kinds)
        yield from filter(None, map(said, cells))

    def _tells_bounces(self, hits: Sequence[Hits]) -> bool:
        """Return whether a bounce would be in this table: a column for it is there, or a word for it occurs."""
        columns = {"bounced", "hard_bounced", "bounce_reason", "bounce_class"} & set(self._telling.values())
        return bool(columns) or any(kind in {"bounced", "hard_bounced"} for hit in hits for kind, _ in hit)

    def _when(self, place: int, kind: str) -> datetime | None:
        """Return when it happened, as far as a column says: the kind's own time, the event's, else the sending."""
        bounce = ("bounced", "hard_bounced")
        same = {"bounced": bounce, "soft_bounced": ("soft_bounced", *bounce)}.get(kind, (kind,))
        for wanted in (*same, "at", "sent"):
            for name, read in self._moments.items():
                moment = read.at[place] if self._named[name] == wanted and read.doubt is None else None
                if moment is not None:
                    return moment
        return None

    def _details(self, place: int, hits: Hits, kind: str) -> tuple[str | None, str | None, str | None, float | None]:
        """Return a row's message, "hard" or "soft", raw reason, and the money of a deal won."""
        happened = {word for word, holds in hits if holds}
        hard, soft = kind == "bounced" and "hard_bounced" in happened, kind == "soft_bounced"
        amounts = map(_money, self._said_under({"value"}, place))
        return (
            _fingerprint([self._cells[name][place] for name, of in self._named.items() if of == "message"]),
            "hard" if hard else "soft" if soft else None,
            self._reason(place) if kind in {"bounced", "soft_bounced", "complained", "not_sent"} else None,
            next((money for money in amounts if money is not None), None) if kind == "won" else None,
        )

    def _reason(self, place: int) -> str | None:
        for wanted in ("reason", "bounce_reason", "hard_bounced"):
            for text in self._said_under({wanted}, place):
                if not NUMBER.match(text) and not kinds_of(text) & {"yes", "no"}:
                    return text[:_LONGEST_REASON]
        return None

    def _note(self, frame: pl.DataFrame, without: int, *, tells: bool) -> None:
        self._notes += list(self._decisions(frame, tells=tells))
        if without:
            self._notes.append(f"{without:,} rows hold no e-mail address and are left out.")
        for name, read in self._moments.items():
            if read.doubt is not None:
                self._notes.append(f"Column {name!r} {read.complaint()} It is left out; write 2026-11-29.")
            elif self._named[name] == "at" and read.unread:
                unread = set(read.unread)
                cells = zip(self._rows, map(said, self._cells[name]), strict=False)
                # An address would name a person.
                rows = [
                    f"row {row} {text[:40]!r}" if "@" not in text else f"row {row}"
                    for row, text in cells
                    if text in unread
                ]
                left_out = f"{len(rows):,} times in {name!r} cannot be read and are left out"
                self._notes.append(f"{left_out}: {first_of(rows)}. Write 2026-11-29 14:30.")
        if self._unknown:
            words = [f"{word[:40]!r} ({count:,})" for word, count in self._unknown.most_common()]
            self._notes.append(f"Words that say nothing known, and are not used: {first_of(words)}.")

    def _decisions(self, frame: pl.DataFrame, *, tells: bool) -> Iterator[str]:
        counts = Counter(frame["kind"])
        if not tells:
            yield "Nothing in the file tells bounces, so whoever was only sent to counts as not told."
        elif believed := frame.filter(pl.col("kind") == "sent", ~pl.col("bounced")).height:
            yield f"{believed:,} were sent to and are not said to have bounced: they count as not bounced."
        if counts["soft_bounced"]:
            yield f"{counts['soft_bounced']:,} soft bounces count as not bounced."
        if counts["bounced"] and counts["bounced"] == frame["bounced"].drop_nulls().len():
            yield "The file holds bounces alone; whoever was written to and did not bounce has to be in it as well."

    def _refused(self, what: str, heading: str) -> ValidationError:
        names = ", ".join(self._frame.columns) or "none"
        return ValidationError(
            "the outcomes cannot be read",
            fields=[FieldProblem("outcomes", f"no column {what}, among: {names}")],
            next_step=f"Rename the column that does, for example to {heading}.",
        )


def _as_messages(events: pl.DataFrame, failures: Sequence[str | None]) -> pl.DataFrame:
    """Return a log's events as one row a message: the strongest thing that happened to it.

    A bounce ends an address: what a log says of its other messages stays as it was said. Of what was sent and failed
    nobody can tell that it arrived.
    """
    rank = pl.col("kind").replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.Int64)
    marked = events.with_columns(rank.alias("rank"), pl.Series("failure", failures, dtype=pl.String))
    failure = pl.col("failure").sort(nulls_last=True).first().over("email", "message")
    ranked = marked.with_columns(failure).sort("rank", maintain_order=True)
    kept = ranked.unique(["email", "message"], keep="first", maintain_order=True)
    has_failed = (pl.col("kind") == "sent") & pl.col("failure").is_not_null()
    left = kept.with_columns(
        bounced=pl.when(~has_failed).then("bounced"),
        kind=pl.when(has_failed).then("failure").otherwise("kind"),
    )
    return left.select(events.columns)


def _is_of_a_verifier(frame: pl.DataFrame) -> bool:
    """Return whether a table has verdicts on addresses, several of them, and no heading of anything sent."""
    names = list(map(plain, frame.columns))
    if any(mark in name for name in names for mark in _OF_SENDING):
        return False
    columns = (frame[name] for name in frame.columns if frame.schema[name] == pl.String)
    verdicts = ({plain(text) for text in column.drop_nulls().unique() if text.strip()} for column in columns)
    return any(words <= _VERDICTS and words & _GOOD and words & _BAD for words in verdicts)


def _fingerprint(values: Sequence[Any]) -> str | None:
    """Return what stands for a message: no text of it, so that nobody it names has to be looked for later."""
    texts = [said(value) or "" for value in values]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16] if any(texts) else None


def _money(text: str) -> float | None:
    """Return an amount as people and CRMs write it: 1.234,50 € and $1,234.50; None for what is none."""
    digits = re.sub(r"[^\d.,-]", "", text)
    mark = max(digits.rfind("."), digits.rfind(","))
    # Three digits behind the only kind of mark are thousands.
    is_decimal = mark >= 0 and (len(digits) - mark != 4 or len(set(digits) & {".", ","}) == 2)
    whole, cents = (digits[:mark], digits[mark + 1 :]) if is_decimal else (digits, "0")
    try:
        return float(f"{re.sub('[.,]', '', whole) or '0'}.{cents or '0'}")
    except ValueError:
        return None


def _share(values: Sequence[Any]) -> float:
    filled = [value for value in values if value is not None]
    return sum(_address(value) is not None for value in filled) / len(filled) if filled else 0.0


def _address(value: Any) -> str | None:
    hit = _ADDRESS.search(value) if isinstance(value, str) and "@" in value else None
    return hit[0].strip(".").lower() if hit else None
