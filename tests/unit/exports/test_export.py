"""Lists that leave: what is in the file is what was in the frame, and nothing in it runs."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.exports import LAYOUTS
from openprospect_nb.exports.targets import Target
from openprospect_nb.files.formulas import neutralised
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import PROSPECTS
from openprospect_nb.reports import export, restore

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+2",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "'=1",
    "''=1",
    "＝1",
    "＋1",
    "'tis",
    "plain",
    "",
    '=HYPERLINK("https://a.example")',
)


def people(*names: str) -> pl.DataFrame:
    """One prospect a name, with every column there is."""
    rows = [{"id": f"00{n}", "email": f"p{n}@firm.example", "last_name": name} for n, name in enumerate(names)]
    return pl.DataFrame(rows, schema=PROSPECTS)


def read_csv(path: Path) -> pl.DataFrame:
    """Every column as text, exactly as written."""
    return pl.read_csv(path, infer_schema=False)


@given(st.lists(st.text(alphabet=st.sampled_from("'=+-@ \tａ＝＋1x")), max_size=20))
def test_neutralising_is_undone_exactly(texts: list[str]) -> None:
    """Whatever the texts, restoring gives them back, and no neutralised text starts like a formula."""
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    safe = frame.select(neutralised("text"))

    assert restore(safe)["text"].to_list() == texts
    assert not [text for text in safe["text"] if text.strip()[:1] in set("=+-@＝＋") and text.strip()]


@pytest.mark.parametrize("bom", [False, True])
def test_csv_comes_back_as_it_was(bom: bool, tmp_path: Path) -> None:
    """Polars and DuckDB read the same texts, hostile ones included, and restoring gives the originals."""
    frame = people(*FORMULAS)
    done = export(frame, tmp_path / "list.csv", bom=bom)
    read = read_csv(done.path)
    also = duckdb.read_csv(str(done.path), all_varchar=True).select("last_name").fetchall()

    assert done.path.read_bytes().startswith(b"\xef\xbb\xbf") == bom
    assert not [name for name in read["last_name"].drop_nulls() if name.strip()[:1] in set("=+-@＝＋") and name.strip()]
    assert restore(read)["last_name"].fill_null("").to_list() == list(FORMULAS)
    assert restore(pl.DataFrame(also, schema=["last_name"], orient="row"))["last_name"].fill_null("").to_list() == list(
        FORMULAS
    )
    assert read["id"].to_list() == frame["id"].to_list()


def test_a_workbook_keeps_types_and_runs_nothing(some_results: Results, tmp_path: Path) -> None:
    """Numbers are numbers, texts are text cells whatever they look like, the header is frozen and filtered."""
    frame = people(*FORMULAS[:-2]).with_columns(
        qualification_score=pl.lit(8.5), phone_number=pl.lit("+4930231250"), linkedin_url=pl.lit("javascript:alert(1)")
    )
    seen = frame.with_columns(at=pl.lit(datetime(2026, 5, 6, 9, 15, tzinfo=UTC)), page=pl.lit("https://a.example/x"))
    sheet = openpyxl.load_workbook(export(seen, tmp_path / "list.xlsx", target="xlsx").path).active
    names = [cell.value for cell in sheet[1]]
    first = dict(zip(names, sheet[2], strict=True))

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert first["last_name"].value == "=1+1"
    assert first["qualification_score"].value == 8.5
    assert first["phone_number"].value == "+4930231250"
    assert first["id"].value == "000"
    assert first["at"].value == datetime(2026, 5, 6, 9, 15)  # noqa: DTZ001 - a cell has no time zone
    assert first["linkedin_url"].hyperlink is None
    assert first["page"].hyperlink.target == "https://a.example/x"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")


def test_equal_frames_make_equal_workbooks(some_results: Results, tmp_path: Path) -> None:
    """A workbook carries no clock: the same prospects give the same bytes."""
    one, two = (export(some_results, tmp_path / name, target="xlsx").path.read_bytes() for name in ("a.xlsx", "b.xlsx"))

    assert one == two


def test_parquet_is_the_frame_itself(some_results: Results, tmp_path: Path) -> None:
    """Columns, types and rows come back equal, the companies' columns beside them."""
    read = pl.read_parquet(export(some_results, tmp_path / "list.parquet", target="parquet").path)

    assert_frame_equal(read.select(some_results.prospects.columns), some_results.prospects)
    assert read["company_name"].null_count() == 0


