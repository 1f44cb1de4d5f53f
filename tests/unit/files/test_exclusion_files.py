"""Lists of whom to keep out as files and previews: nothing that names somebody is passed over unsaid."""

from __future__ import annotations

import io
import logging
import sqlite3
from contextlib import closing

import numpy as np
import polars as pl
import pytest
import xlsxwriter

from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.files import preview
from openprospect_nb.files.exclusions import exclusions, exclusions_in
from openprospect_nb.frames.results import Results

FIRMS = [["domain"], ["foo.example"]]
PERSONS = [["E-Mail"], ["ada@bar.example"], ["bob@baz.example"]]
BARE = [["qux.example"]]
PROSE = [["Hints"], ["Ask Dana before you change this."]]
NUMBERS = [["Metric", "Value"], ["entries", "2"]]


def workbook(*sheets, hidden=()):
    """Return a workbook with *sheets* (rows of cells) called A, B, C and so on."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, rows in zip("ABCDE", sheets, strict=False):
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
            if name in hidden:
                sheet.hide()
    return content.getvalue()


def named(read):
    """Return whom a list means, as addresses, domains and names."""
    return {entry.address or entry.domain or entry.name for entry in read.entries}


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ((FIRMS, PERSONS), {"foo.example", "ada@bar.example", "bob@baz.example"}),
        ((PERSONS, FIRMS, BARE), {"foo.example", "ada@bar.example", "bob@baz.example", "qux.example"}),
        ((FIRMS, [], [["Firma", "Ort"], ["Muster GmbH", "Ulm"]]), {"foo.example", "Muster GmbH"}),
        ((FIRMS, [["domain"]]), {"foo.example"}),
    ],
)
def test_every_visible_sheet_of_a_list_keeps_out(sheets, expected, tmp_path):
    """Sheets have headings of their own, or none; as a path and as an upload they mean the same."""
    path = tmp_path / "two.xlsx"
    path.write_bytes(workbook(*sheets))

    for read in (exclusions(path), exclusions(str(path)), exclusions([path]), exclusions_in("x", path.read_bytes())):
        assert named(read) == expected
        assert read.complaint == ""


@pytest.mark.parametrize("other", [PROSE, NUMBERS])
def test_a_sheet_that_tells_nothing_is_named(other):
    """The other sheets count; whoever refuses a list that was read in part refuses it."""
    read = exclusions_in("two.xlsx", workbook(FIRMS, other))

    assert named(read) == {"foo.example"}
    assert "sheet 'B' of two.xlsx" in read.complaint


def test_sheets_of_which_none_tells_anything_are_refused():
    """The message names each of them."""
    with pytest.raises(ValidationError, match=r"sheet 'A'.*sheet 'B'"):
        exclusions_in("two.xlsx", workbook(PROSE, NUMBERS))


def test_a_hidden_sheet_that_was_not_read_is_logged_as_a_warning(caplog):
    """It may be what somebody put aside, or what somebody forgot."""
    with caplog.at_level(logging.INFO):
        assert named(exclusions_in("two.xlsx", workbook(FIRMS, PERSONS, hidden="B"))) == {"foo.example"}

    assert ["B (hidden)" in record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [True]
    assert "sheet 'A'" in caplog.text


def test_the_encoding_of_a_list_is_logged(caplog):
    """It decides which names are compared."""
    with caplog.at_level(logging.INFO):
        exclusions_in("list.csv", "Firma\nMüller KG\n".encode("cp1252"))

    assert "list.csv" in caplog.text
    assert "encoding cp1252" in caplog.text


def test_a_preview_keeps_out_whom_no_order_could_send(tmp_path):
    """A row without a name has a web site; the preview means what its file means."""
    path = tmp_path / "list.csv"
    path.write_text("Company,Website,City\nFoo Ltd,foo.example,Leeds\n,bar.example,York\n,,Hull\n", encoding="utf-8")
    shown = preview(path)
    assert shown.bad.height > 0

    assert exclusions(shown) == exclusions(path)
    assert named(exclusions(shown)) >= {"foo.example", "bar.example"}


def test_a_preview_of_a_sheet_keeps_the_columns_that_were_chosen():
    """A heading that nobody knows is a name where the preview says so."""
    shown = preview(pl.DataFrame({"Konto": ["Foo Ltd", None], "Netz": ["foo.example", "bar.example"]}))

    assert named(exclusions(shown.mapped("company_name", "Konto"))) == {"foo.example", "bar.example"}
    alone = preview(pl.DataFrame({"Konto": ["Foo Ltd", "Bar Ltd"]})).mapped("company_name", "Konto")
    assert named(exclusions(alone)) == {"Foo Ltd", "Bar Ltd"}


@pytest.mark.parametrize("heading", ["domain", "Website", "E-Mail"])
@pytest.mark.parametrize("value", ["obrien.ie", "o@obrien.example"])
def test_a_cell_kept_as_text_is_read_as_in_lists_of_companies(heading, value):
    """Excel's ``="obrien.ie"`` is the text within."""
    plain = exclusions_in("list.csv", f"{heading}\n{value}\n".encode())
    kept = exclusions_in("list.csv", f'{heading}\n="{value}"\n'.encode())

    assert named(kept) == named(plain) != set()
    assert named(exclusions([f'="{value}"'])) == {value}


