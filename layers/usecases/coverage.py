"""Ask and answer: who is within reach of a category of station, stored as a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gis.coverage import (
    STATUSES,
    Field,
    Limits,
    counts,
    cumulative_curve,
    empty_field,
    fill_field,
    nearest_straight,
    tally,
)
from gis.crs import metric_zone, to_metric
from gis.density import per_km2
from gis.errors import NotFoundError, RefusedInputError
from gis.snap import NO_NETWORK_M, SNAP_LIMIT_M, Snaps
from gis.travel import walk_limit_mm
from layers.db import Database, copy_rows
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs, Part, reachable
from layers.io.progress import Progress, silent
from layers.models import BASES, CoverageRun
from layers.rules import grid_rule

MAX_MINUTES, MAX_SPEED_KMH, MAX_RADIUS_M = 240, 30, 100_000
CURVE_MINUTES = 60
FAR_STATIONS_DEG = 4.0
"""Straight lines are measured in a 3-degree zone; stations farther from its meridian are no neighbours."""


@dataclass(frozen=True)
class Question:
    """The parameters of a run; checked when made.

    Raises
    ------
    RefusedInputError
        `bad_parameter` for anything out of range, all faults in one sentence.
    """

    minutes: float = 15
    speed_kmh: float = 4.5
    radius_m: float = 3000
    category: str = "service_station"
    basis: str = "resident"
    detour_factor: float = 1.4
    division: str | None = None

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must be more than 0 and at most {most}"
            for name, value, most in (
                ("minutes", self.minutes, MAX_MINUTES),
                ("speed_kmh", self.speed_kmh, MAX_SPEED_KMH),
                ("radius_m", self.radius_m, MAX_RADIUS_M),
            )
            if not 0 < value <= most  # also refuses nan
        ]
        if not 1 <= self.detour_factor <= 5:
            wrong.append("detour_factor must be between 1 and 5")
        if self.basis not in BASES:
            wrong.append(f"basis must be one of {', '.join(BASES)}")
        if wrong:
            raise RefusedInputError("bad_parameter", "; ".join(wrong))

    @property
    def limits(self) -> Limits:
        """The thresholds in whole millimetres."""
        return Limits(
            walk_limit_mm(self.minutes, self.speed_kmh),
            int(Fraction(str(self.radius_m)) * 1000),
            Fraction(str(self.detour_factor)),
        )

    def canonical(self) -> dict[str, Any]:
        """Return the parameters as they are stored and hashed, with the metres they imply."""
        numbers = {
            name: int(value) if isinstance(value, float) and value == int(value) else value
            for name, value in asdict(self).items()
        }
        return {
            **numbers,
            "walk_m": self.limits.walk_mm / 1000,
            "snap_limit_m": SNAP_LIMIT_M,
            "no_network_m": NO_NETWORK_M,
        }


def _hash(*parts: Any) -> str:
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=10).hexdigest()


def run_coverage(
    database: Database, cache: InputCache, question: Question, progress: Progress = silent
) -> dict[str, Any]:
    """Answer a question, store the run and return it; a stored run is returned as it is.

    Raises
    ------
    RefusedInputError
        `no_buildings` in an empty store, `no_stations` when the category has no open station.
    NotFoundError
        `unknown_division` when the question is limited to a division that does not exist.
    """
    with database.session("compute") as session:
        inputs = cache.load(session, progress)
        run_id = _hash(question.canonical(), inputs.hash, ANALYSIS_VERSION)
        stored = session.get(CoverageRun, run_id)
        if stored is not None:
            progress(100, "stored run")
            return as_document(stored)
        chosen = _select(session, inputs, question)
        stations = _stations(inputs, question.category)
        field_id = _hash(inputs.hash, question.category, ANALYSIS_VERSION)
        progress(60, "walking to the nearest station")
        field = compute_field(cache, inputs, stations)
        known = session.execute(
            text("SELECT 1 FROM coverage_field WHERE id = :id"), {"id": field_id}
        ).first()
        if known is None:
            progress(75, "storing every building's walk")
            _store_field(session, field_id, inputs, stations, field)
        progress(90, "summing by grid and community")
        result = _result(cache, inputs, question, stations, field, chosen)
        session.execute(
            text(
                "INSERT INTO coverage_run (id, field_id, parameters, inputs, result) "
                "VALUES (:id, :field, :parameters, :inputs, :result) ON CONFLICT DO NOTHING"
            ),
            {
                "id": run_id,
                "field": field_id,
                "parameters": json.dumps(question.canonical(), ensure_ascii=False),
                "inputs": json.dumps(_describe(inputs, stations), ensure_ascii=False),
                "result": json.dumps(result, ensure_ascii=False),
            },
        )
        run = session.get_one(CoverageRun, run_id)
        progress(100, "done")
        return as_document(run)


def stored_run_id(database: Database, cache: InputCache, question: Question) -> str | None:
    """Return the id of the stored run that answers a question on today's inputs, if there is one."""
    with database.session("compute") as session:
        inputs = cache.held(session)
        if inputs is None:
            return None
        run_id = _hash(question.canonical(), inputs.hash, ANALYSIS_VERSION)
        return session.scalar(select(CoverageRun.id).where(CoverageRun.id == run_id))


