"""The sandbox's strings: look into its state, reset it, move orders and time, ask for faults."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from types import EllipsisType
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from openprospect_nb.contract import OrderStatus, ProfileStatus
from openprospect_nb.sandbox.clock import read_seconds, stamp
from openprospect_nb.sandbox.market.truth import Truth
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.orders.webhooks import Courier, list_attempts
from openprospect_nb.sandbox.records.store import SandboxSettings
from openprospect_nb.sandbox.requests.rules import WHOLE, Findings, RequestBody, is_identifier, read, text
from openprospect_nb.sandbox.server.faults import Fault, FaultPlan

_COUNTED: Final = ("creations", "profiles", "searches", "orders", "results", "companies", "prospects", "blacklists",
                   "entries")  # fmt: skip
_MAX_SEED: Final = 2**63 - 1
_MAX_SECONDS: Final = 10**9
_MAX_POOL: Final = 20_000

Seconds = Annotated[float, Field(strict=True, ge=0, le=_MAX_SECONDS)]
Pool = Annotated[int, Field(strict=True, ge=1, le=_MAX_POOL), WHOLE]


class SettingsChange(BaseModel):
    """Settings to change; null leaves one as it is, but ``results_ttl_seconds`` is then for ever."""

    model_config = ConfigDict(extra="forbid")

    step_seconds: Seconds | None = None
    rate_limits_enabled: StrictBool | None = None
    pool_size: Pool | None = None
    inline_count: Pool | None = None
    results_ttl_seconds: Seconds | None = None

    def named(self) -> dict[str, Any]:
        """Return the settings to change."""
        sent = self.model_dump(exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name == "results_ttl_seconds"}


class _Seed(RequestBody):
    seed: Annotated[int, Field(strict=True, ge=-_MAX_SEED, le=_MAX_SEED), WHOLE] | None = None


class _Advance(RequestBody):
    seconds: Seconds = 0


class _Move(RequestBody):
    status: Annotated[str, text(100)]
    message: Annotated[str, text(5_000)] | None = None


class Control:
    """What ``/_sandbox/...`` offers over HTTP, in Python.

    Broken rules and impossible moves raise `openprospect_nb.sandbox.server.problems.Refusal`, which
    says what was wrong.

    Example:
        >>> sandbox.control.settings(step_seconds=0)
        >>> sandbox.control.transition(order_id, "ACCEPTED")
        >>> sandbox.control.fault(method="GET", path_prefix="/orders", status=503, times=2)
    """

    def __init__(self, engine: Engine, plan: FaultPlan, courier: Courier, first: SandboxSettings) -> None:
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
        wanted = read(_Seed, {"seed": seed}).seed
        store = self._engine.store
        self._plan.clear()
        self._courier.forget()
        with self._engine.standstill(), store.write() as db:
            chosen_seed = store.settings(db).seed if wanted is None else wanted
            store.clear(db)
            store.save_settings(db, replace(self._first, seed=chosen_seed))
        return self.state()

    def settings(
        self,
        *,
        step_seconds: float | None = None,
        rate_limits_enabled: bool | None = None,
        pool_size: int | None = None,
        inline_count: int | None = None,
        results_ttl_seconds: float | EllipsisType | None = ...,
    ) -> dict[str, Any]:
        """Change settings (`sandbox.records.store.SandboxSettings` says what each is); return the state.

        None leaves a setting as it is, but for ``results_ttl_seconds``, where it keeps results for ever.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not ...}
        return self.change(read(SettingsChange, given))

    def change(self, wanted: SettingsChange) -> dict[str, Any]:
        """Change the settings that *wanted* names; return the state."""
        store = self._engine.store
        with store.write() as db:
            store.save_settings(db, replace(store.settings(db), **wanted.named()))
        self._courier.wake()
        return self.state()

    def transition(self, order_id: str, status: str, message: str | None = None) -> dict[str, Any]:
        """Move an order along one edge of contract 5.1; return it. A wrong edge is a 409 ``STATE_CONFLICT``."""
        target, text = _move(order_id, status, message, OrderStatus)
        return self._engine.move_order(order_id.lower(), OrderStatus(target), text)

    def transition_profile(self, identifier: str, status: str, message: str | None = None) -> dict[str, Any]:
        """Move a profile creation along one edge of contract 5.2; return it."""
        target, text = _move(identifier, status, message, ProfileStatus)
        return self._engine.move_creation(identifier.lower(), target, text)

    def fault(
        self,
        *,
        method: str | None = None,
        path_prefix: str | None = None,
        times: int | None = None,
        skip: int | None = None,
        status: int | None = None,
        shape: str | None = None,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | None = None,
        drop: bool | None = None,
        delay_seconds: float | None = None,
        truncate_bytes: int | None = None,
        content_type: str | None = None,
        skew_seconds: float | None = None,
    ) -> None:
        """Let coming calls meet a fault; `sandbox.server.faults.Fault` says what each argument is."""
        given = {name: value for name, value in locals().items() if name != "self"}
        self.plan(read(Fault, given))

    def plan(self, fault: Fault) -> None:
        """Let coming calls meet *fault*."""
        self._plan.add(fault)

    def clear_faults(self) -> None:
        """Forget all faults."""
        self._plan.clear()

    def webhooks(self) -> list[dict[str, Any]]:
        """Return every attempt to deliver an event: ``url``, ``body``, ``attempt``, ``status`` or ``error``."""
        with self._engine.store.read() as db:
            return list_attempts(db)

    def truth(self) -> Truth:
        """Return what is really so about all companies and prospects delivered so far, and how large markets are."""
        with self._engine.store.read() as db:
            pool_size = self._engine.store.settings(db).pool_size
            companies = [row[0] for row in db.execute("SELECT DISTINCT company_id FROM companies ORDER BY 1")]
            prospects = [row[0] for row in db.execute("SELECT DISTINCT prospect_id FROM prospects ORDER BY 1")]
        return self._engine.present_supply().truth(companies, prospects, pool_size)

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the sandbox clock ahead and make the hops that fall due."""
        wanted = read(_Advance, {"seconds": seconds}).seconds
        store = self._engine.store
        with store.write() as db:
            settings = store.settings(db)
            offset = settings.clock_offset_us + read_seconds(wanted)
            store.save_settings(db, replace(settings, clock_offset_us=offset))
        self._engine.settle(wait=True)
        return self.state()


def _move(identifier: str, status: str, message: str | None, allowed: type[StrEnum]) -> tuple[str, str | None]:
    findings = Findings()
    if not is_identifier(identifier):
        findings.add("id", "must be a UUID", identifier)
    move = read(_Move, {"status": status, "message": message}, findings)
    if move.status not in list(allowed):
        findings.add("status", f"must be one of {', '.join(allowed)}", move.status)
    findings.stop()
    return move.status, move.message
