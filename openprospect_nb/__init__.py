"""Order companies from OpenProspect, hold them as frames, decide whom to contact, hand over a report.

>>> import openprospect_nb as op
>>> client = op.connect()                                          # doctest: +SKIP
>>> order = client.orders.discover(icp, briefing_quantity=25)      # doctest: +SKIP
>>> results = order.wait().results()                               # doctest: +SKIP
>>> op.report(results, "report.html")                              # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from openprospect_nb import errors
from openprospect_nb.client import AsyncClient, Client
from openprospect_nb.connect import connect
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.nested import allow_nested_asyncio

if TYPE_CHECKING:
    from openprospect_nb import charts
    from openprospect_nb.analysis import score
    from openprospect_nb.reports import report
    from openprospect_nb.sandbox import Sandbox

__all__ = [
    "ICP",
    "AsyncClient",
    "Client",
    "Results",
    "Sandbox",
    "allow_nested_asyncio",
    "charts",
    "connect",
    "errors",
    "report",
    "score",
]

# Loaded when first used, so that importing the package stays as light as importing polars and httpx.
_ON_FIRST_USE = {
    "Sandbox": "openprospect_nb.sandbox",
    "report": "openprospect_nb.reports",
    "score": "openprospect_nb.analysis",
}
_PACKAGES_ON_FIRST_USE = frozenset({"charts"})


def __getattr__(name: str) -> Any:
    """Return a public name that is loaded when first used."""
    if name in _PACKAGES_ON_FIRST_USE:
        return import_module(f"openprospect_nb.{name}")
    if name in _ON_FIRST_USE:
        return getattr(import_module(_ON_FIRST_USE[name]), name)
    raise AttributeError(f"module 'openprospect_nb' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
