"""Clients and servers for walks through the whole client."""

from __future__ import annotations

import pytest
from support.clients import clients_of
from support.forks import forks_of_one
from support.servers import ScriptedServer
from support.vendor import Vendor

import openprospect_nb as op

KEY = "lnc_test_" + "v" * 32


@pytest.fixture(scope="session")
def forks(tmp_path_factory):
    """Processes that need not import the client: forks of one that has."""
    with forks_of_one(tmp_path_factory.mktemp("forks")) as running:
        yield running


@pytest.fixture
def vendor():
    """A tiny vendor that is not our sandbox."""
    return Vendor()


@pytest.fixture
def server(vendor):
    """The vendor, served on loopback."""
    with ScriptedServer(vendor) as running:
        yield running


@pytest.fixture
def connect(server, tmp_path):
    """Make clients of the vendor on one home; all are closed at the end."""
    with clients_of(api_key=KEY, base_url=server.url, home=tmp_path / "home", poll_interval=0.01) as make:
        yield make


@pytest.fixture
def icp():
    """A valid ICP."""
    return op.ICP(
        profile_name="Machine builders",
        ideal_customer_profile="Machine builders with 50 to 500 employees",
        seller_offering="Scheduling software",
        target_countries=["DE", "Austria"],
        target_industries=["Machinery"],
    )
