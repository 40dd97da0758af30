"""Store a million rows of a field without looking up their field a million times."""

from __future__ import annotations

from alembic import op

revision = "20261122_field_rows_unchecked"
down_revision = "20261122_field_households"
branch_labels = None
depends_on = None

NAME = "fk_coverage_building_field_id"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "coverage_building", type_="foreignkey")


def downgrade() -> None:
    op.execute(
        "DELETE FROM coverage_building b WHERE NOT EXISTS "
        "(SELECT FROM coverage_field f WHERE f.id = b.field_id)"
    )
    op.create_foreign_key(
        op.f(NAME), "coverage_building", "coverage_field", ["field_id"], ["id"], ondelete="CASCADE"
    )
