"""A situation: stations, who is served, and who has a way to any of them at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.allocation import Served
from gis.errors import NotFoundError
from gis.snap import SNAPS, Snaps
from layers.inputs import Inputs
from layers.reach import Base, Stations, stations_of
from layers.scenario import Change, Scenario
from layers.usecases.whatif.ways import Ways

Int64Array = NDArray[np.int64]


@dataclass(frozen=True)
class State:
    """A situation: stations, who is served, who has a way to any of them."""

    stations: Stations
    allocation: Served
    routed: NDArray[np.bool_]
    nearest_mm: NDArray[np.int64]
    """(n,) walk to the nearest station, -1 where none is in reach."""


def today(base: Base, basis: str, *, capacities: bool = True, own: bool = False) -> State:
    """Return the situation as it is."""
    return State(
        base.stations, base.allocation(basis, capacities, own), base.routed, base.nearest_mm
    )


def changed_stations(
    inputs: Inputs, stations: Stations, scenario: Scenario
) -> tuple[Stations, NDArray[np.int64]]:
    """Return the stations after all changes, and which of the old ones each is (-1: its reach is new)."""
    table = inputs.stations
    kept: dict[str, tuple[int, float, float, int, str | None]] = {
        code: (n, *stations.lonlat[n].tolist(), int(stations.capacity[n]), stations.name[n])
        for n, code in enumerate(stations.code)
    }
    numbered = 0
    for change in scenario.changes:
        if change.op == "put":
            numbered += 1
            kept[f"new:{numbered}"] = (
                -1, float(change.lon or 0), float(change.lat or 0),
                -1 if change.capacity is None else change.capacity, change.name,
            )  # fmt: skip
        elif change.op == "open":
            opened = stations_of(inputs, _planned(table, scenario, change))
            kept[opened.code[0]] = (
                -1, *opened.lonlat[0].tolist(), int(opened.capacity[0]), opened.name[0]
            )  # fmt: skip
        elif change.station is not None:
            if change.station not in kept:
                raise _unknown(change.station, scenario.question.category)
            n, lon, lat, capacity, name = kept[change.station]
            if change.op == "close":
                del kept[change.station]
            elif change.op == "move":
                kept[change.station] = (
                    -1,
                    float(change.lon or 0),
                    float(change.lat or 0),
                    capacity,
                    name,
                )
            else:
                kept[change.station] = (
                    n,
                    lon,
                    lat,
                    -1 if change.capacity is None else change.capacity,
                    name,
                )
    kept = dict(sorted(kept.items()))  # as the store orders them: ties fall the same way
    rows = pd.DataFrame(
        [
            (code, name, lon, lat, None if capacity < 0 else capacity)
            for code, (_, lon, lat, capacity, name) in kept.items()
        ],
        columns=["code", "name", "lon", "lat", "capacity"],
    )
    source = np.array([item[0] for item in kept.values()], dtype=np.int64)
    return stations_of(inputs, rows), source


def _planned(table: pd.DataFrame, scenario: Scenario, change: Change) -> pd.DataFrame:
    found = table[
        (table["code"] == change.station)
        & (table["category"] == scenario.question.category)
        & ~table["open"]
    ]
    if found.empty:
        raise NotFoundError(
            "unknown_station",
            f"there is no station {change.station!r} of category {scenario.question.category!r} still to open",
        )
    return found


def _unknown(code: str, category: str) -> NotFoundError:
    return NotFoundError(
        "unknown_station", f"there is no open station {code!r} of category {category!r}"
    )


def gather_snaps(
    old: Snaps, new: Snaps, source: NDArray[np.int64], fresh: NDArray[np.int64]
) -> Snaps:
    """Return the snaps of the stations after the changes: known ones as they are, new ones searched."""
    count = len(source)
    edge = np.full((count, SNAPS), -1, dtype=np.int32)
    along, access = np.zeros_like(edge), np.zeros_like(edge)
    state = np.zeros(count, dtype=np.uint8)
    stayed = np.flatnonzero(source >= 0)
    for place, snaps in ((stayed, old.take(source[stayed])), (fresh, new)):
        edge[place], along[place] = snaps.edge, snaps.along_mm
        access[place], state[place] = snaps.access_mm, snaps.state
    return Snaps(edge, along, access, state)


def routed_buildings(base: Base, snaps: list[Snaps], ways: list[Ways]) -> NDArray[np.bool_]:
    """Return which buildings have a street that hangs together with a station's."""
    held = base.grounds.held(snaps)
    for way in ways:
        mine = held[way.part]
        changed = True
        while changed:  # a chain of ways may join several pieces
            changed = False
            for a, b in (pair for pair in way.joined if min(pair) >= 0):
                changed |= bool(mine[a] != mine[b])
                mine[a] = mine[b] = mine[a] or mine[b]
    if not ways and all(map(np.array_equal, held, base.held)):
        return base.routed
    found = base.grounds.routed(held)
    for way in ways:  # homes that only the new way reaches
        stepped = (way.search.points.edge >= way.extended.first).any(axis=1)
        at_way = any(held[way.part][max(pair)] for pair in way.joined)
        found[base.grounds.inputs.parts[way.part].rows[way.rows[stepped]]] |= at_way
    return found
