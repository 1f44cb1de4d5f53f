"""`ICPBuilder`: the desk's first step alone: describe an ideal customer, see what is wrong, place one order."""

from __future__ import annotations

import polars as pl

from openprospect_nb.client import Client, Order, Pilot
from openprospect_nb.errors import FieldProblem
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.icp import ICP
from openprospect_nb.widgets.builder.model import ENRICHMENT, Checkout, OrderDraft
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.journey import Journey
from openprospect_nb.widgets.desk.profile import ProfileStep
from openprospect_nb.widgets.desk.results_journey import PROFILE
from openprospect_nb.widgets.explorer.model import utc_now


class ICPBuilder(DeskFrame):
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

    journey: Journey

    def __init__(self, client: Client, icp: ICP | None = None, *, companies: pl.DataFrame | None = None) -> None:
        self.journey = Journey(client, utc_now, steps=(PROFILE,))
        self.draft.icp = icp or ICP()
        if companies is not None:
            self.draft.kind, self.draft.companies = ENRICHMENT, CompanyList.of(companies)
        super().__init__("op-icp-builder", [ProfileStep(self.journey)], [PROFILE])
        self.journey.learn()
        self._show()

    @property
    def draft(self) -> OrderDraft:
        """The model: every field of the profile and the order."""
        return self.journey.draft

    @property
    def checkout(self) -> Checkout:
        """The one order of the draft: how far it is, and its review and confirmation."""
        return self.journey.checkout

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
    def pilot(self) -> Pilot | None:
        """The pilot, where only the first few were ordered: its ``then()`` buys the rest."""
        return self.checkout.pilot

    @property
    def companies(self) -> pl.DataFrame | None:
        """In enrichment mode the rows that can be sent, with the API's field names."""
        return None if self.draft.companies is None else self.draft.companies.good

    def __repr__(self) -> str:
        count = len(self.problems)
        return f"ICPBuilder({self.draft.profile_name!r}, {self.checkout.phase}, {count} problems)"
