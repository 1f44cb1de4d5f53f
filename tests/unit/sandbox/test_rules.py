"""Field rules, and which companies blacklists exclude."""

from __future__ import annotations

import pytest

from openprospect_nb.sandbox.orders.exclusion import Exclusion, entry_keys
from openprospect_nb.sandbox.requests.rules import Body, Findings, is_identifier
from openprospect_nb.sandbox.server.loopback import is_loopback
from openprospect_nb.sandbox.server.problems import Problem


def read(data):
    """Return a body and its findings."""
    findings = Findings()
    return Body(data, findings), findings


def test_null_counts_as_absent():
    """Readers return None for a null field and note nothing unless it is required."""
    body, findings = read({"name": None})

    assert body.text("name", 5) is None
    assert body.texts("name", 5) is None
    assert findings.problems == []
    body.text("name", 5, required=True)
    assert [problem["field"] for problem in findings.problems] == ["name"]


def test_long_values_are_echoed_in_part():
    """A 422 doesn't send back megabytes."""
    body, findings = read({"name": "x" * 10_000, "list": ["y" * 10_000]})
    body.text("name", 5)
    body.text("list", 5)

    assert [len(problem["provided"]) for problem in findings.problems] == [200, 200]


@pytest.mark.parametrize(("value", "read_as"), [(5, 5), (5.0, 5), (5.5, None), (True, None), ("5", None), (0, None)])
def test_integers_are_those_of_json_schema(value, read_as):
    """5.0 is an integer, true is none, and bounds hold."""
    body, findings = read({"n": value})

    assert body.integer("n", 1, 10) == read_as
    assert bool(findings.problems) == (read_as is None)


def test_findings_stop_with_all_problems():
    """The 422 names every field in its text and its details."""
    body, findings = read({"a": 1})
    body.text("a", 5)
    body.text("b", 5, required=True)

    with pytest.raises(Problem, match="a, b") as caught:
        findings.stop()
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "text", ["", "x", "00000000-0000-4000-8000-00000000000", "0" * 32, "00000000-0000-4000-8000-0000000000٠٠"]
)
def test_only_the_usual_spelling_is_a_uuid(text):
    """Too short, undashed or non-ASCII digits are no identifiers."""
    assert not is_identifier(text)


def test_tiers_are_tried_best_first():
    """The best tier that fires is told: source id, domain, name with city, name alone."""
    exclusion = Exclusion(*(frozenset({key}) for key in entry_keys({"company_name": "Kurz GmbH", "external_id": "7"})))

    assert exclusion.tier("Kurz AG", "Bonn", None, "7") == 1
    assert exclusion.tier("KURZ", "Bonn", None) == 4
    assert exclusion.tier("Lang", "Bonn", "https://kurz.example") is None


def test_an_entry_has_a_key_for_the_fields_it_carries():
    """Domain and city keys appear with their fields; then the name alone never counts."""
    external, domain, name_city, name = entry_keys(
        {"company_name": "Müller & Söhne GmbH", "website_url": "https://www.shop.mueller.example/x", "city": "München"}
    )

    assert (external, domain, name) == (None, "mueller.example", None)
    assert name_city == entry_keys({"company_name": "MUELLER & SOEHNE", "city": "Muenchen"})[2]


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:5", True),
        ("http://localhost./", True),
        ("http://sandbox.localhost", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_loopback_is_recognised_and_nothing_else(url, is_local):
    """Only hosts that cannot leave the machine count."""
    assert is_loopback(url) is is_local
