"""Lines as a hand would draw them: smoothed, made crooked, set off, trimmed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

Points = Sequence[tuple[float, float]]


def smooth(points: Points, *, closed: bool = False, step: float = 22.0) -> LineString:
    """Return a Catmull-Rom curve through the points, a vertex about every `step` metres."""
    p = np.asarray(points, dtype=float)
    # The curve needs one more point before the first and after the last.
    more = (p[-1], p, p[0], p[1]) if closed else (2 * p[0] - p[1], p, 2 * p[-1] - p[-2])
    p = np.vstack(more)
    out = [p[1:2]]
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        n = max(2, int(np.hypot(*(c - b)) / step))
        t = np.linspace(0, 1, n + 1)[1:, None]
        out.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return LineString(np.vstack(out)).simplify(0.4)


def crooked(
    line: LineString, rng: np.random.Generator, amplitude: float, wavelength: float
) -> LineString:
    """Return the line bent sideways by smooth noise; both ends stay where they are."""
    n = max(3, int(line.length / wavelength) + 1)
    s = np.linspace(0, line.length, n)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, s))
    normal = np.gradient(xy, axis=0)[:, ::-1] * (-1, 1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-9)[:, None]
    push = rng.normal(0, amplitude, n)
    push[[0, -1]] = 0
    return smooth((xy + normal * push[:, None]).tolist(), step=max(8.0, wavelength / 4))


def blob(
    x: float, y: float, rx: float, ry: float, rng: np.random.Generator, rough: float = 0.12
) -> Polygon:
    """Return a rounded irregular patch: an ellipse with smooth noise on its radius."""
    a = np.linspace(0, 2 * np.pi, 14, endpoint=False) + rng.uniform(0, 0.4)
    r = 1 + rng.normal(0, rough, len(a))
    ring = smooth(
        np.column_stack([x + rx * r * np.cos(a), y + ry * r * np.sin(a)]).tolist(), closed=True
    )
    return Polygon(ring).buffer(0)


def band(line: LineString, half_width: np.ndarray) -> Polygon:
    """Return the strip around the line whose half width is given at each of its vertices."""
    xy = shapely.get_coordinates(line)
    t = np.gradient(xy, axis=0)
    t /= np.hypot(t[:, 0], t[:, 1])[:, None]
    n = np.column_stack([-t[:, 1], t[:, 0]]) * half_width[:, None]
    return Polygon(np.vstack([xy + n, (xy - n)[::-1]])).buffer(0)


def lines_of(geometry: BaseGeometry, shortest: float = 0.0) -> list[LineString]:
    """Return the line parts of any geometry that are at least `shortest` metres long."""
    parts = shapely.get_parts(geometry, return_index=False)
    flat = [q for p in parts for q in shapely.get_parts(p)]
    return [p for p in flat if p.geom_type == "LineString" and p.length >= max(shortest, 1e-6)]


def polygons_of(geometry: BaseGeometry, smallest: float = 0.0) -> list[Polygon]:
    """Return the polygon parts of any geometry with at least `smallest` square metres."""
    parts = [q for p in shapely.get_parts(geometry) for q in shapely.get_parts(p)]
    return [p for p in parts if p.geom_type == "Polygon" and p.area > smallest]


def snapped_end(line: LineString, target: LineString, at_start: bool, reach: float) -> LineString:
    """Return the line with one end laid on the target when that is within `reach` metres."""
    xy = shapely.get_coordinates(line)
    end = Point(xy[0 if at_start else -1])
    if end.distance(target) > reach:
        return line
    if line.crosses(target):
        # The line overshoots: cut it at the crossing nearest to this end.
        hits = [
            p
            for p in shapely.get_parts(line.intersection(target))
            if p.geom_type == "Point" and p.distance(end) < reach * 2
        ]
        if hits:
            d = line.project(min(hits, key=lambda p: p.distance(end)))
            return substring(line, d, line.length) if at_start else substring(line, 0, d)
    foot = target.interpolate(target.project(end))
    foot_xy = np.array([[foot.x, foot.y]])
    return LineString(np.vstack([foot_xy, xy] if at_start else [xy, foot_xy]))
