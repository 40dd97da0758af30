"""Accounts, sessions, audit and exports; the division everything lies in, for rights by area."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_accounts"
down_revision = "20261122_field_rows_unchecked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Earlier runs do not know what they are about; asking again computes them anew.
    op.execute("DELETE FROM job")
    op.execute("DELETE FROM coverage_run")
    op.execute("DELETE FROM coverage_field")
    op.execute("TRUNCATE coverage_building")
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("everywhere", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_address", sa.String(), nullable=True),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{1,39}$'", name=op.f("ck_account_name")),
        sa.CheckConstraint(
            "role IN ('planner', 'reviewer', 'analyst', 'grid_worker', 'system_administrator', 'security_administrator', 'auditor')",
            name=op.f("ck_account_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), server_default="done", nullable=False),
        sa.Column(
            "before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("divisions", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name=op.f("ck_audit_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_action_at", "audit", ["action", "at"], unique=False)
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "audit_forward",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sent_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_audit_forward_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_audit_forward")),
    )
    op.create_table(
        "audit_sent",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_sent")),
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("divisions", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_attempt")),
    )
    op.create_table(
        "account_division",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_division_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["division_id"], ["division.id"], name=op.f("fk_account_division_division_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "division_id", name=op.f("pk_account_division")),
    )
    op.create_table(
        "credential",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "former_hashes", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False
        ),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_pending", sa.String(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_credential_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "link",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_link_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_account_id"), "link", ["account_id"], unique=False)
    op.create_table(
        "login_session",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("previous_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous_login_address", sa.String(), nullable=True),
        sa.Column("failed_since", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_login_session_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_login_session")),
    )
    op.create_index(
        op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_token_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.add_column("address", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("building", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("coverage_building", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column(
        "coverage_run", sa.Column("divisions", postgresql.ARRAY(sa.Integer()), nullable=True)
    )
    op.add_column("estate", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("household_count", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("account_id", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("actor", sa.String(), server_default="", nullable=False))
    op.add_column("job", sa.Column("divisions", postgresql.ARRAY(sa.Integer()), nullable=True))
    op.create_index(
        "ix_search_entry_pinyin",
        "search_entry",
        ["pinyin"],
        postgresql_ops={"pinyin": "text_pattern_ops"},
    )
    op.add_column("search_entry", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("station", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("store", sa.Column("areas_on", sa.Date(), nullable=True))
    op.add_column("villager_group", sa.Column("division_id", sa.Integer(), nullable=True))
    op.add_column("worker", sa.Column("division_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("worker", "division_id")
    op.drop_column("villager_group", "division_id")
    op.drop_column("store", "areas_on")
    op.drop_column("station", "division_id")
    op.drop_column("search_entry", "division_id")
    op.drop_index("ix_search_entry_pinyin", "search_entry")
    op.drop_column("job", "divisions")
    op.drop_column("job", "actor")
    op.drop_column("job", "account_id")
    op.drop_column("household_count", "division_id")
    op.drop_column("estate", "division_id")
    op.drop_column("coverage_run", "divisions")
    op.drop_column("coverage_building", "division_id")
    op.drop_column("building", "division_id")
    op.drop_column("address", "division_id")
    op.drop_index(op.f("ix_token_account_id"), table_name="token")
    op.drop_table("token")
    op.drop_index(op.f("ix_login_session_account_id"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_index(op.f("ix_link_account_id"), table_name="link")
    op.drop_table("link")
    op.drop_table("credential")
    op.drop_table("account_division")
    op.drop_table("sign_in_attempt")
    op.drop_table("export")
    op.drop_table("audit_sent")
    op.drop_table("audit_forward")
    op.drop_index("ix_audit_at", table_name="audit")
    op.drop_index("ix_audit_actor_at", table_name="audit")
    op.drop_index("ix_audit_action_at", table_name="audit")
    op.drop_table("audit")
    op.drop_table("account")
