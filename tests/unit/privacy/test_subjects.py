"""Whom a text names, and what is left of texts that name somebody."""

from __future__ import annotations

import json

import pytest

from openprospect_nb.errors import ValidationError
from openprospect_nb.privacy.canonical import Form, Kind, person
from openprospect_nb.privacy.subjects import MARK, Subject, asked, blanked, blanked_text, mentions

ADA = Subject(frozenset({Form(Kind.ADDRESS, "ada@ab.example")}))
FIRM = Subject(frozenset({Form(Kind.DOMAIN, "ab.example")}))
ONE = Subject(frozenset({Form(Kind.ID, "company-9")}))
NAMED = Subject(frozenset({Form(Kind.NAME, "ada lovelace")}))
HAEE = Subject(frozenset({Form(Kind.NAME, "hae kimm")}))


@pytest.mark.parametrize(
    ("who", "form"),
    [
        ("Ada <ADA+x@ab.example>", Form(Kind.ADDRESS, "ada@ab.example")),
        ("https://www.AB.example/team", Form(Kind.DOMAIN, "ab.example")),
        ("mail.ab.example", Form(Kind.DOMAIN, "mail.ab.example")),
        ("de.linkedin.com/in/Ada/", Form(Kind.PROFILE, "linkedin.com/in/ada")),
        ("https://linkedin.example/in/ada", Form(Kind.PROFILE, "linkedin.example/in/ada")),
        ("0049 30 12345", Form(Kind.PHONE, "+493012345")),
        ("tel:+49-30-12345", Form(Kind.PHONE, "+493012345")),
        ("Lovelace, Ada", Form(Kind.NAME, "ada lovelace")),
        ("山田太郎", Form(Kind.NAME, "太 山 田 郎")),
        ("太郎　山田", Form(Kind.NAME, "太 山 田 郎")),
        ("김민수", Form(Kind.NAME, "김 민 수")),
        ("王伟", Form(Kind.NAME, "伟 王")),
        ("Öztürk", Form(Kind.NAME, "ozturk")),
        ("company-9", Form(Kind.ID, "company-9")),
        ("12345678", Form(Kind.ID, "12345678")),
        ("7", Form(Kind.ID, "7")),
        ("*@ab.example", Form(Kind.DOMAIN, "ab.example")),
        ("{0F8FAD5B-D9CB-469F-A165-70867728950E}", Form(Kind.ID, "0f8fad5b-d9cb-469f-a165-70867728950e")),
        ("urn:uuid:0f8fad5bd9cb469fa16570867728950e", Form(Kind.ID, "0f8fad5b-d9cb-469f-a165-70867728950e")),
        ("0F8FAD5B-D9CB-469F-A165-70867728950E", Form(Kind.ID, "0f8fad5b-d9cb-469f-a165-70867728950e")),
    ],
)
def test_what_is_asked_for_is_told_from_how_it_is_written(who, form):
    """An address, a domain, a profile, a number, a name, else an id."""
    assert asked(who) == form


def test_a_local_number_needs_its_country():
    """With the country it is a number, without it an error says what to write."""
    assert asked("030 12345", "Germany") == Form(Kind.PHONE, "+493012345")
    with pytest.raises(ValidationError, match="country code"):
        asked("030 12345")


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("", "at least 4"), ("王", "at least 4"), ("  a ", "at least 4"), ("*@", "at least 4"),
        ("a@b.example, c@d.example", "several"), ("co.uk", "of many"),
        ("gmail.com", "of many"), ("https://www.linkedin.com/", "of many"), ("mail.web.de", "of many"),
    ],
)  # fmt: skip
def test_what_names_nobody_is_refused(who, why):
    """Too little, and too much, is one clear error."""
    with pytest.raises(ValidationError, match=why):
        asked(who)


