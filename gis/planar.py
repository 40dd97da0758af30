"""Lines to faces, and faces to wholes: one planar map in which neighbours share their vertices bit by bit.

Lines are noded together on one grid (snap rounding), faces are read off, and wholes are unions of faces, so
whatever is put together is a coverage.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.crs import FloatArray, IntArray
from gis.segments import Segments, segments_of

BoolArray = NDArray[np.bool_]
Shapes = NDArray[np.object_]

GRID_M = 0.005
"""Every vertex of a cell lies on this grid of the county's zone. Rounding the ends of a line moves it by up
to half the diagonal of a square, the vertices put on it by as much again: 7.1 mm in all. A grid of a whole
centimetre would move borders by up to 1.4 cm, more than imported ones may (1 cm)."""
ON_LINE_M = 0.012
"""What is noded lies nearer than this to the line it came from."""


def on_grid(xy: FloatArray) -> FloatArray:
    """Return points (n, 2) rounded to the grid, bit by bit as noding rounds them.

    What was stored as lon/lat comes back to its vertex so.
    """
    squares = round(1 / GRID_M)
    return np.asarray(np.rint(xy * squares) / squares)


def shape_array(items: object) -> Shapes:
    """Return shapes as a flat object array; numpy would look into multi-part ones."""
    listed = list(items)  # type: ignore[call-overload]
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


def polygonal(shapes: Shapes) -> Shapes:
    """Return the polygon parts of shapes, repaired where invalid, without anything thinner."""
    known = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    parts = shapely.get_parts(shapely.make_valid(shapely.force_2d(known)))
    parts = shapely.get_parts(parts)  # a collection may hold multi-polygons
    return np.asarray(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def faces_of(lines: Shapes) -> Shapes:
    """Return the bounded faces of lines noded together; ends that lead nowhere enclose nothing.

    Parameters
    ----------
    lines
        Lines, rings or multi-part ones, metres.

    Returns
    -------
    array of Polygon
        A valid coverage on the grid, in an order that does not depend on that of the lines, nor on how
        they are split or directed.
    """
    noded = shapely.union_all(_in_one_order(lines), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return faces[in_order(faces)] if len(faces) else np.empty(0, dtype=object)


def in_order(polygons: Shapes) -> IntArray:
    """Return the rows of polygons from west to east by a point inside, the same for the same polygons."""
    inner = shapely.get_coordinates(shapely.point_on_surface(shapely.normalize(polygons)))
    return np.lexsort((inner[:, 1], inner[:, 0]))


def _in_one_order(lines: Shapes) -> Shapes:
    """Return lines made anew of their different segments, sorted: what crosses what must not depend on an order.

    Put together again to long lines, as noding takes three times as long on loose segments.
    """
    xy, line = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    if len(xy) == 0:
        return np.empty(0, dtype=object)
    steps = np.flatnonzero(line[:-1] == line[1:])
    ends = np.column_stack((xy[steps], xy[steps + 1]))
    ends = ends[(ends[:, :2] != ends[:, 2:]).any(axis=1)]
    swap = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[swap] = ends[swap][:, [2, 3, 0, 1]]
    segments = shapely.linestrings(np.unique(ends, axis=0).reshape(-1, 2, 2))
    return np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(segments))))


def first_holding(polygons: Shapes, points: Shapes) -> IntArray:
    """Return the first polygon that holds or touches each point, -1 where none does."""
    found = np.full(len(points), len(polygons), dtype=np.int64)
    if len(polygons) and len(points):
        row, polygon = shapely.STRtree(polygons).query(points, predicate="intersects")
        np.minimum.at(found, row, polygon)
    return np.where(found == len(polygons), -1, found)


def mean_width(area: FloatArray, perimeter: FloatArray) -> FloatArray:
    """Return twice the area over the perimeter: the width of a long strip, the radius of a disc."""
    return np.divide(2 * area, perimeter, out=np.zeros(len(area)), where=perimeter > 0)


def components(count: int, pairs: IntArray) -> IntArray:
    """Return for each of `count` things its connected component, numbered in order of their first."""
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    _, first, of = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[of.ravel()])


def united(polygons: Shapes, of: IntArray, count: int) -> Shapes:
    """Return the union of the polygons of a coverage that belong to each of `count` wholes.

    Every vertex of the outlines is kept. A whole of pieces that do not touch is a MultiPolygon.
    """
    order = np.argsort(of, kind="stable")
    stops = np.searchsorted(of[order], np.arange(count + 1))
    made = np.empty(count, dtype=object)
    for whole in range(count):
        own = polygons[order[stops[whole] : stops[whole + 1]]]
        made[whole] = own[0] if len(own) == 1 else shapely.coverage_union_all(own)
    return shapely.normalize(made) if count else made


class Merging:
    """Things of a coverage, to be put together one by one; a whole keeps the number it grew from."""

    def __init__(self, area: FloatArray, perimeter: FloatArray) -> None:
        self.area = area.tolist()
        self.perimeter = perimeter.tolist()
        self._into = list(range(len(area)))
        self._around: list[dict[int, list[float]]] = [{} for _ in self._into]

    def border(self, pairs: IntArray, length: FloatArray, pull: FloatArray) -> None:
        """Add borders between things: (m, 2) pairs, their length and how much each draws together."""
        for (a, b), metres, weight in zip(
            pairs.tolist(), length.tolist(), pull.tolist(), strict=True
        ):
            if a != b:
                for one, two in ((a, b), (b, a)):
                    known = self._around[one].setdefault(two, [0.0, 0.0])
                    known[0] += metres
                    known[1] += weight

    def root(self, thing: int) -> int:
        """Return the whole a thing belongs to."""
        while self._into[thing] != thing:
            self._into[thing] = self._into[self._into[thing]]
            thing = self._into[thing]
        return thing

    @property
    def whole(self) -> IntArray:
        """(n,) the whole of each thing."""
        return np.array([self.root(thing) for thing in range(len(self._into))], dtype=np.int64)

    def absorb(
        self,
        waiting: Callable[[int], bool],
        fit: Callable[[int, int], int | None],
        joined: Callable[[int, int], None],
    ) -> None:
        """Let small wholes go to the neighbour that draws them most, the smallest first.

        Parameters
        ----------
        waiting
            Whether a whole is to be absorbed, asked again after each merge.
        fit
            How well a waiting whole suits a neighbour: lower is better and counts before the border;
            None is never.
        joined
            Told which whole went into which.
        """
        queue = [(self.area[i], i) for i in range(len(self._into)) if self.root(i) == i and waiting(i)]  # fmt: skip
        heapq.heapify(queue)
        while queue:
            area, small = heapq.heappop(queue)
            if self.root(small) != small or area != self.area[small] or not waiting(small):
                continue
            options = [
                (rank, -pull, -metres, other)
                for other, (metres, pull) in self._around[small].items()
                if (rank := fit(small, other)) is not None
            ]
            if options:
                goal = min(options)[3]
                self._merge(small, goal)
                joined(small, goal)
                if waiting(goal):
                    heapq.heappush(queue, (self.area[goal], goal))

    def _merge(self, small: int, goal: int) -> None:
        shared = self._around[small].pop(goal)[0]
        del self._around[goal][small]
        self.area[goal] += self.area[small]
        self.perimeter[goal] += self.perimeter[small] - 2 * shared
        for other, (metres, pull) in self._around[small].items():
            del self._around[other][small]
            for one, two in ((other, goal), (goal, other)):
                known = self._around[one].setdefault(two, [0.0, 0.0])
                known[0] += metres
                known[1] += pull
        self._around[small] = {}
        self._into[small] = goal


def inner_borders(polygons: Shapes) -> Segments:
    """Return the segments that two polygons of a coverage share."""
    found = segments_of(polygons)
    both = found.right >= 0
    return Segments(
        found.xy, found.ends[both], found.left[both], found.right[both], found.length[both]
    )
