"""The widgets in a real JupyterLab: from an empty form to a confirmed order, a finished monitor, fetched results."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
SETUP = """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import ICPBuilder, OrderMonitor
client = op.connect(sandbox=Sandbox(step_seconds=0.3), home="home", poll_interval=0.3)
"""
READY = """() => { const s = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  return s && s.isReady &&
    s.session?.kernel?.connectionStatus === 'connected' && s.session.kernel.status === 'idle' }"""
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }"
WAIT = 60_000


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab on loopback with folders of its own: its address and its root."""
    pytest.importorskip("jupyterlab")
    base, port = tmp_path_factory.mktemp("lab"), free_port()
    root, settings = base / "root", base / "settings"
    root.mkdir(), settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(OVERRIDES))
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
             "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
    environment = os.environ | {name: str(base / name.lower()) for name in names}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
               f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={root}",
               f"--LabApp.app_settings_dir={settings}", "--LabApp.expose_app_in_browser=True",
               "--LabApp.extension_manager=readonly", "--LabApp.news_url="]  # fmt: skip
    with (base / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server)
        yield url, root
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return once the server answers."""
    end = time.monotonic() + 90
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api", timeout=2)
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError("JupyterLab did not start")


@pytest.fixture
def page(browser: Browser, lab: tuple[str, Path]) -> Iterator[Page]:
    """A page that can reach the Jupyter server and nothing else."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    context.route("**/*", lambda route: route.continue_() if route.request.url.startswith(lab[0]) else route.abort())
    yield context.new_page()
    context.close()


def open_and_run(page: Page, lab: tuple[str, Path], name: str, *cells: str) -> None:
    """Write a notebook, open it, run all of it, and wait for its end."""
    url, root = lab
    sources = [*cells, "print('END-' + 'MARK')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / name)
    page.goto(f"{url}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=WAIT)
    page.evaluate(RUN_ALL)
    expect(page.get_by_text("END-MARK", exact=True)).to_be_visible(timeout=WAIT)


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where ``OPENPROSPECT_SHOTS`` says, for a person to look at."""
    folder = os.environ.get("OPENPROSPECT_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def fill(form: Locator, name: str, text: str, kind: str = "input") -> None:
    """Type into the field of an API field name and leave it."""
    control = form.locator(f".op-field-{name} {kind}").first
    control.fill(text)
    control.press("Tab")


def test_from_an_empty_form_to_fetched_results(page: Page, lab: tuple[str, Path]) -> None:
    """A form is filled, confirmed once, followed to its end in a monitor that moves, and its results are opened."""
    open_and_run(
        page,
        lab,
        "journey.ipynb",
        SETUP,
        "builder = ICPBuilder(client)\nbuilder",
        "monitor = OrderMonitor(client)\nmonitor",
    )
    form, monitor = page.locator(".op-icp-builder").first, page.locator(".op-order-monitor").first
    expect(form).to_be_visible(timeout=WAIT)
    picture(page, "builder-empty")
    fill(form, "profile_name", "Machine builders")
    fill(
        form,
        "ideal_customer_profile",
        "Machine builders with 50 to 500 employees; a good fit runs its own production",
        "textarea",
    )
    fill(form, "seller_offering", "Scheduling software", "textarea")
    countries = form.locator(".op-field-target_countries input")
    countries.fill("Germny")
    countries.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("did you mean Germany")
    picture(page, "builder-problem")
    form.get_by_role("button", name="Germny").click()
    countries.fill("Germany")
    countries.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Germany (DE)")
    form.locator("button.op-place").click()
    expect(form.locator(".op-summary")).to_contain_text("25 companies")
    picture(page, "builder-summary")
    form.locator("button.op-confirm").dblclick()
    expect(form).to_contain_text("is placed", timeout=WAIT)
    picture(page, "builder-placed")
    monitor.locator("button.op-refresh").click()
    expect(monitor).to_contain_text("1 completed", timeout=WAIT)
    monitor.locator("button.op-fetch").click()
    expect(monitor).to_contain_text("Fetched 25 companies", timeout=WAIT)
    monitor.locator("button.op-open").click()
    expect(monitor).to_contain_text("First companies by match score")
    monitor.scroll_into_view_if_needed()
    picture(page, "monitor-results")
    expect(monitor.locator("tbody tr").filter(has_text="Machine builders")).to_have_count(0)
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)


def test_an_order_is_placed_with_the_keyboard_alone(page: Page, lab: tuple[str, Path]) -> None:
    """Tab reaches every field and button in the order of the page; Enter adds a chip and presses a button."""
    open_and_run(page, lab, "keyboard.ipynb", SETUP, "builder = ICPBuilder(client)\nbuilder")
    form, keys = page.locator(".op-icp-builder").first, page.keyboard
    form.locator(".op-field-profile_name input").focus()
    for text, presses in (("Keyboard", 1), ("Machine builders with 50 to 500 employees", 1)):
        keys.type(text)
        for _ in range(presses):
            keys.press("Tab")
    keys.type("Germany")
    keys.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Germany (DE)")
    tab_to(page, ".op-field-seller_offering textarea")
    keys.type("Scheduling software")
    tab_to(page, "button.op-place")
    keys.press("Enter")
    expect(form.locator(".op-summary")).to_contain_text("25 companies")
    tab_to(page, "button.op-confirm")
    keys.press("Enter")
    expect(form).to_contain_text("is placed", timeout=WAIT)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; fail after forty times."""
    for _ in range(40):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}")


WIDGETS = """
from openprospect_nb.widgets import BlacklistManager, WhatIf
client.blacklists.add(client.blacklists.create("Customers").id, [{"company_name": "Invented"}])
order = client.orders.enrich([{"company_name": f"Invented {n}"} for n in range(30)], title="Trade fair",
    features=["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]).wait(progress=False)
results = order.results()
"""
SHOWN = ("ICPBuilder(client)", "OrderMonitor(client)", "WhatIf(results)", "BlacklistManager(client, results)")
ROOTS = (".op-icp-builder", ".op-order-monitor", ".op-what-if", ".op-blacklist-manager")


def test_every_widget_is_accessible_dark_and_outlives_its_kernel(page: Page, lab: tuple[str, Path], axe: str) -> None:
    """No serious finding of axe, light and dark; saved and opened without a kernel, each still picture is readable."""
    open_and_run(page, lab, "gallery.ipynb", SETUP + WIDGETS, *SHOWN)
    for root in ROOTS:
        expect(page.locator(root).first).to_be_visible(timeout=WAIT)
    expect(page.locator(".op-order-monitor")).to_contain_text("1 completed", timeout=WAIT)
    expect(page.locator(".op-blacklist-manager")).to_contain_text("1 entry", timeout=WAIT)
    page.evaluate(axe)
    findings: list[str] = []
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("t => { window.jupyterapp.commands.execute('apputils:change-theme', {theme: t}) }", theme)
        dark = "false" if theme.endswith("Dark") else "true"
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", dark, timeout=WAIT)
        for root in ROOTS:
            page.locator(root).first.scroll_into_view_if_needed()
            picture(page, f"{root[1:]}-{theme[-5:].strip().lower()}")
        findings += serious(page)
    assert "\n".join(findings) == ""
    page.evaluate("() => { window.jupyterapp.commands.execute('docmanager:save') }")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=WAIT)
    saved = nbformat.read(lab[1] / "gallery.ipynb", as_version=4)
    stills = [
        o.data["text/html"] for c in saved.cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})
    ]
    assert len(stills) == len(ROOTS)
    shown = page.context.new_page()
    shown.set_content("".join(stills))
    expect(shown.locator(".op-still").nth(1)).to_contain_text("1 completed")
    expect(shown.locator(".op-still").nth(2)).to_contain_text("largest safe list")
    expect(shown.locator(".op-still").nth(3)).to_contain_text("Invented")
    picture(shown, "still")


def serious(page: Page) -> list[str]:
    """Return axe's serious and critical findings inside our widgets."""
    run = "() => axe.run('.op-widget', {resultTypes: ['violations']})"
    found = page.evaluate(run)["violations"]
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
        # ipywidgets gives its slider handle no name and no way to set one; a labelled number field stands beside it.
        if "noUi-handle" not in node["html"]
    ]
