"""A second round of inputs from public reports, over all that lists and files pass: each ends right or refused clearly.

None is among those of `test_inputs` or `test_keeping_out`. docs/files.md has the table of kinds that this module counts
and the sources; notebooks are counted there too and were rendered by hand.
"""

# Files and lists are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xlsxwriter

import openprospect_nb as op
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.files.company_list import companies_from
from openprospect_nb.frames import schemas

ROOT = Path(__file__).parents[3]
FIRMS = pl.DataFrame(
    [
        ("a", "Acme GmbH", "https://www.acme.example/", "Berlin", "DE", "007"),
        ("b", "Not Acme Ltd", "notacme.example", "Leeds", "GB", "8"),
        ("c", "Acme Org", "acme.example.org", "Boston", "US", None),
        ("d", "Bücher AG", "https://bücher.example", "Bonn", "DE", "K-12345"),
        ("e", "Group Ltd", "acme-of-no-one.co.uk", "London", "GB", None),
        ("f", "Irish Ltd", "irish.example", "Cork", "IE", None),
        ("g", "Private", None, "Ulm", "DE", "12345"),
    ],
    schema=["id", "name", "website_url", "city", "country", "source_id"],
    orient="row",
).with_columns(order_id=pl.lit("o"))
PEOPLE = pl.DataFrame(
    [
        ("1", "a", "ada@acme.example"), ("2", "a", "Bob@Sub.acme.example"), ("3", "b", "cy@notacme.example"),
        ("4", "c", "dee@acme.example.org"), ("5", "d", "eve@xn--bcher-kva.example"), ("6", "e", "fay@acme-of-no-one.co.uk"),
        ("7", "f", "o'brien@irish.example"), ("8", "g", "eva@gmail.com"), ("9", "d", "müller@bücher.example"),
        ("0", "a", "ada.long@acme.example"),
    ],
    schema=["id", "company_id", "email"],
    orient="row",
).with_columns(order_id=pl.lit("o"), bounce_risk_score=1.0)  # fmt: skip
RESULTS = op.Results(
    companies=pl.concat([schemas.COMPANIES.to_frame(), FIRMS], how="diagonal_relaxed"), prospects=PEOPLE
)


@dataclass(frozen=True)
class Case:
    """An input: its kind, what it is, what is done with it, and what has to come of it or be said in the refusal."""

    kind: str
    name: str
    done: Callable[[Path], Any]
    right: Any = None
    refusal: str = ""


def kept_out(listed: Any) -> str:
    """Return the ids of the persons whom a list keeps out, sorted."""
    rows = op.contactable(RESULTS, suppressed=listed)
    return "".join(sorted(rows.filter(pl.col("tier") == "suppressed")["id"]))


