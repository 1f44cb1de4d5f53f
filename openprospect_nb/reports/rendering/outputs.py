"""What a page shows of one output: of the forms a kernel offers, the richest that needs neither network nor scripts."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.markup.render import render, trusted
from openprospect_nb.reports.rendering.figures import Figures, figures_in
from openprospect_nb.reports.rendering.formulas import formula
from openprospect_nb.reports.rendering.refusals import Unshown
from openprospect_nb.reports.rendering.vega import specifications_in, vega_picture

PLOTLY: Final = "application/vnd.plotly.v1+json"
WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_VEGA: Final = re.compile(r"application/vnd\.(vega(?:lite)?)\.v\d[\d.]*\+json")
_IMAGES: Final = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif")
_SCRIPT: Final = re.compile(r"<script\b[^>]*>.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_UNSEEN: Final = re.compile(r"<!--.*?-->|<(style|noscript|template|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_WRAPPING: Final = re.compile(r"<!doctype[^>]*>|</?(?:html|head|body|meta|title)\b[^>]*>", re.IGNORECASE)
_THING: Final = re.compile(
    r"<(?:figure|img\b[^>]*\ssrc=|svg|table|video|audio|input|progress|meter|hr|iframe|select|math)", re.IGNORECASE
)
_SCRIPTED_FRAME: Final = re.compile(
    r"<iframe\b[^>]*\bsrc(?:doc)?\s*=\s*[\"'](?:data:text/html|[^>]*?(?:&lt;|<)script)", re.IGNORECASE | re.DOTALL
)
_FRAMED_FILE: Final = re.compile(r"<iframe\b[^>]*\bsrc\s*=\s*[\"'](?!https?:|//|about:)", re.IGNORECASE)
# An empty element with a name waits for a script, which may come as an output of its own.
_DRAWN_IN: Final = re.compile(r"<\w+\b[^>]*\bid\s*=", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]+>")
_NEEDS_SCRIPTS: Final = Unshown(
    "it draws itself with a script, which a page like this does not run",
    "Show a picture of it (PNG or SVG) instead.",
)
_NOT_RUN: Final = "A script for a live notebook; it is not run here."


@dataclass(frozen=True, slots=True)
class Outputs:
    """Turns outputs into HTML for one page.

    Attributes:
        figures: takes the plotly figures found.
        widget: returns the HTML of a widget's model, by id, or None where its state is not known.
    """

    figures: Figures
    widget: Callable[[str], str | None]

    def form(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return the one form of an output's *data* that the page shows, as a bundle of one kind.

        Raises:
            Unshown: there is none.
        """
        for attempt in (self._figure, self._control, self._vega, self._html, self._image, self._text):
            bundle = attempt(data, metadata)
            if bundle is not None:
                return bundle
        kinds = ", ".join(sorted(data))
        raise Unshown(f"it has no form a page could show, only {kinds[:200]}", "Show it as text, HTML or a picture.")

    def _figure(self, data: Mapping[str, Any], _: object) -> dict[str, Any] | None:
        figure = data.get(PLOTLY)
        return None if figure is None else {"text/html": self.figures.place(figure)}

    def _control(self, data: Mapping[str, Any], _: object) -> dict[str, Any] | None:
        view = data.get(WIDGET)
        html = self.widget(str(view.get("model_id"))) if isinstance(view, Mapping) else None
        return None if html is None else {"text/html": html}

    def _vega(self, data: Mapping[str, Any], _: object) -> dict[str, Any] | None:
        for kind, specification in data.items():
            if match := _VEGA.fullmatch(kind):
                return {"text/html": _picture("image/svg+xml", vega_picture(specification, match[1]), {})}
        return None

    def _html(self, data: Mapping[str, Any], _: object) -> dict[str, Any] | None:
        if "text/html" not in data:
            return None
        html = self._drawn(str(data["text/html"]))
        if _is_visible(html):
            return {"text/html": html}
        if set(data) & {*_IMAGES, "text/markdown", "text/latex"}:
            return None
        if _DRAWN_IN.search(html):
            raise _NEEDS_SCRIPTS
        if not _SCRIPT.search(str(data["text/html"])):
            return {"text/html": html}  # empty, or a style alone, because its author wants it so
        if _TAG.search(_UNSEEN.sub("", html)):
            raise _NEEDS_SCRIPTS
        # Nothing to draw in: libraries load themselves like this. Plotly's is in the page already.
        return {"text/html": "" if "PlotlyConfig" in data["text/html"] else render("report/note.html", text=_NOT_RUN)}

    def _drawn(self, html: str) -> str:
        """Return *html* with its figures and charts drawn, and without scripts; says so where one might be missed."""
        if _SCRIPTED_FRAME.search(html):
            raise _NEEDS_SCRIPTS
        if _FRAMED_FILE.search(html):
            raise Unshown("it frames another file, which would not be in the page", "Show what is in it instead.")
        if not _SCRIPT.search(html):
            return html
        pieces = {name: self.figures.place(figure) for name, figure in figures_in(html).items()}
        for name, specification in specifications_in(html).items():
            pieces[name] = _picture("image/svg+xml", vega_picture(specification, "vegalite"), {})
        rest = _WRAPPING.sub("", _SCRIPT.sub("", html))
        for name, piece in pieces.items():
            place = re.search(rf"<div\b[^>]*\bid=[\"']{re.escape(name)}[\"'][^>]*>\s*</div>", rest)
            rest = rest[: place.start()] + piece + rest[place.end() :] if place else rest + piece
        if not pieces and _is_visible(rest):
            rest += render("report/note.html", text="A script belongs to this output; it runs in a live notebook only.")
        return rest

    def _image(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any] | None:
        for kind in _IMAGES:
            if kind in data:
                about = metadata.get(kind)
                return {"text/html": _picture(kind, data[kind], about if isinstance(about, Mapping) else metadata)}
        return None

    def _text(self, data: Mapping[str, Any], _: object) -> dict[str, Any] | None:
        if "text/markdown" in data:
            return {"text/markdown": data["text/markdown"]}
        if "text/latex" in data:
            return {"text/html": formula(str(data["text/latex"]))}
        if "application/json" in data:
            return {"text/plain": json.dumps(data["application/json"], indent=2, ensure_ascii=False)}
        if any(kind.endswith("_exec.v0+json") for kind in data):  # Bokeh's and HoloViews' way to draw
            raise _NEEDS_SCRIPTS
        if "application/javascript" in data:
            return {"text/html": render("report/note.html", text=_NOT_RUN)}
        if "text/plain" in data or not data:
            return {"text/plain": data.get("text/plain", "")}
        return None


def _is_visible(html: str) -> bool:
    seen = _UNSEEN.sub("", html)
    return bool(_THING.search(seen) or _TAG.sub("", seen).replace("&nbsp;", "").strip())


def _picture(kind: str, content: Any, about: Mapping[str, Any]) -> str:
    """Return an image of its own: what two drawings call alike in their inner names stays apart."""
    text = "".join(content) if isinstance(content, Sequence) and not isinstance(content, str) else str(content)
    packed = b64encode(text.encode()).decode() if kind == "image/svg+xml" else "".join(text.split())
    size = {name: about[name] for name in ("width", "height") if isinstance(about.get(name), int | float)}
    address = trusted(f"data:{kind};base64,{packed}") if packed.isascii() and '"' not in packed else ""
    return render("report/picture.html", address=address, size=size, alt=str(about.get("alt") or "picture"))
