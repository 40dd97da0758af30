"""Why a building is or is not within reach in a run: its walk street by street, and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.around import Around, Building, StationSet, look_around, without_streets
from gis.coverage import NO_NETWORK, OUT_OF_REACH, STATUSES, UNREACHABLE, WITHIN_WALK
from gis.crs import FloatArray, geodesic_mm, to_lonlat, to_metric
from gis.errors import NotFoundError
from gis.reasons import (
    CLOSED,
    OPEN,
    PLANNED,
    BarrierLine,
)
from layers.areas import below
from layers.db import Database
from layers.inputs import InputCache, Inputs
from layers.io.progress import Progress, silent
from layers.models import CoverageRun
from layers.usecases.coverage import get_run, inputs_of, question_of, reading_run
from layers.usecases.coverage_field import station_snaps
from layers.usecases.why_document import Telling, describe
from layers.usecases.why_places import places_of

SLACK_MM = 1000
"""A straight line may be longer than the walk beside it by the rounding of the walk's parts."""
BOX_MARGIN_DEG = 1e-4
"""Barriers are looked for in lon/lat: the corners of a metric box do not bound it exactly."""
BARRIERS = """
    SELECT barrier_class, name, ST_AsBinary(geom) AS wkb FROM barrier
    WHERE network_id = :network AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    UNION ALL
    SELECT cover_class, name, ST_AsBinary(ST_Boundary(geom)) FROM land_cover
    WHERE network_id = :network AND cover_class = 'water'
      AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
"""


@dataclass(frozen=True)
class _Asked:
    """One building in one run."""

    run: CoverageRun
    number: int
    """Id of the building."""
    building: dict[str, Any]
    """code, name, lon, lat."""
    station: str | None
    walk_mm: int | None
    no_network: bool

    @property
    def limit_mm(self) -> int:
        return question_of(self.run).limits.walk_mm

    @property
    def category(self) -> str:
        return str(self.run.parameters["category"])

    @property
    def status(self) -> str:
        if self.walk_mm is not None:
            return STATUSES[WITHIN_WALK if self.walk_mm <= self.limit_mm else OUT_OF_REACH]
        return STATUSES[NO_NETWORK if self.no_network else UNREACHABLE]


