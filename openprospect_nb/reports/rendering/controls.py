"""ipywidgets as they stood when the notebook ended: their state as HTML that needs no kernel and no scripts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.markup.render import render, trusted
from openprospect_nb.reports.rendering.refusals import Unshown
from openprospect_nb.reports.rendering.vega import vega_picture

STATE: Final = "application/vnd.jupyter.widget-state+json"
_DEEPEST: Final = 30
_SECTIONS: Final = {"Tab", "Accordion", "Stack"}
_SECRET: Final = "••••••"  # noqa: S105 - what stands in the place of a password
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Controls:
    """The widgets of one notebook.

    Attributes:
        state: model id → what the notebook's metadata saved of it (``model_name``, ``state``, ``buffers``).
        figures: model id → the figure of a plotly FigureWidget at the end.
        outputs: returns the HTML of the outputs an Output widget caught.
        figure: returns the HTML of a figure.
    """

    state: Mapping[str, Json]
    figures: Mapping[str, Json]
    outputs: Callable[[Sequence[Json]], str]
    figure: Callable[[Json], str]

    def html(self, model_id: str) -> str | None:
        """Return the widget's HTML, or None where nothing is known of it.

        Raises:
            Unshown: it, or all it is made of, is of no kind that can be shown.
        """
        drawn = self._drawn(model_id, 0)
        if drawn is None:
            return None
        if not _has_face(drawn):
            name = str(self.state[model_id].get("model_name", "")).removesuffix("Model")
            raise Unshown(
                f"it is a widget ({name}) that only a live notebook can draw", "Show a picture or its values."
            )
        return render("report/control.html", control=drawn)

    def _drawn(self, model_id: str, depth: int) -> dict[str, Any] | None:
        key = model_id.removeprefix("IPY_MODEL_")
        model = self.state.get(key)
        if model is None or depth > _DEEPEST:
            return None
        state, name = model.get("state", {}), str(model.get("model_name", "")).removesuffix("Model")
        if self._is_hidden(state):
            return {"kind": "nothing"}
        figure = self.figures.get(key) or _saved_figure(model)
        if figure is not None:
            return _markup(self.figure(figure))
        if name == "Output":
            return _markup(self.outputs(state.get("outputs") or []))
        if "children" in state:
            return self._box(name, state, depth)
        shown = _SHOWS.get(name, _other)(name, state, model.get("buffers") or ())
        return shown | {"label": "" if name == "Button" else _words(state.get("description"))}

    def _is_hidden(self, state: Json) -> bool:
        layout = self.state.get(str(state.get("layout", "")).removeprefix("IPY_MODEL_"), {}).get("state", {})
        return str(layout.get("display")) == "none" or str(layout.get("visibility")) == "hidden"

    def _box(self, name: str, state: Json, depth: int) -> dict[str, Any]:
        children = [self._drawn(str(child), depth + 1) or {"kind": "unknown"} for child in state["children"]]
        if name not in _SECTIONS:
            return {"kind": "row" if name == "HBox" else "column", "children": children}
        titles, older = state.get("titles") or (), state.get("_titles") or {}
        names = [titles[n] if n < len(titles) else "" for n in range(len(children))]
        shown = [str(name or older.get(str(n)) or n + 1) for n, name in enumerate(names)]
        return {"kind": "sections", "sections": [*zip(shown, children, strict=True)]}


def _saved_figure(model: Json) -> Json | None:
    """Return the figure of a plotly FigureWidget as a saved notebook has it; None for others, and for packed ones."""
    state = model.get("state", {})
    if "_widget_data" not in state or model.get("buffers"):
        return None
    return {"data": state["_widget_data"], "layout": state.get("_widget_layout") or {}}


def _markup(html: object) -> dict[str, Any]:
    # Written by the notebook's author, as every output is; scripts in it do not run.
    return {"kind": "html", "label": "", "value": trusted(str(html or ""))}


def _other(name: str, state: Json, _: Sequence[Json]) -> dict[str, Any]:
    """Return a widget of another kind by its value, where that is something to read."""
    value, specification = state.get("value"), state.get("spec")
    if isinstance(specification, Mapping) and "vega-lite" in str(specification.get("$schema")):
        packed = b64encode(vega_picture(specification, "vegalite").encode()).decode()
        return {"kind": "image", "address": trusted(f"data:image/svg+xml;base64,{packed}"), "size": {}}
    if name == "Password":
        return {"kind": "text", "value": _SECRET if value else ""}
    if isinstance(value, str | int | float | list | tuple | Mapping):
        return {"kind": "text", "value": _written(value)}
    return {"kind": "text", "value": ""} if value is None and "value" in state else {"kind": "unknown"}


def _measured(name: str, state: Json, _: Sequence[Json]) -> dict[str, Any]:
    """Return value and ends of a slider or progress bar, the ends as the exponents they are where it is logarithmic."""
    low, high, value = (state.get(key) for key in ("min", "max", "value"))
    are_numbers = all(isinstance(number, int | float) for number in (low, high, value))
    kind = "progress" if name in {"IntProgress", "FloatProgress"} else "slider"
    if name == "FloatLogSlider" or not are_numbers or low == high:
        return {"kind": kind, "share": None, "value": _words(value)}
    share = (value - low) / (high - low)  # type: ignore[operator]  # `are_numbers` says so
    return {"kind": kind, "share": min(max(share, 0.0), 1.0), "value": _words(value)}


def _range(_name: str, state: Json, _: Sequence[Json]) -> dict[str, Any]:
    return {"kind": "text", "value": " – ".join(map(_words, state.get("value") or ()))}


def _chosen(_name: str, state: Json, _: Sequence[Json]) -> dict[str, Any]:
    labels, index = state.get("_options_labels") or (), state.get("index")
    places = index if isinstance(index, list | tuple) else [index]
    chosen = [str(labels[n]) for n in places if isinstance(n, int) and 0 <= n < len(labels)]
    return {"kind": "text", "value": ", ".join(chosen)}


def _file(name: str, state: Json, buffers: Sequence[Json]) -> dict[str, Any]:
    kind = name.lower()
    packed = next((str(each.get("data", "")) for each in buffers if list(each.get("path", ())) == ["value"]), "")
    form = str(state.get("format") or "png").lower()
    if form == "url" or not packed.isascii() or not form.replace("+", "").isalnum():
        return {"kind": "unknown"}
    form = {"jpg": "jpeg", "svg": "svg+xml"}.get(form, form)
    size = {name: state[name] for name in ("width", "height") if str(state.get(name) or "").isdigit()}
    return {"kind": kind, "address": trusted(f"data:{kind}/{form};base64,{''.join(packed.split())}"), "size": size}


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        # A date or time as its widget writes it.
        parts = [value.get(key) for key in ("year", "month", "date")]
        if all(isinstance(part, int) for part in parts):
            return f"{parts[0]}-{parts[1] + 1:02}-{parts[2]:02}"  # type: ignore[operator]  # whole numbers, as just seen
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list | tuple) else _words(value)


def _words(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


Shows = Callable[[str, Json, Sequence[Json]], dict[str, Any]]
# The name of a widget's model, and how it is shown.
_SHOWS: Final[Mapping[str, Shows]] = {
    **dict.fromkeys(("HTML", "HTMLMath"), lambda _, state, __: _markup(state.get("value"))),
    **dict.fromkeys(("IntSlider", "FloatSlider", "FloatLogSlider", "Play"), _measured),
    **dict.fromkeys(("IntProgress", "FloatProgress"), _measured),
    **dict.fromkeys(("IntRangeSlider", "FloatRangeSlider"), _range),
    **dict.fromkeys(
        ("Checkbox", "ToggleButton", "Valid"),
        lambda _, state, __: {"kind": "tick", "value": bool(state.get("value"))},
    ),
    **dict.fromkeys(("Dropdown", "Select", "RadioButtons", "ToggleButtons", "SelectionSlider"), _chosen),
    **dict.fromkeys(("SelectMultiple", "SelectionRangeSlider"), _chosen),
    "Button": lambda _, state, __: {
        "kind": "button",
        "value": _words(state.get("description") or state.get("tooltip")),
    },
    **dict.fromkeys(("Image", "Audio", "Video"), _file),
}


def _has_face(drawn: Mapping[str, Any]) -> bool:
    """Whether anything of it can be shown; a widget of an unknown kind has its text form instead."""
    if drawn["kind"] == "sections":
        return any(_has_face(part) for _, part in drawn["sections"])
    if "children" in drawn:
        return not drawn["children"] or any(_has_face(part) for part in drawn["children"])
    return str(drawn["kind"]) != "unknown"
