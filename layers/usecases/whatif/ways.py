"""New ways of a scenario: joined to the streets around them, and walked by the stations near them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.crs import FloatArray, to_metric
from gis.errors import RefusedInputError
from gis.extension import Extended, Window, gate_ways, snaps_on_ways, window, with_ways
from gis.reach import ReachSearch
from gis.snap import Snaps
from layers.inputs import Inputs
from layers.reach import Found
from layers.scenario import Scenario

Int64Array = NDArray[np.int64]


@dataclass
class Ways:
    """New ways on one network: the streets around them with the ways, and who may walk there."""

    part: int
    search: ReachSearch
    rows: Int64Array
    window: Window
    extended: Extended
    joined: list[tuple[int, int]]
    """Components that a way joins."""


def new_ways(inputs: Inputs, scenario: Scenario) -> list[Ways]:
    """Return the new ways, each on the network they join."""
    wanted = [change for change in scenario.changes if change.op in {"path", "gate"}]
    if not wanted:
        return []
    margin = scenario.after.limits.walk_mm / 1000
    refusal: RefusedInputError | None = None
    for number, item in enumerate(inputs.parts):
        try:
            lines: list[FloatArray] = []
            for change in wanted:
                if change.op == "gate":
                    lines += gate_ways(
                        item.network, np.array([change.lon, change.lat], dtype=np.float64)
                    )
                else:
                    lines.append(np.array(change.line, dtype=np.float64))
            around = np.vstack([to_metric(line, item.network.metric_crs) for line in lines])
            cut = window(item.network, around, margin)
            extended = with_ways(cut.network, lines)
        except RefusedInputError as error:
            refusal = error
            continue
        rows, points = cut.take(item.snaps)
        points = snaps_on_ways(
            extended, item.barriers.reshape(-1, 2, 2), item.xy[rows], extended.moved(points)
        )
        component = item.network.component
        joined = _joins(extended, component)
        return [Ways(number, ReachSearch(extended.network, points), rows, cut, extended, joined)]
    raise refusal or RefusedInputError("no_streets", "there are no streets to join a new way to")


def _joins(extended: Extended, component: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return the pairs of components that the new ways join."""
    network = extended.network
    of_node = np.full(network.nodes, -1, dtype=np.int64)
    of_node[: len(component)] = component
    for (
        edge,
        _,
        rest,
    ) in extended.cuts:  # a node made by a split lies in the component of its street
        for node in (network.edge_to[edge], network.edge_from[rest]):
            near = of_node[[network.edge_from[edge], network.edge_to[rest]]].max()
            of_node[node] = max(of_node[node], near)
    return [
        (int(of_node[a]), int(of_node[b]))
        for a, b in zip(
            network.edge_from[extended.first :], network.edge_to[extended.first :], strict=True
        )
    ]


def walk_ways(way: Ways, snaps: Snaps, found: list[Found], limit: int) -> set[int]:
    """Let every station near the new ways be walked to over them; return whose reach changed."""
    who, at = way.window.take(snaps)
    at = way.extended.moved(at)
    changed = set()
    for n, station in enumerate(who.tolist()):
        point, walk = way.search.run(at.take(slice(n, n + 1)), limit)
        rows = way.rows[point].astype(np.int32)
        old_point, old_walk = found[station]
        slot = np.searchsorted(old_point, rows)
        known = slot < len(old_point)
        known[known] = old_point[slot[known]] == rows[known]
        shorter = ~known
        shorter[known] = walk[known] < old_walk[slot[known]]
        if shorter.any():
            points = np.concatenate((old_point, rows[shorter]))
            walks = np.concatenate((old_walk, walk[shorter]))
            order = np.lexsort((walks, points))
            first = np.append(True, np.diff(points[order]) > 0)  # the shortest walk of each
            found[station] = (points[order[first]], walks[order[first]])
            changed.add(station)
    return changed
