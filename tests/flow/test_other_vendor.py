"""The whole documented API with both clients, against a vendor of another hand that answers in other shapes."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace

import httpx
import pytest
from support.other_vendor import Manner, OtherVendor

import openprospect_nb as op
from openprospect_nb.frames import schemas

KEY = "lnc_test_" + "w" * 32
MANNERS = {
    "documented": Manner(),
    "204 and bare arrays": Manner(lists="", empty=204),
    "empty 200, nouns": Manner(lists="noun", empty=200, counters="count", locates=True),
    "empty 202, data": Manner(lists="data", empty=202, counters="none"),
    "nested, ids renamed": Manner(lists="data.items", single="data", counters="meta", ids="noun"),
    "embedded nouns": Manner(lists="_embedded.noun", single="noun", counters="none", says=lambda v, d, r: len(d)),
    "small pages": Manner(cap=7, counters="none", lists="", empty=201),
    "small pages, counted": Manner(cap=30, says=lambda v, d, r: {"data": {f"{v}_count": len(d)}}),
    "rows back": Manner(says=lambda v, d, r: {"entries" if v == "added" else "deleted": d}),
    "bare rows back": Manner(says=lambda v, d, r: d),
    "other words": Manner(says=lambda v, d, r: {{"added": "created", "removed": "deleted"}[v]: len(d)}),
    "nothing useful": Manner(says=lambda v, d, r: {"success": True, "message": "done", "total": 12}),
    "null": Manner(says=lambda v, d, r: None, single="data"),
}
SAYS_COUNTS = {
    "documented",
    "nested, ids renamed",
    "embedded nouns",
    "small pages, counted",
    "rows back",
    "bare rows back",
    "other words",
}


async def do(value):
    """Await what the asynchronous face gives; what the blocking one gives is there already."""
    return await value if inspect.isawaitable(value) else value


async def blacklists(client, manner, says_counts):
    """Walk through the life of a blacklist and return it, deleted."""
    await do(client.blacklists.create("Others", "not this one"))
    made = await do(client.blacklists.create("Customers"))
    assert (made.name, made.entry_count) == ("Customers", 0)
    changed = await do(client.blacklists.update(made.id, description="ours already"))
    assert (changed.id, changed.name, changed.description) == (made.id, "Customers", "ours already")
    rows = [{"company_name": f"Known {number}", "website_url": f"k{number}.example"} for number in range(60)]
    first = await do(client.blacklists.add(made.id, rows))
    again = await do(client.blacklists.add(made.id, [*rows[:2], {"company_name": "New"}]))
    assert first.added == (60 if says_counts else None)
    assert again.added == (1 if says_counts else None)
    assert again.skipped in {None, 2}
    entries = await do(client.blacklists.entries(made.id))
    assert entries.schema == schemas.BLACKLIST_ENTRIES
    assert entries["company_name"].to_list() == [*(row["company_name"] for row in rows), "New"]
    removed = await do(client.blacklists.remove(made.id, entries["id"][:3].to_list()))
    assert removed == (3 if says_counts else None)
    read = await do(client.blacklists.get(made.id))
    assert (read.entry_count, read.name) == (58, "Customers")
    assert (await do(client.blacklists.list()))["name"].to_list() == ["Others", "Customers"]
    return made


async def searches(client, blacklist_id):
    """List, read and change the search, and assign a blacklist to it."""
    assert (await do(client.searches.list()))["id"].to_list() == ["search-1"]
    search = await do(client.searches.get("search-1"))
    changed = await do(client.searches.update("search-1", version=search.version, name="Renamed"))
    assert (changed.id, changed.name, changed.version) == ("search-1", "Renamed", search.version + 1)
    with pytest.raises(op.errors.ConflictError):
        await do(client.searches.update("search-1", version=search.version, name="Too late"))
    assigned = await do(client.searches.set_blacklists("search-1", [blacklist_id]))
    assert assigned["id"].to_list() == [blacklist_id]
    assert (await do(client.searches.set_blacklists("search-1", []))).is_empty()


async def companies(client):
    """Read companies, jobs, technologies and prospects."""
    listed = await do(client.companies.list("search-1"))
    assert listed.schema == schemas.SEARCH_COMPANIES
    assert listed["id"].to_list() == [f"company-{number}" for number in range(130)]
    assert (await do(client.companies.get("company-0")))["id"] == "company-0"
    assert [job["id"] for job in await do(client.companies.jobs("company-0"))] == ["job-0", "job-1", "job-2"]
    assert await do(client.companies.jobs_summary("company-0")) == {"total_jobs": 3}
    assert await do(client.companies.technologies_summary("company-0")) == {"total": 150}
    prospects = await do(client.prospects.list())
    assert prospects["id"].to_list() == [f"person-{number}" for number in range(130)]
    assert (await do(client.prospects.get("person-0")))["id"] == "person-0"


async def orders(client, icp):
    """Make a profile, buy, wait, fetch, list and sync."""
    assert (await do(client.key_info())).valid
    profile = await do(client.profiles.create(icp))
    assert profile.profile_id == "profile-1"
    order = await do(client.orders.discover(profile, 130))
    enriched = await do(client.orders.enrich([{"company_name": "A"}], title="mine"))
    done, _ = await do(client.orders.wait([order, enriched], timeout=60, progress=False))
    results = await do(done.results())
    assert results.companies["id"].to_list() == [f"company-{number}" for number in range(130)]
    assert results.prospects.height == 130
    assert (await do(client.results([order.order_id]))).companies.height == 130
    assert (await do(client.orders.get(order.order_id))).is_terminal
    both = [order.order_id, enriched.order_id]
    assert (await do(client.orders.list()))["order_id"].to_list() == both
    assert (await do(client.deliveries.sync("search-1"))).companies.height == 130
    assert (await do(client.deliveries.read("search-1"))).companies.height == 130
    assert (await do(client.journal.frame()))["order_id"].drop_nulls().to_list() == both


async def journey(client, manner, says_counts, icp):
    """Use every verb once."""
    made = await blacklists(client, manner, says_counts)
    await searches(client, made.id)
    await companies(client)
    await orders(client, icp)
    await do(client.blacklists.delete(made.id))
    with pytest.raises(op.errors.NotFoundError):
        await do(client.blacklists.get(made.id))


def make(face, vendor, home, **more):
    """Return a client of one face on the vendor, in this process."""
    transport = httpx.ASGITransport(vendor.app)
    return face(api_key=KEY, base_url="http://127.0.0.1:9", home=home, transport=transport, poll_interval=0.01, **more)


@pytest.mark.parametrize("face", [op.AsyncClient, op.Client], ids=["async", "blocking"])
@pytest.mark.parametrize("manner", MANNERS)
def test_every_verb_works_whatever_the_shapes(face, manner, tmp_path, icp):
    """Lists, objects and writes in any of these shapes are read alike; counts are right or unknown, never wrong."""
    vendor = OtherVendor(replace(MANNERS[manner]))

    async def run():
        client = make(face, vendor, tmp_path)
        try:
            await journey(client, vendor.manner, manner in SAYS_COUNTS, icp)
        finally:
            await do(client.aclose() if face is op.AsyncClient else client.close())

    asyncio.run(run())


@pytest.fixture
def vendor():
    """A vendor whose manner a test changes."""
    return OtherVendor()


@pytest.fixture
def client(vendor, tmp_path):
    """A blocking client of it."""
    with make(op.Client, vendor, tmp_path) as made:
        yield made


@pytest.mark.parametrize("counters", ["documented", "none"])
@pytest.mark.parametrize("cap", [100, 40])
@pytest.mark.parametrize("lists", ["", "data", "data.items", "noun"])
def test_technologies_come_whole(vendor, client, lists, cap, counters):
    """A list of technologies in pages is given whole, wherever it stands; one that is no list is given as it is."""
    vendor.manner.lists, vendor.manner.cap, vendor.manner.counters = lists, cap, counters
    found = client.companies.technologies("company-0")
    assert [tool["name"] for tool in found["technologies"]] == [f"Tool {number}" for number in range(150)]
    assert set(found) <= {"technologies", "meta", "count", "next"}


def test_every_list_is_asked_for_by_limit_and_offset(vendor, client):
    """Each list endpoint gets both, from the first page on."""
    client.blacklists.create("A")
    client.blacklists.list()
    client.blacklists.entries("list-1")
    client.searches.list()
    client.searches.blacklists("search-1")
    client.companies.list("search-1")
    client.companies.jobs("company-0")
    client.companies.technologies("company-0")
    client.prospects.list()
    client.orders.list()
    asked = [query for method, path, query, _ in vendor.requests if method == "GET"]
    assert len({path for method, path, _, _ in vendor.requests if method == "GET"}) == 9
    assert all({"limit", "offset"} <= set(query) for query in asked)


def test_a_server_that_ignores_offset_is_named(vendor, client):
    """The same page again ends the list, which is given once, with a warning."""
    vendor.manner.deaf = True
    with pytest.warns(UserWarning, match="companies may be incomplete.*same records again.*100 were read, of 130"):
        assert client.companies.list("search-1").height == 100


def test_an_order_named_in_a_header_alone_is_found(vendor, client, icp):
    """An empty 202 with a Location is an order: its id is kept, nothing is sent twice."""
    vendor.manner.empty, vendor.manner.locates = 202, True
    order = client.orders.discover(icp, 5)
    assert order.order_id == "order-1"
    assert len(vendor.orders) == 1


def test_what_a_search_lost_in_a_change_is_kept(vendor, client):
    """A response with stripped_fields alone is completed by reading, and keeps them."""
    vendor.manner.shows_changes = False
    search = client.searches.update("search-1", version=1, name="B", geo_locations=["Bavaria"])
    assert (search.name, search.version, search.stripped_fields) == ("B", 2, ("geo_locations",))


def test_an_assignment_that_the_server_shows_otherwise_is_named(vendor, client):
    """A blacklist that is not in force although it was assigned is warned of."""
    made = client.blacklists.create("A")
    vendor.manner.assigns = False
    with pytest.warns(UserWarning, match=rf"missing \['{made.id}'\]"):
        assert client.searches.set_blacklists("search-1", [made.id]).is_empty()


def test_entries_that_were_not_taken_are_warned_of(vendor, client):
    """A server that takes one of two says so, and so do we."""
    made = client.blacklists.create("A")
    vendor.manner.says = lambda verb, done, rest: {"added": 1, "failed": 1}
    with pytest.warns(UserWarning, match="did not take 1 of the entries"):
        added = client.blacklists.add(made.id, [{"company_name": "A"}, {"company_name": "B"}])
    assert (added.added, added.failed) == (1, 1)


def test_a_deletion_whose_response_was_lost_is_a_deletion(vendor, client):
    """A 404 after an attempt that may have arrived means: deleted; a 404 at once means: no such list."""
    made = client.blacklists.create("A")
    vendor.manner.loses = 1
    client.blacklists.delete(made.id)
    assert vendor.blacklists == {}
    with pytest.raises(op.errors.NotFoundError):
        client.blacklists.delete(made.id)


def test_an_empty_list_may_come_as_nothing(vendor, client):
    """204 and null are lists without members."""
    vendor.manner.lists = "null"
    assert client.blacklists.list().schema == schemas.BLACKLISTS
    vendor.manner.lists = "204"
    assert client.prospects.list().is_empty()


def test_a_list_made_without_a_word_is_found_by_its_name(vendor, client):
    """Of several lists of one name the newest is the one just made; where that cannot be told, an error says so."""
    vendor.manner.empty = 204
    client.blacklists.create("Twin")
    vendor.blacklists["list-1"]["description"] = ""
    second = client.blacklists.create(" Twin ")
    assert second.id == "list-2"
    for row in vendor.blacklists.values():
        row["created_at"] = None
    with pytest.raises(op.errors.ContractError, match=r"3 lists look like it.*Do not make it again"):
        client.blacklists.create("Twin")


def test_a_change_that_cannot_be_read_back_is_still_a_change(vendor, client):
    """A key that may write and not read gets what is known, with a warning that says so."""
    made = client.blacklists.create("A")
    vendor.manner.empty = 204
    vendor.manner.shows = False
    with pytest.warns(UserWarning, match="the change was made; reading the list back failed"):
        changed = client.blacklists.update(made.id, name="B")
    assert (changed.id, changed.name, changed.entry_count) == (made.id, "B", None)
    with pytest.warns(UserWarning, match="the change was made; reading the search back failed"):
        search = client.searches.update("search-1", version=1, name="B")
    assert (search.id, search.name, search.version, search.stripped_fields) == ("search-1", "B", None, None)
    vendor.manner.lists = "403"
    for ids in ([made.id], []):
        with pytest.warns(UserWarning, match="the assignment was made; reading it back failed"):
            assigned = client.searches.set_blacklists("search-1", ids)
        assert (assigned.schema, assigned["id"].to_list()) == (schemas.BLACKLISTS, ids)
    with pytest.raises(op.errors.PermissionDeniedError) as caught:
        client.blacklists.create("C")
    assert "was made all the same" in caught.value.__notes__[0]
    vendor.manner.shows = True
    assert client.blacklists.get(made.id).name == "B"


REFUSALS = {
    "the vendor's words": {"code": "VALIDATION_ERROR", "message": "ICP missing"},
    "loc": {"detail": [{"loc": ["body", "ideal_customer_profile"], "msg": "Field required", "type": "missing"}]},
    "field": {"error": {"code": "MISSING_FIELD", "details": {"validation_errors": [{"field": "seller_offering"}]}}},
    "key": {"error": "VALIDATION_ERROR", "errors": {"target_countries": ["must not be empty"]}},
}


def orders_sent(vendor):
    """Return the bodies of all POST /orders."""
    return [body for method, path, _, body in vendor.requests if (method, path) == ("POST", "/orders")]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("kind", ["discovery", "enrichment"])
def test_an_older_server_gets_the_description_after_its_refusal(vendor, client, icp, refusal, kind):
    """A 422 that names a missing part of the ICP is followed by one order that carries it, under a new key."""
    vendor.manner.refusal = REFUSALS[refusal]
    if kind == "discovery":
        order = client.orders.discover(icp, 5)
    else:
        order = client.orders.enrich([{"company_name": "A"}], profile=icp)
    first, second = orders_sent(vendor)
    assert list(vendor.orders) == [order.order_id]
    assert "ideal_customer_profile" not in first
    assert second["ideal_customer_profile"] == icp.ideal_customer_profile
    assert (second["profile_id"], second["title"]) == ("profile-1", icp.profile_name)
    assert "profile_name" not in second


def test_another_refusal_is_the_last_word(vendor, client, icp):
    """A 422 about something else is raised; nothing is sent again."""
    vendor.manner.refusal = {"code": "VALIDATION_ERROR", "message": "features contain duplicates"}
    with pytest.raises(op.errors.ValidationError, match="duplicates"):
        client.orders.discover(icp, 5)
    assert len(orders_sent(vendor)) == 1
    assert client.journal.unfinished().is_empty()


@pytest.mark.parametrize("flow", ["inline", "auto"])
def test_an_inline_enrichment_makes_no_profile(vendor, tmp_path, icp, flow):
    """flow="inline", and a server without profiles, get the ICP in the enrichment order itself."""
    vendor.manner.has_profiles = False
    with make(op.Client, vendor, tmp_path, flow=flow) as client:
        client.orders.enrich([{"company_name": "A"}], profile=icp, features=["COMPANY_DATA"])
    [body] = orders_sent(vendor)
    posts = [path for method, path, _, _ in vendor.requests if method == "POST"]
    assert posts == (["/orders"] if flow == "inline" else ["/search-profile-creations", "/orders"])
    assert (body["order_type"], body["profile_name"], body["features"]) == (
        "ENRICHMENT", icp.profile_name, ["COMPANY_DATA"],
    )  # fmt: skip
    assert body["seller_offering"] == icp.seller_offering
    assert body["companies"] == [{"company_name": "A"}]
    assert not {"profile_id", "briefing_quantity", "target_industries"} & set(body)


def test_a_profile_name_goes_out_with_an_enrichment_order(vendor, client):
    """The older guide's sample can be sent as it stands there."""
    client.orders.enrich(
        [{"company_name": "A", "external_id": "CRM-1"}],
        title="Hotels",
        features=["COMPANY_DATA", "CONTACTS"],
        profile_name="Hotels, first quarter",
    )
    assert orders_sent(vendor) == [
        {
            "order_type": "ENRICHMENT",
            "title": "Hotels",
            "features": ["COMPANY_DATA", "CONTACTS"],
            "profile_name": "Hotels, first quarter",
            "companies": [{"company_name": "A", "external_id": "CRM-1"}],
        }
    ]
    with pytest.raises(op.errors.ValidationError, match="profile_name: excludes"):
        client.orders.enrich([{"company_name": "A"}], profile="p", profile_name="x")