def test_hubspot_gets_its_headings_and_only_rows_with_an_email(some_results: Results, tmp_path: Path) -> None:
    """Rows without the address HubSpot tells contacts apart by stay behind, and are counted."""
    done = export(some_results, tmp_path / "leads.csv", target="hubspot")
    read = read_csv(done.path)

    assert {"Email", "First Name", "Company Name", "Country/Region"} <= set(read.columns)
    assert done.rows == read.height == some_results.prospects["email"].drop_nulls().len()
    assert done.left_out == {"without email": some_results.prospects.height - done.rows}
    assert set(read["OpenProspect Source"]) == {"OpenProspect sandbox"}
    assert "Original Source" not in read.columns
    assert "invented" in done.notes[-1]


def test_salesforce_needs_a_last_name_and_a_company(some_results: Results, tmp_path: Path) -> None:
    """Rows Salesforce would refuse stay behind; headings of one's own can be added."""
    own = {"qualification_score": "Fit__c"}
    done = export(some_results, tmp_path / "leads.csv", target="salesforce", headings=own)
    read = read_csv(done.path)

    assert read["LastName"].null_count() == read["Company"].null_count() == 0
    assert done.left_out == {"without last_name": some_results.prospects["last_name"].null_count()}
    assert "Fit__c" in read.columns


def test_a_phone_number_stays_dialable_for_a_crm(tmp_path: Path) -> None:
    """A CRM gets +49 … as it is; a spreadsheet's CSV gets it neutralised; what only looks like one is neutralised."""
    frame = people("Berger", "Weiß").with_columns(
        phone_number=pl.Series(["+49 30 23125-0", "+49 30=cmd()"]), company_name=pl.lit("Firm")
    )
    crm = read_csv(export(frame, tmp_path / "crm.csv", target="salesforce").path)["Phone"].to_list()
    plain = read_csv(export(frame, tmp_path / "plain.csv").path)["phone_number"].to_list()

    assert crm == ["+49 30 23125-0", "'+49 30=cmd()"]
    assert plain == ["'+49 30 23125-0", "'+49 30=cmd()"]


def test_the_suppressed_never_leave(some_results: Results, tmp_path: Path) -> None:
    """Addresses, domains and companies given as suppressed are left out and counted, as are marked rows."""
    by_mail = export(some_results, tmp_path / "a.csv", suppress=["PERSON0@firm1.example", "firm2.example"])
    listed = [{"website_url": "https://firm3.example"}]
    by_company = export(some_results, tmp_path / "b.csv", suppress=listed)
    marked = some_results.prospects.with_columns(tier=pl.lit("suppressed"))

    left = read_csv(by_mail.path)["email"].drop_nulls().to_list()
    assert "person0@firm1.example" not in left
    assert not [mail for mail in left if mail.endswith("@firm2.example")]
    assert by_mail.left_out["suppressed"] == some_results.prospects.height - by_mail.rows > 0
    assert "order-1-c3" not in read_csv(by_company.path)["company_id"].to_list()
    assert export(marked, tmp_path / "c.csv").left_out == {"suppressed": marked.height}


def test_a_companies_name_list_suppresses_frames_too(some_results: Results, tmp_path: Path) -> None:
    """A prospects frame with company columns can be held against a list of companies."""
    frame = some_results.prospects.with_columns(company_website=pl.lit("https://firm3.example"))

    assert export(frame, tmp_path / "a.csv", suppress=pl.DataFrame({"website_url": ["firm3.example"]})).rows == 0


