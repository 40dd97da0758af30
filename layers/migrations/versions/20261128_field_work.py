"""Phones of grid workers, household counts they propose, and rows narrowed to their own grids.

A grid worker no longer reads a whole community: buildings, counts, addresses, estates and postings are those of
the grids the person is posted in today. What the public may know (grids, names and work phones) stays readable.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_field_work"
down_revision = "20261128_own_grids"
branch_labels = None
depends_on = None

READERS = "'local', 'planner', 'reviewer', 'analyst', 'system_administrator'"
BEFORE = "'local', 'planner', 'reviewer', 'analyst', 'grid_worker', 'system_administrator'"
ACCOUNT_KEEPERS = "'local', 'security_administrator'"
DECIDERS = "'local', 'planner'"
DOOR = "(SELECT scope_role()) = 'door'"
KEEPER = "(SELECT scope_role()) = 'keeper'"
OWN = "account_id = (SELECT scope_account())"
KEEPS_ACCOUNTS = f"(SELECT scope_role()) IN ({ACCOUNT_KEEPERS})"
SEES_ACCOUNT = "EXISTS (SELECT FROM account a WHERE a.id = account_id)"
DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"
MINE = "ANY ((SELECT own_buildings())::integer[])"
NARROWED = {
    "building": f"id = {MINE}",
    "household_count": f"building_id = {MINE}",
    "address": f"EXISTS (SELECT FROM building b WHERE b.code = address.building AND b.id = {MINE})",
    "estate": f"EXISTS (SELECT FROM building b WHERE b.estate = estate.code AND b.id = {MINE})",
    "villager_group": f"EXISTS (SELECT FROM building b WHERE b.villager_group = villager_group.code AND b.id = {MINE})",
    "search_entry": "layer = 'buildings' AND EXISTS "
    f"(SELECT FROM building b WHERE b.code = search_entry.code AND b.id = {MINE})",
    "posting": "grid_id = ANY ((SELECT own_grids())::integer[])",
}
"""What a grid worker reads of the tables that others read by area."""
DEFINERS = (
    "own_buildings()",
    "place_of_check(text)",
    "account_worker(integer)",
    "workers_to_enrol(text)",
    "new_phone_link(text, integer, integer)",
)


def upgrade() -> None:
    # A ledger that no longer names a person takes the person away, not the account.
    _worker_key("SET NULL")
    _narrow(READERS)
    _devices()
    _checks()
    for function in DEFINERS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO wangge_server")


def _worker_key(ondelete: str | None) -> None:
    op.drop_constraint(op.f("fk_account_worker_id"), "account", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_account_worker_id"), "account", "worker", ["worker_id"], ["id"], ondelete=ondelete
    )


def _narrow(readers: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION reads_everywhere() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$ "
        f"SELECT scope_everywhere() AND coalesce(scope_role() IN ({readers}), false) $$"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION reads_area() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE AS $$ "
        f"SELECT CASE WHEN scope_role() IN ({readers}) THEN scope_area() ELSE '{{}}'::integer[] END $$"
    )
    if readers == BEFORE:
        return
    op.execute(
        f"""
        CREATE FUNCTION own_buildings() RETURNS integer[] LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT CASE WHEN scope_role() = 'grid_worker' THEN coalesce((
                SELECT array_agg(b.id) FROM grid_version v
                JOIN building b ON b.geom && v.geom AND ST_Intersects(v.geom, b.geom)
                WHERE v.grid_id = ANY (own_grids()) AND current_date >= v.valid_from
                  AND (v.valid_to IS NULL OR current_date < v.valid_to)), '{{}}') ELSE '{{}}' END
        $$
        """
    )
    for table, mine in NARROWED.items():
        op.execute(
            f"CREATE POLICY select_own_grids ON {table} FOR SELECT TO wangge_server USING ({mine})"
        )


def _devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_device_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("hash", name=op.f("uq_device_hash")),
    )
    op.create_index(op.f("ix_device_account_id"), "device", ["account_id"])
    op.add_column(
        "link", sa.Column("purpose", sa.String(), server_default="password", nullable=False)
    )
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose IN ('password', 'phone')")
    server = "wangge_server"
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON device TO {server}")
    op.execute(f"GRANT USAGE ON SEQUENCE device_id_seq TO {server}")
    op.execute("ALTER TABLE device ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY at_door ON device FOR ALL TO {server} USING ({DOOR}) WITH CHECK ({DOOR})"
    )
    op.execute(f"CREATE POLICY own ON device FOR SELECT TO {server} USING ({OWN})")
    kept = f"{KEEPS_ACCOUNTS} AND {SEES_ACCOUNT}"
    op.execute(f"CREATE POLICY kept ON device FOR SELECT TO {server} USING ({kept})")
    op.execute(f"CREATE POLICY ended ON device FOR DELETE TO {server} USING ({OWN} OR ({kept}))")
    head = f"LANGUAGE plpgsql {DEFINER}"
    op.execute(_reset_account(head, "DELETE FROM device WHERE account_id = whom;"))
    op.execute(_end_sessions(head, "DELETE FROM device WHERE account_id = whom;"))
    op.execute(
        f"""
        CREATE FUNCTION new_phone_link(secret text, whom integer, lasts integer) RETURNS timestamptz {head} AS $$
        DECLARE ends timestamptz := now() + make_interval(mins => lasts);
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM link WHERE account_id = whom;
            INSERT INTO link (hash, account_id, created_at, expires_at, purpose)
                VALUES (secret, whom, now(), ends, 'phone');
            RETURN ends;
        END $$
        """
    )
    op.execute(_new_link(head, "(hash, account_id, created_at, expires_at) "))
    op.execute(
        f"""
        CREATE FUNCTION account_worker(whom integer) RETURNS jsonb LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT jsonb_build_object('id', w.id, 'name', w.name, 'work_phone', w.work_phone)
            FROM account a JOIN worker w ON w.id = a.worker_id
            WHERE a.id = whom AND (a.id = scope_account() OR (scope_role() IN ({ACCOUNT_KEEPERS})
              AND (scope_everywhere() OR (NOT a.everywhere AND NOT account_outside(a.id, scope_area())))))
        $$
        """
    )
    # Names and work phones of people in post are published; whoever keeps accounts finds them by these.
    op.execute(
        f"""
        CREATE FUNCTION workers_to_enrol(words text)
        RETURNS TABLE (id integer, name text, work_phone text, grids text[], account text)
        LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT w.id, w.name, w.work_phone, array_agg(DISTINCT v.code ORDER BY v.code), min(a.name)
            FROM worker w JOIN posting p ON p.worker_id = w.id AND current_date >= p.valid_from
              AND (p.valid_to IS NULL OR current_date < p.valid_to)
            JOIN grid g ON g.id = p.grid_id
            JOIN grid_version v ON v.grid_id = g.id AND current_date >= v.valid_from
              AND (v.valid_to IS NULL OR current_date < v.valid_to)
            LEFT JOIN account a ON a.worker_id = w.id
            WHERE scope_role() IN ({ACCOUNT_KEEPERS})
              AND (scope_everywhere() OR g.community_id = ANY (scope_area()))
              AND (words = '' OR strpos(w.name, words) > 0 OR strpos(v.code, words) = 1
                   OR strpos(coalesce(w.work_phone, ''), words) > 0)
            GROUP BY w.id, w.name, w.work_phone ORDER BY min(v.code) COLLATE "C", w.name, w.id
        $$
        """
    )


def _reset_account(head: str, devices: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION reset_account(whom integer) RETURNS void {head} AS $$
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM credential WHERE account_id = whom;
            DELETE FROM login_session WHERE account_id = whom;
            DELETE FROM token WHERE account_id = whom;
            DELETE FROM link WHERE account_id = whom;
            {devices}
            DELETE FROM sign_in_attempt s USING account a
                WHERE a.id = whom AND s.name IN (a.name, a.name || ' (signed in)');
        END $$
        """


