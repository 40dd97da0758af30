"""What cells are made of, and what is said of buildings before any line is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.borders import Land
from gis.crs import FloatArray, IntArray
from gis.planar import Shapes, components, shape_array

BoolArray = NDArray[np.bool_]

OVERLAP_M2 = 0.05
"""Footprints that overlap by more than this cannot be parted without cutting one of them."""
SAME_PLACE_M = 0.05
"""Points nearer to each other than this are one place; no border passes between them."""
SETTLEMENT_M = 60.0
"""Buildings of a village nearer than this to each other belong to one settlement."""


@dataclass(frozen=True)
class Ground:
    """What cells are made of: k communities, l lines, e estates, g villager groups, n buildings.

    All coordinates are metres of the county's 3-degree zone.
    """

    communities: Shapes
    """(k,) Polygons or MultiPolygons."""
    community_kind: Sequence[str | None]
    """(k,) `rural` communities are cut by villager group, all others by streets."""
    lines: Shapes
    """(l,) streets, barriers and hand-drawn lines, in any order. What runs in a tunnel is not among them."""
    line_class: Sequence[str]
    """(l,) classes as the store names them; what is in no barrier class cuts nothing."""
    water: Shapes
    green: Shapes
    estates: Shapes
    """(e,) polygons; None or empty where an estate is known by name only."""
    group_point: Shapes
    """(g,) points or polygons of villager groups; None or empty where the place is not known."""
    points: FloatArray
    """(n, 2)"""
    footprints: Shapes
    """(n,) polygons, None where only the point is known."""
    households: IntArray
    building_estate: IntArray
    """(n,) row of the estate, -1 for none; so is the group."""
    building_group: IntArray


@dataclass(frozen=True)
class Buildings:
    """The n buildings on their land."""

    community: IntArray
    """(n,) -1 outside all communities."""
    anchor: Shapes
    """(n,) the point that decides in which cell a building is; inside its footprint where there is one."""
    outline: Shapes
    """(n,) footprint without courtyards, or None."""
    cluster: IntArray
    """(n,) buildings that cannot be parted have one number."""
    speaker: IntArray
    """(n,) the building that decides for its cluster within its community: most households, then largest."""

    @property
    def drawn(self) -> IntArray:
        """Rows of buildings with an outline."""
        return np.flatnonzero([item is not None for item in self.outline])

    @property
    def shape(self) -> Shapes:
        """(n,) the outline, or the point where there is none."""
        shape = self.anchor.copy()
        shape[self.drawn] = self.outline[self.drawn]
        return shape


def present(shapes: Shapes) -> BoolArray:
    """Return which shapes are there at all: neither None nor empty."""
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), dtype=np.bool_)


def buildings_of(ground: Ground, land: Land) -> Buildings:
    """Return each building's community, anchor, outline and cluster."""
    count = len(ground.points)
    point = shape_array(shapely.points(ground.points)) if count else np.empty(0, dtype=object)
    community = land.community_of(point)
    outline = np.full(count, None, dtype=object)
    anchor = point.copy()
    rows = np.flatnonzero(present(ground.footprints)) if count else np.empty(0, dtype=np.int64)
    if len(rows):
        drawn = _filled(ground.footprints[rows])
        flat = shapely.area(drawn) > 0
        rows, drawn = rows[flat], drawn[flat]
        inside = shapely.intersects(drawn, point[rows])
        middle = shapely.point_on_surface(drawn)
        # A point beside its footprint gives way to it, unless the two lie in different communities.
        same = inside | (land.community_of(middle) == community[rows])
        outline[rows[same]] = drawn[same]
        moved = same & ~inside
        anchor[rows[moved]] = middle[moved]
    cluster = _clusters(anchor, outline)
    area = np.zeros(count)
    if len(rows):
        area[rows] = shapely.area(drawn)
    order = np.lexsort((np.arange(count), -area, -ground.households, community, cluster))
    keys = np.column_stack((cluster, community))[order]
    first = np.ones(count, dtype=np.bool_)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    speaker = np.empty(count, dtype=np.int64)
    speaker[order] = order[np.maximum.accumulate(np.where(first, np.arange(count), 0))]
    return Buildings(community, anchor, outline, cluster, speaker)


