"""The way to the server: one request out, one response or one error back."""

from __future__ import annotations

from openprospect_nb.transport.responses import Call, Response
from openprospect_nb.transport.retry import RetryPolicy, WaitNotice
from openprospect_nb.transport.sender import Attempts, Sender

__all__ = ["Attempts", "Call", "Response", "RetryPolicy", "Sender", "WaitNotice"]

# The name before it had one that says more.
Answer = Response
