"""Cutting cells along a drawn or imported line, so that the coverage stays valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.borders import Note
from gis.coverages import take_vertices
from gis.crs import FloatArray, IntArray
from gis.errors import Fault, RefusedInputError
from gis.planar import (
    ON_LINE_M,
    Merging,
    Shapes,
    components,
    faces_of,
    first_holding,
    in_order,
    inner_borders,
    mean_width,
    on_grid,
    shape_array,
    united,
)

BoolArray = NDArray[np.bool_]

REACH_M = 2.0
"""A line that ends this near before the border of a cell is drawn on to it."""
SHORTEST_M = 1.0
THIN_M = 0.5
CRUMB_M2 = 4.0
"""A piece smaller than this, or of less mean width than `THIN_M`, goes back to what it was cut from."""
AROUND_M = 1.0
"""A corner of a building that reaches less far over the line is walked around; more is refused."""
TOUCH_M, TOUCH_M2 = 0.03, 0.05
"""A line this near to a wall runs along it."""
BEYOND_M = 0.05
"""Lines overshoot the border they end on by this, so that noding finds that they meet."""


@dataclass(frozen=True)
class Cut:
    """What a line made of cells."""

    pieces: Mapping[int, Shapes]
    """Row of each cell that was cut -> its two or more pieces, ordered from west to east."""
    inserted: FloatArray
    """(j, 2) new vertices on the old borders, which all other polygons there must take (`take_vertices`)."""
    notes: tuple[Note, ...]


def cut_cells(
    polygons: Shapes, line: shapely.LineString, *, footprints: Shapes | None = None
) -> Cut:
    """Cut the cells that a line crosses.

    The line is drawn on to the border where it ends less than `REACH_M` before it. Where it would cut less
    than `AROUND_M` off a building it goes around.

    Parameters
    ----------
    polygons
        (c,) cells, a valid coverage on the grid, metres. Only those given are cut.
    line
        In metres; a closed line cuts out what it surrounds.
    footprints
        Polygons of buildings, or None for those without one; none may be parted.

    Raises
    ------
    RefusedInputError
        `line_too_short`, `line_crosses_itself`, `line_misses` (it parts no cell) and `cuts_building`, whose
        faults have the row of the footprint in `row`, counted from 0.
    """
    line = _checked(line)
    if footprints is None:
        footprints = np.empty(0, dtype=object)
    near = np.flatnonzero(shapely.dwithin(polygons, line, REACH_M)).tolist()
    through = {row: parts for row in near if (parts := _through(polygons[row], line))}
    if not through:
        raise _misses()
    rows = np.array(sorted(through), dtype=np.int64)
    stretches = shape_array([part for row in rows.tolist() for part in through[row]])
    cells = polygons[rows]
    lines = np.concatenate((shapely.boundary(cells), stretches))
    rough, cell = _faces_in(cells, lines)
    outline, owner, keeper = _met(stretches, rough, cell, footprints)
    parts = _pieces(cells, lines, rough, outline, owner, keeper)
    pieces = {int(row): part for row, part in zip(rows, parts, strict=True) if len(part) > 1}
    pieces = _sound(polygons, pieces, near)
    if not pieces:
        raise _misses()
    notes = (Note("around_building", {"count": len(outline)}),) if len(outline) else ()
    return Cut(pieces, _inserted(polygons, pieces), notes)


def _misses() -> RefusedInputError:
    return RefusedInputError("line_misses", "the line parts no cell; draw it from border to border")


def _checked(line: shapely.LineString) -> shapely.LineString:
    """Return the line on the grid."""
    if not shapely.length(line) >= SHORTEST_M:
        raise RefusedInputError(
            "line_too_short", f"a line of less than {SHORTEST_M:.0f} m parts nothing"
        )
    xy = on_grid(shapely.get_coordinates(line))
    found = shapely.LineString(xy[np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))])
    if not shapely.is_simple(found):
        raise RefusedInputError("line_crosses_itself", "the line crosses itself; draw it again")
    return found


def _through(polygon: shapely.Polygon, line: shapely.LineString) -> list[shapely.LineString]:
    """Return the stretches of a line that lead from border to border of a polygon."""
    edge = shapely.boundary(polygon)
    inside = shapely.get_parts(shapely.line_merge(shapely.intersection(line, polygon)))
    along = shapely.buffer(edge, ON_LINE_M)
    found = []
    for part in inside[shapely.get_type_id(inside) == shapely.GeometryType.LINESTRING]:
        if shapely.covered_by(part, along):
            continue
        if shapely.is_closed(part):
            found.append(part)
            continue
        xy = shapely.get_coordinates(part)
        first, last = _to_border(xy[1], xy[0], edge), _to_border(xy[-2], xy[-1], edge)
        if first is not None and last is not None:
            found.append(shapely.LineString(np.concatenate((first[::-1], xy, last))))
    return found


def _to_border(before: FloatArray, end: FloatArray, edge: shapely.Geometry) -> FloatArray | None:
    """Return what is to be added after the end of a line so that it crosses the border, None if too far."""
    onwards = (end - before) / np.hypot(*(end - before))
    if shapely.distance(edge, shapely.Point(end)) > ON_LINE_M:
        ray = shapely.LineString((end, end + REACH_M * onwards))
        hit = shapely.intersection(ray, edge)
        if shapely.is_empty(hit):
            hit = shapely.shortest_line(shapely.Point(end), edge)
            if shapely.length(hit) > REACH_M:
                return None
            meets = shapely.get_coordinates(hit)[-1]
            onwards = (meets - end) / np.hypot(*(meets - end))
        else:
            near = shapely.get_coordinates(shapely.shortest_line(shapely.Point(end), hit))
            meets = near[-1]
        return np.array((meets, meets + BEYOND_M * onwards))
    return np.asarray((end + BEYOND_M * onwards)[None])


def _faces_in(cells: Shapes, lines: Shapes) -> tuple[Shapes, IntArray]:
    """Return the faces of lines inside cells and the cell of each."""
    faces = faces_of(lines)
    cell = first_holding(cells, shapely.point_on_surface(faces))
    return faces[cell >= 0], cell[cell >= 0]


def _met(
    stretches: Shapes, rough: Shapes, cell: IntArray, footprints: Shapes
) -> tuple[Shapes, IntArray, IntArray]:
    """Return footprints to walk around, the cell of each, and the rough piece that keeps it.

    Raises
    ------
    RefusedInputError
        `cuts_building` when a line runs deeper through one.
    """
    drawn = np.flatnonzero([item is not None for item in footprints])
    if len(drawn) == 0:
        return np.empty(0, dtype=object), drawn, drawn
    whole = shape_array([_outer(item) for item in footprints[drawn]])
    hit = np.unique(shapely.STRtree(stretches).query(whole, predicate="intersects")[0])
    face, shape = shapely.STRtree(whole[hit]).query(rough, predicate="intersects")
    shape = hit[shape]
    part = shapely.intersection(rough[face], whole[shape])
    area = shapely.area(part)
    face, shape, part, area = (item[area > TOUCH_M2] for item in (face, shape, part, area))
    line = shapely.union_all(stretches)
    outline, owner, keeper, deep = [], [], [], set()
    keys = np.column_stack((shape, cell[face]))
    for number, own in np.unique(keys, axis=0).tolist():
        rows = np.flatnonzero((keys == (number, own)).all(axis=1))
        if len(rows) < 2:
            continue
        most = int(rows[np.argmax(area[rows])])
        over = [_reach_over(part[row], line) for row in rows.tolist() if row != most]
        if max(over) > AROUND_M:
            deep.add(int(drawn[number]))
        elif max(over) > TOUCH_M:
            outline.append(whole[number])
            owner.append(own)
            keeper.append(int(face[most]))
    if deep:
        raise RefusedInputError(
            "cuts_building",
            f"the line runs through {len(deep)} buildings; draw it around them",
            [Fault(row=row, field="footprint", reason="the line would part it") for row in sorted(deep)],
        )  # fmt: skip
    return shape_array(outline), np.array(owner, dtype=np.int64), np.array(keeper, dtype=np.int64)


def _outer(footprint: shapely.Geometry) -> shapely.Geometry:
    rings = shapely.get_exterior_ring(shapely.get_parts(footprint))
    return shapely.union_all(shapely.polygons(rings))


def _reach_over(part: shapely.Geometry, line: shapely.Geometry) -> float:
    """Return how far a part of a building reaches over a line."""
    corners = shapely.points(shapely.get_coordinates(part))
    return float(shapely.distance(corners, line).max())


def _pieces(
    cells: Shapes, lines: Shapes, rough: Shapes,
    outline: Shapes, owner: IntArray, keeper: IntArray,
) -> list[Shapes]:  # fmt: skip
    """Return the pieces of each cell, buildings walked around and crumbs given back."""
    faces, cell = _faces_in(cells, np.concatenate((lines, shapely.boundary(outline))))
    inner = shapely.point_on_surface(faces)
    label = first_holding(rough, inner)
    for shape, own, keeps in zip(outline, owner.tolist(), keeper.tolist(), strict=True):
        label[(cell == own) & shapely.intersects(shape, inner)] = keeps
    borders = inner_borders(faces)
    sides = np.column_stack((borders.left, borders.right))
    same = (cell[sides[:, 0]] == cell[sides[:, 1]]) & (label[sides[:, 0]] == label[sides[:, 1]])
    piece = components(len(faces), sides[same])
    piece = _without_crumbs(faces, cell, piece)
    found = []
    for own in range(len(cells)):
        rows = np.flatnonzero(cell == own)
        _, number = np.unique(piece[rows], return_inverse=True)
        parts = united(faces[rows], number.ravel(), int(number.max(initial=-1)) + 1)
        found.append(parts[in_order(parts)] if len(parts) > 1 else parts)
    return found


def _without_crumbs(faces: Shapes, cell: IntArray, piece: IntArray) -> IntArray:
    count = int(piece.max(initial=-1)) + 1
    borders = inner_borders(faces)
    sides = np.column_stack((piece[borders.left], piece[borders.right]))
    outer = sides[:, 0] != sides[:, 1]
    inner = np.bincount(sides[~outer, 0], 2 * borders.length[~outer], count)
    area = np.bincount(piece, shapely.area(faces), count).astype(np.float64)
    outline = (np.bincount(piece, shapely.length(faces), count) - inner).astype(np.float64)
    merging = Merging(area, outline)
    own = outer & (cell[borders.left] == cell[borders.right])
    merging.border(sides[own], borders.length[own], borders.length[own])

    def crumb(item: int) -> bool:
        width = mean_width(np.array([merging.area[item]]), np.array([merging.perimeter[item]]))
        return merging.area[item] < CRUMB_M2 or float(width[0]) < THIN_M

    merging.absorb(crumb, lambda _small, _goal: 0, lambda _small, _goal: None)
    return np.asarray(merging.whole[piece])


def _sound(polygons: Shapes, pieces: dict[int, Shapes], near: list[int]) -> dict[int, Shapes]:
    """Return the cuts after which neighbours that take the new vertices still fit.

    In corners of a few minutes of arc a new vertex may lie on two edges at once, and its neighbours cannot
    tell which; such a cell stays whole.
    """
    fresh = _inserted(polygons, pieces)
    sound = {}
    for row, parts in pieces.items():
        taken = take_vertices(polygons[row : row + 1], fresh)[0]
        whole = shapely.coverage_union_all(parts)
        if shapely.equals_exact(whole.normalize(), taken.normalize()):
            sound[row] = parts
    if len(sound) < len(pieces):
        return _sound(polygons, sound, near) if sound else sound
    rest = take_vertices(polygons[[row for row in near if row not in pieces]], fresh)
    fits = shapely.coverage_is_valid(np.concatenate([rest, *sound.values()])) if sound else True
    return sound if fits else {}


def _inserted(polygons: Shapes, pieces: Mapping[int, Shapes]) -> FloatArray:
    """Return the vertices on the outlines of cells that they did not have before."""
    fresh: set[tuple[float, float]] = set()
    for row, parts in pieces.items():
        outline = shapely.get_coordinates(shapely.coverage_union_all(parts))
        old = set(map(tuple, shapely.get_coordinates(polygons[row]).tolist()))
        fresh |= set(map(tuple, outline.tolist())) - old
    return np.array(sorted(fresh), dtype=np.float64).reshape(-1, 2)
