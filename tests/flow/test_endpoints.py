"""Every documented endpoint through the client, against the embedded sandbox."""

from __future__ import annotations

import polars as pl
import pytest
import xlsxwriter
from support.servers import Reply

import openprospect_nb as op
from openprospect_nb.frames import schemas


@pytest.fixture(scope="module")
def sandbox():
    """One sandbox for the module, its hops a twentieth of a second."""
    with op.Sandbox(step_seconds=0.05, reproducible=True) as made:
        yield made


@pytest.fixture(scope="module")
def client(sandbox, tmp_path_factory):
    """A client of the sandbox, in process."""
    with op.connect(sandbox=sandbox, home=tmp_path_factory.mktemp("home"), poll_interval=0.02) as made:
        yield made


@pytest.fixture(scope="module")
def order(client):
    """A completed discovery order of forty companies with everything."""
    icp = op.ICP(
        profile_name="Machine builders",
        ideal_customer_profile="Machine builders in Germany with 50 to 500 employees",
        seller_offering="Planning software",
        target_countries=["Germany"],
    )
    features = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "TECHNOLOGIES", "EMAIL_DISCOVERY"]
    return client.orders.discover(icp, 40, features=features).wait(timeout=60, progress=False)


def test_the_key_tells_its_scopes(client):
    """key_info() has the validity and the scopes."""
    assert client.key_info().valid
    assert "orders:write" in client.key_info().scopes
    assert client.is_sandbox


def test_searches_are_listed_read_and_edited_by_version(client, order):
    """A search is a row in the list and an object alone; an update with a stale version is a conflict."""
    assert order.prospect_search_id in client.searches.list()["id"]
    search = client.searches.get(order.prospect_search_id)
    changed = client.searches.update(search.id, version=search.version, name="Renamed", geo_locations=["Bavaria"])
    assert (changed.name, changed.version, changed.stripped_fields) == ("Renamed", search.version + 1, ())
    with pytest.raises(op.errors.ConflictError):
        client.searches.update(search.id, version=search.version, name="Too late")
    with pytest.raises(op.errors.ValidationError, match="update_mask"):
        client.searches.update(search.id, version=changed.version, update_mask=["name"])


def test_companies_are_filtered_at_the_server(client, order):
    """min_match_score, review_status and search narrow the list; a bad filter is refused before it is sent."""
    everything = client.companies.list(order.prospect_search_id)
    assert everything.schema == schemas.SEARCH_COMPANIES
    assert everything.height == 40
    middle = everything["match_score"].median()
    good = client.companies.list(order.prospect_search_id, min_match_score=middle)
    assert 0 < good.height < 40
    assert good["match_score"].min() >= middle
    reviewed = client.companies.list(order.prospect_search_id, review_status=["accepted", "rejected"])
    assert set(reviewed["review_status"]) == {"accepted", "rejected"}
    city = everything["city"][0]
    assert client.companies.list(order.prospect_search_id, search=city.upper()).height >= 1
    with pytest.raises(op.errors.ValidationError, match="min_match_score"):
        client.companies.list(order.prospect_search_id, min_match_score=11)
    with pytest.raises(op.errors.ValidationError, match="review_status"):
        client.companies.list(order.prospect_search_id, review_status="maybe")


def test_one_company_with_its_jobs_and_technologies(client, order):
    """get, jobs and technologies give plain mappings of the vendor's fields."""
    identity = client.companies.list(order.prospect_search_id)["id"][0]
    assert client.companies.get(identity)["id"] == identity
    jobs = client.companies.jobs(identity)
    assert client.companies.jobs_summary(identity)["total_jobs"] == len(jobs)
    technologies = client.companies.technologies(identity)["technologies"]
    assert client.companies.technologies_summary(identity)["total_technologies"] == len(technologies)
    with pytest.raises(op.errors.NotFoundError):
        client.companies.get("00000000-0000-4000-8000-000000000000")


def test_prospects_outside_of_orders(client, order):
    """Prospects of a search are a frame; one prospect is a mapping."""
    frame = client.prospects.list(prospect_search_id=order.prospect_search_id)
    assert frame.height == order.results().prospects.height
    assert client.prospects.get(frame["id"][0])["id"] == frame["id"][0]


def test_deliveries_hold_what_the_order_delivered(client, order):
    """A sync of the order's search gives the order's companies, without an order id."""
    synced = client.deliveries.sync(order.prospect_search_id)
    assert set(synced.companies["id"]) == set(order.results().companies["id"])
    assert synced.companies["order_id"].null_count() == 40
    assert client.deliveries.sync(order.prospect_search_id).companies.height == 0


