"""Blank a person or company in stored JSON; pure."""

from __future__ import annotations

import json
import re
from typing import Any


def pattern_of(who: str) -> re.Pattern[str]:
    """Return what finds *who* as a whole: the domain ``ab.example`` is not found in ``lab.example``.

    An address is not found inside a longer address, a domain is found below its subdomains and behind an ``@``.
    """
    before = r"[^a-z0-9._+\-]" if "@" in who else r"[^a-z0-9\-]"
    # No look-around, so that Polars' engine understands it too.
    return re.compile(rf"(?i)(?:^|{before}){re.escape(who)}(?:$|[^a-z0-9\-])")


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
        return mark if who.search(value) else value
    if isinstance(value, dict):
        return {name: redacted(member, who, mark) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(member, who, mark) for member in value]
    return value


def _company(company: Any, who: re.Pattern[str], mark: str) -> Any:
    texts = company.values() if isinstance(company, dict) else [company]
    return {"company_name": mark} if any(isinstance(t, str) and who.search(t) for t in texts) else company
