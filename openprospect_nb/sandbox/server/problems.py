"""What the sandbox refuses, and the error body it says so with (contract 8, shape E1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WITH_A_CODE = frozenset({"order", "prospect_search", "blacklist"})  # kinds whose 404 has a code of its own


class Refusal(Exception):
    """A refusal: status, code, human message, ``details``, and extra fields and headers where the contract has them."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"code": code, "message": message, "details": dict(details or {}), **(extra or {})}


def invalid(problems: Sequence[Mapping[str, Any]]) -> Refusal:
    """Return the 422 that lists every broken field."""
    fields = ", ".join(str(problem["field"]) for problem in problems)
    return Refusal(
        422, "VALIDATION_ERROR", f"Validation failed: {fields}.", details={"validation_errors": list(problems)}
    )


def not_found(kind: str, identifier: str) -> Refusal:
    """Return the 404 of a resource that is unknown or belongs to another organisation."""
    facts = {"entity_type": kind, "identifier": identifier}
    code = f"{kind.upper()}_NOT_FOUND" if kind in _WITH_A_CODE else "ENTITY_NOT_FOUND"
    return Refusal(404, code, f"No such {kind.replace('_', ' ')}.", details=facts, extra=facts)


def forbidden(required: Sequence[str], held: Sequence[str]) -> Refusal:
    """Return the 403 that names the scopes required and held."""
    return Refusal(
        403,
        "AUTHORIZATION_ERROR",
        f"This key lacks a scope; required: {', '.join(required)}.",
        details={"required_scopes": list(required), "user_scopes": list(held)},
    )


def conflict(code: str, message: str, **details: Any) -> Refusal:
    """Return a 409 with its own code: idempotency, state or version."""
    return Refusal(409, code, message, details=details)
