"""The whole error tree.

Every message ends with what to do next, and none ever contains an API key.

::

    OpenProspectError                 root: status, code, request, details, next_step
    ├── ConfigurationError            the library was set up or used in a way that cannot work
    ├── ValidationError               a field breaks a rule (checked before sending, or 400 / 422); .fields
    ├── AuthenticationError           401: the key is missing, wrong, expired or revoked
    ├── PermissionDeniedError         403: the key lacks a scope; .required_scopes, .user_scopes
    ├── NotFoundError                 404, 410: unknown, gone, or not visible to this key's organisation
    ├── ConflictError                 409, 423: same key with another body, stale version, wrong state, or in use
    ├── RateLimitError                429: .retry_after in seconds, if the server said
    ├── ServerError                   5xx, or 408, 421, 424, 425, 499 and the like: not now; .retry_after in seconds
    ├── ConnectionFailed              no usable response arrived
    ├── ContractError                 a response arrived that is outside the contract, or has a status it does not know
    ├── OrderFailed                   an order or profile ended REJECTED, FAILED or CANCELLED; .order_id, .order_status
    ├── WaitTimeout                   still running at the deadline; .pending (also a TimeoutError)
    ├── UnsafeToRetry                 doing this again could buy twice
    └── JournalError                  a local database cannot be used
"""

from __future__ import annotations

import dataclasses
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

__all__ = [
    "AuthenticationError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailed",
    "ContractError",
    "FieldProblem",
    "JournalError",
    "NotFoundError",
    "OpenProspectError",
    "OrderFailed",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "UnsafeToRetry",
    "ValidationError",
    "WaitTimeout",
]


LISTED_FRAMES = 3
LISTED_FIELDS = 20  # a message is for reading; `.fields` has all of them


@dataclasses.dataclass(frozen=True, slots=True)
class FieldProblem:
    """One broken rule.

    Attributes:
        field: path of the field, such as ``companies[3].company_name``.
        message: what is wrong with it.
        provided: what was given, where that is known; not compared.
    """

    field: str
    message: str
    provided: Any = dataclasses.field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclasses.dataclass(eq=False, repr=False)
class OpenProspectError(Exception):
    """The root of everything this package raises on purpose.

    Args:
        message: what happened.
        next_step: what to do about it; ends the text.
        status: the HTTP status, if a server answered.
        code: the server's error code, or ``HTTP_<status>``.
        request: method and path, such as ``POST /orders``; never a header.
        details: whatever else the server said, as a mapping.
    """

    default_next_step: ClassVar[str] = "If this repeats, report it with the text above."
    # How a notebook draws one that is looked at; the package sets it, for this ground floor cannot import a card.
    _draw: ClassVar[Callable[[OpenProspectError], str] | None] = None

    message: str
    _: dataclasses.KW_ONLY
    next_step: str = cast("str", None)  # then the class's own
    status: int | None = None
    code: str | None = None
    request: str | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the class's own next step where none is given."""
        if cast("str | None", self.next_step) is None:
            self.next_step = self.default_next_step
        self.args = (self.message,)

    def __str__(self) -> str:
        """Return what happened, to which request, and the next step, in one line each."""
        head = f"{self.request}: {self.message}" if self.request else self.message
        answer = f" [{self.status} {self.code}]" if self.status else ""
        return f"{head}{answer} {self.next_step}".rstrip()

    @property
    def problem(self) -> str:
        """What happened, to which request, in a line: without the fields and the next step, which stand beside it."""
        head = f"{self.request}: {self._headline()}" if self.request else self._headline()
        return f"{head} [{self.status} {self.code}]" if self.status else head

    def listed(self) -> list[str]:
        """Return the fields that break a rule, a text each, as far as a reader has patience; most errors have none."""
        return []

    def _headline(self) -> str:
        return self.message

    def _repr_html_(self) -> str | None:
        """Return the error as a card, for whoever caught it and looks at it."""
        draw = self._draw
        return None if draw is None else draw()

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of this error when it is raised: what its card says, and the caller's own lines.

        IPython asks for it. It is text, for the outputs of errors hold nothing else, in JupyterLab as in nbclient; it
        has none of our internals. ``%xmode Verbose`` brings the whole traceback back.
        """
        shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        if getattr(getattr(shell, "InteractiveTB", None), "mode", "") in {"Verbose", "Docs"}:
            return "".join(traceback.format_exception(self)).splitlines()
        own = [frame for frame in traceback.extract_tb(self.__traceback__) if _is_of_the_caller(frame.filename)]
        where = [f"  {_place(frame.filename)}line {frame.lineno}: {frame.line}" for frame in own[-LISTED_FRAMES:]]
        head = [f"{type(self).__name__}: {self.problem}", *(f"  {each}" for each in self.listed())]
        following = [f"Next: {self.next_step}"] if self.next_step else []
        return [*head, *following, "", *where, "(%xmode Verbose shows where it came from.)"]


def _is_of_the_caller(filename: str) -> bool:
    path = Path(filename)
    is_ours = path.is_relative_to(Path(__file__).parent) or filename.startswith("<frozen")
    return not is_ours and "site-packages" not in path.parts


def _place(filename: str) -> str:
    """Return the file, nothing for a notebook's cell, which IPython keeps under a name that says nothing."""
    is_cell = filename.startswith("<") or "ipykernel_" in filename
    return "" if is_cell else f"{Path(filename).name}, "


