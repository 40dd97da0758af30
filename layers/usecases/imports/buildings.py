"""Buildings, from OpenStreetMap areas or from a file, with the counts a file may bring along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.areas import AreaIndex, follow_buildings
from layers.io.fields import BUILDINGS, COUNT_FIELDS
from layers.io.osm import read_osm
from layers.io.osm_content import Areas
from layers.io.osm_tags import building_kind
from layers.io.progress import Progress, part
from layers.io.sniff import OSM_CONTENTS, require_content
from layers.usecases.imports.counts import CountRow, default_day, store_counts
from layers.usecases.imports.places import codes_of, community_codes, divisions_of
from layers.usecases.imports.shift import shift_notes
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_multipolygons,
    as_points,
    bounds_of,
    ewkb,
    pairs,
    require_china,
    rows_of,
)
from layers.usecases.imports.upsert import Counts, merge_staged, staged, told

OSM_COLUMNS = ("code", "name", "kind", "floors", "dataset", "geom", "footprint", "division_id")
CHUNK = 50_000
COMMUNITY_DIGITS = 12
"""Codes of buildings often begin with their community's."""


def store_osm_buildings(session: Session, dataset: str, areas: Areas, progress: Progress) -> Counts:
    """Make the OpenStreetMap buildings of a dataset equal to the areas; vanished ones go.

    They are kept under a name of their own: a ledger may come from a file of the same name.
    """
    own = f"osm:{dataset}"
    rows = _osm_rows(own, areas, AreaIndex(session), part(progress, 0, 50))
    return _store(session, own, OSM_COLUMNS, rows, part(progress, 55, 100), replace=True)


