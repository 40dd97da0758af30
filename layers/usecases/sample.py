"""Loading the synthetic sample county, by the same imports that users run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from layers.audit import record
from layers.db import Database
from layers.io.progress import Progress, part, silent
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.overview import store_facts

FOLDER = Path(__file__).parent.parent.parent / "data" / "sample"
FILES = (
    ("streets", "streets.osm.gz"),
    ("divisions", "divisions.geojson"),
    ("estates", "estates.geojson"),
    ("villager_groups", "villager_groups.geojson"),
    ("buildings", "buildings.geojson"),
    ("households", "households.csv"),
    ("addresses", "addresses.csv"),
    ("stations", "stations.csv"),
    ("assets", "assets.csv"),
    ("organisations", "organisations.csv"),
    ("grids", "grids.geojson"),
    ("workers", "workers.csv"),
)
"""In the order that later files refer to earlier ones."""


def load_sample(
    database: Database, progress: Progress = silent, *, only_if_empty: bool = False
) -> dict[str, Any]:
    """Import the sample county in one transaction and mark the store as holding it.

    With `only_if_empty` a store that holds anything is left as it is.
    """
    with database.session("server") as session:
        if only_if_empty and not store_facts(session)["empty"]:
            return {"loaded": False, "imports": []}
        summaries = []
        for number, (kind, name) in enumerate(FILES):
            share = part(progress, 99 * number // len(FILES), 99 * (number + 1) // len(FILES))
            share(0, f"sample county: {kind}")
            options = ImportOptions(source="合成示例数据 synthetic sample")
            summaries.append(import_file(session, kind, FOLDER / name, options, share))
        session.execute(text("UPDATE store SET sample = true"))
        record(session, "store.sample")
    progress(100, "sample county loaded")
    return {"loaded": True, "imports": summaries}
