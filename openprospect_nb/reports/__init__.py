"""Hand results to anyone: one HTML file that opens offline, masks persons and says where its numbers came from."""

from openprospect_nb.reports.report import Report, ReportOptions, report

__all__ = ["Report", "ReportOptions", "report"]
