"""A server of results and deliveries that lies about its lists; each lie is a function of the true page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

START = datetime(2026, 11, 1, tzinfo=UTC)
KEY = "lnc_test_" + "p" * 32


def stamp(time: datetime) -> str:
    """Return a time as the vendor writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def company(number: int, time: datetime | None = None, name: str | None = None) -> dict[str, Any]:
    """Return a company with one prospect."""
    at = START + timedelta(seconds=number) if time is None else time
    person = {"id": f"p{number}", "company_id": f"c{number}", "first_name": "Ada", "email": f"ada@c{number}.example"}
    row = {"id": f"c{number}", "name": name or f"Firm {number}", "delivered_at": stamp(at), "prospects": [person]}
    return {**row, "website_url": f"https://c{number}.example"}


@dataclass
class PagedServer:
    """Serves the results of one order and the deliveries of one search; ``lie`` changes each page on its way out.

    A lie takes (page, offset, limit, server) and returns the page to send, a status number, or None for the true page.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    lie: Callable[[dict[str, Any], int, int, PagedServer], Any] = lambda *_: None
    requests: list[str] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(str(request.url))
        path = request.url.path
        if path.endswith(("/results", "/companies")):
            return self._page(request)
        order = {"order_id": path.rsplit("/", 1)[-1], "order_type": "DISCOVERY", "status": "COMPLETED"}
        return httpx.Response(200, json=order | self.order)

    def _page(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        limit, offset, since = int(asked["limit"]), int(asked["offset"]), asked.get("delivered_since")
        rows = [row for row in self.rows if since is None or (row["delivered_at"] or "") > since]
        rows.sort(key=lambda row: (row["delivered_at"] or "", row["id"]))
        items = rows[offset : offset + limit]
        page = {"items": items, "total": len(rows), "limit": limit, "offset": offset}
        page["has_more"] = offset + len(items) < len(rows)
        told = self.lie(json.loads(json.dumps(page)), offset, limit, self)
        if isinstance(told, int):
            return httpx.Response(told, json={"code": f"HTTP_{told}", "message": "no"})
        return httpx.Response(200, json=page if told is None else told)
