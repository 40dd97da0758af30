"""Posts as data, substitutes with dates, and one view of who answers for a grid on a day.

A posting may stand in for another one of the same grid and post. `answering` shows for the day of
the transaction (`as_of_day()`) one person for each post that is held: whoever stands in, or else the
holder. What the public sees is the same statement; what a position is answered with and what the desk
shows come from it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_postings"
down_revision = "20261128_grid_cards"
branch_labels = None
depends_on = None

ANYBODY = "(SELECT scope_role()) IS NOT NULL"
WRITE = "(SELECT writes_everywhere()) OR post.division_id = ANY ((SELECT writes_area())::integer[])"
POSTS = (
    ("网格长", "grid_leader", "grid leader", True),
    ("专职网格员", "full_time_grid_worker", "full-time grid worker", True),
    ("网格员", "grid_worker", "grid worker", True),
    ("兼职网格员", "part_time_grid_worker", "part-time grid worker", True),
    ("网格指导员", "grid_instructor", "grid instructor", False),
    ("社区专职工作者", "community_worker", "community worker", False),
    ("社区民警", "community_police_officer", "community police officer", False),
    ("楼栋长", "building_leader", "building leader", False),
)
"""Name as postings have it, name in code, English word, whether its holder answers for the grid."""
HELD = "{a}.valid_from <= as_of_day() AND ({a}.valid_to IS NULL OR {a}.valid_to > as_of_day())"
COUNTY = f"""
    CREATE FUNCTION county_of_grid(grid integer) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT t.parent_id FROM grid g
        JOIN division_version c ON c.division_id = g.community_id AND {HELD.format(a="c")}
        JOIN division_version t ON t.division_id = c.parent_id AND {HELD.format(a="t")}
        WHERE g.id = county_of_grid.grid
    $$
"""
# Who is in the way of a fast plan stands in a LATERAL or a function: a position is answered thousands of
# times a minute, and planning a join of nine tables took longer than the answer. Own posts are rare.
ANSWERING = f"""
    SELECT p.id AS posting_id, p.grid_id, p.worker_id, w.name, w.work_phone, p.post AS post_name,
           coalesce(o.zh, p.post) AS post, coalesce(o.en, p.post) AS post_en,
           coalesce(o.responsible, true) AS responsible, coalesce(o.ordinal, 1000) AS ordinal,
           h.id AS holder_id, h.name AS substitute_for,
           CASE WHEN h.id IS NOT NULL THEN least(p.valid_to, h.valid_to) END AS until
    FROM posting p
    JOIN worker w ON w.id = p.worker_id
    LEFT JOIN LATERAL (
        SELECT k.zh, k.en, k.responsible, k.ordinal FROM post k
        WHERE k.name = p.post AND (k.division_id IS NULL OR k.division_id = county_of_grid(p.grid_id))
        ORDER BY k.division_id IS NULL LIMIT 1
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT q.id, q.valid_to, x.name FROM posting q JOIN worker x ON x.id = q.worker_id
        WHERE q.id = p.substitute_for AND {HELD.format(a="q")} LIMIT 1
    ) h ON p.substitute_for IS NOT NULL
    WHERE {HELD.format(a="p")} AND (p.substitute_for IS NULL OR h.id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM posting s WHERE s.substitute_for = p.id AND {HELD.format(a="s")})
"""
"""Read twice: by a view under the policies of whoever looks, and by the published one, as its owner."""
# Published is today only: whoever looks at another day finds nothing here.
PUBLISHED = f"""
    CREATE OR REPLACE VIEW published.workers AS
    SELECT v.code AS grid, a.name, a.work_phone, a.post, a.post_en, a.ordinal, a.substitute_for, a.until
    FROM ({ANSWERING}) a
    JOIN public.grid_version v ON v.grid_id = a.grid_id
      AND current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
    WHERE as_of_day() = current_date
"""
PUBLISHED_BEFORE = """
    CREATE VIEW published.workers AS
    SELECT v.code AS grid, w.name, w.work_phone, p.post
    FROM public.posting p JOIN public.worker w ON w.id = p.worker_id
    JOIN public.grid_version v ON v.grid_id = p.grid_id
      AND current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
    WHERE current_date >= p.valid_from AND (p.valid_to IS NULL OR current_date < p.valid_to)
