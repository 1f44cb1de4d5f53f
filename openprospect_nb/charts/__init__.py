"""Draw results: each function takes a result (or the frame it needs) and returns a plotly Figure."""

from openprospect_nb.charts.comparison import Measure, order_comparison
from openprospect_nb.charts.coverage import coverage, funnel, geography, reasons, technologies
from openprospect_nb.charts.deliverability import bounce_risk
from openprospect_nb.charts.quality import match_score, prospect_quality
from openprospect_nb.charts.sending import calibration, send_frontier
from openprospect_nb.charts.static import svg
from openprospect_nb.charts.theme import template

__all__ = [
    "Measure",
    "bounce_risk",
    "calibration",
    "coverage",
    "funnel",
    "geography",
    "match_score",
    "order_comparison",
    "prospect_quality",
    "reasons",
    "send_frontier",
    "svg",
    "technologies",
    "template",
]
