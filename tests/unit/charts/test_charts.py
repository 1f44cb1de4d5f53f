"""What every chart promises: words, honest axes, unknowns shown, aggregates only."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import polars as pl
import pytest
from support.charts import FROM_RESULTS

from openprospect_nb import charts
from openprospect_nb.charts.theme import shared_template
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results

every_chart = pytest.mark.parametrize("name", FROM_RESULTS)


@pytest.fixture(scope="module")
def drawn(some_results: Results) -> Callable[[str], go.Figure]:
    """The figure of a chart of sixty companies, drawn once for all that only look at it."""
    return cache(lambda name: getattr(charts, name)(some_results))


def nulled(results: Results) -> Results:
    """The same rows, knowing nothing."""

    def empty(frame: pl.DataFrame) -> pl.DataFrame:
        keys = {"order_id", "id", "company_id", "email"}
        return frame.with_columns(
            pl.lit(None, kind).alias(name) for name, kind in frame.schema.items() if name not in keys
        )

    return Results(companies=empty(results.companies), prospects=empty(results.prospects))


@every_chart
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_chart_says_what_it_shows(name: str, language: str, some_results: Results) -> None:
    """Each has a title, a subtitle that starts with n, axis titles, and an alternative text with numbers."""
    drawn = getattr(charts, name)(some_results, language=language)

    assert drawn.layout.meta["title"] in drawn.layout.title.text
    assert drawn.layout.meta["subtitle"].startswith("n = ")
    assert any(letter.isdigit() for letter in drawn.layout.meta["alt"])
    assert drawn.layout.xaxis.title.text


@every_chart
@pytest.mark.parametrize("kind", ["empty", "one", "null"])
def test_a_chart_of_little_is_still_a_chart(name: str, kind: str, some_results: Results) -> None:
    """Nothing, one row and rows without values all draw, as a figure and as a still picture."""
    one = Results(companies=some_results.companies.head(1), prospects=some_results.prospects.head(1))
    drawn = getattr(charts, name)({"empty": Results(), "one": one, "null": nulled(some_results)}[kind])

    assert isinstance(drawn, go.Figure)
    assert charts.svg(drawn).startswith("<svg")


@pytest.mark.parametrize("name", ["match_score", "prospect_quality", "bounce_risk", "reasons", "geography"])
def test_unknowns_are_drawn(name: str, some_results: Results) -> None:
    """Rows without a value have a hatched bar of their own, as tall as they are many."""
    drawn = getattr(charts, name)(nulled(some_results))

    assert any(bar.marker.pattern.shape == "/" for bar in drawn.data)


@every_chart
def test_counts_start_at_zero(name: str, drawn: Callable[[str], go.Figure]) -> None:
    """Bars and rates are drawn from zero."""
    is_sideways = any(getattr(bar, "orientation", None) == "h" for bar in drawn(name).data)
    axis = drawn(name).layout.xaxis if is_sideways else drawn(name).layout.yaxis

    assert axis.range[0] == 0


@every_chart
def test_the_size_of_a_figure_does_not_grow_with_the_rows(name: str, make_results: Callable[..., Results]) -> None:
    """Fifty times the companies weigh about the same: only aggregates are drawn."""
    small, large = (len(getattr(charts, name)(make_results(count)).to_json()) for count in (60, 3000))

    assert large < 2.5 * small if name == "send_frontier" else large < 1.3 * small


@every_chart
def test_no_person_is_in_a_figure(name: str, drawn: Callable[[str], go.Figure]) -> None:
    """Charts carry counts, never a name or an e-mail."""
    text = json.dumps(drawn(name).to_plotly_json(), default=str)

    assert "Lindqvist" not in text
    assert "@" not in text


@every_chart
def test_the_same_results_draw_the_same_figure(
    name: str, drawn: Callable[[str], go.Figure], some_results: Results
) -> None:
    """No random ids, no clock, no dependence on row order."""
    mixed = Results(
        companies=some_results.companies.reverse(),
        prospects=some_results.prospects.reverse(),
        provenance=some_results.provenance,
    )

    assert drawn(name).to_json() == getattr(charts, name)(mixed).to_json()


@pytest.mark.parametrize("name", ["match_score", "geography", "reasons"])
def test_a_frame_with_only_the_needed_column_is_enough(name: str, some_results: Results) -> None:
    """A frame from someone's CSV draws; without the column the error names it."""
    column = {"match_score": "match_score", "geography": "country", "reasons": "match_reasons"}[name]
    draw = getattr(charts, name)

    assert draw(some_results.companies.select(column)).to_json() == draw(some_results.companies.lazy()).to_json()
    with pytest.raises(ValidationError, match=column):
        draw(some_results.companies.drop(column))


