"""How fast the sandbox starts, pages and takes large bodies: run it with the interpreter, it prints a table."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.sandbox_api import INLINE, Api, InProcess

from openprospect_nb.sandbox import Sandbox

COMPANIES = [
    {"company_name": f"Firma {n} GmbH", "website_url": f"https://f{n}.example", "city": "Bonn", "external_id": str(n)}
    for n in range(10_000)
]


def seconds(action: Callable[[], object], times: int = 1) -> float:
    """Return the median time of *action*."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return median(taken)


def start_and_ask(cache: Path) -> None:
    """Serve a sandbox, get one answer, stop it."""
    with Sandbox(port=0, cache=cache) as sandbox:
        httpx.get(f"{sandbox.url}/health").raise_for_status()


def main() -> None:
    """Measure and print."""
    cache = Path(tempfile.mkdtemp())
    rows = [("start, first answer, stop (served)", seconds(lambda: start_and_ask(cache), 5))]
    with Sandbox(step_seconds=0, cache=cache, port=0) as sandbox:
        with httpx.Client(transport=InProcess(sandbox.app), timeout=600) as client:
            api = Api(sandbox, client)
            body = {"order_type": "DISCOVERY", "briefing_quantity": 10_000, "features": INLINE["features"]}
            order_id = api.place(body | {"profile_id": api.profile(ideal_customer_profile="companies")})
            api.move(order_id, "ACCEPTED", "IN_PROGRESS")
            rows.append(("fulfil 10,000", seconds(lambda: api.move(order_id, "COMPLETED"))))
            total = api.order(order_id)["company_count"]
            rows += [
                (
                    f"page of 100 at {at:,} of {total:,}, in process",
                    seconds(lambda at=at: api.results(order_id, offset=at), 50),
                )
                for at in (0, total // 2, total - 100)
            ]
            enrichment = {"title": "x", "features": ["COMPANY_DATA"], "companies": COMPANIES}
            rows.append(("POST 10,000 companies to enrich", seconds(lambda: api.place(enrichment))))
            path = f"/blacklists/{api.post('/blacklists', {'name': 'x'}).json()['id']}/entries"
            rows.append(("POST 10,000 blacklist entries", seconds(lambda: api.post(path, {"entries": COMPANIES}))))
        with httpx.Client(timeout=600) as client:
            served = Api(sandbox, client)
            rows.append(("page of 100, served", seconds(lambda: served.results(order_id), 50)))
    for name, taken in rows:
        print(f"{name:55} {taken * 1000:10.1f} ms")


if __name__ == "__main__":
    main()
