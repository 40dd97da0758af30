"""A phone that was shut out is told so: what it keeps of the grids is then cleared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_ended_devices"
down_revision = "20261129_land_of_larger_grids"
branch_labels = None
depends_on = None

DOOR = "(SELECT scope_role()) = 'door'"
# As long as a phone's secret could have been good.
NOTE = """
    CREATE FUNCTION note_ended_device() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        DELETE FROM ended_device WHERE ended_at < now() - interval '180 days';
        INSERT INTO ended_device (hash) VALUES (OLD.hash) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    op.create_table(
        "ended_device",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_ended_device")),
    )
    op.execute("ALTER TABLE ended_device ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON ended_device TO wangge_server")
    op.execute(f"CREATE POLICY at_door ON ended_device FOR SELECT TO wangge_server USING ({DOOR})")
    op.execute(NOTE)
    op.execute("REVOKE ALL ON FUNCTION note_ended_device() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER note_ended AFTER DELETE ON device FOR EACH ROW EXECUTE FUNCTION note_ended_device()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER note_ended ON device")
    op.execute("DROP FUNCTION note_ended_device()")
    op.drop_table("ended_device")