def test_results_since_a_time_are_cut_at_the_server_and_on_disk_alike(client, order):
    """delivered_since gives the same rows whether asked of the server or of the stored results."""
    since = order.results().companies["delivered_at"].sort()[19]
    stamp = since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    from_disk = order.results(delivered_since=stamp)
    asked = order.results(delivered_since=stamp, refresh=True)
    assert from_disk.companies.height == 20
    assert from_disk.companies.sort("id").equals(asked.companies.sort("id"))
    assert set(from_disk.prospects["id"]) == set(asked.prospects["id"])


def test_another_blacklist_can_be_added_by_id_or_handle(client):
    """What is on it is read from the server first."""
    made = client.blacklists.create("one")
    client.blacklists.add(made.id, ["foo-x.example", "foo-y.example"])
    copy = client.blacklists.create("the same")

    assert client.blacklists.add(copy.id, made.id).added == 2
    assert client.blacklists.add(copy.id, made).skipped == 2


@pytest.mark.parametrize(
    "entry",
    ["facebook.com/foo", "www.facebook.com/foo", "linkedin.com/company/foo", "gmail.com", "*@gmail.com"],
)
def test_a_host_that_many_share_is_no_company_to_keep_out(client, entry):
    """With a scheme and without: it would keep out the host's own company, and nobody that was meant."""
    made = client.blacklists.create("Hosts")
    for given in ([entry], [entry, "foo-x.example"]):
        with pytest.raises(op.errors.ValidationError, match="that many share"):
            client.blacklists.add(made.id, given)
    assert client.blacklists.get(made.id).entry_count == 0


def test_what_a_builder_of_sites_or_a_path_names_is_a_company(client):
    """A firm's own page at a builder, and a page of its own site, are its own; a name beside a shared host counts."""
    made = client.blacklists.create("Own")
    own = ["foo-x.jimdofree.com", "foo-y.example/imprint", {"company_name": "Foo Z", "website_url": "facebook.com/z"}]
    assert client.blacklists.add(made.id, own).added == 3


def test_a_workbook_is_added_with_all_its_sheets_or_refused(client, tmp_path):
    """A sheet that tells nothing is named, and nothing is sent."""
    path = tmp_path / "two.xlsx"
    for second, added in ({"company_name": ["B Ltd"]}, 2), ({"hint": ["ask first"]}, None):
        with xlsxwriter.Workbook(path) as book:
            for frame in {"domain": ["foo-x.example"]}, second:
                pl.DataFrame(frame).write_excel(book)
        made = client.blacklists.create("sheets")
        if added is None:
            with pytest.raises(op.errors.ValidationError, match=r"sheet 'Sheet2' of two\.xlsx"):
                client.blacklists.add(made.id, str(path))
        else:
            assert client.blacklists.add(made.id, str(path)).added == added


def test_a_blacklist_keeps_out_as_it_is(client, tmp_path):
    """A handle reads its own entries, of another client too; an asynchronous one says what to await."""
    made = client.blacklists.create("one")
    client.blacklists.add(made.id, ["foo-x.example", "nowhere.example"])
    firms = pl.DataFrame({"name": ["A", "B"], "website_url": ["https://www.foo-x.example", "b.example"]})

    assert op.exclude(firms, client.blacklists.get(made.id))["excluded"].to_list() == [True, False]
    assert op.suppression(firms, [made]).unmatched == ("nowhere.example",)
    with op.connect(home=tmp_path / "other") as other:
        assert other.blacklists.add(other.blacklists.create("theirs").id, made).added == 2
    core = client.blacklists._core
    asynchronous = client._portal.run(core.get(made.id))
    with pytest.raises(op.errors.ValidationError, match=r"await client\.blacklists\.entries"):
        op.exclude(firms, asynchronous)
    assert client._portal.run(core.add(client.blacklists.create("copy").id, asynchronous)).added == 2


def test_a_blacklist_lives_its_whole_life(client):
    """Create, rename, fill from a frame, list, remove an entry, delete; then it is not found."""
    made = client.blacklists.create("Customers", "ours already")
    assert client.blacklists.update(made.id, name="Our customers").name == "Our customers"
    assert made.id in client.blacklists.list()["id"]
    frame = pl.DataFrame(
        {"Firma": [f"Company {n}" for n in range(10_050)], "Website": [f"c{n}.example" for n in range(10_050)]}
    )
    added = client.blacklists.add(made.id, frame)
    assert (added.added, added.skipped) == (10_050, 0)
    again = client.blacklists.add(made.id, [{"company_name": "Company 1", "website_url": "c1.example"}])
    assert (again.added, again.skipped) == (0, 1)
    entries = client.blacklists.entries(made.id)
    assert entries.schema == schemas.BLACKLIST_ENTRIES
    assert entries.height == client.blacklists.get(made.id).entry_count == 10_050
    assert client.blacklists.remove(made.id, entries["id"][:3].to_list()) == 3
    client.blacklists.delete(made.id)
    with pytest.raises(op.errors.NotFoundError):
        client.blacklists.get(made.id)


