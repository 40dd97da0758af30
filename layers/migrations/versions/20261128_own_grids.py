"""Which worker an account is, and the grids that worker holds a post in today."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_own_grids"
down_revision = "20261128_posting_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("worker_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_account_worker_id"), "account", "worker", ["worker_id"], ["id"])
    op.create_unique_constraint(op.f("uq_account_worker_id"), "account", ["worker_id"])
    # Beyond row-level security: policies of postings may themselves ask for one's own grids.
    op.execute(
        """
        CREATE FUNCTION own_grids() RETURNS integer[]
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT coalesce(array_agg(DISTINCT p.grid_id ORDER BY p.grid_id), '{}'::integer[])
            FROM posting p
            WHERE p.worker_id = (SELECT a.worker_id FROM account a WHERE a.id = scope_account())
              AND current_date >= p.valid_from
              AND (p.valid_to IS NULL OR current_date < p.valid_to)
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION own_grids() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION own_grids() TO wangge_server")


def downgrade() -> None:
    op.execute("DROP FUNCTION own_grids()")
    op.drop_constraint(op.f("uq_account_worker_id"), "account", type_="unique")
    op.drop_constraint(op.f("fk_account_worker_id"), "account", type_="foreignkey")
    op.drop_column("account", "worker_id")
