"""Bringing an approved plan into force on a day, and taking it back before that day.

A part that takes over at least half of a grid's households, and for which that grid is the largest
share, continues it: same identity, same code. Other parts are new grids with new codes; grids that
nobody continues end. Every follow-up is kept as lineage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.codes import CodePattern, next_codes
from gis.errors import ConflictError, Fault, RefusedInputError
from gis.tiling import union_parts
from layers.audit import record
from layers.cells import Cells, communities_of, read_cells, read_shapes
from layers.db import actor_of, copy_rows, touch
from layers.registry import effective
from layers.usecases.plans.checks import check
from layers.usecases.plans.rows import assignment_of, find_plan, parts_of
from layers.usecases.plans.steps import keep_step
from layers.usecases.search import reindex

DEFAULT_POST = "网格员"
BASIS = "resident"
SCALE = 1_000_000
"""A household weighs as much as so many buildings without any."""
LAYERS = {"grid": ("grids", "workers"), "community": ("divisions", "grids")}


TAKEN_BACK = ("posting", "grid_version", "division_version", "grid", "division", "worker")
"""In the order in which rows can go: what refers to others first."""


@dataclass
class Written:
    """Rows that publishing made or closed, by table: what taking back undoes."""

    made: dict[str, list[int]] = field(default_factory=dict)
    closed: dict[str, list[int]] = field(default_factory=dict)

    def add(self, table: str, *ids: int) -> None:
        """Note rows that were added."""
        self.made.setdefault(table, []).extend(int(number) for number in ids)

    def close(self, session: Session, table: str, ids: Sequence[int], day: date) -> None:
        """End rows on a day and note them."""
        session.execute(
            text(f"UPDATE {table} SET valid_to = :day WHERE id = ANY(:ids)"),
            {"ids": list(ids), "day": day},
        )
        self.closed.setdefault(table, []).extend(int(number) for number in ids)

    def as_json(self) -> str:
        """Return it as the plan keeps it."""
        return json.dumps({"made": self.made, "closed": self.closed})


@dataclass(frozen=True)
class Part:
    """A part on its way to become a version."""

    no: int
    row: Mapping[str, Any]
    shape: Any
    households: int
    buildings: tuple[int, ...]
    place: tuple[float, float]


def publish(
    session: Session,
    plan_id: int,
    effective_on: date,
    *,
    pattern: CodePattern | None = None,
    first_import: bool = False,
) -> dict[str, Any]:
    """Make versions of a plan's parts that hold from a day on.

    Parameters
    ----------
    first_import
        The first division of a community may carry a past day: it was in force before it was stored.

    Raises
    ------
    ConflictError
        `bad_step` unless approved; `check_failed` with the findings that stop it; `same_day` and
        `another_filed` beside another plan of the division; `withdrawn_division`; `stale_plan`.
    RefusedInputError
        `past_date`.
    """
    plan = find_plan(session, plan_id, lock=True)
    if plan.shown_state != "approved":
        raise ConflictError("bad_step", f"a plan is published when approved, not {plan.state}")
    _require_day(session, plan, effective_on, first_import=first_import)
    _require_in_force(session, plan)
    found = check(session, plan_id, publishing=True)
    if found["errors"]:
        faults = [
            Fault(field=f"{item['rule']} {item['grid'] or ''}".strip(), reason=item["text"])
            for item in found["findings"] if item["level"] == "error"
        ]  # fmt: skip
        raise ConflictError("check_failed", f"{len(faults)} errors stop this plan", faults)
    parts = _parts(session, plan)
    written = Written()
    if plan.part_level == "grid":
        codes = _publish_grids(
            session, plan, parts, effective_on, pattern or CodePattern(), written
        )
    else:
        from layers.usecases.plans.publishing_divisions import publish_communities

        codes = publish_communities(session, plan, parts, effective_on, written)
    for no, code in codes.items():
        session.execute(
            text("UPDATE plan_grid SET code = :code WHERE plan_id = :plan AND no = :no"),
            {"code": code, "plan": plan_id, "no": no},
        )
    _close_older_plans(session, plan, effective_on)
    session.execute(
        text(
            "UPDATE plan SET state = 'filed', filed_on = current_date, effective_on = :day, "
            "publication = CAST(:written AS jsonb), updated_at = now(), updated_by = :actor WHERE id = :plan"
        ),
        {
            "day": effective_on,
            "written": written.as_json(),
            "actor": actor_of(session).name,
            "plan": plan_id,
        },
    )
    keep_step(session, plan, "filed", on_date=effective_on)
    if plan.part_level == "community":
        from layers.usecases.plans.publishing_divisions import settle

        settle(session)
    what = {"effective_on": effective_on, "parts": len(parts)}
    record(session, "plan.publish", str(plan_id), after=what)
    touch(session, *LAYERS[plan.part_level])
    reindex(session, *LAYERS[plan.part_level])
    return {"plan": plan_id, "effective_on": effective_on.isoformat(), "codes": codes}


def _require_day(session: Session, plan: Any, day: date, *, first_import: bool) -> None:
    today = session.execute(text("SELECT current_date")).scalar_one()
    before = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM grid_version v JOIN grid g ON g.id = v.grid_id "
            "WHERE g.community_id = :division)"
        ),
        {"division": plan.division_id},
    ).scalar_one()
    if day < today and not (first_import and plan.part_level == "grid" and not before):
        raise RefusedInputError(
            "past_date",
            f"{day} is past; only the first import of a community may carry a past day",
        )
    other = session.execute(
        text(
            "SELECT id, effective_on FROM plan WHERE division_id = :division AND part_level = :level "
            "AND id <> :plan AND state = 'filed' AND effective_on >= :soonest "
            "ORDER BY effective_on LIMIT 1"
        ),
        {
            "division": plan.division_id,
            "level": plan.part_level,
            "plan": plan.id,
            "soonest": min(day, today),
        },
    ).one_or_none()
    if other is None:
        return
    if other.effective_on == day:
        raise ConflictError("same_day", f"plan {other.id} becomes effective on {day} too")
    if other.effective_on > today:
        raise ConflictError(
            "another_filed",
            f"plan {other.id} is filed for {other.effective_on}; take it back first",
        )


def _require_in_force(session: Session, plan: Any) -> None:
    holds = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM division_version v WHERE v.division_id = :id "
            f"AND {effective('v')})"
        ),
        {"id": plan.division_id},
    ).scalar_one()
    if not holds:
        raise ConflictError("withdrawn_division", "this division is not in force any more")


def _parts(session: Session, plan: Any) -> list[Part]:
    """Return the parts with shape (lon/lat), households and buildings; larger ones as unions."""
    cells = read_cells(session, plan.set_id, communities_of(session, plan.division_id))
    rows, assigned = parts_of(session, plan.id), assignment_of(session, plan.id)
    label = np.array([assigned.get(int(cell), 0) for cell in cells.id], dtype=np.int64)
    shapes = read_shapes(session, cells.id)
    held = _buildings(session, cells)
    parts = []
    for no in rows:
        inside = np.isin(label, _below(no, rows))
        if not inside.any():
            raise ConflictError("empty_part", f"part {no} has no cell; remove it")
        own = np.flatnonzero(inside)
        shape = union_parts(shapes[own], np.zeros(len(own), dtype=np.int64), 1)[0]
        point = shapely.point_on_surface(shape)
        buildings = tuple(sorted(b for row in own.tolist() for b in held.get(row, ())))
        homes = int(cells.households[BASIS][own].sum())
        parts.append(Part(no, rows[no], shape, homes, buildings, (point.x, point.y)))
    return parts


def _below(no: int, rows: Mapping[int, Mapping[str, Any]]) -> list[int]:
    found, queue = [], [no]
    while queue:
        here = queue.pop()
        found.append(here)
        queue += [n for n, item in rows.items() if item["parent"] == here]
    return found


def _buildings(session: Session, cells: Cells) -> dict[int, list[int]]:
    rows = session.execute(
        text("SELECT cell_id, building_id FROM cell_building WHERE cell_id = ANY(:ids)"),
        {"ids": cells.id.tolist()},
    ).all()
    found: dict[int, list[int]] = {}
    for cell, building in rows:
        found.setdefault(int(np.searchsorted(cells.id, cell)), []).append(int(building))
    return found


def households_of(session: Session, buildings: Sequence[int]) -> dict[int, int]:
    """Return the newest resident households of buildings."""
    rows = session.execute(
        text(
            f"SELECT DISTINCT ON (building_id) building_id, coalesce({BASIS}, 0) FROM household_count "
            "WHERE building_id = ANY(:ids) AND counted_on <= as_of_day() "
            "ORDER BY building_id, counted_on DESC, source DESC"
        ),
        {"ids": list(buildings)},
    ).all()
    return {int(building): int(count) for building, count in rows}


def overlaps(
    old: Mapping[int, set[int]], parts: Sequence[Part], homes: Mapping[int, int]
) -> dict[tuple[int, int], int]:
    """Return (old identity, part) -> weight in common: households, a building without any counting one."""
    found: dict[tuple[int, int], int] = {}
    for part in parts:
        mine = set(part.buildings)
        for number, buildings in old.items():
            common = mine & buildings
            if common:
                found[number, part.no] = SCALE * sum(homes.get(b, 0) for b in common) + len(common)
    return found


def weights(held: Mapping[int, set[int]], homes: Mapping[int, int]) -> dict[int, int]:
    """Return the weight of the buildings of each identity, as `overlaps` counts."""
    return {
        number: SCALE * sum(homes.get(b, 0) for b in buildings) + len(buildings)
        for number, buildings in held.items()
    }


def continued(
    common: Mapping[tuple[int, int], int],
    old_weight: Mapping[int, int],
    parts: Sequence[Part],
    level: Mapping[int, str | None],
) -> dict[int, int]:
    """Return part -> the identity it continues: most in common on both sides, and half of the old one."""
    origin = {part.no: part.row["origin"] for part in parts}
    taken: dict[int, int] = {}
    order = sorted(
        common.items(), key=lambda item: (-item[1], origin[item[0][1]] != item[0][0], item[0])
    )
    for (number, no), weight in order:
        fits = level.get(number) == next(p.row["level"] for p in parts if p.no == no)
        if (
            fits
            and no not in taken
            and number not in taken.values()
            and 2 * weight >= old_weight[number]
        ):
            taken[no] = number
    empty = [p for p in parts if p.no not in taken and p.row["origin"] in old_weight]
    for part in empty:  # grids without buildings (parks) go by where they were begun from
        number = part.row["origin"]
        if old_weight[number] == 0 and number not in taken.values():
            taken[part.no] = number
    return taken


def _publish_grids(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    day: date,
    pattern: CodePattern,
    written: Written,
) -> dict[int, str]:
    old = _grids_in_force(session, plan.division_id, day)
    buildings = {row.grid_id: set(row.buildings) for row in old}
    everywhere = {b for part in parts for b in part.buildings}.union(*buildings.values())
    homes = households_of(session, sorted(everywhere))
    common = overlaps(buildings, parts, homes)
    weight = weights(buildings, homes)
    same = continued(common, weight, parts, {row.grid_id: row.level for row in old})
    code_of = {row.grid_id: row.code for row in old}
    codes = {no: code_of[number] for no, number in same.items()}
    fresh = [part for part in parts if part.no not in same]
    own_codes = _used_codes(session, plan)
    given = {p.no: p.row["code"] for p in fresh if p.row["code"]}
    wanting = [part for part in fresh if part.no not in given]
    made = next_codes(
        pattern, plan.division_code, own_codes, np.array([p.place for p in wanting]).reshape(-1, 2)
    )
    codes |= given | {part.no: code for part, code in zip(wanting, made, strict=True)}
    identity = {**same, **_new_grids(session, plan.division_id, fresh, written)}
    _close(session, [row.id for row in old], day, written)
    _write_versions(session, plan, parts, identity, codes, day, written)
    _lineage(session, plan.id, common, same, identity, day)
    _post(session, plan, parts, identity, same, day, written)
    _end_postings(session, set(code_of) - set(same.values()), day, written)
    return codes


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


def _used_codes(session: Session, plan: Any) -> list[str]:
    """Return every code that begins with the community's: given to grids ever, or reserved by plans."""
    rows = session.execute(
        text(
            "SELECT code FROM grid_version WHERE code LIKE :prefix UNION "
            "SELECT code FROM plan_grid WHERE code LIKE :prefix"
        ),
        {"prefix": f"{plan.division_code}%"},
    ).scalars()
    return [str(row) for row in rows]


