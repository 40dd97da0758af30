"""The local metre frame the county is drawn in, and the way back to longitude and latitude."""

from __future__ import annotations

import zlib

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

LON0, LAT0 = 117.30, 28.60
SEED = 990101

# A transverse Mercator on the county's own meridian: over ±6 km its scale error is below one
# millimetre per kilometre, so a metre drawn here is a metre measured later.
_TO_LONLAT = Transformer.from_crs(
    f"+proj=tmerc +lat_0={LAT0} +lon_0={LON0} +k=1 +ellps=GRS80 +units=m +no_defs",
    "EPSG:4326",
    always_xy=True,
)


def rng(stage: str) -> np.random.Generator:
    """Return the generator of one stage; a change in one stage leaves the others as they were."""
    return np.random.default_rng([SEED, zlib.crc32(stage.encode())])


def lonlat(xy: np.ndarray) -> np.ndarray:
    """Return (n, 2) degrees rounded to 7 decimals (about 1 cm) for (n, 2) local metres."""
    lon, lat = _TO_LONLAT.transform(xy[:, 0], xy[:, 1])
    return np.round(np.column_stack([lon, lat]), 7)


def to_lonlat(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry in EPSG:4326, every vertex rounded to 7 decimals."""
    return shapely.transform(geometry, lonlat)
