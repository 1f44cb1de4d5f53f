"""What a cell says, whatever a spreadsheet, a CRM or pandas left in it: a text without invisible signs, or nothing."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any, Final

from openprospect_nb.files.words import WORDS

__all__ = ["NO_VALUES", "clean", "said"]

NO_VALUES: Final = frozenset(WORDS["no_value"])
_BLANKS: Final = re.compile(r"\s+")
_WIDEST_EXACT: Final = 2**53


def clean(text: str) -> str:
    r"""Return *text* without control and zero-width characters, its blanks single; typographic letters stay.

    Example:
        >>> clean(" Foo\u200b\u00a0 Ltd\x1a")
        'Foo Ltd'
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Joiners (U+200C, U+200D) shape Persian and Indic letters, so they go only where no letter of those scripts stands.
    shaped = any("\u0590" <= sign <= "\u0dff" for sign in text)
    kept = "".join(" " if sign.isspace() else sign for sign in text if _stays(sign, shaped=shaped))
    return _BLANKS.sub(" ", kept).strip()


def _stays(sign: str, *, shaped: bool) -> bool:
    kind = unicodedata.category(sign)
    return sign.isspace() or kind not in {"Cc", "Cf"} or (shaped and sign in "\u200c\u200d")


def said(value: Any) -> str | None:
    """Return what *value* says as text, or None for nothing: null words, NaN, marks without letter or digit.

    Whole floats lose their ``.0``: ids that went through a column with gaps come as 12345.0.

    Example:
        >>> [said(value) for value in (12345.0, "00123", " #N/A", float("nan"), "-")]
        ['12345', '00123', None, None, None]
    """
    if value is None or value is True or value is False:
        return None if value is None else str(value).lower()
    if isinstance(value, float | Decimal) and value != value:  # noqa: PLR0124 - only NaN differs from itself
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) <= _WIDEST_EXACT:
        return str(int(value))
    text = clean(value if isinstance(value, str) else str(value))
    if text.casefold() in NO_VALUES or not any(sign.isalnum() for sign in text):
        return None
    return text
