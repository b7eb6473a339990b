"""For whoever runs the server: alive, ready, metrics, and what each problem code means."""

from fastapi import APIRouter, Request, Response

from ringfence.web.api.bodies import Ready
from ringfence.web.api.errors import NotFound
from ringfence.web.api.guard import from_here, within
from ringfence.web.api.ports import Metrics, Readiness
from ringfence.web.api.settings import Network
from ringfence.web.problem import known_codes, language_of, texts

__all__ = ["operations"]

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def operations(readiness: Readiness, metrics: Metrics, metrics_from: tuple[Network, ...]) -> APIRouter:
    """GET /healthz, /readyz, /metrics, /problems/{code}."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="The process runs")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get(
        "/readyz",
        summary="Calls can come in",
        responses={503: {"model": Ready, "description": "Not yet, or not any more; `missing` says why."}},
    )
    async def readyz(response: Response) -> Ready:
        missing = list(readiness.missing())
        response.status_code = 503 if missing else 200
        return Ready(ready=not missing, missing=missing)

    @router.get(
        "/metrics",
        summary="Prometheus metrics; from this machine and declared networks only",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Counts; nobody is named."}},
    )
    async def read_metrics(request: Request) -> Response:
        if not from_here(request.scope) and not within(request.scope, metrics_from):
            raise NotFound
        return Response(metrics.render(), headers={"content-type": _EXPOSITION})

    @router.get("/problems/{code}", summary="What a problem code means, and what to do")
    async def explain(code: str, request: Request) -> dict[str, str]:
        if code not in known_codes():
            raise NotFound
        return {"code": code, **texts(code, language_of(request.headers.get("accept-language", "")))}

    return router
