"""Land area and households per square kilometre, measured in the county's metric zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray, to_metric
from gis.errors import RefusedInputError

SCHEMES = ("natural", "equal", "quantile")
M2_PER_KM2 = 1_000_000


def area_km2(polygons: Sequence[Any] | NDArray[Any], metric_crs: str) -> FloatArray:
    """Return areas of lon/lat polygons in square kilometres of the zone's plane, shape (n,)."""
    if len(polygons) == 0:
        return np.empty(0)
    planar = shapely.transform(
        np.asarray(polygons, dtype=object), lambda lonlat: to_metric(lonlat, metric_crs)
    )
    return np.asarray(shapely.area(planar) / M2_PER_KM2, dtype=np.float64)


def per_km2(households: IntArray, area: FloatArray) -> FloatArray:
    """Return households per square kilometre; nan where there is no land."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(area > 0, households / area, np.nan)


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
