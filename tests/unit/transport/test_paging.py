"""The walk over a list: what is fetched, when it stops, and what it says of servers that contradict themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from openprospect_nb.transport.paging import PageFacts, PagePart, follows, visit_pages

ROWS = 230


@dataclass
class Server:
    """Serves *rows* numbers in pages; how it departs from the contract is set by its fields.

    Attributes:
        cap: the largest page it gives. states: which of total, has_more and limit it sends.
        total: the total it states, if not the true one. forever: has_more is always true.
        deaf: always the first page. endless: every page is full of new rows.
        hidden: every so manieth row is left out after the page was counted. hole: offset of a page that comes empty.
    """

    rows: int = ROWS
    cap: int = 100
    states: tuple[str, ...] = ("total", "has_more")
    total: int | None = None
    forever: bool = False
    deaf: bool = False
    endless: bool = False
    hidden: int = 0
    hole: int = -1
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def fetch(self, offset, limit):
        """Answer one page."""
        self.asked.append((offset, limit))
        await asyncio.sleep(0)
        start, size = (0, min(100, self.cap)) if self.deaf else (offset, min(limit, self.cap))
        count = size if self.endless else max(0, min(self.rows - start, size))
        numbers = range(start, start + (0 if offset == self.hole else count))
        rows = [n for n in numbers if not self.hidden or n % self.hidden]
        said = {
            "total": self.rows if self.total is None else self.total,
            "has_more": self.forever or start + count < self.rows,
            "limit": size,
        }
        facts = PageFacts(
            offset=offset,
            count=len(rows),
            keys=frozenset(str(n).encode() for n in rows),
            **{name: said[name] for name in self.states},
        )
        return facts, b" ".join(str(n).encode() for n in rows)


def walk(server, **more):
    """Walk over a server's list; return the walk, and the rows of all visited pages, with repetitions."""
    pages = []
    walked = asyncio.run(visit_pages(server.fetch, pages.append, **more))
    return walked, [int(row) for _, body in pages for row in body.split()]


STATED = [(), ("total",), ("has_more",), ("limit",), ("total", "has_more"), ("total", "has_more", "limit")]


@pytest.mark.parametrize("states", STATED, ids="+".join)
@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 200, 230])
@pytest.mark.parametrize("cap", [7, 50, 100, 1000])
def test_every_row_comes_once_whatever_is_stated(states, rows, cap):
    """Any page cap and any choice of counters give all rows once and no complaint."""
    server = Server(rows=rows, cap=cap, states=states)
    walked, got = walk(server)
    assert sorted(got) == list(range(rows))
    assert (walked.records, walked.trouble) == (rows, "")
    assert len({offset for offset, _ in server.asked}) == len(server.asked)


def test_a_stated_end_costs_no_request():
    """With total and has_more a list of n pages costs n requests, fetched several at a time after the first."""
    server = Server(rows=1_000)
    walk(server)
    assert sorted(server.asked) == [(offset, 100) for offset in range(0, 1_000, 100)]


@pytest.mark.parametrize("states", STATED[:4], ids="+".join)
def test_a_list_without_end_marks_costs_one_request_more(states):
    """Where nothing says that a short page is the last, one more is asked for; a stated page size says it."""
    server = Server(rows=230, states=states)
    walk(server)
    assert len(server.asked) == (4 if states == () else 3)


@pytest.mark.parametrize("states", STATED, ids="+".join)
def test_a_server_that_ignores_offset_ends_the_walk(states):
    """The same page again brings no new row: the walk ends, keeps the rows once, and says so."""
    server = Server(deaf=True, forever=True, states=states)
    walked, got = walk(server)
    assert len(server.asked) <= (1 + 8 if "total" in states else 2)
    assert sorted(got) == list(range(100))
    assert "same records again" in walked.trouble
    assert "100 were read" in walked.trouble


