"""More than 200 inputs of the kinds that public bug reports describe: each is bought right or refused clearly.

docs/files.md lists the sources and the table of kinds that this module counts.
"""

# Headings and rows of exports are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import examples

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.files.company_list import FIELDS, companies_from, preview

ROOT = Path(__file__).parents[3]
Row = dict[str, str]
HEADING = ["Firma", "Website", "Ort", "Land", "Kundennummer"]
FIRMS = [
    ["Müller & Söhne GmbH", "mueller-beispiel.example", "Köln", "Deutschland", "00123"],
    ["Bär, Igel & Co. KG", "baer.example", "Zürich", "Schweiz", "00456"],
    ["Großküchen 24; Neumann", "kuechen.example", "Wien", "Österreich", "00789"],
]
FIELD_ORDER = ("company_name", "website_url", "city", "country", "external_id")
RIGHT: list[Row] = [dict(zip(FIELD_ORDER, firm, strict=True)) for firm in FIRMS]


@dataclass(frozen=True)
class Case:
    """An input: its kind, what it is called, its bytes or object, and the rows bought or the words of the refusal."""

    kind: str
    name: str
    given: Any
    right: list[Row] | None = None
    refusal: str = ""
    file: str = "list.csv"


def csv_text(rows: list[list[str]], separator: str, end: str) -> str:
    """Return rows as CSV, cells quoted where they must be."""
    quoted = [
        [
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if separator in cell or '"' in cell or "\n" in cell else cell
            for cell in row
        ]
        for row in rows
    ]
    return end.join(separator.join(row) for row in quoted) + end


def encoded() -> Iterator[Case]:
    """Yield the list in every encoding, separator and line end."""
    encodings = {
        "utf-8": b"",
        "utf-8-sig": b"",
        "utf-16": b"",
        "utf-16-le": b"",
        "utf-16-be": b"",
        "cp1252": b"",
        "mac_roman": b"",
    }
    for encoding in encodings:
        for separator in (",", ";", "\t", "|"):
            for end in ("\n", "\r\n", "\r"):
                text = csv_text([HEADING, *FIRMS], separator, end)
                yield Case(
                    "encoding × separator × line end", f"{encoding} {separator!r} {end!r}", text.encode(encoding), RIGHT
                )
    big = csv_text([HEADING, *FIRMS], ";", "\n").encode("utf-16-be")
    yield Case("encoding × separator × line end", "utf-16 BE with BOM", b"\xfe\xff" + big, RIGHT)


# Code page and what → heading, row; headings in English where the letters alone have to tell.
WIDE_WORLD = {
    ("cp1254", "Turkish"): ("Firma;Şehir", "Çiçek Işık A.Ş.;İzmir"),
    ("cp1254", "Turkish letters alone"): ("Company;City", "Güneş Ltd. Şti.;Diyarbakır"),
    ("cp1250", "Romanian"): ("Company;City", "Ţesătura SRL;Iaşi"),
    ("cp1250", "Croatian"): ("Company;City", "Kovač d.o.o.;Šibenik"),
    ("cp1253", "Greek"): ("Company;City", "Αφοί Παπαδόπουλοι ΑΕ;Θεσσαλονίκη"),
    ("cp1251", "Bulgarian"): ("Company;City", "Българска роза ООД;София"),
    ("koi8_r", "Russian"): ("Company;City", "ООО Ромашка;Казань"),
    ("cp932", "Japanese"): ("会社名;都市", "株式会社フー;大阪市"),
    ("cp932", "Japanese letters alone"): ("Company;City", "山田製作所㈱;京都市"),
    ("euc_jp", "Japanese"): ("会社名;都市", "株式会社山田製作所;大阪市"),
    ("gb18030", "Chinese"): ("公司名称;城市", "天津机械有限公司;天津"),
    ("gb18030", "Chinese letters alone"): ("Company;City", "深圳市电子技术有限公司;深圳"),
    ("cp949", "Korean"): ("Company;City", "한국기계;부산"),
    ("cp950", "Taiwanese"): ("Company;City", "台灣機械股份有限公司;新竹"),
}


