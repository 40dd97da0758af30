"""Ground to cut cells from that one can draw on paper, and what must hold of any cells made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gis.cells import CellMap, Ground, make_cells, on_grid, transform_once
from gis.crs import to_lonlat
from tests.toy import ZONE

SHIFT = np.array([500_000.0, 3_320_000.0])
"""Towns are drawn around 0, 0 and lie in zone EPSG:4548."""
PARTED = (0.05, 0.012)
"""Square metres, and per metre of outline, that rounding may leave of a footprint beyond its cell."""


def shapes(items: Iterable[Any]) -> np.ndarray:
    """Return shapes as a flat object array."""
    listed = list(items)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle."""
    return shapely.box(west, south, east, north)


def house(x: float, y: float, wide: float = 10, high: float = 10) -> shapely.Polygon:
    """Return a footprint around its middle."""
    return shapely.box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def ground(
    communities: Sequence[Any],
    streets: Sequence[tuple[str, Sequence[tuple[float, float]]]] = (),
    homes: Sequence[tuple[Any, int]] = (),
    *,
    kind: str | None = None,
    water: Sequence[Any] = (),
    green: Sequence[Any] = (),
    estates: Sequence[Any] = (),
    groups: Sequence[Any] = (),
    of_group: Sequence[int] | None = None,
    of_estate: Sequence[int] | None = None,
) -> Ground:
    """Return ground from shapes in metres around 0, 0; a home is a footprint or point with households."""
    drawn = [item for item, _ in homes]
    middles = [item if item.geom_type == "Point" else shapely.point_on_surface(item) for item in drawn]  # fmt: skip
    none = [-1] * len(homes)
    made = Ground(
        communities=shapes(communities),
        community_kind=[kind] * len(communities),
        lines=shapes(shapely.LineString(points) for _, points in streets),
        line_class=[name for name, _ in streets],
        water=shapes(water), green=shapes(green), estates=shapes(estates), group_point=shapes(groups),
        points=shapely.get_coordinates(middles).reshape(-1, 2),
        footprints=shapes(None if item.geom_type == "Point" else item for item in drawn),
        households=np.array([count for _, count in homes], dtype=np.int64),
        building_estate=np.array(none if of_estate is None else of_estate, dtype=np.int64),
        building_group=np.array(none if of_group is None else of_group, dtype=np.int64),
    )  # fmt: skip
    return moved(made, SHIFT)


def moved(town: Ground, by: np.ndarray) -> Ground:
    """Return the same ground elsewhere."""
    names = ("communities", "lines", "water", "green", "estates", "group_point", "footprints")

    def shift(item: Any) -> Any:
        return None if item is None else shapely.transform(item, lambda xy: xy + by)

    there = {name: shapes(shift(item) for item in getattr(town, name)) for name in names}
    return replace(town, **there, points=town.points + by)


def at(made: CellMap, x: float, y: float) -> int:
    """Return the cell at a place of the town; the lowest on a border."""
    hit = np.flatnonzero(shapely.intersects(made.polygons, shapely.Point(SHIFT + np.array([x, y]))))
    return int(hit[0])


def area(made: CellMap, cell: int) -> float:
    """Return the area of a cell in square metres, to a decimetre squared."""
    return round(float(shapely.area(made.polygons[cell])), 2)


def check(town: Ground, made: CellMap, communities: Sequence[Any] | None = None) -> None:
    """Fail unless the cells are what docs/cells.md guarantees.

    Pass the communities to compare borders with where those of the town were faulty.
    """
    assert shapely.coverage_is_valid(made.polygons)
    assert shapely.is_valid(made.polygons).all()
    assert set(shapely.get_type_id(made.polygons).tolist()) <= {int(shapely.GeometryType.POLYGON)}
    lonlat = transform_once(made.polygons, lambda xy: to_lonlat(xy, ZONE))
    assert shapely.coverage_is_valid(lonlat)
    xy = shapely.get_coordinates(made.polygons)
    assert (on_grid(xy) == xy).all()
    for number, drawn in enumerate(town.communities if communities is None else communities):
        own = made.polygons[made.community == number]
        assert len(own), f"community {number} has no cell"
        whole = shapely.union_all(own)
        assert whole.equals(made.community_polygons[number])
        known = set(map(tuple, shapely.get_coordinates(made.community_polygons[number]).tolist()))
        assert set(map(tuple, shapely.get_coordinates(whole).tolist())) <= known
        edges = shapely.boundary(shapely.normalize(whole)), shapely.boundary(drawn)
        assert shapely.hausdorff_distance(*edges) <= 0.01
    _check_buildings(town, made)


def _check_buildings(town: Ground, made: CellMap) -> None:
    cell = made.cell_of_building
    assert cell.shape == (len(town.points),)
    placed = cell >= 0
    sums = np.bincount(cell[placed], town.households[placed], minlength=len(made.polygons))
    assert sums.sum() == town.households[placed].sum()
    noted = [note for note in made.notes if note.code == "building_on_border"]
    on_border = {row for note in noted for row in note.values["buildings"]}
    for row in np.flatnonzero(placed).tolist():
        footprint = town.footprints[row]
        polygon = made.polygons[cell[row]]
        if footprint is None:
            assert shapely.dwithin(polygon, shapely.Point(town.points[row]), 0.012)
        elif row not in on_border:
            beyond = shapely.area(shapely.difference(footprint, polygon))
            assert beyond <= PARTED[0] + PARTED[1] * footprint.length, f"building {row} is parted"


def made_of(town: Ground, **options: Any) -> CellMap:
    """Return the cells of a town, checked."""
    made = make_cells(town, **options)
    check(town, made)
    return made