def get_run(session: Session, run_id: str) -> CoverageRun:
    """Return a stored run, or raise `unknown_run`."""
    run = session.get(CoverageRun, run_id)
    if run is None:
        raise NotFoundError("unknown_run", f"there is no run {run_id!r}")
    return run


def as_document(run: CoverageRun) -> dict[str, Any]:
    """Return a run as the contract prints it."""
    created: datetime = run.created_at
    return {
        "run": run.id,
        "created_at": created.isoformat(timespec="seconds"),
        "parameters": run.parameters,
        "inputs": run.inputs,
        **run.result,
    }


def _select(session: Session, inputs: Inputs, question: Question) -> NDArray[np.bool_]:
    """Return which buildings the question is about: all, or those of one division."""
    if len(inputs.buildings) == 0:
        raise RefusedInputError(
            "no_buildings", "there are no buildings yet: import buildings first"
        )
    if question.division is None:
        return np.ones(len(inputs.buildings), dtype=np.bool_)
    known = session.execute(
        text("SELECT 1 FROM division_version WHERE code = :code"), {"code": question.division}
    ).first()
    if known is None:
        raise NotFoundError("unknown_division", f"there is no division {question.division!r}")
    prefix = (
        question.division.removesuffix("000000")
        if len(question.division) == 12
        else question.division
    )
    inside = np.array([code.startswith(prefix) for code in inputs.communities.code] + [False])
    return np.asarray(inside[inputs.communities.member])


def _stations(inputs: Inputs, category: str) -> pd.DataFrame:
    chosen = inputs.stations[(inputs.stations["category"] == category) & inputs.stations["open"]]
    if chosen.empty:
        known = ", ".join(sorted(set(inputs.stations["category"]))) or "none"
        raise RefusedInputError(
            "no_stations",
            f"there is no open station of category {category!r}; categories with stations: {known}",
        )
    return chosen.reset_index(drop=True)


def station_snaps(cache: InputCache, item: Part, stations: pd.DataFrame) -> Snaps:
    """Return the stations snapped to one network."""
    lonlat = stations[["lon", "lat"]].to_numpy(dtype=np.float64)
    return cache.index(item).snap(to_metric(lonlat, item.network.metric_crs))


def compute_field(cache: InputCache, inputs: Inputs, stations: pd.DataFrame) -> Field:
    """Walk from every building to its nearest station on its own network, and measure straight lines."""
    field = empty_field(len(inputs.buildings))
    lonlat = stations[["lon", "lat"]].to_numpy(dtype=np.float64)
    zones = np.full(len(field), -1, dtype=np.int32)
    names: list[str] = []
    for item in inputs.parts:
        fill_field(field, item.rows, item.network, station_snaps(cache, item, stations), item.snaps)
        zones[item.rows] = len(names)
        names.append(item.network.metric_crs)
    for row in np.flatnonzero(zones < 0):
        name = metric_zone(float(inputs.buildings.lonlat[row, 0]))
        if name not in names:
            names.append(name)
        zones[row] = names.index(name)
    for number, name in enumerate(names):
        rows = np.flatnonzero(zones == number)
        if len(rows) == 0:
            continue
        middle = float(np.median(inputs.buildings.lonlat[rows, 0]))
        near = np.flatnonzero(np.abs(lonlat[:, 0] - middle) <= FAR_STATIONS_DEG)
        if len(near):
            straight, station = nearest_straight(
                to_metric(lonlat[near], name), to_metric(inputs.buildings.lonlat[rows], name)
            )
            field.straight_mm[rows], field.straight_station[rows] = straight, near[station]
    return field


