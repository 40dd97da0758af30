"""What a coverage question reads, row by row: SQL to arrays, nothing kept."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import locate
from gis.crs import FloatArray, IntArray, metric_zone, to_metric
from gis.density import area_km2
from gis.network import DIRECTIONS, Network, along_edges
from gis.snap import line_segments
from layers.db import actor_of, driver
from layers.models import BASES


def copy_frame(session: Session, query: str, text_columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a query's rows as a frame, read as CSV through COPY (a million rows in seconds)."""
    buffer = io.BytesIO()
    with (
        driver(session).cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER true)".encode()) as copy,
    ):
        for block in copy:
            buffer.write(block)
    buffer.seek(0)
    return pd.read_csv(
        buffer, dtype=dict.fromkeys(text_columns, "str"), keep_default_na=False, na_values=[""]
    )


@dataclass(frozen=True)
class Buildings:
    """All buildings, n of them, ordered by code."""

    id: NDArray[np.int64]
    code: NDArray[np.str_]
    lonlat: FloatArray
    households: dict[str, IntArray]
    """By basis, (n,); 0 where the basis was not counted."""
    counted: NDArray[np.bool_]
    """(n,) has a count at all."""
    counted_on: NDArray[np.str_]
    """(n,) date of the count in force, empty without one."""
    division: NDArray[np.int64]
    """(n,) id of the deepest division it lies in, -1 outside all."""

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Areas:
    """Communities or grids in force today, a of them, ordered by code."""

    code: list[str]
    name: list[str | None]
    kind: list[str | None]
    parent: list[str | None]
    """Community of a grid, township of a community."""
    polygon: NDArray[np.object_]
    area_km2: FloatArray
    member: NDArray[np.int32]
    """(n,) area of each building, -1 outside all; on a shared border the lower code has it."""
    division: NDArray[np.int64]
    """(a,) id of the community: itself, or that of the grid; -1 without one."""

    def __len__(self) -> int:
        return len(self.code)


BUILDINGS = """
    SELECT b.id, b.code, ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat,
           c.registered, c.resident, c.planned, c.counted_on, coalesce(b.division_id, -1) AS division
    FROM building b LEFT JOIN (
        SELECT DISTINCT ON (building_id) building_id, registered, resident, planned, counted_on
        FROM household_count WHERE building_id IS NOT NULL AND counted_on <= current_date
        ORDER BY building_id, counted_on DESC, source DESC
    ) c ON c.building_id = b.id
    ORDER BY b.code COLLATE "C"
"""
STATIONS = """
    SELECT code, name, category, status, ST_X(geom) AS lon, ST_Y(geom) AS lat,
           status = 'open' AND coalesce(opened_on <= current_date, true)
           AND coalesce(closed_on > current_date, true) AS open, capacity, opened_on, closed_on
    FROM station ORDER BY code COLLATE "C"
"""
UNPLACED = """
    SELECT coalesce(community, '') AS community, coalesce(sum(registered), 0) AS registered,
           coalesce(sum(resident), 0) AS resident, coalesce(sum(planned), 0) AS planned
    FROM (
        SELECT DISTINCT ON (community, place, source) * FROM household_count
        WHERE building_id IS NULL AND counted_on <= current_date
        ORDER BY community, place, source, counted_on DESC
    ) c GROUP BY 1 ORDER BY 1
"""
COMMUNITIES = """
    SELECT v.code, v.name, v.kind, p.code AS parent, v.division_id AS division,
           encode(ST_AsBinary(v.geom), 'hex') AS wkb
    FROM division_version v JOIN division d ON d.id = v.division_id AND d.level = 'community'
    LEFT JOIN division_version p ON p.division_id = v.parent_id
      AND p.valid_from <= current_date AND (p.valid_to IS NULL OR p.valid_to > current_date)
    WHERE v.valid_from <= current_date AND (v.valid_to IS NULL OR v.valid_to > current_date)
    ORDER BY v.code COLLATE "C"
"""
GRIDS = """
    SELECT v.code, v.name, v.kind, c.code AS parent, coalesce(g.community_id, -1) AS division,
           encode(ST_AsBinary(v.geom), 'hex') AS wkb
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version c ON c.division_id = g.community_id
      AND c.valid_from <= current_date AND (c.valid_to IS NULL OR c.valid_to > current_date)
    WHERE v.valid_from <= current_date AND (v.valid_to IS NULL OR v.valid_to > current_date)
      AND (v.level IS NULL OR v.level = 'micro' OR NOT EXISTS (
        SELECT 1 FROM grid_version w WHERE w.level IS DISTINCT FROM v.level AND w.code LIKE v.code || '_%'))
    ORDER BY v.code COLLATE "C"
"""


def read_buildings(session: Session) -> Buildings:
    """Return all buildings with the newest counts that are not in the future."""
    frame = copy_frame(session, BUILDINGS, ("code", "counted_on"))
    return Buildings(
        id=frame["id"].to_numpy(dtype=np.int64),
        code=frame["code"].to_numpy(dtype=np.str_),
        lonlat=frame[["lon", "lat"]].to_numpy(dtype=np.float64),
        households={
            basis: frame[basis].fillna(0).to_numpy(dtype=np.int64) for basis in sorted(BASES)
        },
        counted=frame["counted_on"].notna().to_numpy(dtype=np.bool_),
        counted_on=frame["counted_on"].fillna("").to_numpy(dtype=np.str_),
        division=frame["division"].to_numpy(dtype=np.int64),
    )


