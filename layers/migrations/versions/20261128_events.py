"""Events with their history and photos, their rules, and campaigns: by area, by own report, by own grid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "20261128_events"
down_revision = "20261128_field_work"
branch_labels = None
depends_on = None

SEERS = "'local', 'planner', 'reviewer', 'analyst'"
REPORTERS = "'local', 'planner', 'grid_worker'"
KEEPERS = "'local', 'system_administrator'"
STATES = (
    "'reported', 'registered', 'dispatched', 'handling', 'feedback', 'verified', 'evaluated', "
    "'returned', 'deferred', 'rejected', 'merged'"
)
CLOSED = "'verified', 'evaluated', 'rejected', 'merged'"
FUNCTIONS = {
    "sees_events_everywhere() RETURNS boolean": f"scope_everywhere() AND coalesce(scope_role() IN ({SEERS}), false)",
    "sees_events_area() RETURNS integer[]": f"CASE WHEN scope_role() IN ({SEERS}) THEN scope_area() "
    "ELSE '{}'::integer[] END",
}
ACCOUNT = "(SELECT scope_account())"
WORKER = "(SELECT scope_role()) = 'grid_worker'"
REPORTS = f"coalesce((SELECT scope_role()) IN ({REPORTERS}), false)"
AS_ONESELF = (
    f"actor = current_setting('wangge.actor', true) AND account_id IS NOT DISTINCT FROM {ACCOUNT}"
)
AREA = (
    "(SELECT sees_events_everywhere()) OR {column} = ANY ((SELECT sees_events_area())::integer[])"
)
HANDLES = "(SELECT plans_everywhere()) OR {column} = ANY ((SELECT plans_area())::integer[])"
OWN_GRID = "{column} = ANY ((SELECT own_grids())::integer[])"
HELD = (
    "v.valid_from <= current_date AND (v.valid_to IS NULL OR v.valid_to > current_date) "
    "AND v.geom && event.geom AND ST_Intersects(v.geom, event.geom)"
)
# Between midnight and the housekeeper an event still names the grid of yesterday: it is the successor's by its place.
SEES_EVENT = (
    f"({AREA.format(column='event.division_id')}) "
    "OR event.handler_division = ANY ((SELECT sees_events_area())::integer[]) "
    f"OR ({REPORTS} AND event.reporter_account = {ACCOUNT}) "
    f"OR ({WORKER} AND ({OWN_GRID.format(column='event.grid_id')} OR EXISTS (SELECT FROM grid_version v "
    f"WHERE {OWN_GRID.format(column='v.grid_id')} AND {HELD} AND event.due_at IS NOT NULL)))"
)
OF_EVENT = "event_id IN (SELECT e.id FROM event e{where})"
HANDLES_OR_HAS = (
    HANDLES.format(column="{of}.division_id")
    + " OR {of}.handler_division = ANY ((SELECT plans_area())::integer[])"
)
HANDLES_EVENT = OF_EVENT.format(where=" WHERE " + HANDLES_OR_HAS.format(of="e"))
REPORTED_EVENT = OF_EVENT.format(where=f" WHERE e.reporter_account IS NOT DISTINCT FROM {ACCOUNT}")
SEES_CAMPAIGN = (
    "(SELECT sees_events_everywhere()) OR campaign.divisions && (SELECT sees_events_area())::integer[] "
    f"OR ({WORKER} AND EXISTS (SELECT FROM grid g WHERE {OWN_GRID.format(column='g.id')} "
    "AND g.community_id = ANY (campaign.divisions)))"
)
MAKES_CAMPAIGN = "(SELECT plans_everywhere()) OR {of}divisions <@ (SELECT plans_area())::integer[]"
TABLES = (
    "campaign_mark",
    "campaign_item",
    "campaign",
    "event_photo",
    "event_step",
    "event",
    "event_rules",
)


def moment(name: str, *, now: bool = True) -> sa.Column[object]:
    """Return a column with a moment, by default that of the row."""
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("now()") if now else None,
        nullable=False,
    )


def policy(table: str, command: str, using: str | None, check: str | None = None) -> None:
    """Write one policy of the server's role."""
    op.execute(
        f"CREATE POLICY {command.lower()}_in_area ON {table} FOR {command} TO wangge_server"
        + (f" USING ({using})" if using else "")
        + (f" WITH CHECK ({check})" if check else "")
    )


