"""The land nearest to each building: how blocks too full for one cell are cut, and villages by group.

The lines between buildings are those of a Voronoi diagram of points along their outlines. They only say
where to cut; which building a piece belongs to is decided by true distance, so nothing hangs on their detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from gis.crs import FloatArray, IntArray
from gis.planar import Shapes, shape_array

STEP_M = 3.0
"""Outlines are sampled this densely: between houses 6 m apart the line is right within 0.4 m."""
SHRINK_M = 0.2
"""Outlines are drawn in by this first, so that houses wall to wall have a line between them."""
SMOOTH_M = 0.3
"""The saw teeth of sampled outlines are taken off up to this size."""
BEYOND_M = 0.05
"""Lines overshoot their block by this, so that they meet its border wherever noding moves it."""
FAR = 20.0
"""Four points this many block sizes away close the diagram."""


@dataclass(frozen=True)
class Plots:
    """Blocks cut by their buildings: p buildings with a label, and the lines between labels."""

    lines: Shapes
    block: IntArray
    """(p,) ascending."""
    label: IntArray
    """(p,) buildings of a block with the same label share their land."""
    shape: Shapes
    """(p,) footprints or points."""

    def label_of(self, block: IntArray, points: Shapes) -> IntArray:
        """Return the label of the nearest building of the same block for each point, -1 in uncut blocks."""
        found = np.full(len(block), -1, dtype=np.int64)
        order = np.argsort(block, kind="stable")
        names, begins, counts = np.unique(block[order], return_index=True, return_counts=True)
        first = np.searchsorted(self.block, names, side="left")
        last = np.searchsorted(self.block, names, side="right")
        for name in np.flatnonzero(last > first).tolist():
            rows = order[begins[name] : begins[name] + counts[name]]
            own = slice(int(first[name]), int(last[name]))
            row, near = shapely.STRtree(self.shape[own]).query_nearest(points[rows])
            best = np.full(len(rows), np.iinfo(np.int64).max)
            np.minimum.at(best, row, self.label[own][near])
            found[rows] = best
        return found


def cut_plots(polygons: Shapes, block: IntArray, label: IntArray, shape: Shapes) -> Plots:
    """Return the lines between buildings of different labels in the same block.

    Parameters
    ----------
    polygons
        Outline of every block, metres.
    block, label, shape
        (n,) of buildings: the block's number, label, and footprint or point. Buildings with label -1 and
        blocks with a single label are left alone.
    """
    order = np.lexsort((label, block))
    order = order[label[order] >= 0]
    names, first = np.unique(block[order], return_index=True)
    lines, kept = [], []
    groups = np.split(order, first[1:]) if len(first) else []
    for name, own in zip(names.tolist(), groups, strict=True):
        if label[own[0]] == label[own[-1]]:
            continue
        kept.append(own)
        lines.append(_lines_between(polygons[name], shape[own], label[own]))
    rows = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
    found = shape_array(np.concatenate(lines)) if lines else np.empty(0, dtype=object)
    return Plots(found, block[rows], label[rows], shape[rows])


def _lines_between(polygon: shapely.Polygon, shape: Shapes, label: IntArray) -> Shapes:
    """Return the lines inside a block where the nearest building changes its label."""
    sites, of = _sites(shape, label)
    if len(sites) < 2:
        return np.empty(0, dtype=object)
    low, high = np.reshape(shapely.bounds(polygon), (2, 2))
    middle = (low + high) / 2
    far = FAR * max(float((high - low).max()), 1.0)
    frame = far * np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)])
    diagram = Voronoi(np.concatenate((sites - middle, frame)))
    of = np.concatenate((of, np.full(4, -1)))
    ends = np.asarray(diagram.ridge_vertices)
    left, right = of[diagram.ridge_points].T
    parts = (left != right) & (left >= 0) & (right >= 0) & (ends >= 0).all(axis=1)
    ridges = diagram.vertices[ends[parts]] + middle
    ridges = ridges[np.hypot(*(ridges[:, 1] - ridges[:, 0]).T) > 0]
    if len(ridges) == 0:
        return np.empty(0, dtype=object)
    chains = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ridges))))  # fmt: skip
    chains = shapely.simplify(chains, SMOOTH_M)
    grown = shapely.buffer(polygon, BEYOND_M, join_style="mitre")
    shapely.prepare(grown)
    inside = shapely.contains_properly(grown, chains)
    clipped = shapely.get_parts(shapely.get_parts(shapely.intersection(grown, chains[~inside])))
    lines = clipped[shapely.get_type_id(clipped) == shapely.GeometryType.LINESTRING]
    return np.concatenate((chains[inside], lines))


def _sites(shape: Shapes, label: IntArray) -> tuple[FloatArray, IntArray]:
    """Return points along outlines, each once, with the label of its building (the lowest of several)."""
    drawn = shape.copy()
    flat = shapely.get_dimensions(shape) == 2
    inner = shapely.buffer(shape[flat], -SHRINK_M, join_style="mitre")
    drawn[flat] = np.where(shapely.is_empty(inner), shape[flat], inner)
    xy, owner = shapely.get_coordinates(shapely.segmentize(drawn, STEP_M), return_index=True)
    order = np.argsort(label[owner], kind="stable")
    sites, first = np.unique(np.round(xy[order], 3), axis=0, return_index=True)
    of: NDArray[np.int64] = label[owner][order][first]
    return sites, of
