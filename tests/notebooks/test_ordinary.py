"""Notebooks of the kinds people have, rendered: each is right, or ends in one line that names the cell."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect
from support.chromium import chromium
from support.ordinary import ordinary, run_all, written

from openprospect_nb.charts.arrays import decoded
from openprospect_nb.cli import main
from openprospect_nb.reports.rendering.page import NotebookPage
from openprospect_nb.reports.rendering.reading import read

pytestmark = pytest.mark.slow
CASES = ordinary()[1:]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, dict[str, Any]]]:
    """The notebooks with their outputs, run once in one kernel: name → its file, and the figures of widgets."""
    folder = tmp_path_factory.mktemp("ordinary")
    files = run_all(folder, CASES)
    figures = json.loads((folder / "figures.json").read_text())
    return lambda name: (files[name], figures)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_ordinary_notebook_is_right(case: Any, saved: Any) -> None:
    """Its page holds the texts it must, every figure live with exactly the numbers plotly wrote, and nothing remote."""
    path, widgets = saved(case.name)
    notebook = read(path)
    given = [output.data[PLOTLY] for cell in notebook.cells for output in cell.outputs if PLOTLY in output.get("data", ())]
    page = NotebookPage(notebook, path, widgets, partial=False)
    html = page.html(title=case.name, show_code=False)
    shown = [{name: figure[name] for name in ("data", "frames")} for figure in page.figures.values()]
    body = html[html.index("<main") : html.index("</main>")]

    assert [text for text in case.holds if text not in body] == []
    assert len(shown) == case.figures
    assert [f for f in map(numbers, given) if f not in [*map(numbers, shown)]] == []
    assert not re.search(r"<(?:script|img|iframe|link|audio)\b[^>]*\b(?:src|href)=.(?:https?:)?//", body)
    assert "<script" not in body


PLOTLY = "application/vnd.plotly.v1+json"


def numbers(figure: Any) -> Any:
    """Return a figure's marks and frames with packed arrays read, and marks of WebGL as the same without it."""
    text = json.dumps([decoded(figure.get("data", [])), decoded(figure.get("frames", []))], sort_keys=True)
    return text.replace('"scattergl"', '"scatter"')


