"""The API's description (OpenAPI), where FastAPI errs: refusals are problems, and any POST may be repeated."""

from typing import Any, Final, final

from fastapi import FastAPI

from ringfence.web.api.bodies import ProblemDetails
from ringfence.web.problem import MEDIA_TYPE

__all__ = ["REFUSALS", "Described"]

_JSON: Final = "application/json"
_REPEATABLE: Final[dict[str, object]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "A key of the client's own: the same request sent again gets the same answer, for some minutes.",
}

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ProblemDetails, "description": "What is wrong with the request, and what to do."},
    "5XX": {"model": ProblemDetails, "description": "What failed here or at the PBX, and what to do."},
}
"""Every route's; `code` in the body is stable, and GET /problems/{code} says what it means."""


@final
class Described(FastAPI):
    """An application whose description tells the truth about its refusals."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            for item in super().openapi()["paths"].values():
                for method, operation in item.items():
                    _correct(method, operation)
        schema = self.openapi_schema
        assert schema is not None  # noqa: S101 - FastAPI keeps what it has made
        return schema


def _correct(method: str, operation: dict[str, Any]) -> None:
    for status in REFUSALS:
        content = operation["responses"][status]["content"]
        content[MEDIA_TYPE] = content.pop(_JSON)
    if method == "post":
        operation.setdefault("parameters", []).append(_REPEATABLE)