def _store_field(
    session: Session, field_id: str, inputs: Inputs, stations: pd.DataFrame, field: Field
) -> None:
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
            *BASES,
        ),
        (
            (
                field_id, building, walk if walk >= 0 else None, straight if straight >= 0 else None,
                access if walk >= 0 else None, codes[station], lost, *homes,
            )
            for building, walk, straight, access, station, lost, *homes in zip(
                inputs.buildings.id.tolist(), field.walk_mm.tolist(), field.straight_mm.tolist(),
                field.access_mm.tolist(), field.station.tolist(), field.no_network.tolist(),
                *(inputs.buildings.households[basis].tolist() for basis in BASES),
                strict=True,
            )
        ),
    )  # fmt: skip


def _describe(inputs: Inputs, stations: pd.DataFrame) -> dict[str, Any]:
    dates = inputs.buildings.counted_on[inputs.buildings.counted]
    first = inputs.parts[0] if inputs.parts else None
    return {
        "hash": inputs.hash,
        "code_version": ANALYSIS_VERSION,
        "network": first
        and {
            "hash": first.hash,
            "name": "、".join(item.name for item in inputs.parts),
            "edges": sum(item.network.edges for item in inputs.parts),
            "nodes": sum(item.network.nodes for item in inputs.parts),
            "imported_at": max(item.imported_at for item in inputs.parts),
        },
        "networks": [
            {"name": item.name, "hash": item.hash, "edges": item.network.edges}
            for item in inputs.parts
        ],
        "buildings": len(inputs.buildings),
        "households_from": min(dates, default=None),
        "households_to": max(dates, default=None),
        "households_source": inputs.sources,
        "stations": len(stations),
        "grids": len(inputs.grids),
        "divisions": len(inputs.communities),
    }


ROW_COUNTS = (
    *STATUSES,
    "within_radius",
    "within_network_radius",
    "estimated_within_walk",
)


def _row(
    sums: Mapping[str, NDArray[np.int64]], number: int, unplaced: int, area: float | None
) -> dict[str, Any]:
    """Return one row of the answer: households, buildings, shares, density."""
    row: dict[str, Any] = {name: int(values[number]) for name, values in sums.items()}
    row["unplaced"] = unplaced
    row["households"] += unplaced
    total = row["households"]
    for rate, name in (
        ("rate_walk", "within_walk"),
        ("rate_radius", "within_radius"),
        ("rate_network_radius", "within_network_radius"),
    ):
        row[rate] = round(row[name] / total, 6) if total else None
    row["area_km2"] = None if area is None else round(area, 6)
    dense = per_km2(np.array([total]), np.array([area or 0.0]))[0]
    row["households_per_km2"] = None if np.isnan(dense) else round(float(dense), 2)
    return row


def _result(
    cache: InputCache,
    inputs: Inputs,
    question: Question,
    stations: pd.DataFrame,
    field: Field,
    chosen: NDArray[np.bool_],
) -> dict[str, Any]:
    households = np.where(chosen, inputs.buildings.households[question.basis], 0)
    sets = counts(field, question.limits)
    everywhere = np.zeros(len(field), dtype=np.int32)

    def sums(member: NDArray[np.int32], size: int) -> dict[str, NDArray[np.int64]]:
        picked = {name: values[chosen] for name, values in sets.items()}
        return tally(picked, households[chosen], member[chosen], size)

    unplaced = {
        str(row["community"]) if not pd.isna(row["community"]) else "": int(row[question.basis])
        for _, row in inputs.unplaced.iterrows()
    }
    prefix = (question.division or "").removesuffix("000000")
    unplaced = {code: number for code, number in unplaced.items() if code.startswith(prefix)}
    whole_unplaced = sum(unplaced.values())
    communities, grids = inputs.communities, inputs.grids
    shown = [n for n, code in enumerate(communities.code) if code.startswith(prefix)]
    shown_grids = [n for n, code in enumerate(grids.code) if code.startswith(prefix)]
    by_community = sums(communities.member, len(communities))
    by_grid = sums(grids.member, len(grids))
    total_area = float(communities.area_km2[shown].sum()) if shown else None
    completeness = _completeness(inputs)
    rows = [
        {
            "code": communities.code[n],
            "name": communities.name[n],
            "kind": communities.kind[n],
            "level": "community",
            "parent": communities.parent[n],
            **_row(
                by_community,
                n,
                unplaced.get(communities.code[n], 0),
                float(communities.area_km2[n]),
            ),
            "completeness": completeness[n],
        }
        for n in shown
    ]
    grid_rows = [_grid_row(inputs, by_grid, n) for n in shown_grids]
    outside = {
        code: number for code, number in unplaced.items() if code not in set(communities.code)
    }
    curve = cumulative_curve(field, households, Fraction(str(question.speed_kmh)), CURVE_MINUTES)
    total = int(households.sum()) + whole_unplaced
    station_rows = _station_rows(cache, inputs, stations, field, households)
    return {
        "totals": _row(sums(everywhere, 1), 0, whole_unplaced, total_area),
        "communities": rows,
        "outside_communities": _row(by_community, len(communities), sum(outside.values()), None),
        "grids": grid_rows,
        "ungridded": _row(by_grid, len(grids), whole_unplaced, None),
        "stations": station_rows,
        "curve": [
            {
                "minutes": minute,
                "households": int(value),
                "share": round(int(value) / total, 6) if total else None,
            }
            for minute, value in enumerate(curve)
        ],
        "warnings": _warnings(inputs, question, station_rows),
    }


