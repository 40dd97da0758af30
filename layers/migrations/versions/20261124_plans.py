"""Cells, plans, and lineage of what they publish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "20261124_plans"
down_revision = "20261124_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cell_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("metric_crs", sa.String(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("cuts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["county_id"], ["division.id"], name=op.f("fk_cell_set_county_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_set")),
    )
    op.create_index(
        "uq_cell_set_county_current",
        "cell_set",
        ["county_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "division_lineage",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_division", sa.Integer(), nullable=False),
        sa.Column("to_division", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_division"], ["division.id"], name=op.f("fk_division_lineage_from_division")
        ),
        sa.ForeignKeyConstraint(
            ["to_division"], ["division.id"], name=op.f("fk_division_lineage_to_division")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_lineage")),
    )
    op.create_geospatial_table(
        "cell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("land_use", sa.String(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=True),
        sa.Column("villager_group_id", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("perimeter_m", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
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
            "land_use IN ('homes', 'water', 'green', 'other')", name=op.f("ck_cell_land_use")
        ),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_cell_division_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["cell.id"], name=op.f("fk_cell_parent_id")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["cell_set.id"], name=op.f("fk_cell_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell")),
    )
    op.create_geospatial_index(
        "idx_cell_geom", "cell", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_cell_set_id_division_id", "cell", ["set_id", "division_id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("part_level", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("base_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("branch_of", sa.Integer(), nullable=True),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_to", sa.Date(), nullable=True),
        sa.Column("approval_number", sa.String(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("publication", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("part_level IN ('grid', 'community')", name=op.f("ck_plan_part_level")),
        sa.CheckConstraint(
            "state IN ('draft', 'consultation', 'notice', 'review', 'approved', 'filed', 'withdrawn')",
            name=op.f("ck_plan_state"),
        ),
        sa.ForeignKeyConstraint(["branch_of"], ["plan.id"], name=op.f("fk_plan_branch_of")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_plan_division_id")),
        sa.ForeignKeyConstraint(["set_id"], ["cell_set.id"], name=op.f("fk_plan_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index("ix_plan_division_id", "plan", ["division_id"], unique=False)
    op.create_table(
        "cell_border",
        sa.Column("a", sa.Integer(), nullable=False),
        sa.Column("b", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("shared_m", sa.Double(), nullable=False),
        sa.Column("barrier", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["a"], ["cell.id"], name=op.f("fk_cell_border_a"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["b"], ["cell.id"], name=op.f("fk_cell_border_b"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["cell_set.id"], name=op.f("fk_cell_border_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_cell_border")),
    )
    op.create_index(op.f("ix_cell_border_b"), "cell_border", ["b"], unique=False)
    op.create_index(op.f("ix_cell_border_set_id"), "cell_border", ["set_id"], unique=False)
    op.create_table(
        "cell_building",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_cell_building_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["cell_id"], ["cell.id"], name=op.f("fk_cell_building_cell_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["cell_set.id"], name=op.f("fk_cell_building_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "building_id", name=op.f("pk_cell_building")),
    )
    op.create_index(op.f("ix_cell_building_cell_id"), "cell_building", ["cell_id"], unique=False)
    op.create_index(
        op.f("ix_cell_building_building_id"), "cell_building", ["building_id"], unique=False
    )
    op.create_table(
        "grid_lineage",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_grid", sa.Integer(), nullable=False),
        sa.Column("to_grid", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('continue', 'adjust', 'split', 'merge', 'recode')",
            name=op.f("ck_grid_lineage_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["from_grid"], ["grid.id"], name=op.f("fk_grid_lineage_from_grid"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_grid_lineage_plan_id")),
        sa.ForeignKeyConstraint(
            ["to_grid"], ["grid.id"], name=op.f("fk_grid_lineage_to_grid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_lineage")),
        sa.UniqueConstraint(
            "from_grid",
            "to_grid",
            "effective_on",
            name=op.f("uq_grid_lineage_from_grid_to_grid_effective_on"),
        ),
    )
    op.create_table(
        "plan_cell",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"], name=op.f("fk_plan_cell_cell_id")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_cell_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "cell_id", name=op.f("pk_plan_cell")),
    )
    op.create_index("ix_plan_cell_cell_id", "plan_cell", ["cell_id"], unique=False)
    op.create_table(
        "plan_edit",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column(
            "cells", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column(
            "grids", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("turn", sa.String(), server_default="do", nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("turn IN ('do', 'undo', 'redo')", name=op.f("ck_plan_edit_turn")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_edit_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "revision", name=op.f("pk_plan_edit")),
    )
    op.create_table(
        "plan_grid",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), server_default="general", nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("parent_no", sa.Integer(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("lead", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('general', 'dedicated')", name=op.f("ck_plan_grid_kind")),
        sa.CheckConstraint(
            "level IS NULL OR level IN ('large', 'medium', 'micro')",
            name=op.f("ck_plan_grid_level"),
        ),
        sa.CheckConstraint("parent_no IS DISTINCT FROM no", name=op.f("ck_plan_grid_parent")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_grid_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "no", name=op.f("pk_plan_grid")),
    )
    op.create_table(
        "plan_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('document', 'objection')", name=op.f("ck_plan_paper_kind")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_paper_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_paper")),
    )
    op.create_index(op.f("ix_plan_paper_plan_id"), "plan_paper", ["plan_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_to", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_step_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
    )
    op.create_index(op.f("ix_plan_step_plan_id"), "plan_step", ["plan_id"], unique=False)
    op.add_column("grid_version", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.add_column("grid_version", sa.Column("plan_id", sa.Integer(), nullable=True))
    op.add_column(
        "grid_version", sa.Column("buildings", postgresql.ARRAY(sa.Integer()), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_grid_version_parent_id"), "grid_version", "grid", ["parent_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_grid_version_plan_id"), "grid_version", "plan", ["plan_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_grid_version_plan_id"), "grid_version", type_="foreignkey")
    op.drop_constraint(op.f("fk_grid_version_parent_id"), "grid_version", type_="foreignkey")
    op.drop_column("grid_version", "buildings")
    op.drop_column("grid_version", "plan_id")
    op.drop_column("grid_version", "parent_id")
    op.drop_index(op.f("ix_plan_step_plan_id"), table_name="plan_step")
    op.drop_table("plan_step")
    op.drop_index(op.f("ix_plan_paper_plan_id"), table_name="plan_paper")
    op.drop_table("plan_paper")
    op.drop_table("plan_grid")
    op.drop_table("plan_edit")
    op.drop_index("ix_plan_cell_cell_id", table_name="plan_cell")
    op.drop_table("plan_cell")
    op.drop_table("grid_lineage")
    op.drop_index(op.f("ix_cell_building_building_id"), table_name="cell_building")
    op.drop_index(op.f("ix_cell_building_cell_id"), table_name="cell_building")
    op.drop_table("cell_building")
    op.drop_index(op.f("ix_cell_border_set_id"), table_name="cell_border")
    op.drop_index(op.f("ix_cell_border_b"), table_name="cell_border")
    op.drop_table("cell_border")
    op.drop_index("ix_plan_division_id", table_name="plan")
    op.drop_table("plan")
    op.drop_index("ix_cell_set_id_division_id", table_name="cell")
    op.drop_geospatial_index(
        "idx_cell_geom", table_name="cell", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("cell")
    op.drop_table("division_lineage")
    op.drop_index(
        "uq_cell_set_county_current",
        table_name="cell_set",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("cell_set")
