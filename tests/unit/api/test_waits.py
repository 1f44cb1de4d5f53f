"""What the waits of one client share: one poll for all, and news from whoever has any."""

from __future__ import annotations

import asyncio

import pytest

from openprospect_nb import errors
from openprospect_nb.api.waiting.waits import Waits, first_of
from openprospect_nb.api.waiting.watching import is_worth_a_page, trouble_of
from openprospect_nb.models import OrderState


def state(order: str, status: str = "ACCEPTED") -> OrderState:
    """Return an order's state."""
    return OrderState(order_id=order, status=status)


class Server:
    """Tells how orders stand, and keeps who was asked for."""

    def __init__(self, **answers: OrderState | errors.OpenProspectError) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []
        self.moment = 100.0

    async def read(self, orders):
        """Answer after a turn of the loop, so that others can ask meanwhile."""
        self.asked.append(list(orders))
        await asyncio.sleep(0)
        return {order: self.answers.get(order, state(order)) for order in orders if order != "unasked"}

    def now(self) -> float:
        """Return the moment."""
        return self.moment


def test_waits_that_begin_together_share_a_poll():
    """Two hundred waits at one moment make two requests: the first alone, and one for all the others."""
    server = Server()

    async def wait(waits: Waits, order: str) -> None:
        with waits.awaiting([order]):
            await waits.refresh([order], server.read, server.now, since=server.moment)
            await asyncio.sleep(0.01)

    async def run() -> None:
        waits = Waits()
        await asyncio.gather(*(wait(waits, f"o-{number}") for number in range(200)))

    asyncio.run(run())
    assert [len(asked) for asked in server.asked] == [1, 200]


def test_a_failure_is_shared_like_an_answer():
    """When the poll for all fails, the other waits do not try it again one after the other."""
    server = Server(**{f"o{number}": errors.ConnectionFailed("out") for number in range(50)})

    async def wait(waits: Waits, order: str) -> object:
        with waits.awaiting([order]):
            await waits.refresh([order], server.read, server.now, since=server.moment)
            await asyncio.sleep(0.01)
            return waits.heard(order).problem

    async def run() -> list[object]:
        waits = Waits()
        return await asyncio.gather(*(wait(waits, f"o{number}") for number in range(50)))

    assert {type(problem) for problem in asyncio.run(run())} == {errors.ConnectionFailed}
    assert len(server.asked) == 2


def test_what_was_heard_lately_is_not_asked_for_again():
    """What another heard since the given moment is fresh enough; older news is not, and an end always is."""
    server = Server()

    async def run() -> None:
        waits = Waits()
        with waits.awaiting(["a", "b", "unasked"]):
            waits.hear([state("a")], at=99.0)
            await waits.refresh(["a"], server.read, server.now, since=98.0)
            assert server.asked == []
            await waits.refresh(["a"], server.read, server.now, since=99.0)
            waits.hear([state("a", "COMPLETED"), state("stranger")], at=99.0)
            await waits.refresh(["a"], server.read, server.now, since=1e9)
            assert waits.heard("stranger") is None
            await waits.refresh(["b"], server.read, server.now, since=1e9)
        assert waits.heard("a") is None

    asyncio.run(run())
    assert [sorted(asked) for asked in server.asked] == [["a", "b", "unasked"], ["b", "unasked"]]
    assert server.asked[1][0] == "unasked", "the longest unheard-of comes first"


def test_an_end_is_never_unheard():
    """A later poll that fails, or shows an older state, changes nothing about an order that has ended."""
    waits = Waits()
    with waits.awaiting(["a"]):
        waits.hear([state("a", "REJECTED")], at=1.0)
        waits.hear([state("a", "ACCEPTED")], at=2.0)

        assert waits.final_states(["a", "b"]) == {"a": state("a", "REJECTED")}


def test_orders_are_counted_by_the_waits_that_await_them():
    """Two waits for one order: what was heard is kept until the second has gone."""
    waits = Waits()
    with waits.awaiting(["a"]):
        with waits.awaiting(["a", "a"]):
            waits.hear([state("a")], at=1.0)
        assert waits.heard("a") is not None
    assert waits.heard("a") is None


async def hang() -> None:
    """Go on for ever."""
    await asyncio.Event().wait()


def test_the_first_end_counts_and_the_rest_is_cancelled():
    """An answer or an error of the first to end comes back; an error of the others is nobody's."""
    ended = []

    async def loser():
        try:
            await hang()
        finally:
            ended.append(True)
            raise KeyError("late")

    async def answer() -> int:
        return 7

    async def fail() -> None:
        raise ValueError("first")

    assert asyncio.run(first_of(loser(), answer())) == 7
    with pytest.raises(ValueError, match="first"):
        asyncio.run(first_of(loser(), fail()))
    assert ended == [True, True]


OUT, UNKNOWN, DENIED = errors.ConnectionFailed("out"), errors.NotFoundError("no"), errors.PermissionDeniedError("no")


@pytest.mark.parametrize(
    ("problems", "trouble"),
    [
        ([], None),
        ([None], None),
        ([None, OUT, UNKNOWN], None),
        ([UNKNOWN], UNKNOWN),
        ([UNKNOWN, OUT], OUT),
        ([OUT, UNKNOWN], OUT),
        ([None, None, DENIED], DENIED),
        ([UNKNOWN, DENIED], DENIED),
    ],
)
def test_a_poll_is_as_good_as_what_it_shows(problems, trouble):
    """One order seen is a good poll; none seen is the failure that is no 404; a refused key counts alone."""
    assert trouble_of(problems) is trouble


@pytest.mark.parametrize(
    ("total", "read", "page", "missing", "goes_on"),
    [
        (130, 100, 100, 30, True),
        (130, 100, 100, 1, True),
        (5_000, 100, 100, 3, False),
        (5_000, 100, 100, 49, True),
        (5_000, 100, 20, 49, False),
        (None, 100, 100, 1, True),
        (130, 100, 0, 30, True),
        (130, 100, 100, 0, False),
    ],
)
def test_a_page_is_read_where_asking_one_by_one_takes_more_requests(total, read, page, missing, goes_on):
    """The rest of the list costs its pages, the missing orders cost one request each: the smaller is taken."""
    assert is_worth_a_page(total, read, page, missing) is goes_on
