"""What each HTTP status means for a call: the error it becomes, whether to repeat, what it proves about a purchase.

One table, read by the retry decision, by the errors, by purchases and by waits; nothing else compares status numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from openprospect_nb import errors


class Repeat(StrEnum):
    """Which calls are worth sending again after a response."""

    NEVER = "never"  # the same response would come again
    KEYED = "keyed"  # only under an idempotency key: the first copy may still be in work
    SAFE = "safe"  # under a key, or where the method makes twice the same as once
    ANY = "any"  # every call: the server says that it did not act


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRule:
    """What one status means.

    Attributes:
        error: the class raised if this is the last response.
        repeat: which calls are worth sending again.
        proves_no_purchase: whether it proves that the call bought nothing. Most refusals do not: a gateway may have
            sent the call twice, or the first copy may still be in work.
        next_step: what a person should do; None takes the error's own words.
    """

    error: type[errors.OpenProspectError]
    repeat: Repeat
    proves_no_purchase: bool = False
    next_step: str | None = None

    @property
    def may_have_acted(self) -> bool:
        """Whether the server may have done what was asked, or may still be doing it."""
        return not self.proves_no_purchase and self.repeat is not Repeat.ANY

    def is_worth_repeating(self, *, is_keyed: bool, is_idempotent: bool) -> bool:
        """Whether a call that carries a key, or whose method may be repeated, should be sent again."""
        wanted = {Repeat.ANY: True, Repeat.SAFE: is_keyed or is_idempotent, Repeat.KEYED: is_keyed}
        return wanted.get(self.repeat, False)


def _unexpected(repeat: Repeat, next_step: str | None = None) -> StatusRule:
    return StatusRule(error=errors.ContractError, repeat=repeat, next_step=next_step)


def _trouble(repeat: Repeat = Repeat.SAFE, next_step: str | None = None) -> StatusRule:
    return StatusRule(error=errors.ServerError, repeat=repeat, next_step=next_step)


def _refusal(error: type[errors.OpenProspectError], next_step: str | None = None) -> StatusRule:
    return StatusRule(error=error, repeat=Repeat.NEVER, proves_no_purchase=True, next_step=next_step)


PROXY: Final = "A proxy or gateway between you and the API answered: ask whoever runs it, or check the base URL."
REFUSED_AS_IT_IS: Final = "The same request would be refused again; report it with the text above."
REDIRECTED: Final = "If that is where the API is, set base_url= to it; if not, ask the vendor."
LOCKED: Final = "It is in use just now: try again later."

# 1xx never ends an exchange, and a 2xx becomes an error only if its body is not what was asked: both count as lost.
_RANGES: Final[Mapping[range, StatusRule]] = {
    range(100, 300): _unexpected(Repeat.SAFE),
    range(300, 400): _unexpected(Repeat.SAFE, REDIRECTED),
    range(400, 500): _unexpected(Repeat.NEVER, REFUSED_AS_IT_IS),
    range(500, 600): _trouble(),
}

_SINGLE: Final[Mapping[int | None, StatusRule]] = {
    None: StatusRule(error=errors.ConnectionFailed, repeat=Repeat.SAFE),
    400: _refusal(errors.ValidationError),
    401: _refusal(errors.AuthenticationError),
    402: _unexpected(
        Repeat.NEVER, "The account has to be paid or topped up first: settle that with the vendor, then go on."
    ),
    403: _refusal(errors.PermissionDeniedError),
    404: _refusal(errors.NotFoundError),
    405: _refusal(errors.ContractError, "This server does not offer this call: check the base URL, or ask the vendor."),
    407: _unexpected(Repeat.NEVER, "A proxy on the way wants to know who you are: ask whoever runs your network."),
    408: _trouble(),
    # On a keyed POST a 409 may mean that the first copy is still in work; on anything else it is a state, and stays.
    409: StatusRule(error=errors.ConflictError, repeat=Repeat.KEYED),
    410: StatusRule(error=errors.NotFoundError, repeat=Repeat.NEVER),
    413: _refusal(errors.ContractError, "The request is larger than the server takes: send less at once."),
    415: _refusal(errors.ContractError, REFUSED_AS_IT_IS),
    421: _trouble(next_step=PROXY),
    422: _refusal(errors.ValidationError),
    423: StatusRule(error=errors.ConflictError, repeat=Repeat.SAFE, next_step=LOCKED),
    424: _trouble(),
    425: _trouble(),
    429: StatusRule(error=errors.RateLimitError, repeat=Repeat.ANY),
    444: _trouble(next_step=PROXY),  # nginx: closed without a response
    449: _trouble(next_step=PROXY),  # IIS: retry
    451: _unexpected(Repeat.NEVER, "It is closed for legal reasons: ask the vendor."),
    460: _trouble(next_step=PROXY),  # a load balancer: the client went away
    499: _trouble(next_step=PROXY),  # nginx: the client went away
    # What a server does not know how to do, it does not know a second later.
    501: _trouble(Repeat.NEVER, "This server does not offer this call: check the base URL, or ask the vendor."),
    505: _trouble(Repeat.NEVER, PROXY),
    506: _trouble(Repeat.NEVER, PROXY),
    510: _trouble(Repeat.NEVER, PROXY),
    511: _trouble(next_step="The network wants you to sign in first: open a web page in a browser, then try again."),
}

TABLE: Final[Mapping[int | None, StatusRule]] = {
    **{status: rule for statuses, rule in _RANGES.items() for status in statuses},
    **_SINGLE,
}


def rule_for(status: int | None) -> StatusRule:
    """Return what *status* means; None is a connection that closed after the request had left.

    A number that HTTP does not have proves nothing and is not asked for again.
    """
    return TABLE.get(status, _unexpected(Repeat.NEVER))


def proves_no_purchase(status: int | None) -> bool:
    """Whether a response of *status* proves that the call bought nothing."""
    return rule_for(status).proves_no_purchase


def phrase(status: int) -> str:
    """Return the standard's words for *status*, or its number."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP status {status}"