def _grid_row(inputs: Inputs, sums: Mapping[str, NDArray[np.int64]], number: int) -> dict[str, Any]:
    grids = inputs.grids
    row = _row(sums, number, 0, float(grids.area_km2[number]))
    community = grids.parent[number]
    kinds = dict(zip(inputs.communities.code, inputs.communities.kind, strict=True))
    return {
        "code": grids.code[number],
        "name": grids.name[number],
        "community": community,
        "kind": grids.kind[number],
        **row,
        "rule": grid_rule(kinds.get(community or ""), grids.kind[number], row["households"]),
    }


def _completeness(inputs: Inputs) -> list[dict[str, Any]]:
    """Return per community how complete its data are, so that nobody trusts an empty map."""
    member, size = inputs.communities.member, len(inputs.communities)
    near = np.zeros(len(inputs.buildings), dtype=np.bool_)
    known = np.zeros(len(inputs.buildings), dtype=np.bool_)
    for item in inputs.parts:
        near[item.rows] = reachable(item)
        known[item.rows] = item.snaps.state != 3
    slot = np.where(member < 0, size, member)

    def number(chosen: NDArray[np.bool_]) -> list[int]:
        found: list[int] = np.bincount(slot[chosen], minlength=size + 1).tolist()
        return found

    everything = number(np.ones(len(member), dtype=np.bool_))
    counted, close, streets = number(inputs.buildings.counted), number(near), number(known)
    result = []
    for n in range(size):
        dates = inputs.buildings.counted_on[(member == n) & inputs.buildings.counted]
        result.append(
            {
                "buildings": everything[n],
                "buildings_with_households": counted[n],
                "buildings_near_street": close[n],
                "counted_from": min(dates, default=None),
                "counted_to": max(dates, default=None),
                "no_network": everything[n] > 0 and streets[n] * 2 < everything[n],
            }
        )
    return result


def _station_rows(
    cache: InputCache,
    inputs: Inputs,
    stations: pd.DataFrame,
    field: Field,
    households: NDArray[np.int64],
) -> list[dict[str, Any]]:
    on_street = np.zeros(len(stations), dtype=np.bool_)
    for item in inputs.parts:
        on_street |= station_snaps(cache, item, stations).edge[:, 0] >= 0
    routed = field.station >= 0
    nearest = np.bincount(
        field.station[routed], weights=households[routed], minlength=len(stations)
    ).astype(np.int64)
    return [
        {
            "code": row.code,
            "name": None if pd.isna(row.name_) else row.name_,
            "lon": round(row.lon, 7),
            "lat": round(row.lat, 7),
            "status": "ok" if on_street[n] else "off_network",
            "households_nearest": int(nearest[n]),
        }
        for n, row in enumerate(stations.rename(columns={"name": "name_"}).itertuples(index=False))
    ]


def _warnings(
    inputs: Inputs, question: Question, stations: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    off = [str(row["code"]) for row in stations if row["status"] == "off_network"]
    if off:
        found.append(
            {
                "code": "stations_off_network",
                "message": f"{len(off)} stations are farther than {SNAP_LIMIT_M:.0f} m from any street",
                "items": off,
            }
        )
    if not inputs.parts:
        found.append({"code": "no_streets", "message": "no streets are imported", "items": []})
    if not inputs.buildings.households[question.basis].any():
        found.append(
            {
                "code": "no_households",
                "message": f"no {question.basis} households are counted; figures are buildings",
                "items": [],
            }
        )
    return found
