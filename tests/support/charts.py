"""Which public charts need only a `Results`: found, not typed, so that every test tries a new chart too."""

from __future__ import annotations

from openprospect_nb import charts

TAKES_SOMETHING_ELSE = {"budget", "calibration", "order_comparison", "ramp"}
NO_CHART = {"Measure", "svg", "template"}
FROM_RESULTS = tuple(name for name in charts.__all__ if name not in TAKES_SOMETHING_ELSE | NO_CHART)
