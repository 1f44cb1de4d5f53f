"""What the written pages name is there: modules, functions, files, tests, the pinned layers."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from architecture.test_layers import FLOOR, GROUND, MAY_IMPORT, PACKAGE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "ARCHITECTURE.md"
# What stands in code type outside of fenced drawings.
WORDS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL))


def of_ours(units: set[str]) -> str:
    """Return the units as the page words them: the two floors by their names."""
    if "*" in units:
        return "all"
    for word, floor in (("floor", FLOOR), ("ground", GROUND)):
        if floor <= units:
            return ", ".join([word, *sorted(units - floor)])
    return ", ".join(sorted(units))


def layers_table() -> str:
    """Return the table as the page must have it."""
    alike: dict[str, list[str]] = {}
    for unit, (ours, theirs) in MAY_IMPORT.items():
        alike.setdefault(f"{of_ours(ours)} | {', '.join(sorted(theirs)) or '–'}", []).append(unit)
    rows = [f"| {', '.join(units)} | {allowed} |" for allowed, units in alike.items()]
    return "\n".join(["| unit | may import of ours | third parties |", "|---|---|---|", *rows])


def test_the_table_of_layers_is_the_pinned_one():
    """Whoever changes who may import whom pastes the expected table from this failure into the page."""
    text = PAGE.read_text("utf-8")
    assert text.split("<!-- layers -->\n")[1].split("\n<!-- /layers -->")[0] == layers_table()


def exists(name: str) -> bool:
    """Whether a dotted path leads to a module, class, function or value of the package."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(f"openprospect_nb.{'.'.join(parts[:cut])}")
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_every_dotted_name_of_the_page_exists():
    """Modules, classes, functions and values are where the page says, private ones too."""
    dotted = {word for word in WORDS if re.fullmatch(r"[a-z_]+(\.\w+)+", word) and not word.endswith((".py", ".toml"))}
    names = {word for word in dotted if word.split(".")[0] in MAY_IMPORT}
    assert len(names) > 60
    assert [name for name in sorted(names) if not exists(name)] == []


def test_every_file_and_folder_of_the_page_exists():
    """Paths with a slash are found below the package or the checkout."""
    paths = {word for word in WORDS if re.fullmatch(r"[\w.]+/[\w./-]*|\w+\.(?:py|toml)", word)}
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not any((place / path).exists() for place in (PACKAGE, ROOT))] == []


def test_no_thread_and_no_database_is_left_out():
    """Each named thread and each SQLite file that the code makes stands on the page."""
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    made = re.findall(r'(?:thread_name_prefix|\bname)="(openprospect-\w[\w-]*)"', code)
    made += re.findall(r'"(\w+\.sqlite)"', code)
    assert len(made) >= 7
    assert [name for name in made if name not in PAGE.read_text("utf-8")] == []


def test_every_test_the_pages_name_exists():
    """README and the pages of docs name tests as ``file::test``; each is there under that name."""
    pages = [path.read_text("utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]]
    named = {match for page in pages for match in re.findall(r"`(?:tests/)?([\w/]+\.py)::(\w+)`", page)}
    assert len(named) > 50
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in source_of(file)]
    assert missing == []


def source_of(file: str) -> str:
    """Return the text of a test file, empty where there is none."""
    path = ROOT / "tests" / file
    return path.read_text("utf-8") if path.is_file() else ""
