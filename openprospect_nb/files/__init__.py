"""Files people hand in and take out: company lists, outcomes of mailings, workbooks, harmless texts, whole writes.

``op.files.preview`` shows what an order of a list would send before it costs money; ``op.files.read_outcomes`` reads
what became of mails.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openprospect_nb.files.company_list import CompanyList, preview
    from openprospect_nb.files.outcomes import Outcomes, read_outcomes

__all__ = ["CompanyList", "Outcomes", "preview", "read_outcomes"]

# Loaded when first used: every client writes whole files, few read a list.
_ON_FIRST_USE = {
    "CompanyList": "company_list",
    "Outcomes": "outcomes",
    "preview": "company_list",
    "read_outcomes": "outcomes",
}


def __getattr__(name: str) -> Any:
    """Return a public name that is loaded when first used."""
    if name in _ON_FIRST_USE:
        return getattr(import_module(f"openprospect_nb.files.{_ON_FIRST_USE[name]}"), name)
    raise AttributeError(f"module 'openprospect_nb.files' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
