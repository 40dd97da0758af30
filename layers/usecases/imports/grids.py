"""Grids as dated versions, and the workers posted to them."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.areas import require_area
from layers.db import actor_of, copy_rows
from layers.io.fields import GRIDS, WORKERS
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
    refuse,
    rows_of,
)
from layers.usecases.imports.upsert import merge_staged, staged
from layers.usecases.imports.versions import Draft, VersionTable

COMMUNITY_DIGITS = 12
DEFAULT_POST = "网格员"
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


def import_workers(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store workers by name and work phone, and their postings to grids in force."""
    rows = rows_of(path, WORKERS, options)
    progress(50, f"{len(rows):,} postings read")
    today = effective_today(session)
    grids = pairs(session, "SELECT code, grid_id FROM grid_version WHERE valid_to IS NULL")
    faults = _worker_faults(rows, grids)
    if faults:
        first = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
        raise refuse("invalid_rows", first, faults)
    community = pairs(session, "SELECT id, community_id FROM grid")
    divisions = [community[grids[code]] for code in rows.values["grid"]]
    require_area(actor_of(session), rows.file, rows.numbers, divisions)
    _store_people(session, rows, divisions)
    number = {
        (name, phone or ""): worker
        for worker, name, phone in session.execute(text("SELECT id, name, work_phone FROM worker"))
    }
    values = rows.values
    columns = ("worker_id", "grid_id", "post", "valid_from", "valid_to")
    postings = {}
    for i in range(len(rows)):
        worker = number[(values["name"][i], values["work_phone"][i] or "")]
        post = values["post"][i] or DEFAULT_POST
        begin = values["valid_from"][i] or today
        key = (worker, grids[values["grid"][i]], post, begin)
        postings[key] = (*key, values["valid_to"][i])
    with staged(session, "posting", columns, postings.values()) as count:
        counts = merge_staged(
            session,
            "posting",
            ("worker_id", "grid_id", "post", "valid_from"),
            columns,
            count,
            remove_where="true" if options.replace else None,
        )
    return Outcome(
        read=len(rows),
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        notes=list(rows.notes),
        layers=("workers",),
    )


def _store_people(session: Session, rows: Rows, divisions: list[int | None]) -> None:
    """Store workers never seen before; each is on the list of the community of the first grid."""
    people: dict[tuple[str, str], int | None] = {}
    for name, phone, division in zip(*_people(rows), divisions, strict=True):
        people.setdefault((name, phone or ""), division)
    known = {
        (name, phone or "")
        for name, phone in session.execute(text("SELECT name, work_phone FROM worker"))
    }
    copy_rows(
        session,
        "worker",
        ("name", "work_phone", "division_id"),
        (
            (name, phone or None, division)
            for (name, phone), division in sorted(people.items(), key=itemgetter(0))
            if (name, phone) not in known
        ),
    )


def _people(rows: Rows) -> tuple[list[Any], list[Any]]:
    return rows.values["name"], rows.values["work_phone"]


def _worker_faults(rows: Rows, grids: dict[str, int]) -> list[Fault]:
    faults = []
    for i, number in enumerate(rows.numbers):
        code = rows.values["grid"][i]
        if code not in grids:
            reason = f"there is no grid {code} in force; import grids first"
            faults.append(Fault(rows.file, int(number), "grid", reason))
        begin, end = rows.values["valid_from"][i], rows.values["valid_to"][i]
        if begin and end and end <= begin:
            reason = f"{end} is not after valid_from {begin}"
            faults.append(Fault(rows.file, int(number), "valid_to", reason))
    return faults
