"""Files people hand in and take out: company lists, outcomes of mailings, workbooks, harmless texts, whole writes.

``op.files.preview`` shows what an order of a list would send before it costs money; ``op.files.read_outcomes`` reads
what became of mails.
"""

from openprospect_nb.files.company_list import CompanyList, preview
from openprospect_nb.files.outcomes import Outcomes, read_outcomes

__all__ = ["CompanyList", "Outcomes", "preview", "read_outcomes"]