def code_pages() -> Iterator[Case]:
    """Yield short lists whose few letters have to tell the code page."""
    lists = {
        ("cp1252", "German open data"): ("Firma;Ort", "Kinosäle Nord;Köln"),
        ("mac_roman", "Portuguese capitals"): ("Empresa;Cidade", "SÍTIO AÇÚCAR;SÃO JOÃO"),
        ("mac_roman", "German"): ("Firma;Ort", "Müller GmbH;Fürth"),
        ("mac_roman", "French"): ("Société;Ville", "Crème Brûlée;Orléans"),
        ("mac_roman", "Spanish"): ("Empresa;Ciudad", "Muñoz y Peña;Málaga"),
        ("mac_roman", "Danish"): ("Virksomhed;By", "Smørrebrød;Århus"),
        ("cp1252", "French"): ("Société;Ville", "Crème Brûlée;Orléans"),
        ("cp1252", "Spanish"): ("Empresa;Ciudad", "Muñoz y Peña;Málaga"),
        ("cp1252", "capitals"): ("FIRMA;ORT", "MÜLLER GMBH;KÖLN"),
        ("cp1252", "typographic quotes"): ("Company;City", "Foo’s – “Bar” Ltd;Leeds"),
        ("cp1250", "Polish"): ("Nazwa firmy;Miasto", "Żółty Słoń Sp. z o.o.;Łódź"),
        ("cp1250", "Czech"): ("Název firmy;Město", "Řepa a spol.;Plzeň"),
        ("cp1251", "Russian"): ("Компания;Город", "Рога и копыта;Москва"),
        ("cp850", "DOS German"): ("Firma;Ort", "Müller und Söhne;Köln"),
    }
    lists |= WIDE_WORLD
    for (page, what), (heading, row) in lists.items():
        name, city = row.split(";")
        right = [{"company_name": name, "city": city}]
        yield Case("code page", f"{page} {what}", f"{heading}\n{row}\n".encode(page), right)
    mixed = "Firma;Ort\nMüller;Köln\n".encode() + "Bär;Zürich\n".encode("cp1252")
    rows = [{"company_name": "Müller", "city": "Köln"}, {"company_name": "Bär", "city": "Zürich"}]
    yield Case("code page", "UTF-8 with one line of cp1252", mixed, rows)
    twice = "Firma;Ort\nMüller;Köln\nBär – Café’s;Þingvellir Ýr Í\n"
    for page in ("cp1252", "latin-1"):
        once = "".join(
            chr(byte) if page == "latin-1" or byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else bytes([byte]).decode(page)
            for byte in twice.encode()
        )
        rows = [{"company_name": "Müller", "city": "Köln"}, {"company_name": "Bär – Café’s", "city": "Þingvellir Ýr Í"}]
        yield Case("code page", f"UTF-8 encoded twice by way of {page}", once.encode(), rows)


SITE = "foo.example"
ME = "https://www.linkedin.com/in/mia-muster"
FIRM = {"company_name": "Foo Ltd", "website_url": SITE, "city": "Leeds", "country": "United Kingdom"}
ORBIS = {"Company name Latin alphabet": "Foo Ltd", "City Latin Alphabet": "Leeds", "Country": "United Kingdom",
         "BvD ID number": "GB1", "Website address": SITE, "Global Ultimate Owner Name": "Mega Corp"}  # fmt: skip