ACME = "012"
# An entry, and whom it keeps out: ids, or "row" where it is named and refused.
ENTRIES = {
    "@*.acme.example": ACME, "*@*.acme.example": ACME, "*acme.example": ACME, "*.acme.example": ACME,
    "foo*@acme.example": "row", "*ada@acme.example": "row", "acme.*": "row", "acme": "row", "*": "row", "*@*": "row", "@": "row",
    "co.uk": "row", ".uk": "row", "com": "row", "@com": "row", "*@co.uk": "row", "acme-of-no-one.co.uk": "6",
    "acme.example/*": ACME, "*://*.acme.example/*": "row", "||acme.example^": "row", "0.0.0.0 acme.example": "row",
    "acme.example # competitor": "row", "mailto:ada@acme.example?subject=unsubscribe": "1",
    '"Lovelace, Ada" <ada@acme.example>': "1", "ada@acme.example;bob@sub.acme.example": "12", "ada [at] acme.example": "row",
    "ada(at)acme.example": "row", "ada@acme.example.": "1", "ADA@ACME.EXAMPLE": "1", "ada@acme.example\u200b": "1",
    "\u00a0ada@acme.example\u00a0": "1", "ada@ac\u00adme.example": "1", "ada＠acme.example": "1", "acme。example": ACME,
    "аda@acme.example": "", "o'brien@irish.example": "7", "o’brien@irish.example": "7", "'o'brien@irish.example'": "7",
    "o&#39;brien@irish.example": "7", "bücher.example": "59", "xn--bcher-kva.example": "59", "BÜCHER.EXAMPLE": "59",
    "bu\u0308cher.example": "59", "müller@xn--bcher-kva.example": "9", "MÜLLER@BÜCHER.EXAMPLE": "9", "gmail.com": "8",
    "https://gmail.com": "row", "@gmail.com": "8", "acme.example:443/path?x=1#frag": ACME, "acme.example?utm=1": ACME,
    "acme.example#x": ACME, "//acme.example": ACME, "www.acme.example.": ACME, "http://user:pass@acme.example/": ACME,
    "ftp://acme.example": ACME, "HTTPS://WWW.ACME.EXAMPLE": ACME, "http://https://acme.example": ACME,
    "https://www.google.com/url?q=https://acme.example/": "row", "[Acme](https://acme.example)": "row",
    '=HYPERLINK("https://acme.example","Acme")': "row", "acme[.]example": "row", "hxxps://acme[.]example": "row",
    "acme .example": "row", "acme,example": "row", "http:\\\\acme.example": ACME, "acme.example,": ACME, "acme.example;": ACME,
    "• acme.example": "row", "1. acme.example": "row", "Acme (acme.example)": "row",
}  # fmt: skip
# Rows as tools that keep people out write them.
ROWS: list[tuple[dict[str, Any], str]] = [
    (
        {
            "Record ID": "1",
            "Company name": "Acme",
            "Company Domain Name": "acme.example",
            "Company owner": "x@irish.example",
        },
        ACME,
    ),
    ({"Domain": "acme.example", "Added by": "admin@irish.example"}, ACME),
    ({"Domain": "acme.example", "Created By Email": "admin@irish.example"}, ACME),
    ({"Lead: Email": "ada@acme.example", "Company / Account": "Acme"}, "1"),
    ({"Email Address": "ada@acme.example", "First Name": "Ada", "UNSUB_TIME": "2026-01-01"}, "1"),
    ({"address": "ada@acme.example", "tags": "*", "created_at": "x"}, "1"),
    ({"email": "ada@acme.example", "created": 1600000000}, "1"),
    ({"EmailAddress": "ada@acme.example", "SuppressionReason": "HardBounce", "Origin": "Recipient"}, "1"),
    ({"_id": "usb_x", "value": "acme.example"}, ACME),
    ({"bl_value": "acme.example"}, ACME),
    ({"email_or_domain": "acme.example"}, ACME),
    ({"companyname": "Acme", "companywebsite": "acme.example", "companyemaildomain": "acme.example"}, ACME),
    ({"E-mail Address": "ada@acme.example", "E-mail 2 Address": "bob@sub.acme.example"}, "12"),
    ({"Account ID": "007"}, ACME),
    ({"external_id": 12345}, "8"),
    ({"Firma": "ACME Gesellschaft mit beschränkter Haftung", "Ort": "Berlin"}, ACME),
    ({"Company": "Private", "Website": "gmail.com", "City": "Ulm"}, "8"),
]
# Containers, made anew where they are used up.
CONTAINERS: dict[str, tuple[Callable[[], Any], str]] = {
    "columns of a dict": (lambda: {"domain": ["acme.example", "irish.example"]}, ACME + "7"),
    "an array of numpy": (lambda: np.array(["acme.example"]), ACME),
    "a Series of pandas": (lambda: pd.Series(["acme.example", None]), ACME),
    "an Index of pandas": (lambda: pd.Index(["acme.example"]), ACME),
    "floats of pandas": (lambda: pd.DataFrame({"External ID": [12345.0, np.nan]}), "8"),
    "an iterator": (lambda: map(str.lower, ["ACME.example"]), ACME),
    "keys of a dict": ({"acme.example": 1}.keys, ACME),
    "an open file": (lambda: io.StringIO("domain\nacme.example\n"), ACME),
    "a column of lists": (lambda: pl.DataFrame({"domain": [["acme.example", "irish.example"]]}), ACME + "7"),
    "a Categorical": (lambda: pl.DataFrame({"domain": pl.Series(["acme.example"], dtype=pl.Categorical)}), ACME),
    "rows of a CSV reader": (lambda: [["domain"], ["acme.example"]], ACME),
    "numbers": (lambda: [12345, 7], "row"),
    "a Boolean": (lambda: True, "is a bool"),
    "a dict of reasons": (lambda: {"acme.example": "customer"}, "no heading"),
    "a send list": (lambda: op.send_list(RESULTS, 0.5), "is a SendList"),
}
# Files, by their content.
LISTS: dict[str, tuple[bytes, str]] = {
    "comments": (b"# list\nacme.example\n", ACME),
    "UTF-16": ("Domain;Note\nacme.example;x\n".encode("utf-16"), ACME),
    "a mark before quotes": (b'\xef\xbb\xbf"Domain","Note"\n"acme.example","x"\n', ACME),
    "a title": (b"Do not contact list 2026\n\nDomain,Reason\nacme.example,customer\n", ACME),
    "CR": (b"Domain\racme.example\r", ACME),
    "a total": (b"Company,Domain\nAcme,acme.example\nTotal,1\n", ACME),
    "a column without heading": (b"Domain,\nacme.example,\n", ACME),
    "addresses without heading": (b"ada@acme.example\nbob@sub.acme.example\n", "12"),
    "an unknown heading": (b"Values\nacme.example\n", ACME),
    "domains and addresses": (b"Domain/Email\nacme.example\no'brien@irish.example\n", ACME + "7"),
    "one line": (b"acme.example", ACME),
    "NUL in a domain": (b"Domain\nacme\x00.example\n", "row"),
    "nothing": (b"", "empty"),
    "a page": (b"<html><body>Login</body></html>", "web page"),
}


