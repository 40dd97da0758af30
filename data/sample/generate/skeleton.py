"""The main roads: drawn curves laid end to line, cut into bridges where they cross."""

from __future__ import annotations

import shapely
from shapely.geometry import LineString
from shapely.ops import substring

from . import plan
from .curves import crooked, lines_of, smooth, snapped_end
from .frame import rng
from .model import Street
from .terrain import Terrain

# Ends closer than this to another road were meant to meet it.
REACH_M = 75.0


def _drawn(road: plan.Road) -> LineString:
    line = smooth(road.points, closed=road.closed)
    if road.highway == "living_street":
        return crooked(line, rng(road.name), 3.5, 45)
    if road.highway == "unclassified":
        return crooked(line, rng(road.name), 7, 110)
    return line


def main_roads(terrain: Terrain) -> list[LineString]:
    """Return one centre line per road of the plan, ends laid on the roads they meet."""
    lines: list[LineString] = []
    inside = terrain.county
    for i, road in enumerate(plan.ROADS):
        line = _drawn(road)
        if not road.closed:
            others = [x for x, r in zip(lines, plan.ROADS, strict=False) if r is not road]
            for at_start in (True, False):
                end = shapely.get_point(line, 0 if at_start else -1)
                near = sorted(others, key=lambda x: x.distance(end))[:1]
                if near:
                    line = snapped_end(line, near[0], at_start, REACH_M)
        parts = lines_of(line.intersection(inside), 30)
        lines.append(max(parts, key=lambda p: p.length))
        if len(lines) != i + 1:
            raise AssertionError(road.name)
    return lines


def _spans(line: LineString, road: plan.Road, terrain: Terrain) -> list[tuple[LineString, str]]:
    """Return the line cut where it crosses water or rail, each piece with its span."""
    cuts: list[tuple[float, float, str]] = []
    for piece in lines_of(line.intersection(terrain.river_area.buffer(9))):
        a, b = sorted(line.project(shapely.get_point(piece, k)) for k in (0, -1))
        cuts.append((a, b, "bridge" if "river" in road.over else "gap"))
    for lake, _ in terrain.lakes:
        for piece in lines_of(line.intersection(lake.buffer(4))):
            a, b = sorted(line.project(shapely.get_point(piece, k)) for k in (0, -1))
            cuts.append((a, b, "bridge"))
    crossings = [(terrain.stream, 9.0, "bridge" if "stream" in road.over else "")]
    crossings.append(
        (terrain.rail, 30.0, {"over": "bridge", "level_crossing": "level"}.get(road.rail, ""))
    )
    for other, half, span in crossings:
        for p in shapely.get_parts(line.intersection(other)):
            if span and p.geom_type == "Point":
                d = line.project(p)
                # On the level the road is only cut in two, so that both get a node there.
                reach = 0.0 if span == "level" else half
                cuts.append((d - reach, d + reach, span))
    out: list[tuple[LineString, str]] = []
    at = 0.0
    for a, b, span in sorted(cuts):
        if a - at > 1:
            out.append((substring(line, at, a), ""))
        if span != "gap" and b > a:
            out.append((substring(line, a, b), span))
        at = b
    if line.length - at > 1:
        out.append((substring(line, at, line.length), ""))
    return out


def main_streets(lines: list[LineString], terrain: Terrain) -> list[Street]:
    """Return the main roads as streets, bridges apart."""
    streets = []
    town = shapely.Point(1500, 0).buffer(2050)
    for road, line in zip(plan.ROADS, lines, strict=True):
        for piece, span in _spans(line, road, terrain):
            if road.highway != "primary" or span:
                streets.append(Street(piece, road.highway, road.name, span))
                continue
            # Out of town the avenue goes on as an ordinary main road.
            parts = [(p, "primary") for p in lines_of(piece.intersection(town))]
            parts += [(p, "secondary") for p in lines_of(piece.difference(town))]
            streets.extend(Street(p, highway, road.name) for p, highway in parts)
    return streets