def told(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> str:
    """Render by the command, which has to fail; return the one line it says."""
    output = path.with_suffix(".html")
    code = main(["render", str(path), "-o", str(output), *options])
    said = capsys.readouterr()

    assert code == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert not output.exists()
    return said.err


ENDED = {
    "failing": (("x = 1", "\ny = 2\nx / 0"), (), r'cell 2 of nb\.ipynb \(code cell 2: y = 2\) failed: ZeroDivisionError: d'),
    "dying": (("import os", "os._exit(1)"), (), r"cell 2 of nb\.ipynb \(code cell 2: os\._exit\(1\)\) ended the kernel"),
    "unshowable": (
        ("import datetime, plotly.graph_objects as go\ngo.Figure(go.Bar(x=[datetime.timedelta(1)], y=[1]))",),
        (),
        r"cell 1 of nb\.ipynb .* made what cannot be shown: TypeError: .*timedelta",
    ),
    "asking": (("name = input('who?')",), (), r"cell 1 of .*input\('who\?'\)\) asks for input.*--parameters"),
    "endless": (("while True: pass",), ("--timeout", "0.5"), r"cell 1 of .*while True: pass\) took longer than 0\.5 s"),
    "many lines": (("raise ValueError('one\\ntwo')",), (), r"cell 1 of .* failed: ValueError: one\. "),
    "a blank line first": (("raise ValueError('\\n\\nthree')",), (), r"cell 1 of .* failed: ValueError: three\. "),
    "leaving": (("import sys; sys.exit(3)",), (), r"cell 1 of .* failed: SystemExit: 3"),
}


@pytest.mark.parametrize("name", ENDED)
def test_what_ends_a_run_is_one_line_that_names_the_cell(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failing, dying, endless or asking cell: its number and first line, no page, no traceback, exit code 1."""
    cells, options, line = ENDED[name]

    assert re.search(line, told(capsys, written(tmp_path / "nb.ipynb", *cells), *options))


def test_a_parameter_does_not_move_the_number_of_the_failing_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was put in to run the notebook does not count."""
    said = told(capsys, written(tmp_path / "nb.ipynb", "x = 1", "y"), "--parameters", "x=3")

    assert "cell 2 of nb.ipynb (code cell 2: y) failed: NameError" in said


@pytest.mark.parametrize("language", ["python", "R"])
def test_a_kernel_that_is_not_there_is_named(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the kernel, those there are, and both ways out; with one of them the page is made."""
    spec = {"name": "someones-env", "display_name": "E", "language": language}
    path = written(tmp_path / "nb.ipynb", "1 + 1", kernelspec=spec)
    said = told(capsys, path)

    assert "the kernel 'someones-env' of nb.ipynb is not installed here" in said
    assert "--kernel (there are: " in said
    assert main(["render", str(path), "-o", str(tmp_path / "a.html"), "--no-run"]) == 0


def test_a_kernel_that_does_not_start_is_said_with_its_own_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that ends at once gives one line with the last line it said, not its traceback."""
    spec = tmp_path / "kernels" / "broken"
    spec.mkdir(parents=True)
    command = ["python3", "-c", "raise SystemExit('no module named\\nkernel_of_mine')"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "B", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    assert "the kernel 'broken' of nb.ipynb did not start: kernel_of_mine." in told(
        capsys, written(tmp_path / "nb.ipynb", "1"), "--kernel", "broken"
    )


def test_outputs_no_page_can_show_are_refused_or_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A map, a chart drawn by a script or of data elsewhere, a frame with scripts, an unknown kind: named, or a note."""
    html = {"text/html": "<div id='m'></div><script>draw('m')</script>"}
    frame = {"text/html": '<iframe srcdoc="&lt;script&gt;draw()&lt;/script&gt;"></iframe>', "text/plain": "<map>"}
    world = {PLOTLY: {"data": [{"type": "choropleth", "z": [1], "locations": ["DEU"]}], "layout": {}}}
    bokeh = {"text/html": '<div id="p1" data-root-id="p2"></div>'}
    drawing = {"application/javascript": "embed()", "application/vnd.bokehjs_exec.v0+json": ""}
    file = {"text/html": '<iframe src="iframe_figures/figure_1.html"></iframe>'}
    chart = {"mark": "bar", "data": {"url": "https://other.example/d.json"}, "encoding": {"x": {"field": "a"}}}
    elsewhere = {"application/vnd.vegalite.v5+json": {"layer": [chart]}}
    for data in (html, frame, world, bokeh, drawing, file, elsewhere, {"application/x-unheard-of": "a"}):
        cell = nbformat.v4.new_code_cell("show()", outputs=[nbformat.v4.new_output("display_data", data=data)])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "nb.ipynb")
        said = told(capsys, tmp_path / "nb.ipynb", "--no-run")

        assert "cell 1 of nb.ipynb (code cell 1: show()) shows what a page cannot: it " in said
        assert "--partial" in said
        done = main(["render", str(tmp_path / "nb.ipynb"), "-o", str(tmp_path / "b.html"), "--no-run", "--partial"])
        assert done == 0
        assert "Not shown: it " in (tmp_path / "b.html").read_text("utf-8")
        capsys.readouterr()


@pytest.mark.parametrize("kernel", ["python3", "never-ready"])
def test_an_interrupt_ends_the_run_and_leaves_no_page(tmp_path: Path, kernel: str) -> None:
    """Ctrl-C while a cell works, or while a kernel starts, is exit code 130 and one line, as with every command."""
    wait = "import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(100)"
    path = written(tmp_path / "nb.ipynb", wait)
    spec = {"argv": [sys.executable, "-c", wait], "display_name": "never ready", "language": "python"}
    (tmp_path / "kernels" / "never-ready").mkdir(parents=True)
    (tmp_path / "kernels" / "never-ready" / "kernel.json").write_text(json.dumps(spec), "utf-8")
    command = [sys.executable, "-m", "openprospect_nb.cli", "render", str(path), "-o", str(tmp_path / "nb.html")]
    environment = os.environ | {"JUPYTER_PATH": str(tmp_path)}
    with subprocess.Popen(
        [*command, "--kernel", kernel], stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        end = time.monotonic() + 90
        while not (tmp_path / "started").exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)  # what waits for the kernel says nothing of it
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]

    assert running.returncode == 130
    assert said.strip().splitlines()[-1].startswith("interrupted")
    assert "Traceback" not in said
    assert not (tmp_path / "nb.html").exists()


@pytest.mark.browser
def test_ordinary_notebooks_draw_what_they_should(saved: Any, tmp_path: Path) -> None:
    """All ordinary notebooks on one page: each figure draws as many marks as it has, and nothing is asked for."""
    cases = [case for case in CASES if case.figures or any("data:image" in text for text in case.holds)]
    cells, widgets = [], {}
    for case in cases:
        notebook, figures = read(saved(case.name)[0]), saved(case.name)[1]
        cells += [nbformat.v4.new_markdown_cell(f"# {case.name}"), *notebook.cells]
        widgets |= notebook.metadata
    for number, cell in enumerate(cells):
        cell.id = f"of-all-{number}"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=widgets)
    file = tmp_path / "all.html"
    html = NotebookPage(notebook, tmp_path / "all.ipynb", figures, partial=False).html(title="all", show_code=False)
    file.write_text(html, "utf-8")
    with chromium() as browser:
        context = browser.new_context(offline=True)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.split(":", 1)[0]))
        page.goto(file.as_uri())
        expect(page.locator("figure.is-live")).to_have_count(sum(case.figures for case in cases), timeout=90_000)

        figure, wrong = count(), []
        for case in cases:
            places = [f'[data-chart="figure{next(figure)}"]' for _ in range(case.figures)]
            for expected, selector in case.draws:
                drawn = page.locator(", ".join(f"{place} {selector}" for place in places)).count()
                wrong += [f"{case.name}: {drawn} of {expected} {selector}"] if drawn != expected else []
        assert wrong == []
        assert page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 40))") == []
        assert page.evaluate("window.pwned") is None
        assert set(asked) <= {"file", "data", "blob"}
