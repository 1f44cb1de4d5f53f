"""Hand results over: one HTML file that opens offline and masks persons, or a list for a spreadsheet or a CRM."""

from openprospect_nb.exports.exporting import Exported, export
from openprospect_nb.exports.targets import LAYOUTS, Layout
from openprospect_nb.files.formulas import restore
from openprospect_nb.reports.document import Report, report
from openprospect_nb.reports.rendering import render_notebook

__all__ = [
    "LAYOUTS",
    "Exported",
    "Layout",
    "Report",
    "export",
    "render_notebook",
    "report",
    "restore",
]
