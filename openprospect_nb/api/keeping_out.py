"""Keep out of an order what this home has: one blacklist a home, brought up to date before it is attached.

The file beside the results knows which list it is, and of which orders the companies are on it, by number and a short
mark of their text: it holds no company. What is on the list already is not sent again; who was forgotten is taken off.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from openprospect_nb.api._resource import Context, below, off_loop
from openprospect_nb.api.blacklists import AsyncBlacklists
from openprospect_nb.api.buying.known import bought_by_order
from openprospect_nb.api.buying.purchasing import read_what_stands_in_the_way
from openprospect_nb.api.fetching.results import results_of
from openprospect_nb.api.listing import fetch_page
from openprospect_nb.contract import PATH_BLACKLISTS, OrderStatus
from openprospect_nb.errors import ContractError, NotFoundError, OpenProspectError, WaitTimeout
from openprospect_nb.files.saving import save_whole
from openprospect_nb.frames.admission import forgotten_among
from openprospect_nb.frames.decode import table
from openprospect_nb.journal import Purchase
from openprospect_nb.settings import make_private

log = logging.getLogger(__name__)
FOLDER: Final = "kept_out"
DESCRIPTION: Final = "Companies that a notebook has already; kept up to date by orders with avoid_known=True."
PATIENCE: Final = 600.0  # seconds for another kernel that brings the list up to date
_LOOK_SECONDS: Final = 0.1
_FACTS: Final = ("company_name", "website_url", "city")

Companies = Mapping[str, Sequence[Mapping[str, str | None]]]


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A home's list.

    Attributes:
        name, blacklist_id: of the list at the server.
        orders: of each order whose companies are on it, how many they are and a mark of their text.
        ids: every list that ever was this home's: an order may carry one that is gone.
        entries: how many the server last said are on it; None where it does not say.
        passed: stands for the erasure ledger as it was when the list was last compared with it.
    """

    name: str
    blacklist_id: str | None = None
    orders: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    entries: int | None = None
    passed: str | None = None

    def lacks(self, marks: Mapping[str, str]) -> list[str]:
        """Return the orders whose companies are not on the list yet, or no longer as they are here."""
        return [order for order, mark in marks.items() if self.orders.get(order) != mark]

    def seen(self, count: int | None, *, is_ours: bool) -> KeptOut:
        """Return it as the server shows it: where it holds less than it did, or others, nothing is sure to be on it."""
        is_less = None not in {self.entries, count} and (count or 0) < (self.entries or 0)
        return replace(self, entries=count, orders=self.orders if is_ours and not is_less else {})


async def keep_out(context: Context) -> str:
    """Bring this home's blacklist up to date at the server, and return its id; made where there is none.

    Of an account one list a home, also where several kernels ask at once. Companies of orders that were added before
    are not sent again. Two requests tell whether it is there and still holds companies of ours; others make it, add
    what is new, and take off who was forgotten since. Results of completed orders that nobody fetched are fetched.

    Raises:
        ContractError: the server did not take some of the companies; nothing was ordered.
        OpenProspectError: the list cannot be read, made, added to or taken from; nothing was ordered.
    """
    async with _alone(context):
        lists, path = AsyncBlacklists(context), _path(context)
        await _fetch_what_was_bought(context)
        held = await off_loop(_held, context)
        on_disk = await off_loop(_read, path, context)
        there = await _at_the_server(context, on_disk, held)
        identity = there.blacklist_id or ""
        # Written down before an order carries it, so that the order is known again whatever becomes of the list.
        there = replace(there, ids=tuple(dict.fromkeys([*there.ids, identity])))
        if there.ids != on_disk.ids:
            await off_loop(_write, path, replace(there, orders={}))
        there = await _without_forgotten(context, lists, there)
        marks = {order: _mark(companies) for order, companies in held.items()}
        rows = [company for order in there.lacks(marks) for company in held[order]]
        if rows:
            added = await lists.add(identity, rows, warn=False)
            if added.failed:
                raise _incomplete(there, added.failed, len(rows))
            log.info("%s: %s of %s companies were new on it.", there.name, added.added, len(rows))
            is_told = None not in {there.entries, added.added}
            there = replace(there, entries=(there.entries or 0) + (added.added or 0) if is_told else None)
        current = replace(there, orders={**there.orders, **marks})
        if current != on_disk:
            await off_loop(_write, path, current)
        return identity


