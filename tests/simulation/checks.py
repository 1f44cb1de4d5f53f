"""The rules every world must keep, checked apart from the code that is meant to keep them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openprospect_nb import errors

from .timeline import NEVER

if TYPE_CHECKING:
    from .process import Outcome, Process
    from .vendor import Made
    from .world import Run, World

WINDOW = timedelta(minutes=10)
GUARD = timedelta(hours=24)
ENDED = {"COMPLETED", "REJECTED", "FAILED", "CANCELLED"}


# While it goes on


def after_action(world: World, process: Process, outcome: Outcome) -> None:
    """Check what one action showed: its error's kind, its length, and that it keeps the key to itself."""
    error = outcome.error
    if error is not None and not _is_own(error, outcome):
        world.violated("raw exception", f"{outcome.step} ended in {type(error).__name__}: {error}")
    for name, text in _texts_of(error):
        key_in(world, f"{name} of an error", text)
    key_in(world, "the client's repr", repr(process.client))
    if outcome.silence > _longest_silence(world):
        world.violated("silent", f"{outcome.step} did and said nothing for {outcome.silence:.0f} s")
    step = next((step for step in world.plan.steps if step.id == outcome.step), None)
    if step is not None and step.verb == "wait":
        _check_wait(world, process, outcome, step.args["timeout"])
    if outcome.step in world.looked and outcome.value is not None:
        _check_rows(world, outcome, world.looked[outcome.step])


def _longest_silence(world: World) -> float:
    """Return how long nothing may be seen of an action: it asks once in 5 minutes, or sits out a stated delay."""
    return max(10 * 60.0, 2 * world.plan.settings.get("max_wait", 0.0))


def _is_own(error: BaseException, outcome: Outcome) -> bool:
    if isinstance(error, asyncio.CancelledError):
        return outcome.was_interrupted
    return isinstance(error, errors.OpenProspectError)


def _texts_of(error: BaseException | None) -> Iterator[tuple[str, str]]:
    met: list[BaseException] = []
    while error is not None and error not in met:
        met.append(error)
        yield "the text", f"{error} {error!r} {error.args}"
        yield "the details", f"{getattr(error, 'details', '')} {getattr(error, 'fields', '')}"
        error = error.__cause__ or error.__context__


def key_in(world: World, where: str, text: str) -> None:
    """Check that a text does not hold the key."""
    if world.plan.api_key in text:
        world.violated("key shown", f"the key is in {where}")


def _check_wait(world: World, process: Process, outcome: Outcome, timeout: float | None) -> None:
    """A wait ends by its answer, its deadline (when the machine is awake), 401, 403, or a 404 that lasts."""
    began, ended, error = outcome.waits_since, outcome.ended, outcome.error
    if began is None or ended is None:
        return
    lasted = ended - began
    if timeout is not None and ended > max(began + timeout, process.loop.frozen_until) + 1.0:
        world.violated("wait too long", f"{outcome.step} took {lasted:.1f} s of {timeout:g} s")
    statuses = [status for path, status in outcome.answers]
    reasons = {
        errors.WaitTimeout: timeout is not None and lasted >= timeout - 0.01,
        errors.OrderFailed: world.plan.habits.ending != "COMPLETED",
        errors.AuthenticationError: 401 in statuses,
        errors.PermissionDeniedError: 403 in statuses,
        errors.NotFoundError: statuses.count(404) > 1,
        errors.JournalError: bool(world.plan.disk) or world.lost_at is not None,
        errors.ConfigurationError: True,
        asyncio.CancelledError: True,
    }
    if error is not None and not any(isinstance(error, kind) and holds for kind, holds in reasons.items()):
        world.violated("wait gave up", f"{outcome.step} ended after {lasted:.1f} s in {type(error).__name__}: {error}")
    _check_ended(world, outcome)


def _check_ended(world: World, outcome: Outcome) -> None:
    value = outcome.value
    for order in value if isinstance(value, list) else [value]:
        made = world.vendor.orders.get(getattr(order, "order_id", None))
        if made is not None and world.vendor.state(made) not in ENDED:
            world.violated("wait lied", f"{outcome.step} gave {made.number}, which is {world.vendor.state(made)}")


