"""A JupyterLab on loopback, and what a person does with a notebook in its page."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page, expect

WAIT = 60_000
"""Milliseconds until a page that does not get there has failed."""
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
           "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
READY = """() => { const s = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  return s && s.isReady &&
    s.session?.kernel?.connectionStatus === 'connected' && s.session.kernel.status === 'idle' }"""
END = re.compile(r"END-MARK \d+")
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
FOCUSED = "selector => document.activeElement.matches(selector)"


@dataclass(frozen=True, slots=True)
class Lab:
    """A running JupyterLab: its address, and the folder it shows."""

    url: str
    root: Path


@contextmanager
def served_lab(base: Path) -> Iterator[Lab]:
    """Serve a JupyterLab with folders of its own below *base*."""
    port, root, settings = free_port(), base / "root", base / "settings"
    root.mkdir(), settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(OVERRIDES))
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
               f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={root}",
               f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True",
               "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
               "--LanguageServerManager.autodetect=False"]  # fmt: skip
    with serving(command, f"http://127.0.0.1:{port}", base) as url:
        yield Lab(url, root)


@contextmanager
def serving(command: list[str], url: str, base: Path) -> Iterator[str]:
    """Run a Jupyter server with folders of its own below *base*, and yield its address once it answers."""
    environment = os.environ | {name: str(base / name.lower()) for name in FOLDERS}
    with (base / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=base / "root", stdout=log, stderr=subprocess.STDOUT)
    try:
        _until_up(f"{url}/api", server, base / "log")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def free_port() -> int:
    """Return a port that nobody uses now, below those that connections of other tests are given meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are in use")


def _until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2)
        except urllib.error.HTTPError:
            return  # no such page, says a server that is up
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError(f"the Jupyter server did not start: {log.read_text()[-2000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook whose last cell prints END-MARK with the id of the kernel's process."""
    sources = [*cells, "import os\nprint('END-' + 'MARK', os.getpid())"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def open_and_run(page: Page, lab: Lab, name: str, *cells: str, wait: int = WAIT) -> None:
    """Write a notebook, open it, run all of it, and wait *wait* milliseconds for its end.

    Where the page has a JupyterLab already, the notebook takes the place of what was open in it.
    """
    write_notebook(lab.root / name, *cells)
    if page.url.startswith(lab.url):
        _close(page, lab)
        command(page, "docmanager:open", path=name)
    else:
        page.goto(f"{lab.url}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=WAIT)
    command(page, "notebook:run-all-cells")
    expect(end_mark(page)).to_be_visible(timeout=wait)


def end_mark(page: Page) -> Locator:
    """Return what the last cell has printed."""
    return page.get_by_text(END)


def kernel_process(page: Page) -> int:
    """Return the process id of the kernel that ran the last cell."""
    return int(end_mark(page).inner_text().split()[-1])


def restart_and_run_all(page: Page) -> None:
    """Restart the kernel as a person does, and wait until everything has run again in the new one."""
    before = kernel_process(page)
    command(page, "notebook:restart-run-all")
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click(timeout=WAIT)
    expect(page.get_by_text(re.compile(rf"END-MARK (?!{before}\b)\d+"))).to_be_visible(timeout=WAIT)


def kill_kernel(page: Page) -> None:
    """Let the kernel's process die without a word, and wait until JupyterLab has noticed and was told that we have."""
    os.kill(kernel_process(page), signal.SIGKILL)
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click(timeout=WAIT)


def reopen_without_kernel(page: Page, lab: Lab, name: str) -> None:
    """Close the notebook and every kernel, and open it again from disk without one."""
    _close(page, lab)
    command(page, "docmanager:open", path=name, kernelPreference={"shouldStart": False, "autoStartDefault": False})
    expect(page.get_by_text("No Kernel |")).to_be_visible(timeout=WAIT)


def _close(page: Page, lab: Lab) -> None:
    """Close the notebook as it was saved last, and every kernel."""
    # In one step: a widget's late still makes the notebook dirty, and JupyterLab would ask and wait for an answer.
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget;
      notebook.context.model.dirty = false;
      notebook.close();
    }""")
    expect(page.locator(".jp-NotebookPanel")).to_have_count(0, timeout=WAIT)
    end_sessions(lab)


def end_sessions(lab: Lab) -> None:
    """End every kernel, so that none piles up."""
    for session in json.loads(urllib.request.urlopen(f"{lab.url}/api/sessions", timeout=30).read()):
        request = urllib.request.Request(f"{lab.url}/api/sessions/{session['id']}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()


def command(page: Page, name: str, **arguments: object) -> None:
    """Start a command of JupyterLab, and wait for nothing."""
    page.evaluate("([name, given]) => { window.jupyterapp.commands.execute(name, given) }", [name, arguments])


def save(page: Page) -> None:
    """Save the open notebook."""
    command(page, "docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=WAIT)


def use_theme(page: Page, theme: str) -> None:
    """Let JupyterLab be "Light" or "Dark"."""
    command(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    is_light = str(theme == "Light").lower()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", is_light, timeout=WAIT)


def fill(form: Locator, name: str, text: str) -> None:
    """Type into the field of an API field name and leave it."""
    control = form.locator(f"[data-field={name}]")
    control.fill(text)
    control.press("Tab")


def tab_to(page: Page, selector: str, *, most: int = 60, back: bool = False) -> None:
    """Press Tab (or Shift+Tab) until the element has the focus; fail after *most* times."""
    for _ in range(most):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab never reached {selector}")


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a screenshot where ``OPENPROSPECT_SHOTS`` says, for a person to look at; *whole* goes beyond the window."""
    folder = os.environ.get("OPENPROSPECT_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=whole)


def serious(page: Page, axe: str, *, colours_only: bool = False) -> list[str]:
    """Return the serious and critical findings of axe, whose source is *axe*, inside our widgets as they are shown.

    What was looked at in one theme differs in the other by its colours: *colours_only* asks the rules for those alone.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    # WCAG 2.2 asks for targets of 24 px, which axe looks at only when told to.
    rules = {"runOnly": COLOUR_RULES} if colours_only else {"rules": {"target-size": {"enabled": True}}}
    asked = {"resultTypes": ["violations"], **rules}
    found = page.evaluate("asked => axe.run('.op-widget', asked)", asked)["violations"]
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]
