"""Homes: old courts, self-built houses, slab estates behind walls, towers."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .curves import polygons_of, smooth
from .footprints import cross, frontage, slab_rows, south_angle
from .model import Gate, Wall
from .sites import Site, shrink

# Metres of slab per staircase; a staircase serves two dwellings on each floor.
STAIR_M = 13.0


def _nearest_class(site: Site, shape: Polygon) -> str:
    near = site.ground.streets_near(shape, 14)
    return near[0].highway if near else ""


def old_court(site: Site) -> None:
    """Low houses wall to wall round the block, courts and back houses inside."""
    for part in site.parts(120):
        outer = frontage(
            part, site.draw, widths=(12, 22), depth=(11, 15), break_share=0.08, wing_share=0.3
        )
        inner: list[Polygon] = []
        rest = part.difference(shapely.union_all([h.buffer(2.4) for h in outer]))
        for core in shrink(rest, 1.0, 190):
            inner += frontage(core, site.draw, widths=(12, 17), depth=(10, 13), break_share=0.25)
        for i, house in enumerate(outer + inner):
            floors = int(site.draw.choice([1, 2, 2, 3]))
            dwellings = max(1, round(house.area * floors / 78))
            shop = i < len(outer) and _nearest_class(site, house) in {
                "living_street", "tertiary", "secondary"
            } and site.draw.random() < 0.3  # fmt: skip
            site.put(house, "commercial" if shop else "residential", "shop" if shop else "house",
                     floors, dwellings=max(1, dwellings - shop), era="old")  # fmt: skip


def self_built(site: Site) -> None:
    """Narrow deep houses of three or four floors, one family clan each."""
    for part in site.parts(160):
        # In the market town the yards behind the houses stay open.
        country = site.quarter == "market"
        widths, gaps = ((12.5, 18), 0.55) if country else ((12, 15.5), 0.14)
        outer = frontage(part, site.draw, widths=widths, depth=(11.5, 15), break_share=gaps)
        rest = part.difference(shapely.union_all([h.buffer(4.5) for h in outer]))
        inner: list[Polygon] = []
        for core in [] if country else shrink(rest, 1.0, 420):
            inner += frontage(core, site.draw, widths=(10, 13), depth=(10, 13), break_share=0.15)
        for i, house in enumerate(outer + inner):
            floors = int(site.draw.choice([2, 3, 3, 4]))
            on_main = i < len(outer) and bool(
                _nearest_class(site, house) in {"primary", "secondary"}
            )
            shop = on_main or site.draw.random() < 0.06
            site.put(house, "commercial" if shop else "residential", "shop" if shop else "house",
                     floors, dwellings=max(1, round(floors * 0.9) - shop), era="self")  # fmt: skip


def shop_front(site: Site, share: float = 0.18) -> list[Polygon]:
    """Two-floor shop rows along the main streets of the site; return their footprints."""
    out = []
    strip = site.along_main(13)
    for part in site.parts(300):
        for shop in frontage(part, site.draw, widths=(22, 48), depth=(10, 13), break_share=0.2):
            if strip.contains(shop.centroid) and site.draw.random() < share:
                out.append(shop)
                site.put(shop, "commercial", "shop", int(site.draw.choice([1, 2, 2, 3])))
    return out


def slab_block(site: Site, *, floors: tuple[int, ...] = (4, 5, 6), era: str = "unit") -> None:
    """An open housing area of the eighties and nineties: slabs, shops to the street."""
    shops = shop_front(site)
    area = site.area.difference(shapely.union_all([s.buffer(9) for s in shops]))
    slabs = slab_rows(
        area, site.draw, depth=float(site.draw.uniform(10.5, 12.5)),
        gap=float(site.draw.uniform(21, 29)), lengths=(26, 39, 39, 46, 52), aside=11.0,
    )  # fmt: skip
    if not slabs:
        return
    name = next(site.ground.old_names)
    estate = site.estate(site.area.buffer(1.5, join_style="mitre"), name, era, gated=False)
    for i, slab in enumerate(slabs, 1):
        _home(site, slab, int(site.draw.choice(floors)), estate, i, era)


def terraces(site: Site) -> None:
    """Rows of town houses of a village that was moved together."""
    shops = shop_front(site, 0.3)
    area = site.area.difference(shapely.union_all([s.buffer(8) for s in shops]))
    rows = slab_rows(area, site.draw, depth=11.5, gap=13.0, lengths=(27, 36, 36, 45, 54), aside=7.0,
                     step_share=0.15)  # fmt: skip
    if not rows:
        return
    name = next(site.ground.terrace_names)
    estate = site.estate(site.area.buffer(1.5, join_style="mitre"), name, "resettled", gated=False)
    for i, row in enumerate(rows, 1):
        site.put(row, "residential", "terrace", 4, dwellings=max(2, round(row.area / 11.5 / 9 * 2)),
                 era="resettled", estate=estate, number=str(i))  # fmt: skip


def _home(site: Site, shape: Polygon, floors: int, estate: object, number: int, era: str) -> None:
    box = shape.minimum_rotated_rectangle
    xy = shapely.get_coordinates(box)
    length = max(np.hypot(*(xy[1] - xy[0])), np.hypot(*(xy[2] - xy[1])))
    stairs = max(1, round(length / STAIR_M))
    per_floor = 4 if floors > 9 else 2 * stairs
    site.put(shape, "residential", "flats", floors, dwellings=per_floor * floors, era=era,
             estate=estate, number=str(number))  # fmt: skip


def _gate_points(
    site: Site, wall: Polygon, shops: list[Polygon], wanted: int
) -> list[tuple[Point, LineString]]:
    """Return gate points far from each other with the stub that leads to the street."""
    ring = wall.exterior
    built = shapely.union_all(shops).buffer(3)
    found: list[tuple[float, Point, LineString]] = []
    for d in np.arange(6, ring.length, 7.0):
        p = ring.interpolate(d)
        stub = site.link(p, [wall])
        if stub is None or stub.length > 32 or stub.intersects(built):
            continue
        if wall.buffer(-0.2).intersects(stub):
            continue
        end = shapely.get_point(stub, -1)
        near = site.ground.streets_near(end, 0.5)
        rank = {"residential": 0.0, "tertiary": 4.0, "unclassified": 2.0, "secondary": 14.0}
        cost = min(rank.get(s.highway, 25.0) for s in near) + stub.length
        # Not at the corners of the wall: a gate wants a straight piece around it.
        turn = [ring.interpolate((d + k) % ring.length) for k in (-7, 7)]
        straight = turn[0].distance(turn[1]) > 13.4
        found.append((cost + (0 if straight else 60) + site.draw.uniform(0, 12), p, stub))
    found.sort(key=lambda f: f[0])
    chosen: list[tuple[Point, LineString]] = []
    for _, p, stub in found:
        far = 0.22 * ring.length
        if all(p.distance(q) > far for q, _ in chosen):
            chosen.append((p, stub))
        if len(chosen) == wanted:
            break
    return chosen


def gated_estate(site: Site, *, towers: bool, era: str = "new") -> None:
    """An estate behind a wall: gates, a spine between them, a ring drive, rows of buildings."""
    inside = max(polygons_of(site.area.buffer(-1)), key=lambda p: p.area, default=None)
    if inside is None or inside.area < 7000:
        slab_block(site)
        return
    shops = shop_front(site, 0.3) if site.draw.random() < 0.5 else []
    rest = inside.difference(shapely.union_all([s.buffer(3.5) for s in shops]))
    rounded = rest.buffer(-6).buffer(5, join_style="mitre").simplify(1.5)
    wall = max(polygons_of(rounded), key=lambda p: p.area, default=None)
    if wall is None or wall.area < 6000 or not wall.is_valid:
        slab_block(site)
        return
    wall = Polygon(wall.exterior)
    gates = _gate_points(site, wall, shops, 2 if wall.area < 30000 else 3)
    if not gates:
        slab_block(site)
        return
    drives = _drives(site, wall, gates)
    name = next(site.ground.new_names if era == "new" else site.ground.old_names)
    estate = site.estate(wall, name, era, gated=True)
    vertices = [Point(round(p.x, 2), round(p.y, 2)) for p, _ in gates]
    site.county.walls.append(Wall(_with_points(wall, vertices)))
    for i, p in enumerate(vertices):
        site.county.gates.append(
            Gate(
                p,
                private=site.draw.random() < (0.45 if i else 0.2),
                name=name + "东西南北"[i] + "门",
            )
        )
    road = shapely.union_all([d.buffer(4.5) for d in drives])
    area = wall.buffer(-4).difference(road)
    _fill_estate(site, area, wall, estate, towers=towers, era=era)


def _drives(site: Site, wall: Polygon, gates: list[tuple[Point, LineString]]) -> list[LineString]:
    """Add the drives of an estate and return those inside the wall."""
    inner = max(
        polygons_of(wall.buffer(-9).buffer(-7).buffer(7)), key=lambda p: p.area, default=None
    )
    drives: list[LineString] = []
    loop = None
    if inner is not None and inner.area > 9000:
        ring = inner.exterior.simplify(3)
        loop = LineString(smooth(list(ring.coords)[:-1], closed=True, step=18))
        if not wall.buffer(-5).contains(loop):
            loop = LineString(inner.exterior)
        drives.append(loop)
    middle = wall.representative_point()
    for p, stub in gates:
        gate = Point(round(p.x, 2), round(p.y, 2))
        outside = LineString([gate, *list(stub.coords)[1:]])
        site.way(outside, "service")
        foot = loop.interpolate(loop.project(gate)) if loop is not None else middle
        spur = LineString([gate, foot])
        if loop is None and len(gates) > 1:
            # One bent drive from gate to gate instead of a spur from each.
            far = gates[-1][0]
            spur = smooth(
                [(gate.x, gate.y), (middle.x, middle.y), (round(far.x, 2), round(far.y, 2))]
            )
            if p is far:
                spur = LineString()
            elif not wall.buffer(0.5).contains(spur):
                spur = LineString([gate, middle, far])
        if not spur.is_empty and wall.buffer(0.5).contains(spur):
            drives.append(spur)
    if loop is not None and inner is not None and inner.area > 30000:
        c, turn = inner.centroid, south_angle(wall) + np.pi / 2
        reach = np.array([np.cos(turn), np.sin(turn)]) * 600
        across = LineString([(c.x - reach[0], c.y - reach[1]), (c.x + reach[0], c.y + reach[1])])
        pieces = [q for q in shapely.get_parts(across.intersection(Polygon(loop))) if q.length > 40]
        drives.extend(q for q in pieces if q.geom_type == "LineString")
    for drive in drives:
        site.way(drive, "service", private=True)
    return drives


def _with_points(wall: Polygon, points: list[Point]) -> LineString:
    """Return the wall's ring with the points as exact vertices."""
    ring = wall.exterior
    along = {ring.project(Point(c)): c for c in list(ring.coords)[:-1]}
    for p in points:
        along[ring.project(p)] = (p.x, p.y)
    xy = [along[d] for d in sorted(along)]
    return LineString([*xy, xy[0]])