@pytest.mark.parametrize(
    ("who", "text"),
    [
        (FIRM, "https://www.AB.example/team"),
        (FIRM, "ada@mail.ab.example"),
        (ADA, '{"mail":"Ada@ab.example"}'),
        (ADA, r'{"mail":"\u0061\u0064\u0061@ab\u002Eexample"}'),
        (ADA, r'{"note":"write to\nada@ab.example\tsoon"}'),
        (ADA, json.dumps({"raw": r'{"mail":"ada\u0040ab.example"}'})),
        (ONE, "see company-9, please"),
        (ONE, '{"id":"company-9"}'),
        (NAMED, "Ask Lovelace,  Ada today"),
        (HAEE, "Ask Haee Kimm today"),  # a word that folds to another one when it is folded again
    ],
)
def test_a_text_names_somebody_however_it_is_written(who, text):
    """Case, paths, escapes, JSON within JSON and the order of a name hide nobody."""
    assert mentions(text, who)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("太郎", "山田", "代表取締役の山田太郎が1971年に創業。"), ("민수", "김", "대표 김민수가 설립"),
        ("伟", "王", "创始人王伟，1971年"),
        ("マイケル", "ジョンソン", "マイケル・ジョンソン氏"), ("Đorđe", "Ćosić", "Djordje Cosic leads"),
        ("Åse", "Sæther", "by Aase Saether"), ("अभिषेक", "त्रिवेदी", "श्री अभिषेक त्रिवेदी"),
        ("สมชาย", "ใจดี", "โดย สมชาย ใจดี"),
        ("Lena", "Kessler", "Lena M. Kessler"), ("Sara", "Blum", "Sara Blums Team"), ("Sara", "Blum", "Sara Blum's"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_a_text_of_its_language(first, last, text):
    """Without blanks between words, in other letters, with an initial or in the genitive."""
    assert mentions(text, Subject(frozenset({Form(Kind.NAME, person(first, last))})))


@pytest.mark.parametrize(
    ("who", "text"),
    [
        (FIRM, "lab.example"), (FIRM, "ab.examples"), (FIRM, "my-ab.example"), (FIRM, "abXexample"),
        (ADA, "nada@ab.example"), (ADA, "x.ada@ab.example"), (ADA, r"n\u0061da@ab.example"), (ADA, "ab.example"),
        (ADA, "a text \\ with \\u00 odd ends \\"), (ONE, "company-90"), (ONE, "my-company-9"), (ONE, "Company-9"),
        (NAMED, "Ada and Lovelace"), (NAMED, "Adam Lovelace"),
    ],
)  # fmt: skip
def test_a_longer_name_is_another(who, text):
    """What only looks alike is not named, and broken escapes are plain text."""
    assert not mentions(text, who)


def test_json_keeps_all_but_the_values_that_name_somebody():
    """Texts, numbers and names of fields are values; the others stay, in one canonical order."""
    phone = Subject(frozenset({Form(Kind.PHONE, "+493012345")}))
    stored = '{"b": "ü", "ada@ab.example": 1, "who": ["ada@ab.example", 2, null, true], "x": {"y": "Ada@AB.example"}}'

    assert json.loads(blanked_text(stored, ADA)) == {"b": "ü", MARK: 1, "who": [MARK, 2, None, True], "x": {"y": MARK}}
    assert blanked({"n": 493012345, "m": 49301234}, phone, country="DE") == {"n": MARK, "m": 49301234}
    assert blanked_text("ask ada@ab.example", ADA) == MARK
    assert blanked_text("ask eve@ab.example", ADA) == "ask eve@ab.example"


def test_a_record_of_a_person_inside_another_goes_whole():
    """Names beside an address are the person's; those of a firm, or of one beside another's address, are not."""
    ada = {"first_name": "Ada", "last_name": "L", "mails": ["ada@ab.example"]}
    eve = {"name": "Eve", "email": "eve@ab.example"}
    parent = {"name": "Holding", "note": "ask ada@ab.example"}
    stored = {
        "name": "Firm",
        "people": [ada, eve],
        "head": {"name": "Ada", "e-mail": "Ada@AB.example"},
        "parent": parent,
    }

    left = blanked(stored, ADA)
    assert left == {"name": "Firm", "people": [eve], "head": MARK, "parent": {"name": "Holding", "note": MARK}}
    assert json.loads(blanked_text(json.dumps(stored), ADA)) == left


def test_two_fields_that_name_one_person_stay_two():
    """Blanking loses no value to a name that stands there twice."""
    left = blanked({"ada@ab.example": 1, "ADA@ab.example": 2, "n": 3}, ADA)
    assert sorted(left.values()) == [1, 2, 3]
    assert not any("@" in name for name in left)


def test_what_only_the_whole_text_names_goes_whole():
    """A number over two items of JSON is still somebody's number."""
    phone = Subject(frozenset({Form(Kind.PHONE, "+493012345")}))
    assert blanked_text('["+49 30 12345"]', phone) == f'["{MARK}"]'
