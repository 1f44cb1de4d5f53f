"""From answers and refusals to HTTP responses."""

from __future__ import annotations

from starlette.responses import Response

from openprospect_nb.sandbox.server.call import Answer, answer
from openprospect_nb.sandbox.server.problems import Problem

__all__ = ["refusal", "response"]


def response(given: Answer) -> Response:
    """Return the HTTP response of an answer."""
    media_type = None if given.status == 204 else "application/json"
    return Response(given.body, given.status, given.headers, media_type)


def refusal(problem: Problem) -> Response:
    """Return the HTTP response of a refusal."""
    return response(answer(problem.status, problem.body, problem.headers))
