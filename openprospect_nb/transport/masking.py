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

    Found are the key as it is, with any of its characters escaped as JSON or percent-encoding do, and inside base64, as
    in an ``Authorization`` header that was packed whole.
    """

    def __init__(self, key: Secret) -> None:
        plain = key.reveal().encode()
        worth_it = len(plain) >= SHORTEST
        self._literal = {plain, *_inside_base64(plain)} if worth_it else set()
        self._plain = plain
        self._spelled = re.compile(b"".join(_spellings(byte) for byte in plain)) if worth_it else None

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "KeyMask()"

    def body(self, body: bytes) -> bytes:
        """Return *body* without the key; the very same object if the key is not in it."""
        for form in self._literal:
            if form in body:
                body = body.replace(form, MASK)
        if self._spelled is not None and self._is_spelled_in(body):
            body = self._spelled.sub(MASK, body)
        return body

    def text(self, text: str) -> str:
        """Return *text* without the key."""
        return self.body(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def _is_spelled_in(self, body: bytes) -> bool:
        """Whether the key shows once escapes are undone: cheap, and in nearly every body the end of the matter."""
        undone = body
        if b"\\" in undone:
            undone = _JSON_ESCAPE.sub(lambda escape: escape[2] or bytes.fromhex(escape[1].decode()), undone)
        if b"%" in undone:
            undone = unquote_to_bytes(undone)
        return undone is not body and self._plain in undone


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
