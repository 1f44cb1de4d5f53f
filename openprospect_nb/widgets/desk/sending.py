"""Step 4, Send list: the sentence, the frontier to drag, who is left out and why, and what else could be promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList
from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.markup import clean
from openprospect_nb.markup.drawing import even_ticks, joined
from openprospect_nb.widgets.desk import results_journey as way
from openprospect_nb.widgets.desk.audience import WHY, LeftOut, ListOutcome, SendChoice, limit_for
from openprospect_nb.widgets.desk.script import code_of
from openprospect_nb.widgets.desk.step import Act, FootButton, TwoPartStep, drawn
from openprospect_nb.widgets.explorer.model import Exploration
from openprospect_nb.widgets.explorer.titles import COMPONENT_WORDS
from openprospect_nb.widgets.what_if.model import COMPONENTS

WIDTH: Final = 640.0
HEIGHT: Final = 232.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 626.0, 8.0, 190.0
_SEEN: Final = 12
_HEADROOM: Final = 6  # limits in the height of the frontier: what lies far above nobody mails
_SHORT: Final = "So short a list may have no bounce at all: one in {size:,} is {one}. That is why it is so short."
_SAME: Final = 1e-9
_BEST: Final = 5
_CODE_SHOWN: Final = 6_000


class SendListStep(TwoPartStep):
    """Ask how much risk, see who can be mailed."""

    name = way.SENDING
    title = "Send list"
    beside = "Limits"

    def __init__(self, journey: way.ResultsJourney) -> None:
        super().__init__(journey)
        self._open = ""
        self._raw, self._shows_code = _percent({}), False

    @property
    def note(self) -> str:
        """How many are in the list, of how many delivered."""
        outcome = self.journey.outcome
        return "–" if outcome is None else f"{outcome.size:,} safe of {outcome.people.height:,}"

    @property
    def acts(self) -> Mapping[str, Act]:
        """Limits, whom, weights, a look at who is left out, and the Python of it."""
        return {
            "field": lambda intent: self._field(str(intent["name"]), intent["value"]),
            "frontier": lambda intent: self._drag(float(intent["value"])),
            "python": lambda _: setattr(self, "_shows_code", not self._shows_code),
            "see": lambda intent: self._see(str(intent["value"])),
            "ask": lambda intent: self._ask(str(intent["value"])),
        }

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return what the promise rests on."""
        outcome = self.journey.outcome
        if outcome is None or outcome.chosen is None:
            return "", []
        basis = f"Rests on {outcome.chosen.basis}." if self.journey.choice == outcome.choice else "Working it out …"
        return basis, [
            FootButton(act="python", words="Python"),
            FootButton(act="step", words="Hand it over →", value=way.HANDING, kind="op-main op-last"),
        ]

    def _field(self, name: str, value: Any) -> None:
        if name in {"limit", "confidence"}:
            low, high = (0.001, 0.2) if name == "limit" else (0.5, 0.99)
            self.journey.choose(**{name: min(max(round(float(value or 0) / 100, 4), low), high)})
        elif name in {"min_score", "max_risk"}:
            self.journey.choose(**{name: min(max(float(value or 0), 0.0), 100.0)})
        elif name == "per_company":
            self.journey.choose(per_company=max(0, int(float(value or 0))))
        elif name == "promise" and value in {"confidence", "expected"}:
            self.journey.choose(promise=value)
        elif name == "only_accepted":
            self.journey.choose(only_accepted=value == "accepted")
        elif name.removeprefix("weight-") in self._raw:
            self._weigh(name.removeprefix("weight-"), float(value))

    def _weigh(self, name: str, value: float) -> None:
        raw = self._weights() | {name: round(value)}
        total = sum(raw.values())
        if total <= 0:
            self.journey.complain("At least one weight must be above 0.")
            return
        self._raw = raw
        self.journey.weigh({name: value / total for name, value in raw.items()})

    def _weights(self) -> dict[str, int]:
        """Return where the sliders stand: as moved here, or where others weighed, their shares in percent."""
        total, weights = sum(self._raw.values()), self.journey.weights
        if weights and any(abs(weights.get(name, 0.0) - value / total) > _SAME for name, value in self._raw.items()):
            self._raw = _percent(weights)
        return self._raw

    def _drag(self, share: float) -> None:
        outcome = self.journey.outcome
        if outcome is not None and outcome.chosen is not None and outcome.chosen.frontier.height:
            largest = int(outcome.chosen.frontier["size"][-1])
            self.journey.choose(limit=limit_for(outcome.chosen, max(1, round(share * largest))))

    def _ask(self, wanted: str) -> None:
        limit, _, promise = wanted.partition(" ")
        self._field("promise", promise)
        self._field("limit", limit)

    def _see(self, name: str) -> None:
        self._open = "" if self._open == name else name

    def _main(self, *, live: bool) -> str:
        outcome = self.journey.outcome
        if outcome is None:
            return drawn("nothing.html", live=live, words="Working the list out …")
        headline, lead, notes = sentence(outcome, self.journey.cost)
        plot = frontier_plot(outcome.chosen) if outcome.chosen is not None else None
        left_out = [self._left_out(outcome, line) for line in outcome.left_out]
        return drawn(
            "sending_main.html", live=live, headline=headline, lead=lead, notes=notes, plot=plot, left_out=left_out
        )

    def _left_out(self, outcome: ListOutcome, line: LeftOut) -> dict[str, Any]:
        counted = {"name": line.name, "people": f"{line.people:,}", "companies": f"{line.companies:,}", "why": line.why}
        if line.name != self._open or self.journey.model is None:
            return {**counted, "open": False}
        people = outcome.people.filter(pl.col(WHY) == line.name)
        names = dict(self.journey.model.rows.select(pl.col("id"), "name").iter_rows())
        seen = [_person(row, names) for row in people.head(_SEEN).iter_rows(named=True)]
        left = people.height - len(seen)
        return {**counted, "open": True, "seen": seen, "more": f"and {left:,} more" if left else ""}

    def _side(self, *, live: bool) -> str:
        choice, model, outcome = self.journey.choice, self.journey.model, self.journey.outcome
        if self._shows_code:
            return drawn("code.html", live=live, title="This list in Python", code=code_of(self.journey)[:_CODE_SHOWN])
        decided = {} if model is None else model.decided()
        return drawn(
            "sending_side.html",
            live=live,
            limit=f"{choice.limit * 100:g}",
            confidence=f"{choice.confidence * 100:g}",
            size=0 if outcome is None else outcome.size,
            promise=choice.promise,
            only_accepted=choice.only_accepted,
            accepted=f"{decided.get(ACCEPTED, 0):,}",
            open_count=f"{0 if model is None else model.count - decided.get(REJECTED, 0):,}",
            per_company=choice.per_company,
            what_ifs=_what_ifs(outcome),
            min_score=f"{choice.min_score:g}",
            max_risk=f"{choice.max_risk:g}",
            best=_best(model),
            weights=self._sliders() if model is not None and "score" in model.column_names else [],
        )

    def _sliders(self) -> list[dict[str, Any]]:
        raw = self._weights()
        total = sum(raw.values()) or 1
        return [
            {"name": n, "words": COMPONENT_WORDS[n], "value": v, "share": f"{v / total:.0%}"} for n, v in raw.items()
        ]