def why(
    database: Database,
    cache: InputCache,
    run_id: str,
    building: str,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return the walk of a building in a run with its reasons, as the contract prints it.

    The building must be one the asker may see; stations and streets are everybody's. Whoever is within reach
    is also told who has a place, where a station has a capacity: the first such question of a run searches
    the reach of every station, which is then kept.

    Raises
    ------
    NotFoundError
        `unknown_run`, `unknown_building`, `building_not_in_run`.
    ConflictError
        `inputs_changed` when the store has changed since the run: ask the question again.
    """
    with database.session("server") as session:
        asked = _asked(session, run_id, building)
    with reading_run(database, asked.run).session("compute") as session:
        inputs = inputs_of(session, cache, asked.run, progress)
        progress(90, "following the walk")
        look = _Look(session, cache, inputs, asked)
        found = look.around()
        places = None
        if asked.status == STATUSES[WITHIN_WALK]:
            places = places_of(cache, inputs, question_of(asked.run), look.row)
        facts = found.facts
        if places is not None:
            facts = replace(facts, over_capacity=places.over_capacity, given=places.given)
        return describe(
            asked.run,
            asked.building,
            asked.status,
            None if look.part is None else look.part.name,
            facts,
            found.route,
            places,
            Telling(float(asked.run.parameters["speed_kmh"]), look.stations, look.gate_name),
        )


def _asked(session: Session, run_id: str, code: str) -> _Asked:
    run = get_run(session, run_id)
    building = session.execute(
        text(
            "SELECT id, code, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM building "
            "WHERE code = :code"
        ),
        {"code": code},
    ).one_or_none()
    if building is None:
        raise NotFoundError("unknown_building", f"there is no building {code!r}")
    row = session.execute(
        text(
            "SELECT walk_mm, station, no_network, division_id FROM coverage_building "
            "WHERE field_id = :field AND building_id = :id"
        ),
        {"field": run.field_id, "id": building.id},
    ).one_or_none()
    if row is None or (
        run.divisions is not None and row.division_id not in below(session, run.divisions)
    ):
        raise NotFoundError("building_not_in_run", f"run {run_id} is not about building {code!r}")
    facts = {"code": code, "name": building.name, "lon": building.lon, "lat": building.lat}
    return _Asked(run, building.id, facts, row.station, row.walk_mm, row.no_network)


class _Look:
    """The surroundings of one building, read from the inputs of its run."""

    def __init__(self, session: Session, cache: InputCache, inputs: Inputs, asked: _Asked) -> None:
        self._session, self._cache, self._inputs = session, cache, inputs
        self.asked = asked
        self.row = int(np.flatnonzero(inputs.buildings.id == asked.number)[0])
        self.part = next(
            (item for item in inputs.parts if _place(item.rows, self.row) is not None), None
        )
        self._network_id = None if self.part is None else self._current(self.part.name)
        self.stations = self._near()

    def _current(self, name: str) -> int:
        found = self._session.execute(
            text("SELECT id FROM network WHERE name = :name AND superseded_at IS NULL"),
            {"name": name},
        )
        return int(found.scalar_one())

    def _near(self) -> pd.DataFrame:
        """Return the stations that may matter, by code: near enough for a walk, or the nearest straight on."""
        known, asked = self._inputs.stations, self.asked
        # Vacant premises are no station yet, not even a planned one.
        known = known[known["status"] != "vacant"].reset_index(drop=True)
        here = self._inputs.buildings.lonlat[self.row]
        lonlat = known[["lon", "lat"]].to_numpy(dtype=np.float64)
        straight = geodesic_mm(np.broadcast_to(here, lonlat.shape), lonlat)
        keep = straight <= max(asked.limit_mm, asked.walk_mm or 0) + SLACK_MM
        open_of = np.flatnonzero((known["category"] == asked.category) & known["open"])
        if len(open_of):
            keep[open_of[straight[open_of].argmin()]] = True
        keep |= (known["code"] == asked.station).to_numpy()
        dates = self._session.execute(
            text(
                "SELECT code, opened_on::text AS opened_on, closed_on::text AS closed_on, "
                "status = 'closed' OR coalesce(closed_on <= current_date, false) AS over "
                "FROM station WHERE code = ANY(:codes)"
            ),
            {"codes": known["code"][keep].tolist()},
        ).all()
        near = known[keep].merge(
            pd.DataFrame(dates, columns=["code", "opened_on", "closed_on", "over"])
        )
        near["state"] = np.where(near["open"], OPEN, np.where(near["over"], CLOSED, PLANNED))
        return near.reset_index(drop=True)

    def around(self) -> Around:
        """Gather the facts and the route."""
        asked, near = self.asked, self.stations
        stations = StationSet(
            near["code"].tolist(),
            near["category"].tolist(),
            near["state"].tolist(),
            near[["lon", "lat"]].to_numpy(dtype=np.float64),
        )
        here = self._inputs.buildings.lonlat[self.row]
        if self.part is None:
            return Around(without_streets(here, stations, asked.category, asked.limit_mm), None)
        place = _place(self.part.rows, self.row)
        nearest = None
        if asked.walk_mm is not None:
            nearest = (stations.code.index(str(asked.station)), asked.walk_mm)
        return look_around(
            self._cache.index(self.part),
            Building(here, self.part.xy[place], self.part.snaps.take([place])),
            stations,
            station_snaps(self._cache, self.part, near),
            self.barriers,
            asked.category,
            asked.limit_mm,
            nearest,
        )

    def barriers(self, box: FloatArray) -> Sequence[BarrierLine]:
        """Return the barriers that may touch a box of the part's metric zone."""
        assert self.part is not None  # noqa: S101 - only looked for where there are streets
        zone = self.part.network.metric_crs
        corners = to_lonlat(box[[[0, 1], [0, 3], [2, 1], [2, 3]]], zone)
        west, south = corners.min(axis=0) - BOX_MARGIN_DEG
        east, north = corners.max(axis=0) + BOX_MARGIN_DEG
        rows = self._session.execute(
            text(BARRIERS),
            {
                "network": self._network_id,
                "west": west,
                "south": south,
                "east": east,
                "north": north,
            },
        ).all()
        found = []
        for row in rows:
            moved = shapely.transform(
                shapely.from_wkb(bytes(row.wkb)), lambda xy: to_metric(xy, zone)
            )
            found += [
                BarrierLine(row.barrier_class, row.name, line) for line in shapely.get_parts(moved)
            ]
        # An order of its own: the store may give rows in any.
        return sorted(found, key=lambda item: (item.barrier_class, item.name or "", item.line.wkb))

    def gate_name(self, at: FloatArray) -> str | None:
        """Return the name of the closed gate at a place."""
        return self._session.execute(
            text(
                "SELECT name FROM gate WHERE network_id = :network AND NOT open AND "
                "ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 1e-5) "
                "ORDER BY geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) LIMIT 1"
            ),
            {"network": self._network_id, "lon": float(at[0]), "lat": float(at[1])},
        ).scalar_one_or_none()


def _place(rows: Any, row: int) -> int | None:
    """Return where a row stands among ascending rows, None where it does not."""
    place = int(np.searchsorted(rows, row))
    return place if place < len(rows) and rows[place] == row else None
