"""What a person, or a script, is told of an error."""

from __future__ import annotations

import json
from typing import Any, Final

from openprospect_nb.errors import OpenProspectError, ValidationError

# What single classes carry beside the root's facts; `details` stays out, since it holds the server's raw answer.
CARRIED: Final = ("retry_after", "required_scopes", "user_scopes", "order_id", "order_status", "pending")


def explain(error: OpenProspectError) -> str:
    """Return what a person at a terminal reads of an error: one line a broken field, and the next step."""
    if isinstance(error, ValidationError) and error.fields:
        lines = [f"  {problem.field}: {problem.message}" for problem in error.fields]
        return "\n".join(["error: these fields must be corrected:", *lines, error.next_step])
    return f"error: {error}"


def as_json(error: OpenProspectError) -> str:
    """Return an error as one line of JSON: ``{"error": {"type": …, "message": …, "next_step": …, …}}``."""
    facts: dict[str, Any] = {
        "type": type(error).__name__,
        "message": error.message,
        "next_step": error.next_step,
        "status": error.status,
        "code": error.code,
        "request": error.request,
    }
    if isinstance(error, ValidationError):
        facts["fields"] = [{"field": problem.field, "message": problem.message} for problem in error.fields]
    facts |= {name: getattr(error, name) for name in CARRIED if hasattr(error, name)}
    return json.dumps({"error": facts})
