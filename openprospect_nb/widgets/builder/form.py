"""The fields of the ICP builder, bound to a draft both ways, each with its counter, problems and advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import ipywidgets
import traitlets

from openprospect_nb import contract
from openprospect_nb.countries import country_code, country_name
from openprospect_nb.errors import FieldProblem
from openprospect_nb.icp import ICP
from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.builder.model import ENRICHMENT, OrderDraft
from openprospect_nb.widgets.parts import LABEL, choice, close_all, field, row, text_field


class Chips(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A labelled list of texts: Enter or a comma adds, a click on a chip removes; nothing is listed twice.

    Attributes:
        value: the texts, as typed.
    """

    value = traitlets.Tuple(())

    def __init__(self, label: str, placeholder: str) -> None:
        self.text = text_field(label, placeholder=placeholder)
        self.text.continuous_update = False
        self._buttons = row()
        self._buttons.add_class("op-chips")
        super().__init__([self.text, self._buttons])
        self.text.observe(self._add, "value")
        self.observe(self._draw, "value")
        self._draw()

    def _add(self, change: Any) -> None:
        new = [part.strip() for part in change["new"].split(",")]
        if change["new"]:
            self.value = tuple(dict.fromkeys((*self.value, *(part for part in new if part))))
            self.text.value = ""

    def _remove(self, text: str, _: Any) -> None:
        self.value = tuple(entry for entry in self.value if entry != text)

    def _draw(self, _: Any = None) -> None:
        old = self._buttons.children
        made = []
        for text in self.value:
            chip = ipywidgets.Button(
                description=f"{clean(text, 60)} ✕", tooltip=f"Remove {clean(text, 60)}", layout={"width": "auto"}
            )
            chip.add_class("op-chip")
            chip.on_click(partial(self._remove, text))
            made.append(chip)
        self._buttons.children = made
        self._buttons.layout.display = "" if made else "none"
        for button in old:
            close_all(button)


REQUIRED: Final = "is required"  # the words of `bounds.text`; an empty field is not yet a mistake
LIMITS: Final = {
    "profile_name": contract.MAX_PROFILE_NAME,
    "ideal_customer_profile": contract.MAX_ICP_TEXT,
    "seller_offering": contract.MAX_ICP_TEXT,
    "seller_industry": contract.MAX_SELLER_INDUSTRY,
    "output_language": contract.MAX_LANGUAGE,
    "title": contract.MAX_TITLE,
}
TEXT_LABELS: Final = {
    "profile_name": ("Profile name", 1, "how you will find it again"),
    "ideal_customer_profile": ("Ideal customer", 6, "what the companies do, their size, what makes a good fit"),
    "seller_offering": ("Your offering", 3, "what you sell; it drives the match score"),
    "seller_industry": ("Your industry", 1, "optional"),
    "output_language": ("Output language", 1, "optional, such as en or de"),
}
CHIP_LABELS: Final = {
    "target_countries": ("Countries", "name or code, then Enter"),
    "target_cities": ("Cities", "optional, Enter after each"),
    "target_industries": ("Industries", "optional, Enter after each"),
    "excluded_industries": ("Excluded industries", "optional, Enter after each"),
    "contact_roles": ("Contact roles", "optional, such as CEO, Enter after each"),
}
TAB_ORDER: Final = (
    "profile_name",
    "ideal_customer_profile",
    "target_countries",
    "target_cities",
    "target_industries",
    "excluded_industries",
    "seller_offering",
    "seller_industry",
    "contact_roles",
    "output_language",
)
FEATURE_LABELS: Final = {
    contract.Feature.COMPANY_DATA: "Company data",
    contract.Feature.CONTACTS: "Contacts",
    contract.Feature.ANALYSIS: "Match analysis",
    contract.Feature.TECHNOLOGIES: "Technologies",
    contract.Feature.EMAIL_DISCOVERY: "E-mail addresses",
}


LABELS: Final = (
    {name: about[0] for name, about in TEXT_LABELS.items()}
    | {name: about[0] for name, about in CHIP_LABELS.items()}
    | {"title": "Order title", "briefing_quantity": "Companies", "features": "Features", "priority": "Priority"}
    | {"blacklist_ids": "Blacklists"}
)


class ProfileForm:
    """The profile's fields; ``boxes`` in the order of the tab key."""

    def __init__(self, draft: OrderDraft) -> None:
        self._draft = draft
        self.notes = {name: ipywidgets.HTML() for name in (*TEXT_LABELS, *CHIP_LABELS)}
        self.controls: dict[str, ipywidgets.Widget] = {}
        for name, (label, rows, hint) in TEXT_LABELS.items():
            self.controls[name] = text_field(label, rows=rows, placeholder=hint)
            traitlets.link((draft, name), (self.controls[name], "value"))
        for name, (label, hint) in CHIP_LABELS.items():
            self.controls[name] = Chips(label, hint)
            traitlets.link((draft, name), (self.controls[name], "value"))
        self.boxes = [field(name, self.controls[name], self.notes[name]) for name in TAB_ORDER]

    def show(self, problems: Iterable[FieldProblem]) -> None:
        """Write counters, problems and advice below the fields."""
        messages = by_field(problems)
        silent = self._draft.kind == ENRICHMENT and self._draft.profile is None
        advice = advice_by_field(self._draft.icp)
        for name, note in self.notes.items():
            value = getattr(self._draft, name)
            set_note(
                note,
                counter=_counter(name, value),
                hint=_countries(value) if name == "target_countries" else "",
                problems=[] if silent else messages.get(name, []),
                advice=advice.get(name, []) if value else [],
            )