"""


def upgrade() -> None:
    _merge_overlapping()
    op.add_column("posting", sa.Column("substitute_for", sa.Integer(), nullable=True))
    op.create_index("ix_posting_substitute_for", "posting", ["substitute_for"])
    op.create_unique_constraint("uq_posting_id_grid_id", "posting", ["id", "grid_id"])
    op.create_foreign_key(
        op.f("fk_posting_substitute_for"), "posting", "posting",
        ["substitute_for", "grid_id"], ["id", "grid_id"], ondelete="CASCADE",
    )  # fmt: skip
    op.execute(
        "ALTER TABLE posting ADD CONSTRAINT posting_once_a_day EXCLUDE USING gist (worker_id WITH =, "
        "grid_id WITH =, post WITH =, (coalesce(substitute_for, 0)) WITH =, "
        "daterange(valid_from, valid_to) WITH &&)"
    )
    op.execute(
        "ALTER TABLE posting ADD CONSTRAINT posting_one_substitute_a_day EXCLUDE USING gist "
        "(substitute_for WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (substitute_for IS NOT NULL)"
    )
    _posts()
    _guard()
    op.execute(COUNTY)
    op.execute("REVOKE ALL ON FUNCTION county_of_grid(integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION county_of_grid(integer) TO wangge_server, wangge_reader")
    op.execute(f"CREATE VIEW answering WITH (security_invoker = true) AS {ANSWERING}")
    op.execute("GRANT SELECT ON answering TO wangge_server")
    op.execute(PUBLISHED)


def _merge_overlapping() -> None:
    """Make one posting of several of a person in one grid and post whose days overlap."""
    op.execute(
        """
        CREATE TEMP TABLE merged AS
        SELECT worker_id, grid_id, post, unnest(range_agg(daterange(valid_from, valid_to))) AS held
        FROM posting WHERE (worker_id, grid_id, post) IN (
            SELECT p.worker_id, p.grid_id, p.post FROM posting p JOIN posting q
            ON (p.worker_id, p.grid_id, p.post) = (q.worker_id, q.grid_id, q.post) AND p.id < q.id
            AND daterange(p.valid_from, p.valid_to) && daterange(q.valid_from, q.valid_to))
        GROUP BY worker_id, grid_id, post
        """
    )
    op.execute(
        "DELETE FROM posting p USING merged m "
        "WHERE (p.worker_id, p.grid_id, p.post) = (m.worker_id, m.grid_id, m.post)"
    )
    op.execute(
        "INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to) "
        "SELECT worker_id, grid_id, post, lower(held), upper(held) FROM merged "
        "ORDER BY grid_id, post, worker_id, lower(held)"
    )
    op.execute("DROP TABLE merged")


def _posts() -> None:
    table = op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("zh", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.Column("responsible", sa.Boolean(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_post_division_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint(
            "division_id", "name", name=op.f("uq_post_division_id_name"), postgresql_nulls_not_distinct=True
        ),
    )  # fmt: skip
    op.bulk_insert(
        table,
        [
            {"name": name, "code": code, "zh": name, "en": en, "responsible": answers, "ordinal": 10 * number}
            for number, (name, code, en, answers) in enumerate(POSTS, start=1)
        ],
    )  # fmt: skip
    op.execute("ALTER TABLE post ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON post TO wangge_server, wangge_compute")
    op.execute("GRANT INSERT, UPDATE ON post TO wangge_server")
    op.execute("GRANT USAGE ON SEQUENCE post_id_seq TO wangge_server")
    op.execute(
        f"CREATE POLICY select_in_area ON post FOR SELECT TO wangge_server, wangge_compute USING ({ANYBODY})"
    )
    op.execute(
        f"CREATE POLICY insert_in_area ON post FOR INSERT TO wangge_server WITH CHECK ({WRITE})"
    )
    op.execute(
        f"CREATE POLICY update_in_area ON post FOR UPDATE TO wangge_server USING ({WRITE}) WITH CHECK ({WRITE})"
    )


def _guard() -> None:
    """Post only persons one sees: else a number that is guessed would show a name and a telephone.

    And let a substitute begin as one: another person, in the post of a holder, within its days.
    """
    op.execute(
        """
        CREATE FUNCTION guard_posting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user <> 'wangge_owner' AND (TG_OP = 'INSERT' OR NEW.worker_id <> OLD.worker_id)
               AND NOT EXISTS (SELECT FROM worker w WHERE w.id = NEW.worker_id) THEN
                RAISE EXCEPTION 'that person is on no list of this area' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF TG_OP = 'INSERT' AND NEW.substitute_for IS NOT NULL AND NOT EXISTS (
                SELECT FROM posting h WHERE h.id = NEW.substitute_for AND h.substitute_for IS NULL
                AND h.worker_id <> NEW.worker_id AND h.post = NEW.post
                AND daterange(NEW.valid_from, NEW.valid_to) <@ daterange(h.valid_from, h.valid_to)
            ) THEN
                RAISE EXCEPTION 'a substitute is another person, in the post and within the days of its holder'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER guard_posting BEFORE INSERT OR UPDATE ON posting "
        "FOR EACH ROW EXECUTE FUNCTION guard_posting()"
    )


def downgrade() -> None:
    op.execute("DROP VIEW published.workers")
    op.execute("DROP VIEW answering")
    op.execute("DROP FUNCTION county_of_grid(integer)")
    op.execute(PUBLISHED_BEFORE)
    op.execute("GRANT SELECT ON published.workers TO wangge_reader, wangge_server")
    op.execute("DROP TRIGGER guard_posting ON posting")
    op.execute("DROP FUNCTION guard_posting()")
    op.drop_table("post")
    op.execute("DELETE FROM posting WHERE substitute_for IS NOT NULL")
    op.drop_constraint("posting_one_substitute_a_day", "posting")
    op.drop_constraint("posting_once_a_day", "posting")
    op.drop_constraint(op.f("fk_posting_substitute_for"), "posting", type_="foreignkey")
    op.drop_constraint("uq_posting_id_grid_id", "posting")
    op.drop_index("ix_posting_substitute_for", "posting")
    op.drop_column("posting", "substitute_for")
