"""Plans as documents: the list, one plan, a new one, a branch of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, RefusedInputError
from layers.areas import ids_of, reaches
from layers.audit import record
from layers.cells import communities_of, current_set
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Actor, Right, RightsError
from layers.rules import community_rule, grid_rule
from layers.usecases.cells import FROM_LAYERS, county_of, set_state
from layers.usecases.plans.compare import areas_to_compare
from layers.usecases.plans.drift import drift
from layers.usecases.plans.edits import history, turns, version_of
from layers.usecases.plans.rows import PLAN, assignment_of, find_plan, parts_of
from layers.usecases.rule_sets import rules_judging

PART_LEVEL = {"community": "grid", "township": "community"}
NEXT = {
    "draft": ("consultation", "review", "withdrawn"),
    "consultation": ("notice", "draft", "withdrawn"),
    "notice": ("review", "draft", "withdrawn"),
    "review": ("draft", "withdrawn"),
    "approved": ("draft", "withdrawn"),
}
"""Steps a planner may take from a state."""
REVIEWS = {"review": ("approved", "returned"), "approved": ("returned",)}


def list_plans(session: Session, code: str | None) -> dict[str, Any]:
    """Return the plans of a division (None: of all one sees), newest first, and its county's cells."""
    where, given, cells = "true", {}, None
    moved: list[dict[str, Any]] = []
    areas: list[dict[str, Any]] = []
    if code is not None:
        division = ids_of(session, [code])[code]
        where, given = "p.division_id = :division", {"division": division}
        cells = set_state(session, county_of(session, division))
        areas = areas_to_compare(session, division)
        if cells is not None and division in communities_of(session, division):
            moved = drift(session, division, cells["set"])
    rows = session.execute(
        text(f"{PLAN} WHERE {where} ORDER BY p.updated_at DESC, p.id DESC LIMIT 500"), given
    ).all()
    counts = session.execute(
        text("SELECT plan_id, count(*) FROM plan_grid WHERE plan_id = ANY(:ids) GROUP BY 1"),
        {"ids": [row.id for row in rows]},
    ).all()
    number = {int(plan): int(count) for plan, count in counts}
    return {
        "plans": [plan_row(row, number.get(row.id, 0)) for row in rows],
        "cell_set": cells,
        "drift": moved,
        "areas": areas,
    }


def known_workers(session: Session, plan_id: int) -> list[dict[str, Any]]:
    """Return the workers of a plan's division with the grids they answer for today."""
    plan = find_plan(session, plan_id)
    rows = session.execute(
        text(
            "SELECT w.id AS worker, w.name, w.work_phone, coalesce(array_agg(DISTINCT v.code ORDER BY v.code) "
            "FILTER (WHERE v.code IS NOT NULL), '{}') AS grids FROM worker w "
            f"LEFT JOIN posting p ON p.worker_id = w.id AND {effective('p')} "
            f"LEFT JOIN grid_version v ON v.grid_id = p.grid_id AND {effective('v')} "
            "WHERE w.division_id = ANY(:ids) GROUP BY w.id ORDER BY w.name, w.id"
        ),
        {"ids": [plan.division_id, *communities_of(session, plan.division_id)]},
    ).mappings()
    return [dict(row) for row in rows]


def plan_row(plan: Any, parts: int) -> dict[str, Any]:
    """Return a plan as a list shows it."""
    return {
        "plan": plan.id,
        "name": plan.name,
        "division": {
            "code": plan.division_code,
            "name": plan.division_name,
            "level": plan.level,
        },
        "part_level": plan.part_level,
        "state": plan.shown_state,
        "revision": plan.revision,
        "parts": parts,
        "updated_at": plan.updated_at.isoformat(timespec="seconds"),
        "updated_by": plan.updated_by,
        "effective_on": _day(plan.effective_on),
        "stale": bool(plan.superseded),
    }


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def plan_document(session: Session, plan_id: int) -> dict[str, Any]:
    """Return everything the desk needs of a plan but its cells."""
    plan = find_plan(session, plan_id)
    parts = parts_of(session, plan_id)
    assigned = assignment_of(session, plan_id)
    state = set_state(session, plan.county_id)
    reasons = list(state["reasons"]) if state else list(FROM_LAYERS)
    return {
        **plan_row(plan, len(parts)),
        "basis_default": "resident",
        "community_kind": plan.community_kind,
        "band": band_document(session, plan),
        "version": version_of(plan),
        "branch_of": plan.branch_of,
        "stale_reasons": reasons if plan.superseded or reasons else [],
        "grids": [_without_code(item) for item in _named_origins(session, plan, parts)],
        "codes": {str(no): item["code"] for no, item in parts.items() if item["code"]},
        "assignment": {"cell": list(assigned), "part": list(assigned.values())},
        **turns(session, plan_id),
        "history": history(session, plan_id),
        "steps": _steps(session, plan_id),
        "papers": papers_of(session, plan_id),
        "allowed": allowed(actor_of(session), plan),
        "notice_from": _day(plan.notice_from),
        "notice_to": _day(plan.notice_to),
        "approval_number": plan.approval_number,
        "approved_on": _day(plan.approved_on),
        "withdrawn_on": _day(plan.withdrawn_on),
    }


