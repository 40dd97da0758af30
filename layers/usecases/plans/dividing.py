"""Dividing a community in one go: a new plan with the parts the automatic division found."""

from __future__ import annotations

from typing import Any

from gis.errors import ConflictError
from layers.areas import ids_of
from layers.cells import current_set
from layers.db import Database
from layers.io.progress import Progress, part, silent
from layers.usecases.cells import county_of, make_cell_set
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.edits import Change, apply_edit
from layers.usecases.plans.suggestions import Asked, suggest


def divide_community(
    database: Database,
    code: str,
    *,
    name: str | None = None,
    low: int | None = None,
    high: int | None = None,
    grids: int | None = None,
    basis: str = "resident",
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Divide a community and keep the division as a new draft.

    Makes the county's cells where there are none yet. Nothing is kept when no division is found.

    Raises
    ------
    RefusedInputError, ConflictError, NotFoundError, RightsError
        As `create_plan`, `suggest` and `make_cell_set`.
    """
    with database.session() as session:
        county = county_of(session, ids_of(session, [code])[code])
        try:
            current_set(session, county)
            missing = False
        except ConflictError:
            missing = True
    if missing:
        make_cell_set(database, code, progress=part(progress, 0, 60))
    with database.session() as session:
        progress(60, "dividing")
        plan = create_plan(session, code, name)
        asked = Asked(parts=grids, low=low, high=high, basis=basis, seed=seed)
        found = suggest(session, plan, asked, part(progress, 60, 90))
        change = Change(
            "suggest",
            {int(no): cells for no, cells in found["cells"].items()},
            [{"no": int(no)} for no in found["cells"] if int(no) < 0],
        )
        if found["outcome"] == "ok" or change.cells:
            done = apply_edit(session, plan, 0, change)
            number = done["numbers"]
            parts = [
                {**item, "no": number.get(str(item["no"]), item["no"])} for item in found["parts"]
            ]
        else:
            parts = found["parts"]
    progress(100, "done")
    return {
        "plan": plan,
        "outcome": found["outcome"],
        "grids": parts,
        "in_band": found["in_band"],
        "out_of_band": found["out_of_band"],
        "border_on_barrier_share": found["border_on_barrier_share"],
        "reasons": found["reasons"],
        "seconds": found["seconds"],
        "reproducible": found["reproducible"],
    }
