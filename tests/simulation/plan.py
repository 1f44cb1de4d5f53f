"""From a seed to a plan: what kind of world it is, and what its users do, written out before anything happens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from .disk import DAMAGES
from .network import FAULTS
from .vendor import HOUR, Habits
from .verbs import ODD

MINUTE = 60.0
THEMES = ("", "forgetful vendor", "slow profile", "lost answers")
DAY = 24 * HOUR
GAPS = (
    *(0.0, 0.3, 2.0, 20.0, 2 * MINUTE, 9 * MINUTE, 11 * MINUTE, 20 * MINUTE),
    *(HOUR, 5 * HOUR, 25 * HOUR, 3 * DAY),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens after a pause, in a window (a letter) or to the world; *verb* is a function of `verbs`."""

    id: str
    gap: float
    window: str
    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A world before it begins.

    Attributes:
        rates: how often each fault of the network strikes; a kind that is missing never does.
        crashes: how likely a process dies at one statement of SQLite or one border of a request.
        disk: how likely a statement of SQLite fails.
        echoes: whether forged answers repeat the key.
        offsets: how far the wall clock of each window is ahead, in seconds.
        elsewhere: the windows on another machine, which shares the home.
        settings: arguments of the client.
        forced: faults by name that strike whatever the rates are; for cases that chance rarely meets.
        spared: faults by name that would strike and are left out; how a story is shrunk.
        ends_killed: whether the processes die before the quiet end, or are closed.
    """

    seed: str
    habits: Habits = field(default_factory=Habits)
    rates: Mapping[str, float] = field(default_factory=dict)
    crashes: float = 0.0
    disk: float = 0.0
    echoes: bool = False
    offsets: Mapping[str, float] = field(default_factory=dict)
    elsewhere: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    steps: Sequence[Step] = ()
    forced: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()
    ends_killed: bool = True

    @property
    def api_key(self) -> str:
        """The key of this world; it must never be seen anywhere."""
        return "lnc_live_" + "k3yOfThisW0rld" + "x" * 18

    def to_json(self) -> str:
        """Return the plan as text that `from_json` reads."""
        plain = {**asdict(self), "forced": sorted(self.forced), "spared": sorted(self.spared)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan that *text* holds."""
        plain = json.loads(text)
        steps = tuple(Step(**step) for step in plain.pop("steps"))
        names = {kind: frozenset(plain.pop(kind)) for kind in ("forced", "spared")}
        return cls(steps=steps, habits=Habits(**plain.pop("habits")), **names, **plain)


def plan_of(seed: int | str) -> Plan:
    """Return the world of a seed: half of them are mild, so that a purchase usually succeeds."""
    draw = Random(f"plan {seed}")
    mild = draw.random() < 0.5
    windows = "AB" if draw.random() < 0.4 else "A"
    theme = "" if mild else draw.choice(THEMES)
    plan = Plan(
        seed=str(seed),
        habits=replace(_habits(draw, mild=mild), **_habits_of(theme, draw)),
        rates={**_rates(draw, mild=mild), **_rates_of(theme)},
        crashes=0.0 if draw.random() < (0.9 if mild else 0.5) else draw.choice((0.003, 0.02, 0.05)),
        disk=0.0 if mild or draw.random() < 0.7 else draw.choice((0.01, 0.05)),
        echoes=draw.random() < 0.2,
        offsets={
            w: 0.0 if draw.random() < 0.6 else draw.choice((-4000.0, -600.0, -30.0, 30.0, 700.0, 3700.0))
            for w in windows
        },
        elsewhere="B" if draw.random() < 0.3 else "",
        settings=_settings(draw),
        ends_killed=draw.random() < 0.5,
    )
    gaps = GAPS[:8] if mild else (*GAPS, *(25 * HOUR,) * 4) if theme == "forgetful vendor" else GAPS
    return replace(plan, steps=tuple(_steps(draw, windows, gaps)))


def _habits(draw: Random, *, mild: bool) -> Habits:
    keeps = draw.choice((None, None, None, None, 2 * HOUR, 24 * HOUR, 30 * HOUR, 0.0)) if not mild else None
    return Habits(
        keeps_keys=keeps,
        tells_replay=draw.random() < 0.7,
        in_work=draw.choice((409, 423, 425, 0)),
        old=draw.random() < 0.15,
        clock=0.0 if draw.random() < 0.5 else draw.choice((-900.0, -60.0, 60.0, 900.0)),
        profile=draw.choice((0.0, 4.0, 60.0) if mild else (0.0, 4.0, 4.0, 60.0, 20 * MINUTE, 3 * HOUR)),
        profile_fails=draw.random() < 0.02,
        order=draw.choice((0.0, 10.0, 300.0, 2 * HOUR, DAY)),
        ending=draw.choice(("COMPLETED", "COMPLETED", "COMPLETED", "REJECTED", "FAILED", "CANCELLED")),
        tells_created=draw.random() < 0.8,
        list_status=draw.choice((200, 200, 200, 200, 403, 500)),
        **_deliveries(draw),
    )


