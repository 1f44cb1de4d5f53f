"""What a page would load from elsewhere: pictures beside the notebook come into it, for the rest there are links."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from openprospect_nb.markup.render import render

_LOADED: Final = re.compile(
    r"<(img|iframe|video|audio|source|embed|object|link)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE
)
_ATTRIBUTE: Final = re.compile(r"\b(src|href|data|alt|rel)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)


def held(body: str, folder: Path) -> str:
    """Return *body* with pictures from beside the notebook inside it, and links to what is on the network."""
    return _LOADED.sub(lambda tag: _loaded(tag[0], tag[1].lower(), tag[2], folder), body)


def _loaded(tag: str, name: str, attributes: str, folder: Path) -> str:
    stated = {m[1].lower(): unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(attributes)}
    address = stated.get("src") or stated.get("data") or (stated.get("href", "") if name == "link" else "")
    if not address or address.startswith(("data:", "blob:", "#")):
        return tag
    if name == "link":
        return ""
    kind = mimetypes.guess_type(address)[0] or ""
    file = folder / unquote(address)
    if name == "img" and kind.startswith("image/") and "://" not in address and file.is_file():
        packed = f"data:{kind};base64,{b64encode(file.read_bytes()).decode()}"
        return re.sub(r"\bsrc\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", lambda _: f'src="{packed}"', tag, count=1)
    if address.startswith(("http://", "https://", "//")):
        return render("report/elsewhere.html", address=address, text=stated.get("alt") or address)
    return render("report/elsewhere.html", address="", text=f"{stated.get('alt', '')} ({address} is not there)".strip())
