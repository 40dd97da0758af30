"""Areas of other offices: police districts, managed estates, party branches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "20261128_office_areas"
down_revision = "20261124_plan_rights"
branch_labels = None
depends_on = None

ANYBODY = "(SELECT scope_role()) IS NOT NULL"
WRITE = "(SELECT writes_everywhere()) OR office_area.division_id = ANY ((SELECT writes_area())::integer[])"


def upgrade() -> None:
    op.create_geospatial_table(
        "office_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                geometry_type="MULTIPOLYGON",
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_area")),
        sa.UniqueConstraint("code", name=op.f("uq_office_area_code")),
    )
    op.create_geospatial_index(
        "idx_office_area_geom",
        "office_area",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON office_area TO wangge_server")
    op.execute("GRANT SELECT ON office_area TO wangge_compute")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    op.execute("ALTER TABLE office_area ENABLE ROW LEVEL SECURITY")
    for role in ("server", "compute"):
        op.execute(
            f"CREATE POLICY select_by_{role} ON office_area FOR SELECT TO wangge_{role} USING ({ANYBODY})"
        )
    op.execute(
        f"CREATE POLICY insert_by_server ON office_area FOR INSERT TO wangge_server WITH CHECK ({WRITE})"
    )
    op.execute(
        f"CREATE POLICY update_by_server ON office_area FOR UPDATE TO wangge_server USING ({WRITE}) WITH CHECK ({WRITE})"
    )
    op.execute(
        f"CREATE POLICY delete_by_server ON office_area FOR DELETE TO wangge_server USING ({WRITE})"
    )


def downgrade() -> None:
    op.drop_geospatial_index(
        "idx_office_area_geom",
        table_name="office_area",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("office_area")