def test_an_id_and_a_name_kept_as_text_are_the_text():
    """They are compared with what the results say."""
    (entry,) = exclusions_in("list.csv", b'external_id,company_name\n="00123",="Foo Ltd"\n').entries

    assert (entry.external_id, entry.name) == ("00123", "Foo Ltd")


def test_results_without_companies_mean_their_persons():
    """As a list they would otherwise keep out nobody."""
    prospects = pl.DataFrame({"id": ["p1"], "email": ["ada@foo.example"]})

    assert named(exclusions(Results(prospects=prospects))) == {"ada@foo.example"}


TITLES = ["Unternehmen", "Company", "Kunden", "Domain", "E-Mail"]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("between", ["\n", "\n\n", "\nStand: 1.1.2026\n\n"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_title_that_could_be_a_heading_separates_no_less(title, between, separator):
    """The heading stands below it; so it is in lists of companies, too."""
    rows = [["Firma", "Website", "Ort"], ["Muster KG", "muster.example", "Ulm"], ["Bsp AG", "bsp.example", "Bonn"]]
    lines = "\n".join(map(separator.join, rows))
    content = f"{title}{between}{lines}\n".encode()

    assert named(exclusions_in("list.csv", content)) == {"muster.example", "bsp.example"}


@pytest.mark.parametrize("names", [["Foo, Inc", "Bar, Ltd"], ["A; B", "C; D"], ["Foo: Bar", "Ort, GmbH"]])
def test_one_column_stays_one_column(names, tmp_path):
    """What stands in its cells separates nothing, though they have commas in every row."""
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Company", *names]) + "\n", encoding="utf-8")

    assert preview(path).good["company_name"].to_list() == names


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("heading", ["Domain;Grund", "Grund;Domain"])
def test_a_title_stands_above_one_known_heading_too(title, heading):
    """In text and in a workbook: the title is no heading, and the heading no entry."""
    rows = [heading, *("x;x.example", "y;y.example")] if heading[0] == "G" else [heading, "x.example;x", "y.example;y"]
    text = "\n".join([title, "", *rows]).encode()
    book = workbook([[title], [], *(row.split(";") for row in rows)])

    for content in (text, book):
        read = exclusions_in("list", content)
        assert (named(read), read.complaint) == ({"x.example", "y.example"}, "")


@pytest.mark.parametrize(
    "content", ["Domain: foo.example\nDomain: bar.example\n", "E-Mail;a@foo.example\nE-Mail;b@bar.example\n"]
)
def test_a_first_line_that_is_an_entry_beside_a_word_is_a_row(content):
    """Where each line is "Domain: foo.example" the first is no heading, and its firm is kept out as well."""
    told = {
        entry.domain or entry.address.partition("@")[2] for entry in exclusions_in("x.txt", content.encode()).entries
    }
    assert told == {"foo.example", "bar.example"}


def test_the_named_index_of_a_pandas_frame_is_a_column():
    """A frame whose domains are its index keeps them out; one of an index without a name is refused."""
    pandas = pytest.importorskip("pandas")
    listed = pandas.DataFrame({"domain": ["foo.example"], "reason": ["customer"]}).set_index("domain")

    assert [entry.domain for entry in exclusions(listed).entries] == ["foo.example"]
    assert [entry.domain for entry in exclusions(listed[[]]).entries] == ["foo.example"]
    with pytest.raises(ValidationError, match="an index and no column"):
        exclusions(pandas.DataFrame(index=["foo.example"]))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Competitors,Customers\nfoo.example,bar.example\n,baz.example\n",
            {"foo.example", "bar.example", "baz.example"},
        ),
        ("Partner,Customer\nfoo.example,bar.example\n", {"foo.example", "bar.example"}),
        ("Kunden,Firma\nfoo.example,bar.example\n", {"foo.example", "bar.example"}),
        ("Owned by us,Companies\nfoo.example,ada@bar.example\n", {"foo.example", "ada@bar.example"}),
        ("Company,City\nfoo.example; bar.example,Ulm\n", {"foo.example", "bar.example"}),
        ("domain,foo.example,bar.example\n", {"foo.example", "bar.example"}),
        ("email;ada@foo.example;bob@bar.example\n", {"ada@foo.example", "bob@bar.example"}),
    ],
)
def test_a_cell_that_names_somebody_keeps_out_wherever_it_stands(content, expected):
    """Under a heading of names, beside another list, or in the one line of a file."""
    read = exclusions_in("x.csv", content.encode())

    assert {entry.address or entry.domain for entry in read.entries} >= expected
    assert read.complaint == ""


