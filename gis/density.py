"""Land area and households per square kilometre, measured in the county's metric zone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray, metric_zone, to_metric
from gis.errors import RefusedInputError

SCHEMES = ("natural", "equal", "quantile")
M2_PER_KM2 = 1_000_000
ROUND = 64
"""Corners of a quarter of a circle: what is missing of its area is 0.01 %."""


def area_km2(polygons: Sequence[Any] | NDArray[Any], metric_crs: str) -> FloatArray:
    """Return areas of lon/lat polygons in square kilometres of the zone's plane, shape (n,)."""
    if len(polygons) == 0:
        return np.empty(0)
    planar = shapely.transform(
        np.asarray(polygons, dtype=object), lambda lonlat: to_metric(lonlat, metric_crs)
    )
    return np.asarray(shapely.area(planar) / M2_PER_KM2, dtype=np.float64)


def united_circles_km2(lonlat: Sequence[tuple[float, float]], radius_m: float) -> float:
    """Return the area that circles around places (degrees) cover together, overlaps counted once.

    Measured in the zone of each place's own longitude, as land is; circles of two zones are not united.
    """
    zones: dict[str, list[tuple[float, float]]] = {}
    for place in lonlat:
        zones.setdefault(metric_zone(place[0]), []).append(place)
    total = 0.0
    for zone, places in sorted(zones.items()):
        points = shapely.points(to_metric(np.array(places), zone))
        total += float(shapely.union_all(shapely.buffer(points, radius_m, quad_segs=ROUND)).area)
    return total / M2_PER_KM2


def per_km2(households: IntArray, area: FloatArray) -> FloatArray:
    """Return households per square kilometre; nan where there is no land."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(area > 0, households / area, np.nan)


def nice_top(largest: float) -> float:
    """Return a round number at least as large, that a scale may end with."""
    if largest <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= largest - 1e-12)


def histogram(values: Sequence[float], classes: int) -> tuple[float, list[int]]:
    """Return a round width, and how many values lie in each class of it; at most `classes` + 1 of them.

    Class n holds values from n to below n + 1 widths; values are from 0.
    """
    if not values:
        return 1.0, []
    width = nice_top(max(values) / classes)
    counts = [0] * (int(max(values) // width) + 1)
    for value in values:
        counts[int(value // width)] += 1
    return width, counts


def class_breaks(values: FloatArray, scheme: str, classes: int) -> FloatArray:
    """Return ascending upper bounds of choropleth classes, at most `classes` of them.

    Parameters
    ----------
    values
        Figures to be coloured; nan is ignored.
    scheme
        `natural` (Fisher-Jenks, Fisher 1958), `equal` intervals or `quantile`.

    Raises
    ------
    RefusedInputError
        For an unknown scheme or fewer than one class (`bad_parameter`).
    """
    if scheme not in SCHEMES or classes < 1:
        raise RefusedInputError("bad_parameter", f"scheme must be one of {', '.join(SCHEMES)}")
    # Imported here: it compiles for seconds, and few questions need it.
    import mapclassify

    known = values[np.isfinite(values)]
    distinct = np.unique(known)
    if len(distinct) <= classes:
        return np.asarray(distinct, dtype=np.float64)
    match scheme:
        case "natural":
            bins = mapclassify.FisherJenks(known, k=classes).bins
        case "equal":
            bins = mapclassify.EqualInterval(known, k=classes).bins
        case _:
            bins = np.unique(np.quantile(known, np.arange(1, classes + 1) / classes))
    return np.asarray(bins, dtype=np.float64)
