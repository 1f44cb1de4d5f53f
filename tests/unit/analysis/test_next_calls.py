"""The obvious next call on what a call returned works."""

from __future__ import annotations

import pytest
from support.samples import make_results

import openprospect_nb as op


@pytest.fixture(scope="module")
def results():
    """Sixty companies with their prospects."""
    return make_results()


def test_a_results_can_be_explained(results):
    """Explaining a company of a Results is explaining it in the scored frame."""
    company = results.companies["id"][0]
    assert op.explain(results, company) == op.explain(op.score(results), company)


def test_a_send_list_is_taken_for_its_prospects(results):
    """What takes prospects takes the value that holds chosen ones."""
    chosen = op.send_list(results, max_bounce_rate=0.1)
    assert op.bounce_forecast(chosen) == op.bounce_forecast(chosen.prospects)
    assert op.send_list(chosen, max_bounce_rate=0.1).size == chosen.size
    assert op.contactable(chosen).height == chosen.size


def test_a_list_of_contactable_prospects_can_be_taken(results):
    """The tiers count, and the list is made of them."""
    assert op.send_list(op.contactable(results), max_bounce_rate=0.1).size > 0
