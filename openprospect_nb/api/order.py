"""`AsyncOrder`: one order, to watch and to fetch."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from math import inf
from typing import Any, TypeVar

from openprospect_nb.api._resource import Context, off_loop
from openprospect_nb.api.facts import OrderFacts
from openprospect_nb.api.fetching.results import failed, fetch_results, since, stored_results
from openprospect_nb.api.waiting.polling import seconds_of
from openprospect_nb.api.waiting.watching import read_order, watch
from openprospect_nb.errors import ConfigurationError, JournalError, OpenProspectError
from openprospect_nb.frames.admission import admit_texts
from openprospect_nb.frames.order_names import order_name
from openprospect_nb.frames.results import Results
from openprospect_nb.journal import Purchase
from openprospect_nb.models import OrderState

log = logging.getLogger(__name__)
T = TypeVar("T")
# Any: an AsyncOrder or an Order, whichever the face it was given to hands out.
OnDone = Callable[[Any], Any]


class AsyncOrder(OrderFacts):
    """An order as last seen; the server's copy is the truth, ``refresh()`` reads it."""

    def __init__(self, context: Context, state: OrderState, purchase: Purchase | None = None) -> None:
        self._context = context
        self._state = state
        self._purchase = purchase

    @property
    def idempotency_key(self) -> str | None:
        """The key it was bought under, if this journal knows it."""
        return None if self._purchase is None else self._purchase.key

    @property
    def called(self) -> str:
        """What it is called wherever orders are shown: its title, else the name it was bought under, else its ICP's."""
        bought, state = self._purchase, self.state
        own = (
            {} if bought is None else {"name": bought.name, "profile_name": (bought.profile or {}).get("profile_name")}
        )
        facts = {"order_id": state.order_id, "title": state.title, "order_type": state.order_type}
        return order_name({**own, **facts, "created_at": state.created_at})

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        last = self._state
        texts = {"title": last.title, "message": last.message, "admin_notes": last.admin_notes, "extra": last.extra}
        try:
            return replace(last, **admit_texts(texts, [self._context.ledger]))
        except JournalError:
            # Nobody can tell then whether they name somebody who was forgotten.
            return replace(last, title=None, message=None, admin_notes=None, extra={})

    async def refresh(self) -> AsyncOrder:
        """Read the order once and return it as it is now.

        Example:
            >>> order.refresh().status
            'COMPLETED'
        """
        self._state = await read_order(self._context, self.order_id)
        return self

    async def wait(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - a public name
        progress: bool = True,
        *,
        on_done: OnDone | None = None,
    ) -> AsyncOrder:
        """Wait until the order has ended and return it; an interrupt stops the waiting, never the order.

        No outage ends a wait, however long it lasts: no network, a page to sign in on, errors of the server, responses
        that cannot be read, a 404 now and then. It is shown and sat out, with no more requests an hour than the free
        tier has, and a delay that the server states is obeyed. A `webhooks.Receiver` of the same client ends the wait
        as soon as an event comes.

        Args:
            timeout: seconds of real time, those included that the computer slept; kept to a second, whatever the server
                does. None waits as long as it takes.
            progress: show a line that moves, where there is a terminal or a notebook.
            on_done: called once with the order when it has ended, well or badly, in a thread of its own: it may block,
                fetch results, mail somebody. A coroutine function is awaited on the client's loop. The wait returns
                after it, unless the time is up first; what it raises is logged.

        Raises:
            OrderFailed: it ended REJECTED, FAILED or CANCELLED; the message gives the reason. What it delivered all the
                same, ``results()`` gives.
            WaitTimeout: it is still running at the deadline.
            AuthenticationError: the key is refused.
            PermissionDeniedError: the key may not read orders.
            NotFoundError: the server knew no such order in three polls over three minutes.
            ConfigurationError: the client was closed meanwhile; it says how to come back.

        Example:
            >>> order.wait(timeout=60, on_done=lambda done: print(done.status)).is_terminal
            COMPLETED
            True
        """
        if self.is_terminal and progress:
            self._context.reporter().say(f"order {self.order_id[:8]} is {self.status}: nothing to wait for")
        states = await watch_shown(self._context, [self.state], timeout, progress=progress, on_done=on_done)
        self._state = states[self.order_id]
        if not self.state.is_completed:
            raise failed(self.state)
        return self

    async def results(self, delivered_since: str | None = None, refresh: bool = False) -> Results:
        """Return what the order delivered: from disk if it was fetched before, else from the server, all pages.

        Of an order that was cancelled, failed, or is in a state that is not documented, what there is comes all the
        same, marked ``incomplete``.

        Args:
            delivered_since: ISO 8601 time; only companies delivered after it.
            refresh: fetch again although the results are on disk.

        Raises:
            ConflictError: the order has not ended yet, and has no results.
            OrderFailed: it ended without results.

        Example:
            >>> order.results().companies.height
            12
        """
        stored = None if refresh else await stored_results(self._context, self.order_id)
        if stored is not None:
            return stored if delivered_since is None else since(stored, delivered_since)
        if not self.is_terminal:
            await self.refresh()
        return await fetch_results(self._context, self.state, delivered_since)


