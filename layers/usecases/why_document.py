"""The facts about one building's walk as the contract prints them: metres, seconds, names, lines to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis.crs import FloatArray
from gis.reasons import DETOUR_FACTOR, Facts, Reason, StationWalk, detour, reasons
from gis.route import Leg, Route
from layers.models import CoverageRun
from layers.usecases.why_places import Places


def describe(
    run: CoverageRun,
    building: Mapping[str, Any],
    status: str,
    network: str | None,
    facts: Facts,
    route: Route | None,
    places: Places | None,
    told: Telling,
) -> dict[str, Any]:
    """Return the whole answer.

    Distances are metres to the millimetre: `walk_m` is the sum of its legs. `straight_m` and `detour` are about
    the station that is walked to; without a walk `straight_m` is that to the station nearest in a straight line.
    """
    goal = facts.nearest or facts.straightest
    factor = None if facts.nearest is None else detour(facts.nearest)
    walk_mm = None if facts.nearest is None else facts.nearest.walk_mm
    listed = [told.reason(item) for item in reasons(facts)]
    names = ("minutes", "speed_kmh", "walk_m", "category", "snap_limit_m", "no_network_m")
    return {
        "run": run.id,
        "building": dict(building),
        "parameters": {
            **{name: run.parameters[name] for name in names},
            "barrier_detour": DETOUR_FACTOR,
        },
        "inputs": {
            "hash": run.inputs["hash"],
            "code_version": run.inputs["code_version"],
            "network": network,
        },
        "status": status,
        "station": None if facts.nearest is None else told.station(facts.nearest),
        "straight_station": None if facts.straightest is None else told.station(facts.straightest),
        "walk_m": _metres(walk_mm),
        "walk_s": told.seconds(walk_mm),
        "straight_m": None if goal is None else _metres(goal.straight_mm),
        "detour": None if factor is None else round(factor, 3),
        "legs": [told.leg(leg) for leg in (() if route is None else route.legs)],
        "reasons": listed,
        "places": None if places is None else told.places(places),
        "route": _lines(building, route, goal, listed, told),
    }


@dataclass(frozen=True)
class Telling:
    """Facts in metres, seconds and names."""

    speed_kmh: float
    stations: pd.DataFrame
    """code, name, lon, lat, opened_on and closed_on of the stations that may be spoken of."""
    gate_name: Callable[[FloatArray], str | None]

    def seconds(self, mm: int | None) -> float | None:
        """Return how long a distance takes, to a tenth."""
        return None if mm is None or mm < 0 else round(mm * 0.0036 / self.speed_kmh, 1)

    def station(self, item: StationWalk) -> dict[str, Any]:
        """Return a station with its walk and straight line."""
        frame = self.stations
        row = frame.iloc[int(np.flatnonzero(frame["code"] == item.code)[0])]
        return {
            "code": item.code,
            "name": _text(row["name"]),
            "category": item.category,
            "state": item.state,
            "opened_on": _text(row["opened_on"]),
            "closed_on": _text(row["closed_on"]),
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "walk_m": None if item.walk_mm < 0 else _metres(item.walk_mm),
            "walk_s": self.seconds(item.walk_mm),
            "straight_m": _metres(item.straight_mm),
        }

    def reason(self, item: Reason) -> dict[str, Any]:
        """Return a reason with what belongs to it."""
        barrier, gate = item.barrier, item.gate
        return {
            "code": item.code,
            "station": None if item.station is None else self.station(item.station),
            "more_stations": item.more,
            "over_m": _metres(item.over_mm),
            "over_s": self.seconds(item.over_mm),
            "street_m": _metres(item.street_mm),
            "barrier": None
            if barrier is None
            else {"barrier_class": barrier.barrier_class, "name": barrier.name},
            "detour": None if item.detour is None else round(item.detour, 3),
            "gate": None
            if gate is None
            else {
                "name": self.gate_name(gate),
                "lon": round(float(gate[0]), 7),
                "lat": round(float(gate[1]), 7),
            },
        }

    def places(self, found: Places) -> dict[str, Any]:
        """Return who has a place, and how full the stations in reach are."""
        return {
            "basis": found.basis,
            "households": found.served + found.over_capacity,
            "served": found.served,
            "over_capacity": found.over_capacity,
            "stations": [
                {
                    "code": place.code,
                    "name": place.name,
                    "walk_m": _metres(place.walk_mm),
                    "walk_s": self.seconds(place.walk_mm),
                    "capacity": place.capacity,
                    "load": place.load,
                    "households": place.households,
                }
                for place in found.stations
            ],
        }

    def leg(self, leg: Leg) -> dict[str, Any]:
        """Return a part of the walk."""
        return {
            "kind": leg.kind,
            "name": leg.name or None,
            "street_class": leg.street_class,
            "walk_m": _metres(leg.mm),
            "walk_s": self.seconds(leg.mm),
        }


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _metres(mm: int | None) -> float | None:
    return None if mm is None else round(mm / 1000, 3)


def _lines(
    building: Mapping[str, Any],
    route: Route | None,
    goal: StationWalk | None,
    listed: Sequence[dict[str, Any]],
    told: Telling,
) -> dict[str, Any]:
    """Return what to draw as GeoJSON: the legs in order, then straight lines to the stations spoken of."""
    features = [
        _line(leg.lonlat, told.leg(leg))
        for leg in (() if route is None else route.legs)
        if leg.mm > 0
    ]
    spoken = [told.station(goal)] if goal is not None else []
    spoken += [item["station"] for item in listed if item["code"] == "barrier_between"]
    for station in {item["code"]: item for item in spoken}.values():
        ends = np.array([(building["lon"], building["lat"]), (station["lon"], station["lat"])])
        features.append(
            _line(
                ends,
                {
                    "kind": "straight",
                    "station": station["code"],
                    "straight_m": station["straight_m"],
                },
            )
        )
    return {"type": "FeatureCollection", "features": features}


def _line(lonlat: FloatArray, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": np.round(lonlat, 7).tolist()},
    }
