"""What is built and declared: environment.yml, the README's commands, the wheel, the license."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "openprospect_nb"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def conda_requirements() -> dict[str, Requirement]:
    """Return what environment.yml asks for, conda and pip parts alike."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    names = [item for item in dependencies if isinstance(item, str)]
    names += [item for part in dependencies if isinstance(part, dict) for item in part["pip"]]
    return {Requirement(name).name.lower(): Requirement(name) for name in names}


def test_environment_yml_agrees_with_pyproject():
    """Every core and test dependency is in environment.yml with the same bounds, and nothing else is."""
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    wanted = {Requirement(text).name.lower(): Requirement(text).specifier for text in declared}
    wanted["python"] = Requirement(f"python{PROJECT['requires-python']}").specifier
    found = {name: requirement.specifier for name, requirement in conda_requirements().items()}
    assert found.pop("pip") is not None
    assert found == wanted


def test_environment_yml_is_one_that_conda_reads():
    """Name, one channel, and specs without what only pip knows; pip itself is asked for before its own part."""
    content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *conda, pip = content["dependencies"]
    assert (list(content), content["channels"]) == (["name", "channels", "dependencies"], ["conda-forge"])
    assert "pip" in conda
    assert list(pip) == ["pip"]
    # extras, markers, addresses and ~= or === are not for conda, names there are lower case; py-rattler reads these
    assert [spec for spec in conda if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*((>=|<|<=|==|!=)[\d.]+,?)*", spec)] == []


def lower_bounds() -> dict[str, Requirement]:
    """Return every requirement of the package, its extras included, by name."""
    texts = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    return {Requirement(text).name.lower(): Requirement(text) for text in texts}


def test_every_dependency_has_a_lower_bound():
    """The oldest-libraries leg of .ci/legs installs these bounds and runs on them, so each must state one."""
    assert [n for n, wanted in lower_bounds().items() if ">=" not in {part.operator for part in wanted.specifier}] == []


def test_the_legs_ask_for_tools_of_the_test_extra():
    """`.ci/legs` names only requirements that pyproject states, so that their bounds are in one place."""
    legs = runpy.run_path(str(ROOT / ".ci" / "legs"), run_name="legs")
    assert set(legs["TOOLS"]) <= lower_bounds().keys()
    assert all((ROOT / path).exists() for path in [*legs["QUICK"], *legs["FULL"]])
    assert {leg.python for leg in legs["LEGS"]["full"]} == set(legs["PYTHONS"])


@pytest.mark.parametrize("name", ["demo", "test"])
def test_the_readme_has_each_command_alone_in_a_block_below_its_comment(name):
    """The command is one line in a fenced block right below its comment, and there is no third."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(re.findall(r"<!-- command: \w+ -->", text)) == 2
    block = re.search(rf"<!-- command: {name} -->\n```sh\n(.*?)\n```\n", text, re.DOTALL)
    assert block is not None
    assert "\n" not in block.group(1)
    assert "python3 -m venv" in block.group(1)


def test_the_readme_fits_one_read():
    """It stays below 8 kB: what is longer has a page of its own in docs."""
    assert len((ROOT / "README.md").read_bytes()) <= 8000


def test_the_citation_is_of_this_version():
    """CITATION.cff names the version, licence and authors that pyproject names."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert citation["authors"] == PROJECT["authors"]


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda f: f.stem)
def test_an_issue_form_has_a_name_and_questions(form):
    """Each has what a code host demands: name, description, a body of fields with ids of their own and labels."""
    content = yaml.safe_load(form.read_text("utf-8"))
    assert content["name"]
    assert content["description"]
    fields = [field for field in content["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) > 0
    assert all(field["attributes"]["label"] for field in fields)


def test_ci_runs_the_readme_command():
    """`.ci/run` takes its command out of the README and is executable."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "<!-- command: test -->" in script.read_text("utf-8")
    text = script.read_text("utf-8")
    assert 'bash -c "$command"' in text
    assert "set -euo pipefail" in text


def test_the_license_is_mit_and_the_data_source_is_named():
    """LICENSE is MIT; NOTICE credits GeoNames and the Unicode names."""
    assert PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert "GeoNames" in notice
    assert "CC BY 4.0" in notice
    assert "Unicode" in notice


def check_contents(wheel: Path) -> None:
    """Assert that a wheel holds the package, typed and with its data and entry points, and no page or test."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entries,) = (archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"openprospect_nb"}
    files = {f"openprospect_nb/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name and not name.endswith(".md")} <= names
    assert {f"openprospect_nb/data/{path.name}" for path in (ROOT / "data").glob("*.json")} <= names
    assert not [name for name in names if name.endswith((".pyc", ".sqlite", ".ipynb", ".md")) or "/tests/" in name]
    assert "openprospect-nb = openprospect_nb.cli:main" in entries
    assert "openprospect = openprospect_nb.testing" in entries


def needed_by(requirements: list[str]) -> set[Distribution]:
    """Return what these requirements need, and what that needs, as it is installed here; nothing else."""
    found: dict[str, Distribution] = {}
    left = [Requirement(text) for text in requirements]
    while left:
        wanted = left.pop()
        if wanted.name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found[wanted.name] = distribution(wanted.name)
            assert found[wanted.name].version in wanted.specifier
            left += [Requirement(text) for text in found[wanted.name].requires or ()]
    return set(found.values())


def lend(site: Path, lent: set[Distribution]) -> None:
    """Have an environment hold these distributions: links to their files here."""
    for one in lent:
        for name in {path.parts[0] for path in one.files or () if path.parts[0] not in {"..", "__pycache__"}}:
            if not (site / name).exists():
                (site / name).symlink_to(str(one.locate_file(name)))


@pytest.mark.slow
def test_a_wheel_installed_outside_the_checkout_runs_the_demo(tmp_path):
    """`python -m build` makes a wheel of the package alone; with what it requires, and no more, the demo works."""
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    check_contents(wheel)
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    # Downloading and unpacking what is installed here anyway took most of the test, and a pip of its own the next part.
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    install = [*pip, "--quiet", "--no-compile", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True)
    (ours,) = (tmp_path / "venv").rglob("openprospect_nb-*.dist-info")
    lend(ours.parent, needed_by(Distribution.at(ours).requires or []))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OPENPROSPECT"))}
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "openprospect-nb", "demo", "-o", str(tmp_path / "out")],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "HOME": str(tmp_path / "no-home-yet")},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "results" / "companies.parquet").is_file()
