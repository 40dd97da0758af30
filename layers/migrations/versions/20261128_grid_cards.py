"""Assets and organisations of grids; an index for what lies below a division, asked at every request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "20261128_grid_cards"
down_revision = "20261128_events"
branch_labels = None
depends_on = None

READ = "(SELECT reads_everywhere()) OR {table}.division_id = ANY ((SELECT reads_area())::integer[])"
WRITE = (
    "(SELECT writes_everywhere()) OR {table}.division_id = ANY ((SELECT writes_area())::integer[])"
)
OWN = (
    "EXISTS (SELECT FROM grid_version v WHERE v.grid_id = ANY ((SELECT own_grids())::integer[]) "
    "AND current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to) "
    "AND ST_Intersects(v.geom, {table}.geom))"
)
"""What a grid worker sees of them: those of the own grids, as of buildings."""
TABLES = ("asset", "organisation")


def _own(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    if table == "organisation":
        return (
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("work_phone", sa.String(), nullable=True),
        )
    return (
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_order', 'damaged', 'missing', 'disused')", name=op.f("ck_asset_state")
        ),
    )


def upgrade() -> None:
    op.create_index("ix_division_version_parent_id", "division_version", ["parent_id"])
    for table in TABLES:
        op.create_geospatial_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("code", sa.String(), nullable=False),
            sa.Column("category", sa.String(), nullable=False),
            sa.Column("dataset", sa.String(), nullable=False),
            sa.Column(
                "geom",
                Geometry(
                    srid=4326,
                    geometry_type="POINT",
                    dimension=2,
                    spatial_index=False,
                    from_text="ST_GeomFromEWKT",
                    name="geometry",
                    nullable=False,
                ),
                nullable=False,
            ),
            sa.Column("division_id", sa.Integer(), nullable=True),
            *_own(table),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("code", name=op.f(f"uq_{table}_code")),
        )
        op.create_geospatial_index(
            f"idx_{table}_geom",
            table,
            ["geom"],
            unique=False,
            postgresql_using="gist",
            postgresql_ops={},
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wangge_server")
        op.execute(f"GRANT SELECT ON {table} TO wangge_compute")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        read, write = READ.format(table=table), WRITE.format(table=table)
        op.execute(
            f"CREATE POLICY select_in_area ON {table} FOR SELECT TO wangge_server, wangge_compute USING ({read})"
        )
        op.execute(
            f"CREATE POLICY select_own_grids ON {table} FOR SELECT TO wangge_server USING ({OWN.format(table=table)})"
        )
        for command, clause in (
            ("insert", f"WITH CHECK ({write})"),
            ("update", f"USING ({write}) WITH CHECK ({write})"),
            ("delete", f"USING ({write})"),
        ):
            op.execute(
                f"CREATE POLICY {command}_by_server ON {table} FOR {command} TO wangge_server {clause}"
            )
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")


def downgrade() -> None:
    for table in TABLES:
        op.drop_geospatial_index(
            f"idx_{table}_geom", table_name=table, postgresql_using="gist", column_name="geom"
        )
        op.drop_geospatial_table(table)
    op.drop_index("ix_division_version_parent_id", "division_version")