# Headings and one row as a tool or a CRM writes them, and what is to be bought.
TOOLS: dict[str, tuple[dict[str, str], Row]] = {
    "HubSpot companies": (
        {"Record ID": "1", "Company name": "Foo Ltd", "Company owner": "Mia Muster", "City": "Leeds",
         "Country/Region": "United Kingdom", "Company Domain Name": SITE}, FIRM | {"external_id": "1"}),
    "Orbis": (ORBIS, FIRM | {"external_id": "GB1"}),
    "a register": (
        {"CompanyName": "Foo Ltd", " CompanyNumber": "01234567", "RegAddress.PostTown": "Leeds",
         "RegAddress.Country": "United Kingdom"},
        {"company_name": "Foo Ltd", "city": "Leeds", "country": "United Kingdom", "external_id": "01234567"}),
    "a fair": (
        {"Exhibitor": "Foo Ltd", "Hall": "3", "Town": "Leeds", "Country": "United Kingdom", "Homepage": SITE}, FIRM),
    "German CRM of addresses": (
        {"Firmenname:": "Foo Ltd", "Webseite:": SITE, "Rechnungsadresse Ort:": "Leeds",
         "Rechnungsadresse Land:": "United Kingdom"}, FIRM),
    "German HubSpot": (
        {"Datensatz-ID": "1", "Unternehmensname": "Foo Ltd", "Zuständiger Mitarbeiter": "Mia Muster", "Ort": "Leeds",
         "Land/Region": "United Kingdom", "Domainname des Unternehmens": SITE}, FIRM | {"external_id": "1"}),
    "German Salesforce": (
        {"Accountname": "Foo Ltd", "Accountinhaber": "Mia Muster", "Rechnungsanschrift (Stadt)": "Leeds",
         "Rechnungsanschrift (Land)": "United Kingdom", "Website": SITE}, FIRM),
    "French Salesforce": (
        {"Nom du compte": "Foo Ltd", "Propriétaire du compte": "Mia Muster", "Ville de facturation": "Leeds",
         "Pays de facturation": "United Kingdom", "Site Web": SITE}, FIRM),
    "XING": (
        {"Vorname": "Mia", "Nachname": "Muster", "Firma": "Foo Ltd", "Ort (geschäftlich)": "Leeds", "Ort (privat)": "Lisbon",
         "Land (geschäftlich)": "United Kingdom"}, {n: FIRM[n] for n in ("company_name", "city", "country")}),
    "Google contacts": (
        {"Given Name": "Mia", "Family Name": "Muster", "Name": "Mia Muster", "Organization 1 - Name": "Foo Ltd",
         "Address 1 - City": "Lisbon"}, {"company_name": "Foo Ltd"}),
    "HubSpot contacts": (
        {"Record ID": "9", "First Name": "Mia", "Last Name": "Muster", "Email": "mia@foo.example", "Company Name": "Foo Ltd",
         "City": "Lisbon", "Associated Company": "Foo Ltd"}, {"company_name": "Foo Ltd"}),
    "Salesforce accounts": (
        {"Account ID": "001A", "Account Name": "Foo Ltd", "Billing City": "Leeds", "Billing Country": "United Kingdom",
         "Website": SITE, "Account Owner": "Mia Muster"}, FIRM | {"external_id": "001A"}),
    "Salesforce contacts": (
        {"Salutation": "Ms", "First Name": "Mia", "Name": "Mia Muster", "Title": "CEO", "Account Name": "Foo Ltd",
         "Mailing City": "Leeds", "Email": "mia@foo.example"}, {"company_name": "Foo Ltd", "city": "Leeds"}),
    "Salesforce leads": (
        {"Lead Owner": "Max", "First Name": "Mia", "Last Name": "Muster", "Company / Account": "Foo Ltd", "Website": SITE},
        {"company_name": "Foo Ltd", "website_url": SITE}),
    "Salesforce loader": (
        {"Id": "001A", "Name": "Foo Ltd", "Website": SITE, "BillingCity": "Leeds", "BillingCountry": "United Kingdom"},
        FIRM | {"external_id": "001A"}),
    "Salesforce report with object": (
        {"Account: Account Name": "Foo Ltd", "Account: Website": SITE, "Opportunity Name": "Big one"},
        {"company_name": "Foo Ltd", "website_url": SITE}),
    "Apollo contacts": (
        {"First Name": "Mia", "Last Name": "Muster", "Title": "CEO", "Company": "Foo Ltd", "Company Name for Emails": "Foo",
         "Person Linkedin Url": ME, "Website": f"http://www.{SITE}", "Company Linkedin Url": "http://www.linkedin.com/company/foo",
         "City": "Lisbon", "Country": "Portugal", "Company City": "Leeds", "Company Country": "United Kingdom",
         "Apollo Account Id": "a1"}, FIRM | {"website_url": f"http://www.{SITE}", "external_id": "a1"}),
    "Apollo accounts": (
        {"Company": "Foo Ltd", "Website": SITE, "Company City": "Leeds", "Company Country": "United Kingdom",
         "Facebook Url": "https://facebook.com/foo"}, FIRM),
    "ZoomInfo contacts": (
        {"ZoomInfo Contact ID": "7", "Last Name": "Muster", "First Name": "Mia", "Job Title": "CEO", "Person City": "Lisbon",
         "ZoomInfo Company ID": "123", "Company Name": "Foo Ltd", "Website": SITE, "Company City": "Leeds",
         "Company Country": "United Kingdom"}, FIRM | {"external_id": "123"}),
    "LinkedIn Sales Navigator": (
        {"Full Name": "Mia Muster", "First Name": "Mia", "Job Title": "CEO", "Company": "Foo Ltd", "Profile URL": ME,
         "Location": "Lisbon"}, {"company_name": "Foo Ltd"}),
    "LinkedIn connections with notes": (
        {"First Name": "Mia", "Last Name": "Muster", "URL": ME, "Company": "Foo Ltd", "Position": "CEO",
         "Connected On": "01 Jan 2025"}, {"company_name": "Foo Ltd"}),
    "Crunchbase": (
        {"Organization Name": "Foo Ltd", "Organization Name URL": "https://www.linkedin.com/company/foo",
         "Website": SITE, "Headquarters Location": "Leeds, England"}, {"company_name": "Foo Ltd", "website_url": SITE}),
    "Pipedrive organizations": (
        {"Organization - ID": "5", "Organization - Name": "Foo Ltd", "Organization - Website": SITE, "Organization - Owner": "Max",
         "Organization - City/town/village/locality of Address": "Leeds", "Organization - Country of Address": "United Kingdom"},
        FIRM | {"external_id": "5"}),
    "Pipedrive people": (
        {"Person - Name": "Mia Muster", "Person - Organization": "Foo Ltd", "Person - ID": "3"}, {"company_name": "Foo Ltd"}),
    "Dealfront": (
        {"Company name": "Foo Ltd", "Website URL": SITE, "City": "Leeds", "Country": "United Kingdom", "Employees": "50"}, FIRM),
    "Cognism": (
        {"First Name": "Mia", "Job Title": "CEO", "Company Name": "Foo Ltd", "Company Website": SITE, "Company HQ City": "Leeds",
         "Company HQ Country": "United Kingdom", "City": "Lisbon"}, FIRM),
    "SalesIntel": (
        {"Company ID": "5", "Name": "Foo Ltd", "Website": SITE, "URL": SITE, "City": "Leeds", "Country": "United Kingdom"},
        FIRM | {"external_id": "5"}),
    "accounts with parents": (
        {"Account Name": "Foo Ltd", "Domain": SITE, "Parent Domain": "group.example", "Parent Account Name": "Group AG",
         "Account Owner Email": "max@us.example"}, {"company_name": "Foo Ltd", "website_url": SITE}),
    "Dynamics": (
        {"(Do Not Modify) Account": "x", "Account Name": "Foo Ltd", "Address 1: City": "Leeds",
         "Address 1: Country/Region": "United Kingdom", "Website": SITE}, FIRM),
    "our own briefing columns": (
        {"company_name": "Foo Ltd", "website_url": SITE, "city": "Leeds", "country": "United Kingdom", "external_id": "5"},
        FIRM | {"external_id": "5"}),
    "SAP": (
        {"Debitor": "000100", "Name 1": "Foo Ltd", "Ort": "Leeds", "Land": "GB"},
        {"company_name": "Foo Ltd", "city": "Leeds", "country": "GB", "external_id": "000100"}),
    "numbered addresses": (
        {"Source Record ID": "5", "Company Name # 1": "Foo Ltd", "Address #1: City/Locality": "Leeds",
         "Address #1: Country": "United Kingdom"},
        {"company_name": "Foo Ltd", "city": "Leeds", "country": "United Kingdom", "external_id": "5"}),
}  # fmt: skip
LANGUAGES = {
    "en": "Company name,Website,City,Country,Customer number",
    "de": "Firmenname,Internetseite,Ort,Land,Kundennummer",
    "fr": "Raison sociale,Site web,Ville,Pays,Numéro client",
    "es": "Razón social,Página web,Ciudad,País,Código de cliente",
    "it": "Ragione sociale,Sito web,Città,Paese,Codice cliente",
    "nl": "Bedrijfsnaam,Webpagina,Plaats,Land,Klantnummer",
    "pl": "Nazwa firmy,Strona www,Miejscowość,Kraj,Numer klienta",
    "pt": "Nome da empresa,Página web,Cidade,País,ID cliente",
    "sv": "Företagsnamn,Hemsida,Ort,Land,Kundnummer",
    "da": "Virksomhedsnavn,Hjemmeside,By,Land,Kundenummer",
    "no": "Firmanavn,Nettside,Poststed,Land,Kundenr.",
    "fi": "Yrityksen nimi,Kotisivut,Kaupunki,Maa,Asiakasnumero",
    "cs": "Název firmy,Webové stránky,Město,Země,Číslo zákazníka",
    "hu": "Cégnév,Weboldal,Város,Ország,Ügyfélszám",
    "ja": "会社名,ウェブサイト,市,国,Customer ID",
    "ru": "Название компании,Сайт,Город,Страна,Customer ID",
    "tr": "Firma Ünvanı,İnternet Adresi,Şehir,Ülke,Müşteri No",
    "ro": "Denumire firmă,Site web,Localitate,Țara,Număr client",
    "hr": "Naziv tvrtke,Web stranica,Grad,Država,Customer ID",
    "sk": "Názov spoločnosti,Webová stránka,Mesto,Krajina,Customer ID",
    "uk": "Назва компанії,Вебсайт,Місто,Країна,Customer ID",
    "el": "Επωνυμία,Ιστοσελίδα,Πόλη,Χώρα,Customer ID",
    "zh": "公司名稱,網址,城市,國家,Customer ID",
    "ko": "기업명,웹사이트,도시,국가명,Customer ID",
}
PEOPLE_ONLY = {
    "names and titles": {"First Name": "Mia", "Last Name": "Muster", "Name": "Mia Muster", "Email": "mia@foo.example"},
    "a name beside its address": {"Name": "Mia Muster", "Email": "mia.muster@foo.example"},
    "with courtesy": {"Name": "Frau Mia Muster", "Ort": "Köln"},
    "last name first": {"Name": "Muster, Mia", "City": "Leeds"},
    "German": {"Vorname": "Mia", "Nachname": "Muster", "Name": "Muster", "Ort": "Köln"},
    "ids under Account": {"Account": "0015g00000ABCDEAA1", "Website": SITE},
    "addresses under Company": {"Company": "mia@foo.example", "City": "Leeds"},
    "domains alone": {"domain": SITE},
}


