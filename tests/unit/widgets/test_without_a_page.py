"""Our widgets in notebooks that run without a page: what they leave is how things stood at the end."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow
SETUP = """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
sandbox = Sandbox(step_seconds=0)
client = op.connect(sandbox=sandbox, home={home!r}, poll_interval=5)
order = client.orders.enrich([{{"company_name": "Invented"}}], title="Spring", features=["COMPANY_DATA"])
"""
CELLS = (
    "monitor = op.widgets.OrderMonitor(client); monitor",
    "lists = op.widgets.BlacklistManager(client); lists",
    """for state in ("ACCEPTED", "IN_PROGRESS", "COMPLETED"):
    sandbox.control.transition(order.order_id, state)
results = order.wait(progress=False).results()""",
    "what_if = op.widgets.WhatIf(results); what_if",
    'client.blacklists.create("Never again"); lists.desk.refresh()',
    "op.widgets.OrderMonitor(client, [order])",
)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each cell left as HTML, after nbclient ran them as papermill and nbconvert do."""
    home: Path = tmp_path_factory.mktemp("home")
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP.format(home=str(home)), *CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120).execute()
    return ["".join(output.get("data", {}).get("text/html", "") for output in cell.outputs) for cell in cells[1:]]


def test_a_monitor_shows_how_the_orders_ended(left: list[str]) -> None:
    """Although it polled before the order completed and would poll next much later, it says completed."""
    assert "1 done" in left[0]
    assert "Completed" in left[0]
    assert "Looking for orders" not in left[0]


def test_a_monitor_in_the_last_cell_shows_what_it_polled(left: list[str]) -> None:
    """Nothing runs after it; the cell ends when the first poll is answered."""
    assert "1 done" in left[5]


def test_lists_that_were_asked_for_are_there(left: list[str]) -> None:
    """The server's answers came after the cell had ended, and are in its picture."""
    assert "Lists: 1; entries in the chosen one: 0." in left[1]


def test_what_is_worked_out_in_the_background_is_there(left: list[str]) -> None:
    """No sentence that says it is still being worked out is what stays."""
    assert "Send list" in left[3]
    assert "Nobody can be mailed" in left[3]
    assert "Working" not in left[3]
