"""Footprints: single shapes, rows of slabs, houses shoulder to shoulder along a street."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LinearRing, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from .curves import polygons_of


def rectangle(x: float, y: float, w: float, d: float, angle: float = 0.0) -> Polygon:
    """Return a rectangle around (x, y), `w` along `angle` (radians) and `d` across."""
    return affinity.rotate(
        box(x - w / 2, y - d / 2, x + w / 2, y + d / 2), angle, origin=(x, y), use_radians=True
    )


def wing(w: float, d: float, arm: float, kind: str) -> Polygon:
    """Return an L, U or plain shape of outer size w × d whose arms are `arm` deep."""
    if kind == "L":
        return Polygon([(0, 0), (w, 0), (w, arm), (arm, arm), (arm, d), (0, d)])
    if kind == "U":
        return Polygon(
            [(0, 0), (w, 0), (w, d), (w - arm, d), (w - arm, arm), (arm, arm), (arm, d), (0, d)]
        )
    if kind == "T":
        a, b = w / 2 - arm / 2, w / 2 + arm / 2
        return Polygon([(0, 0), (w, 0), (w, arm), (b, arm), (b, d), (a, d), (a, arm), (0, arm)])
    return box(0, 0, w, d)


def cross(size: float, notch: float) -> Polygon:
    """Return a point tower: a square with its four corners cut in."""
    s, n = size, notch
    return Polygon(
        [(n, 0), (s - n, 0), (s - n, n), (s, n), (s, s - n), (s - n, s - n), (s - n, s), (n, s),
         (n, s - n), (0, s - n), (0, n), (n, n)]
    )  # fmt: skip


def stepped(w: float, d: float, step: float) -> Polygon:
    """Return a slab whose one half stands back by `step`."""
    m = w / 2
    return Polygon(
        [(0, 0), (m, 0), (m, step), (w, step), (w, d + step), (m, d + step), (m, d), (0, d)]
    )


def south_angle(polygon: BaseGeometry) -> float:
    """Return the block's own direction nearest to east–west (radians, within ±45°)."""
    xy = shapely.get_coordinates(polygon.minimum_rotated_rectangle)
    edge = xy[1] - xy[0]
    angle = float(np.arctan2(edge[1], edge[0]))
    return (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4


def free_spans(area: BaseGeometry, y0: float, y1: float) -> list[tuple[float, float]]:
    """Return the x spans in which the strip y0…y1 lies wholly inside the area."""
    left, _, right, _ = area.bounds
    taken = sorted(p.bounds[::2] for p in polygons_of(box(left, y0, right, y1).difference(area)))
    spans, at = [], left
    for a, b in taken:
        if a > at:
            spans.append((at, a))
        at = max(at, b)
    if right > at:
        spans.append((at, right))
    return spans


def slab_rows(
    area: BaseGeometry,
    draw: np.random.Generator,
    *,
    depth: float,
    gap: float,
    lengths: Sequence[float],
    aside: float,
    angle: float | None = None,
    step_share: float = 0.25,
) -> list[Polygon]:
    """Return slabs in rows facing south, filling the area; lengths are drawn from the list."""
    if area.is_empty:
        return []
    turn = south_angle(area) if angle is None else angle
    centre = area.centroid
    flat = affinity.rotate(area, -turn, origin=centre, use_radians=True)
    out: list[Polygon] = []
    _, bottom, _, top = flat.bounds
    y = bottom + draw.uniform(0.5, 4)
    while y + depth <= top:
        spans = [s for s in free_spans(flat, y, y + depth) if s[1] - s[0] >= min(lengths)]
        if not spans:
            y += 3
            continue
        for a, b in spans:
            row = _row(b - a, draw, lengths, aside)
            slack = (b - a) - sum(row) - aside * (len(row) - 1)
            x = a + slack / 2 if len(row) < 2 else a
            extra = 0.0 if len(row) < 2 else min(slack / (len(row) - 1), aside)
            x += 0.0 if len(row) < 2 else (slack - extra * (len(row) - 1)) / 2
            for n in row:
                if n > 24 and draw.random() < step_share:
                    shape = stepped(n, depth - 2.4, 2.4)
                    if draw.random() < 0.5:
                        shape = affinity.scale(shape, -1, 1, origin=(n / 2, 0))
                else:
                    shape = box(0, 0, n, depth)
                out.append(affinity.translate(shape, x, y))
                x += n + aside + extra
        y += depth + gap
    return [affinity.rotate(p, turn, origin=centre, use_radians=True) for p in out]


def _row(
    room: float, draw: np.random.Generator, lengths: Sequence[float], aside: float
) -> list[float]:
    """Return lengths of slabs that fill the room, the fullest of a few draws."""
    best: list[float] = []
    for _ in range(5):
        row, used = [], 0.0
        while fits := [n for n in lengths if used + n <= room]:
            row.append(float(draw.choice(fits)))
            used += row[-1] + aside
        if sum(row) > sum(best):
            best = row
    return best


def frontage(
    area: Polygon,
    draw: np.random.Generator,
    *,
    widths: tuple[float, float],
    depth: tuple[float, float],
    break_share: float = 0.12,
    wing_share: float = 0.0,
) -> list[Polygon]:
    """Return houses shoulder to shoulder along the inside of the area's edge.

    Neighbours stand 0.3 m apart, so that no two touch; a share of the plots stays open. A winged
    house has a back wing into its yard.
    """
    ring = shapely.orient_polygons(area).exterior
    out: list[Polygon] = []
    roomy = area.buffer(0.9)
    shapely.prepare(roomy)
    at = draw.uniform(0, 3)
    while at < ring.length - widths[0]:
        if draw.random() < break_share:
            at += draw.uniform(3, 8)
        w, d = draw.uniform(*widths), draw.uniform(*depth)
        winged = draw.random() < wing_share
        # Near a corner the plot is tight: a plainer, shallower, narrower house may still fit.
        tries = ((w, d, winged), (w, d, False), (widths[0], depth[0], False),
                 (widths[0] * 0.8, depth[0] * 0.75, False))  # fmt: skip
        if ring.interpolate(at).distance(ring.interpolate(at + widths[0] * 0.8)) < 0.55 * widths[0]:
            at += 1.5
            continue
        for width, deep, with_wing in tries:
            house = _house_at(ring, at, width, deep, with_wing, draw)
            if house is not None and roomy.contains(house) and not _hits(house, out, 0.2):
                out.append(house)
                at += width
                break
        else:
            at += 2.0
    return out


def _house_at(
    ring: LinearRing, at: float, w: float, d: float, winged: bool, draw: np.random.Generator
) -> Polygon | None:
    """Return a house whose front lies on the ring from `at` on, or None where the ring turns."""
    a, b = ring.interpolate(at), ring.interpolate(min(at + w, ring.length))
    run = float(np.hypot(b.x - a.x, b.y - a.y))
    if run < 0.9 * w:
        return None
    u = np.array([b.x - a.x, b.y - a.y]) / run
    front = run - 0.3
    if winged:
        xy = shapely.get_coordinates(wing(front, d * 1.7, min(d, 0.55 * run), "L"))
        if draw.random() < 0.5:
            xy[:, 0] = front - xy[:, 0]
    else:
        xy = np.array([(0.0, 0.0), (front, 0.0), (front, d), (0.0, d)])
    xy += (0.15, 0.2)
    return Polygon((a.x, a.y) + xy[:, :1] * u + xy[:, 1:] * (-u[1], u[0]))


def _hits(shape: Polygon, others: Sequence[Polygon], gap: float) -> bool:
    return bool(others) and bool(shapely.dwithin(np.asarray(others), shape, gap).any())


def fit_shape(
    area: BaseGeometry,
    shape: Polygon,
    draw: np.random.Generator,
    *,
    angle: float | None = None,
    near: Point | None = None,
    tries: int = 60,
) -> Polygon | None:
    """Return the shape placed inside the area, nearest to `near` (default: its middle)."""
    if area.is_empty or area.area < shape.area:
        return None
    turn = south_angle(area) if angle is None else angle
    turned = affinity.rotate(shape, turn, origin="centroid", use_radians=True)
    goal = near or area.representative_point()
    left, bottom, right, top = area.bounds
    xs, ys = draw.uniform(left, right, tries), draw.uniform(bottom, top, tries)
    order = np.argsort(np.hypot(xs - goal.x, ys - goal.y))
    shapely.prepare(area)
    c = turned.centroid
    for x, y in [(goal.x, goal.y), *zip(xs[order], ys[order], strict=True)]:
        moved = affinity.translate(turned, x - c.x, y - c.y)
        if area.contains(moved):
            return moved
    return None
