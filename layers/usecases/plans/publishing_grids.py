"""Bringing the grids of a community's plan into force: versions, codes, lineage, postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.codes import CodePattern, next_codes
from gis.errors import ConflictError
from layers.usecases.plans.succession import Part, succeed
from layers.usecases.plans.written import Written, write_lineage

DEFAULT_POST = "网格员"


def publish_grids(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    day: date,
    pattern: CodePattern,
    written: Written,
) -> dict[int, str]:
    """Write versions of grids, let workers follow, and return part -> code."""
    old = _grids_in_force(session, plan.division_id, day)
    found = succeed(
        session,
        {row.grid_id: set(row.buildings) for row in old},
        parts,
        {row.grid_id: row.level for row in old},
    )
    code_of = {row.grid_id: row.code for row in old}
    fresh = [part for part in parts if part.no not in found.same]
    codes = {no: code_of[number] for no, number in found.same.items()}
    codes |= _new_codes(session, plan, fresh, pattern)
    identity = {
        **found.same,
        **written.add_identities(session, "grid", "community_id", plan.division_id, fresh),
    }
    written.close_versions(session, "grid_version", [row.id for row in old], day)
    written.add_versions(
        session,
        "grid_version",
        parts,
        [
            {
                "grid_id": identity[part.no],
                "code": codes[part.no],
                "name": part.row["name"],
                "kind": part.row["kind"],
                "level": part.row["level"],
                "valid_from": day,
                "source": f"plan {plan.id}: {plan.name}",
                "parent_id": identity.get(part.row["parent"]),
                "plan_id": plan.id,
                "buildings": list(part.buildings),
            }
            for part in parts
        ],
    )
    write_lineage(session, "grid", plan.id, found, identity, day)
    _post(session, plan, parts, identity, found.same, day, written)
    _end_postings(session, set(code_of) - set(found.same.values()), day, written)
    return codes


def _new_codes(
    session: Session, plan: Any, fresh: Sequence[Part], pattern: CodePattern
) -> dict[int, str]:
    """Return new codes; a part that had one reserved (published, then taken back) keeps it."""
    given = {part.no: part.row["code"] for part in fresh if part.row["code"]}
    wanting = [part for part in fresh if part.no not in given]
    places = np.array([part.place for part in wanting]).reshape(-1, 2)
    made = next_codes(pattern, plan.division_code, used_codes(session, plan.division_code), places)
    return given | {part.no: code for part, code in zip(wanting, made, strict=True)}


def _grids_in_force(session: Session, community: int, day: date) -> Sequence[Any]:
    """Return the versions that hold on a day, each with its buildings as published or as they lie."""
    return session.execute(
        text(
            """
            SELECT v.id, v.grid_id, v.code, v.level, coalesce(v.buildings, ARRAY(
                SELECT b.id FROM building b WHERE b.division_id = :community AND b.geom && v.geom
                AND ST_Intersects(v.geom, b.geom) ORDER BY b.id)) AS buildings
            FROM grid_version v JOIN grid g ON g.id = v.grid_id
            WHERE g.community_id = :community AND v.valid_from <= :day
              AND (v.valid_to IS NULL OR v.valid_to > :day) ORDER BY v.code COLLATE "C"
            """
        ),
        {"community": community, "day": day},
    ).all()


def used_codes(session: Session, community: str) -> list[str]:
    """Return every code that begins with a community's: given to grids ever, or reserved by plans."""
    rows = session.execute(
        text(
            "SELECT code FROM grid_version WHERE code LIKE :prefix UNION "
            "SELECT code FROM plan_grid WHERE code LIKE :prefix"
        ),
        {"prefix": f"{community}%"},
    ).scalars()
    return [str(row) for row in rows]


def _post(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    identity: Mapping[int, int],
    same: Mapping[int, int],
    day: date,
    written: Written,
) -> None:
    """Post the proposed leads from the day on; whoever held that post in a continued grid leaves it."""
    for part in parts:
        lead = part.row["lead"]
        if not lead:
            continue
        worker = _worker(session, plan, lead, written)
        grid, post = identity[part.no], lead.get("post") or DEFAULT_POST
        held = session.execute(
            text(
                "SELECT id, worker_id FROM posting WHERE grid_id = :grid AND post = :post "
                "AND (valid_to IS NULL OR valid_to > :day) AND valid_from < :day"
            ),
            {"grid": grid, "post": post, "day": day},
        ).all()
        if any(row.worker_id == worker for row in held):
            continue
        if part.no in same:
            written.close(session, "posting", [row.id for row in held], day)
        number = session.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) "
                "VALUES (:worker, :grid, :post, :day) RETURNING id"
            ),
            {"worker": worker, "grid": grid, "post": post, "day": day},
        ).scalar_one()
        written.add("posting", number)


def _worker(session: Session, plan: Any, lead: Mapping[str, Any], written: Written) -> int:
    if lead.get("worker") is not None:
        known = session.execute(
            text("SELECT id FROM worker WHERE id = :id"), {"id": lead["worker"]}
        ).scalar_one_or_none()
        if known is None:
            raise ConflictError("unknown_worker", f"there is no worker {lead['worker']}")
        return int(known)
    given = {
        "name": lead.get("name"),
        "phone": lead.get("work_phone"),
        "division": plan.division_id,
    }
    known = session.execute(
        text("SELECT id FROM worker WHERE name = :name AND coalesce(work_phone, '') = coalesce(:phone, '') LIMIT 1"),
        given,
    ).scalar_one_or_none()  # fmt: skip
    if known is not None:
        return int(known)
    number = int(
        session.execute(
            text("INSERT INTO worker (name, work_phone, division_id) VALUES (:name, :phone, :division) RETURNING id"),
            given,
        ).scalar_one()
    )  # fmt: skip
    written.add("worker", number)
    return number


def _end_postings(session: Session, grids: set[int], day: date, written: Written) -> None:
    rows = session.execute(
        text(
            "SELECT id FROM posting WHERE grid_id = ANY(:grids) AND valid_from < :day "
            "AND (valid_to IS NULL OR valid_to > :day)"
        ),
        {"grids": sorted(grids), "day": day},
    ).scalars()
    written.close(session, "posting", [int(row) for row in rows], day)
