"""Orders on the server that may be the purchase at hand, although this journal does not know them.

Asked at three moments: before something that may have arrived is sent again, before the first order after the journal
lost something, and after an order whose first attempt was lost. Titles and sizes repeat, and colleagues order too: what
is found may be ours, and is never called more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from openprospect_nb.api._resource import Context, off_loop
from openprospect_nb.api.listing import order_states, walked
from openprospect_nb.contract import PATH_ORDERS
from openprospect_nb.errors import ContractError, OpenProspectError, UnsafeToRetry
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.journal.guard import is_trusted
from openprospect_nb.models import OrderState
from openprospect_nb.transport.idempotency import REST, derive_key

# For so long any server that keeps keys at all still knows one: a repeat then says which order it was.
KEYS_SURELY_KEPT: Final = timedelta(hours=1)
# Clocks of client and server differ by hours where a time zone is set wrong; by a day they never do.
CLOCKS_APART: Final = timedelta(days=1)
# How far the clocks of one server's machines are apart, or how coarse its stamps are; a longer time accuses colleagues.
SERVER_SLACK: Final = timedelta(minutes=1)
# A copy of a request that was held up on its way arrives within an hour, or never.
ON_ITS_WAY: Final = timedelta(hours=1)
# How far back an order may be the one that a lost journal had bought, counted from the newest order there is.
RECENT: Final = timedelta(days=7)
# Letters from which on a part of a text tells which it is.
_TELLING: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What the server lists, and of it the orders that fit a purchase and became none of this journal's."""

    orders: Sequence[OrderState]
    strangers: Sequence[OrderState]


def fits(order: OrderState, purchase: Purchase, own: OrderState | None = None) -> bool:
    """Whether *order* may be what *purchase* wanted: nothing that both state speaks against it.

    Servers spell what they echo in their own way: a title cut or with words before it, another case, an id with its
    version, 0 for a number that has not come yet. How *own*, the order that the purchase became, is spelled counts too.
    """
    wanted = {
        "order_type": str(purchase.kind),
        "title": purchase.options.get("title"),
        "briefing_quantity": purchase.options.get("briefing_quantity"),
        "profile_id": purchase.profile_id,
    }
    for name, value in wanted.items():
        stated = getattr(order, name)
        alike = not stated or _is_id(stated, value) if name == "profile_id" else _is_alike(stated, value)
        if value is not None and not alike and stated != getattr(own, name, None):
            return False
    return True


def _is_alike(stated: object, wanted: object) -> bool:
    """Whether what a server states may be its spelling of what was wanted; what it does not state may be."""
    if not stated:
        return True
    if not isinstance(stated, str) or not isinstance(wanted, str):
        return stated == wanted
    theirs, ours = (" ".join(text.casefold().split()).rstrip(".… ") for text in (stated, wanted))
    return theirs == ours or (min(len(theirs), len(ours)) >= _TELLING and (theirs in ours or ours in theirs))


def _is_id(stated: str | None, wanted: str | None) -> bool:
    """Whether an id is the one wanted, or that with a version behind it; a longer one is another."""
    theirs, ours = (stated or "").casefold(), (wanted or "").casefold()
    rest = theirs.removeprefix(ours)
    return bool(ours) and theirs.startswith(ours) and not rest[:1].isalnum() and not rest.startswith(("-", "_"))


def is_surely(order: OrderState, purchase: Purchase) -> bool:
    """Whether *order* is *purchase*: it fits, and was placed with the profile that was made for this purchase alone."""
    return purchase.profile_key is not None and _is_id(order.profile_id, purchase.profile_id) and fits(order, purchase)


async def its_own(context: Context, purchase: Purchase) -> Purchase:
    """Return *purchase* as one whose profile was made for it, if it is the rest of a pilot whose profile was."""

    def as_owner() -> Purchase:
        made = context.journal.made_for(purchase.profile_id) if purchase.profile_key is None else None
        is_rest = made is not None and purchase.key == derive_key(made.key, REST)
        return replace(purchase, profile_key=made.profile_key) if made is not None and is_rest else purchase

    return await off_loop(as_owner)


def doubted_since(sent: datetime, *, is_ours: bool = False) -> datetime:
    """Return since when the server may have made a second order of what was first *sent* then.

    Who sent it had a clock of its own, unless the time *is ours*: what is measured with two clocks may be hours off.
    """
    return sent if is_ours else sent - CLOCKS_APART


def made_since(orders: Iterable[OrderState], earliest: datetime | None) -> list[OrderState]:
    """Return the orders made at *earliest* or later; one that does not tell its time may have been."""
    return [o for o in orders if earliest is None or o.created_at is None or o.created_at >= earliest]


def made_meanwhile(shelf: Shelf, own: OrderState, elapsed: timedelta) -> list[OrderState]:
    """Return the strangers that were made while *own* was being placed, by the server's own stamps alone.

    The client's clock only tells how long that took, so it may be wrong by hours.
    """
    listed = next((order for order in shelf.orders if order.order_id == own.order_id), own)
    made = listed.created_at or own.created_at
    if made is None:
        return list(shelf.strangers)
    window = max(elapsed, timedelta()) + SERVER_SLACK
    since = made_since(shelf.strangers, made - window)
    return [order for order in since if order.created_at is None or order.created_at <= made + ON_ITS_WAY]


def recent(shelf: Shelf) -> list[OrderState]:
    """Return the strangers made within a week of the newest order that the server lists."""
    stamps = [order.created_at for order in shelf.orders if order.created_at is not None]
    return made_since(shelf.strangers, max(stamps) - RECENT if stamps else None)


