"""Step 2, Orders: one line an order: where it stands, since when, what comes next, and the one act that makes sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from openprospect_nb.markup import clean
from openprospect_nb.widgets.desk.journey import Journey
from openprospect_nb.widgets.desk.results_journey import ORDERS
from openprospect_nb.widgets.desk.step import Act, DeskStep, FootButton, drawn
from openprospect_nb.widgets.monitor.model import WAY, OrderRow

SHOWS: Final = {"all": "all", "running": "running", "need": "need you", "done": "done"}
_LINES: Final = 22  # so many full lines fit; of more orders several stand on a line, sixty on one screen
_PART: Final = 120  # lines of a region: what did not change is not sent again
_PAGE: Final = 2 * _PART
_SEGMENTS: Final = len(WAY)
_KINDS: Final = {"DISCOVERY": "find", "ENRICHMENT": "enrich"}


class OrdersStep(DeskStep):
    """All orders this key can see, as they move."""

    name = ORDERS
    title = "Orders"
    regions = ("strip", "pilot", "rows")

    journey: Journey

    def __init__(self, journey: Journey) -> None:
        super().__init__(journey)
        self._search, self._shows, self._most = "", "all", _PAGE

    @property
    def note(self) -> str:
        """How many run, and how many want something."""
        rows = self.journey.watch.state.rows
        running, need = (sum(test(row) for row in rows) for test in (is_running, needs_you))
        if self.journey.watch.state.polled_at is None:
            return "not asked yet"
        parts = [f"{running:,} running"] * bool(running) + [f"{need:,} need you"] * bool(need)
        return " · ".join(parts) or (f"{len(rows):,} done" if rows else "none yet")

    @property
    def acts(self) -> Mapping[str, Act]:
        """Narrow the rows, poll, open, fetch, correct, drop."""
        journey = self.journey
        return {
            "field": lambda intent: setattr(self, "_search", str(intent["value"])),
            "show": lambda intent: self._show(str(intent["value"])),
            "more": lambda _: setattr(self, "_most", self._most + _PAGE),
            "poll": lambda _: journey.watch.start(),
            "open": lambda intent: journey.open_orders(str(intent["value"])),
            "open-all": lambda _: journey.open_orders(*(r.order_id for r in self._shown() if r.is_completed)),
            "drop": lambda intent: journey.watch.drop(str(intent["value"])),
            "wait": lambda intent: journey.watch.wait_for(str(intent["value"])),
            "correct": lambda intent: journey.correct(str(intent["value"])),
            "judge": lambda _: journey.judge_pilot(),
            "rest": lambda _: journey.buy_rest(),
        }

    def draw(self, *, live: bool) -> dict[str, str]:
        """Return the numbers and the rows."""
        return {"strip": self._strip(live=live), "pilot": self._pilot(live=live), **self._rows(live=live)}

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return when it was asked and will be asked again, and how many requests are left."""
        state, done = self.journey.watch.state, sum(row.is_completed for row in self._shown())
        buttons = [FootButton(act="poll", words="Poll now", hint="One list request")]
        if done > 1:
            buttons.append(FootButton(act="open-all", words=f"Open all {done:,} together", off=done > 50))
        budget = "" if state.left is None else f"{state.left:,} requests left this hour."
        return f"{_schedule(state.polled_at, state.next_poll_at, self.journey.now())} {budget} {_CLOSE}", buttons

    def _show(self, what: str) -> None:
        self._shows = what if what in SHOWS else "all"

    def _shown(self) -> list[OrderRow]:
        rows = self.journey.watch.state.rows
        return [row for row in rows if _TESTS[self._shows](row) and row.matches(self._search)]

    def _strip(self, *, live: bool) -> str:
        rows = self.journey.watch.state.rows
        figures = [(SHOWS[key], f"{sum(map(test, rows)):,}") for key, test in _TESTS.items() if key != "all"]
        spent = self.journey.spent
        cost = None if spent is None else spent["cost"].sum()
        if cost:
            words = "would have cost: a sandbox" if self.journey.client.is_sandbox else "spent, as this machine knows"
            figures.append((words, f"{cost:,.2f}"))
        shows = [{"key": key, "words": words, "on": key == self._shows} for key, words in SHOWS.items()]
        problem = clean(self.journey.watch.state.problem, 200)
        return drawn("orders_strip.html", live=live, figures=figures, search=self._search, shows=shows, problem=problem)

    def _pilot(self, *, live: bool) -> str:
        """Return what the first of a larger order said about the rest, and the one button that buys it."""
        pilot = self.journey.checkout.pilot
        if pilot is None:
            return ""
        forecast, rest = pilot.forecast, f"{pilot.terms.rest:,}"
        done = any(row.is_completed for row in self.journey.watch.state.rows if row.order_id == pilot.order.order_id)
        cost = "" if forecast is None or forecast.cost is None else f" for {forecast.cost:,.2f}"
        return drawn(
            "orders_pilot.html",
            live=live,
            why=pilot.why if forecast is not None else f"{rest} more are not ordered yet.",
            can_judge=done and forecast is None,
            buy=f"Buy the other {rest}{cost}" if forecast is not None and not self.journey.rest else "",
            go=forecast is not None and forecast.go,
            bought=self.journey.rest,
        )

    def _rows(self, *, live: bool) -> dict[str, str]:
        """Return the table and, live, its parts as regions of their own."""
        rows = self._shown()
        state = self.journey.watch.state
        empty = "No order fits." if state.rows else "No orders yet: describe whom you look for in step 1."
        if state.polled_at is None:
            empty = "Looking for orders …"
        left, dense = len(rows) - self._most, len(rows) > _LINES
        parts = {
            f"rows{start}": self._part(rows[start : start + _PART], live=live, dense=dense)
            for start in range(0, self._most, _PART)
        }
        held = dict.fromkeys(parts, "") if live else parts
        more, words = f"{left:,} more orders" if left > 0 else "", "" if rows else empty
        table = drawn("orders_rows.html", live=live, parts=held, dense=dense, empty=words, more=more)
        return {"rows": table, **(parts if live else {})}

    def _part(self, rows: list[OrderRow], *, live: bool, dense: bool) -> str:
        return drawn("orders_lines.html", live=live, dense=dense, rows=[self._line(row) for row in rows])

    def _line(self, row: OrderRow) -> dict[str, Any]:
        act, words, look = self._act(row)
        now, fetching = self.journey.now(), self.journey.watch.fetching
        busy = fetching is not None and fetching.order_id == row.order_id
        asked = self.journey.quantities.get(row.order_id)
        return {
            "id": row.order_id,
            "name": row.name,
            "kind": _KINDS.get(row.kind, row.kind.lower()),
            "asked": "–" if asked is None else f"{asked:,}",
            "way": _way(row),
            "way_said": row.status.lower() + (f", stop {len(row.stops)} of {_SEGMENTS}" if row.is_terminal else ""),
            "state": row.status.replace("_", " ").lower() + (f": {row.reason[:60]}" if row.reason else ""),
            "bad": needs_you(row),
            "reason": row.reason,
            "since": _since(row, now),
            "brief": _brief(row, now),
            "times": " → ".join(f"{stop.name} {stop.clock}".strip() for stop in row.stops if stop.mark != "todo"),
            "next": fetching.text if busy and fetching else self._next(row),
            "busy": busy,
            "act": "" if busy else act,
            "words": words,
            "short": words if needs_you(row) else words.partition(" ")[0],
            "look": look,
            "drops": self.journey.can_drop,
        }

    def _next(self, row: OrderRow) -> str:
        if row.order_id in self.journey.opened:
            return "Open in step 3."
        if not row.is_terminal and self.journey.watch.is_awaited(row.order_id):
            return "Its results will be fetched when it is done."
        return row.next

    def _act(self, row: OrderRow) -> tuple[str, str, str]:
        if row.is_completed:
            return "open", "Open", "op-main"
        if needs_you(row):
            return "correct", "Correct, order again", "op-main"
        return ("", "", "") if self.journey.watch.is_awaited(row.order_id) else ("wait", "Fetch when done", "")


