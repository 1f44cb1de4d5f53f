"""Draw results: each function takes a result (or the frame it needs) and returns a plotly Figure."""

from openprospect_nb.charts.budgets import budget
from openprospect_nb.charts.comparison import Measure, order_comparison
from openprospect_nb.charts.coverage import coverage, funnel, geography, reasons, technologies
from openprospect_nb.charts.deliverability import bounce_risk
from openprospect_nb.charts.quality import match_score, prospect_quality
from openprospect_nb.charts.ramping import ramp
from openprospect_nb.charts.sending import calibration, send_frontier
from openprospect_nb.charts.settling import settlement
from openprospect_nb.charts.static import svg
from openprospect_nb.charts.theme import template

__all__ = [
    "Measure",
    "bounce_risk",
    "budget",
    "calibration",
    "coverage",
    "funnel",
    "geography",
    "match_score",
    "order_comparison",
    "prospect_quality",
    "ramp",
    "reasons",
    "send_frontier",
    "settlement",
    "svg",
    "technologies",
    "template",
]
