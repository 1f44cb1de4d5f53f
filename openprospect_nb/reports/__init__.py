"""Hand results over: one HTML file that opens offline and masks persons, or a list for a spreadsheet or a CRM."""

from openprospect_nb.frames.formulas import restore
from openprospect_nb.reports.document import Report, ReportOptions, report
from openprospect_nb.reports.exports import Exported, ExportOptions, export
from openprospect_nb.reports.notebooks import render_notebook
from openprospect_nb.reports.targets import LAYOUTS, Layout

__all__ = [
    "LAYOUTS",
    "ExportOptions",
    "Exported",
    "Layout",
    "Report",
    "ReportOptions",
    "export",
    "render_notebook",
    "report",
    "restore",
]
