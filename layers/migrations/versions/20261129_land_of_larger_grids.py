"""A larger grid has what happens on its land where none of the grids nested in it lies."""

from __future__ import annotations

from alembic import op

revision = "20261129_land_of_larger_grids"
down_revision = "20261129_nested_own_grids"
branch_labels = None
depends_on = None

FUNCTION = "work_on_event(uuid, uuid, text, text, timestamptz, timestamptz)"
LARGER = (
    "EXISTS (SELECT FROM grid_version n WHERE n.parent_id = v.grid_id AND n.valid_from <= current_date "
    "AND (n.valid_to IS NULL OR n.valid_to > current_date))"
)
# Before, a grid with others nested in it had nothing at all.
CHANGES = (
    (
        "SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND k.valid_from",
        "SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND ST_Intersects(k.geom, e.geom) AND k.valid_from",
    ),
    (
        "ORDER BY (e.grid_decided AND v.grid_id = e.grid_id) DESC, v.code",
        f"ORDER BY (e.grid_decided AND v.grid_id = e.grid_id) DESC, {LARGER}, v.code",
    ),
)


def _change(before: str, after: str) -> None:
    op.execute(
        f"""
        DO $change$
        DECLARE
            written text := pg_get_functiondef('{FUNCTION}'::regprocedure);
        BEGIN
            IF position($text${before}$text$ IN written) = 0 THEN
                RAISE EXCEPTION 'work_on_event is not as expected';
            END IF;
            EXECUTE replace(written, $text${before}$text$, $text${after}$text$);
        END
        $change$
        """
    )


def upgrade() -> None:
    for before, after in CHANGES:
        _change(before, after)


def downgrade() -> None:
    for before, after in reversed(CHANGES):
        _change(after, before)
