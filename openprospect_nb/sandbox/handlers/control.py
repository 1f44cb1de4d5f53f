"""The control surface over HTTP; each handler hands its body to `Control`."""

from __future__ import annotations

from typing import Any

from openprospect_nb.sandbox.control import Control, SettingsChange
from openprospect_nb.sandbox.server.call import Answer, Call, answer
from openprospect_nb.sandbox.server.faults import Fault


def state(control: Control, _call: Call) -> Answer:
    """Show counts, clock and settings."""
    return answer(200, control.state())


def reset(control: Control, call: Call) -> Answer:
    """Empty the store."""
    return answer(200, control.reset(_optional(call).get("seed")))


def settings(control: Control, call: Call) -> Answer:
    """Change settings."""
    return answer(200, control.change(call.read(SettingsChange)))


def transition_order(control: Control, call: Call) -> Answer:
    """Move an order."""
    body = call.json()
    return answer(200, control.transition(call.values["order_id"], body.get("status", ""), body.get("message")))


def transition_profile(control: Control, call: Call) -> Answer:
    """Move a profile creation."""
    body, identifier = call.json(), call.values["profile_creation_id"]
    return answer(200, control.transition_profile(identifier, body.get("status", ""), body.get("message")))


def fault(control: Control, call: Call) -> Answer:
    """Take a fault."""
    control.plan(call.read(Fault))
    return answer(201, {"faults": control.state()["faults"]})


def clear_faults(control: Control, _call: Call) -> Answer:
    """Forget all faults."""
    control.clear_faults()
    return Answer(204, b"")


def webhooks(control: Control, _call: Call) -> Answer:
    """Show the attempts to deliver events."""
    return answer(200, {"items": control.webhooks()})


def advance(control: Control, call: Call) -> Answer:
    """Move the clock ahead."""
    return answer(200, control.advance(call.json().get("seconds", 0)))


def _optional(call: Call) -> dict[str, Any]:
    return call.json() if call.body.strip() else {}
