"""Decode pages while others are still on their way: read as they come, put together in their order."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from openprospect_nb.frames.decode import THREADS, Decoded, Decoder
from openprospect_nb.frames.reading import Part
from openprospect_nb.transport.paging import Measured

Reading = tuple[int, "asyncio.Task[Part]"]
"""How many records a page has, and the page being read."""


class Assembly:
    """Takes pages in any order and gives them to a decoder in page order, on threads; use it as ``async with``.

    Decoding releases the interpreter for more than half of its work, so two pages are read at a time.
    """

    def __init__(self, decoder: Decoder, threads: int = THREADS) -> None:
        self._decoder = decoder
        self._threads = asyncio.Semaphore(threads)
        self._arrived: asyncio.Queue[tuple[int, Reading] | None] = asyncio.Queue()
        self._readings: list[asyncio.Task[Part]] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._assemble())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what is still being decoded: fetching or decoding failed, or a page came a second time."""
        left = [*self._readings, *([self._task] if self._task is not None and error is not None else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def add(self, page: Measured) -> None:
        """Take a page that arrived."""
        facts, body = page
        reading = asyncio.ensure_future(self._read(body))
        self._readings.append(reading)
        self._arrived.put_nowait((facts.offset, (facts.count, reading)))

    async def finish(self) -> Decoded:
        """Return the frames once every page added so far is decoded."""
        self._arrived.put_nowait(None)
        if self._task is not None:
            await self._task
        return await asyncio.to_thread(self._decoder.finish)

    async def _read(self, body: bytes) -> Part:
        async with self._threads:
            return await asyncio.to_thread(self._decoder.read, body)

    async def _assemble(self) -> None:
        waiting: dict[int, Reading] = {}
        offset = 0
        while (page := await self._arrived.get()) is not None:
            waiting[page[0]] = page[1]
            while offset in waiting:
                count, reading = waiting.pop(offset)
                await self._absorb(reading)
                offset += count
                if count == 0:
                    break
        # A server whose pages leave gaps: what came is decoded all the same, in page order.
        for offset in sorted(waiting):
            await self._absorb(waiting[offset][1])

    async def _absorb(self, reading: asyncio.Task[Part]) -> None:
        part = await reading
        self._readings.remove(reading)
        await asyncio.to_thread(self._decoder.absorb, part)
