"""An erasure that lasts: whoever was forgotten is never again on disk, in a frame or in a file."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from support.servers import Reply, ScriptedServer
from support.vendor import Vendor

import openprospect_nb as op
from openprospect_nb.errors import AuthenticationError, NotFoundError, ValidationError
from openprospect_nb.frames.decisions import DecidedCompany, Decisions
from openprospect_nb.frames.schemas import PROSPECTS
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import Ledger

KEY = "lnc_test_" + "v" * 32
MAJA = "maja@müller.example"
SPELLINGS = {
    "as it is": MAJA,
    "case": "MAJA@MÜLLER.Example",
    "punycode": "maja@xn--mller-kva.example",
    "percent": "maja%40m%C3%BCller.example",
    "entity": "maja&#64;m&uuml;ller.example",
    "plus": "maja+news@müller.example",
    "zero-width": "ma\u200bja@mü\u00adller.example",
    "decomposed": unicodedata.normalize("NFD", MAJA),
    "JSON escape": r"maja\u0040m\u00fcller.example",
    "quoted-printable": "maja=40m=C3=BCller.example",
    "at": "maja at müller.example",
    "base64": base64.b64encode(MAJA.encode()).decode(),
}


class Registry(Vendor):
    """A vendor whose third company employs *person*, in orders and in deliveries, and who lists prospects too."""

    def __init__(self, **person):
        super().__init__()
        self.company_count = 8
        self.person = {
            "id": "p-maja",
            "company_id": "company-3",
            "first_name": "Maja",
            "last_name": "Lindqvist",
        } | person
        self.firm, self.at = {}, 3

    def answer(self, request):
        """Answer one request."""
        parts = request.path.removeprefix("/api/v1/").split("/")
        match (request.method, *parts):
            case ("GET", "deliveries", _, "companies"):
                return self.page_made(request, lambda number: self.company("d", number))
            case ("GET", "prospects"):
                return self.page(
                    request, "items", [self.person, {"id": "p-eva", "company_id": "company-3", "first_name": "Eva"}]
                )
            case ("GET", "companies", "company-3"):
                return Reply(200, self.company("d", 3))
            case ("GET", "prospects", "p-maja"):
                return Reply(200, self.person)
        return super().answer(request)

    def company(self, order, number):
        """Return one company; the third with its person beside another."""
        firm = {
            "id": f"company-{number}",
            "name": f"Invented {number}",
            "website_url": f"https://c{number}.example",
            "delivered_at": f"2026-05-06T09:00:{number:02}.000000Z",
            "prospects": [
                {
                    "id": f"p-{number}",
                    "company_id": f"company-{number}",
                    "first_name": "Eva",
                    "email": f"e@c{number}.example",
                }
            ],
        }
        if number != self.at:
            return firm
        return firm | self.firm | {"prospects": [*firm["prospects"], self.person]}


def client_of(server, home):
    """Return a client of *server* on *home*."""
    return op.connect(api_key=KEY, base_url=server.url, home=home, poll_interval=0.01)


def bought(client, **more):
    """Return a completed order of the sandbox vendor."""
    icp = op.ICP(
        profile_name="P", ideal_customer_profile="Machine builders", seller_offering="X", target_countries=["DE"]
    )
    return client.orders.discover(icp, 5, again=True, **more).wait(timeout=20, progress=False)


def texts_in(home: Path):
    """Yield what every file below *home* says: its bytes, and what is packed in Parquet."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                yield path, str(pl.read_parquet(path).to_dicts()).encode()


def left_of(home: Path, *words: str):
    """Return the files that still hold one of *words*, as text or in JSON's escapes."""
    bytes_of = [w.encode() for word in words for w in (word, json.dumps(word)[1:-1], repr(word)[1:-1])]
    return sorted(
        {str(path.relative_to(home)) for path, text in texts_in(home) if any(word in text for word in bytes_of)}
    )


