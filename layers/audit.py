"""Writing the audit: one row for each change, sign-in and export, in the transaction that did it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import Database, actor_of
from layers.rights import Actor, RightsError

ACTIONS = (
    "session.login",
    "session.logout",
    "session.refused",
    "session.locked",
    "session.demo",
    "session.idle",
    "password.change",
    "password.link",
    "second_factor.add",
    "second_factor.remove",
    "token.add",
    "token.revoke",
    "device.link",
    "device.enter",
    "device.leave",
    "device.revoke",
    "account.add",
    "account.change",
    "account.disable",
    "account.enable",
    "account.reset",
    "import",
    "export.layer",
    "export.run",
    "export.report",
    "export.card",
    "export.codes",
    "export.audit",
    "coverage.run",
    "scenario.keep",
    "scenario.decide",
    "cells.make",
    "plan.add",
    "plan.cut",
    "plan.step",
    "plan.paper",
    "plan.publish",
    "plan.take_back",
    "plan.rebase",
    "plan.import",
    "posting.assign",
    "posting.end",
    "posting.hand_over",
    "posting.substitute",
    "worker.add",
    "worker.change",
    "post.change",
    "rules.add",
    "households.check",
    "households.decide",
    "event.report",
    "event.step",
    "event.move",
    "event.merge",
    "event.rules",
    "export.events",
    "campaign.add",
    "campaign.edit",
    "campaign.close",
    "campaign.reopen",
    "job.cancel",
    "audit.prune",
    "store.sample",
    "tls.init",
    "right.refused",
)
"""Everything that is recorded; the page has a word for each."""


def record(
    session: Session,
    action: str,
    object_: str | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: str = "done",
    divisions: Sequence[int] | None = None,
) -> None:
    """Write one act of the session's actor; the database gives number and time.

    Parameters
    ----------
    before, after
        What changed, without passwords and secrets.
    divisions
        Whose auditors see it, where nobody is signed in yet; else those of the actor.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action} is not in the list of actions")
    actor = actor_of(session)
    session.execute(
        text(
            "INSERT INTO audit (actor, account_id, role, address, action, object, outcome, before, after, divisions) "
            "VALUES (:actor, :account, :role, :address, :action, :object, :outcome, CAST(:before AS jsonb), "
            "CAST(:after AS jsonb), :divisions)"
        ),
        {
            "actor": actor.name,
            "account": actor.account,
            "role": None if actor.account is None and actor.role != "local" else actor.role,
            "address": actor.address,
            "action": action,
            "object": object_,
            "outcome": outcome,
            "before": _json(before),
            "after": _json(after),
            "divisions": divisions or _divisions(actor),
        },
    )


def note_refusal(database: Database, asked: str, error: RightsError) -> None:
    """Write, in a transaction of its own, that the actor was refused something."""
    with database.session() as session:
        after = {"code": error.code, "reason": error.message}
        record(session, "right.refused", asked, after=after, outcome="refused")


def _divisions(actor: Actor) -> list[int] | None:
    return None if actor.roots is None or actor.account is None else list(actor.roots)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