def headed() -> Iterator[Case]:
    """Yield one row under the headings of tools and of languages."""
    for tool, (row, right) in TOOLS.items():
        text = csv_text([list(row), list(row.values())], ",", "\n")
        yield Case("headings of tools", tool, text.encode(), [right])
    values = "Foo Ltd,foo.example,Leeds,United Kingdom,0005"
    for language, heading in LANGUAGES.items():
        yield Case(
            "headings of languages", language, f"{heading}\n{values}\n".encode(), [FIRM | {"external_id": "0005"}]
        )
    for what, row in PEOPLE_ONLY.items():
        text = csv_text([list(row), list(row.values())], ",", "\n")
        yield Case("persons, ids, domains", what, text.encode(), refusal="no such column among")


TWO = [{"company_name": "Foo Ltd", "website_url": SITE}, {"company_name": "Bar Ltd", "website_url": "bar.example"}]
SHAPES = {
    "title": "My accounts\nCompany,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n",
    "title, blank, subtitle": "My accounts,\n\nAs of 1 May,\n,\nCompany,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n",
    "comment lines": "# exported by a tool\n# 2 rows\nCompany,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n",
    "group heading": "Account,,Contact\nCompany,Website,First Name\nFoo Ltd,foo.example,Mia\nBar Ltd,bar.example,Max\n",
    "LinkedIn notes above": 'Notes:\n"When exporting, some ""emails"" may be missing."\n\nCompany,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n',
    "blank rows between": "Company,Website\n\nFoo Ltd,foo.example\n,\n , \nBar Ltd,bar.example\n\n\n",
    "no last line end": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example",
    "double CR": "Company,Website\r\r\nFoo Ltd,foo.example\r\r\nBar Ltd,bar.example\r\r\n",
    "Ctrl-Z": "Company,Website\r\nFoo Ltd,foo.example\r\nBar Ltd,bar.example\r\n\x1a",
    "total with count": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\nTotal,2\n",
    "Summe": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\nSumme:,2\n",
    "Grand total, records": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\nGrand Total,2 records\n",
    "Salesforce footer": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n\n\nAll accounts report\n"
    "Copyright (c) 2000-2026 a vendor. All rights reserved.\nConfidential Information - Do Not Distribute\n",
    "trailing separators": "Company,Website,,,\nFoo Ltd,foo.example,,,\nBar Ltd,bar.example,,,\n",
    "short rows": "Company,Website,City\nFoo Ltd,foo.example\nBar Ltd,bar.example\n",
    "unnamed middle column": "Company,,Website\nFoo Ltd,x,foo.example\nBar Ltd,y,bar.example\n",
    "index column of pandas": ",Company,Website\n0,Foo Ltd,foo.example\n1,Bar Ltd,bar.example\n",
    "repeated heading": "Company,Website,Website\nFoo Ltd,foo.example,\nBar Ltd,bar.example,\n",
    "each row in quotes": '"Company,Website"\n"Foo Ltd,foo.example"\n"Bar Ltd,bar.example"\n',
    "all cells quoted": '"Company";"Website"\n"Foo Ltd";"foo.example"\n"Bar Ltd";"bar.example"\n',
    "break in heading": '"Company\nName",Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\n',
    "separator in heading": '"Company (name, legal)",Company,Website\nx,Foo Ltd,foo.example\ny,Bar Ltd,bar.example\n',
    "break in cell": 'Company,Note,Website\nFoo Ltd,"two\nlines",foo.example\nBar Ltd,"a, b",bar.example\n',
    "spaces after separators": "Company, Website\nFoo Ltd, foo.example\nBar Ltd, bar.example\n",
    "zero-width and NBSP": "\u200bCompany\u00a0,Website\nFoo\u00a0Ltd\u200b,foo.example\n\ufeffBar Ltd,bar.example\u200b\n",
    "repeated rows": "Company,Website\nFoo Ltd,foo.example\nBar Ltd,bar.example\nFOO LTD , foo.example\n",
    "sep line": "sep=|\nCompany|Website\nFoo Ltd|foo.example\nBar Ltd|bar.example\n",
    "quoted sep line": '"sep=;"\nCompany;Website\nFoo Ltd;foo.example\nBar Ltd;bar.example\n',
    "sep tab": "sep=\t\nCompany\tWebsite\nFoo Ltd\tfoo.example\nBar Ltd\tbar.example\n",
    "one column with commas": "Company\nFoo, Inc.\nBar, Inc.\n",
    "one column with semicolons": "Company\nFoo; Inc.\nBar Ltd\n",
    "colon": "Company:Website\nFoo Ltd:foo.example\nBar Ltd:bar.example\n",
    "commas in cells of semicolons": "Company;Website;Note\nFoo Ltd;foo.example;a, b, c\nBar Ltd;bar.example;d, e, f\n",
    "words for nothing": "Company,Website\nFoo Ltd,foo.example\n#N/A,#N/A\nBar Ltd,bar.example\nnull,-\n",
    "NUL padding": "Company,Website\nFoo Ltd,foo.example\0\nBar Ltd,bar.example\n" + "x" * 0,
}
QUOTES = {
    'inches, bare: 12" Displays Ltd': '12" Displays Ltd,foo.example',
    'inches, in quotes: 16" Racks': '"16" Racks",foo.example',
    'inches, doubled: 19" Racks': '"19"" Racks",foo.example',
    "one opening: Ensemble": '"Ensemble,foo.example',
    'one closing: Ensemble"': 'Ensemble",foo.example',
    'backslashes: The "Best" Ltd': '"The \\"Best\\" Ltd",foo.example',
    "feet and inches: 5' 6\" Ltd": "5' 6\" Ltd,foo.example",
    "apostrophes: 'Smith' Ltd": "'Smith' Ltd,foo.example",
}
NOTHINGS = ("nan", "NaN", "NA", "N/A", "#N/A", "NULL", "None", "-", "--", "–", "n/a", "?", ".", "(blank)", "#REF!", "#VALUE!",
            "#NAME?", "#DIV/0!", "<NA>", "k.A.", "\u200b", "\u00a0")  # fmt: skip