def everywhere(home: Path, client, text: str):
    """Put *text* into every place of a home that keeps texts."""
    key = {"idempotency_key": f"key {text}"} if text.isascii() else {}
    order = bought(client, title=f"for {text}", name=f"{text} one", **key)
    bought(client, title=f"for {text}, again", name=f"{text} two")
    order.results()
    client.deliveries.sync("search-1")
    folder = next((home / "results").rglob("provenance.json")).parent
    for leftover in (f".{folder.name}.new-abc", f".{folder.name}.previous"):
        shutil.copytree(folder, folder.with_name(leftover))
    pages = home / "pages" / "account" / "order"
    pages.mkdir(parents=True)
    page = json.dumps({"items": [{"id": "c", "name": "N", "description": text, "prospects": []}]})
    (pages / "00000000.json").write_text(page)
    (pages / "tmp1.part").write_text(page[:-9])
    (home / "icps").mkdir()
    (home / "icps" / "x.json").write_text(json.dumps({"profile_name": "P", "seller_offering": f"Not {text}"}))
    (home / "journal.sqlite.damaged-1").write_bytes(b"\x00junk" + text.encode() + b"more\x00")
    notes = Decisions(home)
    notes.decide(
        DecidedCompany(source="sandbox", company_id="c", name="N"),
        "accepted",
        f"ask {text}",
        datetime(2026, 11, 28, tzinfo=UTC),
    )
    notes.close()


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_no_byte_of_a_person_is_left_in_any_place_in_any_spelling(tmp_path, spelling):
    """Journal, witness, results, sync, pages, notes, profiles, leftovers, damaged files: all are 0, all else stays."""
    home = tmp_path / "home"
    vendor = Registry(email=spelling, qualification_reason=f"write to {spelling}")
    vendor.firm = {
        "description": f"Contact: {spelling}.",
        "match_reasons": ["good", f"knows {spelling}"],
        "social_media_links": [{"platform": spelling, "url": "https://x.example"}],
        "legal_registration_info": {"officer": spelling, "court": "Berlin"},
        "new_field": [spelling],
    }
    with ScriptedServer(vendor) as server, client_of(server, home) as client:
        everywhere(home, client, spelling)
        tried = client.journal.forget(MAJA, dry_run=True)
        assert len(left_of(home, spelling)) >= 10
        done = client.journal.forget(MAJA)

        assert tried.equals(done)
        assert done["left"].null_count() == done.height
        assert set(done.filter(pl.col("erased") > 0)["place"]) == {
            "journal", "results", "sync", "pages", "decisions", "profiles", "leftovers", "damaged files",
        }  # fmt: skip
        assert client.journal.forget(MAJA)["erased"].sum() == 0
        assert client.journal.frame()["order_id"].drop_nulls().len() == 2
    assert left_of(home, spelling, "Lindqvist", "p-maja") == []
    assert not any("maja" in path.name for path in home.rglob("*"))


def test_whoever_was_forgotten_does_not_come_back(tmp_path, caplog):
    """Refresh, a next order, sync, lists, single records and old folders leave them out, count it and say it."""
    home, old = tmp_path / "home", tmp_path / "old"
    vendor = Registry(email=MAJA)
    with ScriptedServer(vendor) as server, client_of(server, home) as client:
        order = bought(client)
        before = order.results()
        before.write(old)
        client.journal.forget(MAJA)
        caplog.clear()
        again = order.results(refresh=True)
        other = client.results([order, bought(client)])

        assert again.provenance["held_back"] == {"persons": 1, "companies": 0, "texts": 0}
        assert "1 forgotten person was delivered again and left out" in repr(again)
        assert "1 forgotten person was delivered again and left out" in again._repr_html_()
        assert caplog.text.count("1 forgotten person was delivered again and left out.") == 2
        for results in (again, other, client.deliveries.sync("s"), client.deliveries.read("s"), op.Results.read(old)):
            assert "p-maja" not in results.prospects["id"]
            assert results.companies["id"].n_unique() == 8
        assert client.prospects.list()["id"].to_list() == ["p-eva"]
        with pytest.raises(NotFoundError, match="forgotten here"):
            client.prospects.get("p-maja")
        vendor.person |= {"email": "new@müller.example"}
        assert "p-maja" not in order.results(refresh=True).prospects["id"]
        vendor.person |= {"id": "p-other", "email": MAJA}
        assert "p-other" not in order.results(refresh=True).prospects["id"]
        vendor.person |= {"id": "p-third", "email": "m.l@müller.example"}
        assert "p-third" not in order.results(refresh=True).prospects["id"]
        vendor.person |= {"id": "p-namesake", "first_name": "Karin"}
        assert "p-namesake" in order.results(refresh=True).prospects["id"]
        assert before.prospects.height == 9


