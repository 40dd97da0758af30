"""How far a campaign is: items done of items there are, in every grid and in all, with both numbers.

Only lines that are on the list count; what was marked on one that was taken off it is shown beside it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError
from layers.areas import reaches
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Right

HEAD = """
    SELECT c.id, c.name, c.owner, c.note, c.deadline, c.divisions, c.grids, c.created_by, c.created_at,
        c.revision, c.closed_as, c.closed_at, c.closed_by, c.closed_reason,
        c.deadline < current_date AS over FROM campaign c
"""
GRIDS = f"""
    SELECT v.grid_id, v.code, v.name, g.community_id, d.code AS community, d.name AS community_name
    FROM grid g JOIN grid_version v ON v.grid_id = g.id AND {effective("v")}
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
    WHERE g.community_id = ANY(:divisions) AND (CAST(:grids AS integer[]) IS NULL OR g.id = ANY(:grids))
      AND NOT EXISTS (SELECT FROM grid_version k WHERE k.parent_id = g.id AND {effective("k")})
    ORDER BY v.code COLLATE "C"
"""
"""Today's grids of a campaign: the smallest ones, each piece of land once."""
LATEST = """
    SELECT DISTINCT ON (m.item_id, m.grid_id) m.item_id, m.grid_id, m.done, m.note, m.at
    FROM campaign_mark m WHERE m.item_id = ANY(:items) AND (CAST(:grids AS integer[]) IS NULL
        OR m.grid_id = ANY(:grids))
    ORDER BY m.item_id, m.grid_id, m.at DESC, m.received_at DESC, m.id
"""
SUCCESSORS = """
    WITH RECURSIVE next AS (
        SELECT g AS origin, g AS id, 0 AS step FROM unnest(CAST(:grids AS integer[])) g
        UNION ALL
        SELECT n.origin, l.to_grid, n.step + 1 FROM next n JOIN LATERAL (
            SELECT l.to_grid FROM grid_lineage l WHERE l.from_grid = n.id AND l.to_grid <> n.id
            AND l.effective_on <= current_date
            AND NOT EXISTS (SELECT FROM grid_version v WHERE v.grid_id = n.id AND v.valid_from <= current_date
                AND (v.valid_to IS NULL OR v.valid_to > current_date))
            ORDER BY l.effective_on DESC, l.households DESC NULLS LAST, l.to_grid LIMIT 1) l ON true
        WHERE n.step < 20
    )
    SELECT DISTINCT ON (origin) origin, id FROM next ORDER BY origin, step DESC
"""


def successors(session: Session, grids: list[int]) -> dict[int, int]:
    """Return grid -> the grid that continues it today, itself while it is in force."""
    rows = session.execute(text(SUCCESSORS), {"grids": grids})
    return {int(row.origin): int(row.id) for row in rows}


def find_campaign(session: Session, campaign: int) -> Any:
    """Return the row of a campaign one may see.

    Raises
    ------
    NotFoundError
        `unknown_campaign`.
    """
    row = session.execute(text(f"{HEAD} WHERE c.id = :id"), {"id": campaign}).one_or_none()
    if row is None:
        raise NotFoundError(
            "unknown_campaign", "there is no such campaign, or not for this account"
        )
    return row


def items_of(session: Session, campaign: int) -> list[dict[str, Any]]:
    """Return the items on the list of a campaign, in order."""
    rows = session.execute(
        text(
            "SELECT id, text FROM campaign_item WHERE campaign_id = :id AND withdrawn_at IS NULL "
            "ORDER BY position"
        ),
        {"id": campaign},
    ).mappings()
    return [dict(row) for row in rows]


def withdrawn_items(session: Session, campaign: int) -> list[Any]:
    """Return the items that were taken off the list: id, text, withdrawn_at."""
    return list(
        session.execute(
            text(
                "SELECT id, text, withdrawn_at FROM campaign_item WHERE campaign_id = :id "
                "AND withdrawn_at IS NOT NULL ORDER BY position"
            ),
            {"id": campaign},
        ).all()
    )


def grids_of(session: Session, row: Any) -> list[Any]:
    """Return today's grids of a campaign; those that are no more count as their successors."""
    wanted = row.grids
    if wanted is not None:
        wanted = sorted(set(successors(session, list(wanted)).values()))
    return list(
        session.execute(text(GRIDS), {"divisions": list(row.divisions), "grids": wanted}).all()
    )


def latest_marks(
    session: Session, items: list[int], grids: list[int] | None = None
) -> dict[tuple[int, int], Any]:
    """Return (item, grid) -> the mark that holds: the latest by its own time."""
    rows = session.execute(text(LATEST), {"items": items, "grids": grids})
    return {(row.item_id, row.grid_id): row for row in rows}


def list_campaigns(session: Session) -> dict[str, Any]:
    """Return the campaigns one may see, open ones first, the latest deadline first, each with its figures."""
    order = "ORDER BY c.closed_at IS NOT NULL, c.deadline DESC, c.id DESC LIMIT 200"
    rows = session.execute(text(f"{HEAD} {order}")).all()
    return {"campaigns": [_summary(session, row)[0] for row in rows]}


