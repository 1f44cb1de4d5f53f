"""Prospects leave for a spreadsheet or a CRM: nobody suppressed is among them, and nothing in the file runs."""

from openprospect_nb.exports.exporting import Exported, export
from openprospect_nb.exports.targets import LAYOUTS, Layout
from openprospect_nb.files.formulas import restore

__all__ = ["LAYOUTS", "Exported", "Layout", "export", "restore"]
