"""Erase a person or company from everything this package keeps in a home, and have them stay erased.

First the ledger, then the data: a crash between the two leaves nobody who could come back. What cannot be erased now is
said, place by place, and the call can be made again at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from openprospect_nb.api._resource import Context
from openprospect_nb.errors import FieldProblem, OpenProspectError, ValidationError
from openprospect_nb.files.saving import save_whole
from openprospect_nb.frames import store
from openprospect_nb.frames.admission import OURS, PASSED, admit, page_names
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.frames.store import joined
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.disclosures import Disclosures, forms_asked
from openprospect_nb.privacy.holding import Held, hold_back
from openprospect_nb.privacy.learning import known_of
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.privacy.spellings import overwritten, pattern_of
from openprospect_nb.privacy.subjects import Subject, asked, blanked, blanked_text, formerly, mentions

ERASED: Final = pl.Schema({"place": pl.String(), "erased": pl.Int64(), "left": pl.String()})
_IDS: Final = frozenset({Kind.ID, Kind.PROSPECT, Kind.COMPANY})
_TELLING: Final = 8  # a shorter id stands in any database by chance
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erasure: whom, by every form known of them (in loose texts by name too), and whether it is only tried."""

    context: Context
    subject: Subject
    loose: Subject
    states: tuple[str | None, str | None]
    dry_run: bool

    @property
    def home(self) -> Path:
        """The home it is in."""
        return self.context.settings.home


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an erasure came to in one place: how much was erased, and in words what is left."""

    erased: int = 0
    left: tuple[str, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.erased + other.erased, self.left + other.left)


def forget(context: Context, who: str, *, undo: bool, dry_run: bool, country: str | None) -> pl.DataFrame:
    """Erase *who* everywhere in the home and note it in the ledger, or take such a note back; return the counts.

    Raises:
        ValidationError: *who* names nobody, or more than one person.
        JournalError: the ledger cannot be written, or its key is lost.
    """
    now = context.sender.clock.now()
    form = asked(who, country)
    if undo:
        standing = next((each for each in (form, *formerly(who)) if context.ledger.frame(each).height), form)
        return _frame({"ledger": _undone(context.ledger, standing, now, dry_run=dry_run)})
    subject = known_of(form, _people_at_home(context.settings.home))
    before = _state(context.ledger)
    names = {Form(Kind.NAME, f.text.rpartition("\0")[2]) for f in subject.forms if f.kind is Kind.EMPLOYEE}
    if not dry_run:
        context.ledger.add(form, sorted((subject.forms | names) - {form}, key=str), now)
    erasure = Erasure(
        context=context,
        subject=subject,
        loose=Subject(subject.forms | names),
        states=(before, _state(context.ledger)),
        dry_run=dry_run,
    )
    outcomes = {place: _tried(act, erasure) for place, act in PLACES.items()}
    _say(outcomes, form, dry_run=dry_run)
    return _frame(outcomes)


def disclosures(context: Context, person: str | None, country: str | None) -> pl.DataFrame:
    """Return one row a file that left with persons, or with *person*; columns `privacy.disclosures.DISCLOSURES`."""
    record = Disclosures(context.ledger)
    if person is None:
        return record.frame()
    form = asked(person, country)
    return record.frame(forms_asked(form) | known_of(form, _people_at_home(context.settings.home)).forms)


def _undone(ledger: Ledger, form: Form, now: datetime, *, dry_run: bool) -> Outcome:
    standing = ledger.frame(form).height
    if not standing:
        problem = FieldProblem("who", "was not forgotten here, or was asked for by another form")
        raise ValidationError("nothing was undone", fields=[problem], next_step="See client.journal.forgotten().")
    if dry_run:
        return Outcome(0, (f"{standing} call(s) of forget would be taken back",))
    ledger.undo(form, now)
    return Outcome(0, (f"{standing} call(s) of forget taken back; the data does not come back by itself",))


def _frame(outcomes: Mapping[str, Outcome]) -> pl.DataFrame:
    rows = [(place, outcome.erased, "; ".join(outcome.left) or None) for place, outcome in outcomes.items()]
    return pl.DataFrame(rows, schema=ERASED, orient="row")


def _say(outcomes: Mapping[str, Outcome], form: Form, *, dry_run: bool) -> None:
    left = [f"{place}: {words}" for place, outcome in outcomes.items() for words in outcome.left]
    if left:
        log.warning("not everything could be erased: %s.", "; ".join(left))
    if not dry_run and not any(outcome.erased for outcome in outcomes.values()):
        read = "; it was taken for an id, as it is no address, domain, profile, number or full name"
        log.warning("nothing here names them%s; held back from now on.", read if form.kind is Kind.ID else "")


def _state(ledger: Ledger) -> str | None:
    everybody = ledger.everybody()
    return None if everybody is None else everybody.state


def _tried(act: Callable[[Erasure], Outcome], erasure: Erasure) -> Outcome:
    """Return what *act* came to; where one place fails the others are still erased."""
    try:
        return act(erasure)
    except (OpenProspectError, OSError) as error:
        return Outcome(0, (f"failed: {error}",))


def _people_at_home(home: Path) -> dict[str, pl.DataFrame]:
    stored = [frames for folder in _folders(home) if (frames := _readable(folder)) is not None]
    return {
        "companies": joined([frames["companies"] for frames in stored], COMPANIES, ()),
        "prospects": joined([frames["prospects"] for frames in stored], PROSPECTS, ()),
    }


def _readable(folder: Path) -> dict[str, pl.DataFrame] | None:
    try:
        return store.read_folder(folder)[0]
    except OpenProspectError:
        return None


def _folders(home: Path) -> Iterator[Path]:
    """Yield every results folder of a home, of all accounts, those too that a crashed writer moved aside."""
    for base in (home / "results", home / "deliveries"):
        for path in sorted(base.rglob("*")) if base.is_dir() else ():
            is_aside = path.name.endswith(".previous")
            folder = path.with_name(path.name.removeprefix(".").removesuffix(".previous")) if is_aside else path
            is_results = path.is_dir() and any((path / name).exists() for name in store.OURS)
            if is_results and not folder.name.startswith(".") and (folder == path or not folder.exists()):
                yield folder


def _journal(erasure: Erasure) -> Outcome:
    touched, left = erasure.context.journal.forget(erasure.loose, dry_run=erasure.dry_run)
    return Outcome(touched, (left,) if left else ())


def _in_folders(erasure: Erasure, base: str) -> Outcome:
    outcome = Outcome()
    for folder in _folders(erasure.home):
        if (erasure.home / base) in folder.parents:
            outcome += _in_folder(erasure, folder)
    return outcome


def _in_folder(erasure: Erasure, folder: Path) -> Outcome:
    try:
        frames, facts = store.read_folder(folder)
    except OpenProspectError as error:
        return Outcome(0, (f"{folder} cannot be read: delete it, or fetch it again ({type(error).__name__})",))
    stored = Results(**frames, errors=facts["errors"], provenance=facts["provenance"])
    left, held = without(stored, erasure.subject, erasure.loose)
    if not erasure.dry_run:
        passed = _passed(left, erasure)
        if held or passed.provenance != stored.provenance or passed.errors != stored.errors:
            passed.write(folder)
    return Outcome(held.rows + held.texts)


def without(results: Results, subject: Subject, loose: Subject) -> tuple[Results, Held]:
    """Return *results* without the rows and texts of *subject*, and what was taken out."""
    names = ("companies", "prospects", "rejects", "drift")
    frames, held = hold_back({name: getattr(results, name) for name in names}, subject)
    facts = {name: value if name in OURS else blanked(value, loose) for name, value in results.provenance.items()}
    return replace(results, **frames, errors=blanked(dict(results.errors), loose), provenance=facts), held


def _passed(results: Results, erasure: Erasure) -> Results:
    """Return *results* as having passed the ledger as it is now, so that reading them costs nothing more."""
    before, after = erasure.states
    passed = results.provenance.get(PASSED, [])
    if before is None or before in passed:
        states = [state for state in passed if state != before]
        return replace(results, provenance={**results.provenance, PASSED: [*states, after]})
    return admit(results, [erasure.context.ledger])


def _leftovers(erasure: Erasure) -> Outcome:
    """Remove what killed writers left half-written: nobody can tell who is in it."""
    left_behind = store.leftovers(erasure.home, unmarked=True)
    if not erasure.dry_run:
        store.remove_leftovers(left_behind)
    return Outcome(len(left_behind))


def _pages(erasure: Erasure) -> Outcome:
    """Delete half-fetched pages that name them; they can be fetched again."""
    named = [path for path in sorted((erasure.home / "pages").rglob("*")) if path.is_file() and _in_page(erasure, path)]
    if not erasure.dry_run:
        for path in named:
            path.unlink(missing_ok=True)
    return Outcome(len(named))


def _in_page(erasure: Erasure, path: Path) -> bool:
    try:
        page = path.read_bytes()
    except FileNotFoundError:
        return False  # the fetch it was for ended just now
    if mentions(page.decode("utf-8", "replace"), erasure.loose):
        return True
    return path.suffix == ".json" and any(page_names(page, source, erasure.subject) for source in ("live", "sandbox"))


def _decisions(erasure: Erasure) -> Outcome:
    decisions = Decisions(erasure.home)
    try:
        touched, left = decisions.forget(erasure.subject, loose=erasure.loose, dry_run=erasure.dry_run)
    finally:
        decisions.close()
    return Outcome(touched, (left,) if left else ())


def _outcomes(erasure: Erasure) -> Outcome:
    from openprospect_nb.mailings.store import OutcomeStore

    touched, left = OutcomeStore(erasure.home).forget(erasure.subject, loose=erasure.loose, dry_run=erasure.dry_run)
    return Outcome(touched, (left,) if left else ())


def _profiles(erasure: Erasure) -> Outcome:
    """Blank the texts of recent profiles that name them."""
    touched = 0
    for path in sorted((erasure.home / "icps").glob("*.json")):
        text = path.read_text("utf-8", "replace")
        left = blanked_text(text, erasure.loose)
        if left != text:
            touched += 1
            if not erasure.dry_run:
                save_whole(path, "the profile", partial(Path.write_text, data=left, encoding="utf-8"))
    return Outcome(touched)


def _damaged(erasure: Erasure) -> Outcome:
    """Overwrite them, byte for byte, in damaged databases that were moved aside: what else is in these stays."""
    pattern = pattern_of(erasure.subject.forms)
    if pattern is None:
        return Outcome()
    touched = 0
    for path in sorted(
        {p for shape in ("*.sqlite*.damaged-*", "*.rescued*", "rescue-*/*") for p in erasure.home.glob(shape)}
    ):
        raw = path.read_bytes()
        left, count = overwritten(raw, pattern)
        touched += bool(count)
        if count and not erasure.dry_run:
            path.write_bytes(left)
    return Outcome(touched)


def _disclosures(erasure: Erasure) -> Outcome:
    """Blank file names and recipients; the files that left are the user's, and are named."""
    record = Disclosures(erasure.context.ledger)
    handed = record.frame(erasure.subject.forms).height
    touched = record.forget(erasure.subject.forms, dry_run=erasure.dry_run)
    why = f"{handed} file(s) with them were handed over: see client.journal.disclosures(…)"
    return Outcome(touched, (why,) if handed else ())


