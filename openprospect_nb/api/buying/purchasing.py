"""Carry a purchase out from wherever it stands: one path for fresh purchases and for those found after a crash."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from openprospect_nb.api._resource import Context, below, get, off_loop, post
from openprospect_nb.api.bodies import made
from openprospect_nb.api.buying.doubles import (
    ON_ITS_WAY,
    contradicted,
    doubled,
    doubles_of,
    doubted_since,
    orders_of,
    refuse_after_loss,
)
from openprospect_nb.api.buying.planning import refuse_uncounted, uncounted
from openprospect_nb.api.buying.refusals import wants_description
from openprospect_nb.api.waiting.polling import PROFILE_CADENCE, PROFILE_TIMEOUT, poll
from openprospect_nb.api.waiting.watching import read_order
from openprospect_nb.bounds import refuse
from openprospect_nb.contract import PATH_ORDERS, PATH_PROFILES, OrderStatus, ProfileStatus
from openprospect_nb.errors import (
    AuthenticationError,
    JournalError,
    OpenProspectError,
    OrderFailed,
    PermissionDeniedError,
    RateLimitError,
    UnsafeToRetry,
    ValidationError,
    WaitTimeout,
)
from openprospect_nb.journal import Purchase, PurchaseKind, PurchaseStep, next_step
from openprospect_nb.journal.guard import Standing, after_failure, standing, unread
from openprospect_nb.journal.leases import Lease, name_of
from openprospect_nb.journal.purchase import order_body
from openprospect_nb.journal.sameness import canonical
from openprospect_nb.models import OrderState, ProfileState, text
from openprospect_nb.transport import Attempts, Response, RetryPolicy
from openprospect_nb.transport.idempotency import derive_key
from openprospect_nb.transport.statuses import proves_no_purchase, rule_for

log = logging.getLogger(__name__)
LEASE_POLL_SECONDS: Final = 0.5
# Whoever waits this long for another kernel is told so.
PATIENCE_UNTOLD: Final = 5.0
NO_SUCH_ENDPOINT: Final = frozenset({404, 405})


async def carry_out(
    context: Context, purchase: Purchase, *, last: PurchaseStep = PurchaseStep.NOTHING, patience: float | None = None
) -> Purchase:
    """Do what is left to do for *purchase* and return it as it then stands; stop before step *last*.

    Every fact the server answers is committed to the journal before the next step. While another kernel works on the
    same purchase, this one waits for it, up to *patience* seconds (None: as long as one purchase may take).

    Raises:
        WaitTimeout: the profile is not ready, or another kernel is still at work; nothing was ordered from here.
        UnsafeToRetry: sending could buy twice, or an order may have been made twice.
        OpenProspectError: what a step raised; its text says how far the purchase came, under which key, and what next.
    """
    # An owner of its own, so that two calls of one client take turns like two kernels do.
    context = replace(context, owner=f"{context.owner}:{context.sender.clock.token()}")
    while (step := next_step(purchase)) not in {PurchaseStep.NOTHING, last}:
        await _hold(context, purchase, patience)
        leased = purchase.key
        try:
            purchase = await STEPS[step](context, await _reread(context, purchase))
        except OpenProspectError as error:
            await _explain(context, leased, error)
            raise
        finally:
            await off_loop(context.journal.release, leased, context.owner)
    return purchase


async def carry_out_and_tell(
    context: Context, purchase: Purchase, *, last: PurchaseStep = PurchaseStep.NOTHING
) -> Purchase:
    """As `carry_out`, for a caller whom an error reaches: what it closes is told by that, and no more by resume().

    Raises:
        OpenProspectError: as `carry_out`.
    """
    try:
        return await carry_out(context, purchase, last=last)
    except JournalError:
        # It tells of the disk alone, whatever was written down before.
        raise
    except OpenProspectError as error:
        with suppress(JournalError):
            key = str(error.details.get("idempotency_key"))
            there = await off_loop(lambda: context.journal.find(key=key))
            if there is not None and standing(there) is Standing.CLOSED:
                await off_loop(context.journal.give, [key], context.sender.clock.now())
        raise


async def read_what_stands_in_the_way(context: Context, wanted: Purchase) -> None:
    """Read the orders that an equal purchase would be refused for, so that those that have ended no longer are.

    Raises:
        UnsafeToRetry: one could not be read: for all that is known it runs, whatever the reason. Even a 404 may come
            from a copy of the server's data that lags behind.
    """
    read: set[str] = set()
    while (twin := await off_loop(context.journal.to_read, wanted)) is not None and twin.key not in read:
        read.add(twin.key)
        try:
            await read_order(context, twin.order_id or "")
        except OpenProspectError as error:
            raise unread(twin, wanted.intended_at, error) from error


async def read_profile(context: Context, profile_creation_id: str, *, repeat: bool = True) -> ProfileState:
    """Return what the server says about a profile creation now."""
    return await context.sender.send(get(below(PATH_PROFILES, profile_creation_id)), _profile, repeat=repeat)


async def _hold(context: Context, purchase: Purchase, patience: float | None) -> None:
    """Take the lease of *purchase*, and wait while a living kernel holds it."""
    clock, began, has_said = context.sender.clock, context.sender.clock.monotonic(), False
    limit = PROFILE_TIMEOUT + _longest_step(context) if patience is None else patience
    while (lease := await _lease(context, purchase)).owner != context.owner:
        waited = clock.monotonic() - began
        holder = name_of(lease.owner or "")
        if waited >= limit:
            raise WaitTimeout(
                f"{holder} has been at work on this purchase for {waited:.0f} s (key {purchase.key}).",
                pending={purchase.key: str(standing(purchase))},
                next_step="Nothing was sent from here: let it finish, or end it, then run this again.",
            )
        if waited >= PATIENCE_UNTOLD and not has_said:
            has_said = True
            log.warning("%s is at work on this purchase (key %s); waiting for it.", holder, purchase.key)
        await clock.sleep(LEASE_POLL_SECONDS)


async def _create_profile(context: Context, purchase: Purchase) -> Purchase:
    if next_step(purchase) is not PurchaseStep.CREATE_PROFILE:
        return purchase
    if standing(purchase) is Standing.UNSENT:
        await _compare_after_loss(context, purchase)
    sending = await _begin(context, purchase, "profile_sent_at")
    call = post(PATH_PROFILES, canonical(purchase.profile).encode(), key=purchase.profile_key)
    try:
        state = await context.sender.send(call, _profile, sending.attempts, deadline=sending.deadline)
    except OpenProspectError as error:
        if context.settings.flow == "auto" and error.status in NO_SUCH_ENDPOINT and sending.proves_nothing_came:
            await off_loop(context.journal.learn_flow, "inline", context.sender.clock.now())
            await _refuse_uncounted(context, purchase)
            return await off_loop(context.journal.record, purchase.key, flow="inline", profile_sent_at=None)
        await _take_back(context, purchase, sending, error)
        raise
    return await _record_profile(context, purchase, state)


async def _await_profile(context: Context, purchase: Purchase) -> Purchase:
    creation = purchase.profile_creation_id
    if next_step(purchase) is not PurchaseStep.AWAIT_PROFILE or creation is None:
        return purchase
    return await _record_profile(context, purchase, await _ended_profile(context, purchase, creation))


async def _ended_profile(context: Context, purchase: Purchase, creation: str) -> ProfileState:
    reporter = context.reporter()
    state: ProfileState | None = None

    async def ask() -> ProfileState | None:
        nonlocal state
        # Each poll renews the lease: another kernel must not take a purchase over that is being waited for.
        await _lease(context, purchase)
        state = await read_profile(context, creation, repeat=False)
        return state if state.is_terminal else None

    try:
        return await poll(
            context,
            ask,
            cadence=PROFILE_CADENCE,
            timeout=context.profile_timeout,
            show=lambda tick: reporter.update(f"profile {state.status if state else ''} · {tick.words}"),
        )
    except WaitTimeout as error:
        pending = {creation: state.status if state else "unknown"}
        ordered = "" if purchase.kind is PurchaseKind.PROFILE else "no order was placed yet: "
        raise WaitTimeout(f"{ordered}profile creation {creation} is {error.message}", pending=pending) from error
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
    done = {"finished_at": now, "bound_at": now} if state.is_ready and purchase.kind is PurchaseKind.PROFILE else {}
    return await off_loop(context.journal.record, purchase.key, **facts, **done)


async def _place_order(context: Context, purchase: Purchase) -> Purchase:
    if next_step(purchase) is not PurchaseStep.PLACE_ORDER:
        return purchase
    if standing(purchase) is Standing.UNCONFIRMED:
        there = await find_at_the_server(context, purchase)
        if there is not None:
            return there
    elif purchase.profile_key is None:
        await _compare_after_loss(context, purchase)
    sending = await _begin(context, purchase, "sent_at")
    call = post(PATH_ORDERS, order_body(purchase), key=purchase.key)
    try:
        state, is_replay = await context.sender.send(call, _order, sending.attempts, deadline=sending.deadline)
    except OpenProspectError as error:
        if await _take_back(context, purchase, sending, error) and needs_description(purchase, error):
            return await _again_inline(context, purchase)
        raise
    # Of the attempts that prove nothing, one is the last, which brought this order.
    in_doubt = not is_replay and (sending.was_sent or sending.attempts.unproven > 1)
    doubted = doubted_since(sending.first, is_ours=not sending.was_sent) if in_doubt else None
    placed = await _record_order(context, purchase, state, doubted=doubted)
    if in_doubt:
        await _compare_after_placing(context, placed, state)
    return placed


async def _record_order(
    context: Context, purchase: Purchase, state: OrderState, *, doubted: datetime | None
) -> Purchase:
    """Commit that *purchase* became an order, and since when the server may have made a second one."""
    now = context.sender.clock.now()
    try:
        contradiction = await off_loop(context.journal.bind, purchase.key, state, now, doubted=doubted)
        await off_loop(context.journal.saw, [state], now)
        placed = await _reread(context, purchase)
    except JournalError as error:
        raise JournalError(
            f"order {state.order_id} is placed (key {purchase.key}), but could not be written down: {error.message}",
            next_step=f"{error.next_step} Then client.journal.resume() finds the order by its key.",
        ) from error
    if contradiction is not None:
        raise contradicted(contradiction, state.order_id)
    return placed


async def _compare_after_placing(context: Context, purchase: Purchase, state: OrderState) -> None:
    """Say loudly if the server seems to have made two orders of one key; never guess which one was meant."""
    try:
        others = await doubles_of(context, purchase, state)
    except OpenProspectError as error:
        log.warning(
            "order %s is placed (key %s); whether the server made a second one could not be checked (%s): compare"
            " client.orders.list(), or call client.journal.resume() later.",
            state.order_id,
            purchase.key,
            error.message,
        )
        return
    if others:
        raise doubled(purchase, state, others)


async def look_for_doubles(context: Context, purchase: Purchase) -> UnsafeToRetry | None:
    """Compare a doubtful *purchase* with the server's list once more; return what has to be said, if anything.

    The doubt ends once the list was seen after all that was on its way must have arrived; where something has to be
    said, it ends when that was shown.

    Raises:
        OpenProspectError: the list cannot be had.
    """
    contradiction = await off_loop(context.journal.contradiction, purchase)
    if contradiction is not None:
        return contradicted(contradiction, purchase.order_id or "")
    own = OrderState(order_id=purchase.order_id or "", status=purchase.status or "")
    others = await doubles_of(context, purchase, own)
    if others:
        return doubled(purchase, own, others)
    if context.sender.clock.now() - (purchase.bound_at or purchase.intended_at) > ON_ITS_WAY:
        await off_loop(context.journal.record, purchase.key, doubted_at=None)
    return None


async def find_at_the_server(context: Context, purchase: Purchase) -> Purchase | None:
    """Bind an unconfirmed *purchase* to its order, if the server surely lists it; send nothing.

    Raises:
        UnsafeToRetry: an order that may be it is listed, or two that surely are; or the list cannot be had.
    """
    sure = await orders_of(context, purchase)
    if not sure:
        return None
    # A copy that was held up on its way may still become another one; and who dies now has not shown what is there.
    doubted = doubted_since(purchase.sent_at or purchase.intended_at)
    placed = await _record_order(context, purchase, sure[0], doubted=doubted)
    if len(sure) > 1:
        raise doubled(placed, sure[0], sure[1:])
    return placed


async def _compare_after_loss(context: Context, purchase: Purchase) -> None:
    try:
        await refuse_after_loss(context, purchase)
    except UnsafeToRetry as refused:
        # Closed, so that nothing finishes it later: whoever wants it all the same says again=True.
        now = context.sender.clock.now()
        await off_loop(context.journal.record, purchase.key, problem=refused.message, finished_at=now)
        raise


async def _again_inline(context: Context, purchase: Purchase) -> Purchase:
    """Intend the same order with its description in the body, under a new key (contract 1.3, rule 5)."""
    await _refuse_uncounted(context, purchase)
    now = context.sender.clock.now()
    described = replace(purchase, key=inline_key(purchase.key), flow="inline", intended_at=now, sent_at=None)
    return await off_loop(context.journal.succeed, purchase.key, described)


async def _refuse_uncounted(context: Context, purchase: Purchase) -> None:
    """Close a discovery order under a budget, or of a pilot, before it goes the older way: its number is not sent."""
    try:
        if purchase.counted:
            refuse_uncounted("inline")
        refuse(uncounted(purchase.budget) if purchase.kind is PurchaseKind.DISCOVERY else [], "the order")
    except OpenProspectError as refused:
        now = context.sender.clock.now()
        problem = refused.fields[0].message if isinstance(refused, ValidationError) else refused.message
        await off_loop(context.journal.record, purchase.key, problem=problem, finished_at=now)
        raise


def needs_description(purchase: Purchase, error: OpenProspectError) -> bool:
    """Whether an older server refused a profile's id alone and wants the description beside it."""
    return purchase.profile is not None and purchase.flow == "profile" and wants_description(error)


