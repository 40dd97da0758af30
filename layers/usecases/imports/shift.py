"""Notices positions that come from a phone map although their file says otherwise.

A layer in GCJ-02 or BD-09 lies 170 to 610 m off and looks right. Rows that name their community
give it away: too many lie outside it, and inside once the offset is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.io.coordinates import SHIFTED
from layers.usecases.imports.skeleton import as_points

FEWEST_ROWS = 8
SUSPICIOUS_SHARE = 0.1
"""Of rows outside their community; so many more must be inside after taking the offset back."""


def shift_notes(session: Session, geometry: Any, communities: Sequence[str | None]) -> list[str]:
    """Return one note when positions look shifted, else nothing.

    Parameters
    ----------
    geometry
        (n,) geometries in EPSG:4326, None where a row has no place.
    communities
        (n,) codes of the communities that the rows say they lie in.
    """
    known = _polygons(session, sorted({code for code in communities if code}))
    chosen = [
        i
        for i, (shape, code) in enumerate(zip(geometry, communities, strict=True))
        if shape is not None and code in known
    ]
    if len(chosen) < FEWEST_ROWS:
        return []
    areas = np.array([known[communities[i] or ""] for i in chosen], dtype=object)
    lon_lat = shapely.get_coordinates(as_points(np.asarray(geometry, dtype=object)[chosen]))
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    outside = _share_outside(areas, lon, lat)
    best = min(
        ((_share_outside(areas, *back(lon, lat)), name) for name, back in SHIFTED.items()),
    )
    if outside - best[0] < SUSPICIOUS_SHARE:
        return []
    share, name = best
    note = (
        f"{outside:.0%} of {len(chosen)} positions lie outside the community they name, "
        f"{share:.0%} if they are taken as {name}: the file may be shifted, try --crs {name}"
    )
    return [note]


def _share_outside(areas: Any, lon: Any, lat: Any) -> float:
    return float(1 - shapely.intersects_xy(areas, lon, lat).mean())


def _polygons(session: Session, codes: list[str]) -> dict[str, Any]:
    """Return the areas of communities in force, prepared for many questions."""
    if not codes:
        return {}
    found = session.execute(
        text(
            "SELECT code, ST_AsBinary(geom) FROM division_version "
            "WHERE valid_to IS NULL AND code = ANY(:codes)"
        ),
        {"codes": codes},
    )
    areas = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in found}
    for area in areas.values():
        shapely.prepare(area)
    return areas
