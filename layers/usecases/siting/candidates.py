"""Where new stations could stand: a list of one's own, vacant premises of the store, street corners near homes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.candidates import street_corners
from gis.coverage import locate
from gis.errors import Fault, RefusedInputError
from layers.inputs import Inputs
from layers.usecases.siting.asked import Kind, Place, SitingAsked, twice

VACANT = "vacant"
"""Status of rooms that stand empty and could become a station."""
NONE_FOUND: Mapping[Kind, str] = {
    "corners": "there is no street corner near these homes",
    "premises": f"there are no vacant premises (stations with the status {VACANT})",
    "places": "the list is empty",
}


def candidates_of(
    inputs: Inputs,
    asked: SitingAsked,
    chosen: NDArray[np.bool_],
    divisions: frozenset[int] | None,
) -> list[Place]:
    """Return the candidates of every kind asked for: the list, then premises by code, then corners.

    Parameters
    ----------
    chosen
        (n,) buildings of the question.
    divisions
        Ids of its divisions with all below; None for the whole store.

    Raises
    ------
    RefusedInputError
        `no_candidates` where there is none of any kind; `bad_siting` where two have one code.
    """
    found: list[Place] = []
    if "places" in asked.kinds:
        found += asked.places
    if "premises" in asked.kinds:
        found += _premises(inputs, asked, divisions)
    if "corners" in asked.kinds:
        found += _corners(inputs, asked, chosen)
    if not found:
        where = " inside the area drawn" if asked.area else ""
        reasons = ", and ".join(NONE_FOUND[kind] for kind in asked.kinds)
        raise RefusedInputError("no_candidates", f"{reasons}{where}; give a list of places")
    wrong = twice([place.code for place in found])
    if wrong:
        faults = [Fault("request", None, name, reason) for name, reason in wrong]
        raise RefusedInputError("bad_siting", f"{wrong[0][0]} {wrong[0][1]}", faults)
    return found


def _premises(inputs: Inputs, asked: SitingAsked, divisions: frozenset[int] | None) -> list[Place]:
    """Return vacant premises of any category in the divisions and the area asked about."""
    rows = inputs.stations[inputs.stations["status"] == VACANT]
    lonlat = rows[["lon", "lat"]].to_numpy(dtype=np.float64)
    keep = np.ones(len(rows), dtype=np.bool_)
    if divisions is not None:
        community = locate(lonlat, inputs.communities.polygon)
        own = np.isin(inputs.communities.division, sorted(divisions))
        keep &= (community >= 0) & np.append(own, False)[community]
    if asked.area:
        keep &= shapely.intersects_xy(shapely.Polygon(asked.area), lonlat[:, 0], lonlat[:, 1])
    return [
        Place(
            str(row.code), float(row.lon), float(row.lat),
            None if pd.isna(row.name_) else str(row.name_),
            None if pd.isna(row.capacity) else int(row.capacity), "premises",
        )
        for row in rows[keep].rename(columns={"name": "name_"}).itertuples(index=False)
    ]  # fmt: skip


def _corners(inputs: Inputs, asked: SitingAsked, chosen: NDArray[np.bool_]) -> list[Place]:
    households = inputs.buildings.households[asked.question.basis].astype(np.int64)
    ring = shapely.Polygon(asked.area) if asked.area else None
    found: list[Place] = []
    for item in inputs.parts:
        mine = np.where(chosen[item.rows], households[item.rows], 0)
        lonlat = item.network.node_lonlat
        inside = None if ring is None else shapely.contains_xy(ring, lonlat[:, 0], lonlat[:, 1])
        for node in street_corners(item.network, item.xy, mine, asked.most, inside):
            lon, lat = (round(value, 7) for value in lonlat[node].tolist())
            found.append(Place(f"corner:{len(found) + 1}", lon, lat, kind="corners"))
    return found
