"""Health and key validation."""

from __future__ import annotations

from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import Answer, Call, answer


def health(_engine: Engine, _call: Call) -> Answer:
    """Say that the server lives; it needs no key."""
    return answer(200, {"service": "openprospect-sandbox", "status": "healthy"})


def validate(_engine: Engine, call: Call) -> Answer:
    """Say what the key opens."""
    return answer(200, {"valid": True, "scopes": list(call.key.scopes)})
