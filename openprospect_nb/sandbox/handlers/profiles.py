"""Profile creations."""

from __future__ import annotations

from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.records import profiles
from openprospect_nb.sandbox.requests.bodies import ProfileRequest
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse, respond


def create(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Start a profile creation; an equal call under the same Idempotency-Key is answered as before."""
    key = call.idempotency_key(required=True)
    wanted = call.read(ProfileRequest)
    with engine.store.write() as db:
        if replayed := engine.store.replay(db, call, key):
            return replayed
        row = profiles.add_creation(db, engine.store, call.key.organisation, wanted.profile_name, wanted.content())
        given = respond(202, profiles.creation_object(row))
        engine.store.remember(db, call, key, given)
    return given


def get(engine: Engine, call: SandboxCall) -> SandboxResponse:
    """Show a profile creation as it stands now."""
    identifier = call.sole_identifier("profile_creation_id")
    with engine.settled() as db:
        return respond(200, profiles.creation_object(profiles.creation_row(db, call.key.organisation, identifier)))
