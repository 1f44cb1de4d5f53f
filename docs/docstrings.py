"""What the reference makes of objects: no dunder names; examples are code; a name in backticks links to its place."""

from __future__ import annotations

import inspect
import linecache
import re
import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

import griffe

PACKAGE = "openprospect_nb"
# One pair of backticks marks a name of ours; two mark code.
NAME = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)")
# What an inspected value says of itself when nobody wrote a word about it.
BUILT_IN = {inspect.getdoc(kind) for kind in (str, int, float, bool, tuple, list, dict, set, frozenset)}
# Where a docstring's names are looked for when its own class and module do not have them.
ROOMS = ("", ".frames", ".client", ".client.Client", ".analysis", ".errors", ".models", ".contract", ".files.formulas")


class Docstrings(griffe.Extension):
    """Drop what nobody wrote, and rewrite each docstring before it is read."""

    def __init__(self) -> None:
        super().__init__()
        # Objects stand in the order of their first lines. No source is shown, and to look for where each of 6,000
        # begins and ends by parsing and tokenizing its file was a third of a build.
        inspect.findsource = _found
        inspect.getblock = lambda lines: lines[:1]

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Turn ``Example:`` into the section that griffe reads as code, and names into links."""
        for name in [name for name in obj.members if name.startswith("__") and name not in {"__init__", "__all__"}]:
            del obj.members[name]  # an inspected module or class has many that nobody wrote
        if obj.docstring is not None and obj.docstring.value in BUILT_IN:
            obj.docstring = None
        if obj.docstring is not None:
            text = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = NAME.sub(lambda match: _link(match, obj.path), text)


def _found(thing: Any, found: Callable[[Any], tuple[list[str], int]] = inspect.findsource) -> tuple[list[str], int]:
    """Return the lines of the file of *thing* and where it begins there, as `inspect.findsource` does."""
    if not inspect.isclass(thing):
        return found(thing)
    lines = linecache.getlines(inspect.getsourcefile(thing) or "")
    begins = re.compile(rf"\s*class {thing.__name__}\b")
    place = next((number for number, line in enumerate(lines) if begins.match(line)), None)
    return found(thing) if place is None else (lines, place)


def named(name: str, home: str) -> object:
    """Return what *name* means in a docstring of the object at the dotted path *home*; None if it is nothing."""
    noun, _, verb = name.removeprefix("client.").partition(".")
    names = [name.removeprefix("op."), f"{noun.capitalize()}.{verb}"] if "." in name else [name]
    parts = home.split(".")
    homes = [".".join(parts[:cut]) for cut in range(len(parts), 0, -1)]
    made = [getattr(_at(place), "__module__", PACKAGE) for place in homes]
    places = [*homes, *made, *(PACKAGE + room for room in ROOMS)]
    targets = (_at(f"{place}.{one}") for place in places for one in names)
    return next((target for target in targets if target is not None), None)


def _at(path: str) -> object:
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is not None:
            return reduce(lambda inside, part: getattr(inside, part, None), parts[cut:], module)
    return None


def _link(match: re.Match[str], home: str) -> str:
    target = named(match[1], home)
    place = f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', '')}"
    if not (inspect.isroutine(target) or inspect.isclass(target)) or not place.startswith(PACKAGE):
        return match.group()
    return f'<autoref identifier="{place}" optional><code>{match[1]}</code></autoref>'