def inline_key(key: str) -> str:
    """Return the key of the same purchase sent with its description."""
    return derive_key(key, "inline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One POST that may buy: which time it is noted under, when it first left, and what became of it now.

    *was_sent* says that it left before, from another call or kernel.
    """

    moment: str
    first: datetime
    was_sent: bool
    attempts: Attempts
    deadline: float

    @property
    def proves_nothing_came(self) -> bool:
        """Whether no attempt, now or earlier, can have reached the server without its saying that it did nothing."""
        return not self.was_sent and not self.attempts.unproven


async def _begin(context: Context, purchase: Purchase, moment: str) -> Sending:
    """Commit that a POST is about to leave; when it first left is kept."""
    sent, now = getattr(purchase, moment), context.sender.clock.now()
    if sent is None:
        await off_loop(context.journal.record, purchase.key, **{moment: now})
    deadline = context.sender.clock.monotonic() + _longest_step(context)
    return Sending(moment=moment, first=sent or now, was_sent=sent is not None, attempts=Attempts(), deadline=deadline)


async def _take_back(context: Context, purchase: Purchase, sending: Sending, error: OpenProspectError) -> bool:
    """Commit what a failed POST proves, and return whether the purchase is closed: refused, and nothing was bought.

    Where no attempt got through, nothing was sent after all. In any other case the purchase stays open.
    """
    if not sending.proves_nothing_came:
        return False
    if proves_no_purchase(error.status):
        now = context.sender.clock.now()
        await off_loop(context.journal.record, purchase.key, problem=error.message, finished_at=now)
        return True
    await off_loop(context.journal.record, purchase.key, **{sending.moment: None})
    return False


async def _explain(context: Context, key: str, error: OpenProspectError) -> None:
    """Have *error* say how far the purchase under *key* came, and what to do."""
    try:
        purchase = await off_loop(lambda: context.journal.find(key=key))
    except JournalError:
        return
    error.details = {**error.details, "idempotency_key": key}
    if purchase is None:
        return
    if purchase.order_id is not None:
        error.details["order_id"] = purchase.order_id
    if not isinstance(error, UnsafeToRetry | OrderFailed | JournalError):
        error.next_step = words_after(error, purchase, context.sender.clock.now())


def words_after(error: OpenProspectError, purchase: Purchase, now: datetime) -> str:
    """Return the next step after *error*, by how far *purchase* came."""
    where = standing(purchase)
    if where in {Standing.CLOSED, Standing.PLACED}:
        return error.next_step
    # What only the user can mend comes first.
    named = isinstance(error, AuthenticationError | PermissionDeniedError | RateLimitError)
    is_for_the_user = named or rule_for(error.status).next_step is not None
    after = after_failure(purchase, now)
    return f"{error.next_step} {after}" if is_for_the_user else after


def _longest_step(context: Context) -> float:
    """Return the seconds within which a step ends, or is heard of again; its lease is taken for so long."""
    settings, tries = context.settings, RetryPolicy().tries
    return tries * (settings.timeout + max(settings.max_wait, RetryPolicy().cap))


async def _lease(context: Context, purchase: Purchase) -> Lease:
    clock = context.sender.clock
    now, monotonic = clock.now().timestamp(), clock.monotonic()
    seconds = _longest_step(context)
    return await off_loop(context.journal.lease, purchase.key, context.owner, seconds, now=now, monotonic=monotonic)


async def _reread(context: Context, purchase: Purchase) -> Purchase:
    current = await off_loop(lambda: context.journal.find(key=purchase.key))
    if current is None:
        raise JournalError(f"purchase {purchase.key} is no longer in the journal.", next_step="Nothing more was sent.")
    return current


def _profile(response: Response) -> ProfileState:
    noun, status = "profile_creation", str(ProfileStatus.PENDING)
    return ProfileState.from_wire(made(response, PATH_PROFILES, "profile_creation_id", noun, status))


def _order(response: Response) -> tuple[OrderState, bool]:
    new = str(OrderStatus.RECEIVED)
    facts = made(response, PATH_ORDERS, "order_id", "order", new)
    # An id is all it takes to have bought; a server that forgot to say the state has received the order.
    return OrderState.from_wire({**facts, "status": text(facts.get("status")) or new}), response.is_replay


STEPS: Mapping[PurchaseStep, Callable[[Context, Purchase], Awaitable[Purchase]]] = {
    PurchaseStep.CREATE_PROFILE: _create_profile,
    PurchaseStep.AWAIT_PROFILE: _await_profile,
    PurchaseStep.PLACE_ORDER: _place_order,
}
