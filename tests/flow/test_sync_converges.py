"""A sync against servers whose lists lie: it ends with every company, or says that some may be missing."""

import asyncio
import json
import random
import tempfile
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from support.clocks import TestClock
from support.examples import examples
from support.paged import KEY, START, PagedServer, company, stamp

from openprospect_nb.api.deliveries import whole_every
from openprospect_nb.client.aio import AsyncClient, Machine
from openprospect_nb.errors import OpenProspectError

SCHEDULES = examples(300)
NOW = START + timedelta(days=20)
LIES = ("cut", "empty", "moved", "deaf", "junk", "error", "short")


@pytest.fixture
def home():
    """Give a home in memory where there is such a disk: the schedules write thousands of small files."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own below it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def client_of(server, home, clock):
    """Return a client of *server* on a clock of its own."""
    transport = httpx.MockTransport(server)
    return AsyncClient(
        api_key=KEY, base_url="http://127.0.0.1:9", home=home, transport=transport, machine=Machine(clock=clock)
    )


class World:
    """One seed: what the vendor delivers over time, and how its lists lie meanwhile."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.lies = self.chance.sample(LIES, self.chance.randint(0, 3))
        self.rate = self.chance.choice((0.1, 0.4, 0.9))
        self.cap = self.chance.choice((40, 77, 100))
        self.quiet = False
        self.number = self.chance.choice((0, 0, 5, 5, 150))
        self.server = PagedServer([company(n, START + timedelta(hours=n)) for n in range(self.number)], self.lie)
        self.removed = False
        self.story = []

    def deliver(self, now):
        """Deliver, change and remove companies as vendors do: mostly in order, sometimes late or under an odd time."""
        for _ in range(self.chance.randint(0, 8)):
            self.number += 1
            late = self.chance.choice((0, 0, 0, 6, 7200, 86400 * 3))
            time = now - timedelta(seconds=late)
            row = company(self.number, time)
            odd = self.chance.random()
            if odd < 0.03:
                row["delivered_at"] = stamp(START.replace(year=2099))
            elif odd < 0.05:
                row["delivered_at"] = None
            elif odd < 0.2 and self.server.rows:
                row["delivered_at"] = self.server.rows[-1]["delivered_at"]
            self.server.rows.append(row)
        if self.server.rows and self.chance.random() < 0.3:
            changed = self.chance.choice(self.server.rows)
            changed["name"] += "*"
        if self.server.rows and self.chance.random() < 0.15:
            self.remove()

    def remove(self):
        """Take one company away, as a vendor that was asked to delete it does."""
        self.removed = True
        self.server.rows.remove(self.chance.choice(self.server.rows))

    def lie(self, page, offset, limit, server):
        """Cap the page, and lie about it if this world does and is not quiet."""
        page["items"] = page["items"][: self.cap]
        page["limit"] = min(limit, self.cap)
        page["has_more"] = offset + len(page["items"]) < page["total"]
        if self.quiet or not self.lies or self.chance.random() > self.rate:
            return page
        lie = self.chance.choice(self.lies)
        self.story.append(f"{lie}@{offset}")
        if lie == "error":
            return self.chance.choice((500, 404, 403))
        if lie == "moved" and server.rows:
            self.remove()
        changes = {
            "cut": {"total": offset + len(page["items"]), "has_more": False},
            "empty": {"items": []},
            "deaf": {"items": server.rows[: self.cap]},
            "short": {"items": page["items"][:-1]},
            "junk": {"items": [*page["items"], None, 7]},
        }
        return {**page, **changes.get(lie, {})}


async def synced(client, search):
    """Sync once; an error of the package's own is what a user would see, and tries again later."""
    try:
        return await client.deliveries.sync(search)
    except OpenProspectError:
        return None


def wanted(rows):
    """Return what the server has: each company with its name, by id."""
    return {row["id"]: row["name"] for row in rows}


async def run(world, clients, clock, search):
    """Play one schedule: deliveries and syncs by turns, then two quiet syncs, and one when a whole pull is due."""
    for _ in range(world.chance.randint(1, 4)):
        world.deliver(clock.now())
        both = clients if world.chance.random() < 0.2 else [world.chance.choice(clients)]
        await asyncio.gather(*(synced(client, search) for client in both))
        await clock.sleep(world.chance.choice((1, 60, 3600, 86400)))
    world.quiet = True
    for _ in range(2):
        await synced(clients[0], search)
    stored = await clients[0].deliveries.read(search)
    names = set(stored.companies["id"])
    lost = [name for name in wanted(world.server.rows) if name not in names]
    # A late company and a removed one leave the count as it was: only the next whole pull can tell.
    assert not lost or world.removed or search in stored.incomplete, (lost, world.story)
    await clock.sleep(whole_every(len(world.server.rows)).total_seconds() + 3600)
    await synced(clients[0], search)
    stored = await clients[0].deliveries.read(search)
    have = dict(stored.companies.select("id", "name").iter_rows())
    assert {name: have.get(name) for name in wanted(world.server.rows)} == wanted(world.server.rows), world.story
    assert set(stored.prospects["company_id"]) == set(have)
    assert dict(stored.incomplete) == {}, (world.story, stored.incomplete)


