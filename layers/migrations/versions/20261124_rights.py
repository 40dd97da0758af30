"""Rights in the database: who reads and writes which rows, and an audit nobody changes.

Every transaction says who acts by settings local to it (`layers/db.py`): `wangge.role`,
`wangge.account`, `wangge.actor` and `wangge.area` (`*`, or an array of division ids). Without them
no policy holds: what is forgotten shows nothing.
"""

from __future__ import annotations

from alembic import op

revision = "20261124_rights"
down_revision = "20261124_accounts"
branch_labels = None
depends_on = None

READERS = "'local', 'planner', 'reviewer', 'analyst', 'grid_worker', 'system_administrator'"
WRITERS = "'local', 'planner', 'system_administrator'"
ACCOUNT_KEEPERS = "'local', 'security_administrator'"

FUNCTIONS = {
    "scope_role() RETURNS text": "nullif(current_setting('wangge.role', true), '')",
    "scope_account() RETURNS integer": "nullif(current_setting('wangge.account', true), '')::integer",
    "scope_everywhere() RETURNS boolean": "coalesce(current_setting('wangge.area', true) = '*', false)",
    "scope_area() RETURNS integer[]": "CASE WHEN current_setting('wangge.area', true) LIKE '{%' "
    "THEN current_setting('wangge.area', true)::integer[] ELSE '{}'::integer[] END",
    "reads_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({READERS}), false)",
    "reads_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({READERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
    "writes_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({WRITERS}), false)",
    "writes_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({WRITERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
}
# (SELECT f()) is worked out once per query, f() alone once per row.
READ = "(SELECT reads_everywhere()) OR {column} = ANY ((SELECT reads_area())::integer[])"
WRITE = "(SELECT writes_everywhere()) OR {column} = ANY ((SELECT writes_area())::integer[])"
ANYBODY = "(SELECT scope_role()) IS NOT NULL"
OWN_AREA = "(SELECT scope_everywhere()) OR divisions <@ (SELECT scope_area())"

SCOPED = ("building", "household_count", "address", "estate", "villager_group")
"""Seen inside one's area only; read by the compute role too."""
BASE = ("network", "street_edge", "barrier", "land_cover", "gate", "division", "division_version")
"""The map everybody shares: read by all, changed only by whoever may change all of it."""
GRID_OF_AREA = "EXISTS (SELECT FROM grid g WHERE g.id = grid_id AND ({of}))"
DEFINERS = (
    "account_outside(integer, integer[])",
    "account_proof(integer)",
    "end_sessions(integer)",
    "new_link(text, integer, integer)",
    "require_account(integer)",
    "reset_account(integer)",
)
"""Functions that look beyond row-level security, each for one question; tested one by one."""
KEPT_DAYS = 183
"""Six months, the least the law asks for."""
DOOR = "(SELECT scope_role()) = 'door'"
KEEPER = "(SELECT scope_role()) = 'keeper'"
OWN = "account_id = (SELECT scope_account())"
KEEPS_ACCOUNTS = f"(SELECT scope_role()) IN ({ACCOUNT_KEEPERS})"
IN_ACCOUNTS_AREA = (
    "((SELECT scope_everywhere()) OR (NOT everywhere "
    "AND NOT account_outside(id, (SELECT scope_area())::integer[])))"
)
SEES_ACCOUNT = "EXISTS (SELECT FROM account a WHERE a.id = account_id)"


def policy(
    table: str, command: str, using: str | None, check: str | None = None, to: str = ""
) -> None:
    """Write one policy; `to` names the roles, both working roles when left out."""
    roles = to or "wangge_server, wangge_compute"
    name = f"{command.lower()}_{'by_' + to.removeprefix('wangge_') if to else 'in_area'}"
    op.execute(
        f"CREATE POLICY {name} ON {table} FOR {command} TO {roles}"
        + (f" USING ({using})" if using else "")
        + (f" WITH CHECK ({check})" if check else "")
    )


