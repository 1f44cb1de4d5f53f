"""`AsyncRenewal`: the companies whose records are stale, what enriching them again costs, and the order on one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from openprospect_nb.api.buying.known import Company
from openprospect_nb.api.buying.renewals import RenewalForecast, RenewalOrder
from openprospect_nb.api.facts import RenewalFacts
from openprospect_nb.api.order import AsyncOrder
from openprospect_nb.errors import ConfigurationError

BuyAgain: TypeAlias = Callable[[RenewalOrder], Awaitable[AsyncOrder]]


class AsyncRenewal(RenewalFacts):
    """A decision about stale companies: nothing is bought by it; ``then()``, and nothing else, orders them, once.

    Args:
        renewal: whom, under which name, at what cost.
        buy: places the order, the same one however often it is called.
    """

    def __init__(self, renewal: RenewalOrder, buy: BuyAgain) -> None:
        self._renewal = renewal
        self._buy = buy

    @property
    def name(self) -> str:
        """The name that the order has in the journal."""
        return self._renewal.name

    @property
    def companies(self) -> Sequence[Company]:
        """Whom the order is for, as they are sent."""
        return self._renewal.companies

    @property
    def forecast(self) -> RenewalForecast:
        """What it costs and corrects."""
        return self._renewal.forecast

    async def then(self) -> AsyncOrder:
        """Order the companies again, exactly once, and return the order; called again, here or elsewhere, it is that.

        It is judged nowhere but in your head: they are ordered whatever ``go`` says.

        Raises:
            ConfigurationError: there is nobody to order.
            ValidationError: it costs more than the budget, or somebody of the list was forgotten here.
            UnsafeToRetry: as in ``orders.enrich``.

        Example:
            >>> from datetime import UTC, datetime
            >>> renewal = client.orders.renew(op.stale(results, yearly=0.25, as_of=datetime(2036, 1, 1, tzinfo=UTC)))
            >>> renewal.then().order_id == renewal.then().order_id
            True
        """
        if not self._renewal.companies:
            raise ConfigurationError("nobody is left to enrich again.", next_step=self._renewal.forecast.why)
        return await self._buy(self._renewal)
