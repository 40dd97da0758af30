"""Pictures of a run in figures: households by walking distance, density, reached area against the circle."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import NO_NETWORK, STATUSES, UNREACHABLE
from gis.density import M2_PER_KM2, histogram, united_circles_km2
from layers.db import Database
from layers.inputs import InputCache
from layers.io.progress import Progress, silent
from layers.models import CoverageRun
from layers.usecases.coverage import as_document, get_run
from layers.usecases.results import part_condition, run_area, run_classes

STEP_M, MOST_STEPS = 100, 500
"""Width of a class of walking distance, and how many there are at most."""
DENSITY_CLASSES = 12
BREAKS = 5


@dataclass(frozen=True)
class Distances:
    """Households of a run by walking distance."""

    steps: list[int]
    """Of more than n and at most n + 1 steps, up to the longest walk; the first holds 0 m too."""
    unreachable: int
    no_network: int


def distances_of(session: Session, run: CoverageRun, step_m: int) -> Distances:
    """Return households by steps of so many metres, and those without a way."""
    part, values = part_condition(session, run)
    step = step_m * 1000
    rows = session.execute(
        text(
            "SELECT CASE WHEN walk_mm IS NOT NULL THEN greatest((walk_mm + :step - 1) / :step, 1) - 1 "
            "WHEN c.no_network THEN -2 ELSE -1 END AS number, "
            f"sum(c.{run.parameters['basis']}) AS households FROM coverage_building c "
            f"WHERE c.field_id = :field AND {part} GROUP BY 1"
        ),
        {"field": run.field_id, "step": step, **values},
    )
    found = {int(row.number): int(row.households or 0) for row in rows}
    last = max((number for number, households in found.items() if households), default=-1)
    return Distances([found.get(n, 0) for n in range(last + 1)], found.get(-1, 0), found.get(-2, 0))


@dataclass(frozen=True)
class Reached:
    """A station's reach on foot beside the circle of the same radius, square kilometres."""

    station: str
    name: str | None
    reached_km2: float
    circle_km2: float

    @property
    def ratio(self) -> float:
        """Share of the circle that is reached."""
        return self.reached_km2 / self.circle_km2


def reached_of(area: Mapping[str, Any], walk_m: float) -> list[Reached]:
    """Return every station of a run's area (GeoJSON of `run_area`), the best reached first."""
    circle = math.pi * walk_m**2 / M2_PER_KM2
    own = [item["properties"] for item in area["features"]]
    found = [
        Reached(str(item["station"]), item["name"], float(item["area_km2"]), circle)
        for item in own
        if item["kind"] == "station"
    ]
    return sorted(found, key=lambda item: (-item.reached_km2, item.station))


def run_curves(
    database: Database, cache: InputCache, run_id: str, progress: Progress = silent
) -> dict[str, Any]:
    """Return the figures of a run's pictures.

    Raises
    ------
    NotFoundError
        `unknown_run`.
    ConflictError
        `inputs_changed` where the area was never drawn and the store has changed since.
    """
    with database.session("server") as session:
        run = get_run(session, run_id)  # whoever may not see it is told that there is none
        document = as_document(run)
        distances = distances_of(session, run, STEP_M)
        densities = {
            scope: _density(session, run, document[scope], scope)
            for scope in ("communities", "grids")
        }
    area = json.loads(run_area(database, cache, run_id, progress))
    return {
        "run": run_id,
        "parameters": run.parameters,
        "curve": document["curve"],
        "distances": _distances(distances, int(document["totals"]["unplaced"])),
        "density": densities,
        "reach": _reach(area, document),
    }


def _distances(found: Distances, unplaced: int) -> dict[str, Any]:
    """Return the classes of walking distance; with all that have none they add up to all households."""
    steps = found.steps[:MOST_STEPS]
    return {
        "step_m": STEP_M,
        "households": steps,
        "beyond": sum(found.steps[MOST_STEPS:]),
        STATUSES[UNREACHABLE]: found.unreachable,
        STATUSES[NO_NETWORK]: found.no_network,
        "unplaced": unplaced,
    }


def _density(
    session: Session, run: CoverageRun, rows: Sequence[Mapping[str, Any]], scope: str
) -> dict[str, Any]:
    known = [row["households_per_km2"] for row in rows if row["households_per_km2"] is not None]
    width, counts = histogram(known, DENSITY_CLASSES)
    classes = run_classes(session, run.id, scope, "households_per_km2", "natural", BREAKS)
    return {
        "width": width,
        "counts": counts,
        "unknown": len(rows) - len(known),
        "breaks": classes["breaks"],
        "break_counts": classes["counts"],
    }


def _reach(area: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    radius = float(run["parameters"]["walk_m"])
    stations = reached_of(area, radius)
    (whole,) = [f["properties"] for f in area["features"] if f["properties"]["kind"] == "dissolved"]
    drawn = {item.station for item in stations}
    places = [(row["lon"], row["lat"]) for row in run["stations"] if row["code"] in drawn]
    circles = united_circles_km2(places, radius)
    return {
        "radius_m": radius,
        "circle_km2": round(math.pi * radius**2 / M2_PER_KM2, 6),
        "stations": [
            {
                "code": item.station,
                "name": item.name,
                "reached_km2": item.reached_km2,
                "ratio": round(item.ratio, 6),
            }
            for item in stations
        ],
        "reached_km2": whole["area_km2"],
        "circles_km2": round(circles, 6),
        "ratio": round(whole["area_km2"] / circles, 6) if circles else None,
        "stations_off_network": len(run["stations"]) - len(stations),
    }
