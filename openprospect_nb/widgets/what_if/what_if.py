"""`WhatIf`: move weights and limits, and see ranking, list size, cost and risk follow."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import ipywidgets
import polars as pl
import traitlets

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList
from openprospect_nb.frames.results import Results
from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.parts import LABEL, LiveLine, row
from openprospect_nb.widgets.what_if.model import COMPONENTS, Possibilities, Setting, WhatIfOutcome, code_of

CALM_SECONDS: Final = 0.2
NAMES: Final = {
    "fit": "Weight of fit",
    "reach": "… of reach",
    "deliverability": "… of delivery",
    "completeness": "… of completeness",
    "min_score": "Smallest score",
    "max_risk": "Largest risk",
    "limit": "Bounce limit %",
    "confidence": "Confidence %",
}


class WhatIf(BaseWidget):
    """Sliders for weights, thresholds, bounce limit and confidence; what they leave follows at once.

    The size of the list is an estimate while a slider moves; the exact list is worked out beside it and then shown.

    Args:
        results: what was delivered.

    Attributes:
        setting: what the sliders say, as a `Setting`.

    Example:
        >>> explorer = WhatIf(results)
        >>> explorer.send_list.size <= results.prospects.height
        True
        >>> explorer.close()
    """

    setting = traitlets.Instance(Setting)

    def __init__(self, results: Results) -> None:
        super().__init__("op-what-if")
        self._possible = Possibilities(results)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openprospect-what-if")
        self._exact: tuple[Setting, SendList[pl.DataFrame]] | None = None
        self._cost: float | None = None
        self._pending: Future[None] | None = None
        self._closed = threading.Event()
        self.setting = Setting(weights={name: DEFAULT_WEIGHTS[name] for name in COMPONENTS})
        self._outcome = self._possible.outcome(self.setting)
        self._make_view()
        self.observe(self._show, "setting")
        self._pending = self._worker.submit(self._work_out_cost)
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
        return self._outcome

    @property
    def code(self) -> str:
        """Python that repeats the setting on ``results``."""
        return code_of(self.setting)

    def close(self) -> None:
        """Stop working and close the view; safe to call twice."""
        self._closed.set()
        self._worker.shutdown(wait=False, cancel_futures=True)
        super().close()

    def picture(self) -> str:
        """Return numbers, ranking and code as HTML without scripts."""
        title = '<p class="op-title">What if?</p>'
        return title + self._numbers_html() + render("widgets/code.html", blocks=[("Python", self.code)])

    def __repr__(self) -> str:
        """Return what is left in one line."""
        left = self._outcome
        return f"WhatIf({left.companies_kept:,} of {left.companies:,} companies, about {left.size:,} recipients)"

    def _make_view(self) -> None:
        setting = self.setting
        self._weights = {name: _slider(100 * setting.weights[name], 0, 100, 5) for name in COMPONENTS}
        self._limits = {
            "min_score": _slider(setting.min_score, 0, 100, 1),
            "max_risk": _slider(setting.max_risk, 0, 100, 1),
            "limit": _slider(100 * setting.limit, 0.5, 10, 0.5),
            "confidence": _slider(100 * setting.confidence, 50, 99, 1),
        }
        for slider in (*self._weights.values(), *self._limits.values()):
            slider.observe(self._moved, "value")
        self._said, self._numbers, self._code = LiveLine(), ipywidgets.HTML(), ipywidgets.HTML()
        title = ipywidgets.HTML('<p class="op-title" role="heading" aria-level="3">What if?</p>')
        sliders = (self._weights, self._limits)
        left, right = (ipywidgets.VBox([_labelled(NAMES[n], part[n]) for n in part]) for part in sliders)
        self._fill([title, row(left, right), self._said, self._numbers, self._code])

    def _moved(self, _: Any) -> None:
        raw = {name: float(slider.value) for name, slider in self._weights.items()}
        total = sum(raw.values())
        if total <= 0:
            self._said.say("At least one weight must be above 0.", kind="alert")
            return
        limits = {name: slider.value for name, slider in self._limits.items()}
        self.setting = Setting(
            weights={name: value / total for name, value in raw.items()},
            min_score=limits["min_score"],
            max_risk=limits["max_risk"],
            limit=round(limits["limit"] / 100, 4),
            confidence=round(limits["confidence"] / 100, 4),
        )

    def _show(self, _: Any = None) -> None:
        self._outcome = self._possible.outcome(self.setting)
        self._draw()
        # Only the newest setting is worth working out: whatever waits its turn is taken back.
        if self._pending is not None and self._cost is not None:
            self._pending.cancel()
        wanted = self.setting
        self._pending = self._worker.submit(self._work_out, wanted)

    def _draw(self) -> None:
        self._said.say(self._certainty())
        self._numbers.value = self._numbers_html()
        self._code.value = render("widgets/code.html", blocks=[("Python", self.code)])
        self.message = repr(self)
        self._redraw_picture()

    def _work_out_cost(self) -> None:
        self._cost = self._possible.cost()

    def _work_out(self, wanted: Setting) -> None:
        # A moving slider passes many settings: only where it rests is the exact list worth its time.
        if self._closed.wait(CALM_SECONDS) or wanted != self.setting:
            return
        exact = self._possible.exact(wanted)
        if not self._closed.is_set() and wanted == self.setting:
            self._exact = wanted, exact
            self._draw()

    def _exact_now(self) -> SendList[pl.DataFrame] | None:
        return self._exact[1] if self._exact is not None and self._exact[0] == self.setting else None

    def _certainty(self) -> str:
        """Return how sure the numbers are: announced once while a slider moves, and again when they are exact."""
        exact = self._exact_now()
        if exact is None:
            return "Estimated; the exact list follows."
        return f"Exact for this setting: {exact.size:,} recipients, {exact.forecast.expected:.1f} bounces expected."

    def _numbers_html(self) -> str:
        left, exact = self._outcome, self._exact_now()
        size = left.size if exact is None else exact.size
        bounces = left.expected if exact is None else exact.forecast.expected
        about = "about " if exact is None else ""
        numbers = [
            ("companies kept", f"{left.companies_kept:,} of {left.companies:,}"),
            ("prospects kept", f"{left.prospects_kept:,} of {left.prospects:,}"),
            ("largest safe list", f"{about}{size:,}"),
            ("bounces expected", f"{about}{bounces:.1f}"),
            ("chance to pass the limit", "…" if exact is None else f"{exact.forecast.p_over:.1%}"),
            ("cost of a recipient", f"{self._cost / size:,.2f}" if self._cost is not None and size else "unknown"),
        ]
        top = [(clean(name, 120), "unknown" if score is None else f"{score:.1f}") for name, score in left.top]
        return render("widgets/what_if.html", numbers=numbers, top=top)


def _slider(value: float, low: float, high: float, step: float) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(value=value, min=low, max=high, step=step, readout=False, layout={"width": "15em"})


def _labelled(label: str, slider: ipywidgets.FloatSlider) -> ipywidgets.Box:
    """Return *slider* after a number field bound to it: the handle of an ipywidgets slider has no name to read out."""
    number = ipywidgets.BoundedFloatText(
        value=slider.value, min=slider.min, max=slider.max, step=slider.step, description=label, style=LABEL,
        layout={"width": "17em"},
    )  # fmt: skip
    traitlets.link((slider, "value"), (number, "value"))
    return row(number, slider)
