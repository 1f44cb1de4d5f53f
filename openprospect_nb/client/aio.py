"""`AsyncClient`: composes settings, transport, journal and resources; await its verbs on any one event loop."""

from __future__ import annotations

import hashlib
import logging
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from openprospect_nb.api._resource import Context, get
from openprospect_nb.api.blacklists import AsyncBlacklists
from openprospect_nb.api.companies import AsyncCompanies
from openprospect_nb.api.deliveries import AsyncDeliveries
from openprospect_nb.api.facts import OrderFacts
from openprospect_nb.api.fetching.results import results_of
from openprospect_nb.api.journal import AsyncJournal
from openprospect_nb.api.orders import AsyncOrders
from openprospect_nb.api.profiles import AsyncProfiles
from openprospect_nb.api.prospects import AsyncProspects
from openprospect_nb.api.searches import AsyncSearches
from openprospect_nb.client.progress import default_reporter
from openprospect_nb.contract import PATH_VALIDATE, PRODUCTION_URL
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.store import sweep
from openprospect_nb.journal import Journal
from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.journal.leases import IsGone
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.models import KeyInfo
from openprospect_nb.privacy.homes import ledger_of
from openprospect_nb.processes import is_gone, this_process
from openprospect_nb.settings import Flow, Settings, default_home, environment, make_home, spellings_of
from openprospect_nb.sqlite import Connect
from openprospect_nb.transport import Response, RetryPolicy, Sender
from openprospect_nb.transport.clock import Clock
from openprospect_nb.transport.retry import LONGEST_PAUSE
from openprospect_nb.transport.sender import Traffic
from openprospect_nb.transport.wire import Origin, Wire

if TYPE_CHECKING:
    import httpx

    from openprospect_nb.checks import CheckReport

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a client takes from the computer it runs on; a simulation hands in another.

    Attributes:
        clock: time, waiting and chance.
        process: the machine's name and the number of this process, as leases name it.
        is_gone: whether the process of a lease's owner no longer runs.
        connect: opens a database file as `sqlite3.connect` does.
    """

    clock: Clock = field(default_factory=Clock)
    process: str = field(default_factory=this_process)
    is_gone: IsGone = is_gone
    connect: Connect = sqlite3.connect


def resolve_settings(given: Mapping[str, Any]) -> Settings:
    """Return settings from those that were *given*, then the environment, then the defaults."""
    values: dict[str, Any] = {"api_key": "", "base_url": PRODUCTION_URL, "home": default_home(), **environment()}
    values |= {part.name: given[part.name] for part in fields(Settings) if given.get(part.name) is not None}
    return Settings(**values)


class ClientFacts(Faced):
    """What both clients tell of themselves without asking anybody."""

    _context: Context

    def __repr__(self) -> str:
        """Tell sandbox from live, and where; the key only masked."""
        context, settings = self._context, self.settings
        where = f"{settings.base_url}, key {settings.masked_key}, home {str(settings.home)!r}"
        return f"{type(self).__name__}({context.source}, {where})"

    def _card(self) -> Card:
        """Show which server this is and what it costs; asks nobody."""
        settings = self.settings
        price = settings.price_per_briefing
        return Card(
            kind="Client",
            answer="The sandbox: companies are invented, nothing costs money."
            if self.is_sandbox
            else "Live: orders cost money.",
            facts=(
                ("server", settings.base_url),
                ("key", settings.masked_key),
                ("home", settings.home),
                ("price of a briefing", None if price is None else f"{price:,.2f}"),
            ),
            calls=("client.orders.list()", "client.journal.frame()", "client.check()"),
        )

    @property
    def is_sandbox(self) -> bool:
        """Whether the server is a sandbox, on this machine, where nothing costs money."""
        return self._context.source == "sandbox"

    @property
    def settings(self) -> Settings:
        """What the client was made with; its repr does not show the key."""
        return self._context.settings

    @property
    def traffic(self) -> Traffic:
        """Requests sent, requests left where the server states it, and the pause being sat out, if any."""
        return self._context.sender.traffic


class AsyncClient(ClientFacts):
    """The whole API, awaitable; use it as ``async with`` or call ``aclose()``.

    Args:
        api_key: or ``OPENPROSPECT_API_KEY``.
        base_url: or ``OPENPROSPECT_BASE_URL``; the vendor's production address otherwise.
        home: folder of journal and results; or ``OPENPROSPECT_HOME``; ``~/.openprospect_nb`` otherwise.
        flow: "profile" (create a profile, then order), "inline" (one request), or "auto" (profile, unless the server
            has no such endpoint).
        poll_interval: seconds between polls while waiting; None adapts.
        max_wait: longest stated delay, in seconds, that is sat out.
        timeout: seconds for one attempt; a silent server ends a call after at most three times this.
        price_per_briefing: your price, for budgets.
        transport: an httpx transport; None opens sockets.
        machine: clock, process and disk; None is this computer.

    Attributes:
        orders, profiles, searches, companies, prospects, blacklists, deliveries, journal: the verbs of `Orders`,
            `Profiles` and so on, awaitable.

    Raises:
        ConfigurationError: no key, an address that would send it unencrypted, or a home that cannot be written.

    Example:
        >>> async with AsyncClient(api_key="…", base_url="https://api.openprospect.io") as client:  # doctest: +SKIP
        ...     order = await client.orders.discover(icp, 25)
        ...     await order.wait()
        ...     results = await order.results()
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
    ) -> None:
        self._context = compose(resolve_settings(locals()), transport, machine or Machine())
        warn_of_interrupted(self._context.journal)
        self.orders = AsyncOrders(self._context)
        self.profiles = AsyncProfiles(self._context)
        self.searches = AsyncSearches(self._context)
        self.companies = AsyncCompanies(self._context)
        self.prospects = AsyncProspects(self._context)
        self.blacklists = AsyncBlacklists(self._context)
        self.deliveries = AsyncDeliveries(self._context)
        self.journal = AsyncJournal(self._context)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def key_info(self) -> KeyInfo:
        """Return whether the key is valid, and its scopes.

        Raises:
            AuthenticationError: it is not.

        Example:
            >>> client.key_info().valid
            True
        """
        return KeyInfo.from_wire(await self._context.sender.send(get(PATH_VALIDATE), Response.mapping))

    async def check(
        self,
        *,
        order: str | OrderFacts | None = None,
        requests: int = 25,
        timeout: float = 60.0,  # noqa: ASYNC109 - a public name
    ) -> CheckReport:
        """Return what holds of this server: each thing that we assumed about it, and what was seen.

        Asks with GET only, which buys and changes nothing, one request after another. Stops by itself where the server
        says that there were too many requests or that the key is not valid, and leaves alone what a scope is missing
        for. A server that fails, hangs or talks nonsense gives a report in which nothing was seen; nothing is raised.

        Args:
            order: the order to look at; without, the newest completed one, and the newest that is under way.
            requests: how many may be sent at most. 25 show what matters most; some 35 show everything there is.
            timeout: seconds after which nothing more is asked; no single request takes more than 10.

        Returns:
            A report: ``frame`` with one row an assumption (id, topic, assumed, verdict, evidence, consequence),
            ``different``, ``facts``, and ``save(path)`` for a file without key, persons and companies.

        Example:
            >>> client.check().different
            []
        """
        from openprospect_nb.api.checking import check

        order_id = order.order_id if isinstance(order, OrderFacts) else order
        return await check(self._context, order_id, requests, timeout)

    async def results(self, orders: Sequence[str | OrderFacts]) -> Results:
        """Return several orders' results in one; what could not be had is in ``errors``, by order id.

        Example:
            >>> client.results([order]).companies.height
            12
        """
        return await results_of(self._context, orders)

    async def aclose(self) -> None:
        """Close connections and files; orders go on at the vendor, waits for them end with a ConfigurationError."""
        await self._context.waits.close()
        await self._context.sender.aclose()
        self._context.journal.close()


