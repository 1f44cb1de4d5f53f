"""When a wait polls again and what ends it: the decision as a table, and the loop on a clock of the test's."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, nan
from types import SimpleNamespace

import pytest
from support.clocks import TestClock
from support.virtual import VirtualClock, run_virtually

from openprospect_nb import errors
from openprospect_nb.api.waiting.polling import (
    HOUR,
    ORDER_CADENCE,
    PROFILE_CADENCE,
    Cadence,
    History,
    Tick,
    WaitTerms,
    cadence_or,
    duration,
    next_pause,
    poll,
    seconds_of,
)
from openprospect_nb.api.waiting.waits import Waits

STEADY = Cadence(first=10.0, factor=1.0, most=10.0)
ORDERS = WaitTerms(cadence=ORDER_CADENCE)
SECOND = 1000.0  # no clock starts at nought


def answered(status: int, cls: type[errors.OpenProspectError] = errors.ContractError, **more):
    """Return the error of an answer with some status."""
    return cls("no", status=status, code="X", **more)


UNKNOWN = answered(404, errors.NotFoundError)
OUTAGES = [
    errors.ConnectionFailed("DNS says no"),
    errors.ContractError("a web page", status=200),
    errors.JournalError("locked"),
    errors.ConflictError("no", status=409),
    errors.ValidationError("no", status=422),
    errors.ValidationError("no", status=400),
    *(answered(status) for status in (302, 402, 405, 407, 410, 418, 421, 451, 499)),
    *(answered(status, errors.ServerError) for status in (408, 500, 501, 502, 503, 504, 511, 520, 599)),
    answered(429, errors.RateLimitError),
]


@pytest.mark.parametrize(
    ("cadence", "intervals"),
    [
        (ORDER_CADENCE, [60.0, 90.0, 135.0, 202.5, 300.0, 300.0]),
        (PROFILE_CADENCE, [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875]),
        (STEADY, [10.0] * 6),
    ],
)
def test_intervals_grow_up_to_the_most(cadence, intervals):
    """Orders are polled after 60 s, growing by half to 300 s (contract 2.4); a million polls later too."""
    assert [cadence.interval(polls) for polls in range(1, 7)] == intervals
    assert cadence.interval(1_000_000) == cadence.most


def test_a_stated_interval_is_kept():
    """An override replaces the adaptive cadence by a steady one; 0 is an override too."""
    assert cadence_or(None, ORDER_CADENCE) is ORDER_CADENCE
    assert [cadence_or(0.5, ORDER_CADENCE).interval(polls) for polls in (1, 2, 3)] == [0.5, 0.5, 0.5]
    assert cadence_or(0.0, ORDER_CADENCE).interval(3) == 0.0


def through(*outcomes, gap: float = 60.0, began: float = SECOND):
    """Return the history of a wait whose polls ended so, *gap* seconds apart, and the moment of the last."""
    history, now = History(began=began), began
    for place, outcome in enumerate(outcomes):
        now = began + place * gap
        history = history.after(outcome, now)
    return history, now


@pytest.mark.parametrize("outcome", OUTAGES, ids=lambda error: f"{type(error).__name__} {error.status}")
def test_an_outage_is_sat_out_for_ever(outcome):
    """Whatever is not 401, 403 or 404 never ends a wait: not the first time, not after a week."""
    for polls in (1, 6, 10_000):
        history, now = through(*[outcome] * polls)

        assert 0 < next_pause(outcome, history, now, ORDERS) <= 60


@pytest.mark.parametrize(
    "outcome",
    [
        answered(401, errors.AuthenticationError),
        answered(403, errors.PermissionDeniedError),
        errors.ConfigurationError("closed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refused_key_ends_the_wait_at_once(outcome):
    """401 and 403 are raised as they are: no later poll would be answered; so is a client that was closed."""
    history, now = through(None, None, outcome)
    with pytest.raises(type(outcome)) as caught:
        next_pause(outcome, history, now, ORDERS)

    assert caught.value is outcome


OUT = errors.ConnectionFailed("out")


@pytest.mark.parametrize(
    ("outcomes", "gap", "ends"),
    [
        ([UNKNOWN], 60, False),
        ([UNKNOWN] * 2, 600, False),
        ([UNKNOWN] * 3, 89, False),
        ([UNKNOWN] * 3, 90, True),
        ([UNKNOWN] * 100, 0.01, False),
        ([UNKNOWN, None, UNKNOWN, UNKNOWN], 600, False),
        ([UNKNOWN, OUT, UNKNOWN, OUT, UNKNOWN], 60, True),
        ([OUT, OUT, OUT, UNKNOWN], 600, False),
    ],
    ids=["one", "two", "three at once", "three, 3 min", "a hundred at once", "seen between", "out between", "first"],
)
def test_a_404_ends_the_wait_only_if_it_lasts(outcomes, gap, ends):
    """It takes three 404s over three minutes; an answer begins the count anew, another error says nothing of it."""
    history, now = through(*outcomes, gap=gap)
    if ends:
        with pytest.raises(errors.NotFoundError):
            next_pause(outcomes[-1], history, now, ORDERS)
    else:
        assert next_pause(outcomes[-1], history, now, ORDERS) > 0


def test_after_a_failure_the_next_poll_comes_soon_and_then_ever_later():
    """5 s, then double, up to a minute: short outages are over soon, long ones cost little."""
    pauses = [next_pause(OUT, *through(*[OUT] * polls), ORDERS) for polls in range(1, 8)]

    assert pauses == [5, 10, 20, 40, 60, 60, 60]


@pytest.mark.parametrize(("interval", "pauses"), [(0.0, [0.05, 0.1, 0.2]), (0.5, [0.5, 1, 2]), (600.0, [5, 10, 20])])
def test_an_interval_of_the_callers_shortens_the_pause_after_failures(interval, pauses):
    """A hurried caller's polls stay hurried, but a dead server is never asked without a breath between."""
    terms = WaitTerms(cadence=cadence_or(interval, ORDER_CADENCE), is_paced=False)

    assert [next_pause(OUT, *through(*[OUT] * polls), terms) for polls in (1, 2, 3)] == pauses


