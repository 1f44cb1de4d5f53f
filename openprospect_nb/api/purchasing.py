"""Carry a purchase out from wherever it stands: one path for fresh purchases and for those found after a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from openprospect_nb.api._resource import Context, below, get, off_loop, post
from openprospect_nb.api.listing import all_pages, order_states
from openprospect_nb.api.polling import PROFILE_CADENCE, PROFILE_TIMEOUT, poll
from openprospect_nb.contract import PATH_ORDERS, PATH_PROFILES
from openprospect_nb.errors import (
    JournalError,
    OpenProspectError,
    OrderFailed,
    UnsafeToRetry,
    ValidationError,
    WaitTimeout,
)
from openprospect_nb.journal import Purchase, Step, next_step
from openprospect_nb.journal.purchase import canonical, order_body
from openprospect_nb.models import OrderState, ProfileState
from openprospect_nb.transport import Attempts, Response
from openprospect_nb.transport.idempotency import derive_key

LEASE_SECONDS: Final = 60.0
LEASE_LOOK_SECONDS: Final = 0.5
CLOCK_SKEW: Final = timedelta(minutes=5)
DESCRIPTION_FIELDS: Final = frozenset({"ideal_customer_profile", "seller_offering", "target_countries"})
MAY_BE_BOUGHT: Final = (
    "It may have been placed all the same: finish it with client.journal.resume(), under its key; do not order anew."
)
NO_SUCH_ENDPOINT: Final = frozenset({404, 405})


async def carry_out(context: Context, purchase: Purchase, *, last: Step = Step.NOTHING) -> Purchase:
    """Do what is left to do for *purchase* and return it as it then stands; stop before step *last*.

    Every fact the server answers is committed to the journal before the next step. While another kernel works on the
    same purchase, this one waits for it.
    """
    # An owner of its own, so that two calls of one client take turns like two kernels do.
    context = replace(context, owner=f"{context.owner}:{context.sender.clock.token()}")
    while (step := next_step(purchase)) not in {Step.NOTHING, last}:
        if not await _lease(context, purchase):
            await context.sender.clock.sleep(LEASE_LOOK_SECONDS)
            purchase = await _reread(context, purchase)
            continue
        leased = purchase.key
        try:
            purchase = await STEPS[step](context, await _reread(context, purchase))
        finally:
            await off_loop(context.journal.release, leased, context.owner)
    return purchase


async def read_profile(context: Context, profile_creation_id: str, *, repeat: bool = True) -> ProfileState:
    """Return what the server says about a profile creation now."""
    return await context.sender.send(get(below(PATH_PROFILES, profile_creation_id)), _profile, repeat=repeat)


async def _create_profile(context: Context, purchase: Purchase) -> Purchase:
    if next_step(purchase) is not Step.CREATE_PROFILE:
        return purchase
    call = post(PATH_PROFILES, canonical(purchase.profile).encode(), key=purchase.profile_key)
    try:
        state = await context.sender.send(call, _profile)
    except OpenProspectError as error:
        if context.settings.flow == "auto" and error.status in NO_SUCH_ENDPOINT:
            await off_loop(context.journal.learn_flow, "inline", context.sender.clock.now())
            return await off_loop(context.journal.record, purchase.key, flow="inline")
        await _commit_refusal(context, purchase, error)
        raise
    return await _record_profile(context, purchase, state)


async def _await_profile(context: Context, purchase: Purchase) -> Purchase:
    creation = purchase.profile_creation_id
    if next_step(purchase) is not Step.AWAIT_PROFILE or creation is None:
        return purchase
    return await _record_profile(context, purchase, await _ended_profile(context, purchase, creation))


async def _ended_profile(context: Context, purchase: Purchase, creation: str) -> ProfileState:
    """Poll until the creation has ended, and keep the lease meanwhile."""
    reporter = context.reporter()
    state: ProfileState | None = None

    async def ask() -> ProfileState | None:
        nonlocal state
        await _lease(context, purchase)
        state = await read_profile(context, creation, repeat=False)
        return state if state.is_terminal else None

    try:
        return await poll(
            context,
            ask,
            cadence=PROFILE_CADENCE,
            timeout=PROFILE_TIMEOUT,
            show=lambda tick: reporter.update(f"profile {state.status if state else ''} · {tick.words}"),
        )
    except WaitTimeout as error:
        pending = {creation: state.status if state else "unknown"}
        raise WaitTimeout(f"profile creation {creation} is {error.message}", pending=pending) from error
    finally:
        reporter.close()


async def _record_profile(context: Context, purchase: Purchase, state: ProfileState) -> Purchase:
    now = context.sender.clock.now()
    facts = {"profile_creation_id": state.profile_creation_id, "profile_id": state.profile_id, "status": state.status}
    if state.is_terminal and not state.is_ready:
        reason = state.message or "no reason given"
        await off_loop(context.journal.record, purchase.key, **facts, problem=reason, finished_at=now)
        raise OrderFailed(
            f"the profile creation {state.profile_creation_id} ended {state.status}: {reason}.",
            order_id=state.profile_creation_id,
            order_status=state.status,
            next_step="Correct the profile and create it again; nothing was ordered.",
        )
    done = {"finished_at": now} if state.is_ready and purchase.kind == "PROFILE" else {}
    return await off_loop(context.journal.record, purchase.key, **facts, **done)


async def _place_order(context: Context, purchase: Purchase) -> Purchase:
    if next_step(purchase) is not Step.PLACE_ORDER:
        return purchase
    call = post(PATH_ORDERS, order_body(purchase), key=purchase.key)
    attempts = Attempts(lost=purchase.sent_at is not None)
    now = context.sender.clock.now()
    await off_loop(context.journal.record, purchase.key, sent_at=purchase.sent_at or now)
    try:
        state, is_replay = await context.sender.send(call, _order, attempts)
    except OpenProspectError as error:
        # After an attempt that may have arrived, a refusal proves nothing: the purchase stays open.
        if not attempts.lost:
            await _commit_refusal(context, purchase, error)
            if needs_description(purchase, error):
                return await _again_inline(context, purchase)
        else:
            error.next_step = MAY_BE_BOUGHT
        raise
    facts = {"order_id": state.order_id, "status": state.status, "bound_at": context.sender.clock.now()}
    await off_loop(context.journal.record, purchase.key, **facts)
    await off_loop(context.journal.saw, [state], context.sender.clock.now())
    if attempts.lost and not is_replay:
        await _look_for_doubles(context, purchase, state, now)
    return await _reread(context, purchase)


async def _again_inline(context: Context, purchase: Purchase) -> Purchase:
    """Intend the same order with its description in the body, under a new key (contract 1.3, rule 5)."""
    await off_loop(context.journal.record, purchase.key, name=None)
    key = inline_key(purchase.key)
    described = replace(purchase, key=key, flow="inline", intended_at=context.sender.clock.now())
    committed, _ = await off_loop(context.journal.intend, described)
    return committed


async def _look_for_doubles(context: Context, purchase: Purchase, state: OrderState, since: datetime) -> None:
    """Say loudly if the server seems to have made two orders of one key; never guess which one was meant.

    Raises:
        UnsafeToRetry: another order like it appeared since the purchase was first sent.
    """
    earliest = (purchase.sent_at or since) - CLOCK_SKEW
    pages = await all_pages(context, PATH_ORDERS, "orders")
    alike = [other for other in order_states(pages) if looks_like(other, state, purchase, earliest)]
    for other in alike:
        if await off_loop(context.journal.has_order, other.order_id):
            continue
        raise UnsafeToRetry(
            f"the server seems not to honour idempotency keys: orders {state.order_id} and {other.order_id}"
            f" look like one purchase (key {purchase.key}).",
            next_step=f"{state.order_id} is in the journal; ask the vendor to cancel the other one.",
        )


def looks_like(other: OrderState, state: OrderState, purchase: Purchase, earliest: datetime) -> bool:
    """Whether *other* may be a second order of the same purchase: its kind, title and size fit, and its time."""
    if other.order_id == state.order_id or other.created_at is None or other.created_at < earliest:
        return False
    wanted = {"order_type": str(purchase.kind), "title": purchase.options.get("title")}
    fits = all(getattr(other, name) in {None, value} for name, value in wanted.items() if value is not None)
    return fits and other.briefing_quantity in {None, purchase.options.get("briefing_quantity")}


def needs_description(purchase: Purchase, error: OpenProspectError) -> bool:
    """Whether an older server refused a profile's id alone and wants the description beside it."""
    named = {problem.field for problem in error.fields} if isinstance(error, ValidationError) else set()
    return purchase.profile is not None and purchase.flow == "profile" and bool(named & DESCRIPTION_FIELDS)


