"""Reach of every open station, kept in memory by inputs, category and limit: what what-if starts from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.allocation import UNLIMITED, Allocation, allocate
from gis.coverage import locate
from gis.crs import FloatArray, to_metric
from gis.pairs import Pairs, rank_pairs
from gis.reach import Reaches, ReachSearch, join_reaches
from gis.snap import NO_NETWORK, Snaps
from layers.inputs import InputCache, Inputs

Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Found = tuple[NDArray[np.int32], Int64Array]
T = TypeVar("T")
HELD = 4
ANSWERS_HELD = 16


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

    @cached_property
    def no_network(self) -> BoolArray:
        """Which buildings lie in an area without street data."""
        known = np.ones(len(self.inputs.buildings), dtype=np.bool_)
        for item in self.inputs.parts:
            known[item.rows] = item.snaps.state == NO_NETWORK
        return known

    def held(self, snaps: list[Snaps]) -> list[BoolArray]:
        """Return per network which of its components a station is on; the last one is no component."""
        found = []
        for item, at in zip(self.inputs.parts, snaps, strict=True):
            component = item.network.component
            held = np.zeros(int(component.max(initial=-1)) + 2, dtype=np.bool_)
            if item.network.edges:
                held[component[item.network.edge_from[at.edge[at.edge >= 0]]]] = True
            found.append(held)
        return found

    def routed(self, held: list[BoolArray]) -> BoolArray:
        """Return which buildings have a street in the components that are held."""
        found = np.zeros(len(self.inputs.buildings), dtype=np.bool_)
        for item, components, mine in zip(self.inputs.parts, self.components, held, strict=True):
            found[item.rows] = mine[components].any(axis=1)
        return found


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
    limit_mm: int
    _allocations: dict[tuple[str, bool, bool], Allocation] = field(default_factory=dict)
    _pairs: dict[bool, Pairs] = field(default_factory=dict)
    _answers: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    _answering: threading.Lock = field(default_factory=threading.Lock)

    def pairs(self, own: bool) -> Pairs:
        """Return the pairs in the order places are given."""
        if own not in self._pairs:
            allowed = own_pairs(self.grounds.inputs, self.reaches, self.stations) if own else None
            self._pairs[own] = rank_pairs(self.reaches, len(self.grounds.inputs.buildings), allowed)
        return self._pairs[own]

    def capacity(self, capacities: bool) -> Int64Array:
        """Return the capacities of the stations, where they count."""
        return self.stations.capacity if capacities else unlimited(len(self.stations))

    def allocation(self, basis: str, capacities: bool, own: bool) -> Allocation:
        """Return who is served today."""
        key = (basis, capacities, own)
        if key not in self._allocations:
            self._allocations[key] = allocate(
                self.reaches,
                self.grounds.inputs.buildings.households[basis].astype(np.int64),
                self.capacity(capacities),
                pairs=self.pairs(own),
            )
        return self._allocations[key]

    @cached_property
    def held(self) -> list[BoolArray]:
        """`Grounds.held` of the stations."""
        return self.grounds.held(self.snaps)

    @cached_property
    def routed(self) -> BoolArray:
        """Which buildings have a street that hangs together with a station's."""
        return self.grounds.routed(self.held)

    @cached_property
    def nearest_mm(self) -> Int64Array:
        """Walk to the nearest station, (n,), -1 where none is in reach."""
        found = np.full(len(self.grounds.inputs.buildings), -1, dtype=np.int64)
        stations = range(len(self.stations))
        walk_less(found, [self.reaches.of(n) for n in stations])
        return found

    def nearest_after(self, source: Int64Array, found: Sequence[Found]) -> Int64Array:
        """Return the same after stations changed.

        Parameters
        ----------
        source
            (t,) which of these stations each is, -1 where its reach is new.
        found
            What each of the t stations reaches.
        """
        nearest = self.nearest_mm.copy()
        stayed = set(source.tolist())
        gone = [n for n in range(len(self.stations)) if n not in stayed]
        if gone:
            lost = np.zeros(len(nearest), dtype=np.bool_)
            for n in gone:
                lost[self.reaches.of(n)[0]] = True
            nearest[lost] = -1
            pieces = set(self.pairs(own=False).piece[gone].tolist())
            same = [
                item for n, item in zip(source.tolist(), found, strict=True)
                if n >= 0 and int(self.pairs(own=False).piece[n]) in pieces
            ]  # fmt: skip
            walk_less(nearest, [(point[lost[point]], walk[lost[point]]) for point, walk in same])
        walk_less(nearest, [item for n, item in zip(source.tolist(), found, strict=True) if n < 0])
        return nearest

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return an answer about today, as it was made before where it is one of the last."""
        with self._answering:
            if key not in self._answers:
                self._answers[key] = make()
            self._answers.move_to_end(key)
            if len(self._answers) > ANSWERS_HELD:
                self._answers.popitem(last=False)
            found: T = self._answers[key]
            return found


def walk_less(nearest: Int64Array, found: Sequence[Found]) -> None:
    """Note, in place, where a walk is shorter than the one that is known (-1: none is)."""
    for point, walk in found:
        known = nearest[point]
        nearest[point] = np.where((known < 0) | (walk < known), walk, known)


def unlimited(count: int) -> Int64Array:
    """Return the capacities of stations that serve any number."""
    return np.full(count, UNLIMITED, dtype=np.int64)


def own_pairs(inputs: Inputs, reaches: Reaches, stations: Stations) -> BoolArray:
    """Return which pairs lie in one community."""
    return in_one_community(inputs, stations, reaches.point, reaches.station)


def in_one_community(
    inputs: Inputs, stations: Stations, point: NDArray[np.int32], station: NDArray[np.int32]
) -> BoolArray:
    """Return which buildings lie in their station's community."""
    member = inputs.communities.member[point]
    own: BoolArray = (member >= 0) & (member == stations.community[station])
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
        rows = table[(table["category"] == category) & table["open"]]
        # A scenario's stations are ordered by code too, whatever order the store has for text.
        stations = stations_of(inputs, rows.iloc[np.argsort(rows["code"].to_numpy(dtype=np.str_))])
        snaps = grounds.snaps(stations.lonlat)
        reaches = join_reaches([grounds.reach(snaps, n, limit_mm) for n in range(len(stations))])
        return Base(grounds, stations, snaps, reaches, limit_mm)


REACHES = ReachCache()
"""Of this process: bases are made from inputs named by their hash, so sharing them is safe."""