async def play(seeds, home):
    """Play schedules one after the other; their vendor is what the two clients' transport leads to at the time."""
    clock = TestClock(start=NOW)
    current = {}

    def answer(request):
        """Answer with the vendor of the schedule that is played."""
        return current["world"].server(request)

    clients = [client_of(answer, home, clock) for _ in range(2)]
    for seed in seeds:
        current["world"] = World(seed)
        try:
            await run(current["world"], clients, clock, f"search-{seed}")
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    for client in clients:
        await client.aclose()


@pytest.mark.slow
def test_every_schedule_converges(home):
    """After quiet syncs every company that the server has is in the store, as it has it; or the store says not."""
    asyncio.run(play(range(SCHEDULES), home))


def answered(rows, lie, home, syncs=2):
    """Sync some times against a lie and return the last sync's results, what is stored, and the client's requests."""
    server = PagedServer(rows, lie)

    async def go():
        client = client_of(server, home, TestClock(start=NOW))
        for _ in range(syncs):
            new = await client.deliveries.sync("s")
        stored = await client.deliveries.read("s")
        await client.aclose()
        return new, stored

    return (*asyncio.run(go()), server)


def test_a_list_cut_once_is_whole_after_the_next_sync(home):
    """The list that ended at 60 of 250 is asked for again, and then all 250 are there."""
    calls = []

    def cut(page, offset, limit, server):
        calls.append(offset)
        return {**page, "items": page["items"][:60], "has_more": False, "total": 60} if len(calls) == 1 else None

    new, stored, _ = answered([company(number) for number in range(250)], cut, home)

    assert stored.companies.height == 250
    assert dict(stored.incomplete) == {}
    assert new.companies.height in {0, 190}


@pytest.mark.parametrize("file", ["companies.parquet", "prospects.parquet", "rejects.parquet", "provenance.json"])
def test_a_damaged_store_is_filled_again(home, file):
    """Everything is pulled again, and companies that can be read and are listed no more stay."""
    rows = [company(number) for number in range(30)]
    answered(rows, lambda *_: None, home, syncs=1)
    next((home / "deliveries").rglob(file)).write_bytes(b"PAR1 torn")
    _, stored, _ = answered(rows[1:], lambda *_: None, home, syncs=1)

    kept = 29 if file == "companies.parquet" else 30
    assert stored.companies.height == kept
    assert dict(stored.incomplete) == {}
    assert answered(rows[1:], lambda *_: None, home, syncs=1)[0].companies.height == 0


def test_a_list_that_stays_cut_is_said_to_be_in_doubt(home):
    """A server that never gives its second page leaves a doubt that names how many were read."""

    def empty(page, offset, limit, server):
        return {**page, "items": []} if offset else None

    new, stored, _ = answered([company(number) for number in range(150)], empty, home)

    assert stored.companies.height == 100
    assert "100 were read, of 150" in stored.incomplete["s"]
    assert "100 were read, of 150" in new.incomplete["s"]


def test_a_delivery_time_in_the_future_does_not_hide_what_comes_later(home):
    """One company of the year 2099 moves no cursor: later companies still come."""
    rows = [company(1), {**company(2), "delivered_at": "2099-01-01T00:00:00.000000Z"}]
    server = PagedServer(rows)

    async def go():
        client = client_of(server, home, TestClock(start=NOW))
        await client.deliveries.sync("s")
        server.rows += [company(number) for number in range(3, 51)]
        new = await client.deliveries.sync("s")
        again = await client.deliveries.sync("s")
        await client.aclose()
        return new, again

    new, again = asyncio.run(go())

    assert new.companies.height == 48
    assert again.companies.height == 0


def test_a_change_under_an_equal_time_is_taken(home):
    """A company, or a person in it, that changes under the same delivery time comes as changed."""
    server = PagedServer([company(1), company(2)])

    async def go():
        client = client_of(server, home, TestClock(start=NOW))
        await client.deliveries.sync("s")
        server.rows[1] = json.loads(json.dumps(server.rows[1]).replace("Ada", "Eve"))
        new = await client.deliveries.sync("s")
        await client.aclose()
        return new

    new = asyncio.run(go())

    assert new.companies["id"].to_list() == ["c2"]
    assert new.prospects["first_name"].to_list() == ["Eve"]


def test_a_quiet_sync_costs_two_requests(home):
    """When nothing is new, a sync asks for what is new and for the count."""
    rows = [company(number, START + timedelta(hours=number)) for number in range(250)]
    first = len(answered(rows, lambda *_: None, home, syncs=1)[2].requests)
    _, _, server = answered(rows, lambda *_: None, home, syncs=1)

    assert first == 4
    assert len(server.requests) == 2
