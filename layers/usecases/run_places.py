"""The three classes of a run: served, over capacity, out of reach, in total, by community and by grid.

Computed when asked for, not with the run: the reach of every station costs more than the nearest station of
every building. The allocation is that of what-ifs, and is kept with the reaches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.allocation import UNLIMITED
from layers.db import Database
from layers.input_rows import Areas
from layers.inputs import ANALYSIS_VERSION, InputCache
from layers.io.progress import Progress, part, silent
from layers.reach import REACHES
from layers.usecases.coverage import get_run, inputs_of, part_of, question_of, reading_run
from layers.usecases.coverage_rows import unplaced_of
from layers.usecases.whatif.figures import CLASSES, class_row, missing
from layers.usecases.whatif.states import State, today


def run_places(
    database: Database, cache: InputCache, run_id: str, progress: Progress = silent
) -> dict[str, Any]:
    """Return who of a run's households has a place.

    Every row adds up: served + over capacity + out of reach = households; what is unreachable, without street
    data or without a building is named inside out of reach.

    Raises
    ------
    NotFoundError
        `unknown_run`.
    ConflictError
        `inputs_changed` when the store has changed since the run: ask the question again.
    """
    with database.session("server") as session:
        run = get_run(session, run_id)  # whoever may not see it is told that there is none
    question = question_of(run)
    with reading_run(database, run).session("compute") as session:
        inputs = inputs_of(session, cache, run, part(progress, 0, 60))
        about = part_of(session, inputs, run)
    progress(60, "walking from every station")
    base = REACHES.base(cache, inputs, question.category, question.limits.walk_mm)
    progress(90, "giving places")
    state = today(base, question.basis)
    values = {name: getattr(state.allocation, name)[about.chosen] for name in CLASSES}
    for name, mask in missing(base.grounds, state).items():
        values[name] = np.where(mask[about.chosen], values["out_of_reach"], 0)

    def rows(
        areas: Areas, above: str, unplaced: dict[str, int]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a row for each area, and one for what lies outside all."""
        size = len(areas)
        sums = {name: _by_area(v, areas.member[about.chosen], size) for name, v in values.items()}
        found = [
            {
                "code": areas.code[n],
                "name": areas.name[n],
                "kind": areas.kind[n],
                above: areas.parent[n],
                **class_row(_at(sums, n), unplaced.get(areas.code[n], 0)),
            }
            for n in about.holds(areas)
        ]
        inside = set(areas.code)
        rest = sum(number for code, number in unplaced.items() if code not in inside)
        return found, class_row(_at(sums, size), rest)

    unplaced = unplaced_of(inputs, question.basis, about)
    communities, outside = rows(inputs.communities, "parent", unplaced)
    grids, ungridded = rows(inputs.grids, "community", {"": sum(unplaced.values())})
    whole = {name: int(v.sum()) for name, v in values.items()}
    progress(100, "done")
    return {
        "run": run.id,
        "parameters": run.parameters,
        "inputs": {"hash": inputs.hash, "code_version": ANALYSIS_VERSION},
        "totals": class_row(whole, sum(unplaced.values())),
        "communities": communities,
        "outside_communities": outside,
        "grids": grids,
        "ungridded": ungridded,
        "stations": _stations(state),
        "stations_with_capacity": int((state.stations.capacity != UNLIMITED).sum()),
        "reproducible": True,
    }


def _by_area(values: NDArray[np.int64], member: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Return sums by area, (size + 1,); the last is of what lies in none."""
    slot = np.where(member < 0, size, member)
    # Sums of whole numbers are exact in floats up to 2^53.
    return np.bincount(slot, weights=values, minlength=size + 1).astype(np.int64)


def _at(sums: dict[str, NDArray[np.int64]], number: int) -> dict[str, int]:
    return {name: int(values[number]) for name, values in sums.items()}


def _stations(state: State) -> list[dict[str, Any]]:
    at = state.stations
    return [
        {
            "code": code,
            "name": at.name[n],
            "lon": round(float(at.lonlat[n, 0]), 7),
            "lat": round(float(at.lonlat[n, 1]), 7),
            "load": int(state.allocation.load[n]),
            "capacity": None if at.capacity[n] == UNLIMITED else int(at.capacity[n]),
        }
        for n, code in enumerate(at.code)
    ]
