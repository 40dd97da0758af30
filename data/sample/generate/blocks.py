"""Blocks: the faces between main roads, cut again and again by smaller streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import split

from .curves import polygons_of


@dataclass(frozen=True)
class Grain:
    """How finely a quarter is cut: target area, crookedness and the classes of its streets."""

    target_m2: float
    bend_m: float
    skew_deg: float
    highway: str
    last: str
    # Share of the last cuts that stay without a street (two plots back to back).
    blind: float = 0.0


class Junctions:
    """Street ends laid on block edges; a later street from across the edge meets them."""

    def __init__(self, points: np.ndarray) -> None:
        self._xy = points

    def near(self, point: Point, reach: float) -> Point | None:
        d = np.hypot(self._xy[:, 0] - point.x, self._xy[:, 1] - point.y)
        i = int(d.argmin())
        return Point(*self._xy[i]) if d[i] < reach else None

    def add(self, point: Point) -> None:
        self._xy = np.vstack([self._xy, (point.x, point.y)])


def box_axes(polygon: Polygon) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return centre, unit vector of the long side, long and short side of the tightest box."""
    xy = shapely.get_coordinates(polygon.minimum_rotated_rectangle)
    a, b = xy[1] - xy[0], xy[2] - xy[1]
    la, lb = float(np.hypot(*a)), float(np.hypot(*b))
    centre = xy[:4].mean(axis=0)
    return (centre, a / la, la, lb) if la >= lb else (centre, b / lb, lb, la)


def _cut_line(
    polygon: Polygon, grain: Grain, joints: Junctions, draw: np.random.Generator
) -> LineString | None:
    """Return a bent line across the short way of the polygon, its ends on its edge."""
    centre, u, long, short = box_axes(polygon)
    turn = np.radians(draw.normal(0, grain.skew_deg))
    v = np.array([-u[1], u[0]])
    v = np.array(
        [v[0] * np.cos(turn) - v[1] * np.sin(turn), v[0] * np.sin(turn) + v[1] * np.cos(turn)]
    )
    start = centre + u * long * draw.uniform(-0.13, 0.13)
    reach = short + long
    chords = shapely.get_parts(
        LineString([start - v * reach, start + v * reach]).intersection(polygon)
    )
    chords = [c for c in chords if c.geom_type == "LineString"]
    if not chords:
        return None
    chord = max(chords, key=lambda c: c.length)
    ends = []
    for k in (0, -1):
        p = shapely.get_point(chord, k)
        joint = joints.near(p, min(24.0, 0.22 * np.sqrt(grain.target_m2)))
        on_edge = joint is not None and polygon.exterior.distance(joint) < 0.02
        ends.append(joint if joint is not None and on_edge else p)
    a, b = (np.array([p.x, p.y]) for p in ends)
    length = float(np.hypot(*(b - a)))
    if length < 15:
        return None
    n = max(1, int(length / 38))
    t = np.linspace(0, 1, n + 2)
    side = np.array([-(b - a)[1], (b - a)[0]]) / length
    push = draw.normal(0, grain.bend_m, n + 2) * np.sin(np.pi * t)
    xy = a + (b - a) * t[:, None] + side * push[:, None]
    return LineString(xy)


def _overlong(line: LineString) -> LineString:
    """Return the line with both ends pushed out a little, so that it surely cuts."""
    xy = shapely.get_coordinates(line)
    for end, before in ((0, 1), (-1, -2)):
        step = xy[end] - xy[before]
        xy[end] = xy[end] + step / np.hypot(*step) * 0.5
    return LineString(xy)


def cut_block(
    polygon: Polygon, grain: Grain, joints: Junctions, draw: np.random.Generator
) -> tuple[list[Polygon], list[tuple[LineString, str]]]:
    """Return the plots and the streets (with their class) that the block is cut into."""
    plots: list[Polygon] = []
    streets: list[tuple[LineString, str]] = []
    stack = [polygon]
    while stack:
        face = stack.pop()
        _, _, long, short = box_axes(face)
        limit = grain.target_m2 * draw.uniform(0.75, 1.35)
        if face.area < limit and not (long > 3.4 * short and face.area > 0.5 * limit):
            plots.append(face)
            continue
        for _ in range(10):
            line = _cut_line(face, grain, joints, draw)
            if line is None:
                continue
            halves = polygons_of(split(face, _overlong(line)))
            if len(halves) == 2 and min(h.area for h in halves) > 0.22 * face.area:
                break
        else:
            plots.append(face)
            continue
        last = face.area < 2.2 * grain.target_m2
        stack.extend(sorted(halves, key=lambda h: h.bounds))
        if last and draw.random() < grain.blind:
            continue
        streets.append((line, grain.last if last else grain.highway))
        for k in (0, -1):
            joints.add(shapely.get_point(line, k))
    return plots, streets
