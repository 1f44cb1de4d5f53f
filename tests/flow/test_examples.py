"""Every public verb has an example in its docstring, and every example runs."""

from __future__ import annotations

import doctest
import inspect

import pytest

import openprospect_nb as op
from openprospect_nb import client as faces
from openprospect_nb.client import blocking

# A lifted verb wraps its asynchronous one.
VERBS = [
    (cls.__name__, name)
    for cls in vars(faces).values()
    if inspect.isclass(cls) and issubclass(cls, blocking.Twin)
    for name in vars(cls)
    if hasattr(vars(cls)[name], "__wrapped__")
]


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """The names examples may use: a client of the sandbox, a completed order, and ids out of it."""
    icp = op.ICP(
        profile_name="Hotels", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"]
    )
    with (
        op.Sandbox(step_seconds=0.03) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path_factory.mktemp("home"), poll_interval=0.02) as client,
    ):
        profile = client.profiles.create(icp)
        order = client.orders.discover(profile, 12).wait(timeout=60, progress=False)
        yield {
            "op": op,
            "client": client,
            "icp": icp,
            "profile": profile,
            "order": order,
            "search_id": order.prospect_search_id,
            "company_id": order.results().prospects["company_id"][0],
            "blacklist": client.blacklists.create("Examples"),
        }


def test_every_verb_is_listed():
    """The list of verbs was found, not typed: it holds the well-known ones."""
    assert {("Orders", "discover"), ("Order", "results"), ("Journal", "forget"), ("Client", "key_info")} <= set(VERBS)
    assert len(VERBS) >= 38


@pytest.mark.parametrize(("face", "verb"), VERBS)
def test_the_example_runs(face, verb, names):
    """The docstring's example gives what it says it gives."""
    documented = inspect.getdoc(getattr(getattr(faces, face), verb))
    assert "Example:" in documented
    test = doctest.DocTestParser().get_doctest(documented, dict(names), f"{face}.{verb}", None, 0)
    assert test.examples
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    assert runner.run(test, out=said.append).failed == 0, "".join(said)