def test_what_the_server_says_of_orders_and_companies_names_nobody_forgotten(tmp_path):
    """The title of an order in lists and handles, and prospects inside a company, whatever address they have now."""
    vendor = Registry(email=MAJA)
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        order.results()
        vendor.orders[order.order_id] |= {"title": f"for {MAJA}", "admin_notes": f"ask {MAJA}"}
        before = client.orders.get(order.order_id)
        assert MAJA in repr(before)
        client.journal.forget(MAJA)
        vendor.person |= {"email": "m.l@müller.example"}
        handle = client.orders.get(order.order_id)
        for text in (handle.state, before.state, repr(handle), handle._repr_html_(), client.orders.list().to_dicts()):
            assert "maja" not in str(text).lower()
            assert "[forgotten]" in str(text)
        company = client.companies.get("company-3")
        assert [person["id"] for person in company["prospects"]] == ["p-3"]
        assert handle.results(refresh=True).companies.height == 8


def test_notes_and_reasons_that_name_them_by_name_alone_are_blanked(tmp_path):
    """What the user wrote about any company, and why somebody else's mail bounced, names them no more."""
    home = tmp_path / "home"
    export = pl.DataFrame(
        {"Email": ["e@c1.example", "e@c2.example"], "Bounced": ["yes", "no"], "Reason": ["Maja Lindqvist left", "full"]}
    )
    with ScriptedServer(Registry(email=MAJA)) as server, client_of(server, home) as client:
        bought(client).results()
        op.outcomes(export.rename({"Reason": "Bounce reason"}), home=home)
        notes = Decisions(home)
        for number, note in ((3, "call Lindqvist, Maja"), (1, "knows Maja Lindqvist"), (2, "call Maja")):
            about = DecidedCompany(source="live", company_id=f"company-{number}", name=f"Invented {number}")
            notes.decide(about, "accepted", note, datetime(2026, 11, 28, tzinfo=UTC))
        erased = dict(client.journal.forget(MAJA).select("place", "erased").iter_rows())
        left = notes.frame().sort("company_id")["note"].to_list()
        notes.close()

    assert (erased["decisions"], erased["outcomes"]) == (2, 1)
    assert left == ["[forgotten]", "call Maja", "[forgotten]"]
    assert op.outcomes(home=home).frame.sort("email")["reason"].to_list()[0] == "[forgotten]"
    assert left_of(home, "Lindqvist") == []


def test_a_company_goes_with_its_people_and_stays_away(tmp_path):
    """By domain or by id; a longer domain is another company."""
    vendor = Registry(email="maja@c3.example")
    for who in ("https://www.C3.example/about", "company-3"):
        home = tmp_path / who[-5:]
        with ScriptedServer(vendor) as server, client_of(server, home) as client:
            order = bought(client)
            order.results()
            client.journal.forget(who)
            for results in (order.results(), order.results(refresh=True), client.deliveries.sync("s")):
                assert results.companies["id"].to_list() == [f"company-{n}" for n in range(8) if n != 3]
                assert {"p-maja", "p-3"}.isdisjoint(results.prospects["id"])
        assert left_of(home, "c3.example", "company-3", "p-maja") == []


