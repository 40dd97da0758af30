"""One level up: bringing communities of a township's plan into force, with the grids below them.

A grid that lies in one of the new communities follows it: under the same code where the community
keeps its own, else as a successor with a new code (lineage `recode`). A grid that the new borders
cut ends on that day; the community has to be divided anew there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.codes import CodePattern, next_codes
from gis.errors import ConflictError
from layers.areas import assign_areas
from layers.db import actor_of, copy_rows, enter
from layers.registry import effective
from layers.rights import local_administrator
from layers.usecases.plans.publishing import (
    SCALE,
    Part,
    Written,
    as_multi,
    continued,
    households_of,
    lineage_kinds,
    overlaps,
    weights,
)

TOWNSHIP_DIGITS = 9
NO_COMMUNITY = -1


def publish_communities(
    session: Session, plan: Any, parts: Sequence[Part], day: date, written: Written
) -> dict[int, str]:
    """Write versions of communities and let the grids follow; return part -> division code."""
    old = _communities_in_force(session, plan.division_id, day)
    buildings = {row.division_id: set(row.buildings) for row in old}
    everywhere = {b for part in parts for b in part.buildings}.union(*buildings.values())
    homes = households_of(session, sorted(everywhere))
    common = overlaps(buildings, parts, homes)
    weight = weights(buildings, homes)
    same = continued(common, weight, parts, dict.fromkeys(buildings))
    code_of = {row.division_id: row.code for row in old}
    codes = {no: code_of[number] for no, number in same.items()}
    codes |= _new_codes(session, plan, [part for part in parts if part.no not in same])
    identity = {**same, **_new_divisions(session, [p for p in parts if p.no not in same], written)}
    _close(session, [row.id for row in old], day, written)
    kinds = {row.division_id: row.kind for row in old}
    _write(session, plan, parts, identity, codes, _kinds(common, kinds), day, written)
    how = lineage_kinds(common, same)
    rows = [
        {"from": number, "to": identity[no], "plan": plan.id, "kind": how[number, no],
         "homes": share // SCALE, "day": day}
        for (number, no), share in sorted(common.items())
    ]  # fmt: skip
    if rows:
        session.execute(
            text(
                "INSERT INTO division_lineage (from_division, to_division, plan_id, kind, households, effective_on) "
                "VALUES (:from, :to, :plan, :kind, :homes, :day)"
            ),
            rows,
        )
    _follow(session, plan, parts, identity, codes, code_of, day, written)
    return codes


def _communities_in_force(session: Session, township: int, day: date) -> Sequence[Any]:
    return session.execute(
        text(
            """
            SELECT v.id, v.division_id, v.code, v.kind, ARRAY(
                SELECT b.id FROM building b WHERE b.division_id = v.division_id ORDER BY b.id) AS buildings
            FROM division_version v WHERE v.parent_id = :township AND v.valid_from <= :day
              AND (v.valid_to IS NULL OR v.valid_to > :day) ORDER BY v.code COLLATE "C"
            """
        ),
        {"township": township, "day": day},
    ).all()


def _new_codes(session: Session, plan: Any, fresh: Sequence[Part]) -> dict[int, str]:
    prefix = plan.division_code[:TOWNSHIP_DIGITS]
    used = session.execute(
        text(
            "SELECT code FROM division_version WHERE code LIKE :like UNION SELECT g.code FROM plan_grid g "
            "JOIN plan p ON p.id = g.plan_id AND p.part_level = 'community' WHERE g.code LIKE :like"
        ),
        {"like": f"{prefix}%"},
    ).scalars()
    places = np.array([part.place for part in fresh]).reshape(-1, 2)
    made = next_codes(CodePattern(), prefix, [str(code) for code in used], places)
    return {part.no: part.row["code"] or code for part, code in zip(fresh, made, strict=True)}


def _new_divisions(session: Session, fresh: Sequence[Part], written: Written) -> dict[int, int]:
    made = {}
    for part in fresh:
        number = session.execute(
            text("INSERT INTO division (level) VALUES ('community') RETURNING id")
        ).scalar_one()
        made[part.no] = int(number)
    written.add("division", *made.values())
    return made


def _close(session: Session, versions: Sequence[int], day: date, written: Written) -> None:
    begun = session.execute(
        text("SELECT id FROM division_version WHERE id = ANY(:ids) AND valid_from >= :day LIMIT 1"),
        {"ids": list(versions), "day": day},
    ).one_or_none()
    if begun is not None:
        raise ConflictError("same_day", f"communities of this township begin on {day} already")
    written.close(session, "division_version", versions, day)


def _kinds(
    common: Mapping[tuple[int, int], int], kinds: Mapping[int, str | None]
) -> dict[int, str | None]:
    """Return part -> the kind of the community it takes most from."""
    answer: dict[int, str | None] = {}
    for (number, no), _ in sorted(common.items(), key=lambda item: item[1]):
        answer[no] = kinds[number]
    return answer


def _write(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    identity: Mapping[int, int],
    codes: Mapping[int, str],
    kinds: Mapping[int, str | None],
    day: date,
    written: Written,
) -> None:
    shapes = [as_multi(part.shape) for part in parts]
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    ids = session.execute(
        text("SELECT nextval(pg_get_serial_sequence('division_version', 'id')) FROM generate_series(1, :n)"),
        {"n": len(parts)},
    ).scalars().all()  # fmt: skip
    copy_rows(
        session,
        "division_version",
        ("id", "division_id", "parent_id", "code", "name", "kind", "valid_from", "source", "geom"),
        (
            (number, identity[p.no], plan.division_id, codes[p.no], p.row["name"] or codes[p.no],
             kinds.get(p.no), day, f"plan {plan.id}: {plan.name}", shape)
            for number, p, shape in zip(ids, parts, wkb, strict=True)
        ),
    )  # fmt: skip
    written.add("division_version", *ids)


def _follow(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    identity: Mapping[int, int],
    codes: Mapping[int, str],
    code_of: Mapping[int, str],
    day: date,
    written: Written,
) -> None:
    """Let every grid in force follow the community it lies in."""
    home = {building: part.no for part in parts for building in part.buildings}
    rows = session.execute(
        text(
            """
            SELECT v.id, v.grid_id, v.code, g.community_id, ST_AsBinary(v.geom) AS wkb,
                   coalesce(v.buildings, ARRAY(SELECT b.id FROM building b WHERE b.geom && v.geom
                   AND ST_Intersects(v.geom, b.geom) ORDER BY b.id)) AS buildings
            FROM grid_version v JOIN grid g ON g.id = v.grid_id WHERE g.community_id = ANY(:communities)
              AND v.valid_from < :day AND (v.valid_to IS NULL OR v.valid_to > :day) ORDER BY v.code
            """
        ),
        {"communities": list(code_of), "day": day},
    ).all()
    for row in rows:
        no = _home_of(row, home, parts)
        if no != NO_COMMUNITY and codes[no] == code_of[row.community_id]:
            continue  # its community keeps its code, and so does the grid
        written.close(session, "grid_version", [row.id], day)
        postings = _close_postings(session, row.grid_id, day, written)
        if no != NO_COMMUNITY:
            _recode(session, plan, row, (identity[no], codes[no]), day, written, postings)


def _home_of(row: Any, home: Mapping[int, int], parts: Sequence[Part]) -> int:
    found = {home.get(building, NO_COMMUNITY) for building in row.buildings}
    if len(found) == 1:
        return found.pop()
    if found:
        return NO_COMMUNITY
    point = shapely.point_on_surface(shapely.from_wkb(bytes(row.wkb)))
    return next((p.no for p in parts if shapely.intersects(p.shape, point)), NO_COMMUNITY)


def _close_postings(session: Session, grid: int, day: date, written: Written) -> list[int]:
    found = session.execute(
        text(
            "SELECT id FROM posting WHERE grid_id = :grid AND valid_from < :day AND valid_to IS NULL"
        ),
        {"grid": grid, "day": day},
    ).scalars()
    ids = [int(row) for row in found]
    written.close(session, "posting", ids, day)
    return ids


def _recode(
    session: Session,
    plan: Any,
    row: Any,
    community: tuple[int, str],
    day: date,
    written: Written,
    postings: Sequence[int],
) -> None:
    """Begin a successor of a grid under a new code, with its shape, buildings and workers."""
    number, code = community
    used = session.execute(
        text("SELECT code FROM grid_version WHERE code LIKE :like"), {"like": f"{code}%"}
    ).scalars()
    fresh = next_codes(CodePattern(), code, [str(item) for item in used], np.zeros((1, 2)))[0]
    grid = session.execute(
        text("INSERT INTO grid (community_id) VALUES (:community) RETURNING id"),
        {"community": number},
    ).scalar_one()
    written.add("grid", grid)
    version = session.execute(
        text(
            "INSERT INTO grid_version "
            "(grid_id, code, name, kind, level, valid_from, source, plan_id, buildings, geom) "
            "SELECT :grid, :code, name, kind, level, :day, source, :plan, :buildings, geom "
            "FROM grid_version WHERE id = :id RETURNING id"
        ),
        {
            "grid": grid,
            "code": fresh,
            "day": day,
            "plan": plan.id,
            "buildings": list(row.buildings),
            "id": row.id,
        },
    ).scalar_one()
    written.add("grid_version", version)
    session.execute(
        text(
            "INSERT INTO grid_lineage (from_grid, to_grid, plan_id, kind, households, effective_on) "
            "VALUES (:from, :to, :plan, 'recode', :homes, :day)"
        ),
        {
            "from": row.grid_id,
            "to": grid,
            "plan": plan.id,
            "homes": sum(households_of(session, row.buildings).values()),
            "day": day,
        },
    )
    made = session.execute(
        text(
            "INSERT INTO posting (worker_id, grid_id, post, valid_from) SELECT worker_id, :to, post, :day "
            "FROM posting WHERE id = ANY(:ids) RETURNING id"
        ),
        {"to": grid, "ids": list(postings), "day": day},
    ).scalars()
    written.add("posting", *made.all())


def settle(session: Session) -> None:
    """Do at once what midnight does: cells, buildings and all else follow the communities of today."""
    actor = actor_of(session)
    enter(session, local_administrator())
    settle_cells(session)
    assign_areas(session)
    enter(session, actor)


def settle_cells(session: Session) -> int:
    """Give cells the community they lie in since a plan of communities is in force; return how many moved."""
    result: Any = session.execute(
        text(
            f"""
            UPDATE cell c SET division_id = v.division_id FROM plan p
            JOIN plan_cell k ON k.plan_id = p.id JOIN plan_grid g ON g.plan_id = p.id AND g.no = k.part_no
            JOIN division_version v ON v.code = g.code AND v.parent_id = p.division_id AND {effective("v")}
            WHERE p.part_level = 'community' AND p.state = 'filed' AND p.effective_on <= current_date
              AND (p.withdrawn_on IS NULL OR p.withdrawn_on > current_date)
              AND c.id = k.cell_id AND c.division_id <> v.division_id
            """
        )
    )
    moved = int(result.rowcount)
    if moved:
        for table, key in (("cell_building", "cell_id"), ("cell_border", "a")):
            session.execute(
                text(
                    f"UPDATE {table} t SET division_id = c.division_id FROM cell c "
                    f"WHERE c.id = t.{key} AND t.division_id <> c.division_id"
                )
            )
    return moved
