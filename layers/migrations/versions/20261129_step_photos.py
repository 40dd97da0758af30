"""A step carries photos: what was found, and what it looks like when it is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_step_photos"
down_revision = "20261128_event_work"
branch_labels = None
depends_on = None

BEFORE = "work_on_event(uuid, uuid, text, text, timestamptz, timestamptz)"
NOW = "work_on_event(uuid, uuid, text, text, timestamptz, timestamptz, integer)"
# Who may take which step is said once, by the function that takes it without photos; it is nobody's any more.
WORK = """
    CREATE FUNCTION work_on_event(
        which uuid, step uuid, what text, said text, until timestamptz, written timestamptz, pictures integer
    ) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF pictures <> 0 AND step IS NULL THEN
            RAISE EXCEPTION 'photos of a step without an id' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF NOT work_on_event(which, step, what, said, until, written) THEN
            RETURN false;
        END IF;
        IF pictures <> 0 THEN
            UPDATE event_step SET photos = pictures WHERE client_id = step;
        END IF;
        RETURN true;
    END
    $$
"""
OWN_STEP = (
    "step IN (SELECT s.client_id FROM event_step s WHERE s.client_id IS NOT NULL "
    "AND s.account_id IS NOT DISTINCT FROM (SELECT scope_account()) "
    "AND s.actor = current_setting('wangge.actor', true))"
)


def upgrade() -> None:
    op.add_column(
        "event_step", sa.Column("photos", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_event_step_photos"),
        "event_step",
        "photos BETWEEN 0 AND 6 AND (photos = 0 OR client_id IS NOT NULL)",
    )
    op.create_table(
        "event_step_photo",
        sa.Column("step", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("received_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("n BETWEEN 0 AND 5", name=op.f("ck_event_step_photo_n")),
        sa.ForeignKeyConstraint(
            ["step"], ["event_step.client_id"], name=op.f("fk_event_step_photo_step")
        ),
        sa.PrimaryKeyConstraint("step", "n", name=op.f("pk_event_step_photo")),
    )
    op.execute("ALTER TABLE event_step_photo ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON event_step_photo TO wangge_server")
    op.execute(
        "CREATE POLICY select_in_area ON event_step_photo FOR SELECT TO wangge_server "
        "USING (step IN (SELECT s.client_id FROM event_step s WHERE s.client_id IS NOT NULL))"
    )
    op.execute(
        "CREATE POLICY insert_in_area ON event_step_photo FOR INSERT TO wangge_server "
        f"WITH CHECK ({OWN_STEP})"
    )
    op.execute(WORK)
    op.execute(f"REVOKE ALL ON FUNCTION {BEFORE} FROM wangge_server")
    op.execute(f"REVOKE ALL ON FUNCTION {NOW} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NOW} TO wangge_server")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {NOW}")
    op.execute(f"GRANT EXECUTE ON FUNCTION {BEFORE} TO wangge_server")
    op.drop_table("event_step_photo")
    op.drop_constraint(op.f("ck_event_step_photos"), "event_step")
    op.drop_column("event_step", "photos")
