"""What is masked in texts, and what only looks like a person."""

from __future__ import annotations

import polars as pl
import pytest

from openprospect_nb.markup.wording import wording
from openprospect_nb.privacy.masking import Pseudonyms, mask_for, masked_texts

SAY = wording("en")
PEOPLE = pl.DataFrame(
    {"first_name": ["Maja", "Jo"], "last_name": ["Lindqvist", None], "phone_number": ["+49 30 123456", "0176/555 123"]}
)
NOBODY = PEOPLE.clear()


def masked(text, people=PEOPLE):
    """Return *text* with the persons of a frame masked."""
    return mask_for([text], people, {}, SAY)(text)


@pytest.mark.parametrize(
    "number",
    ["+49 30 123456", "+49 (0)30 / 123456", "0049 30 123456", "030 1234567", "(030) 123 45 67", "0176555123",
     "+1 415 555 0132"],
)  # fmt: skip
def test_numbers_are_masked_by_their_structure(number):
    """A number with its country, a possible one of a delivered country, and a delivered one are masked."""
    assert masked(f"Call {number}, or Tel:{number}") == "Call [phone], or Tel:[phone]"


@pytest.mark.parametrize(
    "text",
    [
        "fetched at 2026-11-28T19:07:01.234567+00:00", "19:07:0123456789", "2026-11-28 07:00:12", "0.5 0.71 0.93 0.1",
        "0.02 (0.01 to 0.12)", "50-200 employees, 2010 – 2020", "HRB 123456 B", "1 000 000 to 5 000 000 EUR",
        "order 0f8fad5b-d9cb-469f-a165-70867728950e", "v1.36.0", "9001:2015", "DE 123 456 789",
    ],
)  # fmt: skip
def test_times_figures_and_ids_stay(text):
    """What is no number of a telephone is shown as it is."""
    assert masked(text) == text
    assert masked(text, NOBODY) == text


@pytest.mark.parametrize(
    "text",
    ["maja@firm.example", "maja (at) firm.example", "maja%40firm.example", "maja&#64;firm.example",
     "maja＠firm.example", "maja&commat;firm.example", r"maja\u0040firm.example"],
)  # fmt: skip
def test_addresses_are_masked_in_every_encoding(text):
    """No spelling of the sign lets an address through."""
    assert masked(f"write to {text}.") in {"write to [e-mail].", "write to [e-mail]"}


def test_names_become_pseudonyms_where_they_belong_to_one_person():
    """A name of two persons is a name; one person is the same contact everywhere."""
    names = Pseudonyms.of([("1", "Maja Lindqvist"), ("2", "Jo Berg"), ("3", "Jo Berg"), ("1", "Maja Lindqvist")], SAY)

    assert names.by_identity == {"1": "Contact 1", "2": "Contact 2", "3": "Contact 3"}
    assert names.by_name == {"maja lindqvist": "Contact 1", "jo berg": "[name]"}
    assert (
        mask_for(["Ask LINDQVIST, Maja"], PEOPLE, {"lindqvist maja": "Contact 1"}, SAY)("Ask LINDQVIST, Maja")
        == "Ask Contact 1"
    )


def test_only_texts_with_a_trace_are_returned():
    """What holds nobody is not in the answer."""
    assert masked_texts(["Maja Lindqvist", "a firm"], PEOPLE, SAY) == {"Maja Lindqvist": "[name]"}
