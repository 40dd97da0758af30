"""Imports: one function per kind, each in a transaction of its own savepoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.io.progress import Progress, silent
from layers.usecases.imports import (
    buildings,
    divisions,
    elements,
    grids,
    households,
    places,
    stations,
    streets,
)
from layers.usecases.imports.skeleton import Importer, ImportOptions, run_import

IMPORTERS: Mapping[str, Importer] = {
    "streets": streets.import_streets,
    "divisions": divisions.import_divisions,
    "estates": places.import_estates,
    "villager_groups": places.import_villager_groups,
    "office_areas": places.import_office_areas,
    "buildings": buildings.import_buildings,
    "households": households.import_households,
    "addresses": places.import_addresses,
    "stations": stations.import_stations,
    "assets": elements.import_assets,
    "organisations": elements.import_organisations,
    "grids": grids.import_grids,
    "workers": grids.import_workers,
}
"""In the order in which kinds build on each other."""


def import_file(
    session: Session,
    kind: str,
    path: Path,
    options: ImportOptions | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Import one file and return its summary; a refusal leaves nothing of it in the session.

    Returns
    -------
    dict
        kind, file, dataset, dry_run, read, added, updated, unchanged, removed, notes[],
        extent [w, s, e, n] or None, revision (None when nothing changed), and details of the kind.

    Raises
    ------
    RefusedInputError
        `unknown_kind`, and every refusal of readers and importers.
    """
    if kind not in IMPORTERS:
        known = ", ".join(IMPORTERS)
        raise RefusedInputError("unknown_kind", f"{kind} cannot be imported; kinds are {known}")
    return run_import(kind, IMPORTERS[kind], session, path, options or ImportOptions(), progress)


__all__ = ["IMPORTERS", "ImportOptions", "Importer", "import_file"]
