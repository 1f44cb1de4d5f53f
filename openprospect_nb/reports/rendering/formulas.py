r"""Formulas in TeX, and in Markdown, as MathML, which browsers draw; as they were written where that cannot be done."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

from jinja2 import pass_context

from openprospect_nb.markup.render import render

_FENCED: Final = re.compile(
    r"\$\$(?P<block>.+?)\$\$|\\\[(?P<display>.+?)\\\]|(?<!\\)\$(?P<inline>.+?)(?<!\\)\$|\\\((?P<between>.+?)\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
_UNKNOWN: Final = re.compile(
    r">\\[A-Za-z]+<|<(?!/?(?:math|m(?:row|frac|[ions]|text|space|style|sqrt|root|table|tr|td|error|padded|phantom|fenced"
    r"|enclose|sub|sup|subsup|under|over|underover|multiscripts|prescripts))\b)"
)
_FENCES: Final = ("block", "display", "inline", "between", "environment")
# Text and tables, which are no formulas.
_PROSE: Final = re.compile(
    r"\\(?:begin\{(?:tabular|table|document|figure|itemize|enumerate)|documentclass|section|textbf\{)"
)


def formula(tex: str) -> str:
    """Return the HTML of *tex*: formulas, with or without the signs that fence them in, and the words between them."""
    if not _FENCED.search(tex):
        return mathml(tex.strip(), inline=False) or _as_written(tex)
    html, at = "", 0
    for fenced in _FENCED.finditer(tex):
        inner = next(fenced[name] for name in _FENCES if fenced[name])
        drawn = mathml(inner.strip(), inline=bool(fenced["inline"] or fenced["between"]))
        html += escape(tex[at : fenced.start()]) + (drawn or _as_written(fenced[0]))
        at = fenced.end()
    return html + escape(tex[at:])


def _as_written(tex: str) -> str:
    return render("report/tex.html", tex=tex.strip())


def mathml(tex: str, *, inline: bool) -> str | None:
    """Return *tex* (without fences) as MathML, or None where latex2mathml is not installed or does not know a word."""
    try:
        from latex2mathml.converter import convert
    except ImportError:
        return None
    if _PROSE.search(tex) or not tex.strip():
        return None
    try:
        drawn = str(convert(tex, display="inline" if inline else "block"))
    except Exception:  # noqa: BLE001 - its errors have no base of their own, and the formula's text is shown instead
        return None
    # A word it does not know comes back with its backslash, and a text within a formula comes back as it is.
    return None if _UNKNOWN.search(drawn) else drawn


@pass_context
def markdown(context: Any, source: str) -> str:
    """Return the HTML of *source*, a Markdown cell or output, as nbconvert reads it, with its formulas drawn.

    *context* is the template's, with the cell; nbconvert alone leaves formulas to a library from the network.
    """
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Drawn(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return formula(f"${body}$")

        def block_math(self, body: str) -> str:
            return formula(f"$${body}$$")

        def latex_environment(self, name: str, body: str) -> str:
            return formula(rf"\begin{{{name}}}{body}\end{{{name}}}")

    attachments = context.get("cell", {}).get("attachments", {})
    renderer = Drawn(escape=False, attachments=attachments, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))
