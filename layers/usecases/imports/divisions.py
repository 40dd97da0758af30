"""Divisions: counties, townships and communities as dated versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.crs import metric_zone
from gis.errors import Fault
from layers.areas import assign_areas
from layers.io.fields import DIVISIONS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.models import LEVELS
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_multipolygons,
    bounds_of,
    effective_today,
    ewkb,
    refuse,
    rows_of,
)
from layers.usecases.imports.versions import Draft, VersionTable

LEVEL_OF_LENGTH = {2: "province", 4: "city", 6: "county", 9: "township", 12: "community"}
FULL_LENGTH = 12
DIVISION_VERSIONS = VersionTable(
    "division", ("parent_id", "name", "kind", "population", "metric_crs", "source", "geom")
)


def import_divisions(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store divisions by code; a change begins a new version on its day (today if not said)."""
    rows = rows_of(path, DIVISIONS, options)
    progress(40, f"{len(rows):,} divisions read")
    notes = list(rows.notes)
    levels = _levels(rows)
    today = effective_today(session)
    shapes = as_multipolygons(rows.geometry)
    drafts = [
        Draft(
            int(rows.numbers[i]),
            code,
            {
                "parent_id": None,
                "name": rows.values["name"][i],
                "kind": rows.values["kind"][i],
                "population": rows.values["population"][i],
                "metric_crs": None,
                "source": options.source or path.name,
                "geom": shape,
            },
            rows.values["valid_from"][i],
            {"level": levels[i]},
        )
        for i, (code, shape) in enumerate(zip(rows.values["code"], ewkb(shapes), strict=True))
    ]
    known = DIVISION_VERSIONS.identify(session, drafts)
    _keep_unsaid(rows, drafts, known)
    orphans = _link_parents(session, rows, drafts, levels)
    if orphans:
        notes.append(f"{len(orphans)} divisions have no parent here: {', '.join(orphans[:10])}")
    for draft, level, shape in zip(drafts, levels, shapes, strict=True):
        if level == "county":
            old = known.get(draft.code)
            fixed = old.values["metric_crs"] if old else None
            draft.values["metric_crs"] = fixed or metric_zone(float(shapely.centroid(shape).x))
    progress(70, "storing divisions")
    DIVISION_VERSIONS.add_identities(session, drafts, known)
    counts = DIVISION_VERSIONS.store(session, path.name, drafts, known, today)
    removed = 0
    if options.replace:
        listed = ", ".join(f"'{level}'" for level in sorted(set(levels)))
        where = f"division_id IN (SELECT id FROM division WHERE level IN ({listed}))"
        codes = [draft.code for draft in drafts]
        removed = DIVISION_VERSIONS.close_others(session, codes, today, where)
    moved = assign_areas(session)
    return Outcome(
        read=len(rows),
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=removed,
        notes=notes,
        bounds=bounds_of(rows.geometry),
        # Where something lies decides who sees it: what moved has changed for everybody.
        layers=("divisions", *moved),
        details={"levels": {level: levels.count(level) for level in LEVELS if level in levels}},
    )


def trunk(code: str) -> str:
    """Return a code without the zeros that only fill it up to 12 digits."""
    if len(code) != FULL_LENGTH:
        return code
    for length in (6, 9):
        if not code[length:].strip("0"):
            return code[:length]
    return code


def _levels(rows: Rows) -> list[str]:
    """Return every row's level, told by the file or by the length of its code."""
    levels: list[str] = []
    faults: list[Fault] = []
    for number, code, level in zip(
        rows.numbers, rows.values["code"], rows.values["level"], strict=True
    ):
        found = level or LEVEL_OF_LENGTH.get(len(trunk(code)))
        if found is None:
            reason = (
                f"the level of {code} ({len(code)} characters) is unknown; give a column level "
                "or --set level=community"
            )
            faults.append(Fault(rows.file, int(number), "level", reason))
        levels.append(found or "community")
    if faults:
        raise refuse("invalid_rows", f"{rows.file}: {faults[0].reason}", faults)
    return levels


def _keep_unsaid(rows: Rows, drafts: list[Draft], known: dict[str, Any]) -> None:
    """What the file has no column for stays as it is known."""
    for draft in drafts:
        old = known.get(draft.code)
        if old is None or old.valid_to is not None:
            continue
        for name in ("kind", "population"):
            if name not in rows.given:
                draft.values[name] = old.values[name]


def _link_parents(
    session: Session, rows: Rows, drafts: list[Draft], levels: list[str]
) -> list[str]:
    """Set the parents, given or by the beginning of the code; return the codes without one."""
    at: dict[str, tuple[int, int]] = {}
    for code, identity, level in session.execute(
        text(
            "SELECT v.code, v.division_id, d.level FROM division_version v "
            "JOIN division d ON d.id = v.division_id WHERE v.valid_to IS NULL"
        )
    ):
        at[trunk(code)] = (identity, LEVELS.index(level))
    for draft, level in zip(drafts, levels, strict=True):
        at[trunk(draft.code)] = (draft.identity_id, LEVELS.index(level))
    orphans = []
    highest = min(LEVELS.index(level) for level in levels)
    for draft, level, parent in zip(drafts, levels, rows.values["parent"], strict=True):
        own = trunk(draft.code)
        candidates = [trunk(parent)] if parent else [own[:n] for n in range(len(own) - 1, 1, -1)]
        found = next(
            (at[c][0] for c in candidates if c in at and at[c][1] < LEVELS.index(level)), None
        )
        draft.values["parent_id"] = found
        if found is None and LEVELS.index(level) > highest:
            orphans.append(draft.code)
    return orphans
