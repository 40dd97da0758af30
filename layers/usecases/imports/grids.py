"""Grids as dated versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.areas import require_area
from layers.db import actor_of
from layers.io.fields import GRIDS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.usecases.imports.places import communities_by_word
from layers.usecases.imports.shift import shift_notes
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_multipolygons,
    as_points,
    bounds_of,
    effective_today,
    ewkb,
    pairs,
    rows_of,
)
from layers.usecases.imports.versions import Draft, VersionTable

COMMUNITY_DIGITS = 12
GRID_VERSIONS = VersionTable("grid", ("name", "kind", "level", "source", "geom"))


def import_grids(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store grids by code; a change begins a new version on its day (today if not said)."""
    rows = rows_of(path, GRIDS, options)
    progress(40, f"{len(rows):,} grids read")
    notes = list(rows.notes)
    today = effective_today(session)
    communities = _communities(session, rows, notes)
    require_area(actor_of(session), rows.file, rows.numbers, communities)
    named = [code[:COMMUNITY_DIGITS] for code in rows.values["code"]]
    notes += shift_notes(session, rows.geometry, named)
    drafts = [
        Draft(
            int(rows.numbers[i]),
            code,
            {
                "name": rows.values["name"][i],
                "kind": rows.values["kind"][i] or "general",
                "level": rows.values["level"][i],
                "source": options.source or path.name,
                "geom": shape,
            },
            rows.values["valid_from"][i],
            {"community_id": communities[i]},
        )
        for i, (code, shape) in enumerate(
            zip(rows.values["code"], ewkb(as_multipolygons(rows.geometry)), strict=True)
        )
    ]
    known = GRID_VERSIONS.identify(session, drafts)
    GRID_VERSIONS.add_identities(session, drafts, known)
    counts = GRID_VERSIONS.store(session, path.name, drafts, known, today)
    moved = _set_communities(session, drafts)
    removed = 0
    if options.replace:
        codes = [draft.code for draft in drafts]
        removed = GRID_VERSIONS.close_others(session, codes, today, "true")
    return Outcome(
        read=len(rows),
        added=counts.added,
        updated=max(counts.updated, moved),
        unchanged=len(drafts) - counts.added - max(counts.updated, moved),
        removed=removed,
        notes=notes,
        bounds=bounds_of(rows.geometry),
        layers=("grids",),
    )


def _communities(session: Session, rows: Rows, notes: list[str]) -> list[int | None]:
    """Return the identity of each grid's community: as given, by its code, or where it lies."""
    words = communities_by_word(session)
    identity = pairs(
        session,
        "SELECT v.code, v.division_id FROM division_version v "
        "JOIN division d ON d.id = v.division_id "
        "WHERE d.level = 'community' AND v.valid_to IS NULL",
    )
    places = as_points(rows.geometry)
    found: list[int | None] = []
    lacking: list[str] = []
    for code, word, place in zip(
        rows.values["code"], rows.values["community"], places, strict=True
    ):
        community = words.get(word or "") or words.get(code[:COMMUNITY_DIGITS])
        number = identity.get(community or "")
        if number is None:
            number = session.execute(
                text(
                    "SELECT v.division_id FROM division_version v "
                    "JOIN division d ON d.id = v.division_id WHERE d.level = 'community' "
                    "AND v.valid_to IS NULL AND ST_Intersects(v.geom, "
                    "ST_GeomFromText(:place, 4326)) ORDER BY v.code LIMIT 1"
                ),
                {"place": shapely.to_wkt(place, rounding_precision=-1)},
            ).scalar_one_or_none()
        if number is None:
            lacking.append(code)
        found.append(number)
    if lacking:
        notes.append(f"{len(lacking)} grids lie in no known community: {', '.join(lacking[:10])}")
    return found


def _set_communities(session: Session, drafts: list[Draft]) -> int:
    """Point known grids to the community the file gives them; return how many moved."""
    result: Any = session.execute(
        text(
            "UPDATE grid g SET community_id = d.community FROM ("
            "SELECT unnest(CAST(:ids AS integer[])) AS id, "
            "unnest(CAST(:communities AS integer[])) AS community) d "
            "WHERE g.id = d.id AND d.community IS NOT NULL "
            "AND g.community_id IS DISTINCT FROM d.community"
        ),
        {
            "ids": [draft.identity_id for draft in drafts],
            "communities": [draft.identity["community_id"] for draft in drafts],
        },
    )
    return int(result.rowcount)
