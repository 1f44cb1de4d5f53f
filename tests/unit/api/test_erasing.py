"""What is taken out of stored results, beside their frames."""

from __future__ import annotations

import json

import polars as pl
import pytest

from openprospect_nb.api.erasing import without
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.holding import Held
from openprospect_nb.privacy.subjects import Subject

ADA = Subject(frozenset({Form(Kind.ADDRESS, "ada@ab.example")}))
NAMED = Subject(ADA.forms | {Form(Kind.NAME, "ada lovelace")})
ESCAPED = r'{"contact":"\u0061da\u0040ab.example"}'


def rows(schema, *rows):
    """Return a frame of a schema from partial rows."""
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


@pytest.mark.parametrize("text", ["ask ada@ab.example", ESCAPED, json.dumps({"raw": ESCAPED})])
def test_provenance_and_errors_are_blanked(text):
    """The facts beside the frames keep their form and lose whoever they name; our own facts stay as they are."""
    facts = {"icp": {"profile_name": text, "n": 1}, "orders": [{"title": "for Ada Lovelace"}], "home": "/ab.example"}
    left, held = without(Results(errors={"o": text}, provenance=facts), ADA, NAMED)

    assert left.errors == {"o": "[forgotten]"}
    assert left.provenance == {
        "icp": {"profile_name": "[forgotten]", "n": 1},
        "orders": [{"title": "[forgotten]"}],
        "home": "/ab.example",
    }
    assert held == Held()


def test_rows_without_an_order_belong_together():
    """A company goes with its prospects where no order is known, and no prospect gains a column or a copy."""
    companies = rows(COMPANIES, {"id": "a"}, {"id": "b", "website_url": "ab.example"}, {"order_id": "o", "id": "a"})
    people = rows(PROSPECTS, {"id": "1", "company_id": "a"}, {"id": "2", "company_id": "b"})
    firm = Subject(frozenset({Form(Kind.DOMAIN, "ab.example")}))
    left, held = without(Results(companies=companies, prospects=people), firm, firm)

    assert left.prospects.equals(people.head(1))
    assert held == Held(persons=1, companies=1, rows=2)