def upgrade() -> None:
    for head, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {head} LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT {body} $$"
        )
    _rules()
    _events()
    _steps()
    _photos()
    _campaigns()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO wangge_server")
    # A step and a mark are only added; the database gives their time.
    op.execute("GRANT UPDATE ON event TO wangge_server")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    _policies()


def _rules() -> None:
    op.create_table(
        "event_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        moment("made_at"),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('categories', 'calendar')", name=op.f("ck_event_rules_kind")),
        sa.ForeignKeyConstraint(
            ["division_id"], ["division.id"], name=op.f("fk_event_rules_division_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_rules")),
    )
    op.create_index(op.f("ix_event_rules_division_id"), "event_rules", ["division_id"])


def _events() -> None:
    op.create_geospatial_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                geometry_type="POINT",
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("placed", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("photos", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("reporter_account", sa.Integer(), nullable=True),
        sa.Column("reporter", sa.String(), nullable=False),
        moment("reported_at", now=False),
        moment("received_at"),
        sa.Column("clock_error_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queue_no", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), server_default="reported", nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("handler_division", sa.Integer(), nullable=True),
        sa.Column("handler_office", sa.String(), nullable=True),
        sa.Column("reported_version_id", sa.Integer(), nullable=True),
        sa.Column("reported_grid", sa.String(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("routed_version_id", sa.Integer(), nullable=True),
        sa.Column("grid_decided", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("border", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalations", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        moment("updated_at"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_event_state")),
        sa.CheckConstraint(
            "level IN ('grid', 'community', 'township', 'county')", name=op.f("ck_event_level")
        ),
        sa.CheckConstraint(
            "placed IN ('gps', 'tap', 'building', 'qr')", name=op.f("ck_event_placed")
        ),
        sa.CheckConstraint("photos BETWEEN 0 AND 6", name=op.f("ck_event_photos")),
        sa.CheckConstraint("char_length(text) <= 1000", name=op.f("ck_event_text")),
        sa.CheckConstraint("duplicate_of <> id", name=op.f("ck_event_duplicate")),
        sa.CheckConstraint(f"(due_at IS NULL) = (state IN ({CLOSED}))", name=op.f("ck_event_due")),
        sa.ForeignKeyConstraint(
            ["reporter_account"], ["account.id"], name=op.f("fk_event_reporter_account")
        ),
        sa.ForeignKeyConstraint(
            ["reported_version_id"],
            ["grid_version.id"],
            name=op.f("fk_event_reported_version_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name=op.f("fk_event_grid_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["routed_version_id"],
            ["grid_version.id"],
            name=op.f("fk_event_routed_version_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["duplicate_of"], ["event.id"], name=op.f("fk_event_duplicate_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("number", name=op.f("uq_event_number")),
    )
    op.create_geospatial_index(
        "idx_event_geom",
        "event",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    for column in ("reporter_account", "grid_id", "routed_version_id", "duplicate_of"):
        op.create_index(op.f(f"ix_event_{column}"), "event", [column])
    op.create_index("ix_event_division_state", "event", ["division_id", "state"])
    op.create_index(
        "ix_event_due_at", "event", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )


def _steps() -> None:
    op.create_table(
        "event_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        moment("at"),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("from_level", sa.String(), nullable=True),
        sa.Column("to_level", sa.String(), nullable=False),
        sa.Column("from_grid", sa.String(), nullable=True),
        sa.Column("to_grid", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_step_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_step")),
    )
    op.create_index(op.f("ix_event_step_event_id"), "event_step", ["event_id"])


def _photos() -> None:
    op.create_table(
        "event_photo",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("received_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        moment("at"),
        sa.CheckConstraint("n BETWEEN 0 AND 5", name=op.f("ck_event_photo_n")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_photo_event_id")),
        sa.PrimaryKeyConstraint("event_id", "n", name=op.f("pk_event_photo")),
    )


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("divisions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("grids", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        moment("created_at"),
        sa.CheckConstraint("cardinality(divisions) > 0", name=op.f("ck_campaign_divisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_item_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_item")),
        sa.UniqueConstraint(
            "campaign_id", "position", name=op.f("uq_campaign_item_campaign_id_position")
        ),
    )
    op.create_table(
        "campaign_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("marked_grid", sa.String(), nullable=False),
        sa.Column("division_id", sa.Integer(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        moment("at", now=False),
        moment("received_at"),
        sa.Column("clock_error_s", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["campaign_item.id"], name=op.f("fk_campaign_mark_item_id")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_campaign_mark_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_mark")),
    )
    op.create_index("ix_campaign_mark_item_grid", "campaign_mark", ["item_id", "grid_id"])


def _policies() -> None:
    keeps = f"coalesce((SELECT scope_role()) IN ({KEEPERS}), false)"
    policy("event_rules", "SELECT", "(SELECT scope_role()) IS NOT NULL")
    policy(
        "event_rules",
        "INSERT",
        None,
        f"{keeps} AND made_by = current_setting('wangge.actor', true) AND ((SELECT scope_everywhere()) "
        "OR division_id = ANY ((SELECT scope_area())::integer[]))",
    )
    policy("event", "SELECT", SEES_EVENT)
    policy(
        "event",
        "INSERT",
        None,
        f"{REPORTS} AND reporter = current_setting('wangge.actor', true) "
        f"AND reporter_account IS NOT DISTINCT FROM {ACCOUNT} AND state = 'reported'",
    )
    handled = HANDLES_OR_HAS.format(of="event")
    policy("event", "UPDATE", handled, handled)
    policy("event_step", "SELECT", OF_EVENT.format(where=""))
    policy(
        "event_step",
        "INSERT",
        None,
        f"{AS_ONESELF} AND (({HANDLES_EVENT}) OR ({REPORTS} AND action IN ('report', 'photo') "
        f"AND ({REPORTED_EVENT})))",
    )
    policy("event_photo", "SELECT", OF_EVENT.format(where=""))
    policy("event_photo", "INSERT", None, f"{REPORTS} AND ({REPORTED_EVENT})")
    policy("campaign", "SELECT", SEES_CAMPAIGN)
    policy(
        "campaign",
        "INSERT",
        None,
        f"created_by = current_setting('wangge.actor', true) AND ({MAKES_CAMPAIGN.format(of='campaign.')})",
    )
    of_campaign = "campaign_id IN (SELECT c.id FROM campaign c{where})"
    policy("campaign_item", "SELECT", of_campaign.format(where=""))
    policy(
        "campaign_item",
        "INSERT",
        None,
        of_campaign.format(where=" WHERE " + MAKES_CAMPAIGN.format(of="c.")),
    )
    own = OWN_GRID.format(column="campaign_mark.grid_id")
    seen = AREA.format(column="campaign_mark.division_id")
    policy(
        "campaign_mark",
        "SELECT",
        f"({seen}) OR ({REPORTS} AND account_id = {ACCOUNT}) OR ({WORKER} AND {own})",
    )
    handled = HANDLES.format(column="campaign_mark.division_id")
    policy(
        "campaign_mark",
        "INSERT",
        None,
        f"{AS_ONESELF} AND (({handled}) OR ({WORKER} AND {own})) "
        "AND item_id IN (SELECT i.id FROM campaign_item i)",
    )


def downgrade() -> None:
    for table in TABLES:
        if table == "event":
            op.drop_geospatial_index(
                "idx_event_geom", table_name="event", postgresql_using="gist", column_name="geom"
            )
            op.drop_geospatial_table("event")
        else:
            op.drop_table(table)
    for head in FUNCTIONS:
        op.execute(f"DROP FUNCTION {head.partition(' RETURNS')[0]}")