def compose(settings: Settings, transport: httpx.AsyncBaseTransport | None, machine: Machine) -> Context:
    """Return the parts of a client, put together."""
    accounts = _accounts(settings)
    home = make_home(settings.home)
    sweep(home)
    journal = Journal(home / "journal.sqlite", accounts[0], connect=machine.connect, is_gone=machine.is_gone)
    account = journal.settle(accounts)
    origin = Origin(base_url=settings.base_url, api_key=settings.api_key, user_agent=_agent())
    return Context(
        settings=settings,
        sender=Sender(
            Wire(origin, timeout=settings.timeout, transport=transport),
            # Who is in a hurry is not kept waiting by pauses either.
            RetryPolicy(max_wait=settings.max_wait, cap=min(LONGEST_PAUSE, settings.timeout)),
            clock=machine.clock,
            is_sandbox=settings.is_loopback,
        ),
        journal=journal,
        owner=machine.process,
        source="sandbox" if settings.is_loopback else "live",
        results_home=settings.home / "results" / account,
        pages_home=settings.home / "pages" / account,
        sync_home=settings.home / "deliveries" / account,
        reporter=default_reporter,
        ledger=ledger_of(settings.home),
    )


def _accounts(settings: Settings) -> list[str]:
    """Return under what a home may know this server and key, without the key: one for each spelling of the address."""
    given = [f"{address}\0{settings.api_key.reveal()}" for address in spellings_of(settings.base_url)]
    return [hashlib.sha256(text.encode()).hexdigest()[:12] for text in given]


@cache
def _agent() -> str:
    # Asking for the version reads and parses the package's metadata: 7 ms, a third of what a client takes to make.
    return f"openprospect-nb/{version('openprospect-nb')} python/{platform.python_version()}"


def warn_of_interrupted(journal: Journal) -> None:
    """Say at start-up what the journal lost, and which purchases a crash left open; nothing is sent unasked."""
    for words in journal.losses():
        log.warning(
            "%s What is known of them is in client.journal.frame(). Look through client.orders.list(), then call"
            " client.journal.acknowledge(); until then orders are compared with that list before anything is bought.",
            words,
        )
    interrupted = [p for p in journal.unfinished() if standing(p) is not Standing.PLACED]
    if interrupted:
        unsure = sum(standing(p) is Standing.UNCONFIRMED for p in interrupted)
        log.warning(
            "%d purchase(s) were interrupted, %d of them may have been placed; client.journal.resume() finishes them,"
            " client.journal.unfinished() shows them.",
            len(interrupted),
            unsure,
        )
    untold = journal.untold()
    if untold:
        log.warning(
            "%d purchase(s) ended before anybody was told how; client.journal.resume() tells it.",
            len(untold),
        )
