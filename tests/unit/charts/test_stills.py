"""Still pictures of anybody's figures: drawn as plotly would, or refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.express as px
import plotly.graph_objects as go
import pytest

from openprospect_nb import charts
from openprospect_nb.charts.arrays import decoded
from openprospect_nb.errors import ConfigurationError

KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(0,), (1,), (6,), (2, 3), (2, 3, 4)])
def test_packed_arrays_are_read_to_their_exact_numbers(kind: str, shape: tuple[int, ...]) -> None:
    """Of every type and shape plotly packs, the lists hold the very numbers of the array."""
    high = np.iinfo(kind).max if np.dtype(kind).kind in "iu" else np.pi
    array = (np.resize(np.array([0, 1, high]), shape)).astype(kind)
    packed = json.loads(go.Figure(go.Heatmap(z=array)).to_json())["data"][0]["z"]

    assert decoded(packed) == array.tolist()


def test_whole_numbers_of_eight_bytes_come_as_plotly_narrows_them() -> None:
    """Two thirds of all columns are int64; plotly packs them narrower, and what does not fit as a list."""
    for array in (np.array([1, -200, 70_000]), np.array([2**40, 1]), np.array([2**63], dtype="uint64")):
        packed = json.loads(go.Figure(go.Bar(y=array)).to_json())["data"][0]["y"]

        assert decoded(packed) == array.tolist()


def test_what_cannot_be_unpacked_stays_as_it_is() -> None:
    """Another type, broken base64 and half an element are left alone, for whoever knows them."""
    for strange in ({"dtype": "c16", "bdata": "AA=="}, {"dtype": "f8", "bdata": "?"}, {"dtype": "f8", "bdata": "AAAA"}):
        assert decoded(strange) == strange


def heights(svg: str) -> list[float]:
    """Return the heights of the bars."""
    return [float(found) for found in re.findall(r'<rect x="[^"]+" y="[^"]+" width="[^"]+" height="([^"]+)"', svg)]


def test_bars_of_packed_numbers_are_as_tall_as_they_are_many() -> None:
    """A bar of numpy numbers is drawn like the same of a list."""
    packed, listed = (px.bar(x=["a", "b"], y=y) for y in (np.array([1.0, 3.0]), [1.0, 3.0]))
    small, large = heights(charts.svg(packed))

    assert large == pytest.approx(3 * small, rel=0.01)
    assert charts.svg(packed) == charts.svg(listed)


def test_bars_below_zero_hang_and_stack_apart() -> None:
    """What plotly calls relative: above zero upwards, below zero downwards, none over another."""
    tall = heights(charts.svg(px.bar(x=["a"] * 3, y=[2, 4, -1], color=["u", "v", "w"])))

    assert tall[1] == pytest.approx(2 * tall[0], rel=0.02)
    assert tall[2] == pytest.approx(tall[0] / 2, rel=0.02)


def test_a_line_breaks_where_a_value_is_missing() -> None:
    """NaN in a packed array leaves a gap, as in plotly; it is never bridged."""
    drawn = charts.svg(px.line(x=[1, 2, 3, 4, 5], y=np.array([1, 2, np.nan, 4, 5])))

    assert len(re.findall(r'<polyline points="[^"]+" fill="none" stroke="#636efa"', drawn)) == 2


def test_years_have_no_mark_between_thousands() -> None:
    """Numbers on an axis without a form of its own are written plainly, and the axis does not begin at zero."""
    drawn = charts.svg(px.line(x=np.arange(2000, 2021), y=np.arange(21)))

    assert ">2005<" in drawn
    assert ">2,005<" not in drawn
    assert ">0<" in drawn


GROUPS = {"x": ["a", "b"] * 2, "y": [1, 2, 3, 4], "color": ["u", "u", "v", "v"]}
# Made when they are asked for: collecting takes place in every process of a run.
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "another mark": (lambda: go.Figure(go.Pie(values=[1])), "marks of the type pie"),
    "days": (lambda: px.line(x=["2026-01-01", "2026-03-01"], y=[1, 2]), "numbers or days"),
    "words that are numbers": (lambda: px.bar(x=["1", "20"], y=[1, 2]), "numbers or days"),
    "a logarithm": (lambda: px.line(x=[1, 2], y=[1, 2], log_y=True), "type log"),
    "groups": (lambda: px.bar(**GROUPS, barmode="group"), "side by side"),
    "panels": (lambda: px.bar(**GROUPS, facet_col=GROUPS["color"]), "layout has xaxis2"),
    "a scale of colours": (lambda: px.scatter(x=[1, 2], y=[1, 2], color=[1.0, 2.0]), "coloraxis"),
    "sizes": (lambda: px.scatter(x=[1, 2], y=[1, 2], size=[1, 2]), "sizemode"),
    "symbols": (lambda: px.scatter(x=[1, 2], y=[1, 2], symbol=["a", "b"]), "shape of their own"),
    "an area": (lambda: px.area(x=[1, 2], y=[1, 2]), "scatter has"),
    "one coordinate": (lambda: go.Figure(go.Scatter(y=[1, 2])), "one of its coordinates"),
    "an arrow": (lambda: px.line(x=[1, 2], y=[1, 2]).add_annotation(x=1, y=1, text="here"), "an arrow"),
    "a picture that moves": (lambda: px.scatter(x=[1, 2], y=[1, 2], animation_frame=["a", "b"]), "layout has"),
    "hidden": (lambda: go.Figure(go.Bar(x=["a"], y=[1], visible="legendonly")), "hidden"),
    "text by template": (lambda: px.bar(x=["a"], y=[1], text_auto=True), "texttemplate"),
    "truth values": (lambda: px.bar(y=[True, False], x=[1, 2], orientation="h"), "neither numbers nor words"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_would_be_drawn_wrongly_is_refused_by_name(kind: str) -> None:
    """No picture is better than a wrong one."""
    make, reason = WRONG[kind]
    figure = make()
    with pytest.raises(ConfigurationError, match=reason):
        charts.svg(figure)
