"""Comparing a plan with another, with what is in force, or with imported areas: who changes hands."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.cells import communities_of
from layers.registry import effective
from layers.usecases.plans.rows import find_plan, parts_of

AREAS = {"estates": "estate", "villager_groups": "villager_group", "office_areas": "office_area"}
NOWHERE = "-"


def compare(session: Session, plan_id: int, other: str, basis: str = "resident") -> dict[str, Any]:
    """Return a matrix of households: parts of the plan by parts of the other, building by building.

    Parameters
    ----------
    other
        A plan's number, `published`, `layer:estates`, `layer:villager_groups`, or
        `layer:office_areas:CATEGORY` (police districts, managed estates, party branches …).

    Raises
    ------
    RefusedInputError
        `unknown_areas`.
    NotFoundError
        `unknown_plan`.
    """
    plan = find_plan(session, plan_id)
    rows = _by_plan(session, plan_id)
    if other == "published":
        columns, name = _by_grids(session, plan), "published"
    elif other.isdigit():
        columns, name = _by_plan(session, int(other)), find_plan(session, int(other)).name
    else:
        columns, name = _by_layer(session, plan, other), other
    homes = _households(session, plan, basis)
    return _matrix(session, plan, rows, columns, homes, (plan.name, name), basis)


def areas_to_compare(session: Session, division: int) -> list[dict[str, Any]]:
    """Return the imported areas that meet a division: how `compare` calls them, and how many there are."""
    met = "a.geom && d.geom AND ST_Intersects(a.geom, d.geom)"
    of = f"FROM {{table}} a JOIN division_version d ON d.division_id = :division AND {effective('d')}"
    rows = session.execute(
        text(
            " UNION ALL ".join(
                f"SELECT 'layer:{layer}'"
                + (" || ':' || a.category" if table == "office_area" else "")
                + f" AS areas, count(*) AS number {of.format(table=table)} WHERE {met} GROUP BY 1"
                for layer, table in AREAS.items()
            )
        ),
        {"division": division},
    )
    return [
        {"areas": str(areas), "number": int(number)} for areas, number in sorted(map(tuple, rows))
    ]


def _by_plan(session: Session, plan_id: int) -> dict[int, tuple[str, str]]:
    """Return building -> key and name of the part it is in."""
    plan = find_plan(session, plan_id)
    parts = parts_of(session, plan_id)
    found = session.execute(
        text(
            "SELECT b.building_id, k.part_no FROM cell_building b JOIN plan_cell k "
            "ON k.cell_id = b.cell_id AND k.plan_id = :plan WHERE b.set_id = :set"
        ),
        {"plan": plan_id, "set": plan.set_id},
    ).all()
    return {int(b): (str(no), parts[no]["name"] or str(no)) for b, no in found}


def _by_grids(session: Session, plan: Any) -> dict[int, tuple[str, str]]:
    communities = communities_of(session, plan.division_id)
    if plan.part_level == "community":
        found = session.execute(
            text(
                "SELECT b.id, v.code, v.name FROM building b JOIN division_version v "
                f"ON v.division_id = b.division_id AND {effective('v')} WHERE b.division_id = ANY(:ids)"
            ),
            {"ids": communities},
        )
    else:
        found = session.execute(
            text(
                "SELECT DISTINCT ON (b.id) b.id, v.code, coalesce(v.name, v.code) FROM building b "
                "JOIN grid g ON g.community_id = b.division_id "
                f"JOIN grid_version v ON v.grid_id = g.id AND {effective('v')} "
                "AND (b.id = ANY(v.buildings) OR (v.buildings IS NULL AND v.geom && b.geom "
                "AND ST_Intersects(v.geom, b.geom))) WHERE b.division_id = ANY(:ids) "
                'ORDER BY b.id, v.code COLLATE "C" DESC'
            ),
            {"ids": communities},
        )
    return {int(b): (str(code), str(name)) for b, code, name in found}


def _by_layer(session: Session, plan: Any, other: str) -> dict[int, tuple[str, str]]:
    layer, _, category = other.removeprefix("layer:").partition(":")
    table = AREAS.get(layer)
    known = [item["areas"] for item in areas_to_compare(session, plan.division_id)]
    if table is None or (table == "office_area") != bool(category):
        raise RefusedInputError(
            "unknown_areas", f"compare with published, a plan or {', '.join(known)}"
        )
    wanted = "a.category = :category" if category else "true"
    rows = session.execute(
        text(
            f"SELECT DISTINCT ON (b.id) b.id, a.code, coalesce(a.name, a.code) FROM building b JOIN {table} a "
            f"ON a.geom && b.geom AND ST_Intersects(a.geom, b.geom) AND {wanted} WHERE b.division_id = ANY(:ids) "
            'ORDER BY b.id, a.code COLLATE "C"'
        ),
        {"ids": communities_of(session, plan.division_id), "category": category},
    )
    return {int(b): (str(code), str(name)) for b, code, name in rows}


def _households(session: Session, plan: Any, basis: str) -> dict[int, int]:
    rows = session.execute(
        text(
            f"SELECT b.id, coalesce(h.{basis}, 0) FROM building b LEFT JOIN LATERAL ("
            f"SELECT {basis} FROM household_count WHERE building_id = b.id AND counted_on <= as_of_day() "
            "ORDER BY counted_on DESC, source DESC LIMIT 1) h ON true WHERE b.division_id = ANY(:ids)"
        ),
        {"ids": communities_of(session, plan.division_id)},
    )
    return {int(b): int(count) for b, count in rows}


def _matrix(
    session: Session,
    plan: Any,
    rows: dict[int, tuple[str, str]],
    columns: dict[int, tuple[str, str]],
    homes: dict[int, int],
    names: tuple[str, str],
    basis: str,
) -> dict[str, Any]:
    nothing = (NOWHERE, "")
    left = sorted({rows.get(b, nothing) for b in homes}, key=_key)
    right = sorted({columns.get(b, nothing) for b in homes}, key=_key)
    place = {key: i for i, key in enumerate(left)}, {key: i for i, key in enumerate(right)}
    matrix = np.zeros((len(left), len(right)), dtype=np.int64)
    count = np.zeros_like(matrix)
    for building, households in homes.items():
        at = place[0][rows.get(building, nothing)], place[1][columns.get(building, nothing)]
        matrix[at] += households
        count[at] += 1
    # A column is *kept* by the part that takes most of it; the rest changes hands.
    keeps = {int(j): int(np.argmax(matrix[:, j] * 10**6 + count[:, j])) for j in range(len(right))}
    changes: list[dict[str, Any]] = [
        {
            "from": right[j][1] or right[j][0],
            "to": left[i][1] or left[i][0],
            "households": int(matrix[i, j]),
            "buildings": int(count[i, j]),
            "workers_from": _workers(session, right[j][0]),
            "workers_to": _leads(session, plan.id, left[i][0]),
        }
        for j in range(len(right))
        for i in range(len(left))
        if count[i, j] and i != keeps[j] and right[j] != nothing
    ]
    changes.sort(key=lambda item: -item["households"])
    return {
        "left": {"name": names[0]},
        "right": {"name": names[1]},
        "basis": basis,
        "rows": [{"no": key, "name": name} for key, name in left],
        "columns": [{"key": key, "name": name} for key, name in right],
        "matrix": matrix.tolist(),
        "moved": {
            "households": sum(item["households"] for item in changes),
            "buildings": sum(item["buildings"] for item in changes),
        },
        "unmatched_households": sum(n for b, n in homes.items() if b not in columns),
        "changes": changes,
    }


def _key(item: tuple[str, str]) -> tuple[bool, int, str]:
    return item[0] == NOWHERE, int(item[0]) if item[0].isdigit() else 0, item[0]


def _workers(session: Session, code: str) -> list[str]:
    return list(
        session.execute(
            text(
                "SELECT DISTINCT w.name FROM grid_version v JOIN posting p ON p.grid_id = v.grid_id "
                f"AND {effective('p')} JOIN worker w ON w.id = p.worker_id "
                f"WHERE v.code = :code AND {effective('v')} ORDER BY 1"
            ),
            {"code": code},
        ).scalars()
    )


def _leads(session: Session, plan: int, no: str) -> list[str]:
    if not no.isdigit():
        return []
    rows = session.execute(
        text(
            "SELECT coalesce(w.name, g.lead->>'name') FROM plan_grid g LEFT JOIN worker w "
            "ON w.id = CAST(g.lead->>'worker' AS integer) WHERE g.plan_id = :plan AND g.no = :no "
            "AND g.lead IS NOT NULL"
        ),
        {"plan": plan, "no": int(no)},
    ).scalars()
    return [str(name) for name in rows if name]
