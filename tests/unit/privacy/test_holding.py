"""Who is taken out of frames, in whatever spelling and place, and who stays."""

from __future__ import annotations

import base64
import json
import unicodedata

import polars as pl
import pytest

from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS
from openprospect_nb.privacy.canonical import Form, Kind, person
from openprospect_nb.privacy.holding import Held, hold_back
from openprospect_nb.privacy.subjects import MARK, Subject, mentions

MAJA = Subject(
    frozenset(
        {
            Form(Kind.ADDRESS, "maja@xn--mller-kva.example"),
            Form(Kind.PHONE, "+493012345"),
            Form(Kind.PROFILE, "linkedin.com/in/maja-lindqvist"),
            Form.of(Kind.PROSPECT, "live", "p-1"),
            Form.of(Kind.EMPLOYER, "live", "c-1"),
            Form.of(Kind.EMPLOYEE, "live", "c-1", person("Maja", "Lindqvist")),
        }
    )
)
FIRM = Subject(frozenset({Form(Kind.DOMAIN, "firm.example")}))
SPELLINGS = {
    "as it is": "maja@müller.example",
    "case": "MAJA@Müller.Example",
    "punycode": "maja@xn--mller-kva.example",
    "percent": "maja%40m%C3%BCller.example",
    "entity": "maja&#64;m&uuml;ller.example",
    "plus": "maja+news@müller.example",
    "zero-width": "ma\u200bja@mü\u00adller.example",
    "decomposed": unicodedata.normalize("NFD", "maja@müller.example"),
    "JSON escape": r"maja\u0040m\u00fcller.example",
    "quoted-printable": "maja=40m=C3=BCll=\ner.example",
    "tags": "maja<b>@</b><!-- no robots -->müller<wbr>.example",
    "at": "maja at müller.example",
    "at and dot": "maja [arobase] müller dot example",
    "base64": base64.b64encode("to:maja@müller.example;".encode()).decode(),
    "mail header": "=?utf-8?q?maja=40m=C3=BCller.example?=",
    "octal": r"maja\100müller.example",
    "braces": r"maja\u{40}m\u{fc}ller.example",
    "style sheet": r"maja\000040 müller.example",
    "underlined": "".join(f"{letter}\u0332" for letter in "maja@müller.example"),
    "display name": "Maja L. <maja@müller.example>",
    "phone": "+493012345",
    "phone with blanks": "+49 30 12345",
    "phone with 00": "0049 (0)30 / 123 45",
    "phone with bullets": "+49 · 30 • 12345",
    "phone with dashes": "030\u201412\u2212345",
    "phone on two lines": "030\n12345",
    "phone with underscores": "+49_30_12345",
    "phone in brackets": "[030] 12345",
    "phone in a link": "https://chat.example/493012345",
    "local phone": "030 12345",
    "profile": "https://www.linkedin.com/in/Maja-Lindqvist/?trk=x",
}
IN_A_PERSON = ("email", "first_name", "phone_number", "linkedin_url", "extra")
IN_A_COMPANY = ("name", "description", "match_reasoning", "legal_registration_info", "extra", "business_type")


def rows(schema, *rows):
    """Return a frame of a schema from partial rows, of Germany and live where nothing else is said."""
    usual = {"source": "live"} | ({"country": "Germany"} if "country" in schema else {})
    given = {name: value for name, value in usual.items() if name in schema}
    return pl.DataFrame([dict.fromkeys(schema) | given | row for row in rows], schema=schema)


FIRMS = rows(COMPANIES, {"id": "c-9", "name": "Nine"}, {"id": "c-8", "name": "Eight"})


@pytest.mark.parametrize("column", IN_A_PERSON)
def test_a_person_goes_whatever_column_names_them_in_whatever_spelling(column):
    """Of two prospects a spelling the one goes, the other and the companies stay."""
    named = {name: json.dumps({"contact": [text]}) if column == "extra" else text for name, text in SPELLINGS.items()}
    others = [f"beside {name}" for name in SPELLINGS]
    people = rows(
        PROSPECTS,
        *({"id": name, "company_id": "c-9", column: text} for name, text in named.items()),
        *({"id": name, "company_id": "c-9", "email": "other@müller.example"} for name in others),
    )
    left, held = hold_back({"companies": FIRMS, "prospects": people}, MAJA)

    assert left["prospects"]["id"].to_list() == others
    assert left["companies"].equals(FIRMS)
    assert held == Held(persons=len(SPELLINGS), rows=len(SPELLINGS))


@pytest.mark.parametrize("column", IN_A_COMPANY)
def test_a_text_of_a_company_that_names_a_person_is_blanked(column):
    """Each company keeps its row and all else; of JSON only the value that names the person goes."""
    is_json = column in {"extra", "legal_registration_info"}
    texts = [
        json.dumps({"ask": spelling, "vat": "DE1"}) if is_json else f"Ask for her: {spelling}, please"
        for spelling in SPELLINGS.values()
    ]
    firms = rows(
        COMPANIES,
        *({"id": name, "name": "Nine", column: text} for name, text in zip(SPELLINGS, texts, strict=True)),
        {"id": "c-8", "name": "Eight"},
    )
    left, held = hold_back({"companies": firms}, MAJA)
    blanked = json.dumps({"ask": MARK, "vat": "DE1"}, separators=(",", ":")) if is_json else MARK

    assert left["companies"]["id"].to_list() == [*SPELLINGS, "c-8"]
    assert dict(left["companies"].head(-1).select("id", column).rows()) == dict.fromkeys(SPELLINGS, blanked)
    assert held == Held(texts=len(SPELLINGS))


