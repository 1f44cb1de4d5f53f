"""From delivered frames to decisions: scores with reasons, tiers, forecasts, lists, duplicates, comparisons. Pure."""

from openprospect_nb.analysis.bounces.calibrating import calibrate
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BounceForecast, bounce_forecast
from openprospect_nb.analysis.bounces.send_lists import SendList, send_list
from openprospect_nb.analysis.contacts.tiers import RULES, TIERS, contactable
from openprospect_nb.analysis.identity.changes import Changes, diff
from openprospect_nb.analysis.identity.duplicates import dedupe, distinct
from openprospect_nb.analysis.identity.overlaps import Overlap, overlap
from openprospect_nb.analysis.identity.people import dedupe_prospects
from openprospect_nb.analysis.identity.suppression import exclude
from openprospect_nb.analysis.orders.comparison import Comparison, compare
from openprospect_nb.analysis.orders.scenarios import Scenario, Thresholds, what_if
from openprospect_nb.analysis.scoring.drivers import Drivers, drivers
from openprospect_nb.analysis.scoring.explanation import Explanation, explain
from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, Preferences, score

__all__ = [
    "DEFAULT_WEIGHTS",
    "RULES",
    "TIERS",
    "BounceForecast",
    "Calibration",
    "Changes",
    "Comparison",
    "Drivers",
    "Explanation",
    "Overlap",
    "Preferences",
    "Scenario",
    "SendList",
    "Thresholds",
    "bounce_forecast",
    "calibrate",
    "compare",
    "contactable",
    "dedupe",
    "dedupe_prospects",
    "diff",
    "distinct",
    "drivers",
    "exclude",
    "explain",
    "overlap",
    "score",
    "send_list",
    "what_if",
]