def _filled(footprints: Shapes) -> Shapes:
    """Return footprints without courtyards: a border inside one would cut the building."""
    parts, owner = shapely.get_parts(shapely.make_valid(footprints), return_index=True)
    more, of = shapely.get_parts(parts, return_index=True)
    owner = owner[of]
    flat = shapely.get_type_id(more) == shapely.GeometryType.POLYGON
    whole = shapely.polygons(shapely.get_exterior_ring(more[flat]))
    made = shape_array([shapely.Polygon()] * len(footprints))
    single, place = np.unique(owner[flat], return_index=True)
    made[single] = whole[place]
    for row in np.flatnonzero(np.bincount(owner[flat], minlength=len(footprints)) > 1).tolist():
        made[row] = shapely.union_all(whole[owner[flat] == row])
    return made


def _clusters(anchor: Shapes, outline: Shapes) -> IntArray:
    """Number buildings so that those that overlap, or stand on one point, have the same number."""
    count = len(anchor)
    drawn = np.flatnonzero([item is not None for item in outline])
    pairs = [np.empty((0, 2), dtype=np.int64)]
    if count:
        near = shapely.STRtree(anchor).query(anchor, predicate="dwithin", distance=SAME_PLACE_M)
        pairs.append(near.T)
    if len(drawn):
        tree = shapely.STRtree(outline[drawn])
        a, b = tree.query(outline[drawn], predicate="intersects")
        a, b = a[a < b], b[a < b]
        shared = shapely.area(shapely.intersection(outline[drawn[a]], outline[drawn[b]]))
        deep = shared > OVERLAP_M2
        pairs.append(np.column_stack((drawn[a[deep]], drawn[b[deep]])))
        point, holder = tree.query(anchor, predicate="within")
        pairs.append(np.column_stack((point, drawn[holder])))
    return components(count, np.concatenate(pairs))


def village_groups(ground: Ground, buildings: Buildings) -> IntArray:
    """Return the villager group of every building of a rural community, -1 elsewhere.

    As said; else that of the nearest group of the community; else that of the nearest building whose group
    is said; else a number from g on for each settlement, so that a village without any group still has parts.
    """
    rural = np.array([kind == "rural" for kind in ground.community_kind], dtype=np.bool_)
    village = (buildings.community >= 0) & rural[np.maximum(buildings.community, 0)]
    group = np.where(village, ground.building_group, -1)
    placed = np.flatnonzero(present(ground.group_point))
    settlements = len(ground.group_point)
    for community in np.unique(buildings.community[village & (group < 0)]).tolist():
        own = np.flatnonzero(buildings.community == community)
        open_ = own[group[own] < 0]
        said = own[group[own] >= 0]
        near = _groups_of(ground, buildings, placed, community)
        if len(near):
            group[open_] = near[_nearest(ground.group_point[near], buildings.anchor[open_])]
        elif len(said):
            group[open_] = group[said][_nearest(buildings.anchor[said], buildings.anchor[open_])]
        else:
            points = buildings.anchor[open_]
            pairs = shapely.STRtree(points).query(
                points, predicate="dwithin", distance=SETTLEMENT_M
            )
            group[open_] = settlements + components(len(open_), pairs.T)
            settlements = int(group[open_].max()) + 1
    return group


def _groups_of(ground: Ground, buildings: Buildings, placed: IntArray, community: int) -> IntArray:
    """Return the groups that belong to a community: they stand in it, or its buildings name them."""
    named = ground.building_group[buildings.community == community]
    middle = shapely.point_on_surface(ground.group_point[placed])
    inside = shapely.intersects(middle, ground.communities[community])
    return np.asarray(placed[inside | np.isin(placed, named)])


def _nearest(shapes: Shapes, points: Shapes) -> IntArray:
    """Return the nearest shape to each point, the first of several."""
    found = np.full(len(points), len(shapes), dtype=np.int64)
    row, shape = shapely.STRtree(shapes).query_nearest(points)
    np.minimum.at(found, row, shape)
    return found