def test_an_unknown_theme_or_language_is_named(some_results: Results) -> None:
    """The error names the word and the choices."""
    with pytest.raises(ConfigurationError, match=r"solar.*'auto', 'light' or 'dark'"):
        charts.match_score(some_results, theme="solar")
    with pytest.raises(ConfigurationError, match=r"fr.*'en' or 'de'"):
        charts.match_score(some_results, language="fr")


def test_vendor_labels_are_inert() -> None:
    """Tags in a vendor's word are shown as text: plotly would read some of them."""
    frame = pl.DataFrame({"match_reasons": [["<a href='javascript:alert(1)'>click</a>", "\u202eabc\u0000"]]})
    drawn = charts.reasons(frame)

    assert set(drawn.layout.yaxis.ticktext) == {"abc", "&lt;a href='javascript:alert(1)'&gt;c…"}
    assert "<a" not in charts.svg(drawn)


def test_on_colabs_grey_a_chart_brings_its_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """No one colour of text can be read on white, near-black and Colab's grey: there "auto" is the light theme."""
    frame = pl.DataFrame({"match_score": [5.0, 8.0]})
    assert charts.match_score(frame).layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    shared_template.cache_clear()
    in_colab = charts.match_score(frame).layout.template.layout
    shared_template.cache_clear()

    assert in_colab.paper_bgcolor == "#ffffff"
    assert contrast(in_colab.font.color, in_colab.paper_bgcolor) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio after WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_on_both_backgrounds(theme: str) -> None:
    """Marks have a contrast of 3:1 and text of 4.5:1 on the background of each theme."""
    layout = charts.template(theme).layout
    background = layout.paper_bgcolor

    assert all(contrast(colour, background) >= 3 for colour in layout.colorway)
    assert contrast(layout.font.color, background) >= 7
    assert contrast(layout.title.subtitle.font.color, background) >= 4.5


@pytest.mark.parametrize("paper", ["#ffffff", "#111111"])
def test_unasked_a_chart_is_readable_in_a_light_and_a_dark_notebook(paper: str, some_results: Results) -> None:
    """It has no background of its own; marks and text stand out on that of either notebook, hovering words anywhere."""
    layout = charts.match_score(some_results).layout.template.layout

    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert all(contrast(colour, paper) >= 3 for colour in layout.colorway)
    assert contrast(layout.font.color, paper) >= 4.2
    assert contrast(layout.title.subtitle.font.color, paper) >= 4.2
    assert contrast(layout.hoverlabel.font.color, layout.hoverlabel.bgcolor) >= 7


@pytest.mark.parametrize("name", ["match_score", "prospect_quality", "bounce_risk", "reasons", "geography"])
def test_a_duckdb_relation_draws_the_same(name: str, some_results: Results, tmp_path: Path) -> None:
    """Polars and DuckDB give equal figures; nothing but the counts leaves the engine."""
    frame = some_results.prospects if name in {"prospect_quality", "bounce_risk"} else some_results.companies
    frame.write_parquet(tmp_path / "rows.parquet")
    draw = getattr(charts, name)

    assert draw(duckdb.read_parquet(str(tmp_path / "rows.parquet"))).to_json() == draw(frame).to_json()
