"""Schools, offices, hospitals, markets, works, parks and land that waits."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .curves import blob, polygons_of, smooth
from .footprints import fit_shape, rectangle, slab_rows, south_angle, wing
from .housing import shop_front
from .model import Building, Green
from .sites import Site


def _main_part(site: Site) -> Polygon:
    return max(polygons_of(site.area), key=lambda p: p.area, default=Polygon())


def _drive_in(site: Site, goal: Point, *, private: bool = False) -> BaseGeometry:
    """Add a drive from the nearest street towards the goal; return its space."""
    line = site.link(goal)
    if line is None or line.length > 150:
        return Polygon()
    site.way(LineString(list(line.coords)[::-1]), "service", private=private)
    return line.buffer(5)


def _ensemble(
    site: Site,
    area: BaseGeometry,
    shapes: list[tuple[Polygon, int]],
    kind: str,
    use: str,
    name: str,
) -> list[Building]:
    """Place the shapes in the area one after the other; the first carries the name."""
    out: list[Building] = []
    turn = south_angle(site.area)
    for shape, floors in shapes:
        spot = fit_shape(area, shape, site.draw, angle=turn, near=_near(out))
        if spot is None:
            continue
        out.append(site.put(spot, kind, use, floors, name="" if out else name))
        area = area.difference(spot.buffer(11))
    return out


def _near(placed: list[Building]) -> Point | None:
    return None if not placed else placed[0].polygon.centroid


def school(site: Site, name: str = "", *, small: bool = False) -> None:
    """Teaching wings round a yard and a running track."""
    area: BaseGeometry = _main_part(site)
    k = 0.62 if small else 1.0
    turn = south_angle(area)
    track = affinity.rotate(
        rectangle(0, 0, 96 * k, 52 * k).buffer(14 * k, quad_segs=4), turn, use_radians=True
    )
    spot = fit_shape(area, track, site.draw, angle=0.0, tries=120)
    if spot is not None:
        # The field goes to one end, so that the houses have room.
        c, u = area.centroid, np.array([np.cos(turn), np.sin(turn)])
        for push in (90, 70, 50, 35, 20):
            moved = affinity.translate(spot, -u[0] * push, -u[1] * push)
            if area.contains(moved) and moved.centroid.distance(c) > spot.centroid.distance(c):
                spot = moved
                break
        site.county.greens.append(Green(spot, "leisure", "pitch"))
        area = area.difference(spot.buffer(8))
    shapes = [
        (wing(64 * k + 8, 46 * k + 6, 12, "U"), 5), (wing(54 * k + 6, 13, 13, ""), 4),
        (wing(46 * k + 6, 34 * k, 13, "L"), 4), (wing(34, 22, 22, ""), 2), (wing(40 * k, 12, 12, ""), 5),
    ]  # fmt: skip
    _ensemble(site, area, shapes, "public", "school", name)


def office(site: Site, name: str = "", use: str = "office") -> None:
    """An office compound: a main house with wings, smaller ones beside it, a forecourt lawn."""
    area: BaseGeometry = _main_part(site)
    size = float(np.clip(np.sqrt(area.area) * 0.5, 30, 76))
    kind = str(site.draw.choice(["U", "L", "T"]))
    shapes = [
        (wing(size, size * 0.6, 15, kind), 6), (wing(size * 0.7, 14, 14, ""), 4),
        (wing(size * 0.5, size * 0.4, 12, "L"), 3), (wing(26, 13, 13, ""), 3),
    ]  # fmt: skip
    made = _ensemble(site, area, shapes, "public", use, name)
    taken = shapely.union_all([b.polygon.buffer(7) for b in made])
    lawns = sorted(
        polygons_of(area.difference(taken).buffer(-5).buffer(3), 500), key=lambda p: -p.area
    )
    for lawn in lawns[:1]:
        site.green(lawn.simplify(0.8), "landuse", "grass")


def hospital(site: Site, name: str = "") -> None:
    """Ward blocks and an out-patient house with drive."""
    shapes = [
        (wing(72, 42, 17, "T"), 9), (wing(58, 17, 17, ""), 12), (wing(46, 32, 15, "L"), 5),
        (wing(40, 15, 15, ""), 4), (wing(22, 18, 18, ""), 2),
    ]  # fmt: skip
    _ensemble(site, _main_part(site), shapes, "public", "hospital", name)


def commerce(site: Site, name: str = "") -> None:
    """A department store or hotel with shops to the street."""
    area: BaseGeometry = _main_part(site)
    side = float(np.clip(np.sqrt(area.area) * 0.46, 22, 88))
    shapes = [(wing(side, side * 0.66, side * 0.4, "L"), 5), (wing(side * 0.6, 18, 18, ""), 9)]
    made = _ensemble(site, area, shapes, "commercial", "mall", name or next(site.ground.shop_names))
    taken = shapely.union_all([b.polygon.buffer(9) for b in made])
    rest = Site(site.block, site.area.difference(taken), site.ground, site.draw, site.quarter)
    shop_front(rest, 0.8)


def market(site: Site, name: str = "农贸市场") -> None:
    """Parallel market halls with a ring of shops."""
    shops = shop_front(site, 0.9)
    area = _main_part(site).difference(shapely.union_all([s.buffer(7) for s in shops]))
    halls = slab_rows(area, site.draw, depth=17, gap=9, lengths=(34, 44, 56, 70), aside=9)
    for i, hall in enumerate(halls):
        site.put(hall, "commercial", "market", 1, name="" if i else name)


def works(site: Site, name: str = "") -> None:
    """Factory halls in rows, an office at the gate."""
    area: BaseGeometry = _main_part(site)
    drive = _drive_in(site, area.centroid) if not area.is_empty else Polygon()
    area = area.difference(drive)
    title = name or next(site.ground.factory_names)
    front = fit_shape(area, wing(34, 13, 13, ""), site.draw, near=site.block.exterior.centroid)
    if front is not None:
        site.put(front, "industrial", "works_office", 3, name=title)
        area = area.difference(front.buffer(10))
    depth = float(site.draw.choice([20, 26, 34]))
    halls = slab_rows(area.buffer(-4), site.draw, depth=depth, gap=12,
                      lengths=(40, 56, 72, 90), aside=12, step_share=0)  # fmt: skip
    for i, hall in enumerate(halls):
        site.put(hall, "industrial", "works", 1, name=title if i == 0 and front is None else "")


def park(site: Site, name: str = "") -> None:
    """A park: lawn, a winding round path tied to the streets, a few pavilions."""
    block = site.block.buffer(-3).difference(shapely.union_all(
        [s.line.buffer(s.width / 2) for s in site.ground.streets_near(site.block, 12)]
    ))  # fmt: skip
    dry = block.difference(site.ground.terrain.water)
    parts = polygons_of(dry, 900)
    if not parts:
        return
    for part in parts:
        site.green(part.simplify(0.5), "leisure", "park", name)
    body = max(parts, key=lambda p: p.area)
    ring = polygons_of(body.buffer(-14).difference(site.ground.terrain.water.buffer(6)), 900)
    if not ring:
        return
    core = max(ring, key=lambda p: p.area)
    pts = [core.exterior.interpolate(t, normalized=True) for t in np.linspace(0, 1, 11)[:-1]]
    bent = [(p.x + site.draw.normal(0, 4), p.y + site.draw.normal(0, 4)) for p in pts]
    loop = smooth(bent, closed=True, step=14)
    wet = site.ground.terrain.water.buffer(3)
    if loop.intersects(wet) or not loop.is_simple:
        loop = LineString(core.exterior.simplify(2))
    site.way(loop, "footway")
    for t in (0.08, 0.33, 0.58, 0.83):
        start = loop.interpolate(t, normalized=True)
        line = site.link(start)
        if line is not None and line.length < 90 and not line.intersects(wet):
            site.way(line, "footway")
    if core.area > 9000:
        a, b = (loop.interpolate(t, normalized=True) for t in (0.2, 0.7))
        mid = core.representative_point()
        path = smooth([(a.x, a.y), (mid.x, mid.y), (b.x, b.y)], step=15)
        if body.contains(path) and not path.intersects(wet):
            site.way(path, "path")
    room = core.buffer(-6)
    ways = [s.line for s in site.county.streets[-7:]]
    room = room.difference(shapely.union_all(ways).buffer(5)).difference(wet)
    spot = fit_shape(room, wing(12, 12, 12, ""), site.draw)
    if spot is not None:
        site.put(spot, "other", "pavilion", 1)


def waiting(site: Site) -> None:
    """Land cleared and fenced, or still tilled."""
    value = str(site.draw.choice(["grass", "farmland"]))
    for part in site.parts(400):
        site.green(part.simplify(0.5), "landuse", value)


def farmland(site: Site) -> None:
    """Vegetable plots at the edge of the town."""
    for part in site.parts(300):
        c = part.centroid
        patch = blob(c.x, c.y, 0.75 * np.sqrt(part.area), 0.6 * np.sqrt(part.area), site.draw)
        site.green(patch.intersection(part.buffer(-2)).simplify(0.8), "landuse", "farmland")
