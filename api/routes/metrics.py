"""Counts and times of requests for Prometheus."""

from __future__ import annotations

import time

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

router = APIRouter(tags=["metrics"])
REQUESTS = Counter("wangge_requests", "Requests by route and status", ["route", "status"])
SECONDS = Histogram("wangge_request_seconds", "Seconds to answer by route", ["route"])


class Measured:
    """Count requests under their route's pattern, never under the address itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; one that ends in an error nobody foresaw is answered 500 further out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            REQUESTS.labels(route, status).inc()
            SECONDS.labels(route).observe(time.perf_counter() - begin)


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Return the metrics in Prometheus' text form."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