def test_an_entry_with_an_id_alone_is_warned_about(client):
    """An external id cannot match discovered companies; the client says so."""
    made = client.blacklists.create("Ids")
    with pytest.warns(UserWarning, match="only an external_id"):
        client.blacklists.add(made.id, [{"company_name": "A", "external_id": "CRM-1"}])


def test_a_blacklisted_company_is_not_delivered_again(client, order):
    """A list with one delivered company's domain keeps it out of a later order; assignment is replaced as a whole."""
    known = order.results().companies.row(0, named=True)
    made = client.blacklists.create("Out")
    client.blacklists.add(made.id, [{"company_name": known["name"], "website_url": known["website_url"]}])
    assigned = client.searches.set_blacklists(order.prospect_search_id, [made.id])
    assert assigned["id"].to_list() == client.searches.blacklists(order.prospect_search_id)["id"].to_list() == [made.id]
    assert client.searches.set_blacklists(order.prospect_search_id, []).is_empty()
    icp = op.ICP(
        profile_name="Again",
        ideal_customer_profile="Machine builders in Germany with 50 to 500 employees",
        seller_offering="Planning software",
        target_countries=["Germany"],
    )
    later = client.orders.discover(icp, 40, blacklist_ids=[made.id]).wait(timeout=60, progress=False).results()
    assert later.companies.height == 40
    assert known["id"] not in later.companies["id"]


@pytest.mark.parametrize("kind", ["frame", "list", "csv", "semicolon csv", "parquet", "xlsx"])
def test_companies_to_enrich_come_from_anything_with_rows(client, tmp_path, kind):
    """A frame, a list, and each kind of file give the same order; ids stay text, with their zeros."""
    frame = pl.DataFrame(
        {
            "Company": ["Kurz Maschinenbau", "Nordlicht Robotik", "Ohne Web"],
            "Website": ["https://kurz-maschinenbau.example", "nordlicht-robotik.example", None],
            "CRM ID": ["00123", "00124", "00125"],
            "City": ["Stuttgart", "Kiel", "Ulm"],
            "Note": ["x", "y", "z"],
        }
    )
    paths = {"csv": "a.csv", "semicolon csv": "b.csv", "parquet": "c.parquet", "xlsx": "d.xlsx"}
    path = tmp_path / paths.get(kind, "none")
    match kind:
        case "csv":
            frame.write_csv(path)
        case "semicolon csv":
            frame.write_csv(path, separator=";")
        case "parquet":
            frame.write_parquet(path)
        case "xlsx":
            openpyxl = pytest.importorskip("openpyxl")
            book = openpyxl.Workbook()
            for row in [frame.columns, *frame.rows()]:
                book.active.append(row)
            book.save(path)
    source = {"frame": frame, "list": frame.to_dicts()}.get(kind, path)
    order = client.orders.enrich(source, features=["COMPANY_DATA"], title=kind).wait(timeout=60, progress=False)
    results = order.results()
    assert results.companies["source_id"].sort().to_list() == ["00123", "00124", "00125"]
    assert set(results.companies["name"]) == set(frame["Company"])


def test_bad_rows_are_listed_before_anything_is_sent(client):
    """Each row's field is named with its index; a table without a name column says which columns it has."""
    rows = [{"company_name": "A"}, {"company_name": "", "city": "x" * 256}]
    with pytest.raises(op.errors.ValidationError) as caught:
        client.orders.enrich(rows)
    assert [p.field for p in caught.value.fields] == ["companies[1].company_name", "companies[1].city"]
    with pytest.raises(op.errors.ValidationError, match="no such column among Turnover"):
        client.orders.enrich(pl.DataFrame({"Turnover": [1]}))
    with pytest.raises(op.errors.ValidationError, match="1 to 10,000"):
        client.orders.enrich([])
    with pytest.raises(op.errors.ConfigurationError, match=r"companies\.txt cannot be read"):
        client.orders.enrich("companies.txt")


