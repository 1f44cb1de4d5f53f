"""Plotly figures found in outputs: taken out as data, drawn live in the page, with a still where one is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb import charts
from openprospect_nb.charts.static import plain
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup.render import render, trusted
from openprospect_nb.reports.page import themes
from openprospect_nb.reports.rendering.refusals import Unshown

_CALL: Final = re.compile(r"Plotly\.(newPlot|addFrames)\(\s*(?=[\"'])")
_BLANK: Final = re.compile(r"[\s,]*")
# These fetch outlines or tiles while they draw.
_MAPS: Final = re.compile(r"scattergeo|choropleth|(?:scatter|choropleth|density)map(?:box)?")
# Marks drawn by a library that makes code of texts, which the page's policy forbids, and what draws the same.
_WITHOUT_GL: Final = {"scattergl": {"type": "scatter"}, "scatterpolargl": {"type": "scatterpolar"}}


@dataclass(slots=True)
class Figures:
    """The figures of one page, each under the name of its place."""

    live: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def place(self, figure: Mapping[str, Any]) -> str:
        """Keep *figure* (``data``, ``layout``, ``frames``, ``config``) and return the HTML of its place.

        Raises:
            Unshown: it is a map, which would need the network.
        """
        kinds = {str(mark.get("type", "scatter")) for mark in figure.get("data") or ()}
        maps = sorted(kind for kind in kinds if _MAPS.fullmatch(kind))
        if maps:
            raise Unshown(
                f"it is a map ({maps[0]}), whose outlines or tiles come from the network",
                'Show a picture of it: fig.write_image("map.png") needs kaleido, a browser and the network.',
            )
        key = f"figure{len(self.live)}"
        layout = figure.get("layout") or {}
        self.live[key] = {
            "data": [{**mark, **_WITHOUT_GL.get(str(mark.get("type")), {})} for mark in figure.get("data") or ()],
            "layout": _themed(layout),
            "frames": figure.get("frames") or [],
            "config": {
                name: value for name, value in (figure.get("config") or {}).items() if name != "plotlyServerURL"
            },
        }
        return render("report/figure.html", key=key, picture=_still(figure), alt=_alt(layout), title=_title(layout))


def figures_in(html: str) -> dict[str, dict[str, Any]]:
    """Return the figures that *html* draws with ``Plotly.newPlot``, by the id of the element each is drawn in."""
    figures: dict[str, dict[str, Any]] = {}
    for call in _CALL.finditer(html):
        name, *values = _arguments(html, call.end())
        if call[1] == "newPlot" and len(values) > 1:
            parts = dict(zip(("data", "layout", "config"), values, strict=False))
            figures[str(name)] = {"frames": [], **parts}
        elif name in figures and values:
            figures[str(name)]["frames"] = values[0]
    return figures


def _arguments(text: str, start: int) -> Iterator[Any]:
    """Yield the JSON values of a call's arguments that stand in *text* from *start* on, until something else does."""
    decoder = JSONDecoder()
    while True:
        match = _BLANK.match(text, start)
        try:
            value, start = decoder.raw_decode(text, match.end() if match else start)
        except JSONDecodeError:
            return
        yield value


def _still(figure: Mapping[str, Any]) -> object:
    """Return a still picture of *figure*, or None where it holds something that `charts.svg` cannot draw as meant."""
    if figure.get("frames"):
        return None
    try:
        return trusted(charts.svg(go.Figure({name: figure.get(name) or {} for name in ("data", "layout")})))
    except (ConfigurationError, ValueError):
        # ValueError is plotly's own for a figure of another version; plotly.js in the page may know it.
        return None


def _alt(layout: Mapping[str, Any]) -> str:
    meta = layout.get("meta")
    return str(meta.get("alt", "")) if isinstance(meta, Mapping) else _title(layout)


def _title(layout: Mapping[str, Any]) -> str:
    title = layout.get("title") or ""
    return plain(str(title.get("text") or "") if isinstance(title, Mapping) else str(title))


def _themed(layout: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *layout* without the template, if it is one of ours: the page then chooses between light and dark."""
    return {key: value for key, value in layout.items() if key != "template" or value not in themes().values()}
