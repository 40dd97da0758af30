"""Ticking items on a phone: by a client-made id exactly once, the latest by its own time holds.

A phone without network does not know that a campaign was closed, or a line taken off its list: what was written before
that is taken and shown whenever it comes, what was written after it is refused and stays on the phone to be read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.areas import reaches
from layers.db import actor_of
from layers.rights import Right, RightsError
from layers.usecases.campaigns.progress import (
    HEAD,
    find_campaign,
    grids_of,
    items_of,
    latest_marks,
    successors,
)
from layers.usecases.events.clock import correct

MAX_NOTE = 500


@dataclass(frozen=True)
class Mark:
    """What a phone sends."""

    id: UUID
    item: int
    grid: str
    done: bool
    at: datetime
    phone_now: datetime
    note: str | None = None

    def content_hash(self) -> str:
        """Return what tells this mark from another one of the same id."""
        said = asdict(self)
        del said["phone_now"]
        said["at"] = self.at.timestamp()
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def my_campaigns(session: Session) -> dict[str, Any]:
    """Return the checklists of the grids the account's worker holds a post in today, one for each grid."""
    own = list(session.execute(text("SELECT own_grids()")).scalar_one())
    rows = session.execute(
        text(
            f"{HEAD} WHERE c.closed_at IS NULL AND c.deadline >= current_date - 30 "
            "ORDER BY c.deadline, c.id"
        )
    ).all()
    found = []
    for row in rows:
        items = items_of(session, row.id)
        marks = latest_marks(session, [item["id"] for item in items], own)
        for grid in grids_of(session, row):
            if grid.grid_id not in own:
                continue
            found.append(
                {
                    "id": row.id,
                    "name": row.name,
                    "owner": row.owner,
                    "note": row.note,
                    "deadline": row.deadline.isoformat(),
                    "over": row.over,
                    "grid": grid.code,
                    "grid_name": grid.name,
                    "items": [_item(item, marks.get((item["id"], grid.grid_id))) for item in items],
                }
            )
    return {"campaigns": found}


def _item(item: dict[str, Any], mark: Any) -> dict[str, Any]:
    done = mark is not None and mark.done
    return {
        **item,
        "done": done,
        "done_at": mark.at.isoformat(timespec="seconds") if done else None,
        "note": mark.note if mark is not None else None,
    }


def take_mark(session: Session, given: Mark) -> tuple[dict[str, Any], bool]:
    """Store a mark, or find it stored already; return what holds now and whether the mark is new.

    A mark for a grid that is no more goes to its successor.

    Raises
    ------
    RightsError
        `no_right`, `not_own_grid`.
    NotFoundError
        `unknown_item`, `unknown_grid`.
    RefusedInputError
        `not_in_campaign`, `bad_time`, `bad_text`.
    ConflictError
        `id_taken`; `closed_campaign`, `withdrawn_item` for what was written after that.
    """
    actor = actor_of(session)
    actor.require(Right.REPORT)
    if given.note is not None and len(given.note) > MAX_NOTE:
        raise RefusedInputError("bad_text", f"a note has at most {MAX_NOTE} characters")
    if (known := _stored(session, given)) is not None:
        return known, False
    grid = _grid_today(session, given.grid)
    posted = grid in session.execute(text("SELECT own_grids()")).scalar_one()
    # Before the line is looked up: who may not tick there is not told whether it exists.
    if not posted and not actor.may(Right.HANDLE):
        raise _not_own()
    item = session.execute(
        text("SELECT campaign_id, withdrawn_at FROM campaign_item WHERE id = :item"),
        {"item": given.item},
    ).one_or_none()
    if item is None:
        raise NotFoundError("unknown_item", "there is no such item, or not for this account")
    row = find_campaign(session, int(item.campaign_id))
    found = next((item for item in grids_of(session, row) if item.grid_id == grid), None)
    if found is None:
        raise RefusedInputError("not_in_campaign", _left_out(session, row, given.grid))
    if not posted and not reaches(actor, found.community_id):
        raise _not_own()
    now: datetime = session.execute(text("SELECT now()")).scalar_one()
    clock = correct(given.at, given.phone_now, now)
    _require_before(clock.at, row.closed_at, "closed_campaign", "this campaign was closed")
    _require_before(
        clock.at, item.withdrawn_at, "withdrawn_item", "this line was taken off the list"
    )
    stored = session.execute(
        text(
            "INSERT INTO campaign_mark (id, item_id, grid_id, marked_grid, division_id, done, note, content_hash, "
            "account_id, actor, at, clock_error_s) VALUES (:id, :item, :grid, :code, :division, :done, :note, "
            ":hash, :account, :actor, :at, :error) ON CONFLICT (id) DO NOTHING RETURNING id"
        ),
        {
            "id": given.id,
            "item": given.item,
            "grid": grid,
            "code": given.grid,
            "division": found.community_id,
            "done": given.done,
            "note": given.note,
            "hash": given.content_hash(),
            "account": actor.account,
            "actor": actor.name,
            "at": clock.at,
            "error": clock.error_s,
        },
    ).scalar_one_or_none()
    if stored is None:
        known = _stored(session, given)
        if known is None:
            raise _taken()
        return known, False
    return _holds(session, given.id, given.item, grid, found.code), True


