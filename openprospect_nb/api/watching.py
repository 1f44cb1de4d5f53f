"""See how orders stand: one, all, or several until they end; every state seen goes into the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from openprospect_nb.api._resource import Context, below, get, off_loop
from openprospect_nb.api.listing import all_pages, order_states
from openprospect_nb.api.polling import ORDER_CADENCE, Tick, cadence_or, poll
from openprospect_nb.contract import PATH_ORDERS
from openprospect_nb.errors import WaitTimeout
from openprospect_nb.models import Cost, OrderState
from openprospect_nb.transport import Response

NOTED: Final = ("order_id", "status", "estimated_cost_total", "estimated_cost_currency")


async def read_order(context: Context, order_id: str) -> OrderState:
    """Return what the server says about one order now."""
    state = await context.sender.send(get(below(PATH_ORDERS, order_id)), _one)
    await off_loop(context.journal.saw, [state], context.sender.clock.now())
    return state


async def note(context: Context, orders: pl.DataFrame) -> None:
    """Commit what a list of orders, columns as `schemas.ORDERS`, shows of each; a row without id or state is left."""
    known = orders.select(NOTED).drop_nulls(["order_id", "status"])
    states = [
        OrderState(order_id=order_id, status=status, estimated_cost=_cost(total, currency))
        for order_id, status, total, currency in known.iter_rows()
    ]
    await off_loop(context.journal.saw, states, context.sender.clock.now())


async def watch(
    context: Context, order_ids: Sequence[str], *, deadline: float | None, show: Callable[[str], None]
) -> dict[str, OrderState]:
    """Return the final state of each order, in the order asked for; one list call a look serves any number.

    Raises:
        WaitTimeout: some are still running at the deadline; ``pending`` tells their last states.
    """
    seen: dict[str, OrderState] = {}

    async def look() -> dict[str, OrderState] | None:
        waiting = [order_id for order_id in order_ids if order_id not in seen or not seen[order_id].is_terminal]
        seen.update(await look_at(context, waiting))
        return seen if all(order_id in seen and seen[order_id].is_terminal for order_id in order_ids) else None

    cadence = cadence_or(context.settings.poll_interval, ORDER_CADENCE)
    try:
        await poll(
            look,
            cadence,
            context.sender.clock,
            deadline=deadline,
            on_tick=lambda tick: show(_words(seen, order_ids, tick)),
        )
    except WaitTimeout as error:
        pending = {i: seen[i].status if i in seen else "not seen" for i in order_ids if not _ended(seen.get(i))}
        listed = ", ".join(f"{order_id} {status}" for order_id, status in pending.items())
        raise WaitTimeout(f"{error.message} {listed}.", pending=pending) from error
    return {order_id: seen[order_id] for order_id in order_ids}


async def look_at(context: Context, waiting: Sequence[str]) -> dict[str, OrderState]:
    """Return how orders stand now: one order by its id, several by one walk over the list."""
    if len(waiting) == 1:
        return {waiting[0]: await read_order(context, waiting[0])}
    wanted = set(waiting)
    listed = order_states(await all_pages(context, PATH_ORDERS, "orders"))
    states = {state.order_id: state for state in listed}
    found = {order_id: state for order_id, state in states.items() if order_id in wanted}
    now = context.sender.clock.now()
    await off_loop(context.journal.saw, list(found.values()), now)
    # An order that the list does not show (a server may cap it) is asked for by its id.
    for order_id in wanted - found.keys():
        found[order_id] = await read_order(context, order_id)
    return found


def _words(seen: dict[str, OrderState], order_ids: Sequence[str], tick: Tick) -> str:
    waited = f"{tick.elapsed:.0f} s, next look in {tick.next_in:.3g} s"
    if len(order_ids) == 1:
        return f"order {order_ids[0][:8]} {seen[order_ids[0]].status} · {waited}"
    ended = sum(1 for state in seen.values() if state.is_terminal)
    return f"{ended} of {len(order_ids)} orders ended · {waited}"


def _cost(total: float | None, currency: str | None) -> Cost | None:
    return None if total is None or currency is None else Cost(total=total, currency=currency)


def _ended(state: OrderState | None) -> bool:
    return state is not None and state.is_terminal


def _one(response: Response) -> OrderState:
    return OrderState.from_wire(response.mapping())
