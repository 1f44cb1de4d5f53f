"""Frozen settings of a client; the only module that reads environment variables."""

from __future__ import annotations

import ipaddress
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from openprospect_nb.contract import API_PREFIX, KEY_PREFIX_LIVE, KEY_PREFIX_TEST, PRODUCTION_URL
from openprospect_nb.errors import ConfigurationError

HOME_HINT = "Choose a writable folder with home= or OPENPROSPECT_HOME."
Flow = Literal["profile", "inline", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a client needs to know; a client takes gaps from the environment.

    Attributes:
        api_key: sent as a bearer token; shown only masked.
        base_url: scheme and host (and path, if any) below which ``/api/v1`` hangs.
        home: local folder of the journal and the fetched results.
        flow: how a discovery order is placed; see contract 1.3.
        poll_interval: seconds between looks while waiting; None adapts (60 s growing to 300 s for orders).
        max_wait: the longest stated delay, in seconds, the client sits out before raising.
        timeout: seconds for one request.
        price_per_briefing: the caller's own price, for budgets; None where unknown.
    """

    api_key: str = field(repr=False)
    base_url: str
    home: Path
    flow: Flow = "profile"
    poll_interval: float | None = None
    max_wait: float = 120.0
    timeout: float = 60.0
    price_per_briefing: float | None = None

    def __post_init__(self) -> None:
        _check_key(self.api_key)
        object.__setattr__(self, "base_url", normalise_base_url(self.base_url))
        object.__setattr__(self, "home", Path(self.home).expanduser())
        if self.flow not in get_args(Flow):
            raise ConfigurationError(
                f"flow={self.flow!r} is not known.", next_step="Use 'profile', 'inline' or 'auto'."
            )
        for name in ("poll_interval", "max_wait", "timeout", "price_per_briefing"):
            _check_not_negative(name, getattr(self, name))
        _warn_about_key(self.api_key, loopback=self.is_loopback)

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where only a sandbox can be."""
        return is_loopback_host(urlsplit(self.base_url).hostname or "")

    @property
    def masked_key(self) -> str:
        """The key's prefix and last four characters."""
        return mask_key(self.api_key)


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the settings the environment gives, by argument name: ``api_key``, ``base_url``, ``home``."""
    source = os.environ if environ is None else environ
    names = {"api_key": "OPENPROSPECT_API_KEY", "base_url": "OPENPROSPECT_BASE_URL", "home": "OPENPROSPECT_HOME"}
    return {argument: source[name] for argument, name in names.items() if source.get(name)}


def default_home() -> Path:
    """Return the folder used when neither ``home=`` nor ``OPENPROSPECT_HOME`` is given."""
    return Path("~/.openprospect_nb").expanduser()


def make_home(home: Path) -> Path:
    """Make the home folder, readable by its owner alone, and return it.

    A folder of the caller's choice that is there already keeps its rights; the default home is ours, and is closed.

    Raises:
        ConfigurationError: it cannot be made or written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home == default_home():
            home.chmod(0o700)
        writable = os.access(home, os.W_OK | os.X_OK)
    except OSError as error:
        raise ConfigurationError(
            f"the home folder {home} cannot be made ({error.strerror}).", next_step=HOME_HINT
        ) from error
    if not writable:
        raise ConfigurationError(f"the home folder {home} cannot be written.", next_step=HOME_HINT)
    return home


def default_cache() -> Path:
    """Return the folder of what can be made again at any time; ``OPENPROSPECT_CACHE`` moves it."""
    given = os.environ.get("OPENPROSPECT_CACHE")
    if given:
        return Path(given).expanduser()
    # Whoever writes the cache would make the home on the way, open to others. Without a home there is just no cache.
    with suppress(ConfigurationError):
        make_home(default_home())
    return default_home() / "cache"


def default_base_url() -> str:
    """Return the vendor's production address."""
    return PRODUCTION_URL


def normalise_base_url(url: str) -> str:
    """Return *url* without trailing slash and without ``/api/v1``.

    Raises:
        ConfigurationError: no http(s) address, credentials inside, or plain http to another machine.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f"base_url {url!r} is not an http(s) address.", next_step=f"Use for example {PRODUCTION_URL}."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "base_url must not carry credentials, a query or a fragment.", next_step="Give the key as api_key=."
        )
    if parts.scheme == "http" and not is_loopback_host(parts.hostname):
        raise ConfigurationError(
            f"base_url {url!r} would send the key unencrypted.", next_step="Use https, or a server on 127.0.0.1."
        )
    path = parts.path.rstrip("/").removesuffix(API_PREFIX).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback_host(host: str) -> bool:
    """Whether *host* can only be this machine: 127.0.0.0/8, ::1, localhost or a name below ``.localhost``."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def mask_key(key: str) -> str:
    """Return the known prefix and the last four characters of *key*, or dots alone if it is short."""
    prefix = next((p for p in (KEY_PREFIX_LIVE, KEY_PREFIX_TEST) if key.startswith(p)), "")
    return f"{prefix}…{key[-4:]}" if len(key) - len(prefix) > 8 else f"{prefix}…"


def _check_key(key: str) -> None:
    if not key:
        raise ConfigurationError(
            "no API key.",
            next_step="Pass api_key= or set OPENPROSPECT_API_KEY; op.connect() without both is the sandbox.",
        )
    if any(character.isspace() for character in key) or not key.isascii() or not key.isprintable():
        raise ConfigurationError(
            "the API key contains blanks, line breaks or characters a key cannot have.", next_step="Copy it again."
        )


def _check_not_negative(name: str, value: float | None) -> None:
    if value is not None and (isinstance(value, bool) or not value >= 0):
        raise ConfigurationError(f"{name}={value!r} must be a number of at least 0.")


def _warn_about_key(key: str, *, loopback: bool) -> None:
    if not key.startswith((KEY_PREFIX_LIVE, KEY_PREFIX_TEST)):
        warnings.warn("the API key has an unknown prefix; is it an OpenProspect key?", stacklevel=4)
    elif key.startswith(KEY_PREFIX_TEST) and not loopback:
        warnings.warn("a test key is being used on a live server.", stacklevel=4)
