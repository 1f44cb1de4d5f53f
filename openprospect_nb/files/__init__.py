"""Files people hand in and take out: company lists, workbooks, harmless texts, whole writes.

``op.files.preview`` shows what an order of a list would send before it costs money.
"""

from openprospect_nb.files.company_list import CompanyList, preview

__all__ = ["CompanyList", "preview"]
