"""Refusals as RFC 9457 problem details: a stable `code`, a title, what to do next, and a page about it.

`problems.toml` holds the texts, by code and language. Nothing that the client sent is ever repeated.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final

import msgspec
from starlette.responses import Response

from ringfence.errors import RingfenceError
from ringfence.web.language import preferred

__all__ = [
    "LANGUAGES",
    "MEDIA_TYPE",
    "closed",
    "known_codes",
    "language_of",
    "of_error",
    "of_status",
    "problem",
    "texts",
]

MEDIA_TYPE: Final = "application/problem+json"
LANGUAGES: Final = ("en", "de")
_BY_STATUS: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "bad_request",
    415: "media_type",
}


@cache
def _catalogue() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = resources.files(__package__).joinpath("problems.toml").read_text("utf-8")
    return tomllib.loads(text)


def known_codes() -> frozenset[str]:
    """Every code that has a text."""
    return frozenset(_catalogue())


def texts(code: str, language: str, *, otherwise: str = "internal") -> Mapping[str, str]:
    """`title` and `todo` for a code; those of `otherwise` for a code without a text of its own."""
    catalogue = _catalogue()
    return catalogue.get(code, catalogue[otherwise])[language if language in LANGUAGES else LANGUAGES[0]]


def language_of(accept: str) -> str:
    """The language of the problem texts that an Accept-Language header likes best."""
    return preferred(accept, LANGUAGES)


def problem(
    status: int,
    code: str,
    *,
    language: str = LANGUAGES[0],
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One refusal. `facts` must be closed values: names from our configuration, counts, versions."""
    said = texts(code, language, otherwise=_generic(status))
    body = {
        "type": f"/problems/{code}",
        "title": said["title"],
        "status": status,
        "detail": said["todo"],
        "code": code,
        **(facts or {}),
    }
    return Response(
        msgspec.json.encode(body),
        status,
        media_type=MEDIA_TYPE,
        headers={"content-language": language, "cache-control": "no-store", **(headers or {})},
    )


def of_error(error: RingfenceError, language: str) -> Response:
    """An error of ours with its own code and status; the facts of faults on our side stay with us."""
    ours = error.http_status >= 500
    headers = {}
    if error.http_status == 401:
        headers["www-authenticate"] = "Bearer"
    after = error.facts.get("retry_after")
    if isinstance(after, int | float):
        headers["retry-after"] = str(max(1, round(after)))
    return problem(
        error.http_status, error.code, language=language, facts=None if ours else error.facts, headers=headers
    )


def of_status(status: int, language: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal that only has a status, as routers make them."""
    return problem(status, _generic(status), language=language, headers=headers)


def _generic(status: int) -> str:
    return _BY_STATUS.get(status, "bad_request" if status < 500 else "internal")


def closed(locations: Iterable[tuple[str | int, ...]], allowed: frozenset[str]) -> list[str]:
    """Where in a body something is wrong, by names of ours only: a name that the client made up could be anything."""
    return sorted({".".join(str(part) for part in where if part in allowed) or "body" for where in locations})
