"""Follow every link of the built pages, as far as they stay inside the folder."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to, and what can be linked to on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the links and anchors of one tag."""
        del tag
        for name, value in attrs:
            if value and name in {"href", "src"} and not value.startswith("data:"):
                self.links.add(value)
            elif value and name in {"id", "name"}:
                self.anchors.add(value)


def broken_links(folder: Path) -> tuple[list[str], set[str]]:
    """Return the links that lead to no file or anchor of *folder*, each after its page, and the addresses outside."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    broken, outside = [], set()
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                outside.add(link)
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append(f"{path.relative_to(folder.resolve())}: {link}")
    return broken, outside
