"""Who was responsible for a grid on a day, and who before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError
from layers.areas import reaches
from layers.db import actor_of
from layers.features import look_at
from layers.registry import effective
from layers.rights import RightsError
from layers.usecases.postings.posts import PostBook

GRID = f"""
    SELECT v.grid_id, v.code, v.name, v.kind, v.level, {effective("v")} AS in_force, g.community_id,
           d.code AS community, d.name AS community_name, as_of_day() AS day
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
    WHERE v.code = :code ORDER BY in_force DESC, v.valid_from DESC LIMIT 1
"""
HISTORY = """
    SELECT p.id AS posting, p.worker_id AS worker, w.name, w.work_phone, p.post, p.valid_from, p.valid_to,
           p.substitute_for AS holder, hw.name AS substitute_for
    FROM posting p JOIN worker w ON w.id = p.worker_id
    LEFT JOIN posting h ON h.id = p.substitute_for LEFT JOIN worker hw ON hw.id = h.worker_id
    WHERE p.grid_id = :grid ORDER BY p.valid_from, p.id
"""


def who_answered(session: Session, grid: str, on: date | None = None) -> dict[str, Any]:
    """Return the holders of a grid's posts on a day, who stood in, who answered, and all postings ever.

    Raises
    ------
    NotFoundError
        `unknown_grid`.
    RightsError
        `outside_area`.
    """
    look_at(session, on)
    row = session.execute(text(GRID), {"code": grid}).one_or_none()
    if row is None:
        raise NotFoundError("unknown_grid", f"there is no grid {grid}")
    if not reaches(actor_of(session), row.community_id):
        raise RightsError("outside_area", f"outside the area of this account: {grid}")
    book = PostBook(session)
    history = [
        {**dict(item), "post": book.word(row.community_id, item["post"])}
        for item in session.execute(text(HISTORY), {"grid": row.grid_id}).mappings()
    ]
    held = [item for item in history if _holds(item, row.day)]
    holders = sorted(
        (item for item in held if item["holder"] is None),
        key=lambda item: (item["post"]["ordinal"], item["post"]["name"], item["name"]),
    )
    standing_in = {item["holder"]: item for item in held if item["holder"] is not None}
    answers = [standing_in.get(item["posting"], item) for item in holders]
    return {
        "grid": {
            "code": row.code,
            "name": row.name,
            "kind": row.kind,
            "level": row.level,
            "in_force": row.in_force,
            "community": row.community and {"code": row.community, "name": row.community_name},
        },
        "on": row.day,
        "holders": [
            {**item, "substitute": standing_in.get(item["posting"])} for item in holders
        ],
        "answers": answers,
        "responsible": any(item["post"]["responsible"] for item in answers),
        "history": history,
    }  # fmt: skip


def _holds(item: dict[str, Any], day: date) -> bool:
    return item["valid_from"] <= day and (item["valid_to"] is None or item["valid_to"] > day)
