"""What a notice under Article 14 is made of, and by when persons are told."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.exports.notices import inform_by
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import wording


def results_of(make_results: Callable[..., Results], home: str = "") -> Results:
    """Return results delivered on 31 January, with one hostile name and a company without a delivery time."""
    made = make_results(4)
    times = pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise(pl.lit(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)))
    companies = made.companies.with_columns(times.cast(made.companies.schema["delivered_at"]).alias("delivered_at"))
    hostile = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit('=HYPERLINK("x")|<b>')).otherwise("last_name")
    facts = made.provenance | {"fetched_at": "2026-02-10T08:00:00+00:00"} | ({"home": home} if home else {})
    return replace(
        made, companies=companies, prospects=made.prospects.with_columns(hostile.alias("last_name")), provenance=facts
    )


@pytest.mark.parametrize(
    ("obtained", "day"),
    [("2026-01-31T23:59:59", "2026-02-28"), ("2028-01-31T00:00:00", "2028-02-29"),
     ("2026-12-01T12:00:00", "2027-01-01"), ("2026-04-30T00:00:00", "2026-05-30")],
)  # fmt: skip
def test_a_month_is_a_calendar_month(obtained: str, day: str) -> None:
    """The same day of the next month, or its last day where there is none."""
    frame = pl.DataFrame({"at": [datetime.fromisoformat(obtained).replace(tzinfo=UTC)]})
    assert str(frame.select(inform_by(pl.col("at"))).item()) == day


def test_each_person_has_categories_source_days_and_recipients(make_results, tmp_path) -> None:
    """The facts are those of the row: what is held, from which order, when it came, and who got it before."""
    results = results_of(make_results, str(tmp_path))
    op.export(results, tmp_path / "crm.csv", recipient="Sales Ltd")
    done = op.export(results, tmp_path / "notice.csv", target="art14")
    rows = list(csv.DictReader((tmp_path / "notice.csv").read_text("utf-8").splitlines()))

    assert len(rows) == done.rows == results.prospects.height
    assert {row["recipients"] for row in rows} == {"Sales Ltd"}
    assert {row["source"] for row in rows} == {"OpenProspect, order order-1"}
    days = {(row["obtained_on"], row["inform_by"]) for row in rows}
    assert days == {("2026-01-31", "2026-02-28"), ("2026-02-10", "2026-03-10")}
    held = [("e-mail address" in row["categories"].split("; ")) for row in rows]
    assert held == results.prospects["email"].is_not_null().to_list()
    assert rows[0]["last_name"].startswith("'=")
    assert any("no legal advice" in note for note in done.notes)


def test_a_person_delivered_twice_is_told_by_the_first_day(make_results, tmp_path) -> None:
    """Two orders that bring one person make one row, of the earlier delivery; who has no id stays a row."""
    early = results_of(make_results)
    nameless = early.prospects.with_columns(id=pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise("id"))
    early = replace(early, prospects=nameless)
    later = replace(
        early,
        companies=early.companies.with_columns(
            pl.lit("order-2").alias("order_id"), pl.col("delivered_at") + pl.duration(days=90)
        ),
        prospects=early.prospects.with_columns(pl.lit("order-2").alias("order_id")),
    )
    op.export(op.Results.concat([later, early]), tmp_path / "notice.json", target="art14")
    persons = json.loads((tmp_path / "notice.json").read_text("utf-8"))["persons"]

    ids = [person["id"] for person in persons if person["id"]]
    assert len(ids) == len(set(ids)) == early.prospects["id"].drop_nulls().n_unique()
    assert {person["inform_by"] for person in persons if person["id"]} <= {"2026-02-28", "2026-03-10"}
    assert sum(person["id"] is None for person in persons) == 2


@pytest.mark.parametrize(("language", "words"), [("en", "Article 14"), ("de", "Artikel 14")])
def test_json_and_markdown_name_what_the_controller_has_to_add(make_results, tmp_path, language, words) -> None:
    """Every letter of paragraphs 1 and 2 that no data can answer stands there, empty, in both languages."""
    results = results_of(make_results, str(tmp_path))
    op.export(results, tmp_path / "notice.json", target="art14", language=language)
    op.export(results, tmp_path / "notice.md", target="art14", language=language)
    document = json.loads((tmp_path / "notice.json").read_text("utf-8"))
    page = (tmp_path / "notice.md").read_text("utf-8")

    asked = {entry["paragraph"]: entry["text"] for entry in document["controller"].values()}
    assert asked == dict.fromkeys(
        ["1 (a)", "1 (b)", "1 (c)", "1 (f)", "2 (a)", "2 (b)", "2 (c)", "2 (d)", "2 (e)", "2 (f)", "2 (g)"]
    )
    assert len(document["persons"]) == results.prospects.height
    assert page.startswith(f"# Information {'under' if language == 'en' else 'nach'} {words}")
    assert page.count("- [ ]") == len(asked)
    assert r'=HYPERLINK("x")\|\<b\>' in page


def test_a_frame_without_times_says_so(make_results, tmp_path) -> None:
    """A bare frame has no day to count from; the file is written and the gap is named."""
    done = op.export(make_results(3).prospects, tmp_path / "notice.csv", target="art14")
    assert any("it is not known when" in note for note in done.notes)


def test_the_report_says_when_the_duty_falls_due(make_results) -> None:
    """The foot names the first day, in the report's language; without persons it says nothing."""
    results = results_of(make_results)
    for language in ("en", "de"):
        page = op.report(results, lite=True, language=language).to_html()
        assert wording(language).date(datetime(2026, 2, 28, tzinfo=UTC)) in page.partition("<footer")[2]
    nobody = replace(results, prospects=results.prospects.clear())
    assert "Art. 14" not in op.report(nobody, lite=True).to_html()


def test_an_unknown_language_is_refused(make_results, tmp_path) -> None:
    """Nothing is written in a language there is not."""
    with pytest.raises(ConfigurationError, match="language"):
        op.export(make_results(3), tmp_path / "n.csv", target="art14", language="fr")
    assert not (tmp_path / "n.csv").exists()