@pytest.mark.parametrize(
    ("stated", "pause"), [(None, 5), (1, 5), (3600, 3600), (86_400, 86_400), (10**9, 86_400), (0.0, 5)]
)
@pytest.mark.parametrize("cls", [errors.RateLimitError, errors.ServerError])
def test_a_stated_delay_is_obeyed(cls, stated, pause):
    """An hour is sat out whatever max_wait says; a delay of years is taken for a day."""
    outcome = answered(429, cls, retry_after=stated)

    assert next_pause(outcome, *through(outcome), ORDERS) == pause


@pytest.mark.parametrize("outcome", [None, OUT, answered(429, errors.RateLimitError, retry_after=3600), UNKNOWN])
def test_no_pause_goes_past_the_deadline(outcome):
    """A pause ends at the deadline at the latest; after it the wait ends, with what went wrong last."""
    history, now = through(outcome)
    assert next_pause(outcome, history, now, WaitTerms(cadence=ORDER_CADENCE, timeout=3.5)) == 3.5
    with pytest.raises(errors.WaitTimeout, match=r"^still running after 3\.5 s\.") as caught:
        next_pause(outcome, history, now + 3.5, WaitTerms(cadence=ORDER_CADENCE, timeout=3.5))

    assert caught.value.__cause__ is outcome
    assert ("The last poll failed" in caught.value.message) == (outcome is not None)


@pytest.mark.parametrize(
    ("spent", "cost", "is_paced", "pause"),
    [(39, 20, True, 60), (40, 1, True, 90), (40, 10, True, 900), (10**6, 1, True, 90), (10**6, 10, False, 60)],
)
def test_what_was_spent_in_the_hour_stretches_the_pause(spent, cost, is_paced, pause):
    """From 40 requests an hour on each costs 90 s, so that waiting stays inside the free tier's hundred."""
    history = History(began=SECOND).after(None, SECOND, cost=cost, spent=spent)

    assert next_pause(None, history, SECOND, WaitTerms(cadence=ORDER_CADENCE, is_paced=is_paced)) == pause


@pytest.mark.parametrize("timeout", [nan, "60", True, [1], object()])
def test_a_timeout_that_is_no_number_is_refused(timeout):
    """What cannot be a number of seconds is a clear error that names the argument."""
    with pytest.raises(errors.ConfigurationError, match="timeout="):
        seconds_of(timeout)


