"""The way of a plan: consultation, notice with objections, review, approval, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.audit import record
from layers.db import actor_of
from layers.rights import Right
from layers.usecases.plans.documents import NEXT, REVIEWS
from layers.usecases.plans.rows import find_plan

PLANNED_STEPS = ("consultation", "notice", "review", "draft", "withdrawn")
REVIEW_STEPS = ("approved", "returned")
MAX_TEXT = 4000


def take_step(
    session: Session,
    plan_id: int,
    to: str,
    *,
    on_date: date | None = None,
    number: str | None = None,
    note: str | None = None,
    notice_from: date | None = None,
    notice_to: date | None = None,
) -> None:
    """Move a plan to its next state and keep the step.

    Raises
    ------
    ConflictError
        `bad_step` where the state does not allow it, `notice_open` while objections may still come,
        `open_objections` while one has no answer.
    RefusedInputError
        `bad_notice` for a notice without two dates in order, `no_number` for an approval without one.
    RightsError
        `no_right`.
    """
    plan = find_plan(session, plan_id, lock=True)
    actor = actor_of(session)
    approving = to in REVIEW_STEPS
    actor.require(Right.REVIEW if approving else Right.PLAN)
    known = REVIEWS if approving else NEXT
    if to not in known.get(plan.shown_state, ()):
        raise ConflictError("bad_step", f"a plan goes not from {plan.shown_state} to {to}")
    if to == "notice" and not (notice_from and notice_to and notice_from <= notice_to):
        raise RefusedInputError("bad_notice", "a notice needs its first and last day, in order")
    if to == "approved" and not (number or "").strip():
        raise RefusedInputError("no_number", "an approval has a document number")
    if plan.state == "notice" and to == "review":
        _require_closed(session, plan)
    state = "draft" if to == "returned" else to
    today = session.execute(text("SELECT current_date")).scalar_one()
    columns: dict[str, Any] = {"state": state, "updated_by": actor.name}
    if to == "notice":
        columns |= {"notice_from": notice_from, "notice_to": notice_to}
    if to == "approved":
        columns |= {"approval_number": number, "approved_on": on_date or today}
    if to == "withdrawn":
        columns |= {"withdrawn_on": today}
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    session.execute(
        text(f"UPDATE plan SET {settings}, updated_at = now() WHERE id = :plan"),
        {"plan": plan_id, **columns},
    )
    keep_step(
        session, plan, to,
        on_date=on_date, number=number, note=note, notice_from=notice_from, notice_to=notice_to,
    )  # fmt: skip
    record(session, "plan.step", str(plan_id), before={"state": plan.state}, after={"state": to})


def _require_closed(session: Session, plan: Any) -> None:
    """The notice must have run its days, and every objection has its answer."""
    still = session.execute(
        text("SELECT current_date <= :last"), {"last": plan.notice_to}
    ).scalar_one()
    if still:
        raise ConflictError("notice_open", f"objections may come until {plan.notice_to}")
    unanswered = session.execute(
        text(
            "SELECT count(*) FROM plan_paper WHERE plan_id = :plan AND kind = 'objection' "
            "AND coalesce(answer, '') = ''"
        ),
        {"plan": plan.id},
    ).scalar_one()
    if unanswered:
        raise ConflictError("open_objections", f"{unanswered} objections have no answer yet")


def keep_step(session: Session, plan: Any, state: str, **more: Any) -> None:
    """Write one step of a plan's way."""
    row = {"on_date": None, "number": None, "note": None, "notice_from": None, "notice_to": None}
    session.execute(
        text(
            "INSERT INTO plan_step (plan_id, state, actor, on_date, number, note, notice_from, notice_to, revision) "
            "VALUES (:plan, :state, :actor, :on_date, :number, :note, :notice_from, :notice_to, :revision)"
        ),
        {
            **row,
            **more,
            "plan": plan.id,
            "state": state,
            "actor": actor_of(session).name,
            "revision": plan.revision,
        },
    )


def add_paper(session: Session, plan_id: int, kind: str, fields: dict[str, Any]) -> None:
    """Keep a document, or an objection with its text, beside a plan."""
    plan = find_plan(session, plan_id, lock=True)
    if kind == "objection" and not (fields.get("text") or "").strip():
        raise RefusedInputError("no_text", "an objection has a text")
    if any(len(fields.get(name) or "") > MAX_TEXT for name in ("title", "text", "answer")):
        raise RefusedInputError("bad_paper", f"a text is longer than {MAX_TEXT} characters")
    session.execute(
        text(
            "INSERT INTO plan_paper (plan_id, kind, number, title, on_date, text, answer) "
            "VALUES (:plan, :kind, :number, :title, :date, :text, :answer)"
        ),
        {"plan": plan.id, "kind": kind, **fields},
    )
    record(session, "plan.paper", str(plan_id), after={"kind": kind})


def answer_paper(session: Session, plan_id: int, paper: int, answer: str) -> None:
    """Answer an objection.

    Raises
    ------
    NotFoundError
        `unknown_paper`.
    """
    find_plan(session, plan_id, lock=True)
    found = session.execute(
        text(
            "UPDATE plan_paper SET answer = :answer WHERE id = :paper AND plan_id = :plan RETURNING id"
        ),
        {"answer": answer[:MAX_TEXT], "paper": paper, "plan": plan_id},
    ).one_or_none()
    if found is None:
        raise NotFoundError("unknown_paper", f"there is no paper {paper} of this plan")
    record(session, "plan.paper", str(plan_id), after={"answered": paper})
