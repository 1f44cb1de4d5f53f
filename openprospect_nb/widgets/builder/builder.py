"""`ICPBuilder`: describe an ideal customer, see what is wrong and missing, and place one order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import ipywidgets
import polars as pl

from openprospect_nb.client import AsyncClient, Client, Order
from openprospect_nb.client.faces import OrderDefaults
from openprospect_nb.errors import FieldProblem
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.icp import ICP
from openprospect_nb.markup import clean, render, trusted
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.builder.company_panel import CompanyPanel
from openprospect_nb.widgets.builder.form import LABELS, REQUIRED, OptionsForm, ProfileForm, labelled
from openprospect_nb.widgets.builder.model import ALL_FIELDS, DISCOVERY, ENRICHMENT, Checkout, OrderDraft, Phase
from openprospect_nb.widgets.builder.saved_icps import SavedICPs
from openprospect_nb.widgets.kernel import Background
from openprospect_nb.widgets.parts import LiveLine, button, choice, live_text, plain_text, row

KINDS: Final = (("Discovery: find companies", DISCOVERY), ("Enrichment: companies I name", ENRICHMENT))
SHOWN_COMPANIES: Final = 3


class ICPBuilder(BaseWidget):
    """A form for a profile and an order: problems and advice as one types, a summary, one confirmation, one order.

    Args:
        client: where the order is placed.
        icp: what the form starts with.
        companies: a frame of companies starts the form in enrichment mode.

    Example:
        >>> builder = ICPBuilder(client, icp)
        >>> builder.problems, builder.order  # the order is there once it was confirmed in the form
        ([], None)
        >>> builder.close()
    """

    def __init__(self, client: Client, icp: ICP | None = None, *, companies: pl.DataFrame | None = None) -> None:
        super().__init__("op-icp-builder")
        self.draft = OrderDraft(usual=OrderDefaults(price_each=client.settings.price_per_briefing))
        self.checkout = Checkout(client, self.draft)
        self._client, self._work = client, Background(client, self._say)
        self.draft.icp = icp or ICP()
        if companies is not None:
            self.draft.kind, self.draft.companies = ENRICHMENT, CompanyList.of(companies)
        self._make_view()
        self.draft.observe(self._changed, list(ALL_FIELDS))
        self.draft.observe(self._show_draft, "usual")
        self.checkout.observe(self._show_checkout, ["phase", "message", "twin"])
        self._changed()
        self._work.start(self._learn_usual)

    @property
    def icp(self) -> ICP:
        """The profile as written; it may still have problems."""
        return self.draft.icp

    @property
    def problems(self) -> list[FieldProblem]:
        """Everything that would be refused, each with its field; empty means the order can be placed."""
        return list(self.draft.problems)

    @property
    def order(self) -> Order | None:
        """The order once it is placed, else None."""
        return self.checkout.order

    @property
    def companies(self) -> pl.DataFrame | None:
        """In enrichment mode the rows that can be sent, with the API's field names."""
        return None if self.draft.companies is None else self.draft.companies.good

    def close(self) -> None:
        """Close the view; an order being placed stays in the journal."""
        self._work.close()
        self.checkout.close()
        self.draft.unobserve_all()
        self.checkout.unobserve_all()
        super().close()

    def picture(self) -> str:
        """Return profile, order and its state as HTML without scripts."""
        facts = labelled({**self.draft.icp.body(), **self.draft.options})
        problems = [("Problem", f"{LABELS.get(p.field, p.field)} {p.message}") for p in self.problems]
        title = trusted('<p class="op-title">Ideal customer profile and order</p>')
        html = render("widgets/order_facts.html", facts=[(n, clean(v, 2000)) for n, v in [*facts, *problems]])
        return f"{title}{html}{live_text(clean(self.checkout.message, 600))}"

    def __repr__(self) -> str:
        """Return name, state and number of problems in one line."""
        count = len(self.problems)
        return f"ICPBuilder({self.draft.profile_name!r}, {self.checkout.phase}, {count} problems)"

    def _make_view(self) -> None:
        self._profile, self._options = ProfileForm(self.draft), OptionsForm(self.draft)
        self._companies = CompanyPanel(self.draft)
        self._saved = SavedICPs(self._client.settings.home / "icps", self.draft, self._say)
        self._kind = choice("Order kind", KINDS, self.draft.kind)
        self._kind.observe(lambda change: setattr(self.draft, "kind", change["new"]), "value")
        lists = button("Load blacklists", "op-load-blacklists", self._load_blacklists, hint="One list request")
        self._price, self._code, self._summary = (ipywidgets.HTML() for _ in range(3))
        self._show_code = ipywidgets.Checkbox(description="Show request (JSON) and Python code", indent=False)
        self._show_code.observe(lambda _: self._write_code(), "value")
        self._place = button("Place order …", "op-place", self.checkout.review, style="primary")
        self._again = ipywidgets.Checkbox(
            description="Buy once more, although an equal order exists", indent=False, layout={"width": "max-content"}
        )
        confirm = button("Confirm: order now", "op-confirm", self._confirm, style="warning")
        cancel = button("Back to the form", "op-cancel", self.checkout.cancel)
        self._confirmation = ipywidgets.VBox([self._summary, self._again, row(confirm, cancel)])
        self._confirmation.add_class("op-summary")
        self._confirm_button, self._said = confirm, LiveLine()
        title = ipywidgets.HTML('<p class="op-title" role="heading" aria-level="3">Ideal customer profile</p>')
        options = [*self._options.boxes, row(self._options.blacklists, lists)]
        self._fill(
            [title, self._saved.box, self._kind, self._companies.box, *self._profile.boxes, *options,
             self._price, self._show_code, self._code, row(self._place), self._confirmation, self._said]
        )  # fmt: skip

    def _confirm(self) -> None:
        self._saved.remember()
        self.checkout.confirm(again=self._again.value)

    async def _learn_usual(self, core: AsyncClient) -> None:
        self.draft.usual = await core.orders.defaults()

    def _changed(self, _: Any = None) -> None:
        self.checkout.changed()
        self._show_draft()

    def _show_draft(self, _: Any = None) -> None:
        plan = self.draft.plan
        self._kind.value = self.draft.kind
        self._companies.box.layout.display = "" if self.draft.kind == ENRICHMENT else "none"
        self._options.quantity_box.layout.display = "none" if self.draft.kind == ENRICHMENT else ""
        self._profile.show(plan.problems)
        self._options.show(plan.problems)
        self._price.value = plain_text(f"Price: {self._cost_words()}")
        self._write_code()
        self._show_checkout()

    def _show_checkout(self, _: Any = None) -> None:
        phase = self.checkout.phase
        self._confirmation.layout.display = "" if phase in {Phase.REVIEW, Phase.PLACING, Phase.FAILED} else "none"
        self._place.disabled = phase is not Phase.EDITING
        self._place.description = "Order placed" if phase is Phase.PLACED else "Place order …"
        self._confirm_button.disabled = phase is Phase.PLACING
        self._confirm_button.description = (
            "Try this same order again" if phase is Phase.FAILED else "Confirm: order now"
        )
        self._again.layout.display = "" if self.checkout.twin else "none"
        self._summary.value = self._summary_html()
        self._say(self.checkout.message or (_to_solve(self.problems) if phase is Phase.EDITING else ""))
        self._redraw_picture()

    def _summary_html(self) -> str:
        wanted = self.checkout.reviewed
        if wanted is None:
            return ""
        where = "sandbox (nothing costs money)" if self._client.is_sandbox else "live server"
        facts = [("You are about to order", f"{wanted.quantity:,} companies, {wanted.kind}"), ("At", where)]
        facts += [("Price", self._cost_words()), ("Profile", wanted.profile.profile_name if wanted.profile else "none")]
        facts += labelled({name: value for name, value in wanted.options.items() if name != "briefing_quantity"})
        return render("widgets/order_facts.html", facts=[(name, clean(value, 400)) for name, value in facts])

    def _cost_words(self) -> str:
        price, budget, left = self.draft.price, self.draft.budget, self._client.traffic.left
        stated = self._client.settings.price_per_briefing is not None
        words = "unknown (set price_per_briefing= on the client)" if price is None else f"{price:,.2f}"
        words += "" if price is None or stated else " at what earlier orders cost"
        words += "" if budget is None else f", budget: {budget:,.2f}"
        return f"{words}; requests left this hour: {'unknown' if left is None else f'{left:,}'}."

    def _write_code(self) -> None:
        if not self._show_code.value:
            self._code.value = ""
            return
        blocks = [(request.name, _json(request.body)) for request in self.draft.plan.requests]
        self._code.value = render("widgets/code.html", blocks=[*blocks, ("Python", self.draft.code())])

    def _load_blacklists(self) -> None:
        async def load(core: AsyncClient) -> None:
            lists = await core.blacklists.list()
            pairs = lists.select("name", "id").iter_rows()
            self._options.blacklists.options = [(clean(name, 60), key) for name, key in pairs]
            self._say(f"{lists.height:,} blacklists; choose with the arrow keys, several with Ctrl.")

        self._work.start(load)

    def _say(self, words: str) -> None:
        self.message = words
        kind = "alert" if self.checkout.phase is Phase.FAILED else "status"
        self._said.say(clean(words, 600), kind=kind)


def _to_solve(problems: Sequence[FieldProblem]) -> str:
    """Return how many problems are left, and the first that is more than an empty field."""
    if not problems:
        return "Ready to order."
    problem_text = next((f" {problem}" for problem in problems if problem.message != REQUIRED), "")
    return f"{len(problems)} problem{'s' if len(problems) > 1 else ''} left.{problem_text}"


def _json(body: Any) -> str:
    """Return a body as JSON, a long list of companies cut."""
    companies = body.get("companies", [])
    shown = {**body, "companies": companies[:SHOWN_COMPANIES]} if companies else body
    rest = len(companies) - SHOWN_COMPANIES
    more = f"\n… and {rest:,} more companies" if rest > 0 else ""
    return json.dumps(shown, indent=2, ensure_ascii=False) + more
