"""Who is within reach: every building's nearest station, then sums by threshold, grid and community.

A *field* holds distances and knows no threshold; minutes, speed, radius and basis only re-read it.
Each building has exactly one status, so households always add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.crs import FloatArray, IntArray, planar_to_ground_mm, scale_factor
from gis.network import Network
from gis.snap import NO_NETWORK as NO_STREETS
from gis.snap import Snaps
from gis.travel import nearest_station

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

WITHIN_WALK, OUT_OF_REACH, UNREACHABLE, NO_NETWORK = 0, 1, 2, 3
STATUSES = ("within_walk", "out_of_reach", "unreachable", "no_network")
"""What a building is, in the words of the contract; the position is the stored number."""


CHUNK = 50_000
"""Points worked on at once: their intermediate figures stay in the processor's cache."""


@dataclass(frozen=True)
class Field:
    """Distances of n buildings to their nearest station; -1 where there is none."""

    walk_mm: IntArray
    straight_mm: IntArray
    access_mm: IntArray
    station: Int32Array
    """(n,) index of the station nearest on foot, -1 without a route."""
    straight_station: Int32Array
    no_network: BoolArray
    """(n,) True in an area without street data, where nothing is known about walking."""

    def __len__(self) -> int:
        return len(self.walk_mm)


