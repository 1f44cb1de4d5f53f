"""Who is found in stored texts, and what is put in their place."""

from __future__ import annotations

import json

import pytest

from openprospect_nb.journal.forgetting import names, pattern_of, redacted, redacted_text

MARK = "[forgotten]"


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("ab.example", "ab.example"),
        ("ab.example", "https://www.AB.example/team"),
        ("ab.example", "ada@ab.example"),
        ("ada@ab.example", '{"mail":"Ada@ab.example"}'),
        ("ada@ab.example", r'{"mail":"ada\u0040ab.example"}'),
        ("ada@ab.example", r'{"mail":"\u0061\u0064\u0061@ab\u002Eexample"}'),
        ("ada@ab.example", r'{"note":"write to\nada@ab.example\tsoon"}'),
        ("müller.example", r'{"url":"https:\/\/m\u00fcller.example\/"}'),
        ("ada@ab.example", json.dumps({"raw": r'{"mail":"ada\u0040ab.example"}'})),
    ],
)
def test_a_name_is_found_however_it_is_written(who, text):
    """Case, a path around a domain, JSON's escapes and JSON within JSON hide nobody."""
    assert names(text, pattern_of(who))


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("ab.example", "lab.example"),
        ("ab.example", "ab.examples"),
        ("ab.example", "my-ab.example"),
        ("ab.example", "abXexample"),
        ("ada@ab.example", "nada@ab.example"),
        ("ada@ab.example", "x.ada@ab.example"),
        ("ada@ab.example", "ada@ab.example-works.example"),
        ("ada@ab.example", r"n\u0061da@ab.example"),
        ("ada@ab.example", "a text \\ with \\u00 odd ends \\"),
    ],
)
def test_a_longer_name_is_another(who, text):
    """A name inside a longer one is not found, and broken escapes are plain text."""
    assert not names(text, pattern_of(who))


def test_stored_json_keeps_all_but_the_texts_that_match():
    """Only the texts that name somebody are replaced; a listed company that matches is replaced whole."""
    stored = json.dumps(
        {
            "title": "for ab.example",
            "briefing_quantity": 3,
            "tags": ["ab.example", "ok"],
            "companies": [{"company_name": "Ab", "website_url": "https://ab.example", "n": 1}, {"company_name": "Öl"}],
        }
    )
    assert json.loads(redacted_text(stored, pattern_of("ab.example"), MARK)) == {
        "title": MARK,
        "briefing_quantity": 3,
        "tags": [MARK, "ok"],
        "companies": [{"company_name": MARK}, {"company_name": "Öl"}],
    }


def test_companies_that_are_no_list_are_values_like_any_other():
    """What stands under ``companies`` need not be a list of objects."""
    who = pattern_of("ab.example")
    assert json.loads(redacted_text('{"companies":"ab.example"}', who, MARK)) == {"companies": MARK}
    assert json.loads(redacted_text('{"companies":["ab.example","x",3]}', who, MARK)) == {
        "companies": [{"company_name": MARK}, "x", 3]
    }


def test_redacted_json_is_canonical():
    """The text comes back with sorted names, without spaces, and with umlauts as they are."""
    assert redacted_text('{"b": "ü", "a": 1}', pattern_of("ab.example"), MARK) == '{"a":1,"b":"ü"}'


def test_a_text_that_is_no_json_is_replaced_whole():
    """A plain text that names somebody leaves nothing behind."""
    assert redacted_text("order for ab.example", pattern_of("ab.example"), MARK) == MARK


def test_values_of_other_kinds_stay():
    """Numbers, Booleans and null are nobody's name; tuples become lists."""
    value = {"n": 1.5, "ok": True, "none": None, "pair": ("ab.example", 2)}
    assert redacted(value, pattern_of("ab.example"), MARK) == {"n": 1.5, "ok": True, "none": None, "pair": [MARK, 2]}