@pytest.mark.parametrize("target", sorted(set(LAYOUTS) - {"art14"}))
def test_nothing_to_export_still_makes_a_file(target: str, tmp_path: Path) -> None:
    """An empty Results gives a file with headings and no rows, readable by its owner alone."""
    done = export(Results(), tmp_path / "list", target=target)

    assert done.rows == 0
    assert done.columns
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600


def test_errors_name_the_column_the_target_and_the_path(some_results: Results, tmp_path: Path) -> None:
    """A missing column, an unknown target and an unwritable path are each said."""
    with pytest.raises(ValidationError, match="company_name"):
        export(some_results.prospects, tmp_path / "a.csv", target="salesforce")
    with pytest.raises(ConfigurationError, match=r"outlook.*hubspot"):
        export(some_results, tmp_path / "a.csv", target="outlook")
    with pytest.raises(ConfigurationError, match=r"nowhere.a\.csv"):
        export(some_results, tmp_path / "nowhere" / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_long_texts_are_cut_for_a_workbook_and_said(some_results: Results, tmp_path: Path) -> None:
    """A cell holds 32,767 letters; what is longer is cut, and the note says how many were."""
    long = replace(
        some_results, prospects=some_results.prospects.head(2).with_columns(qualification_reason=pl.lit("x" * 40_000))
    )

    assert "2 texts were cut" in export(long, tmp_path / "a.xlsx", target="xlsx").notes[0]


def test_lists_become_one_cell(tmp_path: Path) -> None:
    """Lists of texts are joined, other nested values are JSON."""
    frame = people("Berger").with_columns(
        tags=pl.lit(["a", "b"], pl.List(pl.String)), links=pl.struct(platform=pl.lit("x"), url=pl.lit("y"))
    )
    read = read_csv(export(frame, tmp_path / "a.csv").path)

    assert read.select("tags", "links").row(0) == ("a; b", '{"platform":"x","url":"y"}')


@pytest.mark.parametrize("target", ["csv", "xlsx"])
def test_lengths_of_time_and_arrays_become_one_cell(tmp_path: Path, target: str) -> None:
    """A length of time, for which no file has a kind, is written as text, and an array as a list is."""
    frame = people("Berger").with_columns(
        age=pl.lit(timedelta(days=3, hours=4)), tags=pl.lit(["a", "b"], pl.Array(pl.String, 2))
    )
    path = export(frame, tmp_path / f"a.{target}", target=target).path
    cells = read_csv(path) if target == "csv" else pl.read_excel(path, engine="openpyxl")

    assert cells.select("age", "tags").row(0) == ("3d 4h", "a; b")


TEXT_ODDITIES = {
    "lengths of time": pl.Series([timedelta(days=1)]),
    "times of day": pl.Series([time(9, 30)]),
    "amounts": pl.Series([Decimal("1.50")]),
    "categories": pl.Series(["a"], dtype=pl.Categorical),
    "nothing": pl.Series([None]),
}


@pytest.mark.parametrize("target", ["csv", "xlsx", "parquet", "hubspot", "dynamics", "lemlist"])
@pytest.mark.parametrize("column", ["email", "source", "company_name", "note"])
@pytest.mark.parametrize("kind", sorted(TEXT_ODDITIES))
def test_columns_of_any_kind_can_be_written(tmp_path, target, column, kind):
    """A column that holds times, amounts or nothing where a text is expected is written, or the row is left out."""
    frame = people("Ann").with_columns(company_name=pl.lit("Firm")).with_columns(TEXT_ODDITIES[kind].alias(column))
    done = export(frame, tmp_path / f"out.{target if target in ('xlsx', 'parquet') else 'csv'}", target=target)

    assert done.rows + sum(done.left_out.values()) == 1
    assert done.path.stat().st_size


@pytest.mark.parametrize("target", ["csv", "xlsx", "parquet", "hubspot"])
@pytest.mark.parametrize(
    ("column", "values"),
    [("note", pl.Series([b"\xff"])), ("email", pl.Series([b"\xff"])), ("note", pl.Series([object()], dtype=pl.Object)),
     ("email", pl.Series([["a@firm.example"]])), ("company_name", pl.Series([{"a": 1}]))],
)  # fmt: skip
def test_what_no_file_takes_is_refused_by_name(tmp_path, target, column, values):
    """Objects and bytes, and lists where a text is meant, are an error that names the column; nothing is written."""
    with pytest.raises(ValidationError, match=column) as caught:
        export(people("Ann").with_columns(values.alias(column)), tmp_path / "out", target=target)

    assert "drop(" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("column", "values"),
    [
        *(("excluded", pair) for pair in (["true", "false"], ["JA ", "nein"], [1, 0], [1.0, 0.0], [True, None])),
        *(("tier", pair) for pair in (["Suppressed", "best"], ["suppressed ", None])),
    ],
)  # fmt: skip
@pytest.mark.parametrize("target", ["csv", "hubspot"])
def test_who_is_kept_out_stays_out_however_it_is_written(tmp_path, target, column, values):
    """Texts, numbers and truths that say yes keep out the first of two, and the second alone leaves."""
    frame = people("Ann", "Bob").with_columns(pl.Series(column, values))
    done = export(frame, tmp_path / "out.csv", target=target)

    assert (done.rows, done.left_out) == (1, {"suppressed": 1})
    assert "p1@firm.example" in done.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("column", "values"),
    [("excluded", ["perhaps", "no"]), ("excluded", [7, 0]), ("tier", [["a"], ["b"]]), ("excluded", [[True], [False]])],
)
def test_what_says_neither_yes_nor_no_is_refused(tmp_path, column, values):
    """Whether somebody may leave is never guessed; nothing is written."""
    with pytest.raises(ValidationError, match=column):
        export(people("Ann", "Bob").with_columns(pl.Series(column, values)), tmp_path / "out.csv")

    assert not list(tmp_path.iterdir())


