"""What README and docs/going-live.md show in Python runs as it stands there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

import openprospect_nb as op

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text: str) -> list[str]:
    """Return the Python of a page or a section, block by block."""
    return [textwrap.dedent(code) for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]


@pytest.fixture
def live(monkeypatch, tmp_path):
    """A served sandbox under the two variables of the live API, and a home of its own."""
    with op.Sandbox(step_seconds=0.02, port=0) as sandbox:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OPENPROSPECT_API_KEY", sandbox.key)
        monkeypatch.setenv("OPENPROSPECT_BASE_URL", sandbox.url)
        monkeypatch.setenv("OPENPROSPECT_HOME", str(tmp_path / "home"))
        yield sandbox


def run(code: str, names: dict[str, object]) -> None:
    """Run one block as a cell would, with short waits between looks."""
    exec(compile(code.replace("op.connect(", "op.connect(poll_interval=0.02, "), "README.md", "exec"), names)  # noqa: S102


def test_the_notebook_block_runs_and_its_cell_can_be_run_again(live, tmp_path):
    """The first block gives two frames, a list with addresses and a report; run again it returns the same order."""
    section = README.split("## In a notebook\n")[1].split("\n## ")[0]
    (code,) = blocks(section)
    first: dict[str, object] = {}
    run(code, first)
    again: dict[str, object] = {}
    run(code, again)

    assert first["order"].order_id == again["order"].order_id
    assert first["results"].prospects["email"].null_count() < first["results"].prospects.height
    assert "Sandbox data" in (tmp_path / "report.html").read_text("utf-8")
    for names in (first, again):
        names["client"].close()


def test_the_steps_to_the_first_live_order_run(live):
    """Key and address come from the environment; the order keeps its budget, and a dearer one is refused."""
    look, buy = blocks((ROOT / "docs" / "going-live.md").read_text("utf-8"))
    names: dict[str, object] = {"op": op}
    run(look, names)
    client = names["client"]
    names["icp"] = op.ICP(
        profile_name="Hotels", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"]
    )
    run(buy, names)

    assert names["order"].status == "COMPLETED"
    assert client.key_info().valid
    with pytest.raises(op.errors.ValidationError, match="budget"):
        client.orders.discover(names["icp"], briefing_quantity=11, budget=15)
    client.close()
