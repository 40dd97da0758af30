"""Where am I, and whose grid is it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from api.deps import ServicesDep, VisitDep
from api.schemas.locate import Located
from layers.usecases.locate import MAX_ACCURACY_M, locate_in, locate_quickly

router = APIRouter(tags=["locate"])
HEADERS = {"Cache-Control": "private, no-store"}


@router.get("/api/locate", response_model=Located)
async def locate(
    parts: ServicesDep,
    visit: VisitDep,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(gt=-90, lt=90, allow_inf_nan=False)],
    accuracy_m: Annotated[float | None, Query(ge=0, le=MAX_ACCURACY_M, allow_inf_nan=False)] = None,
    as_of: date | None = None,
    crs: Literal["wgs84", "gcj02", "bd09"] = "wgs84",
) -> Response:
    """Return the grid of a position, how sure that is, and who is responsible there.

    `accuracy_m` is the radius of the circle of error; left out, the position counts as exact. `crs` says in which
    coordinates the position is given; the answer is WGS 84.
    """
    asked = (lon, lat, accuracy_m, as_of, crs)
    found = await locate_quickly(parts.readers, visit.actor, *asked)
    if found is None:
        found = await run_in_threadpool(locate_in, parts.database.acting(visit.actor), *asked)
    # Written as the schema writes it, without being read and checked against it again; a test compares the two.
    return Response(to_json(found), media_type="application/json", headers=HEADERS)
