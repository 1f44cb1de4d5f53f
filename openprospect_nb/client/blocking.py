"""The synchronous twins: every verb is the asynchronous one, lifted; the only bodies here are one line."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from openprospect_nb.api.blacklists import AsyncBlacklist, AsyncBlacklists, facts_of
from openprospect_nb.api.buying.known import Company
from openprospect_nb.api.buying.pilots import PilotForecast, PilotTerms
from openprospect_nb.api.buying.renewals import RenewalForecast
from openprospect_nb.api.companies import AsyncCompanies
from openprospect_nb.api.deliveries import AsyncDeliveries
from openprospect_nb.api.facts import OrderFacts, PilotFacts, ProfileFacts, RenewalFacts
from openprospect_nb.api.journal import AsyncJournal
from openprospect_nb.api.order import AsyncOrder
from openprospect_nb.api.orders import AsyncOrders
from openprospect_nb.api.pilot import AsyncPilot
from openprospect_nb.api.profiles import AsyncProfile, AsyncProfiles
from openprospect_nb.api.prospects import AsyncProspects
from openprospect_nb.api.renewal import AsyncRenewal
from openprospect_nb.api.searches import AsyncSearches
from openprospect_nb.client.aio import AsyncClient, ClientFacts, Machine
from openprospect_nb.client.portal import Portal
from openprospect_nb.journal import Purchase
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.models import Blacklist, OrderState
from openprospect_nb.settings import Flow

if TYPE_CHECKING:
    import httpx
    import polars as pl

P = ParamSpec("P")
C = TypeVar("C")
R = TypeVar("R")
Out = TypeVar("Out")
Verb = Callable[Concatenate[C, P], Coroutine[Any, Any, R]]


class Twin(Generic[C]):
    """A synchronous face: the asynchronous object it stands for, and the portal its coroutines run on."""

    def __init__(self, core: C, portal: Portal) -> None:
        self._core = core
        self._portal = portal


def blocking(verb: Verb[C, P, R]) -> Callable[Concatenate[Twin[C], P], R]:
    """Lift an asynchronous verb: same arguments, same docstring; it returns when the work is done."""

    @functools.wraps(verb)
    def lifted(self: Twin[C], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._portal.run(verb(self._core, *args, **kwargs))

    return lifted


def blocking_as(wrap: Callable[[R, Portal], Out], verb: Verb[C, P, R]) -> Callable[Concatenate[Twin[C], P], Out]:
    """Lift a verb that returns an asynchronous handle, and give out the handle's twin instead."""

    @functools.wraps(verb)
    def lifted(self: Twin[C], /, *args: P.args, **kwargs: P.kwargs) -> Out:
        on_done = kwargs.get("on_done")
        if callable(on_done):
            kwargs["on_done"] = lambda core: on_done(_order(core, self._portal))
        return wrap(self._portal.run(verb(self._core, *args, **kwargs)), self._portal)

    # For help() and tab completion: what comes back is the twin, not what the wrapped verb returns.
    returned = inspect.signature(wrap).return_annotation
    vars(lifted)["__signature__"] = inspect.signature(verb).replace(return_annotation=returned)
    return lifted


def _order(core: AsyncOrder, portal: Portal) -> Order:
    return Order(core, portal)


def _orders(cores: list[AsyncOrder], portal: Portal) -> list[Order]:
    return [Order(core, portal) for core in cores]


def _profile(core: AsyncProfile, portal: Portal) -> Profile:
    return Profile(core, portal)


def _pilot(core: AsyncPilot, portal: Portal) -> Pilot:
    return Pilot(core, portal)


def _blacklist(core: AsyncBlacklist, portal: Portal) -> ReadableBlacklist:
    return ReadableBlacklist(**facts_of(core), read=lambda: portal.run(core.entries()))


def _renewal(core: AsyncRenewal, portal: Portal) -> Renewal:
    return Renewal(core, portal)


class Order(OrderFacts, Twin[AsyncOrder]):
    """An order as last seen; the server's copy is the truth, ``refresh()`` reads it."""

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        return self._core.state

    @property
    def idempotency_key(self) -> str | None:
        """The key it was bought under, if this journal knows it."""
        return self._core.idempotency_key

    @property
    def called(self) -> str:
        """What it is called wherever orders are shown: its title, else the name it was bought under, else its ICP's."""
        return self._core.called

    refresh = blocking_as(_order, AsyncOrder.refresh)
    wait = blocking_as(_order, AsyncOrder.wait)
    results = blocking(AsyncOrder.results)


