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
from layers.areas import assign_areas
from layers.db import actor_of, enter
from layers.registry import effective
from layers.rights import local_administrator
from layers.usecases.plans.publishing_grids import used_codes
from layers.usecases.plans.succession import Part, Succession, households_of, succeed
from layers.usecases.plans.written import Written, write_lineage

TOWNSHIP_DIGITS = 9
NO_COMMUNITY = -1


def publish_communities(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    day: date,
    pattern: CodePattern,
    written: Written,
) -> dict[int, str]:
    """Write versions of communities, let the grids follow, and return part -> division code."""
    old = _communities_in_force(session, plan.division_id, day)
    buildings = {row.division_id: set(row.buildings) for row in old}
    found = succeed(session, buildings, parts, dict.fromkeys(buildings))
    code_of = {row.division_id: row.code for row in old}
    fresh = [part for part in parts if part.no not in found.same]
    codes = {no: code_of[number] for no, number in found.same.items()}
    codes |= _new_codes(session, plan, fresh)
    identity = {
        **found.same,
        **written.add_identities(session, "division", "level", "community", fresh),
    }
    written.close_versions(session, "division_version", [row.id for row in old], day)
    kinds = _kinds(found, {row.division_id: row.kind for row in old})
    written.add_versions(
        session,
        "division_version",
        parts,
        [
            {
                "division_id": identity[part.no],
                "parent_id": plan.division_id,
                "code": codes[part.no],
                "name": part.row["name"] or codes[part.no],
                "kind": kinds.get(part.no),
                "valid_from": day,
                "source": f"plan {plan.id}: {plan.name}",
            }
            for part in parts
        ],
    )
    write_lineage(session, "division", plan.id, found, identity, day)
    homes = {part.no: (identity[part.no], codes[part.no]) for part in parts}
    _follow(session, plan, parts, homes, code_of, day, pattern, written)
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


def _kinds(found: Succession, kinds: Mapping[int, str | None]) -> dict[int, str | None]:
    """Return part -> the kind of the community it takes most from."""
    answer: dict[int, str | None] = {}
    for (number, no), _ in sorted(found.common.items(), key=lambda item: item[1]):
        answer[no] = kinds[number]
    return answer


def _follow(
    session: Session,
    plan: Any,
    parts: Sequence[Part],
    homes: Mapping[int, tuple[int, str]],
    code_of: Mapping[int, str],
    day: date,
    pattern: CodePattern,
    written: Written,
) -> None:
    """Let every grid in force follow the community it lies in, larger ones before those inside them.

    Parameters
    ----------
    homes
        Part -> id and code of the community it becomes.
    code_of
        Id of each community that was -> its code.
    """
    home = {building: part.no for part in parts for building in part.buildings}
    successor: dict[int, int] = {}
    for row in _grids_below(session, list(code_of), day):
        no = _home_of(row, home, parts)
        if no != NO_COMMUNITY and homes[no][1] == code_of[row.community_id]:
            continue  # its community keeps its code, and so does the grid
        written.close(session, "grid_version", [row.id], day)
        postings = _end_postings(session, row.grid_id, day, written)
        if no != NO_COMMUNITY:
            grid = _recode(session, plan, row, homes[no], successor, day, pattern, written)
            successor[row.grid_id] = grid
            _post_again(session, grid, postings, day, written)


def _grids_below(session: Session, communities: list[int], day: date) -> Sequence[Any]:
    return session.execute(
        text(
            """
            SELECT v.id, v.grid_id, v.code, v.parent_id, g.community_id, ST_AsBinary(v.geom) AS wkb,
                   coalesce(v.buildings, ARRAY(SELECT b.id FROM building b WHERE b.geom && v.geom
                   AND ST_Intersects(v.geom, b.geom) ORDER BY b.id)) AS buildings
            FROM grid_version v JOIN grid g ON g.id = v.grid_id WHERE g.community_id = ANY(:communities)
              AND v.valid_from < :day AND (v.valid_to IS NULL OR v.valid_to > :day)
            ORDER BY array_position(ARRAY['large', 'medium', 'micro'], v.level) NULLS LAST, v.code COLLATE "C"
            """
        ),
        {"communities": communities, "day": day},
    ).all()


def _home_of(row: Any, home: Mapping[int, int], parts: Sequence[Part]) -> int:
    found = {home.get(building, NO_COMMUNITY) for building in row.buildings}
    if len(found) == 1:
        return found.pop()
    if found:
        return NO_COMMUNITY
    point = shapely.point_on_surface(shapely.from_wkb(bytes(row.wkb)))
    return next((p.no for p in parts if shapely.intersects(p.shape, point)), NO_COMMUNITY)


def _end_postings(session: Session, grid: int, day: date, written: Written) -> list[Any]:
    """End the postings of a grid on a day and return who held which post, and until when."""
    found = session.execute(
        text(
            "SELECT id, worker_id, post, valid_to FROM posting WHERE grid_id = :grid "
            "AND valid_from < :day AND (valid_to IS NULL OR valid_to > :day) ORDER BY id"
        ),
        {"grid": grid, "day": day},
    ).all()
    written.close(session, "posting", [row.id for row in found], day)
    return list(found)


def _post_again(
    session: Session, grid: int, postings: Sequence[Any], day: date, written: Written
) -> None:
    for row in postings:
        number = session.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to) "
                "VALUES (:worker, :grid, :post, :day, :end) RETURNING id"
            ),
            {
                "worker": row.worker_id,
                "grid": grid,
                "post": row.post,
                "day": day,
                "end": row.valid_to,
            },
        ).scalar_one()
        written.add("posting", number)


def _recode(
    session: Session,
    plan: Any,
    row: Any,
    community: tuple[int, str],
    successor: Mapping[int, int],
    day: date,
    pattern: CodePattern,
    written: Written,
) -> int:
    """Begin a successor of a grid under a new code, with its shape and buildings; return its id."""
    number, code = community
    fresh = next_codes(pattern, code, used_codes(session, code), np.zeros((1, 2)))[0]
    grid = int(
        session.execute(
            text("INSERT INTO grid (community_id) VALUES (:community) RETURNING id"),
            {"community": number},
        ).scalar_one()
    )
    written.add("grid", grid)
    version = session.execute(
        text(
            "INSERT INTO grid_version "
            "(grid_id, code, name, kind, level, valid_from, source, parent_id, plan_id, buildings, geom) "
            "SELECT :grid, :code, name, kind, level, :day, source, :parent, :plan, :buildings, geom "
            "FROM grid_version WHERE id = :id RETURNING id"
        ),
        {
            "grid": grid,
            "code": fresh,
            "day": day,
            "parent": successor.get(row.parent_id),
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
    return grid


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