@pytest.mark.parametrize(
    ("who", "noted"),
    [
        ("Aase Dahl", Form(Kind.NAME, "aase dahl")),
        ("山田 太郎", Form(Kind.NAME, "太郎 山田")),
        ("Ødegaard", Form(Kind.ID, canonical.identity("Ødegaard"))),
    ],
)
def test_what_an_earlier_version_noted_is_taken_back_by_the_same_words(tmp_path, who, noted):
    """Names were folded less, and one word was an id."""
    with op.connect(home=tmp_path / "home") as client:
        Ledger(client.settings.home).add(noted, [], datetime(2026, 11, 1, tzinfo=UTC))

        assert "1 call(s)" in client.journal.forget(who, undo=True)["left"][0]
        assert client.journal.forgotten().is_empty()


def test_undo_lets_them_in_again(tmp_path):
    """A mistake is taken back by any form of the one who was forgotten; the data has to be fetched again."""
    with ScriptedServer(Registry(email=MAJA)) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        order.results()
        client.journal.forget(MAJA)
        assert client.journal.forgotten()["kind"].to_list() == ["address"]
        assert client.journal.forgotten("maja@other.example").is_empty()
        assert "1 call(s)" in client.journal.forget(MAJA, undo=True)["left"][0]
        assert client.journal.forgotten().is_empty()
        assert "p-maja" not in order.results().prospects["id"]
        assert "p-maja" in order.results(refresh=True).prospects["id"]
        with pytest.raises(ValidationError, match="nothing was undone"):
            client.journal.forget(MAJA, undo=True)


def test_a_name_erases_one_person_or_says_why_not(tmp_path):
    """Exactly one bearer is erased, in any order of the words; of nobody and of several it is said."""
    vendor = Registry(email=MAJA)
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        order.results()
        with pytest.raises(ValidationError, match="nobody on this machine"):
            client.journal.forget("Greta Nilsson")
        assert client.journal.forget("LINDQVIST, Maja")["erased"].sum() == 1
        assert client.journal.forgotten()["kind"].to_list() == ["name"]
        assert "p-maja" not in order.results(refresh=True).prospects["id"]
        vendor.person |= {"id": "p-2", "first_name": "Karin", "last_name": "Berg", "email": "k@a.example"}
        order.results(refresh=True)
        vendor.at, vendor.person = 6, vendor.person | {"id": "p-5", "company_id": "company-6", "email": "k@b.example"}
        bought(client).results()
        with pytest.raises(ValidationError, match=r"name of 2 persons.*p-2, p-5"):
            client.journal.forget("Karin Berg")


def test_a_name_in_signs_erases_its_person(tmp_path, caplog):
    """山田太郎 is a name of 太郎, 山田, in texts too; one of nobody is refused, and a word taken for an id is said."""
    vendor = Registry(email=MAJA, first_name="太郎", last_name="山田")
    vendor.firm = {"description": "代表取締役の山田太郎が1971年に創業。"}
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        order.results()
        for nobody in ("王小明", "太郎", "Øyvind"):
            with pytest.raises(ValidationError, match="nobody on this machine"):
                client.journal.forget(nobody)
        client.journal.forget("OyvindBerg")
        assert "taken for an id" in caplog.text
        client.journal.forget("山田太郎")
        assert not left_of(tmp_path, "山田", "太郎")
        left = order.results(refresh=True)
        assert "p-maja" not in left.prospects["id"]
        assert "[forgotten]" in left.companies["description"]


def test_what_cannot_be_erased_is_said_and_the_rest_is_erased(tmp_path):
    """A results folder that cannot be read stops nothing, and is named."""
    with ScriptedServer(Registry(email=MAJA)) as server, client_of(server, tmp_path) as client:
        good, bad = bought(client), bought(client)
        folders = {order.order_id: order.results() for order in (good, bad)}
        assert len(folders) == 2
        damaged = next(path for path in (tmp_path / "results").rglob(bad.order_id))
        (damaged / "prospects.parquet").write_bytes(b"no parquet")
        done = client.journal.forget(MAJA)

        assert done.filter(pl.col("left").is_not_null())["place"].to_list() == ["results"]
        assert str(damaged) in done.filter(pl.col("place") == "results")["left"][0]
        assert "p-maja" not in good.results().prospects["id"]
        bad.results(refresh=True)
        assert client.journal.forget(MAJA)["left"].null_count() == done.height
    assert left_of(tmp_path, MAJA, "Lindqvist") == []