def _osm_rows(
    dataset: str, areas: Areas, index: AreaIndex, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    """Yield rows a chunk at a time: geometries of a million buildings would fill the memory."""
    count = len(areas)
    for start in range(0, count, CHUNK):
        chunk = slice(start, start + CHUNK)
        shapes = shapely.from_wkb(areas.wkb[chunk])
        inside = shapely.point_on_surface(shapes)
        points = ewkb(inside)
        footprints = ewkb(shapes)
        for ref, label, name, floors, point, footprint, division in zip(
            areas.ref[chunk],
            areas.label[chunk],
            areas.name[chunk],
            areas.floors[chunk],
            points,
            footprints,
            index.of(inside),
            strict=True,
        ):
            code = f"w{ref}" if ref > 0 else f"r{-ref}"
            yield code, name, building_kind(label), floors, dataset, point, footprint, division
        done = min(start + CHUNK, count)
        progress(100 * done // count, f"buildings: {done:,} of {count:,}")
    progress(100, "storing buildings")


def _import_osm(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store the buildings of an OpenStreetMap file and leave its streets alone."""
    osm = read_osm(path, ("buildings",), part(progress, 0, 40))
    shapes = shapely.from_wkb(osm.buildings.wkb)
    if len(shapes) == 0:
        reason = "there is no building in the file"
        raise RefusedInputError(
            "empty_file", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        )
    require_china(path.name, shapely.get_coordinates(shapes), options)
    dataset = options.dataset_of(path)
    stored = store_osm_buildings(session, dataset, osm.buildings, part(progress, 40, 98))
    return Outcome(
        read=len(osm.buildings),
        added=stored.added,
        updated=stored.updated,
        unchanged=stored.unchanged,
        removed=stored.removed,
        notes=osm.notes,
        bounds=bounds_of(shapes),
        layers=("buildings", "households") if stored.removed else ("buildings",),
    )


def import_buildings(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store buildings by code; household figures in the file become dated counts."""
    if require_content(path) in OSM_CONTENTS:
        return _import_osm(session, path, options, progress)
    rows = rows_of(path, BUILDINGS, options)
    progress(30, f"{len(rows):,} buildings read")
    notes = list(rows.notes)
    dataset = options.dataset_of(path)
    codes = codes_of(rows, dataset, notes)
    said = community_codes(session, rows.values["community"])
    communities = [word or code[:COMMUNITY_DIGITS] for word, code in zip(said, codes, strict=True)]
    notes += shift_notes(session, rows.geometry, communities)
    values: dict[str, list[Any]] = {
        "code": codes,
        "kind": [value or "other" for value in rows.values["kind"]],
        "dataset": [dataset] * len(rows),
        "geom": ewkb(as_points(rows.geometry)),
        "footprint": ewkb(as_multipolygons(rows.geometry)),
        "division_id": divisions_of(session, rows),
    }
    for name in ("name", "floors", "estate", "villager_group", "building_no"):
        if name in rows.given:
            values[name] = rows.values[name]
    progress(50, "storing buildings")
    table = told(zip(*values.values(), strict=True), len(rows), part(progress, 50, 60))
    stored = _store(
        session, dataset, tuple(values), table, part(progress, 62, 80), replace=options.replace
    )
    outcome = Outcome(
        read=len(rows),
        added=stored.added,
        updated=stored.updated,
        unchanged=stored.unchanged,
        removed=stored.removed,
        notes=notes,
        bounds=bounds_of(rows.geometry),
        layers=("buildings", "households") if stored.removed else ("buildings",),
    )
    if rows.given & set(COUNT_FIELDS):
        progress(80, "storing household counts")
        days = default_day(session, rows, notes)
        counts = store_counts(
            session,
            dataset,
            _count_rows(session, rows, codes, days),
            replace=False,
            progress=part(progress, 82, 98),
        )
        outcome.details["households"] = {
            "added": counts.added,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
        }
        outcome.layers = ("buildings", "households")
        # Counted as changes of the building they belong to: the layer's revision must move.
        outcome.updated += counts.added + counts.updated if not stored.added else 0
        outcome.unchanged = max(0, len(rows) - outcome.added - outcome.updated)
    return outcome


def _count_rows(session: Session, rows: Any, codes: list[str], days: list[Any]) -> list[CountRow]:
    known = "SELECT code, id FROM building WHERE code = ANY(:codes)"
    number = pairs(session, known, {"codes": codes})
    found = []
    for i, code in enumerate(codes):
        figures = tuple(rows.values[name][i] for name in COUNT_FIELDS)
        if any(value is not None for value in figures):
            source = rows.values["source"][i] or ""
            found.append(CountRow(number[code], None, code, days[i], source, figures))
    return found


def _store(
    session: Session,
    dataset: str,
    columns: tuple[str, ...],
    rows: Any,
    progress: Progress,
    *,
    replace: bool,
) -> Counts:
    with staged(session, "building", columns, rows) as count:
        if replace:
            _unplace_removed(session, dataset)
        stored = merge_staged(
            session,
            "building",
            ("code",),
            columns,
            count,
            remove_where="t.dataset = :dataset" if replace else None,
            parameters={"dataset": dataset} if replace else None,
            progress=progress,
        )
    if stored.updated:  # a building that moved takes its counts along
        follow_buildings(session)
    return stored


def _unplace_removed(session: Session, dataset: str) -> None:
    """Keep the counts of buildings that are about to vanish, as unplaced ones of their community."""
    session.execute(
        text(
            """
            UPDATE household_count c SET building_id = NULL, place = b.code,
                community = coalesce(c.community, (
                    SELECT v.code FROM division_version v JOIN division d ON d.id = v.division_id
                    WHERE d.level = 'community' AND v.valid_to IS NULL
                      AND v.geom && b.geom AND ST_Intersects(v.geom, b.geom)
                    ORDER BY v.code LIMIT 1))
            FROM building b
            WHERE b.id = c.building_id AND b.dataset = :dataset
              AND NOT EXISTS (SELECT FROM incoming i WHERE i.code = b.code)
            """
        ),
        {"dataset": dataset},
    )
