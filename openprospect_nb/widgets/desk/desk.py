"""`Desk`: from an ideal customer to a list one can mail, one screen a step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from openprospect_nb.analysis import SendList
from openprospect_nb.client import Client, Order, Pilot
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.exports import Exported
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.handing import HandOverStep
from openprospect_nb.widgets.desk.journey import Journey
from openprospect_nb.widgets.desk.orders import OrdersStep
from openprospect_nb.widgets.desk.profile import ProfileStep
from openprospect_nb.widgets.desk.results import ResultsStep
from openprospect_nb.widgets.desk.results_journey import STEPS
from openprospect_nb.widgets.desk.sending import SendListStep
from openprospect_nb.widgets.desk.step import DeskStep
from openprospect_nb.widgets.explorer.model import utc_now

_WITH_A_CLIENT: Final = "op.widgets.Desk(op.connect()); without a key that is the sandbox, where nothing costs money."


class Desk(DeskFrame):
    """Five steps in one frame over one state: profile, orders, results, send list, hand over.

    What is written, bought, decided and asked for in one step is known in the others: an order placed is watched, one
    opened is explored, what is selected and not rejected is listed under the limit asked for, and handed over. Nothing
    is bought but by the one confirmation; a second click buys nothing. Persons are masked until one asks.

    Args:
        client: whose orders; its home keeps decisions and recent profiles. ``op.connect()`` gives one.
        results: start with these in step 3.
        icp: what the form starts with.
        now: the current time, UTC; tests hand in another.

    Raises:
        ConfigurationError: no client was given, or something else in its place.

    Attributes:
        journey: the state, to read; its models are those of the single widgets.

    Example:
        >>> desk = Desk(client, results)
        >>> desk.step, desk.order
        ('results', None)
        >>> desk.close()
    """

    journey: Journey

    def __init__(
        self,
        client: Client | None = None,
        results: Results | None = None,
        *,
        icp: ICP | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        if not isinstance(client, Client):
            raise ConfigurationError("the desk needs a client, first of all.", next_step=_WITH_A_CLIENT)
        self.journey = Journey(client, now)
        self.journey.draft.icp = icp or ICP()
        super().__init__("op-desk-widget", all_steps(self.journey), STEPS)
        if results is not None:
            self.journey.show_results(results)
        self.journey.start()
        self._show()

    @property
    def icp(self) -> ICP:
        """The profile as written; it may still have problems."""
        return self.journey.draft.icp

    @property
    def order(self) -> Order | None:
        """The order placed here last, if any."""
        return self.journey.checkout.order

    @property
    def pilot(self) -> Pilot | None:
        """The pilot, where only the first few were ordered: its ``then()`` buys the rest."""
        return self.journey.checkout.pilot

    @property
    def results(self) -> Results | None:
        """The results in view, as delivered."""
        return self.journey.results

    @property
    def send_list(self) -> SendList[Any] | None:
        """The list of what is selected under the limit asked for; None until it is worked out, or without addresses."""
        outcome = self.journey.outcome
        return None if outcome is None else outcome.chosen

    @property
    def handed_over(self) -> tuple[Exported, ...]:
        """The files written here, oldest first."""
        return tuple(self.journey.handed)

    def __repr__(self) -> str:
        """Return how far each step is, in one line."""
        said = ", ".join(f"{step.title.lower()}: {step.note}" for step in self._steps.values())
        return f"Desk({said})"


def all_steps(journey: Journey) -> list[DeskStep]:
    """Return the five steps over *journey*."""
    return [kind(journey) for kind in (ProfileStep, OrdersStep, ResultsStep, SendListStep, HandOverStep)]
