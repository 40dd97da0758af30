"""River, lakes, railway, woods and the outline of the county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from . import plan
from .curves import band, blob, crooked, polygons_of, smooth
from .frame import rng


@dataclass(frozen=True)
class Terrain:
    """The ground the county stands on; `water` is the union of river and lakes."""

    county: Polygon
    township_border: LineString
    river: LineString
    river_area: Polygon
    stream: LineString
    rail: LineString
    lakes: tuple[tuple[Polygon, str], ...]
    forests: tuple[Polygon, ...]
    water: BaseGeometry


def _river(line: LineString) -> Polygon:
    """Return the bed of the river, a little wider in the bends than on straight reaches."""
    n = len(shapely.get_coordinates(line))
    s = np.linspace(0, 1, n)
    half = plan.RIVER_HALF_WIDTH * (1 + 0.13 * np.sin(23 * s + 1) + 0.09 * np.sin(61 * s))
    return band(line, half)


def _moat() -> Polygon:
    """Return the water that still follows the former wall for a quarter of its way."""
    out, half, a, b = plan.MOAT
    ring = next(r for r in plan.ROADS if r.closed)
    bank = Polygon(smooth(ring.points, closed=True)).buffer(out).exterior
    return substring(bank, a, b, normalized=True).simplify(1.0).buffer(half, quad_segs=4)


def _rough(ring: LineString, spacing: float, push: float) -> LineString:
    """Return the closed line re-drawn through points pushed about, one every `spacing` metres."""
    draw = rng(f"outline {spacing} {ring.length:.0f}")
    at = np.linspace(0, 1, int(ring.length / spacing), endpoint=False)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(ring, at, normalized=True))
    return smooth((xy + draw.normal(0, push, xy.shape)).tolist(), closed=True, step=60)


def build_terrain() -> Terrain:
    """Return the terrain; the same on every call."""
    draw = rng("terrain")
    county = Polygon(_rough(_rough(smooth(plan.COUNTY, closed=True), 620, 110), 170, 30))
    river = smooth(plan.RIVER)
    bed = _river(river)
    lakes = []
    for x, y, rx, ry, name in plan.LAKES:
        lakes.append((blob(x, y, rx, ry, draw, 0.08), name))
    lakes.append((_moat(), "护城河"))
    rail = smooth(plan.RAIL, step=40)
    water = shapely.union_all([bed, *(p for p, _ in lakes)])
    keep_off = shapely.union_all([water.buffer(25), rail.buffer(40)])
    forests: list[Polygon] = []
    for x, y, rx, ry in plan.FORESTS:
        wood = Polygon(_rough(blob(x, y, rx, ry, draw, 0.15).exterior, 85, 17)).buffer(0)
        wood = wood.intersection(county.buffer(-15)).difference(keep_off)
        forests.extend(polygons_of(wood, 8000))
    merged = polygons_of(MultiPolygon([]).union(shapely.union_all(forests)), 8000)
    return Terrain(
        county=county,
        township_border=crooked(smooth(plan.TOWNSHIP_BORDER), draw, 14, 90),
        river=river,
        river_area=bed,
        stream=crooked(smooth(plan.STREAM), draw, 12, 70),
        rail=rail,
        lakes=tuple(lakes),
        forests=tuple(sorted(merged, key=lambda p: p.bounds)),
        water=water,
    )
