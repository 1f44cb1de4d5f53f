"""Build the reference into a folder, check every link in it, and say what was made; any warning ends it."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pdoc.render
from guides import guides
from links import broken_links
from names import Names
from pages import documented, public_names, summary, undocumented

TEMPLATES = Path(__file__).with_name("templates")
SHORT = {
    "polars.dataframe.frame.DataFrame": "pl.DataFrame",
    "plotly.graph_objs._figure.Figure": "go.Figure",
    "openprospect_nb.api.facts.ProfileFacts": "Profile",
    "openprospect_nb.api.facts.OrderFacts": "Order",
}
# The dot of a name, plain or highlighted; in the search index its quotes are escaped.
DOT = r"""(?:\.|</span><span class=\\?"o\\?">\.</span><span class=\\?"n\\?">)"""
DEFAULT = Path(__file__).parents[2] / "build" / "reference"


def build(folder: Path) -> int:
    """Write all pages into *folder* and return how many names they document."""
    names = Names(documented())
    pages = {**names.pages, **guides(names)}
    names.pages.update(pages)
    pdoc.render.configure(
        docformat="google", include_undocumented=False, show_source=False, template_directory=TEMPLATES
    )
    pdoc.render.env.filters["linked"] = names.linked
    pdoc.render.env.globals["version"] = version("openprospect-nb")
    pdoc.render.env.globals["summaries"] = {name: summary(page) for name, page in pages.items()}
    for name, page in pages.items():
        file = folder / f"{name.replace('.', '/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(readable(pdoc.render.html_module(page, pages)), "utf-8")
    (folder / "index.html").write_text(pdoc.render.html_index(pages), "utf-8")
    (folder / "search.js").write_text(readable(pdoc.render.search_index(pages)), "utf-8")
    silent = undocumented(pages)
    if silent:
        warnings.warn(f"without a docstring: {', '.join(silent)}", stacklevel=2)
    return len(public_names(pages))


def readable(html: str) -> str:
    """Return a page with types by the names people know them by, not by the modules that happen to define them."""
    for long, short in SHORT.items():
        html = re.sub(DOT.join(map(re.escape, long.split("."))), short, html)
    return html


def main() -> int:
    """Build, check, and return the exit code: 0 made and whole, 1 a link leads nowhere."""
    parser = argparse.ArgumentParser(prog="python .ci/reference", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT, metavar="DIR", help="default: build/reference")
    folder = parser.parse_args().output
    # The command line's help is wrapped to the terminal; a page is not one.
    os.environ["COLUMNS"] = "110"
    warnings.simplefilter("error")
    count = build(folder)
    broken, outside = broken_links(folder)
    sys.stdout.write(f"{count} names on {len(list(folder.rglob('*.html')))} pages: {folder / 'index.html'}\n")
    sys.stdout.writelines(f"outside, not fetched: {address}\n" for address in sorted(outside))
    sys.stderr.writelines(f"leads nowhere: {link}\n" for link in broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
