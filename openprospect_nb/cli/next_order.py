"""`openprospect-nb outcomes`, `plan`, `settle`, `ramp`: what mails brought, and what that means for money and sending.

None of them orders or sends anything. They read folders made by `results`, and the inbox of a home.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openprospect_nb.cli.output import note, tell_frame, tell_json, tell_value

if TYPE_CHECKING:
    from openprospect_nb.analysis import Ramp, RampDecision
    from openprospect_nb.frames.results import Results
    from openprospect_nb.mailings import OutcomeInbox

_PLANNED: Final = (
    "icp",
    "companies",
    "rate",
    "rate_low",
    "rate_high",
    "price",
    "now",
    "buy",
    "expected",
    "low",
    "high",
)
_FACTS: Final = (
    *("budget", "spent", "kept", "expected", "low", "high"),
    *("level", "instalments", "currency", "stop", "now", "basis"),
)


def outcomes(options: argparse.Namespace) -> None:
    """Read what became of mails into the inbox of the home, and show what is known there; no address is printed."""
    from openprospect_nb.mailings import KEEP
    from openprospect_nb.mailings import outcomes as keep

    days = KEEP if options.keep_days is None else timedelta(days=options.keep_days)
    inbox = keep(options.path, home=options.home, keep=days, sheet=options.sheet, encoding=options.encoding)
    if options.json:
        tell_json(_inbox(inbox))
    else:
        tell_value(inbox)


def plan(options: argparse.Namespace) -> None:
    """Show where the next money goes; nothing is bought."""
    from openprospect_nb.analysis import plan as planned_of

    planned = planned_of(
        _results(options),
        budget=options.budget,
        value=options.value,
        price_per_briefing=options.price,
        instalments=options.instalments,
    )
    if options.json:
        tell_json({name: getattr(planned, name) for name in _FACTS} | {"icps": planned.icps.to_dicts()})
        return
    if not planned.icps.is_empty():
        tell_frame(planned.icps.select(_PLANNED))
    tell_value(planned)


def settle(options: argparse.Namespace) -> None:
    """Show what was paid for, line by line; write claims only where asked to."""
    from openprospect_nb.analysis import settle as settled_of

    settled = settled_of(_results(options), price_per_briefing=options.price)
    if options.output is not None:
        files = settled.write(options.output)
        note(f"claims: {len(files)} files in {options.output}")
    if options.json:
        claims = dict(sorted(Counter(settled.claims["reason"]).items()))
        shown = {"basis": settled.basis, "total": settled.total.to_dicts(), "lines": settled.lines.to_dicts()}
        tell_json(shown | {"claims": claims, "terms": settled.terms})
    else:
        tell_value(settled)


def ramp(options: argparse.Namespace) -> None:
    """Show how a list goes out in steps and what to do today, by the outcomes that the home keeps; nothing is sent."""
    from openprospect_nb.analysis import ramp as ramp_of
    from openprospect_nb.analysis import send_list
    from openprospect_nb.exports import export
    from openprospect_nb.privacy.homes import ledger_of

    results = _results(options)
    listed = send_list(results, max_bounce_rate=options.limit, confidence=options.confidence)
    given = {"per_day": options.per_day, "mailboxes": options.mailboxes, "explore": options.explore}
    made = ramp_of(listed, among=results, seed=options.seed, **given)
    today = made.after(sent=options.sent, since=options.since)
    if options.output is not None:
        home = results.provenance.get("home")
        # Held while the file is written: who is in it is noted in this home.
        _held = None if home is None else ledger_of(Path(home))
        export(today.today, options.output)
        note(f"today's {today.today.height:,} messages: {options.output}")
    if options.json:
        tell_json(_ramp(made, today))
        return
    if not made.plan.is_empty():
        tell_frame(made.plan)
    tell_value(made)
    tell_value(today)


def _results(options: argparse.Namespace) -> Results:
    """Return the folders as one; the inbox that counts is that of --home, if it is given."""
    from openprospect_nb.frames.results import Results

    results = Results.concat([Results.read(folder) for folder in options.folders])
    if options.home is None:
        return results
    return replace(results, provenance={**results.provenance, "home": str(options.home.expanduser().absolute())})


def _inbox(inbox: OutcomeInbox) -> dict[str, Any]:
    shown: dict[str, Any] = {"home": str(inbox.home), "counts": inbox.counts}
    if inbox.read is not None:
        kept, read = inbox.kept, inbox.read
        shown["read"] = {
            "tools": dict(read.tools),
            "added": kept.added,
            "changed": kept.changed,
            "known": kept.known,
            "duplicates": read.duplicates,
            "unread": read.unread,
            "held_back": kept.held_back,
            "expired": kept.expired,
            "unknown_words": dict(read.unknown),
            "refused": list(read.refused),
            "notes": list(read.notes),
        }
    return shown


def _ramp(made: Ramp, today: RampDecision) -> dict[str, Any]:
    facts = ("state", "why", "sent", "bounced", "low", "high", "from_inbox")
    return {
        "messages": made.prospects.height,
        "explored": made.explored,
        "budget": made.budget,
        "limit": made.limit,
        "risk": made.risk,
        **{name: getattr(today, name) for name in facts},
        "today": today.today.height,
        "domains": today.domains.to_dicts(),
        "plan": made.plan.to_dicts(),
    }
