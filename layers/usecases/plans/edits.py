"""Edits of a plan: change sets that merge where they touch different cells, undo, redo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, RefusedInputError
from layers.cells import communities_of, leaves_of
from layers.db import actor_of
from layers.usecases.plans.rows import (
    KEPT,
    PART_FIELDS,
    assignment_of,
    find_plan,
    parts_of,
    require_editable,
    write_cells,
    write_part,
)

MAX_TEXT = 2000
Difference = list[dict[str, Any]]


class StaleError(ConflictError):
    """Somebody else changed the same things meanwhile; `difference` says what, who and when."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(
            "stale_revision",
            f"{len(difference)} of these were changed by somebody else meanwhile; nothing was changed",
        )
        self.difference = difference

    @property
    def more(self) -> dict[str, Any]:
        """What the answer carries besides the code."""
        return {"difference": self.difference}


@dataclass(frozen=True)
class Change:
    """What somebody wants: cells to parts, fields of parts, parts to remove.

    New parts have negative numbers, in `cells` and in `grids`; 0 is unassigned.
    """

    label: str
    cells: Mapping[int, Sequence[int]] = field(default_factory=dict)
    grids: Sequence[Mapping[str, Any]] = ()
    removed: Sequence[int] = ()


def apply_edit(session: Session, plan_id: int, revision: int, change: Change) -> dict[str, Any]:
    """Make one change of a plan and return it with the new revision.

    Raises
    ------
    StaleError
        When a cell or part of the change was changed after `revision`.
    ConflictError
        `not_editable`, `locked`, `stale_cells` (cells were cut meanwhile: load them again).
    RefusedInputError
        `unknown_cell`, `unknown_part`, `bad_part`, `bad_revision`.
    """
    plan = find_plan(session, plan_id, lock=True)
    require_editable(plan)
    _require_revision(plan, revision)
    parts = parts_of(session, plan_id)
    numbers = _numbers(change, plan.last_no)
    wanted = _wanted(change, numbers)
    _require_cells(session, plan, list(wanted))
    _require_fresh(session, plan, revision, wanted, change)
    now = assignment_of(session, plan_id)
    _require_parts(wanted, change, parts, numbers, now)
    cells = [
        (cell, now.get(cell, 0), no) for cell, no in sorted(wanted.items()) if now.get(cell, 0) != no
    ]  # fmt: skip
    grids = _part_changes(change, parts, numbers)
    _require_unlocked(cells, grids, parts)
    last = max([plan.last_no, *numbers.values()])
    edit = _write(session, plan, change.label, cells, grids, last_no=last)
    return {**edit, "numbers": {str(key): no for key, no in numbers.items()}}


def _require_revision(plan: Any, revision: int) -> None:
    if not plan.base_revision <= revision <= plan.revision:
        reason = "ahead of" if revision > plan.revision else "older than the last rebase of"
        raise RefusedInputError("bad_revision", f"revision {revision} is {reason} this plan")


def _numbers(change: Change, last: int) -> dict[int, int]:
    fresh = {no for no in change.cells if no < 0} | {
        int(item["no"]) for item in change.grids if int(item["no"]) < 0
    }
    return {no: last + place for place, no in enumerate(sorted(fresh, reverse=True), start=1)}


