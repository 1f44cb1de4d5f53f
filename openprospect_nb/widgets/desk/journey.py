"""`Journey`: the one state of a desk: the order being written, orders, and all that follows from their results.

Models that stand alone elsewhere decide here too (`OrderDraft`, `Checkout`, `OrderWatch`); what is new is that they
know of each other: an order placed is watched, and one opened is explored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import traitlets

from openprospect_nb.client import AsyncClient, Client, Order, Pilot
from openprospect_nb.client.faces import OrderDefaults
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.builder.labels import labelled
from openprospect_nb.widgets.builder.model import ALL_FIELDS, Checkout, OrderDraft, Phase
from openprospect_nb.widgets.desk.results_journey import ORDERS, PROFILE, STEPS, ResultsJourney
from openprospect_nb.widgets.kernel import Background, error_words
from openprospect_nb.widgets.monitor.model import OrderWatch

if TYPE_CHECKING:
    from openprospect_nb.files.company_list import CompanyList
    from openprospect_nb.journal import Purchase

_WATCHED: Final = "It is watched below; the notebook may be closed meanwhile."


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
        quantities: order → how many companies this machine asked for in it, where it knows.
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
        self.quantities: dict[str, int | None] = {}
        self._bought = pl.DataFrame(schema={"order_id": pl.String, "icp_hash": pl.String, "quantity": pl.Int64})
        self.draft.observe(lambda _: self.checkout.changed(), list(ALL_FIELDS))
        self.draft.observe(self._look_up_bought, "companies")
        self.checkout.observe(self._placed, "phase")
        self.checkout.observe(self._say_how_far, "message")
        self.watch.observe(self._fetched, "fetched")
        self.watch.observe(self._moved_on, "state")
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
        return self._bought.drop_nulls("order_id").filter(icp_hash=icp_hash).height

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
            missing = _missing(purchase)
            if purchase is None or missing:
                self.complain(missing)
            else:
                rows = purchase.options.get("companies")
                self._fill(purchase, None if rows is None else await core.orders.preview(rows, repeats="keep"))
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

    def _fill(self, ordered: Purchase, companies: CompanyList | None) -> None:
        self.is_filling = True  # one drawing of all fields instead of one a field
        try:
            self.draft.take(ordered, companies)
        finally:
            self.is_filling = False
            self.learnt += 1
        beside = ", ".join(name for name, _ in labelled(self.draft.unshown))
        also = f" (beside it goes what it has no field for: {beside})" if beside else ""
        self.say(f"The form holds what was ordered{also}; correct it, then order. Nothing is bought before.")

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

    def _say_how_far(self, change: Any) -> None:
        words, phase = change["new"], self.checkout.phase
        if phase is Phase.FAILED:
            self.complain(words)
        elif words and phase is Phase.PLACED and ORDERS in self.steps:
            pilot, order = self.checkout.pilot, self.checkout.order
            if pilot is not None and order is not None and pilot.order.order_id == order.order_id:
                words = f"The first {pilot.terms.first:,} are ordered; the other {pilot.terms.rest:,} are not."
            self.say(f"{words} {_WATCHED}")
        else:
            self.say(words)

    def _moved_on(self, _: Any) -> None:
        """Say no longer that an order was placed and is watched once it has ended, but how."""
        order = self.checkout.order
        if order is None or not self.said.words.endswith(_WATCHED):
            return
        for row in self.watch.state.rows:
            if row.order_id == order.order_id and row.is_terminal:
                self.say(f"Order {row.order_id}: {row.status.lower()}. {row.next}")

    def _shown(self) -> list[tuple[traitlets.HasTraits, list[str]]]:
        return [
            *super()._shown(),
            (self, ["learnt"]),
            (self.draft, [*ALL_FIELDS, "usual"]),
            (self.checkout, ["phase", "message", "twin"]),
            (self.watch, ["state", "fetched", "fetching"]),
        ]

    def _look_up_bought(self, _: Any = None) -> None:
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
        self.quantities = dict(self._bought.drop_nulls("order_id").select("order_id", "quantity").iter_rows())
        months = await core.journal.spend(by="month")
        now = months.filter(pl.col("month") == f"{self.now():%Y-%m}").drop_nulls("cost")
        self.month = float(now["cost"].sum()) if now.height else None
        self.spent = await core.journal.spend(by="order")
        self.learnt += 1


def _missing(purchase: Purchase | None) -> str:
    """Return why an order cannot be written again from what this machine knows of it, and what to do; empty if it can.

    A form writes a profile, or an enrichment order without one: it cannot order from a profile of which only the id is
    known.
    """
    if purchase is None or purchase.lost:
        return "This machine does not know what that order asked for; write it anew."
    if purchase.profile is not None or (purchase.profile_id is None and "companies" in purchase.options):
        return ""
    verb = "enrich(companies, profile=" if "companies" in purchase.options else "discover("
    return (
        f"That order was placed with profile {purchase.profile_id}, which this machine has no description of: the form"
        f" cannot hold it. In a cell client.orders.{verb}{purchase.profile_id!r}, …) orders with it again."
    )
