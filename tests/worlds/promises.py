"""The promises: each is given in a world, once a seed, and held against what happened there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl

from openprospect_nb.analysis import Calibration
from openprospect_nb.analysis.bounces.belief import Belief
from openprospect_nb.analysis.bounces.calibrating import MIN_OUTCOMES, measured
from openprospect_nb.analysis.bounces.forecast import central
from openprospect_nb.analysis.bounces.list_sizes import Sizes
from openprospect_nb.analysis.bounces.outlook import Outlook
from openprospect_nb.analysis.bounces.promises import Promise as Kept
from openprospect_nb.frames.columns import UTC_TIME

from .cells import Promise, Trial
from .truths import WORLDS, Draw, World


def known(draw: Draw, risks: np.ndarray) -> pl.DataFrame:
    """Return the people as forecasts and lists take them once a frame was read, with these risks (0-1)."""
    email = draw.frame["email"]
    stated = draw.frame["bounce_risk_score"].to_numpy() / 100
    columns = {"address": email, "domain": email.str.split("@").list.last(), "p": risks, "stated": stated}
    return pl.DataFrame({**columns, "bounced": draw.bounced}).sort("p", "stated", "address")


def believed(draw: Draw, calibration: Calibration | None) -> pl.DataFrame:
    """Return the people with the risks of the calibration, or those stated."""
    stated = draw.frame["bounce_risk_score"].to_numpy() / 100
    return known(draw, stated if calibration is None else calibration.predict_all(stated))


def chosen_of(people: pl.DataFrame, limit: float, belief: Belief) -> pl.DataFrame:
    """Return the list that `send_list` would give."""
    return people.head(Kept(limit, 0.9).largest(Sizes(people, belief)))


def _foretold(people: pl.DataFrame, belief: Belief) -> Outlook:
    return belief.outlook(belief.audience(people).crowd(), people["stated"].to_numpy())


def _held(draw: Draw, calibration: Calibration | None) -> Trial:
    ours = _foretold(believed(draw, calibration), Belief(calibration))
    oracle = _foretold(known(draw, draw.truth), Belief(None, 0.0, 1.0))
    (low, high), (least, most) = (central(outlook, 0.9) for outlook in (ours, oracle))
    return Trial(low <= int(draw.bounced.sum()) <= high, high - low + 1, most - least + 1)


def sent(draw: Draw, limit: float, calibration: Calibration | None, mood: float = 0.0) -> Trial:
    """Give a list and hold it against what happened, and against the list of somebody who knows the truth."""
    chosen = chosen_of(believed(draw, calibration), limit, Belief(calibration))
    oracle = chosen_of(known(draw, draw.truth), limit, Belief(None, mood, 1.0))
    return Trial(int(chosen["bounced"].sum()) <= limit * chosen.height + 1e-9, chosen.height, oracle.height)


def learnt(messages: pl.DataFrame) -> Calibration:
    """Return what outcomes teach, as `calibrate` does once they were read."""
    seen = messages.select(
        "address", "domain", x="stated", y=pl.col("bounced").cast(pl.Float64), at=pl.lit(None, UTC_TIME), age=1.0
    )
    return measured(seen.sort("x", "address"), is_judged=False)


def _past(world: World, seed: int) -> Calibration:
    """Return what the outcomes of a mailing to everybody teach."""
    return learnt(believed(world.draw(seed, world.outcomes, "a"), None))


def _forecast(world: World, seed: int) -> Trial:
    return _held(world.draw(seed), None)


def _forecast_calibrated(world: World, seed: int) -> Trial:
    return _held(world.afterwards().draw(seed, prefix="b"), _past(world, seed))


def _listed(limit: float) -> Callable[[World, int], Trial]:
    return lambda world, seed: sent(world.draw(seed), limit, None, world.mood)


def _listed_calibrated(limit: float) -> Callable[[World, int], Trial]:
    return lambda world, seed: sent(world.afterwards().draw(seed, prefix="b"), limit, _past(world, seed), world.mood)


def looped(draws: Sequence[Draw], limit: float) -> Calibration | None:
    """Send a list to each of the draws, and learn from the outcomes of the lists so far, and from nothing else."""
    mailed: list[pl.DataFrame] = []
    calibration = None
    for draw in draws:
        mailed.append(chosen_of(believed(draw, calibration), limit, Belief(calibration)))
        messages = pl.concat([each.drop("p") for each in mailed])
        calibration = learnt(messages) if messages.height >= MIN_OUTCOMES else None
    return calibration


def _loop(world: World, seed: int) -> Trial:
    """Judge the last list alone."""
    calibration = looped([world.draw(seed, prefix=prefix) for prefix in "cde"], 0.05)
    return sent(world.afterwards().draw(seed, prefix="f"), 0.05, calibration, world.mood)


def in_worlds(trial: Callable[[World, int], Trial]) -> Mapping[str, Callable[[int], Trial]]:
    """Return the trial in each of the worlds."""
    return {world.name: partial(trial, world) for world in WORLDS}


PROMISES = (
    Promise("forecast", "the 90 % interval holds the bounces; no outcomes", 0.1, in_worlds(_forecast), "width"),
    Promise("forecast, calibrated", "the same, with the outcomes of one mailing", 0.1,
            in_worlds(_forecast_calibrated), "width"),
    Promise("list at 5 %", "at most 5 % bounce, at 90 % confidence; no outcomes", 0.1, in_worlds(_listed(0.05))),
    Promise("list at 2 %", "at most 2 % bounce, at 90 % confidence; no outcomes", 0.1, in_worlds(_listed(0.02))),
    Promise("list at 5 %, calibrated", "the same, with the outcomes of one mailing", 0.1,
            in_worlds(_listed_calibrated(0.05))),
    Promise("list at 2 %, calibrated", "the same at 2 %", 0.1, in_worlds(_listed_calibrated(0.02))),
    Promise("the loop at 5 %", "list, outcomes of the list, calibration: the fourth list", 0.1, in_worlds(_loop)),
)  # fmt: skip
