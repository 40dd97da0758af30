"""What siting in the store is asked: the question, the rules, and where candidates come from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import shapely

from gis.errors import Fault, RefusedInputError
from gis.siting import OBJECTIVES, Objective
from layers.io.fields import STATIONS
from layers.io.parse import read_rows
from layers.io.records import ReadOptions
from layers.question import Question

Kind = Literal["corners", "premises", "places"]
KINDS: tuple[Kind, ...] = ("corners", "premises", "places")
"""Where candidates come from: street corners near homes, vacant premises of the store, a list of one's own."""
MOST_CANDIDATES, MOST_PLACES = 300, 2000


@dataclass(frozen=True)
class Place:
    """A place a station could stand at: of a list, vacant premises, or a street corner."""

    code: str
    lon: float
    lat: float
    name: str | None = None
    capacity: int | None = None
    """Households; None: the request's `capacity`."""
    kind: Kind = "places"


@dataclass(frozen=True)
class SitingAsked:
    """What is looked for, and among which places."""

    question: Question
    objective: Objective = "max-coverage"
    add: int | None = None
    target: Fraction | None = None
    places: tuple[Place, ...] = ()
    """A list of one's own."""
    area: tuple[tuple[float, float], ...] = ()
    """Corners and premises inside this ring (lon, lat) only."""
    most: int = MOST_CANDIDATES
    """Corners looked at, at most."""
    must: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    capacities: bool = True
    capacity: int | None = None
    """Households of a new station where its place names none; None: any number."""
    seed: int = 0
    own_community: bool = False
    """Only stations in the building's own community count."""
    candidates: tuple[Kind, ...] = ()
    """Where they come from; none said: the list where there is one, else corners."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Where candidates come from."""
        return self.candidates or (("places",) if self.places else ("corners",))

    def __post_init__(self) -> None:
        wrong = [*self._wrong_goal(), *self._wrong_candidates()]
        if wrong:
            faults = [Fault("request", None, name, reason) for name, reason in wrong]
            raise RefusedInputError("bad_siting", f"{wrong[0][0]} {wrong[0][1]}", faults)

    def _wrong_goal(self) -> list[tuple[str, str]]:
        wrong = []
        if self.objective not in OBJECTIVES:
            wrong.append(("objective", f"must be one of {', '.join(OBJECTIVES)}"))
        if self.objective == "min-stations":
            if self.target is None or not 0 < self.target <= 1:
                wrong.append(("target", "must be more than 0 % and at most 100 %"))
        elif self.add is None or self.add < 1:
            wrong.append(("add", "must be 1 or more"))
        if self.capacity is not None and self.capacity < 0:
            wrong.append(("capacity", "must be 0 or more"))
        return wrong

    def _wrong_candidates(self) -> list[tuple[str, str]]:
        wrong = []
        if not 1 <= self.most <= MOST_PLACES:
            wrong.append(("most", f"must be from 1 to {MOST_PLACES:,}"))
        if len(self.places) > MOST_PLACES:
            wrong.append(("places", f"must be at most {MOST_PLACES:,}"))
        if not set(self.candidates) <= set(KINDS):
            wrong.append(("candidates", f"must be some of {', '.join(KINDS)}"))
        if "places" in self.candidates and not self.places:
            wrong.append(("places", "are to be candidates, and no list of them is given"))
        if self.places and "places" not in self.kinds:
            wrong.append(("candidates", "must name places too, as a list of them is given"))
        wrong += twice([place.code for place in self.places])
        if self.area and (len(self.area) < 3 or not shapely.Polygon(self.area).is_valid):
            wrong.append(("area", "must be a simple ring of at least 3 corners"))
        return wrong


def twice(codes: list[str]) -> list[tuple[str, str]]:
    """Return a fault for every code that comes more than once."""
    return [
        ("places", f"{code} comes twice")
        for code in sorted({c for c in codes if codes.count(c) > 1})
    ]


def read_places(path: Path, encoding: str | None = None) -> tuple[Place, ...]:
    """Return candidates of a file as stations are read: code, name, place, capacity.

    Raises
    ------
    RefusedInputError
        Every refusal of the readers.
    """
    rows = read_rows(path, STATIONS, ReadOptions(encoding=encoding, allow_outside_china=True))
    lacking = [
        Fault(rows.file, int(number), "lon", "there are no coordinates")
        for number, place in zip(rows.numbers, rows.geometry, strict=True)
        if place is None
    ]
    if lacking:
        raise RefusedInputError(
            "invalid_rows", f"{rows.file}: candidates need coordinates", lacking
        )
    return tuple(
        Place(code or f"{rows.file}:{number}", point.x, point.y, name, capacity)
        for number, code, name, capacity, point in zip(
            rows.numbers, rows.values["code"], rows.values["name"], rows.values["capacity"],
            shapely.point_on_surface(rows.geometry), strict=True,
        )
    )  # fmt: skip