def test_items_of_lists_that_name_a_person_are_left_out():
    """Numbers, reasons and links of companies lose the item alone, the platform of a link counts as its address."""
    link = {"platform": "x", "url": "https://x.example/eight"}
    firms = rows(
        COMPANIES,
        *(
            {
                "id": name,
                "phone_numbers": ["+49 30 999999", spelling],
                "match_reasons": ["good", f"{spelling} wrote", None],
                "social_media_links": [{"platform": spelling, "url": "u"}, {"platform": "x", "url": spelling}, link],
            }
            for name, spelling in SPELLINGS.items()
        ),
    )
    left, held = hold_back({"companies": firms}, MAJA)
    lists = left["companies"].select("id", "phone_numbers", "match_reasons", "social_media_links").rows()

    assert lists == [(name, ["+49 30 999999"], ["good", None], [link]) for name in SPELLINGS]
    assert held == Held(texts=3 * len(SPELLINGS))


LOOK_ALIKES = [
    "amaja@müller.example", "maja@müller.example.test", "maja@muller.example", "maja@mail.müller.example",
    "maja@mueller.example", "x.maja@müller.example", "+49 30 123456", "+49 30 12345-7", "+43 30 12345",
    "linkedin.com/in/maja", "linkedin.com/in/maja-lindqvist-2", "müller.example", "https://müller.example/maja",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_stay(text):
    """Nobody else's row or text is touched."""
    firms = rows(
        COMPANIES, {"id": "c-9", "description": f"see {text} now", "phone_numbers": [text], "website_url": text}
    )
    people = rows(
        PROSPECTS, *({"id": f"p-{n}", "company_id": "c-9", name: text} for n, name in enumerate(IN_A_PERSON, 5))
    )
    frames = {"companies": firms, "prospects": people}
    left, held = hold_back(frames, MAJA)

    assert all(left[name].equals(frame) for name, frame in frames.items())
    assert not held


def test_a_local_number_is_read_in_the_country_of_its_company():
    """The same digits in Austria are somebody else's."""
    firms = rows(COMPANIES, {"id": "c-9"}, {"id": "c-8", "country": "AT"}, {"id": "c-7", "country": None})
    people = rows(
        PROSPECTS, *({"id": f"p-{n}", "company_id": f"c-{n}", "phone_number": "030 12345"} for n in (9, 8, 7))
    )
    left, _ = hold_back({"companies": firms, "prospects": people}, MAJA)

    assert left["prospects"]["id"].to_list() == ["p-8"]


def test_a_person_is_known_by_the_id_and_by_the_name_at_the_company():
    """A changed address does not bring a person back; an id of another source and a namesake elsewhere are others."""
    people = rows(
        PROSPECTS,
        {"id": "p-1", "company_id": "c-1", "first_name": "M.", "email": "new@müller.example"},
        {"id": "p-5", "company_id": "c-1", "first_name": "LINDQVIST", "last_name": "Maja", "email": "m@other.example"},
        {"id": "p-6", "company_id": "c-2", "first_name": "Maja", "last_name": "Lindqvist", "email": "m@third.example"},
        {"id": "p-1", "company_id": "c-1", "first_name": "Eva", "source": "sandbox"},
    )
    left, held = hold_back({"prospects": people}, MAJA)

    assert left["prospects"].select("id", "source").rows() == [("p-6", "live"), ("p-1", "sandbox")]
    assert held == Held(persons=2, rows=2)


def test_texts_of_the_company_lose_the_name_of_a_person_who_works_there():
    """The vendor's prose about a company names its contacts; another company's may name a namesake."""
    text = "Tools are chosen by Maja\u00a0Lindqvist since May."
    firms = rows(
        COMPANIES,
        {"id": "c-1", "match_reasoning": text, "match_reasons": ["Lindqvist, Maja decides", "large"],
         "extra": '{"a":"MAJA LINDQVIST","b":1}'},
        {"id": "c-2", "match_reasoning": text},
    )  # fmt: skip
    people = rows(PROSPECTS, {"id": "p-3", "company_id": "c-1", "qualification_reason": "reports to Maja Lindqvist"})
    left, held = hold_back({"companies": firms, "prospects": people}, MAJA)
    row = left["companies"].row(0, named=True)

    assert (row["match_reasoning"], row["match_reasons"], row["extra"]) == (MARK, ["large"], f'{{"a":"{MARK}","b":1}}')
    assert left["companies"]["match_reasoning"][1] == text
    assert left["prospects"]["qualification_reason"].to_list() == [MARK]
    assert held == Held(texts=4)


SITES = ["https://www.firm.example/about", "FIRM.EXAMPLE.", "mail.firm.example", "http://firm.example:8080"]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("column", ["website_url", "normalized_url"])
def test_a_company_goes_with_its_prospects(site, column):
    """Whoever works there goes with it, whatever their addresses; others with an address there go too."""
    firms = rows(COMPANIES, {"order_id": "o", "id": "c-1", column: site}, {"order_id": "o", "id": "c-2"})
    people = rows(
        PROSPECTS,
        {"order_id": "o", "id": "p-1", "company_id": "c-1", "email": "a@web.example"},
        {"order_id": "o", "id": "p-2", "company_id": "c-2", "email": "b@mail.firm.example"},
        {
            "order_id": "o",
            "id": "p-3",
            "company_id": "c-2",
            "email": "c@web.example",
            "job_title": "was at firm.example",
        },
    )
    left, held = hold_back({"companies": firms, "prospects": people}, FIRM)

    assert left["companies"]["id"].to_list() == ["c-2"]
    assert left["prospects"]["id"].to_list() == ["p-3"]
    assert left["prospects"]["job_title"].to_list() == [MARK]
    assert held == Held(persons=2, companies=1, rows=3, texts=1)


@pytest.mark.parametrize("site", ["https://firm.example.test", "notfirm.example", "my-firm.example", "example"])
def test_a_company_with_a_longer_domain_stays(site):
    """``firm.example`` takes neither firm.example.test nor notfirm.example."""
    firms = rows(COMPANIES, {"id": "c-1", "website_url": site, "normalized_url": site, "description": f"at {site}"})
    left, held = hold_back({"companies": firms}, FIRM)

    assert left["companies"].equals(firms)
    assert not held


def test_rejects_and_drift_of_rows_that_go_go_too():
    """A rejected value of a forgotten row goes; an example of its kind of record may be theirs and is blanked."""
    people = rows(PROSPECTS, {"id": "p-1", "company_id": "c-9"}, {"id": "p-2", "company_id": "c-9"})
    rejects = rows(
        REJECTS,
        {"record": "prospect", "row_id": "p-1", "raw": "7"},
        {"record": "company", "row_id": "p-1", "raw": "7"},
        {"record": "prospect", "row_id": None, "raw": '"maja%40m%C3%BCller.example"'},
    )
    drift = rows(
        DRIFT,
        {"record": "prospect", "field": "nickname", "kind": "new", "example": "Majsan"},
        {"record": "prospect", "field": "job_title", "kind": "missing", "example": "p-1"},
        {"record": "prospect", "field": "job_title", "kind": "missing", "example": "p-2"},
        {"record": "prospect", "field": "born", "example": None},
        {"record": "company", "field": "note", "example": "ok"},
    )
    left, held = hold_back({"prospects": people, "rejects": rejects, "drift": drift}, MAJA)

    assert left["rejects"]["record"].to_list() == ["company"]
    assert left["drift"]["example"].to_list() == [MARK, MARK, "p-2", None, "ok"]
    assert held == Held(persons=1, rows=3)


def test_frames_of_other_shapes_are_read_too():
    """A list of somebody's own, with numbers for ids and columns of its own, loses the same persons."""
    people = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "email": ["maja@müller.example", None, None],
            "Mobil": [None, "+49 30 12345", "-"],
            "n": [1.5, 2, 3],
        }
    )
    left, held = hold_back({"prospects": people}, MAJA)

    assert left["prospects"].equals(people.filter(pl.col("id") == 3))
    assert held.persons == 2


