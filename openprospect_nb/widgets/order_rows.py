"""Orders as a monitor shows them: where each stands on its way, for how long, and what comes next; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from openprospect_nb.contract import ORDER_TERMINAL, OrderStatus
from openprospect_nb.markup import clean

WAY: Final = (OrderStatus.RECEIVED, OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.COMPLETED)
NEXT: Final[Mapping[str, str]] = MappingProxyType(
    {
        OrderStatus.RECEIVED: "The vendor reviews it.",
        OrderStatus.ACCEPTED: "Approved; work starts.",
        OrderStatus.IN_PROGRESS: "The vendor works on it.",
        OrderStatus.COMPLETED: "Results are ready to fetch.",
        OrderStatus.REJECTED: "Ended: not approved.",
        OrderStatus.FAILED: "Ended: could not be fulfilled.",
        OrderStatus.CANCELLED: "Ended: cancelled.",
    }
)
UNKNOWN_STATE: Final = "A state this version does not know; it is looked at again."
_STAMPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        OrderStatus.RECEIVED: "created_at",
        OrderStatus.ACCEPTED: "accepted_at",
        OrderStatus.COMPLETED: "completed_at",
        OrderStatus.CANCELLED: "cancelled_at",
    }
)
FRAME: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "title": pl.String(),
        "order_type": pl.String(),
        "status": pl.String(),
        "is_terminal": pl.Boolean(),
        "created_at": pl.Datetime("us", "UTC"),
        "elapsed": pl.Duration("us"),
        "next": pl.String(),
        "reason": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One state on an order's way: its name, its mark ("done", "now", "todo", "bad"), and the time it was entered.

    The time is UTC; "by" stands before it where the vendor states none and a look saw the change afterwards.
    """

    name: str
    mark: str
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order at one moment; texts of the vendor are cleaned, not escaped."""

    order_id: str
    title: str
    kind: str
    status: str
    created_at: datetime | None
    stops: tuple[Stop, ...]
    elapsed: timedelta | None
    next: str
    reason: str

    @property
    def is_terminal(self) -> bool:
        """Whether the order has ended; an unknown state has not."""
        return self.status in ORDER_TERMINAL

    @property
    def is_completed(self) -> bool:
        """Whether results are ready."""
        return self.status == OrderStatus.COMPLETED

    @property
    def label(self) -> str:
        """The title, or the id where there is none, with the start of the id."""
        return f"{self.title} ({self.order_id[:8]})" if self.title else self.order_id

    @property
    def lasted(self) -> str:
        """How long it has been or was on its way, in words; empty where unknown."""
        return "" if self.elapsed is None else duration(self.elapsed)

    def matches(self, words: str) -> bool:
        """Whether every word of *words* is in its title, id, kind or state."""
        text = f"{self.title} {self.order_id} {self.kind} {self.status}".casefold()
        return all(word in text for word in words.casefold().split())


def rows_of(
    orders: pl.DataFrame, seen: Mapping[tuple[str, str], datetime], now: datetime, usual: Mapping[str, str]
) -> tuple[OrderRow, ...]:
    """Return *orders* (columns as `schemas.ORDERS`) as rows, in their order.

    Args:
        orders: what the list says now.
        seen: when a monitor first saw an order in a state, for states the vendor does not stamp.
        now: the moment of the look.
        usual: kind of order → how long such orders took, in words, as `usual_durations` gives it.
    """
    return tuple(_row(facts, seen, now, usual) for facts in orders.iter_rows(named=True))


def history(orders: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of earlier orders: ``order_type``, ``status``, ``created_at`` and ``completed_at``.

    Args:
        orders: what the list says now, columns as `schemas.ORDERS`; its stamps are the server's own.
        purchases: the journal, columns as `journal.rows.FRAME`; used for orders the list does not date, from when they
            were placed to when they were first seen completed, which is at most a look too long.
    """
    stated = orders.select("order_id", "order_type", "status", "created_at", "completed_at")
    dated = stated.filter(pl.col("created_at").is_not_null() & pl.col("completed_at").is_not_null())
    ours = purchases.filter(pl.col("order_id").is_not_null()).select(
        "order_id", pl.col("kind").alias("order_type"), "status", created_at="bound_at", completed_at="finished_at"
    )
    return pl.concat([dated, ours.join(dated, on="order_id", how="anti")]).drop("order_id")


