"""`Waits`: what the running waits of one client share: news of the orders they await, and the client's end."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn, TypeVar

from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.models import OrderState
from openprospect_nb.transport.clock import cancelled

T = TypeVar("T")
Seen = Mapping[str, OrderState | OpenProspectError]
NEW_CLIENT: Final = "Make a new client; client.journal.resume() goes on where this one stopped."
LEAVING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was last heard of an awaited order.

    Attributes:
        at: the moment of ``clock.monotonic()`` at which somebody began to ask for it.
        poll: the number of the poll that last had it on its list; 0 if none had.
        state: its state when it was last seen.
        problem: why it was not seen when it was last asked for.
    """

    at: float
    poll: int = 0
    state: OrderState | None = None
    problem: OpenProspectError | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the order is known to have ended: nobody needs to ask again."""
        return self.state is not None and self.state.is_terminal


class Waits:
    """The running waits of one client: one poll serves all of them, and `close` ends them.

    Two hundred waits for one order each make one list call a poll, as one wait for two hundred orders does. What others
    read of an awaited order, such as a webhook's receiver, is heard here too, and wakes its waits if it has ended.
    """

    def __init__(self) -> None:
        self.is_closed = False
        self._process = os.getpid()
        self._awaited: Counter[str] = Counter()
        self._heard: dict[str, Heard] = {}
        self._polls = 0
        self._polling = asyncio.Lock()
        self._news: set[asyncio.Event] = set()
        self._waiting: dict[asyncio.Event, asyncio.Task[Any] | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def awaiting(self, order_ids: Sequence[str]) -> Iterator[None]:
        """Count these orders as awaited for the time of the block."""
        self._awaited.update(order_ids)
        try:
            yield
        finally:
            self._awaited.subtract(order_ids)
            self._awaited = +self._awaited
            self._heard = {order_id: heard for order_id, heard in self._heard.items() if order_id in self._awaited}

    def heard(self, order_id: str) -> Heard | None:
        """Return what was last heard of an awaited order."""
        return self._heard.get(order_id)

    def hear(self, states: Iterable[OrderState], at: float) -> None:
        """Note what somebody read of orders."""
        for state in states:
            self._note(state.order_id, state, at, 0)

    async def refresh(
        self,
        order_ids: Sequence[str],
        read: Callable[[Sequence[str]], Awaitable[Seen]],
        now: Callable[[], float],
        *,
        since: float,
    ) -> None:
        """Poll all orders that are awaited and running, unless another wait does just that for these.

        Args:
            order_ids: the orders of the wait that asks.
            read: asks the server for orders; one it leaves out is asked for another time.
            now: tells the current moment.
            since: what was heard after this moment is fresh enough.
        """
        polls_before = self._polls
        async with self._polling:
            if all(self._is_fresh(order_id, polls_before, since) for order_id in order_ids):
                return
            self._polls += 1
            poll, running, at = self._polls, self._running(), now()
            seen = await read(running)
            for order_id in running:
                self._note(order_id, seen.get(order_id), at, poll)

    async def until_ended(self, order_ids: Sequence[str], on_end: Callable[[OrderState], None]) -> None:
        """Call *on_end* with the state of each order that has ended, perhaps again, and return after the last."""
        news = asyncio.Event()
        self._news.add(news)
        try:
            while True:
                news.clear()
                over = self.final_states(order_ids)
                for state in over.values():
                    on_end(state)
                if all(order_id in over for order_id in order_ids):
                    return
                await news.wait()
        finally:
            self._news.discard(news)

    def final_states(self, order_ids: Sequence[str]) -> dict[str, OrderState]:
        """Return the states of those of these awaited orders that have ended."""
        heard = ((order_id, self._heard.get(order_id)) for order_id in order_ids)
        return {i: last.state for i, last in heard if last is not None and last.state is not None and last.has_ended}

    async def unless_closed(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what *work* gives, or do not even begin.

        Raises:
            ConfigurationError: the client was closed before it was done, or was made before this process forked.
        """
        if os.getpid() != self._process:
            raise ConfigurationError("the client was made before this process forked.", next_step=NEW_CLIENT)
        if self.is_closed:
            raise _closed()
        closing = asyncio.Event()
        self._waiting[closing] = asyncio.current_task()
        try:
            return await first_of(_refuse(closing), work())
        finally:
            del self._waiting[closing]

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start *work* beside the waits and keep hold of it until it is done."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End every wait with an error that says so, now and from now on, and let its task clean up."""
        self.is_closed = True
        for closing in self._waiting:
            closing.set()
        tasks = [task for task in self._waiting.values() if task is not None]
        if tasks:
            # Who goes on with other things after the error is not waited for.
            await asyncio.wait(tasks, timeout=LEAVING_SECONDS)

    def _running(self) -> list[str]:
        """Return the awaited orders that have not ended, the longest unheard-of first."""
        running = [order_id for order_id in self._awaited if not self._has_ended(order_id)]
        return sorted(running, key=lambda i: self._heard[i].at if i in self._heard else float("-inf"))

    def _has_ended(self, order_id: str) -> bool:
        return order_id in self._heard and self._heard[order_id].has_ended

    def _is_fresh(self, order_id: str, polls_before: int, since: float) -> bool:
        heard = self._heard.get(order_id)
        return heard is not None and (heard.has_ended or heard.poll > polls_before or heard.at > since)

    def _note(self, order_id: str, seen: OrderState | OpenProspectError | None, at: float, poll: int) -> None:
        if order_id not in self._awaited or self._has_ended(order_id):
            return
        before = self._heard.get(order_id, Heard(at=float("-inf")))
        heard = replace(before, poll=max(poll, before.poll))
        if isinstance(seen, OrderState):
            heard = replace(heard, at=at, state=seen, problem=None)
        elif seen is not None:
            heard = replace(heard, at=at, problem=seen)
        self._heard[order_id] = heard
        if heard.has_ended:
            for news in self._news:
                news.set()


async def first_of(*works: Coroutine[Any, Any, T]) -> T:
    """Return what the first of *works* to end gives, or raise its error; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task.done()).result()
    finally:
        for task in tasks:
            await cancelled(task)


async def _refuse(closing: asyncio.Event) -> NoReturn:
    await closing.wait()
    raise _closed()


def _closed() -> ConfigurationError:
    return ConfigurationError("the client was closed: it waits no longer.", next_step=NEW_CLIENT)