def test_a_timeout_is_seconds_or_none():
    """None, infinity and a number with 400 digits are no end; 0 and less are over at once."""
    assert seconds_of(10**400) == inf
    assert [seconds_of(timeout) for timeout in (None, inf, 0, 2.5, -1)] == [inf, inf, 0.0, 2.5, -1.0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (0.25, "1 s"),
        (0.651, "1 s"),
        (2.4, "2 s"),
        (59.6, "60 s"),
        (119, "119 s"),
        (150, "2 min"),
        (7199, "2 h 0 min"),
        (33_120, "9 h 12 min"),
    ],
)
def test_a_span_reads_as_people_say_it(seconds, words):
    """Whole seconds, at least one, minutes or hours, as fits."""
    assert duration(seconds) == words


@dataclass
class Line:
    """A sender without a server: it counts what polls cost, on a clock that never really sleeps."""

    clock: TestClock = field(default_factory=TestClock)
    sent_at: list[float] = field(default_factory=list)

    @property
    def requests_sent(self) -> int:
        """Requests made."""
        return len(self.sent_at)

    def sent_within(self, seconds: float) -> int:
        """Requests made in the last seconds."""
        return sum(1 for moment in self.sent_at if moment > self.clock.monotonic() - seconds)


@dataclass
class Watched:
    """What a wait came to: its answer or error, what was slept, what was shown, and when requests were made."""

    answer: object
    slept: list[float]
    ticks: list[Tick]
    sent_at: list[float]


def watched(answers, *, timeout=None, interval=10.0, cadence=STEADY, cost=1) -> Watched:
    """Return what polling came to; *answers* are given in turn, errors raised."""
    line, ticks = Line(), []
    asyncio.run(line.clock.sleep(SECOND))
    line.clock.slept.clear()
    given = iter(answers)

    async def ask():
        line.sent_at.extend([line.clock.monotonic()] * cost)
        answer = next(given)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def wait():
        context = SimpleNamespace(sender=line, settings=SimpleNamespace(poll_interval=interval), waits=Waits())
        return await poll(context, ask, cadence=cadence, timeout=timeout, show=ticks.append)

    try:
        answer = asyncio.run(wait())
    except errors.OpenProspectError as error:
        answer = error
    assert [*given][:1] == [], "not all was asked for"
    return Watched(answer, line.clock.slept, ticks, line.sent_at)


def test_the_first_poll_costs_no_wait():
    """What is there already is returned at once; an empty answer is an answer."""
    assert watched(["done"]).answer == "done"
    assert watched([""]).answer == ""
    assert watched([""]).slept == []


def test_each_poll_is_told_before_the_wait():
    """Every wait is announced with the seconds gone and those to come, and none follows the last poll."""
    wait = watched([None, None, 7])

    assert (wait.answer, wait.slept) == (7, [10.0, 10.0])
    assert wait.ticks == [Tick(elapsed=0.0, next_in=10.0), Tick(elapsed=10.0, next_in=10.0)]
    assert wait.ticks[1].words == "10 s, next poll in 10 s"


def test_the_last_wait_ends_at_the_deadline():
    """A deadline between two polls shortens the wait and earns one last poll."""
    wait = watched([None, None, None, 7], timeout=25)

    assert (wait.answer, wait.slept) == (7, [10.0, 10.0, 5.0])
    assert wait.ticks[-1] == Tick(elapsed=20.0, next_in=5.0)


@pytest.mark.parametrize(("timeout", "polls"), [(0, 1), (-0.1, 1), (20, 3), (20.5, 4)])
def test_the_deadline_is_kept(timeout, polls):
    """Up to the deadline every poll is made, after it there is neither a poll nor a wait, and the error names it."""
    wait = watched([None] * polls, timeout=timeout)

    assert isinstance(wait.answer, errors.WaitTimeout)
    assert wait.answer.message == f"still running after {timeout:g} s."
    assert sum(wait.slept) == max(timeout, 0)


def test_a_night_without_network_is_one_long_outage():
    """Ten hours in which nothing answers end with the answer, and the line says since when it was out."""
    wait = watched([None, *[OUT] * 600, None, "done"], interval=None)

    assert wait.answer == "done"
    assert sum(wait.slept) > 9 * HOUR
    assert wait.ticks[300].words.startswith("no usable response since ")
    assert "out" in wait.ticks[300].words
    assert wait.ticks[300].since == wait.ticks[1].since
    assert wait.ticks[-1].problem is None


