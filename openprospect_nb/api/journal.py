"""``client.journal``: what was bought, how far it came, what it cost; finish what was interrupted, forget a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal

import polars as pl

from openprospect_nb.api._resource import Resource, off_loop
from openprospect_nb.api.erasing import erase
from openprospect_nb.api.planning import state_of
from openprospect_nb.api.purchasing import carry_out
from openprospect_nb.api.spending import spend_frame
from openprospect_nb.api.watching import read_orders
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.journal import Purchase, Step, next_step
from openprospect_nb.journal.rows import frame_of
from openprospect_nb.models import OrderState

RESUMED: Final = pl.Schema(
    {"key": pl.String(), "kind": pl.String(), "order_id": pl.String(), "status": pl.String(), "outcome": pl.String()}
)
ASK_AFTER_HOURS: Final = 24.0


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

        A purchase without an order id is sent again under its own key, so that it is bought once, whatever happened.

        Args:
            ask_after_hours: a purchase older than this is not sent again unless *keys* names it.
            keys: finish only these purchases, whatever their age.

        Returns:
            One row an unfinished purchase: key, kind, order_id, status, outcome (what was done, or why not).

        Example:
            >>> client.journal.resume().columns
            ['key', 'kind', 'order_id', 'status', 'outcome']
        """
        open_purchases = await off_loop(self._context.journal.unfinished)
        chosen = [p for p in open_purchases if keys is None or p.key in keys]
        now = self._context.sender.clock.now()
        too_old = now - timedelta(hours=ask_after_hours)
        rows = [
            await self._finish(p, asked=keys is not None or p.intended_at >= too_old)
            for p in chosen
            if next_step(p) is not Step.NOTHING
        ]
        running = [p for p in chosen if next_step(p) is Step.NOTHING and p.order_id is not None]
        rows += await self._look(running)
        return pl.DataFrame(rows, schema=RESUMED, orient="row")

    async def spend(self, by: Literal["order", "icp", "month"] = "order") -> pl.DataFrame:
        """Return what was spent, by order, ICP or month.

        Columns: the group (``order_id`` and ``title``, ``icp_hash``, or ``month`` as YYYY-MM), ``currency``,
        ``orders``, ``briefings``, ``cost`` (the server's where stated, else your own price; null if neither is known),
        ``cost_unknown`` (orders without either), ``contactable`` (prospects with an e-mail address, where results are
        on disk) and ``cost_per_contactable``.

        Example:
            >>> client.journal.spend(by="month").height
            1
        """
        return await off_loop(spend_frame, self._context, by)

    async def forget(self, who: str) -> pl.DataFrame:
        """Erase a person or company from journal, fetched results and sync store, free pages included.

        Args:
            who: an e-mail address, a domain, or a company or prospect id.

        Returns:
            Columns ``place`` and ``erased``: how many rows were erased where.

        Raises:
            ValidationError: *who* is too short to name somebody.

        Example:
            >>> client.journal.forget("nobody@nowhere.example")["erased"].sum()
            0
        """
        return await off_loop(erase, self._context, who)

    async def _finish(self, purchase: Purchase, *, asked: bool) -> tuple[str | None, ...]:
        if not asked:
            hours = (self._context.sender.clock.now() - purchase.intended_at).total_seconds() / 3600
            ask = f"not sent: intended {hours:.0f} h ago; call resume(keys=[{purchase.key!r}]) if you still want it"
            return _row(purchase, ask)
        try:
            done = await carry_out(self._context, purchase)
        except OpenProspectError as error:
            return _row(purchase, f"not finished: {error}")
        return _row(done, "placed" if done.order_id is not None else "done")

    async def _look(self, running: Sequence[Purchase]) -> list[tuple[str | None, ...]]:
        ids = [p.order_id for p in running if p.order_id is not None]
        seen = await read_orders(self._context, ids)
        return [_seen_row(p, seen.get(p.order_id or "", state_of(p, p.order_id or ""))) for p in running]


def _seen_row(purchase: Purchase, seen: OrderState | OpenProspectError) -> tuple[str | None, ...]:
    if isinstance(seen, OpenProspectError):
        return _row(purchase, f"not seen: {seen}")
    return purchase.key, str(purchase.kind), purchase.order_id, seen.status, "seen"


def _row(purchase: Purchase, outcome: str) -> tuple[str | None, ...]:
    return purchase.key, str(purchase.kind), purchase.order_id, purchase.status, outcome
