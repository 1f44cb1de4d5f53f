"""Lists that look like companies and are none, or hold what is no company: persons, sums, other tables, slips."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from openprospect_nb.errors import ValidationError
from openprospect_nb.files import preview
from openprospect_nb.files.company_list import companies_from
from openprospect_nb.privacy.canonical import domain

PERSONS = {
    "name, email, phone": "Name,Email,Phone\nSarah Low,sarah@x.example,1\nTom Ray,t@y.example,2\n",
    "a buyer, freemail": "Kunde;E-Mail;Ort\nUte Alt;ute.alt@gmx.de;Ulm\nKarl Neu;k.neu@web.de;Bonn\n",
    "a client": "Client,Email\nSarah Low,sarah.low@x.example\n",
    "of a shop": "Customer Name,Customer Email,City\nUte Alt,ute.alt@x.example,Ulm\n",
    "of a till": "id,Description,Email,Name,Created (UTC),Card Address City\ncus_1,,u@x.example,Ute Alt,2026,Ulm\n",
    "a heading nobody knows": "Name,Reach me at\nUte Alt,ualt@x.example\n",
    "profiles": "Name,City,Where\nUte Alt,Ulm,https://www.linkedin.com/in/ute-alt-12\n",
    "roles": "Name,Role\nUte Alt,Buyer\nKarl Neu,CFO\n",
    "titles": "Name,Title,City\nSarah Low,CEO,Leeds\nTom Ray,CFO,York\n",
    "birthdays": "Name,Phone,Mobile,Birthday\nUte Alt,1,2,1990-01-01\n",
}
FIRMS = {
    "of one name with its host": "Name,Email\nFoxglove,foxglove@foxglove.example\n",
    "with boxes": "Name,Email,Phone\nFox Tools,info@fox.example,1\nRay Ltd,ray@ray.example,2\n",
    "buyers with boxes": "Kunde;E-Mail\nFuchs GmbH;fuchs@web.de\nSohn KG;einkauf@sohn.example\n",
    "under a clear heading": "Company,Email\nFox Tools,foxtools@gmail.com\n",
    "with a site and a mobile": "Name,Website,Mobile\nFox Tools,fox.example,1\n",
    "with a boss": "Name,City,Boss\nFox Tools,Ulm,https://www.linkedin.com/in/ute-alt-12\n",
}


@pytest.mark.parametrize("what", PERSONS)
def test_a_person_is_not_bought_as_a_company(what: str, tmp_path: Path) -> None:
    """Names beside what is a person's are refused, and the column is named with the reason."""
    path = tmp_path / "list.csv"
    path.write_text(PERSONS[what], "utf-8")
    with pytest.raises(ValidationError, match=r"no such column among .*(names of persons|is the person's)"):
        companies_from(path)


@pytest.mark.parametrize("what", FIRMS)
def test_a_company_with_an_address_stays_one(what: str, tmp_path: Path) -> None:
    """Names of companies beside their addresses are bought, all of them."""
    path = tmp_path / "list.csv"
    path.write_text(FIRMS[what], "utf-8")
    assert len(companies_from(path)) == FIRMS[what].count("\n") - 1


TOTALS = (
    "Gesamtergebnis,Teilergebnis,Average,Celkem,Yhteensä,Итого,合計,Toplam,Összesen,Ogółem,Totale complessivo,Spolu,"
    "Genel Toplam,총합계,总计,Σύνολο,Ukupno,Общий итог,Moyenne,Totalt,Grand Totals (2 records),Total general"
)


@pytest.mark.parametrize("word", TOTALS.split(","))
@pytest.mark.parametrize("heading", ["Firma;Umsatz", "Kundennummer;Firma"])
def test_a_sum_is_no_company_in_any_language(word: str, heading: str, tmp_path: Path) -> None:
    """A row that sums up is passed over and said, under the names and under the ids."""
    rows = "A GmbH;1\nB GmbH;2\n" if heading.startswith("Firma") else "1;A GmbH\n2;B GmbH\n"
    last = f"{word};3\n" if heading.startswith("Firma") else f"{word};\n"
    path = tmp_path / "list.csv"
    path.write_text(f"{heading}\n{rows}{last}", "utf-8")
    shown = preview(path)
    assert shown.good["company_name"].to_list() == ["A GmbH", "B GmbH"]
    assert not shown.bad.height
    assert any("Row 4 is a total" in note for note in shown.notes)