def _named_origins(
    session: Session, plan: Any, parts: Mapping[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    table, link = (
        ("grid_version", "grid_id") if plan.part_level == "grid" else ("division_version", "division_id")
    )  # fmt: skip
    ids = [item["origin"] for item in parts.values() if item["origin"] is not None]
    rows = session.execute(
        text(
            f"SELECT DISTINCT ON ({link}) {link}, code FROM {table} WHERE {link} = ANY(:ids) "
            f"ORDER BY {link}, valid_from DESC"
        ),
        {"ids": ids},
    ).all()
    code = {int(number): str(found) for number, found in rows}
    return [{**item, "origin": code.get(item["origin"])} for item in parts.values()]


def _without_code(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "code"}


def _steps(session: Session, plan_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        text(
            "SELECT state, at, actor, on_date, number, note, notice_from, notice_to, revision "
            "FROM plan_step WHERE plan_id = :plan ORDER BY id"
        ),
        {"plan": plan_id},
    ).mappings()
    return [
        {
            "state": row["state"],
            "at": row["at"].isoformat(timespec="seconds"),
            "actor": row["actor"],
            "date": _day(row["on_date"]),
            "number": row["number"],
            "note": row["note"],
            "notice_from": _day(row["notice_from"]),
            "notice_to": _day(row["notice_to"]),
            "revision": row["revision"],
        }
        for row in rows
    ]


def papers_of(session: Session, plan_id: int) -> list[dict[str, Any]]:
    """Return the documents and objections of a plan."""
    rows = session.execute(
        text(
            "SELECT id AS paper, kind, number, title, on_date, text, answer FROM plan_paper "
            "WHERE plan_id = :plan ORDER BY id"
        ),
        {"plan": plan_id},
    ).mappings()
    return [
        {**{k: v for k, v in row.items() if k != "on_date"}, "date": _day(row["on_date"])}
        for row in rows
    ]


def band_document(session: Session, plan: Any) -> dict[str, Any] | None:
    """Return the band a part of this plan should keep to, with its rule and source; None without one."""
    if plan.part_level == "community":
        rule = community_rule(None, rules_judging(session, plan.division_id, "community_size"))
    else:
        rules = rules_judging(session, plan.division_id, "grid_band")
        rule = grid_rule(plan.community_kind, "general", 0, rules)
    if rule is None or rule["min"] is None:
        return None
    return {
        "min": rule["min"],
        "max": rule["max"],
        "rule": rule["id"],
        "summary": rule["summary"],
        "source": rule["source"],
        "place": rule["place"],
        "year": rule["year"],
    }


def allowed(actor: Actor, plan: Any) -> list[str]:
    """Return what an account may do with a plan as it is."""
    state = plan.shown_state
    may: list[str] = []
    if actor.may(Right.PLAN):
        may += ["branch"]
        if state in ("draft", "consultation"):
            may += ["edit", *(["rebase"] if plan.superseded else [])]
        may += NEXT.get(state, ())
        may += {"approved": ["publish"], "filed": ["take_back"]}.get(state, [])
    if actor.may(Right.REVIEW):
        may += REVIEWS.get(state, ())
    return may


def require_division(session: Session, code: str) -> Any:
    """Return the division a plan is to be about.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    RightsError
        `outside_area`.
    ConflictError
        `withdrawn_division` for one that is not in force today.
    """
    division = ids_of(session, [code])[code]
    if not reaches(actor_of(session), division):
        raise RightsError("outside_area", f"outside the area of this account: {code}")
    row = session.execute(
        text(
            f"SELECT v.division_id AS id, d.level, v.name, v.kind, {effective('v')} AS holds "
            "FROM division_version v JOIN division d ON d.id = v.division_id "
            f"WHERE v.division_id = :id ORDER BY ({effective('v')}) DESC, v.valid_from DESC LIMIT 1"
        ),
        {"id": division},
    ).one()
    if not row.holds:
        raise ConflictError("withdrawn_division", f"the division {code} is not in force today")
    return row


def create_plan(
    session: Session,
    code: str,
    name: str | None,
    source: str = "empty",
    part_level: str | None = None,
) -> int:
    """Add a plan of a community (or a township) and return its number.

    Parameters
    ----------
    source
        `empty`, `published` (what is in force today) or the number of a plan to branch from.

    Raises
    ------
    ConflictError
        `no_cells`, `withdrawn_division`.
    RefusedInputError
        `bad_level` for divisions that are neither community nor township, `bad_source`.
    """
    if source not in ("empty", "published"):
        return branch_plan(session, _number(source), name)
    division = require_division(session, code)
    level = PART_LEVEL.get(division.level)
    if level is None or (part_level or level) != level:
        raise RefusedInputError(
            "bad_level", "grids are drawn in a community, communities in a township"
        )
    cells = current_set(session, county_of(session, division.id))
    actor = actor_of(session).name
    today = session.execute(text("SELECT as_of_day()::text")).scalar_one()
    plan = session.execute(
        text(
            "INSERT INTO plan (division_id, set_id, part_level, name, created_by, updated_by) VALUES "
            "(:division, :set, :level, :name, :actor, :actor) RETURNING id"
        ),
        {
            "division": division.id,
            "set": cells.id,
            "level": level,
            "name": (name or "").strip() or f"{division.name} {today}",
            "actor": actor,
        },
    ).scalar_one()
    if source == "published":
        _begin_with_published(session, int(plan), level, communities_of(session, division.id))
    _first_step(session, int(plan))
    record(session, "plan.add", str(plan), after={"division": code, "source": source})
    return int(plan)


def _number(source: str) -> int:
    if not source.isdigit():
        raise RefusedInputError("bad_source", "a plan begins empty, published or from a plan")
    return int(source)


def _first_step(session: Session, plan: int) -> None:
    session.execute(
        text("INSERT INTO plan_step (plan_id, state, actor, revision) VALUES (:plan, 'draft', :actor, 0)"),
        {"plan": plan, "actor": actor_of(session).name},
    )  # fmt: skip


def _begin_with_published(session: Session, plan: int, level: str, communities: list[int]) -> None:
    """Give each cell the part in force that its inner point lies in."""
    given = {"plan": plan, "communities": communities}
    if level == "community":
        session.execute(
            text(
                "INSERT INTO plan_grid (plan_id, no, name, origin_id) "
                'SELECT :plan, row_number() OVER (ORDER BY v.code COLLATE "C"), v.name, v.division_id '
                f"FROM division_version v WHERE v.division_id = ANY(:communities) AND {effective('v')}"
            ),
            given,
        )
        found = "JOIN plan_grid g ON g.plan_id = :plan AND g.origin_id = c.division_id"
    else:
        session.execute(
            text(
                "INSERT INTO plan_grid (plan_id, no, name, kind, level, origin_id) "
                'SELECT :plan, row_number() OVER (ORDER BY v.code COLLATE "C"), v.name, v.kind, v.level, v.grid_id '
                "FROM grid_version v JOIN grid g ON g.id = v.grid_id "
                f"WHERE g.community_id = ANY(:communities) AND {effective('v')}"
            ),
            given,
        )
        session.execute(
            text(
                "UPDATE plan_grid p SET parent_no = up.no FROM grid_version v JOIN plan_grid up "
                "ON up.plan_id = :plan AND up.origin_id = v.parent_id "
                f"WHERE p.plan_id = :plan AND v.grid_id = p.origin_id AND {effective('v')}"
            ),
            {"plan": plan},
        )
        found = (
            "JOIN LATERAL (SELECT g.no FROM grid_version v JOIN plan_grid g ON g.plan_id = :plan "
            f"AND g.origin_id = v.grid_id WHERE {effective('v')} AND NOT EXISTS (SELECT FROM plan_grid k "
            "WHERE k.plan_id = :plan AND k.parent_no = g.no) "
            "AND v.geom && c.geom AND ST_Intersects(v.geom, ST_PointOnSurface(c.geom)) "
            "ORDER BY g.no LIMIT 1) g ON true"
        )
    session.execute(
        text(
            "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT :plan, c.id, g.no FROM plan p "
            f"JOIN cell c ON c.set_id = p.set_id {found} "
            "WHERE p.id = :plan AND c.cut_at IS NULL AND c.division_id = ANY(:communities)"
        ),
        given,
    )
    session.execute(
        text(
            "UPDATE plan SET last_no = coalesce((SELECT max(no) FROM plan_grid WHERE plan_id = :plan), 0) "
            "WHERE id = :plan"
        ),
        {"plan": plan},
    )


def branch_plan(session: Session, plan_id: int, name: str | None) -> int:
    """Copy a plan's parts and assignment into a new draft and return its number."""
    plan = find_plan(session, plan_id)
    actor = actor_of(session).name
    fresh = session.execute(
        text(
            "INSERT INTO plan (division_id, set_id, part_level, name, last_no, branch_of, created_by, updated_by) "
            "SELECT division_id, set_id, part_level, :name, last_no, id, :actor, :actor FROM plan "
            "WHERE id = :plan RETURNING id"
        ),
        {"plan": plan_id, "name": (name or "").strip() or f"{plan.name} ·", "actor": actor},
    ).scalar_one()
    session.execute(
        text(
            "INSERT INTO plan_grid (plan_id, no, name, kind, level, parent_no, locked, note, lead, reason, "
            "confirmed, origin_id) "
            "SELECT :fresh, no, name, kind, level, parent_no, locked, note, lead, reason, confirmed, origin_id "
            "FROM plan_grid WHERE plan_id = :plan"
        ),
        {"fresh": fresh, "plan": plan_id},
    )
    session.execute(
        text(
            "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT :fresh, cell_id, part_no "
            "FROM plan_cell WHERE plan_id = :plan"
        ),
        {"fresh": fresh, "plan": plan_id},
    )
    _first_step(session, int(fresh))
    record(session, "plan.add", str(fresh), after={"branch_of": plan_id})
    return int(fresh)
