"""A pytest plugin for users: a sandbox of one's own in every test that asks for it.

Installed with the package, so a test needs no set-up::

    def test_my_report(openprospect_sandbox):
        order = openprospect_sandbox.client.orders.discover(my_icp, 10).wait()
        assert my_report(order.results())

While the fixture is in use ``op.connect()`` leads to the same sandbox, in this process and in those it starts, so that
a whole script or notebook can be tested: run it and look at what it left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openprospect_nb.client import Client
    from openprospect_nb.sandbox import Sandbox

# The contract's 0 means "by hand only", where every wait would hang; this is as good as no time at all.
NO_TIME = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSession:
    """What a test gets.

    Attributes:
        client: connected to the sandbox, with a home of its own.
        sandbox: the server on a loopback port: ``url``, ``key``, ``keys``.
        control: moves orders (``transition``), time (``advance``) and the weather (``fault``), tells the hidden truth
            (``truth``); ``control.settings(step_seconds=0)`` stops all orders until they are moved by hand.
    """

    client: Client
    sandbox: Sandbox
    control: Any


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the setting of the sandbox's seed."""
    parser.addini("openprospect_seed", "which universe of invented companies the sandbox has", default="42")


@pytest.fixture
def openprospect_sandbox(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> Iterator[SandboxSession]:
    """A fresh sandbox, a client connected to it, and its control; orders complete as soon as they are looked at."""
    from openprospect_nb.connect import connect
    from openprospect_nb.sandbox import Sandbox
    from openprospect_nb.settings import default_cache

    home: Path = tmp_path_factory.mktemp("openprospect")
    seed = int(pytestconfig.getini("openprospect_seed"))
    with Sandbox(seed, port=0, step_seconds=NO_TIME, cache=default_cache()) as sandbox:
        monkeypatch.setenv("OPENPROSPECT_BASE_URL", sandbox.url)
        monkeypatch.setenv("OPENPROSPECT_API_KEY", sandbox.key)
        monkeypatch.setenv("OPENPROSPECT_HOME", str(home))
        with connect(poll_interval=0.01) as client:
            yield SandboxSession(client=client, sandbox=sandbox, control=sandbox.control)
