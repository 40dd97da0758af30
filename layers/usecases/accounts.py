"""Accounts as the security administrator keeps them: added, changed, disabled, reset, never deleted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError, RefusedInputError
from layers.actors import given_divisions
from layers.areas import ids_of, reaches
from layers.audit import record
from layers.db import Database, actor_of
from layers.models import ROLES
from layers.rights import NOBODY, RightsError, local_administrator
from layers.usecases.sessions import digest

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
LINK_HOURS = 72
MAX_DISPLAY_NAME = 60
FIRST_NAME = "security"
DEMO_ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("demo-planner", "planner", "990101"),
    ("demo-township", "planner", "990101001"),
    ("demo-reviewer", "reviewer", "990101"),
    ("demo-analyst", "analyst", "990101"),
    ("demo-grid-worker", "grid_worker", "990101001003"),
    ("demo-system", "system_administrator", "990101"),
    ("demo-security", "security_administrator", "990101"),
    ("demo-audit", "auditor", "990101"),
)
"""Name, role and area of the accounts of the sample county; they exist beside no real data."""
SELECT = """
    SELECT a.id, a.name, a.display_name, a.role, a.everywhere, a.disabled, a.demo, a.created_at,
           a.last_login_at, account_proof(a.id) AS proof, account_worker(a.id) AS worker,
           (SELECT count(*) FROM device p WHERE p.account_id = a.id AND p.expires_at > now()) AS devices,
           EXISTS (SELECT FROM sign_in_attempt s WHERE s.name = a.name AND s.locked_until > now()) AS locked,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object('code', v.code, 'name', v.name, 'level', v.level)
                                ORDER BY v.code COLLATE "C")
               FROM (
                   SELECT DISTINCT ON (t.division_id) t.code, t.name, d.level
                   FROM account_division ad JOIN division_version t ON t.division_id = ad.division_id
                   JOIN division d ON d.id = t.division_id
                   WHERE ad.account_id = a.id ORDER BY t.division_id, t.valid_from DESC
               ) v), '[]') AS divisions
    FROM account a
"""


@dataclass(frozen=True)
class AccountDraft:
    """What the security administrator says of an account; None leaves a thing as it is."""

    display_name: str | None = None
    role: str | None = None
    divisions: Sequence[str] | None = None
    """Codes."""
    everywhere: bool | None = None
    disabled: bool | None = None
    worker: int | None = None
    """Whose grids a grid worker's account is about: somebody in post in the area; 0 takes the person away."""


