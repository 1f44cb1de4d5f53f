"""The model of the ICP builder: `OrderDraft`, every field of a profile and an order, and `Checkout`, one order of it.

An order is reviewed, confirmed once, and never placed twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import traitlets

from openprospect_nb.client import AsyncClient, Client, Order, Pilot
from openprospect_nb.client.faces import OrderDefaults, Plan, mint_key, plan_discovery, plan_enrichment
from openprospect_nb.client.progress import reporting_to
from openprospect_nb.contract import Feature, Priority
from openprospect_nb.errors import FieldProblem, OpenProspectError, UnsafeToRetry
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.icp import ICP, LISTS
from openprospect_nb.widgets.kernel import Background, ShownProgress

if TYPE_CHECKING:
    from openprospect_nb.api.order import AsyncOrder
    from openprospect_nb.journal import Purchase

DISCOVERY: Final = "discovery"
ENRICHMENT: Final = "enrichment"
TEXTS: Final = ("profile_name", "ideal_customer_profile", "seller_offering", "seller_industry", "output_language")
CHIPS: Final = ("target_countries", "target_cities", "target_industries", "excluded_industries", "contact_roles")
PURPOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "E-mail campaign": tuple(
        map(str, (Feature.COMPANY_DATA, Feature.CONTACTS, Feature.ANALYSIS, Feature.EMAIL_DISCOVERY))
    ),
    "Calls": tuple(map(str, (Feature.COMPANY_DATA, Feature.CONTACTS, Feature.ANALYSIS))),
    "Market map": tuple(map(str, (Feature.COMPANY_DATA, Feature.ANALYSIS))),
}
"""What an order is for, and the features that need to be ordered for it (contract 4.3)."""
OTHER_PURPOSE: Final = "Something else (features below)"
OPTIONS: Final = ("title", "features", "priority", "blacklist_ids", "briefing_quantity", "budget")
ICP_FIELDS: Final = frozenset({*TEXTS, *CHIPS})
ALL_FIELDS: Final = (*TEXTS, *CHIPS, *OPTIONS, "kind", "companies", "carried")


class OrderDraft(traitlets.HasTraits):
    """An order being written: the fields of its profile, its options, and in enrichment mode its companies.

    Attributes:
        usual: the price and flow that the order itself would use, as ``orders.defaults()`` gives them.
        carried: what an order that is corrected was asked with beside its profile: options without a field of the form,
            and roles and language, which go as the form has them, or, where no profile is written, as they were.
    """

    kind = traitlets.Enum([DISCOVERY, ENRICHMENT], DISCOVERY)
    profile_name = traitlets.Unicode()
    ideal_customer_profile = traitlets.Unicode()
    seller_offering = traitlets.Unicode()
    seller_industry = traitlets.Unicode()
    output_language = traitlets.Unicode()
    target_countries = traitlets.Tuple(())
    target_cities = traitlets.Tuple(())
    target_industries = traitlets.Tuple(())
    excluded_industries = traitlets.Tuple(())
    contact_roles = traitlets.Tuple(())
    title = traitlets.Unicode()
    features = traitlets.Tuple(PURPOSES["E-mail campaign"])
    priority = traitlets.Unicode(str(Priority.NORMAL))
    blacklist_ids = traitlets.Tuple(())
    briefing_quantity = traitlets.Int(25)
    budget = traitlets.Float(None, allow_none=True)
    companies = traitlets.Instance(CompanyList, allow_none=True)
    usual = traitlets.Instance(OrderDefaults, args=())
    carried = traitlets.Dict()

    def take(self, ordered: Purchase, companies: CompanyList | None) -> None:
        """Fill every field with what an order was asked, as far as the form has it; the rest is `carried`.

        Args:
            ordered: what was asked.
            companies: whom it was for, if it was an enrichment order.
        """
        asked = {name: value for name, value in ordered.options.items() if name != "companies"}
        profile = None if ordered.profile is None else {k: v for k, v in ordered.profile.items() if k in ICP_FIELDS}
        with self.hold_trait_notifications():
            self.kind, self.companies = (DISCOVERY, self.companies) if companies is None else (ENRICHMENT, companies)
            self.icp = ICP(**(profile or {}))
            self.title, self.priority = asked.pop("title", ""), asked.pop("priority", str(Priority.NORMAL))
            self.features = tuple(asked.pop("features", ()))
            self.blacklist_ids = tuple(asked.pop("blacklist_ids", ()))
            self.briefing_quantity = asked.pop("briefing_quantity", self.briefing_quantity)
            self.budget, self.carried = ordered.budget, asked
            if profile is not None:
                self.contact_roles = tuple(asked.get("contact_roles", self.contact_roles))
                self.output_language = asked.get("output_language", self.output_language)

    @property
    def icp(self) -> ICP:
        """The profile as written; it may still have problems."""
        values: dict[str, Any] = {name: getattr(self, name) for name in (*TEXTS, *CHIPS)}
        for name in ("seller_industry", "output_language"):
            values[name] = values[name].strip() or None
        return ICP(**values)

    @icp.setter
    def icp(self, icp: ICP) -> None:
        """Fill the profile's fields from *icp*."""
        for name in (*TEXTS, *CHIPS):
            value = getattr(icp, name)
            setattr(self, name, tuple(value) if name in LISTS else value or "")

    @property
    def purpose(self) -> str:
        """What the features are for: a name of `PURPOSES`, or `OTHER_PURPOSE`."""
        wanted = set(self.features)
        return next((name for name, features in PURPOSES.items() if set(features) == wanted), OTHER_PURPOSE)

    @purpose.setter
    def purpose(self, name: str) -> None:
        """Order what *name* needs; `OTHER_PURPOSE` leaves the features as they are."""
        self.features = PURPOSES.get(name, self.features)

    @property
    def lacks(self) -> str:
        """What cannot be done with what is ordered, in a sentence; empty where nothing is left out."""
        if not self.features:
            return "No features are chosen: the server decides what comes."
        if Feature.CONTACTS not in self.features:
            return "No persons are ordered: nobody of these companies can be written to or called."
        if Feature.EMAIL_DISCOVERY not in self.features:
            return "No e-mail addresses are ordered: nobody in this order can be mailed."
        return ""

    @property
    def options(self) -> dict[str, Any]:
        """The order's options as arguments of ``orders.discover`` or ``orders.enrich``; what is empty is left out."""
        values: dict[str, Any] = {
            "title": self.title.strip() or None,
            "features": list(self.features) or None,
            "priority": None if self.priority == Priority.NORMAL else self.priority,
            "blacklist_ids": list(self.blacklist_ids) or None,
        }
        if self.kind == DISCOVERY:
            values["briefing_quantity"] = self.briefing_quantity
        written = {"contact_roles": list(self.contact_roles), "output_language": self.output_language.strip()}
        values |= {name: value or None for name, value in written.items() if name in self.carried}
        return {name: value for name, value in {**values, **self.unshown}.items() if value is not None}

    @property
    def unshown(self) -> dict[str, Any]:
        """What goes with the order although the form does not show it: what of `carried` has no field in it."""
        in_form = ICP_FIELDS if self.profile is not None else ()
        return {name: value for name, value in self.carried.items() if name not in in_form}

    @property
    def profile(self) -> ICP | None:
        """The profile the order is placed with; an enrichment order may do without."""
        written = any(getattr(self, name) for name in (*TEXTS, *CHIPS))
        return self.icp if self.kind == DISCOVERY or written else None

    @property
    def quantity(self) -> int:
        """How many companies are ordered."""
        if self.kind == DISCOVERY:
            return self.briefing_quantity
        return self.companies.good.height if self.companies is not None else 0

    @property
    def plan(self) -> Plan:
        """The requests that would be sent and their price, or the problems that stand in the way."""
        if self.kind == DISCOVERY:
            return plan_discovery(self.usual, self.icp, self.options, self.budget)
        rows = self.companies.rows if self.companies is not None else []
        return plan_enrichment(self.usual, rows, self.profile, self.options, self.budget)

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """Everything that would be refused, each with its field; empty means the order can be placed."""
        return self.plan.problems

    @property
    def price(self) -> float | None:
        """The price of the order by the rule its budget is held to, or None where no price is known."""
        each = self.usual.price_each
        return None if each is None else each * self.quantity

    def code(self) -> str:
        """Return Python that places the same order."""
        options = "".join(f", {name}={value!r}" for name, value in self.options.items() if name != "briefing_quantity")
        options += "" if self.budget is None else f", budget={self.budget!r}"
        profile = self.profile
        lines = ["import openprospect_nb as op", "", "client = op.connect()"]
        if profile is not None:
            fields = "".join(f"    {name}={value!r},\n" for name, value in profile.body().items())
            lines.append(f"icp = op.ICP(\n{fields})")
        if self.kind == DISCOVERY:
            lines.append(f"order = client.orders.discover(icp, {self.briefing_quantity}{options})")
        else:
            judged = ", profile=icp" if profile is not None else ""
            lines.append("companies = builder.companies  # or the path of your file")
            lines.append(f"order = client.orders.enrich(companies{judged}{options})")
        return "\n".join(lines)