def protect(table: str, read: str, write: str | None) -> None:
    """Enable row-level security: `read` for SELECT, `write` for everything else."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    policy(table, "SELECT", read)
    if write:
        policy(table, "INSERT", None, write, "wangge_server")
        policy(table, "UPDATE", write, write, "wangge_server")
        policy(table, "DELETE", write, None, "wangge_server")


def upgrade() -> None:
    for head, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {head} LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT {body} $$"
        )
    _guards()
    for table in SCOPED:
        column = f"{table}.division_id"
        protect(table, READ.format(column=column), WRITE.format(column=column))
    protect("station", ANYBODY, WRITE.format(column="station.division_id"))
    protect("grid", ANYBODY, WRITE.format(column="grid.community_id"))
    written = GRID_OF_AREA.format(of=WRITE.format(column="g.community_id"))
    protect("grid_version", ANYBODY, written)
    protect("posting", GRID_OF_AREA.format(of=READ.format(column="g.community_id")), written)
    protect(
        "worker",
        READ.format(column="worker.division_id")
        + " OR EXISTS (SELECT FROM posting p WHERE p.worker_id = worker.id)",
        WRITE.format(column="worker.division_id"),
    )
    shared = "layer IN ('divisions', 'grids', 'stations', 'streets')"
    column = "search_entry.division_id"
    protect(
        "search_entry",
        f"({shared} AND {ANYBODY}) OR {READ.format(column=column)}",
        f"({shared} AND (SELECT scope_role()) IN ({WRITERS})) OR {WRITE.format(column=column)}",
    )
    _results()
    _accounts()
    _audit()


def _guards() -> None:
    """Let the shared map and the store's own row be changed by those who answer for all of it."""
    op.execute(
        f"""
        CREATE FUNCTION only_for_everywhere() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user <> 'wangge_owner' AND NOT (scope_everywhere() AND scope_role() IN ({WRITERS})) THEN
                RAISE EXCEPTION 'only an account of the whole store changes %', TG_TABLE_NAME
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table in (*BASE, "store"):
        op.execute(
            f"CREATE TRIGGER only_for_everywhere BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_for_everywhere()"
        )


def _results() -> None:
    for table in ("coverage_field", "coverage_building", "coverage_run", "job"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute("REVOKE ALL ON coverage_field FROM wangge_server")
    op.execute(
        "REVOKE INSERT, UPDATE, DELETE ON coverage_building, coverage_run FROM wangge_server"
    )
    op.execute("REVOKE ALL ON job FROM wangge_compute")
    for table in ("coverage_field", "coverage_building", "coverage_run"):
        policy(table, "ALL", "true", "true", "wangge_compute")
    policy("coverage_building", "SELECT", READ.format(column="division_id"), None, "wangge_server")
    read = "(SELECT reads_everywhere()) OR divisions <@ (SELECT reads_area())"
    policy("coverage_run", "SELECT", read, None, "wangge_server")
    mine = f"(SELECT scope_role()) = 'local' OR {OWN}"
    seen = f"{mine} OR ((SELECT scope_role()) = 'system_administrator' AND ({OWN_AREA}))"
    policy("job", "SELECT", seen, None, "wangge_server")
    policy("job", "UPDATE", seen, seen, "wangge_server")
    policy(
        "job",
        "INSERT",
        None,
        f"actor = current_setting('wangge.actor', true) AND ({mine})",
        "wangge_server",
    )


def _accounts() -> None:
    op.execute(
        """
        CREATE FUNCTION account_outside(whom integer, area integer[]) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT EXISTS (SELECT FROM account_division WHERE account_id = whom
                           AND NOT division_id = ANY (area))
        $$
        """
    )
    head = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
    op.execute(
        f"""
        CREATE FUNCTION require_account(whom integer) RETURNS void {head} AS $$
        BEGIN
            IF NOT coalesce(scope_role() IN ({ACCOUNT_KEEPERS}), false) OR NOT EXISTS (
                SELECT FROM account WHERE id = whom AND {IN_ACCOUNTS_AREA}
            ) THEN
                RAISE EXCEPTION 'no right over account %', whom USING ERRCODE = 'insufficient_privilege';
            END IF;
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION reset_account(whom integer) RETURNS void {head} AS $$
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM credential WHERE account_id = whom;
            DELETE FROM login_session WHERE account_id = whom;
            DELETE FROM token WHERE account_id = whom;
            DELETE FROM link WHERE account_id = whom;
            DELETE FROM sign_in_attempt s USING account a
                WHERE a.id = whom AND s.name IN (a.name, a.name || ' (signed in)');
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION end_sessions(whom integer) RETURNS void {head} AS $$
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM login_session WHERE account_id = whom;
            DELETE FROM token WHERE account_id = whom;
            DELETE FROM link WHERE account_id = whom;
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION new_link(secret text, whom integer, lasts integer) RETURNS timestamptz {head} AS $$
        DECLARE ends timestamptz := now() + make_interval(hours => lasts);
        BEGIN
            PERFORM require_account(whom);
            DELETE FROM link WHERE account_id = whom;
            INSERT INTO link VALUES (secret, whom, now(), ends);
            RETURN ends;
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION account_proof(whom integer) RETURNS text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT CASE WHEN c.totp_secret IS NOT NULL THEN 'second_factor' ELSE 'password' END
            FROM credential c JOIN account a ON a.id = c.account_id
            WHERE a.id = whom AND c.password_hash IS NOT NULL
              AND scope_role() IN ({ACCOUNT_KEEPERS}) AND {IN_ACCOUNTS_AREA}
        $$
        """
    )
    for function in DEFINERS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO wangge_server")
    kept = f"{KEEPS_ACCOUNTS} AND {IN_ACCOUNTS_AREA}"
    tables = (
        "account",
        "account_division",
        "credential",
        "sign_in_attempt",
        "login_session",
        "token",
        "link",
    )
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wangge_server")
    op.execute("REVOKE DELETE ON account FROM wangge_server")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    server = "wangge_server"
    policy(
        "account", "SELECT", f"{DOOR} OR id = (SELECT scope_account()) OR ({kept})", None, server
    )
    policy("account", "INSERT", None, kept, server)
    # Nobody changes their own role, area or state.
    other = f"{kept} AND id IS DISTINCT FROM (SELECT scope_account())"
    policy("account", "UPDATE", f"{DOOR} OR ({other})", f"{DOOR} OR ({other})", server)
    inside = "(SELECT scope_everywhere()) OR division_id = ANY ((SELECT scope_area())::integer[])"
    shared = f"{KEEPS_ACCOUNTS} AND ({inside}) AND {SEES_ACCOUNT}"
    policy("account_division", "SELECT", f"{DOOR} OR {OWN} OR ({shared})", None, server)
    changed = f"{shared} AND account_id IS DISTINCT FROM (SELECT scope_account())"
    policy("account_division", "INSERT", None, changed, server)
    policy("account_division", "DELETE", changed, None, server)
    for table in ("credential", "login_session", "link"):
        policy(table, "ALL", DOOR, DOOR, server)
    op.execute(
        f"CREATE POLICY own ON credential FOR ALL TO {server} USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute(f"CREATE POLICY own ON login_session FOR SELECT TO {server} USING ({OWN})")
    op.execute(f"CREATE POLICY ended ON login_session FOR DELETE TO {server} USING ({OWN})")
    op.execute(f"CREATE POLICY own ON token FOR ALL TO {server} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute(f"CREATE POLICY shown ON token FOR SELECT TO {server} USING ({DOOR})")
    op.execute(
        f"CREATE POLICY used ON token FOR UPDATE TO {server} USING ({DOOR}) WITH CHECK ({DOOR})"
    )
    for table in ("login_session", "link"):
        op.execute(f"CREATE POLICY expired ON {table} FOR ALL TO {server} USING ({KEEPER})")
    at_door = f"{DOOR} OR {KEEPER}"
    policy("sign_in_attempt", "ALL", at_door, at_door, server)
    named = "EXISTS (SELECT FROM account a WHERE a.name = sign_in_attempt.name)"
    policy("sign_in_attempt", "SELECT", f"{KEEPS_ACCOUNTS} AND {named}", None, server)


def _audit() -> None:
    op.execute("INSERT INTO audit_forward DEFAULT VALUES")
    for table in ("audit", "audit_forward", "audit_sent", "export"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # Number and time are the database's; nobody gives them.
    op.execute(
        "GRANT SELECT, INSERT (actor, account_id, role, address, action, object, outcome, before, after, divisions) "
        "ON audit TO wangge_server"
    )
    op.execute("GRANT SELECT, UPDATE ON audit_forward TO wangge_server")
    op.execute("GRANT SELECT, INSERT, DELETE ON audit_sent TO wangge_server")
    op.execute("GRANT SELECT, INSERT ON export TO wangge_server")
    server = "wangge_server"
    as_oneself = "actor = current_setting('wangge.actor', true) AND account_id IS NOT DISTINCT FROM (SELECT scope_account())"
    audits = f"(SELECT scope_role()) = 'auditor' AND ({OWN_AREA})"
    policy("audit", "INSERT", None, as_oneself, server)
    policy("audit", "SELECT", f"{KEEPER} OR ({audits})", None, server)
    policy("audit_forward", "ALL", KEEPER, KEEPER, server)
    policy("audit_sent", "ALL", KEEPER, KEEPER, server)
    policy("export", "INSERT", None, as_oneself, server)
    policy("export", "SELECT", f"{OWN} OR ({audits})", None, server)
    op.execute(
        f"""
        CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND OLD.at < now() - interval '{KEPT_DAYS} days' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'the audit is not changed, and kept for {KEPT_DAYS} days'
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION keep_audit()"
    )
    op.execute(
        "CREATE TRIGGER keep_all_audit BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()"
    )
    op.execute(
        f"""
        CREATE FUNCTION prune_audit(until_day date) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE gone bigint;
        BEGIN
            IF NOT coalesce(scope_everywhere() AND scope_role() IN ('local', 'system_administrator'), false) THEN
                RAISE EXCEPTION 'no right to prune the audit' USING ERRCODE = 'insufficient_privilege';
            END IF;
            DELETE FROM audit WHERE at < least(until_day, current_date - {KEPT_DAYS});
            GET DIAGNOSTICS gone = ROW_COUNT;
            RETURN gone;
        END $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION prune_audit(date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION prune_audit(date) TO wangge_server")


def downgrade() -> None:
    tables = (
        *SCOPED, "station", "grid", "grid_version", "posting", "worker", "search_entry", "coverage_field",
        "coverage_building", "coverage_run", "job", "account", "account_division", "credential",
        "sign_in_attempt", "login_session", "token", "link", "audit", "audit_forward", "audit_sent", "export",
    )  # fmt: skip
    names = ", ".join(f"'{table}'" for table in tables)
    op.execute(
        f"""
        DO $$ DECLARE p record; BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
                     AND tablename IN ({names}) LOOP
                EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
            END LOOP;
        END $$
        """
    )
    for table in tables:
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in (*BASE, "store"):
        op.execute(f"DROP TRIGGER only_for_everywhere ON {table}")
    op.execute("DROP TRIGGER keep_audit ON audit")
    op.execute("DROP TRIGGER keep_all_audit ON audit")
    for name in (
        "keep_audit()", "prune_audit(date)", "only_for_everywhere()", *DEFINERS,
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {name}")
    for head in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {head.partition(' RETURNS')[0]}")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON coverage_field, coverage_building, coverage_run TO wangge_server"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON job TO wangge_compute")