def test_an_erasure_survives_a_lost_journal_and_reaches_other_accounts(tmp_path):
    """The ledger is a file of its own, for every server and key of the home."""
    with ScriptedServer(Registry(email=MAJA)) as server:
        with client_of(server, tmp_path) as client:
            bought(client).results()
        with op.connect(api_key=KEY[:-1] + "w", base_url=server.url, home=tmp_path, poll_interval=0.01) as other:
            other.journal.forget(MAJA)
        assert left_of(tmp_path, MAJA, "Lindqvist") == []
        for path in [*tmp_path.glob("journal*"), *tmp_path.glob("witness*")]:
            path.unlink()
        with client_of(server, tmp_path) as client:
            assert "p-maja" not in bought(client).results().prospects["id"]
            assert client.journal.forgotten().height == 1


@pytest.mark.parametrize("lost", ["ledger.jsonl", ""])
def test_a_lost_ledger_is_said(tmp_path, caplog, lost):
    """Results that passed a ledger tell that it is gone, be its key there or not; a home without one is silent."""
    with ScriptedServer(Registry(email=MAJA)) as server:
        with client_of(server, tmp_path) as client:
            order = bought(client).order_id
            client.results([order])
            assert "ledger" not in caplog.text
            client.journal.forget(MAJA)
        path = tmp_path / "privacy" / lost
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        with client_of(server, tmp_path) as client:
            client.results([order])
        assert "ledger.jsonl is gone: nobody who was forgotten is held back any more" in caplog.text


def test_pages_with_someone_forgotten_are_not_kept(tmp_path):
    """A fetch that is cut off keeps its other pages alone; it goes on at the missing ones."""
    vendor = Registry(email=MAJA)
    vendor.company_count = 1_900
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        client.journal.forget(MAJA)
        order = bought(client)
        vendor.disturb = lambda request: Reply(401, {}) if ("offset", "1800") in request.query else None
        with pytest.raises(AuthenticationError):
            order.results()
        kept = sorted(path.name for path in (tmp_path / "pages").rglob("*.json"))
        assert "00000100.json" in kept
        assert "00000000.json" not in kept
        vendor.disturb = lambda _: None
        assert order.results().companies.height == 1_900
    assert left_of(tmp_path, MAJA, "Lindqvist") == []


class World:
    """A client on a home after a forget, and what can happen next; each step returns the results it brought."""

    def __init__(self, vendor, server, folder, chance):
        self.vendor, self.server, self.folder, self.chance = vendor, server, folder, chance
        self.home = folder / "home"
        self.client = client_of(server, self.home)
        self.order = bought(self.client)
        self.memory = self.order.results()
        self.memory.write(folder / "old")
        self.client.journal.forget(MAJA)

    def refresh(self):
        """Fetch the order again."""
        return [self.order.results(refresh=True)]

    def read(self):
        """Read it from disk, and an old folder that was written elsewhere."""
        return [self.order.results(), op.Results.read(self.folder / "old")]

    def sync(self):
        """Pull deliveries."""
        return [self.client.deliveries.sync("s"), self.client.deliveries.read("s")]

    def buy(self):
        """Buy once more, and fetch several orders in one."""
        self.order = bought(self.client)
        return [self.client.results([self.order.order_id, "order-1"])]

    def look(self):
        """List prospects."""
        assert "p-maja" not in self.client.prospects.list()["id"]
        return []

    def restart(self):
        """Begin anew in another kernel."""
        self.client.close()
        self.client = client_of(self.server, self.home)
        self.order = self.client.orders.get(self.order.order_id)
        return []

    def lose(self):
        """Lose the journal and its witness."""
        self.client.close()
        for path in [*self.home.glob("journal*"), *self.home.glob("witness*")]:
            path.unlink()
        return self.restart()

    def rename(self):
        """Let the vendor write the person in another way."""
        self.vendor.person |= {
            "email": self.chance.choice(list(SPELLINGS.values())),
            "first_name": self.chance.choice(["MAJA", "Maja", "Lindqvist"]),
        }
        return []

    def export(self, results):
        """Export results or their frame, of before the forget too; return what the file says."""
        kept = self.chance.choice([results, self.memory])
        file = self.folder / "out.csv"
        op.export(self.chance.choice([kept, kept.prospects]), file)
        return file.read_bytes()


