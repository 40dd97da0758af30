"""Plans of the sample county for tests: a community, drawn by the automatic division."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import Database
from layers.usecases.plans.dividing import divide_community
from layers.usecases.plans.documents import create_plan, plan_document
from layers.usecases.plans.edits import Change, apply_edit
from layers.usecases.plans.steps import take_step

COMMUNITY = "990101001001"
OTHER = "990101001002"
TOWNSHIP = "990101001"


def divided(store: Database, code: str = COMMUNITY, **options: Any) -> int:
    """Return the number of a draft with the parts the automatic division found."""
    return int(divide_community(store, code, **options)["plan"])


def empty(store: Database, code: str = COMMUNITY, name: str = "draft") -> int:
    """Return the number of an empty draft."""
    with store.session() as session:
        return create_plan(session, code, name)


def document(store: Database, plan: int) -> dict[str, Any]:
    """Return a plan."""
    with store.session() as session:
        return plan_document(session, plan)


def edit(
    store: Database, plan: int, revision: int, label: str = "paint", **change: Any
) -> dict[str, Any]:
    """Make one edit."""
    with store.session() as session:
        return apply_edit(session, plan, revision, Change(label, **change))


def cells_of(document: dict[str, Any], part: int) -> list[int]:
    """Return the cells of a part."""
    pairs = zip(document["assignment"]["cell"], document["assignment"]["part"], strict=True)
    return [cell for cell, no in pairs if no == part]


def all_cells(store: Database, code: str = COMMUNITY) -> list[int]:
    """Return every cell of a community as they are cut now."""
    with store.session() as session:
        return list(
            session.execute(
                text(
                    "SELECT c.id FROM cell c JOIN cell_set s ON s.id = c.set_id AND s.superseded_at IS NULL "
                    "JOIN division_version v ON v.division_id = c.division_id AND v.code = :code "
                    "AND v.valid_to IS NULL WHERE c.cut_at IS NULL ORDER BY c.id"
                ),
                {"code": code},
            ).scalars()
        )


def give_leads(store: Database, plan: int) -> None:
    """Propose a lead for every part."""
    parts = document(store, plan)["grids"]
    edit(
        store, plan, document(store, plan)["revision"], "lead",
        grids=[{"no": part["no"], "lead": {"name": f"岗位 {part['no']}"}} for part in parts],
    )  # fmt: skip


def approve(store: Database, plan: int) -> None:
    """Take a plan through its review."""
    with store.session() as session:
        take_step(session, plan, "review")
        take_step(session, plan, "approved", number="青民〔2026〕1号")


def today(session: Session) -> date:
    """Return the store's day."""
    found: date = session.execute(text("SELECT current_date")).scalar_one()
    return found


def in_days(store: Database, days: int) -> date:
    """Return a day from the store's own."""
    with store.session() as session:
        return today(session) + timedelta(days=days)


def age(store: Database, days: int = 30) -> None:
    """Let everything that was published have happened some days earlier."""
    with store.session() as session:
        for table in ("grid_version", "posting"):
            for which in ("NOT NULL", "NULL"):  # the old versions first: they must not overlap
                session.execute(
                    text(
                        f"UPDATE {table} SET valid_from = valid_from - {days}, valid_to = valid_to - {days} "
                        f"WHERE valid_to IS {which}"
                    )
                )
        session.execute(text(f"UPDATE grid_lineage SET effective_on = effective_on - {days}"))
        session.execute(
            text(
                f"UPDATE plan SET effective_on = effective_on - {days}, withdrawn_on = withdrawn_on - {days}"
            )
        )
