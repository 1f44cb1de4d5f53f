"""Step 5, Hand over: who gets what, the first lines of the file, people's rights, and what was handed over here."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.analysis import SendList, ramp, settle
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.exports import LAYOUTS, Exported, export
from openprospect_nb.exports.notices import inform_by
from openprospect_nb.frames.results import Results
from openprospect_nb.markup import clean
from openprospect_nb.widgets.desk import results_journey as way
from openprospect_nb.widgets.desk.audience import IN, NO_ADDRESS, PLACE, WHY, ListOutcome
from openprospect_nb.widgets.desk.script import code_of
from openprospect_nb.widgets.desk.sending import plural
from openprospect_nb.widgets.desk.step import Act, FootButton, TwoPartStep, drawn
from openprospect_nb.widgets.explorer.hand_over import export_companies, without_rejected
from openprospect_nb.widgets.explorer.model import Exploration

CRM: Final = "crm"
SEQUENCER: Final = "sequencer"
SALES: Final = "sales"
CALLS: Final = "calls"
FIRMS: Final = "companies"
BOSS: Final = "boss"
NOTICE: Final = "notice"
RAMP: Final = "portions"
SETTLEMENT: Final = "settlement"
_NAMELESS: Final = frozenset({FIRMS, BOSS, SETTLEMENT})
TARGETS: Final = {
    CRM: (("HubSpot", "hubspot"), ("Salesforce", "salesforce"), ("Pipedrive", "pipedrive"), ("Dynamics", "dynamics")),
    SEQUENCER: (("Instantly", "instantly"), ("Smartlead", "smartlead"), ("lemlist", "lemlist"), ("plain CSV", "csv")),
    FIRMS: (("CSV", "csv"), ("Excel", "xlsx"), ("Parquet", "parquet")),
}
_SUFFIXES: Final = {SALES: ".xlsx", CALLS: ".csv", BOSS: ".html", NOTICE: ".csv", SETTLEMENT: ""}
_FORMS: Final = {"xlsx": ".xlsx", "parquet": ".parquet"}
_LINES: Final = 3
_COLUMNS: Final = ("email", "company_name", "job_title")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """What is to be written: for whom (a card), in which tool's form, to which file, and who gets it."""

    card: str = CRM
    target: str = "hubspot"
    path: str = ""
    recipient: str = ""