class DoneCalls:
    """Calls *on_done* once with each order that has ended, one after the other, in a thread of their own."""

    def __init__(self, context: Context, on_done: OnDone | None) -> None:
        if on_done is not None and not callable(on_done):
            raise ConfigurationError(f"on_done={on_done!r} cannot be called.", next_step="Give a function, or None.")
        self._context = context
        self._on_done = on_done
        self._told: set[str] = set()
        self._calls: list[asyncio.Task[None]] = []
        # Not asyncio's own pool: a call that fetches results needs that one, and two hundred of them would fill it.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openprospect-on-done")

    def tell(self, state: OrderState) -> None:
        """Call, later, with the order of this state, unless that was done before."""
        if self._on_done is not None and state.order_id not in self._told:
            self._told.add(state.order_id)
            self._calls.append(self._context.waits.start(self._call(self._on_done, state)))

    async def settle(self, seconds: float) -> None:
        """Wait until all calls have returned, or the time is up; a call that goes on goes on."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=None if seconds == inf else max(0.0, seconds))

    async def _call(self, on_done: OnDone, state: OrderState) -> None:
        order = await handle_of(self._context, state)
        run = copy_context().run
        try:
            called = await asyncio.get_running_loop().run_in_executor(self._thread, run, _guarded, on_done, order)
            if inspect.isawaitable(called):
                await called
        except Exception:
            log.exception("on_done failed for order %s", state.order_id)


async def handle_of(context: Context, state: OrderState) -> AsyncOrder:
    """Return the handle of an order, with the purchase it was if this journal knows it."""
    purchase = await off_loop(lambda: context.journal.find(order_id=state.order_id))
    return AsyncOrder(context, state, purchase)


async def watch_shown(
    context: Context,
    orders: Sequence[str | OrderState],
    timeout: float | None,  # noqa: ASYNC109 - kept by poll
    *,
    progress: bool,
    on_done: OnDone | None,
) -> dict[str, OrderState]:
    """Wait until all orders have ended, with a line that moves; whatever stops the waiting says how to come back."""
    clock, calls = context.sender.clock, DoneCalls(context, on_done)
    end = clock.monotonic() + seconds_of(timeout)
    reporter = context.reporter() if progress else None
    show = reporter.update if reporter else lambda _: None
    ids = [order if isinstance(order, str) else order.order_id for order in orders]
    seen = [order for order in orders if isinstance(order, OrderState)]
    try:
        watching = watch(context, ids, seen, timeout=timeout, show=show, on_end=calls.tell)
        return await _then_told(watching, lambda: calls.settle(end - clock.monotonic()))
    except asyncio.CancelledError:
        log.warning("stopped waiting; the order goes on. Come back with client.orders.wait(%r).", ids)
        raise
    except ConfigurationError as error:
        error.next_step = f"The order goes on; come back with a new client: client.orders.wait({ids!r})."
        raise
    finally:
        if reporter:
            reporter.close()


async def _then_told(watching: Awaitable[T], settle: Callable[[], Awaitable[None]]) -> T:
    """Return what *watching* gives, or raise its error, once *settle* is done with the calls for what had ended."""
    try:
        result = await watching
    except ConfigurationError:
        raise  # the client was closed: calls that it makes possible no longer are not waited for
    except OpenProspectError:
        # Whoever gets the error may close the client, and the calls that still wait for their turn with it.
        await settle()
        raise
    await settle()
    return result


def _guarded(on_done: OnDone, order: AsyncOrder) -> Any:
    """Call *on_done* in a thread; not even a ``sys.exit()`` in it may reach the client's loop, which would end."""
    try:
        return on_done(order)
    except BaseException:
        log.exception("on_done failed for order %s", order.order_id)
        return None


def several(orders: Any) -> Iterable[Any]:
    """Return orders as several, also where it is one alone."""
    return orders if isinstance(orders, Iterable) and not isinstance(orders, str | OrderFacts) else [orders]


def named(order: str | OrderFacts) -> str | OrderState:
    """Return an order's id, or what its handle has seen of it."""
    if isinstance(order, OrderFacts):
        return order.state
    if isinstance(order, str) and order.strip():
        return order
    raise ConfigurationError(f"{order!r} is no order to wait for.", next_step="Give handles of orders, or their ids.")
