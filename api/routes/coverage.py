"""Coverage: ask, follow, read, draw."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from api.deps import Services, ServicesDep, SessionDep, StoreDep
from api.headers import REPORT_CSP
from api.routes.tiles import MVT, tile_response
from api.schemas.coverage import Classes, Job, Question, Run
from api.schemas.places import RunCurves, RunPlaces
from api.schemas.why import Why
from api.settings import report_assets
from layers import jobs
from layers.db import Database
from layers.io.progress import Progress
from layers.question import Question as CoverageQuestion
from layers.rights import Right
from layers.usecases import coverage, results
from layers.usecases.reports import Order, make_report
from layers.usecases.run_curves import run_curves
from layers.usecases.run_places import run_places
from layers.usecases.why import why

router = APIRouter(tags=["coverage"])
RunId = Annotated[str, Path(pattern=r"^[0-9a-f]{8,64}$")]
Lang = Literal["zh", "en"]
Rules = Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
OFFICE = "application/vnd.openxmlformats-officedocument"
OFFICE_TYPES = {
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
}


@router.post(
    "/api/coverage/runs", status_code=202, responses={200: {"model": Job}, 202: {"model": Job}}
)
def ask(question: Question, parts: ServicesDep, store: StoreDep, response: Response) -> Job:
    """Compute coverage; 200 with a finished job when the same question is stored already."""
    asked = CoverageQuestion(**question.model_dump())
    known = coverage.stored_run_id(store, parts.cache, asked)
    if known is not None:
        response.status_code = 200
        return Job(
            id=known, kind="coverage", state="done", percent=100, step="", run=known, error=None
        )

    def work(store: Database, progress: Progress) -> str:
        return str(coverage.run_coverage(store, parts.cache, asked, progress)["run"])

    return Job(**parts.jobs.submit(store, "coverage", asked.canonical(), Right.COMPUTE, work))


@router.get("/api/jobs/{job_id}")
def job(job_id: Annotated[str, Path(max_length=64)], store: StoreDep) -> Job:
    """Return how far a job has come."""
    return Job(**jobs.job_document(store, job_id))


@router.delete("/api/jobs/{job_id}")
def cancel(job_id: Annotated[str, Path(max_length=64)], store: StoreDep) -> Job:
    """Ask a job to stop; nothing it did is stored."""
    return Job(**jobs.cancel_job(store, job_id))


@router.get("/api/coverage/runs/{run_id}")
def run(run_id: RunId, session: SessionDep) -> Run:
    """Return a stored run."""
    return Run(**coverage.as_document(coverage.get_run(session, run_id)))


@router.get("/api/coverage/runs/{run_id}/area")
def area(run_id: RunId, parts: ServicesDep, store: StoreDep) -> Response:
    """Return the area within reach as GeoJSON: dissolved, then one feature per station."""
    text = results.run_area(store, parts.cache, run_id)
    return Response(text, media_type="application/geo+json")


@router.get("/api/coverage/runs/{run_id}/classes")
def classes(
    run_id: RunId,
    session: SessionDep,
    scope: Literal["grids", "communities"] = "grids",
    figure: Annotated[str, Query(max_length=40)] = "households_per_km2",
    scheme: Literal["natural", "equal", "quantile"] = "natural",
    k: Annotated[int, Query(ge=1, le=9)] = 5,
) -> Classes:
    """Return the class breaks of a figure for the map's legend."""
    return Classes(**results.run_classes(session, run_id, scope, figure, scheme, k))


@router.get("/api/coverage/runs/{run_id}/places")
def places(run_id: RunId, parts: ServicesDep, store: StoreDep) -> RunPlaces:
    """Return who has a place: served, over capacity, out of reach, by community and grid, and stations' loads."""
    return RunPlaces(**run_places(store, parts.cache, run_id))


@router.get("/api/coverage/runs/{run_id}/curves")
def curves(run_id: RunId, parts: ServicesDep, store: StoreDep) -> RunCurves:
    """Return the figures of the run's pictures: by minutes, by distance, density, reached area against the circle."""
    return RunCurves(**run_curves(store, parts.cache, run_id))


@router.get("/api/coverage/runs/{run_id}/report.html")
def report(
    run_id: RunId, parts: ServicesDep, store: StoreDep, lang: Lang = "zh", rules: Rules = None
) -> Response:
    """Return the run as one self-contained HTML map, fenced off from the session it was asked in."""
    page = _report(Order(run_id, "html", lang, rules), parts, store)
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": REPORT_CSP})


@router.get("/api/coverage/runs/{run_id}/report.docx", response_class=Response)
def letter(
    run_id: RunId, parts: ServicesDep, store: StoreDep, lang: Lang = "zh", rules: Rules = None
) -> Response:
    """Return the report of the run as a document to hand in."""
    return _office_file(Order(run_id, "docx", lang, rules), parts, store)


@router.get("/api/coverage/runs/{run_id}/report.xlsx", response_class=Response)
def workbook(
    run_id: RunId, parts: ServicesDep, store: StoreDep, lang: Lang = "zh", rules: Rules = None
) -> Response:
    """Return the tables of the run's report as a workbook."""
    return _office_file(Order(run_id, "xlsx", lang, rules), parts, store)


def _report(order: Order, parts: Services, store: Database) -> bytes:
    return make_report(store, parts.cache, order, report_assets(), parts.settings.credits)


def _office_file(order: Order, parts: Services, store: Database) -> Response:
    name = f"report-{order.run_id}.{order.ending}"
    return Response(
        _report(order, parts, store),
        media_type=OFFICE_TYPES[order.ending],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/api/coverage/runs/{run_id}/why/{building:path}")
def why_building(run_id: RunId, building: str, parts: ServicesDep, store: StoreDep) -> Why:
    """Return a building's walk street by street, and why it is or is not within reach."""
    return Why(**why(store, parts.cache, run_id, building))


@router.get("/tiles/coverage/{run_id}/{z}/{x}/{y}.mvt", response_class=Response, responses=MVT)
def coverage_tile(run_id: RunId, z: int, x: int, y: int, session: SessionDep) -> Response:
    """Return a vector tile of every building's status in a run."""
    return tile_response(results.run_tile(session, run_id, z, x, y))


@router.get("/api/buildings/{code:path}")
def building(
    code: str, session: SessionDep, run: Annotated[str | None, Query(max_length=64)] = None
) -> dict[str, Any]:
    """Return one building's card, with its walk in a run."""
    return results.building_card(session, code, run)
