"""How long 10,000 companies take from an order to frames, over what a user would write instead, at a fixed latency.

A server in a process of its own sleeps before each answer and sends pages that were made beforehand, so only the client
is measured. Contenders take turns within each repetition; medians are compared. Run by hand:
``python tests/bench/bench_fetch.py`` (a few minutes).
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_decode_pages import pages

import openprospect_nb as op

Row = tuple[str, float, str]
PAGES = 100
SIZE = 100
WORKERS = 8
RESULTS = "/api/v1/orders/bench/results"
KEY = "lnc_test_" + "b" * 32


def rows(*, repetitions: int = 5) -> list[Row]:
    """Return (name, ratio, detail) at 50 and 150 ms, and at 20 and 5 ms, where the processor is the bottleneck."""
    return [*_rows(repetitions), *_near_rows(repetitions)]


def _near_rows(repetitions: int) -> Iterator[Row]:
    import orjson

    body = pages(PAGES, 7)
    start = time.process_time()
    for page in body:
        orjson.loads(page)
    parsing = (time.process_time() - start) / 2
    for latency in (0.02, 0.005):
        with served(latency) as url:
            wall, spent = _seconds({"ours": ours, "httpx": bare_httpx}, url, repetitions)
        floor = max((1 + -(-(PAGES - 1) // WORKERS)) * latency, parsing)
        at, load = f"10,000 companies, {latency * 1e3:.0f} ms", f"load {os.getloadavg()[0]:.1f}"
        yield f"ours / larger of latency and orjson floor, {at}", wall["ours"] / floor, f"{floor:.2f} s, {load}"
        yield (
            f"ours / httpx that drops the bodies, {at}",
            wall["ours"] / wall["httpx"],
            f"{wall['httpx']:.2f} s, {load}",
        )
        more = f"{spent['ours']:.2f} s over {spent['httpx']:.2f} s of the processor, {load}"
        yield f"the same, seconds of the processor, {at}", spent["ours"] / spent["httpx"], more


def _seconds(
    contenders: "dict[str, Callable[[str], int]]", url: str, repetitions: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return median seconds by the clock and of the processor; each contender ran once before."""
    wall, spent = {name: [] for name in contenders}, {name: [] for name in contenders}
    for repetition in range(repetitions + 1):
        for name, run in contenders.items():
            start, used = time.perf_counter(), time.process_time()
            assert run(url) == PAGES * SIZE
            if repetition:
                wall[name].append(time.perf_counter() - start)
                spent[name].append(time.process_time() - used)
    return tuple({n: statistics.median(v) for n, v in measured.items()} for measured in (wall, spent))


def _rows(repetitions: int) -> Iterator[Row]:
    for latency in (0.05, 0.15):
        with served(latency) as url:
            taken = {name: [] for name in CONTENDERS}
            for _ in range(repetitions if latency < 0.1 else max(2, repetitions // 2)):
                for name, run in CONTENDERS.items():
                    start = time.perf_counter()
                    assert run(url) == PAGES * SIZE
                    taken[name].append(time.perf_counter() - start)
        median = {name: statistics.median(values) for name, values in taken.items()}
        ours, floor = median["ours"], (1 + -(-(PAGES - 1) // WORKERS)) * latency
        at = f"10,000 companies, {latency * 1e3:.0f} ms"
        load = f"load {os.getloadavg()[0]:.1f}"
        for name in ("a client a page, the vendor's loop", "one client, page after page"):
            yield f"{name} / ours, {at}", median[name] / ours, f"{median[name]:.2f} s over {ours:.2f} s, {load}"
        yield f"ours / latency floor, {at}", ours / floor, f"{ours:.2f} s over {floor:.2f} s, {load}"


@contextmanager
def served(latency: float) -> Iterator[str]:
    """Serve pages from another process and give its address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(latency, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def serve(latency: float, port: "multiprocessing.connection.Connection") -> None:
    """Answer orders and result pages after *latency* seconds; tell the port once it is known."""
    body = pages(PAGES, 7)
    order = json.dumps({"order_id": "bench", "order_type": "DISCOVERY", "status": "COMPLETED"}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1].decode()
            await asyncio.sleep(latency)
            offset = int(target.split("offset=")[1].split("&")[0]) if "offset=" in target else 0
            content = body[offset // SIZE] if "/results" in target else order
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
            )
            writer.write(content)
            await writer.drain()

    async def main() -> None:
        async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await answer(reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(quietly, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def ours(url: str) -> int:
    """Fetch with this package into an empty home, results stored on disk as always."""
    with (
        tempfile.TemporaryDirectory() as home,
        op.connect(api_key=KEY, base_url=url, home=home) as client,
    ):
        return client.orders.get("bench").results().companies.height


def vendor_loop(url: str) -> int:
    """Fetch as the vendor's published sample does: a request at a time, a client a request, then one frame."""
    items: list[object] = []
    for offset in range(0, PAGES * SIZE, SIZE):
        page = httpx.get(
            f"{url}/api/v1/orders/bench/results", params={"limit": SIZE, "offset": offset}, timeout=30
        ).json()
        items += page["items"]
    return pl.DataFrame(items, infer_schema_length=None, strict=False).height


def bare_httpx(url: str) -> int:
    """Fetch the same pages by as many workers and drop them: what the HTTP client alone costs."""

    async def fetch() -> int:
        at_once = asyncio.Semaphore(WORKERS)
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:

            async def page(offset: int) -> int:
                async with at_once:
                    return len((await client.get(RESULTS, params={"limit": SIZE, "offset": offset})).content)

            await page(0)
            await asyncio.gather(*(page(offset) for offset in range(SIZE, PAGES * SIZE, SIZE)))
        return PAGES * SIZE

    return asyncio.run(fetch())


def one_client(url: str) -> int:
    """Fetch page after page over one client, then one frame."""
    items: list[object] = []
    with httpx.Client(base_url=url, timeout=30) as client:
        for offset in range(0, PAGES * SIZE, SIZE):
            items += client.get("/api/v1/orders/bench/results", params={"limit": SIZE, "offset": offset}).json()[
                "items"
            ]
    return pl.DataFrame(items, infer_schema_length=None, strict=False).height


CONTENDERS: dict[str, Callable[[str], int]] = {
    "ours": ours,
    "a client a page, the vendor's loop": vendor_loop,
    "one client, page after page": one_client,
}

if __name__ == "__main__":
    for case, ratio, explanation in rows():
        print(f"{case:72} {ratio:6.2f}  {explanation}", flush=True)
