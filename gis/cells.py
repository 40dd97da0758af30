"""Cells: the smallest pieces a boundary may separate, made of borders, barriers and buildings.

All lines of a county are noded together on one fine grid and read off as *faces*; every face goes to
one cell by a stated rule, and cells are unions of faces. So the cells of a county are one valid coverage
without holes, whose shared vertices are equal to the bit, across the borders of communities too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.adjacency import adjacency
from gis.barriers import BARRIERS, NUMBER
from gis.blocks import COVER_M2, LAND_USES, Cuts, find_cuts, make_blocks
from gis.borders import Note, PlacedFault, settle
from gis.coverages import Crosswalk, crosswalk, take_vertices, transform_once
from gis.crs import FloatArray, IntArray
from gis.cutting import Cut, cut_cells
from gis.ground import Buildings, Ground, buildings_of, present
from gis.pieces import Homes, Pieces, find_homes, find_pieces
from gis.planar import GRID_M, ON_LINE_M, Merging, Shapes, inner_borders, on_grid, united
from gis.segments import segments_of

__all__ = [
    "GRID_M", "CellMap", "Crosswalk", "Cut", "Ground", "Note", "PlacedFault",
    "crosswalk", "cut_cells", "make_cells", "on_grid", "take_vertices", "transform_once",
]  # fmt: skip

BoolArray = NDArray[np.bool_]
Int32Array = NDArray[np.int32]
Progress = Callable[[int, str], None]

MOST = 166
"""Households a block may hold by default: a third of the lower end of the usual band of 500 to 800."""
SLIVER_WIDTH_M = 12.0
"""Land of less mean width without buildings is a sliver: a median, a verge, a splinter at a border."""
SLIVER_M2 = 1_500.0
"""So is what is smaller than this: a roundabout, the corner between slip roads."""
STRIP_WIDTH_M = 30.0
STRIP_LENGTHS = 8.0
STRIP_M2 = 10_000.0
"""So is the land between the carriageways of a wide road: many times as long as wide, up to a size that is
worth a cell of its own."""
FOLLOWED = 0.9
"""How much less a border along the heaviest barrier draws a sliver across it than an open border."""
ON_BORDER_M2 = 0.05
"""A footprint lies on the border of its community when more than this, and more than rounding its outline
explains, is beyond."""


@dataclass(frozen=True)
class CellMap:
    """The c cells of k communities, metres on the grid, ordered by community."""

    polygons: Shapes
    """(c,) Polygons: one valid coverage, whose union in each community is exactly its polygon."""
    community: IntArray
    """(c,)"""
    land_use: NDArray[np.str_]
    """(c,) `homes`, `water`, `green` or `other`."""
    estate: IntArray
    """(c,) row of the estate, -1 for none; so is the villager group."""
    group: IntArray
    cell_of_building: Int32Array
    """(n,) -1 only outside all communities."""
    pairs: Int32Array
    """(m, 2) neighbours that share more than a metre (`gis/adjacency.py`)."""
    shared_m: FloatArray
    outer_m: FloatArray
    barrier: Int32Array
    """(m,) the strongest barrier along most of each shared border: its number, 0 for none."""
    community_polygons: Shapes
    """(k,) the communities with every vertex of their cells; empty for one without land."""
    notes: tuple[Note, ...]


def make_cells(
    ground: Ground,
    *,
    most: int | None = None,
    accept_repair: bool = False,
    progress: Progress | None = None,
) -> CellMap:
    """Cut communities into cells.

    Parameters
    ----------
    ground
        Communities, lines, areas and buildings; see `Ground`. The order of lines does not matter.
    most
        Households a block may hold, `MOST` by default; fuller ones of several buildings are cut by the land
        nearest to each building.
    accept_repair
        Close narrow gaps and overlaps between communities instead of refusing them.
    progress
        Called with percent and step.

    Raises
    ------
    RefusedInputError
        `division_gaps`; its faults (`PlacedFault`) say where and how large.
    """
    say = progress or (lambda _percent, _step: None)
    most = MOST if most is None else most
    say(0, "checking the borders of communities")
    land = settle(ground.communities, accept_repair=accept_repair)
    say(10, "placing buildings")
    buildings = buildings_of(ground, land)
    cuts = find_cuts(ground, land, buildings)
    say(20, "cutting blocks along streets and barriers")
    blocks = make_blocks(ground, land, cuts, buildings, most)
    say(40, "cutting full blocks between buildings")
    homes = find_homes(ground, blocks, buildings, most)
    say(60, "keeping buildings whole")
    pieces = find_pieces(land, cuts, blocks, homes, buildings)
    say(80, "joining slivers to their neighbours")
    whole = _without_slivers(pieces, cuts)
    say(90, "drawing cells and finding neighbours")
    made = _cell_map(ground, pieces, cuts, homes, buildings, whole, land.notes)
    say(100, "cells are made")
    return made


def _without_slivers(pieces: Pieces, cuts: Cuts) -> IntArray:
    """Return the piece that each piece goes to: itself, unless it is a sliver or fell off its land.

    It goes to the neighbour of its community with the longest border, where a border along a barrier counts
    for less: land between an estate and a street goes to the estate. Estates keep their own.
    """
    piece, count = pieces.piece, len(pieces.lead)
    borders = inner_borders(pieces.faces)
    sides = np.column_stack((piece[borders.left], piece[borders.right]))
    own = pieces.community[borders.left] == pieces.community[borders.right]
    outer = sides[:, 0] != sides[:, 1]
    inner = np.bincount(sides[~outer, 0], 2 * borders.length[~outer], count)
    perimeter = np.bincount(piece, shapely.length(pieces.faces), count) - inner
    area = np.bincount(piece, shapely.area(pieces.faces), count).astype(np.float64)
    merging = Merging(area, perimeter.astype(np.float64))
    rows = np.flatnonzero(outer & own)
    weight = np.array([0.0, *(item.weight for item in BARRIERS)])
    along = cuts.class_at(borders.xy[borders.ends[rows]].mean(axis=1))
    length = borders.length[rows]
    merging.border(sides[rows], length, length * (1 - FOLLOWED * weight[along]))
    lived, loose = pieces.lived.tolist(), pieces.loose.tolist()
    estate, cover = pieces.estate.tolist(), pieces.cover.tolist()

    def waiting(item: int) -> bool:
        if lived[item]:
            return False
        if loose[item] or cover[item]:
            return bool(loose[item]) or merging.area[item] < COVER_M2
        return _is_sliver(merging.area[item], merging.perimeter[item])

    def fit(small: int, goal: int) -> int:
        if estate[small] != estate[goal] and estate[small] >= 0:
            return 2
        return int(cover[goal] not in (0, cover[small]))

    def joined(small: int, goal: int) -> None:
        lived[goal] = lived[goal] or lived[small]

    merging.absorb(waiting, fit, joined)
    return merging.whole


def _is_sliver(area: float, perimeter: float) -> bool:
    width = 2 * area / perimeter if perimeter > 0 else 0.0
    long = width < STRIP_WIDTH_M and perimeter / 2 > STRIP_LENGTHS * width
    return area < SLIVER_M2 or width < SLIVER_WIDTH_M or (long and area < STRIP_M2)


def _cell_map(
    ground: Ground, pieces: Pieces, cuts: Cuts, homes: Homes, buildings: Buildings,
    whole: IntArray, notes: tuple[Note, ...],
) -> CellMap:  # fmt: skip
    names, of = np.unique(whole, return_inverse=True)
    lead = pieces.lead[names]
    order = np.lexsort((lead, pieces.community[lead]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    names, lead = names[order], lead[order]
    of_face = rank[of.ravel()][pieces.piece]
    polygons = united(pieces.faces, of_face, len(names))
    joined = _pinched(polygons, pieces.community[lead])
    if (joined != np.arange(len(joined))).any():
        whole = names[joined][rank[of.ravel()]]
        return _cell_map(ground, pieces, cuts, homes, buildings, whole, notes)
    community = pieces.community[lead]
    at = pieces.face_of_building
    cell = np.where(at >= 0, np.append(of_face, -1)[at], -1)
    near = adjacency(polygons, GRID_M)
    communities = united(polygons, community, len(ground.communities))
    return CellMap(
        polygons, community,
        _land_use(ground, pieces.cover[names], cell),
        _estates(ground, pieces.estate[names], cell),
        _groups(ground, homes, cell, len(names)),
        cell.astype(np.int32), near.pairs, near.shared_m, near.outer_m,
        _barriers(polygons, community, near.pairs, cuts),
        communities, (*notes, *_building_notes(buildings, communities)),
    )  # fmt: skip


def _pinched(polygons: Shapes, community: IntArray) -> IntArray:
    """Return the cell each cell is to be joined to: itself, but for one enclosed at a point of the county's edge.

    Where an enclosed cell touches the outside in a single point that other cells share, GEOS 3.14 (and
    PostGIS with it) calls an outer edge invalid although nothing overlaps; the one around takes it in.
    """
    joined = np.arange(len(polygons))
    holed = np.flatnonzero(shapely.get_num_interior_rings(polygons) > 0)
    if len(holed) == 0:
        return joined
    found = segments_of(polygons)
    edge = set(map(tuple, found.xy[found.ends[found.right < 0]].reshape(-1, 2).tolist()))
    inner = shapely.point_on_surface(polygons)
    for row in holed.tolist():
        shell, *holes = shapely.get_rings(polygons[row])
        outer = edge & set(map(tuple, shapely.get_coordinates(shell).tolist()))
        for hole in holes:
            if outer & set(map(tuple, shapely.get_coordinates(hole).tolist())):
                inside = shapely.intersects(shapely.Polygon(hole), inner)
                if (community[inside] == community[row]).all():
                    joined[inside] = joined[row]
    return joined


def _land_use(ground: Ground, cover: IntArray, cell: IntArray) -> NDArray[np.str_]:
    """Return `homes` where anybody lives, the class of water and green, `other` for the rest."""
    inside = cell >= 0
    homes = np.bincount(cell[inside], ground.households[inside], minlength=len(cover)) > 0
    number = np.where(homes, 0, np.where(cover > 0, cover, len(LAND_USES) - 1))
    return np.array(LAND_USES)[number]


def _estates(ground: Ground, estate: IntArray, cell: IntArray) -> IntArray:
    """Return the estate of each cell; one known by name only has the cells in which it is alone."""
    inside = np.flatnonzero(cell >= 0)
    named = ground.building_estate[inside]
    unplaced = ~np.append(present(ground.estates), True)[named] & (named >= 0)
    where = cell[inside]
    low = np.full(len(estate), np.iinfo(np.int64).max)
    high = np.full(len(estate), -1, dtype=np.int64)
    value = np.where(unplaced, named, -1)
    np.minimum.at(low, where, value)
    np.maximum.at(high, where, value)
    return np.where((estate < 0) & (low == high) & (high >= 0), high, estate)


def _groups(ground: Ground, homes: Homes, cell: IntArray, count: int) -> IntArray:
    """Return the villager group to which most buildings of each cell belong, -1 for none."""
    group = np.where(homes.group >= 0, homes.group, ground.building_group)
    inside = cell >= 0
    total = np.bincount(cell[inside], minlength=count)
    known = inside & (group >= 0) & (group < len(ground.group_point))
    pairs, votes = np.unique(
        np.column_stack((cell[known], group[known])), axis=0, return_counts=True
    )
    found = np.full(count, -1, dtype=np.int64)
    most = 2 * votes > total[pairs[:, 0]]
    found[pairs[most, 0]] = pairs[most, 1]
    return found


def _barriers(polygons: Shapes, community: IntArray, pairs: Int32Array, cuts: Cuts) -> Int32Array:
    """Return for each pair the strongest class such that it and stronger ones line most of the border."""
    borders = inner_borders(polygons)
    sides = np.sort(np.column_stack((borders.left, borders.right)), axis=1).astype(np.int64)
    count = max(len(polygons), 1)
    wanted = pairs[:, 0].astype(np.int64) * count + pairs[:, 1]
    code = sides[:, 0] * count + sides[:, 1]
    place = np.minimum(np.searchsorted(wanted, code), max(len(wanted) - 1, 0))
    rows = np.flatnonzero(wanted[place] == code) if len(wanted) else np.empty(0, dtype=np.int64)
    number = cuts.class_at(borders.xy[borders.ends[rows]].mean(axis=1))
    width = len(BARRIERS) + 1
    slot = place[rows] * width + number
    length = np.bincount(slot, borders.length[rows], len(wanted) * width).reshape(-1, width)
    reached = np.cumsum(length[:, 1:], axis=1) > length.sum(axis=1, keepdims=True) / 2
    found = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0)
    parted = community[pairs[:, 0]] != community[pairs[:, 1]]
    return np.where(parted, NUMBER["community"], found).astype(np.int32)


def _building_notes(buildings: Buildings, communities: Shapes) -> list[Note]:
    """Return notes on buildings that the border of their community cuts, and those that lie in none."""
    notes, on_border = [], []
    drawn = buildings.drawn
    for number in np.unique(buildings.community[drawn]).tolist():
        rows = drawn[(buildings.community[drawn] == number) & (number >= 0)]
        shapely.prepare(communities[number])
        rows = rows[~shapely.covers(communities[number], buildings.outline[rows])]
        outline = buildings.outline[rows]
        beyond = shapely.area(shapely.difference(outline, communities[number]))
        over = beyond > ON_BORDER_M2 + ON_LINE_M * shapely.length(outline)
        on_border += rows[over].tolist()
    if on_border:
        notes.append(
            Note("building_on_border", {"count": len(on_border), "buildings": sorted(on_border)})
        )
    outside = np.flatnonzero(buildings.community < 0).tolist()
    if outside:
        notes.append(Note("building_outside", {"count": len(outside), "buildings": outside}))
    return notes
