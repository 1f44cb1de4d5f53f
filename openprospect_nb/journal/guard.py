"""What to do about a purchase that is there already: decided here, from what the journal knows, and nowhere else.

Three questions are asked. The same order is wanted again without a name or key (`on_rerun`); a purchase is come back to
under its own key or name, or by ``resume()`` (`on_return`); an id is about to be sent a second time (`is_trusted`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from openprospect_nb.errors import OpenProspectError, UnsafeToRetry
from openprospect_nb.journal.purchase import Purchase, PurchaseKind
from openprospect_nb.markup.text import clean

# An equal order so soon after the first is almost always a cell run twice.
SAME_PURCHASE_WINDOW: Final = timedelta(minutes=10)
# Nobody documents how long the server keeps its idempotency keys (contract I6); a day is what such servers commonly do.
KEYS_KEPT: Final = timedelta(hours=24)
# A stamp that lies further ahead than clocks commonly differ tells nothing about the purchase's age.
CLOCK_SLACK: Final = timedelta(minutes=10)


class Standing(StrEnum):
    """How far a purchase came, in what matters for buying twice."""

    UNSENT = "nothing was sent yet"
    PROFILE_UNCONFIRMED = "its profile was sent and never confirmed; no order was sent"
    PROFILE_MADE = "its profile is at the server; no order was sent"
    UNCONFIRMED = "sent and never confirmed"
    PLACED = "placed"
    CLOSED = "closed; it bought nothing"


class Decision(StrEnum):
    """What to do."""

    BUY = "make a new purchase"
    GO_ON = "go on with the purchase that is there"
    READ = "read the order that is there, and send nothing unless it has ended"
    REFUSE = "send nothing and ask"
    SUPERSEDE = "close it: the same order was bought under another key"


MAY_BE_AT_THE_SERVER: Final = frozenset({Standing.UNCONFIRMED, Standing.PROFILE_UNCONFIRMED})


def standing(purchase: Purchase) -> Standing:
    """Return how far *purchase* came."""
    if purchase.problem is not None:
        return Standing.CLOSED
    if purchase.order_id is not None or (purchase.kind is PurchaseKind.PROFILE and purchase.profile_id is not None):
        return Standing.PLACED
    if purchase.sent_at is not None:
        return Standing.UNCONFIRMED
    if purchase.profile_creation_id is not None:
        return Standing.PROFILE_MADE
    return Standing.UNSENT if purchase.profile_sent_at is None else Standing.PROFILE_UNCONFIRMED


def on_rerun(equals: Sequence[Purchase], now: datetime) -> tuple[Decision, Purchase | None]:
    """Decide about an order wanted without a name or key, beside the equal purchases that the journal holds.

    ==================================  ============================================
    the equal purchase is               then
    ==================================  ============================================
    not sent, or its profile is made    go on with it, whatever its age
    its profile may be at the server    go on under its key for a day, then refuse
    sent and never confirmed            refuse, whatever its age
    placed, and nobody was given it     give it, whatever its age
    placed within ten minutes           refuse; counted from when its id came
    placed earlier, not seen to end     read it, and refuse unless it has ended
    placed earlier and ended, closed    buy
    ==================================  ============================================
    """
    open_ones = [(_on_rerun_of(p, now), p) for p in equals]
    for decision in (Decision.REFUSE, Decision.GO_ON, Decision.READ):
        latest = [p for decided, p in open_ones if decided is decision]
        if latest:
            return decision, latest[-1]
    return Decision.BUY, None


def on_return(
    purchase: Purchase,
    equals: Sequence[Purchase],
    now: datetime,
    *,
    limit: timedelta | None = KEYS_KEPT,
    is_asked_for: bool = True,
) -> Decision:
    """Decide about a purchase that is come back to; *equals* are all equal ones in the journal's order, it included.

    What may be at the server is sent again only while the server surely remembers its key. Of a purchase and its reruns
    one is bought: see `rivals`.

    Args:
        purchase: as the journal has it.
        equals: the purchases of the same thing.
        now: the time.
        limit: the age from which the user is asked first; None asks at no age.
        is_asked_for: whether the user named this very purchase; else one that was never sent is asked about too.
    """
    where = standing(purchase)
    if where in {Standing.CLOSED, Standing.PLACED}:
        return Decision.GO_ON
    if any(_comes_first(rival, purchase, equals) for rival in rivals(purchase, equals)):
        return Decision.SUPERSEDE
    if where in MAY_BE_AT_THE_SERVER:
        goes_on = not purchase.lost and (limit is None or may_be_sent_again(purchase, now, limit))
    else:
        goes_on = is_asked_for or limit is None or now - purchase.intended_at < limit
    return Decision.GO_ON if goes_on else Decision.REFUSE


def rivals(purchase: Purchase, equals: Sequence[Purchase]) -> list[Purchase]:
    """Return the equal purchases of which, with *purchase*, only one was meant.

    A later purchase is a rerun of an earlier one if that was still open when the later was intended, unless its caller
    said ``again=True``.
    """
    place = _place(purchase, equals)
    earlier = [p for p in equals[:place] if _is_rerun(purchase, p)]
    later = [p for p in equals[place + 1 :] if _is_rerun(p, purchase)]
    return [p for p in (*earlier, *later) if standing(p) is not Standing.CLOSED]


def is_trusted(sent: datetime | None, now: datetime, limit: timedelta = KEYS_KEPT) -> bool:
    """Whether a server surely still knows a key that first left at *sent*: younger than *limit* by a clock in order."""
    return sent is not None and -CLOCK_SLACK <= now - sent < limit


def may_be_sent_again(purchase: Purchase, now: datetime, limit: timedelta = KEYS_KEPT) -> bool:
    """Whether what may be at the server is young enough, since it was intended and since it first left."""
    return is_trusted(first_sent(purchase), now, limit) and now - purchase.intended_at < limit


def first_sent(purchase: Purchase) -> datetime | None:
    """Return when what is not confirmed first left."""
    return purchase.profile_sent_at if purchase.sent_at is None else purchase.sent_at


def refusal(purchase: Purchase, now: datetime) -> UnsafeToRetry:
    """Return the error that says what stands in the way, and how to go on."""
    where, key = standing(purchase), purchase.key
    if where is Standing.PLACED:
        is_running = _on_rerun_of(purchase, now) is Decision.READ
        ended = f" and has not ended ({clean(purchase.status or 'not seen', 40)})" if is_running else ""
        return UnsafeToRetry(f"{_placed(purchase, now)}{ended}.", next_step=_beside(purchase, now))
    if where not in MAY_BE_AT_THE_SERVER:
        return UnsafeToRetry(
            f"an equal purchase is open since {ago(purchase.intended_at, now)} (key {key}): {where}.",
            next_step="Go on with it by the same call without name= and idempotency_key=, or by"
            " client.journal.resume(); again=True buys once more.",
        )
    what = "it may have been placed" if where is Standing.UNCONFIRMED else "no order was placed, a profile may be there"
    return UnsafeToRetry(
        f"an equal purchase was sent {ago(first_sent(purchase) or now, now)} (not confirmed yet, key {key}): {what}.",
        next_step=way_on(purchase, now),
    )


def unread(purchase: Purchase, now: datetime, why: OpenProspectError) -> UnsafeToRetry:
    """Return the error for an order in the way that could not be read: it may run, so nothing is bought beside it."""
    return UnsafeToRetry(
        f"{_placed(purchase, now)}, and whether it has ended could not be read ({why.message.rstrip('.')}).",
        next_step=f"Run this again when client.orders.get({purchase.order_id!r}) works. {_beside(purchase, now)}",
    )


def way_on(purchase: Purchase, now: datetime) -> str:
    """Return what to do about a purchase that may be at the server."""
    key = purchase.key
    if purchase.lost:
        return (
            f"Its text was lost: compare client.orders.list(), then say client.journal.bind({key!r}, order_id) or"
            f" client.journal.drop({key!r})."
        )
    if may_be_sent_again(purchase, now):
        return "Finish it with client.journal.resume(), under its key; again=True buys one more beside it."
    return (
        "The server may have forgotten its key, so it is not sent again unasked. Compare client.orders.list(): if it is"
        f" there, client.journal.bind({key!r}, order_id); if not, client.journal.resume(keys=[{key!r}]), or"
        f" client.journal.drop({key!r})."
    )


def asking(purchase: Purchase, now: datetime) -> str:
    """Return why ``resume()`` leaves *purchase* alone, and how to have it finished all the same."""
    where, key = standing(purchase), purchase.key
    if where in MAY_BE_AT_THE_SERVER and (purchase.lost or not may_be_sent_again(purchase, now)):
        return f"{where}, {ago(first_sent(purchase) or now, now)}. {way_on(purchase, now)}"
    done, since = ("sent", first_sent(purchase)) if where in MAY_BE_AT_THE_SERVER else ("intended", None)
    age = ago(since or purchase.intended_at, now)
    return f"{done} {age}; call client.journal.resume(keys=[{key!r}]) if you still want it"


def after_failure(purchase: Purchase, now: datetime) -> str:
    """Return what to do after an error that ended an attempt to carry *purchase* out."""
    where, key = standing(purchase), purchase.key
    if where is Standing.UNCONFIRMED and may_be_sent_again(purchase, now):
        return (
            "It may have been placed all the same: finish it with client.journal.resume(), under its key"
            f" ({key}); do not order anew."
        )
    if where in MAY_BE_AT_THE_SERVER and not may_be_sent_again(purchase, now):
        return way_on(purchase, now)
    sent = "Nothing was sent" if where is Standing.UNSENT else "No order was placed yet"
    doubt = "; its profile may have been made" if where is Standing.PROFILE_UNCONFIRMED else ""
    if purchase.kind is PurchaseKind.PROFILE:
        sent, doubt = "No order is part of this", ""
    return (
        f"{sent}{doubt}: run the same call again, or client.journal.resume(), and this purchase goes on (key {key});"
        " nothing is bought twice."
    )


def superseded_by(purchase: Purchase, equals: Sequence[Purchase]) -> str:
    """Return why *purchase* is not gone on with: which of its rivals was bought, or comes first."""
    first = next(rival for rival in rivals(purchase, equals) if _comes_first(rival, purchase, equals))
    doubt = ""
    if standing(purchase) is Standing.UNCONFIRMED:
        doubt = " This one was sent and never confirmed: look for a second order in client.orders.list()."
    bought = f"as order {first.order_id}" if first.order_id else f"under key {first.key}"
    return f"superseded: the same order was bought {bought}.{doubt}"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago something was, for messages; a stamp ahead of the clock counts as now."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    return f"{minutes} min ago" if minutes < 180 else f"{minutes // 60} h ago"


def _placed(purchase: Purchase, now: datetime) -> str:
    made = f"order {purchase.order_id}" if purchase.order_id else f"profile {purchase.profile_id}"
    return f"an equal purchase was placed {ago(purchase.bound_at or purchase.intended_at, now)} ({made})"


def _beside(purchase: Purchase, now: datetime) -> str:
    """Return how to use what was placed, or to buy one more."""
    if purchase.order_id is None:
        return "Use that profile, or pass again=True to make one more."
    use = f"client.orders.get({purchase.order_id!r})"
    if _on_rerun_of(purchase, now) is Decision.READ:
        return (
            "To buy once more pass a name= of its own: with it this call finds its order again however often it runs."
            f" Or use that order with {use}; again=True buys one more each time it runs."
        )
    # Within the ten minutes a cell that ran twice is likelier than a second order, and its name= would come too late
    # for this one: it is said for the next, and first, because it ends the question for good.
    return (
        "An order placed with a name= is found again however often its cell runs; this one is"
        f" {use}. again=True buys one more each time it runs."
    )


def _on_rerun_of(twin: Purchase, now: datetime) -> Decision:
    where = standing(twin)
    if where is Standing.CLOSED:
        return Decision.BUY
    if where is Standing.PLACED:
        return _on_rerun_of_placed(twin, now)
    if where is Standing.UNCONFIRMED:
        return Decision.REFUSE
    if where is Standing.PROFILE_UNCONFIRMED and not may_be_sent_again(twin, now):
        return Decision.REFUSE
    return Decision.GO_ON


def _on_rerun_of_placed(twin: Purchase, now: datetime) -> Decision:
    if twin.given_at is None:
        return Decision.GO_ON
    if now - (twin.bound_at or twin.intended_at) <= SAME_PURCHASE_WINDOW:
        return Decision.REFUSE
    is_over = twin.finished_at is not None or twin.order_id is None
    return Decision.BUY if is_over else Decision.READ


def _comes_first(rival: Purchase, purchase: Purchase, equals: Sequence[Purchase]) -> bool:
    """Whether *rival* is the one to be bought: it was; or it alone may have been; or it is the later of two unsent."""
    theirs, ours = standing(rival), standing(purchase)
    if theirs is Standing.PLACED:
        return True
    if Standing.UNCONFIRMED in {theirs, ours}:
        return ours is not Standing.UNCONFIRMED
    return _place(rival, equals) > _place(purchase, equals)


def _is_rerun(later: Purchase, earlier: Purchase) -> bool:
    if later.again:
        return False
    placed = standing(earlier) is Standing.PLACED
    return not placed or (earlier.bound_at or earlier.intended_at) > later.intended_at


def _place(purchase: Purchase, equals: Sequence[Purchase]) -> int:
    return [p.key for p in equals].index(purchase.key)
