"""C4 to C9: profile creations and their Idempotency-Key."""

from __future__ import annotations

import json

import pytest
from support.sandbox_api import PROFILE, fields

PATH = "/search-profile-creations"


def created(api):
    """Return how many profile creations the sandbox holds."""
    return api.control.state()["counts"]["creations"]


def test_c04_a_creation_without_a_key_is_refused(api):
    """Without Idempotency-Key the answer is a 422 that names the header, and nothing is created."""
    answer = api.post(PATH, PROFILE)

    assert {"Idempotency-Key"} == fields(answer)
    assert created(api) == 0


@pytest.mark.parametrize("key", ["", "ä".encode().decode("latin-1"), "x" * 256], ids=["empty", "not ASCII", "too long"])
def test_an_unusable_key_is_refused(api, key):
    """A key is 1 to 255 printable ASCII characters."""
    answer = api.post(PATH, PROFILE, headers={"Idempotency-Key": key.encode("latin-1")})

    assert {"Idempotency-Key"} == fields(answer)


def test_c05_a_creation_succeeds_in_two_hops(api):
    """A new creation is PENDING without profile; two hops make it SUCCEEDED with one."""
    answer = api.create()
    path = f"{PATH}/{answer.json()['profile_creation_id']}"

    assert (answer.status_code, answer.json()["status"], answer.json()["profile_id"]) == (202, "PENDING", None)
    api.control.settings(step_seconds=10)
    api.control.advance(10)
    assert (api.get(path).json()["status"], api.get(path).json()["profile_id"]) == ("RUNNING", None)
    api.control.advance(10)
    assert api.get(path).json()["status"] == "SUCCEEDED"
    assert api.get(path).json()["profile_id"]


def test_c06_the_same_body_under_the_same_key_is_replayed(api):
    """Key order and spacing don't matter; the replay says that it is one."""
    first = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"})
    again = api.call(
        "POST", PATH, content=json.dumps(dict(reversed(PROFILE.items())), indent=3), headers={"Idempotency-Key": "k"}
    )

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert created(api) == 1


def test_c07_another_body_under_the_same_key_is_a_conflict(api):
    """The conflict is a 409 and leaves the first job as it was."""
    first = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"}).json()
    answer = api.post(PATH, PROFILE | {"profile_name": "Other"}, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert first == api.get(f"{PATH}/{first['profile_creation_id']}").json()


def test_c08_a_rejected_body_does_not_burn_its_key(api):
    """After a 422 the corrected body goes through under the same key."""
    refused = api.post(PATH, PROFILE | {"target_countries": []}, headers={"Idempotency-Key": "k"})
    accepted = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"})

    assert {"target_countries"} == fields(refused)
    assert (accepted.status_code, accepted.headers.get("Idempotency-Replayed")) == (202, None)


def test_c09_a_failed_creation_needs_a_new_key(api):
    """A FAILED creation has a message and no profile; its key replays it, a new key makes a new job."""
    job = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"}).json()["profile_creation_id"]
    api.control.transition_profile(job, "FAILED")

    shown = api.get(f"{PATH}/{job}").json()

    assert (shown["status"], shown["profile_id"]) == ("FAILED", None)
    assert shown["message"]
    assert api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"}).json()["profile_creation_id"] == job
    assert api.post(PATH, PROFILE, headers={"Idempotency-Key": "l"}).json()["profile_creation_id"] != job


def test_a_key_belongs_to_its_organisation(api):
    """Two organisations can use one key without meeting each other."""
    ours = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"}).json()
    theirs = api.post(PATH, PROFILE, headers={"Idempotency-Key": "k"}, key="otherorg").json()

    assert ours["profile_creation_id"] != theirs["profile_creation_id"]
    assert api.get(f"{PATH}/{ours['profile_creation_id']}", key="otherorg").json()["code"] == "ENTITY_NOT_FOUND"


@pytest.mark.parametrize("body", ["", "{", "[]", "5", '{"a": NaN}', '"\\ud800"', "[" * 100_000], ids=range(7))
def test_a_body_that_is_no_json_object_is_422(api, body):
    """Whatever is sent instead of an object, the answer is a 422 on the field body."""
    answer = api.call("POST", PATH, content=body, headers={"Idempotency-Key": "k"})

    assert {"body"} == fields(answer)


def test_every_broken_rule_is_reported_at_once(api):
    """One 422 names all fields that are wrong."""
    answer = api.create(
        {"profile_name": " ", "seller_offering": 5, "target_countries": ["DE", ""], "target_cities": "x"}
    )

    assert fields(answer) == {
        "profile_name",
        "ideal_customer_profile",
        "seller_offering",
        "target_countries[1]",
        "target_cities",
    }
