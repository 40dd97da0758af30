"""Making a campaign: its items, who answers for it, by when, in which communities or grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, RefusedInputError
from layers.areas import below, ids_of, reaches
from layers.audit import record
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Actor, Right, RightsError
from layers.usecases.campaigns.progress import campaign_document

MOST_ITEMS, MAX_ITEM, MAX_NAME, MAX_NOTE = 100, 300, 100, 1000


@dataclass(frozen=True)
class CampaignDraft:
    """A campaign as it is asked for: divisions (all grids below them), or grids by their codes."""

    name: str
    owner: str
    deadline: date
    items: Sequence[str]
    divisions: Sequence[str] = ()
    grids: Sequence[str] = ()
    note: str | None = None


def add_campaign(session: Session, given: CampaignDraft) -> dict[str, Any]:
    """Make a campaign and return its document.

    Raises
    ------
    RightsError
        `no_right`, `outside_area`.
    NotFoundError
        `unknown_division`, `unknown_grid`.
    RefusedInputError
        `bad_campaign`, `past_deadline`.
    """
    actor = actor_of(session)
    actor.require(Right.HANDLE)
    name, owner = given.name.strip(), given.owner.strip()
    note = (given.note or "").strip() or None
    # The same line twice would have to be ticked twice.
    items = list(dict.fromkeys(item.strip() for item in given.items if item.strip()))
    check_words(name, owner, note, items)
    require_future(session, given.deadline)
    communities, grids = places_of(session, given.divisions, given.grids)
    require_within(actor, communities)
    number = session.execute(
        text(
            "INSERT INTO campaign (name, owner, note, deadline, divisions, grids, created_by) "
            "VALUES (:name, :owner, :note, :deadline, :divisions, :grids, :actor) RETURNING id"
        ),
        {
            "name": name,
            "owner": owner,
            "note": note,
            "deadline": given.deadline,
            "divisions": communities,
            "grids": grids,
            "actor": actor.name,
        },
    ).scalar_one()
    for position, item in enumerate(items, start=1):
        session.execute(
            text(
                "INSERT INTO campaign_item (campaign_id, position, text) VALUES (:campaign, :position, :text)"
            ),
            {"campaign": number, "position": position, "text": item},
        )
    record(
        session,
        "campaign.add",
        str(number),
        after={"name": name, "deadline": given.deadline, "items": len(items)},
    )
    return campaign_document(session, int(number))


def check_words(name: str, owner: str, note: str | None, items: Sequence[str]) -> None:
    """Refuse (`bad_campaign`) what is empty or too long."""
    if not name or len(name) > MAX_NAME or not owner or len(owner) > MAX_NAME:
        raise RefusedInputError(
            "bad_campaign", f"a campaign has a name and an owner of at most {MAX_NAME} characters"
        )
    if not 1 <= len(items) <= MOST_ITEMS or any(len(item) > MAX_ITEM for item in items):
        raise RefusedInputError(
            "bad_campaign",
            f"a campaign has 1 to {MOST_ITEMS} items of at most {MAX_ITEM} characters",
        )
    if note is not None and len(note) > MAX_NOTE:
        raise RefusedInputError("bad_campaign", f"a note has at most {MAX_NOTE} characters")


def require_future(session: Session, deadline: date) -> None:
    """Refuse (`past_deadline`) a day before today."""
    if deadline < session.execute(text("SELECT current_date")).scalar_one():
        raise RefusedInputError("past_deadline", f"{deadline} is past")


def require_within(actor: Actor, communities: Sequence[int]) -> None:
    """Refuse (`outside_area`) communities that an account does not reach."""
    if any(not reaches(actor, number) for number in communities):
        raise RightsError("outside_area", "a community lies outside the area of this account")


def places_of(
    session: Session, divisions: Sequence[str], codes: Sequence[str]
) -> tuple[list[int], list[int] | None]:
    """Return the communities concerned, and the grids where only some are.

    Raises
    ------
    NotFoundError
        `unknown_division`, `unknown_grid`.
    RefusedInputError
        `bad_campaign` for both, for neither, or for divisions without a community.
    """
    if bool(divisions) == bool(codes):
        raise RefusedInputError("bad_campaign", "a campaign is for divisions, or for grids")
    if codes:
        rows = session.execute(
            text(
                # A larger grid stands for those nested in it: they are what is walked through.
                f"""
                WITH RECURSIVE down AS (
                    SELECT v.code, v.grid_id FROM grid_version v WHERE v.code = ANY(:codes) AND {effective("v")}
                    UNION
                    SELECT k.code, k.grid_id FROM grid_version k JOIN down ON k.parent_id = down.grid_id
                    WHERE {effective("k")}
                )
                SELECT d.code, d.grid_id, g.community_id FROM down d JOIN grid g ON g.id = d.grid_id
                WHERE g.community_id IS NOT NULL
                """
            ),
            {"codes": list(codes)},
        ).all()
        lacking = sorted(set(codes) - {row.code for row in rows})
        if lacking:
            raise NotFoundError("unknown_grid", f"there is no grid {', '.join(lacking)} today")
        return sorted({row.community_id for row in rows}), sorted({row.grid_id for row in rows})
    roots = ids_of(session, sorted(set(divisions)))
    found = session.execute(
        text(
            "SELECT d.id FROM division d WHERE d.level = 'community' AND d.id = ANY(:ids) ORDER BY 1"
        ),
        {"ids": sorted(below(session, list(roots.values())))},
    ).scalars()
    communities = [int(number) for number in found]
    if not communities:
        raise RefusedInputError("bad_campaign", "these divisions have no community")
    return communities, None
