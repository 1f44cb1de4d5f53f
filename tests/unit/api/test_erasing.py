"""What is taken out of results that name somebody."""

from __future__ import annotations

import json

import polars as pl
import pytest

from openprospect_nb.api.erasing import without
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS
from openprospect_nb.journal.forgetting import pattern_of

WHO = pattern_of("ada@ab.example")
ESCAPED = r'{"contact":"\u0061da\u0040ab.example"}'


def rows(schema, *rows):
    """Return a frame of a schema from partial rows."""
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


@pytest.mark.parametrize("column", ["description", "legal_registration_info", "extra"])
@pytest.mark.parametrize("text", ["ask ada@ab.example", ESCAPED, json.dumps({"raw": ESCAPED})])
def test_a_company_whose_text_names_somebody_goes_with_its_prospects(column, text):
    """Free text and free-form JSON count, whatever escapes the server used, and the company's prospects go too."""
    companies = rows(COMPANIES, {"order_id": "o", "id": "a", column: text}, {"order_id": "o", "id": "b"})
    people = rows(
        PROSPECTS,
        {"order_id": "o", "id": "1", "company_id": "a"},
        {"order_id": "o", "id": "2", "company_id": "b"},
    )
    left, gone = without(Results(companies=companies, prospects=people), WHO)

    assert (left.companies["id"].to_list(), left.prospects["id"].to_list(), gone) == (["b"], ["2"], 2)


def test_prospects_keep_their_columns_and_their_companies():
    """Rows without an order belong together too, and no prospect gains a column or a copy."""
    companies = rows(COMPANIES, {"id": "a"}, {"id": "b", "description": "ada@ab.example"}, {"order_id": "o", "id": "a"})
    people = rows(PROSPECTS, {"id": "1", "company_id": "a"}, {"id": "2", "company_id": "b"})
    left, _ = without(Results(companies=companies, prospects=people), WHO)

    assert left.prospects.equals(people.head(1))


def test_lists_and_links_count():
    """A list of texts and the address of a social profile name somebody as well."""
    profile = {"platform": "x", "url": "https://x.example/?m=ada@ab.example"}
    companies = rows(
        COMPANIES,
        {"order_id": "o", "id": "a", "match_reasons": ["good", "ada@ab.example wrote"]},
        {"order_id": "o", "id": "b", "match_reasons": ["good", None]},
        {"order_id": "o", "id": "c", "social_media_links": [profile]},
        {"order_id": "o", "id": "d", "social_media_links": []},
    )
    left, gone = without(Results(companies=companies), WHO)

    assert (left.companies["id"].to_list(), gone) == (["b", "d"], 2)


def test_rejected_values_and_examples_of_drift_go():
    """A rejected value that names somebody goes with its row, an example of drift is blanked and its row stays."""
    rejects = rows(REJECTS, {"order_id": "o", "raw": f'"{ESCAPED}'}, {"order_id": "o", "raw": "7"})
    drift = rows(DRIFT, {"field": "x", "example": ESCAPED}, {"field": "y", "example": "ok"})
    left, gone = without(Results(rejects=rejects, drift=drift), WHO)

    assert (left.rejects["raw"].to_list(), gone) == (["7"], 1)
    assert left.drift["example"].to_list() == ["[forgotten]", "ok"]


def test_provenance_and_errors_are_blanked():
    """The facts beside the frames keep their form and lose the name."""
    results = Results(
        errors={"o": "no ada@ab.example"}, provenance={"icp": {"profile_name": ESCAPED}, "source": "live"}
    )
    left, gone = without(results, WHO)

    assert (left.errors, left.provenance, gone) == (
        {"o": "[forgotten]"},
        {"icp": {"profile_name": "[forgotten]"}, "source": "live"},
        0,
    )


def test_results_that_name_nobody_stay_as_they_are():
    """Nothing is erased where nothing matches, backslashes or not."""
    companies = rows(COMPANIES, {"order_id": "o", "id": "a", "extra": r'{"path":"C:\\ab"}'}, {"order_id": "o"})
    left, gone = without(Results(companies=companies), WHO)

    assert (left.companies.height, gone) == (2, 0)
