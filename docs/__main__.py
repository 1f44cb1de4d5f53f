"""Build the site into ``build/site``: ``python docs``. Pages, docstrings and executed notebooks; a warning ends it."""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openprospect_nb.cli import build_parser

DOCS = Path(__file__).parent
ROOT = DOCS.parent
BUILD = ROOT / "build"
PAGES = BUILD / "pages"
SITE = BUILD / "site"
# The search of a page opened from a file needs this; the tool would have it loaded from elsewhere.
SHIM = re.compile(r'(src=")https://unpkg\.com/iframe-worker/shim(")')


def stage() -> None:
    """Copy the pages to where the tool reads them, with the notebooks and the commands' help as pages of their own."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(DOCS, PAGES, ignore=shutil.ignore_patterns("*.py", "*.toml", "__pycache__"))
    shutil.copy(DOCS / "zensical.toml", BUILD)
    for page in (PAGES).rglob("*.md"):
        page.write_text(notebook_links(page.read_text("utf-8")), "utf-8")
    with (PAGES / "command-line.md").open("a", encoding="utf-8") as page:
        page.writelines(f"\n## {p.prog}\n\n```text\n{p.format_help().strip()}\n```\n" for p in parsers(build_parser()))
    (PAGES / "data").mkdir()
    for picture in (ROOT / "data").glob("*.png"):
        shutil.copy(picture, PAGES / "data")
    (PAGES / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        (PAGES / "notebooks" / f"{path.stem}.md").write_text(notebook_page(path), "utf-8")


def notebook_links(text: str) -> str:
    """Return a page whose links to notebooks lead to the pages made of them."""
    return re.sub(r"(?:\.\./)+notebooks/(\w+)\.ipynb", lambda m: m.group().replace("../", "", 1)[:-5] + "md", text)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its commands."""
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to its sub-commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            for below in action.choices.values():
                yield from parsers(below)


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown, with the outputs it is committed with."""
    parts = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(re.sub(r"]\((\w+)\.ipynb\)", r"](\1.md)", source.replace("](../docs/", "](../")))
        else:
            parts.append(f"```python\n{source}\n```")
            parts += [shown for output in cell["outputs"] if (shown := output_block(output))]
    return "\n\n".join(parts) + "\n"


def output_block(output: dict[str, Any]) -> str:
    """Return one output as a block of HTML: a picture, a frame, or text; a blank line would end the block."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    texts = {kind: "".join(value) for kind, value in data.items()}
    if "image/png" in texts:
        inside = f'<img alt="output" src="data:image/png;base64,{texts["image/png"].strip()}">'
    else:
        plain = f"<pre>{html.escape(texts.get('text/plain', ''))}</pre>"
        inside = texts.get("image/svg+xml") or texts.get("text/html") or plain
    return '<div class="output">' + re.sub(r"\n\s*\n", "\n", inside.strip()) + "</div>"


def build() -> None:
    """Run the tool; it ends with an error where a page, a link or a name leads nowhere."""
    shutil.rmtree(SITE, ignore_errors=True)
    # PYTHONPATH: what is documented is this checkout, whatever else is installed.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(command, cwd=BUILD, env=environment, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout + done.stderr)
    # What griffe finds wrong with a docstring is no warning of the tool's own.
    if done.returncode or "griffe:" in done.stdout + done.stderr:
        sys.exit("the site is not whole")
    (SITE / "404.html").unlink()  # for a host's root; from a file its paths lead nowhere
    for page in SITE.rglob("*.html"):
        depth = len(page.relative_to(SITE).parents) - 1
        text = page.read_text("utf-8")
        text = SHIM.sub(rf"\1{'../' * depth}assets/file-worker.js\2", text)
        if page.stem == "client":
            # Blocking verbs carry the signature of the awaitable ones they are made of, and give the blocking handle.
            text = re.sub(r"\bAsync(Order|Profile)\b", r"\1", text)
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"  # the help of commands is wrapped to the terminal; a page is not one
    stage()
    build()
    sys.stdout.write(f"{SITE / 'index.html'}\n")
