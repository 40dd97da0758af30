"""Who sees and changes cells and plans, what the public reads, and the day a question is about.

Plans are drawn by planners of their area, looked at by reviewers and analysts, never by grid workers.
A planner changes divisions only by publishing an approved plan of the township above them.
"""

from __future__ import annotations

from alembic import op

revision = "20261124_plan_rights"
down_revision = "20261124_plans"
branch_labels = None
depends_on = None

PLANNERS = "'local', 'planner'"
READERS = "'local', 'planner', 'reviewer', 'analyst', 'system_administrator'"
FUNCTIONS = {
    "plans_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({PLANNERS}), false)",
    "plans_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({PLANNERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
    "sees_plans_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({READERS}), false)",
    "sees_plans_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({READERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
    "as_of_day() RETURNS date": "coalesce(nullif(current_setting('wangge.as_of', true), '')::date, current_date)",
}
ANYBODY = "(SELECT scope_role()) IS NOT NULL"
SEE = "(SELECT sees_plans_everywhere()) OR {column} = ANY ((SELECT sees_plans_area())::integer[])"
PLAN = "(SELECT plans_everywhere()) OR {column} = ANY ((SELECT plans_area())::integer[])"
BY_DIVISION = {
    "cell_set": "county_id",
    "cell": "division_id",
    "cell_building": "division_id",
    "cell_border": "division_id",
    "plan": "division_id",
}
BY_PLAN = ("plan_grid", "plan_cell", "plan_edit", "plan_step", "plan_paper")
LINEAGE = ("grid_lineage", "division_lineage")
FOLLOWERS = {
    "grid": "id",
    "grid_version": "grid_id",
    "posting": "grid_id",
    "grid_lineage": "to_grid",
}
GUARDED = ("division", "division_version")


def policy(table: str, command: str, using: str | None, check: str | None) -> None:
    """Write one policy of the server's role."""
    op.execute(
        f"CREATE POLICY {command.lower()}_in_area ON {table} FOR {command} TO wangge_server"
        + (f" USING ({using})" if using else "")
        + (f" WITH CHECK ({check})" if check else "")
    )


def protect(table: str, read: str, write: str) -> None:
    """Enable row-level security: `read` for SELECT, `write` for everything else."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO wangge_server")
    policy(table, "SELECT", read, None)
    policy(table, "INSERT", None, write)
    policy(table, "UPDATE", write, write)
    policy(table, "DELETE", write, None)


def upgrade() -> None:
    for head, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {head} LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT {body} $$"
        )
    for table, column in BY_DIVISION.items():
        read = SEE.format(column=f"{table}.{column}")
        if table == "cell_set":  # says nothing of what is in the cells
            read = ANYBODY
        protect(table, read, PLAN.format(column=f"{table}.{column}"))
    for table in BY_PLAN:
        of = "plan_id IN (SELECT p.id FROM plan p WHERE {of})"
        protect(
            table,
            "plan_id IN (SELECT p.id FROM plan p)",
            of.format(of=PLAN.format(column="p.division_id")),
        )
    _cell_sets()
    _reviewers()
    for table, to in (
        ("grid_lineage", "SELECT g.community_id FROM grid g WHERE g.id = to_grid"),
        ("division_lineage", None),
    ):
        written = (
            f"EXISTS ({to} AND ({PLAN.format(column='g.community_id')}))"
            if to
            else "plan_id IN (SELECT p.id FROM plan p WHERE "
            + PLAN.format(column="p.division_id")
            + ")"
        )
        protect(table, ANYBODY, written)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    _divisions()
    _followers()
    _published()


def _cell_sets() -> None:
    """Whoever may cut a community's cells may count that in the set of its county."""
    may = (
        "EXISTS (SELECT FROM cell c WHERE c.set_id = cell_set.id AND "
        f"({PLAN.format(column='c.division_id')}))"
    )
    op.execute(
        f"CREATE POLICY cut_in_area ON cell_set FOR UPDATE TO wangge_server USING ({may}) WITH CHECK ({may})"
    )
    op.execute(
        """
        CREATE FUNCTION keep_cell_set() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user = 'wangge_owner' OR plans_everywhere() OR NEW.county_id = ANY (plans_area())
               OR (to_jsonb(NEW) - 'cuts') = (to_jsonb(OLD) - 'cuts') THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the cells of a county are made by whoever plans all of it'
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER keep_cell_set BEFORE UPDATE ON cell_set FOR EACH ROW EXECUTE FUNCTION keep_cell_set()"
    )


def _reviewers() -> None:
    """Let a reviewer take the steps of a review, and nothing else."""
    seen = f"(SELECT scope_role()) = 'reviewer' AND ({SEE.format(column='division_id')})"
    of_plan = (
        "(SELECT scope_role()) = 'reviewer' AND plan_id IN (SELECT p.id FROM plan p) "
        "AND actor = current_setting('wangge.actor', true)"
    )
    op.execute(
        f"CREATE POLICY review_in_area ON plan FOR UPDATE TO wangge_server USING ({seen}) WITH CHECK ({seen})"
    )
    op.execute(
        f"CREATE POLICY review_in_area ON plan_step FOR INSERT TO wangge_server WITH CHECK ({of_plan})"
    )
    op.execute(
        """
        CREATE FUNCTION only_review() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE kept text[] := ARRAY['state', 'approval_number', 'approved_on', 'updated_at', 'updated_by'];
        BEGIN
            IF scope_role() = 'reviewer' AND TG_OP = 'UPDATE' AND (OLD.state NOT IN ('review', 'approved')
                OR NEW.state NOT IN ('approved', 'draft')
                OR (to_jsonb(NEW) - kept) <> (to_jsonb(OLD) - kept)) THEN
                RAISE EXCEPTION 'a reviewer approves or returns a plan that lies before the review'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF scope_role() = 'planner' AND TG_OP = 'INSERT' AND NEW.state <> 'draft' THEN
                RAISE EXCEPTION 'a plan begins as a draft' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF scope_role() = 'planner' AND TG_OP = 'UPDATE' AND (
                (NEW.state IN ('approved', 'filed') AND OLD.state NOT IN ('approved', 'filed'))
                OR (NEW.division_id, NEW.part_level) <> (OLD.division_id, OLD.part_level)
                OR (NEW.approval_number, NEW.approved_on) IS DISTINCT FROM (OLD.approval_number, OLD.approved_on)
            ) THEN
                RAISE EXCEPTION 'a plan is approved by a reviewer, for its division' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER only_review BEFORE INSERT OR UPDATE ON plan FOR EACH ROW EXECUTE FUNCTION only_review()"
    )


