"""What a command prints: lines, tables, and JSON; safe on any terminal, in a pipe, and for hostile text."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import polars as pl

    from openprospect_nb.models import OrderState


def encode_anything(stream: TextIO) -> None:
    """Let *stream* escape what its encoding lacks, instead of failing half-way through a table."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def tell(text: object) -> None:
    """Print the answer of a command, on standard output."""
    print(_harmless(str(text)), flush=True)


def note(text: str) -> None:
    """Print what is not the answer, such as an error, on standard error."""
    print(_harmless(text), file=sys.stderr, flush=True)


def tell_json(value: object) -> None:
    """Print *value* as JSON in ASCII: times as ISO 8601 UTC, keys in their own order, two spaces deep."""
    print(json.dumps(value, indent=2, default=_plain), flush=True)


def tell_frame(frame: pl.DataFrame) -> None:
    """Print a frame as a table wide enough that no id is cut or wrapped: people copy them."""
    import polars as pl
    import polars.selectors as cs

    with table_style():
        # Characters that would steer a terminal, or hide, have no place in a cell.
        tell(
            frame.with_columns(
                cs.datetime().dt.strftime("%Y-%m-%d %H:%M UTC"), cs.string().str.replace_all(r"\p{C}+", " ")
            ).with_columns(pl.col(pl.String).fill_null(""))
        )


@contextmanager
def table_style() -> Iterator[None]:
    """Print frames inside in full, without dtypes, and in ASCII where the terminal has nothing else."""
    import polars as pl

    with pl.Config(
        tbl_formatting="UTF8_FULL_CONDENSED" if _speaks_unicode(sys.stdout) else "ASCII_FULL_CONDENSED",
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        fmt_str_lengths=60,
        tbl_width_chars=300,
    ):
        yield


def order_records(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of ``client.orders.list()`` for JSON: `extra` as an object, webhooks without what may be a secret."""
    return [
        {**row, "webhook_url": _without_secret(row["webhook_url"]), "extra": json.loads(row["extra"] or "null")}
        for row in rows
    ]


def order_record(state: OrderState, source: str) -> dict[str, Any]:
    """Return one order with the keys of ``client.orders.list()``, whichever of them the server gave."""
    from openprospect_nb.frames.schemas import ORDERS

    facts = {field.name: getattr(state, field.name) for field in dataclasses.fields(state)}
    cost = state.estimated_cost
    facts |= {
        "estimated_cost_total": None if cost is None else cost.total,
        "estimated_cost_currency": None if cost is None else cost.currency,
        "webhook_url": _without_secret(state.webhook_url),
        "source": source,
        "extra": dict(state.extra) or None,
    }
    return {name: facts[name] for name in ORDERS}


def _without_secret(address: str | None) -> str | None:
    """Return a webhook's address without query and credentials, where receivers have their tokens."""
    if address is None:
        return None
    parts = urlsplit(address)
    hidden = "?…" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{hidden}"


def _harmless(text: str) -> str:
    """Return *text* with every character that steers a terminal replaced by a blank."""
    return "".join(c if c.isprintable() or c in "\n\u00a0" else " " for c in text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)


def _speaks_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")
