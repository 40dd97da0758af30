"""The public page and what it shows; nobody signs in here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.deps import ServicesDep
from api.settings import WEB_DIST
from layers.usecases import overview, public

router = APIRouter(tags=["public"])
Code = Annotated[str, Path(pattern=r"^\d{12}$")]
NO_CACHE = {"Cache-Control": "no-cache"}


@router.get("/public/{code}", include_in_schema=False)
def page(code: Code) -> Response:
    """Return the public page; it asks for its community by the code in its address."""
    del code
    built = WEB_DIST / "public.html"
    if not built.exists():
        return HTMLResponse("<!doctype html><p>The page is not built: run make run.", 503)
    return FileResponse(built, headers=NO_CACHE)


@router.get("/api/public/communities/{code}")
def community(code: Code, parts: ServicesDep, response: Response) -> dict[str, Any]:
    """Return the published grids of a community, without any household figure."""
    with parts.database.session("reader") as session:
        found = public.public_community(session, code)
    with parts.database.session() as session:
        credit = overview.credits_of(session)
        sample = overview.store_facts(session)["sample"]
    response.headers.update(NO_CACHE)
    return {
        **found,
        "supervision_phone": parts.settings.supervision_phone,
        "map_review_number": parts.settings.map_review_number,
        "attribution": [*credit, *parts.settings.attribution],
        "sample": sample,
    }


@router.get("/api/public/communities/{code}/find")
def find(
    code: Code, parts: ServicesDep, q: Annotated[str, Query(max_length=60)] = ""
) -> dict[str, Any]:
    """Find an address of the community and the grid it lies in."""
    with parts.database.session("reader") as session:
        return public.find_places(session, code, q)
