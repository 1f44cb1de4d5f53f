"""Pages that are made from the code say what the code says, and every link and name in them leads somewhere."""

from __future__ import annotations

import inspect
import re
import runpy
import subprocess
import sys
from functools import reduce
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import openprospect_nb as op
from openprospect_nb import client
from openprospect_nb.cli import build_parser

ROOT = Path(__file__).parents[2]
PACKAGES = ["", "analysis", "charts", "client", "errors", "files", "reports", "sandbox", "webhooks", "widgets"]


def test_the_page_of_columns_is_what_the_schemas_give():
    """`docs/columns.md` is the output of the guide; after a change of a schema it has to be made again."""
    command = [sys.executable, ROOT / "docs" / "columns.py"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert (ROOT / "docs" / "columns.md").read_text("utf-8") == made


class Page(HTMLParser):
    """What a built page links to, loads, and can be linked to on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the links, sources and anchors of one tag."""
        for name, value in attrs:
            if value and name == "id":
                self.anchors.add(value)
            elif value and name in {"href", "src"} and not value.startswith("data:"):
                (self.links if tag == "a" else self.loaded).add(value)


def leads_nowhere(folder: Path) -> list[str]:
    """Return what the pages below *folder* link to that is not there, and what they load from elsewhere."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    bad = []
    for path, page in pages.items():
        for link in sorted(page.links | page.loaded):
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            outside = bool(parts.scheme or parts.netloc)
            there = link in page.links if outside else target.is_file()
            anchored = outside or not parts.fragment or parts.fragment in pages.get(target, page).anchors
            if not (there and anchored):
                bad.append(f"{path.name}: {link}")
    return bad


@pytest.fixture(scope="module")
def site():
    """The site, built by its one command."""
    done = subprocess.run(
        [sys.executable, "docs"], capture_output=True, text=True, check=False, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build" / "site"


@pytest.mark.slow
def test_every_link_of_the_site_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    """The build ends without a warning; what a page loads lies beside it; its links lead to pages and anchors."""
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    assert len(list(site.rglob("*.html"))) == len(sources)
    assert leads_nowhere(site) == []


def test_a_link_to_nothing_would_be_noticed(tmp_path):
    """The check names the page and the link: a missing file, a missing anchor, a script of another machine."""
    (tmp_path / "a.html").write_text('<a id="here" href="#here"></a><a href="b.html#x">b</a><a href="c.html">c</a>')
    (tmp_path / "b.html").write_text(
        '<a href="https://o.example/">o</a><script src="https://cdn.example/s.js"></script>'
    )
    assert sorted(leads_nowhere(tmp_path)) == ["a.html: b.html#x", "a.html: c.html", "b.html: https://cdn.example/s.js"]


@pytest.mark.slow
def test_the_reference_holds_every_public_name(site):
    """All of `op.`, of its packages, and every verb of every resource and handle has an anchor of its own."""
    anchors_of = {path.stem: Page(path.read_text("utf-8")).anchors for path in (site / "reference").glob("*.html")}
    everywhere = {anchor.rpartition(".")[2] for found in anchors_of.values() for anchor in found}
    names = [name for name in op.__all__ if not inspect.ismodule(getattr(op, name))]
    assert [name for name in names if name not in everywhere] == []
    for package in ("analysis", "charts", "client", "errors", "reports", "webhooks", "widgets"):
        module = import_module(f"openprospect_nb.{package}")
        public = {name: getattr(module, name) for name in module.__all__}
        names = [name for name, member in public.items() if inspect.isroutine(member) or inspect.isclass(member)]
        anchored = {anchor.rpartition(".")[2] for anchor in anchors_of[package]}
        assert [name for name in names if name not in anchored] == []
    for face in client.__all__:
        public = [name for name, member in vars(getattr(client, face)).items() if inspect.isroutine(member)]
        verbs = [f"openprospect_nb.client.{face}.{name}" for name in public if not name.startswith("_")]
        assert [verb for verb in verbs if verb not in anchors_of["client"]] == []


@pytest.mark.slow
def test_the_reference_says_nothing_that_python_says_of_its_own_types(site):
    """A plain value without a docstring has none in the reference, not the text of `str` or `dict`."""
    pages = [path.read_text("utf-8") for path in (site / "reference").glob("*.html")]
    assert not [page for page in pages if "str(object=" in page or "dict() -&gt;" in page]


@pytest.mark.slow
def test_blocking_verbs_are_shown_as_what_they_are(site):
    """`client.orders.discover` is a plain function that takes its named arguments and returns an `Order`."""
    text = (site / "reference" / "client.html").read_text("utf-8")
    start = text.index('id="openprospect_nb.client.Orders.discover"')
    shown = "".join(unescape(re.sub(r"<[^>]+>", "", text[start : start + 20_000])).split())
    assert "again:bool=False,)->OrderBuy" in shown
    assert str(inspect.signature(client.Orders.wait).return_annotation) == "list[Order]"


@pytest.mark.slow
def test_notebooks_and_commands_are_pages_with_what_they_show(site):
    """The first notebook's page has its frames and charts, the command line's the help of every command."""
    first = (site / "notebooks" / "01_first_minute.html").read_text("utf-8")
    assert first.count("<svg xmlns") >= 3
    assert 'class="op-card"' in first
    commands = (site / "command-line.html").read_text("utf-8")
    assert all(command in commands for command in ("orders wait", "sandbox serve", "--json"))


def test_names_in_public_docstrings_exist():
    """What stands in single backticks in a docstring of a public object is a name, of ours or of its module."""
    named = runpy.run_path(str(ROOT / "docs" / "docstrings.py"))
    missing = [
        f"{home}: {name}"
        for home, thing in public().items()
        for name in named["NAME"].findall(inspect.getdoc(thing) or "")
        if named["named"](name, f"openprospect_nb.{home}") is None
    ]
    assert missing == []


def anchors(markdown: str) -> set[str]:
    """Return the anchors that headings of a Markdown page get where it is shown."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "data").glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in PAGES])
def test_links_of_the_written_pages_lead_somewhere(name):
    """A relative link in a committed Markdown page leads to a file, and its anchor to a heading there."""
    source = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", source.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            assert link.startswith("https://")
            continue
        target = source.parent / path if path else source
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in PAGES])
def test_names_in_the_written_pages_exist(name):
    """Every `op.name`, every verb of `client.` and every command that a page speaks of is there."""
    page = (ROOT / name).read_text("utf-8")
    for dotted in set(re.findall(r"\bop\.([a-zA-Z_]+(?:\.[a-zA-Z_]+)*)", page)):
        assert reduce(lambda inside, part: getattr(inside, part, None), dotted.split("."), op) is not None, dotted
    for noun, verb in set(re.findall(r"\bclient\.(\w+)\.(\w+)\(", page)):
        assert callable(getattr(getattr(client, noun.capitalize()), verb)), (noun, verb)
    commands = build_parser().format_help()
    for command in set(re.findall(r"openprospect-nb ([a-z]+)", page)):
        assert re.search(rf"^    {command}\b", commands, re.MULTILINE), command


