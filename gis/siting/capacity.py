"""Who is served when sites can be full: as many households as possible, nearest first.

Demands come in the order of their nearest open site (then of their number) and take what room there
is, nearest site first. Where all their sites are full, households served there move on to another
site of theirs that has room. Nobody is turned away for a later one, and as many are served as can be.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.siting.answer import Assignment
from gis.siting.costs import BoolArray, Int64Array, Reach


class Flow:
    """Serving within capacities, asked again and again with other sites open."""

    def __init__(self, reach: Reach, weight: Int64Array, capacity: Int64Array) -> None:
        order = np.lexsort((reach.site, reach.distance, reach.demand))
        self.first = reach.first
        self.demand = reach.demand[order]
        self.site = reach.site[order].astype(np.int64)
        self.distance = reach.distance[order]
        self.weight, self.capacity = weight, capacity
        by_site = np.argsort(self.site, kind="stable")
        self.entry = by_site
        self.begin = np.concatenate(([0], np.cumsum(np.bincount(self.site, minlength=reach.sites))))

    def serve(self, opened: BoolArray) -> Int64Array:
        """Return the weight over every entry, (m,), in the order of this object."""
        far = np.iinfo(np.int64).max
        nearest = np.full(len(self.weight), far)
        keep = opened[self.site]
        np.minimum.at(nearest, self.demand[keep], self.distance[keep])
        turn = np.argsort(nearest, kind="stable")
        turn = turn[(nearest[turn] < far) & (self.weight[turn] > 0)]
        return np.asarray(_serve(
            turn, self.first, self.demand, self.site, self.begin, self.entry,
            self.weight, np.where(opened, self.capacity, 0), opened,
        ))  # fmt: skip

    def served(self, opened: BoolArray) -> int:
        """Return how much weight is served."""
        return int(self.serve(opened).sum())

    def assignment(self, flow: Int64Array) -> Assignment:
        """Return weights over entries as rows."""
        keep = np.flatnonzero(flow > 0)
        demand, site, weight = self.demand[keep], self.site[keep], flow[keep]
        order = np.lexsort((site, demand))
        return Assignment(
            demand[order].astype(np.int32), site[order].astype(np.int32), weight[order]
        )


@njit(cache=True, nogil=True)
def _serve(turn, first, demand, site, begin, entry, weight, capacity, opened):  # type: ignore[no-untyped-def]
    flow = np.zeros(len(site), dtype=np.int64)
    room = capacity.copy()
    sites = len(capacity)
    stuck = np.zeros(sites, dtype=np.bool_)  # full, and nobody there can move: so it stays
    came_by = np.empty(sites, dtype=np.int64)  # entry over which a search came to a site
    left_by = np.empty(sites, dtype=np.int64)  # entry of the same demand at the site before
    queue = np.empty(sites, dtype=np.int64)
    seen = np.zeros(sites, dtype=np.bool_)
    for i in turn:
        rest = weight[i]
        for e in range(first[i], first[i + 1]):
            s = site[e]
            if opened[s] and room[s] > 0 and rest > 0:
                taken = min(rest, room[s])
                flow[e] += taken
                room[s] -= taken
                rest -= taken
        while rest > 0:
            seen[:] = False
            head, tail, target = 0, 0, -1
            for e in range(first[i], first[i + 1]):
                s = site[e]
                if opened[s] and not stuck[s] and not seen[s]:
                    seen[s] = True
                    came_by[s], left_by[s] = e, -1
                    queue[tail] = s
                    tail += 1
            while head < tail and target < 0:
                s = queue[head]
                head += 1
                for place in range(begin[s], begin[s + 1]):
                    e = entry[place]
                    if flow[e] == 0 or target >= 0:
                        continue
                    k = demand[e]
                    for other in range(first[k], first[k + 1]):
                        t = site[other]
                        if not opened[t] or stuck[t] or seen[t]:
                            continue
                        seen[t] = True
                        came_by[t], left_by[t] = other, e
                        queue[tail] = t
                        tail += 1
                        if room[t] > 0:
                            target = t
                            break
            if target < 0:
                for place in range(tail):
                    stuck[queue[place]] = True
                break
            taken = min(rest, room[target])
            s = target
            while left_by[s] >= 0:
                taken = min(taken, flow[left_by[s]])
                s = site[left_by[s]]
            s = target
            room[target] -= taken
            while True:
                flow[came_by[s]] += taken
                if left_by[s] < 0:
                    break
                flow[left_by[s]] -= taken
                s = site[left_by[s]]
            rest -= taken
    return flow
