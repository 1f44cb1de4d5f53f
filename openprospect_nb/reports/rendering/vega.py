"""Charts of Altair and others that speak Vega: drawn by vl-convert, which needs no browser and no network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

from openprospect_nb.reports.rendering.refusals import Unshown

_ELEMENT: Final = re.compile(r"<div\b[^>]*\bid=[\"'](altair-viz-[\w-]+|vis|vega[\w-]*)[\"']")
_SPECIFICATION: Final = re.compile(r"\}\)\(\s*(?=\{)|\b(?:const|var|let)\s+spec\s*=\s*(?=\{)")


def specifications_in(html: str) -> dict[str, Mapping[str, Any]]:
    """Return the Vega-Lite charts that *html* draws with ``vegaEmbed``, by the id of the element each is drawn in."""
    if "vegaEmbed" not in html:
        return {}
    elements = _ELEMENT.findall(html)
    values = [_json_at(html, match.end()) for match in _SPECIFICATION.finditer(html)]
    charts = [chart for chart in values if isinstance(chart, Mapping) and "$schema" in chart]
    return dict(zip(elements, charts, strict=False))


def vega_picture(specification: Mapping[str, Any], language: str) -> str:
    """Return a chart as SVG; *language* is "vega" or "vegalite".

    Raises:
        Unshown: vl-convert is not installed, or cannot draw it; or its data are elsewhere, and it would be drawn empty.
    """
    if elsewhere := next(_addresses_of_data(specification), None):
        reason = f"it is an Altair chart whose data are at {elsewhere[:80]!r}"
        raise Unshown(reason, "Read them in the notebook and give the chart a frame.")
    try:
        import vl_convert
    except ImportError:
        raise Unshown("it is an Altair chart, which vl-convert draws", "pip install vl-convert-python") from None
    try:
        if language == "vega":
            return str(vl_convert.vega_to_svg(dict(specification)))
        return str(vl_convert.vegalite_to_svg(dict(specification)))
    except ValueError as problem:
        first = (str(problem).strip().splitlines() or [""])[0]
        raise Unshown(f"vl-convert cannot draw this Altair chart ({first[:200]})", "Mend the chart.") from problem


def _addresses_of_data(part: Any) -> Iterator[str]:
    """Yield from where a chart takes data that it does not hold itself."""
    if isinstance(part, list):
        for member in part:
            yield from _addresses_of_data(member)
    elif isinstance(part, Mapping):
        sources = part.get("data")
        for source in sources if isinstance(sources, list) else [sources]:
            if isinstance(source, Mapping) and isinstance(source.get("url"), str):
                yield source["url"]
        for name, member in part.items():
            if name not in {"values", "datasets"}:
                yield from _addresses_of_data(member)


def _json_at(text: str, start: int) -> Any:
    try:
        return JSONDecoder().raw_decode(text, start)[0]
    except JSONDecodeError:
        return None
