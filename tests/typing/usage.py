"""How users call the package, annotated; type checkers read this file and nothing runs it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import openprospect_nb as op
from openprospect_nb.client import Order, Profile
from openprospect_nb.errors import FieldProblem, OpenProspectError
from openprospect_nb.models import Added, Blacklist, KeyInfo, Search


def blocking() -> None:
    """Annotate what the blocking face gives."""
    client: op.Client = op.connect(home=Path(), flow="auto", price_per_briefing=1.5)
    info: KeyInfo = client.key_info()
    icp = op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["DE"])
    problems: list[FieldProblem] = icp.problems()
    profile: Profile = client.profiles.create(icp, wait=True)
    order: Order = client.orders.discover(profile, 25, features=["CONTACTS"], budget=10.0, name="spring")
    named: Order = client.orders.enrich(pl.DataFrame({"company_name": ["A"]}), title="t")
    same: Order = order.refresh().wait(timeout=10, progress=False, on_done=lambda ended: print(ended.status))
    done: list[Order] = client.orders.wait([order, "id"], timeout=3)
    results: op.Results = order.results(delivered_since=None, refresh=False)
    several: op.Results = client.results([order, named, same, *done])
    companies: pl.DataFrame = results.companies
    orders: pl.DataFrame = client.orders.list(status="COMPLETED")
    search: Search = client.searches.update("id", version=1, name="x")
    blacklist: Blacklist = client.blacklists.create("x")
    added: Added = client.blacklists.add(blacklist.id, [{"company_name": "A"}])
    removed: int | None = client.blacklists.remove(blacklist.id, ["x"])
    new: op.Results = client.deliveries.sync(search.id)
    spent: pl.DataFrame = client.journal.spend("icp")
    print(info, problems, several, companies, orders, added, removed, new, spent)


async def awaited() -> None:
    """Annotate what the asynchronous face gives."""
    async with op.AsyncClient(api_key="k", base_url="https://api.openprospect.io") as client:
        order = await client.orders.discover("profile-id", 5)
        status: str = (await order.wait()).status
        results: op.Results = await order.results()
        unfinished: pl.DataFrame = await client.journal.unfinished()
    try:
        print(status, results, unfinished)
    except OpenProspectError as error:
        print(error.status, error.code, error.request, error.next_step)


def refused() -> None:
    """Call with what must not pass; an unused ignore is an error, so each of these is really refused."""
    client = op.connect()
    client.orders.discover("id", "five")  # type: ignore[arg-type]
    client.orders.wait("id", timeout="soon")  # type: ignore[arg-type]
    client.journal.spend("week")  # type: ignore[arg-type]
    op.connect(flow="both")  # type: ignore[arg-type]
    op.report(op.Results(), langauge="de")  # type: ignore[call-arg]
    op.export(op.Results(), "leads.csv", headings="Email")  # type: ignore[arg-type]
    op.Client(api_key="k", retries=3)  # type: ignore[call-arg]
