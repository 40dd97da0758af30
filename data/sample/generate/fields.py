"""Farmland round the hamlets and the tracks that lead into it."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, substring

from .blocks import Grain, Junctions, cut_block
from .curves import blob, crooked, polygons_of
from .frame import rng
from .model import County, Green, Street
from .terrain import Terrain
from .villages import HAMLETS, Country, branch_line

# Farmed land round places that are no hamlets: x, y, size.
FARMED = ((-3400, -60, 360.0), (-3300, 420, 200.0), (-1000, -60, 330.0), (-250, 500, 200.0),
          (-150, -1000, 200.0), (3400, 350, 200.0), (4250, -1050, 200.0), (1700, 2150, 200.0),
          (-1500, 1150, 200.0), (-2700, 250, 200.0), (600, 1450, 220.0))  # fmt: skip


def _fields(x: float, y: float, size: float, draw: np.random.Generator) -> list[Polygon]:
    """Return patches of farmland round a place."""
    out = []
    for k in range(7):
        a = 2 * np.pi * k / 7 + draw.uniform(-0.4, 0.4)
        r = size * draw.uniform(1.1, 2.3)
        out.append(blob(x + r * np.cos(a), y + r * np.sin(a), draw.uniform(120, 240),
                        draw.uniform(90, 170), draw, 0.16))  # fmt: skip
    return out


def lay_fields(county: County, terrain: Terrain) -> None:
    """Lay farmland round all hamlets, clear of houses, streets, woods and water."""
    country = Country(county, terrain, Point(0, 0))
    places = [(h.x, h.y, 26 * np.sqrt(h.houses)) for h in HAMLETS] + list(FARMED)
    patches: list[Polygon] = []
    for x, y, size in places:
        patches.extend(_fields(x, y, size, rng(f"fields {x} {y}")))
    woods = shapely.union_all([p.buffer(8) for p in terrain.forests])
    space = shapely.union_all(
        [b.polygon.buffer(16) for b in county.buildings]
        + [s.line.buffer(s.width / 2 + 3) for s in county.streets]
    )
    taken = shapely.union_all([woods, space, country.wet, terrain.rail.buffer(14)])
    taken = taken.union(shapely.union_all([g.polygon for g in county.greens]))
    land = shapely.union_all(patches).difference(taken).intersection(terrain.county.buffer(-20))
    draw = rng("fields")
    nowhere = Junctions(np.full((1, 2), 1e9))
    for part in sorted(polygons_of(land.buffer(-7).buffer(6), 2500), key=lambda p: p.bounds):
        # Fields with baulks between them; some lie fallow.
        plots, _ = cut_block(part, Grain(11000, 2.5, 9, "", ""), nowhere, draw)
        for plot in plots:
            if draw.random() < 0.8:
                for field in polygons_of(plot.buffer(-2.6, join_style="mitre"), 1200):
                    county.greens.append(Green(field.simplify(1.2), "landuse", "farmland"))


def _until_road(track: LineString, roads: BaseGeometry) -> LineString:
    """Return the track up to the first road it meets away from its start."""
    hits = [
        track.project(p)
        for p in shapely.get_parts(track.intersection(roads))
        if p.geom_type == "Point"
    ]
    hits = [d for d in hits if d > 15]
    return substring(track, 0, min(hits)) if hits else track


def field_tracks(
    county: County, terrain: Terrain, borders: BaseGeometry, no_go: BaseGeometry
) -> None:
    """Lead tracks from the lanes into the fields and to the next road where it is near."""
    country = Country(county, terrain, borders)
    houses = shapely.union_all([b.polygon.buffer(3) for b in county.buildings])
    barred = shapely.union_all([country.wet, terrain.rail.buffer(20), houses, no_go])
    shapely.prepare(barred)
    for hamlet in HAMLETS:
        if hamlet.access == "none":
            continue
        draw = rng(f"tracks {hamlet.name}")
        near = Point(hamlet.x, hamlet.y).buffer(26 * np.sqrt(hamlet.houses))
        ends = [
            shapely.get_point(s.line, -1)
            for s in county.streets
            if s.highway in {"unclassified", "service", "footway"}
            and near.contains(shapely.get_point(s.line, -1))
        ]
        made = 0
        for end in ends[:14]:
            for _ in range(5):
                out = np.arctan2(end.y - hamlet.y, end.x - hamlet.x) + draw.normal(0, 0.5)
                track = branch_line(end, float(out), draw.uniform(260, 640), draw, 14)
                rest = shapely.get_point(track, -1)
                foot = nearest_points(country.roads, rest)[0]
                if foot.distance(rest) < 160 and hamlet.access == "road":
                    track = crooked(LineString([*track.coords, (foot.x, foot.y)]), draw, 6, 90)
                track = _until_road(track, country.roads)
                if (
                    track.length > 90
                    and track.is_simple
                    and not barred.intersects(track)
                    and terrain.county.contains(track)
                ):
                    county.streets.append(Street(track, "track"))
                    made += 1
                    break
            if made == 3:
                break