# A cell, and the name that is meant.
AROUND: dict[str, tuple[str, str]] = {
    "straight single": ("'Foo, Ltd'", "Foo, Ltd"),
    "typographic": ("“Foo Ltd”", "Foo Ltd"),
    "German": ("„Foo GmbH“", "Foo GmbH"),
    "Russian": ("«Ромашка»", "Ромашка"),
    "Japanese": ("「フー」", "フー"),
    "around words inside": ("“Foo” and “Bar” Ltd”", "“Foo” and “Bar” Ltd”"),
    "a Dutch article": ("'t Hooft BV", "'t Hooft BV"),
    "two pairs": ("'Foo' and 'Bar'", "'Foo' and 'Bar'"),
}


def shaped() -> Iterator[Case]:
    """Yield lists of two firms in the shapes that exports give them."""
    for what, text in SHAPES.items():
        alone = [{"company_name": name} for name in text.strip().split("\n")[1:]]
        right = alone if what.startswith("one column") else TWO
        yield Case("titles, blanks, totals, ragged", what, text.encode(), right)
    for what, line in QUOTES.items():
        name = what.partition(": ")[2].strip()
        text = f"Company,Website\n{line}\nBar Ltd,bar.example\n"
        yield Case("stray quotation marks", what, text.encode(), [{"company_name": name, "website_url": SITE}, TWO[1]])
    for what, (cell, name) in AROUND.items():
        text = f"Company;City\n{cell};Leeds\n"
        yield Case("marks around a text", what, text.encode(), [{"company_name": name, "city": "Leeds"}])
    for cell in ('"=""00123"""', "'00123", '="00123"'):
        text = f"Company,ID\nFoo Ltd,{cell}\n"
        yield Case(
            "marks around a text",
            f"an id as {cell}",
            text.encode(),
            [{"company_name": "Foo Ltd", "external_id": "00123"}],
        )
    for word in NOTHINGS:
        text = f"Company,Website\nFoo Ltd,foo.example\n{word},x.example\nBar Ltd,bar.example\n"
        yield Case("words for nothing", repr(word), text.encode(), refusal="row 3, company_name: is required")
    long = "Company,Website\nFoo Ltd,foo.example\nBär, Igel & Co,bar.example\n"
    yield Case(
        "titles, blanks, totals, ragged", "unquoted comma in a name", long.encode(), refusal="row 3, .*quotation marks"
    )
    yield Case(
        "titles, blanks, totals, ragged",
        "no heading",
        b"Foo Ltd,foo.example\nBar Ltd,bar.example\n",
        refusal="no such column",
    )
    firm_total = "Company,Website\nTotal,total-x.example\nSumme Ltd,bar.example\n"
    rows = [
        {"company_name": "Total", "website_url": "total-x.example"},
        {"company_name": "Summe Ltd", "website_url": "bar.example"},
    ]
    yield Case("titles, blanks, totals, ragged", "a firm called Total", firm_total.encode(), rows)


