"""The table of statuses, whole: 100 to 599, and a connection that closed."""

from __future__ import annotations

import pytest

from openprospect_nb import errors
from openprospect_nb.transport.statuses import TABLE, Repeat, phrase, proves_no_purchase, rule_for

PROOFS = {400, 401, 403, 404, 405, 413, 415, 422}
CLASSES = {
    errors.ValidationError: {400, 422},
    errors.AuthenticationError: {401},
    errors.PermissionDeniedError: {403},
    errors.NotFoundError: {404, 410},
    errors.ConflictError: {409, 423},
    errors.RateLimitError: {429},
    errors.ServerError: {408, 421, 424, 425, 444, 449, 460, 499, *range(500, 600)},
    errors.ConnectionFailed: {None},
}
FINAL_5XX = {501, 505, 506, 510}  # what a server cannot do it cannot do later
TRANSIENT_4XX = {408, 421, 423, 424, 425, 444, 449, 460, 499}


def test_the_table_is_whole():
    """Every status from 100 to 599, and no answer at all, has a rule."""
    assert set(TABLE) == {None, *range(100, 600)}


def test_only_eight_answers_prove_that_nothing_was_bought():
    """No other refusal, no trouble, no success and no silence proves it."""
    assert {status for status in TABLE if proves_no_purchase(status)} == PROOFS


def test_every_status_becomes_its_class():
    """The seven classes take their statuses; all others are outside the contract."""
    named = {status: kind for kind, statuses in CLASSES.items() for status in statuses}
    assert {status: rule.error for status, rule in TABLE.items()} == {
        status: named.get(status, errors.ContractError) for status in TABLE
    }


def test_what_is_repeated():
    """A 429 for every call, a 409 under a key, trouble and everything that is no refusal where twice is once."""
    expected = dict.fromkeys((None, *range(100, 400), *TRANSIENT_4XX, *range(500, 600)), Repeat.SAFE)
    expected |= {status: Repeat.NEVER for status in range(400, 500) if status not in TRANSIENT_4XX}
    expected |= dict.fromkeys(FINAL_5XX, Repeat.NEVER) | {409: Repeat.KEYED, 429: Repeat.ANY}
    assert {status: rule.repeat for status, rule in TABLE.items()} == expected


def test_what_proves_nothing_may_have_acted_unless_it_says_try_later():
    """Where a purchase is not disproved it may have been made; a 429 alone says that the server did not act."""
    acted = {status for status, rule in TABLE.items() if rule.may_have_acted}
    assert acted == set(TABLE) - PROOFS - {429}


def test_no_proof_is_ever_sent_again():
    """A refusal that ends a purchase ends its retries too."""
    assert {TABLE[status].repeat for status in PROOFS} == {Repeat.NEVER}


@pytest.mark.parametrize(
    ("repeat", "keyless_post", "get", "keyed_post"),
    [
        (Repeat.NEVER, False, False, False),
        (Repeat.KEYED, False, False, True),
        (Repeat.SAFE, False, True, True),
        (Repeat.ANY, True, True, True),
    ],
)
def test_the_call_decides_with_the_status(repeat, keyless_post, get, keyed_post):
    """A key allows more than a repeatable method, and neither allows nothing but an explicit "later"."""
    rule = next(rule for rule in TABLE.values() if rule.repeat is repeat)
    asked = [(False, False), (False, True), (True, False)]
    assert [rule.is_worth_repeating(is_keyed=keyed, is_idempotent=idempotent) for keyed, idempotent in asked] == [
        keyless_post,
        get,
        keyed_post,
    ]


@pytest.mark.parametrize("status", [0, 99, 600, 999, -1])
def test_a_number_http_does_not_have_proves_nothing(status):
    """It is an answer outside the contract, never repeated and never a proof."""
    rule = rule_for(status)
    assert (rule.error, rule.repeat, rule.proves_no_purchase) == (errors.ContractError, Repeat.NEVER, False)


def test_a_next_step_is_a_sentence():
    """What a person should do is said, and ends with a stop; payment is not mistaken for a web page."""
    steps = {rule.next_step for rule in TABLE.values() if rule.next_step}
    assert [step for step in steps if not step.endswith(".")] == []
    assert "paid" in rule_for(402).next_step
    assert not any("web page or proxy" in step for step in steps)


def test_every_status_has_words():
    """The standard's phrase, or the number where the standard has none."""
    assert (phrase(404), phrase(599)) == ("Not Found", "HTTP status 599")
    assert all(phrase(status) for status in range(1000))