def test_nothing_is_an_answer():
    """Empty frames and frames without a known column come back as they are."""
    for frame in (COMPANIES.to_frame(), pl.DataFrame(), pl.DataFrame({"x": [1]})):
        left, held = hold_back({"companies": frame, "prospects": frame}, MAJA)
        assert left["companies"].equals(frame)
        assert left["prospects"].equals(frame)
        assert not held


@pytest.mark.parametrize(
    ("first", "last", "as_noted"),
    [
        ("Aase", "Isaac", "aase isaac"),
        ("Djordje", "Berg", "berg djordje"),
        ("太郎", "山田", "太郎 山田"),
        ("राम", "वर्मा", "म र वरम"),
    ],
)
def test_who_was_forgotten_by_an_earlier_version_is_held_back(first: str, last: str, as_noted: str) -> None:
    """Its ledger holds names as they were folded then: the person at the company is known, and named in texts."""
    employee = Form.of(Kind.EMPLOYEE, "live", "c-1", as_noted)
    noted = Subject(frozenset({employee, Form.of(Kind.EMPLOYER, "live", "c-1"), Form(Kind.NAME, as_noted)}))
    people = rows(PROSPECTS, {"id": "p-7", "company_id": "c-1", "first_name": first, "last_name": last})
    left, _ = hold_back({"companies": rows(COMPANIES, {"id": "c-1", "name": "One"}), "prospects": people}, noted)

    assert left["prospects"].is_empty()
    assert mentions(f"{first} {last} left us.", noted)
