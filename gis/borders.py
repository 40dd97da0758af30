"""The borders of communities as imported: gaps and overlaps among them, and their repair.

What lies between borders that should be one is a fault of drawing when it is narrow; wide land without a
community is real (a lake, a neighbour's enclave) and stays outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import IntArray
from gis.errors import Fault, RefusedInputError
from gis.planar import (
    GRID_M,
    ON_LINE_M,
    Shapes,
    components,
    faces_of,
    first_holding,
    inner_borders,
    mean_width,
    polygonal,
    shape_array,
    united,
)

NARROW_GAP_M = 10.0
"""A gap of less mean width is a fault of drawing; wider land without a community is left as it is."""
ROUNDED_M = 0.0075
"""What is further from the line it came from was not put there by rounding to the grid."""
SAME_M = 0.011
"""Borders nearer than this are one border, nobody need be told."""
NOISE_M = 0.002
"""Nothing on the grid is narrower."""
STRIP_SIDES = 0.8
MOUTH = 0.9
"""An open gap lies between borders on nearly its whole outline, and its mouth is narrower than what counts as
narrow: the corner of a county, or the tip of a neighbour's land between two communities, opens wider."""
NOBODY = -1


@dataclass(frozen=True)
class Note:
    """Something about the data that whoever looks after them should know."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlacedFault(Fault):
    """A fault of the land, with its place in metres of the zone."""

    x: float = 0.0
    y: float = 0.0
    area_m2: float = 0.0
    communities: tuple[int, ...] = ()
    """Rows of the communities concerned."""


@dataclass(frozen=True)
class Land:
    """The land of k communities, as faces that each belong to one."""

    lines: Shapes
    """Their borders as drawn, to be noded with everything else."""
    faces: Shapes
    community: IntArray
    """(f,)"""
    notes: tuple[Note, ...]

    def community_of(self, points: Shapes) -> IntArray:
        """Return the community in which each point lies, the first on a border, -1 in none."""
        return self._located(points)[0]

    def community_of_faces(self, faces: Shapes, inner: Shapes) -> IntArray:
        """Return the community of faces by an inner point of each, -1 for land beyond all borders.

        A face outside every border is land beyond it when a corner is further out than rounding explains: a sliver
        between the border and a line drawn beside it would move the border.
        """
        community, beside = self._located(inner)
        corners, of = shapely.get_coordinates(faces[beside], return_index=True)
        corner, face = shapely.STRtree(self.faces).query(
            shapely.points(corners), predicate="dwithin", distance=ROUNDED_M
        )
        near = np.zeros(len(corners), dtype=np.bool_)
        near[corner[self.community[face] == community[beside[of[corner]]]]] = True
        community[beside[of[~near]]] = NOBODY
        return community

    def _located(self, points: Shapes) -> tuple[IntArray, IntArray]:
        """Return the community of each point, and the rows of those that lie a little outside it."""
        face = first_holding(self.faces, points)
        lost = np.flatnonzero(face < 0)
        if len(lost) == 0 or len(self.faces) == 0:
            return np.where(face < 0, NOBODY, self.community[face]), lost[:0]
        # A border may have moved by half a grid square away from a point that lies on it.
        row, near = shapely.STRtree(self.faces).query_nearest(
            points[lost], max_distance=ON_LINE_M, all_matches=False
        )
        face[lost[row]] = near
        return np.where(face < 0, NOBODY, self.community[face]), lost[row]


def settle(communities: Shapes, *, accept_repair: bool = False) -> Land:
    """Return the land of communities without gaps or overlaps.

    Parameters
    ----------
    communities
        (k,) Polygons or MultiPolygons, metres.
    accept_repair
        Give narrow gaps to the neighbour with the longest border and overlaps to the first community,
        and mend what is invalid; each repair is a note.

    Raises
    ------
    RefusedInputError
        `division_gaps` with a `PlacedFault` for each gap and overlap wider than a centimetre, and for each
        polygon that is not valid, unless the repair is accepted.
    """
    faults = _invalid(communities)
    parts = [polygonal(shape_array([item])) for item in communities]
    owner = np.repeat(np.arange(len(parts)), [len(item) for item in parts])
    pieces = shape_array([item for part in parts for item in part])
    lines = shapely.boundary(pieces)
    faces, claims = _claimed(lines, pieces, owner)
    strips = _open_gaps(faces[_counts(claims) > 0])
    if len(strips):
        lines = shape_array([*lines, *shapely.boundary(strips)])
        faces, claims = _claimed(lines, pieces, owner)
    member, found = _members(faces, claims, strips)
    faults += found
    if faults and not accept_repair:
        raise RefusedInputError(
            "division_gaps",
            f"the communities leave {len(faults)} gaps, overlaps or broken outlines; mend them or accept "
            "their repair",
            faults,
        )
    held = member >= 0
    notes = [_note(item) for item in faults]
    wide = member == NOBODY
    if wide.any():
        area = float(shapely.area(faces[wide]).sum())
        notes.append(Note("land_without_community", {"pieces": int(wide.sum()), "area_m2": round(area)}))  # fmt: skip
    return Land(lines, faces[held], member[held], tuple(notes))


def _invalid(communities: Shapes) -> list[PlacedFault]:
    faults = []
    for row in np.flatnonzero(~shapely.is_valid(communities)).tolist():
        reason = str(shapely.is_valid_reason(communities[row]))
        inside = shapely.get_coordinates(communities[row])[0]
        faults.append(
            PlacedFault(
                row=row, field="invalid", reason=f"the outline of community {row} is broken: {reason}",
                x=float(inside[0]), y=float(inside[1]), communities=(row,),
            )
        )  # fmt: skip
    return faults


def _claimed(lines: Shapes, pieces: Shapes, owner: IntArray) -> tuple[Shapes, list[list[int]]]:
    """Return the faces of border lines and which communities claim each."""
    faces = faces_of(lines)
    claims: list[list[int]] = [[] for _ in faces]
    if len(faces):
        inner = shapely.point_on_surface(faces)
        for face, piece in shapely.STRtree(pieces).query(inner, predicate="intersects").T.tolist():
            who = int(owner[piece])
            if who not in claims[face]:
                claims[face].append(who)
    return faces, [sorted(item) for item in claims]


def _counts(claims: list[list[int]]) -> NDArray[np.int64]:
    return np.array([len(item) for item in claims], dtype=np.int64)


def _open_gaps(held: Shapes) -> Shapes:
    """Return narrow gaps that are open to the outside, so that no face shows them.

    They are what a disc of the gap's width cannot reach between two borders (morphological closing).
    """
    if len(held) == 0:
        return np.empty(0, dtype=object)
    whole = shapely.coverage_union_all(held)
    outer = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(whole))))
    reach = NARROW_GAP_M / 2
    strips = polygonal(shapely.get_parts(shapely.difference(_closed(outer, reach, "round"), outer)))
    if len(strips) == 0:
        return strips
    near = shapely.buffer(outer, SAME_M)
    open_ = shapely.line_merge(shapely.difference(shapely.boundary(strips), near))
    mouth = np.array([shapely.length(shapely.get_parts(item)).max(initial=0.0) for item in open_])
    beside = 1 - shapely.length(open_) / shapely.length(strips)
    width = mean_width(shapely.area(strips), shapely.length(strips))
    gap = (width > NOISE_M) & (beside > STRIP_SIDES) & (mouth < MOUTH * NARROW_GAP_M)
    if not gap.any():
        return strips[:0]
    # Round closing also fills corners beside the mouth, mitred closing keeps them sharp.
    sharp = polygonal(shapely.intersection(strips[gap], _closed(outer, reach, "mitre")))
    return np.asarray(sharp[mean_width(shapely.area(sharp), shapely.length(sharp)) > NOISE_M])


def _closed(outer: shapely.Geometry, reach: float, joins: str) -> shapely.Geometry:
    grown = shapely.buffer(outer, reach, join_style=joins)
    return shapely.buffer(grown, -reach, join_style=joins)


def _members(
    faces: Shapes, claims: list[list[int]], strips: Shapes
) -> tuple[IntArray, list[PlacedFault]]:
    """Return the community of each face and the faults in them."""
    count = _counts(claims)
    member = np.array([item[0] if item else NOBODY for item in claims], dtype=np.int64)
    borders = inner_borders(faces)
    sides = np.column_stack((borders.left, borders.right)).astype(np.int64)
    alike = np.array([hash(tuple(item)) for item in claims], dtype=np.int64)
    same = (count[sides[:, 0]] != 1) & (alike[sides[:, 0]] == alike[sides[:, 1]])
    piece = components(len(faces), sides[same])
    size = int(piece.max(initial=-1)) + 1
    area = np.bincount(piece, shapely.area(faces), size).astype(np.float64)
    between = sides[piece[sides[:, 0]] != piece[sides[:, 1]]]
    length = borders.length[piece[sides[:, 0]] != piece[sides[:, 1]]]
    outline = np.bincount(piece, shapely.length(faces), size) - np.bincount(
        piece[sides[:, 0]], 2 * borders.length * (piece[sides[:, 0]] == piece[sides[:, 1]]), size
    )
    width = mean_width(area, outline.astype(np.float64))
    in_strip = first_holding(strips, shapely.point_on_surface(faces)) >= 0
    faults = []
    for number in np.flatnonzero(np.bincount(piece, count != 1, size) > 0).tolist():
        rows = np.flatnonzero(piece == number)
        if count[rows[0]] == 0:
            goal, beside = _longest(rows, between, length, count, member)
            # A notch in the outline of a single community is how it was drawn.
            open_ = bool(in_strip[rows].any())
            if (open_ and len(beside) < 2) or (not open_ and width[number] >= NARROW_GAP_M):
                continue
            member[rows] = goal
            kind, who = "gap", beside
        else:
            kind, who = "overlap", tuple(claims[rows[0]])
        if width[number] > SAME_M:
            faults.append(_fault(kind, faces[rows], float(area[number]), who))
    return member, faults


def _longest(
    rows: IntArray,
    between: IntArray,
    length: NDArray[np.float64],
    count: IntArray,
    member: IntArray,
) -> tuple[int, tuple[int, ...]]:
    """Return the community with the longest border to some unclaimed faces, and all that have one."""
    shared: dict[int, float] = {}
    for own, other in ((0, 1), (1, 0)):
        beside = np.isin(between[:, own], rows) & (count[between[:, other]] > 0)
        for face, metres in zip(between[beside, other].tolist(), length[beside].tolist(), strict=True):  # fmt: skip
            who = int(member[face])
            shared[who] = shared.get(who, 0.0) + metres
    if not shared:
        return NOBODY, ()
    return max(shared, key=lambda who: (shared[who], -who)), tuple(sorted(shared))


def _fault(kind: str, faces: Shapes, area: float, who: tuple[int, ...]) -> PlacedFault:
    largest = faces[int(np.argmax(shapely.area(faces)))]
    x, y = shapely.get_coordinates(shapely.point_on_surface(largest))[0].round(1).tolist()
    named = ", ".join(map(str, who))
    return PlacedFault(
        field=kind, reason=f"{kind} of {area:.1f} m² at {x}, {y} (communities {named})",
        x=x, y=y, area_m2=round(area, 2), communities=who,
    )  # fmt: skip


def _note(fault: PlacedFault) -> Note:
    values = {"x": fault.x, "y": fault.y, "area_m2": fault.area_m2, "communities": list(fault.communities)}  # fmt: skip
    return Note(f"{fault.field}_repaired", values)


def community_polygons(faces: Shapes, community: IntArray, count: int) -> Shapes:
    """Return the outline of each community as the union of its faces, on the grid."""
    return united(faces, community, count)


__all__ = ["GRID_M", "Land", "Note", "PlacedFault", "community_polygons", "settle"]