def numbered() -> Iterator[Case]:
    """Yield lists whose ids have been through a spreadsheet or pandas."""
    kind = "ids and numbers"
    yield Case(kind, "floats in CSV", b"Company,ID\nA,12345.0\nB,7.0\n",
               [{"company_name": "A", "external_id": "12345"}, {"company_name": "B", "external_id": "7"}])  # fmt: skip
    yield Case(kind, "leading zeros", b"Company,ID\nA,007\n", [{"company_name": "A", "external_id": "007"}])
    yield Case(kind, "versions stay", b"Company,ID\nA,1.0\nB,1.5\n",
               [{"company_name": "A", "external_id": "1.0"}, {"company_name": "B", "external_id": "1.5"}])  # fmt: skip
    yield Case(kind, "digits lost", b"Company,ID\nA,1.23E+11\n", [{"company_name": "A"}])
    yield Case(kind, "floats with gaps", pl.DataFrame({"Company": ["A", "B"], "ID": [5.0, None]}),
               [{"company_name": "A", "external_id": "5"}, {"company_name": "B"}])  # fmt: skip
    yield Case(kind, "NaN", pl.DataFrame({"Company": ["A"], "City": [float("nan")]}), [{"company_name": "A"}])
    yield Case(kind, "mixed mappings", [{"Company": "A", "ID": 5}, {"Company": "B", "ID": "x"}],
               [{"company_name": "A", "external_id": "5"}, {"company_name": "B", "external_id": "x"}])  # fmt: skip
    columns = {"Company": ["A", "B"], "City": ["Leeds", None]}
    yield Case(kind, "columns", columns, [{"company_name": "A", "city": "Leeds"}, {"company_name": "B"}])
    yield Case(
        kind,
        "names as the index of pandas",
        pd.DataFrame({"City": ["Leeds"]}, index=pd.Index(["A"], name="Company")),
        [{"company_name": "A", "city": "Leeds"}],
    )
    yield Case(kind, "lazy", pl.LazyFrame({"Company": ["A"]}), [{"company_name": "A"}])
    yield Case(kind, "Namibia", b"Company,Country code\nA,NA\nB,DE\n",
               [{"company_name": "A", "country": "NA"}, {"company_name": "B", "country": "DE"}])  # fmt: skip
    yield Case(kind, "a number for a name", b"Company,Website\n42,foo.example\nBar Ltd,bar.example\n",
               [{"company_name": "42", "website_url": SITE}, TWO[1]])  # fmt: skip


