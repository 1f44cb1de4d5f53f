"""`Journal`: every purchase, committed to disk before its first byte is sent; SQLite, one row a purchase."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import ConflictError, JournalError, OpenProspectError, UnsafeToRetry
from openprospect_nb.journal.forgetting import Blanking
from openprospect_nb.journal.guard import (
    MAY_BE_AT_THE_SERVER,
    Decision,
    Standing,
    on_rerun,
    on_return,
    refusal,
    standing,
    superseded_by,
)
from openprospect_nb.journal.leases import IsGone, Lease, Watch, is_free
from openprospect_nb.journal.purchase import Purchase, PurchaseKind
from openprospect_nb.journal.rescue import open_journal
from openprospect_nb.journal.rows import MOMENTS, PLAIN_FIELDS, frame_of, from_sql, sighting, to_sql
from openprospect_nb.journal.witness import FACTS, NEEDED, Witness, hidden_name
from openprospect_nb.models import OrderState
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.privacy.subjects import Wanted
from openprospect_nb.processes import is_gone
from openprospect_nb.sqlite import UNUSABLE, Connect, emptied, transaction, unusable

log = logging.getLogger(__name__)
# When something first left: on disk, and with the witness, before it does.
SENDINGS: Final = frozenset({"profile_sent_at", "sent_at"})
LEASE_SECONDS: Final = 60.0
WITNESSED: Final = frozenset({*NEEDED, *FACTS})


class Journal:
    """The purchases of one account (a server and a key) in one file; safe with several kernels on the same file.

    Args:
        path: the SQLite file, made with mode 0600 in a folder that exists.
        account: what keeps the purchases of different servers and keys apart; holds no key.
        connect: opens the file as `sqlite3.connect` does.
        is_gone: whether the process of a lease's owner no longer runs.

    Raises:
        JournalError: the file is damaged (it is moved aside first, never overwritten, and what can be read of it is in
            the new one), or is from a newer version, or cannot be written.
    """

    def __init__(
        self, path: Path, account: str, *, connect: Connect = sqlite3.connect, is_gone: IsGone = is_gone
    ) -> None:
        self.path = path
        self._account = account
        self._is_gone = is_gone
        self._lock = RLock()
        self._pid = os.getpid()
        self._watch = Watch()
        # What was placed when this kernel last looked, and when that was by its own clock.
        self._placed: frozenset[str] = frozenset()
        self._looked_at: datetime | None = None
        self._witness = Witness.of(path)
        self._ledger = Ledger(path.parent)
        with self._witness.alone():
            self._connection = open_journal(path, connect, self._witness)
            self._file = _identity(path)

    def __repr__(self) -> str:
        """Show the file, nothing of what is in it."""
        return f"Journal({str(self.path)!r})"

    def intend(
        self, purchase: Purchase, *, again: bool = False, adopt: bool = True, refusal: OpenProspectError | None = None
    ) -> tuple[Purchase, bool]:
        """Commit *purchase* and return it with True, or with False the one that is there and is to be gone on with.

        The check and the commit are one transaction, so that of several kernels one makes the purchase.

        Args:
            purchase: what is wanted.
            again: whether the caller wants one more beside any equal one.
            adopt: whether an equal purchase under another key may be gone on with; not where the caller chose a key or
                name of its own.
            refusal: raised where something would have to be bought; what was placed before is given all the same.

        Raises:
            ConflictError: its key or name stands for another purchase.
            UnsafeToRetry: an equal purchase stands in the way, see `guard.on_rerun`; or this very one may be at the
                server since so long ago that its key may be forgotten there.
        """
        wanted = replace(purchase, again=again)
        with self._writing(acting=True):
            decision, there = self._decide(wanted, adopt=adopt)
            sql = "SELECT key FROM purchases WHERE account = ? AND order_id IS NOT NULL"
            self._placed = frozenset(row["key"] for row in self._rows(sql, self._account))
            self._looked_at = wanted.intended_at
            is_settled = there is not None and standing(there) in {Standing.PLACED, Standing.CLOSED}
            if refusal is not None and decision in {Decision.BUY, Decision.GO_ON} and not is_settled:
                raise refusal
            if there is None:
                self._insert(wanted)
            elif decision is Decision.GO_ON:
                # Go on with an equal purchase on what the caller says now about price and budget.
                if there.key != wanted.key and standing(there) is not Standing.PLACED:
                    self._update(there.key, {"price": wanted.price, "budget": wanted.budget})
                there = self._needed(there.key)
        if there is None:
            self._tell_witness(wanted.key)
            return wanted, True
        if decision is not Decision.GO_ON:
            raise self._objection(decision, there, wanted)
        return there, False

    def to_read(self, wanted: Purchase) -> Purchase | None:
        """Return the order that stands in the way of *wanted*, without a name or key, as long as nobody saw it end."""
        decision, twin = self._beside(wanted)
        return twin if decision is Decision.READ else None

    def as_begun(
        self, wanted: Purchase, lists: Iterable[Sequence[str]], *, again: bool = False, adopt: bool = True
    ) -> Purchase | None:
        """Return *wanted* with those of *lists* (of blacklists) under which an equal purchase is there and decides it.

        What an order leaves out is one list today and another tomorrow, and it is the same order. None where, under any
        of *lists*, something new would be bought.
        """
        for chosen in lists:
            spelled = replace(wanted, again=again, options={**wanted.options, "blacklist_ids": list(chosen)})
            if self.is_begun(spelled, again=again, adopt=adopt):
                return spelled
        return None

    def is_begun(self, wanted: Purchase, *, again: bool = False, adopt: bool = True) -> bool:
        """Whether an equal purchase is there and decides *wanted*, so that nothing new would be bought."""
        try:
            if self._known(wanted) is not None:
                return True
        except ConflictError:
            return False
        decision = Decision.BUY if again else self._beside(wanted)[0]
        return decision in {Decision.GO_ON, Decision.REFUSE} or (adopt and decision is Decision.READ)

    def record(self, key: str, **facts: Any) -> Purchase:
        """Commit new facts about the purchase under *key* and return it as it is now.

        Raises:
            JournalError: it is not there, or the file cannot be written.
        """
        unsent = next((name for name in SENDINGS if name in facts and facts[name] is None), None)
        if unsent is not None:
            # Taken back there first: a journal that says less than its witness would look like an older copy.
            self._tell_witness(key, unsent=unsent)
        with self._writing():
            self._update(key, facts)
            purchase = self._needed(key)
        if facts.keys() & WITNESSED:
            self._tell_witness(key, needed=bool(facts.keys() & SENDINGS))
        return purchase

    def succeed(self, key: str, successor: Purchase) -> Purchase:
        """Commit the purchase that takes the place, and the name, of the one under *key*, which bought nothing."""
        with self._writing(acting=True):
            there = self._purchases("key = ?", successor.key)
            if not there:
                # Nobody has to be told that it bought nothing: the order goes on under the other key.
                self._update(key, {"name": None, "given_at": successor.intended_at})
                self._insert(successor)
        self._tell_witness(successor.key)
        return there[0] if there else successor

    def bind(self, key: str, state: OrderState, now: datetime, *, doubted: datetime | None = None) -> str | None:
        """Commit that a purchase became an order; return in words what that contradicts, or None.

        The first order of a purchase stays its order. That an order was made opens again what was closed meanwhile.
        *doubted* says since when the server may have made a second one; a contradiction is such a doubt too.
        """
        with self._writing():
            before = self._needed(key)
            is_second = before.order_id not in {None, state.order_id}
            shared = self._shared(key, state.order_id)
            if before.order_id is None:
                facts = {"order_id": state.order_id, "bound_at": now, "problem": None, "finished_at": None}
                # Whoever was told that it bought nothing has not got the order yet.
                unsaid = {} if before.problem is None else {"given_at": None}
                self._update(key, facts | unsaid | {"status": state.status, "doubted_at": doubted})
            if is_second or shared:
                self._update(key, {"doubted_at": doubted or now})
        self._tell_witness(key, needed=False)
        if is_second:
            return f"orders {before.order_id} and {state.order_id} were both made for this purchase (key {key})"
        return shared

    def contradiction(self, purchase: Purchase) -> str | None:
        """Return in words what about the order of *purchase* cannot be right, as far as the journal can tell."""
        return None if purchase.order_id is None else self._shared(purchase.key, purchase.order_id)

    def saw(self, states: Iterable[OrderState], now: datetime) -> None:
        """Commit that orders were seen in a state, in one transaction; keeps the first sighting of each state."""
        stamp = now.isoformat()
        rows = [(*sighting(state, stamp), self._account, state.order_id) for state in states]
        with self._writing():
            for status, amount, currency, ended, account, order_id in rows:
                self._connection.execute(
                    "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)", (account, order_id, status, stamp)
                )
                self._connection.execute(
                    "UPDATE purchases SET status = ?, cost = coalesce(?, cost), currency = coalesce(?, currency),"
                    " finished_at = coalesce(finished_at, ?) WHERE account = ? AND order_id = ?",
                    (status, amount, currency, ended, account, order_id),
                )

    def give(self, keys: Collection[str], now: datetime, *, settled: Collection[str] = ()) -> None:
        """Commit that the caller has what was bought under *keys* in hand, or knows of each that it bought nothing.

        The first time counts. Of those *settled*, a second order was shown: they are in doubt no longer. Where that
        cannot be written, the caller has it all the same: nothing is raised.
        """
        with suppress(JournalError), self._writing():
            for key in settled:
                self._update(key, {"doubted_at": None})
            for purchase in (p for key in keys for p in self._purchases("key = ? AND given_at IS NULL", key)):
                # The witness is not told: whoever is stopped after this commit has not got the order, and each further
                # step would make that moment longer. After a loss the order is given once more, which costs nothing.
                self._update(purchase.key, {"given_at": now})

    def doubtful(self) -> list[Purchase]:
        """Return the placed purchases of which the server may have made a second order."""
        return self._purchases("doubted_at IS NOT NULL AND order_id IS NOT NULL ORDER BY rowid")

    def find(self, *, key: str | None = None, order_id: str | None = None) -> Purchase | None:
        """Return the purchase under a key, or the one that became an order, or None."""
        matches = self._purchases("key = ?", key) if key is not None else self._purchases("order_id = ?", order_id)
        return matches[0] if matches else None

    def equals(self, purchase: Purchase) -> list[Purchase]:
        """Return every purchase of the same thing, *purchase* included, in the order in which they were written."""
        intents = sorted(purchase.intents)
        return self._purchases(f"intent IN ({', '.join('?' * len(intents))}) ORDER BY rowid", *intents)

    def order_ids(self) -> set[str]:
        """Return the orders that were bought from this home, under whichever server and key."""
        return {row["order_id"] for row in self._rows("SELECT order_id FROM purchases WHERE order_id IS NOT NULL")}

    def lists_attached(self) -> list[str]:
        """Return the blacklists that orders of this account carried, each once, in the order in which they were."""
        carried = (purchase.options.get("blacklist_ids") or () for purchase in self.all())
        return list(dict.fromkeys(one for lists in carried for one in lists))

    def unfinished(self) -> list[Purchase]:
        """Return the purchases that have neither ended nor failed, oldest first."""
        return self._purchases("finished_at IS NULL AND problem IS NULL ORDER BY intended_at, rowid")

    def untold(self) -> list[Purchase]:
        """Return the purchases that have ended, or bought nothing, without anybody having been told, oldest first."""
        return self._purchases(
            "given_at IS NULL AND (problem IS NOT NULL OR finished_at IS NOT NULL) ORDER BY intended_at, rowid"
        )

    def all(self) -> list[Purchase]:
        """Return every purchase, oldest first."""
        return self._purchases("TRUE ORDER BY intended_at, rowid")

    def frame(self) -> pl.DataFrame:
        """Return one row a purchase, oldest first; columns as `FRAME`, times UTC."""
        return frame_of(self.all())

    def losses(self) -> list[str]:
        """Return, in words, every loss of purchases that was noticed and not acknowledged yet; of all accounts."""
        return self._witness.read().losses

    def acknowledge(self) -> list[Purchase]:
        """Write down that the user has read of the losses, and return the purchases whose text is lost."""
        self._witness.acknowledge()
        return [purchase for purchase in self.all() if purchase.lost]

    def description_of(self, profile_id: str) -> Mapping[str, Any] | None:
        """Return the description a profile was made from, if it was made from here."""
        matches = self._purchases("profile_id = ? AND profile IS NOT NULL", profile_id)
        return next((purchase.profile for purchase in matches if purchase.profile is not None), None)

    def made_for(self, profile_id: str | None) -> Purchase | None:
        """Return the order that a profile was made for, if it was made from here for one."""
        matches = self._purchases("profile_id = ? AND profile_key IS NOT NULL ORDER BY rowid", profile_id)
        return next((purchase for purchase in matches if purchase.kind is not PurchaseKind.PROFILE), None)

    def forget(self, wanted: Wanted, *, dry_run: bool = False) -> tuple[int, str | None]:
        """Blank who is wanted in every row and in the witness; return how many rows, and in words what is left.

        A purchase that was not placed yet can no longer be placed: its body has changed under its key. Keys and names
        that name somebody are known again under what stands for them.
        """
        blanking = Blanking(wanted, partial(self._ledger.stand_in, begin=not dry_run))
        with self._lock:
            with self._writing():
                self._connection.execute("SAVEPOINT before")
                blanking.rows(self._connection)
                if dry_run:
                    self._connection.execute("ROLLBACK TO before")
            if dry_run:
                return blanking.touched, None
            self._witness.rewrite(blanking.line)
            return blanking.touched, emptied(self._connection)

    def lease(self, key: str, owner: str, seconds: float, *, now: float, monotonic: float) -> Lease:
        """Take or renew the right to act for a purchase, for *seconds*; return the lease that stands then.

        It is another's while another living kernel holds it. *now* is the time since the epoch, *monotonic* a clock
        that never jumps, by which leases of others are watched.

        Raises:
            JournalError: no such purchase, or the file was moved or deleted under this client.
        """
        with self._writing(acting=True):
            rows = self._rows(
                "SELECT lease_owner, lease_until, lease_seconds FROM purchases WHERE account = ? AND key = ?",
                self._account,
                key,
            )
            if not rows:
                raise _no_purchase(key)
            owned, until, promised = rows[0]
            standing_lease = Lease(owner=owned, until=until, seconds=promised or LEASE_SECONDS)
            watched = self._watch.unchanged(key, standing_lease, monotonic)
            if not is_free(standing_lease, owner, now, watched=watched, is_gone=self._is_gone):
                return standing_lease
            self._update(key, {"lease_owner": owner, "lease_until": now + seconds, "lease_seconds": seconds})
        return Lease(owner=owner, until=now + seconds, seconds=seconds)

    def release(self, key: str, owner: str) -> None:
        """Give the right to act back, if the file still lets itself be written."""
        with suppress(JournalError), self._writing():
            self._connection.execute(
                "UPDATE purchases SET lease_owner = NULL, lease_until = NULL"
                " WHERE account = ? AND key = ? AND lease_owner = ?",
                (self._account, key, owner),
            )

    def known_flow(self) -> str | None:
        """Return the flow that this server was found to need, if it was."""
        rows = self._rows("SELECT flow FROM flows WHERE account = ?", self._account)
        return str(rows[0]["flow"]) if rows else None

    def learn_flow(self, flow: str, now: datetime) -> None:
        """Remember the flow that this server needs."""
        with self._writing():
            self._connection.execute(
                "INSERT OR REPLACE INTO flows VALUES (?, ?, ?)", (self._account, flow, now.isoformat())
            )

    def settle(self, accounts: Sequence[str]) -> str:
        """Be that of *accounts*, spellings of one, which has purchases, the first of several; return which it is."""
        rows = self._rows("SELECT DISTINCT account FROM purchases")
        held = {row["account"] for row in rows}
        self._account = next((account for account in accounts if account in held), self._account)
        return self._account

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _decide(self, wanted: Purchase, *, adopt: bool) -> tuple[Decision, Purchase | None]:
        own = self._known(wanted)
        if own is not None:
            there = self._with_text(own, wanted)
            return on_return(there, self.equals(wanted), wanted.intended_at), there
        if wanted.again:
            return Decision.BUY, None
        decision, twin = self._beside(wanted)
        if twin is None or (decision is Decision.READ and not adopt):
            return Decision.BUY, None
        is_refused = decision is not Decision.GO_ON or not adopt
        return (Decision.REFUSE if is_refused else Decision.GO_ON), self._with_text(twin, wanted)

    def _beside(self, wanted: Purchase) -> tuple[Decision, Purchase | None]:
        """Return what its equals mean for *wanted*, without a name or key of the caller's."""
        equals = [self._dated(p, wanted.intended_at) for p in self.equals(wanted)]
        return on_rerun(equals, wanted.intended_at)

    def _dated(self, purchase: Purchase, now: datetime) -> Purchase:
        """Return the purchase placed no earlier than it can have been: what was not placed at our last look came since.

        Its own stamp is by the clock of the kernel that placed it, which may be an hour off.
        """
        if purchase.bound_at is None or self._looked_at is None or purchase.key in self._placed:
            return purchase
        return replace(purchase, bound_at=max(purchase.bound_at, min(self._looked_at, now)))

    def _known(self, wanted: Purchase) -> Purchase | None:
        """Return the purchase under *wanted*'s key or name."""
        covered = self._ledger.stand_in
        matches = self._purchases("key IN (?, ?)", wanted.key, covered(wanted.key))
        if not matches and wanted.name is not None:
            names = (wanted.name, covered(wanted.name))
            matches = self._purchases("name IN (?, ?, ?, ?)", *names, *map(hidden_name, names))
        if not matches:
            return None
        there = matches[0]
        if not there.intents & wanted.intents:
            is_name = wanted.name is not None and there.name == wanted.name
            what, value = ("name", there.name) if is_name else ("idempotency_key", there.key)
            raise ConflictError(
                f"the {what} {value!r} already stands for another purchase,"
                f" made {there.intended_at:%Y-%m-%d %H:%M} UTC.",
                next_step=f"Use a new {what} for a changed order, or repeat the order unchanged.",
            )
        return there

    def _objection(self, decision: Decision, there: Purchase, wanted: Purchase) -> UnsafeToRetry:
        if decision is Decision.SUPERSEDE:
            why = superseded_by(there, self.equals(there))
            return UnsafeToRetry(f"the purchase under key {there.key} is not gone on with: {why}")
        return refusal(there, wanted.intended_at)

    def _with_text(self, there: Purchase, wanted: Purchase) -> Purchase:
        """Give back to a purchase the text it lost: what is wanted now has its fingerprint, so it is the same."""
        name = {"name": wanted.name} if wanted.name is not None and there.name == hidden_name(wanted.name) else {}
        text: dict[str, Any] = {}
        if (
            there.key != wanted.key
            and there.key == self._ledger.stand_in(wanted.key)
            and standing(there) in MAY_BE_AT_THE_SERVER
        ):
            # Whatever is sent again goes under the key that the server may know.
            self._update(there.key, {"key": wanted.key, "profile_key": wanted.profile_key})
            there = self._needed(wanted.key)
        if there.lost:
            names = ("kind", "options", "profile", "icp_hash", "quantity", "price", "budget", "counted")
            text = {name: getattr(wanted, name) for name in names} | {"lost": False}
            text |= {name: getattr(there, name) for name in MOMENTS}
        if not name and not text:
            return there
        self._update(there.key, {**text, **name})
        return self._needed(there.key)

    @contextmanager
    def _writing(self, *, acting: bool = False) -> Iterator[None]:
        """Be the one writer; *acting* is for what leads to a purchase, which needs the file that others see."""
        self._check_process()
        with self._lock, transaction(self._connection):
            if acting and _identity(self.path) != self._file:
                raise JournalError(
                    f"{self.path} was moved, deleted or replaced while this client was open.",
                    next_step="Make a new client: it says what is missing. Nothing was sent.",
                )
            yield

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise JournalError(
                "this journal was opened before the process forked.", next_step="Make a new client; nothing was sent."
            )

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        self._check_process()
        try:
            with self._lock:
                return self._connection.execute(sql, [to_sql(value) for value in values]).fetchall()
        except UNUSABLE as error:
            raise unusable(error, "read") from error

    def _purchases(self, condition: str, *values: Any) -> list[Purchase]:
        sql = f"SELECT * FROM purchases WHERE account = ? AND {condition}"  # noqa: S608 - conditions are ours
        return [from_sql(row) for row in self._rows(sql, self._account, *values)]

    def _needed(self, key: str) -> Purchase:
        matches = self._purchases("key = ?", key)
        if not matches:
            raise _no_purchase(key)
        return matches[0]

    def _shared(self, key: str, order_id: str) -> str | None:
        others = self._purchases("order_id = ? AND key != ?", order_id, key)
        return (
            f"order {order_id} is already the order of another purchase here (key {others[0].key})" if others else None
        )

    def _update(self, key: str, facts: Mapping[str, Any]) -> None:
        assignments = ", ".join(f"{name} = :{name}" for name in facts)
        self._connection.execute(
            f"UPDATE purchases SET {assignments} WHERE account = :account AND key = :key",  # noqa: S608 - names are ours
            {name: to_sql(value) for name, value in facts.items()} | {"account": self._account, "key": key},
        )

    def _tell_witness(self, key: str, *, unsent: str | None = None, needed: bool = True) -> None:
        """Write down what the journal says of a purchase now; where that is not *needed* before sending, if it can."""
        rows = self._rows("SELECT * FROM purchases WHERE account = ? AND key = ?", self._account, key)
        try:
            self._witness.saw([dict(row) for row in rows], unsent=unsent)
        except JournalError:
            if needed:
                raise
            log.warning("%s cannot be written; the journal can.", self._witness.path)

    def _insert(self, purchase: Purchase) -> None:
        others = ("options", "profile", "icp_hash", "intent", "kind", "again", "counted")
        facts = {name: to_sql(getattr(purchase, name)) for name in (*PLAIN_FIELDS, *others, *MOMENTS)}
        facts["account"] = self._account
        names = ", ".join(facts)
        self._connection.execute(
            f"INSERT INTO purchases ({names}) VALUES ({', '.join(f':{name}' for name in facts)})",  # noqa: S608 - names are ours
            facts,
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _no_purchase(key: str) -> JournalError:
    return JournalError(f"the journal has no purchase under key {key!r}.", next_step="Nothing more was sent.")
