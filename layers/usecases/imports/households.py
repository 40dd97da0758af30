"""Household ledgers: each row finds its building, or stays as an unplaced row of its community."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.db import copy_rows
from layers.io.fields import COUNT_FIELDS, HOUSEHOLDS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.usecases.imports.counts import CountRow, default_day, store_counts
from layers.usecases.imports.places import community_codes
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_points,
    bounds_of,
    ewkb,
    refuse,
    rows_of,
)

NEAREST_M = 30
"""Farther than this a position is not a building's."""
DEGREES_PER_METRE = 1 / 75_000
"""Generous: a degree of longitude is longer than 75 km south of 47° N, of latitude everywhere."""
PLACES_NAMED = 10

BY_CODE = """
    UPDATE ledger l SET building_id = b.id, how = 'code'
    FROM building b WHERE b.code = l.building
"""
BY_NUMBER = """
    UPDATE ledger l SET building_id = m.id, how = 'number'
    FROM (
        SELECT l.n, min(b.id) AS id
        FROM ledger l
        LEFT JOIN estate e ON e.code = l.estate OR e.name = l.estate
        JOIN building b ON b.estate IN (l.estate, e.code, e.name)
         AND {plain_building} = {plain_ledger}
        WHERE l.building_id IS NULL AND l.building_no IS NOT NULL
        GROUP BY l.n HAVING count(DISTINCT b.id) = 1
    ) m WHERE m.n = l.n
"""
PLAIN_NO = r"ltrim(regexp_replace({column}, '[\s#]|号楼|幢|栋|座|号|楼', '', 'g'), '0')"
BY_FOOTPRINT = """
    UPDATE ledger l SET building_id = m.id, how = 'position'
    FROM (
        SELECT l.n, (
            SELECT b.id FROM building b
            WHERE b.footprint && l.geom AND ST_Intersects(b.footprint, l.geom)
            ORDER BY b.code LIMIT 1) AS id
        FROM ledger l WHERE l.building_id IS NULL AND l.geom IS NOT NULL
    ) m WHERE m.n = l.n AND m.id IS NOT NULL
"""
BY_NEAREST = f"""
    UPDATE ledger l SET building_id = m.id, how = 'nearest'
    FROM (
        SELECT l.n, (
            SELECT b.id FROM building b
            WHERE coalesce(b.footprint, b.geom)
                && ST_Expand(l.geom, {NEAREST_M * DEGREES_PER_METRE})
              AND ST_DWithin(coalesce(b.footprint, b.geom)::geography, l.geom::geography,
                             {NEAREST_M})
            ORDER BY ST_Distance(coalesce(b.footprint, b.geom)::geography, l.geom::geography),
                     b.code LIMIT 1) AS id
        FROM ledger l WHERE l.building_id IS NULL AND l.geom IS NOT NULL
    ) m WHERE m.n = l.n AND m.id IS NOT NULL
"""
COMMUNITY_BY_PLACE = """
    UPDATE ledger l SET community = m.code
    FROM (
        SELECT l.n, coalesce(
            (SELECT v.code FROM division_version v JOIN division d ON d.id = v.division_id
             WHERE d.level = 'community' AND v.valid_to IS NULL AND v.geom && l.geom
               AND ST_Intersects(v.geom, l.geom) ORDER BY v.code LIMIT 1),
            (SELECT min(e.community) FROM estate e
             WHERE e.code = l.estate OR e.name = l.estate HAVING count(*) = 1)) AS code
        FROM ledger l WHERE l.building_id IS NULL AND l.community IS NULL
    ) m WHERE m.n = l.n AND m.code IS NOT NULL
"""