TRIED_FIRST: Final = 25
"""How many companies are ordered where only a few are tried first."""
ASK_AGAIN: Final = "Nothing new was ordered; tick “Buy once more” above if you want another one."


class Phase(StrEnum):
    """How far an order is: written, under review, being placed, placed, or not known to be placed."""

    EDITING = "editing"
    REVIEW = "review"
    PLACING = "placing"
    PLACED = "placed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The order as it stood in the summary; what is confirmed is this, whatever is typed meanwhile."""

    kind: str
    profile: ICP | None
    companies: pl.DataFrame | None
    quantity: int
    options: Mapping[str, Any]
    budget: float | None
    plan: Plan
    first: int | None = None

    @classmethod
    def of(cls, draft: OrderDraft, first: int | None = None) -> Reviewed:
        """Return *draft* as it stands; *first* is how many companies are bought now where the rest is to wait."""
        return cls(
            first=first,
            kind=draft.kind,
            profile=draft.profile,
            companies=draft.companies.good if draft.companies is not None else None,
            quantity=draft.quantity,
            options=draft.options,
            budget=draft.budget,
            plan=draft.plan,
        )

    @property
    def fingerprint(self) -> str:
        """Equal for orders that would send equal requests."""
        requests = [[request.name, request.body] for request in self.plan.requests]
        return json.dumps([self.first, requests], sort_keys=True)


