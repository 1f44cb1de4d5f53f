"""Rows among companies that are lines of words or guides to the columns, and companies that look like such rows."""

# Rows are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from openprospect_nb.files import preview
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.files.exclusions import exclusions
from openprospect_nb.files.tables import read_content

FIRMS = ["Foo GmbH", "Bar AG"]


def shown(above="", below="", heading="Firma;Webseite;Ort"):
    """Return the list of two companies with a row directly below the heading, and one below the last."""
    text = f"{heading}\n{above}Foo GmbH;foo.example;Ulm\nBar AG;bar.example;Köln\n{below}"
    return CompanyList.of(read_content("list.csv", text.encode()))


def names(told):
    """Return the names that an order would send."""
    return [row["company_name"] for row in told.rows]


LINES = (
    "Created by: Ada Own|Author:|Ersteller: Eva Own|Legende: A = gut, B = mäßig|Druckdatum: 1.1.2024|Datenstand: Q4|Fuente: INE"
    "|Fonte: ISTAT|Källa: SCB|Źródło: GUS|Auteur : Jean|Disclaimer: no warranty|Автор: Иванов|作成者：山田|출처: 통계청"
    "|Rückfragen an eva@us.example|Questions? Ask ada@us.example|Plus d'infos sur www.us.example|Voir https://us.example/x"
    "|Généré le 30/11/2026|Gegenereerd op 30 november 2026|Wygenerowano 30.11.2026|Aggiornato al 3 maggio 2026"
    "|Last update November 30, 2026|Stav ke dni 30.11.2026|Actualizado en mayo de 2026|2026年11月30日 現在|Kontakt: Foo GmbH, eva@us.example"
)


@pytest.mark.parametrize("line", LINES.split("|"))
@pytest.mark.parametrize("where", ["above", "below"])
def test_a_line_of_words_is_no_company_in_any_language(line, where):
    """Alone in its row with a label, an address or a date, it is passed over and named by its row."""
    told = shown(**{where: f"{line};;\n"})

    assert names(told) == FIRMS
    assert not told.bad.height
    assert f"Row {2 if where == 'above' else 4} is a line of words, not a company: {line}." in told.notes


ALONE = (
    "Bayern|A-KUNDEN|For internal use only|Angaben ohne Gewähr|Tous droits réservés|Fin du document|Foo:Bar|re:publica|Vision 2030"
    "|24/7/365 Support|1. FC Ulm 1846|Forum 8. Mai 1945|Sept. 2001 Inc|Foo GmbH (seit 1.1.2026)|Bar Ltd 30.11.2026|foo@bar|Think: Design GmbH|Foo Ltd (foo.example)|March Ltd|X|3M|Studio 54|Löwe & Söhne|株式会社山田"
)


@pytest.mark.parametrize("name", ALONE.split("|"))
def test_a_name_alone_is_bought_and_named(name):
    """Nothing shows that it is none, so it is sent; that it stands alone is said with its row."""
    told = shown(below=f"{name};;\n")

    assert names(told) == [*FIRMS, name]
    assert f"row 4 {name!r}. Take out what is a title or a remark." in " ".join(told.notes)


def test_names_are_not_called_alone_where_many_are():
    """In a list in which most companies have no more than their name nothing is said of them, and all are bought."""
    rows = [{"Firma": "Foo", "Ort": "Ulm"}, {"Firma": "Think: Design"}, {"Firma": "Bar", "Ort": None}]

    assert names(preview(rows)) == ["Foo", "Think: Design", "Bar"]
    assert preview(rows).notes == []


@pytest.mark.parametrize("line", ["Created by: Ada", "Stand: 1.1.2026", "Ask ada@us.example"])
def test_a_list_of_one_column_is_left_alone(line):
    """Where every row is one cell, none is alone."""
    assert names(preview([{"Firma": "Foo"}, {"Firma": line}, {"Firma": "Bar"}])) == ["Foo", line, "Bar"]


@pytest.mark.parametrize(
    ("letter", "is_title"), [("F", True), ("f", True), ("E-G", True), ("X", False), ("A – C", False)]
)
def test_a_letter_above_the_names_that_begin_with_it_is_a_title(letter, is_title):
    """Another letter may be a company's name."""
    assert names(shown(above=f"{letter};;\n")) == [letter] * (not is_title) + FIRMS