class OptionsForm:
    """The order's own fields: title, quantity, features, priority, blacklists, budget."""

    def __init__(self, draft: OrderDraft) -> None:
        self._draft = draft
        self.notes = {name: ipywidgets.HTML() for name in ("title", "briefing_quantity", "features", "budget")}
        self.title = text_field("Order title", placeholder="optional")
        self.quantity = ipywidgets.BoundedIntText(
            description="Companies", min=1, max=contract.MAX_BRIEFINGS, style=LABEL, layout={"width": "18em"}
        )
        self.priority = choice("Priority", [str(value) for value in contract.Priority], draft.priority)
        self.budget = text_field("Budget", placeholder="optional; refuse above this")
        self.features = {str(feature): _tick(label) for feature, label in FEATURE_LABELS.items()}
        self.blacklists = ipywidgets.SelectMultiple(
            description="Blacklists", rows=3, style=LABEL, layout={"width": "30em"}
        )
        self._bind()
        self.quantity_box = field("briefing_quantity", self.quantity, self.notes["briefing_quantity"])
        self.boxes = self._boxes()

    def show(self, problems: Iterable[FieldProblem]) -> None:
        """Write counters and problems below the fields."""
        messages = by_field(problems)
        for name, note in self.notes.items():
            set_note(note, counter=_counter(name, getattr(self._draft, name)), problems=messages.get(name, []))

    def _boxes(self) -> list[ipywidgets.Widget]:
        heading = ipywidgets.HTML('<span class="op-soft">Features</span>')
        features = ipywidgets.VBox([heading, row(*self.features.values())])
        return [
            field("title", self.title, self.notes["title"]),
            self.quantity_box,
            field("features", features, self.notes["features"]),
            field("priority", self.priority, ipywidgets.HTML()),
            field("budget", self.budget, self.notes["budget"]),
        ]

    def _bind(self) -> None:
        draft = self._draft
        traitlets.link((draft, "title"), (self.title, "value"))
        traitlets.link((draft, "briefing_quantity"), (self.quantity, "value"))
        traitlets.link((draft, "priority"), (self.priority, "value"))
        draft.observe(self._show_features, "features")
        self._show_features()
        for box in self.features.values():
            box.observe(self._take_features, "value")
        self.budget.observe(self._take_budget, "value")
        self.blacklists.observe(lambda change: setattr(draft, "blacklist_ids", tuple(change["new"])), "value")

    def _show_features(self, _: Any = None) -> None:
        for name, box in self.features.items():
            box.value = name in self._draft.features

    def _take_features(self, _: Any) -> None:
        unknown = tuple(name for name in self._draft.features if name not in self.features)
        self._draft.features = (*(name for name, box in self.features.items() if box.value), *unknown)

    def _take_budget(self, change: Any) -> None:
        try:
            self._draft.budget = float(change["new"].replace(",", "").strip()) if change["new"].strip() else None
        except ValueError:
            # What is no number must refuse every order rather than none.
            self._draft.budget = 0.0
            set_note(self.notes["budget"], problems=["is not a number, so nothing can be ordered"])


def labelled(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return values of API fields as (label, text), labelled as in the form."""
    return [(LABELS.get(name, name), _words(value)) for name, value in values.items()]


def by_field(problems: Iterable[FieldProblem]) -> dict[str, list[str]]:
    """Return the messages of *problems* by the field they belong to, members of a list with their place."""
    messages: dict[str, list[str]] = {}
    for problem in problems:
        name, _, place = problem.field.partition("[")
        where = f"{int(place.split(']')[0]) + 1}: " if place.split("]")[0].isdigit() else ""
        messages.setdefault(name, []).append(f"{where}{problem.message}")
    return messages


def advice_by_field(icp: ICP) -> dict[str, list[str]]:
    """Return the advice on *icp* by the field it belongs to: countries apart, all else is about the description."""
    places: dict[str, list[str]] = {}
    for advice in icp.advice():
        name = "target_countries" if advice.topic == "countries" else "ideal_customer_profile"
        places.setdefault(name, []).append(str(advice))
    return places


def set_note(
    note: ipywidgets.HTML,
    *,
    counter: str = "",
    hint: str = "",
    problems: Sequence[str] = (),
    advice: Iterable[str] = (),
) -> None:
    """Write what stands below a field, if it changed."""
    html = render(
        "widgets/note.html",
        counter=counter,
        hint=hint,
        problems=[clean(text, 300) for text in problems if text != REQUIRED],
        required=REQUIRED in problems,
        advice=[clean(text, 300) for text in advice],
    )
    if note.value != html:
        note.value = html


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(FEATURE_LABELS.get(part, str(part)) for part in value)
    return str(value) or "–"


def _counter(name: str, value: object) -> str:
    return (
        f"{len(value):,} / {LIMITS[name]:,} characters" if name in LIMITS and isinstance(value, str) and value else ""
    )


def _countries(values: Iterable[str]) -> str:
    return ", ".join(f"{country_name(value)} ({country_code(value)})" for value in values if country_code(value))


def _tick(label: str) -> ipywidgets.Checkbox:
    return ipywidgets.Checkbox(description=label, indent=False, layout={"width": "auto"})