class Checkout(traitlets.HasTraits):
    """Places a draft once. The idempotency key is minted at review and kept until the purchase is settled.

    A confirmation counts only in review or after a failure, so a second click does nothing. After a lost answer the
    same order keeps its key, whatever is clicked; the journal refuses an equal order of another widget that is open, or
    was placed within ten minutes, unless *again* is said.

    Attributes:
        phase: see `Phase`.
        reviewed: the order as it stood in the summary, or None before the first review.
        twin: whether an equal order under another key stands in the way, so that *again* has to be said.
        order: the order, once placed.
        pilot: the pilot that the order is the first of, if only the first few were ordered.
    """

    phase = traitlets.UseEnum(Phase, Phase.EDITING)
    message = traitlets.Unicode()
    twin = traitlets.Bool()
    order = traitlets.Instance(Order, allow_none=True)
    pilot = traitlets.Instance(Pilot, allow_none=True)

    def __init__(self, client: Client, draft: OrderDraft) -> None:
        super().__init__()
        self._client, self._draft = client, draft
        self._work = Background(client, self._failed)
        self._keys: dict[str, str] = {}
        self.reviewed: Reviewed | None = None

    def review(self, first: int | None = None) -> None:
        """Open the summary if the draft has no problems; nothing is sent. *first*: of a pilot of so many companies."""
        if self.phase in {Phase.PLACING, Phase.PLACED}:
            return
        self.reviewed, self.twin = Reviewed.of(self._draft, first), False
        count = len(self.reviewed.plan.problems)
        if count:
            self.message = f"{count} problem{'s' if count > 1 else ''} to solve before this can be ordered."
            return
        self._keys.setdefault(self.reviewed.fingerprint, mint_key())
        self.phase, self.message = Phase.REVIEW, "Check the summary, then confirm. Nothing has been ordered yet."

    def confirm(self, *, again: bool = False) -> None:
        """Place the order that was reviewed and return at once; in any other phase do nothing."""
        wanted = self.reviewed
        if wanted is None or self.phase not in {Phase.REVIEW, Phase.FAILED}:
            return
        self.phase, self.message = Phase.PLACING, "Placing the order …"
        with reporting_to(lambda: ShownProgress(self._show_progress)):
            if wanted.first is not None:
                self._work.start(lambda core: self._place_first(core, wanted))
            else:
                self._work.start(lambda core: self._place(core, wanted, again=again))

    def cancel(self) -> None:
        """Go back to editing; an order being placed is not stopped by this."""
        if self.phase in {Phase.REVIEW, Phase.FAILED}:
            self.phase, self.message = Phase.EDITING, "Nothing was confirmed."

    def changed(self) -> None:
        """Take note that the draft has changed: the summary no longer describes it, and a spent button is new again."""
        if self.phase is not Phase.PLACING:
            self.phase, self.message = Phase.EDITING, ""

    def close(self) -> None:
        """Stop showing; an order under way stays in the journal, which ``client.journal.resume()`` finishes."""
        self._work.close()

    async def _place(self, core: AsyncClient, wanted: Reviewed, *, again: bool) -> None:
        key = self._keys[wanted.fingerprint]
        try:
            placed = await _buy(core, wanted, key, again=again)
        except OpenProspectError as error:
            purchases = (await core.journal.frame()).filter(pl.col("key") == key)
            if purchases["problem"].is_not_null().any():
                # Proof that the purchase bought nothing: another try is a new purchase.
                self._keys[wanted.fingerprint] = mint_key()
            # Refused before it was written down: the journal holds an equal order under another key.
            self.twin = isinstance(error, UnsafeToRetry) and purchases.is_empty()
            self._failed(f"{error.message} {ASK_AGAIN}" if self.twin else str(error))
        else:
            self._keys.pop(wanted.fingerprint, None)
            self.order = self._client.adopt(placed)
            self.phase, self.message = Phase.PLACED, f"Order {placed.order_id} is placed."

    async def _place_first(self, core: AsyncClient, wanted: Reviewed) -> None:
        """Order the first few; the pilot's own name makes it one order, however often this is confirmed."""
        terms = {name: value for name, value in wanted.options.items() if name != "briefing_quantity"}
        profile, first = wanted.profile or ICP(), wanted.first or TRIED_FIRST
        try:
            pilot = await core.orders.pilot(profile, of=wanted.quantity, first=first, budget=wanted.budget, **terms)
        except OpenProspectError as error:
            self._failed(str(error))
            return
        self.order, self.pilot = self._client.adopt(pilot.order), self._client.adopt_pilot(pilot)
        self.phase = Phase.PLACED
        self.message = (
            f"The first {first:,} of {wanted.quantity:,} are ordered ({pilot.order.order_id}); the rest is not. In a"
            " cell, builder.pilot.wait() reads what came, .why says what to expect, and .then() buys the rest."
        )

    def _failed(self, words: str) -> None:
        self.phase, self.message = Phase.FAILED, words

    def _show_progress(self, text: str) -> None:
        self.message = f"Placing the order … {text}"


async def _buy(core: AsyncClient, wanted: Reviewed, key: str, *, again: bool) -> AsyncOrder:
    terms = {**wanted.options, "idempotency_key": key, "budget": wanted.budget, "again": again}
    if wanted.kind == DISCOVERY and wanted.profile is not None:
        return await core.orders.discover(wanted.profile, **terms)
    companies = wanted.companies if wanted.companies is not None else pl.DataFrame()
    return await core.orders.enrich(companies, profile=wanted.profile, **terms)
