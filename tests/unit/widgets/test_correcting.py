"""An order that ended badly comes back into the form as it was asked, so that correcting it loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import openprospect_nb as op
from openprospect_nb.client import Client, Order
from openprospect_nb.widgets import Desk

Until = Callable[[Callable[[], object]], None]
FIRMS = [{"company_name": "Invented One", "city": "Ulm"}, {"company_name": "Invented Two", "external_id": "7"}] * 2
TERMS = {
    "features": ["COMPANY_DATA"],
    "priority": "EXPRESS",
    "title": "Spring",
    "webhook_url": "https://hooks.example/x",
    "contact_roles": ["CEO", "CFO"],
    "output_language": "de",
}


@pytest.fixture
def sandbox() -> Iterator[op.Sandbox]:
    """A sandbox whose profiles get ready."""
    with op.Sandbox(step_seconds=0.01) as running:
        yield running


def asked(client: Client, order: Order) -> Mapping[str, Any]:
    """Return what an order was asked with."""
    purchase = client._core._context.journal.find(order_id=order.order_id)
    assert purchase is not None
    return purchase.options


def correct(client: Client, order: Order, until: Until, words: str = "holds what was ordered") -> Desk:
    """Return a desk that was told to correct *order*."""
    desk = Desk(client)
    desk.journey.correct(order.order_id)
    until(lambda: words in desk.journey.said.words)
    return desk


def placed(client: Client, kind: str, icp: op.ICP, **terms: Any) -> Order:
    """Place an order of one of three kinds."""
    if kind == "discovery":
        return client.orders.discover(icp, 40, **terms)
    return client.orders.enrich(FIRMS, repeats="keep", profile=icp if kind == "enrichment" else None, **terms)


@pytest.mark.parametrize("kind", ["discovery", "enrichment", "enrichment without a profile"])
@pytest.mark.parametrize("terms", [TERMS, {"title": "Plain", "features": ["COMPANY_DATA"]}])
def test_everything_asked_is_asked_again(
    client: Client, icp: op.ICP, until: Until, kind: str, terms: dict[str, Any]
) -> None:
    """Kind, companies, blacklists, roles, language, priority, features, title, budget and webhook are kept."""
    order = placed(
        client, kind, icp, blacklist_ids=[client.blacklists.create("Customers").id], budget=1234567.5, **terms
    )
    desk = correct(client, order, until)
    draft, was = desk.journey.draft, asked(client, order)
    rows = {"companies": draft.companies.rows} if draft.kind == "enrichment" and draft.companies is not None else {}

    assert {**draft.options, **rows} == was
    assert (draft.budget, draft.profile is None) == (1234567.5, kind == "enrichment without a profile")
    assert "1234567.5" in desk.pane.regions["main"]
    assert ("webhook" in desk.journey.said.words.lower()) == ("webhook_url" in terms)
    desk.close()


def test_what_is_corrected_in_the_form_counts(client: Client, icp: op.ICP, until: Until) -> None:
    """Roles taken out of the form are not sent beside it; another order's options go when it comes into the form."""
    desk = correct(client, placed(client, "discovery", icp, **TERMS), until)
    desk.journey.draft.contact_roles = ()
    assert "contact_roles" not in desk.journey.draft.options
    other = placed(client, "discovery", icp, title="Other")
    desk.journey.correct(other.order_id)
    until(lambda: desk.journey.draft.title == "Other" and not desk.journey.is_filling)
    assert desk.journey.draft.options == asked(client, other)
    desk.close()


@pytest.mark.parametrize("kind", ["discovery", "enrichment"])
def test_an_order_by_a_profile_of_which_only_the_id_is_known_is_refused(
    client: Client, sandbox: op.Sandbox, icp: op.ICP, until: Until, tmp_path: Any, kind: str
) -> None:
    """The form cannot hold it: it says so, names the call that orders again, and stays as it was."""
    profile = client.profiles.create(icp).profile_id
    with op.connect(sandbox=sandbox, home=tmp_path / "other", poll_interval=0.05) as other:
        terms = {"title": "t", "features": ["COMPANY_DATA"]}
        orders = other.orders
        order = orders.discover(profile, 5) if kind == "discovery" else orders.enrich(FIRMS, profile=profile, **terms)
        desk = correct(other, order, until, "no description of")
        assert profile in desk.journey.said.words
        assert (desk.journey.draft.profile_name, desk.journey.draft.companies) == ("", None)
        desk.close()
