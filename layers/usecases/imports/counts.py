"""Dated household counts: written per building, day and source, or kept as unplaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.areas import place_counts
from layers.db import actor_of
from layers.io.fields import COUNT_FIELDS
from layers.io.parse import Rows
from layers.io.progress import Progress, silent
from layers.rights import RightsError
from layers.usecases.imports.skeleton import effective_today
from layers.usecases.imports.upsert import Counts, merge_staged, staged, told

COLUMNS = (
    "building_id",
    "community",
    "place",
    "counted_on",
    "source",
    *COUNT_FIELDS,
    "dataset",
    "division_id",
)


@dataclass(frozen=True)
class CountRow:
    """Households of one building (or unplaced, `building_id` None) on a day by a source."""

    building_id: int | None
    community: str | None
    place: str
    counted_on: date
    source: str
    figures: tuple[int | None, ...]
    """In the order of `COUNT_FIELDS`."""


def default_day(session: Session, rows: Rows, notes: list[str]) -> list[date]:
    """Return the day of count per row; rows that do not say it were counted today."""
    today = effective_today(session)
    lacking = sum(1 for value in rows.values["counted_on"] if value is None)
    if lacking:
        notes.append(f"{lacking} rows do not say when they were counted: {today} is taken")
    return [value or today for value in rows.values["counted_on"]]


def store_counts(
    session: Session,
    dataset: str,
    rows: Sequence[CountRow],
    *,
    replace: bool,
    progress: Progress = silent,
) -> Counts:
    """Write counts; equal ones stay, changed ones are updated, other days are left alone.

    A row that was unplaced and has found its building leaves the unplaced ones. With `replace`
    every count of the dataset that is not among the rows goes.
    """
    tuples = (
        (
            *(row.building_id, row.community, row.place, row.counted_on, row.source),
            *row.figures,
            dataset,
            None,
        )
        for row in rows
    )
    with staged(session, "household_count", COLUMNS, told(tuples, len(rows), progress)) as count:
        place_counts(session, "incoming")
        _require_own_places(session)
        moved = _delete(
            session,
            "DELETE FROM household_count t USING incoming i WHERE t.dataset = :dataset "
            "AND t.building_id IS NULL AND i.building_id IS NOT NULL AND t.place = i.place "
            "AND t.counted_on = i.counted_on AND t.source = i.source",
            {"dataset": dataset},
        )
        # Placed and unplaced rows have different keys, so the staged table is merged in two steps.
        session.execute(
            text("CREATE TEMP TABLE unplaced AS SELECT * FROM incoming WHERE building_id IS NULL")
        )
        session.execute(text("DELETE FROM incoming WHERE building_id IS NULL"))
        unplaced: int = session.execute(text("SELECT count(*) FROM unplaced")).scalar_one()
        placed = merge_staged(
            session,
            "household_count",
            ("building_id", "counted_on", "source"),
            COLUMNS,
            count - unplaced,
            remove_where="t.dataset = :dataset AND t.building_id IS NOT NULL" if replace else None,
            parameters={"dataset": dataset} if replace else None,
        )
        session.execute(text("DROP TABLE incoming"))
        session.execute(text("ALTER TABLE unplaced RENAME TO incoming"))
        rest = merge_staged(
            session,
            "household_count",
            ("dataset", "place", "community", "counted_on", "source"),
            COLUMNS,
            unplaced,
            remove_where="t.dataset = :dataset AND t.building_id IS NULL" if replace else None,
            parameters={"dataset": dataset} if replace else None,
            nullable=("community",),
        )
    return Counts(
        placed.added + rest.added,
        placed.updated + rest.updated,
        placed.unchanged + rest.unchanged,
        placed.removed + rest.removed + moved,
    )


def _require_own_places(session: Session) -> None:
    """Refuse (`outside_area`) counts that lie outside the actor's area, each by its place."""
    area = actor_of(session).area
    if area is None:
        return
    places = session.execute(
        text(
            "SELECT DISTINCT place FROM incoming WHERE division_id IS NULL "
            "OR NOT division_id = ANY(:area) ORDER BY place"
        ),
        {"area": sorted(area)},
    ).scalars().all()  # fmt: skip
    if places:
        reason = "it lies outside the area of this account, or in no community that is known"
        faults = [Fault(field="building", reason=f"{place}: {reason}") for place in places]
        raise RightsError("outside_area", f"{faults[0].reason}; nothing was stored", faults)


def _delete(session: Session, sql: str, parameters: dict[str, Any]) -> int:
    result: Any = session.execute(text(sql), parameters)
    return int(result.rowcount)