def test_a_whole_list_in_one_page_is_no_trouble():
    """A server that pages nothing, and gives everything whatever is asked, is complete."""
    walked, got = walk(Server(rows=30, deaf=True, states=()))
    assert (len(got), walked.trouble) == (30, "")


@pytest.mark.parametrize("total", [10_000, 10**12])
@pytest.mark.parametrize("states", [("total",), ("total", "has_more")], ids="+".join)
def test_a_total_that_is_too_large_ends_at_the_first_empty_page(total, states):
    """Rows that do not come end the walk after one round of requests, and what is missing is said."""
    server = Server(total=total, states=states)
    walked, got = walk(server)
    assert sorted(got) == list(range(ROWS))
    assert len(server.asked) <= 3 + 8
    assert walked.trouble == (
        f"the list ended before the total that the server states; 230 were read, of {total:,} that the server states"
    )


@pytest.mark.parametrize("total", [0, 1, 99, 100, 229])
@pytest.mark.parametrize("states", [("total",), ("total", "has_more")], ids="+".join)
def test_a_total_that_is_too_small_hides_no_row(total, states):
    """Rows beyond the stated total are rows."""
    walked, got = walk(Server(total=total, states=states))
    assert (sorted(got), walked.trouble) == (list(range(ROWS)), "")


def test_a_row_taken_out_between_two_pages_is_told():
    """The rows behind it move up, so the first of the next page is never shown; the total of the first page tells."""
    server = Server(rows=120)

    async def fetch(offset, limit):
        facts, body = await server.fetch(offset + bool(offset), limit)
        total = server.rows - bool(offset)
        return replace(facts, offset=offset, total=total, has_more=offset + facts.count < total), body

    pages = []
    walked = asyncio.run(visit_pages(fetch, pages.append))
    assert walked.records == 119
    assert "119 were read, of 120" in walked.trouble


def test_no_more_is_asked_about_once_where_the_total_says_otherwise():
    """One row, total 47, has_more false, as the vendor's guide prints it: asked again, given, and said."""
    server = Server(rows=1, total=47)
    walked, got = walk(server)
    assert (got, [offset for offset, _ in server.asked]) == ([0], [0, 1])
    assert walked.trouble.endswith("1 were read, of 47 that the server states")
    assert walked.total == 47


def test_more_for_ever_ends_at_the_first_empty_page():
    """has_more on an empty page is not followed, and said."""
    walked, got = walk(Server(forever=True))
    assert len(got) == ROWS
    assert "more records follow after the last one" in walked.trouble


def test_a_list_without_end_is_cut():
    """New rows for ever stop at a bound, and what was read is said."""
    server = Server(endless=True, forever=True, states=("has_more",))
    walked, got = walk(server)
    assert len(server.asked) == 2_000
    assert len(got) == walked.records == 200_000
    assert "did not end after 2,000 pages" in walked.trouble


def test_rows_hidden_after_counting_are_no_gap():
    """Pages that come short because rows are left out are filled once in vain; no row is lost or doubled."""
    server = Server(rows=1_000, hidden=10)
    walked, got = walk(server)
    assert sorted(set(got)) == [n for n in range(1_000) if n % 10]
    assert len(server.asked) <= 14
    assert "of 1,000 that the server states" in walked.trouble or walked.trouble == ""


def test_a_page_that_came_short_is_completed():
    """Where a page in the middle has fewer rows than the next one's start leaves room for, the rest is asked for."""
    server = Server(rows=300)

    async def short_once(offset, limit):
        facts, body = await server.fetch(offset, limit)
        if (offset, limit) != (100, 100):
            return facts, body
        rows = body.split()[:80]
        return PageFacts(offset=100, count=80, total=300, has_more=True, keys=frozenset(rows)), b" ".join(rows)

    pages = []
    walked = asyncio.run(visit_pages(short_once, pages.append))
    got = sorted(int(row) for _, body in pages for row in body.split())
    assert (got, walked.trouble) == (list(range(300)), "")
    assert (180, 20) in server.asked


