"""The field rules of requests as types, from which validation and the OpenAPI document both come."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from openprospect_nb.contract import MAX_URL
from openprospect_nb.sandbox.server.problems import invalid

_UUID: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_NOT_BLANK: Final = r"[^ \t\r\n]"
# credentials and blanks have no place in it
_WEB_ADDRESS: Final = (
    r"^https?://([^\u0000-\u0020/?#@:\[\]]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][^\u0000-\u0020]*)?$"
)
_PLAIN_WORDS: Final = {
    _UUID: "must be a UUID",
    _NOT_BLANK: "must not be empty",
    _WEB_ADDRESS: "must be an http or https address",
}
_ECHO_LIMIT: Final = 200  # letters of a refused value that the response repeats

Identifier = Annotated[
    str, StringConstraints(strict=True, pattern=_UUID, to_lower=True), Field(json_schema_extra={"format": "uuid"})
]
WebAddress = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_URL, pattern=_WEB_ADDRESS)]
# As in JSON Schema, 5.0 is an integer.
WHOLE: Final = BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)


def text(limit: int) -> StringConstraints:
    """Return the rule of a string of 1 to *limit* characters that is not blank."""
    return StringConstraints(strict=True, min_length=1, max_length=limit, pattern=_NOT_BLANK)


def is_identifier(value: str) -> bool:
    """Whether *value* is a UUID in the usual spelling."""
    return re.fullmatch(_UUID, value) is not None


class RequestBody(BaseModel):
    """A JSON object as sent; ``null`` counts as absent, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data


class Findings:
    """The broken rules of one request, in the order they were met."""

    def __init__(self) -> None:
        self.problems: list[dict[str, Any]] = []

    def add(self, field: str, error: str, provided: Any = None) -> None:
        """Note that *field* breaks a rule; long values are echoed in part."""
        if isinstance(provided, list | dict):
            provided = json.dumps(provided, ensure_ascii=False)
        if isinstance(provided, str):
            provided = provided[:_ECHO_LIMIT]
        self.problems.append({"field": field, "error": error, "provided": provided})

    def stop(self) -> None:
        """Raise the 422 if anything was noted."""
        if self.problems:
            raise invalid(self.problems)


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], data: Mapping[str, Any], findings: Findings | None = None) -> M:
    """Return *data* as *model*, or raise the 422 that names every broken rule, those in *findings* first."""
    findings = findings or Findings()
    try:
        request = model.model_validate(dict(data))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            sent = None if problem["type"] == "missing" else problem["input"]
            # where the value stands, such as companies[3].city
            steps = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
            findings.add("".join(steps).removeprefix(".") or "body", _words(problem), sent)
        raise invalid(findings.problems) from None
    findings.stop()
    return request


def _words(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "missing":
            return "is required"
        case "none_required":
            return "cannot be sent with this kind of request"
        case "string_pattern_mismatch":
            return _PLAIN_WORDS[problem["ctx"]["pattern"]]
        case _:
            return problem["msg"].removeprefix("Value error, ")