@pytest.mark.parametrize("country", ["Kosovo", "Scotland", "DEU", "Atlantis", "DACH"])
def test_a_country_goes_out_as_it_is_written(vendor, client, icp, country, caplog):
    """What we do not know of is ordered all the same, with a line in the log that says what to write instead."""
    client.orders.discover(replace(icp, target_countries=["DE", country]), 5)
    assert vendor.bodies[0]["target_countries"] == ["DE", country]
    assert [country in record.message for record in caplog.records] == [True] * (country not in {"Kosovo", "DEU"})


@pytest.mark.parametrize("bad", ["", "  ", "..", ".", "a\0", "\ud800", 7, None])
def test_what_is_no_id_is_refused_before_anything_is_sent(vendor, client, bad):
    """An empty id would name the whole list, and two dots the place above it: neither reaches the server."""
    for call in (
        client.blacklists.delete, client.blacklists.get, client.blacklists.entries, client.searches.get,
        client.companies.get, client.companies.jobs, client.prospects.get, client.orders.get,
    ):  # fmt: skip
        with pytest.raises(op.errors.ValidationError, match="id: "):
            call(bad)
    with pytest.raises(op.errors.ValidationError, match="search: has half a character"):
        client.prospects.list(search="\ud800")
    assert vendor.requests == []


def test_a_list_with_gaps_proves_of_no_order_that_it_is_not_there(vendor, client, icp, caplog):
    """Where the server states more orders than it lists, no double can be ruled out after a 502, and that is said."""
    vendor.manner.loses, vendor.manner.hidden = 1, 5
    with caplog.at_level("WARNING"):
        order = client.orders.discover(icp, 5)
    assert order.order_id in vendor.orders
    [said] = [record.message for record in caplog.records if "could not be checked" in record.message]
    assert "may be incomplete" in said