def test_a_failure_ends_the_walk_and_stops_what_waits():
    """One page that cannot be had is raised; no request starts after it."""
    server = Server(rows=100_000)

    async def fail(offset, limit):
        if offset == 300:
            raise RuntimeError("gone")
        return await server.fetch(offset, limit)

    with pytest.raises(RuntimeError, match="gone"):
        asyncio.run(visit_pages(fail, lambda _: None))
    assert len(server.asked) < 30


@pytest.mark.parametrize(
    ("page", "end", "expected"),
    [
        ({"count": 0, "has_more": True}, 0, False),
        ({"count": 5, "has_more": True}, 5, True),
        ({"count": 5, "has_more": True, "total": 5}, 5, True),
        ({"count": 5, "has_more": False}, 5, False),
        ({"count": 5, "has_more": False, "total": 5}, 5, False),
        ({"count": 5, "has_more": False, "total": 6}, 5, True),
        ({"count": 5, "has_more": False, "total": 4}, 5, False),
        ({"count": 5, "total": 5}, 5, False),
        ({"count": 5, "total": 6}, 5, True),
        ({"count": 100, "total": 100}, 100, True),
        ({"count": 30, "total": 130}, 130, False),
        ({"count": 5, "total": 4}, 5, True),
        ({"count": 5, "total": 4, "limit": 100}, 5, False),
        ({"count": 5}, 5, True),
        ({"count": 5, "limit": 100}, 5, False),
        ({"count": 5, "limit": 5}, 5, True),
    ],
)
def test_whether_more_may_follow(page, end, expected):
    """Either counter may say more; an end is believed where nothing speaks against it."""
    assert follows(PageFacts(offset=end - page["count"], **page), end, 100) is expected


@settings(deadline=None, max_examples=examples(150))
@given(
    rows=st.integers(0, 300),
    cap=st.integers(1, 120),
    total=st.none() | st.integers(0, 500),
    states=st.sets(st.sampled_from(["total", "has_more", "limit"])),
    forever=st.booleans(),
    deaf=st.booleans(),
    hidden=st.sampled_from([0, 0, 2, 7]),
)
def test_any_server_is_walked_to_an_end(rows, cap, total, states, forever, deaf, hidden):
    """The walk ends within few requests, gives no row twice, and all rows unless a counter says there are fewer."""
    server = Server(rows=rows, cap=cap, total=total, states=tuple(states), forever=forever, deaf=deaf, hidden=hidden)
    walked, got = walk(server)
    shown = [n for n in range(rows) if not hidden or n % hidden]
    assert len(set(got)) == walked.records
    assert set(got) <= set(shown)
    shown_a_page = max(1, min(cap, 100) // (2 if hidden else 1))  # what is hidden leaves a page half as long, or more
    assert len(server.asked) <= 2 * (rows // shown_a_page) + 12
    if not deaf:
        assert hidden or len(got) == len(set(got))
        tells_an_end = "total" in states and total is not None and total < rows and "has_more" not in states
        assert hidden or tells_an_end or set(got) == set(shown)
    if walked.trouble:
        assert f"{walked.records:,} were read" in walked.trouble


def test_a_walk_wants_nothing_after_its_end():
    """The decision is a function of the pages taken, without a loop: first page, the rest, nothing."""
    from openprospect_nb.transport.paging import Walk

    plan = Walk(10)
    assert list(plan.wanted()) == [PagePart(0, 10)]
    assert plan.add(PageFacts(offset=0, count=10, total=35, has_more=True), PagePart(0, 10))
    rest = list(plan.wanted())
    assert rest == [PagePart(10, 10), PagePart(20, 10), PagePart(30, 10)]
    for wanted in reversed(rest):
        plan.add(PageFacts(offset=wanted.offset, count=min(10, 35 - wanted.offset), total=35), wanted)
    assert list(plan.wanted()) == []
    assert (plan.records, plan.total, plan.trouble) == (35, 35, "")
