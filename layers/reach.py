"""Reach of every open station, kept in memory by inputs, category and limit: what what-if starts from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.allocation import UNLIMITED, Allocation, allocate, pair_order
from gis.coverage import locate
from gis.crs import FloatArray, to_metric
from gis.reach import Reaches, ReachSearch, join_reaches
from gis.snap import NO_NETWORK, Snaps
from layers.inputs import InputCache, Inputs

Int64Array = NDArray[np.int64]
Found = tuple[NDArray[np.int32], Int64Array]
HELD = 4


@dataclass(frozen=True)
class Stations:
    """Stations of a scenario, s of them."""

    code: tuple[str, ...]
    name: tuple[str | None, ...]
    lonlat: FloatArray
    capacity: Int64Array
    """(s,) households, `UNLIMITED` where none is known."""
    community: NDArray[np.int32]
    """(s,) the community each lies in, -1 outside all."""

    def __len__(self) -> int:
        return len(self.code)


@dataclass
class Grounds:
    """Networks of the inputs made ready for searches from single stations."""

    cache: InputCache
    inputs: Inputs
    searches: list[ReachSearch] = field(init=False)
    _one: threading.Lock = field(default_factory=threading.Lock)
    """A search works in arrays of its own that it leaves as they were: one at a time."""
    components: list[NDArray[np.int32]] = field(init=False)
    """Per network, (p, 3) the component of each snap, one past the last where there is none."""

    def __post_init__(self) -> None:
        self.searches = [ReachSearch(item.network, item.snaps) for item in self.inputs.parts]
        self.components = [components_of(search) for search in self.searches]

    def snaps(self, lonlat: FloatArray) -> list[Snaps]:
        """Return places snapped to every network."""
        return [
            self.cache.index(item).snap(to_metric(lonlat, item.network.metric_crs))
            for item in self.inputs.parts
        ]

    def reach(self, snaps: list[Snaps], place: int, limit_mm: int) -> Found:
        """Return which buildings a place reaches on all networks, and their walks."""
        with self._one:
            found = [
                search.run(at.take(slice(place, place + 1)), limit_mm)
                for search, at in zip(self.searches, snaps, strict=True)
            ]
        rows = [item.rows[point] for item, (point, _) in zip(self.inputs.parts, found, strict=True)]
        if not rows:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
        point = np.concatenate(rows)
        order = np.argsort(point)
        return point[order].astype(np.int32), np.concatenate([walk for _, walk in found])[order]

    def no_network(self) -> NDArray[np.bool_]:
        """Return which buildings lie in an area without street data."""
        known = np.ones(len(self.inputs.buildings), dtype=np.bool_)
        for item in self.inputs.parts:
            known[item.rows] = item.snaps.state == NO_NETWORK
        return known


def components_of(search: ReachSearch) -> NDArray[np.int32]:
    """Return the component of every snap of a search's points."""
    component = search.network.component
    last = np.int32(component.max(initial=-1) + 1)
    edge = search.points.edge
    if search.network.edges == 0:
        return np.full(edge.shape, last, dtype=np.int32)
    return np.where(edge >= 0, component[search.network.edge_from[edge]], last).astype(np.int32)


@dataclass
class Base:
    """How things are: the open stations of a category and whom they reach within a limit."""

    grounds: Grounds
    stations: Stations
    snaps: list[Snaps]
    reaches: Reaches
    order: Int64Array
    """`pair_order` of the reaches."""
    limit_mm: int
    _allocations: dict[tuple[str, bool, bool], Allocation] = field(default_factory=dict)

    def allocation(self, basis: str, capacities: bool, own: bool) -> Allocation:
        """Return who is served today."""
        key = (basis, capacities, own)
        if key not in self._allocations:
            self._allocations[key] = allocate(
                self.reaches,
                self.grounds.inputs.buildings.households[basis].astype(np.int64),
                self.stations.capacity if capacities else unlimited(len(self.stations)),
                own_pairs(self.grounds.inputs, self.reaches, self.stations) if own else None,
                self.order,
            )
        return self._allocations[key]


def unlimited(count: int) -> Int64Array:
    """Return the capacities of stations that serve any number."""
    return np.full(count, UNLIMITED, dtype=np.int64)


def own_pairs(inputs: Inputs, reaches: Reaches, stations: Stations) -> NDArray[np.bool_]:
    """Return which pairs lie in one community."""
    member = inputs.communities.member[reaches.point]
    own: NDArray[np.bool_] = (member >= 0) & (member == stations.community[reaches.station])
    return own


def stations_of(inputs: Inputs, rows: pd.DataFrame) -> Stations:
    """Return stations of the inputs' table."""
    lonlat = rows[["lon", "lat"]].to_numpy(dtype=np.float64)
    capacity = rows["capacity"].astype("float64").fillna(UNLIMITED).to_numpy(dtype=np.int64)
    names: list[Any] = rows["name"].tolist()
    return Stations(
        tuple(rows["code"]),
        tuple(None if pd.isna(name) else str(name) for name in names),
        lonlat,
        capacity,
        locate(lonlat, inputs.communities.polygon),
    )


class ReachCache:
    """Holds the last bases; one is made at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grounds: OrderedDict[str, Grounds] = OrderedDict()
        self._bases: OrderedDict[tuple[str, str, int], Base] = OrderedDict()

    def base(self, cache: InputCache, inputs: Inputs, category: str, limit_mm: int) -> Base:
        """Return the base of a category, made if need be."""
        key = (inputs.hash, category, limit_mm)
        with self._lock:
            if key not in self._bases:
                self._bases[key] = self._make(cache, inputs, category, limit_mm)
            self._bases.move_to_end(key)
            while len(self._bases) > HELD:
                self._bases.popitem(last=False)
            return self._bases[key]

    def _make(self, cache: InputCache, inputs: Inputs, category: str, limit_mm: int) -> Base:
        if inputs.hash not in self._grounds:
            self._grounds[inputs.hash] = Grounds(cache, inputs)
            while len(self._grounds) > 2:
                self._grounds.popitem(last=False)
        grounds = self._grounds[inputs.hash]
        table = inputs.stations
        stations = stations_of(inputs, table[(table["category"] == category) & table["open"]])
        snaps = grounds.snaps(stations.lonlat)
        reaches = join_reaches([grounds.reach(snaps, n, limit_mm) for n in range(len(stations))])
        return Base(grounds, stations, snaps, reaches, pair_order(reaches), limit_mm)


REACHES = ReachCache()
"""Of this process: bases are made from inputs named by their hash, so sharing them is safe."""
