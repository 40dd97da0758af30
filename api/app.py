"""The web service: wiring only."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.deps import Services
from api.errors import add_error_handlers
from api.routes import coverage, layers, metrics, tiles
from api.settings import WEB_DIST, Settings
from layers.db import Database
from layers.inputs import InputCache
from layers.jobs import JobRunner
from layers.usecases.results import warm_up
from layers.version import VERSION

NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>网格 Wangge</title>"
    "<p>The page is not built: run <code>make run</code>."
)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """Return the service over an opened store."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs = JobRunner(database)
        cache = InputCache(settings.home)
        app.state.services = Services(settings, database, cache, jobs)
        # The first visitor should not wait for what every visitor asks first.
        threading.Thread(target=warm_up, args=(database, cache), daemon=True).start()
        yield
        jobs.close()

    # The stock pages of documentation load their scripts from elsewhere; ours are served here.
    app = FastAPI(
        title="Wangge 网格", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    add_error_handlers(app)
    app.include_router(layers.router)
    app.include_router(coverage.router)
    app.include_router(tiles.router)
    app.include_router(metrics.router)
    app.middleware("http")(metrics.measure)
    _serve_page(app)
    return app


def _serve_page(app: FastAPI) -> None:
    """Serve the built page at `/`; its files carry content hashes and may be kept for ever."""
    if (WEB_DIST / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=WEB_DIST / "assets"), name="assets")

    if (WEB_DIST / "docs").is_dir():
        app.mount("/docs-assets", StaticFiles(directory=WEB_DIST / "docs"), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Wangge 网格",
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
        )

    @app.middleware("http")
    async def keep_assets(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        if request.url.path.startswith("/assets/") and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

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