def list_accounts(
    database: Database, query: str = "", limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """Return the accounts of one's area by name, and how many there are in all."""
    escaped = re.sub(r"([\\%_])", r"\\\1", query.strip())
    where = "WHERE a.name ILIKE :part OR a.display_name ILIKE :part"
    parameters = {"part": f"%{escaped}%"}
    with database.session() as session:
        total = session.execute(
            text(f"SELECT count(*) FROM account a {where}"), parameters
        ).scalar_one()
        rows = session.execute(
            text(f"{SELECT} {where} ORDER BY a.name LIMIT :limit OFFSET :offset"),
            {**parameters, "limit": limit, "offset": offset},
        ).mappings()
        return {"accounts": [_document(dict(row)) for row in rows], "total": int(total)}


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    state = "active"
    if row["disabled"]:
        state = "disabled"
    elif row["locked"]:
        state = "locked"
    elif not row["proof"] and not row["demo"] and not row["devices"]:
        state = "invited"
    names = (
        "name",
        "display_name",
        "role",
        "everywhere",
        "divisions",
        "demo",
        "created_at",
        "last_login_at",
        "worker",
        "devices",
    )
    return {
        **{name: row[name] for name in names},
        "state": state,
        "second_factor": row["proof"] == "second_factor",
    }


def get_account(session: Session, name: str) -> dict[str, Any]:
    """Return one account, or raise `unknown_account` (also for one outside one's area)."""
    return _document(_row(session, name))


def _row(session: Session, name: str) -> Any:
    row = session.execute(text(f"{SELECT} WHERE a.name = :name"), {"name": name.strip().lower()})
    found = row.mappings().one_or_none()
    if found is None:
        raise NotFoundError("unknown_account", f"there is no account {name!r} in your area")
    return dict(found)


def add_account(
    database: Database, name: str, draft: AccountDraft
) -> tuple[dict[str, Any], str, Any]:
    """Add an account and return it, the secret of its one-time link, and when that expires.

    Raises
    ------
    RefusedInputError
        `bad_account`, every fault by its field.
    ConflictError
        `name_taken`.
    RightsError
        `outside_area` for an area that is not within one's own.
    """
    name = name.strip().lower()
    with database.session() as session:
        divisions = _checked(session, name, draft, new=True)
        try:
            with session.begin_nested():
                session.execute(
                    text(
                        "INSERT INTO account (name, display_name, role, everywhere) "
                        "VALUES (:name, :display_name, :role, :everywhere)"
                    ),
                    {
                        "name": name,
                        "display_name": draft.display_name,
                        "role": draft.role,
                        "everywhere": bool(draft.everywhere),
                    },
                )
        except IntegrityError as error:
            raise ConflictError("name_taken", f"the name {name} is taken") from error
        number = _row(session, name)["id"]
        _give_divisions(session, number, divisions)
        if draft.worker:
            session.execute(
                text("UPDATE account SET worker_id = :worker WHERE id = :id"),
                {"worker": draft.worker, "id": number},
            )
        document = get_account(session, name)
        record(session, "account.add", name, after=_noted(document), divisions=divisions)
        return document, *_new_link(session, number)


def change_account(database: Database, name: str, draft: AccountDraft) -> dict[str, Any]:
    """Change an account and return it; what it may do changes with its next request.

    Raises
    ------
    ConflictError
        `own_account`: nobody changes their own role, area or state; `last_administrator`.
    """
    with database.session() as session:
        before = _row(session, name)
        _require_other(session, before)
        if draft.divisions and draft.everywhere is None:
            draft = replace(draft, everywhere=False)  # some divisions are not everywhere
        divisions = _checked(session, before["name"], draft, new=False)
        if draft.disabled or (draft.role and draft.role != before["role"]):
            _require_another_administrator(session, before)
        changes: dict[str, Any] = {
            column: value
            for column, value in (
                ("display_name", draft.display_name),
                ("role", draft.role),
                ("everywhere", draft.everywhere),
                ("disabled", draft.disabled),
            )
            if value is not None
        }
        _give_divisions(session, before["id"], [] if draft.everywhere else divisions)
        if draft.worker is not None:
            changes["worker_id"] = draft.worker or None
        if changes:
            sets = ", ".join(f"{column} = :{column}" for column in changes)
            session.execute(
                text(f"UPDATE account SET {sets} WHERE id = :id"), {**changes, "id": before["id"]}
            )
        if draft.disabled:
            session.execute(text("SELECT end_sessions(:id)"), {"id": before["id"]})
        after = get_account(session, before["name"])
        if not after["everywhere"] and not after["divisions"]:
            reason = "at least one division, or everywhere"
            raise RefusedInputError(
                "bad_account", reason, [Fault(field="divisions", reason=reason)]
            )
        action = "account.change"
        if draft.disabled is not None and draft.disabled != before["disabled"]:
            action = "account.disable" if draft.disabled else "account.enable"
        record(
            session,
            action,
            before["name"],
            before=_noted(_document(before)),
            after=_noted(after),
            divisions=given_divisions(session, before["id"]),
        )
        return after


def reset_account(database: Database, name: str) -> tuple[dict[str, Any], str, Any]:
    """Take away password, second factor, sessions and tokens; return the account and a new link."""
    with database.session() as session:
        row = _row(session, name)
        if row["demo"]:
            raise ConflictError("demo_account", "accounts of the sample county have no password")
        _require_other(session, row)
        session.execute(text("SELECT reset_account(:id)"), {"id": row["id"]})
        record(session, "account.reset", row["name"], divisions=given_divisions(session, row["id"]))
        return get_account(session, row["name"]), *_new_link(session, row["id"])


def _checked(session: Session, name: str, draft: AccountDraft, *, new: bool) -> list[int] | None:
    """Return the division ids of a draft, or refuse it with every fault by its field."""
    faults = []
    if draft.worker:
        faults.extend(_worker_faults(session, name, draft.worker))
    if not NAME.fullmatch(name):
        reason = "2 to 40 small letters, digits, dot, hyphen, underscore; a letter or digit first"
        faults.append(Fault(field="name", reason=reason))
    if draft.role is None if new else False:
        faults.append(Fault(field="role", reason="a role is needed"))
    if draft.role is not None and draft.role not in ROLES:
        faults.append(Fault(field="role", reason=f"one of {', '.join(ROLES)}"))
    if draft.display_name is not None and (
        len(draft.display_name) > MAX_DISPLAY_NAME or not draft.display_name.isprintable()
    ):
        faults.append(Fault(field="display_name", reason=f"at most {MAX_DISPLAY_NAME} characters"))
    if draft.everywhere and draft.divisions:
        faults.append(Fault(field="divisions", reason="either everywhere or some divisions"))
    if new and not draft.everywhere and not draft.divisions:
        faults.append(Fault(field="divisions", reason="at least one division, or everywhere"))
    ids: list[int] | None = None
    if draft.divisions is not None:
        try:
            ids = (
                sorted(ids_of(session, sorted(set(draft.divisions))).values())
                if draft.divisions
                else []
            )
        except NotFoundError as error:
            faults.append(Fault(field="divisions", reason=error.message))
    if faults:
        said = "; ".join(f"{fault.field}: {fault.reason}" for fault in faults)
        raise RefusedInputError("bad_account", said, faults)
    actor = actor_of(session)
    beyond = draft.everywhere and actor.area is not None
    if beyond or any(not reaches(actor, number) for number in ids or ()):
        raise RightsError("outside_area", "an account gets no area beyond that of who gives it")
    return ids


def _worker_faults(session: Session, name: str, worker: int) -> list[Fault]:
    row = session.execute(
        text("SELECT account FROM workers_to_enrol('') WHERE id = :id"), {"id": worker}
    ).one_or_none()
    if row is None:
        return [Fault(field="worker", reason="nobody in post in your area has this number")]
    if row.account not in (None, name):
        return [Fault(field="worker", reason=f"this person has the account {row.account}")]
    return []


def _require_other(session: Session, row: Mapping[str, Any]) -> None:
    if row["id"] == actor_of(session).account:
        raise ConflictError(
            "own_account", "nobody changes their own role, area or state; ask another administrator"
        )


def _require_another_administrator(session: Session, row: Mapping[str, Any]) -> None:
    """Keep at least one account that can let others in."""
    if row["role"] != "security_administrator" or row["demo"]:
        return
    others = session.execute(
        text(
            "SELECT count(*) FROM account WHERE role = 'security_administrator' AND NOT disabled "
            "AND NOT demo AND id <> :id AND everywhere >= :everywhere AND account_proof(id) IS NOT NULL"
        ),
        {"id": row["id"], "everywhere": row["everywhere"]},
    ).scalar_one()
    if others == 0:
        raise ConflictError(
            "last_administrator", "this is the last security administrator; make another first"
        )


def _give_divisions(session: Session, account: int, divisions: Sequence[int] | None) -> None:
    if divisions is None:
        return
    session.execute(text("DELETE FROM account_division WHERE account_id = :id"), {"id": account})
    for division in divisions:
        session.execute(
            text("INSERT INTO account_division (account_id, division_id) VALUES (:id, :division)"),
            {"id": account, "division": division},
        )


def _new_link(session: Session, account: int) -> tuple[str, Any]:
    """Return a fresh one-time link's secret and its end; earlier ones are void."""
    secret = secrets.token_urlsafe(32)
    expires: Any = session.execute(
        text("SELECT new_link(:hash, :id, :hours)"),
        {"hash": digest(secret), "id": account, "hours": LINK_HOURS},
    ).scalar_one()
    return secret, expires


def _noted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit keeps of an account."""
    return {
        "display_name": document["display_name"],
        "role": document["role"],
        "area": "everywhere"
        if document["everywhere"]
        else [d["code"] for d in document["divisions"]],
        "state": document["state"],
        "worker": document["worker"] and document["worker"]["name"],
    }


def first_administrator(database: Database) -> str | None:
    """Return the secret of a one-time link while nobody can let others in, else None.

    The first start makes the account; until its link is used every start gives a new one and voids
    the one before. An account that ever had a password is never touched.
    """
    with database.acting(NOBODY).session() as session:
        rows = session.execute(
            text(
                "SELECT a.name, c.password_hash IS NOT NULL AS usable FROM account a "
                "LEFT JOIN credential c ON c.account_id = a.id "
                "WHERE a.role = 'security_administrator' AND a.everywhere AND NOT a.disabled "
                "AND NOT a.demo ORDER BY a.id"
            )
        ).all()
        if any(row.usable for row in rows):
            return None
        names = set(session.execute(text("SELECT name FROM account")).scalars())
    local = database.acting(local_administrator())
    if rows:
        return reset_account(local, rows[0].name)[1]
    fresh = (f"{FIRST_NAME}-{number}" if number > 1 else FIRST_NAME for number in count(1))
    draft = AccountDraft(role="security_administrator", everywhere=True)
    return add_account(local, next(name for name in fresh if name not in names), draft)[1]


def add_demo_accounts(database: Database) -> None:
    """Make the accounts of the sample county where it is loaded; they have no password."""
    with database.session() as session:
        if not session.execute(text("SELECT sample FROM store")).scalar_one():
            return
        known = set(session.execute(text("SELECT name FROM account WHERE demo")).scalars())
        for name, role, code in DEMO_ACCOUNTS:
            if name in known:
                continue
            number = session.execute(
                text(
                    "INSERT INTO account (name, role, demo) VALUES (:name, :role, true) RETURNING id"
                ),
                {"name": name, "role": role},
            ).scalar_one()
            _give_divisions(session, number, list(ids_of(session, [code]).values()))
        session.execute(
            text(
                "UPDATE account SET worker_id = (SELECT p.worker_id FROM posting p "
                "JOIN grid_version v ON v.grid_id = p.grid_id AND v.valid_to IS NULL "
                "WHERE v.code LIKE :community || '%' AND p.valid_to IS NULL "
                "ORDER BY p.post LIKE '%网格员' DESC, v.code, p.worker_id LIMIT 1) "
                "WHERE name = 'demo-grid-worker' AND demo AND worker_id IS NULL"
            ),
            {"community": next(code for _, role, code in DEMO_ACCOUNTS if role == "grid_worker")},
        )


def demo_accounts(database: Database) -> list[dict[str, Any]]:
    """Return the accounts that demo mode offers at the door."""
    with database.acting(NOBODY).session() as session:
        rows = session.execute(
            text(
                "SELECT a.name, a.role, string_agg(v.name, '、' ORDER BY v.code) AS area FROM account a "
                "JOIN account_division d ON d.account_id = a.id JOIN division_version v "
                "ON v.division_id = d.division_id AND v.valid_to IS NULL "
                "WHERE a.demo AND NOT a.disabled GROUP BY a.id, a.name, a.role ORDER BY a.id"
            )
        ).mappings()
        return [dict(row) for row in rows]


__all__ = [
    "AccountDraft",
    "add_account",
    "add_demo_accounts",
    "change_account",
    "demo_accounts",
    "first_administrator",
    "get_account",
    "list_accounts",
    "reset_account",
]