class Pilot(PilotFacts, Twin[AsyncPilot]):
    """The first companies of a larger order: ``wait()``, read ``why``, and ``then()`` buys the rest, once."""

    @property
    def order(self) -> Order:
        """The first order, as last seen."""
        return Order(self._core.order, self._portal)

    @property
    def terms(self) -> PilotTerms:
        """How many companies are wanted, and what makes the rest worth buying."""
        return self._core.terms

    @property
    def forecast(self) -> PilotForecast | None:
        """What the first order brought and says about the rest; None until ``wait()`` has returned."""
        return self._core.forecast

    wait = blocking_as(_pilot, AsyncPilot.wait)
    then = blocking_as(_order, AsyncPilot.then)


class Renewal(RenewalFacts, Twin[AsyncRenewal]):
    """Stale companies to be enriched again: read ``why``, and ``then()`` orders them, once."""

    @property
    def name(self) -> str:
        """The name that the order has in the journal."""
        return self._core.name

    @property
    def companies(self) -> Sequence[Company]:
        """Whom the order is for, as they are sent."""
        return self._core.companies

    @property
    def forecast(self) -> RenewalForecast:
        """What it costs and corrects."""
        return self._core.forecast

    then = blocking_as(_order, AsyncRenewal.then)


class Profile(ProfileFacts, Twin[AsyncProfile]):
    """A search profile under creation or ready; ``profile_id`` is None until ``status`` is SUCCEEDED."""

    @property
    def purchase(self) -> Purchase:
        """What the journal knows of it."""
        return self._core.purchase

    refresh = blocking_as(_profile, AsyncProfile.refresh)
    wait = blocking_as(_profile, AsyncProfile.wait)


class Orders(Twin[AsyncOrders]):
    """``client.orders``: buy orders once, list them, and wait for them."""

    discover = blocking_as(_order, AsyncOrders.discover)
    pilot = blocking_as(_pilot, AsyncOrders.pilot)
    enrich = blocking_as(_order, AsyncOrders.enrich)
    renew = blocking_as(_renewal, AsyncOrders.renew)
    preview = blocking(AsyncOrders.preview)
    repeats = blocking(AsyncOrders.repeats)
    get = blocking_as(_order, AsyncOrders.get)
    list = blocking(AsyncOrders.list)
    defaults = blocking(AsyncOrders.defaults)
    wait = blocking_as(_orders, AsyncOrders.wait)


class Profiles(Twin[AsyncProfiles]):
    """``client.profiles``: make search profiles, the reusable statement of what to look for."""

    create = blocking_as(_profile, AsyncProfiles.create)


class Searches(Twin[AsyncSearches]):
    """``client.searches``. Reading or editing one search by its id may be unavailable on some servers (404 or 405)."""

    list = blocking(AsyncSearches.list)
    get = blocking(AsyncSearches.get)
    update = blocking(AsyncSearches.update)
    blacklists = blocking(AsyncSearches.blacklists)
    set_blacklists = blocking(AsyncSearches.set_blacklists)


class Companies(Twin[AsyncCompanies]):
    """``client.companies``: read companies of a prospect search, their jobs and technologies."""

    list = blocking(AsyncCompanies.list)
    get = blocking(AsyncCompanies.get)
    jobs = blocking(AsyncCompanies.jobs)
    jobs_summary = blocking(AsyncCompanies.jobs_summary)
    technologies = blocking(AsyncCompanies.technologies)
    technologies_summary = blocking(AsyncCompanies.technologies_summary)


class Prospects(Twin[AsyncProspects]):
    """``client.prospects``: read contact persons. Servers may ignore all parameters but those of paging."""

    list = blocking(AsyncProspects.list)
    get = blocking(AsyncProspects.get)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableBlacklist(Blacklist):
    """A blacklist as last seen, with the way to what is on it: whatever takes a list to keep out reads it by itself."""

    read: Callable[[], pl.DataFrame] = field(repr=False, compare=False)

    def entries(self) -> pl.DataFrame:
        """Ask for what is on the list now: one row an entry; columns as `schemas.BLACKLIST_ENTRIES`."""
        return self.read()


class Blacklists(Twin[AsyncBlacklists]):
    """``client.blacklists``: keep lists of companies to leave out of orders.

    Nothing here carries an idempotency key, so a request whose response was lost is never repeated by itself.
    """

    create = blocking_as(_blacklist, AsyncBlacklists.create)
    list = blocking(AsyncBlacklists.list)
    get = blocking_as(_blacklist, AsyncBlacklists.get)
    update = blocking_as(_blacklist, AsyncBlacklists.update)
    delete = blocking(AsyncBlacklists.delete)
    add = blocking(AsyncBlacklists.add)
    entries = blocking(AsyncBlacklists.entries)
    remove = blocking(AsyncBlacklists.remove)