def usual_durations(orders: pl.DataFrame) -> dict[str, str]:
    """Return kind of order → how long completed ones took, with their number, out of `history`.

    The median with the shortest and the longest; no share of completion follows from it, so none is given.
    """
    done = orders.filter(
        (pl.col("status") == str(OrderStatus.COMPLETED))
        & pl.col("created_at").is_not_null()
        & pl.col("completed_at").is_not_null()
        & pl.col("order_type").is_not_null()
    )
    took: dict[str, list[timedelta]] = {}
    for kind, start, end in done.select("order_type", "created_at", "completed_at").iter_rows():
        took.setdefault(kind, []).append(end - start)
    return {kind: _usual(times) for kind, times in took.items()}


def frame_of(rows: Iterable[OrderRow]) -> pl.DataFrame:
    """Return rows as a frame with the columns of `FRAME`; times UTC."""
    records = [{name: getattr(row, "kind" if name == "order_type" else name) for name in FRAME} for row in rows]
    return pl.DataFrame(records, schema=FRAME)


def duration(time: timedelta) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _row(
    facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime], now: datetime, usual: Mapping[str, str]
) -> OrderRow:
    order_id, status, kind = facts["order_id"], facts["status"], clean(facts["order_type"]) or "unknown kind"
    ended = status in ORDER_TERMINAL
    start, end = facts["created_at"], _stamp(facts, seen, status) if ended else now
    next_words = NEXT.get(status, UNKNOWN_STATE)
    if not ended:
        next_words += f" {usual.get(facts['order_type'] or '', 'Time to complete: unknown (n = 0).')}"
    return OrderRow(
        order_id=order_id,
        title=clean(facts["title"], 120),
        kind=kind,
        status=clean(status, 40),
        created_at=start,
        stops=_stops(facts, seen),
        elapsed=end - start if start and end else None,
        next=next_words,
        reason=clean(facts["message"] or facts["admin_notes"], 400) if ended and status != "COMPLETED" else "",
    )


def _stops(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime]) -> tuple[Stop, ...]:
    status, order_id = facts["status"], facts["order_id"]
    known = {state: _clock(facts, seen, state) for state in WAY}
    if status in WAY:
        here = WAY.index(status)
        marks = ["done"] * here + ["done" if status == WAY[-1] else "now"] + ["todo"] * (len(WAY) - here - 1)
        return tuple(Stop(_name(s), mark, known[s]) for s, mark in zip(WAY, marks, strict=True))
    # Off the known way: what is proven by a stamp or a sighting came before, nothing is claimed about the rest.
    past = [Stop(_name(s), "done", known[s]) for s in WAY[:-1] if known[s] or (order_id, s) in seen]
    mark = "bad" if status in ORDER_TERMINAL else "now"
    return (*past, Stop(_name(status), mark, _clock(facts, seen, status)))


def _stamp(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime], state: str) -> datetime | None:
    stated: datetime | None = facts.get(_STAMPS.get(state, ""))
    return stated or seen.get((facts["order_id"], state))


def _clock(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime], state: str) -> str:
    at = _stamp(facts, seen, state)
    return "" if at is None else f"{'' if facts.get(_STAMPS.get(state, '')) else 'by '}{at:%H:%M:%S}"


def _name(state: str) -> str:
    return clean(state, 40).replace("_", " ").capitalize()


def _usual(times: list[timedelta]) -> str:
    middle = duration(timedelta(seconds=median(time.total_seconds() for time in times)))
    if len(times) == 1:
        return f"The one completed order of this kind took {middle} (n = 1)."
    shortest, longest = duration(min(times)), duration(max(times))
    return f"Completed ones took {middle} in the middle, {shortest} to {longest} (n = {len(times)})."
