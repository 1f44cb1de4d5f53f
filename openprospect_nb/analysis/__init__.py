"""From delivered frames to decisions: scores with reasons, tiers, forecasts, lists, duplicates, comparisons. Pure."""

from openprospect_nb.analysis.calibrating import calibrate
from openprospect_nb.analysis.calibration import Calibration
from openprospect_nb.analysis.changes import Changes, diff
from openprospect_nb.analysis.comparison import Comparison, compare
from openprospect_nb.analysis.duplicates import dedupe, distinct
from openprospect_nb.analysis.explanation import Explanation, explain
from openprospect_nb.analysis.forecast import BounceForecast, bounce_forecast
from openprospect_nb.analysis.lifts import Drivers, drivers
from openprospect_nb.analysis.overlaps import Overlap, overlap
from openprospect_nb.analysis.people import dedupe_prospects
from openprospect_nb.analysis.preferences import Preferences
from openprospect_nb.analysis.scenarios import Scenario, Thresholds, what_if
from openprospect_nb.analysis.scoring import DEFAULT_WEIGHTS, score
from openprospect_nb.analysis.send_lists import SendList, send_list
from openprospect_nb.analysis.suppression import exclude
from openprospect_nb.analysis.tiers import RULES, TIERS, contactable

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