def _left_out(session: Session, row: Any, grid: str) -> str:
    """Say that a campaign is not for a grid, and when its area was last changed: it may have been for it before."""
    changed = session.execute(
        text(
            "SELECT max(at) FROM campaign_change WHERE campaign_id = :id AND jsonb_exists(changes, 'places')"
        ),
        {"id": row.id},
    ).scalar_one()
    said = f"the campaign {row.name!r} is not for the grid {grid}"
    if changed is None:
        return said
    return f"{said}; its area was changed at {changed.isoformat(timespec='minutes')}"


def _require_before(at: datetime, end: datetime | None, code: str, what: str) -> None:
    if end is not None and at > end:
        raise ConflictError(
            code, f"{what} at {end.isoformat(timespec='minutes')}, this was written later"
        )


def _grid_today(session: Session, code: str) -> int:
    number = session.execute(
        text(
            "SELECT grid_id FROM grid_version WHERE code = :code AND valid_from <= current_date "
            "ORDER BY valid_from DESC LIMIT 1"
        ),
        {"code": code},
    ).scalar_one_or_none()
    if number is None:
        raise NotFoundError("unknown_grid", f"there is no grid {code!r}")
    return successors(session, [int(number)])[int(number)]


def _stored(session: Session, given: Mark) -> dict[str, Any] | None:
    row = session.execute(
        text(
            "SELECT m.content_hash, m.account_id, m.item_id, m.grid_id, (SELECT v.code FROM grid_version v "
            "WHERE v.grid_id = m.grid_id ORDER BY v.valid_from DESC LIMIT 1) AS code "
            "FROM campaign_mark m WHERE m.id = :id"
        ),
        {"id": given.id},
    ).one_or_none()
    if row is None:
        return None
    if (row.content_hash, row.account_id) != (given.content_hash(), actor_of(session).account):
        raise _taken()
    return _holds(session, given.id, row.item_id, row.grid_id, row.code)


def _holds(session: Session, mark: UUID, item: int, grid: int, code: str) -> dict[str, Any]:
    """Return what holds of an item in a grid, after this mark or a later one."""
    latest = latest_marks(session, [item], [grid]).get((item, grid))
    return {
        "id": str(mark),
        "item": item,
        "grid": code,
        "done": latest is not None and latest.done,
        "done_at": latest.at.isoformat(timespec="seconds") if latest and latest.done else None,
        "note": latest.note if latest else None,
    }


def _not_own() -> RightsError:
    return RightsError("not_own_grid", "no post in that grid is held today")


def _taken() -> ConflictError:
    return ConflictError("id_taken", "this id belongs to another mark; nothing was stored")
