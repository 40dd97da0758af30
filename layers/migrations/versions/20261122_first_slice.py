"""First slice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "20261122_first_slice"
down_revision = None
branch_labels = None
depends_on = None


INPUTS = (
    "address",
    "barrier",
    "building",
    "division",
    "division_version",
    "estate",
    "gate",
    "grid",
    "grid_version",
    "household_count",
    "land_cover",
    "network",
    "posting",
    "search_entry",
    "station",
    "street_edge",
    "villager_group",
    "worker",
    "layer_revision",
    "store",
)
RESULTS = ("coverage_field", "coverage_building", "coverage_run", "job")


def grant() -> None:
    """Give each role its part: the owner migrates, the server works, compute reads, reader sees views."""
    op.execute("CREATE SCHEMA published")
    for role in ("server", "compute"):
        op.execute(f"GRANT USAGE ON SCHEMA public TO wangge_{role}")
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_{role}")
    for table in (*INPUTS, *RESULTS):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wangge_server")
    for table in INPUTS:
        op.execute(f"GRANT SELECT ON {table} TO wangge_compute")
    for table in RESULTS:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO wangge_compute")
    op.execute("GRANT SELECT ON alembic_version TO wangge_server, wangge_compute")
    op.execute("GRANT USAGE ON SCHEMA published TO wangge_reader, wangge_server")
    op.execute(
        """
        CREATE VIEW published.grids AS
        SELECT v.code, v.name, v.kind, v.level, d.code AS community, v.valid_from, v.geom
        FROM public.grid_version v
        JOIN public.grid g ON g.id = v.grid_id
        LEFT JOIN public.division_version d ON d.division_id = g.community_id
          AND current_date >= d.valid_from AND (d.valid_to IS NULL OR current_date < d.valid_to)
        WHERE current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
        """
    )
    op.execute(
        """
        CREATE VIEW published.divisions AS
        SELECT v.code, v.name, d.level, v.kind, v.valid_from, v.geom
        FROM public.division_version v JOIN public.division d ON d.id = v.division_id
        WHERE current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
        """
    )
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA published TO wangge_reader, wangge_server")
    op.execute("INSERT INTO store DEFAULT VALUES")


def upgrade() -> None:
    op.create_geospatial_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_geospatial_index(
        "idx_address_geom",
        "address",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), server_default="other", nullable=False),
        sa.Column("floors", sa.Integer(), nullable=True),
        sa.Column("estate", sa.String(), nullable=True),
        sa.Column("building_no", sa.String(), nullable=True),
        sa.Column("villager_group", sa.String(), nullable=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "footprint",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("code", name=op.f("uq_building_code")),
    )
    op.create_geospatial_index(
        "idx_building_footprint",
        "building",
        ["footprint"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_building_geom",
        "building",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_building_estate_building_no", "building", ["estate", "building_no"], unique=False
    )
    op.create_table(
        "coverage_field",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("buildings", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_field")),
    )
    op.create_table(
        "division",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.CheckConstraint(
            "level IN ('province', 'city', 'county', 'township', 'community')",
            name=op.f("ck_division_level"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
    )
    op.create_geospatial_table(
        "estate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column("gated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estate")),
        sa.UniqueConstraint("code", name=op.f("uq_estate_code")),
    )
    op.create_geospatial_index(
        "idx_estate_geom",
        "estate",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), server_default="queued", nullable=False),
        sa.Column("percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("step", sa.String(), server_default="", nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "heartbeat_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_table(
        "layer_revision",
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("layer", name=op.f("pk_layer_revision")),
    )
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("metric_crs", sa.String(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("edges", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
    )
    op.create_index(
        "uq_network_name_current",
        "network",
        ["name"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_geospatial_table(
        "search_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("pinyin", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
    )
    op.create_geospatial_index(
        "idx_search_entry_geom",
        "search_entry",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_search_entry_code",
        "search_entry",
        ["code"],
        unique=False,
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.create_index(
        "ix_search_entry_initials",
        "search_entry",
        ["initials"],
        unique=False,
        postgresql_ops={"initials": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_search_entry_layer"), "search_entry", ["layer"], unique=False)
    op.create_index(
        "ix_search_entry_name_trgm",
        "search_entry",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_geospatial_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="open", nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("premises_area_m2", sa.Double(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("rooms", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('open', 'planned', 'closed')", name=op.f("ck_station_status")
        ),
        sa.CheckConstraint("coalesce(capacity, 0) >= 0", name=op.f("ck_station_capacity")),
        sa.CheckConstraint("coalesce(premises_area_m2, 0) >= 0", name=op.f("ck_station_premises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("code", name=op.f("uq_station_code")),
    )
    op.create_geospatial_index(
        "idx_station_geom",
        "station",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_station_category"), "station", ["category"], unique=False)
    op.create_table(
        "store",
        sa.Column("single", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_store_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_store")),
    )
    op.create_geospatial_table(
        "villager_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_villager_group")),
        sa.UniqueConstraint("code", name=op.f("uq_villager_group_code")),
    )
    op.create_geospatial_index(
        "idx_villager_group_geom",
        "villager_group",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("work_phone", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_geospatial_table(
        "barrier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("barrier_class", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_barrier_network_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier")),
    )
    op.create_geospatial_index(
        "idx_barrier_geom",
        "barrier",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "coverage_building",
        sa.Column("field_id", sa.String(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("walk_mm", sa.BigInteger(), nullable=True),
        sa.Column("straight_mm", sa.BigInteger(), nullable=True),
        sa.Column("access_mm", sa.Integer(), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("no_network", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["coverage_field.id"],
            name=op.f("fk_coverage_building_field_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("field_id", "building_id", name=op.f("pk_coverage_building")),
    )
    op.create_table(
        "coverage_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("field_id", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["coverage_field.id"], name=op.f("fk_coverage_run_field_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_run")),
    )
    op.create_geospatial_table(
        "division_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("metric_crs", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("division_id"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="division_id_one_version_a_day",
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_division_version_dates")
        ),
        sa.ForeignKeyConstraint(
            ["division_id"], ["division.id"], name=op.f("fk_division_version_division_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["division.id"], name=op.f("fk_division_version_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_version")),
    )
    op.create_geospatial_index(
        "idx_division_version_geom",
        "division_version",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_division_version_code", "division_version", ["code"], unique=False)
    op.create_index(
        "uq_division_version_code_open",
        "division_version",
        ["code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_geospatial_table(
        "gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=True),
        sa.Column("node", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), server_default="gate", nullable=False),
        sa.Column("open", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_gate_network_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
    )
    op.create_geospatial_index(
        "idx_gate_geom", "gate", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_grid_community_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
    )
    op.create_table(
        "household_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), server_default="", nullable=False),
        sa.Column("registered", sa.Integer(), nullable=True),
        sa.Column("resident", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("vacant", sa.Integer(), nullable=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.CheckConstraint(
            "coalesce(registered, 0) >= 0 AND coalesce(resident, 0) >= 0 AND coalesce(planned, 0) >= 0 AND coalesce(vacant, 0) >= 0",
            name=op.f("ck_household_count_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_household_count_building_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_count")),
    )
    op.create_index(
        "uq_household_count_building_day_source",
        "household_count",
        ["building_id", "counted_on", "source"],
        unique=True,
        postgresql_where=sa.text("building_id IS NOT NULL"),
    )
    op.create_geospatial_table(
        "land_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("cover_class", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["network.id"],
            name=op.f("fk_land_cover_network_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_land_cover")),
    )
    op.create_geospatial_index(
        "idx_land_cover_geom",
        "land_cover",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "street_edge",
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("from_node", sa.Integer(), nullable=False),
        sa.Column("to_node", sa.Integer(), nullable=False),
        sa.Column("street_class", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(), server_default="both", nullable=False),
        sa.Column("private", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("bridge", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tunnel", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source_ref", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "direction IN ('both', 'forward', 'backward')", name=op.f("ck_street_edge_direction")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["network.id"],
            name=op.f("fk_street_edge_network_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("network_id", "no", name=op.f("pk_street_edge")),
    )
    op.create_geospatial_index(
        "idx_street_edge_geom",
        "street_edge",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "grid_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), server_default="general", nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="grid_id_one_version_a_day",
        ),
        sa.CheckConstraint("kind IN ('general', 'dedicated')", name=op.f("ck_grid_version_kind")),
        sa.CheckConstraint(
            "level IS NULL OR level IN ('large', 'medium', 'micro')",
            name=op.f("ck_grid_version_level"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_version_dates")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_grid_version_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_version")),
    )
    op.create_geospatial_index(
        "idx_grid_version_geom",
        "grid_version",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_grid_version_code", "grid_version", ["code"], unique=False)
    op.create_index(
        "uq_grid_version_code_open",
        "grid_version",
        ["code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_posting_dates")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_posting_grid_id")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_posting_worker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    grant()


def downgrade() -> None:
    op.execute("DROP SCHEMA published CASCADE")
    op.drop_table("posting")
    op.drop_index(
        "uq_grid_version_code_open",
        table_name="grid_version",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_index("ix_grid_version_code", table_name="grid_version")
    op.drop_geospatial_index(
        "idx_grid_version_geom",
        table_name="grid_version",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("grid_version")
    op.drop_geospatial_index(
        "idx_street_edge_geom",
        table_name="street_edge",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("street_edge")
    op.drop_geospatial_index(
        "idx_land_cover_geom", table_name="land_cover", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("land_cover")
    op.drop_index(
        "uq_household_count_building_day_source",
        table_name="household_count",
        postgresql_where=sa.text("building_id IS NOT NULL"),
    )
    op.drop_table("household_count")
    op.drop_table("grid")
    op.drop_geospatial_index(
        "idx_gate_geom", table_name="gate", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("gate")
    op.drop_index(
        "uq_division_version_code_open",
        table_name="division_version",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_index("ix_division_version_code", table_name="division_version")
    op.drop_geospatial_index(
        "idx_division_version_geom",
        table_name="division_version",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("division_version")
    op.drop_table("coverage_run")
    op.drop_table("coverage_building")
    op.drop_geospatial_index(
        "idx_barrier_geom", table_name="barrier", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("barrier")
    op.drop_table("worker")
    op.drop_geospatial_index(
        "idx_villager_group_geom",
        table_name="villager_group",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("villager_group")
    op.drop_table("store")
    op.drop_index(op.f("ix_station_category"), table_name="station")
    op.drop_geospatial_index(
        "idx_station_geom", table_name="station", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("station")
    op.drop_index(
        "ix_search_entry_name_trgm",
        table_name="search_entry",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_search_entry_layer"), table_name="search_entry")
    op.drop_index(
        "ix_search_entry_initials",
        table_name="search_entry",
        postgresql_ops={"initials": "text_pattern_ops"},
    )
    op.drop_index(
        "ix_search_entry_code",
        table_name="search_entry",
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.drop_geospatial_index(
        "idx_search_entry_geom",
        table_name="search_entry",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("search_entry")
    op.drop_index(
        "uq_network_name_current",
        table_name="network",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("network")
    op.drop_table("layer_revision")
    op.drop_table("job")
    op.drop_geospatial_index(
        "idx_estate_geom", table_name="estate", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("estate")
    op.drop_table("division")
    op.drop_table("coverage_field")
    op.drop_index("ix_building_estate_building_no", table_name="building")
    op.drop_geospatial_index(
        "idx_building_geom", table_name="building", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_index(
        "idx_building_footprint",
        table_name="building",
        postgresql_using="gist",
        column_name="footprint",
    )
    op.drop_geospatial_table("building")
    op.drop_geospatial_index(
        "idx_address_geom", table_name="address", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("address")
