"""What a command prints: lines, tables, JSON, and errors; safe on any terminal, in a pipe, and for hostile text."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TextIO
from urllib.parse import urlsplit

from openprospect_nb.errors import OpenProspectError, ValidationError

if TYPE_CHECKING:
    import polars as pl

    from openprospect_nb.markup.cards import Faced
    from openprospect_nb.models import OrderState


def encode_anything(stream: TextIO) -> None:
    """Let *stream* escape what its encoding lacks, instead of failing half-way through a table."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def tell(text: object) -> None:
    """Print the answer of a command, on standard output."""
    print(_harmless(str(text)), flush=True)


def tell_prose(text: object) -> None:
    """Print sentences: on a terminal broken between words, below the text they begin with, in a pipe as they stand."""
    if not sys.stdout.isatty():
        tell(text)
        return
    width = shutil.get_terminal_size().columns
    for line in str(text).splitlines():
        below = " " * _where_text_goes_on(line, width)
        wrap = textwrap.TextWrapper(width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)
        tell(wrap.fill(line) or line)


def _where_text_goes_on(line: str, width: int) -> int:
    """Return how far in the rest of a line stands: below the text after a name that stands apart, else two more."""
    named = re.match(r" *\S.*?  +(?=\S)", line)
    if named is not None and named.end() <= width // 2:
        return named.end()
    return len(line) - len(line.lstrip()) + 2


def tell_value(value: Faced) -> None:
    """Print what the card of *value* says, as sentences; what to call next in Python is no answer here."""
    from openprospect_nb.markup.cards import in_short

    tell_prose(in_short(value))


def note(text: str) -> None:
    """Print what is not the answer, such as an error, on standard error."""
    print(_harmless(text), file=sys.stderr, flush=True)


def tell_json(value: object) -> None:
    """Print *value* as JSON in ASCII: times as ISO 8601 UTC, keys in their own order, two spaces deep."""
    print(json.dumps(value, indent=2, default=_plain), flush=True)


def tell_frame(frame: pl.DataFrame) -> None:
    """Print a frame as a table: in a pipe in full, on a terminal as wide as that is. No id is cut: people copy them."""
    if frame.is_empty():
        tell("None.")
        return
    import polars as pl
    import polars.selectors as cs

    # Characters that would steer a terminal, or hide, have no place in a cell.
    plain = frame.with_columns(
        cs.datetime().dt.strftime("%Y-%m-%d %H:%M UTC"),
        cs.string().str.replace_all(r"\p{C}+", " "),
        # A person reads two decimals of an amount and three of a rate; --json has them all.
        pl.when(cs.float().abs() < 1).then(cs.float().round(3)).otherwise(cs.float().round(2)),
    ).with_columns(pl.col(pl.String).fill_null(""))
    if sys.stdout.isatty():
        tell(fitted(plain, shutil.get_terminal_size().columns))
        return
    with table_style():
        tell(plain)


def fitted(frame: pl.DataFrame, width: int) -> str:
    """Return *frame* as lines of at most *width* characters, two blanks between columns.

    Texts that are no ids are cut, down to ten letters, numbers never; columns without room are left out, and named.
    """
    import polars as pl

    rows = [[str(cell) for cell in row] for row in frame.select(pl.all().cast(pl.String).fill_null("")).iter_rows()]
    needed = [max([len(name), *(len(row[at]) for row in rows)]) for at, name in enumerate(frame.columns)]
    # Ids, keys and times are copied or compared, and useless when cut.
    is_whole = [name in {"key", "status"} or name.endswith(("_id", "_at")) for name in frame.columns]
    may_be_cut = [kind == pl.String and not whole for kind, whole in zip(frame.dtypes, is_whole, strict=True)]
    widths = _shrunk(needed, may_be_cut, width)
    lines = [_line(frame.columns, widths), *(_line(row, widths) for row in rows)]
    left = frame.columns[len(widths) :]
    return "\n".join([*lines, f"not shown for want of room: {', '.join(left)} (--json has all)"] if left else lines)


def _shrunk(needed: Sequence[int], may_be_cut: Sequence[bool], width: int) -> list[int]:
    """Return the widths of as many columns from the left as have room, those that may be cut no less than ten."""
    widths, least = list(needed), [min(10, n) if cut else n for n, cut in zip(needed, may_be_cut, strict=True)]
    while len(widths) > 1 and sum(least[: len(widths)]) + 2 * (len(widths) - 1) > width:
        widths.pop()
    while sum(widths) + 2 * (len(widths) - 1) > width:
        room = [w - low for w, low in zip(widths, least, strict=False)]
        if max(room) <= 0:
            break
        widths[room.index(max(room))] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = (cell if len(cell) <= w else f"{cell[: w - 1]}…" for cell, w in zip(cells, widths, strict=False))
    return "  ".join(f"{cell:<{w}}" for cell, w in zip(shown, widths, strict=True)).rstrip()


@contextmanager
def table_style() -> Iterator[None]:
    """Print frames inside in full, without dtypes, and in ASCII where the terminal has nothing else."""
    import polars as pl

    with pl.Config(
        tbl_formatting="UTF8_FULL_CONDENSED"
        if (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
        else "ASCII_FULL_CONDENSED",
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        fmt_str_lengths=60,
        tbl_width_chars=shutil.get_terminal_size().columns if sys.stdout.isatty() else 300,
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


# What single classes carry beside the root's facts; `details` stays out, since it holds the server's raw response.
CARRIED: Final = ("retry_after", "required_scopes", "user_scopes", "order_id", "order_status", "pending")


def explain(error: OpenProspectError) -> str:
    """Return what a person at a terminal reads of an error: one line a broken field, and the next step."""
    if isinstance(error, ValidationError) and error.fields:
        lines = [f"  {problem.field}: {problem.message}" for problem in error.fields]
        return "\n".join(["error: these fields must be corrected:", *lines, error.next_step])
    return f"error: {error}"


def as_json(error: OpenProspectError) -> str:
    """Return an error as one line of JSON: ``{"error": {"type": …, "message": …, "next_step": …, …}}``."""
    facts: dict[str, Any] = {
        "type": type(error).__name__,
        "message": error.message,
        "next_step": error.next_step,
        "status": error.status,
        "code": error.code,
        "request": error.request,
    }
    if isinstance(error, ValidationError):
        facts["fields"] = [{"field": problem.field, "message": problem.message} for problem in error.fields]
    facts |= {name: getattr(error, name) for name in CARRIED if hasattr(error, name)}
    return json.dumps({"error": facts})