STEPS = ("refresh", "read", "sync", "buy", "look", "restart", "lose", "rename")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_after_a_forget_they_are_nowhere(tmp_path, seed):
    """Refreshes, orders, syncs, exports, restarts and losses in any order and spelling bring nobody back."""
    chance = random.Random(seed)
    vendor = Registry(email=MAJA)
    with ScriptedServer(vendor) as server:
        world = World(vendor, server, tmp_path, chance)
        for step in chance.choices(STEPS, k=14):
            for results in getattr(world, step)():
                assert "p-maja" not in results.prospects["id"], step
                assert b"p-maja" not in world.export(results), step
            assert left_of(world.home, "Lindqvist", "p-maja", *SPELLINGS.values()) == [], step
        world.client.close()


def test_a_frame_of_prospects_is_typed_as_before(tmp_path):
    """Nothing that passes the ledger changes its schema."""
    with ScriptedServer(Registry(email=MAJA)) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        client.journal.forget(MAJA)
        assert order.results().prospects.schema == PROSPECTS


def test_frames_loaded_before_are_not_written_again(tmp_path):
    """Results that were read before somebody was forgotten lose them on their way to any folder."""
    home, away = tmp_path / "home", tmp_path / "away"
    with ScriptedServer(Registry(email=MAJA)) as server, client_of(server, home) as client:
        before = bought(client).results()
        before.write(away / "old")
        loaded = op.Results.read(away / "old")
        client.journal.forget(MAJA)
        shutil.rmtree(away)
        for number, results in enumerate((before, loaded)):
            results.write(away / f"copy{number}")
            results.write(home / f"copy{number}")
    assert left_of(tmp_path, MAJA, "Lindqvist", "p-maja") == []
    assert op.Results.read(away / "copy0").prospects.height == 8


@pytest.mark.parametrize("who", ["c3.example", "Strauß Kälte GmbH", "company-3"])
def test_a_forgotten_company_is_not_bought_by_its_name(tmp_path, who):
    """However it was asked for: a list without its site is refused, a preview says so, another site brings it not."""
    vendor = Registry(email=MAJA)
    vendor.firm = {"name": "Strauß Kälte GmbH", "city": "Graz"}
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        order = bought(client)
        order.results()
        client.journal.forget(who)
        for firm in ({"city": "8010 Graz"}, {}, {"city": "Graz", "website_url": "https://strauss.example"}):
            firms = [{"company_name": "Other", "city": "Graz"}, {"company_name": "STRAUSS KAELTE GmbH", **firm}]
            assert client.orders.preview(firms).forgotten == ("STRAUSS KAELTE GmbH",)
            assert "Forgotten here" in str(client.orders.preview(firms))
            with pytest.raises(ValidationError, match=r"companies\[1\].*forgotten here"):
                client.orders.enrich(firms)
        assert len(vendor.orders) == 1
        for firm in ({"city": "Wien"}, {"website_url": "https://strauss.example"}):
            assert client.orders.preview([{"company_name": "Strauß Kälte GmbH", **firm}]).forgotten == ()
        vendor.firm |= {"id": "company-77", "website_url": "https://strauss.example"}
        assert "Strauß Kälte GmbH" not in order.results(refresh=True).companies["name"]
        assert order.results().provenance["held_back"]["companies"] == 1
        client.journal.forget(who, undo=True)
        assert client.orders.preview(firms).forgotten == ()


