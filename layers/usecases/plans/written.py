"""What publishing writes and closes, noted row by row so that it can be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError
from layers.db import copy_rows
from layers.usecases.plans.succession import Part, Succession

ORDER = ("posting", "grid_version", "division_version", "grid", "division", "worker")
"""In which rows can go: what refers to others first."""


@dataclass
class Written:
    """Rows that a publication made or closed, by table."""

    made: dict[str, list[int]] = field(default_factory=dict)
    closed: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)
    """Row and the end it had before."""

    def add(self, table: str, *ids: int) -> None:
        """Note rows that were added."""
        self.made.setdefault(table, []).extend(int(number) for number in ids)

    def close(self, session: Session, table: str, ids: Sequence[int], day: date) -> None:
        """End rows on a day."""
        rows = session.execute(
            text(f"SELECT id, valid_to::text FROM {table} WHERE id = ANY(:ids) ORDER BY id"),
            {"ids": list(ids)},
        ).all()
        session.execute(
            text(f"UPDATE {table} SET valid_to = :day WHERE id = ANY(:ids)"),
            {"ids": list(ids), "day": day},
        )
        self.closed.setdefault(table, []).extend((row.id, row.valid_to) for row in rows)

    def close_versions(self, session: Session, table: str, ids: Sequence[int], day: date) -> None:
        """End versions on a day; one that began on that very day never held and would be no history.

        Raises
        ------
        ConflictError
            `same_day`.
        """
        begun = session.execute(
            text(f"SELECT 1 FROM {table} WHERE id = ANY(:ids) AND valid_from >= :day LIMIT 1"),
            {"ids": list(ids), "day": day},
        ).one_or_none()
        if begun is not None:
            raise ConflictError("same_day", f"what this plan would end begins on {day} itself")
        self.close(session, table, ids, day)

    def add_identities(
        self, session: Session, table: str, column: str, value: Any, parts: Sequence[Part]
    ) -> dict[int, int]:
        """Add an identity for each part, with one column filled, and return part -> its id."""
        made = {
            part.no: int(
                session.execute(
                    text(f"INSERT INTO {table} ({column}) VALUES (:value) RETURNING id"),
                    {"value": value},
                ).scalar_one()
            )
            for part in parts
        }
        self.add(table, *made.values())
        return made

    def add_versions(
        self,
        session: Session,
        table: str,
        parts: Sequence[Part],
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        """Add a version for each part with its shape and the columns given (the same in every row)."""
        if not parts:
            return
        shapes = [_multi(part.shape) for part in parts]
        wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
        ids = session.execute(
            text(
                "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)"
            ),
            {"table": table, "n": len(parts)},
        ).scalars().all()  # fmt: skip
        copy_rows(
            session,
            table,
            ("id", "geom", *rows[0]),
            (
                (number, shape, *row.values())
                for number, shape, row in zip(ids, wkb, rows, strict=True)
            ),
        )
        self.add(table, *ids)

    def as_json(self) -> str:
        """Return it as the plan keeps it."""
        return json.dumps({"made": self.made, "closed": self.closed})


def _multi(shape: Any) -> Any:
    return shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])


def write_lineage(
    session: Session,
    kind: str,
    plan: int,
    found: Succession,
    identity: Mapping[int, int],
    day: date,
) -> None:
    """Keep how new identities (`grid` or `division`) follow the old ones."""
    rows = [
        {"from": number, "to": identity[no], "plan": plan, "kind": how, "homes": homes, "day": day}
        for number, no, how, homes in found.lineage()
    ]
    if rows:
        session.execute(
            text(
                f"INSERT INTO {kind}_lineage (from_{kind}, to_{kind}, plan_id, kind, households, effective_on) "
                "VALUES (:from, :to, :plan, :kind, :homes, :day)"
            ),
            rows,
        )


def unwrite(session: Session, plan: int, publication: Mapping[str, Any]) -> None:
    """Remove what a publication made, give what it closed the end it had before."""
    for table in ("grid_lineage", "division_lineage"):
        session.execute(text(f"DELETE FROM {table} WHERE plan_id = :plan"), {"plan": plan})
    for table in ORDER:
        session.execute(
            text(f"DELETE FROM {table} WHERE id = ANY(:ids)"),
            {"ids": publication["made"].get(table, [])},
        )
        closed = publication["closed"].get(table, [])
        if closed:
            session.execute(
                text(f"UPDATE {table} SET valid_to = CAST(:before AS date) WHERE id = :id"),
                [{"id": number, "before": before} for number, before in closed],
            )