async def without_known(
    context: Context, purchase: Purchase, *, again: bool, adopt: bool, refusal: OpenProspectError | None
) -> Purchase:
    """Return *purchase* with this home's own blacklist, brought up to date if something new is to be bought.

    An equal order that is there keeps the list it was placed with, which may be gone by now: with another one the same
    cell would buy twice.

    Args:
        context: the client's parts.
        purchase: what is wanted.
        again: as for `journal.Journal.intend`.
        adopt: as there.
        refusal: raised where something new would be bought.

    Raises:
        UnsafeToRetry: an equal order is in the way, and could not be read.
        OpenProspectError: as `keep_out`.
    """
    begun = await _begun(context, purchase, again=again, adopt=adopt)
    if begun is not None and adopt and not again:
        await read_what_stands_in_the_way(context, begun)
        begun = await _begun(context, purchase, again=again, adopt=adopt)
    if begun is not None:
        return begun
    if refusal is not None:
        raise refusal
    own = await keep_out(context)
    # Another kernel may have ordered the same meanwhile, under the list as it then was.
    begun = await _begun(context, purchase, again=again, adopt=adopt)
    return begun or replace(purchase, options={**purchase.options, "blacklist_ids": _with_own(purchase, own)})


async def _begun(context: Context, purchase: Purchase, *, again: bool, adopt: bool) -> Purchase | None:
    """Return *purchase* as it is there already, under whichever list of this home's own, or None."""

    def begun() -> Purchase | None:
        # Where the file is lost any list that an order carried may have been the home's.
        own = _stored(_path(context)).ids or context.journal.lists_attached()
        lists = [_with_own(purchase, one) for one in reversed(own)]
        return context.journal.as_begun(purchase, lists, again=again, adopt=adopt)

    return await off_loop(begun)


def _with_own(purchase: Purchase, own: str) -> list[str]:
    """Return the blacklists of a purchase with this home's own one last."""
    return [*(one for one in purchase.options.get("blacklist_ids") or () if one != own), own]


async def _fetch_what_was_bought(context: Context) -> None:
    """Fetch the results of completed orders that nobody did, and say of which orders the companies are not known."""
    homes = (context.results_home, context.sync_home)
    purchases = await off_loop(context.journal.all)
    held = await off_loop(bought_by_order, purchases, homes)
    unread = {p.order_id: p for p in purchases if p.order_id is not None and p.order_id not in held}
    done = [order for order, purchase in unread.items() if purchase.status == OrderStatus.COMPLETED]
    missing = list((await results_of(context, done)).errors) if done else []
    missing += [order for order, purchase in unread.items() if purchase.finished_at is None]
    if missing:
        log.warning(
            "avoid_known: what %d order(s) bring is not here yet and not kept out (%s); client.results([...]) fetches"
            " it once they are done.",
            len(missing),
            ", ".join(missing[:20]),
        )


def _incomplete(there: KeptOut, failed: int, offered: int) -> ContractError:
    return ContractError(
        f"not ordered: of {offered:,} companies that are here the server did not take {failed:,} onto the list"
        f" {there.name!r}, so the order could bring them again.",
        code="LIST_INCOMPLETE",
        next_step="Run it again: they are offered again. To order under the list as it is, say"
        f" blacklist_ids=[{there.blacklist_id!r}] in the place of avoid_known=True.",
    )


async def _at_the_server(context: Context, known: KeptOut, held: Companies) -> KeptOut:
    """Return the list as it is at the server; an empty new one where it was deleted there, or never made."""
    lists = AsyncBlacklists(context)
    if known.blacklist_id is not None:
        with suppress(NotFoundError):
            count = (await lists.get(known.blacklist_id)).entry_count
            if not known.orders:
                return known.seen(count, is_ours=True)
            return await _looked_at(context, known, count, held)
    # It may have been made by a call whose response, or whose kernel, was lost.
    named = await lists.list()
    ids = [identity for identity, name in named.select("id", "name").iter_rows() if name == known.name]
    if ids:
        return KeptOut(known.name, ids[-1], ids=known.ids)
    made = await lists.create(known.name, DESCRIPTION)
    return KeptOut(known.name, made.id, ids=known.ids, entries=0)


async def _looked_at(context: Context, known: KeptOut, count: int | None, held: Companies) -> KeptOut:
    """Return the list as its first page shows it: a count may be missing, and as many others may be on it.

    Whoever is on it and not of this home says that it was changed: then all are offered again, which adds nobody twice.
    """
    path = below(PATH_BLACKLISTS, known.blacklist_id or "", "entries")
    facts, body = await fetch_page(context, path, "entries", 0, 100)
    shown = table([body], "entries", source=context.source).frame["company_name"].to_list()
    ours = {_spelled(company.get("company_name")) for companies in held.values() for company in companies}
    is_ours = bool(shown) and all(_spelled(name) in ours for name in shown)
    return known.seen(facts.total if count is None else count, is_ours=is_ours)


