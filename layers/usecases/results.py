"""What a stored run can be asked for: its map, its classes, its buildings, its tiles."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import STATUSES
from gis.crs import to_lonlat
from gis.density import M2_PER_KM2, class_breaks
from gis.errors import NotFoundError, RefusedInputError, WanggeError
from gis.service_area import ServiceAreas
from layers.areas import below
from layers.db import Database
from layers.features import check_tile, draw_tile
from layers.files import written_whole
from layers.inputs import InputCache
from layers.io.progress import Progress, silent
from layers.models import CoverageRun
from layers.question import Question
from layers.registry import effective
from layers.usecases.coverage import (
    get_run,
    inputs_of,
    question_of,
    reading_run,
    run_coverage,
)
from layers.usecases.coverage_field import station_snaps

COORDINATE_GRID_DEG = 1e-7
"""GeoJSON coordinates carry 7 decimals, about a centimetre."""
BUILDING_COLUMNS = (
    "id",
    "lon",
    "lat",
    "households",
    "walk_seconds",
    "station",
    "straight_m",
    "access_m",
    "status",
)
MAX_SECONDS = 3600
WARM_AREAS = 3
FIRST_AREAS = f"""
    SELECT codes FROM (
        SELECT a.id, string_agg(v.code, ',' ORDER BY v.code COLLATE "C") AS codes
        FROM account a LEFT JOIN account_division d ON d.account_id = a.id
        LEFT JOIN division_version v ON v.division_id = d.division_id AND {effective("v")}
        WHERE a.role IN ('planner', 'reviewer', 'analyst') AND NOT a.disabled GROUP BY a.id
    ) areas GROUP BY codes ORDER BY count(*) DESC, codes LIMIT :most
