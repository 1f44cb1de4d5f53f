"""Which requests mean the same order."""

from __future__ import annotations

import pytest

from openprospect_nb.journal import PurchaseKind
from openprospect_nb.journal.sameness import meaning

OPTIONS = {"briefing_quantity": 5, "features": ["CONTACTS", "COMPANY_DATA"], "title": "Café  list"}


@pytest.mark.parametrize(
    "other",
    [
        {"features": ["COMPANY_DATA", "CONTACTS"]},
        {"priority": "NORMAL"},
        {"blacklist_ids": [], "contact_roles": []},
        {"output_language": " "},
        {"title": " Cafe\u0301 list\n"},
    ],
)
def test_spelling_is_no_other_order(purchase, other):
    """Order within a list, documented defaults, what is empty, blanks and Unicode forms make no second order."""
    assert purchase(options=OPTIONS | other).intent == purchase(options=OPTIONS).intent


@pytest.mark.parametrize(
    "other",
    [
        {"features": ["COMPANY_DATA"]},
        {"priority": "EXPRESS"},
        {"blacklist_ids": ["b"]},
        {"briefing_quantity": 6},
        {"title": "Another list"},
        {"webhook_url": "https://hooks.example/a"},
        {"output_language": "de"},
    ],
)
def test_whatever_changes_what_comes_is_another_order(purchase, other):
    """What is wanted, how fast, without whom, under which title and told to whom makes another order."""
    assert purchase(options=OPTIONS | other).intent != purchase(options=OPTIONS).intent


@pytest.mark.parametrize("countries", [["DE", "AT"], ["Austria", "germany"], ["Deutschland", "AT", "de"]])
def test_a_country_is_one_country_however_it_is_called(countries):
    """Codes and names of a country, in any order and language, are the same; an unknown one is itself."""
    assert meaning({"target_countries": [*countries, "Ruritania"]}) == {"target_countries": ["AT", "DE", "ruritania"]}


def test_companies_come_in_any_order_and_each_counts(purchase):
    """The rows of an enrichment are the same in another order, and another order with one row more or fewer."""
    one, two = {"company_name": "A"}, {"company_name": "B"}
    both, turned, more = (
        purchase(kind=PurchaseKind.ENRICHMENT, options={"companies": rows}).intent
        for rows in ([one, two], [two, one], [one, two, two])
    )

    assert both == turned != more


def test_a_meaning_means_itself():
    """Spelling a meaning out once more changes nothing, so fingerprints do not depend on how often it was done."""
    fields = {"target_countries": ["Germany", "XK", "Nowhere "], "features": ["B", "A", "A"], "x": {"y": [1]}, "n": 0}

    assert meaning(meaning(fields)) == meaning(fields)
