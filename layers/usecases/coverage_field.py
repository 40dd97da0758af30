"""Every building's nearest station: computed from the inputs, stored once per field."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import Field, empty_field, fill_field, nearest_straight
from gis.crs import FloatArray, metric_zone, to_metric
from gis.snap import Snaps
from layers.db import copy_rows
from layers.inputs import InputCache, Inputs, Part
from layers.models import BASES

FAR_STATIONS_DEG = 4.0
"""Straight lines are measured in a 3-degree zone; stations farther from its meridian are no neighbours."""


def station_snaps(cache: InputCache, item: Part, stations: pd.DataFrame) -> Snaps:
    """Return the stations snapped to one network."""
    lonlat = stations[["lon", "lat"]].to_numpy(dtype=np.float64)
    return cache.index(item).snap(to_metric(lonlat, item.network.metric_crs))


def compute_field(cache: InputCache, inputs: Inputs, stations: pd.DataFrame) -> Field:
    """Walk from every building to its nearest station on its own network, and measure straight lines."""
    field = empty_field(len(inputs.buildings))
    lonlat = stations[["lon", "lat"]].to_numpy(dtype=np.float64)
    alone = np.ones(len(field), dtype=np.bool_)

    def measure_straight(rows: NDArray[np.int64], xy: FloatArray, zone: str) -> None:
        middle = float(np.median(inputs.buildings.lonlat[rows, 0]))
        near = np.flatnonzero(np.abs(lonlat[:, 0] - middle) <= FAR_STATIONS_DEG)
        if len(near):
            straight, station = nearest_straight(to_metric(lonlat[near], zone), xy)
            field.straight_mm[rows], field.straight_station[rows] = straight, near[station]

    for item in inputs.parts:
        fill_field(field, item.rows, item.network, station_snaps(cache, item, stations), item.snaps)
        if len(item.rows):
            measure_straight(item.rows, item.xy, item.network.metric_crs)
        alone[item.rows] = False
    others = np.flatnonzero(alone)
    meridian = np.rint(inputs.buildings.lonlat[others, 0] / 3)
    for number in np.unique(meridian):
        rows = others[meridian == number]
        zone = metric_zone(float(number) * 3)
        measure_straight(rows, to_metric(inputs.buildings.lonlat[rows], zone), zone)
    return field


def store_field(
    session: Session, field_id: str, inputs: Inputs, stations: pd.DataFrame, field: Field
) -> None:
    """Write a field with a row per building; nothing when another process just did.

    Households are kept with the distances, so that later counts do not change an old run.
    """
    created = session.execute(
        text("INSERT INTO coverage_field (id, buildings) VALUES (:id, :n) ON CONFLICT DO NOTHING"),
        {"id": field_id, "n": len(field)},
    )
    if created.rowcount == 0:  # type: ignore[attr-defined]  # another process just wrote it
        return
    codes = [*stations["code"], None]
    copy_rows(
        session,
        "coverage_building",
        (
            "field_id", "building_id", "walk_mm", "straight_mm", "access_mm", "station", "no_network",
            *BASES, "division_id",
        ),
        (
            (
                field_id, building, walk if walk >= 0 else None, straight if straight >= 0 else None,
                access if walk >= 0 else None, codes[station], lost, *homes, division if division >= 0 else None,
            )
            for building, walk, straight, access, station, lost, division, *homes in zip(
                inputs.buildings.id.tolist(), field.walk_mm.tolist(), field.straight_mm.tolist(),
                field.access_mm.tolist(), field.station.tolist(), field.no_network.tolist(),
                inputs.buildings.division.tolist(),
                *(inputs.buildings.households[basis].tolist() for basis in BASES),
                strict=True,
            )
        ),
    )  # fmt: skip
