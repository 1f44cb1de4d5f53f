"""`Journey`: the one state of a desk: the order being written, orders, results, decisions, the list asked for, files.

Models that stand alone elsewhere decide here too (`OrderDraft`, `Checkout`, `OrderWatch`, `Exploration`); what is new
is that they know of each other: an order placed is watched, one opened is explored, what is selected is listed.
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
from typing import Any, Final

import polars as pl
import traitlets

from openprospect_nb.analysis import Calibration, calibrate
from openprospect_nb.analysis.orders.descriptions import describe_orders
from openprospect_nb.client import AsyncClient, Client, Order, Pilot
from openprospect_nb.client.faces import OrderDefaults
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.exports import Exported
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.order_names import SHORT_ID, described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.mailings import outcomes
from openprospect_nb.markup import clean
from openprospect_nb.widgets.builder.model import ALL_FIELDS, Checkout, OrderDraft, Phase
from openprospect_nb.widgets.desk.audience import ListOutcome, SendChoice, whys_of_companies, with_what_ifs, work_out
from openprospect_nb.widgets.explorer.model import Exploration, Explored, explored
from openprospect_nb.widgets.kernel import Background, error_words
from openprospect_nb.widgets.monitor.model import OrderWatch

PROFILE: Final = "profile"
ORDERS: Final = "orders"
RESULTS: Final = "results"
SENDING: Final = "sending"
HANDING: Final = "handing"
STEPS: Final = (PROFILE, ORDERS, RESULTS, SENDING, HANDING)
_NAMED: Final = 3
_WATCHED: Final = "It is watched below; the notebook may be closed meanwhile."


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
        with self.lock:
            self.titles = tuple(titles) or (_titles_of(results) if isinstance(results, Results) else ())
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

    def work_out_list(self) -> None:
        """Start to work out the list of what is selected; the newest wish wins."""
        with self.lock:  # else the wish could be for results that others are taking the place of
            if self.model is None or not self.model.has_people or self._closed:
                return
            self._wanted += 1
            model, mask, choice, number = self.model, self.model.mask, self.choice, self._wanted
            self._worker.submit(self._work_out, model, mask, choice, number)

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
        return frozenset() if self.results is None else frozenset(_orders_of(self.results))

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
        costs = [known.cost for known in describe_orders(self.results, list(sizes), sizes, self.price_each).values()]
        stated = [cost for cost in costs if cost is not None]
        return sum(stated) if stated and len(stated) == len(costs) else None

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
        told = f"{inbox.counts['messages']:,} messages, {inbox.counts['bounced']:,} bounced"
        self.say(f"Read {Path(name).name}: of {told} the outcome is known now.")
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
            kept = outcomes(home=self._home)
            made = calibrate(results, kept) if kept.frame.height else None
        self._calibrated = results, made
        return made

    def _work_out(self, model: Exploration, mask: pl.Series, choice: SendChoice, number: int) -> None:
        if self._closed or number != self._wanted:
            return
        whys = whys_of_companies(model, mask, choice)
        known = self._worked_out
        if known is not None and known[0] is model and known[1] == choice and known[2].equals(whys):
            self._done = number
            return
        self._worked_out = None
        try:
            outcome = work_out(model, whys, choice, self._calibration())
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            outcome = ListOutcome(choice=choice, people=model.everybody.head(0), problem=error_words(error))
        self._give(outcome, number)
        # What other limits would give is worth its time only where nothing else is asked meanwhile.
        if number == self._wanted and self._give(with_what_ifs(outcome), number):
            self._done, self._worked_out = number, (model, choice, whys)

    def _give(self, outcome: ListOutcome, number: int) -> bool:
        """Show a list, and return whether it is still the one that is wanted."""
        with self.lock:
            is_wanted = not self._closed and number == self._wanted
            if is_wanted:
                self.outcome = outcome
            return is_wanted

    def _shown(self) -> list[tuple[traitlets.HasTraits, list[str]]]:
        """Return what views show: parts, and names of their traits."""
        return [(self, ["step", "outcome", "handed", "said", "rounds"])]

    def _explore(self, results: Results | pl.DataFrame, ready: Explored) -> None:
        self._leave_results()
        self.results = results if isinstance(results, Results) else None
        self.model = Exploration(ready, self._decisions(), self.now)
        self.model.observe(self._selected, ["filters", "marks"])
        self.model.observe(self._moved, ["filters", "marks", "sort", "chosen"])
        self.model.observe(lambda change: self.say(change["new"]), "message")
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

    def _selected(self, _: Any) -> None:
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


class Journey(ResultsJourney):
    """Everything a desk knows, and what it can do: orders too.

    Args:
        client: whose orders; its home keeps the decisions.
        now: the current time, UTC; tests hand in another.
        orders: ids or orders to watch; None watches all this key can see.
        steps: where one can go; without the orders nothing is watched.

    Attributes:
        learnt: how often the journal was read for `spent` (by order; None before) and `month` (None where unknown).
        can_drop: whether an order can be taken from those watched.
        rest: the order of a pilot's rest, once it was bought here.
    """

    learnt = traitlets.Int(0)
    can_drop = False

    def __init__(
        self,
        client: Client,
        now: Callable[[], datetime],
        orders: Sequence[str | Order] | None = None,
        steps: tuple[str, ...] = STEPS,
    ) -> None:
        super().__init__(now, client.settings.home)
        self.step, self.steps = PROFILE, steps
        self.client = client
        self.draft = OrderDraft(usual=OrderDefaults(price_each=client.settings.price_per_briefing))
        self.checkout = Checkout(client, self.draft)
        self.watch = OrderWatch(client, orders, now)
        self.work = Background(client, self.complain)
        self.spent: pl.DataFrame | None = None
        self.month: float | None = None
        self._opening: tuple[str, ...] = ()
        self.rest = ""
        self._quantities: dict[str, int | None] = {}
        self._bought = pl.DataFrame(schema={"order_id": pl.String, "icp_hash": pl.String, "quantity": pl.Int64})
        self.draft.observe(lambda _: self.checkout.changed(), list(ALL_FIELDS))
        self.draft.observe(self._look_up_bought, "companies")
        self.checkout.observe(self._placed, "phase")
        self.checkout.observe(self._told, "message")
        self.watch.observe(self._fetched, "fetched")
        self.watch.observe(lambda change: self.say(change["new"]), "message")

    def go(self, step: str) -> None:
        """Turn to a step; one that has nothing to show yet says so itself."""
        super().go(step)
        if self.step == ORDERS and self.watch.state.polled_at is None:
            self.watch.start()

    def start(self) -> None:
        """Ask for what the first steps show: the usual price, what was spent, the orders there are."""
        self.learn()
        self.watch.start()

    def learn(self) -> None:
        """Read from the journal what an order would cost, what was spent, and which companies were bought before."""
        self.work.start(self._learn)
        self._look_up_bought()

    def open_orders(self, *order_ids: str) -> None:
        """Show the results of these orders together; those not fetched yet are fetched first."""
        self._opening = order_ids
        missing = [order_id for order_id in order_ids if order_id not in self.watch.fetched]
        if missing:
            self.say(f"Fetching the results of {len(missing):,} order{'s' if len(missing) > 1 else ''} …")
        for order_id in missing:
            self.watch.wait_for(order_id)  # says itself what goes wrong
        if not missing:
            self._worker.submit(self._open_fetched)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way: no request, no opening, no list being worked out."""
        is_quiet = self.watch.is_settled and self.work.is_idle and not self._opening
        return is_quiet and super().is_settled

    def catch_up(self) -> None:
        """Poll now if this machine knows of an order what the last poll had not seen; not where none are shown."""
        if ORDERS in self.steps:
            self.watch.catch_up()

    def equal_orders(self, icp_hash: str) -> int:
        """Return how many orders this machine placed for a profile of that content."""
        bought = self._bought.filter(pl.col("order_id").is_not_null() & (pl.col("icp_hash") == icp_hash))
        return bought.height

    def quantity_of(self, order_id: str) -> int | None:
        """Return how many companies this machine asked for in an order, where it knows."""
        return self._quantities.get(order_id)

    def title_of(self, order_id: str) -> str:
        """Return what an order seen here is called, or the start of its id."""
        names = (row.name for row in self.watch.state.rows if row.order_id == order_id)
        return next(names, super().title_of(order_id))

    @property
    def where(self) -> tuple[str, str]:
        """Where orders go and what they cost, each in a word or two."""
        return ("Sandbox", "nothing costs money") if self.client.is_sandbox else ("Live", "orders cost money")

    @property
    def price_each(self) -> float | None:
        """The price of a company, or None where it is unknown."""
        return self.draft.usual.price_each

    def correct(self, order_id: str) -> None:
        """Fill the form with what an order was asked, so that it can be corrected and ordered again."""

        async def fill(core: AsyncClient) -> None:
            from openprospect_nb.client.faces import purchase_of

            purchase = await purchase_of(core, order_id)
            if purchase is None or purchase.profile is None:
                self.complain("This machine does not know what that order asked for; write it anew.")
            else:
                known = {name: value for name, value in purchase.profile.items() if hasattr(self.draft.icp, name)}
                self.draft.icp = ICP(**known)
                self.draft.briefing_quantity = purchase.quantity or self.draft.briefing_quantity
                self.say("The form holds what was ordered; correct it, then order. Nothing is bought before.")
            self.step = PROFILE

        self.work.start(fill)

    def judge_pilot(self) -> None:
        """Start to read what the first companies of a pilot say about the rest; nothing is bought."""
        self._with_pilot(lambda pilot: pilot.wait(progress=False).why)

    def buy_rest(self) -> None:
        """Buy the rest of the pilot, once, however often this is called; only after it was judged."""

        def bought(pilot: Pilot) -> str:
            order = pilot.then()
            self.rest = order.order_id
            self.watch.start()
            return f"The rest is ordered: {order.order_id}."

        self._with_pilot(bought)

    def close(self) -> None:
        """Stop everything; orders go on at the vendor, a purchase under way in the journal. Safe to call twice."""
        for part in (self.draft, self.checkout, self.watch):
            part.unobserve_all()
        self.work.close()
        self.checkout.close()
        self.watch.close()
        super().close()

    def _with_pilot(self, work: Callable[[Pilot], str]) -> None:
        pilot = self.checkout.pilot
        if pilot is None or self._closed:
            return

        def done() -> None:
            try:
                self.say(work(pilot))
            except OpenProspectError as error:
                self.complain(error_words(error))
            self.learnt += 1

        self._worker.submit(done)

    def _placed(self, change: Any) -> None:
        if change["new"] is Phase.PLACED:
            self.rest = ""
            if ORDERS in self.steps:
                self.watch.start()
                self.step = ORDERS
            self.work.start(self._learn)

    def _placed_words(self) -> str:
        pilot, order = self.checkout.pilot, self.checkout.order
        if pilot is None or order is None or pilot.order.order_id != order.order_id:
            return self.checkout.message
        return f"The first {pilot.terms.first:,} are ordered; the other {pilot.terms.rest:,} are not."

    def _told(self, change: Any) -> None:
        """Say how far the order is; that it is placed, with what comes next."""
        words, phase = change["new"], self.checkout.phase
        if phase is Phase.FAILED:
            self.complain(words)
        else:
            follows = bool(words) and phase is Phase.PLACED and ORDERS in self.steps
            self.say(f"{self._placed_words()} {_WATCHED}" if follows else words)

    def _shown(self) -> list[tuple[traitlets.HasTraits, list[str]]]:
        """Return what views show: parts, and names of their traits."""
        return [
            *super()._shown(),
            (self, ["learnt"]),
            (self.draft, [*ALL_FIELDS, "usual"]),
            (self.checkout, ["phase", "message", "twin"]),
            (self.watch, ["state", "fetched", "fetching"]),
        ]

    def _look_up_bought(self, _: Any = None) -> None:
        """Find out which companies of the list were bought from this home before, and show it if any were."""
        companies = self.draft.companies
        if companies is None or companies.bought is not None:
            return

        async def look_up(core: AsyncClient) -> None:
            looked_up = await core.orders.preview(companies)
            # A list of which nothing is known stays as it is: a change would take a review back.
            if self.draft.companies is companies and looked_up.known.height:
                self.draft.companies = looked_up

        self.work.start(look_up)

    def _fetched(self, _: Any) -> None:
        if self._opening and set(self._opening) <= set(self.watch.fetched) and not self._closed:
            self._worker.submit(self._open_fetched)

    def _open_fetched(self) -> None:
        opened = self._opening
        try:
            parts = [self.watch.results(order_id) for order_id in opened]
            whole = parts[0] if len(parts) == 1 else Results.concat(parts)
            self.show_results(whole, [self.title_of(order_id) for order_id in opened])
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            self.complain(error_words(error))
        finally:
            self._opening = ()

    async def _learn(self, core: AsyncClient) -> None:
        self.draft.usual = await core.orders.defaults()
        self._bought = await core.journal.frame()
        # A dictionary, because a poll asks for each of a hundred rows, and a filter each time takes most of it.
        self._quantities = dict(self._bought.drop_nulls("order_id").select("order_id", "quantity").iter_rows())
        months = await core.journal.spend(by="month")
        now = months.filter(pl.col("month") == f"{self.now():%Y-%m}").drop_nulls("cost")
        self.month = float(now["cost"].sum()) if now.height else None
        self.spent = await core.journal.spend(by="order")
        self.learnt += 1


def _orders_of(results: Results) -> list[str]:
    """Return the ids of the orders that results came from, one or more companies each."""
    companies = results.companies
    return companies["order_id"].unique(maintain_order=True).to_list() if "order_id" in companies.columns else []


def _titles_of(results: Results) -> tuple[str, ...]:
    """Return what the orders that results came from are called."""
    return tuple(clean(name, 60) for name in order_names(described_orders(results.provenance)).values())