def campaign_document(session: Session, campaign: int) -> dict[str, Any]:
    """Return a campaign with every grid: items done of all.

    Raises
    ------
    NotFoundError
        `unknown_campaign`.
    """
    row = find_campaign(session, campaign)
    head, grids, items, marks = _summary(session, row)
    shown = []
    for grid in grids:
        done = [item for item in items if _done(marks, item["id"], grid.grid_id)]
        notes = [
            {"item": item["id"], "note": mark.note, "done": mark.done}
            for item in items
            if (mark := marks.get((item["id"], grid.grid_id))) is not None and mark.note
        ]
        shown.append(
            {
                "code": grid.code,
                "name": grid.name,
                "community": {"code": grid.community, "name": grid.community_name},
                "done": len(done),
                "items": len(items),
                "share": round(len(done) / len(items), 4) if items else None,
                "done_items": [item["id"] for item in done],
                "notes": notes,
            }
        )
    per_item = [
        {**item, "done": sum(_done(marks, item["id"], grid.grid_id) for grid in grids), "grids": len(grids)}
        for item in items
    ]  # fmt: skip
    return {
        **head,
        "items_done": per_item,
        "grids": shown,
        "may_edit": actor_may_edit(session, row),
        **_beside(session, row, grids, marks),
        "history": _history(session, campaign),
    }


def actor_may_edit(session: Session, row: Any) -> bool:
    """Say whether an account changes a campaign: all its communities are in the area."""
    actor = actor_of(session)
    return actor.may(Right.HANDLE) and all(reaches(actor, number) for number in row.divisions)


def _beside(session: Session, row: Any, grids: list[Any], marks: Any) -> dict[str, Any]:
    """Return what was marked and does not count: on lines taken off, in grids left out, after the closing."""
    own = {grid.grid_id for grid in grids}
    off = withdrawn_items(session, row.id)
    there = latest_marks(session, [item.id for item in off])
    late = 0
    if row.closed_at is not None:
        late = session.execute(
            text(
                "SELECT count(*) FROM campaign_mark m JOIN campaign_item i ON i.id = m.item_id "
                "WHERE i.campaign_id = :id AND m.received_at > :closed"
            ),
            {"id": row.id, "closed": row.closed_at},
        ).scalar_one()
    return {
        "withdrawn_items": [
            {
                "id": item.id,
                "text": item.text,
                "withdrawn_at": item.withdrawn_at.isoformat(timespec="seconds"),
                "done": sum(bool(m.done) for (number, _), m in there.items() if number == item.id),
            }
            for item in off
        ],
        "marks_elsewhere": sum(bool(m.done) for (_, grid), m in marks.items() if grid not in own),
        "marks_after_closing": late,
    }


def _history(session: Session, campaign: int) -> list[dict[str, Any]]:
    rows = session.execute(
        text(
            "SELECT h.at, h.actor, h.action, h.reason, h.changes FROM campaign_change h "
            "WHERE h.campaign_id = :id ORDER BY h.id"
        ),
        {"id": campaign},
    ).mappings()
    return [{**row, "at": row["at"].isoformat(timespec="seconds")} for row in rows]


def _communities(session: Session, row: Any) -> list[dict[str, Any]]:
    found = session.execute(
        text(
            f"SELECT d.code, d.name FROM division_version d WHERE d.division_id = ANY(:ids) AND {effective('d')} "
            'ORDER BY d.code COLLATE "C"'
        ),
        {"ids": list(row.divisions)},
    ).mappings()
    return [dict(item) for item in found]


def _summary(session: Session, row: Any) -> tuple[dict[str, Any], list[Any], list[Any], Any]:
    grids, items = grids_of(session, row), items_of(session, row.id)
    marks = latest_marks(session, [item["id"] for item in items])
    done = {
        grid.grid_id: sum(_done(marks, item["id"], grid.grid_id) for item in items)
        for grid in grids
    }
    total = len(items) * len(grids)
    ticked = sum(done.values())
    head = {
        "id": row.id,
        "name": row.name,
        "owner": row.owner,
        "deadline": row.deadline.isoformat(),
        "over": row.over,
        "note": row.note,
        "revision": row.revision,
        "closed": row.closed_as
        and {
            "ending": row.closed_as,
            "at": row.closed_at.isoformat(timespec="seconds"),
            "by": row.closed_by,
            "reason": row.closed_reason,
        },
        "communities": _communities(session, row),
        "some_grids": row.grids is not None,
        "created_by": row.created_by,
        "created_at": row.created_at.isoformat(timespec="seconds"),
        "items": items,
        "grids_total": len(grids),
        "grids_done": sum(1 for n in done.values() if items and n == len(items)),
        "marks_done": ticked,
        "marks_total": total,
        "share": round(ticked / total, 4) if total else None,
    }
    return head, grids, items, marks


def _done(marks: dict[tuple[int, int], Any], item: int, grid: int) -> bool:
    mark = marks.get((item, grid))
    return mark is not None and bool(mark.done)