class ConfigurationError(OpenProspectError):
    """The library was set up or used in a way that cannot work."""

    default_next_step = ""


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class ValidationError(OpenProspectError):
    """One or more fields break a rule, found before sending or by the server (400, 422).

    Attributes:
        fields: every broken rule as a `FieldProblem`; empty if the server named none.
    """

    default_next_step = "Correct the fields named above; nothing was ordered."

    fields: Sequence[FieldProblem] = ()

    def __post_init__(self) -> None:
        self.fields, self._headed = tuple(self.fields), self.message
        listed = "; ".join(self.listed())
        self.message = f"{self._headed} ({listed})." if listed else self._headed
        super().__post_init__()

    def _headline(self) -> str:
        return self._headed

    def listed(self) -> list[str]:
        """Return what is wrong with the first fields, and how many more there are."""
        more = len(self.fields) - LISTED_FIELDS
        return [*map(str, self.fields[:LISTED_FIELDS]), *([f"and {more:,} more, see .fields"] if more > 0 else [])]


class AuthenticationError(OpenProspectError):
    """401: the key is missing, wrong, expired or revoked."""

    default_next_step = "Check OPENPROSPECT_API_KEY (or api_key=) and that it belongs to this server."


class PermissionDeniedError(OpenProspectError):
    """403: the key lacks a scope, or the resource is closed to it."""

    default_next_step = "Use a key that holds the scopes named above."

    @property
    def required_scopes(self) -> list[str]:
        """The scopes the server asked for; empty if it did not say."""
        return scopes_in(self.details, "required_scopes")

    @property
    def user_scopes(self) -> list[str]:
        """The scopes the key holds; empty if the server did not say."""
        return scopes_in(self.details, "user_scopes")


# The name before it had one that says more; whoever catches it goes on catching.
PermissionError_ = PermissionDeniedError


def scopes_in(details: Mapping[str, Any], name: str) -> list[str]:
    """Return the scopes a refusal lists at *name*; empty for anything that is no text and no list of texts."""
    listed = details.get(name)
    return [scope for scope in (listed if isinstance(listed, list) else [listed]) if isinstance(scope, str)]


class NotFoundError(OpenProspectError):
    """Unknown, gone, or not visible to this key's organisation (404, 410)."""

    default_next_step = "Check the id, and that this key belongs to the organisation that made it."
    sandbox_next_step = (
        "Check the id. It may be of another sandbox: one in memory forgets its orders when it ends; op.connect()"
        " without a key keeps them in its home, op.Sandbox(db=…) in a file."
    )


class ConflictError(OpenProspectError):
    """The same idempotency key with another body, a stale version, or a state that does not allow it (409, 423)."""

    default_next_step = "Read the current state first; a changed order needs a new idempotency key."


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class _Later(OpenProspectError):
    """What may go well at another time."""

    retry_after: float | None = None


class RateLimitError(_Later):
    """429: too many requests.

    Attributes:
        retry_after: the delay the server states, in seconds; None if it states none.
    """

    default_next_step = "Wait for the stated delay, or raise max_wait= to let the client wait for you."


class ServerError(_Later):
    """The server, or a gateway before it, cannot answer now: 5xx, or 408, 421, 424, 425, 499 and the like.

    Attributes:
        retry_after: the delay the server states, in seconds; None if it states none.
    """

    default_next_step = "Try again later; if it lasts, contact the vendor's support with the request named above."


class ConnectionFailed(OpenProspectError):
    """No usable response arrived: refused, timed out, cut off, or nothing is listening."""

    default_next_step = "Check the network and the base URL; an order that was under way is safe to resume."


class ContractError(OpenProspectError):
    """A response arrived that is outside the contract: not JSON, too large or deep, incomplete, or of an odd status."""

    default_next_step = "Check that the base URL is the OpenProspect API and not a web page or proxy."


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class OrderFailed(OpenProspectError):
    """An order (or profile creation) ended without results: REJECTED, FAILED or CANCELLED.

    Attributes:
        order_id: the order's id (or that of the profile creation).
        order_status: the state it ended in.
    """

    default_next_step = "Read the reason; contact the vendor with the order id if it is unclear."

    order_id: str
    order_status: str


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class WaitTimeout(OpenProspectError, TimeoutError):
    """The deadline passed while something was still running; also a ``TimeoutError``.

    Attributes:
        pending: each id that is still running, with its last seen state.
    """

    default_next_step = "The order goes on at the vendor; wait again later with the same id."

    pending: Mapping[str, str] = dataclasses.field(default_factory=dict)


class UnsafeToRetry(OpenProspectError):
    """Doing this again could buy twice, so it was not done."""

    default_next_step = "Look at client.orders.list() and client.journal.frame() before ordering again."


class JournalError(OpenProspectError):
    """A local database cannot be opened, read or written."""

    default_next_step = ""