def _divisions() -> None:
    """Let planners publish communities of an approved plan, and add vertices to borders that stay."""
    for table in GUARDED:
        op.execute(f"DROP TRIGGER only_for_everywhere ON {table}")
        op.execute(
            f"CREATE TRIGGER only_for_everywhere BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_for_everywhere()"
        )
    head = "RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp"
    everything = (
        "current_user = 'wangge_owner' OR (scope_everywhere() "
        "AND coalesce(scope_role() IN ('local', 'planner', 'system_administrator'), false))"
    )
    op.execute(
        f"""
        CREATE FUNCTION publishes_below(township integer) {head} AS $$
            SELECT EXISTS (SELECT FROM plan p WHERE p.part_level = 'community'
                AND (p.state = 'approved' OR (p.state = 'filed' AND p.effective_on > current_date))
                AND p.division_id = coalesce(township, p.division_id)
                AND (plans_everywhere() OR p.division_id = ANY (plans_area())))
        $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION guard_division() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {everything} OR (TG_OP IN ('INSERT', 'DELETE')
                AND (CASE TG_OP WHEN 'DELETE' THEN OLD.level ELSE NEW.level END) = 'community'
                AND publishes_below(NULL)) THEN
                RETURN coalesce(NEW, OLD);
            END IF;
            RAISE EXCEPTION 'only an account of the whole store changes division'
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION guard_division_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {everything} THEN
                RETURN coalesce(NEW, OLD);
            END IF;
            IF TG_OP <> 'INSERT' AND OLD.parent_id IS NOT NULL AND publishes_below(OLD.parent_id)
               AND (TG_OP = 'DELETE' OR (NEW.division_id, NEW.parent_id, NEW.code)
                    = (OLD.division_id, OLD.parent_id, OLD.code)) THEN
                RETURN coalesce(NEW, OLD);
            END IF;
            IF TG_OP = 'INSERT' AND NEW.parent_id IS NOT NULL AND publishes_below(NEW.parent_id)
               AND EXISTS (SELECT FROM division d WHERE d.id = NEW.division_id AND d.level = 'community')
               AND NOT EXISTS (SELECT FROM division_version v WHERE v.division_id = NEW.division_id
                               AND v.parent_id IS DISTINCT FROM NEW.parent_id) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'only an account of the whole store changes division_version'
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER guard_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION guard_{table}()"
        )


def _followers() -> None:
    """Let grids follow into communities that begin with a plan: nobody's area holds those yet."""
    new = (
        "(SELECT publishes_below(NULL)) AND EXISTS (SELECT FROM division_version v "
        "WHERE v.division_id = {community} AND v.parent_id IS NOT NULL AND publishes_below(v.parent_id))"
    )
    for table, key in FOLLOWERS.items():
        community = (
            f"{table}.community_id"
            if table == "grid"
            else f"(SELECT g.community_id FROM grid g WHERE g.id = {table}.{key})"
        )
        may = new.format(community=community)
        op.execute(
            f"CREATE POLICY publish_insert ON {table} FOR INSERT TO wangge_server WITH CHECK ({may})"
        )
        op.execute(
            f"CREATE POLICY publish_update ON {table} FOR UPDATE TO wangge_server "
            f"USING ({may}) WITH CHECK ({may})"
        )
        gone = may
        if table == "grid":  # taken back, the community's version goes before its grids
            gone = (
                "(SELECT publishes_below(NULL)) AND grid.community_id IS NOT NULL AND NOT EXISTS ("
                "SELECT FROM division_version v WHERE v.division_id = grid.community_id "
                "AND (v.parent_id IS NULL OR NOT publishes_below(v.parent_id)))"
            )
        op.execute(
            f"CREATE POLICY publish_delete ON {table} FOR DELETE TO wangge_server USING ({gone})"
        )
        if table == "posting":
            op.execute(
                f"CREATE POLICY publish_select ON {table} FOR SELECT TO wangge_server USING ({may})"
            )


def _published() -> None:
    """Show the public who is responsible, the streets, and where an address lies; nothing else."""
    held = (
        "current_date >= {a}.valid_from AND ({a}.valid_to IS NULL OR current_date < {a}.valid_to)"
    )
    op.execute(
        f"""
        CREATE VIEW published.workers AS
        SELECT v.code AS grid, w.name, w.work_phone, p.post
        FROM public.posting p JOIN public.worker w ON w.id = p.worker_id
        JOIN public.grid_version v ON v.grid_id = p.grid_id AND {held.format(a="v")}
        WHERE {held.format(a="p")}
        """
    )
    op.execute(
        """
        CREATE VIEW published.streets AS
        SELECT e.street_class AS class, e.name, e.geom FROM public.street_edge e
        JOIN public.network n ON n.id = e.network_id AND n.superseded_at IS NULL
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION published.find_address(community text, words text)
        RETURNS TABLE (text text, lon double precision, lat double precision)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT a.text, ST_X(a.geom), ST_Y(a.geom) FROM public.address a
            JOIN public.division d ON d.id = a.division_id AND d.level = 'community'
            JOIN public.division_version v ON v.division_id = a.division_id AND v.code = community
              AND {held.format(a="v")}
            WHERE length(words) >= 2 AND strpos(lower(a.text), lower(words)) > 0
            ORDER BY length(a.text), a.text COLLATE "C" LIMIT 10
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION published.find_address(text, text) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION published.find_address(text, text) TO wangge_reader, wangge_server"
    )
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA published TO wangge_reader, wangge_server")


def downgrade() -> None:
    op.execute("DROP FUNCTION published.find_address(text, text)")
    op.execute("DROP VIEW published.streets")
    op.execute("DROP VIEW published.workers")
    for table in FOLLOWERS:
        for command in ("insert", "update", "delete", "select"):
            op.execute(f"DROP POLICY IF EXISTS publish_{command} ON {table}")
    for table in GUARDED:
        op.execute(f"DROP TRIGGER guard_{table} ON {table}")
        op.execute(f"DROP FUNCTION guard_{table}()")
        op.execute(f"DROP TRIGGER only_for_everywhere ON {table}")
        op.execute(
            f"CREATE TRIGGER only_for_everywhere BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_for_everywhere()"
        )
    op.execute("DROP FUNCTION publishes_below(integer)")
    op.execute("DROP TRIGGER only_review ON plan")
    op.execute("DROP TRIGGER keep_cell_set ON cell_set")
    op.execute("DROP FUNCTION only_review()")
    op.execute("DROP FUNCTION keep_cell_set()")
    op.execute(
        """
        DO $$ DECLARE p record; BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
                     AND (tablename LIKE 'plan%' OR tablename LIKE 'cell%' OR tablename LIKE '%lineage') LOOP
                EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
            END LOOP;
        END $$
        """
    )
    for table in (*BY_DIVISION, *BY_PLAN, *LINEAGE):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for head in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {head.partition(' RETURNS')[0]}")
