"""`ResultsJourney`: the one state of the steps from results on: companies, decisions, the list asked for, files.

What is selected and decided in one step is listed in the next; the list is worked out beside, and the newest wish wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from time import sleep
from typing import Any, Final

import polars as pl
import traitlets

from openprospect_nb.analysis import Calibration, calibrate
from openprospect_nb.analysis.orders.descriptions import cost_of_all, describe_orders
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.exports import Exported
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.order_names import SHORT_ID, described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.mailings import outcomes
from openprospect_nb.markup import clean
from openprospect_nb.widgets.desk.audience import ListOutcome, SendChoice, whys_of_companies, with_what_ifs, work_out
from openprospect_nb.widgets.explorer.model import Exploration, Explored, explored
from openprospect_nb.widgets.kernel import error_words

PROFILE: Final = "profile"
ORDERS: Final = "orders"
RESULTS: Final = "results"
SENDING: Final = "sending"
HANDING: Final = "handing"
STEPS: Final = (PROFILE, ORDERS, RESULTS, SENDING, HANDING)
_NAMED: Final = 3
_PAINTED: Final = 0.2  # seconds until a page has drawn what was done; on few cores a list would stand in its way


@dataclass(frozen=True, slots=True)
class Saying:
    """What is told in a sentence, and whether it is an error."""

    words: str = ""
    is_wrong: bool = False


class ResultsJourney(traitlets.HasTraits):
    """What is known and can be done from results on; views are told through traits.

    Args:
        now: the current time, UTC; tests hand in another.
        home: folder of the decisions; None keeps none.

    Attributes:
        lock: held by whoever changes or draws what several threads use.
        step: a name of `STEPS`.
        outcome: the send list of what is selected, worked out beside; None until it is.
        choice: what is asked of the list.
        weights: of the score; empty is the usual.
        handed: the files written here, oldest first.
        said: what was done last or went wrong.
        given: the file that a page shall download next.
        rounds: how often the exploration was moved: narrowed, sorted, decided on, or scored anew.
        is_filling: whether many fields change at once, so that nothing is drawn until all have.
    """

    step = traitlets.Enum(STEPS, RESULTS)
    outcome = traitlets.Instance(ListOutcome, allow_none=True)
    choice = traitlets.Instance(SendChoice, args=())
    weights = traitlets.Dict()
    handed = traitlets.Tuple(())
    said = traitlets.Instance(Saying, args=())
    given = traitlets.Instance(Path, allow_none=True)
    rounds = traitlets.Int(0)
    steps: tuple[str, ...] = (RESULTS, SENDING, HANDING)
    is_filling = False

    def __init__(self, now: Callable[[], datetime], home: Path | None) -> None:
        super().__init__()
        self.now, self.lock = now, RLock()
        self.results: Results | None = None
        self.model: Exploration | None = None
        self.titles: tuple[str, ...] = ()
        self._home = home
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openprospect-desk")
        self._wanted, self._done, self._closed = 0, 0, False
        self._scored: dict[str, float] = {}
        self._worked_out: tuple[Exploration, SendChoice, pl.DataFrame] | None = None
        self._calibrated: tuple[Results, Calibration | None] | None = None
        self.observe(self._turned, "step")

    def say(self, words: str) -> None:
        """Tell what was done."""
        self.said = Saying(words)

    def complain(self, words: str) -> None:
        """Tell what went wrong."""
        self.said = Saying(words, is_wrong=True)

    def on_change(self, call: Callable[[Any], None]) -> Callable[[], None]:
        """Have *call* called whenever something that a view shows has changed, from any thread; return what ends it."""
        watched = self._shown()
        for part, names in watched:
            part.observe(call, names)

        def end() -> None:
            for part, names in watched:
                with suppress(ValueError):  # whoever closed the journey has ended it
                    part.unobserve(call, names)

        return end

    def go(self, step: str) -> None:
        """Turn to a step, where there is one; one that has nothing to show yet says so itself."""
        if step in self.steps:
            self.say("")
            self.step = step

    def show_results(self, results: Results | pl.DataFrame, titles: Sequence[str] = ()) -> None:
        """Explore *results*, or a frame of companies, from now on, with the decisions of the home.

        Raises:
            ConfigurationError: *results* is neither.
            ValidationError: a column holds another kind of value than the score needs.
        """
        ready = explored(results, self.weights or None)  # the slow part, and nobody has to wait for it
        if not titles and isinstance(results, Results):
            titles = [clean(name, 60) for name in order_names(described_orders(results.provenance)).values()]
        with self.lock:
            self.titles = tuple(titles)
            self._explore(results, ready)
            self._scored, self.step = dict(self.weights), RESULTS

    def weigh(self, weights: Mapping[str, float]) -> None:
        """Begin to score by other weights; what is selected and decided stays. The newest wish wins."""
        self.weights = dict(weights)
        if self.model is not None and not self._closed:
            self._worker.submit(self._score_anew, dict(weights))

    def choose(self, **wanted: Any) -> None:
        """Ask something else of the list: attributes of `SendChoice`."""
        self.choice = replace(self.choice, **wanted)
        self.work_out_list()

    def work_out_list(self, wait: float = 0.0) -> None:
        """Start to work out the list of what is selected, in *wait* seconds; the newest wish wins."""
        with self.lock:  # else the wish could be for results that others are taking the place of
            if self.model is None or not self.model.has_people or self._closed:
                return
            self._wanted += 1
            model, mask, choice, number = self.model, self.model.mask, self.choice, self._wanted
            self._worker.submit(self._work_out, model, mask, choice, number, wait)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way: no request, no opening, no list being worked out."""
        with self.lock:  # while results take the place of others there is no model
            if self.model is None or self._closed:
                return True
            return self._scored == self.weights and (not self.model.has_people or self._done == self._wanted)

    def catch_up(self) -> None:
        """Begin to ask for what is known to have changed since; nothing, where no orders are watched."""

    def title_of(self, order_id: str) -> str:
        """Return what an order is called, or the start of its id."""
        return order_id[:SHORT_ID]

    @property
    def opened(self) -> frozenset[str]:
        """The orders whose results are at hand."""
        companies = pl.DataFrame() if self.results is None else self.results.companies
        return frozenset(companies["order_id"].unique()) if "order_id" in companies.columns else frozenset()

    @property
    def name(self) -> str:
        """What the results at hand are called: the titles of their orders."""
        more = len(self.titles) - _NAMED
        return ", ".join(self.titles[:_NAMED]) + (f" and {more} more" if more > 0 else "")

    @property
    def where(self) -> tuple[str, str]:
        """Where orders go and what they cost, each in a word or two; empty where none can be placed."""
        return "", ""

    @property
    def price_each(self) -> float | None:
        """The price of a company, or None where it is unknown."""
        return None

    @property
    def cost(self) -> float | None:
        """What the delivered companies cost: as the server stated it, else by the price known here; None if unknown."""
        if self.results is None or "order_id" not in self.results.companies.columns:
            return None
        counted = self.results.companies.group_by("order_id").agg(pl.col("id").n_unique())
        sizes = dict(counted.drop_nulls("order_id").iter_rows())
        return cost_of_all(describe_orders(self.results, list(sizes), sizes, self.price_each).values())

    def learn_from(self, name: str, content: bytes) -> None:
        """Start to read what became of mails out of a file, keep it in the home, and judge the list by it."""
        if not self._closed:
            self._worker.submit(self._read_outcomes, name, content)

    def beside(self, work: Callable[[], Exported]) -> Future[Exported] | None:
        """Start *work* on the desk's own thread, and keep what it wrote; None once closed."""
        if self._closed:
            return None

        def done() -> Exported:
            made = work()
            self.handed = (*self.handed, made)
            return made

        return self._worker.submit(done)

    def close(self) -> None:
        """Stop everything. Safe to call twice."""
        self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)
        self._leave_results()
        self.unobserve_all()

    def _read_outcomes(self, name: str, content: bytes) -> None:
        try:
            with TemporaryDirectory(prefix="openprospect-") as folder:
                file = Path(folder) / (Path(name).name or "outcomes")
                file.write_bytes(content)
                inbox = outcomes(file, home=self._home)
        except OpenProspectError as error:
            self.complain(error_words(error))
            return
        counted = f"{inbox.counts['messages']:,} messages, {inbox.counts['bounced']:,} bounced"
        self.say(f"Read {Path(name).name}: of {counted} the outcome is known now.")
        self._worked_out = self._calibrated = None
        self.work_out_list()

    def _calibration(self) -> Calibration | None:
        """Return what the outcomes kept here say about the risks at hand; None where they are none or too few."""
        results = self.results
        if self._home is None:
            return None
        if results is None or (self._calibrated is not None and self._calibrated[0] is results):
            return None if self._calibrated is None else self._calibrated[1]
        made = None
        with suppress(OpenProspectError):
            mailings = outcomes(home=self._home)
            made = calibrate(results, mailings) if mailings.frame.height else None
        self._calibrated = results, made
        return made

    def _work_out(self, model: Exploration, mask: pl.Series, choice: SendChoice, number: int, wait: float) -> None:
        if self._is_wanted(number):
            sleep(wait)
        if not self._is_wanted(number):
            return
        whys = whys_of_companies(model, mask, choice)
        last = self._worked_out
        is_same = last is not None and last[0] is model and last[1] == choice and last[2].equals(whys)
        outcome = (self.outcome if is_same else None) or self._made_list(model, whys, choice)
        if self._give(outcome, number):
            self._worked_out = model, choice, whys
        # What else could be asked takes longer than the list itself, and the step that makes the list alone shows it.
        if self.step == SENDING and not outcome.what_ifs and self._is_wanted(number):
            self._give(with_what_ifs(outcome), number)
        self._done = number

    def _made_list(self, model: Exploration, whys: pl.DataFrame, choice: SendChoice) -> ListOutcome:
        try:
            return work_out(model, whys, choice, self._calibration())
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            return ListOutcome(choice=choice, people=model.everybody.head(0), problem=error_words(error))

    def _give(self, outcome: ListOutcome, number: int) -> bool:
        """Show a list, and return whether it is still the one that is wanted."""
        with self.lock:
            is_wanted = self._is_wanted(number)
            if is_wanted:
                self.outcome = outcome
            return is_wanted

    def _is_wanted(self, number: int) -> bool:
        with self.lock:  # what was done is shown before a list takes the processors
            return not self._closed and number == self._wanted

    def _shown(self) -> list[tuple[traitlets.HasTraits, list[str]]]:
        """Return what views show: parts, and names of their traits."""
        return [(self, ["step", "outcome", "handed", "said", "rounds"])]

    def _explore(self, results: Results | pl.DataFrame, ready: Explored) -> None:
        self._leave_results()
        self.results = results if isinstance(results, Results) else None
        self.model = Exploration(ready, self._decisions(), self.now)
        self.model.observe(lambda _: self.work_out_list(_PAINTED), ["filters", "marks"])
        self.model.observe(self._moved, ["filters", "marks", "sort", "chosen"])
        self.model.observe(lambda change: self.say(change["new"]), "message")
        if not self._closed:
            self._worker.submit(self.model.prepare)  # before the list, which takes longer: nobody sorts by that
        self.work_out_list()

    def _score_anew(self, weights: dict[str, float]) -> None:
        results = self.results
        if self._closed or results is None or weights != self.weights:
            return
        try:
            ready = explored(results, weights)
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            self._scored = weights
            self.complain(error_words(error))
            return
        with self.lock:
            if self.model is None or self.results is not results or weights != self.weights:
                return
            filters, sort = self.model.filters, self.model.sort
            self._explore(results, ready)
            self.model.filters, self.model.sort = filters, sort
            self._scored = weights

    def _turned(self, _: Any) -> None:
        if self.step == SENDING:
            self.work_out_list()

    def _moved(self, _: Any) -> None:
        self.rounds += 1

    def _decisions(self) -> Decisions | None:
        if self._home is None:
            return None
        try:
            return Decisions(self._home)
        except OpenProspectError as error:
            self.complain(f"Decisions cannot be kept: {error}")
            return None

    def _leave_results(self) -> None:
        self.outcome = None
        if self.model is not None:
            self.model.unobserve_all()
            self.model.close()
            self.model = None