def _sandbox(erasure: Erasure) -> Outcome:
    """Look into the embedded sandbox, a server of its own, which keeps what was sent to it."""
    forms = erasure.subject.forms
    pattern = pattern_of(form for form in forms if form.kind in {Kind.ADDRESS, Kind.DOMAIN, Kind.PROFILE})
    ids = {form.text.rpartition("\0")[2].encode() for form in forms if form.kind in _IDS}
    files = [
        path
        for path in erasure.home.glob("sandbox.sqlite*")
        for raw in [path.read_bytes()]
        if (pattern and pattern.search(raw)) or any(len(i) >= _TELLING and i in raw for i in ids)
    ]
    why = "the embedded sandbox is a server of its own; delete sandbox.sqlite while no kernel uses it"
    return Outcome(0, (why,) if files else ())


PLACES: Final[Mapping[str, Callable[[Erasure], Outcome]]] = {
    "journal": _journal,
    "leftovers": _leftovers,  # before what is written anew, which takes some of them away
    "results": partial(_in_folders, base="results"),
    "sync": partial(_in_folders, base="deliveries"),
    "pages": _pages,
    "decisions": _decisions,
    "outcomes": _outcomes,
    "profiles": _profiles,
    "damaged files": _damaged,
    "handed over": _disclosures,
    "sandbox": _sandbox,
}
"""Where a home keeps persons and companies, and how they are erased there."""