def _fill_estate(
    site: Site, area: BaseGeometry, wall: Polygon, estate: object, *, towers: bool, era: str
) -> None:
    turn = south_angle(wall)
    garden = wall.centroid.buffer(min(24, 0.09 * wall.area**0.5 + 6))
    if towers:
        rows = slab_rows(area.difference(garden), site.draw, depth=23, gap=27, lengths=(24,),
                         aside=17, angle=turn)  # fmt: skip
        shapes = []
        for r in rows:
            t = affinity.rotate(cross(22, 4.5), turn, origin=(11, 11), use_radians=True)
            c = r.centroid
            shapes.append(affinity.translate(t, c.x - 11, c.y - 11))
        floors: tuple[int, ...] = (11, 11, 15, 18)
    else:
        shapes = slab_rows(area.difference(garden), site.draw, depth=float(site.draw.uniform(12, 13.5)),
                           gap=float(site.draw.uniform(20, 26)), lengths=(26, 39, 39, 52, 65), aside=10,
                           angle=turn)  # fmt: skip
        floors = (5, 6, 6, 6) if era == "new" else (4, 5, 6)
    for i, shape in enumerate(shapes, 1):
        _home(site, shape, int(site.draw.choice(floors)), estate, i, era)
    taken = shapely.union_all([s.buffer(3) for s in shapes])
    lawns = area.buffer(-3).difference(taken).buffer(-4).buffer(3)
    big = sorted(polygons_of(lawns, 300), key=lambda p: -p.area)[:3]
    for lawn in big:
        site.green(lawn.simplify(0.6), "landuse", "grass")