def read_network(session: Session, row: Any) -> Network:
    """Return the arrays of one stored network version, as they were when it was imported."""
    frame = copy_frame(
        session,
        "SELECT from_node, to_node, street_class, name, length_mm, direction, private, bridge, "
        "tunnel, source_ref, encode(ST_AsBinary(geom), 'hex') AS wkb "
        f"FROM street_edge WHERE network_id = {int(row.id)} ORDER BY no",
        ("street_class", "name", "direction", "private", "bridge", "tunnel", "wkb"),
    )
    vertices, edge = shapely.get_coordinates(
        shapely.from_wkb(frame["wkb"].to_numpy()), return_index=True
    )
    offsets = np.concatenate(([0], np.cumsum(np.bincount(edge, minlength=len(frame))))).astype(
        np.int64
    )
    start, end = (frame[name].to_numpy(dtype=np.int32) for name in ("from_node", "to_node"))
    node = np.zeros((row.nodes, 2))
    node[start] = vertices[offsets[:-1]]
    node[end] = vertices[offsets[1:] - 1]
    number = {name: code for code, name in DIRECTIONS.items()}
    return Network(
        metric_crs=row.metric_crs,
        node_lonlat=node,
        edge_from=start,
        edge_to=end,
        edge_length_mm=frame["length_mm"].to_numpy(dtype=np.int64),
        edge_class=frame["street_class"].to_numpy(dtype=np.str_),
        edge_name=frame["name"].fillna("").to_numpy(dtype=np.str_),
        edge_direction=frame["direction"].map(number).to_numpy(dtype=np.int8),
        edge_private=(frame["private"] == "t").to_numpy(dtype=np.bool_),
        edge_bridge=(frame["bridge"] == "t").to_numpy(dtype=np.bool_),
        edge_tunnel=(frame["tunnel"] == "t").to_numpy(dtype=np.bool_),
        edge_ref=frame["source_ref"].fillna(0).to_numpy(dtype=np.int64),
        vertex_offsets=offsets,
        vertex_lonlat=vertices,
        vertex_along_mm=along_edges(vertices, offsets),
    )


def read_barriers(session: Session, network_id: int, metric_crs: str) -> FloatArray:
    """Return what no leg may cross: barrier lines and the shores of water areas."""
    lines = session.execute(
        text(
            "SELECT ST_AsBinary(geom) FROM barrier WHERE network_id = :id UNION ALL "
            "SELECT ST_AsBinary(ST_Boundary(geom)) FROM land_cover "
            "WHERE network_id = :id AND cover_class = 'water'"
        ),
        {"id": network_id},
    ).scalars()
    shapes = shapely.get_parts(shapely.from_wkb([bytes(item) for item in lines]))
    shapes = shapes[np.argsort(shapely.to_wkb(shapes))] if len(shapes) else shapes
    vertices, line = shapely.get_coordinates(shapes, return_index=True)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(line, minlength=len(shapes)))))
    if len(shapes) == 0:
        return np.empty((0, 2, 2))
    return line_segments(offsets.astype(np.int64), to_metric(vertices, metric_crs))


def county_zones(session: Session) -> dict[str, str]:
    """Return the zone each county is measured in, by the six digits its codes begin with."""
    rows = session.execute(
        text(
            "SELECT left(code, 6) AS county, metric_crs FROM division_version "
            "WHERE metric_crs IS NOT NULL ORDER BY valid_from"
        )
    )
    return {row.county: row.metric_crs for row in rows}


def _measured(codes: Sequence[str], polygons: Any, zones: Mapping[str, str]) -> FloatArray:
    """Return areas in the zone of each polygon's county, else in that of its own longitude."""
    middle = shapely.get_x(shapely.centroid(polygons)) if len(polygons) else np.empty(0)
    own = [
        zones.get(code[:6]) or metric_zone(float(lon))
        for code, lon in zip(codes, middle, strict=True)
    ]
    area = np.zeros(len(polygons))
    for zone in sorted(set(own)):
        rows = np.array([item == zone for item in own])
        area[rows] = area_km2(polygons[rows], zone)
    return area


def read_areas(
    session: Session, query: str, buildings: Buildings, zones: Mapping[str, str]
) -> Areas:
    """Return the communities or grids in force today in the session's area, with the buildings of each."""
    frame = copy_frame(session, query, ("code", "name", "kind", "parent", "wkb"))
    area = actor_of(session).area
    if area is not None:
        frame = frame[frame["division"].isin(area)].reset_index(drop=True)
    polygons = np.asarray(shapely.from_wkb(frame["wkb"].to_numpy()), dtype=object)

    def texts(name: str) -> list[str | None]:
        return [None if pd.isna(item) else str(item) for item in frame[name]]

    return Areas(
        [str(code) for code in frame["code"]],
        texts("name"), texts("kind"), texts("parent"),
        polygons, _measured([str(code) for code in frame["code"]], polygons, zones), locate(buildings.lonlat, polygons),
        frame["division"].to_numpy(dtype=np.int64),
    )  # fmt: skip
