"""`connect`: the composition root; the one module, besides the command line, that may know both client and sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openprospect_nb.settings import Flow, default_cache, default_home, environment, make_home

if TYPE_CHECKING:
    from openprospect_nb.client import Client
    from openprospect_nb.sandbox import Sandbox

SANDBOX_POLL_SECONDS = 0.2


def connect(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    home: str | Path | None = None,
    flow: Flow | None = None,
    poll_interval: float | None = None,
    max_wait: float | None = None,
    timeout: float | None = None,
    price_per_briefing: float | None = None,
    sandbox: Sandbox | None = None,
) -> Client:
    """Return a client: for the API whose key or address is given, else for the embedded sandbox.

    With neither key nor address, given or in the environment, a sandbox runs inside this process, without a port; its
    orders are kept in *home*, so that a later kernel finds them again.

    Args:
        api_key: or ``OPENPROSPECT_API_KEY``.
        base_url: or ``OPENPROSPECT_BASE_URL``; with a key alone, the vendor's production address.
        home: folder of journal and results; or ``OPENPROSPECT_HOME``; ``~/.openprospect_nb`` otherwise.
        flow: "profile" (default), "inline" or "auto"; see `AsyncClient`.
        poll_interval: seconds between polls while waiting; None adapts (and polls the sandbox often).
        max_wait: longest stated delay, in seconds, that is sat out; 120 by default.
        timeout: seconds for one attempt, 60 by default; a silent server ends a call after at most three times this.
        price_per_briefing: your price, for budgets.
        sandbox: a sandbox made by hand, instead of the embedded one; it is yours to close.

    Raises:
        ConfigurationError: an address without a key, or a home that cannot be written.

    Example:
        >>> client = connect()  # doctest: +SKIP
        >>> client.is_sandbox
        True
    """
    arguments = {name: value for name, value in locals().items() if name != "sandbox"}
    from openprospect_nb.client import Client

    environ = environment()
    if sandbox is not None:
        return Client(**_to_sandbox(sandbox, arguments))
    if api_key or base_url or "api_key" in environ or "base_url" in environ:
        return Client(**arguments)
    from openprospect_nb.sandbox import Sandbox

    kept_in = make_home(Path(home or environ.get("home") or default_home()).expanduser())
    embedded = Sandbox(db=kept_in / "sandbox.sqlite", cache=default_cache())

    async def close_embedded() -> None:
        embedded.close()

    return Client(**_to_sandbox(embedded, arguments), on_close=close_embedded)


def _to_sandbox(sandbox: Sandbox, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that lead to *sandbox*; it costs nothing, so waiting looks often unless told otherwise."""
    from openprospect_nb.transport.wire import InProcess

    poll_interval = arguments.get("poll_interval")
    leading = {
        "api_key": sandbox.key,
        "base_url": sandbox.url,
        "poll_interval": SANDBOX_POLL_SECONDS if poll_interval is None else poll_interval,
        "transport": InProcess(sandbox.app),
    }
    return {**arguments, **leading}
