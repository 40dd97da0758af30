"""A site: one plot of a block with what may be built on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from . import names
from .curves import polygons_of
from .model import Building, County, Estate, Green, Street
from .terrain import Terrain

MAIN = {"primary", "secondary", "tertiary"}


class Ground:
    """The streets and waters that every site keeps clear of."""

    def __init__(self, county: County, terrain: Terrain) -> None:
        self.county = county
        self.terrain = terrain
        self._streets = [s for s in county.streets if s.span != "tunnel"]
        self._tree = shapely.STRtree([s.line for s in self._streets])
        self._wet = shapely.union_all([terrain.water.buffer(9), terrain.stream.buffer(7)])
        self._rail = terrain.rail.buffer(17)
        self.new_names = names.endless(names.NEW_ESTATES)
        self.old_names = names.endless(names.OLD_ESTATES)
        self.shop_names = names.endless(names.SHOPS)
        self.terrace_names = names.endless(names.TERRACES)
        self.factory_names = names.endless(names.FACTORIES)

    def streets_near(self, shape: BaseGeometry, reach: float = 0.0) -> list[Street]:
        found = self._tree.query(shape, predicate="dwithin", distance=max(reach, 0.01))
        return [self._streets[i] for i in sorted(found)]

    def buildable(self, block: Polygon, setback: float) -> BaseGeometry:
        """Return the block without street space, water, railway; `setback` metres inside that."""
        near = self.streets_near(block, 25)
        space = [s.line.buffer(s.width / 2 + setback, cap_style="flat") for s in near]
        rest = block.buffer(-setback - 0.8).difference(shapely.union_all(space))
        return rest.difference(self._wet).difference(self._rail)


@dataclass
class Site:
    """One plot: its block, what may be built on, and the tools to build."""

    block: Polygon
    area: Polygon
    ground: Ground
    draw: np.random.Generator
    quarter: str

    @property
    def county(self) -> County:
        return self.ground.county

    def main_streets(self) -> list[Street]:
        return [s for s in self.ground.streets_near(self.block, 3) if s.highway in MAIN]

    def along_main(self, depth: float) -> BaseGeometry:
        """Return the part of the site within `depth` metres of a main street's space."""
        space = [s.line.buffer(s.width / 2 + depth) for s in self.main_streets()]
        return self.area.intersection(shapely.union_all(space)) if space else Polygon()

    def link(self, point: Point, clear_of: Iterable[BaseGeometry] = ()) -> LineString | None:
        """Return the shortest line from the point to a street around the block, or None."""
        found: list[tuple[float, LineString]] = []
        for street in self.ground.streets_near(self.block, 3):
            if street.span:
                continue
            foot = nearest_points(street.line, point)[0]
            line = LineString([point, foot])
            if not any(line.crosses(o) for o in clear_of) and line.length > 1:
                found.append((line.length, line))
        return min(found, key=lambda f: f[0])[1] if found else None

    def put(self, shape: Polygon, kind: str, use: str, floors: int, **more: object) -> Building:
        """Add a building with this footprint and return it."""
        building = Building(shape, kind, use, floors)
        for key, value in more.items():
            setattr(building, key, value)
        self.county.buildings.append(building)
        return building

    def estate(self, polygon: Polygon, name: str, era: str, *, gated: bool) -> Estate:
        made = Estate(polygon, name, gated, era)
        self.county.estates.append(made)
        return made

    def green(self, polygon: BaseGeometry, key: str, value: str, name: str = "") -> None:
        for part in polygons_of(polygon, 150):
            self.county.greens.append(Green(part, key, value, name))

    def way(self, line: LineString, highway: str, name: str = "", *, private: bool = False) -> None:
        self.county.streets.append(Street(line, highway, name, private=private))

    def parts(self, smallest: float) -> Iterator[Polygon]:
        yield from polygons_of(self.area, smallest)


def shrink(area: BaseGeometry, by: float, smallest: float = 60.0) -> list[Polygon]:
    """Return the polygon parts left after moving the edge inwards, slivers dropped."""
    return polygons_of(area.buffer(-by, join_style="mitre"), smallest)
