"""Make a page splittable again: what a JSON reader refuses is wrapped into a marked text that carries it as sent.

Four things stop a strict reader although only one value is at fault: bytes that are not UTF-8, lone surrogates,
NaN and Infinity, and nesting deeper than a reader walks. `repaired` replaces exactly those by a JSON string that
starts with a marker and holds the original; `unmarked` finds it again, so that the row and the field can be named.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final

LIST_KEYS: Final = ("items", "orders", "data", "results")
"""Where a page's list of records may be, by precedence (contract 6.1)."""
MAX_DEPTH: Final = 100
"""A value nested deeper than this, counted from the record's field, is not kept but named in rejects."""
DEPTH_RULE: Final = f"at most {MAX_DEPTH} levels deep"

_MARK: Final = "\x00openprospect_nb:"
_MARKED_START: Final = '"\\u0000openprospect_nb:'
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*+")(\s*:)?|(-?\bInfinity\b|\bNaN\b)|([\[{])|([\]}])', re.DOTALL)
_MARKED = re.compile(r'"\\u0000openprospect_nb:(?:[^"\\]|\\.)*+"', re.DOTALL)
_LONE = re.compile("[\ud800-\udfff]")


def repaired(page: bytes, child_field: str = "") -> bytes:
    """Return *page* as JSON that any reader can split, with each unreadable value as a marked text.

    Args:
        page: one response of the server.
        child_field: the field of a record that holds child records, if the kind has one.
    """
    text = page.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    return _fold_deep(_fold_tokens(text), child_field).encode("utf-8", errors="replace")


def unmarked(raw: str) -> tuple[str, str]:
    """Return the rule a marked JSON string carries (empty if it is not marked) and the JSON text as it was sent."""
    if not raw.startswith(_MARKED_START):
        return "", raw
    rule, _, sent = str(json.loads(raw)).removeprefix(_MARK).partition(":")
    return rule, str(json.loads(sent))


def has_marks(raw: str | bytes) -> bool:
    """Whether JSON text holds a marked string."""
    return _MARKED_START in raw if isinstance(raw, str) else _MARKED_START.encode() in raw


def restored(raw: str) -> str:
    """Return JSON text with every marked string inside replaced by what was sent."""
    return _MARKED.sub(lambda match: unmarked(match.group())[1], raw) if _MARKED_START in raw else raw


def readable(text: str) -> str:
    """Return *text* with U+FFFD for each lone surrogate and each byte that was no UTF-8."""
    return _LONE.sub("\ufffd", text)


def is_too_deep(raw: str) -> bool:
    """Whether a JSON text is nested deeper than `MAX_DEPTH`."""
    if raw.count("{") + raw.count("[") <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for match in _TOKEN.finditer(raw):
        depth += 1 if match[4] else -1 if match[5] else 0
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def _mark(rule: str, raw: str) -> str:
    """Return a JSON string that holds *raw*; written twice over, so that no reader meets a lone surrogate in it."""
    return json.dumps(f"{_MARK}{rule}:{json.dumps(raw)}")


def _fold_tokens(text: str) -> str:
    """Mark the strings that are no Unicode text, and NaN and Infinity."""

    def fold(match: re.Match[str]) -> str:
        literal, colon, number = match[1], match[2] or "", match[3]
        if number:
            return _mark("number", number)
        if literal and _has_lone(literal):
            return _mark("unicode", literal) + colon
        return match.group()

    return _TOKEN.sub(fold, text)


def _has_lone(literal: str) -> bool:
    if "\\u" not in literal:
        return _LONE.search(literal) is not None
    try:
        return _LONE.search(json.loads(literal, strict=False)) is not None
    except ValueError:  # a broken escape: the reader that comes next refuses the page
        return False


@dataclass(slots=True)
class _PageScan:
    """Where in the page a scan is: the open containers, and the record's value it is inside of, if any."""

    child_field: str
    depth: int = 0
    key: str = ""
    value_start: int = -1
    value_depth: int = 0
    deepest: int = 0
    folds: list[tuple[int, int]] = field(default_factory=list)

    def open(self, bracket: str, position: int) -> None:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        if self.value_start < 0 and self._is_value(bracket):
            self.value_start, self.value_depth, self.deepest = position, self.depth, self.depth

    def close(self, position: int) -> None:
        if self.value_start >= 0 and self.depth == self.value_depth:
            if self.deepest - self.value_depth >= MAX_DEPTH:
                self.folds.append((self.value_start, position))
            self.value_start = -1
        self.depth -= 1

    def _is_value(self, bracket: str) -> bool:
        """Whether the container just opened is a value, and not the page, its list, a record or a list of children."""
        if self.depth % 2:
            return bracket == "[" if self.depth < 6 else True
        if self.depth == 2:
            return bracket == "{" or self.key not in LIST_KEYS
        return self.depth > 4 or bracket == "{" or self.key != self.child_field


def _fold_deep(text: str, child_field: str) -> str:
    """Mark each value of a record that is nested deeper than `MAX_DEPTH`."""
    walk = _PageScan(child_field)
    for match in _TOKEN.finditer(text):
        literal, colon, _, opened, closed = match.groups()
        if colon:
            walk.key = literal[1:-1]
        elif opened:
            walk.open(opened, match.start())
        elif closed:
            walk.close(match.end())
    parts, done = [], 0
    for start, end in walk.folds:
        parts += [text[done:start], _mark(DEPTH_RULE, text[start:end])]
        done = end
    return "".join((*parts, text[done:]))
