"""From delivered frames to decisions: scores with reasons, tiers, forecasts, lists, duplicates, comparisons. Pure."""

from openprospect_nb.analysis.calibrating import calibrate
from openprospect_nb.analysis.calibration import Calibration
from openprospect_nb.analysis.forecast import BounceForecast, bounce_forecast
from openprospect_nb.analysis.preferences import Preferences
from openprospect_nb.analysis.scoring import DEFAULT_WEIGHTS, score
from openprospect_nb.analysis.send_lists import SendList, send_list
from openprospect_nb.analysis.tiers import RULES, TIERS, contactable

__all__ = [
    "DEFAULT_WEIGHTS",
    "RULES",
    "TIERS",
    "BounceForecast",
    "Calibration",
    "Preferences",
    "SendList",
    "bounce_forecast",
    "calibrate",
    "contactable",
    "score",
    "send_list",
]