def test_who_was_forgotten_is_not_bought(tmp_path):
    """A list with a forgotten company, or with somebody's address, is refused by row; a purchase of before is given."""
    firms = [{"company_name": f"Invented {n}", "website_url": f"https://www.c{n}.example/x"} for n in range(5)]
    vendor = Registry(email=MAJA)
    with ScriptedServer(vendor) as server, client_of(server, tmp_path) as client:
        before = client.orders.enrich(firms, name="spring")
        client.journal.forget("c3.example")
        client.journal.forget(MAJA)
        assert client.orders.enrich(firms, name="spring").order_id == before.order_id
        with pytest.raises(ValidationError, match=r"companies\[3\].*forgotten here") as refused:
            client.orders.enrich(firms, name="summer", again=True)
        assert [problem.field for problem in refused.value.fields] == ["companies[3]"]
        with pytest.raises(ValidationError, match=r"companies\[0\]"):
            client.orders.enrich([{"company_name": "Other", "external_id": "maja%40müller.example"}])
        assert len(vendor.orders) == 1
        assert client.orders.enrich([*firms[:3], firms[4]], name="summer").order_id != before.order_id
        client.journal.forget("c3.example", undo=True)
        assert client.orders.enrich(firms, name="autumn", again=True).order_id


def test_what_the_sandbox_keeps_is_said(tmp_path):
    """The embedded sandbox is a server of its own: whoever it invented, too, is in its file, and forget says so."""
    with op.connect(home=tmp_path) as client:
        person = bought(client).results().prospects["id"][0]
        done = client.journal.forget(person).rows_by_key("place", unique=True)
        assert "delete sandbox.sqlite" in done["sandbox"][1]
        assert client.journal.forget("nobody@nowhere.example")["left"].null_count() == len(done)


FETCH_AND_FORGET = """
import sys
import openprospect_nb as op

url, home, order, key, *mine = sys.argv[1:]
with op.connect(api_key=key, base_url=url, home=home, poll_interval=0.01) as client:
    gone = set()
    for person in mine:
        client.orders.get(order).results(refresh=True)
        client.deliveries.sync("s")
        client.journal.forget(person)
        gone.add(person)
        for results in (client.results([order]), client.orders.get(order).results(refresh=True)):
            assert gone.isdisjoint(results.prospects["email"]), (gone, results.prospects["email"])
        assert gone.isdisjoint(client.deliveries.read("s").prospects["email"])
"""


class Restless(Registry):
    """A vendor whose companies change with every answer, so that every fetch and sync writes."""

    answers = 0

    def company(self, order, number):
        """Return one company with another description each time."""
        self.answers += 1
        return super().company(order, number) | {"description": f"seen {self.answers} times"}


def test_processes_that_fetch_and_forget_at_once_bring_nobody_back(tmp_path):
    """Three on one home refresh, sync and forget, each others of its own; in the end no byte of any is left."""
    with ScriptedServer(Restless(email=MAJA)) as server:
        with client_of(server, tmp_path) as client:
            order = bought(client).order_id
        people = [f"e@c{number}.example" for number in range(8)] + [MAJA]
        command = [sys.executable, "-W", "ignore", "-c", FETCH_AND_FORGET, server.url, str(tmp_path), order, KEY]
        running = [
            subprocess.Popen([*command, *people[start::3]], stderr=subprocess.PIPE, text=True) for start in range(3)
        ]
        errors = [process.communicate(timeout=200)[1] for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], errors
        with client_of(server, tmp_path) as client:
            assert client.journal.forgotten().height == 9
            assert client.results([order]).prospects.is_empty()
            assert client.deliveries.read("s").prospects.is_empty()
    assert left_of(tmp_path, *people, "Lindqvist") == []
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".") or path.suffix == ".part"]