GUIDES = (
    "Name der Firma;URL;Stadt|Company legal name;Full URL;HQ city|Nom de l'entreprise;Site internet;Ville|Ragione sociale;Sito;Comune"
    "|Full name of the company;Website;City|会社名;サイト;市区町村|Firmenname (Pflicht);Webseite (optional);Ort (optional)"
    "|Muss;Kann;Kann|must;may;may|obligatorio;opcional;opcional|wymagane;opcjonalne;opcjonalne|обязательно;необязательно;необязательно"
    "|必須;任意;任意|ja;nein;nein|yes;no;no|oui;non;non|tak;nie;nie|1;2;3|A;B;C|Spalte A;Spalte B;Spalte C|Column 1;Column 2;Column 3"
    "|z.B. Muster GmbH;www.muster.example;Musterstadt|e.g. Acme;acme.example;Boston|p.ej. Acme SL;acme.example;Vigo"
    "|Beispiel: Muster;muster.example;Ulm|Voorbeeld: Acme;acme.example;Delft|Příklad: Acme;acme.example;Brno|例：山田商店;y.example;東京"
    "|Acme Inc (example);acme.example;Boston|Пример: Ромашка;r.example;Тверь"
)


@pytest.mark.parametrize("row", GUIDES.split("|"))
def test_a_guide_below_the_heading_is_no_company_in_any_language(row):
    """A second heading, what is required, numbers of columns and examples are passed over, and named by their row."""
    told = shown(above=f"{row}\n")

    assert names(told) == FIRMS
    assert "Row 2 tells what the columns are to hold and is passed over." in told.notes


def test_several_guides_below_each_other_are_passed_over():
    """The heading in another language, what is required, and an example, each with its row."""
    told = shown(above="Company legal name;Full URL;City\nrequired;optional;optional\nz.B. Foo;foo.example;Ulm\n")

    assert names(told) == FIRMS
    assert [note[:5] for note in told.notes if "tells what" in note] == ["Row 2", "Row 3", "Row 4"]


BOUGHT = (
    "Firma Müller;mueller.example;Ort|Stadt Ulm;ulm.example;Ulm|Web Company;web.example;Leeds|Kann GmbH;kann.example;Ort"
    "|Yes;yes.example;no|ZB Metallbau;zb.example;Ulm|Muster GmbH;muster.example;Ulm|Beispiel AG;beispiel.example;Bonn"
    "|E.G. Fitness;eg.example;Leeds|1;eins.example;Ulm|A;a.example;Ulm|Spalte 1;spalte.example;Ulm|Example Ltd;example.example;York"
    "|Name;name.example;Ulm|Foo City;foo.example;City|NP. Metall;np.example;Łódź"
)


@pytest.mark.parametrize("row", BOUGHT.split("|"))
def test_a_company_that_looks_like_a_guide_is_bought(row):
    """One word of a heading, a figure or a letter in its row says nothing of the others."""
    assert names(shown(above=f"{row}\n")) == [row.partition(";")[0], *FIRMS]


@pytest.mark.parametrize("row", ["Kann;;ja", "ON;;ja", "TAK;;nein", "Max;;ja", "Web Company;Ulm;Internet"])
def test_a_company_beside_a_yes_or_a_branch_is_bought(row):
    """Of two cells, a yes and a name are no guide; nor is a branch that is also a heading."""
    assert names(shown(above=f"{row}\n", heading="Firma;Ort;Branche"))[0] == row.partition(";")[0]


def test_a_line_keeps_out_whom_it_names():
    """A list of whom to keep out is read to its last line: what no order would send may name somebody."""
    told = shown(below="Bitte auch: baz.example;;\n", heading="Firma;Domain;Ort")

    assert names(told) == FIRMS
    assert "Bitte auch: baz.example" in str(exclusions(told))


def test_of_two_columns_of_one_name_the_first_is_read_and_the_second_named():
    """Pandas lets two columns have one name; neither wins in silence, and nothing warns."""
    frame = pd.DataFrame([["Foo", "Ulm", "Bonn"]], columns=["Company", "City", "City"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = preview(frame)

    assert told.rows == [{"company_name": "Foo", "city": "Ulm"}]
    assert told.notes == ["Column 'City (2)' is not used: 'City' is used as city."]