"""
"""The areas most accounts belong to."""
STATUS_SQL = (
    "CASE WHEN c.walk_mm <= :limit THEN 'within_walk' WHEN c.walk_mm IS NOT NULL THEN 'out_of_reach' "
    "WHEN c.no_network THEN 'no_network' ELSE 'unreachable' END"
)
FIGURE_UNITS = {
    "households_per_km2": "户/km²",
    "households": "户",
    "rate_walk": "",
    "out_of_reach": "户",
}


def run_area(
    database: Database, cache: InputCache, run_id: str, progress: Progress = silent
) -> str:
    """Return the service area of a run as GeoJSON text, drawn once and kept.

    Features: one `dissolved` area, then one per station; areas in lon/lat, `area_km2` measured in
    the metric zone.

    Raises
    ------
    ConflictError
        `inputs_changed` when the store has changed since the run: ask the question again.
    """
    with database.session("server") as session:
        run = get_run(session, run_id)  # whoever may not see it is told that there is none
    with reading_run(database, run).session("compute") as session:
        kept = cache.folder / f"area-{run.field_id}-{_limit(run)}.geojson"
        if kept.exists():
            return kept.read_text(encoding="utf-8")
        inputs = inputs_of(session, cache, run, progress)
        chosen = inputs.stations.set_index("code").loc[
            [row["code"] for row in run.result["stations"]]
        ]
        stations = chosen.reset_index()
    limit = _limit(run)
    whole: list[Any] = []
    single: dict[str, list[tuple[Any, float]]] = {code: [] for code in stations["code"]}
    for item in inputs.parts:
        snaps = station_snaps(cache, item, stations)
        on_street = np.flatnonzero(snaps.edge[:, 0] >= 0)
        if len(on_street) == 0:
            continue
        draw = ServiceAreas(item.network, cache.lattice(item)).draw
        whole.append(_lonlat(draw(snaps.take(on_street), limit), item.network.metric_crs))
        for count, number in enumerate(on_street):
            progress(100 * count // len(on_street), "drawing the areas of stations")
            single[stations["code"][number]].append(
                _lonlat(draw(snaps.take([number]), limit), item.network.metric_crs)
            )
    names = dict(zip(stations["code"], stations["name"], strict=True))
    features = [_feature(whole, kind="dissolved", station=None, name=None)]
    features += [
        _feature(
            shapes, kind="station", station=code, name=None if pd.isna(names[code]) else names[code]
        )
        for code, shapes in single.items()
        if shapes
    ]
    document = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    cache.ready()
    with written_whole(kept) as fresh:
        fresh.write_text(document, encoding="utf-8")
    return document


def _lonlat(area: Any, metric_crs: str) -> tuple[Any, float]:
    moved = shapely.transform(area, lambda xy: np.round(to_lonlat(xy, metric_crs), 7))
    return moved, float(area.area) / M2_PER_KM2


def _feature(shapes: list[tuple[Any, float]], **properties: Any) -> dict[str, Any]:
    polygons = [part for area, _ in shapes for part in shapely.get_parts(area)]
    return {
        "type": "Feature",
        "properties": {**properties, "area_km2": round(sum(size for _, size in shapes), 6)},
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": shapely.geometry.mapping(shapely.MultiPolygon(polygons))["coordinates"],
        },
    }


def run_classes(
    session: Session, run_id: str, scope: str, figure: str, scheme: str, classes: int
) -> dict[str, Any]:
    """Return the class breaks of a figure over the grids or communities of a run.

    Raises
    ------
    RefusedInputError
        `bad_parameter` for an unknown scope or figure.
    """
    run = get_run(session, run_id)
    if scope not in {"grids", "communities"}:
        raise RefusedInputError("bad_parameter", "scope must be grids or communities")
    rows = run.result[scope]
    if rows and not isinstance(rows[0].get(figure), int | float | None):
        raise RefusedInputError("bad_parameter", f"{figure!r} is no figure of {scope}")
    if rows and figure not in rows[0]:
        raise RefusedInputError("bad_parameter", f"{figure!r} is no figure of {scope}")
    values = np.array([np.nan if row[figure] is None else row[figure] for row in rows], dtype=float)
    breaks = class_breaks(values, scheme, classes)
    known = values[np.isfinite(values)]
    members = np.bincount(np.searchsorted(breaks, known, side="left"), minlength=len(breaks))
    return {
        "scope": scope,
        "figure": figure,
        "scheme": scheme,
        "breaks": [float(value) for value in breaks],
        "counts": [int(value) for value in members[: len(breaks)]],
        "minimum": float(known.min()) if len(known) else None,
        "unit": FIGURE_UNITS.get(figure, ""),
    }


def _limit(run: CoverageRun) -> int:
    return question_of(run).limits.walk_mm


def part_condition(session: Session, run: CoverageRun) -> tuple[str, dict[str, Any]]:
    """Return the condition that a row `c` belongs to what a run is about, and its parameters."""
    if run.divisions is None:
        return "true", {}
    return "c.division_id = ANY(:part)", {"part": sorted(below(session, run.divisions))}


def building_rows(session: Session, run_id: str) -> Iterator[tuple[Any, ...]]:
    """Yield every building of a run as a row of `BUILDING_COLUMNS`, ordered by code.

    `walk_seconds` is empty above an hour and without a route; metres and seconds have 3 decimals.
    """
    run = get_run(session, run_id)
    basis = run.parameters["basis"]
    speed = float(run.parameters["speed_kmh"])
    part, values = part_condition(session, run)
    statement = text(
        f"""
        SELECT b.code, ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, c.{basis} AS households,
               c.walk_mm, c.station, c.straight_mm, c.access_mm, {STATUS_SQL} AS status
        FROM coverage_building c JOIN building b ON b.id = c.building_id
        WHERE c.field_id = :field AND {part} ORDER BY b.code COLLATE "C"
        """
    )
    rows = session.execute(
        statement,
        {"field": run.field_id, "limit": _limit(run), **values},
        execution_options={"yield_per": 20_000},
    )
    for row in rows:
        seconds = None if row.walk_mm is None else row.walk_mm * 0.0036 / speed
        yield (
            row.code, f"{row.lon:.7f}", f"{row.lat:.7f}", row.households,
            "" if seconds is None or seconds > MAX_SECONDS else f"{seconds:.3f}",
            row.station or "",
            "" if row.straight_mm is None else f"{row.straight_mm / 1000:.3f}",
            "" if row.access_mm is None else f"{row.access_mm / 1000:.3f}",
            row.status,
        )  # fmt: skip


def write_buildings(session: Session, run_id: str, target: Path) -> int:
    """Write `building_rows` as CSV and return how many there are; an existing file is replaced last."""
    count = 0
    with written_whole(target) as fresh, fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(BUILDING_COLUMNS)
        for row in building_rows(session, run_id):
            writer.writerow(row)
            count += 1
    return count


def run_tile(session: Session, run_id: str, z: int, x: int, y: int) -> bytes:
    """Return a vector tile `coverage` with each building's walk and status in a run."""
    check_tile(z, x, y)
    run = get_run(session, run_id)
    basis = run.parameters["basis"]
    part, values = part_condition(session, run)
    rows = f"""
        t.code, c.{basis} AS households,
        round(c.walk_mm * 0.0036 / :speed)::int AS walk_s,
        round(c.straight_mm / 1000.0)::int AS straight_m, {STATUS_SQL} AS status
        FROM building t JOIN coverage_building c ON c.building_id = t.id AND c.field_id = :field, b
        WHERE t.geom && b.lonlat AND {part} ORDER BY t.id
    """
    speed = float(run.parameters["speed_kmh"])
    return draw_tile(
        session, "coverage", "t.geom", rows, z, x, y,
        field=run.field_id, limit=_limit(run), speed=speed, **values,
    )  # fmt: skip


