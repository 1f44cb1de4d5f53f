"""Fill a packaged template; the one place where HTML is made."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(template: str, **values: object) -> str:
    """Return the packaged *template* (a path below ``templates/``) filled with *values*, every one of them escaped.

    A name the template uses and *values* lacks raises `jinja2.UndefinedError` rather than leaving a hole.
    """
    return environment().get_template(template).render(values)


def trusted(html: str) -> Markup:
    """Return *html*, made by this package alone, as text a template must not escape again."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - for our own packaged scripts and rendered templates, never for data


@cache
def environment() -> Environment:
    """Return the one autoescaped environment, made on first use because jinja2 is slow to import."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("openprospect_nb.markup", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
