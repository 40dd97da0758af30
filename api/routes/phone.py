"""The grid worker's phone: the page, its service worker, what it keeps, and the counts it proposes."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.deps import SameAccountDep, ServicesDep, SessionDep
from api.schemas.phone import BuildingPlace, Check, CheckAsked, CheckDecision, Checks, PhoneHome
from api.settings import WEB_DIST
from layers.usecases import household_checks, overview, phone

router = APIRouter(tags=["phone"])
NO_CACHE = {"Cache-Control": "no-cache"}
GridCode = Annotated[str, Path(max_length=40)]


@router.get("/m", include_in_schema=False)
def page() -> Response:
    """Return the phone page; it works without being installed."""
    built = WEB_DIST / "m.html"
    if not built.exists():
        return HTMLResponse("<!doctype html><p>The page is not built: run make run.", 503)
    return FileResponse(built, headers=NO_CACHE)


@router.get("/m/sw.js", include_in_schema=False)
def service_worker() -> Response:
    """Return the script that keeps the phone page; it may answer for `/m` and below."""
    built = WEB_DIST / "m" / "sw.js"
    if not built.exists():
        return Response(status_code=404)
    headers = {**NO_CACHE, "Service-Worker-Allowed": "/m"}
    return FileResponse(built, headers=headers, media_type="text/javascript")


@router.get("/m/manifest.webmanifest", include_in_schema=False)
def manifest() -> Response:
    """Say how the page looks when it is put on a phone's first screen."""
    built = WEB_DIST / "m" / "manifest.webmanifest"
    if not built.exists():
        return Response(status_code=404)
    return FileResponse(built, headers=NO_CACHE, media_type="application/manifest+json")


@router.get("/api/phone")
def home(session: SessionDep, parts: ServicesDep) -> PhoneHome:
    """Say whose phone this is, which grids are the own ones today, and what its map has to name."""
    return PhoneHome(
        **phone.phone_home(session),
        attribution=[*overview.credits_of(session), *parts.settings.attribution],
        map_review_number=parts.settings.map_review_number,
        sample=overview.store_facts(session)["sample"],
    )


@router.get("/api/phone/grids/{code}", response_class=Response)
def package(code: GridCode, request: Request, session: SessionDep) -> Response:
    """Return a grid with neighbours, border streets, streets and buildings, at most 300 KB, to be kept offline."""
    body, tag = phone.grid_package(session, code)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.get("/api/phone/buildings/{code:path}")
def building_place(
    code: Annotated[str, Path(max_length=200)], session: SessionDep
) -> BuildingPlace:
    """Say where a building stands whose code was scanned, also outside the own grids."""
    return BuildingPlace.model_validate(phone.place_of_building(session, code))


@router.get("/api/household-checks")
def list_checks(
    session: SessionDep,
    state: Literal["proposed", "accepted", "returned"] | None = None,
    division: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> Checks:
    """Return counts that were proposed, and what the open ones would do to the band of each grid."""
    return Checks.model_validate(household_checks.list_checks(session, state, division, limit))


@router.post("/api/household-checks", dependencies=[SameAccountDep], status_code=201)
def propose(given: CheckAsked, session: SessionDep, response: Response) -> Check:
    """Propose households of a building; the same again is answered 200 and stored once."""
    kept, new = household_checks.propose_check(
        session, household_checks.Check(**given.model_dump())
    )
    if not new:
        response.status_code = 200
    return Check.model_validate(kept)


@router.post("/api/household-checks/{check}/decision")
def decide(check: UUID, given: CheckDecision, session: SessionDep) -> Check:
    """Accept a proposal, which makes it a count of the building, or return it with a reason."""
    return Check.model_validate(
        household_checks.decide_check(session, check, accept=given.accept, reason=given.reason)
    )
