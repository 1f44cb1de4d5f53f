"""How long a move of a slider takes at 50,000 prospects, and a poll of a monitor at 200 orders, against their budgets.

Run by hand: ``python tests/bench/bench_widgets.py`` (ten seconds).
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

import openprospect_nb as op
from openprospect_nb.frames.schemas import COMPANIES, ORDERS, PROSPECTS
from openprospect_nb.widgets import OrderMonitor, WhatIf
from openprospect_nb.widgets.monitor.model import MonitorState, rows_of

Row = tuple[str, float, str]
MOVE_BUDGET = POLL_BUDGET = 0.1
START = datetime(2026, 5, 4, 8, tzinfo=UTC)
STATES = ("RECEIVED", "ACCEPTED", "IN_PROGRESS", "COMPLETED", "REJECTED")


def rows() -> list[Row]:
    """Return (name, seconds over the budget of 100 ms, detail) of a dragged slider and of a poll of 200 orders."""
    return [what_if(), monitor()]


def what_if() -> Row:
    """Drag every slider of a what-if over 50,000 prospects; the slowest move counts."""
    widget = WhatIf(results(25_000))
    fields = {**{f"weight-{name}": 50 for name in widget.weights}, "min_score": 10, "max_risk": 90, "limit": 2}
    moves = [(name, value + step) for step in range(6) for name, value in fields.items()]
    taken = sorted(_seconds(partial(_move, widget, name, value)) for name, value in moves)
    widget.close()
    return "WhatIf, 50,000 prospects, slowest move / 100 ms", taken[-1] / MOVE_BUDGET, _told(taken)


def monitor() -> Row:
    """Show ten polls of 200 orders, each with other times; view and still picture are both drawn."""
    with op.connect(home=tempfile.mkdtemp(), poll_interval=60) as client:
        widget = OrderMonitor(client)
        widget.watch.stop()
        taken, size = [], 0
        for poll in range(10):
            now = START + timedelta(minutes=poll)
            state = MonitorState(rows=rows_of(orders(200), {}, now, {}), polled_at=now)
            taken.append(_seconds(lambda state=state: (setattr(widget.watch, "state", state), widget.picture())))
            size = sum(len(html) for name, html in widget.pane.regions.items() if name.startswith("rows"))
        widget.close()
    taken.sort()
    told = f"{_told(taken)}, {size / 1e3:.0f} kB of table"
    return "OrderMonitor, 200 orders, slowest poll / 100 ms", taken[-1] / POLL_BUDGET, told


def results(count: int) -> op.Results:
    """Return *count* companies with two prospects each on a domain of their own."""
    number = pl.int_range(count, eager=True)
    companies = pl.DataFrame(
        {"order_id": ["bench"] * count, "id": number, "name": number, "match_score": (number * 7 % 100) / 10}
    )
    person = pl.int_range(2 * count, eager=True)
    prospects = pl.DataFrame(
        {
            "order_id": ["bench"] * 2 * count,
            "company_id": person // 2,
            "id": person,
            "email": pl.select(pl.format("a{}@firm{}.example", person % 2, person // 2)).to_series(),
            "qualification_score": (person % 10).cast(pl.Float64),
            "bounce_risk_score": (person * 13 % 60).cast(pl.Float64),
        }
    )
    return op.Results(companies=_whole(companies, COMPANIES), prospects=_whole(prospects, PROSPECTS))


def orders(count: int) -> pl.DataFrame:
    """Return *count* orders in all states."""
    common = dict.fromkeys(ORDERS) | {"order_type": "DISCOVERY", "created_at": START, "accepted_at": START}
    facts = [{"order_id": f"order-{n}", "title": f"Order {n}", "status": STATES[n % 5]} for n in range(count)]
    return pl.DataFrame([common | fact for fact in facts], schema=ORDERS)


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _move(widget: WhatIf, name: str, value: int) -> None:
    widget._wanted({"act": "field", "name": name, "value": str(value)}, [])


def _told(taken: list[float]) -> str:
    return f"median {1e3 * taken[len(taken) // 2]:.1f} ms, slowest of {len(taken)} {1e3 * taken[-1]:.1f} ms"


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    for case, ratio, explanation in rows():
        print(f"{case:72} {ratio:6.2f}  {explanation}")
