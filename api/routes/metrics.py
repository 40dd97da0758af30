"""Counts and times of requests for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

router = APIRouter(tags=["metrics"])
REQUESTS = Counter("wangge_requests", "Requests by route and status", ["route", "status"])
SECONDS = Histogram("wangge_request_seconds", "Seconds to answer by route", ["route"])


async def measure(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Count a request under its route's pattern, never under the address itself."""
    begin = time.perf_counter()
    response = await call_next(request)
    route = getattr(request.scope.get("route"), "path", "other")
    REQUESTS.labels(route, response.status_code).inc()
    SECONDS.labels(route).observe(time.perf_counter() - begin)
    return response


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Return the metrics in Prometheus' text form."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
