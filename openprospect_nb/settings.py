"""Frozen settings of a client; the only module that reads environment variables."""

from __future__ import annotations

import hmac
import ipaddress
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from numbers import Real
from pathlib import Path
from typing import Any, Literal, NoReturn, Self, get_args
from urllib.parse import SplitResult, urlsplit

from openprospect_nb.contract import API_PREFIX, KEY_PREFIX_LIVE, KEY_PREFIX_TEST, PRODUCTION_URL
from openprospect_nb.errors import ConfigurationError

HOME_HINT = "Choose a writable folder with home= or OPENPROSPECT_HOME."
AMOUNT = "an amount of money: a finite number of at least 0"
Flow = Literal["profile", "inline", "auto"]


class Secret:
    """An API key that shows itself only where `reveal` is called.

    Text, repr and format are masked, a copy is the same object, and it cannot be pickled: what is written to a file or
    sent to another process must not carry a key.

    Example:
        >>> Secret("lnc_test_" + "s" * 32)
        Secret('lnc_test_…ssss')
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", value)

    def reveal(self) -> str:
        """Return the key itself."""
        return self._value

    @property
    def masked(self) -> str:
        """The key's prefix and last four characters."""
        return mask_key(self.reveal())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a key does not change.")

    def __repr__(self) -> str:
        return f"Secret({self.masked!r})"

    def __str__(self) -> str:
        return self.masked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash((Secret, self.reveal()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ConfigurationError(
            "an API key is not pickled: a file or another process must not hold it.",
            next_step="Make the client there, with OPENPROSPECT_API_KEY.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a client needs to know; a client takes gaps from the environment.

    Attributes:
        api_key: sent as a bearer token; a text becomes a `Secret`, which is shown only masked and never pickled.
        base_url: scheme and host (and path, if any) below which ``/api/v1`` hangs.
        home: local folder of the journal and the fetched results.
        flow: how a discovery order is placed; see contract 1.3.
        poll_interval: seconds between polls while waiting; None adapts (60 s growing to 300 s for orders).
        max_wait: the longest stated delay, in seconds, the client sits out before raising.
        timeout: seconds one attempt may take: to connect, to send, and until the response is whole. A long request or
            response has more time while it keeps moving at 10 kB a second or faster. A silent server ends a call after
            at most three times this: a second attempt and a pause between them.
        price_per_briefing: the caller's own price, for budgets; None where unknown.
    """

    api_key: Secret = field(repr=False)
    base_url: str
    home: Path
    flow: Flow = "profile"
    poll_interval: float | None = None
    max_wait: float = 120.0
    timeout: float = 60.0
    price_per_briefing: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", as_key(self.api_key))
        object.__setattr__(self, "base_url", normalise_base_url(self.base_url))
        object.__setattr__(self, "home", Path(self.home).expanduser())
        if self.flow not in get_args(Flow):
            raise ConfigurationError(
                f"flow={self.flow!r} is not known.", next_step="Use 'profile', 'inline' or 'auto'."
            )
        for name in ("poll_interval", "max_wait", "timeout"):
            given = getattr(self, name)
            number = number_of(given)
            if given is not None and (number is None or not number >= 0):
                raise ConfigurationError(f"{name}={given!r} must be a number of at least 0.")
            object.__setattr__(self, name, number)
        price = amount_of(self.price_per_briefing)
        if price is None and self.price_per_briefing is not None:
            raise ConfigurationError(f"price_per_briefing={self.price_per_briefing!r} must be {AMOUNT}.")
        object.__setattr__(self, "price_per_briefing", price)
        if not self.timeout:
            raise ConfigurationError("timeout=0 would end every request before it begins; use seconds above 0.")
        key = self.api_key.reveal()
        if not key.startswith((KEY_PREFIX_LIVE, KEY_PREFIX_TEST)):
            warnings.warn("the API key has an unknown prefix; is it an OpenProspect key?", stacklevel=3)
        elif key.startswith(KEY_PREFIX_TEST) and not self.is_loopback:
            warnings.warn("a test key is being used on a live server.", stacklevel=3)

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where only a sandbox can be."""
        return is_loopback_host(urlsplit(self.base_url).hostname or "")

    @property
    def masked_key(self) -> str:
        """The key's prefix and last four characters."""
        return self.api_key.masked


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
        make_private(home)
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


def make_private(folder: Path) -> Path:
    """Make a folder and those above it that are missing, each readable by its owner alone, and return it.

    ``mkdir(parents=True)`` would give the ones above whatever the umask leaves open.

    Raises:
        OSError: it cannot be made.
    """
    for parent in [*reversed(folder.parents), folder]:
        if not parent.is_dir():
            parent.mkdir(mode=0o700, exist_ok=True)
    return folder


def default_cache() -> Path:
    """Return the folder of what can be made again at any time; ``OPENPROSPECT_CACHE`` moves it."""
    given = os.environ.get("OPENPROSPECT_CACHE")
    if given:
        return Path(given).expanduser()
    # Whoever writes the cache would make the home on the way, open to others. Without a home there is just no cache.
    with suppress(ConfigurationError):
        make_home(default_home())
    return default_home() / "cache"


def normalise_base_url(url: str) -> str:
    """Return *url* without trailing slash and without ``/api/v1``.

    Raises:
        ConfigurationError: no http(s) address, credentials inside, or plain http to another machine.
    """
    parts = _split_address(url)
    if parts is None:
        raise ConfigurationError(
            f"base_url {url!r} is not an http(s) address.", next_step=f"Use for example {PRODUCTION_URL}."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "base_url must not carry credentials, a query or a fragment.", next_step="Give the key as api_key=."
        )
    if parts.scheme == "http" and not is_loopback_host(parts.hostname or ""):
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


def as_key(given: str | Secret) -> Secret:
    """Return *given* as a key.

    Raises:
        ConfigurationError: it is empty, no text, or holds what a key cannot hold.
    """
    key = given.reveal() if isinstance(given, Secret) else given
    if not isinstance(key, str):
        raise ConfigurationError("api_key= takes a text.")
    if not key:
        raise ConfigurationError(
            "no API key.",
            next_step="Pass api_key= or set OPENPROSPECT_API_KEY; op.connect() without both is the sandbox.",
        )
    if any(character.isspace() for character in key) or not key.isascii() or not key.isprintable():
        raise ConfigurationError(
            "the API key contains blanks, line breaks or characters a key cannot have.", next_step="Copy it again."
        )
    return Secret(key)


def spellings_of(base_url: str) -> list[str]:
    """Return how a home may know a server's address: the plainest spelling first, and the one given among the others.

    The case of a host, a port that goes without saying and a dot behind the host make no other server.
    """
    parts = urlsplit(base_url)
    named = (parts.hostname or "").rstrip(".")
    host = f"[{named}]" if ":" in named else named
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    hosts = [f"{host}{port}", parts.netloc, f"{host}:{parts.port or usual}", f"{host}.{port}"]
    return list(dict.fromkeys(f"{parts.scheme}://{netloc}{parts.path}" for netloc in hosts))


def _split_address(url: object) -> SplitResult | None:
    """Return the parts of an http(s) address that can be called, or None if it is none."""
    try:
        parts = urlsplit(str(url).strip())
        callable_ = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket or a port that is none
        return None
    return parts if callable_ and str(url).strip().isprintable() else None


def amount_of(value: Any) -> float | None:
    """Return an amount of money as a float, whichever kind of number it is; None if it is no `AMOUNT`."""
    number = number_of(value)
    return number if number is not None and isfinite(number) and number >= 0 else None


def number_of(value: Any) -> float | None:
    """Return any number (also Decimal, a fraction, NumPy's) as a float; None for what is none, such as True or "5"."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
