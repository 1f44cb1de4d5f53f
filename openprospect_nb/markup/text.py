"""Make a vendor's text safe to show: nothing hidden or direction-changing, bounded length, plain web links only."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

# Control, format (zero-width, bidirectional overrides), surrogate, private and unassigned characters change how the
# text around them reads. The zero-width joiner inside emoji is among them: an emoji family then shows as its members.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str | None, limit: int = 200) -> str:
    """Return *text* on one line without hidden characters, cut to *limit* characters with an ellipsis; "" for None.

    The result is plain text: whoever puts it into HTML escapes it there.
    """
    if not text:
        return ""
    # Hidden characters could be most of a hostile text, so look at more than the limit before cutting.
    shown = text[: limit * 20]
    # Printable is, for Python, what is neither hidden nor white space other than a blank: nearly every text.
    if not shown.isprintable():
        shown = "".join(" " if c.isspace() else c for c in shown if c.isspace() or not _is_hidden(c))
    line = " ".join((shown if shown.isascii() else _at_most_marks(shown)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def first_of(texts: Sequence[str], most: int = 5) -> str:
    """Return the first *most* of *texts* in one line, and how many more there are."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def web_link(address: str | None) -> str | None:
    """Return *address* if it is an http or https link to a named host, without credentials; otherwise None."""
    if not address or len(address) > 2048 or " " in address or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname)
    except ValueError:
        return None
    credentials = "@" in parts.netloc
    return address if parts.scheme in {"http", "https"} and named and not credentials else None


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def _at_most_marks(text: str) -> str:
    """Return *text* with at most two combining marks in a row, so that stacked marks cannot cover other lines."""
    letters: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        if run <= 2:
            letters.append(character)
    return "".join(letters)