def _end_sessions(head: str, devices: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION end_sessions(whom integer) RETURNS void {head} AS $$
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM login_session WHERE account_id = whom;
            DELETE FROM token WHERE account_id = whom;
            DELETE FROM link WHERE account_id = whom;
            {devices}
        END $$
        """


def _new_link(head: str, columns: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION new_link(secret text, whom integer, lasts integer) RETURNS timestamptz {head} AS $$
        DECLARE ends timestamptz := now() + make_interval(hours => lasts);
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM link WHERE account_id = whom;
            INSERT INTO link {columns}VALUES (secret, whom, now(), ends);
            RETURN ends;
        END $$
        """


def _checks() -> None:
    op.create_table(
        "household_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=True),
        sa.Column("resident", sa.Integer(), nullable=True),
        sa.Column("vacant", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("state", sa.String(), server_default="proposed", nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'returned')", name=op.f("ck_household_check_state")
        ),
        sa.CheckConstraint(
            "least(registered, resident, vacant, planned) >= 0",
            name=op.f("ck_household_check_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_household_check_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_household_check_account_id")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_household_check_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_check")),
    )
    op.create_index(op.f("ix_household_check_building_id"), "household_check", ["building_id"])
    op.create_index(
        "ix_household_check_division_id_state", "household_check", ["division_id", "state"]
    )
    server = "wangge_server"
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON household_check TO {server}")
    op.execute("ALTER TABLE household_check ENABLE ROW LEVEL SECURITY")
    read = "(SELECT reads_everywhere()) OR division_id = ANY ((SELECT reads_area())::integer[])"
    op.execute(
        f"CREATE POLICY select_in_area ON household_check FOR SELECT TO {server} USING ({OWN} OR {read})"
    )
    # The building may have left the worker's grid since it was counted: what was counted still counts.
    inside = "(SELECT scope_everywhere()) OR division_id = ANY ((SELECT scope_area())::integer[])"
    op.execute(
        f"CREATE POLICY insert_own ON household_check FOR INSERT TO {server} WITH CHECK ("
        f"(SELECT scope_role()) = 'grid_worker' AND {OWN} AND state = 'proposed' AND ({inside}))"
    )
    decide = f"(SELECT scope_role()) IN ({DECIDERS}) AND ({inside})"
    op.execute(
        f"CREATE POLICY update_in_area ON household_check FOR UPDATE TO {server} "
        f"USING ({decide}) WITH CHECK ({decide})"
    )
    op.execute(
        f"""
        CREATE FUNCTION place_of_check(wanted text)
        RETURNS TABLE (building integer, division integer, grid integer) LANGUAGE sql STABLE {DEFINER} AS $$
            SELECT b.id, b.division_id, (
                SELECT v.grid_id FROM grid_version v WHERE v.geom && b.geom AND ST_Intersects(v.geom, b.geom)
                  AND current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
                ORDER BY v.level IS NULL DESC, v.code COLLATE "C" LIMIT 1)
            FROM building b WHERE b.code = wanted AND scope_role() = 'grid_worker'
              AND (scope_everywhere() OR b.division_id = ANY (scope_area()))
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION place_of_check(text)")
    op.drop_table("household_check")
    head = f"LANGUAGE plpgsql {DEFINER}"
    op.execute(_reset_account(head, ""))
    op.execute(_end_sessions(head, ""))
    op.execute("DELETE FROM link WHERE purpose = 'phone'")
    op.drop_constraint(op.f("ck_link_purpose"), "link")
    op.drop_column("link", "purpose")
    op.execute(_new_link(head, ""))
    op.execute("DROP FUNCTION workers_to_enrol(text)")
    op.execute("DROP FUNCTION account_worker(integer)")
    op.execute("DROP FUNCTION new_phone_link(text, integer, integer)")
    op.drop_table("device")
    for table in NARROWED:
        op.execute(f"DROP POLICY select_own_grids ON {table}")
    op.execute("DROP FUNCTION own_buildings()")
    _narrow(BEFORE)
    _worker_key(None)
