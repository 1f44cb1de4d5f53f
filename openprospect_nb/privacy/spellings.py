"""Every spelling of a form as one pattern over bytes: for files that can no longer be read as what they were.

`canonical` reads a text and compares; a torn database has no texts left, only bytes in which a column begins where
another ends. So this pattern asks for no border: it may take a look-alike along, in a file that is lost anyway.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from html.entities import html5
from typing import Final

import idna

from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind

_NOTHING: Final = rb"(?:\xc2\xad|\xe2\x80[\x8b-\x8f]|\xef\xbb\xbf)*"
_ENTITIES: Final[dict[str, list[str]]] = {}
for _name, _value in html5.items():
    _ENTITIES.setdefault(_value, []).append(_name)
_AT: Final = rb"\s{0,3}[\[({<]?\s{0,3}(?:at|\xc3\xa4t|arobase)\s{0,3}[\])}>]?\s{0,3}"
_BETWEEN_DIGITS: Final = rb"[\s().\-/]{0,3}"


def pattern_of(forms: Iterable[Form]) -> re.Pattern[bytes] | None:
    """Return what finds addresses, domains, numbers and profiles among *forms* in raw bytes, or None for none."""
    # The longest first: of two that begin alike a pattern takes the first.
    spellings = sorted((spelling for form in forms for spelling in _spellings(form)), key=len, reverse=True)
    return re.compile(b"|".join(spellings), re.IGNORECASE) if spellings else None


def overwritten(raw: bytes, pattern: re.Pattern[bytes]) -> tuple[bytes, int]:
    """Return *raw*, as long as it was, with each match overwritten by asterisks, and how many there were."""
    return pattern.subn(lambda match: b"*" * len(match[0]), raw)


def _spellings(form: Form) -> list[bytes]:
    if form.kind is Kind.ADDRESS:
        local, _, host = form.text.rpartition("@")
        tag = rb"(?:(?:\+|%2b)[\w.+\-]{0,60})?"
        at = b"(?:" + _letter("@") + b"|" + _AT + b")"
        whole = [_NOTHING.join([_letters(local), tag, at, _letters(name)]) for name in _names_of(host)]
        return [*whole, *(part for name in _names_of(host) for part in _in_base64(f"{local}@{name}"))]
    if form.kind is Kind.DOMAIN:
        return [_letters(name) for name in _names_of(form.text)]
    if form.kind is Kind.PROFILE:
        return [_letters(form.text)]
    if form.kind is Kind.PHONE:
        code, national = canonical.country_and_national(form.text)
        digits = _BETWEEN_DIGITS.join(digit.encode() for digit in national)
        return [rb"(?:(?:\+|%%2b|00)?%s%s)?[(0)]{0,3}%s" % (code.encode(), _BETWEEN_DIGITS, digits)]
    return []


def _names_of(host: str) -> set[str]:
    try:
        return {host, idna.decode(host)}
    except (idna.IDNAError, UnicodeError):
        return {host}


def _letters(text: str) -> bytes:
    return _NOTHING.join(_letter(character) for character in text)


def _letter(character: str) -> bytes:
    """Return one letter as itself in either case, decomposed, or encoded for a link, a mail, HTML or JSON."""
    written: set[bytes] = set()
    for case in {character, character.upper()}:
        raw = case.encode()
        written |= {re.escape(raw), re.escape(unicodedata.normalize("NFD", case).encode())}
        written |= {b"".join(b"%s%02x" % (sign, byte) for byte in raw) for sign in (b"%", b"=")}
        for code in map(ord, case if len(case) == 1 else ""):
            written |= {rb"&#0*%d;?" % code, rb"&#x0*%x;?" % code, rb"\\+u%04x" % code}
        written |= {b"&" + name.encode() for name in _ENTITIES.get(case, ())}
    longest_first = sorted(written, key=len, reverse=True)
    return b"(?:" + b"|".join(longest_first) + b")"


def _in_base64(text: str) -> Iterator[bytes]:
    """Yield what of *text* does not depend on its neighbours, packed at each of the three places a group can begin."""
    raw = text.encode()
    for before in range(3):
        whole = (before + len(raw)) // 3 * 4
        yield re.escape(base64.b64encode(bytes(before) + raw)[-(-before * 4 // 3) : whole])
