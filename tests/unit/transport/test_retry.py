"""The retry decision, as a table."""

from __future__ import annotations

import pytest

from openprospect_nb.transport.retry import (
    Fate,
    Outcome,
    RetryPolicy,
    RetryQuota,
    delay_before_retry,
    is_worth_repeating,
    may_have_acted,
)

ANSWERED = [(status, Outcome(fate=Fate.ANSWERED, status=status)) for status in (400, 401, 403, 404, 409, 422, 501)]
TROUBLE = [(status, Outcome(fate=Fate.ANSWERED, status=status)) for status in (500, 502, 503, 504)]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize(("status", "outcome"), ANSWERED)
def test_a_refusal_is_never_repeated(status, outcome, repeatable):
    """An answer that says no says no again."""
    assert not is_worth_repeating(outcome, repeatable=repeatable)


@pytest.mark.parametrize(("status", "outcome"), TROUBLE)
def test_server_trouble_is_repeated_only_where_twice_is_once(status, outcome):
    """A 5xx is repeated for keyed or idempotent calls, and never for a keyless POST or a PATCH."""
    assert is_worth_repeating(outcome, repeatable=True)
    assert not is_worth_repeating(outcome, repeatable=False)


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNREADABLE])
def test_a_lost_answer_is_repeated_only_where_twice_is_once(fate):
    """A request that may have arrived is sent again only under a key, or where repeating changes nothing."""
    assert is_worth_repeating(Outcome(fate=fate), repeatable=True)
    assert not is_worth_repeating(Outcome(fate=fate), repeatable=False)


@pytest.mark.parametrize("repeatable", [True, False])
def test_what_the_server_did_not_act_on_is_always_repeated(repeatable):
    """A connection never made, and a 429, are safe to repeat for every call."""
    assert is_worth_repeating(Outcome(fate=Fate.NOT_SENT), repeatable=repeatable)
    assert is_worth_repeating(Outcome(fate=Fate.ANSWERED, status=429), repeatable=repeatable)


@pytest.mark.parametrize(
    ("outcome", "acted"),
    [
        (Outcome(fate=Fate.NOT_SENT), False),
        (Outcome(fate=Fate.LOST), True),
        (Outcome(fate=Fate.UNREADABLE), True),
        (Outcome(fate=Fate.ANSWERED), False),
        *((Outcome(fate=Fate.ANSWERED, status=status), False) for status in (409, 429, 499)),
        *((Outcome(fate=Fate.ANSWERED, status=status), True) for status in (500, 501, 503)),
    ],
)
def test_a_lost_answer_and_a_server_error_may_have_acted(outcome, acted):
    """The server may have acted once a request left and no answer below 500 came back."""
    assert may_have_acted(outcome) is acted


def test_jitter_is_full_and_the_ceiling_doubles_up_to_the_cap():
    """The delay is chance times min(cap, base * 2**(attempt - 1))."""
    policy = RetryPolicy(tries=10, base=1.0, cap=5.0)
    lost = Outcome(fate=Fate.LOST)
    delays = [delay_before_retry(policy, lost, attempt=attempt, repeatable=True, chance=1.0) for attempt in range(1, 6)]
    assert delays == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert delay_before_retry(policy, lost, attempt=3, repeatable=True, chance=0.0) == 0.0


def test_the_last_try_is_the_last():
    """After *tries* attempts there is no further one."""
    assert delay_before_retry(RetryPolicy(), Outcome(fate=Fate.LOST), attempt=5, repeatable=True, chance=0.5) is None
    assert delay_before_retry(RetryPolicy(), Outcome(fate=Fate.LOST), attempt=4, repeatable=True, chance=0.5) == 4.0


def test_a_stated_delay_is_obeyed_exactly_or_not_sat_out_at_all():
    """A delay up to max_wait is waited for to the second; a longer one gives up at once."""
    policy = RetryPolicy(max_wait=120)
    for stated, expected in [(0.0, 0.0), (2.0, 2.0), (120.0, 120.0), (120.1, None), (3600.0, None)]:
        outcome = Outcome(fate=Fate.ANSWERED, status=429, stated_delay=stated)
        assert delay_before_retry(policy, outcome, attempt=1, repeatable=False, chance=0.3) == expected


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
