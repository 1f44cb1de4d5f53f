"""Every entry point has an example in its docstring, and every example runs and gives what it says it gives."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb import client as faces
from openprospect_nb.client import blocking
from openprospect_nb.contract import Feature
from openprospect_nb.demo import sample_icp

PACKAGES = ["analysis", "charts", "client", "reports", "sandbox", "webhooks", "widgets"]
# A lifted verb wraps its asynchronous one.
VERBS = {
    f"client.{cls.__name__}.{name}": getattr(cls, name)
    for cls in vars(faces).values()
    if inspect.isclass(cls) and issubclass(cls, blocking.Twin)
    for name in vars(cls)
    if hasattr(vars(cls)[name], "__wrapped__")
}


def public_objects():
    """Yield the public functions and classes with their methods, by name."""
    for package in ["", *PACKAGES]:
        module = import_module(f"openprospect_nb.{package}".rstrip("."))
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isfunction(found) or inspect.isclass(found):
                yield f"{package}.{name}".lstrip("."), found
            if inspect.isclass(found):
                for below in vars(found):
                    if not below.startswith("_") and callable(getattr(found, below)):
                        yield f"{package}.{name}.{below}".lstrip("."), getattr(found, below)


def written_by_us(found) -> str:
    """Return an object's own docstring."""
    return inspect.cleandoc(found.__doc__) if isinstance(found.__doc__, str) else ""


OBJECTS = dict(public_objects())
# One name an object: `op.score` and `analysis.score` are one.
EXAMPLES = {
    next(name for name, other in OBJECTS.items() if other is found): written_by_us(found)
    for found in OBJECTS.values()
    if ">>>" in written_by_us(found)
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """The names examples may use: a client of the sandbox, completed orders, their results, and ids out of them."""
    icp = op.ICP(
        profile_name="Hotels", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"]
    )
    with (
        op.Sandbox(step_seconds=0.03) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path_factory.mktemp("home"), poll_interval=0.02) as client,
    ):
        profile = client.profiles.create(icp)
        order = client.orders.discover(profile, 12).wait(timeout=60, progress=False)
        larger = client.orders.discover(sample_icp(), 99, features=list(Feature)).wait(timeout=60, progress=False)
        results = larger.results()
        known = results.prospects.drop_nulls(["email", "bounce_risk_score"])
        yield {
            "op": op,
            "client": client,
            "icp": icp,
            "profile": profile,
            "order": order,
            "search_id": order.prospect_search_id,
            "company_id": order.results().prospects["company_id"][0],
            "blacklist": client.blacklists.create("Examples"),
            "results": results,
            "outcomes": known.select("email", bounced=pl.col("bounce_risk_score") > 40),
        }


def test_every_verb_is_listed():
    """The list of verbs was found, not typed: it holds the well-known ones."""
    assert {"client.Orders.discover", "client.Order.results", "client.Journal.forget"} <= VERBS.keys()
    assert len(VERBS) >= 38


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_of_the_client_has_an_example(name):
    """What can be called on a client or a handle shows how."""
    assert "Example:" in written_by_us(VERBS[name])


@pytest.mark.parametrize("name", [name for name in op.__all__ if callable(getattr(op, name))])
def test_every_callable_of_the_package_has_an_example(name):
    """What stands in `op.` shows how it is used."""
    assert ">>>" in (inspect.getdoc(getattr(op, name)) or "")


@pytest.mark.parametrize("name", [name for name in op.charts.__all__ if inspect.isfunction(getattr(op.charts, name))])
def test_every_chart_has_an_example(name):
    """What stands in `op.charts.` shows how it is used."""
    assert ">>>" in (inspect.getdoc(getattr(op.charts, name)) or "")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_example_runs(name, names, tmp_path, monkeypatch):
    """The docstring's example gives what it says it gives."""
    monkeypatch.chdir(tmp_path)
    known = {**vars(import_module(OBJECTS[name].__module__)), **names}
    test = doctest.DocTestParser().get_doctest(EXAMPLES[name], known, name, None, 0)
    assert test.examples
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    assert runner.run(test, out=said.append).failed == 0, "".join(said)
