"""Drawn polygons of one community made a tiling: what was wrong is said, never mended in silence.

Rules R1 (valid, one piece), R2 (inside the community), R3 (no overlap), R4 (no gap, with the households in
it) and R6 (no building cut) are looked at here; a plan of cells keeps them by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray
from gis.planar import (
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
from gis.tiling import Finding, Level

BoolArray = NDArray[np.bool_]

SAME_M = 0.011
"""Borders nearer than this are one border; nobody need be told."""
PARTED_M2, PARTED_M = 0.05, 0.012
"""Land of a building on the other side of a border: more than rounding its outline explains."""
NOBODY = -1


@dataclass(frozen=True)
class Repaired:
    """Drawn polygons as a tiling, and what was found."""

    polygons: Shapes
    """(p,) valid Polygons or MultiPolygons in the order drawn, empty where nothing is left: inside the community,
    without overlap, neighbours with the same vertices."""
    findings: tuple[Finding, ...]
    """`part` counts polygons from 1, 0 is none; places are metres. `values["repaired"]` tells what was wrong
    before from what remains."""


@dataclass
class _Faces:
    """Faces of all outlines, who drew over each, and whose each is to be."""

    shape: Shapes
    inside: BoolArray
    claims: list[tuple[int, ...]]
    member: IntArray
    area: FloatArray
    households: IntArray
    left: IntArray
    right: IntArray
    border: FloatArray

    def groups(self, kind: IntArray) -> Iterator[tuple[IntArray, float, float]]:
        """Yield connected faces of the same kind (-1 is none) with their area and mean width."""
        same = kind[self.left] == kind[self.right]
        piece = components(len(self.shape), np.column_stack((self.left, self.right))[same])
        inner = np.bincount(self.left[same], 2 * self.border[same], len(self.shape))
        outline = shapely.length(self.shape) - inner
        for number in np.unique(piece[kind >= 0]).tolist():
            rows = np.flatnonzero(piece == number)
            area = float(self.area[rows].sum())
            width = mean_width(np.array([area]), np.array([float(outline[rows].sum())]))
            yield rows, area, float(width[0])

    def finding(
        self, rule: str, level: Level, part: int, code: str, text: str, rows: IntArray, area: float,
        *, repaired: bool, **more: object,
    ) -> Finding:  # fmt: skip
        """Return a finding at some faces, with the households in them."""
        largest = self.shape[rows[int(np.argmax(self.area[rows]))]]
        homes = int(self.households[rows].sum())
        return _finding(
            rule,
            level,
            part,
            code,
            text,
            largest,
            area,
            repaired=repaired,
            households=homes,
            **more,
        )


def repair_polygons(
    polygons: Shapes,
    community: shapely.Geometry,
    footprints: Shapes | None = None,
    points: FloatArray | None = None,
    households: IntArray | None = None,
    *,
    tolerance_m: float,
) -> Repaired:
    """Return drawn polygons as a tiling of their community, with findings.

    Broken outlines are mended, what lies outside is cut off, overlaps go to the polygon drawn first, gaps
    narrower than the tolerance to the neighbour with the longest border. Wider gaps stay and are found.

    Parameters
    ----------
    polygons, community
        Metres of one zone.
    footprints, points, households
        (n,) outlines (None where there is none), (n, 2) points and (n,) counts of buildings.
    tolerance_m
        Mean width of gaps to close.
    """
    points = np.empty((0, 2)) if points is None else points
    count = np.zeros(len(points), dtype=np.int64) if households is None else households
    found = list(_broken(polygons))
    pieces = [polygonal(shape_array([item])) for item in polygons]
    owner = np.repeat(np.arange(len(pieces)), [len(item) for item in pieces])
    parts = shape_array([part for item in pieces for part in item])
    faces = _faces(parts, owner, community, points, count)
    wide = _wide(faces, tolerance_m)
    if len(wide):
        faces = _faces(parts, owner, community, points, count, wide)
    found += _outside(faces, len(polygons))
    found += _overlaps(faces)
    found += _gaps(faces, tolerance_m, wide)
    found += _crumbs(faces, tolerance_m)
    drawn = faces.member >= 0
    whole = united(faces.shape[drawn], faces.member[drawn], len(polygons))
    found += _several(whole)
    if footprints is not None:
        found += _parted(whole, footprints)
    return Repaired(whole, tuple(sorted(found, key=lambda item: (int(item.rule[1:]), item.part))))


def _finding(
    rule: str, level: Level, part: int, code: str, text: str, where: shapely.Geometry, area: float,
    *, repaired: bool, households: int = 0, **more: object,
) -> Finding:  # fmt: skip
    """Return a finding at a point inside a shape."""
    x, y = shapely.get_coordinates(shapely.point_on_surface(where))[0].round(2).tolist()
    values = {"area_m2": round(area, 2), "repaired": repaired, **more}
    return Finding(rule, level, part, code, values, text, households=households, x=x, y=y)


def _broken(polygons: Shapes) -> Iterator[Finding]:
    for row in np.flatnonzero(~shapely.is_valid(polygons)).tolist():
        why = str(shapely.is_valid_reason(polygons[row]))
        area = float(shapely.area(polygonal(polygons[row : row + 1])).sum())
        where = shapely.Point(shapely.get_coordinates(polygons[row])[0])
        if "[" in why:
            where = shapely.Point(
                [float(item) for item in why[why.index("[") + 1 : -1].split()[:2]]
            )
        text = f"the outline is broken and was mended: {why}"
        yield _finding(
            "R1", "warning", row + 1, "broken_outline", text, where, area, repaired=True, why=why
        )


def _faces(
    parts: Shapes,
    owner: IntArray,
    community: shapely.Geometry,
    points: FloatArray,
    count: IntArray,
    wide: Shapes | None = None,
) -> _Faces:
    land = polygonal(shape_array([community]))
    lines = [shapely.boundary(land), shapely.boundary(parts)]
    lines += [] if wide is None else [shapely.boundary(wide)]
    faces = faces_of(np.concatenate(lines))
    inner = shapely.point_on_surface(faces)
    inside = first_holding(land, inner) >= 0
    claims: list[tuple[int, ...]] = [()] * len(faces)
    if len(parts):
        for face, part in shapely.STRtree(parts).query(inner, predicate="intersects").T.tolist():
            claims[face] = tuple(sorted({*claims[face], int(owner[part])}))
    at = (
        first_holding(faces, shapely.points(points)) if len(points) else np.empty(0, dtype=np.int64)
    )
    homes = np.zeros(len(faces), dtype=np.int64)
    np.add.at(homes, at[at >= 0], count[at >= 0])
    member = np.array([item[0] if item else NOBODY for item in claims], dtype=np.int64)
    borders = inner_borders(faces)
    return _Faces(
        faces,
        inside,
        claims,
        np.where(inside, member, NOBODY),
        shapely.area(faces),
        homes,
        borders.left.astype(np.int64),
        borders.right.astype(np.int64),
        borders.length,
    )


def _wide(faces: _Faces, tolerance_m: float) -> Shapes:
    """Return the part of gaps that a disc as wide as the tolerance reaches (morphological opening)."""
    empty = faces.inside & (faces.member == NOBODY)
    if not empty.any():
        return np.empty(0, dtype=object)
    gap = shapely.coverage_union_all(faces.shape[empty])
    inner = shapely.buffer(gap, -tolerance_m / 2, join_style="mitre")
    return polygonal(shape_array([shapely.buffer(inner, tolerance_m / 2, join_style="mitre")]))


def _outside(faces: _Faces, count: int) -> Iterator[Finding]:
    for polygon in range(count):
        out = np.array([polygon in item for item in faces.claims], dtype=np.bool_) & ~faces.inside
        groups = [item for item in faces.groups(np.where(out, 0, -1)) if item[2] > SAME_M]
        if groups:
            rows, area = (
                np.concatenate([item[0] for item in groups]),
                sum(item[1] for item in groups),
            )
            text = f"{area:.1f} m² lie outside the community and were cut off"
            yield faces.finding("R2", "warning", polygon + 1, "outside", text, rows, area, repaired=True)  # fmt: skip


def _overlaps(faces: _Faces) -> Iterator[Finding]:
    several = {item for item in faces.claims if len(item) > 1}
    number = {item: place for place, item in enumerate(sorted(several))}
    kind = np.array([number.get(item, -1) for item in faces.claims], dtype=np.int64)
    for rows, area, width in faces.groups(np.where(faces.inside, kind, -1)):
        if width > SAME_M:
            first, *others = (item + 1 for item in faces.claims[rows[0]])
            text = f"{area:.1f} m² were drawn over {', '.join(map(str, others))} too and went to {first}"
            yield faces.finding(
                "R3", "warning", first, "overlap", text, rows, area, repaired=True, others=others
            )


def _gaps(faces: _Faces, tolerance_m: float, wide: Shapes) -> Iterator[Finding]:
    empty = faces.inside & (faces.member == NOBODY)
    reached = first_holding(wide, shapely.point_on_surface(faces.shape)) >= 0
    for rows, area, width in faces.groups(np.where(empty, reached, -1)):
        narrow = width <= tolerance_m and not reached[rows[0]]
        goal = _longest(faces, rows) if narrow else NOBODY
        faces.member[rows] = goal
        homes = int(faces.households[rows].sum())
        if width <= SAME_M:
            continue
        if goal == NOBODY:
            text = f"{area:.1f} m² with {homes} households lie in no polygon"
            yield faces.finding("R4", "error", 0, "gap", text, rows, area, repaired=False)
        else:
            text = f"a gap of {area:.1f} m² with {homes} households was closed"
            yield faces.finding("R4", "warning", goal + 1, "gap_closed", text, rows, area, repaired=True)  # fmt: skip


def _longest(faces: _Faces, rows: IntArray) -> int:
    """Return the polygon with the longest border to some faces, `NOBODY` without any."""
    shared: dict[int, float] = {}
    own = np.zeros(len(faces.shape), dtype=np.bool_)
    own[rows] = True
    for here, there in ((faces.left, faces.right), (faces.right, faces.left)):
        beside = np.flatnonzero(own[here] & ~own[there] & (faces.member[there] >= 0))
        who = faces.member[there[beside]]
        for polygon, metres in zip(who.tolist(), faces.border[beside].tolist(), strict=True):
            shared[polygon] = shared.get(polygon, 0.0) + metres
    return max(shared, key=lambda polygon: (shared[polygon], -polygon)) if shared else NOBODY


def _crumbs(faces: _Faces, tolerance_m: float) -> Iterator[Finding]:
    """Give pieces that are cut off and narrower than the tolerance to the neighbour around them."""
    pieces = list(faces.groups(np.where(faces.member >= 0, faces.member, -1)))
    largest: dict[int, float] = {}
    for rows, area, _ in pieces:
        who = int(faces.member[rows[0]])
        largest[who] = max(largest.get(who, 0.0), area)
    for rows, area, width in pieces:
        who = int(faces.member[rows[0]])
        if area >= largest[who] or width > tolerance_m or area > tolerance_m**2:
            continue
        faces.member[rows] = NOBODY
        goal = _longest(faces, rows)
        faces.member[rows] = who if goal == NOBODY else goal
        if goal != NOBODY and width > SAME_M:
            text = f"a crumb of {area:.1f} m² that was cut off went to {goal + 1}"
            yield faces.finding(
                "R1", "warning", who + 1, "crumb", text, rows, area, repaired=True, other=goal + 1
            )


def _several(whole: Shapes) -> Iterator[Finding]:
    for row, item in enumerate(whole):
        parts = shapely.get_parts(item)
        parts = parts[np.argsort(-shapely.area(parts), kind="stable")]
        if len(parts) > 1:
            away = float(shapely.area(parts[1:]).sum())
            text = f"{len(parts)} pieces that do not touch; {away:.0f} m² are cut off"
            yield _finding(
                "R1",
                "error",
                row + 1,
                "several_pieces",
                text,
                parts[1],
                away,
                repaired=False,
                pieces=len(parts),
            )
        elif len(parts) == 0:
            text = "nothing is left of this polygon"
            yield Finding("R1", "error", row + 1, "no_land", {"repaired": False}, text)


def _parted(whole: Shapes, footprints: Shapes) -> Iterator[Finding]:
    drawn = np.flatnonzero([item is not None for item in footprints])
    if len(drawn) == 0:
        return
    row, polygon = shapely.STRtree(whole).query(footprints[drawn], predicate="intersects")
    shape = footprints[drawn[row]]
    area = shapely.area(shapely.intersection(shape, whole[polygon]))
    real = area > PARTED_M2 + PARTED_M * shapely.length(shape)
    for number in np.flatnonzero(np.bincount(row[real], minlength=len(drawn)) > 1).tolist():
        own = np.flatnonzero(real & (row == number))
        own = own[np.argsort(-area[own], kind="stable")]
        parts, building = (polygon[own] + 1).tolist(), int(drawn[number])
        text = f"building {building} lies in {len(parts)} polygons"
        over = float(area[own[1:]].sum())
        yield _finding(
            "R6", "warning", parts[0], "building_cut", text, footprints[building], over,
            repaired=False, building=building, parts=parts,
        )  # fmt: skip
