"""Indexes to find who holds a post in a grid, and the grids nested in one, among a million grids."""

from __future__ import annotations

from alembic import op

revision = "20261128_posting_indexes"
down_revision = "20261128_vacant_premises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_posting_grid_id", "posting", ["grid_id"])
    op.create_index("ix_posting_worker_id", "posting", ["worker_id"])


def downgrade() -> None:
    op.drop_index("ix_posting_worker_id", "posting")
    op.drop_index("ix_posting_grid_id", "posting")