class HandOverStep(TwoPartStep):
    """Write the files, each noted in the record of who got whose data."""

    name = way.HANDING
    title = "Hand over"
    beside = "The file"

    def __init__(self, journey: way.ResultsJourney) -> None:
        super().__init__(journey)
        self.wanted = WantedFile()
        self.is_writing = False
        self._recipients: dict[Path, str] = {}
        self._shows_code = False

    @property
    def note(self) -> str:
        """How many files were written here."""
        count = len(self.journey.handed)
        return f"{count:,} file{'s' if count != 1 else ''}"

    @property
    def path(self) -> Path:
        """The file to be written: as typed, or named after the results and what it is for."""
        if self.wanted.path.strip():
            return Path(self.wanted.path.strip()).expanduser()
        letters = "".join(c if c.isalnum() else "-" for c in self.journey.name.lower())
        name = letters.strip("-")[:40].strip("-") or "results"
        card, target = self.wanted.card, self.wanted.target
        kind = target if card in TARGETS and card != FIRMS else card
        suffix = _FORMS.get(target) or _SUFFIXES.get(card, ".csv")
        return Path.cwd() / f"{name}_{kind}{suffix}"

    @property
    def code(self) -> str:
        """The Python of every choice made on the way, the file wanted last."""
        return code_of(self.journey, *_ends(self.wanted, self.path, self.journey))

    @property
    def acts(self) -> Mapping[str, Act]:
        """Choose, name, write."""
        return {
            "card": lambda intent: self.choose(str(intent["value"])),
            "target": lambda intent: self._aim(str(intent["value"])),
            "field": lambda intent: self._field(str(intent["name"]), str(intent["value"])),
            "write": lambda _: self.write(),
            "file": lambda intent: self.journey.learn_from(str(intent["name"]), bytes(intent["content"])),
            "download": lambda intent: self._download(str(intent["value"])),
            "code": lambda _: setattr(self, "_shows_code", not self._shows_code),
        }

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return what the list promises, in a line."""
        outcome = self.journey.outcome
        if outcome is None or outcome.chosen is None:
            return "", []
        chosen = outcome.chosen
        limit = f"at most {chosen.max_bounce_rate * 100:g} % bounces "
        limit += f"with {chosen.confidence * 100:g} % confidence" if chosen.promise == "confidence" else "expected"
        people = f"{_people(chosen.size)} at {plural(outcome.companies, 'company', 'companies')}"
        return f"{people}, {limit} ({chosen.basis})", []

    def write(self) -> None:
        """Start to write what is wanted, of the list as it is once it is worked out; what came of it is told."""
        model, wanted, path = self.journey.model, self.wanted, self.path
        if model is None or self.is_writing:
            return
        self.is_writing = True
        rows = without_rejected(model.selection_with_decisions)
        results, weights = self.journey.results or Results(), dict(self.journey.weights) or None

        def work() -> Exported:
            made = _write(wanted, path, self.journey.outcome, results, rows, weights)
            self._recipients[made.path] = wanted.recipient
            self.is_writing = False
            return made

        future = self.journey.beside(work)
        if future is not None:
            future.add_done_callback(lambda done: self._tell(done, wanted))

    def _download(self, number: str) -> None:
        """Give a file written here to the page, for whoever sits elsewhere than it was written."""
        made = dict(enumerate(self.journey.handed)).get(int(number)) if number.isdigit() else None
        if made is not None and made.path.is_file():
            self.journey.given = made.path
            self.journey.say(f"Downloading {made.path.name}; it is at {made.path} too.")

    def _tell(self, done: Future[Exported], wanted: WantedFile) -> None:
        self.is_writing = False
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            self.journey.complain(f"Not written: {error}")
        else:
            made = done.result()
            self.journey.say(f"Wrote {made.path}{f' for {wanted.recipient}' if wanted.recipient else ''}.")

    def choose(self, card: str) -> None:
        """Want another kind of file."""
        if card in _CARDS:
            target = TARGETS[card][0][1] if card in TARGETS else ""
            self.wanted = replace(self.wanted, card=card, target=target, path="")

    def _aim(self, target: str) -> None:
        if target in {name for _, name in TARGETS.get(self.wanted.card, ())}:
            self.wanted = replace(self.wanted, target=target, path="")

    def _field(self, name: str, value: str) -> None:
        if name in {"path", "recipient"}:
            self.wanted = replace(self.wanted, **{name: value})

    def _main(self, *, live: bool) -> str:
        outcome, wanted = self.journey.outcome, self.wanted
        left = [f"{line.people:,} {line.name}" for line in outcome.left_out] if outcome is not None else []
        words = self._words()
        targets = [{"words": w, "key": k, "on": k == wanted.target} for w, k in TARGETS.get(wanted.card, ())]
        return drawn(
            "handing_main.html",
            live=live,
            cards=[_card(key, wanted, words.get(key, "")) for key in _CARDS],
            targets=targets,
            path=str(self.path),
            recipient=wanted.recipient,
            left_out=" · ".join(left) or "nobody",
            busy=self.is_writing,
            files=[self._file(number, made) for number, made in reversed([*enumerate(self.journey.handed)])],
        )

    def _words(self) -> dict[str, str]:
        """Return card → what it would hand over, in numbers; empty where there is nothing."""
        outcome, model = self.journey.outcome, self.journey.model
        if model is None:
            return {}
        size = 0 if outcome is None else outcome.size
        phones = 0 if outcome is None else callable_people(outcome).height
        is_listed, is_delivered = bool(model.count and outcome), self.journey.results is not None
        return {
            CRM: f"{_people(size)} with real addresses, company, web site" if size else "",
            SEQUENCER: f"{_people(size)}, in the tool's own columns" if size else "",
            SALES: f"{model.count:,} companies with all their people and why not to mail some" if is_listed else "",
            CALLS: f"{_people(phones)} without an address but with a phone" if phones else "",
            FIRMS: f"{model.count:,} companies: no names, addresses or free texts leave" if model.count else "",
            BOSS: "the decision, persons masked; opens offline" if is_delivered else "",
            RAMP: f"{_people(size)}, 40 a mailbox and day, each with its day (CSV)" if size else "",
            SETTLEMENT: "what was paid for and what came; claims row by row (a folder)" if is_delivered else "",
            NOTICE: f"who is to be told what and by when, {_people(size)} (Article 14 GDPR)" if size else "",
        }

    def _file(self, number: int, made: Exported) -> dict[str, str]:
        left = [f"{count:,} {reason}" for reason, count in made.left_out.items()]
        holds = f"{made.rows:,} rows, {made.target}" if made.rows else made.target
        here = str(number) if made.path.is_file() else ""
        return {"name": made.path.name, "path": str(made.path), "number": here, "holds": holds,
                "to": clean(self._recipients.get(made.path, ""), 60) or "–",
                "notes": clean(". ".join(note.rstrip(".") for note in (*left, *made.notes)), 200) or "✓"}  # fmt: skip

    def _side(self, *, live: bool) -> str:
        outcome, model = self.journey.outcome, self.journey.model
        heads, lines = _first_lines(outcome, self.wanted, model)
        return drawn(
            "handing_side.html",
            live=live,
            code=self.code if self._shows_code else "",
            heads=heads,
            lines=lines,
            empty="No person is named in it." if self.wanted.card in _NAMELESS else "Nobody is in it.",
            rights=_rights(outcome, self.journey),
            basis="" if outcome is None or outcome.chosen is None else outcome.chosen.basis,
        )


_CARDS: Final = {
    CRM: "Send list → CRM",
    SEQUENCER: "Send list → sequencer",
    SALES: "Excel for the sales team",
    CALLS: "Call list",
    FIRMS: "Companies, no persons",
    BOSS: "One page for the boss",
    RAMP: "In daily portions",
    SETTLEMENT: "Claims on the vendor",
    NOTICE: "Facts for the notice",
}


def callable_people(outcome: ListOutcome) -> pl.DataFrame:
    """Return who has no usable address but a telephone number, companies kept out left aside."""
    if "phone_number" not in outcome.people.columns:
        return outcome.people.head(0)
    return outcome.people.filter((pl.col(WHY) == NO_ADDRESS) & pl.col("phone_number").is_not_null())


def _people(count: int) -> str:
    return plural(count, "person", "people")


def _card(key: str, wanted: WantedFile, words: str) -> dict[str, Any]:
    return {
        "key": key,
        "title": _CARDS[key],
        "words": words or "nothing to hand over",
        "on": key == wanted.card,
        "off": not words,
    }


def _ends(wanted: WantedFile, path: Path, journey: way.ResultsJourney) -> list[str]:
    """Return the line that writes the file wanted; of files that no single call of the library writes, none."""
    to = f", recipient={wanted.recipient!r}" if wanted.recipient else ""
    if wanted.card in {CRM, SEQUENCER}:
        return [f"op.export(chosen, {str(path)!r}, target={wanted.target!r}{to})"]
    if wanted.card == NOTICE:
        return [f"op.export(chosen, {str(path)!r}, target='art14'{to})"]
    if wanted.card == SETTLEMENT:
        return [f"op.settle(results).write({str(path)!r})"]
    if wanted.card == BOSS:
        listed = ", sending=chosen" if journey.model is not None and journey.model.has_addresses else ""
        weights = f", weights={dict(journey.weights)!r}" if journey.weights else ""
        return [f"op.report(results, {str(path)!r}{to}{listed}{weights})"]
    return []


def _selected(results: Results, rows: pl.DataFrame) -> Results:
    """Return *results* with the companies of *rows* alone, and all their people."""
    keys = [name for name in ("order_id", "id") if name in rows.columns]
    companies = results.companies.join(rows.select(keys), on=keys, how="semi", nulls_equal=True, maintain_order="left")
    theirs = {"id": "company_id"}
    people = results.prospects.join(
        rows.select(keys).rename(theirs), on=[theirs.get(k, k) for k in keys], how="semi", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    return replace(results, companies=companies, prospects=people)


def _write(
    wanted: WantedFile,
    path: Path,
    outcome: ListOutcome | None,
    results: Results,
    rows: pl.DataFrame,
    weights: Mapping[str, float] | None,
) -> Exported:
    """Write what is wanted and return what was written; *rows* are the companies selected and not rejected.

    The page and the claims are about all that was delivered: what one filtered out or rejected has come, and was paid.
    """
    if wanted.card == BOSS:
        return _page(results, None if outcome is None else outcome.chosen, path, wanted.recipient, weights)
    if wanted.card == SETTLEMENT:
        return _settlement(results, path)
    if wanted.card == FIRMS:
        form: Any = wanted.target
        return export_companies(rows, path, form)
    if outcome is None or (wanted.card != SALES and not _people_for(wanted, outcome).height):
        # No other list is written in the place of an empty one.
        raise ConfigurationError("Nobody would be in the file.", next_step="Raise the limit in step 4, or select more.")
    selected = _selected(results, rows)
    if wanted.card == SALES:
        return export(_with_remarks(selected, outcome), path, target="xlsx", recipient=wanted.recipient)
    target: Any = {CALLS: "csv", RAMP: "csv", NOTICE: "art14"}.get(wanted.card, wanted.target)
    people = _people_for(wanted, outcome)
    people = people.select(name for name in people.columns if name not in {PLACE, WHY})
    return export(replace(selected, prospects=people), path, target=target, recipient=wanted.recipient)


def _people_for(wanted: WantedFile, outcome: ListOutcome) -> pl.DataFrame:
    if wanted.card == CALLS:
        return callable_people(outcome)
    if outcome.chosen is None or not outcome.chosen.size:
        return outcome.people.head(0)
    if wanted.card == RAMP:
        portions = ramp(outcome.chosen, calibration=outcome.calibration).prospects
        return portions.filter(pl.col("ramp_day").is_not_null())
    return outcome.chosen.prospects


def _with_remarks(selected: Results, outcome: ListOutcome) -> Results:
    """Return *selected* with ``send_list`` for each person: "in", or why he or she is not."""
    keys = [name for name in ("order_id", "company_id", "id") if name in selected.prospects.columns]
    whys = outcome.people.select(*keys, pl.col(WHY).alias("send_list")).unique(keys, keep="first")
    people = selected.prospects.join(whys, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return replace(selected, prospects=people)


def _page(
    results: Results,
    chosen: SendList[pl.DataFrame] | None,
    path: Path,
    recipient: str,
    weights: Mapping[str, float] | None,
) -> Exported:
    """Write the masked page: it decides on the list that the other files hold, and ranks by the weights of the desk."""
    from openprospect_nb.reports import report

    made = report(results, path, recipient=recipient, sending=chosen, weights=weights)
    listed = f", {_people(chosen.size)} on the list" if chosen is not None else ""
    held = f"{results.companies.height:,} companies{listed}; persons masked"
    return Exported(path=made.path or path, target=f"one page: {held}", rows=0, columns=(), left_out={}, notes=())


def _settlement(results: Results, path: Path) -> Exported:
    """Write what was paid for *results* and what came of it, a file a reason, into a folder."""
    settled = settle(results)
    files = settled.write(path)
    claimed = settled.claims.height
    held = f"{claimed:,} companies under a reason, {len(files):,} files; no person in it"
    return Exported(path=path, target=f"settlement: {held}", rows=0, columns=(), left_out={}, notes=(settled.basis,))


def _first_lines(
    outcome: ListOutcome | None, wanted: WantedFile, model: Exploration | None
) -> tuple[list[str], list[list[str]]]:
    if outcome is None or model is None or wanted.card in _NAMELESS:
        return [], []
    people = outcome.people.filter(pl.col(WHY) == IN) if wanted.card == SALES else _people_for(wanted, outcome)
    names = dict(model.rows.select("id", "name").iter_rows()) if "name" in model.column_names else {}
    layout = LAYOUTS.get(wanted.target)
    called = dict(layout.headings) if layout is not None else {}
    heads = [called.get(name, name) for name in _COLUMNS]
    lines = [
        [
            _masked(row.get("email")),
            clean(names.get(row["company_id"]) or "–", 40),
            clean(row.get("job_title") or "–", 30),
        ]
        for row in people.head(_LINES).iter_rows(named=True)
    ]
    return heads, lines


def _masked(email: Any) -> str:
    if not email:
        return "–"
    name, _, host = str(email).partition("@")
    return clean(f"{name[:1]}…@{host}", 60)


def _rights(outcome: ListOutcome | None, journey: way.ResultsJourney) -> list[str]:
    results = journey.results
    if outcome is None or results is None or not outcome.size:
        return ["Nobody is in the list."]
    day = results.companies["delivered_at"].min()
    if not isinstance(day, datetime):
        return [
            "Each person is to be told where the data comes from within a month of getting it, or at first contact."
        ]
    last = pl.select(inform_by(pl.lit(day.astimezone(UTC)))).item()
    notice = f"each person is to be told by {last:%-d %b %Y} or at first contact"
    return [
        f"Data obtained {day:%-d %b %Y}; if you keep it, {notice}: “Facts for the notice” lists what they are owed.",
        "Whoever was forgotten on this machine is left out of every file, and counted.",
    ]
