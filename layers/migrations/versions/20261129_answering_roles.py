"""Who answers for a grid is told with a role: whoever works in it, its leader, or somebody else.

Beside a position stands a button that calls the grid's worker. The words of posts are a county's own, and the
leader comes first in lists: neither says whom to call.
"""

from __future__ import annotations

from alembic import op

revision = "20261129_answering_roles"
down_revision = "20261129_step_photos"
branch_labels = None
depends_on = None

HELD = "{a}.valid_from <= as_of_day() AND ({a}.valid_to IS NULL OR {a}.valid_to > as_of_day())"
ROLE = """,
           CASE WHEN NOT coalesce(o.responsible, true) THEN 'other'
                WHEN o.code = 'grid_leader' THEN 'grid_leader' ELSE 'grid_worker' END AS role"""
"""A post that no row names answers, as ever; the code of a post stays with it whatever a county calls it."""
ANSWERING = f"""
    SELECT p.id AS posting_id, p.grid_id, p.worker_id, w.name, w.work_phone, p.post AS post_name,
           coalesce(o.zh, p.post) AS post, coalesce(o.en, p.post) AS post_en,
           coalesce(o.responsible, true) AS responsible, coalesce(o.ordinal, 1000) AS ordinal,
           h.id AS holder_id, h.name AS substitute_for,
           CASE WHEN h.id IS NOT NULL THEN least(p.valid_to, h.valid_to) END AS until{{role}}
    FROM posting p
    JOIN worker w ON w.id = p.worker_id
    LEFT JOIN LATERAL (
        SELECT k.code, k.zh, k.en, k.responsible, k.ordinal FROM post k
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
"""As the migration of posts has it, with the role."""
PUBLISHED = """
    SELECT v.code AS grid, a.name, a.work_phone, a.post, a.post_en, a.ordinal, a.substitute_for, a.until{column}
    FROM ({answering}) a
    JOIN public.grid_version v ON v.grid_id = a.grid_id
      AND current_date >= v.valid_from AND (v.valid_to IS NULL OR current_date < v.valid_to)
    WHERE as_of_day() = current_date
"""


def upgrade() -> None:
    told = ANSWERING.format(role=ROLE)
    op.execute(f"CREATE OR REPLACE VIEW answering WITH (security_invoker = true) AS {told}")
    published = PUBLISHED.format(column=", a.role", answering=told)
    op.execute(f"CREATE OR REPLACE VIEW published.workers AS {published}")


def downgrade() -> None:
    told = ANSWERING.format(role="")
    op.execute("DROP VIEW published.workers")
    op.execute("DROP VIEW answering")
    op.execute(f"CREATE VIEW answering WITH (security_invoker = true) AS {told}")
    op.execute("GRANT SELECT ON answering TO wangge_server")
    published = PUBLISHED.format(column="", answering=told)
    op.execute(f"CREATE VIEW published.workers AS {published}")
    op.execute("GRANT SELECT ON published.workers TO wangge_reader, wangge_server")
