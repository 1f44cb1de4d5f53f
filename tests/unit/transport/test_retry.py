"""The retry decision, as a table."""

from __future__ import annotations

import pytest

from openprospect_nb.transport import Call
from openprospect_nb.transport.retry import (
    AttemptOutcome,
    Fate,
    RetryPolicy,
    RetryQuota,
    delay_before_retry,
    is_worth_repeating,
    may_have_acted,
)

GET = Call(method="GET", path="/orders")
KEYED = Call(method="POST", path="/orders", idempotency_key="k")
KEYLESS = Call(method="POST", path="/blacklists")
PATCH = Call(method="PATCH", path="/prospect-searches/1")
LOST = AttemptOutcome(fate=Fate.LOST)
CALLS = {"GET": GET, "keyed": KEYED, "keyless": KEYLESS, "patch": PATCH}


@pytest.mark.parametrize(
    ("outcome", "repeated"),
    [
        (AttemptOutcome(fate=Fate.NOT_SENT), {"GET", "keyed", "keyless", "patch"}),
        (AttemptOutcome(fate=Fate.LOST), {"GET", "keyed"}),
        (AttemptOutcome(fate=Fate.UNREADABLE, status=200), {"GET", "keyed"}),
        (AttemptOutcome(fate=Fate.UNREADABLE, status=422), {"GET", "keyed"}),
        (AttemptOutcome(fate=Fate.ANSWERED, status=422), set()),
        (AttemptOutcome(fate=Fate.ANSWERED, status=409), {"keyed"}),
        (AttemptOutcome(fate=Fate.ANSWERED, status=429), {"GET", "keyed", "keyless", "patch"}),
        (AttemptOutcome(fate=Fate.ANSWERED, status=503), {"GET", "keyed"}),
        (AttemptOutcome(fate=Fate.ANSWERED, status=501), set()),
    ],
)
def test_what_is_sent_again_hangs_on_how_far_it_came_and_on_the_call(outcome, repeated):
    """Never sent: every call. Lost or unreadable: where twice is once. Answered: as the table of statuses says."""
    assert {name for name, call in CALLS.items() if is_worth_repeating(outcome, call)} == repeated


@pytest.mark.parametrize(
    ("outcome", "acted"),
    [
        (AttemptOutcome(fate=Fate.NOT_SENT), False),
        (AttemptOutcome(fate=Fate.LOST), True),
        (AttemptOutcome(fate=Fate.UNREADABLE, status=202), True),
        *((AttemptOutcome(fate=Fate.ANSWERED, status=status), False) for status in (400, 401, 403, 404, 422, 429)),
        *(
            (AttemptOutcome(fate=Fate.ANSWERED, status=status), True)
            for status in (302, 402, 409, 423, 425, 499, 500, 501)
        ),
    ],
)
def test_the_server_may_have_acted_unless_it_is_proven_not_to(outcome, acted):
    """Only a request that never left, a proving refusal and a 429 say that nothing was done."""
    assert may_have_acted(outcome) is acted


def test_jitter_is_full_and_the_ceiling_doubles_up_to_the_cap():
    """The delay is chance times min(cap, base * 2**(attempt - 1))."""
    policy = RetryPolicy(tries=10, base=1.0, cap=5.0)
    delays = [delay_before_retry(policy, [LOST] * attempt, GET, chance=1.0) for attempt in range(1, 6)]
    assert delays == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert delay_before_retry(policy, [LOST] * 3, GET, chance=0.0) == 0.0


def test_the_last_try_is_the_last():
    """After *tries* attempts there is no further one."""
    assert delay_before_retry(RetryPolicy(), [LOST] * 5, GET, chance=0.5) is None
    assert delay_before_retry(RetryPolicy(), [LOST] * 4, GET, chance=0.5) == 4.0


def test_two_timeouts_are_enough():
    """A call that ran into the client's own timeout twice is given up, whatever lay between."""
    silent = AttemptOutcome(fate=Fate.LOST, timed_out=True)
    assert delay_before_retry(RetryPolicy(), [silent, LOST], GET, chance=0.5) == 1.0
    assert delay_before_retry(RetryPolicy(), [silent, LOST, silent], GET, chance=0.5) is None


@pytest.mark.parametrize("stated", [None, 2.0])
def test_no_pause_goes_past_the_deadline(stated):
    """A pause that would not end before the deadline is not begun, jittered or stated."""
    outcome = AttemptOutcome(fate=Fate.ANSWERED, status=503, stated_delay=stated)
    policy = RetryPolicy(base=2.0)
    assert delay_before_retry(policy, [outcome], GET, chance=1.0, time_left=2.1) == 2.0
    assert delay_before_retry(policy, [outcome], GET, chance=1.0, time_left=2.0) is None
    assert delay_before_retry(policy, [outcome], GET, chance=1.0, time_left=-1.0) is None


def test_a_stated_delay_is_obeyed_exactly_or_not_sat_out_at_all():
    """A delay up to max_wait is waited for to the second; a longer one gives up at once."""
    policy = RetryPolicy(max_wait=120)
    for stated, expected in [(0.0, 0.0), (2.0, 2.0), (120.0, 120.0), (120.1, None), (3600.0, None)]:
        outcome = AttemptOutcome(fate=Fate.ANSWERED, status=429, stated_delay=stated)
        assert delay_before_retry(policy, [outcome], KEYLESS, chance=0.3) == expected


def test_the_quota_runs_dry_in_an_outage_and_fills_with_successes():
    """Twenty retries empty the bucket; five successes pay for one more."""
    quota = RetryQuota()
    assert [quota.take() for _ in range(21)] == [True] * 20 + [False]
    for _ in range(4):
        quota.refund()
    assert not quota.take()
    quota.refund()
    assert quota.take()
    assert quota.left == 0


def test_the_quota_never_grows_beyond_its_capacity():
    """Successes in quiet times save nothing up."""
    quota = RetryQuota(capacity=7)
    for _ in range(3):
        quota.refund()
    assert [quota.take(), quota.take(), quota.left] == [True, False, 2]
    for _ in range(9):
        quota.refund()
    assert quota.left == 7