def _new_grids(
    session: Session, community: int, fresh: Sequence[Part], written: Written
) -> dict[int, int]:
    made = {}
    for part in fresh:
        number = session.execute(
            text("INSERT INTO grid (community_id) VALUES (:community) RETURNING id"),
            {"community": community},
        ).scalar_one()
        made[part.no] = int(number)
    written.add("grid", *made.values())
    return made


def _close(session: Session, versions: Sequence[int], day: date, written: Written) -> None:
    """End versions on a day. One that began on that very day never held and would not be history."""
    begun = session.execute(
        text("SELECT id FROM grid_version WHERE id = ANY(:ids) AND valid_from >= :day LIMIT 1"),
        {"ids": list(versions), "day": day},
    ).one_or_none()
    if begun is not None:
        raise ConflictError("same_day", f"grids of this community begin on {day} already")
    written.close(session, "grid_version", versions, day)


def _write_versions(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    identity: Mapping[int, int],
    codes: Mapping[int, str],
    day: date,
    written: Written,
) -> None:
    shapes = [as_multi(part.shape) for part in parts]
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    ids = session.execute(
        text("SELECT nextval(pg_get_serial_sequence('grid_version', 'id')) FROM generate_series(1, :n)"),
        {"n": len(parts)},
    ).scalars().all()  # fmt: skip
    copy_rows(
        session,
        "grid_version",
        ("id", "grid_id", "code", "name", "kind", "level", "valid_from", "source", "parent_id",
         "plan_id", "buildings", "geom"),
        (
            (number, identity[p.no], codes[p.no], p.row["name"], p.row["kind"], p.row["level"], day,
             f"plan {plan.id}: {plan.name}", identity.get(p.row["parent"]), plan.id, list(p.buildings), shape)
            for number, p, shape in zip(ids, parts, wkb, strict=True)
        ),
    )  # fmt: skip
    written.add("grid_version", *ids)


