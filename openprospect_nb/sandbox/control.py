"""The sandbox's strings: look into its state, reset it, move orders and time, ask for faults."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, Final

from openprospect_nb.contract import OrderStatus, ProfileStatus
from openprospect_nb.sandbox.clock import read_seconds, stamp
from openprospect_nb.sandbox.market.truth import Truth
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.orders.webhooks import Courier
from openprospect_nb.sandbox.records.attempts import list_attempts
from openprospect_nb.sandbox.records.store import Settings
from openprospect_nb.sandbox.requests.rules import Body, Findings, is_identifier
from openprospect_nb.sandbox.server.faults import FaultPlan, read_fault

__all__ = ["Control"]

_COUNTED: Final = ("creations", "profiles", "searches", "orders", "results", "companies", "prospects", "blacklists",
                   "entries")  # fmt: skip
_MAX_SEED: Final = 2**63 - 1
_MAX_SECONDS: Final = 10**9
_MAX_POOL: Final = 20_000
_SETTABLE: Final = ("step_seconds", "rate_limits_enabled", "pool_size", "inline_count", "results_ttl_seconds")


class Control:
    """What ``/_sandbox/...`` offers over HTTP, in Python.

    Broken rules and impossible moves raise `openprospect_nb.sandbox.server.problems.Problem`, which
    says what was wrong.

    Example:
        >>> sandbox.control.settings(step_seconds=0)
        >>> sandbox.control.transition(order_id, "ACCEPTED")
        >>> sandbox.control.fault(method="GET", path_prefix="/orders", status=503, times=2)
    """

    def __init__(self, engine: Engine, plan: FaultPlan, courier: Courier, first: Settings) -> None:
        self._engine = engine
        self._plan = plan
        self._courier = courier
        self._first = first

    def state(self) -> dict[str, Any]:
        """Return ``counts`` of rows, the ``clock`` as a stamp, the ``settings``, how many ``faults`` wait."""
        store = self._engine.store
        with store.read() as db:
            settings = store.settings(db)
            counts = {table: db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in _COUNTED}  # noqa: S608 - constants
        shown = asdict(settings)
        del shown["clock_offset_us"]
        return {"counts": counts, "clock": stamp(store.now(settings)), "settings": shown, "faults": len(self._plan)}

    def reset(self, seed: int | None = None) -> dict[str, Any]:
        """Empty the store, forget faults, go back to the first settings, and take the companies of *seed*."""
        findings = Findings()
        wanted = Body({"seed": seed}, findings).integer("seed", -_MAX_SEED, _MAX_SEED)
        findings.stop()
        store = self._engine.store
        self._plan.clear()
        self._courier.forget()
        with self._engine.standstill(), store.write() as db:
            kept = store.settings(db).seed if wanted is None else wanted
            store.clear(db)
            store.save_settings(db, replace(self._first, seed=kept))
        return self.state()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change any of the settings named above (`Settings` of `sandbox.records.store`); return the state."""
        findings = Findings()
        body = Body(changes, findings)
        for name in changes:
            if name not in _SETTABLE:
                body.note(name, f"is no setting; there are {', '.join(_SETTABLE)}")
        read = {
            "step_seconds": body.number("step_seconds", 0, _MAX_SECONDS),
            "rate_limits_enabled": body.flag("rate_limits_enabled"),
            "pool_size": body.integer("pool_size", 1, _MAX_POOL),
            "inline_count": body.integer("inline_count", 1, _MAX_POOL),
            "results_ttl_seconds": body.number("results_ttl_seconds", 0, _MAX_SECONDS),
        }
        findings.stop()
        wanted: dict[str, Any] = {name: value for name, value in read.items() if value is not None}
        if "results_ttl_seconds" in changes:
            wanted["results_ttl_seconds"] = read["results_ttl_seconds"]
        return self._change(wanted)

    def transition(self, order_id: str, status: str, message: str | None = None) -> dict[str, Any]:
        """Move an order along one edge of contract 5.1; return it. A wrong edge is a 409 ``STATE_CONFLICT``."""
        target, text = _move(order_id, status, message, list(OrderStatus))
        return self._engine.move_order(order_id.lower(), OrderStatus(target), text)

    def transition_profile(self, identifier: str, status: str, message: str | None = None) -> dict[str, Any]:
        """Move a profile creation along one edge of contract 5.2; return it."""
        target, text = _move(identifier, status, message, list(ProfileStatus))
        return self._engine.move_creation(identifier.lower(), target, text)

    def fault(self, **fields: Any) -> None:
        """Let coming calls meet a fault; the fields are those of `openprospect_nb.sandbox.server.faults.Fault`."""
        findings = Findings()
        fault = read_fault(Body(fields, findings))
        findings.stop()
        self._plan.add(fault)

    def clear_faults(self) -> None:
        """Forget all faults."""
        self._plan.clear()

    def webhooks(self) -> list[dict[str, Any]]:
        """Return every attempt to deliver an event: ``url``, ``body``, ``attempt``, ``status`` or ``error``."""
        with self._engine.store.read() as db:
            return list_attempts(db)

    def truth(self) -> Truth:
        """Return what is really so about all companies and prospects delivered so far."""
        with self._engine.store.read() as db:
            companies = [row[0] for row in db.execute("SELECT DISTINCT company_id FROM companies ORDER BY 1")]
            prospects = [row[0] for row in db.execute("SELECT DISTINCT prospect_id FROM prospects ORDER BY 1")]
        return self._engine.present_supply().truth(companies, prospects)

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the sandbox clock ahead and make the hops that fall due."""
        findings = Findings()
        wanted = Body({"seconds": seconds}, findings).number("seconds", 0, _MAX_SECONDS)
        findings.stop()
        store = self._engine.store
        with store.write() as db:
            settings = store.settings(db)
            offset = settings.clock_offset_us + read_seconds(wanted or 0)
            store.save_settings(db, replace(settings, clock_offset_us=offset))
        self._engine.settle(wait=True)
        return self.state()

    def _change(self, wanted: dict[str, Any]) -> dict[str, Any]:
        store = self._engine.store
        with store.write() as db:
            store.save_settings(db, replace(store.settings(db), **wanted))
        self._courier.wake()
        return self.state()


def _move(identifier: str, status: str, message: str | None, allowed: list[Any]) -> tuple[str, str | None]:
    findings = Findings()
    if not is_identifier(identifier):
        findings.add("id", "must be a UUID", identifier)
    body = Body({"status": status, "message": message}, findings)
    if not body.has("status"):
        body.note("status", "is required")
    target, text = body.choice("status", allowed), body.text("message", 5_000)
    findings.stop()
    return str(target), text
