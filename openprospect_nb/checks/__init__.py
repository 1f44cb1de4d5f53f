"""What holds of a server: assumptions as data, the questions that show them, and a report that can be sent."""

from openprospect_nb.checks.assumptions import ASSUMPTIONS, Assumption, Finding, Verdict
from openprospect_nb.checks.report import CheckReport, Judged

__all__ = ["ASSUMPTIONS", "Assumption", "CheckReport", "Finding", "Judged", "Verdict"]
