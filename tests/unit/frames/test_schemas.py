import re
from pathlib import Path

import polars as pl

from openprospect_nb.frames.schemas import COMPANIES, DRIFT, KINDS, PROSPECTS, REJECTS, described_kinds


def test_the_result_schemas_start_with_the_documented_columns():
    """Notebooks rely on these names and their order."""
    assert COMPANIES.names()[:4] == ["order_id", "id", "name", "website_url"]
    assert COMPANIES.names()[-3:] == ["legal_registration_info", "source", "extra"]
    assert PROSPECTS.names()[:4] == ["order_id", "company_id", "id", "first_name"]
    assert REJECTS.names() == ["order_id", "record", "row_id", "field", "rule", "raw"]
    assert DRIFT.names() == ["record", "field", "kind", "count", "example"]


def test_every_time_is_utc_with_microseconds():
    """No frame holds a naive time."""
    for kind in KINDS.values():
        for dtype in kind.schema.dtypes():
            if isinstance(dtype, pl.Datetime):
                assert (dtype.time_unit, dtype.time_zone) == ("us", "UTC")


def test_every_column_is_described():
    """The description has a meaning and a source for each column, and units where there is a range of counts."""
    for kind in described_kinds().values():
        assert all(column.meaning and column.source for column in kind.columns)
        assert len({column.name for column in kind.columns}) == len(kind.columns)
    assert {column.name for column in described_kinds()["results.companies"].columns} == set(COMPANIES)


def test_the_guide_has_a_row_for_every_column_of_every_frame():
    """The docs page is made from the schemas, so that it cannot fall behind them."""
    page = Path(__file__).parents[3].joinpath("docs", "columns.md").read_text("utf-8")
    for frame, kind in described_kinds().items():
        section = page.split(f"## {frame}\n")[1].split("\n## ")[0]
        assert all(f"| `{column.name}` |" in section for column in kind.columns)
    for name in (*REJECTS, *DRIFT):
        assert f"| `{name}` |" in page


def test_no_column_meaning_is_a_placeholder():
    """Meanings are phrases, not the column's name again."""
    for column in (column for kind in described_kinds().values() for column in kind.columns):
        assert re.sub(r"\W", "", column.meaning.lower()) != column.name.replace("_", "")
