"""One sandbox, called in two ways: over real HTTP and in process."""

from __future__ import annotations

import httpx
import pytest
from support.sandbox_api import Api, InProcess

from openprospect_nb.sandbox import Sandbox


@pytest.fixture(scope="session")
def universe_cache(tmp_path_factory):
    """A folder in which the company universe is generated once."""
    return tmp_path_factory.mktemp("universe")


@pytest.fixture(scope="session")
def running_sandbox(universe_cache):
    """One served sandbox, whose application is also called in process."""
    with Sandbox(port=0, step_seconds=0, cache=universe_cache) as sandbox:
        yield sandbox


@pytest.fixture(scope="session", params=["served", "in_process"])
def mode_client(request, running_sandbox):
    """An HTTP client, over a socket or none."""
    transport = None if request.param == "served" else InProcess(running_sandbox.app)
    with httpx.Client(transport=transport, timeout=60) as client:
        yield client


@pytest.fixture
def api(running_sandbox, mode_client):
    """The empty sandbox, in both modes."""
    running_sandbox.control.reset(42)
    return Api(running_sandbox, mode_client)
