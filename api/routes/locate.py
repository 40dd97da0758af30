"""Where am I, and whose grid is it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from api.deps import ServicesDep, VisitDep
from api.schemas.locate import LocateAsked, Located
from layers.usecases.locate import locate_in, locate_quickly

router = APIRouter(tags=["locate"])
HEADERS = {"Cache-Control": "private, no-store"}


@router.get("/api/locate", response_model=Located)
async def locate(
    parts: ServicesDep, visit: VisitDep, given: Annotated[LocateAsked, Query()]
) -> Response:
    """Return the grid of a position, how sure that is, and who is responsible there.

    `accuracy_m` is the radius of the circle of error; left out, the position counts as exact. `crs` says in which
    coordinates the position is given; the answer is WGS 84.
    """
    asked = (given.lon, given.lat, given.accuracy_m, given.as_of, given.crs)
    found = await locate_quickly(parts.readers, visit.actor, *asked)
    if found is None:
        found = await run_in_threadpool(locate_in, parts.database.acting(visit.actor), *asked)
    # Written as the schema writes it, without being read and checked against it again; a test compares the two.
    return Response(to_json(found), media_type="application/json", headers=HEADERS)
