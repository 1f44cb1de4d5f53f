"""Field rules of requests: each reader returns a clean value and notes every broken rule, so that all are reported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from openprospect_nb.sandbox.server.problems import invalid

__all__ = ["WEB_ADDRESS", "Body", "Findings", "is_identifier"]

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
# the same pattern in Python and in JSON Schema; credentials and blanks have no place in it
WEB_ADDRESS: Final = r"https?://([^\u0000-\u0020/?#@:\[\]]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][^\u0000-\u0020]*)?"
_BLANKS: Final = " \t\r\n"
_ECHO_LIMIT: Final = 200
_MAX_URL: Final = 2048


def is_identifier(text: str) -> bool:
    """Whether *text* is a UUID in the usual spelling."""
    return _UUID.fullmatch(text) is not None


class Findings:
    """The broken rules of one request, in the order they were met."""

    def __init__(self) -> None:
        self.problems: list[dict[str, Any]] = []

    def add(self, field: str, error: str, provided: Any = None) -> None:
        """Note that *field* breaks a rule; long values are echoed in part."""
        self.problems.append({"field": field, "error": error, "provided": _echo(provided)})

    def stop(self) -> None:
        """Raise the 422 if anything was noted."""
        if self.problems:
            raise invalid(self.problems)


class Body:
    """The fields of a JSON object, read by rule; ``null`` counts as absent.

    Args:
        data: the object.
        findings: where broken rules are noted.
        prefix: put before each field name, such as ``companies[3].``.
    """

    def __init__(self, data: Mapping[str, Any], findings: Findings, prefix: str = "") -> None:
        self.data = data
        self.findings = findings
        self.prefix = prefix

    def note(self, name: str, error: str) -> None:
        """Note that the field *name* breaks a rule."""
        self.findings.add(self.prefix + name, error, self.data.get(name))

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.data.get(name) is not None

    def text(self, name: str, limit: int, *, required: bool = False) -> str | None:
        """Return a string of 1 to *limit* characters that is not blank; None if absent."""
        value = self.data.get(name)
        if value is None:
            if required:
                self.note(name, "is required")
            return None
        problem = _text_problem(value, limit)
        if problem:
            self.note(name, problem)
            return None
        return str(value)

    def texts(self, name: str, limit: int, *, required: bool = False) -> list[str] | None:
        """Return a list of strings of 1 to *limit* characters; *required* asks for at least one."""
        value = self.data.get(name)
        if value is None or value == []:
            if required:
                self.note(name, "needs at least one item")
            return value
        if not isinstance(value, list):
            self.note(name, "must be a list of strings")
            return None
        for number, item in enumerate(value):
            if problem := _text_problem(item, limit):
                self.findings.add(f"{self.prefix}{name}[{number}]", problem, item)
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return an integer from *low* to *high*; None if absent. As in JSON Schema, ``5.0`` is one."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.note(name, f"must be an integer from {low} to {high}")
            return None
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number from *low* to *high*; None if absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.note(name, f"must be a number from {low:g} to {high:g}")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """Return a Boolean; None if absent."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            self.note(name, "must be true or false")
            return None
        return value

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of *allowed*; None if absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or value not in allowed:
            self.note(name, f"must be one of {', '.join(allowed)}")
            return None
        return value

    def identifier(self, name: str) -> str | None:
        """Return a UUID in lower case; None if absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not is_identifier(value):
            self.note(name, "must be a UUID")
            return None
        return value.lower()

    def identifiers(self, name: str, *, required: bool = False) -> list[str]:
        """Return a list of UUIDs in lower case, repeats dropped; empty if absent and not *required*."""
        value = self.data.get(name)
        if not isinstance(value, list):
            if required or value is not None:
                self.note(name, "must be a list of UUIDs")
            return []
        for number, item in enumerate(value):
            if not isinstance(item, str) or not is_identifier(item):
                self.findings.add(f"{self.prefix}{name}[{number}]", "must be a UUID", item)
        return list(dict.fromkeys(str(item).lower() for item in value))

    def url(self, name: str) -> str | None:
        """Return an http(s) address of at most 2,048 characters; None if absent."""
        value = self.text(name, _MAX_URL)
        if value is not None and not re.fullmatch(WEB_ADDRESS, value):
            self.note(name, "must be an http or https address")
            return None
        return value


def _text_problem(value: Any, limit: int) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    if not value.strip(_BLANKS):
        return "must not be empty"
    if len(value) > limit:
        return f"must have at most {limit} characters"
    return None


def _echo(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_ECHO_LIMIT]
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)[:_ECHO_LIMIT]
    return value
