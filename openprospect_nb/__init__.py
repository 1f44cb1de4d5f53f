"""Order companies from OpenProspect, hold them as frames, decide whom to contact, hand over a report.

>>> import openprospect_nb as op
>>> client = op.connect()                                          # doctest: +SKIP
>>> order = client.orders.discover(icp, briefing_quantity=25)      # doctest: +SKIP
>>> results = order.wait().results()                               # doctest: +SKIP
>>> op.report(results, "report.html")                              # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openprospect_nb import errors

# Here and not on first use: loading the module `connect` would put the module in the function's place.
from openprospect_nb.connect import connect
from openprospect_nb.lazily import on_first_use

if TYPE_CHECKING:
    from openprospect_nb import charts, files, webhooks, widgets
    from openprospect_nb.analysis import (
        Calibration,
        answers,
        bounce_forecast,
        calibrate,
        compare,
        contactable,
        dedupe,
        diff,
        drivers,
        exclude,
        explain,
        freshness,
        overlap,
        plan,
        ramp,
        score,
        send_list,
        settle,
        show,
        stale,
        suppression,
        what_if,
    )
    from openprospect_nb.client import AsyncClient, Client
    from openprospect_nb.countries import countries_of
    from openprospect_nb.exports import export
    from openprospect_nb.frames.results import Results
    from openprospect_nb.icp import ICP
    from openprospect_nb.mailings import outcomes
    from openprospect_nb.nested import allow_nested_asyncio
    from openprospect_nb.reports import report
    from openprospect_nb.sandbox import Sandbox

__all__ = [
    "ICP",
    "AsyncClient",
    "Calibration",
    "Client",
    "Results",
    "Sandbox",
    "allow_nested_asyncio",
    "answers",
    "bounce_forecast",
    "calibrate",
    "charts",
    "compare",
    "connect",
    "contactable",
    "countries_of",
    "dedupe",
    "diff",
    "drivers",
    "errors",
    "exclude",
    "explain",
    "export",
    "files",
    "freshness",
    "outcomes",
    "overlap",
    "plan",
    "ramp",
    "report",
    "score",
    "send_list",
    "settle",
    "show",
    "stale",
    "suppression",
    "webhooks",
    "what_if",
    "widgets",
]

# Loaded when first used: a notebook pays for what it uses, and the pytest plugin costs other projects next to nothing.
__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    {
        # Every public name that is not named below is of `analysis`.
        **dict.fromkeys(__all__, "openprospect_nb.analysis"),
        **{name: f"openprospect_nb.{name}" for name in ("charts", "files", "webhooks", "widgets")},
        "ICP": "openprospect_nb.icp",
        "AsyncClient": "openprospect_nb.client",
        "Client": "openprospect_nb.client",
        "countries_of": "openprospect_nb.countries",
        "Results": "openprospect_nb.frames.results",
        "allow_nested_asyncio": "openprospect_nb.nested",
        "Sandbox": "openprospect_nb.sandbox",
        "export": "openprospect_nb.exports",
        "outcomes": "openprospect_nb.mailings",
        "report": "openprospect_nb.reports",
    },
)


def _drawn(error: errors.OpenProspectError) -> str:
    from openprospect_nb.markup.cards import error_card

    return error_card(error).html()


errors.OpenProspectError._draw = _drawn  # noqa: SLF001 - set from above, where cards can be imported
