"""Blocks: the land between streets, barriers and borders, before full ones are cut by their buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.barriers import BARRIERS, barrier_number
from gis.borders import Land
from gis.crs import FloatArray, IntArray
from gis.ground import Buildings, Ground, present
from gis.planar import (
    ON_LINE_M,
    Merging,
    Shapes,
    components,
    faces_of,
    first_holding,
    inner_borders,
    polygonal,
    shape_array,
    united,
)

BoolArray = NDArray[np.bool_]

COVER_M2 = 2_000.0
"""Water and green areas from this size on are cells of their own."""
LAND_USES = ("homes", "water", "green", "other")
WATER, GREEN = LAND_USES.index("water"), LAND_USES.index("green")


@dataclass(frozen=True)
class Cuts:
    """All lines that cut land, and the areas that are cells of a class."""

    barriers: Shapes
    """Streets and barriers that reach a community."""
    number: IntArray
    """Their classes (`gis/barriers.py`), never 0."""
    estates: Shapes
    """(e',) polygon parts of estates, and the row of each."""
    estate: IntArray
    water: Shapes
    green: Shapes

    def lines(self, land: Land) -> Shapes:
        """Return everything that is noded together, borders of communities included."""
        areas = [shapely.boundary(item) for item in (self.estates, self.water, self.green)]
        return np.concatenate((land.lines, self.barriers, *areas))

    def class_at(self, points: FloatArray) -> IntArray:
        """Return the number of the strongest barrier on which each point (n, 2) lies, 0 on none."""
        none = len(BARRIERS) + 1
        found = np.full(len(points), none, dtype=np.int64)
        if len(self.barriers) and len(points):
            row, line = shapely.STRtree(self.barriers).query(
                shapely.points(points), predicate="dwithin", distance=ON_LINE_M
            )
            np.minimum.at(found, row, self.number[line])
        return np.where(found == none, 0, found)


@dataclass(frozen=True)
class Blocks:
    """The faces between all cutting lines, and the block each belongs to."""

    faces: Shapes
    community: IntArray
    """(f,) of each face; so are the estate (-1 none), the land use (0 homes or other) and the block."""
    estate: IntArray
    cover: IntArray
    block: IntArray
    face_of_building: IntArray
    """(n,) -1 outside all communities."""

    @property
    def count(self) -> int:
        """Number of blocks."""
        return int(self.block.max(initial=-1)) + 1

    def polygons(self) -> Shapes:
        """Return the outline of every block."""
        return united(self.faces, self.block, self.count)


def find_cuts(ground: Ground, land: Land, buildings: Buildings) -> Cuts:
    """Return what cuts the land of the communities.

    Green areas with a building in them are gardens of somebody and cut nothing; water is cut out whole,
    and only the piece in which a building stands is not water.
    """
    number = np.array([barrier_number(name) for name in ground.line_class], dtype=np.int64)
    use = present(ground.lines) & (number > 0) if len(number) else np.empty(0, dtype=np.bool_)
    lines, number = ground.lines[use], number[use]
    if len(lines):
        near = shapely.STRtree(land.faces).query(lines, predicate="intersects")[0]
        rows = np.unique(near)
        lines, number = lines[rows], number[rows]
    parts, estate = [], []
    for row, item in enumerate(ground.estates):
        own = polygonal(shape_array([item]))
        parts += list(own)
        estate += [row] * len(own)
    water = _whole_areas(polygonal(ground.water))
    green = polygonal(ground.green)
    if len(green) and len(buildings.anchor):
        held = shapely.STRtree(green).query(buildings.anchor, predicate="intersects")[1]
        green = np.delete(green, np.unique(held))
    return Cuts(
        shape_array(lines), number,
        shape_array(parts), np.array(estate, dtype=np.int64),
        _in_reach(water, land), _in_reach(_whole_areas(green), land),
    )  # fmt: skip


def _whole_areas(polygons: Shapes) -> Shapes:
    """Return areas put together where they touch or overlap, the small ones left out."""
    if len(polygons) == 0:
        return polygons
    whole = polygonal(shapely.get_parts(shapely.union_all(polygons)))
    return np.asarray(whole[shapely.area(whole) >= COVER_M2])


def _in_reach(polygons: Shapes, land: Land) -> Shapes:
    if len(polygons) == 0 or len(land.faces) == 0:
        return polygons[:0]
    near = shapely.STRtree(polygons).query(land.faces, predicate="intersects")[1]
    return np.asarray(polygons[np.unique(near)])


def make_blocks(ground: Ground, land: Land, cuts: Cuts, buildings: Buildings, most: int) -> Blocks:
    """Return the blocks between all lines.

    An estate with at most `most` households in a community is one block. In rural communities only main
    barriers and water part blocks, and only where there are buildings on both sides.
    """
    faces = faces_of(cuts.lines(land))
    inner = shapely.point_on_surface(faces)
    community = land.community_of_faces(faces, inner)
    held = community >= 0
    faces, inner, community = faces[held], inner[held], community[held]
    estate = first_holding(cuts.estates, inner)
    estate = np.where(estate >= 0, cuts.estate[estate] if len(cuts.estate) else -1, -1)
    at = face_of_buildings(faces, community, buildings)
    lived = np.zeros(len(faces), dtype=np.bool_)
    lived[at[at >= 0]] = True
    rural = np.array([kind == "rural" for kind in ground.community_kind], dtype=np.bool_)[community]
    cover = _cover(cuts, inner, estate, lived=lived, rural=rural)
    block = _put_together(
        faces, community, estate, cover, cuts,
        rural=rural, lived=lived, whole=_whole_estates(ground, community, estate, at, most),
    )  # fmt: skip
    return Blocks(faces, community, estate, cover, block, at)


def face_of_buildings(faces: Shapes, community: IntArray, buildings: Buildings) -> IntArray:
    """Return the face each building stands in, of its own community, the first on a line; -1 outside."""
    found = np.full(len(buildings.anchor), len(faces), dtype=np.int64)
    inside = buildings.community >= 0
    if len(faces) and len(found):
        row, face = shapely.STRtree(faces).query(
            buildings.anchor, predicate="dwithin", distance=ON_LINE_M
        )
        own = community[face] == buildings.community[row]
        row, face = row[own], face[own]
        # What lies within beats what lies a hair's breadth away.
        exact = shapely.intersects(faces[face], buildings.anchor[row])
        np.minimum.at(found, row[exact], face[exact])
        lost = found[row] == len(faces)
        np.minimum.at(found, row[lost], face[lost])
        for building in np.flatnonzero(inside & (found == len(faces))).tolist():
            own_faces = np.flatnonzero(community == buildings.community[building])
            far = shapely.distance(faces[own_faces], buildings.anchor[building])
            found[building] = own_faces[int(np.argmin(far))] if len(own_faces) else len(faces)
    return np.where((found == len(faces)) | ~inside, -1, found)


def _cover(
    cuts: Cuts, inner: Shapes, estate: IntArray, *, lived: BoolArray, rural: BoolArray
) -> IntArray:
    """Return the land use of faces that are water or green; fields and woods of villages are not set apart."""
    water = first_holding(cuts.water, inner) >= 0
    green = (first_holding(cuts.green, inner) >= 0) & ~rural
    cover = np.where(water, WATER, np.where(green, GREEN, 0))
    return np.where((estate >= 0) | lived, 0, cover)


def _whole_estates(
    ground: Ground, community: IntArray, estate: IntArray, at: IntArray, most: int
) -> BoolArray:
    """Return which faces lie in an estate that stays whole."""
    inside = estate >= 0
    code = community * (int(estate.max(initial=0)) + 1) + estate
    names, of = np.unique(code[inside], return_inverse=True)
    number = np.full(len(code), -1, dtype=np.int64)
    number[inside] = of
    homes = np.zeros(len(names) + 1)
    placed = at >= 0
    np.add.at(homes, number[at[placed]], ground.households[placed])
    return np.asarray(inside & (homes[number] <= most))


def _put_together(
    faces: Shapes, community: IntArray, estate: IntArray, cover: IntArray, cuts: Cuts,
    *, rural: BoolArray, lived: BoolArray, whole: BoolArray,
) -> IntArray:  # fmt: skip
    """Return the block of each face."""
    borders = inner_borders(faces)
    a, b = borders.left.astype(np.int64), borders.right.astype(np.int64)
    alike = (community[a] == community[b]) & (estate[a] == estate[b]) & (cover[a] == cover[b])
    open_land = alike & rural[a] & (cover[a] == 0) & (estate[a] < 0)
    middle = borders.xy[borders.ends[open_land]].mean(axis=1)
    main = np.array([False, *(item.main for item in BARRIERS)])
    parted = np.zeros(len(a), dtype=np.bool_)
    parted[open_land] = main[cuts.class_at(middle)]
    same = (alike & whole[a]) | (open_land & ~parted)
    piece = components(len(faces), np.column_stack((a[same], b[same])))
    # A main barrier in a village with nobody beyond it parts nothing.
    size = int(piece.max(initial=-1)) + 1
    empty = np.ones(size, dtype=np.bool_)
    empty[piece[lived]] = False
    first = np.zeros(size, dtype=np.int64)
    first[piece[::-1]] = np.arange(len(faces))[::-1]
    area = np.bincount(piece, shapely.area(faces), size).astype(np.float64)
    merging = Merging(area, np.zeros(size))
    pairs = np.column_stack((piece[a[parted]], piece[b[parted]]))
    merging.border(pairs, borders.length[parted], borders.length[parted])

    def joined(small: int, goal: int) -> None:
        empty[goal] &= empty[small]

    merging.absorb(
        lambda piece: bool(empty[piece] and rural[first[piece]]), lambda _small, _goal: 0, joined
    )
    _, block = np.unique(merging.whole[piece], return_inverse=True)
    return np.asarray(block.ravel())