def empty_field(count: int) -> Field:
    """Return the field of `count` buildings before anything is known: no route, no street data."""
    return Field(
        np.full(count, -1, dtype=np.int64),
        np.full(count, -1, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.full(count, -1, dtype=np.int32),
        np.full(count, -1, dtype=np.int32),
        np.ones(count, dtype=np.bool_),
    )


def fill_field(
    field: Field, rows: NDArray[np.intp], network: Network, stations: Snaps, points: Snaps
) -> None:
    """Write the walks of the buildings `rows`, which lie on `network`, into the field."""
    nearest = nearest_station(network, stations, points)
    field.walk_mm[rows] = nearest.walk_mm
    field.station[rows] = nearest.station
    field.access_mm[rows] = nearest.access_mm
    field.no_network[rows] = points.state == NO_STREETS


def nearest_straight(stations_xy: FloatArray, points_xy: FloatArray) -> tuple[IntArray, Int32Array]:
    """Return the straight ground distance (mm) to the nearest station and which one it is.

    Both (n, 2) in one 3-degree zone. The planar length is divided by the scale along the line
    (Simpson's rule over both ends and the middle).
    """
    found = cKDTree(stations_xy).query(points_xy, workers=-1)[1]
    nearest = np.asarray(found, dtype=np.int32)
    straight = np.empty(len(points_xy), dtype=np.int64)
    for start in range(0, len(points_xy), CHUNK):
        part = slice(start, start + CHUNK)
        points = points_xy[part]
        target = stations_xy[nearest[part]]
        planar = np.hypot(target[:, 0] - points[:, 0], target[:, 1] - points[:, 1])
        middle = scale_factor((points + target) / 2)
        scale = (scale_factor(points) + 4 * middle + scale_factor(target)) / 6
        straight[part] = planar_to_ground_mm(planar, scale)
    return straight, nearest


def classify(field: Field, walk_limit_mm: int) -> NDArray[np.uint8]:
    """Return each building's status; a walk of exactly the limit is within."""
    status = np.full(len(field), UNREACHABLE, dtype=np.uint8)
    status[field.no_network] = NO_NETWORK
    status[field.walk_mm >= 0] = OUT_OF_REACH
    status[(field.walk_mm >= 0) & (field.walk_mm <= walk_limit_mm)] = WITHIN_WALK
    return status


@dataclass(frozen=True)
class Limits:
    """The thresholds of one question, whole millimetres."""

    walk_mm: int
    radius_mm: int
    detour_factor: Fraction
    """Walk estimated as straight line times this where there is no street data."""


def counts(field: Field, limits: Limits) -> dict[str, BoolArray]:
    """Return the named sets of buildings of which households and buildings are summed."""
    status = classify(field, limits.walk_mm)
    routed = field.walk_mm >= 0
    straight = field.straight_mm >= 0
    estimated = (
        (status == NO_NETWORK)
        & straight
        & (field.straight_mm * limits.detour_factor.numerator
           <= limits.walk_mm * limits.detour_factor.denominator)
    )  # fmt: skip
    return {
        **{name: status == number for number, name in enumerate(STATUSES)},
        "within_radius": straight & (field.straight_mm <= limits.radius_mm),
        "within_network_radius": routed & (field.walk_mm <= limits.radius_mm),
        "estimated_within_walk": estimated,
    }


def tally(
    sets: Mapping[str, BoolArray], households: IntArray, group: Int32Array, groups: int
) -> dict[str, IntArray]:
    """Sum households and buildings per group.

    Parameters
    ----------
    sets
        Named sets over n buildings, from `counts`.
    households, group
        (n,) households and number of the group; -1 is summed into an extra group at the end.

    Returns
    -------
    dict
        Arrays (groups + 1,): `households`, `buildings_total`, and for each set its households
        under its name and its buildings under `buildings_` + name.
    """
    size, patterns = groups + 1, 1 << len(sets)
    # One count per group and pattern of sets, instead of two passes over all buildings per set.
    slot = np.where(group < 0, groups, group).astype(np.int64) * patterns
    for bit, chosen in enumerate(sets.values()):
        slot += chosen.astype(np.int64) << bit
    # Float sums of whole numbers are exact up to 2^53.
    homes = np.bincount(slot, weights=households, minlength=size * patterns)
    buildings = np.bincount(slot, minlength=size * patterns)
    homes, buildings = homes.reshape(size, patterns), buildings.reshape(size, patterns)
    result = {
        "households": homes.sum(axis=1).astype(np.int64),
        "buildings_total": buildings.sum(axis=1).astype(np.int64),
    }
    for bit, name in enumerate(sets):
        within = (np.arange(patterns) >> bit & 1).astype(np.bool_)
        result[name] = homes[:, within].sum(axis=1).astype(np.int64)
        result[f"buildings_{name}"] = buildings[:, within].sum(axis=1).astype(np.int64)
    return result


def locate(points: FloatArray, polygons: NDArray[np.object_]) -> Int32Array:
    """Return the polygon each point (n, 2) lies in, -1 in none; on a shared border the first has it.

    Points are sorted by x, so a polygon's candidates are a slice; no geometry is made per point,
    which would take longer than finding it. Prepared polygons judge the candidates.
    """
    shapely.prepare(polygons)
    order = np.argsort(points[:, 0], kind="stable")
    x, y = points[order, 0], points[order, 1]
    west, south, east, north = shapely.bounds(polygons).reshape(-1, 4).T
    first, last = np.searchsorted(x, west, "left"), np.searchsorted(x, east, "right")
    found = np.full(len(points), -1, dtype=np.int32)
    for polygon in range(len(polygons) - 1, -1, -1):  # backwards: the first writes last
        start = first[polygon]
        beside = y[start : last[polygon]]
        near = np.flatnonzero((beside >= south[polygon]) & (beside <= north[polygon])) + start
        found[near[shapely.intersects_xy(polygons[polygon], x[near], y[near])]] = polygon
    member = np.empty(len(points), dtype=np.int32)
    member[order] = found
    return member


def cumulative_curve(
    walk_mm: IntArray, households: IntArray, speed_kmh: Fraction, minutes: int = 60
) -> IntArray:
    """Return the households within 0, 1, … `minutes` minutes at a speed, shape (minutes + 1,).

    `walk_mm` (n,) is -1 where no walk is known.
    """
    routed = walk_mm >= 0
    limits = np.array(
        [int(minute * speed_kmh * 1_000_000 / 60) for minute in range(minutes + 1)], dtype=np.int64
    )
    minute = np.searchsorted(limits, walk_mm[routed], side="left")
    per_minute = np.bincount(minute, weights=households[routed], minlength=minutes + 2)
    return np.cumsum(per_minute[: minutes + 1]).astype(np.int64)
