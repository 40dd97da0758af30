"""In which grid a position lies, when it is only known to within a circle.

One rule decides everywhere, on the server and on a phone without network: a position belongs to the grid whose land
covers it, on a border or vertex to the first of those in the order they are given (smaller grids before those they are
nested in, then by code); the answer is sure when the whole circle of error lies on that land. The land of a grid is its
area without the grids nested in it. Measures are taken in the plane that touches the ellipsoid at the position: within
10 km they are right to 0.1 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.crs import GEOD, FloatArray

SEMI_MAJOR_M = 6378137.0
ECCENTRICITY_2 = 0.0066943799901413165
"""Of the WGS 84 ellipsoid; CGCS2000's differs in the eleventh digit."""
SHARE_DIGITS, METRE_DIGITS = 4, 1
FAR_M = 50_000.0
"""Further than any phone's map reaches: from there the plane is left for the ellipsoid."""
STRIP_M = 0.1
"""What is narrower on average between outlines that were drawn apart is no land."""

INSIDE, BORDER, OUTSIDE = "inside", "border", "outside"


@dataclass(frozen=True)
class Candidate:
    """A grid that the circle of error touches."""

    index: int
    """Of the grid among those that were given."""
    share: float
    """Of the circle, 0 to 1; of a circle without size 1 for the grid of the position."""
    border_m: float
    """From the position to the grid's border."""


@dataclass(frozen=True)
class Located:
    """Where a position lies."""

    status: str
    """`inside`: the whole circle lies in one grid; `border`: it does not; `outside`: it touches none."""
    grid: int | None
    """Index of the grid that has the position; outside of the nearest; None where there is none."""
    border_m: float | None
    """To the border of that grid."""
    bearing_deg: float | None
    """Outside: clockwise from north, towards the nearest point of that grid."""
    candidates: tuple[Candidate, ...]
    """Grids the circle touches, the largest share first; none outside."""
    outside_share: float
    """Share of the circle that lies in no grid."""


def plane_at(lat: float) -> tuple[float, float]:
    """Return the metres of one degree east and one degree north at a latitude in degrees."""
    phi = math.radians(lat)
    bent = 1 - ECCENTRICITY_2 * math.sin(phi) ** 2
    north = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / bent**1.5
    east = SEMI_MAJOR_M / math.sqrt(bent) * math.cos(phi)
    return math.radians(east), math.radians(north)


def box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """Return the box (west, south, east, north in degrees) that holds a circle in metres."""
    east, north = plane_at(lat)
    # A millimetre more than the circle, so that rounding never leaves out a grid that touches it.
    reach = radius_m + 0.001
    return lon - reach / east, lat - reach / north, lon + reach / east, lat + reach / north


def land_left(grid: Any, nested: Sequence[Any]) -> Any | None:
    """Return the land of a larger grid that none of the grids nested in it covers, None where nothing is left.

    Grids made of the same cells share every vertex, and nothing is left between them; of outlines that were drawn
    apart, strips narrower than `STRIP_M` are left out.

    Parameters
    ----------
    grid, nested
        Polygons or multipolygons, degrees WGS 84.
    """
    left = shapely.difference(grid, shapely.union_all(nested))
    pieces = [piece for piece in shapely.get_parts(left) if _width_m(piece) >= STRIP_M]
    return shapely.multipolygons(pieces) if pieces else None


def _width_m(piece: Any) -> float:
    """Return how wide a polygon is on average, in metres."""
    scale = np.array(plane_at(shapely.bounds(piece)[1]))
    flat = shapely.transform(piece, lambda at: at * scale)
    return 2 * float(shapely.area(flat)) / (float(shapely.length(flat)) or 1.0)


