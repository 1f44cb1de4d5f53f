"""Blocking and asynchronous client are one: every public verb of one exists in the other, with the same arguments."""

from __future__ import annotations

import inspect

import pytest

from openprospect_nb import api, client
from openprospect_nb.client import blocking

TWINS = [
    (client.AsyncClient, client.Client),
    (api.AsyncOrders, client.Orders),
    (api.AsyncOrder, client.Order),
    (api.AsyncPilot, client.Pilot),
    (api.AsyncRenewal, client.Renewal),
    (api.AsyncProfiles, client.Profiles),
    (api.AsyncProfile, client.Profile),
    (api.AsyncSearches, client.Searches),
    (api.AsyncCompanies, client.Companies),
    (api.AsyncProspects, client.Prospects),
    (api.AsyncDeliveries, client.Deliveries),
    (api.AsyncJournal, client.Journal),
    (api.AsyncBlacklists, client.Blacklists),
]
ONE_SIDED = {"aclose", "close", "submit", "adopt", "adopt_pilot"}  # an AsyncClient is simply awaited


def verbs(cls):
    """Return the public methods and properties of a class."""
    return {name for name in dir(cls) if not name.startswith("_")} - ONE_SIDED


@pytest.mark.parametrize(("core", "twin"), TWINS, ids=lambda c: c.__name__)
def test_twins_have_the_same_verbs(core, twin):
    """Neither class has a public verb or fact that the other lacks."""
    assert verbs(core) == verbs(twin)


@pytest.mark.parametrize(("core", "twin"), TWINS[1:], ids=lambda c: c.__name__)
def test_twins_take_the_same_arguments(core, twin):
    """A lifted verb keeps its arguments, defaults and docstring, and is no coroutine function."""
    for name in verbs(core):
        one, other = getattr(core, name), getattr(twin, name)
        if inspect.iscoroutinefunction(one):
            assert inspect.signature(one).parameters.keys() == inspect.signature(other).parameters.keys()
            assert one.__doc__ == other.__doc__
            assert not inspect.iscoroutinefunction(other)


def test_every_twin_is_in_the_list():
    """A new twin cannot be forgotten here."""
    made = {c for c in vars(blocking).values() if inspect.isclass(c) and issubclass(c, blocking.Twin)} - {blocking.Twin}
    assert made == {twin for _, twin in TWINS}


def test_both_clients_carry_the_same_resources(tmp_path):
    """An AsyncClient and a Client show the same public attributes."""
    arguments = {"api_key": "lnc_test_" + "x" * 32, "base_url": "http://127.0.0.1:9", "home": tmp_path}
    with client.Client(**arguments) as blocking_client:
        core = blocking_client._core
        attributes = {name for name in vars(blocking_client) if not name.startswith("_")}
        assert attributes == {name for name in vars(core) if not name.startswith("_")}
