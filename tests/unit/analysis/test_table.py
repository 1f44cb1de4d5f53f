import polars as pl
import pytest

from openprospect_nb.analysis import score
from openprospect_nb.analysis.table import collect, open_table
from openprospect_nb.errors import ConfigurationError, ValidationError

FRAME = pl.DataFrame({"id": ["b", "a"], "match_score": [1.0, 2.0]})


def test_a_pyarrow_table_is_refused_with_the_reason():
    """Tables of pyarrow are refused, with why and how to convert."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed, so there is no table to refuse")

    with pytest.raises(ConfigurationError, match=r"wrong rows.*polars\.from_arrow"):
        score(pyarrow.table({"id": ["a"], "match_score": [1.0]}))


def test_a_dask_frame_is_refused_with_the_reason():
    """Frames of dask are refused, with why and how to convert."""
    dask = pytest.importorskip("dask.dataframe", reason="dask is not installed, so there is no frame to refuse")
    pandas = pytest.importorskip("pandas")

    with pytest.raises(ConfigurationError, match=r"grouped quantiles.*compute"):
        score(dask.from_pandas(pandas.DataFrame({"id": ["a"], "match_score": [1.0]})))


def test_a_pandas_frame_is_refused_with_the_next_step():
    """Frames of pandas are refused with how to convert them."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed, so there is no frame to refuse")

    with pytest.raises(ConfigurationError, match=r"polars\.from_pandas"):
        score(pandas.DataFrame({"id": ["a"], "match_score": [1.0]}))


def test_a_frame_comes_back_in_kind_and_order(engine):
    """Eager stays eager, lazy stays lazy, an engine's frame stays its own."""
    native = engine.give(FRAME)

    assert type(score(native)) is type(native)
    assert isinstance(score(FRAME), pl.DataFrame)
    assert score(FRAME, sort=False)["id"].to_list() == ["b", "a"]


def test_collecting_gives_polars_from_any_engine(engine):
    """The named columns arrive in Polars, lists and nulls included, without pyarrow."""
    frame = FRAME.with_columns(tags=pl.Series([["x", "y"], None], dtype=pl.List(pl.String)))
    table = open_table(engine.give(frame), name="t", required=("id",))

    assert collect(table.lazy, ["id", "tags"]).sort("id").rows() == [("a", None), ("b", ["x", "y"])]


def test_a_column_of_nulls_is_unknown_whatever_its_type():
    """A column that holds nothing but nulls, of Polars' Null type, counts as unknown."""
    frame = FRAME.with_columns(match_score=pl.lit(None))

    assert score(frame)["points_fit"].to_list() == [None, None]


def test_all_missing_columns_are_named_at_once():
    """Every missing column is in the error, with what is there."""
    with pytest.raises(ValidationError, match="x lacks a needed column") as caught:
        open_table(FRAME, name="x", required=("one", "id", "two"))

    assert [problem.field for problem in caught.value.fields] == ["one", "two"]
    assert "id, match_score" in str(caught.value)