SECOND = {
    "of persons": ("Company,City\nA Ltd,Leeds\n\nContact,Phone\nUte Alt,123\n", "Rows 4 to 5 are another table"),
    "of other fields": ("Company,City\nA Ltd,Leeds\n,\nFirma,Land\nB GmbH,DE\n", "Rows 4 to 5 .*'Firma', 'Land'"),
    "and back": (
        "Company,City\nA Ltd,Leeds\n\nName,Value\nx,y\n\nCompany,City\nB Ltd,York\n",
        "Rows 4 to 5 are another table",
    ),
}


@pytest.mark.parametrize("what", SECOND)
def test_a_table_below_is_said_and_not_bought(what: str, tmp_path: Path) -> None:
    """Below a blank row another heading begins another table: its rows are not sent, and the notes name them."""
    text, note = SECOND[what]
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    shown = preview(path)
    firms = [{"company_name": "A Ltd", "city": "Leeds"}, {"company_name": "B Ltd", "city": "York"}]
    assert companies_from(shown) == firms[: 2 if what == "and back" else 1]
    assert any(re.search(note, said) for said in shown.notes), shown.notes


TYPED = {
    "https://a.example/de?x=1": "https://a.example/de?x=1",
    "http//b.example": "b.example",
    "http:/h.example": "h.example",
    "<https://f.example>": "f.example",
    "www,j.example": "j.example",
    "c1.example, c2.example": "c1.example",
    "d1.example,d2.example": "d1.example",
    "e1.example / e2.example": "e1.example",
    "https://www.linkedin.com/company/k": None,
    "http//linkedin.com/company/k": None,
    "siehe Impressum": None,
    "info@g.example": None,
}


@pytest.mark.parametrize("typed", TYPED)
def test_a_web_address_goes_out_as_it_is_meant(typed: str) -> None:
    """A slip is mended to the host that suppression lists read, of several the first is sent; changes are said."""
    shown = preview(
        [{"company_name": "A", "website": typed}, *({"company_name": n, "website": f"{n}.example"} for n in "XYZ")]
    )
    assert shown.good["website_url"][0] == TYPED[typed]
    note = [text for text in shown.notes if f"row 1 {typed!r}" in text]
    assert bool(note) == (TYPED[typed] != typed)
    host = TYPED[typed]
    assert host is None or domain(host) == domain(typed)


def test_a_column_of_slips_alone_is_sent() -> None:
    """Web addresses of which none is typed whole are web addresses all the same."""
    shown = preview([{"company_name": "A", "website": "<http//a.example>"}])
    assert shown.good.rows(named=True) == [{"company_name": "A", "website_url": "a.example"}]


@pytest.mark.parametrize("name", ["info@a.example", True, False])
def test_what_is_no_name_is_refused_by_its_row(name: object) -> None:
    """An e-mail address or a boolean among names is a row that cannot be sent, with the reason."""
    shown = preview(pl.DataFrame({"Company": ["A Ltd", name, "B Ltd"]}, schema={"Company": pl.Object}, strict=False))
    assert shown.good["company_name"].to_list() == ["A Ltd", "B Ltd"]
    [(row, why)] = shown.bad.select("row", "why").rows()
    assert row == 2
    assert "company_name: is " in why


def test_more_rows_than_an_order_takes_are_said_before_it() -> None:
    """The preview of 10,001 rows says that one order takes 10,000; that of 10,000 rows does not."""
    firms = pl.DataFrame({"company_name": [f"C{n}" for n in range(10_001)]})
    assert any("10,001 rows are more than" in note for note in preview(firms).notes)
    assert not any("are more than" in note for note in preview(firms.head(10_000)).notes)