def _check_rows(world: World, outcome: Outcome, number: str) -> None:
    """Results hold every company of a completed order, or say that some are missing."""
    results, order = outcome.value, world.vendor.orders.get(number)
    if results.errors or is_incomplete(results) or order is None:
        return
    delivered = {row["id"] for row in world.vendor.delivered(order)}
    missing = delivered - set(results.companies["id"])
    if missing:
        world.violated("rows lost", f"{outcome.step}: {len(missing)} of {len(delivered)} companies of {number}")


def is_incomplete(results: Any) -> bool:
    """Whether results say that something is missing; at the commit where most was found they could not say it."""
    return bool(getattr(results, "incomplete", False))


# When all is quiet


def at_the_end(world: World, process: Process) -> None:
    """Check the whole: what the vendor made against what the user meant, knows and was told."""
    journal = process.outcomes[-1].value
    rows = [] if journal is None else journal.to_dicts()
    told = "\n".join(text for p in world.processes for _, text in p.seen)
    ours = [order for order in world.vendor.orders.values() if order.buyer is None]
    known = {row["order_id"] for row in rows}
    _check_known(world, ours, known, told)
    _check_open(world, rows, told)
    _check_given(world)
    for content, orders in _by(ours, lambda order: order.content).items():
        _check_meant(world, content, orders, known)
    for key, orders in _by(ours, lambda order: order.key).items():
        _check_one_a_key(world, key, orders)
    _check_files(world)
    _check_stores(world)


def _check_known(world: World, orders: list[Made], known: set[str | None], told: str) -> None:
    # Of two orders that the network made of one request, the client can know but one; of two under one key it has to
    # say that there may be another, see `_check_one_a_key`.
    known_keys = {order.key for order in orders if order.number in known or order.number in told}
    for order in orders:
        if order.key not in known_keys and order.key not in told and not _is_loss_told(world, order.at):
            world.violated("order unknown", f"{order.number} is neither in the journal nor in any error or warning")


def _check_open(world: World, rows: list[dict[str, Any]], told: str) -> None:
    for row in rows:
        if row["kind"] == "PROFILE" or row["order_id"] is not None:
            continue
        said = {text for text in (row["key"], row["problem"]) if text is not None and text in told}
        made = [order.number for order in world.vendor.orders.values() if order.key == row["key"]]
        if made and row["key"] not in told:
            world.violated("order unbound", f"{made} was bought under {row['key']}, the journal says {row['problem']}")
        if row["problem"] is None and row["key"] not in told:
            world.violated("left open", f"resume() neither finished {row['key']} nor says why")
        # Of what was lost only the number is said.
        if row["problem"] is not None and world.lost_at is None and not said:
            world.violated("closed unsaid", f"{row['key']} is closed ({row['problem']}), and nobody said so")


def _check_given(world: World) -> None:
    one_more: set[str] = set()
    for run in world.runs:
        if run.order_id is None:
            continue
        order = world.vendor.orders.get(run.order_id)
        if run.again and run.label is None:
            # A rerun beside it may be given the order that this run is placing; this run has to be given its own.
            if run.order_id in one_more or (order is not None and order.at < run.at):
                world.violated("not bought again", f"{run.order_id} was given for again=True, and is not one more")
            one_more.add(run.order_id)
        if order is None:
            world.violated("order invented", f"{run.order_id} was given for {run.content}; the vendor has none such")
        elif order.content != run.content:
            world.violated("wrong order", f"{run.order_id} was given for {run.content}, it is {order.content}")


def _check_meant(world: World, content: str, orders: list[Made], known: set[str | None]) -> None:
    """Under different keys no more orders than the user meant, unless the journal was lost and that was said before."""
    keys = {order.key: order for order in orders}
    meant = how_many_meant(world, content, [order for order in orders if order.number in known])
    for order in sorted(keys.values(), key=lambda order: order.at)[meant:]:
        if not _is_loss_settled(world, order.at) and order.key not in world.dropped_keys:
            world.violated("bought twice", f"{order.number} ({content}): {meant} meant, {len(keys)} bought")


