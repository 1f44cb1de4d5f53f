"""The control surface over HTTP; each handler hands its body to `Control`."""

from __future__ import annotations

from openprospect_nb.sandbox.control import Control, SettingsChange
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond
from openprospect_nb.sandbox.server.faults import Fault


def state(control: Control, _call: SandboxCall) -> SandboxResponse:
    """Show counts, clock and settings."""
    return respond(200, control.state())


def reset(control: Control, call: SandboxCall) -> SandboxResponse:
    """Empty the store."""
    return respond(200, control.reset((call.json() if call.body.strip() else {}).get("seed")))


def settings(control: Control, call: SandboxCall) -> SandboxResponse:
    """Change settings."""
    return respond(200, control.change(call.read(SettingsChange)))


def transition_order(control: Control, call: SandboxCall) -> SandboxResponse:
    """Move an order."""
    body = call.json()
    return respond(200, control.transition(call.values["order_id"], body.get("status", ""), body.get("message")))


def transition_profile(control: Control, call: SandboxCall) -> SandboxResponse:
    """Move a profile creation."""
    body, identifier = call.json(), call.values["profile_creation_id"]
    return respond(200, control.transition_profile(identifier, body.get("status", ""), body.get("message")))


def fault(control: Control, call: SandboxCall) -> SandboxResponse:
    """Take a fault."""
    control.plan(call.read(Fault))
    return respond(201, {"faults": control.state()["faults"]})


def clear_faults(control: Control, _call: SandboxCall) -> SandboxResponse:
    """Forget all faults."""
    control.clear_faults()
    return SandboxResponse(204, b"")


def webhooks(control: Control, _call: SandboxCall) -> SandboxResponse:
    """Show the attempts to deliver events."""
    return respond(200, {"items": control.webhooks()})


def advance(control: Control, call: SandboxCall) -> SandboxResponse:
    """Move the clock ahead."""
    return respond(200, control.advance(call.json().get("seconds", 0)))
