"""Country names and codes: what a user may write, and which ISO 3166-1 code it means."""

from __future__ import annotations

import difflib
import json
import unicodedata
from functools import cache
from importlib.resources import files


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of *text* (a code, or an English, German or local name), or None."""
    return _codes().get(_key(text))


def country_name(text: str) -> str | None:
    """Return the English name of the country *text* means, or None."""
    code = country_code(text)
    return _table()[code][0] if code else None


def similar_countries(text: str) -> list[str]:
    """Return up to three country names that look like *text*, best first."""
    names = {_key(name): name for names in _table().values() for name in names}
    return [names[key] for key in difflib.get_close_matches(_key(text), names, n=3, cutoff=0.7)]


def _key(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


@cache
def _table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = json.loads(files("openprospect_nb").joinpath("countries.json").read_text("utf-8"))
    return table


@cache
def _codes() -> dict[str, str]:
    by_name = {_key(name): code for code, names in _table().items() for name in names}
    return by_name | {code.casefold(): code for code in _table()}
