"""Changing a campaign: its words, day, lines and places; closing it and opening it again. No mark is ever lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.audit import record
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Right, RightsError
from layers.usecases.campaigns.making import (
    MAX_NOTE,
    check_words,
    places_of,
    require_future,
    require_within,
)
from layers.usecases.campaigns.progress import (
    actor_may_edit,
    campaign_document,
    find_campaign,
    items_of,
    withdrawn_items,
)

Ending = Literal["done", "cancelled"]


@dataclass(frozen=True)
class Line:
    """A line as it is to be: of an item there is, or a new one."""

    text: str
    id: int | None = None


@dataclass(frozen=True)
class CampaignEdit:
    """What is to be changed; what is left out stays."""

    name: str | None = None
    owner: str | None = None
    note: str | None = None
    """Empty to remove it."""
    deadline: date | None = None
    items: Sequence[Line] | None = None
    """The whole list in its order; an item that is not in it is taken off, one that was taken off comes back."""
    divisions: Sequence[str] = ()
    grids: Sequence[str] = ()
    reason: str | None = None
    revision: int | None = None
    """What was seen when this was asked, to refuse what somebody else has changed meanwhile."""


def edit_campaign(session: Session, campaign: int, given: CampaignEdit) -> dict[str, Any]:
    """Change a campaign that is open and return its document.

    Raises
    ------
    NotFoundError
        `unknown_campaign`, `unknown_item`, `unknown_division`, `unknown_grid`.
    RightsError
        `no_right`, `outside_area`.
    ConflictError
        `campaign_changed`, `closed_campaign`.
    RefusedInputError
        `bad_campaign`, `past_deadline`.
    """
    row = _held(session, campaign, given.revision)
    if row.closed_at is not None:
        raise ConflictError("closed_campaign", "this campaign is closed; open it again first")
    changes = _words(session, row, given)
    if given.items is not None:
        changes |= _lines(session, row, given.items)
    if given.divisions or given.grids:
        changes |= _places(session, row, given)
    if changes:
        _keep(session, campaign, "edit", _reason(given.reason), changes)
    return campaign_document(session, campaign)


def close_campaign(
    session: Session,
    campaign: int,
    ending: Ending,
    reason: str | None = None,
    revision: int | None = None,
) -> dict[str, Any]:
    """Close a campaign, as done or as cancelled for a reason, and return its document.

    Raises
    ------
    NotFoundError, RightsError
        See `edit_campaign`.
    ConflictError
        `campaign_changed`, `closed_campaign`.
    RefusedInputError
        `note_needed`.
    """
    row = _held(session, campaign, revision)
    if row.closed_at is not None:
        raise ConflictError("closed_campaign", "this campaign is closed already")
    said = _reason(reason)
    if ending == "cancelled" and said is None:
        raise RefusedInputError("note_needed", "say why it is cancelled")
    session.execute(
        text(
            "UPDATE campaign SET closed_as = :ending, closed_at = now(), closed_by = :actor, "
            "closed_reason = :reason WHERE id = :id"
        ),
        {"ending": ending, "actor": actor_of(session).name, "reason": said, "id": campaign},
    )
    _keep(session, campaign, "close", said, {"closed": {"before": None, "after": ending}})
    return campaign_document(session, campaign)


def reopen_campaign(
    session: Session, campaign: int, reason: str | None, revision: int | None = None
) -> dict[str, Any]:
    """Open a closed campaign again, for a reason, and return its document.

    Raises
    ------
    NotFoundError, RightsError
        See `edit_campaign`.
    ConflictError
        `campaign_changed`, `open_campaign`.
    RefusedInputError
        `note_needed`.
    """
    row = _held(session, campaign, revision)
    if row.closed_at is None:
        raise ConflictError("open_campaign", "this campaign is not closed")
    said = _reason(reason)
    if said is None:
        raise RefusedInputError("note_needed", "say why it is opened again")
    session.execute(
        text(
            "UPDATE campaign SET closed_as = NULL, closed_at = NULL, closed_by = NULL, "
            "closed_reason = NULL WHERE id = :id"
        ),
        {"id": campaign},
    )
    changes = {"closed": {"before": row.closed_as, "after": None}}
    _keep(session, campaign, "reopen", said, changes)
    return campaign_document(session, campaign)


def _held(session: Session, campaign: int, revision: int | None) -> Any:
    """Return a campaign that the actor may change, locked until the end of the transaction."""
    actor_of(session).require(Right.HANDLE)
    if not actor_may_edit(session, find_campaign(session, campaign)):
        raise RightsError(
            "outside_area", "this campaign is for communities outside the area of this account too"
        )
    session.execute(text("SELECT id FROM campaign WHERE id = :id FOR UPDATE"), {"id": campaign})
    row = find_campaign(session, campaign)
    if revision is not None and row.revision != revision:
        raise ConflictError("campaign_changed", "somebody has changed this campaign meanwhile")
    return row


def _reason(given: str | None) -> str | None:
    said = (given or "").strip() or None
    if said is not None and len(said) > MAX_NOTE:
        raise RefusedInputError("bad_campaign", f"a reason has at most {MAX_NOTE} characters")
    return said


def _words(session: Session, row: Any, given: CampaignEdit) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "name": row.name if given.name is None else given.name.strip(),
        "owner": row.owner if given.owner is None else given.owner.strip(),
        "note": row.note if given.note is None else given.note.strip() or None,
        "deadline": given.deadline or row.deadline,
    }
    lines = [line.text.strip() for line in given.items] if given.items is not None else ["-"]
    if not all(lines):
        raise RefusedInputError("bad_campaign", "a line of the list is empty")
    check_words(wanted["name"], wanted["owner"], wanted["note"], lines)
    if wanted["deadline"] != row.deadline:
        require_future(session, wanted["deadline"])
    session.execute(
        text(
            "UPDATE campaign SET name = :name, owner = :owner, note = :note, deadline = :deadline "
            "WHERE id = :id"
        ),
        {**wanted, "id": row.id},
    )
    return {
        name: {"before": _plain(getattr(row, name)), "after": _plain(value)}
        for name, value in wanted.items()
        if getattr(row, name) != value
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _lines(session: Session, row: Any, wanted: Sequence[Line]) -> dict[str, Any]:
    """Bring the list into the order and words that are wanted; what is known by its id stays that item."""
    now = {item["id"]: item["text"] for item in items_of(session, row.id)}
    off = {item.id: item.text for item in withdrawn_items(session, row.id)}
    known = {**now, **off}
    named = [line.id for line in wanted if line.id is not None]
    if unknown := sorted(set(named) - set(known)):
        raise NotFoundError("unknown_item", f"this campaign has no item {unknown[0]}")
    if len(named) != len(set(named)):
        raise RefusedInputError("bad_campaign", "an item stands twice in the list")
    for place, line in enumerate(wanted, start=1):
        values = {"place": place, "text": line.text.strip(), "id": line.id, "campaign": row.id}
        if line.id is None:
            statement = "INSERT INTO campaign_item (campaign_id, position, text) VALUES (:campaign, :place, :text)"
        else:
            statement = "UPDATE campaign_item SET position = :place, text = :text, withdrawn_at = NULL WHERE id = :id"
        session.execute(text(statement), values)
    gone = [number for number in known if number not in set(named)]
    for place, number in enumerate(gone, start=len(wanted) + 1):
        session.execute(
            text(
                "UPDATE campaign_item SET position = :place, withdrawn_at = coalesce(withdrawn_at, now()) "
                "WHERE id = :id"
            ),
            {"place": place, "id": number},
        )
    changed = {
        "added": [line.text.strip() for line in wanted if line.id is None],
        "withdrawn": [now[number] for number in gone if number in now],
        "restored": [off[number] for number in named if number in off],
        "reworded": [
            {"before": known[line.id], "after": line.text.strip()}
            for line in wanted
            if line.id is not None and known[line.id] != line.text.strip()
        ],
        "moved": [number for number in named if number in now]
        != [number for number in now if number in named],
    }
    found = {name: value for name, value in changed.items() if value}
    return {"items": found} if found else {}


def _places(session: Session, row: Any, given: CampaignEdit) -> dict[str, Any]:
    communities, grids = places_of(session, given.divisions, given.grids)
    require_within(actor_of(session), communities)
    if (communities, grids) == (list(row.divisions), row.grids and list(row.grids)):
        return {}
    session.execute(
        text("UPDATE campaign SET divisions = :divisions, grids = :grids WHERE id = :id"),
        {"divisions": communities, "grids": grids, "id": row.id},
    )
    before = _codes(session, row.divisions, row.grids)
    return {"places": {"before": before, "after": _codes(session, communities, grids)}}


def _codes(
    session: Session, communities: Sequence[int], grids: Sequence[int] | None
) -> dict[str, list[str]]:
    """Return places by their codes today: the grids where only some are meant, else the communities."""
    kind, ids = ("grid", grids) if grids is not None else ("division", communities)
    found = session.execute(
        text(
            f"SELECT v.code FROM {kind}_version v WHERE v.{kind}_id = ANY(:ids) AND {effective('v')} "
            'ORDER BY v.code COLLATE "C"'
        ),
        {"ids": list(ids)},
    ).scalars()
    return {f"{kind}s": [str(code) for code in found]}


def _keep(
    session: Session, campaign: int, action: str, reason: str | None, changes: dict[str, Any]
) -> None:
    """Write a change into the history of the campaign and into the audit."""
    actor = actor_of(session)
    session.execute(
        text("UPDATE campaign SET revision = revision + 1 WHERE id = :id"), {"id": campaign}
    )
    session.execute(
        text(
            "INSERT INTO campaign_change (campaign_id, actor, account_id, action, reason, changes) "
            "VALUES (:id, :actor, :account, :action, :reason, CAST(:changes AS jsonb))"
        ),
        {
            "id": campaign,
            "actor": actor.name,
            "account": actor.account,
            "action": action,
            "reason": reason,
            "changes": json.dumps(changes, ensure_ascii=False),
        },
    )
    record(session, f"campaign.{action}", str(campaign), after={"reason": reason, **changes})
