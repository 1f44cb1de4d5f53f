"""Words of lists that are no companies: errors, counts, persons; and rows that say the same in other letters."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openprospect_nb.errors import ValidationError
from openprospect_nb.files import preview
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.files.tables import read_content


def bought(text, encoding="utf-8"):
    """Return the names an order of a CSV file would send."""
    companies = CompanyList.of(read_content("list.csv", text.encode(encoding)))
    companies.refuse_bad()
    return [row["company_name"] for row in companies.rows]


@pytest.mark.parametrize(
    "word",
    ["#NOM?", "#¿NOMBRE?", "#VALEUR!", "#¡REF!", "#N/V", "#NAAM?", "#NAZWA?", "#ЗНАЧ!", "#YOK", "n.v.t.", "brak",
     "[null]",
     "[leer]", "#ÉRTÉK!", "n. d.", "(en blanco)", "not provided", "desconocido", "sconosciuto",
     "неизвестно", "s.d.", "0", "missing", "ohne", "ingen", "N.C.", "no aplica", "não informado", "None None",
     "\u3164", "no data available", "brak informacji", "kein Eintrag", "ingen data", "non communiqué", "geen"],
)  # fmt: skip
def test_a_word_for_nothing_is_no_name(word):
    """The row is refused by its number, in every language that a spreadsheet writes its errors in."""
    with pytest.raises(ValidationError, match="row 3"):
        bought(f"Company,City\nFoo,Ulm\n{word},Bonn\n")


@pytest.mark.parametrize("place", ["Leer", "Test", "Egal", "Nada", "Not", "La Non", "Sans Souci"])
def test_a_word_that_is_a_place_stays(place):
    """Leer is a town: a word for nothing in one language is left alone where it names something."""
    [row] = preview([{"company": "Foo", "city": place}]).rows

    assert row["city"] == place


@pytest.mark.parametrize(
    "last",
    [
        "2 records",
        "12 Datensätze",
        "1204 rows",
        "3 rows selected",
        "Σ",
        "Ø:",
        "Somme",
        "Sum of Revenue",
        "Summe von Umsatz",
        "Total sociétés: 2",
        "Row count 2",
        "(2 rows affected)",
        "-- 2 rows --",
    ],
)
def test_a_count_or_sign_below_the_list_is_no_company(last):
    """It is passed over as totals are, beside figures or alone."""
    assert bought(f"Company,City,Revenue\nFoo,Ulm,5\nBar,Bonn,6\n{last},,11\n") == ["Foo", "Bar"]
    assert bought(f"Company,City,Revenue\nFoo,Ulm,5\nBar,Bonn,6\n{last},,\n") == ["Foo", "Bar"]


@pytest.mark.parametrize(
    "name", ["24 Records", "3 Rows Ltd", "7 Items", "Total Energies", "Count Bishops 2", "Sum of Us"]
)
def test_a_company_that_counts_something_is_one(name):
    """Beside a city it is no line below a table."""
    assert bought(f"Company,City\nFoo,Ulm\n{name},Leeds\nBar,Bonn\n") == ["Foo", name, "Bar"]


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("Full Name,City", ["Ute Alt,Ulm", "Jan Neu,Bonn"]),
        ("Kunde,Anrede", ["Ute Alt,Frau", "Jan Neu,Herr"]),
        ("Name,Age", ["Ute Alt,33", "Jan Neu,44"]),
        ("Name,Twitter", ["Ute Alt,@ua", "Jan Neu,@jn"]),
        ("Name,Company", ["Ute Alt,", "Jan Neu,"]),
        ("Name,Hobby", ["Ute Alt,Chess", "Jan Neu,Golf"]),
        ("Firma,Mail", ["Ute Alt,u.alt@foo.example", "Jan Neu,neuj@bar.example"]),
        ("Nazwa,Wiek", ["Ute Alt,33", "Jan Neu,44"]),
        ("Organization,Work Email", ["Ute Alt,ute.alt@foo.example", "Jan Neu,jan.neu@bar.example"]),
        ("Company,LinkedIn", ["Ute Alt,https://www.linkedin.com/in/ute-alt", "Jan Neu,linkedin.com/in/jan-neu-7"]),
    ],
)
def test_names_of_persons_are_not_bought_as_companies(heading, rows):
    """Whatever stands above them, what stands beside them tells."""
    with pytest.raises(ValidationError, match=r"holds names of persons|row 3, company_name: is required"):
        bought("\n".join([heading, *rows]))


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("Company,Email", ["Ute Alt,ute.alt@gmx.de"]),
        ("Company,Email", ["Karl Foo,karl@kf-bau.example", "Otto Bar,otto@ob-holz.example"]),
        ("Company,Email", ["Karl Foo,info@karl-foo.example", "Otto Bar,otto.bar@ottobar.example"]),
        ("company_name,Email", ["Ute Alt,ute.alt@foo.example", "Jan Neu,jan.neu@bar.example"]),
        ("Kunde,Anrede,Nachname", ["Karl Foo,Frau,Alt", "Otto Bar,Herr,Neu"]),
        ("Full Name,Website", ["Karl Foo,karl-foo.example", "Otto Bar,otto-bar.example"]),
        ("Name,City", ["Otto Works,Ulm", "Bar Tools,Bonn"]),
        ("Nazwa,Miasto", ["Foo Meble,Gdynia", "Bar Okna,Gdynia"]),
        ("Kunde,Ort", ["Otto Foo,Ulm", "Karl Bar,Bonn"]),
        ("Name,Company Size", ["Foo Works,5", "Bar Works,7"]),
    ],
)
def test_companies_named_after_persons_are_bought(heading, rows):
    """A firm's address is its own, at a mail provider too; a form of address is that of the contact beside."""
    assert bought("\n".join([heading, *rows])) == [row.partition(",")[0] for row in rows]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"website": "www.foo.example"}, {"website": "https://FOO.example/"}),
        ({"website": "http://foo.example/de"}, {"website": "foo.example/de/"}),
        ({"city": "ULM "}, {"city": "Ulm"}),
        ({"website": "https://foo.example:443"}, {"website": "foo.example"}),
    ],
)
def test_a_row_that_says_the_same_in_other_letters_is_bought_once(first, second):
    """It would be paid twice for a ``www.``."""
    once = preview([{"company": "Foo", **first}, {"company": "FOO", **second}])

    assert len(once.rows) == 1
    assert "1 repeated rows are sent once" in " ".join(once.notes)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"website": "foo.example/de"}, {"website": "foo.example/fr"}),
        ({"website": "shop.foo.example"}, {"website": "foo.example"}),
        ({"country": "DE"}, {"country": "AT"}),
        ({"id": "a1"}, {"id": "a2"}),
    ],
)
def test_rows_that_differ_are_both_bought(first, second):
    """Only what means the same is the same."""
    assert len(preview([{"company": "Foo", **first}, {"company": "Foo", **second}]).rows) == 2


