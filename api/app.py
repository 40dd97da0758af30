"""The web service: wiring only."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import Depends, FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.access import admit
from api.deps import Services
from api.errors import add_error_handlers
from api.headers import SecurityHeaders
from api.limits import BodyLimit, HostCheck, RateLimit, photo_limit, sign_in_limit
from api.routes import (
    accounts,
    audit,
    campaigns,
    coverage,
    events,
    exports,
    layers,
    locate,
    metrics,
    phone,
    plans,
    public,
    session,
    standards,
    tiles,
    whatif,
)
from api.settings import WEB_DIST, Settings
from layers.db import Database
from layers.housekeeping import Housekeeper
from layers.inputs import InputCache
from layers.jobs import JobRunner, stop_when
from layers.rights import local_administrator
from layers.usecases.results import warm_up
from layers.version import VERSION

NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>网格 Wangge</title>"
    "<p>The page is not built: run <code>make run</code>."
)
DOCS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Wangge 网格</title>
<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/docs-assets/swagger-ui.css">
<div id="swagger-ui"></div><script src="/docs-assets/swagger-ui-bundle.js"></script>
<script src="/docs-assets/start.js"></script></html>"""
BURST_S = 6
"""A map that opens asks for hundreds of tiles at once: so many seconds' worth of requests."""


def create_app(settings: Settings, database: Database) -> FastAPI:
    """Return the service over an opened store, in which nobody acts until the door says who."""
    database = replace(database, actor=None)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs = JobRunner()
        cache = InputCache(settings.home)
        readers = database.readers()
        app.state.services = Services(settings, database, readers, cache, jobs)
        keeper = Housekeeper(database, settings.sign_in, settings.syslog, events=settings.events)
        keeper.start()
        # FastAPI builds its routes at the first request, with a change of Python's warnings that other
        # threads may take back: it is done before there are any.
        deque(iter_route_contexts(app.routes), maxlen=0)
        # The first visitor should not wait for what every visitor asks first.
        own = database.acting(local_administrator())
        closing = threading.Event()
        warming = threading.Thread(
            target=warm_up, name="warm-up", args=(own, cache, stop_when(closing))
        )
        warming.start()
        yield
        closing.set()
        warming.join()
        jobs.close()
        keeper.close()
        await readers.close()

    # The stock pages of documentation load their scripts from elsewhere; ours are served here.
    app = FastAPI(
        title="Wangge 网格",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(admit)],
    )
    add_error_handlers(app)
    for room in (
        session, layers, locate, phone, coverage, whatif, plans, standards, tiles, exports, accounts, audit,
        public, metrics, events, campaigns,
    ):  # fmt: skip
        app.include_router(room.router)
    _serve_page(app)
    _guard(app, settings)
    return app


def _guard(app: FastAPI, settings: Settings) -> None:
    """Put the door's guards around the service, the innermost first."""
    rate = settings.requests_per_second
    app.add_middleware(metrics.Measured)
    app.add_middleware(BodyLimit, larger=(photo_limit(settings.photo_mb),))
    app.add_middleware(
        RateLimit,
        per_second=rate,
        burst=max(1, int(rate * BURST_S)),
        stricter=(sign_in_limit(settings.sign_ins_per_minute),),
    )
    app.add_middleware(HostCheck, hosts=settings.host_names)
    app.add_middleware(SecurityHeaders, map_hosts=settings.map_hosts, tls=settings.tls)
    if settings.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.proxies))


class KeptFiles(StaticFiles):
    """Files whose names carry their content's hash, so that browsers may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or what says that there is none."""
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _serve_page(app: FastAPI) -> None:
    """Serve the built page at `/`, with its files."""
    if (WEB_DIST / "assets").is_dir():
        app.mount("/assets", KeptFiles(directory=WEB_DIST / "assets"), name="assets")

    if (WEB_DIST / "docs").is_dir():
        app.mount("/docs-assets", StaticFiles(directory=WEB_DIST / "docs"), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(DOCS)

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        index = WEB_DIST / "index.html"
        if not index.exists():
            return HTMLResponse(NOT_BUILT, status_code=503)
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    @app.get("/favicon.svg", include_in_schema=False)
    def icon() -> Response:
        icon = WEB_DIST / "favicon.svg"
        return FileResponse(icon) if icon.exists() else Response(status_code=204)