def test_spending_is_added_up(sandbox, tmp_path, order):
    """spend() groups by order, ICP and month, with the cost of each contactable prospect."""
    icp = op.ICP(profile_name="s", ideal_customer_profile="hotels", seller_offering="y", target_countries=["DE"])
    with op.connect(sandbox=sandbox, home=tmp_path, poll_interval=0.02, price_per_briefing=2.0) as client:
        features = ["COMPANY_DATA", "CONTACTS", "EMAIL_DISCOVERY"]
        bought = client.orders.discover(icp, 10, features=features, budget=20).wait(timeout=60, progress=False)
        before = client.journal.spend()
        results = bought.results()
        after = client.journal.spend()
        compared = op.compare(results).orders.row(0, named=True)
        assert before.select("cost", "contactable").row(0) == (20.0, None)
        shared = ("cost", "contactable", "contactable_prospects", "cost_per_contactable", "shortfall")
        assert after.select(shared).row(0) == tuple(compared[name] for name in shared)
        assert (compared["cost"], compared["wanted"]) == (2.0 * results.companies.height, 10)
        assert client.journal.spend("icp")["icp_hash"].to_list() == [icp.hash]
        assert client.journal.spend("month")["briefings"].to_list() == [10]
        with pytest.raises(op.errors.ConfigurationError):
            client.journal.spend("week")


@pytest.mark.parametrize(
    ("status", "stated", "cost", "unknown"),
    [
        ("REJECTED", None, 0.0, 0),
        ("REJECTED", 100.0, 0.0, 0),
        ("FAILED", None, None, 1),
        ("CANCELLED", None, None, 1),
        ("CANCELLED", 40.0, 40.0, 0),
    ],
)
def test_what_brought_nothing_is_not_spent(connect, vendor, icp, status, stated, cost, unknown):
    """Of an order that ended badly your own price is not counted: a rejected one is free, others unknown."""
    client = connect(price_per_briefing=2.0)
    order = client.orders.discover(icp, 50)
    vendor.STATES = (*vendor.STATES[:3], status)
    if stated is not None:
        vendor.orders[order.order_id]["estimated_cost"] = {"total": stated, "currency": "EUR"}
    with pytest.raises(op.errors.OrderFailed):
        order.wait(timeout=10, progress=False)

    for by in ("order", "month"):
        assert client.journal.spend(by).select("briefings", "cost", "cost_unknown").rows() == [(50, cost, unknown)]


def test_an_order_of_several_purchases_is_paid_once(connect, vendor, icp):
    """Where the server answers with an order that is there, and is refused, spending counts that order alone."""
    client, vendor.company_count = connect(), 5
    order = client.orders.discover(icp, 5, name="a")
    vendor.orders[order.order_id]["estimated_cost"] = {"total": 10.0, "currency": "EUR"}
    vendor.new_order = lambda _: dict(vendor.orders[order.order_id])
    for name in ("b", "c"):
        with pytest.raises(op.errors.UnsafeToRetry, match="cannot be right"):
            client.orders.discover(icp, 5, name=name, again=True)
    order.wait(timeout=10, progress=False).results()

    spent = client.journal.spend().select("order_id", "orders", "briefings", "delivered", "cost")
    assert spent.rows() == [(order.order_id, 1, 5, 5, 10.0)]


@pytest.mark.parametrize("status", ["COMPLETED", "completed", "RECEIVED"])
def test_a_status_asked_for_holds_where_the_server_ignores_it(connect, vendor, icp, status):
    """Orders of another state are left out of a list by state, although the server sends them."""
    client = connect()
    for name in ("a", "b"):
        client.orders.discover(icp, 5, name=name, again=True)
    vendor.orders["order-1"]["status"] = "COMPLETED"
    vendor.move = lambda _: None

    assert client.orders.list(status=status)["status"].to_list() == [status.upper()]
    assert client.orders.list().height == 2


@pytest.mark.parametrize("fails_at", [1, 2])
def test_what_a_blacklist_took_before_a_request_failed_is_said(connect, vendor, fails_at):
    """Of a list of several requests the error names how many entries are on it already."""
    taken = []

    def take(request):
        if not request.path.endswith("/entries"):
            return None
        taken.append(len(request.json()["entries"]))
        return Reply(413, {"code": "TOO_LARGE"}) if len(taken) == fails_at else Reply(204, b"")

    vendor.disturb = take
    with pytest.raises(op.errors.OpenProspectError) as caught:
        connect().blacklists.add("b", [{"company_name": f"Invented {number}"} for number in range(10_050)])

    assert taken == [10_000, 50][:fails_at]
    assert ("first 10,000 of 10,050" in str(caught.value)) is (fails_at == 2)


def test_an_order_of_another_sandbox_is_called_that(order, tmp_path):
    """A sandbox in memory that was made anew does not know the order, and no organisation is to blame."""
    with op.Sandbox(step_seconds=0.05) as anew, op.connect(sandbox=anew, home=tmp_path) as client:
        with pytest.raises(op.errors.NotFoundError, match="of another sandbox") as refused:
            client.orders.get(order.order_id)
        why = client.results([order.order_id]).errors[order.order_id]

    assert "organisation" not in str(refused.value)
    assert "another sandbox" in why
