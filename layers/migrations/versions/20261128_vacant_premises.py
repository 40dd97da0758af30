"""Rooms that stand empty and could become a station: a status of their own."""

from __future__ import annotations

from alembic import op

revision = "20261128_vacant_premises"
down_revision = "20261128_rule_sets"
branch_labels = None
depends_on = None

NAME = "ck_station_status"


def upgrade() -> None:
    _allow("'open', 'planned', 'closed', 'vacant'")


def downgrade() -> None:
    # What an older version does not know stays, as rooms nobody uses.
    op.execute("UPDATE station SET status = 'closed' WHERE status = 'vacant'")
    _allow("'open', 'planned', 'closed'")


def _allow(states: str) -> None:
    op.drop_constraint(op.f(NAME), "station", type_="check")
    op.create_check_constraint(op.f(NAME), "station", f"status IN ({states})")
