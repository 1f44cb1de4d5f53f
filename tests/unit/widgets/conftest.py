"""A client on a sandbox whose orders move only when a test moves them, and a patient look at a condition."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import openprospect_nb as op
from openprospect_nb.client import Client
from openprospect_nb.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that takes no step by itself."""
    with Sandbox(step_seconds=0) as made:
        yield made


@pytest.fixture
def client(sandbox: Sandbox, tmp_path: Path) -> Iterator[Client]:
    """A client that looks every 50 ms."""
    with op.connect(sandbox=sandbox, home=tmp_path / "home", poll_interval=0.05, price_per_briefing=1.5) as made:
        yield made


@pytest.fixture
def icp() -> op.ICP:
    """A profile without problems."""
    return op.ICP(
        profile_name="Machine builders",
        ideal_customer_profile="Machine builders with 50 to 500 employees that run their own production",
        seller_offering="Scheduling software",
        target_countries=["Germany"],
    )


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fail if it never does."""

    def wait(condition: Callable[[], object], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never became true"
            time.sleep(0.01)

    return wait


@pytest.fixture
def place(client: Client, sandbox: Sandbox, icp: op.ICP) -> Callable[..., str]:
    """Place an enrichment order of a few companies, without a profile, and return its id."""

    def placed(title: str = "Spring", rows: int = 3) -> str:
        companies = [{"company_name": f"Invented {title} {n}"} for n in range(rows)]
        return client.orders.enrich(companies, title=title, features=["COMPANY_DATA", "CONTACTS"]).order_id

    return placed