def how_many_meant(world: World, content: str, known: list[Made]) -> int:
    """Return how many purchases of one content its runs meant: a new name means one, again=True one more, a rerun none.

    A rerun is a new wish if the user was told of the last equal order, it was placed more than ten minutes ago, and it
    and all others like it had ended when the first request for an order left.
    """
    labels: set[str] = set()
    meant = 0
    for number, run in enumerate(run for run in world.runs if run.content == content):
        if run.label is not None:
            meant += run.label not in labels
            labels.add(run.label)
        elif run.again or not number or _is_new_wish(world, run, known):
            meant += 1
    return meant


def _is_new_wish(world: World, run: Run, known: list[Made]) -> bool:
    before = [order for order in known if order.at < run.at]
    if not before:
        return False
    last = before[-1]
    sent = next((sent for sent in reversed(world.sent) if sent.key == last.key and sent.at <= last.at), None)
    is_told = world.told_at.get(last.number, NEVER) <= run.at
    ordering = {order.key for order in world.vendor.orders.values()}
    sendings = (s.at for s in world.sent if s.step == run.outcome.step and s.key in ordering)
    bought = next(sendings, run.outcome.ended or NEVER)
    have_ended = all(world.vendor.state(order, bought) in ENDED for order in before)
    return sent is not None and is_told and have_ended and run.outcome.wall - sent.wall > WINDOW


def _check_one_a_key(world: World, key: str | None, orders: list[Made]) -> None:
    """Orders under one key are the vendor's doing; a key as old as it may forget must not be sent without a word."""
    if len({order.sending for order in orders}) < 2:
        return
    if key not in world.told_keys and not _is_double_said(world, key, orders):
        world.violated("double unsaid", f"{[o.number for o in orders]} are one purchase and nobody says so")
    sends = [sent for sent in world.sent if sent.key == key]
    second = orders[1]
    guard = max([GUARD, *(timedelta(hours=step.args.get("hours") or 0.0) for step in world.plan.steps)])
    late = next((s for s in sends if s.at > second.at - 3600 and s.wall - sends[0].wall > guard), None)
    if late is not None and late.at <= second.at and key not in world.told_keys:
        world.violated("old key sent", f"{second.number}: {key} was sent again after {late.wall - sends[0].wall}")


def _is_double_said(world: World, key: str | None, orders: list[Made]) -> bool:
    """Whether the user was told that these may be one purchase, once there were two: both named, or a second one."""
    since = orders[1].at
    for text in (text for process in world.processes for at, text in process.seen if at >= since):
        named = [order.number for order in orders if order.number in text]
        if len(named) > 1 or ((named or str(key) in text) and ("second" in text or "orders.list()" in text)):
            return True
    return _is_loss_told(world, since)


def _is_loss_told(world: World, at: float) -> bool:
    return world.loss_told_at is not None and (world.lost_at is None or at < world.lost_at or at >= world.loss_told_at)


def _is_loss_settled(world: World, at: float) -> bool:
    """Whether the user had acknowledged a loss: until then orders are compared with the vendor's list before."""
    return world.acknowledged_at is not None and at >= world.acknowledged_at


def _check_stores(world: World) -> None:
    """What was synced is what the vendor has, or the client says that something may be missing."""
    for search, (stored, says_incomplete) in world.stores.items():
        delivered = world.vendor.delivered(world.vendor.orders[search.removeprefix("search-of-")])
        wrong = [row["id"] for row in delivered if stored.get(row["id"]) != row["name"]]
        if wrong and not says_incomplete:
            world.violated("sync lost", f"{search}: of {len(delivered)} companies {wrong[:3]} are missing or old")


def _check_files(world: World) -> None:
    key = world.plan.api_key.encode()
    for path in sorted(world.home.rglob("*")):
        if path.is_file() and key in path.read_bytes():
            world.violated("key shown", f"the key is in the file {path.relative_to(world.home)}")


def _by(orders: list[Made], key: Any) -> dict[Any, list[Made]]:
    groups: dict[Any, list[Made]] = defaultdict(list)
    for order in orders:
        groups[key(order)].append(order)
    return groups
