"""What-ifs that are kept, by the area they are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_scenarios"
down_revision = "20261128_office_areas"
branch_labels = None
depends_on = None

COMPUTERS = "'local', 'planner', 'reviewer', 'analyst'"
IN_AREA = (
    f"(SELECT scope_role()) IN ({COMPUTERS}) AND ((SELECT scope_everywhere()) "
    "OR scenario.division_id = ANY ((SELECT scope_area())::integer[]))"
)


def upgrade() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'adopted', 'dropped')", name=op.f("ck_scenario_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON scenario TO wangge_server")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    op.execute("ALTER TABLE scenario ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY select_in_area ON scenario FOR SELECT TO wangge_server USING ({IN_AREA})"
    )
    op.execute(
        f"CREATE POLICY insert_in_area ON scenario FOR INSERT TO wangge_server WITH CHECK ({IN_AREA})"
    )
    op.execute(
        f"CREATE POLICY update_in_area ON scenario FOR UPDATE TO wangge_server USING ({IN_AREA}) WITH CHECK ({IN_AREA})"
    )


def downgrade() -> None:
    op.drop_table("scenario")
