"""Outcomes of mailings as calibration takes them: one row a message, its address, and whether it bounced."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import polars as pl

from openprospect_nb.analysis.contacts.mailboxes import address
from openprospect_nb.analysis.identity.sites import listed_addresses
from openprospect_nb.analysis.table import collect, open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.moments import moment_of, moments_of
from openprospect_nb.files.outcome_cells import bounced_of
from openprospect_nb.files.outcomes import Outcomes, read_outcomes
from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.frames.results import Results
from openprospect_nb.mailings import Mailings, OutcomeInbox, kept_messages, not_again, read_mailings
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.homes import home_in_use

_LISTED: Final = 5


def moment_beside(name: str, moment: datetime | date | str) -> datetime | None:
    """Return what ages of outcomes are counted to or from, as `moment_of` does; a time without a zone is in UTC."""
    if isinstance(moment, datetime) and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment_of(name, moment)


def known_outcomes(outcomes: object, about: object = None) -> pl.DataFrame:
    """Return one row a message whose outcome is known, as `told_outcomes` does."""
    return told_outcomes(outcomes, about).filter(pl.col("y").is_not_null())


def told_outcomes(outcomes: object, about: object = None) -> pl.DataFrame:
    """Return one row a message: ``address`` (lower case), ``y``, 1.0 where it bounced, null if unknown, and ``at``.

    Args:
        outcomes: a frame with ``email`` and ``bounced`` (true or false, 1 or 0, or words that `bounced_of` knows) and
            perhaps ``at`` (times, dates, or texts that are dates), what `read_outcomes` read,
            or a frame or a file's path for it; None takes what `op.outcomes` keeps.
        about: the results they are for; their home is the one looked into.

    Words of a file that say nothing known ("failed", which may be the tool, a filter or the mailbox) are warned of, by
    name and count: their rows are of unknown outcome.

    Raises:
        ValidationError: a column is missing, a frame's ``bounced`` holds words that say nothing known, or ``at``
            what is no date.
    """
    if outcomes is None:
        outcomes = messages_of(about)
    elif isinstance(outcomes, str | Path):
        outcomes = read_mailings(outcomes)
    elif isinstance(outcomes, pl.DataFrame | pl.LazyFrame) and "bounced" not in outcomes.lazy().collect_schema():
        # Columns may be named as a tool does, which the reader of exports knows.
        with suppress(ValidationError):  # then what our own two columns lack is said below
            outcomes = read_outcomes(outcomes)
    if isinstance(outcomes, Outcomes | Mailings | OutcomeInbox):
        outcomes = _named_frame(outcomes)
    table = open_table(outcomes, name="outcomes", required=("email", "bounced"))
    has_time = "at" in table.columns
    texts = table.lazy.with_columns(address(table).alias("email"))
    rows = collect(texts, ["email", "bounced", *(["at"] if has_time else [])])
    messages = pl.DataFrame(
        {
            "address": rows["email"].cast(pl.String),
            "y": _bounced(rows["bounced"]).cast(pl.Float64),
            "at": _moments(rows["at"]) if has_time else pl.Series([None] * rows.height, dtype=UTC_TIME),
        }
    )
    return messages.drop_nulls("address")


def _named_frame(read: Outcomes | Mailings | OutcomeInbox) -> pl.DataFrame:
    """Return what was read, and warn of the words in it that say nothing known."""
    unknown = {} if isinstance(read, OutcomeInbox) else read.unknown
    if unknown:
        warnings.warn(
            f"{sum(unknown.values()):,} rows say nothing known of what became of the mail and teach nothing: "
            f"{_listed(unknown)}. Write bounced or delivered where you know it.",
            stacklevel=4,
        )
    return read.frame


def _listed(unknown: Mapping[str, int]) -> str:
    named = sorted(unknown.items(), key=lambda item: -item[1])
    words = ", ".join(f"{word[:40]!r} ({count:,} rows)" for word, count in named[:_LISTED])
    return f"{words} and {len(named) - _LISTED:,} more" if len(named) > _LISTED else words


def not_again_among(emails: pl.Series, outcomes: object, about: object) -> list[str]:
    """Return those of *emails*, as written, not to write to again by *outcomes*: None (all that is kept), or an inbox.

    An address is known in every spelling. Other outcomes tell of bounces alone, and these are known to whoever asks.
    """
    if outcomes is not None and not isinstance(outcomes, OutcomeInbox):
        return []
    listed = not_again(messages_of(about) if outcomes is None else outcomes.frame)["email"]
    unwanted = {canonical.address(text) or text for text in listed}
    if not unwanted:
        return []
    asked = listed_addresses(emails.cast(pl.String).unique().drop_nulls(), unwanted, ())
    return [text for text in asked if canonical.address(text) in unwanted]


def messages_of(about: object) -> pl.DataFrame:
    """Return what `op.outcomes` keeps of the mailings of a home, columns `mailings.KEPT`: the home *about* is of."""
    named = about.provenance.get("home") if isinstance(about, Results) else None
    return kept_messages(home_in_use(named if named and Path(named).is_dir() else None))


def refuse_bounces_alone(y: pl.Series) -> None:
    """Refuse bounces without a mail that arrived, be the rest blank or absent: they would teach that all mail bounces.

    Raises:
        ValidationError: *y* of `told_outcomes` holds 1, and else nothing but null.
    """
    blank, bounced = y.null_count(), int(y.sum())
    if not bounced or bounced + blank < y.len():
        return
    rest = f"is blank {blank:,} times" if blank else "never that one arrived"
    raise ValidationError(
        "only bounces tell nothing",
        fields=[FieldProblem("bounced", f"says {bounced:,} times that a mail bounced and {rest}")],
        next_step="Say false, 0 or no of each mail that arrived: pl.col('bounced').fill_null('no') if blanks mean it; "
        "where only bounces were kept, add the list of all that was sent.",
    )


def _bounced(told: pl.Series) -> pl.Series:
    if told.dtype == pl.Boolean:
        return told
    if told.dtype.is_nested() or told.dtype == pl.Object:
        problem = FieldProblem("bounced", f"holds {told.dtype}, not yes or no")
        raise ValidationError("the outcomes cannot be read", fields=[problem], next_step="Give true or false.")
    if told.dtype.is_numeric():
        finite = told.cast(pl.Float64).replace([float("nan"), float("inf"), float("-inf")], None)
        if finite.drop_nulls().is_in([0.0, 1.0]).all():
            return finite.cast(pl.Boolean)
    bounced, unknown = bounced_of(told.to_list())
    if not unknown:
        return pl.Series(bounced, dtype=pl.Boolean)
    raise ValidationError(
        "the outcomes cannot be read",
        fields=[FieldProblem("bounced", f"holds what says nothing known: {_listed(unknown)}")],
        next_step="Give true/false, 1/0, yes/no, hard/soft or bounced/delivered; leave empty what is not known.",
    )


def _moments(told: pl.Series) -> pl.Series:
    if told.dtype.is_nested() or told.dtype in (pl.Object, pl.Binary, pl.Duration):
        problem = FieldProblem("at", f"holds {told.dtype}, not times")
        raise ValidationError("the outcomes cannot be read", fields=[problem], next_step="Give dates or times.")
    if isinstance(told.dtype, pl.Datetime) and told.dtype.time_zone is not None:
        return told.cast(UTC_TIME)
    return pl.Series(moments_of("at", told.to_list()), dtype=UTC_TIME)
