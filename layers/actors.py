"""Turning an account into an actor: its role and its area as they are now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError
from layers.areas import BELOW
from layers.db import Database
from layers.rights import NOBODY, Actor, RightsError

GIVEN = "SELECT division_id FROM account_division WHERE account_id = a.id"
ACTOR = (
    "a.id AS account_id, a.name, a.role, a.everywhere, a.disabled, "
    f"ARRAY({GIVEN} ORDER BY 1) AS roots, "
    f"CASE WHEN NOT a.everywhere THEN ARRAY({BELOW.format(roots=GIVEN)}) END AS area"
)
"""Columns of an account `a` that say who acts for it: role, divisions given, and all below them as they are today."""


def load_actor(session: Session, account: int, address: str | None = None) -> Actor:
    """Return who acts for an account today.

    Raises
    ------
    RightsError
        `account_disabled`, also for an account that does not exist.
    """
    row = session.execute(
        text(f"SELECT {ACTOR} FROM account a WHERE a.id = :id"), {"id": account}
    ).one_or_none()
    if row is None or row.disabled:
        raise RightsError("account_disabled", "this account is disabled")
    return actor_of_row(row, address)


def actor_of_row(row: Any, address: str | None) -> Actor:
    """Return who acts by a row that has the columns of `ACTOR`."""
    if row.everywhere:
        return Actor(row.name, row.role, row.account_id, area=None, roots=None, address=address)
    area = frozenset(row.area)
    return Actor(row.name, row.role, row.account_id, area, tuple(row.roots), address)


def given_divisions(session: Session, account: int) -> list[int]:
    """Return the divisions an account was given, without those below them."""
    statement = "SELECT division_id FROM account_division WHERE account_id = :id ORDER BY 1"
    return list(session.execute(text(statement), {"id": account}).scalars())


def load_named_actor(database: Database, name: str) -> Actor:
    """Return who acts for an account by its name, at the command line.

    Raises
    ------
    NotFoundError
        `unknown_account`.
    RightsError
        `account_disabled`.
    """
    with database.acting(NOBODY).session() as session:
        number = session.execute(
            text("SELECT id FROM account WHERE name = :name"), {"name": name.strip().lower()}
        ).scalar_one_or_none()
        if number is None:
            raise NotFoundError("unknown_account", f"there is no account {name!r}")
        return load_actor(session, number)