def test_a_tier_of_numbers_suppresses_nobody(tmp_path):
    """A frame whose tiers are numbers can be written."""
    assert export(people("Ann").with_columns(tier=pl.lit(3)), tmp_path / "out.csv").rows == 1


@pytest.mark.parametrize("target", ["csv", "xlsx", "hubspot", "instantly"])
def test_who_objected_or_bounced_for_good_does_not_leave_again(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the outcomes of the home, whatever the spelling; a soft bounce and a reply do; who is missing is counted."""
    monkeypatch.setenv("OPENPROSPECT_HOME", str(tmp_path / "home"))
    told = ["unsubscribed", "spam complaint", "hard bounced", "soft bounced", "replied", "delivered"]
    rows = people(*"abcdef")
    op.outcomes(pl.DataFrame({"email": rows["email"], "status": told}))
    upper = rows.with_columns(pl.col("email").str.to_uppercase())
    path = tmp_path / ("out.xlsx" if target == "xlsx" else "out.csv")
    written = export(upper, path, target=target)

    assert (written.rows, written.left_out) == (3, {"unsubscribed, complained or bounced before": 3})
    assert export(upper, tmp_path / "notice.csv", target="art14").rows == 6  # it is owed to all of them


def test_who_objected_is_known_in_every_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters beyond ASCII in a host, what follows a plus, case: as a suppression list knows them."""
    monkeypatch.setenv("OPENPROSPECT_HOME", str(tmp_path / "home"))
    told = ["info@müller.example", "lena+x@firm.example", "bo@c.example"]
    op.outcomes(pl.DataFrame({"email": told, "status": ["unsubscribed"] * 3}))
    rows = people(*"abcd").with_columns(
        email=pl.Series(["info@xn--mller-kva.example", "lena@firm.example", "BO@c.example", None])
    )

    written = export(rows, tmp_path / "out.csv")
    assert (written.rows, written.left_out) == (1, {"unsubscribed, complained or bounced before": 3})