def suppressed() -> Iterator[Case]:
    """Yield lists of whom to keep out."""
    for text, whom in ENTRIES.items():
        yield Case("entries to keep out", text, lambda _, text=text: kept_out([text]), *_told(whom, "row 1"))  # type: ignore[misc]
    for row, whom in ROWS:
        yield Case("rows to keep out", ", ".join(row), lambda _, row=row: kept_out([row]), whom)  # type: ignore[misc]
    for name, (make, whom) in CONTAINERS.items():
        yield Case("containers to keep out", name, lambda _, make=make: kept_out(make()), *_told(whom, "row 1"))  # type: ignore[misc]
    for name, (content, whom) in LISTS.items():
        yield Case(
            "files to keep out",
            name,
            lambda folder, content=content: kept_out(_file(folder, content)),
            *_told(whom, "row 1"),
        )  # type: ignore[misc]


def _told(whom: str, words: str) -> tuple[str | None, str]:
    """Return what is right and what a refusal says, one of them."""
    if whom == "row":
        return None, words
    return (whom, "") if not whom or whom.isdigit() else (None, whom)


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content)
    return path


FOO = {"company_name": "Foo GmbH", "website_url": "foo.example", "city": "Ulm", "country": "Germany"}


def foo(*fields: str, **more: str) -> list[dict[str, str]]:
    """Return the row of Foo GmbH with its name, these of its fields and more."""
    return [{name: FOO[name] for name in ("company_name", *fields)} | more]


