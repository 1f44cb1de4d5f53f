"""Blank a person or company in stored JSON; pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SPACES: Final = frozenset("bfnrt")  # all that can stand for in a search is a border between words


def pattern_of(who: str) -> re.Pattern[str]:
    """Return what finds *who* as a whole: the domain ``ab.example`` is not found in ``lab.example``.

    An address is not found inside a longer address, a domain is found below its subdomains and behind an ``@``.
    """
    before = r"[^a-z0-9._+\-]" if "@" in who else r"[^a-z0-9\-]"
    # No look-around, so that Polars' engine understands it too.
    return re.compile(rf"(?i)(?:^|{before}){re.escape(who)}(?:$|[^a-z0-9\-])")


def names(text: str, who: re.Pattern[str]) -> bool:
    r"""Whether *text* names *who*, in JSON's escapes too (``ada\u0040ab.example``), be they escaped again."""
    while who.search(text) is None:
        # Free-form JSON is stored as the server sent it, and JSON within JSON is escaped twice.
        text, before = _ESCAPE.sub(_plain, text), text
        if text == before:
            return False
    return True


def redacted_text(stored: str, who: re.Pattern[str], mark: str) -> str:
    """Return stored JSON (or plain text) with what *who* matches replaced; a matching company is replaced whole."""
    try:
        value = json.loads(stored)
    except ValueError:
        return mark
    if isinstance(value, dict) and isinstance(value.get("companies"), list):
        value["companies"] = [_company(company, who, mark) for company in value["companies"]]
    return json.dumps(redacted(value, who, mark), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def redacted(value: Any, who: re.Pattern[str], mark: str) -> Any:
    """Return JSON-ready *value* with every text that *who* matches replaced."""
    if isinstance(value, str):
        return mark if names(value, who) else value
    if isinstance(value, dict):
        return {name: redacted(member, who, mark) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(member, who, mark) for member in value]
    return value


def _company(company: Any, who: re.Pattern[str], mark: str) -> Any:
    texts = company.values() if isinstance(company, dict) else [company]
    return {"company_name": mark} if any(isinstance(t, str) and names(t, who) for t in texts) else company


def _plain(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return " " if escape[2] in _SPACES else str(escape[2])
