"""One simulated process: the real client, on a loop, a clock, a line and a disk of the world's making."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from openprospect_nb.client.aio import AsyncClient, Machine
from openprospect_nb.client.progress import reporting_to
from openprospect_nb.transport.sender import Clock

from .disk import Connection, Killed
from .network import Line
from .timeline import ProcessLoop
from .vendor import START

if TYPE_CHECKING:
    from .world import World

CURRENT: ContextVar[tuple[Process, str] | None] = ContextVar("current", default=None)
BASE_URL = "https://api.openprospect.example"
Action = Callable[[AsyncClient], Awaitable[Any]]


class ProcessClock(Clock):
    """What one process takes for the time, and its chance."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> datetime:
        """Return the wall clock's time, right or wrong."""
        return self._process.wall()

    def monotonic(self) -> float:
        """Return the world's time, which goes on while the machine sleeps."""
        return self._process.world.timeline.now

    async def sleep(self, seconds: float) -> None:
        """Wait until so much of the world's time is over; a machine that slept over it goes on when it wakes."""
        self._process.refuse_work()
        over = self._process.loop.create_future()
        self._process.world.timeline.after(max(seconds, 0.0), lambda: over.done() or over.set_result(None))
        await over

    def chance(self) -> float:
        """Return a draw of this process."""
        return self._process.world.chance.share(self._process.name_of_draw("jitter"))

    def token(self) -> str:
        """Return a UUID4 of this process."""
        return self._process.world.chance.token(self._process.name_of_draw("token"))


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of one action of a user: a value, or the error it ended with; times of the world, and of the wall.

    Attributes:
        waits_since: when its waiting began, if it waits for orders.
        silence: the longest time, in seconds, in which it neither asked the vendor nor had said that it waits.
    """

    step: str
    began: float
    wall: datetime
    waits_since: float | None = None
    ended: float | None = None
    wall_at_end: datetime | None = None
    value: Any = None
    error: BaseException | None = None
    was_interrupted: bool = False
    answers: list[tuple[str, int]] = field(default_factory=list)
    silence: float = 0.0
    heard_at: float = 0.0

    def heard(self, now: float, *, waits: bool = False) -> None:
        """Note a sign of life; after one that says that it *waits*, silence is to be expected."""
        self.silence = max(self.silence, now - self.heard_at)
        self.heard_at = float("inf") if waits else now


class ProgressLine:
    """The line that moves under a cell: the user sees that something goes on."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show *text*."""
        self._process.world.show(self._process, text)

    def say(self, text: str) -> None:
        """Show *text*."""
        self._process.world.show(self._process, text)

    def close(self) -> None:
        """Show nothing any more."""


class Process:
    """A kernel: it runs one cell after the other until it is closed or killed.

    Attributes:
        name: the letter of its window and which process in it this is, such as ``A2``.
        machine: where it runs; the home may be shared.
        offset: how far its wall clock is ahead of the world's, in seconds.
        seen: every text its user got to see, and when: warnings, errors, tables.
    """

    def __init__(self, world: World, name: str, offset: float) -> None:
        self.world = world
        self.name = name
        self.number = world.new_process_number()
        self.offset = offset
        self.machine = "server" if name[0] in world.plan.elsewhere else "laptop"
        self.is_dead = False
        self.seen: list[tuple[float, str]] = []
        self.outcomes: list[Outcome] = []
        self.connections: list[Connection] = []
        self.client: AsyncClient | None = None
        self.loop = ProcessLoop(world.timeline, self._nobody_caught)
        self.loop.refuse_work = self.refuse_work
        self._draws: dict[str, int] = {}
        self._cells: list[tuple[str, Action]] = []
        self._running: tuple[asyncio.Task[None], Outcome] | None = None

    @property
    def pid(self) -> str:
        """The machine and process number, as leases name it."""
        return f"{self.machine}:{self.number}"

    @property
    def is_busy(self) -> bool:
        """Whether a cell is running or waits its turn."""
        return self._running is not None

    def wall(self) -> datetime:
        """Return what its wall clock shows."""
        return START + timedelta(seconds=self.world.timeline.now + self.offset)

    def refuse_work(self) -> None:
        """Raise if this process is dead: whatever still runs must change nothing."""
        if self.is_dead:
            raise Killed

    def name_of_draw(self, kind: str) -> str:
        """Return the name of the next draw of a kind: the step it belongs to, and its number there."""
        current = CURRENT.get()
        name = f"{current[1] if current else 'none'}.{self.name}.{kind}"
        self._draws[name] = self._draws.get(name, 0) + 1
        return f"{name}{self._draws[name]}"

    # Cells

    async def connect(self) -> None:
        """Make the client, as the first cell of a notebook does."""
        self.client = AsyncClient(
            api_key=self.world.plan.api_key,
            base_url=BASE_URL,
            home=self.world.home,
            transport=Line(self),
            machine=Machine(
                clock=ProcessClock(self),
                process=self.pid,
                is_gone=partial(self.world.is_gone, self),
                connect=self._connect,
            ),
            **self.world.plan.settings,
        )

    def run(self, step: str, action: Action) -> None:
        """Run a cell when those before it have ended."""
        self._cells.append((step, action))
        self._next()

    def run_beside(self, step: str, action: Action) -> None:
        """Run work beside whatever cell is running, as a second task of the kernel does."""
        self._task(step, action)

    def interrupt(self) -> bool:
        """Press the stop button; False if nothing runs."""
        if self._running is None:
            return False
        task, outcome = self._running
        self._cells.clear()
        outcome.was_interrupted = True
        task.cancel()
        return True

    def _next(self) -> None:
        if self._running is None and self._cells and not self.is_dead:
            step, action = self._cells.pop(0)
            self._running = self._task(step, action)
            self._running[0].add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running = None
        self._next()

    def _task(self, step: str, action: Action) -> tuple[asyncio.Task[None], Outcome]:
        context = copy_context()
        context.run(CURRENT.set, (self, step))
        outcome = Outcome(step=step, began=self.world.timeline.now, wall=self.wall())
        self.outcomes.append(outcome)
        return self.loop.create_task(self._recorded(outcome, action), context=context), outcome

    async def _recorded(self, outcome: Outcome, action: Action) -> None:
        outcome.began, outcome.wall, outcome.heard_at = self.world.timeline.now, self.wall(), self.loop.time()
        try:
            if self.client is None:
                await self.connect()
            with reporting_to(lambda: ProgressLine(self)):
                outcome.value = await action(self.client)  # type: ignore[arg-type]
        except Killed:
            return
        except BaseException as error:  # noqa: BLE001 - what came out is judged by the checkers
            outcome.error = error
        if self.is_dead:
            return
        outcome.ended, outcome.wall_at_end = self.world.timeline.now, self.wall()
        outcome.heard(self.loop.time())
        self.world.finished(self, outcome)

    def current(self) -> Outcome | None:
        """Return the action that whatever runs now belongs to."""
        current = CURRENT.get()
        step = current[1] if current is not None else None
        return next((outcome for outcome in reversed(self.outcomes) if outcome.step == step), None)

    def _nobody_caught(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not self.is_dead and not isinstance(error, Killed):
            self.world.violated("raw exception", f"nobody caught: {context.get('message')} ({error!r})")

    # Disk

    def _connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        self.refuse_work()
        connection: Connection = sqlite3.connect(*arguments, **{**options, "timeout": 0.0, "factory": Connection})
        connection.before = partial(self.world.before_statement, self)  # type: ignore[method-assign]
        connection.after = partial(self.world.after_statement, self)  # type: ignore[method-assign]
        self.connections.append(connection)
        return connection
