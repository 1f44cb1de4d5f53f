"""Search profiles: create one from an ICP, wait until orders can be placed with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from openprospect_nb.api._resource import Context, Resource, off_loop
from openprospect_nb.api.buying.purchasing import carry_out_and_tell, read_profile
from openprospect_nb.api.facts import ProfileFacts
from openprospect_nb.api.waiting.polling import PROFILE_TIMEOUT, seconds_of
from openprospect_nb.bounds import refuse
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase, PurchaseKind, PurchaseStep
from openprospect_nb.transport.idempotency import check_key


class AsyncProfile(ProfileFacts):
    """A search profile under creation or ready; ``profile_id`` is None until ``status`` is SUCCEEDED."""

    def __init__(self, context: Context, purchase: Purchase) -> None:
        self._context = context
        self._purchase = purchase

    @property
    def purchase(self) -> Purchase:
        """What the journal knows of it."""
        return self._purchase

    async def refresh(self) -> AsyncProfile:
        """Ask the server once and return this profile as it is now.

        Example:
            >>> profile.refresh().status
            'SUCCEEDED'
        """
        if self.profile_creation_id is not None and self.profile_id is None:
            state = await read_profile(self._context, self.profile_creation_id)
            facts = {"profile_id": state.profile_id, "status": state.status}
            self._purchase = await off_loop(self._context.journal.record, self._purchase.key, **facts)
        return self

    async def wait(self, timeout: float | None = PROFILE_TIMEOUT) -> AsyncProfile:  # noqa: ASYNC109 - a public name
        """Wait until the profile is ready and return it; outages and time are as with ``order.wait``.

        Args:
            timeout: seconds of real time, 15 minutes by default; None waits as long as it takes.

        Raises:
            OrderFailed: the creation ended FAILED.
            WaitTimeout: it is still running at the deadline.
            NotFoundError: the server knew no such creation in three polls over three minutes.
            AuthenticationError, PermissionDeniedError: the key is refused, or may not read profiles.
            ConfigurationError: the client was closed meanwhile; it says how to come back.

        Example:
            >>> profile.wait().status
            'SUCCEEDED'
        """
        patient = replace(self._context, profile_timeout=seconds_of(timeout))
        self._purchase = await carry_out_and_tell(patient, self._purchase)
        return self


class AsyncProfiles(Resource):
    """``client.profiles``."""

    async def create(
        self, icp: ICP, *, wait: bool = True, idempotency_key: str | None = None, again: bool = False
    ) -> AsyncProfile:
        """Create a search profile from *icp* and return it, ready unless *wait* is False.

        Args:
            icp: the description; checked before anything is sent.
            wait: False returns as soon as the server has taken the job.
            idempotency_key: the caller's key; the same key and ICP return the same profile.
            again: make another profile although an equal one was made within ten minutes.

        Raises:
            ValidationError: the ICP breaks a documented bound; lists all of them.
            OrderFailed: the creation ended FAILED.
            UnsafeToRetry: an equal profile was made within ten minutes, or may have been made more than a day ago.

        Example:
            >>> client.profiles.create(icp, again=True).status
            'SUCCEEDED'
        """
        if not isinstance(icp, ICP):
            raise ConfigurationError(
                f"a profile cannot be made of a {type(icp).__name__}.", next_step="Pass an op.ICP."
            )
        refuse(icp.problems(), "the profile")
        key = check_key(idempotency_key) if idempotency_key is not None else self._context.sender.clock.token()
        now: datetime = self._context.sender.clock.now()
        purchase = Purchase(key=key, profile_key=key, kind=PurchaseKind.PROFILE, profile=icp.body(), intended_at=now)
        committed, _ = await off_loop(
            self._context.journal.intend, purchase, again=again, adopt=idempotency_key is None
        )
        last = PurchaseStep.NOTHING if wait else PurchaseStep.AWAIT_PROFILE
        made = await carry_out_and_tell(self._context, committed, last=last)
        await off_loop(self._context.journal.give, [made.key], now)
        return AsyncProfile(self._context, made)
