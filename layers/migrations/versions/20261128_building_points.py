"""Where a building with a scanned code stands, for a grid worker who may read nothing else of it."""

from __future__ import annotations

from alembic import op

revision = "20261128_building_points"
down_revision = "20261128_postings"
branch_labels = None
depends_on = None

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"
DEFINERS = ("place_of_building(text)",)


def upgrade() -> None:
    # The code hangs at the door of the house: its place is no secret to whoever can scan it. Only the
    # own county answers, so that nobody tries out the codes of a whole province.
    op.execute(
        f"""
        CREATE FUNCTION place_of_building(wanted text)
        RETURNS TABLE (lon double precision, lat double precision) LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT ST_X(b.geom), ST_Y(b.geom) FROM building b
            JOIN division_version d ON d.division_id = b.division_id AND current_date >= d.valid_from
              AND (d.valid_to IS NULL OR current_date < d.valid_to)
            WHERE b.code = wanted AND scope_role() = 'grid_worker' AND (scope_everywhere() OR left(d.code, 6) IN (
                SELECT left(o.code, 6) FROM division_version o WHERE o.division_id = ANY (scope_area())))
        $$
        """
    )
    for function in DEFINERS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO wangge_server")


def downgrade() -> None:
    op.execute("DROP FUNCTION place_of_building(text)")
