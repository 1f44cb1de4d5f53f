"""What is masked in texts, and what only looks like a person."""

from __future__ import annotations

import unicodedata

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
     "+1 415 555 0132", "0170‑555‑1234", "0170_5551234", "+49•170•5551234", "０３０-１２３４-５６７８", "٠٣٠١٢٣٤٥٦٧٨"],
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
     "maja＠firm.example", "maja&commat;firm.example", r"maja\u0040firm.example", "maja(ät)firm.example",
     "maja {at} firm.example", "maja(a)firm.example", "maja AT firm DOT example", "m.berg at firm.example",
     "m.berg _at_ firm.example", "maja%2540firm.example"],
)  # fmt: skip
def test_addresses_are_masked_in_every_encoding(text):
    """No spelling of the sign lets an address through."""
    assert masked(f"write to {text}.") in {"write to [e-mail].", "write to [e-mail]"}


def test_names_become_pseudonyms_where_they_belong_to_one_person():
    """A name of two persons is a name; one person is the same contact everywhere."""
    names = Pseudonyms.of([("1", "Maja Lindqvist"), ("2", "Jo Berg"), ("3", "Jo Berg"), ("1", "Maja Lindqvist")], SAY)

    assert names.by_identity == {"1": "Contact 1", "2": "Contact 2", "3": "Contact 3"}
    assert names.by_name == {"lindqvist maja": "Contact 1", "berg jo": "[name]"}
    assert (
        mask_for(["Ask LINDQVIST, Maja"], PEOPLE, {"lindqvist maja": "Contact 1"}, SAY)("Ask LINDQVIST, Maja")
        == "Ask Contact 1"
    )


@pytest.mark.parametrize("text", ["meet us at firm.example", "sold at three dots", "option (a) of firm.example"])
def test_at_is_a_word_too(text):
    """A sentence with "at" in it is no address."""
    assert masked(text) == text


def nfd(text):
    """Return *text* with each mark as a character of its own."""
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("İlker", "Şahin", "İlker Şahin"), ("Işıl", "Yıldız", "IŞIL YILDIZ"),
        (nfd("Jörg"), nfd("Müller"), nfd("Jörg Müller")), ("Jörg", "Müller", nfd("Jörg Müller")),
        ("राहुल", "शर्मा", "राहुल शर्मा"), ("สมชาย", "ใจดี", "สมชาย ใจดี"), ("مُحَمَّد", "أحمد", "مُحَمَّد أحمد"),
        ("מֹשֶׁה", "כהן", "משה כהן"), ("Νίκος", "Παπαδόπουλος", "ΝΙΚΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ"), ("Иван", "Петров", "Петров Иван"),
        ("José", "Núñez", "Jose Nunez"), ("Jörg", "Müller", "Joerg Mueller"), ("Karin", "Strauß", "STRAUSS, Karin"),
        ("Đorđe", "Ćosić", "Djordje Cosic"), ("Åse", "Sæther", "Aase Saether"), ("Þór", "Jónsson", "Thor Jonsson"),
        ("Zoë", "D'Arcy", "Zoë D’Arcy"), ("Jean-Luc", "Picard", "Jean Luc Picard"), ("Ida", "Frost", "ida-frost"),
        ("Lena", "Kessler", "Lena M. Kessler"), ("Dr. Lena", "Kessler", "Lena Kessler"), ("J.", "Berg", "J. Berg"),
        ("Sara", "Blum", "Sara Blums"), ("Sara", "Blum", "Sara Blum's"), ("Tom", None, ""),
        ("太郎", "山田", "山田太郎"), ("さくら", "佐藤", "佐藤 さくら"), ("민수", "김", "김민수"), ("伟", "王", "王伟"),
    ],
)  # fmt: skip
def test_a_name_is_masked_in_every_spelling(first, last, written):
    """Alphabets, marks, transcriptions, order, initials, titles and genitives hide nobody."""
    people = pl.DataFrame({"first_name": [first], "last_name": [last], "phone_number": ["+49 30 123456"]})
    for before, behind in ((" (", ") "), ("—", ", "), ("代表取締役の", "が創業。")):
        text = f"x{before}{written}{behind}x"
        assert masked(text, people) == f"x{before}{'[name]' if written else ''}{behind}x"


@pytest.mark.parametrize(
    "text", ["Maja und Lindqvist", "Majas Lindqvister", "Dr. Maja", "Lindqvist GmbH", "山 Maja", "M. Lindqvist GmbH"]
)
def test_part_of_a_name_is_nobodys(text):
    """A first name, a family name, or both apart from each other name nobody."""
    assert masked(text) == text


def test_words_beside_a_name_stay():
    """Single letters and titles before and behind it are words of the text."""
    assert masked("y Maja Lindqvist, Dr. Maja Lindqvist w Łodzi") == "y [name], Dr. [name] w Łodzi"


def test_only_texts_with_a_trace_are_returned():
    """What holds nobody is not in the answer."""
    assert masked_texts(["Maja Lindqvist", "a firm"], PEOPLE, SAY) == {"Maja Lindqvist": "[name]"}
