"""Turn pages of JSON into frames with declared schemas; nothing is inferred and nothing is dropped in silence.

A page that conforms to the contract (the proof of `shapes` accepts it) is read in bulk by Polars; any other page is
read column by column (`columnwise`), where each odd value is put right or named. Both give the same rows, whose times
are parsed and rules enforced (`rules`) once at the end.

One thing is not seen: a name that comes twice within one JSON object. Readers differ on which value counts, and the
bulk reader takes the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from openprospect_nb.frames.gather import THREADS, Gather
from openprospect_nb.frames.pages import Page, read_page
from openprospect_nb.frames.schemas import KINDS, RESULTS

__all__ = ["Decoded", "Decoder", "Page", "Table", "read_page", "table"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The frames of one order or delivery: `schemas.COMPANIES`, `PROSPECTS`, `REJECTS` and `DRIFT`."""

    companies: pl.DataFrame
    prospects: pl.DataFrame
    rejects: pl.DataFrame
    drift: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Table:
    """The frame of one list with its declared schema, and its `schemas.REJECTS` and `DRIFT`."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    drift: pl.DataFrame


class Decoder:
    """Decodes the pages of one order's results, or of one delivery, in the order they are fed.

    Args:
        order_id: the order, for the first column; None where it is not known.
        source: ``sandbox`` or ``live``.

    A decoder may be fed from any thread, one page at a time; Polars' part of the work releases the GIL.
    """

    def __init__(self, order_id: str | None, source: str) -> None:
        self._gather = Gather(RESULTS, {"order_id": order_id, "source": source})

    def feed(self, page: bytes) -> Page:
        """Read one page and return its counters; the bytes are not kept.

        Raises:
            ContractError: the page is no JSON object with a list of records.
        """
        return self._gather.feed(page)

    def feed_all(self, pages: Iterable[bytes], threads: int = THREADS) -> list[Page]:
        """Read pages that are all at hand, by default with two threads, and return their counters in order.

        Raises:
            ContractError: as for `feed`; nothing of the page at fault or of later ones is kept.
        """
        return self._gather.feed_all(pages, threads)

    def finish(self) -> Decoded:
        """Return everything fed so far as frames, in page order; a company sent twice is kept once."""
        companies, prospects = self._gather.finish()
        notes = self._gather.notes
        return Decoded(companies, prospects, notes.rejects_frame(), notes.drift_frame())


def table(pages: Sequence[bytes], kind: str, *, source: str | None = None) -> Table:
    """Return the records of a list endpoint as one frame with its declared schema.

    Args:
        pages: the answers, in order.
        kind: ``orders``, ``searches``, ``blacklists``, ``entries``, ``companies`` (of a prospect search) or
            ``prospects``.
        source: ``sandbox`` or ``live``, for the column of that name.

    Raises:
        ContractError: a page is no JSON object with a list of records.
    """
    gather = Gather(KINDS[kind], {"source": source})
    gather.feed_all(pages, threads=1)
    frame, _ = gather.finish()
    return Table(frame, gather.notes.rejects_frame(), gather.notes.drift_frame())