def test_letters_that_a_web_page_encoded_are_read():
    """A name that was copied out of a page's source is the name that the page showed."""
    assert bought("Company\nFoo &amp; Bar\nM&uuml;ller &#38; Co\nAT&T\n") == ["Foo & Bar", "Müller & Co", "AT&T"]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("iso8859_2", ["Školní potřeby", "Český dům", "Řeznictví Kůň"]),
        ("cp852", ["Školní potřeby", "Český dům", "Řeznictví Kůň"]),
        ("cp1250", ["Školní potřeby", "Český dům", "Řeznictví Kůň"]),
        ("cp866", ["Ромашка", "Лютик"]),
    ],
)
def test_code_pages_of_unix_and_dos_are_told_from_those_of_windows(encoding, names):
    """Their letters differ in a few places only."""
    firm, town = ("Компания", "Город") if "Ромашка" in names else ("Firma", "Město")
    assert bought("\n".join([f"{firm};{town}", *(f"{name};x{town}" for name in names)]), encoding) == names


@pytest.mark.parametrize("prefix", ["geo.", "company.geo.", "Geo "])
def test_places_of_a_firm_that_an_enrichment_service_names_are_its_own(prefix):
    """Clearbit calls a company's place its geo."""
    row = {"name": "Foo", f"{prefix}city": "Leeds", f"{prefix}country": "United Kingdom"}

    assert preview([row]).rows == [{"company_name": "Foo", "city": "Leeds", "country": "United Kingdom"}]


