"""What both faces of a handle show: read-only facts, taken from the last state seen."""

from __future__ import annotations

from collections.abc import Sequence

from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase
from openprospect_nb.models import Cost, OrderState


def as_table(title: str, facts: Sequence[tuple[str, object]]) -> str:
    """Return a small HTML table of the facts that are known, every value cleaned and escaped."""
    from openprospect_nb.markup import clean, render

    known = [(name, clean(str(value))) for name, value in facts if value is not None and value != ""]
    return render("handles/facts.html", title=title, facts=known)


class OrderFacts:
    """The facts of an order, for its asynchronous and its blocking handle alike."""

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        raise AttributeError("state")

    def __repr__(self) -> str:
        """Show id, kind, state and title."""
        return f"{type(self).__name__}({self.order_id!r}, {self.state.order_type}, {self.status}, {self.state.title!r})"

    def _repr_html_(self) -> str:
        """Show what was last seen, as a table; asks nobody."""
        state = self.state
        times = {"created": state.created_at, "accepted": state.accepted_at, "completed": state.completed_at}
        return as_table(
            f"Order {state.order_id}",
            [
                ("status", state.status),
                ("kind", state.order_type),
                ("title", state.title),
                ("companies", state.company_count or state.briefing_quantity),
                ("cost", state.estimated_cost),
                ("reason", state.reason if state.is_terminal and not state.is_completed else None),
                *((name, f"{time:%Y-%m-%d %H:%M} UTC") for name, time in times.items() if time is not None),
            ],
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


class ProfileFacts:
    """The facts of a search profile, for its asynchronous and its blocking handle alike."""

    @property
    def purchase(self) -> Purchase:
        """What the journal knows of it."""
        raise AttributeError("purchase")

    def __repr__(self) -> str:
        """Show id and status."""
        return f"{type(self).__name__}(profile_id={self.profile_id!r}, status={self.status!r})"

    def _repr_html_(self) -> str:
        """Show what the journal knows, as a table; asks nobody."""
        name = self.purchase.profile.get("profile_name") if self.purchase.profile is not None else None
        facts = [("status", self.status), ("name", name), ("profile_creation_id", self.profile_creation_id)]
        return as_table(f"Profile {self.profile_id or '(not ready)'}", facts)

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
