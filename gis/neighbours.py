"""What lies beyond the border of a grid: its neighbours, and the streets that the border runs along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.locate import plane_at

TOUCH_M = 1.0
"""Areas closer than this are neighbours: borders that were drawn one by one do not meet exactly."""
ALONG_M = 20.0
"""A street within this distance of a border is one the border runs along."""
LEAST_M = 10.0
LEAST_SHARE = 0.15
"""Shorter stretches, against the border they lie on, are crossings."""
MOST_NAMES = 3


@dataclass(frozen=True)
class Stretch:
    """A part of a border that one neighbour has in common."""

    neighbour: int | None
    """Index among the others; None where nobody is beyond."""
    length_m: float
    streets: tuple[tuple[str, float], ...]
    """Names and lengths in metres of the streets along it, the longest first."""


def border_stretches(
    own: Any, others: Sequence[Any], lines: Sequence[Any], names: Sequence[str | None]
) -> list[Stretch]:
    """Cut a grid's border by who is beyond it, and name the streets along each part.

    Parameters
    ----------
    own
        Polygon or multipolygon, degrees WGS 84.
    others
        Polygons of the neighbourhood, the grid itself not among them.
    lines, names
        Street edges with their names; nameless ones are not told.

    Returns
    -------
    list of Stretch
        The longest first; parts shorter than a metre are points that touch.
    """
    middle = shapely.centroid(own)
    east, north = plane_at(middle.y)
    origin, scale = np.array([middle.x, middle.y]), np.array([east, north])

    def plane(shape: Any) -> Any:
        return shapely.transform(shape, lambda at: (at - origin) * scale)

    border = plane(shapely.boundary(own))
    named = [(name, plane(line)) for name, line in zip(names, lines, strict=True) if name]
    found, rest = [], border
    for number, other in enumerate(others):
        beside = shapely.buffer(plane(other), TOUCH_M)
        shared = shapely.intersection(border, beside)
        # Corners of two grids meet in a point, which the buffer makes a stub of its own width.
        if shapely.length(shared) <= 2.5 * TOUCH_M:
            continue
        rest = shapely.difference(rest, beside)
        found.append(Stretch(number, round(shapely.length(shared), 1), _along(shared, named)))
    if shapely.length(rest) > 2.5 * TOUCH_M:
        found.append(Stretch(None, round(shapely.length(rest), 1), _along(rest, named)))
    return sorted(found, key=lambda item: (-item.length_m, item.neighbour is None, item.neighbour))


def _along(border: Any, named: Sequence[tuple[str, Any]]) -> tuple[tuple[str, float], ...]:
    strip = shapely.buffer(border, ALONG_M)
    lengths: dict[str, float] = {}
    if named:
        lines = np.array([line for _, line in named], dtype=object)
        inside = shapely.length(shapely.intersection(lines, strip))
        for (name, _), length in zip(named, inside.tolist(), strict=True):
            lengths[name] = lengths.get(name, 0.0) + length
    whole = shapely.length(border)
    least = max(LEAST_M, LEAST_SHARE * whole)
    # Two carriageways of one street are as long as the border at most.
    told = [
        (name, round(min(length, whole), 1)) for name, length in lengths.items() if length >= least
    ]
    return tuple(sorted(told, key=lambda item: (-item[1], item[0]))[:MOST_NAMES])
