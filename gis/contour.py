"""The contour of a walking-distance field over lattice squares and the buildings in them.

Compiled loops over plain arrays; `gis.service_area` prepares them and says what they mean.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.snap import SNAP_LIMIT_M
from gis.travel import FAR

MARGIN_MM = 120_000
"""How far beyond the limit the field is still searched: the contour lies between both values."""


@njit(cache=True)
def spans(node, distance, node_xy, longest, own_box, limit, x0, y0, size, nx, ny):  # type: ignore[no-untyped-def]
    """Return where to look: lattice points first to last of each row, and the window around.

    Whatever is within the limit is a walk along one edge and a leg away from a node that is, or
    lies beside an edge with a station; neither way is longer than what is left of the limit. Two
    lattice points more on every side close the contour.

    Returns
    -------
    window
        First and last column and row of the lattice.
    near
        The same around the stations' own edges: only there a snap can share an edge with one.
    span
        (rows, 2) first and last column, from the window's first one; last < first where none.
    """
    reach = limit / 1000 * 1.001  # planar lengths exceed ground lengths by less
    leg = min(SNAP_LIMIT_M * 1.001, reach)
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for k in range(len(own_box)):
        west, south = min(west, own_box[k, 0]), min(south, own_box[k, 1])
        east, north = max(east, own_box[k, 2]), max(north, own_box[k, 3])
    near = np.empty(4, dtype=np.int64)
    aside = SNAP_LIMIT_M * 1.001 + size
    near[0], near[1] = (west - aside - x0) // size, (south - aside - y0) // size
    near[2], near[3] = (east + aside - x0) // size + 1, (north + aside - y0) // size + 1
    window = np.empty(4, dtype=np.int64)
    window[0] = max((west - reach - x0) // size - 2, 0)
    window[1] = max((south - reach - y0) // size - 2, 0)
    window[2] = min((east + reach - x0) // size + 3, nx - 1)
    window[3] = min((north + reach - y0) // size + 3, ny - 1)
    span = np.empty((window[3] - window[1] + 1, 2), dtype=np.int64)
    span[:, 0], span[:, 1] = nx, -1
    for k in range(-len(own_box), len(node)):
        if k < 0:
            w, s, e, n = own_box[k + len(own_box)]
            w, s, e, n = w - leg, s - leg, e + leg, n + leg
        else:
            rest = (limit - distance[k]) / 1000 * 1.001
            if rest < 0:
                continue
            x, y = node_xy[node[k]]
            rest = min(rest, longest[node[k]] + leg)
            w, s, e, n = x - rest, y - rest, x + rest, y + rest
        first = max(int((w - x0) // size) - 2, window[0]) - window[0]
        last = min(int((e - x0) // size) + 3, window[2]) - window[0]
        for row in range(
            max(int((s - y0) // size) - 2, window[1]) - window[1],
            min(int((n - y0) // size) + 3, window[3]) - window[1] + 1,
        ):
            span[row, 0], span[row, 1] = min(span[row, 0], first), max(span[row, 1], last)
    return window, near, span


@njit(cache=True)
def _over_nodes(way, distance):  # type: ignore[no-untyped-def]
    """Return the walking distance of one packed point over nodes: no branches, this runs most.

    A node of -1 is the last place of `distance`, which is always FAR.
    """
    best = FAR
    for k in range(way.shape[0]):
        best = min(best, distance[way[k, 1]] + way[k, 2], distance[way[k, 3]] + way[k, 4])
    return best


@njit(cache=True)
def _value(way, distance, length, direction, first_on_edge, own, own_along, own_access):  # type: ignore[no-untyped-def]
    """Return the walking distance of one packed point, FAR without a route."""
    best = FAR
    for k in range(len(way)):
        e = way[k, 0]
        if e < 0:
            break
        u, v = way[k, 1], way[k, 3]
        if u >= 0 and distance[u] + way[k, 2] < best:
            best = distance[u] + way[k, 2]
        if v >= 0 and distance[v] + way[k, 4] < best:
            best = distance[v] + way[k, 4]
        s = first_on_edge[e]
        if s >= 0:  # a station on the same edge
            while s < len(own) and own[s] == e:
                # leg + along and leg + rest are known; their sum is the length and two legs.
                leg = (np.int64(way[k, 2]) + way[k, 4] - length[e]) // 2
                ahead = own_along[s] - (way[k, 2] - leg)
                if direction[e] == 0 or ahead * direction[e] >= 0:
                    best = min(best, leg + abs(ahead) + own_access[s])
                s += 1
    return best


@njit(cache=True, nogil=True)
def contour(  # type: ignore[no-untyped-def]
    distance, length, direction, first_on_edge, own, own_along, own_access,
    x0, y0, size, nx, window, near, span,
    row_of, lattice_way, square_start, b_xy, b_way, limit,
):  # fmt: skip
    """Return contour segments (from, to) by vertex key, and keys' coordinates, inside on the left.

    A vertex of the contour lies on an edge of the triangulation and is known by the two ends of
    that edge, so neighbouring triangles meet in it without comparing coordinates.
    """
    cx0, cy0 = window[0], window[1]
    wide, high = window[2] - cx0 + 1, window[3] - cy0 + 1
    level = limit + 0.5  # no whole millimetre is on the contour itself
    cap = np.float64(limit + MARGIN_MM)
    value = np.full(wide * high, cap)
    for j in range(1, high - 1):  # the outermost ring closes every contour
        beside = near[1] <= cy0 + j <= near[3]
        for i in range(max(span[j, 0], 1), min(span[j, 1], wide - 2) + 1):
            row = row_of[(cy0 + j) * nx + cx0 + i]
            if row < 0:
                continue
            if beside and near[0] <= cx0 + i <= near[2]:
                v = _value(
                    lattice_way[row], distance, length, direction, first_on_edge, own, own_along, own_access
                )  # fmt: skip
            else:
                v = _over_nodes(lattice_way[row], distance)
            value[j * wide + i] = min(cap, np.float64(v))
    room = 1024
    seg_a = np.empty((room, 2), dtype=np.int64)
    seg_b = np.empty((room, 2), dtype=np.int64)
    pos_a = np.empty((room, 2))
    pos_b = np.empty((room, 2))
    count = 0
    lattice = wide * high
    tri = np.empty((512, 3), dtype=np.int64)
    bx, by, bv = np.empty(64), np.empty(64), np.empty(64)
    tx = np.empty(3)
    ty = np.empty(3)
    tv = np.empty(3)
    tk = np.empty(3, dtype=np.int64)
    for j in range(high - 1):
        beside = near[1] <= cy0 + j <= near[3]
        first = max(min(span[j, 0], span[j + 1, 0]) - 1, 0)
        last = min(max(span[j, 1], span[j + 1, 1]), wide - 2)
        for i in range(first, last + 1):
            square = (cy0 + j) * nx + cx0 + i
            b0, b1 = square_start[square], square_start[square + 1]
            k00, k10 = j * wide + i, j * wide + i + 1
            k01, k11 = k00 + wide, k10 + wide
            inside = (
                (value[k00] < level) + (value[k10] < level)
                + (value[k01] < level) + (value[k11] < level)
            )  # fmt: skip
            if b0 == b1 and (inside == 0 or inside == 4):
                continue
            many = b1 - b0
            if 2 * many + 2 > len(tri):
                tri = np.empty((2 * many + 2, 3), dtype=np.int64)
            tri[0, 0], tri[0, 1], tri[0, 2] = k00, k10, k11
            tri[1, 0], tri[1, 1], tri[1, 2] = k00, k11, k01
            triangles = 2
            if many > len(bx):
                bx, by, bv = np.empty(many), np.empty(many), np.empty(many)
            for n in range(many):
                bx[n] = (b_xy[b0 + n, 0] - x0) / size - cx0
                by[n] = (b_xy[b0 + n, 1] - y0) / size - cy0
                if beside and near[0] <= cx0 + i <= near[2]:
                    v = _value(
                        b_way[b0 + n], distance, length, direction, first_on_edge, own, own_along, own_access
                    )  # fmt: skip
                else:
                    v = _over_nodes(b_way[b0 + n], distance)
                bv[n] = min(cap, np.float64(v))
                chosen, best_room = 0, -1e300
                for t in range(triangles):
                    least = 1e300
                    for c in range(3):
                        u, w = tri[t, c], tri[t, (c + 1) % 3]
                        ux = np.float64(u % wide) if u < lattice else bx[u - lattice - b0]
                        uy = np.float64(u // wide) if u < lattice else by[u - lattice - b0]
                        wx = np.float64(w % wide) if w < lattice else bx[w - lattice - b0]
                        wy = np.float64(w // wide) if w < lattice else by[w - lattice - b0]
                        side = (wx - ux) * (by[n] - uy) - (wy - uy) * (bx[n] - ux)
                        least = min(least, side)
                    if least > best_room:
                        chosen, best_room = t, least
                a, b, c3 = tri[chosen, 0], tri[chosen, 1], tri[chosen, 2]
                me = lattice + b0 + n
                tri[chosen, 0], tri[chosen, 1], tri[chosen, 2] = a, b, me
                tri[triangles, 0], tri[triangles, 1], tri[triangles, 2] = b, c3, me
                tri[triangles + 1, 0], tri[triangles + 1, 1], tri[triangles + 1, 2] = c3, a, me
                triangles += 2
            for t in range(triangles):
                below = 0
                for c in range(3):
                    k = tri[t, c]
                    tk[c] = k
                    if k < lattice:
                        tx[c], ty[c], tv[c] = k % wide, k // wide, value[k]
                    else:
                        tx[c], ty[c], tv[c] = (
                            bx[k - lattice - b0], by[k - lattice - b0], bv[k - lattice - b0]
                        )  # fmt: skip
                    below += tv[c] < level
                if below == 0 or below == 3:
                    continue
                # The lone corner: the only one inside, or the only one outside.
                lone = 0
                for c in range(3):
                    if (tv[c] < level) == (below == 1):
                        lone = c
                p, q = (lone + 1) % 3, (lone + 2) % 3
                if count == room:
                    seg_a = np.concatenate((seg_a, np.empty_like(seg_a)))
                    seg_b = np.concatenate((seg_b, np.empty_like(seg_b)))
                    pos_a = np.concatenate((pos_a, np.empty_like(pos_a)))
                    pos_b = np.concatenate((pos_b, np.empty_like(pos_b)))
                    room *= 2
                for side in range(2):
                    other = p if side == 0 else q
                    # Always from the inner to the outer end, so both triangles get equal bits.
                    inner, outer = (lone, other) if below == 1 else (other, lone)
                    f = (level - tv[inner]) / (tv[outer] - tv[inner])
                    px = tx[inner] + f * (tx[outer] - tx[inner])
                    py = ty[inner] + f * (ty[outer] - ty[inner])
                    low_key, high_key = min(tk[inner], tk[outer]), max(tk[inner], tk[outer])
                    # Inside on the left: from the edge towards p when the lone corner is inside.
                    if (side == 0) == (below == 1):
                        seg_a[count, 0], seg_a[count, 1] = low_key, high_key
                        pos_a[count, 0], pos_a[count, 1] = px, py
                    else:
                        seg_b[count, 0], seg_b[count, 1] = low_key, high_key
                        pos_b[count, 0], pos_b[count, 1] = px, py
                count += 1
    scale = size
    for n in range(count):
        pos_a[n, 0] = x0 + (cx0 + pos_a[n, 0]) * scale
        pos_a[n, 1] = y0 + (cy0 + pos_a[n, 1]) * scale
    return seg_a[:count], seg_b[:count], pos_a[:count]
