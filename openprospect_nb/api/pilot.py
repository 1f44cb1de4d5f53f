"""`AsyncPilot`: the first companies of a larger order, what they say about the rest, and the rest on one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from openprospect_nb.api._resource import Context, off_loop
from openprospect_nb.api.buying.known import known_companies
from openprospect_nb.api.buying.pilots import PilotForecast, PilotTerms, forecast
from openprospect_nb.api.facts import PilotFacts
from openprospect_nb.api.order import AsyncOrder
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results

BuyRest: TypeAlias = Callable[[AsyncOrder], Awaitable[AsyncOrder]]


class AsyncPilot(PilotFacts):
    """A pilot: its ``order`` is placed; ``wait()`` reads what it brought; ``then()``, and nothing else, buys the rest.

    Args:
        context: the client's parts.
        order: the first order.
        terms: what it is judged by.
        buy_rest: places the order of the rest, the same one however often it is called.
    """

    def __init__(self, context: Context, order: AsyncOrder, terms: PilotTerms, buy_rest: BuyRest) -> None:
        self._context = context
        self._order = order
        self._terms = terms
        self._buy_rest = buy_rest
        self._forecast: PilotForecast | None = None

    @property
    def order(self) -> AsyncOrder:
        """The first order, as last seen."""
        return self._order

    @property
    def terms(self) -> PilotTerms:
        """How many companies are wanted, and what makes the rest worth buying."""
        return self._terms

    @property
    def forecast(self) -> PilotForecast | None:
        """What the first order brought and says about the rest; None until ``wait()`` has returned."""
        return self._forecast

    async def wait(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - a public name
        progress: bool = True,
    ) -> AsyncPilot:
        """Wait until the first order has ended, read its results, and return the pilot with its forecast.

        Args:
            timeout: seconds, as in ``order.wait``.
            progress: show a line that moves.

        Raises:
            OrderFailed: it ended without results.
            WaitTimeout: it is still running at the deadline.

        Example:
            >>> client.orders.pilot(icp, of=20, first=4, name="hotels").wait(timeout=60, progress=False).forecast.rest
            16
        """
        if not self._order.is_terminal:
            await self._order.wait(timeout, progress)
        results = await self._order.results()
        self._forecast = await off_loop(self._judged, results)
        return self

    async def then(self) -> AsyncOrder:
        """Buy the rest, exactly once, and return its order; called again, here or in another kernel, it returns that.

        It is judged nowhere but in your head: the rest is bought whatever ``go`` says.

        Raises:
            ConfigurationError: nobody has read yet what the first order brought: call ``wait()`` first; or it went the
                older way (inline), where no number is sent.
            ValidationError: the rest costs more than what the first order left of the budget; nothing was sent.
            UnsafeToRetry: as in ``orders.discover``.

        Example:
            >>> pilot = client.orders.pilot(icp, of=20, first=4, name="hotels").wait(timeout=60, progress=False)
            >>> pilot.then().order_id == pilot.then().order_id
            True
        """
        if self._forecast is None:
            raise ConfigurationError(
                "nothing is known of the first order yet, and the rest is not bought blindly.",
                next_step="Call pilot.wait(), read pilot.why, then pilot.then().",
            )
        return await self._buy_rest(self._order)

    def _judged(self, results: Results) -> PilotForecast:
        purchases = self._context.journal.all()
        ids = [purchase.order_id or purchase.key for purchase in purchases]
        place = next((at for at, one in enumerate(ids) if one == self._order.order_id), len(ids))
        bought = known_companies(purchases, (self._context.results_home, self._context.sync_home))
        return forecast(results, bought.without({self._order.order_id, *ids[place:]}), self._terms)
