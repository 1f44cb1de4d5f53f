"""Names in docstrings become links: `score`, `contract.Feature`, and `schemas.ORDERS` to the columns it stands for."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from functools import reduce

import polars as pl
from jinja2 import pass_context
from jinja2.runtime import Context
from pdoc.doc import Doc, Module
from pdoc.render_helpers import relative_link

import openprospect_nb as op

PACKAGE = op.__name__
# One pair of backticks marks a name of ours; two mark code.
NAME = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(\(\))?`(?!`)")
# What a doctest is told is not for readers.
DIRECTIVE = re.compile(r" *# doctest: .*$", re.MULTILINE)
COLUMNS = "columns"
Place = tuple[str, str]


class Names:
    """What the pages define, and the frames their docstrings speak of."""

    def __init__(self, pages: dict[str, Module]) -> None:
        self.pages = pages
        self.frames: dict[str, pl.Schema] = {}
        for page in pages.values():
            for member in page.members.values():
                for doc in (member, *getattr(member, "own_members", ())):
                    named = {name: _named(name, doc) for name, _ in NAME.findall(doc.docstring)}
                    self.frames |= {name: frame for name, frame in named.items() if isinstance(frame, pl.Schema)}

    @pass_context
    def linked(self, context: Context, docstring: str, doc: Doc) -> str:
        """Return *docstring* with each name of ours as a Markdown link, seen from the page being made."""
        page: Module = context["module"]
        if not page.members:  # a guide makes its own links
            return docstring

        def link(match: re.Match[str]) -> str:
            name = match.group(1)
            place = self._place_of(name, doc, page)
            if place is None:
                # What exists but is on no page is a name all the same; what exists nowhere is a mistake.
                if _named(name, doc) is None:
                    warnings.warn(f"{doc.fullname}: there is no `{name}`", stacklevel=2)
                return match.group()
            module, anchor = place
            return f"[`{name}`]({relative_link(page.modulename, module)}#{anchor})"

        return NAME.sub(link, DIRECTIVE.sub("", docstring))

    def _place_of(self, name: str, doc: Doc, page: Module) -> Place | None:
        """Return page and anchor of a name: a frame's columns, something on this page, or on another."""
        if isinstance(_named(name, doc), pl.Schema):
            return COLUMNS, anchor_of(name)
        for module, candidate in self._candidates(name, doc, page):
            found = self.pages[module].get(candidate)
            if found is not None and found.docstring:
                return module, candidate
        return None

    def _candidates(self, name: str, doc: Doc, page: Module) -> Iterator[Place]:
        """Yield where a name could lead, the nearest first."""
        levels = doc.qualname.split(".") if doc.qualname else []
        for depth in range(len(levels), -1, -1):
            yield page.modulename, ".".join([*levels[:depth], name])
        yield PACKAGE, name.removeprefix("op.")
        noun, _, verb = name.removeprefix("client.").partition(".")
        yield f"{PACKAGE}.client", f"{noun.capitalize()}.{verb}"
        yield from ((module, name) for module in self.pages)
        qualifier, _, last = name.rpartition(".")
        yield from ((module, last) for module in self.pages if qualifier and module.endswith(f".{qualifier}"))


def anchor_of(name: str) -> str:
    """Return the anchor of a frame on the page of columns."""
    return f"frame-{name.replace('.', '-').lower()}"


def _named(name: str, doc: Doc) -> object:
    """Return what a name stands for where its docstring was written, or in the package; None if it is nothing."""
    *qualifier, last = name.split(".")
    homes = [doc.taken_from[0], ".".join([PACKAGE, *qualifier]), ".".join([PACKAGE, "frames", *qualifier])]
    for number, home in enumerate(homes):
        module = sys.modules.get(home)
        path = [last] if number and qualifier else [*qualifier, last]
        found = reduce(lambda inside, part: getattr(inside, part, None), path, module)
        if found is not None:
            return found
    return None
