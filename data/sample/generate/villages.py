"""Villages: hamlets on their lanes, houses along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from .curves import crooked, lines_of, polygons_of
from .footprints import wing
from .frame import rng
from .model import Building, County, Group, Street
from .terrain import Terrain


@dataclass(frozen=True)
class Hamlet:
    """One villager group: where it lies and how many houses it has."""

    village: str
    name: str
    x: float
    y: float
    houses: int
    # "road": its lanes lead to the road; "ferry": its lanes reach no road; "none": no lanes drawn.
    access: str = "road"


HAMLETS = (
    Hamlet("上塘村", "上塘", -2190, 2130, 62), Hamlet("上塘村", "塘头", -1930, 2650, 40),
    Hamlet("上塘村", "樟树下", -1640, 1750, 34), Hamlet("上塘村", "西坞", -2820, 1700, 38),
    Hamlet("上塘村", "岭背", -1720, 3380, 30),
    Hamlet("柳湾村", "柳湾", -1260, -2280, 60), Hamlet("柳湾村", "下洲", -330, -1900, 40),
    Hamlet("柳湾村", "桥头", -1250, -1150, 42), Hamlet("柳湾村", "老屋", -1520, -1780, 36),
    Hamlet("柳湾村", "陈墩", -820, -2330, 30),
    Hamlet("石坑村", "石坑", -4620, 1560, 64), Hamlet("石坑村", "下坑", -3560, 1060, 48),
    Hamlet("石坑村", "牛栏岗", -4200, 1240, 52), Hamlet("石坑村", "库尾", -4250, 3010, 22, "ferry"),
    Hamlet("茶源村", "茶源", -4680, -3180, 72, "none"), Hamlet("茶源村", "上岭", -4080, -2500, 54, "none"),
    Hamlet("茶源村", "竹坑", -5020, -2430, 46, "none"), Hamlet("茶源村", "枫树坪", -3350, -3150, 40, "none"),
    Hamlet("双桥村", "双桥", 3880, -1500, 56), Hamlet("双桥村", "东岸", 4700, -1700, 38),
    Hamlet("双桥村", "坝上", 3000, -2330, 46), Hamlet("双桥村", "河口", 1720, -2800, 42),
    Hamlet("双桥村", "南渡", 1250, -1560, 36),
    Hamlet("文峰社区", "北塘", 2620, 2760, 30), Hamlet("文峰社区", "江东", 800, 2700, 26),
    Hamlet("桥西社区", "渡头", 120, 1700, 28), Hamlet("铁东社区", "樟岗", 4150, 1950, 30),
)  # fmt: skip


class Country:
    """What a new lane, house or track has to keep clear of."""

    def __init__(self, county: County, terrain: Terrain, borders: BaseGeometry) -> None:
        self.county = county
        self.terrain = terrain
        self.wet = shapely.union_all([terrain.water.buffer(10), terrain.stream.buffer(8)])
        self.barred = shapely.union_all([self.wet, terrain.rail.buffer(20), borders.buffer(9)])
        self.roads = shapely.union_all([s.line for s in county.streets if not s.span])

    def space(self, around: Polygon) -> BaseGeometry:
        """Return the space of streets and of buildings that stand already, near the area."""
        streets = [s for s in self.county.streets if s.line.dwithin(around, 20)]
        houses = [b.polygon for b in self.county.buildings if b.polygon.dwithin(around, 20)]
        return shapely.union_all(
            [*(s.line.buffer(s.width / 2 + 0.5) for s in streets), *(h.buffer(3) for h in houses)]
        )


def branch_line(
    start: Point, heading: float, length: float, draw: np.random.Generator, bend: float = 4.0
) -> LineString:
    end = (start.x + length * np.cos(heading), start.y + length * np.sin(heading))
    return crooked(LineString([(start.x, start.y), end]), draw, bend, 35)


def _lanes(hamlet: Hamlet, country: Country, draw: np.random.Generator) -> list[LineString]:
    """Return the lanes of the hamlet, the first of them the one that meets the road."""
    centre = Point(hamlet.x, hamlet.y)
    size = 26 * np.sqrt(hamlet.houses)
    if hamlet.access == "road":
        foot = nearest_points(country.roads, centre)[0]
        heading = float(np.arctan2(centre.y - foot.y, centre.x - foot.x))
        if foot.distance(centre) < 12:
            heading = float(draw.uniform(0, 2 * np.pi))
    else:
        foot = Point(hamlet.x - size * 0.7, hamlet.y - size * 0.1)
        heading = float(draw.uniform(-0.3, 0.5))
    main = branch_line(foot, heading, foot.distance(centre) + size * 0.55, draw)
    lanes = [main]
    for k in range(2 + hamlet.houses // 14):
        parent = lanes[int(draw.integers(0, min(len(lanes), 3)))]
        at = parent.interpolate(draw.uniform(0.25, 0.95), normalized=True)
        after = parent.interpolate(min(parent.length, parent.project(at) + 2))
        before = parent.interpolate(max(0.0, parent.project(at) - 2))
        along = np.arctan2(after.y - before.y, after.x - before.x)
        side = 1 if k % 2 else -1
        lane = branch_line(
            at, along + side * draw.uniform(1.15, 1.9), draw.uniform(0.35, 0.8) * size, draw, 3
        )
        lanes.append(lane)
    kept = []
    for lane in lanes:
        parts = lines_of(lane.difference(country.barred), 25)
        start = shapely.get_point(lane, 0)
        parts = [p for p in parts if p.distance(start) < 0.5]
        kept.extend(parts[:1])
    return kept


def _house(draw: np.random.Generator) -> Polygon:
    w, d = draw.uniform(10.5, 15.5), draw.uniform(9.0, 12.0)
    if draw.random() < 0.28:
        shape = wing(w, d + draw.uniform(3, 6), draw.uniform(6, 7.5), "L")
        return affinity.scale(shape, -1, 1) if draw.random() < 0.5 else shape
    return box(0, 0, w, d)


def _houses(
    hamlet: Hamlet, lanes: list[LineString], country: Country, draw: np.random.Generator
) -> list[Polygon]:
    """Return houses along the lanes and the near road, those next to the centre first."""
    centre = Point(hamlet.x, hamlet.y)
    size = 26 * np.sqrt(hamlet.houses)
    around = centre.buffer(size * 1.25)
    road = [(p, 9.0) for p in lines_of(country.roads.intersection(around), 30)]
    if hamlet.access != "road":
        road = []
    spots: list[tuple[float, Polygon]] = []
    for line, setback in [*((p, 4.0) for p in lanes), *road]:
        for side in (-1, 1):
            for row in (0, 1):
                d = draw.uniform(2, 10)
                while d < line.length - 3:
                    a, b = line.interpolate(d), line.interpolate(min(d + 4, line.length))
                    turn = float(np.arctan2(b.y - a.y, b.x - a.x)) + draw.normal(0, 0.06)
                    off = setback + draw.uniform(5.5, 8.5) + row * draw.uniform(16, 21)
                    x = a.x - side * np.sin(turn) * off
                    y = a.y + side * np.cos(turn) * off
                    shape = _house(draw)
                    c = shape.centroid
                    shape = affinity.translate(shape, x - c.x, y - c.y)
                    shape = affinity.rotate(shape, turn, use_radians=True)
                    far = Point(x, y).distance(centre) * draw.uniform(0.8, 1.25) + 40 * row
                    spots.append((far, shape))
                    d += draw.uniform(14, 21)
    spots.sort(key=lambda s: s[0])
    local = shapely.union_all([country.space(around.buffer(90)), *(p.buffer(3.2) for p in lanes)])
    free = country.terrain.county.buffer(-30).difference(country.barred).difference(local)
    shapely.prepare(free)
    out: list[Polygon] = []
    for _, shape in spots:
        if len(out) == hamlet.houses:
            break
        if free.contains(shape) and not (out and shapely.dwithin(np.array(out), shape, 2.6).any()):
            out.append(shape)
    return out


def build_villages(county: County, terrain: Terrain, borders: BaseGeometry) -> list[Street]:
    """Add hamlets with lanes, groups and houses; return the lanes that nobody has mapped."""
    country = Country(county, terrain, borders)
    hidden: list[Street] = []
    for hamlet in HAMLETS:
        draw = rng(f"hamlet {hamlet.name}")
        lanes = _lanes(hamlet, country, draw)
        streets = []
        for i, lane in enumerate(lanes):
            highway = (
                "unclassified" if i == 0 else str(draw.choice(["service", "footway", "service"]))
            )
            streets.append(Street(lane, highway, f"{hamlet.name}路" if i == 0 else ""))
        (hidden if hamlet.access == "none" else county.streets).extend(streets)
        shapes = _houses(hamlet, lanes, country, draw)
        ring = shapely.union_all([s.buffer(34) for s in shapes]).buffer(-14).simplify(3)
        body = max(polygons_of(ring), key=lambda p: p.area)
        group = Group(Polygon(body.exterior), f"{hamlet.name}组", hamlet.village)
        group.as_point = hamlet.access == "none"
        county.groups.append(group)
        _settle(county, hamlet, group, shapes, draw)
    return hidden


def _settle(
    county: County, hamlet: Hamlet, group: Group, shapes: list[Polygon], draw: np.random.Generator
) -> None:
    """Turn the footprints into houses; the first hamlet of a village has its public buildings."""
    first = next(h for h in HAMLETS if h.village == hamlet.village) is hamlet
    first = first and hamlet.village.endswith("村")
    public = {
        0: ("村民委员会", "village_office"),
        1: ("村文化礼堂", "hall"),
        4: ("完全小学", "school"),
    }
    for i, shape in enumerate(shapes):
        if first and i in public:
            title, use = public[i]
            county.buildings.append(
                Building(shape, "public", use, 2, name=hamlet.village.removesuffix("村") + title)
            )
            continue
        floors = int(draw.choice([1, 2, 2, 3, 3]))
        dwellings = int(np.clip(round(shape.area * floors / 78), 2, 6))
        county.buildings.append(
            Building(shape, "residential", "farmhouse", floors, dwellings, "village", group=group)
        )
