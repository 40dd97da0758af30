"""Where a station could stand when nobody has a list: street corners near homes, well apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.crs import FloatArray
from gis.network import Network

Int64Array = NDArray[np.int64]

NEAR_M = 300.0
"""Households within this straight distance say how much a corner is worth looking at."""


def street_corners(
    network: Network,
    homes_xy: FloatArray,
    households: Int64Array,
    most: int,
    inside: NDArray[np.bool_] | None = None,
) -> Int64Array:
    """Return nodes where at least three street ends meet, near the most households and well apart.

    Parameters
    ----------
    homes_xy, households
        (n, 2) in the network's metric zone, and (n,).
    most
        How many corners at most. They are picked by the households near them, each keeping a distance
        from those before it, and the distance is the widest (of halves of 800 m) that leaves enough.
    inside
        (nodes,) False where no station may stand.

    Returns
    -------
    ndarray
        Node numbers, those near more households first; ties go to the lower number.
    """
    ends = np.bincount(
        np.concatenate((network.edge_from, network.edge_to)), minlength=network.nodes
    )
    corner = ends >= 3
    if inside is not None:
        corner &= inside
    nodes = np.flatnonzero(corner)
    occupied = np.flatnonzero(households > 0)
    if len(nodes) == 0 or len(occupied) == 0 or most <= 0:
        return np.empty(0, dtype=np.int64)
    worth = _households_near(network.node_xy[nodes], homes_xy[occupied], households[occupied])
    nodes, worth = nodes[worth > 0], worth[worth > 0]
    order = np.lexsort((nodes, -worth))
    nodes = nodes[order]
    apart = 800.0
    while True:
        picked = _well_apart(network.node_xy[nodes], apart, most)
        if len(picked) >= most or len(picked) == len(nodes) or apart < 20:
            return nodes[picked]
        apart /= 2


def _households_near(xy: FloatArray, homes_xy: FloatArray, households: Int64Array) -> Int64Array:
    tree = cKDTree(homes_xy)
    found = tree.query_ball_point(xy, NEAR_M)
    return np.array([int(households[rows].sum()) for rows in found], dtype=np.int64)


def _well_apart(xy: FloatArray, apart: float, most: int) -> Int64Array:
    """Return positions picked in order, none within `apart` metres of one picked before."""
    tree = cKDTree(xy)
    free = np.ones(len(xy), dtype=np.bool_)
    picked: list[int] = []
    for place in range(len(xy)):
        if not free[place]:
            continue
        picked.append(place)
        if len(picked) == most:
            break
        free[tree.query_ball_point(xy[place], apart)] = False
    return np.array(picked, dtype=np.int64)
