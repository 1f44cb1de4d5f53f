"""What a cell says, whatever a spreadsheet, a CRM or pandas left in it: a text without invisible signs, or nothing."""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal
from typing import Any, Final

from openprospect_nb.files.words import WORDS

NO_VALUES: Final = frozenset(WORDS["no_value"])
_EMPTY: Final = frozenset(WORDS["no_value_in_brackets"])
_BRACKETS: Final = ("()", "[]", "<>", "{}")
# What Excel and LibreOffice write for an error, in any language: #NAME?, #ÉRTÉK!
_ERROR: Final = re.compile(r"#[¡¿]?[^\W_][\w/]{1,14}[!?]")
_BLANKS: Final = re.compile(r"\s+")
_LETTER: Final = re.compile(r"[^\W_]")  # or a digit
# What programs write for nothing, also once for each name of a person: "None None".
_PROGRAMS: Final = frozenset({"null", "none", "nan", "undefined"})
_DENYING: Final = frozenset(WORDS["denying"])
_DENIED: Final = frozenset(WORDS["denied"])
# Letters by category that show nothing: what fills the place of a Hangul letter.
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# A letter as a web page writes it, left by whoever copied or scraped it: "Foo &amp; Bar".
_OF_HTML: Final = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,5}|#x[0-9A-Fa-f]{2,4});")
# Tags of a page's source around a name; "<na>" and "<null>" are words for nothing.
_TAGS: Final = re.compile(r"</?(?:a|b|br|div|em|font|i|p|span|strong|sub|sup|td|u)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_WIDEST_EXACT: Final = 2**53
# Ways to keep a spreadsheet from making a number of a text: ="00123", and an apostrophe before a figure or a sign.
_KEPT_AS_TEXT: Final = re.compile(r"""^(?:="(?P<formula>[^"]*)"|'(?P<marked>[\d=+\-@].*))$""")
_QUOTES: Final = frozenset({'""', "''", "“”", "„“", "„”", "‘’", "‚‘", "«»", "»«", "‹›", "「」", "『』"})


def clean(text: str) -> str:
    r"""Return *text* without control and zero-width characters, its blanks single; typographic letters stay.

    Example:
        >>> clean(" Foo\u200b\u00a0 Ltd\x1a")
        'Foo Ltd'
    """
    # Printable are no controls, no formats and no blanks but the usual one.
    if text.isprintable() and "  " not in text and _FILLERS.isdisjoint(text):
        return text.strip()
    # Joiners (U+200C, U+200D) shape Persian and Indic letters, so they go only where no letter of those scripts stands.
    shaped = any("\u0590" <= sign <= "\u0dff" for sign in text)
    shown = "".join(" " if sign.isspace() else sign for sign in text if _stays(sign, shaped=shaped))
    return _BLANKS.sub(" ", shown).strip()


def _stays(sign: str, *, shaped: bool) -> bool:
    kind = unicodedata.category(sign)
    return sign.isspace() or (
        sign not in _FILLERS and (kind not in {"Cc", "Cf"} or (shaped and sign in "\u200c\u200d"))
    )


def unquoted(text: str) -> str:
    """Return *text* without one pair of quotation marks around all of it, or one that opens it and never closes.

    Example:
        >>> [unquoted(text) for text in ("'Foo, Ltd'", "“Foo”", '"Foo Ltd', "'Foo Ltd", "'t Hooft BV", 'Display 12"')]
        ['Foo, Ltd', 'Foo', 'Foo Ltd', 'Foo Ltd', "'t Hooft BV", 'Display 12"']
    """
    if text[:1] in {"=", "'"} and (as_text := _KEPT_AS_TEXT.match(text)):
        return as_text["marked"] if as_text["formula"] is None else as_text["formula"]
    # An apostrophe before a word of capital or caseless letters marks a text; in "'t Hooft" it belongs to the name.
    if text[:1] == "'" and "'" not in text[1:] and text[1:3].isalpha() and not text[1].islower():
        return text[1:]
    if len(text) > 2 and text[0] + text[-1] in _QUOTES and not {text[0], text[-1]} & set(text[1:-1]):
        return text[1:-1].strip()
    return text[1:].strip() if text.startswith('"') and text.count('"') == 1 else text


def said(value: Any) -> str | None:
    """Return what *value* says as text, or None for nothing: null words, NaN, marks alone, lists.

    Whole numbers lose their ``.0``: ids that went through a column with gaps come as 12345.0, out of a database as
    7.00. Quotation marks around the whole go, and what keeps a spreadsheet from reading ``="00123"`` as a number.

    Example:
        >>> [said(value) for value in (12345.0, "00123", " #N/A", float("nan"), "-")]
        ['12345', '00123', None, None, None]
    """
    if isinstance(value, str):  # nearly all cells are
        text = value
    elif value is None or isinstance(value, bool | list | dict | tuple | set):
        return str(value).lower() if isinstance(value, bool) else None
    elif isinstance(value, float | Decimal) and value != value:  # noqa: PLR0124 - only NaN differs from itself
        return None
    elif (isinstance(value, float) and value.is_integer() and abs(value) <= _WIDEST_EXACT) or (
        isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()
    ):
        return str(int(value))
    else:
        # Parquet of some engines has texts as bytes; a printout of them is no text.
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = _TAGS.sub(" ", text) if "<" in text else text
    text = unquoted(clean(html.unescape(text) if "&" in text and _OF_HTML.search(text) else text))
    return None if _is_nothing(text.casefold()) or _LETTER.search(text) is None else text


def denies(text: str) -> bool:
    """Return whether a text that should be a name or place says that there is none: "no data available".

    Elsewhere it may be an answer: "not found" is what a mail server says.
    """
    words = frozenset(text.casefold().split())
    return bool(words & _DENYING) and bool(words & _DENIED) and words <= _DENYING | _DENIED


def _is_nothing(text: str) -> bool:
    """Return whether a cell says nothing: a word for it, with blanks or in brackets too, or a spreadsheet's error."""
    if text in NO_VALUES or (text.startswith("#") and _ERROR.fullmatch(text)):
        return True
    if " " in text and (text.replace(" ", "") in NO_VALUES or _PROGRAMS.issuperset(text.split())):
        return True
    inner = text[1:-1].strip() if text[:1] + text[-1:] in _BRACKETS else ""
    return bool(inner) and (inner in NO_VALUES or inner in _EMPTY)
