"""`OrderDraft`: the model of the ICP builder: every field of a profile and an order, with problems, price and code."""

from __future__ import annotations

from typing import Any, Final

import traitlets

from openprospect_nb.client.faces import OrderDefaults, Plan, plan_discovery, plan_enrichment
from openprospect_nb.contract import Feature, Priority
from openprospect_nb.errors import FieldProblem
from openprospect_nb.icp import ICP, LISTS
from openprospect_nb.widgets.company_list import CompanyList

DISCOVERY: Final = "discovery"
ENRICHMENT: Final = "enrichment"
TEXTS: Final = ("profile_name", "ideal_customer_profile", "seller_offering", "seller_industry", "output_language")
CHIPS: Final = ("target_countries", "target_cities", "target_industries", "excluded_industries", "contact_roles")
OPTIONS: Final = ("title", "features", "priority", "blacklist_ids", "briefing_quantity", "budget")
ALL_FIELDS: Final = (*TEXTS, *CHIPS, *OPTIONS, "kind", "companies")


class OrderDraft(traitlets.HasTraits):
    """An order being written: the fields of its profile, its options, and in enrichment mode its companies.

    Attributes:
        usual: the price and flow that the order itself would use, as ``orders.defaults()`` gives them.
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
    features = traitlets.Tuple((str(Feature.COMPANY_DATA), str(Feature.CONTACTS), str(Feature.ANALYSIS)))
    priority = traitlets.Unicode(str(Priority.NORMAL))
    blacklist_ids = traitlets.Tuple(())
    briefing_quantity = traitlets.Int(25)
    budget = traitlets.Float(None, allow_none=True)
    companies = traitlets.Instance(CompanyList, allow_none=True)
    usual = traitlets.Instance(OrderDefaults, args=())

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
        return {name: value for name, value in values.items() if value is not None}

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
        rows = self.companies.good.to_dicts() if self.companies is not None else []
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