def import_households(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store household counts by building, day and source."""
    rows = rows_of(path, HOUSEHOLDS, options)
    _require_figures(rows)
    progress(40, f"{len(rows):,} rows read")
    notes = list(rows.notes)
    if "resident" in rows.given and not rows.given & {"registered", "planned"}:
        notes.append("the only figure is taken as resident households (常住户数)")
    days = default_day(session, rows, notes)
    communities = community_codes(session, rows.values["community"])
    found = _match(session, rows, communities)
    progress(70, "buildings found")
    counts, unplaced = _count_rows(rows, days, found)
    dataset = options.dataset_of(path)
    stored = store_counts(session, dataset, counts, replace=options.replace)
    how = Counter(item[1] for item in found if item[0] is not None)
    if unplaced:
        listed = "; ".join(unplaced[:PLACES_NAMED])
        notes.append(f"{len(unplaced)} rows found no building and stay unplaced: {listed}")
    if len(counts) < len(rows):
        notes.append(f"{len(rows)} rows of building units were added up to {len(counts)} counts")
    return Outcome(
        read=len(rows),
        added=stored.added,
        updated=stored.updated,
        unchanged=stored.unchanged,
        removed=stored.removed,
        notes=notes,
        bounds=bounds_of(rows.geometry),
        layers=("households",),
        details={"matched": dict(sorted(how.items())), "unplaced": len(unplaced)},
    )


def _require_figures(rows: Rows) -> None:
    """Refuse a file without any figure, and rows without one."""
    if not rows.given & set(COUNT_FIELDS):
        reason = f"no column of households: one of {', '.join(COUNT_FIELDS)} is needed"
        raise RefusedInputError(
            "missing_field", f"{rows.file}: {reason}", [Fault(rows.file, reason=reason)]
        )
    faults = [
        Fault(rows.file, int(rows.numbers[i]), "households", "the row has no figure at all")
        for i in range(len(rows))
        if all(rows.values[name][i] is None for name in COUNT_FIELDS)
    ]
    if faults:
        raise refuse(
            "invalid_rows", f"{rows.file}: row {faults[0].row} has no household figure", faults
        )


def _match(
    session: Session, rows: Rows, communities: list[str | None]
) -> list[tuple[int | None, str | None, str | None]]:
    """Return building id, how it was found, and community per row."""
    session.execute(
        text(
            "CREATE TEMP TABLE ledger (n integer, building text, estate text, building_no text, "
            "community text, geom geometry(Point, 4326), building_id integer, how text)"
        )
    )
    values = rows.values
    copy_rows(
        session,
        "ledger",
        ("n", "building", "estate", "building_no", "community", "geom"),
        zip(
            range(len(rows)),
            values["building"],
            values["estate"],
            values["building_no"],
            communities,
            ewkb(as_points(rows.geometry)),
            strict=True,
        ),
    )
    session.execute(text("ANALYZE ledger"))
    by_number = BY_NUMBER.format(
        plain_building=PLAIN_NO.format(column="b.building_no"),
        plain_ledger=PLAIN_NO.format(column="l.building_no"),
    )
    # `text` would read `::geography` and the like rightly, but not a colon in a pattern.
    for step in (BY_CODE, by_number, BY_FOOTPRINT, BY_NEAREST, COMMUNITY_BY_PLACE):
        session.execute(text(step))
    found = [
        (row.building_id, row.how, row.community)
        for row in session.execute(
            text("SELECT building_id, how, community FROM ledger ORDER BY n")
        )
    ]
    session.execute(text("DROP TABLE ledger"))
    return found


def _count_rows(
    rows: Rows, days: list[Any], found: list[tuple[int | None, str | None, str | None]]
) -> tuple[list[CountRow], list[str]]:
    """Return the counts to store and the places of unplaced ones; units of a building add up.

    Raises
    ------
    RefusedInputError
        `duplicate_code` where two rows count the same building and do not name its units.
    """
    counts: dict[tuple[Any, ...], CountRow] = {}
    first: dict[tuple[Any, ...], int] = {}
    units: set[tuple[Any, ...]] = set()
    faults: list[Fault] = []
    unplaced: list[str] = []
    taken: set[tuple[Any, ...]] = set()
    for i, (building_id, _, community) in enumerate(found):
        number = int(rows.numbers[i])
        source = rows.values["source"][i] or ""
        place = _place(rows, i)
        figures = tuple(rows.values[name][i] for name in COUNT_FIELDS)
        if building_id is None:
            if (community, place, source) in taken:
                place = f"{place} (row {number})"
            taken.add((community, place, source))
            unplaced.append(f"row {number}: {place}")
            counts[("row", i)] = CountRow(None, community, place, days[i], source, figures)
            continue
        key = (building_id, days[i], source)
        unit = rows.values["unit"][i]
        if key in counts and (unit is None or (key, unit) in units):
            reason = f"the same building, day and source as row {first[key]}"
            faults.append(Fault(rows.file, number, "building", reason))
            continue
        units.add((key, unit))
        if key in counts:
            figures = _sum(counts[key].figures, figures)
            place = counts[key].place
        first.setdefault(key, number)
        counts[key] = CountRow(building_id, community, place, days[i], source, figures)
    if faults:
        first_fault = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
        raise refuse("duplicate_code", first_fault, faults)
    return list(counts.values()), unplaced


def _sum(left: tuple[int | None, ...], right: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(
        None if a is None and b is None else (a or 0) + (b or 0)
        for a, b in zip(left, right, strict=True)
    )


def _place(rows: Rows, i: int) -> str:
    """Return what the ledger says about a row's place."""
    values = rows.values
    words = [values[name][i] for name in ("building", "estate", "building_no", "unit")]
    said = " ".join(str(word) for word in words if word is not None)
    if said:
        return said
    place = rows.geometry[i]
    if place is not None:
        return f"{place.centroid.x:.6f}, {place.centroid.y:.6f}"
    return f"row {int(rows.numbers[i])}"
