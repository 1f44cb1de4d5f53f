"""Pages that are made from the code say what the code says, and every link and name in them leads somewhere."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from functools import reduce
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest

import openprospect_nb as op
from openprospect_nb import client, errors
from openprospect_nb.cli import build_parser

ROOT = Path(__file__).parents[2]
PACKAGES = ["", "analysis", "charts", "client", "errors", "reports", "sandbox", "webhooks", "widgets"]


def test_the_page_of_columns_is_what_the_schemas_give():
    """`docs/columns.md` is the output of the guide; after a change of a schema it has to be made again."""
    command = [sys.executable, "-m", "openprospect_nb.frames.guide"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert (ROOT / "docs" / "columns.md").read_text("utf-8") == made


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The reference, built by its one command."""
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, str(ROOT / ".ci" / "reference"), "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def page(reference: Path, name: str) -> str:
    """Return a built page as text."""
    return (reference / f"{name}.html").read_text("utf-8")


def test_the_reference_is_built_without_a_warning_and_every_link_in_it_leads_somewhere(reference):
    """The build ends with 0, which it does not with a warning, an undocumented name, or a link to nothing."""
    assert len(list(reference.rglob("*.html"))) == 16
    assert "window.pdocSearch" in (reference / "search.js").read_text("utf-8")


def test_the_reference_holds_every_public_name(reference):
    """All of `op.`, of its packages, and every verb of every resource and handle has an anchor of its own."""
    front = page(reference, "openprospect_nb")
    assert [
        name for name in op.__all__ if not inspect.ismodule(getattr(op, name)) and f'id="{name}"' not in front
    ] == []
    for package in filter(None, PACKAGES[:-1]):
        module = import_module(f"openprospect_nb.{package}")
        text = front if package == "sandbox" else page(reference, f"openprospect_nb/{package}")
        assert [n for n in module.__all__ if n not in op.__all__ and f'id="{n}"' not in text] == []
    verbs = page(reference, "openprospect_nb/client")
    for face in client.__all__:
        public = [name for name in dir(getattr(client, face)) if not name.startswith("_")]
        assert [n for n in public if face not in op.__all__ and f'id="{face}.{n}"' not in verbs] == []


def test_blocking_verbs_are_shown_as_what_they_are(reference):
    """`client.orders.discover` is a plain function that takes its named arguments and returns an `Order`."""
    text = page(reference, "openprospect_nb/client")
    start = text.index('id="Orders.discover"')
    shown = "".join(unescape(re.sub(r"<[^>]+>", "", text[start : start + 20_000])).split())
    assert shown.index("defdiscover(self,icp:openprospect_nb.ICP|Profile|str") < shown.index(
        "again:bool=False)->Order:"
    )
    assert "asyncdef" not in shown
    assert str(inspect.signature(client.Orders.discover).return_annotation) == "Order"
    assert str(inspect.signature(client.Orders.wait).return_annotation) == "list[Order]"


def test_the_reference_of_errors_columns_and_commands_is_complete(reference):
    """Each error has a row with its status, each frame its columns, and each command its help."""
    table = page(reference, "error_reference")
    classes = [name for name in errors.__all__ if name != "FieldProblem"]
    assert [name for name in classes if f"errors.html#{name}" not in table] == []
    assert re.search(r"#RateLimitError.*?<td>429</td>\s*<td><code>retry_after</code></td>", table, re.DOTALL)
    columns = page(reference, "columns")
    assert 'id="frame-schemas-orders"' in columns
    assert "prospect_search_id" in columns
    assert all(command in page(reference, "command_line") for command in ("orders wait", "sandbox serve", "--json"))


def test_a_link_to_nothing_would_be_noticed(tmp_path):
    """The check names the page and the link: a missing file, a missing anchor; what is outside is listed."""
    spec = importlib.util.spec_from_file_location("links", ROOT / ".ci" / "reference" / "links.py")
    links = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(links)
    (tmp_path / "a.html").write_text('<a id="here" href="#here"></a><a href="b.html#x">b</a><a href="c.html">c</a>')
    (tmp_path / "b.html").write_text('<a href="https://outside.example/">o</a>')
    broken, outside = links.broken_links(tmp_path)
    assert broken == ["a.html: b.html#x", "a.html: c.html"]
    assert outside == {"https://outside.example/"}


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


def described() -> dict[str, str | None]:
    """Return the docstring of every public name and of every public method below it."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        module = import_module(f"openprospect_nb.{package}".rstrip("."))
        for name in module.__all__:
            public = getattr(module, name)
            if not (inspect.isfunction(public) or inspect.isclass(public)):
                continue
            found[f"{package}.{name}".lstrip(".")] = inspect.getdoc(public)
            if inspect.isclass(public):
                for below, member in vars(public).items():
                    if not below.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                        found[f"{package}.{name}.{below}".lstrip(".")] = inspect.getdoc(getattr(public, below))
    return found


def test_every_public_name_says_what_a_caller_gets():
    """The first line of each docstring is a sentence of its own, and no mere repetition of the name."""
    poor = {
        name: text
        for name, text in described().items()
        if not text or len(text.splitlines()[0].split()) < 3 or text.splitlines()[0].rstrip()[-1] not in ".:;,"
    }
    assert poor == {}