class Deliveries(Twin[AsyncDeliveries]):
    """``client.deliveries``: pull what was delivered into the local store, a little at a time."""

    sync = blocking(AsyncDeliveries.sync)
    read = blocking(AsyncDeliveries.read)


class Journal(Faced, Twin[AsyncJournal]):
    """``client.journal``: read and finish what this machine bought."""

    def _card(self) -> Card:
        """Show what the journal answers, as a card; asks nobody, so it reads nothing either."""
        calls = ("client.journal.frame()", "client.journal.unfinished()", "client.journal.spend()")
        answer = "Every purchase of this machine, written down before it was sent."
        return Card(kind="Journal", answer=answer, calls=calls)

    def __repr__(self) -> str:
        """Return what it holds and what to ask it; reads nothing."""
        return (
            "Journal(every purchase of this machine, written down before it was sent; frame(), unfinished(), spend())"
        )

    frame = blocking(AsyncJournal.frame)
    unfinished = blocking(AsyncJournal.unfinished)
    resume = blocking(AsyncJournal.resume)
    bind = blocking(AsyncJournal.bind)
    drop = blocking(AsyncJournal.drop)
    acknowledge = blocking(AsyncJournal.acknowledge)
    spend = blocking(AsyncJournal.spend)
    forget = blocking(AsyncJournal.forget)
    forgotten = blocking(AsyncJournal.forgotten)
    disclosures = blocking(AsyncJournal.disclosures)


class Client(ClientFacts, Twin[AsyncClient]):
    """The whole API for notebooks and scripts: every verb blocks until it is done, also inside a running event loop.

    Takes what `AsyncClient` takes; its coroutines run on a private loop in a thread of its own. Use it as ``with``, or
    call ``close()``.

    Args:
        on_close: awaited after the client's own parts are closed.

    Attributes:
        orders: buy, list, wait: `Orders`.
        profiles: make search profiles: `Profiles`.
        searches: prospect searches and their blacklists: `Searches`.
        companies: companies of a search, their jobs and technologies: `Companies`.
        prospects: contact persons: `Prospects`.
        blacklists: companies to leave out: `Blacklists`.
        deliveries: incremental pull into the local store: `Deliveries`.
        journal: what was bought from here, and how far it came: `Journal`.

    Raises:
        ConfigurationError: no key, an address that would send it unencrypted, or a home that cannot be written.

    Example:
        >>> with op.connect() as client:  # doctest: +SKIP
        ...     results = client.orders.discover(icp, 25).wait().results()
        >>> client.is_sandbox
        True
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        home: str | Path | None = None,
        flow: Flow | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        timeout: float | None = None,
        price_per_briefing: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        machine: Machine | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        arguments = {name: value for name, value in locals().items() if name not in {"self", "on_close", "__class__"}}
        portal = Portal()
        try:
            super().__init__(portal.run(_make(arguments)), portal)
        except BaseException:
            portal.close()
            raise
        self._context = self._core._context  # noqa: SLF001 - the two clients are one
        portal.before_end(self._context.waits.close)
        portal.at_end(self._core.aclose)
        if on_close is not None:
            portal.at_end(on_close)
        self.orders = Orders(self._core.orders, portal)
        self.profiles = Profiles(self._core.profiles, portal)
        self.searches = Searches(self._core.searches, portal)
        self.companies = Companies(self._core.companies, portal)
        self.prospects = Prospects(self._core.prospects, portal)
        self.blacklists = Blacklists(self._core.blacklists, portal)
        self.deliveries = Deliveries(self._core.deliveries, portal)
        self.journal = Journal(self._core.journal, portal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Callable[[AsyncClient], Coroutine[Any, Any, R]]) -> Future[R]:
        """Start what *work* makes of the asynchronous client on the client's own loop, and return at once.

        Raises:
            ConfigurationError: the client is closed, or was made before this process forked.
        """
        return self._portal.submit(work(self._core))

    def adopt(self, order: AsyncOrder) -> Order:
        """Return the blocking handle of an order that came out of work given to `submit`."""
        return Order(order, self._portal)

    def adopt_pilot(self, pilot: AsyncPilot) -> Pilot:
        """Return the blocking handle of a pilot that came out of work given to `submit`."""
        return Pilot(pilot, self._portal)

    key_info = blocking(AsyncClient.key_info)
    check = blocking(AsyncClient.check)
    results = blocking(AsyncClient.results)

    def close(self) -> None:
        """Close connections, files and the private loop; safe to call twice.

        Orders go on at the vendor. Whatever another thread is doing with this client ends with a ConfigurationError,
        which says how to come back.
        """
        self._portal.close()


async def _make(arguments: Mapping[str, Any]) -> AsyncClient:
    return AsyncClient(**arguments)
