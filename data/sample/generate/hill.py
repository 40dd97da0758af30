"""The hill park with its paths and pagoda, and the green banks of the river in town."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import nearest_points

from .curves import crooked, lines_of, polygons_of, smooth
from .footprints import cross
from .frame import rng
from .model import Building, County, Green, Street
from .terrain import Terrain

HILL = Point(2200, 1620)
# The reach of the river that runs through the town.
TOWN_REACH = Point(1300, -40).buffer(1060)


def _ring(area: Polygon, inset: float, draw: np.random.Generator) -> LineString:
    core = max(polygons_of(area.buffer(-inset)), key=lambda p: p.area)
    n = max(9, int(core.exterior.length / 75))
    pts = [
        core.exterior.interpolate(t, normalized=True) for t in np.linspace(0, 1, n, endpoint=False)
    ]
    return smooth([(p.x + draw.normal(0, 9), p.y + draw.normal(0, 9)) for p in pts], closed=True)


def build_hill(county: County, terrain: Terrain) -> None:
    """Add the paths, the steps up from the town and the pagoda on the top."""
    draw = rng("hill")
    hill = min(terrain.forests, key=lambda p: p.distance(HILL))
    edge = shapely.union_all([s.line.buffer(s.width / 2 + 6) for s in county.streets])
    wood = max(polygons_of(hill.difference(edge)), key=lambda p: p.area)
    county.greens.append(Green(wood, "leisure", "park", "文峰山公园"))
    outer, inner = _ring(wood, 55, draw), _ring(wood, 165, draw)
    top = Polygon(inner).centroid
    for ring in (outer, inner):
        county.streets.append(Street(ring, "path", "文峰山步道"))
    for t in (0.1, 0.45, 0.75):
        a = outer.interpolate(t, normalized=True)
        b = nearest_points(inner, a)[0]
        way = crooked(LineString([(a.x, a.y), (b.x, b.y)]), draw, 12, 45)
        county.streets.append(Street(way, "path"))
    foot = nearest_points(inner, Point(top.x, top.y - 50))[0]
    county.streets.append(Street(LineString([(foot.x, foot.y), (top.x, top.y)]), "steps"))
    roads = shapely.union_all(
        [s.line for s in county.streets if s.highway in {"tertiary", "primary", "unclassified"}]
    )
    left, bottom, right, _ = wood.bounds
    middle = wood.centroid
    for x, y in ((middle.x, bottom), (left, middle.y), (right, middle.y)):
        start = nearest_points(roads, Point(x, y))[0]
        end = nearest_points(outer, start)[0]
        way = crooked(LineString([(start.x, start.y), (end.x, end.y)]), draw, 7, 60)
        county.streets.append(Street(way, "footway" if x == middle.x else "path"))
    tower = cross(16, 3)
    moved = translate(tower, top.x + 12, top.y + 4)
    county.buildings.append(Building(moved, "other", "pagoda", 7, name="文峰塔"))


def build_banks(county: County, terrain: Terrain) -> None:
    """Add the green strip between the river and the riverside roads, with a walk along it."""
    strip = terrain.river_area.buffer(34).difference(terrain.river_area.buffer(1.5))
    roads = shapely.union_all([s.line.buffer(s.width / 2 + 1) for s in county.streets])
    houses = shapely.union_all([b.polygon.buffer(6) for b in county.buildings])
    green = strip.intersection(TOWN_REACH).difference(roads).difference(houses)
    for part in polygons_of(green.buffer(-3).buffer(3), 1200):
        county.greens.append(Green(part.simplify(0.5), "leisure", "park", "滨江公园"))
    clear = shapely.union_all(
        [
            terrain.water.buffer(3),
            houses,
            *(s.line.buffer(9) for s in county.streets if s.width > 8),
        ]
    )
    streets = shapely.union_all([s.line for s in county.streets if s.width > 8 and not s.span])
    for side in (1, -1):
        walk = terrain.river.offset_curve(side * 47.0)
        for part in lines_of(walk.intersection(TOWN_REACH).difference(clear), 120):
            line = LineString(shapely.get_coordinates(part.simplify(0.8)))
            county.streets.append(Street(line, "footway", "滨江步道"))
            for t in (0.03, 0.5, 0.97):
                a = line.interpolate(t, normalized=True)
                b = nearest_points(streets, a)[0]
                link = LineString([(a.x, a.y), (b.x, b.y)])
                if 1 < link.length < 60 and not link.intersects(houses):
                    county.streets.append(Street(link, "footway"))
