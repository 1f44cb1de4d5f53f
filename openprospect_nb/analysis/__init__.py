"""From delivered frames to decisions: scores with reasons, tiers, forecasts, lists, duplicates, comparisons. Pure."""

from openprospect_nb.analysis.preferences import Preferences
from openprospect_nb.analysis.scoring import DEFAULT_WEIGHTS, score

__all__ = ["DEFAULT_WEIGHTS", "Preferences", "score"]