def _habits_of(theme: str, draw: Random) -> dict[str, Any]:
    """Return what a theme fixes: troubles that do harm only together meet in one world."""
    if theme == "forgetful vendor":
        keeps, lists = draw.choice((0.0, 0.0, 2 * HOUR, 24 * HOUR)), draw.choice((200, 200, 403))
        return {"keeps_keys": keeps, "list_status": lists, "tells_replay": False, "profile": 0.0}
    return {"profile": draw.choice((20 * MINUTE, 3 * HOUR))} if theme == "slow profile" else {}


def _rates_of(theme: str) -> dict[str, float]:
    return {"answer lost": 0.3, "doubtful": 0.2, "proof": 0.1} if theme in {"forgetful vendor", "lost answers"} else {}


def _deliveries(draw: Random) -> dict[str, Any]:
    return {
        "companies": draw.choice((0, 1, 3, 3, 120, 250)),
        "lates": draw.choice((0, 0, 1, 2)),
        "future": draw.random() < 0.2,
        "cut": draw.choice((0, 0, 0, 60)),
        "gap": draw.random() < 0.1,
        "shrinks": draw.random() < 0.2,
        "changes": draw.random() < 0.2,
    }


def _rates(draw: Random, *, mild: bool) -> Mapping[str, float]:
    often = (0.005, 0.02) if mild else (0.03, 0.1, 0.3)
    share = 0.2 if mild else 0.4
    return {kind: draw.choice(often) for kind in FAULTS if draw.random() < share}


def _settings(draw: Random) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if draw.random() < 0.4:
        settings["flow"] = draw.choice(("inline", "auto", "auto"))
    if draw.random() < 0.3:
        settings["timeout"] = draw.choice((1.0, 5.0, 20.0))
    if draw.random() < 0.2:
        settings["poll_interval"] = draw.choice((1.0, 5.0, 30.0))
    if draw.random() < 0.2:
        settings["max_wait"] = draw.choice((0.0, 10.0, 4000.0))
    return settings


def _steps(draw: Random, windows: str, gaps: Sequence[float]) -> list[Step]:
    contents = [*range(draw.choice((1, 1, 2, 3))), *([ODD] if draw.random() < 0.03 else [])]
    cells = [_cell(draw, content) for content in contents]
    verbs, weights = zip(*_WEIGHTS.items(), strict=True)
    steps = []
    for number in range(draw.randint(2, 12)):
        verb = "buy" if number == 0 else draw.choices(verbs, weights)[0]
        if number and steps[-1].verb == "buy" and draw.random() < 0.2:
            verb = "buy"
        args = _ARGUMENTS[verb](draw) if verb in _ARGUMENTS else {}
        if verb == "buy":
            args = draw.choice(cells) | {"again": draw.random() < 0.1, "beside": draw.random() < 0.1}
        gap = draw.choice(gaps)
        steps.append(Step(id=f"s{number + 1}", gap=gap, window=draw.choice(windows), verb=verb, args=args))
    return steps


def _cell(draw: Random, content: int) -> dict[str, Any]:
    cell: dict[str, Any] = {"kind": draw.choice(("discover",) * 6 + ("enrich", "profile first")), "content": content}
    if draw.random() < 0.4:
        # Now and then a cell was copied, and its name with it.
        cell[draw.choice(("name", "idempotency_key"))] = f"list-{content if draw.random() < 0.9 else 0}"
    if draw.random() < 0.3:
        cell["title"] = f"title {content}"
    return cell


_WEIGHTS = {
    "buy": 34,
    "resume": 14,
    "wait": 10,
    "look": 5,
    "sync": 4,
    "interrupt": 5,
    "close": 4,
    "kill": 8,
    "jump": 4,
    "suspend": 4,
    "down": 6,
    "damage": 3,
    "backup": 2,
    "restore": 2,
    "colleague": 2,
    "let_pass": 3,
    "acknowledge": 2,
    "settle": 3,
}
_ARGUMENTS = {
    "resume": lambda draw: {
        "told": draw.random() < 0.3,
        "hours": draw.choice((0.0, 1.0, 48.0)) if draw.random() < 0.15 else None,
    },
    "wait": lambda draw: {
        "order": draw.randrange(3),
        "many": draw.random() < 0.4,
        "timeout": draw.choice((None, 0.0, 2.0, 30.0, 300.0, 4000.0, 3 * DAY)),
    },
    "look": lambda draw: {"at": draw.choice(("orders", "frame", "unfinished", "results", "spend"))},
    "close": lambda draw: {"beside": draw.random() < 0.5},
    "jump": lambda draw: {"seconds": draw.choice((-2 * DAY, -3600.0, -900.0, -5.0, 5.0, 900.0, 3600.0, 2 * DAY))},
    "suspend": lambda draw: {"seconds": draw.choice((10.0, 300.0, 8 * HOUR))},
    "down": lambda draw: {"seconds": draw.choice((3.0, 40.0, 600.0, 5 * HOUR)), "portal": draw.random() < 0.3},
    "damage": lambda draw: {
        "what": draw.choice(tuple(DAMAGES)),
        "where": draw.random(),
        "alive": draw.random() < 0.25,
    },
    "restore": lambda draw: {"alive": draw.random() < 0.25},
    "backup": lambda draw: {"whole": draw.random() < 0.5},
    "colleague": lambda draw: {"content": draw.randrange(2)},
}
