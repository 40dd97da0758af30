"""The figures of a run: rows by grid and community, completeness, stations, warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.coverage import STATUSES, Field, counts, cumulative_curve, tally
from gis.density import per_km2
from gis.snap import SNAP_LIMIT_M
from layers.input_rows import Areas
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs, reachable
from layers.question import Question
from layers.rules import grid_rule
from layers.usecases.coverage_field import station_snaps

CURVE_MINUTES = 60


ROW_COUNTS = (
    *STATUSES,
    "within_radius",
    "within_network_radius",
    "estimated_within_walk",
)


def row_of(
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


@dataclass(frozen=True)
class Part:
    """What a question is about."""

    chosen: NDArray[np.bool_]
    """(n,) its buildings."""
    divisions: frozenset[int] | None
    """Ids of its divisions with all below; None for the whole store."""

    def holds(self, areas: Areas) -> list[int]:
        """Return the positions of the communities or grids that belong to it."""
        if self.divisions is None:
            return list(range(len(areas)))
        return [
            n for n, division in enumerate(areas.division.tolist()) if division in self.divisions
        ]


def unplaced_of(inputs: Inputs, basis: str, part: Part) -> dict[str, int]:
    """Return the households without a building that a question is about, by the code of their community."""
    found = {
        str(row["community"]) if not pd.isna(row["community"]) else "": int(row[basis])
        for _, row in inputs.unplaced.iterrows()
    }
    if part.divisions is None:
        return found
    own = {inputs.communities.code[n] for n in part.holds(inputs.communities)}
    return {code: number for code, number in found.items() if code in own}


def describe_inputs(inputs: Inputs, stations: pd.DataFrame, part: Part) -> dict[str, Any]:
    """Return what a run was computed from: hashes, versions, numbers, dates and sources.

    Figures and names of ledgers are those of the part asked about; networks and stations are shared.
    """
    days = inputs.buildings.counted_on[part.chosen & inputs.buildings.counted].tolist()
    first = inputs.parts[0] if inputs.parts else None
    return {
        "hash": inputs.hash,
        "code_version": ANALYSIS_VERSION,
        "network": first
        and {
            "hash": "+".join(item.content_hash for item in inputs.parts),
            "name": "、".join(item.name for item in inputs.parts),
            "edges": sum(item.network.edges for item in inputs.parts),
            "nodes": sum(item.network.nodes for item in inputs.parts),
            "imported_at": max(item.imported_at for item in inputs.parts),
        },
        "networks": [
            {"name": item.name, "hash": item.content_hash, "edges": item.network.edges}
            for item in inputs.parts
        ],
        "buildings": int(part.chosen.sum()),
        "households_from": min(days, default=None),
        "households_to": max(days, default=None),
        "households_source": sorted(
            {
                source
                for division, source in inputs.sources
                if part.divisions is None or division in part.divisions
            }
        ),
        "stations": len(stations),
        "grids": len(part.holds(inputs.grids)),
        "divisions": len(part.holds(inputs.communities)),
    }


def result_rows(
    cache: InputCache,
    inputs: Inputs,
    question: Question,
    stations: pd.DataFrame,
    field: Field,
    part: Part,
) -> dict[str, Any]:
    """Return the answer to a question: totals, communities, grids, ungridded, stations, curve."""
    chosen = part.chosen
    households = np.where(chosen, inputs.buildings.households[question.basis], 0)
    sets = counts(field, question.limits)
    everywhere = np.zeros(len(field), dtype=np.int32)

    def sums(member: NDArray[np.int32], size: int) -> dict[str, NDArray[np.int64]]:
        picked = {name: values[chosen] for name, values in sets.items()}
        return tally(picked, households[chosen], member[chosen], size)

    unplaced = unplaced_of(inputs, question.basis, part)
    communities, grids = inputs.communities, inputs.grids
    shown, shown_grids = part.holds(communities), part.holds(grids)
    whole_unplaced = sum(unplaced.values())
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
            **row_of(
                by_community,
                n,
                unplaced.get(communities.code[n], 0),
                float(communities.area_km2[n]),
            ),
            "completeness": completeness[n],
        }
        for n in shown
    ]
    kinds = dict(zip(communities.code, communities.kind, strict=True))
    grid_rows = [_grid_row(grids, by_grid, n, kinds) for n in shown_grids]
    outside = {code: number for code, number in unplaced.items() if code not in kinds}
    curve = cumulative_curve(
        field.walk_mm, households, Fraction(str(question.speed_kmh)), CURVE_MINUTES
    )
    total = int(households.sum()) + whole_unplaced
    station_rows = _station_rows(cache, inputs, stations, field, households)
    return {
        "totals": row_of(sums(everywhere, 1), 0, whole_unplaced, total_area),
        "communities": rows,
        "outside_communities": row_of(by_community, len(communities), sum(outside.values()), None),
        "grids": grid_rows,
        "ungridded": row_of(by_grid, len(grids), whole_unplaced, None),
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


def _grid_row(
    grids: Areas,
    sums: Mapping[str, NDArray[np.int64]],
    number: int,
    kinds: Mapping[str, str | None],
) -> dict[str, Any]:
    row = row_of(sums, number, 0, float(grids.area_km2[number]))
    community = grids.parent[number]
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
        counted_from, counted_to = inputs.counted_between[n]
        result.append(
            {
                "buildings": everything[n],
                "buildings_with_households": counted[n],
                "buildings_near_street": close[n],
                "street_km": round(float(inputs.street_km[n]), 3),
                "counted_from": counted_from,
                "counted_to": counted_to,
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