def as_multi(shape: Any) -> Any:
    """Return a polygon as a multipolygon."""
    return shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])


def lineage_kinds(
    common: Mapping[tuple[int, int], int], same: Mapping[int, int]
) -> dict[tuple[int, int], str]:
    """Return (old, part) -> how the part follows the old one."""
    into: dict[int, list[int]] = {}
    out: dict[int, list[int]] = {}
    for number, no in common:
        into.setdefault(no, []).append(number)
        out.setdefault(number, []).append(no)
    kinds = {}
    for number, no in common:
        whole = len(out[number]) == 1 and len(into[no]) == 1
        if whole:
            kinds[number, no] = "continue" if same.get(no) == number else "adjust"
        elif len(into[no]) > 1 and len(out[number]) == 1:
            kinds[number, no] = "merge"
        elif len(out[number]) > 1 and len(into[no]) == 1:
            kinds[number, no] = "split"
        else:
            kinds[number, no] = "adjust"
    return kinds


def _lineage(
    session: Session,
    plan: int,
    common: Mapping[tuple[int, int], int],
    same: Mapping[int, int],
    identity: Mapping[int, int],
    day: date,
) -> None:
    kinds = lineage_kinds(common, same)
    rows = [
        {"from": number, "to": identity[no], "plan": plan, "kind": kinds[number, no],
         "homes": weight // SCALE, "day": day}
        for (number, no), weight in sorted(common.items())
    ]  # fmt: skip
    if rows:
        session.execute(
            text(
                "INSERT INTO grid_lineage (from_grid, to_grid, plan_id, kind, households, effective_on) "
                "VALUES (:from, :to, :plan, :kind, :homes, :day)"
            ),
            rows,
        )


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


def _close_older_plans(session: Session, plan: Any, day: date) -> None:
    session.execute(
        text(
            "UPDATE plan SET withdrawn_on = :day WHERE division_id = :division AND part_level = :level "
            "AND id <> :plan AND state = 'filed' AND withdrawn_on IS NULL"
        ),
        {"day": day, "division": plan.division_id, "level": plan.part_level, "plan": plan.id},
    )


def take_back(session: Session, plan_id: int, note: str | None = None) -> None:
    """Undo a publication before its day: the plan is approved again, and what held before holds on.

    Raises
    ------
    ConflictError
        `bad_step` for a plan that is not filed, or already effective.
    """
    plan = find_plan(session, plan_id, lock=True)
    if plan.shown_state != "filed":
        raise ConflictError("bad_step", f"a plan is taken back while filed, not {plan.shown_state}")
    for table in ("grid_lineage", "division_lineage"):
        session.execute(text(f"DELETE FROM {table} WHERE plan_id = :plan"), {"plan": plan_id})
    for table in TAKEN_BACK:
        made, closed = (plan.publication[key].get(table, []) for key in ("made", "closed"))
        session.execute(text(f"DELETE FROM {table} WHERE id = ANY(:ids)"), {"ids": made})
        if closed:
            session.execute(
                text(f"UPDATE {table} SET valid_to = NULL WHERE id = ANY(:ids)"), {"ids": closed}
            )
    session.execute(
        text(
            "UPDATE plan SET withdrawn_on = NULL WHERE division_id = :division AND part_level = :level "
            "AND withdrawn_on = :day AND state = 'filed'"
        ),
        {"division": plan.division_id, "level": plan.part_level, "day": plan.effective_on},
    )
    session.execute(
        text(
            "UPDATE plan SET state = 'approved', filed_on = NULL, effective_on = NULL, publication = NULL, "
            "updated_at = now(), updated_by = :actor WHERE id = :plan"
        ),
        {"actor": actor_of(session).name, "plan": plan_id},
    )
    keep_step(session, plan, "approved", note=note)
    record(session, "plan.take_back", str(plan_id), before={"effective_on": plan.effective_on})
    touch(session, *LAYERS[plan.part_level])
    reindex(session, *LAYERS[plan.part_level])
