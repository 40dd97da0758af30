"""What a report says, gathered once for all its forms; no words in any language yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError
from layers.db import Database
from layers.features import Box, feature_page
from layers.inputs import InputCache
from layers.registry import layer as find_layer
from layers.usecases.coverage import as_document, get_run
from layers.usecases.overview import credits_of, store_facts
from layers.usecases.results import run_area, run_classes
from layers.usecases.run_curves import Distances, Reached, distances_of, reached_of
from layers.usecases.run_places import run_places
from layers.usecases.standards import standards_board

MAX_FEATURES = 10_000
"""Most features of one background layer in a report."""
MARGIN = 0.15
"""Of the area's width and height, drawn around it."""
LEAST_MARGIN_DEG = 0.002
STEP_M, STEPS = 250, 12
"""Classes of walking distance; the last but one ends at 3 km."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Content:
    """Everything a report shows."""

    run: dict[str, Any]
    """As the contract prints it."""
    areas: list[str]
    """Names of the divisions it is about; none for the whole store."""
    sample: bool
    credits: list[str]
    """Sources of the map, attribution and map review number."""
    shapes: dict[str, Any]
    """GeoJSON of the background layers around the area."""
    area: dict[str, Any]
    """GeoJSON of what is within reach."""
    bounds: Bounds | None
    classes: dict[str, Any]
    """Classes of density, of grids or else communities."""
    served: dict[str, Any] | None
    """The three classes; None where the data changed after the run."""
    distances: list[int]
    """Households by steps of `STEP_M`, one more for farther, one more for no route."""
    circles: list[Reached]
    board: dict[str, Any] | None

    @property
    def date(self) -> str | None:
        """The last day of the counts (数据截至): the only date a report carries."""
        found = self.run["inputs"]["households_to"]
        return None if found is None else str(found)


def gather(
    database: Database,
    cache: InputCache,
    run_id: str,
    rules: str | None,
    credits_: Sequence[str],
) -> Content:
    """Return what the report of a run shows.

    Raises
    ------
    NotFoundError
        `unknown_run`, `unknown_rules`.
    ConflictError
        `inputs_changed` where the area was never drawn and the store has changed since.
    """
    with database.session("server") as session:
        stored = get_run(session, run_id)  # whoever may not see it is told that there is none
        run = as_document(stored)
        distances = _folded(distances_of(session, stored, STEP_M))
    area = json.loads(run_area(database, cache, run_id))
    with database.session("server") as session:
        divisions = _divisions(session, run)
        bounds = _bounds(divisions, run, area)
        classes = run_classes(session, run_id, "grids", "households_per_km2", "natural", 5)
        if not classes["breaks"]:
            classes = run_classes(session, run_id, "communities", "households_per_km2", "natural", 5)  # fmt: skip
        found = Content(
            run,
            _area_names(session, run["parameters"]["division"]),
            store_facts(session)["sample"],
            [*credits_of(session), *credits_],
            _shapes(session, bounds),
            area,
            bounds,
            classes,
            None,
            distances,
            reached_of(area, run["parameters"]["walk_m"]),
            None,
        )
    parameters = run["parameters"]
    board = rules and standards_board(
        database, rules, parameters["division"], parameters["basis"], run_id
    )
    return Content(
        **{**found.__dict__, "served": _served(database, cache, run_id), "board": board or None}
    )


def _served(database: Database, cache: InputCache, run_id: str) -> dict[str, Any] | None:
    try:
        return run_places(database, cache, run_id)
    except ConflictError:
        return None


def _folded(found: Distances) -> list[int]:
    """Return households by so many steps, then those farther away and those without a way."""
    near = [*found.steps[:STEPS], *[0] * (STEPS - len(found.steps))]
    return [*near, sum(found.steps[STEPS:]), found.unreachable + found.no_network]


def _area_names(session: Session, codes: str | None) -> list[str]:
    """Return the names of the divisions a run is about, in the order of their codes."""
    if codes is None:
        return []
    return list(
        session.execute(
            text(
                "SELECT DISTINCT ON (code) coalesce(name, code) FROM division_version WHERE code = ANY(:codes) "
                "ORDER BY code, valid_from DESC"
            ),
            {"codes": codes.split(",")},
        ).scalars()
    )


def _divisions(session: Session, run: Mapping[str, Any]) -> list[dict[str, Any]]:
    codes = {row["code"] for row in run["communities"]}
    page = feature_page(session, find_layer("divisions"), None, MAX_FEATURES, 0)
    return [item for item in page["features"] if item["properties"]["code"] in codes]


def _shapes(session: Session, bounds: Bounds | None) -> dict[str, Any]:
    names = ("land_cover", "streets", "divisions", "grids", "stations")
    box = Box(*(bounds or (-180.0, -90.0, 180.0, 90.0)))
    return {name: feature_page(session, find_layer(name), box, MAX_FEATURES, 0) for name in names}


def _bounds(
    divisions: Sequence[Mapping[str, Any]], run: Mapping[str, Any], area: Mapping[str, Any]
) -> Bounds | None:
    """Return west, south, east, north around the communities, else around area and stations."""
    points = _corners(divisions)
    if not points:
        points = _corners(area["features"])
        points += [(row["lon"], row["lat"]) for row in run["stations"]]
    if not points:
        return None
    lon, lat = zip(*points, strict=True)
    wide = max(MARGIN * (max(lon) - min(lon)), LEAST_MARGIN_DEG)
    high = max(MARGIN * (max(lat) - min(lat)), LEAST_MARGIN_DEG)
    return min(lon) - wide, min(lat) - high, max(lon) + wide, max(lat) + high


def _corners(features: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    return [
        (lon, lat)
        for item in features
        for polygon in item["geometry"]["coordinates"]
        for lon, lat in polygon[0]
    ]
