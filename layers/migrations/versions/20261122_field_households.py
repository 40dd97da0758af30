"""Keep in a field the households it was computed with, so that old runs stay what they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_field_households"
down_revision = "20261122_first_slice"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Earlier fields do not know their households; asking again computes them anew.
    op.execute("DELETE FROM coverage_run")
    op.execute("DELETE FROM coverage_field")
    for basis in ("registered", "resident", "planned"):
        op.add_column("coverage_building", sa.Column(basis, sa.Integer(), nullable=False))


def downgrade() -> None:
    for basis in ("registered", "resident", "planned"):
        op.drop_column("coverage_building", basis)