def inline_key(key: str) -> str:
    """Return the key of the same purchase sent with its description."""
    return derive_key(key, "inline")


async def _commit_refusal(context: Context, purchase: Purchase, error: OpenProspectError) -> None:
    """Commit that the server refused, so that the purchase is known to have bought nothing."""
    if _is_refusal(error.status):
        now = context.sender.clock.now()
        await off_loop(context.journal.record, purchase.key, problem=error.message, finished_at=now)


def _is_refusal(status: int | None) -> bool:
    """Whether the server answered that it did not act and will not: 4xx, but not "try later"."""
    return status is not None and 400 <= status < 500 and status not in {408, 429}


async def _lease(context: Context, purchase: Purchase) -> bool:
    now = context.sender.clock.now().timestamp()
    return await off_loop(context.journal.lease, purchase.key, context.owner, now, LEASE_SECONDS)


async def _reread(context: Context, purchase: Purchase) -> Purchase:
    current = await off_loop(lambda: context.journal.find(key=purchase.key))
    if current is None:
        raise JournalError(f"purchase {purchase.key} is no longer in the journal.", next_step="Nothing more was sent.")
    return current


def _profile(response: Response) -> ProfileState:
    return ProfileState.from_wire(response.mapping())


def _order(response: Response) -> tuple[OrderState, bool]:
    return OrderState.from_wire(response.mapping()), response.is_replay


STEPS: Mapping[Step, Callable[[Context, Purchase], Awaitable[Purchase]]] = {
    Step.CREATE_PROFILE: _create_profile,
    Step.AWAIT_PROFILE: _await_profile,
    Step.PLACE_ORDER: _place_order,
}
