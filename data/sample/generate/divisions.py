"""Communities and grids as unions of cells of one noded line work, so that they tile exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from .communities import ACROSS, ALONG_ROADS, COMMUNITIES, GRID_LINES
from .curves import crooked, lines_of, smooth, snapped_end
from .frame import rng
from .network import GRID_M, Network
from .plan import ROADS
from .terrain import Terrain

GRID_ROADS = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}


@dataclass(frozen=True)
class Cell:
    """A face of the border lines; it belongs to one community."""

    polygon: Polygon
    community: str


def border_lines(terrain: Terrain, roads: list[LineString]) -> list[LineString]:
    """Return the lines on which communities meet (and the county's outline)."""
    lines = [LineString(terrain.county.exterior), terrain.river, terrain.rail]
    for name, (x0, y0, x1, y1) in ALONG_ROADS:
        i = next(k for k, r in enumerate(ROADS) if r.name == name)
        lines.extend(lines_of(roads[i].intersection(box(x0, y0, x1, y1))))
    township = terrain.township_border
    for at_start in (True, False):
        township = snapped_end(township, terrain.river, at_start, 700)
    lines.append(township)
    draw = rng("borders")
    for points in ACROSS:
        line = crooked(smooth(points), draw, 10, 120)
        for at_start in (True, False):
            end = shapely.get_point(line, 0 if at_start else -1)
            near = min(lines, key=lambda x: x.distance(end))
            line = snapped_end(line, near, at_start, 240)
        lines.append(line)
    # Two roads that meet one ring a few metres apart still make one border.
    for i in range(3, len(lines)):
        for at_start in (True, False):
            end = shapely.get_point(lines[i], 0 if at_start else -1)
            others = [x for k, x in enumerate(lines) if k != i]
            near = min(others, key=lambda x: x.distance(end))
            if 0.005 < end.distance(near) < 70 and not lines[i].crosses(near):
                lines[i] = snapped_end(lines[i], near, at_start, 70)
    return lines


def _faces(lines: list[BaseGeometry]) -> list[Polygon]:
    noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = [
        q for p in shapely.get_parts(shapely.polygonize([noded])) for q in shapely.get_parts(p)
    ]
    return sorted(faces, key=lambda f: f.bounds)


def community_areas(terrain: Terrain, borders: list[LineString]) -> dict[str, BaseGeometry]:
    """Return one area per community; every face of the borders belongs to exactly one."""
    faces = [f for f in _faces(list(borders)) if terrain.county.contains(f.representative_point())]
    owner: dict[int, str] = {}
    for i, face in enumerate(faces):
        for c in COMMUNITIES:
            if any(face.contains(Point(s)) for s in c.seeds):
                owner[i] = c.code
    # A face without a seed joins the neighbour with the longest shared border.
    while len(owner) < len(faces):
        best = max(
            (
                (f.intersection(faces[j]).length, -i, owner[j])
                for i, f in enumerate(faces)
                if i not in owner
                for j in owner
                if f.touches(faces[j])
            ),
        )
        owner[-best[1]] = best[2]
    return {
        c.code: shapely.union_all(
            [f for i, f in enumerate(faces) if owner[i] == c.code], grid_size=GRID_M
        )
        for c in COMMUNITIES
    }


def build_cells(
    terrain: Terrain, borders: list[LineString], network: Network, areas: dict[str, BaseGeometry]
) -> list[Cell]:
    """Return the cells: communities with grids are cut along their streets and the stream."""
    inside = shapely.union_all([areas[c.code] for c in COMMUNITIES if c.gridded])
    streets = shapely.union_all(network.lines(GRID_ROADS)).intersection(inside)
    stream = terrain.stream.intersection(inside)
    drawn, draw = [], rng("grid lines")
    for points in GRID_LINES:
        line = crooked(smooth(points), draw, 8, 90)
        for at_start in (True, False):
            end = shapely.get_point(line, 0 if at_start else -1)
            near = min([*borders, *network.lines(GRID_ROADS)], key=lambda x: x.distance(end))
            line = snapped_end(line, near, at_start, 240)
        drawn.append(line)
    cells = []
    for face in _faces([*borders, streets, stream, *drawn]):
        middle = face.representative_point()
        if terrain.county.contains(middle):
            code = min(areas, key=lambda c: areas[c].distance(middle))
            cells.append(Cell(face, code))
    return cells


def neighbours(cells: list[Polygon]) -> dict[tuple[int, int], float]:
    """Return the length of the shared edge of each pair of cells that share more than a metre."""
    tree = shapely.STRtree(cells)
    left, right = tree.query(cells, predicate="intersects")
    out: dict[tuple[int, int], float] = {}
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if i < j:
            length = cells[i].boundary.intersection(cells[j].boundary).length
            if length > 1:
                out[i, j] = length
    return out


def joined(polygons: list[Polygon]) -> Polygon | MultiPolygon:
    """Return the union of cells, every vertex kept."""
    merged = shapely.coverage_union_all(np.array(polygons))
    return merged.geoms[0] if merged.geom_type != "Polygon" and len(merged.geoms) == 1 else merged