def sentence(outcome: ListOutcome, cost: float | None) -> tuple[str, str, list[str]]:
    """Return the headline, the sentence below it, and notes; *cost* is that of all companies delivered."""
    chosen = outcome.chosen
    if chosen is None:
        return "Nobody can be mailed.", outcome.problem, []
    if not chosen.size:
        return (
            "No list keeps this limit.",
            "Raise the limit, or ask for less confidence.",
            [str(w) for w in chosen.ways_out],
        )
    forecast, people = chosen.forecast, plural(chosen.size, "person", "people")
    head = f"Mail {people} at {plural(outcome.companies, 'company', 'companies')}."
    low, high = f"{forecast.low:,}", f"{forecast.high:,}"
    between = low if low == high else f"{low}–{high}"
    bounces = f"{between} bounces expected ({forecast.expected:.1f} on average)"
    chance = f"the chance of more than {chosen.max_bounce_rate * 100:g} % is {chosen.p_over * 100:.0f} %"
    each = "" if cost is None else f" Cost of one recipient: {cost / chosen.size:,.2f}."
    notes = [f"Or: {way_out}" for way_out in chosen.ways_out][:2]
    if chosen.promise == "confidence" and chosen.size * chosen.max_bounce_rate < 1:
        notes.insert(0, _SHORT.format(one=f"{1 / chosen.size:.0%}", size=chosen.size))
    return head, f"{bounces}; {chance}.{each}", notes


