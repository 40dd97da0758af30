"""The town: faces between main roads become quarters, quarters plots, plots buildings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from . import names
from .blocks import Junctions, cut_block
from .civic import commerce, farmland, hospital, market, office, park, school, waiting, works
from .curves import lines_of, polygons_of
from .footprints import fit_shape, wing
from .frame import rng
from .housing import gated_estate, old_court, self_built, slab_block, terraces
from .model import County, Street
from .plan import DIVIDERS
from .quarters import GRAINS, LANDMARKS, QUARTERS, USES
from .sites import Ground, Site
from .terrain import Terrain


@dataclass(frozen=True)
class Plot:
    """One plot and the quarter it belongs to."""

    block: Polygon
    quarter: str


def cut_town(county: County, roads: list[LineString], terrain: Terrain) -> list[Plot]:
    """Cut every quarter into plots, adding its streets to the county."""
    frame = [terrain.rail, terrain.river_area.exterior, terrain.county.exterior]
    dividers = [LineString(d) for d in DIVIDERS]
    edges = shapely.union_all([*roads, *frame, *dividers], grid_size=0.01)
    faces = [
        p for g in shapely.get_parts(shapely.polygonize([edges])) for p in shapely.get_parts(g)
    ]
    xy = shapely.get_coordinates(edges)
    values, counts = np.unique(np.round(xy, 2), axis=0, return_counts=True)
    joints = Junctions(values[counts > 2])
    wet = shapely.union_all([terrain.water.buffer(6), terrain.rail.buffer(16)])
    lane_names, street_names = names.endless(names.LANES), names.endless(names.STREETS)
    plots: list[Plot] = []
    done: set[int] = set()
    for x, y, quarter in QUARTERS:
        found = [i for i, f in enumerate(faces) if f.contains(Point(x, y))]
        if not found or found[0] in done:
            continue
        done.add(found[0])
        draw = rng(f"cut {x} {y}")
        pieces, streets = cut_block(faces[found[0]], GRAINS[quarter], joints, draw)
        plots.extend(Plot(p, quarter) for p in pieces)
        for line, highway in streets:
            for part in lines_of(line.difference(wet), 18):
                name = ""
                if part.length > 70 and highway in {"residential", "living_street"}:
                    name = next(lane_names if quarter == "old" else street_names)
                county.streets.append(Street(part, highway, name))
    return plots


def fill_town(county: County, plots: list[Plot], terrain: Terrain) -> None:
    """Build on every plot."""
    ground = Ground(county, terrain)
    marks = {
        i: (use, name)
        for x, y, use, name in LANDMARKS
        for i, p in enumerate(plots)
        if p.block.contains(Point(x, y))
    }
    for i, plot in enumerate(plots):
        setback = {"old": 0.6, "market": 1.2, "edge": 1.5}.get(plot.quarter, 3.0)
        draw = rng(f"site {plot.block.centroid.x:.0f} {plot.block.centroid.y:.0f}")
        area = shapely.union_all(polygons_of(ground.buildable(plot.block, setback), 120))
        if area.is_empty:
            continue
        site = Site(plot.block, area, ground, draw, plot.quarter)
        use, name = marks.get(i, ("", ""))
        if not use:
            kinds, weights = zip(*USES[plot.quarter], strict=True)
            use = str(draw.choice(kinds, p=np.array(weights) / sum(weights)))
        _build(site, use, name)


def _build(site: Site, use: str, name: str) -> None:
    if use in _NAMED:
        _NAMED[use](site, name)
    else:
        _PLAIN[use](site)


def _temple(site: Site, name: str) -> None:
    """Three halls one behind the other; old houses around them."""
    area = max(polygons_of(site.area), key=lambda p: p.area)
    halls: list[Polygon] = []
    middle = area.representative_point()
    for k, size in ((0, 18), (-24, 14), (24, 12)):
        hall = fit_shape(area, wing(size, size * 0.7, 9, ""), site.draw, angle=0.05,
                         near=Point(middle.x, middle.y + k))  # fmt: skip
        if hall is not None and not any(hall.dwithin(h, 5) for h in halls):
            halls.append(hall)
            site.put(hall, "public", "temple", 1, name="" if len(halls) > 1 else name)
    rest = area.difference(shapely.union_all([h.buffer(8) for h in halls]))
    old_court(Site(site.block, rest, site.ground, site.draw, site.quarter))


def _square(site: Site, name: str) -> None:
    site.green(site.area.buffer(-4), "leisure", "park", name)
    a = site.area.representative_point()
    for t in (0.1, 0.35, 0.6, 0.85):
        p = site.area.boundary.interpolate(t, normalized=True)
        line = site.link(p)
        if line is not None and line.length < 60:
            site.way(LineString([(a.x, a.y), *line.coords]), "footway")


def _station(site: Site, name: str) -> None:
    """The station house stands along the track."""
    rail = site.ground.terrain.rail
    middle = rail.interpolate(rail.project(site.block.centroid))
    d = rail.project(middle)
    p, q = rail.interpolate(d - 20), rail.interpolate(d + 20)
    turn = float(np.arctan2(q.y - p.y, q.x - p.x))
    area = max(polygons_of(site.area), key=lambda g: g.area)
    hall = fit_shape(area, wing(88, 20, 20, ""), site.draw, angle=turn, near=middle, tries=900)
    if hall is not None:
        site.put(hall, "public", "station", 2, name=name)
        area = area.difference(hall.buffer(46))
    rest = Site(site.block, area, site.ground, site.draw, site.quarter)
    for part in sorted(rest.parts(700), key=lambda g: g.bounds)[:3]:
        house = fit_shape(part, wing(34, 16, 16, ""), site.draw)
        if house is not None:
            site.put(house, "commercial", "hotel", 5)


_PLAIN: dict[str, Callable[[Site], None]] = {
    "old": old_court,
    "self": self_built,
    "slabs": slab_block,
    "walled": lambda s: gated_estate(s, towers=False, era="unit"),
    "gated": lambda s: gated_estate(s, towers=False),
    "towers": lambda s: gated_estate(s, towers=True),
    "rows": lambda s: slab_block(s, floors=(5, 6, 6), era="resettled"),
    "terraces": terraces,
    "waiting": waiting,
    "bare": lambda _: None,
    "farm": farmland,
}
_NAMED: dict[str, Callable[[Site, str], None]] = {
    "school": school,
    "office": office,
    "hospital": hospital,
    "commerce": commerce,
    "market": market,
    "works": works,
    "park": park,
    "temple": _temple,
    "square": _square,
    "station": _station,
}
