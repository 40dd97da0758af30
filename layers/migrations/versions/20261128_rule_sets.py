"""Rule sets of divisions: read by all signed in, added by administrators of the area, never changed.

Stations learn whom their premises serve and how long they are rented for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_rule_sets"
down_revision = "20261128_scenarios"
branch_labels = None
depends_on = None

KEEPERS = "'local', 'system_administrator'"
FUNCTIONS = {
    "rules_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({KEEPERS}), false)",
    "rules_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({KEEPERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
}


def upgrade() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_rule_set_version")),
        sa.ForeignKeyConstraint(
            ["division_id"], ["division.id"], name=op.f("fk_rule_set_division_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint(
            "division_id", "name", "version", name=op.f("uq_rule_set_division_id_name_version")
        ),
    )
    op.add_column("station", sa.Column("serves", postgresql.ARRAY(sa.String()), nullable=True))
    op.add_column("station", sa.Column("lease_years", sa.Float(), nullable=True))
    op.create_check_constraint(op.f("ck_station_lease"), "station", "coalesce(lease_years, 0) >= 0")
    for head, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {head} LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT {body} $$"
        )
    op.execute("ALTER TABLE rule_set ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON rule_set TO wangge_server, wangge_compute")
    # Version and time are the database's; nobody gives them, and nobody changes a version.
    op.execute(
        "GRANT INSERT (division_id, name, valid_from, content, made_by) ON rule_set TO wangge_server"
    )
    op.execute("GRANT USAGE ON SEQUENCE rule_set_id_seq TO wangge_server")
    op.execute(
        "CREATE POLICY select_in_area ON rule_set FOR SELECT TO wangge_server, wangge_compute "
        "USING ((SELECT scope_role()) IS NOT NULL)"
    )
    op.execute(
        "CREATE POLICY insert_in_area ON rule_set FOR INSERT TO wangge_server WITH CHECK ("
        "made_by = current_setting('wangge.actor', true) AND ((SELECT rules_everywhere()) "
        "OR division_id = ANY ((SELECT rules_area())::integer[])))"
    )
    op.execute(
        """
        CREATE FUNCTION number_rule_set() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE last date;
        BEGIN
            SELECT coalesce(max(version), 0) + 1, max(valid_from) INTO NEW.version, last FROM rule_set
            WHERE division_id = NEW.division_id AND name = NEW.name;
            IF NEW.valid_from < last THEN
                RAISE EXCEPTION 'a version begins no earlier than the one before it'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER number_rule_set BEFORE INSERT ON rule_set "
        "FOR EACH ROW EXECUTE FUNCTION number_rule_set()"
    )


def downgrade() -> None:
    op.drop_table("rule_set")
    op.execute("DROP FUNCTION number_rule_set()")
    for head in FUNCTIONS:
        op.execute(f"DROP FUNCTION {head.partition(' RETURNS')[0]}")
    op.drop_constraint(op.f("ck_station_lease"), "station")
    op.drop_column("station", "lease_years")
    op.drop_column("station", "serves")