Sheets = dict[str, tuple[list[list[Any]], str]]


def workbook(sheets: Sheets) -> bytes:
    """Return an .xlsx workbook of named sheets: their rows, and whether each can be seen."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, (rows, state) in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
            if state == "hidden":
                sheet.hide()
            elif state == "very hidden":
                sheet.very_hidden()
            else:
                sheet.activate()
                sheet.set_first_sheet()
    return buffer.getvalue()


MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def open_document(rows: list[list[str]]) -> bytes:
    """Return an .ods workbook of one sheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell.replace("&", "&amp;")}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{MANIFEST}"/>'
        )
    return buffer.getvalue()


def booked() -> Iterator[Case]:
    """Yield workbooks."""
    whole = [HEADING, *FIRMS]
    lists = [["Name", "Code"], ["Germany", "DE"]]
    books: dict[str, Sheets] = {
        "one sheet": {"a": (whole, "")},
        "hidden lists first": {"lists": (lists, "hidden"), "a": (whole, "")},
        "very hidden lists first": {"lists": (lists, "very hidden"), "a": (whole, "")},
        "instructions first": {"Read me": ([["Please fill in the next sheet"], ["Thank you"]], ""), "a": (whole, "")},
        "empty first": {"Sheet1": ([], ""), "a": (whole, "")},
        "title and blanks": {"a": ([["Accounts"], [], *whole, [], []], "")},
        "total": {"a": ([*whole, ["Total", 3]], "")},
    }
    for what, sheets in books.items():
        for ending in ("list.xlsx", "list.csv", "list.xls"):
            yield Case("workbooks", f"{what} as {ending}", workbook(sheets), RIGHT, file=ending)
    for ending in ("list.ods", "list.xlsx", "list.txt"):
        yield Case("workbooks", f"LibreOffice as {ending}", open_document(whole), RIGHT, file=ending)
    yield Case("workbooks", "text called .xlsx", csv_text(whole, ";", "\n").encode(), RIGHT, file="list.xlsx")
    for written in ("biff8.xls", "binary.xlsb"):
        content = (Path(__file__).parent / "cases" / written).read_bytes()
        # What their one writer saved as .xlsx is bought as tests/unit/files/test_cases.py has it.
        right = companies_from(Path(__file__).parent / "cases" / "engine.xlsx")
        for ending in (written, "list.csv"):
            yield Case("workbooks", f"{written} as {ending}", content, right, file=ending)
    numbers = workbook({"a": ([["Company", "ID"], ["A", 12345678901]], "")})
    yield Case(
        "workbooks", "numbers as ids", numbers, [{"company_name": "A", "external_id": "12345678901"}], file="list.xlsx"
    )
    yield Case(
        "workbooks", "all hidden", workbook({"x": ([], ""), "a": (whole, "hidden")}), refusal="sheet=", file="list.xlsx"
    )


FOREIGN = {
    b"%PDF-1.7\n": "PDF", b"<html><body><table><tr><td>Company</td></tr></table>": "web page",
    b'<?xml version="1.0"?><Workbook>': "web page or XML", b"\x1f\x8b\x08\0": "gzip", b"": "empty", b"\n\n ;;\n": "no table",
    b'{"company": "A"}': "JSON", b'[{"company": "A"}]': "JSON", b"PK\x03\x04broken": "damaged",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1broken": "damaged", b"PAR1broken": "damaged", b"\x89PNG\r\n": "picture",
    b"\xff\xfea": "UTF-16", b"x\n": "no heading",
}  # fmt: skip


def foreign() -> Iterator[Case]:
    """Yield files that are no tables."""
    for content, words in FOREIGN.items():
        yield Case("no tables", repr(content[:20]), content, refusal=words)


CASES = [*encoded(), *code_pages(), *headed(), *shaped(), *numbered(), *booked(), *foreign()]


def outcome(case: Case, folder: Path) -> tuple[str, str]:
    """Return how an input ended: right, clear refusal or wrong, and what came of it."""
    source = case.given
    if isinstance(source, bytes):
        source = folder / case.file
        source.write_bytes(case.given)
    try:
        rows = companies_from(source)
    except OpenProspectError as error:
        is_meant = bool(case.refusal) and re.search(case.refusal, str(error)) is not None
        return ("clear refusal" if is_meant else "wrong"), str(error)
    return ("right" if rows == case.right else "wrong"), str(rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.name}")
