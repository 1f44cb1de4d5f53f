"""`outcomes`: hand in whatever says what became of mails; it is read, kept, and used by everything that learns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.mailings.reading import Mailings, read_mailings
from openprospect_nb.mailings.store import InboxChange, OutcomeStore, kept_messages, not_again
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.privacy.homes import home_in_use

__all__ = ["KEEP", "OutcomeInbox", "outcomes"]

KEEP: Final = timedelta(days=3 * 365)
"""How long what became of a mail is kept, where nothing else is asked: three years from when it happened."""


@dataclass(frozen=True, kw_only=True)
class OutcomeInbox(Faced):
    """All that is known of what became of mails, and what the file handed in now added to it.

    Attributes:
        frame: one row a message, columns `mailings.KEPT`: ``email``, ``bounced`` (null where not told), ``at`` (UTC),
            ``kind`` (the strongest thing that happened), ``message`` (a fingerprint), ``bounce`` ("hard", "soft"),
            ``reason``, ``value`` (money of a deal), ``tool``, ``kept_at``. It is what `calibrate` takes as outcomes.
        read: what the file or folder said; None where none was handed in.
        kept: how many messages are new, of how many more is known now, how many were known, were held back because the
            person was forgotten, or were removed because their time was over; how many reasons named who was forgotten.
        home: the folder it is kept in.
    """

    frame: pl.DataFrame = field(compare=False)
    read: Mailings | None = None
    kept: InboxChange = field(default_factory=InboxChange)
    home: Path

    @property
    def counts(self) -> dict[str, int]:
        """How many messages there are of what matters, by name."""
        kinds = self.frame["kind"]
        bounced = self.frame["bounced"]
        return {
            "messages": self.frame.height,
            "addresses": self.frame["email"].n_unique(),
            "bounced": int(bounced.sum() or 0),
            "soft bounces": int((kinds == "soft_bounced").sum()),
            "not told": bounced.null_count(),
            "replied": int(kinds.is_in(["replied", "won"]).sum()),
            "deals won": int((kinds == "won").sum()),
            "unsubscribed": int(kinds.is_in(["unsubscribed", "complained"]).sum()),
            "automatic replies": int((kinds == "auto_replied").sum()),
        }

    @property
    def keep_out(self) -> pl.DataFrame:
        """Whom not to write to again, ``email`` alone, each once: who unsubscribed, complained or bounced, not softly.

        It is what the inbox means as a suppression list: ``op.contactable(results, suppressed=op.outcomes())``.
        """
        return not_again(self.frame)

    def __repr__(self) -> str:
        """Return the counts, what was new, and what the reading decided; no address."""
        said = ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count or name == "messages")
        lines = [f"OutcomeInbox({said})", *self._news()]
        return "\n  ".join(lines + ([] if self.read is None else [*self.read.refused, *self.read.notes]))

    def _card(self) -> Card:
        facts = [(name, f"{count:,}") for name, count in self.counts.items() if name != "messages"]
        facts += [("now", line) for line in self._news()]
        notes = () if self.read is None else (*self.read.refused, *self.read.notes)
        return Card(
            kind="Outcomes of mailings",
            answer=f"{self.counts['messages']:,} messages whose outcome is known.",
            facts=facts,
            doubt=" ".join(notes),
            calls=("op.calibrate(results, inbox)", "op.settle(results)"),
        )

    def _news(self) -> list[str]:
        if self.read is None:
            return []
        change, read = self.kept, self.read
        counts = {
            "of which more is known": change.changed,
            "known before": change.known,
            "duplicates": read.duplicates,
            "rows with unknown words": sum(read.unknown.values()),
            "that say nothing": read.unread,
            "of forgotten persons left out": change.held_back,
            "reasons blanked that name forgotten persons": change.blanked,
            "removed because they were too old": change.expired,
        }
        parts = [f"{change.added:,} new", *(f"{count:,} {words}" for words, count in counts.items() if count)]
        return [f"from {', '.join(read.tools) or 'a table'}: {', '.join(parts)}"]


def outcomes(
    source: Any = None,
    *,
    home: str | Path | None = None,
    keep: timedelta | None = KEEP,
    sheet: str | None = None,
    encoding: str | None = None,
) -> OutcomeInbox:
    """Read what became of mails, keep it in the home, and return all that is known there.

    Exports of Instantly, Smartlead, lemlist, HubSpot, Salesforce, Mailchimp, Brevo and others (CSV, Excel, LibreOffice,
    Parquet), events of SendGrid, Postmark, Amazon SES, Brevo, Mailgun and sequencers as JSON, and delivery reports,
    complaints and replies as mails (mbox, eml; RFC 3464, 5965, 3834) are told by their headings and content. Nothing
    leaves this machine. `calibrate`, `settle`, `answers` and a ramp's ``after`` use what is kept unless told otherwise.

    Handing in a file twice adds nothing. Of one message the strongest thing counts (a bounce, a complaint, a deal, a
    reply, …); an automatic reply is no reply. A file that names neither message nor campaign tells of one message an
    address. A soft bounce is none.

    Args:
        source: a file, a folder of files, or a frame; None only returns what is kept.
        home: the folder to keep it in; None takes the home of the client made last, else ``OPENPROSPECT_HOME`` or the
            usual one.
        keep: how long a message is kept after it happened; older ones are removed now. None removes nothing.
        sheet: a workbook's sheet.
        encoding: a text file's encoding; by default it is detected.

    Raises:
        ConfigurationError: the file, or every file of the folder, cannot be read.
        ValidationError: nothing in it tells what became of mails; names what it has. *keep* is no time.
        JournalError: the file of the home cannot be written, or is damaged.

    Example:
        >>> inbox = op.outcomes(outcomes)
        >>> inbox.counts["messages"] >= inbox.counts["bounced"] > 0
        True
    """
    if keep is not None and keep <= timedelta(0):
        problem = FieldProblem("keep", f"is {keep}, not a time above zero")
        raise ValidationError("outcomes cannot be kept", fields=[problem], next_step="None keeps them for good.")
    place = home_in_use(home)
    if source is None:
        return OutcomeInbox(frame=kept_messages(place), home=place)
    read = read_mailings(source, sheet=sheet, encoding=encoding)
    kept = OutcomeStore(place).keep(read.frame, datetime.now(UTC), keep)
    return OutcomeInbox(frame=kept_messages(place), read=read, kept=kept, home=place)
