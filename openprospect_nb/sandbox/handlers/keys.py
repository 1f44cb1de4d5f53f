"""Health and key validation."""

from __future__ import annotations

from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond


def health(_engine: Engine, _call: SandboxCall) -> SandboxResponse:
    """Say that the server lives; it needs no key."""
    return respond(200, {"service": "openprospect-sandbox", "status": "healthy"})


def validate(_engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Say what the key opens."""
    return respond(200, {"valid": True, "scopes": list(call.key.scopes)})