def _wanted(change: Change, numbers: Mapping[int, int]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for no, cells in change.cells.items():
        for cell in cells:
            if cell in wanted:
                raise RefusedInputError("bad_part", f"cell {cell} is given to two parts at once")
            wanted[int(cell)] = numbers.get(no, no)
    return wanted


def _require_cells(session: Session, plan: Any, cells: Sequence[int]) -> None:
    rows = session.execute(
        text(
            "SELECT id, cut_at IS NOT NULL AS cut FROM cell WHERE id = ANY(:cells) AND set_id = :set "
            "AND division_id = ANY(:communities)"
        ),
        {
            "cells": list(cells),
            "set": plan.set_id,
            "communities": communities_of(session, plan.division_id),
        },
    ).all()
    known = {row.id for row in rows}
    lacking = [cell for cell in cells if cell not in known]
    if lacking:
        named = ", ".join(map(str, lacking[:5]))
        raise RefusedInputError(
            "unknown_cell", f"{len(lacking)} cells are not of this plan: {named}"
        )
    cut = [row.id for row in rows if row.cut]
    if cut:
        raise ConflictError("stale_cells", f"{len(cut)} of these cells were cut; load them again")


def _require_fresh(
    session: Session, plan: Any, revision: int, wanted: Mapping[int, int], change: Change
) -> None:
    difference: Difference = []
    touched = {int(item["no"]): set(item) - {"no"} for item in change.grids}
    for edit in _edits_after(session, plan.id, revision):
        who = {"actor": edit.actor, "at": edit.at.isoformat(timespec="seconds")}
        pieces = leaves_of(session, [row[0] for row in edit.cells]) if edit.cells else {}
        for origin, _, theirs in edit.cells:
            for cell in pieces.get(origin, []):
                if cell in wanted and wanted[cell] != theirs:
                    difference.append({"cell": cell, "mine": wanted[cell], "theirs": theirs, **who})
        for row in edit.grids:
            no, after = row["no"], row["after"]
            removed = no in change.removed and after is not None
            old = row["before"] or {}
            fields = [
                name
                for name in touched.get(no, set())
                if after is None or after[name] != old.get(name)
            ]
            if removed or fields:
                difference.append({"part": no, "fields": sorted(fields), "theirs": after, **who})
    if difference:
        raise StaleError(difference)


def _edits_after(session: Session, plan: int, revision: int) -> Sequence[Any]:
    return session.execute(
        text(
            "SELECT revision, actor, at, label, cells, grids FROM plan_edit "
            "WHERE plan_id = :plan AND revision > :revision ORDER BY revision"
        ),
        {"plan": plan, "revision": revision},
    ).all()


def _require_parts(
    wanted: Mapping[int, int],
    change: Change,
    parts: Mapping[int, Any],
    numbers: Mapping[int, int],
    now: Mapping[int, int],
) -> None:
    known = {0, *parts, *numbers.values()} - set(change.removed)
    named = {*wanted.values(), *(numbers.get(int(g["no"]), int(g["no"])) for g in change.grids)}
    lacking = sorted((named - known) | (set(change.removed) - set(parts)))
    if lacking:
        raise RefusedInputError("unknown_part", f"there is no part {lacking[0]} in this plan")
    left = [cell for cell, no in now.items() if no in change.removed and cell not in wanted]
    if left:
        raise StaleError([{"cell": cell, "mine": None, "theirs": now[cell]} for cell in left])


def _part_changes(
    change: Change, parts: Mapping[int, dict[str, Any]], numbers: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Return rows of `no`, `before`, `after` for the parts that are added, changed or removed."""
    after: dict[int, dict[str, Any] | None] = {}
    for no in numbers.values():
        after[no] = {"kind": "general", "locked": False, "confirmed": False}
    for given in change.grids:
        no = numbers.get(int(given["no"]), int(given["no"]))
        old = after.get(no) or parts.get(no) or {}
        fresh = {name: given[name] for name in PART_FIELDS if name in given}
        if fresh.get("parent") is not None:
            fresh["parent"] = numbers.get(fresh["parent"], fresh["parent"])
        after[no] = {**{name: old.get(name) for name in KEPT}, **fresh}
    for no in change.removed:
        after[no] = None
    _require_sensible(parts, after)
    rows = []
    for no, item in sorted(after.items()):
        before = {name: parts[no][name] for name in KEPT} if no in parts else None
        full = None if item is None else {name: item.get(name) for name in KEPT}
        if before != full:
            rows.append({"no": no, "before": before, "after": full})
    return rows


def _require_sensible(
    parts: Mapping[int, dict[str, Any]], after: Mapping[int, dict[str, Any] | None]
) -> None:
    merged: dict[int, dict[str, Any]] = {
        no: item for no, item in {**parts, **after}.items() if item is not None
    }
    for no, item in after.items():
        if item is None:
            continue
        long = [n for n in ("name", "note", "reason") if len(item.get(n) or "") > MAX_TEXT]
        if long:
            raise RefusedInputError("bad_part", f"{long[0]} is longer than {MAX_TEXT} characters")
        seen, above = {no}, item.get("parent")
        while above is not None:
            if above in seen or above not in merged:
                raise RefusedInputError("bad_part", f"part {no} cannot lie inside part {above}")
            seen.add(above)
            above = merged[above].get("parent")


def _require_unlocked(
    cells: Sequence[tuple[int, int, int]],
    grids: Sequence[Mapping[str, Any]],
    parts: Mapping[int, dict[str, Any]],
) -> None:
    """A lock keeps a part's cells and its existence; its texts may change, and the lock itself."""
    locked = {no for no, item in parts.items() if item["locked"]}
    opened = {row["no"] for row in grids if row["after"] is not None and not row["after"]["locked"]}
    held = locked - opened
    hit = {no for _, before, after in cells for no in (before, after)} & held
    hit |= {row["no"] for row in grids if row["after"] is None} & held
    if hit:
        raise ConflictError("locked", f"part {min(hit)} is locked; unlock it first")


def _write(
    session: Session,
    plan: Any,
    label: str,
    cells: Sequence[tuple[int, int, int]],
    grids: Sequence[Mapping[str, Any]],
    *,
    last_no: int,
    turn: str = "do",
    undoes: int | None = None,
) -> dict[str, Any]:
    """Write a change and its edit; a change of nothing makes no revision."""
    if not cells and not grids:
        return edit_state(session, plan.id, None)
    for row in grids:
        write_part(session, plan.id, row["no"], row["after"])
    write_cells(session, plan.id, [(cell, after) for cell, _, after in cells])
    revision = plan.revision + 1
    actor = actor_of(session).name
    session.execute(
        text(
            "INSERT INTO plan_edit (plan_id, revision, actor, label, cells, grids, turn, undoes) VALUES "
            "(:plan, :revision, :actor, :label, CAST(:cells AS jsonb), CAST(:grids AS jsonb), :turn, :undoes)"
        ),
        {
            "plan": plan.id,
            "revision": revision,
            "actor": actor,
            "label": label,
            "cells": json.dumps(list(cells)),
            "grids": json.dumps(list(grids), ensure_ascii=False),
            "turn": turn,
            "undoes": undoes,
        },
    )
    if undoes is not None:
        session.execute(
            text("UPDATE plan_edit SET undone_by = :by WHERE plan_id = :plan AND revision = :of"),
            {"by": revision, "plan": plan.id, "of": undoes},
        )
    session.execute(
        text(
            "UPDATE plan SET revision = :revision, last_no = :last, updated_at = now(), "
            "updated_by = :actor WHERE id = :plan"
        ),
        {"revision": revision, "last": last_no, "actor": actor, "plan": plan.id},
    )
    return edit_state(session, plan.id, revision)


def undo(session: Session, plan_id: int, revision: int) -> dict[str, Any]:
    """Take back the actor's own newest change that still stands, and return the change that does it.

    Raises
    ------
    ConflictError
        `nothing_to_undo`, `not_editable`.
    StaleError
        When somebody else changed the same cells or parts since.
    """
    return _turn_back(session, plan_id, revision, "undo")


def redo(session: Session, plan_id: int, revision: int) -> dict[str, Any]:
    """Make the actor's newest undone change again, as `undo` does."""
    return _turn_back(session, plan_id, revision, "redo")


def _turn_back(session: Session, plan_id: int, revision: int, turn: str) -> dict[str, Any]:
    plan = find_plan(session, plan_id, lock=True)
    require_editable(plan)
    _require_revision(plan, revision)
    found = _next(session, plan_id, turn)
    if found is None:
        raise ConflictError(f"nothing_to_{turn}", f"there is nothing of yours to {turn}")
    now, parts = assignment_of(session, plan_id), parts_of(session, plan_id)
    pieces = leaves_of(session, [row[0] for row in found.cells])
    cells, difference = [], []
    for origin, before, after in found.cells:
        for cell in pieces.get(origin, []):
            if now.get(cell, 0) != after:
                difference.append({"cell": cell, "mine": before, "theirs": now.get(cell, 0)})
            cells.append((cell, after, before))
    grids = []
    for row in reversed(found.grids):
        no = row["no"]
        here = {name: parts[no][name] for name in KEPT} if no in parts else None
        if here != row["after"]:
            difference.append({"part": no, "fields": [], "theirs": here})
        grids.append({"no": no, "before": row["after"], "after": row["before"]})
    # Cells that somebody put into a part since would lose it with the part.
    gone = {row["no"] for row in grids if row["after"] is None}
    moved = {cell for cell, _, _ in cells}
    difference += [
        {"cell": cell, "mine": 0, "theirs": no}
        for cell, no in now.items()
        if no in gone and cell not in moved
    ]
    if difference:
        raise StaleError(difference)
    return _write(
        session, plan, found.label, cells, grids, last_no=plan.last_no, turn=turn, undoes=found.revision
    )  # fmt: skip


def _next(session: Session, plan_id: int, turn: str) -> Any:
    """Return the edit that an undo or redo of this actor takes back, None without one."""
    given = {"plan": plan_id, "actor": actor_of(session).name}
    of = "turn IN ('do', 'redo')" if turn == "undo" else "turn = 'undo'"
    cleared = "0"
    if turn == "redo":  # a new change ends what could be made again
        cleared = (
            "coalesce((SELECT max(revision) FROM plan_edit WHERE plan_id = :plan AND actor = :actor "
            "AND turn = 'do'), 0)"
        )
    return session.execute(
        text(
            "SELECT e.revision, e.label, e.actor, e.at, e.cells, e.grids FROM plan_edit e "
            "JOIN plan p ON p.id = e.plan_id WHERE e.plan_id = :plan AND e.actor = :actor "
            f"AND {of} AND e.undone_by IS NULL AND e.revision > p.base_revision "
            f"AND e.revision > {cleared} ORDER BY e.revision DESC LIMIT 1"
        ),
        given,
    ).one_or_none()


def edit_state(session: Session, plan_id: int, revision: int | None) -> dict[str, Any]:
    """Return where a plan stands after an edit: revision, the edit, what can be undone and redone."""
    plan = find_plan(session, plan_id)
    edits = edits_since(session, plan_id, plan.revision if revision is None else revision - 1)
    return {
        "revision": plan.revision,
        "version": version_of(plan),
        "state": plan.shown_state,
        "numbers": {},
        "edit": edits[0] if edits else None,
        **turns(session, plan_id),
    }


def version_of(plan: Any) -> str:
    """Return the version of a plan's cells; another one means that cells were cut or made anew."""
    return f"{plan.set_id}-{plan.cuts}"


def turns(session: Session, plan_id: int) -> dict[str, Any]:
    """Return what the actor's next undo and redo would take back."""
    found: dict[str, Any] = {}
    for turn in ("undo", "redo"):
        row = _next(session, plan_id, turn)
        found[turn] = None if row is None else {
            "label": row.label, "at": row.at.isoformat(timespec="seconds"), "actor": row.actor,
        }  # fmt: skip
    return found


def edits_since(session: Session, plan_id: int, revision: int) -> list[dict[str, Any]]:
    """Return the edits after a revision, their cells as they are cut today."""
    answer = []
    parts = parts_of(session, plan_id)
    for edit in _edits_after(session, plan_id, revision):
        pieces = leaves_of(session, [row[0] for row in edit.cells]) if edit.cells else {}
        rows = [(cell, row[2]) for row in edit.cells for cell in pieces.get(row[0], [])]
        answer.append(
            {
                "revision": edit.revision,
                "actor": edit.actor,
                "at": edit.at.isoformat(timespec="seconds"),
                "label": edit.label,
                "cells": {"cell": [row[0] for row in rows], "part": [row[1] for row in rows]},
                "grids": [parts[r["no"]] for r in edit.grids if r["no"] in parts],
                "removed": [r["no"] for r in edit.grids if r["after"] is None],
            }
        )
    return answer


def history(session: Session, plan_id: int, limit: int = 200) -> list[dict[str, Any]]:
    """Return the newest edits without their cells, for the list of versions."""
    rows = session.execute(
        text(
            "SELECT revision, actor, at, label, jsonb_array_length(cells) AS cells, turn, undone_by "
            "FROM plan_edit WHERE plan_id = :plan ORDER BY revision DESC LIMIT :limit"
        ),
        {"plan": plan_id, "limit": limit},
    ).mappings()
    return [{**row, "at": row["at"].isoformat(timespec="seconds")} for row in rows]