def public() -> dict[str, object]:
    """Return every public function and class by name, and what is public below the classes, inherited from ours too."""
    things: dict[str, object] = {}
    for package in PACKAGES:
        module = import_module(f"openprospect_nb.{package}".rstrip("."))
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isfunction(thing) or inspect.isclass(thing)):
                continue
            things[f"{package}.{name}".lstrip(".")] = thing
            if inspect.isclass(thing):
                ours = [cls for cls in reversed(thing.__mro__) if cls.__module__.startswith("openprospect_nb")]
                members = {below: member for cls in ours for below, member in vars(cls).items()}
                for below, member in members.items():
                    if not below.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                        things[f"{package}.{name}.{below}".lstrip(".")] = getattr(thing, below)
    return things


def test_every_public_name_says_what_a_caller_gets():
    """The first line of each docstring is a sentence of its own, and no mere repetition of the name."""
    described = {name: inspect.getdoc(thing) for name, thing in public().items()}
    poor = {
        name: text
        for name, text in described.items()
        if not text or len(text.splitlines()[0].split()) < 3 or text.splitlines()[0].rstrip()[-1] not in ".:;,"
    }
    assert poor == {}


def test_every_public_signature_names_its_arguments():
    """What completion, `help()` and type checkers show is what can be given: no argument hides behind ``**options``."""
    taken = {name: inspect.signature(thing).parameters for name, thing in public().items() if callable(thing)}

    assert [name for name, given in taken.items() if any(p.kind is p.VAR_KEYWORD for p in given.values())] == []
    assert len(taken) > 200
    assert len(taken["report"]) == 13