def test_a_company_called_like_its_site_keeps_its_name():
    """Its name and city are compared too; of another site beside it, that name is no name."""
    own, other = exclusions([{"Company": "foo.example", "City": "Ulm", "Website": "bar.example"}]).entries[::-1]

    assert (own.domain, own.name, own.city) == ("foo.example", "foo.example", "Ulm")
    assert (other.domain, other.name) == ("bar.example", None)


@pytest.mark.parametrize(
    "rows",
    [
        [{"company_id": "c3"}],
        [{"id": "c3"}],
        [{"id": "c3", "domain": None}],
        [{"phone": "+49 30 1"}],
        [{"record": {"domain": "foo.example"}}],
        [{"company": {"domain": "foo.example"}}],
        [{"id": "c3"}, {"domain": "foo.example"}],
        [{"First Name": "Ada", "Email": ""}, {"First Name": "Bob", "Email": "bob@foo.example"}],
        [{"Email": "-", "Phone": "+49 30 1"}, {"Email": "bob@foo.example", "Phone": None}],
    ],
)
@pytest.mark.parametrize("kind", [list, pl.DataFrame])
def test_a_row_that_names_nobody_is_named(rows, kind):
    """It is never taken for a blank one: beside others it is told, alone the list is refused."""
    if len(rows) == 1:
        with pytest.raises(ValidationError, match="nobody was suppressed"):
            exclusions(kind(rows))
        return
    read = exclusions(kind(rows))
    assert len(read.entries) == 1
    assert "row 1" in read.complaint


def test_own_persons_without_an_address_are_named():
    """Nothing else of them can be compared."""
    prospects = Results().prospects.clear(1).with_columns(id=pl.lit("p1"), first_name=pl.lit("Ada"))

    for given in (prospects, Results(prospects=prospects)):
        with pytest.raises(ValidationError, match="p1"):
            exclusions(given)


@pytest.mark.parametrize(
    "row", [{"domain": None, "note": float("nan")}, {"domain": "", "active": False}, {"domain": "-"}]
)
def test_a_row_without_anything_is_blank(row):
    """Check boxes and words for nothing name nobody, and are nobody lost."""
    read = exclusions(pl.DataFrame([row, {"domain": "foo.example"}], strict=False))

    assert (len(read.entries), read.blanks, read.complaint) == (1, 1, "")


@pytest.mark.parametrize(
    ("row", "unused"),
    [
        ({"domain": "foo.example", "Parent domain": "group.example"}, "Parent domain"),
        ({"domain": "foo.example", "Competitor": "rival.example"}, "Competitor"),
        ({"domain": "foo.example", "note": "bar.example"}, "note"),
        ({"domain": "foo.example", "note": "please stop bar.example, too"}, "note"),
        ({"domain": "foo.example", "note": "see (https://bar.example/imprint)!"}, "note"),
        ({"Customer": "Foo Ltd", "Account": "Bar Ltd", "City": "Ulm"}, "Account"),
    ],
)
def test_a_column_that_could_name_somebody_and_is_not_used_is_told(row, unused):
    """Whoever meant it reads that it keeps out nobody."""
    others = [dict.fromkeys(row, "baz"), dict.fromkeys(row, "qux")] if unused == "note" else []
    for given in ([row, *others], pl.DataFrame([row, *others])):
        assert f"{unused!r} is not used" in exclusions(given).remark