def building_card(session: Session, code: str, run_id: str | None) -> dict[str, Any]:
    """Return what is known about one building, with its walk in a run when one is named.

    Raises
    ------
    NotFoundError
        `unknown_building` or `unknown_run`.
    """
    building = session.execute(
        text(
            "SELECT b.id, b.code, b.name, b.kind, b.floors, b.building_no, b.villager_group, "
            "coalesce(e.name, b.estate) AS estate, ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, "
            "(SELECT text FROM address a WHERE a.building = b.code ORDER BY a.id LIMIT 1) AS address "
            "FROM building b LEFT JOIN estate e ON e.code = b.estate WHERE b.code = :code"
        ),
        {"code": code},
    ).mappings().one_or_none()  # fmt: skip
    if building is None:
        raise NotFoundError("unknown_building", f"there is no building {code!r}")
    card = {name: value for name, value in building.items() if name != "id"}
    counted = session.execute(
        text(
            "SELECT registered, resident, planned, vacant, counted_on::text AS counted_on, source "
            "FROM household_count WHERE building_id = :id AND counted_on <= current_date "
            "ORDER BY counted_on DESC, source DESC LIMIT 1"
        ),
        {"id": building["id"]},
    ).mappings().one_or_none()  # fmt: skip
    card["households"] = dict(counted) if counted else None
    card["coverage"] = None
    if run_id is not None:
        run = get_run(session, run_id)
        part, values = part_condition(session, run)
        row = session.execute(
            text(
                f"SELECT c.walk_mm, c.straight_mm, c.access_mm, c.station, s.name AS station_name, "
                f"{STATUS_SQL} AS status FROM coverage_building c "
                "LEFT JOIN station s ON s.code = c.station "
                f"WHERE c.field_id = :field AND c.building_id = :id AND {part}"
            ),
            {"field": run.field_id, "id": building["id"], "limit": _limit(run), **values},
        ).one_or_none()
        if row is not None:
            speed = float(run.parameters["speed_kmh"])
            card["coverage"] = {
                "walk_s": None if row.walk_mm is None else round(row.walk_mm * 0.0036 / speed),
                "walk_m": None if row.walk_mm is None else round(row.walk_mm / 1000, 1),
                "straight_m": None if row.straight_mm is None else round(row.straight_mm / 1000, 1),
                "access_m": None if row.access_mm is None else round(row.access_mm / 1000, 1),
                "station": row.station,
                "station_name": row.station_name,
                "status": row.status,
            }
    return card


def warm_up(database: Database, cache: InputCache, progress: Progress = silent) -> None:
    """Answer and draw what accounts ask first, so that inputs are read and kernels compiled.

    Failures are left to whoever asks for real: an empty store has no answer yet.
    """
    with suppress(WanggeError):
        with database.session() as session:
            areas = list(session.execute(text(FIRST_AREAS), {"most": WARM_AREAS}).scalars())
        for area in areas or [None]:
            run = str(run_coverage(database, cache, Question(division=area), progress)["run"])
            run_area(database, cache, run, progress)
            with database.session() as session:
                run_classes(session, run, "communities", "households_per_km2", "natural", 5)


__all__ = [
    "BUILDING_COLUMNS",
    "STATUSES",
    "building_card",
    "building_rows",
    "run_area",
    "run_classes",
    "run_tile",
    "warm_up",
    "write_buildings",
]
