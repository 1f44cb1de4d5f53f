"""Decode pages in their order while others are still on their way."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from openprospect_nb.frames.decode import Decoded, Decoder
from openprospect_nb.transport.paging import Measured


class Assembly:
    """Takes pages in any order and feeds a decoder in page order, on a thread; use it as ``async with``.

    Decoding releases the interpreter for most of its work, so it costs little of the time that fetching takes anyway.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._arrived: asyncio.Queue[Measured | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start decoding."""
        self._task = asyncio.ensure_future(self._decode())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop decoding if fetching failed."""
        if self._task is not None and error is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, page: Measured) -> None:
        """Take a page that arrived."""
        self._arrived.put_nowait(page)

    async def finish(self) -> Decoded:
        """Return the frames once every page added so far is decoded."""
        self._arrived.put_nowait(None)
        if self._task is not None:
            await self._task
        return await asyncio.to_thread(self._decoder.finish)

    async def _decode(self) -> None:
        waiting: dict[int, Measured] = {}
        offset = 0
        while (page := await self._arrived.get()) is not None:
            waiting[page[0].offset] = page
            while offset in waiting:
                facts, body = waiting.pop(offset)
                await asyncio.to_thread(self._decoder.feed, body)
                offset += facts.count
                if facts.count == 0:
                    break
        # A server whose pages leave gaps: what came is decoded all the same, in page order.
        for offset in sorted(waiting):
            await asyncio.to_thread(self._decoder.feed, waiting[offset][1])