def test_an_id_whose_digits_were_lost_is_not_sent():
    """Two companies would share 1e+20."""
    list_ = preview([{"company": "Foo", "id": 1e20}])

    assert list_.rows == [{"company_name": "Foo"}]
    assert "first digits only" in " ".join(list_.notes)


HUNGARIAN = ["Kőműves és Társa Kft.", "Fűtőmű Zrt.", "Szőlő és Bor Bt."]
CZECH = ["Řeznictví Němec", "Autoservis Žák", "Pekařství Třebíč"]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        *((page, names) for page in ("cp1250", "iso8859_2", "mac_latin2") for names in (HUNGARIAN, CZECH)),
        ("cp1250", ["Tűzép Kft.", "Fűrész Kft."]),
        ("cp1252", ["Construções Irmãos Simões", "Fundições João"]),
        ("cp1252", ["CONSTRUÇÕES IRMÃOS SIMÕES", "SÃO JOÃO"]),
        ("cp1252", ["Võru Köök", "Põltsamaa"]),
        ("cp1252", ["Le Goût Sûr", "Hôtel du Mûrier d'Août"]),
        ("cp1252", ["Søren Møller", "Ærø Færger"]),
    ],
)
def test_the_east_and_the_west_are_told_apart(encoding, names):
    """The ő of Hungarian and the ř of Czech are no õ and ø, and those of Portuguese, Estonian and Danish stay."""
    assert bought("Company\n" + "\n".join(names) + "\n", encoding) == names


def test_a_second_part_of_the_name_is_told():
    """Of SAP's Name 1 and Name 2 the first is sent, and that the second may belong to it is said."""
    told = preview([{"Name 1": "Foo", "Name 2": "und Söhne GmbH", "Ort": "Ulm"}])

    assert told.rows == [{"company_name": "Foo", "city": "Ulm"}]
    assert "'Name 2' is not used: it may go on where 'Name 1' ends" in " ".join(told.notes)


def test_marks_of_an_unfinished_merge_are_no_companies():
    """What a version control left between two versions of the list is refused by its row."""
    with pytest.raises(ValidationError, match=r"row 2.*version control"):
        bought("Company,City\n<<<<<<< HEAD,\nFoo,Ulm\n=======,\nBar,Ulm\n>>>>>>> b,\n")


FOOTER = "Copyright (c) 2000-2024 foo.example, inc. All rights reserved.\n"


@pytest.mark.parametrize("end", ["", ","])
@pytest.mark.parametrize("line", ["Confidential Information - Do Not Distribute", "Generated by: Ada"])
def test_a_footer_that_a_separator_cuts_is_no_company(end, line):
    """CRMs write it without quotation marks; the lines above it are footers as well."""
    rows = f"Account Name,City\nFoo Ltd,Ulm\nBar Ltd,Bonn\nGrand Totals (2 records){end}\n\n{line}{end}\n{FOOTER}"

    assert bought(rows) == ["Foo Ltd", "Bar Ltd"]


