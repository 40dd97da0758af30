"""The county's streets, walls, water and green areas as OSM ways with the usual tags."""

from __future__ import annotations

import numpy as np
import shapely

from .curves import polygons_of
from .model import County, Street
from .network import Network
from .terrain import Terrain
from .write import OsmFile


def _street_tags(street: Street) -> dict[str, str]:
    tags = {"highway": street.highway}
    if street.name:
        tags["name"] = street.name
    if street.span == "bridge":
        tags |= {"bridge": "yes", "layer": "1"}
    elif street.span == "tunnel":
        tags |= {"tunnel": "yes", "layer": "-1"}
    if street.private:
        tags["access"] = "private"
    if street.highway in {"primary", "secondary"}:
        tags |= {"lanes": "4" if street.highway == "primary" else "2", "sidewalk": "both"}
    if street.highway == "service" and street.private:
        tags["service"] = "driveway"
    if street.highway == "track":
        tags["tracktype"] = "grade3"
    return tags


def build_osm(county: County, terrain: Terrain, network: Network) -> OsmFile:
    """Return the OSM file of the county; buildings have a file of their own."""
    osm = OsmFile()
    for line, street in network.ways():
        osm.way(line, _street_tags(street))
    for wall in county.walls:
        osm.way(wall.line, {"barrier": wall.kind})
    for gate in county.gates:
        tags = {"barrier": gate.kind, "name": gate.name, "foot": "yes"}
        if gate.private:
            tags["access"] = "private"
            tags.pop("foot")
        if gate.locked:
            tags = {"barrier": gate.kind, "name": gate.name, "access": "no", "locked": "yes"}
        osm.tag(gate.point, tags)
    _railway(osm, terrain, network)
    osm.way(terrain.river.intersection(terrain.county), {"waterway": "river", "name": "青溪"})
    osm.way(terrain.stream, {"waterway": "stream", "name": "石坑溪"})
    for part in polygons_of(terrain.river_area.intersection(terrain.county)):
        osm.area(part, {"natural": "water", "water": "river", "name": "青溪"})
    for lake, name in terrain.lakes:
        tags = {"natural": "water", "water": "reservoir" if "水库" in name else "pond"}
        osm.area(lake.simplify(0.4), tags | ({"name": name} if name else {}))
    houses = shapely.union_all([b.polygon.buffer(14) for b in county.buildings if b.group])
    for forest in terrain.forests:
        for part in polygons_of(forest.difference(houses).buffer(-5).buffer(5), 3000):
            osm.area(part.simplify(1.0), {"landuse": "forest"})
    for green in county.greens:
        tags = {green.key: green.value} | ({"name": green.name} if green.name else {})
        for part in polygons_of(green.polygon, 120):
            osm.area(part, tags)
    return osm


def _railway(osm: OsmFile, terrain: Terrain, network: Network) -> None:
    """Add the line with its bridges and level crossings, and the sidings at the station."""
    rail = terrain.rail.intersection(terrain.county)
    rail = max(shapely.get_parts(rail), key=lambda p: p.length)
    cuts: list[tuple[float, float]] = []
    over = terrain.river_area.buffer(12).intersection(rail)
    a, b = (rail.project(shapely.get_point(over, k)) for k in (0, -1))
    cuts.append((a, b))
    crossings = []
    for line, street in network.ways():
        for p in shapely.get_parts(line.intersection(rail)):
            if p.geom_type != "Point" or street.span:
                continue
            d = rail.project(p)
            if street.highway == "secondary":
                cuts.append((d - 22, d + 22))
            else:
                nodes = [shapely.Point(c) for c in line.coords]
                crossings.append((d, min(nodes, key=p.distance)))
    parts, at = [], 0.0
    for a, b in sorted(cuts):
        parts += [(at, a, {}), (a, b, {"bridge": "yes", "layer": "1"})]
        at = b
    parts.append((at, rail.length, {}))
    for a, b, extra in parts:
        osm.way(_substring(rail, a, b, crossings), {"railway": "rail", "name": "青石线"} | extra)
    _sidings(osm, rail)
    for _, p in crossings:
        osm.tag(p, {"railway": "level_crossing"})


def _sidings(osm: OsmFile, rail: shapely.LineString) -> None:
    """Add two tracks beside the platform, tied to the line at both ends."""
    middle = rail.project(shapely.Point(3017, 215))
    for off, half in ((6.5, 420), (13.0, 330)):
        a, b = middle - half, middle + half
        s = np.arange(a + 60, b - 59, 40)
        beside = [rail.interpolate(d) for d in s]
        ahead = [rail.interpolate(d + 1) for d in s]
        # The running direction is north to south: the far side from the town lies to the left.
        xy = [
            (p.x - off * (q.y - p.y), p.y + off * (q.x - p.x))
            for p, q in zip(beside, ahead, strict=True)
        ]
        ends = [rail.interpolate(d) for d in (a, b)]
        line = shapely.LineString([(ends[0].x, ends[0].y), *xy, (ends[1].x, ends[1].y)])
        osm.way(line, {"railway": "rail", "service": "siding"})


def _substring(
    rail: shapely.LineString, a: float, b: float, crossings: list[tuple[float, shapely.Point]]
) -> shapely.LineString:
    """Return the piece of the rail from a to b with the crossings as exact vertices."""
    xy = {rail.project(shapely.Point(c)): tuple(c) for c in shapely.get_coordinates(rail).tolist()}
    xy |= {d: (p.x, p.y) for d, p in crossings}
    for d in (a, b):
        q = rail.interpolate(d)
        xy.setdefault(d, (q.x, q.y))
    return shapely.LineString([xy[d] for d in sorted(xy) if a <= d <= b])