@pytest.mark.parametrize(
    "note", ["asked by phone on 31.12.2026", "i.d.R. by Mr.Smith", "Nr.Eins", "v. 1.2", "Tel. 0731.123"]
)
def test_a_note_that_names_nobody_is_not_told(note):
    """Dates, abbreviations and numbers have dots, too."""
    assert exclusions([{"domain": "foo.example", "note": note}]).remark == ""


def cursor_rows():
    """Return rows of SQLite under the names of their columns."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT 'ada@foo.example' AS email, 'Ada' AS first_name").fetchall()


@pytest.mark.parametrize(
    "given",
    [
        [("ada@foo.example",)],
        [["ada@foo.example"]],
        (["ada@foo.example"], None),
        np.array([["ada@foo.example"]]),
        np.array(["ada@foo.example"]),
        cursor_rows(),
    ],
)
def test_a_row_of_one_cell_is_its_cell(given):
    """Databases and arrays give a column as rows of one cell, or each cell under its name."""
    assert named(exclusions(given)) == {"ada@foo.example"}


@pytest.mark.parametrize("row", [("ada@foo.example", "Ada"), ["foo.example", "Foo Ltd", "Ulm"]])
def test_a_row_of_several_cells_is_named_with_the_remedy(row):
    """Nothing tells what its cells are."""
    assert "headings tell what they are" in exclusions([row, "bar.example"]).complaint


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("stop.json", b'["ada@foo.example"]', "JSON"),
        ("stop.json", b'[\n  "ada@foo.example"\n]', "JSON"),
        ("stop.json", b'[\n  {"email": "ada@foo.example"}\n]', "JSON"),
        ("stop.jsonl", b'{"email": "ada@foo.example"}\n', "JSON"),
        ("stop.vcf", b"BEGIN:VCARD\r\nEMAIL:ada@foo.example\r\nEND:VCARD\r\n", "contacts"),
        ("stop.eml", b"From: Ada <ada@foo.example>\r\nTo: us@us.example\r\n\r\nStop.\r\n", "a mail"),
        ("stop.gz", b"\x1f\x8b\x08\0", "gzip"),
        ("stop.zip", b"PK\x03\x04x", "no workbook"),
    ],
)
def test_the_path_of_a_file_that_is_no_table_says_what_it_is(name, content, what, tmp_path):
    """Its name is no domain that could not be read."""
    (tmp_path / name).write_bytes(content)
    for given in (str(tmp_path / name), [str(tmp_path / name), "bar.example"]):
        with pytest.raises(ConfigurationError, match=what):
            exclusions(given)


def test_a_path_within_a_list_is_read_as_text_too(tmp_path):
    """It was read as a `Path` alone."""
    (tmp_path / "stop.csv").write_text("email\nada@foo.example\n")
    assert named(exclusions([str(tmp_path / "stop.csv"), "bar.example"])) == {"ada@foo.example", "bar.example"}


def test_a_domain_that_ends_as_archives_do_is_a_domain():
    """Only a file that is there is one."""
    assert named(exclusions(["foo.zip", "https://foo.example/stop.csv"])) == {"foo.zip", "foo.example"}


def test_a_list_on_its_side_is_refused():
    """Its companies stand in its heading and would be lost."""
    with pytest.raises(ValidationError, match="stands on its side"):
        exclusions_in("x.csv", b"Company,Foo Ltd,Bar Ltd\nWebsite,foo.example,bar.example\nCity,Ulm,Bonn\n")


@pytest.mark.parametrize("total", ["Summe", "Total", "Razem", "合計"])
def test_a_sum_in_a_frame_is_nobody(total):
    """As of a file, a row that sums up puts no company on a list, and is named with its row."""
    frame = pl.DataFrame({"Firma": ["Quast GmbH", total], "Website": ["quast.example", None], "Umsatz": [1, 2]})

    for given in (frame, frame.to_dicts()):
        read = exclusions(given)
        assert [entry.name for entry in read.entries] == ["Quast GmbH"]
        assert f"row 2: '{total}' (is a total or footer, no company)" in read.remark
    assert len(exclusions(frame.with_columns(Website=pl.lit("total.example"))).entries) == 2