def is_running(row: OrderRow) -> bool:
    """Whether an order has not ended."""
    return not row.is_terminal


def needs_you(row: OrderRow) -> bool:
    """Whether an order ended badly."""
    return row.is_terminal and not row.is_completed


_TESTS: Final[Mapping[str, Callable[[OrderRow], bool]]] = {
    "all": lambda _: True,
    "running": is_running,
    "need": needs_you,
    "done": lambda row: row.is_completed,
}
_CLOSE: Final = "Close the notebook if you like: orders go on."


def _way(row: OrderRow) -> list[str]:
    """Return the looks of the four segments."""
    if needs_you(row):
        past = min(max(len(row.stops) - 1, 0), _SEGMENTS - 1)
        return [*["past"] * past, "bad", *["todo"] * (_SEGMENTS - past - 1)]
    return [*(stop.mark for stop in row.stops[:_SEGMENTS]), *["todo"] * (_SEGMENTS - len(row.stops))]


def _since(row: OrderRow, now: datetime) -> str:
    """Return how long it has been on its way, or how long it took and when that was."""
    if not row.is_terminal or row.elapsed is None:
        return row.lasted
    days = _days_since(row, now)
    return f"took {row.lasted}" + (f", {days:,} day{'s' if days > 1 else ''} ago" if days else "")


def _brief(row: OrderRow, now: datetime) -> str:
    """Return the one thing to know where there is room for two words."""
    if needs_you(row):
        return row.status.replace("_", " ").lower()
    days = _days_since(row, now)
    return (f"{days:,} d ago" if days else f"took {row.lasted}") if row.is_completed else row.lasted


def _days_since(row: OrderRow, now: datetime) -> int:
    """Return how many days ago it ended; 0 where that was today or is unknown."""
    if row.created_at is None or row.elapsed is None:
        return 0
    return max(0, (now - row.created_at - row.elapsed).days)


def _schedule(polled: datetime | None, due: datetime | None, now: datetime) -> str:
    if polled is None:
        return "Looking for orders …"
    ago = f"Polled {_seconds(now - polled)} ago"
    return f"{ago}, next in {_seconds(due - now)}." if due else f"{ago}; nothing runs."


def _seconds(time: timedelta) -> str:
    """Return a span in whole seconds, at least one: nobody reads shorter ones, or waits "0 s"."""
    return f"{max(1, round(time.total_seconds())):,} s"
