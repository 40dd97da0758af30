"""Grids nested in one's own are one's own: the smallest one answers, whoever of the larger one stands there."""

from __future__ import annotations

from alembic import op

revision = "20261129_nested_own_grids"
down_revision = "20261129_answering_roles"
branch_labels = None
depends_on = None

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"
# UNION: grids that name each other as parents end the walk too.
NESTED = """
    CREATE FUNCTION nested_grids(roots integer[]) RETURNS integer[] LANGUAGE sql STABLE AS $$
        WITH RECURSIVE below AS (
            SELECT unnest(roots) AS id
            UNION
            SELECT v.grid_id FROM grid_version v JOIN below b ON v.parent_id = b.id
            WHERE current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
        )
        SELECT coalesce(array_agg(id ORDER BY id), '{}'::integer[]) FROM below
    $$
"""
HELD = """
    SELECT coalesce(array_agg(DISTINCT p.grid_id ORDER BY p.grid_id), '{}'::integer[])
    FROM posting p
    WHERE p.worker_id = (SELECT a.worker_id FROM account a WHERE a.id = scope_account())
      AND current_date >= p.valid_from
      AND (p.valid_to IS NULL OR current_date < p.valid_to)
"""


def _own_grids(body: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION own_grids() RETURNS integer[] "
        f"LANGUAGE sql STABLE {DEFINER} AS $$ {body} $$"
    )


def _own_buildings(found: str, own: str) -> None:
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION own_buildings() RETURNS integer[] LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT CASE WHEN scope_role() = 'grid_worker' THEN coalesce((
                SELECT array_agg({found}) FROM grid_version v
                JOIN building b ON b.geom && v.geom AND ST_Intersects(v.geom, b.geom)
                WHERE v.grid_id = ANY ({own}) AND current_date >= v.valid_from
                  AND (v.valid_to IS NULL OR current_date < v.valid_to)), '{{}}') ELSE '{{}}' END
        $$
        """
    )


def upgrade() -> None:
    op.create_index(op.f("ix_grid_version_parent_id"), "grid_version", ["parent_id"])
    op.execute(NESTED)
    op.execute(
        f"CREATE FUNCTION posted_grids() RETURNS integer[] LANGUAGE sql STABLE {DEFINER} AS $$ {HELD} $$"
    )
    for function in ("nested_grids(integer[])", "posted_grids()"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO wangge_server")
    _own_grids("SELECT nested_grids(posted_grids())")
    # Asked once, not for every grid; a building of a nested grid is one of the larger one as well.
    _own_buildings("DISTINCT b.id", "(SELECT own_grids())::integer[]")


def downgrade() -> None:
    _own_buildings("b.id", "own_grids()")
    _own_grids(HELD)
    op.execute("DROP FUNCTION posted_grids()")
    op.execute("DROP FUNCTION nested_grids(integer[])")
    op.drop_index(op.f("ix_grid_version_parent_id"), "grid_version")
