"""Assets and organisations: what else a grid has, as points with categories."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy.orm import Session

from layers.categories import ASSET_CATEGORIES, ORGANISATION_CATEGORIES
from layers.io.fields import ASSETS, ORGANISATIONS, Kind
from layers.io.progress import Progress
from layers.usecases.imports.places import (
    codes_of,
    divisions_of,
    outcome_of,
    store_rows,
    unknown_categories,
)
from layers.usecases.imports.shift import shift_notes
from layers.usecases.imports.skeleton import ImportOptions, Outcome, as_points, ewkb, rows_of


def import_assets(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store things in public space by code; what the file does not say about a known one stays."""
    return _import(session, path, options, progress, ASSETS, ASSET_CATEGORIES, "asset")


def import_organisations(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store organisations by code; columns about persons are not read."""
    known = ORGANISATION_CATEGORIES
    return _import(session, path, options, progress, ORGANISATIONS, known, "organisation")


def _import(
    session: Session,
    path: Path,
    options: ImportOptions,
    progress: Progress,
    kind: Kind,
    categories: Collection[str],
    table: str,
) -> Outcome:
    rows = rows_of(path, kind, options)
    progress(50, f"{len(rows):,} {kind.name} read")
    notes = list(rows.notes)
    dataset = options.dataset_of(path)
    notes += unknown_categories(rows, categories, table)
    notes += shift_notes(session, rows.geometry, [None] * len(rows))
    values = {
        "code": codes_of(rows, dataset, notes, gaps=table == "organisation"),
        "category": rows.values["category"],
        "dataset": [dataset] * len(rows),
        "geom": ewkb(as_points(rows.geometry)),
        "division_id": divisions_of(session, rows),
    }
    for name in ("name", "state", "work_phone"):
        if name in rows.given:
            values[name] = rows.values[name]
    where = "t.dataset = :dataset" if options.replace else None
    counts = store_rows(session, table, values, where, {"dataset": dataset})
    return outcome_of(rows, counts, notes, kind.name)
