"""Draw a `Summary`: the page with scripts, with plotly's library packed inside once, or the static one without."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from typing import Any

from plotly.io.json import to_json_plotly

from openprospect_nb import charts
from openprospect_nb.charts.static import svg_of
from openprospect_nb.charts.theme import shared_template
from openprospect_nb.markup.render import render, trusted
from openprospect_nb.markup.wording import wording
from openprospect_nb.reports.first import by_topic, said
from openprospect_nb.reports.summary import Chart, Summary


def interactive_page(summary: Summary) -> str:
    """Return a self-contained page whose charts plotly draws, under a policy that runs our two scripts and no other."""
    script = render("report/script.js")
    data = {
        "charts": {c.key: {"data": c.figure["data"], "layout": c.figure["layout"]} for c in summary.charts},
        "templates": themes(),
    }
    sources = f"'{csp_hash(script.encode())}' '{plotly_digest()}'"
    return _page(summary, sources, script=trusted(script), library=trusted(packed_plotly()), data=data)


def static_page(summary: Summary) -> str:
    """Return a self-contained page without any script."""
    return _page(summary, "'none'", script=None, library=None, data=None)


def _page(summary: Summary, script_sources: str, **parts: Any) -> str:
    say = wording(summary.language)
    first = summary.first.frontier if summary.first is not None else None
    drawn = (*summary.charts, *((first,) if first is not None else ()))
    pictures = {chart.key: trusted(svg_of(_captioned(chart))) for chart in drawn}
    return render(
        "report/page.html",
        summary=summary,
        pictures=pictures,
        say=say.say,
        said=partial(said, say=say),
        by_topic=by_topic,
        count=say.count,
        script_sources=script_sources,
        **parts,
    )


def _captioned(chart: Chart) -> dict[str, Any]:
    # The template went with the theme, and says among other things that notes have no arrows.
    layout = {**chart.figure["layout"], "meta": {"alt": chart.alt}, "template": shared_template("light")}
    plain: dict[str, Any] = json.loads(to_json_plotly({"data": chart.figure["data"], "layout": layout}))
    return plain


@cache
def themes() -> dict[str, Any]:
    """Return our plotly template of each theme of a page as plain data, to be read only."""
    return {theme: charts.template(theme).to_plotly_json() for theme in ("light", "dark")}


@cache
def packed_plotly() -> str:
    """Return the library as base64 of gzip (about 2 MB); the same library gives the same text."""
    return b64encode(gzip.compress(_plotly_source(), compresslevel=9, mtime=0)).decode("ascii")


@cache
def plotly_digest() -> str:
    """Return the library's ``sha256-…`` source expression for a content security policy."""
    return csp_hash(_plotly_source())


def csp_hash(script: bytes) -> str:
    """Return the source expression that allows exactly *script* and no other inline script."""
    return f"sha256-{b64encode(sha256(script).digest()).decode('ascii')}"


def _plotly_source() -> bytes:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).encode()