def test_long_ids_of_a_workbook_are_said(tmp_path: Path) -> None:
    """A workbook keeps 15 digits of a number, so longer ids are named; 15 digits are whole."""
    for identity, is_said in ((12345678901234567890, True), (123456789012345, False)):
        with xlsxwriter.Workbook(tmp_path / "ids.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["Account ID", "Company"])
            sheet.write_row(1, 0, [identity, "A Ltd"])
        notes = preview(tmp_path / "ids.xlsx").notes
        assert any("over 15 digits" in note for note in notes) == is_said, notes


def test_a_second_column_of_a_field_is_told_in_a_sentence() -> None:
    """Where two columns could be the name, the note says which is used, in words that follow the column."""
    notes = preview([{"Unternehmen": "A GmbH", "Firma": "A GmbH"}]).notes
    assert notes == ["Column 'Firma' is not used: 'Unternehmen' is used as company_name."]


def test_addresses_are_not_proposed_as_names() -> None:
    """A column of e-mail addresses is no candidate for a field, whatever its heading says."""
    shown = preview([{"Customer Name": "Ute Alt", "Customer Email": "ute.alt@x.example"}])
    assert set(shown.unused) == {"Customer Name"}


def test_a_country_in_another_word_is_no_other_company() -> None:
    """Rows that differ in how they write one country are bought once; another one, or one nobody knows, is not it."""
    words = ["Germany", "DE", "deutschland", "DEU", "Allemagne", "Austria", "Nowhere", "nowhere", None]
    told = preview([{"Firma": "Quast GmbH", "Ort": "Ulm", "Land": word} for word in words])

    assert told.good["country"].to_list() == ["Germany", "Austria", "Nowhere", None]
    assert told.repeated == 5


UNITS = (
    "[Text];[Ort];[EUR] text;text;kEUR Name;Stadt;Mio.€ Einheit:;-;TEUR ;;(Anzahl) string;string;float (n);(town);(€)"
)


@pytest.mark.parametrize("row", UNITS.split())
def test_a_row_of_units_is_no_company(row: str, tmp_path: Path) -> None:
    """The row below the heading that says in which units the columns are is passed over, and said."""
    path = tmp_path / "list.csv"
    path.write_text(f"Firma;Ort;Umsatz\n{row}\nQuast GmbH;Ulm;3\nText;Ulm;EUR\n", "utf-8")
    told = preview(path)

    assert told.good["company_name"].to_list() == ["Quast GmbH", "Text"]
    assert told.bad.is_empty()
    assert "Row 2 tells what the columns are to hold and is passed over." in told.notes


def test_a_company_in_words_of_units_stays_one() -> None:
    """Below the heading a company whose name is a unit, alone or in a town, is one."""
    for row in ({"Firma": "Unit"}, {"Firma": "Text", "Ort": "Ulm"}, {"Firma": "Number One", "Umsatz": "EUR"}):
        assert preview([row, {"Firma": "Quast"}]).good.height == 2


CLOSING = (
    "Summe Umsatz;;12|Summe aller Firmen;12;|Anzahl der Firmen:;;1|Total revenue;;12|Total EUR;;12"
    "|Number of companies;;1|Summe netto;;12\nSumme brutto;;14|Stand: 1.11.2026;;12"
    "|Quelle: Register;2026;|Generated by CRM;;2026-11-29"
)


@pytest.mark.parametrize("lines", CLOSING.split("|"))
def test_closing_lines_beside_a_figure_are_no_companies(lines: str, tmp_path: Path) -> None:
    """Below the last company, what sums up in words of the table or signs it, beside figures, is passed over."""
    path = tmp_path / "list.csv"
    path.write_text(f"Firma;Ort;Umsatz\nQuast GmbH;Ulm;3\n{lines}\n\n", "utf-8")
    told = preview(path)

    assert told.good["company_name"].to_list() == ["Quast GmbH"]
    assert told.totals.height == lines.count("\n") + 1


@pytest.mark.parametrize("last", ["Seite 1;von;2", "Page 1 of 3;;", "Seite 2 von 2;;", "Ende;;", "Fin;;", "(1 rows);;"])
def test_a_page_or_an_end_below_the_list_is_no_company(last: str, tmp_path: Path) -> None:
    """A page of how many, in one cell or several, and a word for the end alone under the last row are passed over."""
    path = tmp_path / "list.csv"
    path.write_text(f"Firma;Ort;Umsatz\nQuast GmbH;Ulm;3\n{last}\n", "utf-8")

    assert preview(path).good["company_name"].to_list() == ["Quast GmbH"]


@pytest.mark.parametrize(
    "first",
    [
        "required;optional;optional",
        "z. B. Muster GmbH;z. B. Ulm;1000",
        "a;b;c",
        "Unit;EUR;",
        "e.g. Foo;e.g. Rome;",
        "(required);;",
    ],
)
def test_a_row_of_instructions_is_no_company(first: str, tmp_path: Path) -> None:
    """Below the heading, what is required, an example and the letters of columns are passed over and said."""
    path = tmp_path / "list.csv"
    path.write_text(f"Firma;Ort;Umsatz\n{first}\nQuast GmbH;Ulm;3\n", "utf-8")
    told = preview(path)

    assert told.good["company_name"].to_list() == ["Quast GmbH"]
    assert "Row 2 tells what the columns are to hold" in " ".join(told.notes)


@pytest.mark.parametrize(
    "name", ["Total Quast", "Total GmbH", "Report GmbH", "Filter Nord", "Summa AG", "Page One", "Ende GmbH"]
)
def test_a_company_called_like_a_sum_stays_one(name: str) -> None:
    """Who is called Total, Report or Page is bought as the last row too, a figure alone beside the name."""
    assert preview([{"Firma": "Quast", "Umsatz": 3}, {"Firma": name, "Umsatz": 12}]).good.height == 2


@pytest.mark.parametrize("word", ["n. v.", "n.v.", "k. A.", "нет", "Нет", "nincs", "yok", "無", "n. b.", "unb."])
def test_a_word_for_nothing_is_no_name_and_no_town(word: str) -> None:
    """As a name it refuses the row, as a town it is not sent; as an id it may be one."""
    told = preview([{"Firma": word, "Ort": "Ulm"}, {"Firma": "Quast", "Ort": word}, {"Firma": "Alt", "Ort": "Bonn"}])

    assert told.bad["row"].to_list() == [1]
    assert told.good.rows() == [("Quast", None), ("Alt", "Bonn")]


def test_a_town_that_is_0_is_not_sent() -> None:
    """What a formula leaves of an empty cell is no town, country or site; an id of 0 may be one."""
    rows = [{"Firma": "Quast", "Ort": 0, "Land": "0", "Website": 0, "Kundennummer": 0}]
    told = preview([*rows, {"Firma": "A", "Ort": "Ulm", "Land": "DE", "Website": "a.example", "Kundennummer": 1}])

    assert told.rows[0] == {"company_name": "Quast", "external_id": "0"}


@pytest.mark.parametrize(("below", "field"), [("Ljubljana", "city"), ("Polska", "country")])
def test_a_heading_of_two_meanings_is_told_by_what_stands_below(below: str, field: str) -> None:
    """Kraj is a town in Slovene and a country in Polish: the values decide, and neither is sent as the other."""
    assert preview([{"Company": "Foo", "Kraj": below}]).rows == [{"company_name": "Foo", field: below}]


def test_texts_as_bytes_are_read() -> None:
    """What an engine wrote to Parquet as bytes is the text, not its printout; letters that were lost are refused."""
    told = preview(pl.DataFrame({"Firma": [b"Quast", "Süß".encode("cp1252")]}))

    assert told.rows == [{"company_name": "Quast"}]
    assert "letters were lost" in told.bad["why"][0]
