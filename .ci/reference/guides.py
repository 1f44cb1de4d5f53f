"""Pages that are no module's: every column, every error, every command. All of it is made from the code."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import types
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from names import Names, anchor_of
from pdoc.doc import Module

import openprospect_nb
from openprospect_nb import errors
from openprospect_nb.cli import build_parser
from openprospect_nb.frames.guide import columns_guide
from openprospect_nb.frames.schemas import DRIFT, REJECTS, described_kinds
from openprospect_nb.transport.responses import Response, error_from

ROOT_FACTS = frozenset({"message", "next_step", "status", "code", "request", "details"})
ERRORS_HEAD = """Everything the package raises on purpose, in one tree; `except op.errors.OpenProspectError` catches
all of it.

Each carries `message`, `next_step` (what to do, which ends the text), and, where a server answered, `status`, `code`,
`request` (method and path) and `details` (what else it said). A key is in none of them. The command line prints them as
one JSON line with `--json` ([command line](command_line.html)).

"""
COMMANDS_HEAD = "Every command's `--help`, as the parser gives it. A test runs each example.\n\n"


def guides(names: Names) -> dict[str, Module]:
    """Return the pages by name."""
    texts = {"columns": columns_page(names), "error_reference": errors_page(), "command_line": commands_page()}
    return {name: _page(name, text) for name, text in texts.items()}


def columns_page(names: Names) -> str:
    """Return the page of columns: the declared kinds, then every other frame a docstring names."""
    text = columns_guide().removeprefix("# Columns\n")
    declared = {str(kind.schema): name for name, kind in described_kinds().items()}
    declared |= {str(REJECTS): "results.rejects", str(DRIFT): "results.drift"}
    for name, schema in names.frames.items():
        mark = f'<a id="{anchor_of(name)}"></a>\n\n'
        heading = declared.get(str(schema))
        if heading is not None:
            text = text.replace(f"## {heading}\n", f"{mark}## {heading}\n", 1)
        else:
            text += f"\n{mark}## {_title(name)}\n\n{_dtypes(schema)}"
    return text


def errors_page() -> str:
    """Return the table of errors: class, when it is raised, what it carries beyond the root's facts, the next step."""
    codes = _own_codes()
    rows = [
        f"| [`{cls.__name__}`](openprospect_nb/errors.html#{cls.__name__}) | {_first(cls)} | {_statuses(cls)} "
        f"| {_listed(_carried(cls))} | {cls.default_next_step or 'In the message.'} | {_listed(codes[cls.__name__])} |"
        for cls in _tree(errors.OpenProspectError)
    ]
    head = "| error | raised when | status | carries | next step | our own codes |\n|---|---|---|---|---|---|\n"
    return ERRORS_HEAD + head + "\n".join(rows) + "\n"


def commands_page() -> str:
    """Return every command's help under its name."""
    parts = [
        f"## {parser.prog}\n\n```text\n{parser.format_help().strip()}\n```\n" for parser in _parsers(build_parser())
    ]
    return COMMANDS_HEAD + "\n".join(parts)


def _page(name: str, text: str) -> Module:
    module = types.ModuleType(name, text)
    module.__dict__.update(__all__=[], __docformat__="markdown")
    return Module(module)


def _title(name: str) -> str:
    *qualifier, last = name.split(".")
    words = qualifier[0] if qualifier and last == "FRAME" else last.lower().replace("_", " ")
    return f"{words} (as in `{name}`)"


def _dtypes(schema: pl.Schema) -> str:
    rows = [f"| `{column}` | {str(dtype).replace('|', '/')} |" for column, dtype in schema.items()]
    return "\n".join(("| column | dtype |", "|---|---|", *rows)) + "\n"


def _tree(cls: type[errors.OpenProspectError]) -> Iterator[type[errors.OpenProspectError]]:
    yield cls
    for below in cls.__subclasses__():
        yield from _tree(below)


def _first(cls: type) -> str:
    first = (inspect.getdoc(cls) or "").split("\n\n", maxsplit=1)[0]
    without_status = re.sub(r"^\d(xx|\d\d):? ?,? ?", "", " ".join(first.split()).replace("``", "`"))
    return without_status[:1].upper() + without_status[1:]


def _statuses(cls: type) -> str:
    """Return the statuses that the transport turns into *cls*, by asking it about each."""
    now = datetime.fromtimestamp(0, UTC)
    asked = {
        status: type(error_from(Response(status=status, headers={}, body=b"{}", request="GET /"), now))
        for status in range(300, 600)
    }
    hundreds: dict[int, list[str]] = defaultdict(list)
    for status in (status for status, error in asked.items() if error is cls):
        hundreds[status // 100].append(str(status))
    shown = [listed if len(listed) <= 50 else [f"{hundred}xx"] for hundred, listed in hundreds.items()]
    return ", ".join(status for listed in shown for status in listed) or "–"


def _own_codes() -> dict[str, set[str]]:
    """Return the codes the package itself gives to each class of error, read from its calls."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in Path(openprospect_nb.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)) if "code=" in text else ()
        for call in calls:
            values = [word.value for word in call.keywords if word.arg == "code"]
            codes = {value.value for value in values if isinstance(value, ast.Constant)}
            found[ast.unparse(call.func).rpartition(".")[2]] |= codes
    return found


def _carried(cls: type) -> list[str]:
    """Return the public facts of *cls* beyond the root's: what its constructor takes, and its properties."""
    taken = [p.name for p in inspect.signature(cls).parameters.values() if p.kind is p.KEYWORD_ONLY]
    properties = [name for name, value in vars(cls).items() if isinstance(value, property)]
    return [name for name in (*taken, *properties) if name not in ROOT_FACTS]


def _listed(words: Collection[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words)) or "–"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to its sub-commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            for below in action.choices.values():
                yield from _parsers(below)
