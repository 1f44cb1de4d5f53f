"""Take the API key out of whatever a server sends back, however it spells it."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from openprospect_nb.settings import Secret

MASK: Final = b"[key]"
# A real key has 41 characters. What is this short may be a word, and taking it out would spoil data.
SHORTEST: Final = 12
_JSON_ESCAPE: Final = re.compile(rb"\\(?:u00([2-7][0-9a-fA-F])|([\"/\\]))")


class KeyMask:
    """Puts ``[key]`` in the place of one API key.

    It finds the key as it is, with any of its characters escaped as JSON or percent-encoding do, and inside base64, as
    in an ``Authorization`` header that was packed whole.
    """

    def __init__(self, key: Secret) -> None:
        self._plain = key.reveal().encode()
        self._forms = {self._plain, *_inside_base64(self._plain)} if len(self._plain) >= SHORTEST else set()
        self._hints = _hints(self._plain) if self._forms else ()
        self._spelled = re.compile(b"".join(_spellings(byte) for byte in self._plain))

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "KeyMask()"

    def body(self, body: bytes) -> bytes:
        """Return *body* without the key; the very same object if the key is not in it."""
        for form in self._forms:
            if form in body:
                body = body.replace(form, MASK)
        # Undoing escapes costs more than all else here, so only where one of them is of a character of the key.
        if any(hint.search(body) for hint in self._hints):
            unescaped = _JSON_ESCAPE.sub(lambda escape: escape[2] or bytes.fromhex(escape[1].decode()), body)
            if self._plain in unquote_to_bytes(unescaped):
                body = self._spelled.sub(MASK, body)
        return body

    def text(self, text: str) -> str:
        """Return *text* without the key."""
        return self.body(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _hints(plain: bytes) -> tuple[re.Pattern[bytes], ...]:
    """Return patterns of which one is found wherever a character of the key stands escaped."""
    codes: dict[str, set[str]] = {}
    for byte in plain:
        code = f"{byte:02x}"
        codes.setdefault(code[0], set()).update({code[1], code[1].upper()})
    spelled = "|".join(f"{high}[{''.join(sorted(lows))}]" for high, lows in codes.items()).encode()
    # One pattern each: a search that begins with fixed bytes is many times faster than one that chooses.
    slashed = [rb"\\[\"/\\]"] if set(plain) & set(b'"/\\') else []
    return tuple(re.compile(pattern) for pattern in (rb"\\u00(?:%s)" % spelled, b"%%(?:%s)" % spelled, *slashed))


def _spellings(byte: int) -> bytes:
    """Return a pattern of one character of the key: as it is, or escaped as JSON or percent-encoding do."""
    return rb"(?:\\?%s|\\u00(?i:%02x)|%%(?i:%02x))" % (re.escape(bytes([byte])), byte, byte)


def _inside_base64(plain: bytes) -> set[bytes]:
    """Return what base64 makes of *plain* wherever it begins in the packed text, without what its neighbours change."""
    cores = set()
    for before in range(3):
        packed = base64.b64encode(bytes(before) + plain)
        # The first characters mix with what stands before, the last ones with what follows.
        start, end = (0, 2, 3)[before], (before + len(plain)) * 8 // 6
        core = packed[start:end]
        cores |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return cores
