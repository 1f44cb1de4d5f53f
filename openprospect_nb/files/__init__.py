"""Files people hand in and take out: company lists, outcomes of mailings, workbooks, harmless texts, whole writes.

``op.files.preview`` shows what an order of a list would send before it costs money; ``op.files.read_outcomes`` reads
what became of mails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openprospect_nb.lazily import on_first_use

if TYPE_CHECKING:
    from openprospect_nb.files.company_list import CompanyList, preview
    from openprospect_nb.files.outcomes import Outcomes, read_outcomes

__all__ = ["CompanyList", "Outcomes", "preview", "read_outcomes"]

# Loaded when first used: every client writes whole files, few read a list.
__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    {
        **dict.fromkeys(("CompanyList", "preview"), "openprospect_nb.files.company_list"),
        **dict.fromkeys(("Outcomes", "read_outcomes"), "openprospect_nb.files.outcomes"),
    },
)