SITE, CITY, LAND = "website_url", "city", "country"
TWO = [{"company_name": "Foo GmbH", "city": "Ulm"}, {"company_name": "Bar AG", "city": "Bonn"}]
# Texts as programs write them, and what is bought or the words of the refusal.
TABLES: dict[str, tuple[str, Any]] = {
    "a mark before quotes (miller#161)": ('\ufeff"Company","Website"\n"Foo GmbH","foo.example"\n', foo(SITE)),
    "a last heading that is empty (proton-contacts#292)": ("Company,Website,\nFoo GmbH,foo.example,VIP\n", foo(SITE)),
    "NUL before a quote (OpenRefine#653)": ('Company,Website\n"Foo GmbH\x00","foo.example"\n', foo(SITE)),
    "one column (vumi-go#725)": (
        "Company\nFoo, Inc.\nBar, Baz & Co.\n",
        [{"company_name": "Foo, Inc."}, {"company_name": "Bar, Baz & Co."}],
    ),
    "no line end": ("Company;City\nFoo GmbH;Ulm", foo(CITY)),
    "blanks before headings (csv-parser#105)": (" Company, Website\n Foo GmbH, foo.example\n", foo(SITE)),
    "hard blanks": ("Company\u00a0Name;Web\u00a0Site\nFoo\u00a0GmbH;foo.example\n", foo(SITE)),
    "typographic quotes": ("“Company”,“City”\n“Foo GmbH”,“Ulm”\n", foo(CITY)),
    "files one behind the other": ("Company,City\nFoo GmbH,Ulm\n\ufeffCompany,City\nBar AG,Bonn\n", TWO),
    "the heading on each page": ("Company;City\nFoo GmbH;Ulm\nCOMPANY;City\nBar AG;Bonn\n", TWO),
    "three line ends": ("Company;City\r\nFoo GmbH;Ulm\nBar AG;Bonn\rBaz;Jena\r\n", "row 3.*3 cells under 2 headings"),
    "quotes and a semicolon (DNN.FormAndList#72)": ('Company;Note;City\nFoo GmbH;"say ""a; b""";Ulm\n', foo(CITY)),
    "read as Latin-1 and saved": (
        "Company;City\nMÃ¼ller GmbH;KÃ¶ln\n",
        [{"company_name": "Müller GmbH", "city": "Köln"}],
    ),
    "letters lost": ("Company;City\nM\ufffdller GmbH;K\ufffdln\n", "row 2.*letters were lost"),
    "entities of HTML": ("Company;City\nM&uuml;ller GmbH;K&ouml;ln\n", "row 2"),
    "a table of Markdown": ("| Company | City |\n|---|---|\n| Foo GmbH | Ulm |\n", foo(CITY)),
    "JSON": ('[{"company_name":"Foo GmbH"}]', "is JSON"),
    "JSON lines": ('{"company_name":"Foo GmbH"}\n{"company_name":"Bar"}\n', "is JSON"),
    "a visiting card": ("BEGIN:VCARD\nVERSION:3.0\nORG:Foo GmbH\nEND:VCARD\n", "is a file of contacts"),
    "backticks (csv-parser#105)": ("Company`City\nFoo GmbH`Ulm\n", "no such column"),
    "no rows": ("Company;City\n", "no row names one"),
    "addresses alone": ("Email\nada@foo.example\n", "no such column"),
    "domains alone": ("Domain\nfoo.example\nbar.example\n", "no such column"),
    "names alone, no heading": ("Foo GmbH\nBar AG\nBaz KG\n", "no such column"),
    "keine Angabe": ("Firma;Ort\nk.A.;Ulm\nFoo GmbH;Jena\n", "row 2, company_name: is required"),
    "leer": ("Firma;Ort\n(leer);Ulm\nFoo GmbH;Jena\n", "row 2, company_name: is required"),
    "tbd": ("Company;City\nTBD;Ulm\nFoo GmbH;Jena\n", "row 2, company_name: is required"),
    "long dashes": ("Company;City\nFoo GmbH;–\n", foo()),
    "a report's last words": (
        'Company,City\nFoo GmbH,Ulm\n\n"Confidential Information - Do Not Distribute"\n"Generated by: Ada Long 28/11/2026"\n',
        foo(CITY),
    ),
    "ids of which digits are lost": ("Company,External ID\nFoo GmbH,1.23457E+11\n", foo()),
    "Google contacts": (
        "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Value,Address 1 - City,Website 1 - Value\nAda,Long,Foo GmbH,CEO,ada@foo.example,Bonn,ada.example\n",
        foo(),
    ),
    "Google contacts, before 2024": (
        "Name,Given Name,Family Name,Organization 1 - Type,Organization 1 - Name,Website 1 - Value\nAda Long,Ada,Long,,Foo GmbH,ada.example\n",
        foo(),
    ),
    "Outlook": (
        "First Name,Last Name,Company,Job Title,Business City,Business Country/Region,Home City,Web Page\nAda,Long,Foo GmbH,CEO,Ulm,Germany,Bonn,foo.example\n",
        [FOO],
    ),
    "Pipedrive organizations": (
        'Organization - Name,Organization - Address,Organization - Owner,Organization - Web site\nFoo GmbH,"Main 1, Ulm",Ada Long,foo.example\n',
        foo(SITE),
    ),
    "Pipedrive people": (
        "Person - Name,Person - Organization,Person - Email - Work\nAda Long,Foo GmbH,ada@foo.example\n",
        foo(),
    ),
    "Zoho": (
        "Account Id,Account Name,Website,Billing City,Billing Country,Account Owner\nz1,Foo GmbH,foo.example,Ulm,Germany,Ada\n",
        [FOO | {"external_id": "z1"}],
    ),
    "Freshsales": (
        "Account id,Account name,Account website,Account city,Account country\n9,Foo GmbH,foo.example,Ulm,Germany\n",
        [FOO | {"external_id": "9"}],
    ),
    "Close": (
        "id,display_name,url,primary_contact_name,primary_address_city\nl1,Foo GmbH,foo.example,Ada Long,Ulm\n",
        foo(SITE, CITY, external_id="l1"),
    ),
    "SugarCRM": (
        "Name,ID,Website,Billing City,Billing Country,Office Phone\nFoo GmbH,a1,foo.example,Ulm,Germany,1\n",
        [FOO | {"external_id": "a1"}],
    ),
    "ERPNext": (
        "ID,Customer Name,Customer Type,Territory,Website\nC-1,Foo GmbH,Company,Germany,foo.example\n",
        foo(SITE, external_id="C-1"),
    ),
    "QuickBooks": ("Customer,Company,Email,Billing City\nAda Long,Foo GmbH,ada@foo.example,Ulm\n", foo(CITY)),
    "Xero": (
        "*ContactName,AccountNumber,EmailAddress,FirstName,LastName\nFoo GmbH,K1,a@foo.example,Ada,Long\n",
        "no such column",
    ),
    "DATEV": (
        "Konto;Name (Adressattyp Unternehmen);Name (Adressattyp nat. Person);Ort\n10001;Foo GmbH;;Ulm\n",
        foo(CITY),
    ),
    "lexoffice": (
        "Kundennummer;Firmenname;Ort;Land\n10001;Foo GmbH;Ulm;Germany\n",
        foo(CITY, LAND, external_id="10001"),
    ),
    "Clay": (
        'Company Name,Domain,LinkedIn URL,Location\nFoo GmbH,foo.example,https://linkedin.com/company/foo,"Ulm, Germany"\n',
        foo(SITE),
    ),
    "Lusha": (
        "First Name,Last Name,Company,Company Website,Company City,Company Country,Contact City\nAda,Long,Foo GmbH,foo.example,Ulm,Germany,Bonn\n",
        [FOO],
    ),
    "Hunter": (
        "Email,First name,Last name,Organization,Domain name,Country\na@foo.example,Ada,Long,Foo GmbH,foo.example,Malta\n",
        foo(SITE),
    ),
    "RocketReach": ("Name,Current Employer,Current Employer Website,City\nAda Long,Foo GmbH,foo.example,Bonn\n", foo()),
    "Sales Navigator leads": (
        "fullName,title,companyName,companyUrl,location,profileUrl\nAda Long,CEO,Foo GmbH,https://www.linkedin.com/sales/company/1,Bonn,https://www.linkedin.com/in/x\n",
        foo(),
    ),
    "Similarweb": ("Domain,Company Name,HQ Country,HQ City,Global Rank\nfoo.example,Foo GmbH,Germany,Ulm,10\n", [FOO]),
    "North Data": (
        "Firma;Rechtsform;PLZ;Ort;Register-ID;Website\nFoo GmbH;GmbH;89073;Ulm;HRB 1;foo.example\n",
        foo(SITE, CITY),
    ),
    "Companies House": (
        "CompanyName, CompanyNumber,RegAddress.PostTown,RegAddress.Country\nFoo GmbH,01234567,Ulm,Germany\n",
        foo(CITY, LAND, external_id="01234567"),
    ),
    "Danish": ("Virksomhed;By;Land;Hjemmeside\nFoo GmbH;Ulm;Germany;foo.example\n", [FOO]),
    "Norwegian": ("Bedrift;Poststed;Land\nFoo GmbH;Ulm;Germany\n", foo(CITY, LAND)),
    "Hungarian": ("Cégnév;Város;Ország\nFoo GmbH;Ulm;Germany\n", foo(CITY, LAND)),
    "Romanian": ("Companie;Oraș;Țară\nFoo GmbH;Ulm;Germany\n", foo(CITY, LAND)),
    "Ukrainian": ("Назва компанії;Місто;Країна\nFoo GmbH;Ulm;Germany\n", foo(CITY, LAND)),
    "Korean": ("회사명,웹사이트,도시\nFoo GmbH,foo.example,Ulm\n", foo(SITE, CITY)),
    "Arabic": ("اسم الشركة,المدينة\nFoo GmbH,Ulm\n", foo(CITY)),
}
# Lists in the code pages of their countries (invoiceninja#737, onebody#615, owncloud contacts#785).
PAGES = {
    "cp1253": ("Εταιρεία;Πόλη;Χώρα", "Αφοί Παπαδόπουλοι ΑΕ;Θεσσαλονίκη;Ελλάδα"),
    "cp1250": ("Firma;Město;Země", "Řeznictví Novák s.r.o.;Plzeň;Česko"),
    "cp1251": ("Компания;Город;Страна", "ООО Ромашка;Казань;Россия"),
    "cp1254": ("Şirket;Şehir;Ülke", "Güneş İnşaat A.Ş.;İzmir;Türkiye"),
    "shift_jis": ("会社名;都市;国", "株式会社山吹製作所;東京;日本"),
    "gbk": ("公司名称;城市;国家", "上海红叶贸易有限公司;上海;中国"),
    "euc_kr": ("회사명;도시;국가", "주식회사 한빛전자;서울;대한민국"),
}


