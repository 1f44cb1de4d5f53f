"""See how orders stand: one, several, or until they end; every state seen goes into the journal and to the waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import ceil, inf
from typing import Final

import polars as pl

from openprospect_nb.api._resource import Context, below, get, off_loop
from openprospect_nb.api.bodies import keyed
from openprospect_nb.api.listing import fetch_page, order_states, walked
from openprospect_nb.api.waiting.polling import ORDER_CADENCE, Tick, poll
from openprospect_nb.api.waiting.waits import Heard, Seen, first_of
from openprospect_nb.contract import PATH_ORDERS
from openprospect_nb.errors import (
    AuthenticationError,
    ContractError,
    JournalError,
    NotFoundError,
    OpenProspectError,
    PermissionDeniedError,
    WaitTimeout,
)
from openprospect_nb.frames.decode import table
from openprospect_nb.markup.text import clean
from openprospect_nb.models import Cost, OrderState
from openprospect_nb.transport import Response
from openprospect_nb.transport.paging import Walk

NOTED: Final = ("order_id", "status", "estimated_cost_total", "estimated_cost_currency")
# What one poll may take: pages of the list, newest first, then orders one by one, the longest unseen first. So each
# order has its turn, and an account of ten thousand orders does not use up the hour in one poll.
MOST_PAGES: Final = 10
MOST_SINGLE: Final = 10


async def read_order(context: Context, order_id: str, *, repeat: bool = True) -> OrderState:
    """Return what the server says about one order now.

    Raises:
        ContractError: the response is about another order, or about none.
    """
    began = context.sender.clock.monotonic()
    call = get(below(PATH_ORDERS, order_id))
    state = await context.sender.send(call, lambda response: _one(response, order_id), repeat=repeat)
    await _commit(context, [state], began)
    return state


async def read_orders(context: Context, order_ids: Sequence[str], *, is_poll: bool = False) -> Seen:
    """Return how orders stand now, or why that cannot be told: one by its id, several by a walk over the list.

    A poll makes each request once, and takes no more than its share: what it leaves out is not in the response.
    """
    seen: dict[str, OrderState | OpenProspectError] = {}
    if len(order_ids) > 1:
        try:
            await _walk(context, set(order_ids), seen, repeat=not is_poll)
        except OpenProspectError as error:
            return {order_id: seen.get(order_id, error) for order_id in order_ids}
    # An order that the list does not show (a server may cap it, or spoil a row) is asked for by its id.
    rest = [order_id for order_id in order_ids if order_id not in seen][: MOST_SINGLE if is_poll else None]
    singly = await asyncio.gather(*(_order_or_error(context, order_id, repeat=not is_poll) for order_id in rest))
    return {**seen, **dict(zip(rest, singly, strict=True))}


async def note(context: Context, orders: pl.DataFrame) -> None:
    """Commit what a list of orders, columns as `schemas.ORDERS`, shows of each; a row without id or state is left."""
    rows = orders.select(NOTED).drop_nulls(["order_id", "status"])
    states = [
        OrderState(order_id=order_id, status=status, estimated_cost=_cost(total, currency))
        for order_id, status, total, currency in rows.iter_rows()
    ]
    await off_loop(context.journal.saw, states, context.sender.clock.now())


async def poll_list(
    context: Context,
    wanted: Callable[[], Collection[str]],
    see: Callable[[pl.DataFrame, Sequence[OrderState], Sequence[OpenProspectError]], Awaitable[bool]],
    show: Callable[[Tick], None],
) -> None:
    """Poll the whole list of orders until *see* says that nothing more will come of it.

    Args:
        context: the client's parts.
        wanted: tells which orders are asked for by their ids where the list does not show them.
        see: given the list, columns as `schemas.ORDERS`, the states of those it did not show, and why others could not
            be seen; returns whether any order still runs.
        show: called after each poll but the last.

    Raises:
        OpenProspectError: as `poll`.
    """

    async def ask() -> bool | None:
        # Whether the list is whole does not matter here: an order that it does not show is asked for by its id.
        pages, _ = await walked(context, PATH_ORDERS, "orders", repeat=False)
        listed = table(pages, "orders", source=context.source).frame
        await note(context, listed)
        missing = sorted(set(wanted()) - set(listed["order_id"]))[:MOST_SINGLE]
        singly = await asyncio.gather(*(_order_or_error(context, order_id, repeat=False) for order_id in missing))
        problems = [seen for seen in singly if isinstance(seen, OpenProspectError)]
        if await see(listed, [seen for seen in singly if isinstance(seen, OrderState)], problems):
            return None
        problem = trouble_of(problems)
        if problem is not None:
            raise problem
        return True

    await poll(context, ask, cadence=ORDER_CADENCE, show=show)


async def watch(
    context: Context,
    order_ids: Sequence[str],
    known: Sequence[OrderState],
    *,
    timeout: float | None,  # noqa: ASYNC109 - kept by poll
    show: Callable[[str], None],
    on_end: Callable[[OrderState], None],
) -> dict[str, OrderState]:
    """Return the final state of each order, in the order asked for.

    Args:
        context: the client's parts.
        order_ids: whom to wait for.
        known: states seen earlier; who had ended then is not asked for.
        timeout: seconds; None waits as long as it takes.
        show: called with a line of words after each poll.
        on_end: called with the state of each order that has ended, perhaps more than once.

    Raises:
        WaitTimeout: some are still running at the deadline; ``pending`` tells their last states.
        OpenProspectError: as `poll`.
    """
    watched = _Watched(context, order_ids)
    with context.waits.awaiting(order_ids):
        context.waits.hear([state for state in known if state.is_terminal], context.sender.clock.monotonic())

        try:
            await context.waits.unless_closed(lambda: watched.wait(timeout, show, on_end))
        except WaitTimeout as error:
            pending = {order_id: _status(heard) for order_id, heard in watched.running().items()}
            listed = ", ".join(f"{order_id} {status}" for order_id, status in pending.items())
            raise WaitTimeout(f"{error.message} {listed}.", pending=pending) from error
        states = context.waits.final_states(order_ids)
    unseen = [state for state in states.values() if state not in known]
    with suppress(JournalError):
        # The poll that saw it may have been stopped before it could write it down.
        await off_loop(context.journal.saw, unseen, context.sender.clock.now())
    for state in states.values():
        on_end(state)
    return states


@dataclass(slots=True)
class _Watched:
    """The orders of one wait, and when it last asked for them."""

    context: Context
    order_ids: Sequence[str]
    asked_at: float = -inf

    async def wait(
        self,
        timeout: float | None,  # noqa: ASYNC109 - kept by poll
        show: Callable[[str], None],
        on_end: Callable[[OrderState], None],
    ) -> None:
        """Poll until all have ended, or until somebody else has heard so: also in a pause, or while a poll hangs."""
        polling = poll(
            self.context, self.ask, cadence=ORDER_CADENCE, timeout=timeout, show=lambda tick: show(self.words(tick))
        )
        await first_of(polling, self.context.waits.until_ended(self.order_ids, on_end))

    async def ask(self) -> bool | None:
        """Poll once and return True once all have ended.

        Raises:
            OpenProspectError: no order that still runs could be seen, or one never will be.
        """
        clock = self.context.sender.clock
        now = clock.monotonic()
        # Other waits poll too: what they saw within the last half of the pause is fresh enough.
        since = now if self.asked_at == -inf else (now + self.asked_at) / 2
        self.asked_at = now
        read = partial(read_orders, self.context, is_poll=True)
        await self.context.waits.refresh(self.order_ids, read, clock.monotonic, since=since)
        running = self.running().values()
        problem = trouble_of([heard.problem if heard is not None else None for heard in running])
        if problem is not None:
            raise problem
        return None if running else True

    def running(self) -> dict[str, Heard | None]:
        """Return the orders that have not ended, with what was last heard of each."""
        heard = {order_id: self.context.waits.heard(order_id) for order_id in self.order_ids}
        return {order_id: last for order_id, last in heard.items() if last is None or not last.has_ended}

    def words(self, tick: Tick) -> str:
        """Return what to show after a poll."""
        running = self.running()
        if len(self.order_ids) == 1:
            return f"order {self.order_ids[0][:8]} {_status(running[self.order_ids[0]])} · {tick.words}"
        unseen = sum(1 for heard in running.values() if heard is not None and heard.problem is not None)
        hidden = f", {unseen} not to be seen" if unseen and tick.problem is None else ""
        return f"{len(self.order_ids) - len(running)} of {len(self.order_ids)} orders ended{hidden} · {tick.words}"


def trouble_of(problems: Sequence[OpenProspectError | None]) -> OpenProspectError | None:
    """Return what went wrong with a poll as a whole, given what went wrong with each order that still runs.

    A key that is refused for one is a reason to stop. Otherwise a poll that shows any order is a good one, and one that
    shows none says most by what is not a 404.
    """
    refused = [problem for problem in problems if isinstance(problem, AuthenticationError | PermissionDeniedError)]
    if refused:
        return refused[0]
    failed = [problem for problem in problems if problem is not None]
    if not failed or len(failed) < len(problems):
        return None
    return next((problem for problem in failed if not isinstance(problem, NotFoundError)), failed[0])


def is_worth_a_page(total: int | None, read: int, page: int, missing: int) -> bool:
    """Whether to read on in the list, or rather ask for the missing orders by their ids, which takes fewer requests.

    Args:
        total: orders in the list, where the server says so.
        read: orders read so far, *page* of them at a time.
        page: orders on the last page.
        missing: awaited orders that were not on any page so far.
    """
    return missing > 0 and (total is None or ceil((total - read) / max(page, 1)) <= missing)


async def _walk(
    context: Context, wanted: set[str], seen: dict[str, OrderState | OpenProspectError], *, repeat: bool
) -> None:
    walk, goes_on = Walk(most_pages=MOST_PAGES), True
    while goes_on and (part := next(walk.wanted(), None)) is not None:
        began = context.sender.clock.monotonic()
        facts, body = await fetch_page(context, PATH_ORDERS, "orders", part.offset, part.limit, repeat=repeat)
        states = [state for state in order_states([body]) if state.order_id in wanted]
        seen.update({state.order_id: state for state in states})
        await _commit(context, states, began)
        walk.add(facts, part)
        goes_on = is_worth_a_page(walk.total, walk.records, facts.count, len(wanted) - len(seen))


async def _order_or_error(context: Context, order_id: str, *, repeat: bool) -> OrderState | OpenProspectError:
    try:
        return await read_order(context, order_id, repeat=repeat)
    except OpenProspectError as error:
        return error


async def _commit(context: Context, states: Sequence[OrderState], began: float) -> None:
    # The waits hear of it first: a journal that cannot be written must not hide that an order has ended.
    context.waits.hear(states, began)
    if states:
        await off_loop(context.journal.saw, states, context.sender.clock.now())


def _cost(total: float | None, currency: str | None) -> Cost | None:
    return None if total is None or currency is None else Cost(total=total, currency=currency)


def _status(heard: Heard | None) -> str:
    return "not seen" if heard is None or heard.state is None else clean(heard.state.status, 40)


def _one(response: Response, order_id: str) -> OrderState:
    state = OrderState.from_wire(keyed(response, "order_id", "order"))
    if state.order_id.casefold() != order_id.casefold():
        raise ContractError(
            f"the response is about another order ({clean(state.order_id, 60)}).", request=response.request
        )
    return state
