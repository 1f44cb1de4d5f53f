"""What holds for every widget: markup any renderer may show, announcements that stay small, names for all controls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import ipywidgets
import pytest

import openprospect_nb as op
from openprospect_nb import widgets
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.parts import LiveLine

FORBIDDEN = re.compile(r"<script|<iframe|<object|javascript:|\son[a-z]+\s*=|https?:|//cdn|@import|url\(", re.IGNORECASE)
NAMESPACE = "http://www.w3.org/2000/svg"  # a name, which nothing fetches
ANNOUNCED = re.compile(r"aria-live|role=\"?(status|alert|log)")
# anywidget carries plotly's figures: a package of the environment, served by the front end itself.
STOCK = {"@jupyter-widgets/base", "@jupyter-widgets/controls", "anywidget"}
COMPANIES = [{"company_name": f"Invented {n}"} for n in range(6)]
FEATURES = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Iterator[Mapping[str, BaseWidget]]:
    """Each public widget once, with something to show."""
    with (
        Sandbox(step_seconds=0.02) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path_factory.mktemp("home"), poll_interval=0.05) as client,
    ):
        results = client.orders.enrich(COMPANIES, title="Faces", features=FEATURES).wait(progress=False).results()
        of_client = {
            "Desk": [client, results],
            "ICPBuilder": [client],
            "OrderMonitor": [client],
            "BlacklistManager": [client, results],
        }
        made = {name: getattr(widgets, name)(*of_client.get(name, [results])) for name in widgets.__all__}
        yield made
        for face in made.values():
            face.close()


def parts(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """Yield a widget and everything in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


@pytest.mark.parametrize("name", widgets.__all__)
def test_no_renderer_is_asked_for_scripts_or_addresses(faces, name):
    """No script, handler or address stands in any markup, so a renderer that forbids them (VS Code) shows it all."""
    markup = [part.value for part in parts(faces[name].view) if isinstance(part, ipywidgets.HTML)]
    for html in [*markup, faces[name]._repr_mimebundle_()["text/html"]]:
        assert not FORBIDDEN.search(html.replace(NAMESPACE, ""))


@pytest.mark.parametrize("name", widgets.__all__)
def test_only_stock_models_cross_the_wire(faces, name):
    """Every part is a model a front end has anyway: nothing is fetched for it."""
    found = {module for part in parts(faces[name].view) for module in (part._model_module, part._view_module)}
    assert found <= STOCK


@pytest.mark.parametrize("name", widgets.__all__)
def test_announcements_live_in_lines_of_their_own(faces, name):
    """A live region holds one sentence; no table, counter or time is read out again with it."""
    markup = [part for part in parts(faces[name].view) if isinstance(part, ipywidgets.HTML)]
    announced = [part for part in markup if ANNOUNCED.search(part.value)]
    # The one live region of the desk and of its steps alone is a region of their pane, see test_desk.py.
    assert announced or isinstance(faces[name], DeskFrame)
    for part in announced:
        assert isinstance(part, LiveLine), part.value[:200]
        assert "<table" not in part.value


@pytest.mark.parametrize("name", widgets.__all__)
def test_every_control_has_a_name(faces, name):
    """Each field and button says what it is for; a slider stands beside a number field that does."""
    for part in parts(faces[name].view):
        if isinstance(part, ipywidgets.ValueWidget | ipywidgets.Button) and not isinstance(part, ipywidgets.HTML):
            assert part.description or isinstance(part, ipywidgets.FloatSlider), part