async def shelf_of(context: Context, purchase: Purchase, order_id: str | None = None) -> Shelf:
    """Return the server's list, beside what *purchase* wants, or became: its own order is spelled as the server does.

    Raises:
        OpenProspectError: it cannot be had, or not whole: a list with gaps proves of no order that it is not there.
    """
    pages, walk = await walked(context, PATH_ORDERS, "orders")
    if walk.trouble:
        raise ContractError(f"the list of orders may be incomplete: {walk.trouble}.", code="LIST_INCOMPLETE")
    orders = order_states(pages)
    # Read after the list: what another kernel bought meanwhile is known by then.
    ours = await off_loop(context.journal.order_ids)
    own = next((order for order in orders if order.order_id == order_id), None)
    return Shelf(orders=orders, strangers=[o for o in orders if o.order_id not in ours and fits(o, purchase, own)])


async def orders_of(context: Context, purchase: Purchase) -> list[OrderState]:
    """Return the orders that an unconfirmed *purchase* surely became, oldest first; none if it may be sent again.

    More than one was made by a server that does not honour idempotency keys.

    Raises:
        UnsafeToRetry: its key may be forgotten, and an order that may be it is there; or the list cannot be had.
    """
    now = context.sender.clock.now()
    is_fresh = is_trusted(purchase.sent_at, now, KEYS_SURELY_KEPT)
    try:
        shelf = await shelf_of(context, purchase)
    except OpenProspectError as error:
        if is_fresh:
            return []
        raise _not_compared(error) from error
    sent = purchase.sent_at or now
    candidates = made_since(shelf.strangers, sent - CLOCKS_APART if sent <= now else None)
    owner = await its_own(context, purchase)
    sure = [order for order in candidates if is_surely(order, owner)]
    if sure or not candidates or is_fresh:
        return sorted(sure, key=lambda order: order.created_at or now)
    key = purchase.key
    raise UnsafeToRetry(
        f"not sent again: {_names(candidates)} may be this purchase (key {key}), or somebody else's.",
        next_step=f"If it is yours: client.journal.bind({key!r}, {candidates[0].order_id!r}). If it is not:"
        f" client.journal.drop({key!r}), then order again.",
    )


async def refuse_after_loss(context: Context, purchase: Purchase) -> None:
    """Compare with the server before the first byte of a new purchase while a loss is not acknowledged.

    Raises:
        UnsafeToRetry: an order that the lost part of the journal may have bought is there; or the list cannot be had.
    """
    if purchase.again or purchase.kind is PurchaseKind.PROFILE or not await off_loop(context.journal.losses):
        return
    try:
        candidates = recent(await shelf_of(context, purchase))
    except OpenProspectError as error:
        raise _not_compared(error) from error
    if candidates:
        raise UnsafeToRetry(
            f"not sent: the journal lost purchases, and {_names(candidates)} may be this one.",
            next_step="Use it with client.orders.get(...); or buy one more with again=True; or, once you have looked"
            " through client.orders.list(), call client.journal.acknowledge().",
        )


async def doubles_of(context: Context, purchase: Purchase, own: OrderState) -> list[OrderState]:
    """Return orders that may be a second one of *purchase*, made although it was sent under one key.

    Raises:
        OpenProspectError: the list cannot be had, or does not even show *own*.
    """
    shelf = await shelf_of(context, purchase, own.order_id)
    if own.order_id not in {order.order_id for order in shelf.orders}:
        raise ContractError("the list does not show the order itself.", request=f"GET {PATH_ORDERS}")
    placed = purchase.bound_at or context.sender.clock.now()
    since = min(purchase.doubted_at or placed, purchase.sent_at or purchase.intended_at)
    meanwhile = made_meanwhile(shelf, own, placed - since)
    return [o for o in shelf.strangers if o in meanwhile or is_surely(o, purchase)]


def doubled(purchase: Purchase, own: OrderState, others: Sequence[OrderState]) -> UnsafeToRetry:
    """Return the error that names two orders which may be one purchase."""
    ids = " and ".join([own.order_id, *(order.order_id for order in others)])
    stamps = ", ".join(_stamp(order) for order in (own, *others))
    return UnsafeToRetry(
        f"the server may not honour idempotency keys: orders {ids} look like one purchase (key {purchase.key};"
        f" created {stamps}), unless somebody else ordered the same.",
        next_step=f"{own.order_id} is in the journal, use it with client.orders.get({own.order_id!r}). If"
        f" {others[0].order_id} is nobody's, ask the vendor to cancel it.",
    )


def contradicted(words: str, order_id: str) -> UnsafeToRetry:
    """Return the error about a response that named an order which cannot be this purchase's, or not alone."""
    return UnsafeToRetry(
        f"the server's response to this purchase cannot be right: {words}.",
        next_step=f"See client.orders.get({order_id!r}) and client.orders.list(), and ask the vendor.",
    )


def _not_compared(error: OpenProspectError) -> UnsafeToRetry:
    return UnsafeToRetry(
        f"not sent: the server's orders had to be compared first, and the list cannot be had ({error.message})",
        next_step="Run it again when client.orders.list() works; nothing was sent.",
    )


def _names(orders: Sequence[OrderState]) -> str:
    listed = ", ".join(f"{order.order_id} (created {_stamp(order)})" for order in orders[:20])
    return f"order {listed}" if len(orders) == 1 else f"orders {listed}"


def _stamp(order: OrderState) -> str:
    return f"{order.created_at:%Y-%m-%d %H:%M} UTC" if order.created_at is not None else "at an unknown time"
