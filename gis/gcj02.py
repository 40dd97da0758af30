"""Chinese map offsets: GCJ-02 (AMap, Tencent) and BD-09 (Baidu) from and to WGS 84.

All functions take and return longitudes and latitudes in degrees, as arrays of any equal shape.
The offsets are 170 to 610 m, so a layer in the wrong one of these looks right and is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Degrees: TypeAlias = npt.NDArray[np.float64]
LonLat: TypeAlias = tuple[Degrees, Degrees]

KRASOVSKY_SEMI_MAJOR_M = 6_378_245.0
KRASOVSKY_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943_23
# Outside this box the published offset is defined to be zero.
OFFSET_WEST, OFFSET_EAST, OFFSET_SOUTH, OFFSET_NORTH = 72.004, 137.8347, 0.8293, 55.8271
BAIDU_X_PI = np.pi * 3000.0 / 180.0
# The offset changes by at most a few metres per kilometre, so each round gains two digits or
# more. The count is fixed: a vertex shared by two polygons must come out the same in any batch.
INVERSE_ROUNDS = 8


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return WGS 84 degrees as GCJ-02 degrees; points outside China pass unchanged."""
    x, y = _as_degrees(lon, lat)
    dx, dy = _gcj02_offset(x, y)
    inside = _has_offset(x, y)
    return np.where(inside, x + dx, x), np.where(inside, y + dy, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return GCJ-02 degrees as WGS 84 degrees, closer than 1e-9 degrees to the exact inverse."""
    x, y = _as_degrees(lon, lat)
    inside = _has_offset(x, y)
    back_x, back_y = _invert(wgs84_to_gcj02, x, y)
    return np.where(inside, back_x, x), np.where(inside, back_y, y)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return GCJ-02 degrees as BD-09 degrees."""
    x, y = _as_degrees(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BAIDU_X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BAIDU_X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return BD-09 degrees as GCJ-02 degrees, by iteration."""
    x, y = _as_degrees(lon, lat)
    return _invert(gcj02_to_bd09, x, y)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return WGS 84 degrees as BD-09 degrees; points outside China pass unchanged."""
    x, y = _as_degrees(lon, lat)
    inside = _has_offset(x, y)
    shifted_x, shifted_y = gcj02_to_bd09(*wgs84_to_gcj02(x, y))
    return np.where(inside, shifted_x, x), np.where(inside, shifted_y, y)


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Return BD-09 degrees as WGS 84 degrees; points outside China pass unchanged."""
    x, y = _as_degrees(lon, lat)
    inside = _has_offset(x, y)
    back_x, back_y = gcj02_to_wgs84(*bd09_to_gcj02(x, y))
    return np.where(inside, back_x, x), np.where(inside, back_y, y)


def _as_degrees(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _has_offset(lon: Degrees, lat: Degrees) -> npt.NDArray[np.bool_]:
    within_lon = (lon >= OFFSET_WEST) & (lon <= OFFSET_EAST)
    return within_lon & (lat >= OFFSET_SOUTH) & (lat <= OFFSET_NORTH)


def _invert(forward: Callable[[Degrees, Degrees], LonLat], lon: Degrees, lat: Degrees) -> LonLat:
    """Return the points that `forward` moves to (lon, lat), by fixed-point iteration."""
    x, y = lon.copy(), lat.copy()
    for _ in range(INVERSE_ROUNDS):
        moved_x, moved_y = forward(x, y)
        x = x - (moved_x - lon)
        y = y - (moved_y - lat)
    return x, y


def _gcj02_offset(lon: Degrees, lat: Degrees) -> LonLat:
    """Return the offset in degrees (the well-known formula on the Krasovsky ellipsoid)."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north_m += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east_m += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian_m = KRASOVSKY_SEMI_MAJOR_M * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / magic**1.5
    parallel_m = KRASOVSKY_SEMI_MAJOR_M / np.sqrt(magic) * np.cos(phi)
    return np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)