def locate(lon: float, lat: float, accuracy_m: float | None, grids: Sequence[Any]) -> Located:
    """Say in which of the grids a position lies.

    Parameters
    ----------
    lon, lat
        The position, degrees WGS 84.
    accuracy_m
        Radius of the circle of error; None for a position that was pointed at, which counts as exact.
    grids
        Their land, polygons or multipolygons in degrees: every grid that the circle touches must be among them, and
        where it touches none the nearest. Between grids on a common border their order decides.
    """
    radius = accuracy_m or 0.0
    rings = [_rings(grid, lon, lat) for grid in grids]
    near = [_nearest(each) for each in rings]
    covers = shapely.intersects(np.array(grids, dtype=object), shapely.Point(lon, lat))
    having = np.flatnonzero(covers).tolist()
    own = having[0] if having else None
    if own is not None and (radius == 0 or near[own][0] >= radius):
        here = Candidate(own, 1.0, _metres(near[own][0]))
        return Located(INSIDE, own, here.border_m, None, (here,), 0.0)
    touched = [n for n in range(len(grids)) if near[n][0] < radius or n == own]
    if not touched:
        return _outside(near, lon, lat)
    shares = [_circle_area(rings[n], radius) / (math.pi * radius**2) for n in touched]
    found = sorted(
        (
            Candidate(n, round(share, SHARE_DIGITS), _metres(near[n][0]))
            for n, share in zip(touched, shares, strict=True)
        ),
        key=lambda item: (-item.share, item.index),
    )
    outside = round(max(0.0, 1.0 - sum(shares)), SHARE_DIGITS)
    return Located(
        BORDER, own, None if own is None else _metres(near[own][0]), None, tuple(found), outside
    )


def _outside(near: Sequence[tuple[float, float, float]], lon: float, lat: float) -> Located:
    if not near:
        return Located(OUTSIDE, None, None, None, (), 1.0)
    nearest = min(range(len(near)), key=lambda n: near[n][0])
    metres, x, y = near[nearest]
    degrees = math.degrees(math.atan2(x, y))
    if metres > FAR_M:
        east, north = plane_at(lat)
        degrees, _, metres = GEOD.inv(lon, lat, lon + x / east, lat + y / north)
    bearing = round(degrees % 360, METRE_DIGITS) % 360
    return Located(OUTSIDE, nearest, _metres(metres), bearing, (), 1.0)


def _metres(value: float) -> float:
    return round(value, METRE_DIGITS)


def _rings(grid: Any, lon: float, lat: float) -> list[tuple[FloatArray, bool]]:
    """Return the rings of a grid in metres about the position, (n, 2) closed, and whether each is a hole."""
    east, north = plane_at(lat)
    scale, origin = np.array([east, north]), np.array([lon, lat])
    found = []
    for part in shapely.get_parts(grid):
        for number, ring in enumerate((part.exterior, *part.interiors)):
            found.append(((shapely.get_coordinates(ring) - origin) * scale, number > 0))
    return found


def _nearest(rings: Sequence[tuple[FloatArray, bool]]) -> tuple[float, float, float]:
    """Return the distance from the position to the border and its nearest point (x, y)."""
    best = (math.inf, 0.0, 0.0)
    for ring, _ in rings:
        start, step = ring[:-1], np.diff(ring, axis=0)
        length = (step**2).sum(axis=1)
        along = np.clip(-(start * step).sum(axis=1) / np.where(length == 0, 1, length), 0, 1)
        point = start + along[:, None] * step
        distance = np.hypot(point[:, 0], point[:, 1])
        n = int(distance.argmin())
        best = min(best, (float(distance[n]), float(point[n, 0]), float(point[n, 1])))
    return best


def _circle_area(rings: Sequence[tuple[FloatArray, bool]], radius: float) -> float:
    """Return the area, m², that rings about the centre of a circle have in common with it."""
    total = 0.0
    for ring, hole in rings:
        area = abs(_signed_circle_area(ring[:-1], ring[1:], radius))
        total += -area if hole else area
    return max(0.0, total)


def _signed_circle_area(start: FloatArray, end: FloatArray, radius: float) -> float:
    """Return the signed area that a ring has in common with a circle about the origin.

    Every edge spans a triangle with the origin: the part of it within the circle is a triangle between the places
    where the edge enters and leaves the circle, and sectors beside it.
    """
    step = end - start
    a = (step**2).sum(axis=1)
    a = np.where(a == 0, 1, a)
    b = (start * step).sum(axis=1)
    root = b**2 - a * ((start**2).sum(axis=1) - radius**2)
    cut = np.sqrt(np.maximum(root, 0))
    first, last = np.clip((-b - cut) / a, 0, 1), np.clip((-b + cut) / a, 0, 1)
    enter, leave = start + first[:, None] * step, start + last[:, None] * step
    crossing = (root > 0) & (last > first)
    within = _cross(enter, leave) / 2
    sector = radius**2 / 2
    beside = _angle(start, enter) + _angle(leave, end)
    return float(np.where(crossing, within + sector * beside, sector * _angle(start, end)).sum())


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _angle(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.arctan2(_cross(a, b), (a * b).sum(axis=1)))
