"""When two orders are the same order: what of a request decides what is bought, without how it happens to be spelled.

A cell that is run again may say the same in other words: its countries in another order, a default written out, an
empty list where there was none, "Germany" for "DE". Sent twice that would be two orders, so none of it counts.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from openprospect_nb.contract import Priority
from openprospect_nb.countries import country_code

# What a request says by leaving it out.
DEFAULTS: Final[Mapping[str, Any]] = {"priority": str(Priority.NORMAL)}
canonical: Final[Callable[[Any], str]] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False
).encode
"""Returns JSON text that is equal for equal values."""


def meaning(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request in the one spelling that all requests for the same thing share.

    Texts are composed (NFC) with single blanks, lists are sets, countries are codes where we know them. What is empty
    or a documented default is left out. Companies may come in any order, but each of them counts.
    """
    spelled = {name: SPELLINGS.get(name, _plain)(value) for name, value in fields.items()}
    return {name: value for name, value in spelled.items() if not _is_empty(value) and value != DEFAULTS.get(name)}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    return _set(value, _plain) if isinstance(value, list | tuple) else value


def _set(value: Any, spelling: Callable[[Any], Any]) -> Any:
    if not isinstance(value, list | tuple):
        return spelling(value)
    one_each = {canonical(item): item for item in map(spelling, value) if not _is_empty(item)}
    return [one_each[text] for text in sorted(one_each)]


def _countries(value: Any) -> Any:
    return _set(value, lambda text: (country_code(text) or _plain(text).casefold()) if isinstance(text, str) else text)


def _companies(value: Any) -> Any:
    return sorted(value, key=canonical) if isinstance(value, list | tuple) else value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, Collection) and not value)


SPELLINGS: Final[Mapping[str, Callable[[Any], Any]]] = {"target_countries": _countries, "companies": _companies}