def test_a_company_that_begins_like_a_footer_is_one():
    """Only a line that is dated or marked signs a list."""
    names = ["Copyright Agency", "Confidential Shredding Ltd", "Foo Ltd"]

    assert bought("Company,City\n" + "".join(f"{name},Ulm\n" for name in names)) == names


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Company,Foo Ltd\nWebsite,foo.example\nCity,Ulm\n", "stands on its side"),
        ("Company,Foo Ltd,Bar Ltd\nWebsite,foo.example,bar.example\nHint,a,b\nCity,Ulm,Bonn\n", "stands on its side"),
        ("Company,City\nGermany,\nFoo Ltd,Ulm\n", "is a country alone"),
        ("Company,City\nÖsterreich,\nFoo Ltd,Wien\n", "is a country alone"),
        ("Company,City\nhttps://foo.example,Ulm\nBar Ltd,Ulm\nBaz Ltd,Ulm\n", "is a web address"),
        ("Company,City\nself-employed,Ulm\n", "is required"),
        ("Company,City\nFreelance,Ulm\n", "is required"),
        ("Company,City\nselbständig,Ulm\n", "is required"),
        ("Company,City\nStudent,Ulm\n", "is required"),
        ("Company,City\nDito,Ulm\n", "is required"),
        ("Company,City\nsee above,Ulm\n", "is required"),
        ("Company,City\n(cont.),Ulm\n", "is required"),
        ("Company,City\nTo be confirmed,Ulm\n", "is required"),
    ],
)
def test_what_is_no_company_is_refused(text, why):
    """Bought, it would be paid for."""
    with pytest.raises(ValidationError, match=why):
        bought(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Company\nGermany\nFoo Ltd\n", ["Germany", "Foo Ltd"]),
        ("Company,City\nGermany Trade,\nSAP,\n", ["Germany Trade", "SAP"]),
        ("Company,City\nWebsite,Ulm\nFoo Ltd,Bonn\n", ["Website", "Foo Ltd"]),
        ("Company,City\nStudent Agency,Ulm\n", ["Student Agency"]),
        ("Company,City\nfoo.example,Ulm\nBar Ltd,Ulm\nBaz Ltd,Ulm\n", ["foo.example", "Bar Ltd", "Baz Ltd"]),
        ('Company,Website\nFoo Ltd,foo.example\nFoo Ltd.,foo.example\n"Foo, Ltd.",foo.example\n', ["Foo Ltd"]),
        ("Company,City\n<b>Foo &amp; Co</b>,Ulm\nBar<br/>Ltd,Ulm\n", ["Foo & Co", "Bar Ltd"]),
        ("Company,City\nA <3 B,Ulm\n", ["A <3 B"]),
    ],
)
def test_what_is_a_company_is_bought_once_by_its_name(text, names):
    """Stops, tags and words of others beside it change nothing."""
    assert bought(text) == names


@pytest.mark.parametrize("heading", ["所在地", "住所", "地址", "주소"])
def test_whole_places_are_told_in_the_scripts_of_the_east(heading):
    """They cannot be sent as they are."""
    assert "holds whole places" in " ".join(preview([{"company": "Foo", heading: "東京都"}]).notes)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("'Foo GmbH", "Foo GmbH"),
        ("'24 GmbH", "24 GmbH"),
        ("'Äpfel AG", "Äpfel AG"),
        ("'株式会社山田", "株式会社山田"),
        ("'Ромашка", "Ромашка"),
        ("'+49 Foo", "+49 Foo"),
        ("'t Hooft BV", "'t Hooft BV"),
        ("'s-Gravenhage Tours", "'s-Gravenhage Tours"),
        ("'S Best", "'S Best"),
        ("'N-Joy Ltd", "'N-Joy Ltd"),
        ("'Foo' Bar Ltd", "'Foo' Bar Ltd"),
        ("'Foo Bar's", "'Foo Bar's"),
        ("Foo's", "Foo's"),
    ],
)
def test_an_apostrophe_that_marks_a_text_goes(typed, name):
    """Before a figure and before a word alike; one that belongs to the name stays."""
    assert preview([{"company": typed}]).rows == [{"company_name": name}]


@pytest.mark.parametrize(
    ("number", "text"),
    [("7.00", "7"), ("7", "7"), ("7.50", "7.50"), ("12345678901234567890", "12345678901234567890"), ("1E+3", "1000")],
)
def test_a_whole_decimal_is_an_id_without_places(number, text):
    """Databases give whole numbers with the places of their column."""
    assert preview([{"company": "Foo", "id": Decimal(number)}]).rows == [{"company_name": "Foo", "external_id": text}]


TOWNS = ["Ulm", "Bonn", "Wien", "Bern", "Graz", "Linz"]
LISTED = "Firma;Ort;Website;Mitarbeiter\n" + "".join(
    f"Firma {place}x GmbH;{town};{town.lower()}.example;{100 + place}\n" for place, town in enumerate(TOWNS)
)


