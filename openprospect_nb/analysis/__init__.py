"""From delivered frames to decisions: scores with reasons, tiers, forecasts, lists, duplicates, comparisons. Pure."""

from openprospect_nb.analysis.bounces.calibrating import calibrate
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BounceForecast, bounce_forecast
from openprospect_nb.analysis.bounces.send_lists import SendList, send_list
from openprospect_nb.analysis.contacts.tiers import RULES, TIERS, contactable
from openprospect_nb.analysis.identity.changes import Changes, diff
from openprospect_nb.analysis.identity.duplicates import dedupe, distinct
from openprospect_nb.analysis.identity.freshness import Freshness, Stale, freshness, stale
from openprospect_nb.analysis.identity.overlaps import Overlap, overlap
from openprospect_nb.analysis.identity.people import dedupe_prospects
from openprospect_nb.analysis.identity.suppression import Suppression, exclude, suppression
from openprospect_nb.analysis.orders.comparison import Comparison, compare
from openprospect_nb.analysis.orders.scenarios import Scenario, Thresholds, what_if
from openprospect_nb.analysis.planning.budget_plan import BudgetPlan, plan
from openprospect_nb.analysis.replies.learning import Answers, ExpectedAnswers, answers
from openprospect_nb.analysis.scoring.drivers import Drivers, drivers
from openprospect_nb.analysis.scoring.explanation import Explanation, explain
from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, Preferences, score
from openprospect_nb.analysis.sending.ramping import Ramp, RampDecision, ramp
from openprospect_nb.analysis.settlement.settling import Settlement, settle
from openprospect_nb.analysis.showing import FrameView, show

__all__ = [
    "DEFAULT_WEIGHTS",
    "RULES",
    "TIERS",
    "Answers",
    "BounceForecast",
    "BudgetPlan",
    "Calibration",
    "Changes",
    "Comparison",
    "Drivers",
    "ExpectedAnswers",
    "Explanation",
    "FrameView",
    "Freshness",
    "Overlap",
    "Preferences",
    "Ramp",
    "RampDecision",
    "Scenario",
    "SendList",
    "Settlement",
    "Stale",
    "Suppression",
    "Thresholds",
    "answers",
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
    "freshness",
    "overlap",
    "plan",
    "ramp",
    "score",
    "send_list",
    "settle",
    "show",
    "stale",
    "suppression",
    "what_if",
]