def workbook(*rows: list[Any]) -> bytes:
    """Return a workbook of these rows; a pair is a formula and what it was worth when it was saved."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, tuple):
                    sheet.write_formula(row, column, cell[0], None, cell[1])
                elif isinstance(cell, dt.date):
                    sheet.write_datetime(row, column, cell, day)
                elif cell is not None:
                    sheet.write(row, column, cell)
    return content.getvalue()


HEAD = ["Company", "City"]
BOOKS: dict[str, tuple[bytes, Any]] = {
    "#N/A in a city": (workbook(HEAD, ["Foo GmbH", ("=NA()", "#N/A")]), foo()),
    "#DIV/0! in a name (python-calamine#105)": (
        workbook(HEAD, [("=1/0", "#DIV/0!"), "Bonn"], ["Foo GmbH", "Ulm"]),
        "row 2, company_name",
    ),
    "a formula that was never worked out": (workbook(HEAD, [('="Foo "&"GmbH"', ""), "Ulm"]), "row 2, company_name"),
    "a formula": (workbook(HEAD, [('="Foo "&"GmbH"', "Foo GmbH"), "Ulm"]), foo(CITY)),
    "a heading of two rows": (
        workbook(["Company", None, "Address"], ["Name", "Website", "City"], ["Foo GmbH", "foo.example", "Ulm"]),
        foo(SITE, CITY),
    ),
    "numbers for names": (
        workbook(HEAD, [4711, "Ulm"], ["1&1", "Bonn"]),
        [{"company_name": "4711", "city": "Ulm"}, {"company_name": "1&1", "city": "Bonn"}],
    ),
    "a day for a name (sheetjs#1764)": (
        workbook(HEAD, ["Foo GmbH", "Ulm"], [dt.date(2003, 2, 1), "Bonn"]),
        "row 3.*is a date",
    ),
    "a table that begins in the middle": (
        workbook([], [], [None, None, *HEAD], [None, None, "Foo GmbH", "Ulm"]),
        foo(CITY),
    ),
    "a long number for an id": (
        workbook(["Company", "Customer ID"], ["Foo GmbH", 123456789012345]),
        foo(external_id="123456789012345"),
    ),
}
FRAMES: dict[str, tuple[Any, Any]] = {
    "missing names": (
        pd.DataFrame({"company": ["Foo GmbH", pd.NA], "city": ["Ulm", "Bonn"]}),
        r"companies\[1\].company_name: is required",
    ),
    "an index of names": (pd.DataFrame({"city": ["Ulm"]}, index=pd.Index(["Foo GmbH"], name="company")), foo(CITY)),
    "columns of lists": ({"company": ["Foo GmbH", "Bar AG"], "city": ["Ulm", "Bonn"]}, TWO),
    "a list of names": (["Foo GmbH"], "a list of str"),
    "structs": (pl.DataFrame({"company": [{"name": "Foo GmbH"}]}), "holds lists or structs"),
    "lists": (pl.DataFrame({"company": [["Foo GmbH"]], "city": ["Ulm"]}), "holds lists or structs"),
    "mappings in mappings": ([{"company": {"name": "Foo GmbH"}, "city": "Ulm"}], "company_name: is required"),
    "a Categorical": (
        pl.DataFrame({"company": pl.Series(["Foo GmbH"], dtype=pl.Categorical), "city": ["Ulm"]}),
        foo(CITY),
    ),
    "whole ids": (pl.DataFrame({"company": ["Foo GmbH"], "external_id": [7]}), foo(external_id="7")),
}


def bought() -> Iterator[Case]:
    """Yield lists of companies."""
    for name, (text, right) in TABLES.items():
        yield _bought("texts and headings", name, text.encode(), right)
    for encoding, (heading, row) in PAGES.items():
        right = [dict(zip(("company_name", "city", "country"), row.split(";"), strict=True))]
        yield _bought("code pages", encoding, f"{heading}\n{row}\n".encode(encoding), right)
    for name, (content, right) in BOOKS.items():
        yield _bought("workbooks", name, content, right)
    for name, (frame, right) in FRAMES.items():
        yield _bought("frames", name, frame, right)


def _bought(kind: str, name: str, given: Any, right: Any) -> Case:
    def done(folder: Path) -> Any:
        return companies_from(_file(folder, given) if isinstance(given, bytes) else given)

    return Case(kind, name, done, None, right) if isinstance(right, str) else Case(kind, name, done, right)


# Whether two rows are one company; each is name, web site, city, country.
PAIRS: list[tuple[bool, tuple[Any, ...], tuple[Any, ...]]] = [
    (False, ("Bank of the West", None, None, None), ("Bank of the East", None, None, None)),
    (False, ("Central Park Media", None, "Boise", "US"), ("Central Valley Media", None, "Boise", "US")),
    (False, ("Royal Bank", None, "London", "UK"), ("Royal Mail", None, "London", "UK")),
    (False, ("SIA Rimi Latvia", None, "Riga", "LV"), ("SIA Maxima Latvija", None, "Riga", "LV")),
    (False, ("North Star", None, "Leeds", "UK"), ("South Star", None, "Leeds", "UK")),
    (False, ("Enterprise Solutions", None, "Pune", "IN"), ("The Solutions Co", None, "Pune", "IN")),
    (False, ("Industry Motors", None, "Pune", "IN"), ("Motors", None, "Pune", "IN")),
    (True, ("Shah Enterprise", None, "Pune", "IN"), ("Shah Enterprises", None, "Pune", "IN")),
    (True, ("Farrow Chase & Co.", None, "Boise", "US"), ("Farrow Chase", None, "Boise", "US")),
    (True, ("Drummer & Drummer", None, "Boise", "US"), ("Drummer and Drummer, Inc.", None, "Boise", "US")),
    (False, ("A-B-C Company", None, "Boise", "US"), ("X Company", None, "Boise", "US")),
    (False, ("A-B-C Company", None, "Boise", "US"), ("A-B-D Company", None, "Boise", "US")),
    (True, ("A.B.C. Company", None, "Boise", "US"), ("ABC Company", None, "Boise", "US")),
    (True, ("Baqendorf GmbH", "baqendorf.example", "Hamburg", "DE"), ("Baqendorf GmbH", "speedkit.example", "Hamburg", "DE")),
    (True, ("Foovar", "https://foovar.example?utm=1", None, None), ("FOOVAR Ltd", "http://www.foovar.example/#home", None, None)),
    (True, ("上海红叶贸易有限公司", None, "上海", "CN"), ("上海红叶贸易", None, "上海", "CN")),
    (True, ("ТОВ «Мріянка»", None, "Львів", "UA"), ("Мріянка", None, "Львів", "UA")),
    (False, ("AS Roma", None, "Roma", "IT"), ("Roma", None, "Roma", "IT")),
    (False, ("SA Water", None, "Adelaide", "AU"), ("Water", None, "Adelaide", "AU")),
    (False, ("Lindacker Werkzeugbau", None, "Springfield", "US"), ("Lindacker Werkzeugbau", None, "Springfield", "AU")),
    (False, ("Stadtwerke Neustadt", None, "Neustadt an der Weinstraße", "DE"), ("Stadtwerke Neustadt", None, "Neustadt in Holstein", "DE")),
    (False, ("Calloway Dental", None, "Cambridge", "UK"), ("Calloway Dental", None, "Cambridge, MA", "US")),
    (True, ("Calloway Dental", None, "St. Louis", "US"), ("Calloway Dental", None, "Saint Louis", "US")),
    (False, ("Quastow Holding GmbH", "quastow.example", "Ulm", "DE"), ("Quastow Vertriebs GmbH", "quastow.example", "Ulm", "DE")),
    *((True, ("Lindacker Werkzeugbau", None, "Ulm", one), ("Lindacker Werkzeugbau", None, "Ulm", other))
      for one, other in (("Allemagne", "Germany"), ("BRD", "DE"), ("Alemania", "Deutschland"), ("Federal Republic of Germany", "DE"))),
    *((True, (f"Quastow {form}", None, "Ulm", None), ("Quastow", None, "Ulm", None)) for form in (
        "Private Limited", "Oy Ab", "EOOD", "Sp. z o.o. sp. k.", "GmbH & Co. KGaA", "gGmbH", "UG (haftungsbeschränkt)", "SASU",
        "S.à r.l.", "S.A. de C.V.", "Pte. Ltd.", "Zrt.", "ehf.", "SCRL")),
    *((False, ("Quastow Druck", host.format("quastow"), "Ulm", "DE"), ("Hadermann Bau", host.format("hadermann"), "Ulm", "DE")) for host in (
        "linktr.ee/{}", "sites.google.com/view/{}", "{}.carrd.co", "{}.notion.site", "{}.webflow.io", "{}.godaddysites.com",
        "g.page/{}", "ebay.de/str/{}", "etsy.com/shop/{}", "trustpilot.com/review/{}", "libero.it", "naver.com")),
]  # fmt: skip


def told_apart() -> Iterator[Case]:
    """Yield pairs of companies."""
    facts = dict.fromkeys(("id", "name", "website_url", "city", "country"), pl.String)

    def is_one(*rows: tuple[Any, ...]) -> bool:
        frame = pl.DataFrame([(str(n), *row) for n, row in enumerate(rows)], schema=facts, orient="row")
        return op.dedupe(frame)["cluster_id"].n_unique() == 1

    for right, one, other in PAIRS:
        yield Case("one company or two", f"{one} {other}", lambda _, a=one, b=other: is_one(a, b), right)  # type: ignore[misc]


PERSON = {
    "order_id": "o", "company_id": "c", "id": "p", "first_name": "Ada", "last_name": "Long", "email": "ada@foo.example",
    "job_title": "CEO", "company_name": "Foo GmbH", "company_website": "foo.example", "company_city": "Ulm", "company_country": "DE",
}  # fmt: skip
TARGETS = ("hubspot", "salesforce", "pipedrive", "dynamics", "instantly", "smartlead", "lemlist")
ADDRESSES = {
    "Ada@Foo.example": True, "ada@foo": False, "ada foo@foo.example": False, "ada@@foo.example": False,
    "ada@foo.example, bob@foo.example": False, "n/a": False, "ada@foo..example": False, ".ada@foo.example": False,
    "ada@-foo.example": False, "o'brien@foo.example": True, "ada@foo.example\u200b": False,
}  # fmt: skip
TITLES = ("=1+1", "@SUM(A1)", "+1-1", "-cmd|' /C calc'!A0", "\t=1", "\r=1", '=HYPERLINK("http://x")')


def written() -> Iterator[Case]:
    """Yield persons for the files of tools: what of them leaves."""
    for target in TARGETS:
        for address, leaves in ADDRESSES.items():
            people = [{**PERSON, "email": address}, {**PERSON, "id": "q", "email": "ok@foo.example"}]
            yield Case(
                "addresses in files for tools",
                f"{target}: {address}",
                lambda f, p=people, t=target: len(_exported(f, p, t)),
                1 + leaves,
            )  # type: ignore[misc]
        for title in TITLES:
            people = [{**PERSON, "job_title": title}]
            yield Case(
                "formulas in files for tools",
                f"{target}: {title!r}",
                lambda f, p=people, t=target: [
                    c for row in _exported(f, p, t) for c in row.values() if c.startswith(tuple("=@+-\t\r"))
                ],
                [],
            )  # type: ignore[misc]


def _exported(folder: Path, people: list[dict[str, Any]], target: Any) -> list[dict[str, str]]:
    op.export(pl.DataFrame(people), folder / "out.csv", target=target)
    with (folder / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


WORDS = [
    ("bounced", "vrai", "faux"), ("bounced", "ano", "ne"), ("bounced", "kyllä", "ei"), ("bounced", "evet", "hayır"),
    ("bounced", "はい", "いいえ"), ("bounced", "VERDADERO", "FALSO"), ("bounced", "1.0", "0.0"), ("Status", "unzustellbar", "zugestellt"),
    ("estado", "rebotado", "entregado"), ("statut", "rejeté", "délivré"), ("status", "550 5.1.1 User unknown", "250 OK"),
]  # fmt: skip
DAYS = {
    "29/11/2026": True, "11/29/2026": True, "29. November 2026": True, "29 Nov 2026": True, "2026-11-29T10:00:00+01:00": True,
    "03/04/2026": "two readings", "yesterday": "is no date", "": "no date",
}  # fmt: skip
RISKS: list[tuple[list[Any], Any]] = [
    ([2.0, 20.0], 2), ([0.02, 0.2], "fractions"), (["2%", "20%"], "not numbers"), (["2,5", "20,0"], "not numbers"),
    (["low", "high"], "not numbers"), ([float("nan"), 2.0], 1), ([float("inf"), 2.0], 1), ([-5.0, 2.0], 1), ([150.0, 2.0], 1), ([None, None], 0),
]  # fmt: skip


def numbers() -> Iterator[Case]:
    """Yield outcomes, days and risks out of somebody's table."""
    for column, yes, no in WORDS:
        frame = pl.DataFrame({"email": ["a@x.example", "b@x.example"], column: [yes, no]})
        yield Case(
            "outcomes in words",
            f"{column}: {yes}, {no}",
            lambda _, f=frame: op.files.read_outcomes(f).frame["bounced"].to_list(),
            [True, False],
        )  # type: ignore[misc]
    for day, right in DAYS.items():
        done = lambda _, day=day: op.contactable(PEOPLE, as_of=day).height == PEOPLE.height  # type: ignore[misc] # noqa: E731
        yield Case("days", day, done, None, right) if isinstance(right, str) else Case("days", day, done, right)
    for risks, right in RISKS:
        people = pl.DataFrame(
            {"email": [f"a@d{n}.example" for n in range(2)], "bounce_risk_score": risks}, strict=False
        )
        done = lambda _, p=people: op.send_list(p, 0.9).size  # type: ignore[misc] # noqa: E731
        yield (
            Case("risks", str(risks), done, None, right)
            if isinstance(right, str)
            else Case("risks", str(risks), done, right)
        )


CASES = [*suppressed(), *bought(), *told_apart(), *written(), *numbers()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.name}")
def test_an_input_ends_right_or_is_refused_clearly(case: Case, tmp_path: Path) -> None:
    """Each input ends as a person would have it, or in an error that names what is wrong."""
    if not case.refusal:
        assert case.done(tmp_path) == case.right
        return
    with pytest.raises(OpenProspectError) as caught:
        case.done(tmp_path)
    assert re.search(case.refusal, str(caught.value))


def test_the_second_table_in_the_docs_counts_these_inputs() -> None:
    """docs/files.md states for each kind how many inputs end right and how many in a clear refusal, and nothing wrong."""
    assert len(CASES) >= 200
    counts = Counter((case.kind, bool(case.refusal)) for case in CASES)
    page = (ROOT / "docs" / "files.md").read_text("utf-8")
    for kind in dict.fromkeys(case.kind for case in CASES):
        assert f"| {kind} | {counts[kind, False]} | {counts[kind, True]} | 0 |" in page
