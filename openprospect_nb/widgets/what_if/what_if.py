"""`WhatIf`: the desk's fourth step alone: move weights and limits, and see ranking, list size, cost and risk follow."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import polars as pl
import traitlets

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.handing import HandOverStep
from openprospect_nb.widgets.desk.results_journey import SENDING, ResultsJourney
from openprospect_nb.widgets.desk.sending import SendListStep
from openprospect_nb.widgets.explorer.model import utc_now
from openprospect_nb.widgets.what_if.model import COMPONENTS, Possibilities, Setting, WhatIfOutcome, code_of


class WhatIf(DeskFrame):
    """Weights, thresholds, bounce limit and confidence; what they leave follows: whom to mail, who is left out and why.

    Args:
        results: what was delivered.

    Attributes:
        setting: what the fields say, as a `Setting`; what is set here, the fields say.

    Example:
        >>> explorer = WhatIf(results)
        >>> explorer.send_list.size <= results.prospects.height
        True
        >>> explorer.close()
    """

    setting = traitlets.Instance(Setting)

    def __init__(self, results: Results) -> None:
        self.journey = ResultsJourney(utc_now, None)
        super().__init__("op-what-if", [SendListStep(self.journey), HandOverStep(self.journey)], [SENDING])
        self._results = results
        self._exact: tuple[Setting, SendList[pl.DataFrame]] | None = None
        self.journey.show_results(results)
        self.journey.step = SENDING
        self.setting = self._wanted_setting()
        self.journey.observe(self._chosen, ["choice", "weights"])
        self.observe(self._set, "setting")
        self._show()

    @property
    def weights(self) -> dict[str, float]:
        """Component → weight, summing to 1; give it to ``op.score``."""
        return dict(self.setting.weights)

    @property
    def send_list(self) -> SendList[pl.DataFrame]:
        """The exact list of the setting as it is now; worked out here if it is not ready yet."""
        if self._exact is None or self._exact[0] != self.setting:
            self._exact = self.setting, self._possible.exact(self.setting)
        return self._exact[1]

    @property
    def outcome(self) -> WhatIfOutcome:
        """What the setting leaves, with the estimated size of the list."""
        return self._possible.outcome(self.setting)

    @property
    def code(self) -> str:
        """Python that repeats the setting on ``results``."""
        return code_of(self.setting)

    def __repr__(self) -> str:
        left = self.outcome
        return f"WhatIf({left.companies_kept:,} of {left.companies:,} companies, about {left.size:,} recipients)"

    @cached_property
    def _possible(self) -> Possibilities:
        return Possibilities(self._results)

    def _wanted_setting(self) -> Setting:
        choice, weights = self.journey.choice, self.journey.weights
        return Setting(
            weights=weights or {name: DEFAULT_WEIGHTS[name] for name in COMPONENTS},
            min_score=choice.min_score,
            max_risk=choice.max_risk,
            limit=choice.limit,
            confidence=choice.confidence,
        )

    def _chosen(self, _: Any) -> None:
        self.setting = self._wanted_setting()

    def _set(self, change: Any) -> None:
        wanted: Setting = change["new"]
        now = self._wanted_setting()
        if wanted == now:
            return
        if wanted.weights != now.weights:
            self.journey.weigh(wanted.weights)
        self.journey.choose(
            limit=wanted.limit, confidence=wanted.confidence, min_score=wanted.min_score, max_risk=wanted.max_risk
        )