@pytest.mark.parametrize("outcome", [None, OUT, errors.RateLimitError("slow", retry_after=5)])
@pytest.mark.parametrize("cost", [1, 3, 20])
@pytest.mark.parametrize("cadence", [ORDER_CADENCE, PROFILE_CADENCE])
def test_no_hour_takes_more_requests_than_the_free_tier_has(outcome, cost, cadence):
    """Whatever a poll costs and however it ends, no hour of a wait takes a hundred requests."""
    wait = watched([*[outcome] * 200, "done"], interval=None, cadence=cadence, cost=cost)
    hours = Counter(sum(1 for moment in wait.sent_at if start < moment <= start + HOUR) for start in wait.sent_at)

    assert wait.answer == "done"
    assert max(hours) < 100


def test_what_nobody_foresaw_is_sat_out_and_logged_whole(caplog):
    """An answer that breaks the reading of it does not lose sight of the order; the log holds the traceback."""
    wait = watched([KeyError("x"), TimeoutError("y"), RecursionError(), "done"])

    assert wait.answer == "done"
    assert [type(tick.problem) for tick in wait.ticks] == [
        errors.ContractError,
        errors.ConnectionFailed,
        errors.ContractError,
    ]
    assert "KeyError: 'x'" in caplog.text


def test_somebody_without_a_progress_line_is_warned_of_an_outage_once(caplog):
    """The fourth poll in a row that fails is a warning; the rest is for whoever asks for more."""
    watched([*[OUT] * 50, "done"])

    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 1


def test_vendor_text_cannot_play_tricks_with_the_line():
    """Line breaks, escape sequences and novels in an error stay one short line."""
    wait = watched([answered(500, errors.ServerError), "done"])
    hostile = errors.ServerError("a\x1b[2J\r\nb\u202e" * 100, status=500)
    words = watched([hostile, "done"]).ticks[0].words

    assert "(500 no)" in wait.ticks[0].words
    assert words.isprintable()
    assert len(words) < 160


def test_pauses_between_polls_only_grow_while_all_is_well():
    """Without trouble the moments of polls follow the cadence to the second."""
    wait = watched([None] * 8 + ["done"], interval=None, cadence=ORDER_CADENCE)

    assert [b - a for a, b in pairwise(wait.sent_at)] == [60, 90, 135, 202.5, 300, 300, 300, 300]


async def hang() -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def drip() -> None:
    """Answer a little at a time, and never the whole."""
    for _ in range(10**9):
        await asyncio.sleep(0.1)


async def slow() -> str | None:
    """Answer in a minute that nothing has ended."""
    await asyncio.sleep(60)
    return None


async def refuse() -> None:
    """Fail at once."""
    raise OUT


@pytest.mark.parametrize("ask", [hang, drip, slow, refuse])
@pytest.mark.parametrize("timeout", [0, 2, 59.5, 61, 4000])
def test_the_deadline_is_kept_to_a_second_whatever_a_poll_does(ask, timeout):
    """A poll that hangs, drips or takes a minute is cut: never early, never a second late."""

    async def wait() -> float:
        line = Line(clock=VirtualClock())
        context = SimpleNamespace(sender=line, settings=SimpleNamespace(poll_interval=None), waits=Waits())
        with pytest.raises(errors.WaitTimeout):
            await poll(context, ask, cadence=ORDER_CADENCE, timeout=timeout)
        return asyncio.get_running_loop().time()

    assert timeout <= run_virtually(wait()) < timeout + 1


def test_a_poll_without_a_deadline_does_not_hang_for_ever():
    """A poll that is still unanswered after three minutes counts as failed, and the next one is made."""

    async def wait() -> tuple[str, float]:
        answers = [hang(), hang(), asyncio.sleep(0, "done")]
        context = SimpleNamespace(
            sender=Line(clock=VirtualClock()), settings=SimpleNamespace(poll_interval=None), waits=Waits()
        )
        answer = await poll(context, lambda: answers.pop(0), cadence=ORDER_CADENCE)
        return answer, asyncio.get_running_loop().time()

    assert run_virtually(wait()) == ("done", pytest.approx(180 + 5 + 180 + 10))