def frontier_plot(chosen: SendList[pl.DataFrame]) -> dict[str, Any] | None:
    """Return the frontier as pixels: bounce rate over list size, the band of the interval, the limit, the handle."""
    rows, limit = chosen.frontier, chosen.max_bounce_rate
    if not rows.height:
        return None
    largest, highest = int(rows["size"][-1]), float(rows["rate"].max() or 0)  # type: ignore[arg-type]
    plane = _Plane(largest, min(max(limit * 2, highest * 1.15, 0.005), max(limit * _HEADROOM, 0.05)))
    at, is_right = plane.x(chosen.size), chosen.size > 0.6 * largest
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": _LEFT,
        "right": _RIGHT,
        "top": _TOP,
        "bottom": _BOTTOM,
        **plane.marks(rows),
        "limit": plane.y(limit),
        "limit_words": f"{limit * 100:g} %",
        "at": at,
        "at_y": plane.y(chosen.forecast.rate or 0.0),
        "label": f"{plural(chosen.size, 'person', 'people')}: drag me",
        "label_x": at - 10 if is_right else at + 10,
        "label_anchor": "end" if is_right else "start",
        "said": f"Bounce rate over list size: {chosen.size:,} of {largest:,} people keep {limit * 100:g} %",
    }


@dataclass(frozen=True, slots=True)
class _Plane:
    """List sizes up to *largest* across, bounce rates up to *top* upwards, in pixels."""

    largest: int
    top: float

    def x(self, size: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * size / self.largest, 1)

    def y(self, rate: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * min(rate, self.top) / self.top, 1)

    def marks(self, rows: pl.DataFrame) -> dict[str, Any]:
        """Return ticks, the curve as far as it is inside, and the band."""
        sizes = rows["size"].to_list()
        curve = [(self.x(n), self.y(rate)) for n, rate in zip(sizes, rows["rate"], strict=True) if rate <= self.top]
        edges = [[(self.x(n), self.y(c / n)) for n, c in zip(sizes, rows[s], strict=True)] for s in ("high", "low")]
        return {
            "ups": [{"y": self.y(n), "words": f"{n * 100:g} %"} for n in even_ticks(0, self.top)],
            "acrosses": [{"x": self.x(n), "words": f"{n:,.0f}"} for n in even_ticks(0, self.largest, whole=True)],
            "curve": joined(curve),
            "band": joined([*edges[0], *reversed(edges[1])]),
        }


def _person(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return a person without a name: company, role, risk, and whether a telephone is known."""
    risk = row.get("bounce_risk_score")
    parts = [
        clean(names.get(row["company_id"], "") or str(row["company_id"]), 50),
        clean(row.get("job_title") or "–", 50),
    ]
    parts.append("risk unknown" if risk is None else f"risk {risk:g}")
    parts += ["has a phone"] * bool(row.get("phone_number"))
    return " · ".join(parts)


def plural(count: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def _percent(weights: Mapping[str, float]) -> dict[str, int]:
    """Return *weights*, or where there are none the usual ones, in percent."""
    return {name: round(100 * (weights.get(name, 0.0) if weights else DEFAULT_WEIGHTS[name])) for name in COMPONENTS}


def _best(model: Exploration | None) -> list[tuple[str, str]]:
    if model is None or not {"score", "name"} <= set(model.column_names):
        return []
    top = model.rows.filter(model.mask).drop_nulls("score").sort("score", "id", descending=[True, False])
    best = top.unique("id", keep="first", maintain_order=True).head(_BEST)
    return [(clean(name or "–", 60), f"{score:.1f}") for name, score in best.select("name", "score").iter_rows()]


def _what_ifs(outcome: ListOutcome | None) -> list[dict[str, Any]]:
    if outcome is None or outcome.chosen is None:
        return []
    rows: list[dict[str, Any]] = [
        {
            "words": _what_if(other, outcome.choice),
            "then": plural(size, "person", "people"),
            "bad": False,
            "asks": f"{other.limit * 100:g} {other.promise}",
        }
        for other, size in outcome.what_ifs.items()
    ]
    everybody = outcome.everybody
    if everybody is not None and everybody.n:
        then = f"{everybody.expected:,.0f} bounces, {everybody.expected / everybody.n:.1%}"
        rows.append({"words": f"all {everybody.n:,} of known risk", "then": then, "bad": True, "asks": ""})
    return rows


def _what_if(other: SendChoice, choice: SendChoice) -> str:
    if other.promise == choice.promise:
        return f"limit {other.limit * 100:g} %"
    if other.promise == "expected":
        return f"{other.limit * 100:g} % only on average"
    return f"{other.limit * 100:g} % promised, {other.confidence * 100:g} % sure"
