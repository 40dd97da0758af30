"""What lies below a division is found by an index: the door looks at it at every request."""

from __future__ import annotations

from alembic import op

revision = "20261128_grid_cards"
down_revision = "20261128_posting_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_division_version_parent_id", "division_version", ["parent_id"])


def downgrade() -> None:
    op.drop_index("ix_division_version_parent_id", "division_version")