def _spelled(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


async def _without_forgotten(context: Context, lists: AsyncBlacklists, there: KeptOut) -> KeptOut:
    """Take off the list who was forgotten since it was last compared with the ledger."""
    everybody = await off_loop(context.ledger.everybody)
    state = None if everybody is None else everybody.state
    if everybody is None or state == there.passed:
        return replace(there, passed=state)
    identity = there.blacklist_id or ""
    entries = await lists.entries(identity)
    gone = await off_loop(
        forgotten_among, entries.select(*_FACTS, "country", "external_id").to_dicts(), [context.ledger]
    )
    if gone:
        await lists.remove(identity, entries["id"].gather(gone).to_list())
        log.info("%s: %s forgotten companies were taken off it.", there.name, len(gone))
    return replace(there, passed=state, entries=None)


def _held(context: Context) -> dict[str, list[dict[str, str | None]]]:
    """Return the companies of this home by order, as entries of a list; whoever was forgotten is not among them."""
    homes = (context.results_home, context.sync_home)
    held = {}
    for order, companies in bought_by_order(context.journal.all(), homes).items():
        rows = [entry for company in companies if (entry := _entry(company))]
        gone = set(forgotten_among(rows, [context.ledger])) if rows else set()
        held[order] = [row for number, row in enumerate(rows) if number not in gone]
    return held


def _entry(company: Mapping[str, str | None]) -> dict[str, str | None] | None:
    facts = {name: company.get(name) for name in _FACTS}
    stated: dict[str, str | None] = {name: text for name, text in facts.items() if text and text.strip()}
    return stated if "company_name" in stated else None


def _mark(companies: Sequence[Mapping[str, str | None]]) -> str:
    """Return how many companies there are, and eight digits that change with any of them; too few to tell whom."""
    texts = sorted(json.dumps(company, sort_keys=True) for company in companies)
    return f"{len(companies)} {hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:8]}"


def _path(context: Context) -> Path:
    return context.settings.home / FOLDER / f"{context.results_home.name}.json"


def _read(path: Path, context: Context) -> KeptOut:
    """Return what is known of the list; a new name, written down before anything is made under it, where nothing is."""
    stored = _stored(path)
    if stored.name:
        return stored
    fresh = KeptOut(f"Companies we have ({context.sender.clock.token()[:8]})")
    _write(path, fresh)
    return fresh


def _stored(path: Path) -> KeptOut:
    """Return what the file says; without a name where there is none, or it cannot be read."""
    try:
        facts = json.loads(path.read_text("utf-8"))
        identity = facts.get("blacklist_id")
        ids = facts.get("ids") or [identity]
        return KeptOut(
            str(facts["name"]),
            identity,
            {order: str(mark) for order, mark in (facts.get("orders") or {}).items()},
            tuple(one for one in ids if isinstance(one, str)),
            facts.get("entries"),
            facts.get("passed"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return KeptOut("")


def _write(path: Path, kept_out: KeptOut) -> None:
    make_private(path.parent)
    facts = {name: getattr(kept_out, name) for name in ("name", "blacklist_id", "ids", "entries", "passed")}
    text = json.dumps({**facts, "orders": dict(kept_out.orders)})
    save_whole(path, "what is kept out", lambda part: part.write_text(text, "utf-8"))


@asynccontextmanager
async def _alone(context: Context) -> AsyncIterator[None]:
    """Have no other kernel make or change the list meanwhile, where the system has locks on files."""
    clock = context.sender.clock
    began = clock.monotonic()
    folder = await off_loop(_opened, _path(context).parent)
    try:
        while not _is_locked(folder):
            if clock.monotonic() - began > PATIENCE:
                raise WaitTimeout(
                    "another kernel is still at the list of what is kept out.",
                    next_step="Nothing was ordered: let it finish, or end it, then run this again.",
                )
            await clock.sleep(_LOOK_SECONDS)
        yield
    finally:
        if folder is not None:
            os.close(folder)


def _opened(folder: Path) -> int | None:
    make_private(folder)
    with suppress(OSError):  # Windows opens no folders
        return os.open(folder, os.O_RDONLY)
    return None


def _is_locked(folder: int | None) -> bool:
    try:
        import fcntl
    except ImportError:
        return True  # Windows: two kernels that make the list at the same moment may make two
    if folder is None:
        return True
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
