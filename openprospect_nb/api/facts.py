"""What a handle shows, whether awaited or blocking: read-only properties, taken from the last state seen."""

from __future__ import annotations

from openprospect_nb.api.buying.pilots import PilotForecast, PilotTerms
from openprospect_nb.api.buying.renewals import RenewalForecast
from openprospect_nb.contract import OrderStatus
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.models import Cost, OrderState


class OrderFacts(Faced):
    """What the handle of an order shows, the asynchronous and the blocking one alike."""

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        raise AttributeError("state")

    @property
    def called(self) -> str:
        """What the order is called."""
        raise AttributeError("called")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.order_id!r}, {self.state.order_type}, {self.status}, {self.state.title!r})"

    def _card(self) -> Card:
        state = self.state
        times = {"created": state.created_at, "accepted": state.accepted_at, "completed": state.completed_at}
        calls: tuple[str, ...] = ("order.results()",) if state.is_completed else ("order.wait()",)
        calls += () if state.status in set(OrderStatus) else ("order.results()",)
        return Card(
            kind="Order",
            answer=f"“{self.called}” is {state.status}.",
            facts=[
                ("order id", state.order_id),
                ("kind", state.order_type),
                ("companies", state.company_count or state.briefing_quantity),
                ("cost", state.estimated_cost),
                ("reason", state.reason if state.is_terminal and not state.is_completed else None),
                *((name, f"{time:%Y-%m-%d %H:%M} UTC") for name, time in times.items() if time is not None),
            ],
            calls=() if state.is_terminal and not state.is_completed else calls,
        )

    @property
    def order_id(self) -> str:
        """The server's id; enough to come back to the order from any kernel."""
        return self.state.order_id

    @property
    def status(self) -> str:
        """The last state seen: one of `contract.OrderStatus`, or a state we do not know, as text."""
        return self.state.status

    @property
    def is_terminal(self) -> bool:
        """Whether the order has ended; an unknown state has not."""
        return self.state.is_terminal

    @property
    def estimated_cost(self) -> Cost | None:
        """What the server says it costs, if it does."""
        return self.state.estimated_cost

    @property
    def prospect_search_id(self) -> str | None:
        """The search that deliveries and companies hang on; None until the order is accepted."""
        return self.state.prospect_search_id


class ProfileFacts(Faced):
    """What the handle of a search profile shows, the asynchronous and the blocking one alike."""

    @property
    def purchase(self) -> Purchase:
        """What the journal knows of it."""
        raise AttributeError("purchase")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(profile_id={self.profile_id!r}, status={self.status!r})"

    def _card(self) -> Card:
        name = self.purchase.profile.get("profile_name") if self.purchase.profile is not None else None
        call = "client.orders.discover(profile, briefing_quantity=25)" if self.profile_id else "profile.wait()"
        return Card(
            kind="Search profile",
            answer=f"“{name or 'without a name'}” is {self.status or 'not sent'}.",
            facts=(("profile id", self.profile_id), ("creation id", self.profile_creation_id)),
            calls=(call,),
        )

    @property
    def profile_id(self) -> str | None:
        """The id orders are placed with, or None while the profile is not ready."""
        return self.purchase.profile_id

    @property
    def profile_creation_id(self) -> str | None:
        """The id of the creation job."""
        return self.purchase.profile_creation_id

    @property
    def status(self) -> str | None:
        """The last state seen: PENDING, RUNNING, SUCCEEDED, FAILED, or one we do not know."""
        return self.purchase.status

    @property
    def idempotency_key(self) -> str:
        """The key the creation was sent under."""
        return self.purchase.key

    @property
    def icp(self) -> ICP | None:
        """The description the profile was made from, where this journal knows it."""
        return None if self.purchase.profile is None else ICP.from_mapping(self.purchase.profile)


class PilotFacts(Faced):
    """What the handle of a pilot shows, the asynchronous and the blocking one alike."""

    @property
    def terms(self) -> PilotTerms:
        """How many companies are wanted, and what makes the rest worth buying."""
        raise AttributeError("terms")

    @property
    def forecast(self) -> PilotForecast | None:
        """What the first order brought and says about the rest; None until ``wait()`` has returned."""
        raise AttributeError("forecast")

    @property
    def go(self) -> bool | None:
        """Whether the rest is more likely worth its price than not; None until ``wait()`` has returned."""
        return None if self.forecast is None else self.forecast.go

    @property
    def why(self) -> str:
        """The reason for ``go`` in plain words."""
        if self.forecast is not None:
            return self.forecast.why
        return f"The first {self.terms.first:,} companies are ordered; wait() reads what they say about the rest."

    def __repr__(self) -> str:
        said = {None: "not known yet", True: "go", False: "do not"}[self.go]
        return f"{type(self).__name__}(first {self.terms.first:,} of {self.terms.of:,}: {said})"

    def _card(self) -> Card:
        answers = {None: "The first are ordered.", True: "Buy the rest.", False: "Do not buy the rest."}
        reads_on = ("pilot.wait()",) if self.forecast is None or self.forecast.incomplete else ()
        call = ("pilot.then()",) if self.go else reads_on
        kind = f"Pilot: {self.terms.first:,} of {self.terms.of:,} companies"
        return Card(kind=kind, answer=answers[self.go], doubt=self.why, calls=call)


class RenewalFacts(Faced):
    """What the handle of a renewal shows, the asynchronous and the blocking one alike."""

    @property
    def forecast(self) -> RenewalForecast:
        """What it costs and corrects."""
        raise AttributeError("forecast")

    @property
    def go(self) -> bool:
        """Whether what it corrects is worth its price."""
        return self.forecast.go

    @property
    def why(self) -> str:
        """The reason for ``go`` in plain words."""
        return self.forecast.why

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.forecast.companies:,} companies: {'go' if self.go else 'do not'})"

    def _card(self) -> Card:
        answer = "Enrich them again." if self.go else "Do not enrich them again."
        kind = f"Renewal: {self.forecast.companies:,} companies"
        return Card(kind=kind, answer=answer, doubt=self.why, calls=("renewal.then()",) if self.go else ())
