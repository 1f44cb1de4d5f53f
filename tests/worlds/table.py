"""The page the cells stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .cells import Cell, Promise
from .truths import WORLDS

START, END = "<!-- worlds -->", "<!-- /worlds -->"


def page(text: str, promises: Iterable[Promise], cells: Mapping[tuple[str, str], Cell]) -> str:
    """Return the page with the tables between its marks; what was not tried this time keeps the table that stands."""
    worlds = ["| world | what is true there |", "|---|---|", *(f"| {w.name} | {w.says} |" for w in WORLDS)]
    tables = (_table(promise, cells) or _standing(promise, text) for promise in promises)
    body = "\n\n".join(["\n".join(worlds), *filter(None, tables)])
    return re.sub(f"{START}.*?{END}", lambda _: f"{START}\n{body}\n{END}", text, flags=re.DOTALL)


def _standing(promise: Promise, text: str) -> str:
    found = re.search(rf"^\*\*{re.escape(promise.name)}\*\*: .*?(?=\n\n\*\*|\n{END})", text, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def _table(promise: Promise, cells: Mapping[tuple[str, str], Cell]) -> str:
    """Return the table of one promise, or nothing where it was not tried in all of its worlds."""
    rows = {name: cells.get((promise.name, name)) for name in promise.worlds}
    lines = [f"| {name} | {_shown(found, promise)} |" for name, found in rows.items() if found is not None]
    if len(lines) < len(rows):
        return ""
    head = f"**{promise.name}**: {promise.says}."
    return "\n".join([head, "", f"| world | kept | 90 % interval | {promise.measure} |", "|---|---|---|---|", *lines])


def _shown(found: Cell, promise: Promise) -> str:
    low, high = found.interval
    broken = " **broken**" if found.kept < found.n and high < 1 - promise.may_break else ""
    wide = " **too wide**" if low > promise.may_hold else ""
    return f"{found.kept} of {found.n}{broken}{wide} | {low:.0%} to {high:.0%} | {found.shown_size}"
