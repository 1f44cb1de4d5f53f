"""Markdown as nbconvert reads it, but with formulas drawn instead of left to a library from the network."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context

from openprospect_nb.reports.rendering.formulas import formula


@pass_context
def markdown(context: Any, source: str) -> str:
    """Return the HTML of *source*, a Markdown cell or output; *context* is the template's, with the cell."""
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
