"""Draw a `Summary`: the whole page, or the body alone for a notebook."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from openprospect_nb import charts
from openprospect_nb.markup.render import render, trusted
from openprospect_nb.markup.wording import wording
from openprospect_nb.reports import plotlyjs
from openprospect_nb.reports.summary import Chart, Summary


def interactive_page(summary: Summary) -> str:
    """Return a self-contained page whose charts plotly draws, under a policy that runs our two scripts and no other."""
    script = render("report/script.js")
    data = {
        "charts": {c.key: {"data": c.figure["data"], "layout": c.figure["layout"]} for c in summary.charts},
        "templates": {theme: charts.template(theme).to_plotly_json() for theme in ("light", "dark")},
    }
    sources = f"'{plotlyjs.csp_hash(script.encode())}' '{plotlyjs.digest()}'"
    return _page(summary, sources, script=trusted(script), library=trusted(plotlyjs.packed()), data=data)


def static_page(summary: Summary) -> str:
    """Return a self-contained page without any script."""
    return _page(summary, "'none'", script=None, library=None, data=None)


def _page(summary: Summary, script_sources: str, **parts: Any) -> str:
    say = wording(summary.language)
    pictures = {chart.key: trusted(charts.svg(_captioned(chart))) for chart in summary.charts}
    return render(
        "report/page.html", summary=summary, pictures=pictures, say=say.say, script_sources=script_sources, **parts
    )


def _captioned(chart: Chart) -> go.Figure:
    return go.Figure(chart.figure).update_layout(meta={"alt": chart.alt})
