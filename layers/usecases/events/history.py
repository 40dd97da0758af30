"""The history of an event: a step is added, never changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import actor_of
from layers.usecases.events.flow import ACTIONS


def keep_step(
    session: Session,
    event: UUID,
    action: str,
    *,
    to_state: str,
    to_level: str,
    from_state: str | None = None,
    from_level: str | None = None,
    from_grid: str | None = None,
    to_grid: str | None = None,
    note: str | None = None,
    details: dict[str, Any] | None = None,
    client_id: UUID | None = None,
    photos: int = 0,
) -> None:
    """Write one step of the session's actor."""
    if action not in ACTIONS:
        raise ValueError(f"{action} is no step of an event")
    actor = actor_of(session)
    session.execute(
        text(
            "INSERT INTO event_step (event_id, client_id, actor, account_id, action, from_state, to_state, from_level, "
            "to_level, from_grid, to_grid, note, photos, details) VALUES (:event, :client, :actor, :account, :action, "
            ":from_state, :to_state, :from_level, :to_level, :from_grid, :to_grid, :note, :photos, "
            "CAST(:details AS jsonb))"
        ),
        {
            "event": event,
            "client": client_id,
            "actor": actor.name,
            "account": actor.account,
            "action": action,
            "from_state": from_state,
            "to_state": to_state,
            "from_level": from_level,
            "to_level": to_level,
            "from_grid": from_grid,
            "to_grid": to_grid,
            "note": note,
            "photos": photos,
            "details": None if details is None else json.dumps(details, ensure_ascii=False),
        },
    )