def test_an_input_is_bought_right_or_refused_clearly(case: Case, tmp_path: Path) -> None:
    """Each input ends as a person would have it."""
    verdict, what = outcome(case, tmp_path)
    assert verdict == ("clear refusal" if case.refusal else "right"), what


def test_a_heading_that_holds_a_known_word_is_told_and_not_taken() -> None:
    """What could be a field without a column is named in the notes; whose it is, only its owner knows."""
    listed = preview([{"Company": "Foo Ltd", "Client site city": "Leeds", "Branch country": "Malta", "Capacity": "5"}])

    assert listed.columns == {"company_name": "Company"}
    assert set(listed.unused) == {"Client site city", "Branch country"}
    assert "could be the city" in " ".join(listed.notes)


def test_the_table_in_the_docs_counts_these_inputs() -> None:
    """docs/files.md states for each kind how many inputs end right and how many in a clear refusal, and nothing wrong."""
    assert len(CASES) >= 200
    counts = Counter((case.kind, bool(case.refusal)) for case in CASES)
    page = (ROOT / "docs" / "files.md").read_text("utf-8")
    for kind in dict.fromkeys(case.kind for case in CASES):
        assert f"| {kind} | {counts[kind, False]} | {counts[kind, True]} | 0 |" in page
    assert f"| all | {sum(not c.refusal for c in CASES)} | {sum(bool(c.refusal) for c in CASES)} | 0 |" in page


LETTERS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHäöüÄÖÜßéèçñ0123456789 ,;|'.&-/", min_size=1, max_size=18)
NAMES = LETTERS.map(lambda text: f"Firm {text.strip(' ')}".strip())
TABLES = st.lists(
    st.tuples(NAMES, st.from_regex(r"\A[a-z]{1,9}\.example\Z"), LETTERS.map(lambda text: f"Bad {text.strip()} X"), st.from_regex(r"\A[A-Z]{2}-0[0-9]{1,6}\Z")),
    min_size=1, max_size=6, unique_by=lambda row: row[0].casefold(),
)  # fmt: skip
WAYS = [
    f"{e}{s}{n}"
    for e in ("utf-8 ", "utf-8-sig ", "utf-16 ", "utf-16-le ", "utf-16-be ", "cp1252 ")
    for s in ",;\t|"
    for n in ("\n", "\r\n", "\r")
]
# Short lists cannot tell these by their letters: whoever knows the encoding states it.
STATED = [f"{e}{s}\n" for e in ("mac_roman ", "cp1250 ", "cp850 ", "utf-32 ") for s in ",;\t|"]
BOOKS = ["xlsx", "xlsm", "xlsx hidden", "xlsx title", "ods", "parquet", "sep"]


def save_as(way: str, frame: pl.DataFrame, path: Path) -> str | None:
    """Write *frame* to *path* in one of `WAYS`, `STATED` or `BOOKS`; return the encoding to state, if one has to be."""
    whole = [frame.columns, *map(list, frame.rows())]
    books: dict[str, Sheets] = {
        "xlsx": {"a": (whole, "")},
        "xlsm": {"a": (whole, "")},
        "xlsx hidden": {"lists": ([["Name", "Code"], ["x", "y"]], "hidden"), "a": (whole, "")},
        "xlsx title": {"a": ([["All accounts"], [], *whole], "")},
    }
    if way in books:
        path.write_bytes(workbook(books[way]))
    elif way == "ods":
        path.write_bytes(open_document(whole))
    elif way == "parquet":
        frame.write_parquet(path)
    elif way == "sep":
        path.write_text("sep=|\n" + csv_text(whole, "|", "\n"), "utf-8")
    else:
        encoding, rest = way.split(" ", 1)
        text = csv_text(whole, rest[0], rest[1:])
        try:
            path.write_bytes(text.encode(encoding))
        except UnicodeEncodeError:  # a letter that this code page lacks
            path.write_bytes(text.encode("utf-8"))
        else:
            return encoding if way in STATED else None
    return None


@settings(deadline=None, max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES, way=st.sampled_from([*WAYS, *STATED, *BOOKS]))
def test_any_frame_comes_back_from_any_file(rows: list[tuple[str, str, str, str]], way: str, tmp_path: Path) -> None:
    """Whatever the encoding, separator or kind of workbook, a list buys the same rows as the frame it was written from."""
    heading = ["Company", "Website", "City", "External ID"]
    frame = pl.DataFrame(rows, schema=heading, orient="row")
    path = tmp_path / "list.csv"
    encoding = save_as(way, frame, path)
    bought = companies_from(preview(path, encoding=encoding))
    assert bought == companies_from(frame)
    assert [row["company_name"] for row in bought] == [" ".join(row[0].split()) for row in rows]
    assert set(bought[0]) <= set(FIELDS)
