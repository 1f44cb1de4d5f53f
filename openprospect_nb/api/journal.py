"""``client.journal``: what was bought, how far it came, what it cost; finish what was interrupted, forget a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal

import polars as pl

from openprospect_nb.api._resource import Resource, off_loop
from openprospect_nb.api.buying.doubles import doubted_since
from openprospect_nb.api.buying.planning import state_of
from openprospect_nb.api.buying.purchasing import carry_out, find_at_the_server, look_for_doubles
from openprospect_nb.api.erasing import disclosures as all_disclosures
from openprospect_nb.api.erasing import forget
from openprospect_nb.api.spending import spend_frame
from openprospect_nb.api.waiting.watching import read_order, read_orders
from openprospect_nb.errors import ConflictError, FieldProblem, OpenProspectError, ValidationError
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.journal.guard import KEYS_KEPT, Decision, Standing, asking, on_return, standing, superseded_by
from openprospect_nb.journal.rows import frame_of
from openprospect_nb.models import OrderState
from openprospect_nb.privacy.subjects import asked
from openprospect_nb.settings import number_of

RESUMED: Final = pl.Schema(
    {"key": pl.String(), "kind": pl.String(), "order_id": pl.String(), "status": pl.String(), "outcome": pl.String()}
)
ASK_AFTER_HOURS: Final = KEYS_KEPT.total_seconds() / 3600
# How long one purchase that another kernel is at work on holds up the others.
PATIENCE_SECONDS: Final = 30.0
LONGEST_HOURS: Final = 24 * 365 * 1000
# A purchase as it stands, and what was done about it, or why not.
ResumedPurchase = tuple[Purchase, str]
SEE_OPEN: Final = "client.journal.unfinished() shows those that are open."


class AsyncJournal(Resource):
    """``client.journal``."""

    async def frame(self) -> pl.DataFrame:
        """Return one row a purchase of this server and key, oldest first; columns `journal.rows.FRAME`, times UTC.

        Example:
            >>> client.journal.frame().columns[:2]
            ['key', 'kind']
        """
        return await off_loop(self._context.journal.frame)

    async def unfinished(self) -> pl.DataFrame:
        """Return the purchases that have neither ended nor failed; columns as in ``frame()``.

        Example:
            >>> "status" in client.journal.unfinished().columns
            True
        """
        return frame_of(await off_loop(self._context.journal.unfinished))

    async def resume(
        self, *, ask_after_hours: float = ASK_AFTER_HOURS, keys: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Finish what a crash or an outage left open, and look once at every order that still runs.

        A purchase without an order id is sent again under its own key, so that it is bought once, whatever happened;
        the server's list is looked at first. Of a purchase and its rerun one is bought: the other is closed.

        Args:
            ask_after_hours: a purchase older than this is not sent unless *keys* names it: the server may have
                forgotten its key, and plans may have changed.
            keys: finish only these purchases, whatever their age.

        Returns:
            One row an unfinished purchase: key, kind, order_id, status, outcome (what was done, or why not). What ended
            while a kernel died, before anybody was told, has its row too.

        Raises:
            ValidationError: one of *keys* is in no journal of this server and key, or *ask_after_hours* is no number.

        Example:
            >>> client.journal.resume().columns
            ['key', 'kind', 'order_id', 'status', 'outcome']
        """
        open_purchases = await off_loop(self._context.journal.unfinished)
        chosen = open_purchases if keys is None else await self._named(keys, open_purchases)
        limit = None if keys is not None else _age(ask_after_hours)
        outcomes = [await self._finish(p, limit) for p in chosen if standing(p) is not Standing.PLACED]
        running = [p for p in chosen if p.order_id is not None]
        ids = [p.order_id for p in running if p.order_id is not None]
        seen = await read_orders(self._context, ids)
        outcomes += [_as_seen(p, seen.get(p.order_id or "", state_of(p, p.order_id or ""))) for p in running]
        compared, settled = await self._compare({p.key for p, outcome in outcomes if outcome.startswith("placed")})
        outcomes += compared
        outcomes += await self._catch_up({purchase.key for purchase, _ in outcomes})
        # Last of all, and at once: what a kernel that dies before has learnt is told by the next resume().
        decided = [p.key for p, _ in outcomes if standing(p) in {Standing.PLACED, Standing.CLOSED}]
        await off_loop(self._context.journal.give, decided, self._context.sender.clock.now(), settled=settled)
        rows = [(p.key, str(p.kind), p.order_id, p.status, outcome) for p, outcome in outcomes]
        return pl.DataFrame(rows, schema=RESUMED, orient="row")

    async def bind(self, key: str, order_id: str) -> pl.DataFrame:
        """Say that the open purchase under *key* is the order *order_id*, as you saw in ``client.orders.list()``.

        Returns:
            The purchase, columns as in ``frame()``.

        Raises:
            NotFoundError: the server has no such order.
            ValidationError: no open purchase has this key.
            ConflictError: the order is another purchase's.

        Example:
            >>> client.journal.bind("spring-1", order.order_id)  # doctest: +SKIP
        """
        purchase = await self._open_purchase(key)
        owner = await off_loop(lambda: self._context.journal.find(order_id=order_id))
        if owner is not None:
            raise ConflictError(f"order {order_id} is already the purchase under key {owner.key}.", next_step="")
        state = await read_order(self._context, order_id)
        now, doubted = self._context.sender.clock.now(), doubted_since(purchase.sent_at or purchase.intended_at)
        # The list was looked through by eye, and a copy may still be on its way: resume() looks again.
        await off_loop(self._context.journal.bind, purchase.key, state, now, doubted=doubted)
        return await self._shown(key)

    async def drop(self, key: str) -> pl.DataFrame:
        """Give up the open purchase under *key*: nothing sends it any more, and an equal order can be placed.

        It takes nothing back. Where it may have been placed, look through ``client.orders.list()`` first.

        Returns:
            The purchase, columns as in ``frame()``.

        Raises:
            ValidationError: no open purchase has this key.

        Example:
            >>> client.journal.drop("spring-1")  # doctest: +SKIP
        """
        await self._open_purchase(key)
        now = self._context.sender.clock.now()
        facts = {"problem": "given up by the user", "finished_at": now, "given_at": now}
        await off_loop(self._context.journal.record, key, **facts)
        return await self._shown(key)

    async def acknowledge(self) -> pl.DataFrame:
        """Say that you have read that this home lost purchases; until then every client says so.

        Until then, too, orders are compared with the server's list before anything is bought.

        Returns:
            What is known of the purchases whose text is lost, columns as in ``frame()``; ids and keys are kept.

        Example:
            >>> client.journal.acknowledge().height
            0
        """
        return frame_of(await off_loop(self._context.journal.acknowledge))

    async def spend(self, by: Literal["order", "icp", "month"] = "order") -> pl.DataFrame:
        """Return what was spent, by order, ICP or month.

        An order counts once, also where the server gave it to several purchases. Columns:
        the group (``order_id`` and ``title``, ``icp_hash``, or ``month`` as YYYY-MM), ``currency``,
        ``orders``, ``briefings`` (asked for), ``delivered`` and ``shortfall`` (companies that came, and how many fewer
        than asked for), ``cost`` (the server's where stated, else your own price times the companies delivered, or
        asked for while no results are on disk; 0 of a rejected order; null if neither is known, as of one that failed
        or was cancelled without a stated cost), ``cost_unknown`` (orders without either),
        ``contactable`` and ``contactable_prospects`` (companies and different addresses of a bounce risk of at most 20,
        no shared or private mailboxes), and ``cost_per_contactable`` of these prospects. Cost and counts mean what they
        mean in ``op.compare``; what is not known because results are not on disk is null.

        Example:
            >>> client.journal.spend(by="month").height
            1
        """
        return await off_loop(spend_frame, self._context, by)

    async def forget(
        self, who: str, *, undo: bool = False, dry_run: bool = False, country: str | None = None
    ) -> pl.DataFrame:
        """Erase a person or company from everything kept in this home, and leave them out of whatever comes later.

        Journal, results, synced deliveries, half-fetched pages, decisions, notes, outcomes, profiles, and what killed
        writers left: all accounts of the home, free pages and logs included. A company goes with its people; a text
        that names somebody is blanked. The erasure ledger keeps keyed hashes of the address, domain, number, profile
        and ids, of a company also of its name in its town, so that whoever is delivered again is left out and counted
        (``provenance["held_back"]``). Files that were exported are yours; `disclosures` tells which.

        Args:
            who: an e-mail address, a domain, a telephone number, a LinkedIn or Xing profile, the id of a prospect or a
                company; or a name, if exactly one person or company on this machine bears it. Spelling does not
                matter: case, punycode, encodings of links, mails and HTML, ``+tags``, blanks in numbers; in names
                marks, order, and blanks where none are set (山田太郎). One word of plain letters that is no name here
                is taken for an id, and that is logged.
            undo: take back a forget that was a mistake. The data does not come back by itself.
            dry_run: count what would be erased and change nothing.
            country: where *who* was written, for a telephone number without ``+``.

        Returns:
            One row a place: ``place``, ``erased`` (rows and texts), ``left`` (in words what could not be erased yet and
            how to go on; null where nothing is). The call can be made again at any time.

        Raises:
            ValidationError: *who* is too short, holds several addresses, is a number without a country, or a name of
                nobody or of several.
            JournalError: the ledger cannot be written, or its key is lost.

        Example:
            >>> client.journal.forget("nobody@nowhere.example")["erased"].sum()
            0
        """
        return await off_loop(forget, self._context, who, undo=undo, dry_run=dry_run, country=country)

    async def forgotten(self, who: str | None = None, *, country: str | None = None) -> pl.DataFrame:
        """Return when somebody was forgotten in this home, oldest first; never who.

        Args:
            who: only the rows about this person or company, written as for `forget`.
            country: where *who* was written, for a telephone number without ``+``.

        Returns:
            One row a call of `forget` that stands: ``forgotten_at`` (UTC), ``kind`` (address, domain, phone, profile,
            id or name), ``also`` (how many further forms of them are held back), ``reference`` (of the ledger's entry).

        Example:
            >>> client.journal.forgotten().columns
            ['forgotten_at', 'kind', 'also', 'reference']
        """
        form = None if who is None else asked(who, country)
        return await off_loop(self._context.ledger.frame, form)

    async def disclosures(self, person: str | None = None, *, country: str | None = None) -> pl.DataFrame:
        """Return which files with personal data left this home, when, and for whom.

        Every `op.export`, and every `op.report` that reveals persons, is noted by keyed hashes when it is written;
        erasing somebody does not erase that.

        Args:
            person: only the files this person was in, written as for `forget`; None for all.
            country: where *person* was written, for a telephone number without ``+``.

        Returns:
            One row a file, oldest first: ``disclosed_at`` (UTC), ``what`` (export or report), ``target``,
            ``recipient`` (as given to the export or report), ``file``, ``persons`` (how many were in it).

        Raises:
            ValidationError: *person* is a name of nobody or of several on this machine.

        Example:
            >>> client.journal.disclosures("nobody@nowhere.example").height
            0
        """
        return await off_loop(all_disclosures, self._context, person, country)

    async def _named(self, keys: Sequence[str], open_purchases: Sequence[Purchase]) -> list[Purchase]:
        """Return the open ones of the purchases under *keys*."""
        wanted = [keys] if isinstance(keys, str) else list(keys)
        bought = {purchase.key for purchase in await off_loop(self._context.journal.all)}
        strange = [FieldProblem("keys", "is the key of no purchase", key) for key in wanted if key not in bought]
        if strange:
            raise ValidationError("nothing was sent", fields=strange, next_step=SEE_OPEN)
        return [purchase for purchase in open_purchases if purchase.key in wanted]

    async def _finish(self, purchase: Purchase, limit: timedelta | None) -> ResumedPurchase:
        """Carry one purchase out unless something speaks against it; *limit* is the age at which the user is asked."""
        journal, now = self._context.journal, self._context.sender.clock.now()
        equals = await off_loop(journal.equals, purchase)
        decision = on_return(purchase, equals, now, limit=limit, is_asked_for=limit is None)
        if decision is Decision.SUPERSEDE:
            why = superseded_by(purchase, equals)
            closed = await off_loop(journal.record, purchase.key, problem=why, finished_at=now)
            return closed, f"not sent, {why}"
        if decision is Decision.REFUSE:
            return await self._ask(purchase)
        try:
            done = await carry_out(self._context, purchase, patience=PATIENCE_SECONDS)
        except OpenProspectError as error:
            current = await off_loop(lambda: journal.find(key=purchase.key)) or purchase
            return current, f"{'placed, but' if current.order_id else 'not finished'}: {error}"
        return done, "placed" if done.order_id is not None else "done"

    async def _ask(self, purchase: Purchase) -> ResumedPurchase:
        """Send nothing, and say how to go on; what the server surely lists needs no asking."""
        ask = f"not sent: {asking(purchase, self._context.sender.clock.now())}"
        if standing(purchase) is not Standing.UNCONFIRMED:
            return purchase, ask
        try:
            there = await find_at_the_server(self._context, purchase)
        except OpenProspectError as error:
            current = await off_loop(lambda: self._context.journal.find(key=purchase.key)) or purchase
            return current, f"placed, but: {error}" if current.order_id else f"{ask} ({error})"
        return (purchase, ask) if there is None else (there, "placed: the server lists it")

    async def _compare(self, compared: Collection[str]) -> tuple[list[ResumedPurchase], list[str]]:
        """Look for second orders of purchases in doubt, those just *compared* left out.

        Returns:
            What has to be said, and the keys of the purchases whose doubt ends when it was.
        """
        outcomes: list[ResumedPurchase] = []
        settled: list[str] = []
        for purchase in await off_loop(self._context.journal.doubtful):
            if purchase.key in compared:
                continue
            try:
                doubled = await look_for_doubles(self._context, purchase)
            except OpenProspectError as error:
                outcomes.append((purchase, f"whether it was made twice could not be checked: {error}"))
                continue
            if doubled is not None:
                outcomes.append((purchase, f"placed, but: {doubled}"))
                settled.append(purchase.key)
        return outcomes, settled

    async def _catch_up(self, said: Collection[str]) -> list[ResumedPurchase]:
        """Return what ended without anybody having been told, but for what is *said* already."""
        untold = [p for p in await off_loop(self._context.journal.untold) if p.key not in said]
        done = {PurchaseKind.PROFILE: "done"}
        return [(p, f"closed: {p.problem}" if p.problem is not None else done.get(p.kind, "placed")) for p in untold]

    async def _open_purchase(self, key: str) -> Purchase:
        purchase = await off_loop(lambda: self._context.journal.find(key=key))
        if purchase is None or standing(purchase) in {Standing.PLACED, Standing.CLOSED}:
            problem = FieldProblem("key", "is the key of no open purchase", key)
            raise ValidationError("nothing was changed", fields=[problem], next_step=SEE_OPEN)
        return purchase

    async def _shown(self, key: str) -> pl.DataFrame:
        return (await self.frame()).filter(pl.col("key") == key)


def _age(hours: Any) -> timedelta | None:
    """Return so many hours, or None for more than anybody lives to see."""
    number = number_of(hours)
    if number is None or not number >= 0:
        problem = FieldProblem("ask_after_hours", "must be a number of hours of at least 0", hours)
        raise ValidationError("nothing was sent", fields=[problem], next_step="")
    return timedelta(hours=number) if number < LONGEST_HOURS else None


def _as_seen(purchase: Purchase, seen: OrderState | OpenProspectError) -> ResumedPurchase:
    if isinstance(seen, OpenProspectError):
        return purchase, f"not seen: {seen}"
    return replace(purchase, status=seen.status), "seen"