@pytest.mark.parametrize(
    "last",
    [
        "Summe DE;6;;615", "Summe Deutschland;;;615", "Total Germany;6;;2000", "Sous-total Paris;;;300",
        "Übertrag;;;615", "Mitarbeiter gesamt;;;615", "Firmen gesamt;;;6", "Durchschnittliche Mitarbeiterzahl;;;102",
        "Median;;;102,5",
        "Max;;;105", "Min;;;100", "Mittel;;;102", "Ø Mitarbeiter;;;102", "Kontrollsumme;;;615", "Checksum;;;99",
        "Records;;;6", "Zeilen;;;6", "Anz. Firmen;;;6", "Media aritmetica;;;102", "Export-Datum;01.12.2026;;",
        "Stand;01.12.2026;;", "Exported;1 December 2026;;", "Davon mit Website;6;;", "Di cui attive;;;4",
        "Prozent;;;80 %",
        "Summe Wien;;;102\nSumme Bern;;;103", "Quast Alt;;;615", "STDABW;;;3", "Showing 1 to 6 of 6 entries;;;",
    ],
)  # fmt: skip
def test_a_row_without_town_and_site_that_sums_up_is_no_company(last):
    """Where all others have words beside the name, one of figures alone in words of sums, or that adds up, is told."""
    told = preview_of(LISTED + last + "\n")

    assert told.good.height == len(TOWNS)
    assert told.totals.height == 1 + last.count("\n")
    assert any("is a total or footer" in note for note in told.notes)


def test_a_subtotal_between_companies_is_none():
    """Words that no company begins its name with, or of which all are of sums and the table, count anywhere."""
    for line in ("Zwischensumme Nord;;;303", "Summe Wien;;;303", "Total Wien;;;303"):
        assert preview_of(LISTED + f"{line}\nQuast GmbH;Rom;quast.example;7\n").good.height == len(TOWNS) + 1


@pytest.mark.parametrize("name", ["Total Energies", "Max Quast", "davonport", "Nordkonzern", "Mittelrhein"])
def test_a_last_row_of_figures_that_may_be_a_company_is_named(name):
    """It is sent, and said: nothing but its place and figures speaks against it."""
    told = preview_of(f"{LISTED}{name};;;7\n")

    assert told.good.height == len(TOWNS) + 1
    assert any(f"a name and figures alone beside it, and are sent as companies: row 8 '{name}" in n for n in told.notes)


@pytest.mark.parametrize(
    "row", ["Total Energy X GmbH;;;615", "Summa AG;;;7", "Total;Ulm;;7", "Median;;median.example;7", "Max GmbH;6;;7"]
)
def test_a_company_called_like_a_sum_is_sent_without_a_word(row):
    """A legal form, a town or a site proves it."""
    told = preview_of(f"{LISTED}{row}\n")

    assert told.good.height == len(TOWNS) + 1
    assert not any("figures alone" in note or "total" in note for note in told.notes)


def test_a_row_with_an_id_is_a_company():
    """Sums have none, whatever the name and the place."""
    rows = "Firma;Kundennummer;Umsatz\nQuast;100;3\nAlt;101;4\nMax;102;5\n"

    assert preview_of(rows).good["company_name"].to_list() == ["Quast", "Alt", "Max"]
    assert preview_of(f"{rows}Summe Nord;;12\n").totals.height == 1


def test_many_rows_without_a_town_are_companies():
    """A report closes with a few lines; where more have figures alone, nothing is passed over or named for it."""
    many = LISTED * 5 + "".join(f"Quast{'abcdefghijklmnopqrst'[place]};;;{place}\n" for place in range(20))

    assert not any("figures alone" in note for note in preview_of(many).notes)


def test_a_last_figure_that_adds_up_is_a_sum_by_its_words():
    """In a table of names and figures alone, "Total" of something is one where it is the sum, and else a company."""
    rows = "Firma;Umsatz\nQuast;3\nAlt;4\nNeu;5\n"

    assert preview_of(f"{rows}Total Nordwind;12\n").good.height == 3
    assert preview_of(f"{rows}Total Nordwind;9\n").good.height == 4
    assert preview_of(f"{rows}Nordwind;12\n").good.height == 4


def preview_of(text):
    """Return the preview of a file of that text."""
    return CompanyList.uploaded("list.csv", text.encode())
