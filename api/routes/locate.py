"""Where am I, and whose grid is it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import SessionDep
from api.schemas.locate import Located
from layers.usecases.locate import MAX_ACCURACY_M, locate_position

router = APIRouter(tags=["locate"])


@router.get("/api/locate")
def locate(
    session: SessionDep,
    response: Response,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(gt=-90, lt=90, allow_inf_nan=False)],
    accuracy_m: Annotated[float | None, Query(ge=0, le=MAX_ACCURACY_M, allow_inf_nan=False)] = None,
    as_of: date | None = None,
    crs: Literal["wgs84", "gcj02", "bd09"] = "wgs84",
) -> Located:
    """Return the grid of a position, how sure that is, and who is responsible there.

    `accuracy_m` is the radius of the circle of error; left out, the position counts as exact. `crs` says in which
    coordinates the position is given; the answer is WGS 84.
    """
    response.headers["Cache-Control"] = "private, no-store"
    return Located(**locate_position(session, lon, lat, accuracy_m, as_of, crs))
