"""Workers deal with events of their own grids, steps have ids made by phones; campaigns are edited and closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_event_work"
down_revision = "20261128_building_points"
branch_labels = None
depends_on = None

MAKES_CAMPAIGN = "(SELECT plans_everywhere()) OR {of}.divisions <@ (SELECT plans_area())::integer[]"
MADE_CAMPAIGN = (
    "campaign_id IN (SELECT c.id FROM campaign c WHERE " + MAKES_CAMPAIGN.format(of="c") + ")"
)
AS_ONESELF = (
    "actor = current_setting('wangge.actor', true) "
    "AND account_id IS NOT DISTINCT FROM (SELECT scope_account())"
)
CLOSING = ("closed_as", "closed_at", "closed_by", "closed_reason")
EDITED = ("name", "owner", "note", "deadline", "divisions", "grids", "revision", *CLOSING)
IN_FORCE = (
    "{v}.valid_from <= current_date AND ({v}.valid_to IS NULL OR {v}.valid_to > current_date)"
)
# Beyond row-level security, so that of an event no other column is in a worker's hand, and no other step. The grid
# that has it today is looked up as `layers/usecases/events/filter.py` does.
WORK = f"""
    CREATE FUNCTION work_on_event(
        which uuid, step uuid, what text, said text, until timestamptz, written timestamptz
    ) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        e event%ROWTYPE;
        has integer;
        ends text;
        goes text;
        due timestamptz;
    BEGIN
        SELECT * INTO e FROM event WHERE id = which FOR UPDATE;
        SELECT coalesce(
            (SELECT v.grid_id FROM grid_version v WHERE v.id = e.routed_version_id AND {IN_FORCE.format(v="v")}),
            (SELECT v.grid_id FROM grid_version v WHERE {IN_FORCE.format(v="v")} AND (
                (e.grid_decided AND v.grid_id = e.grid_id)
                OR (v.geom && e.geom AND ST_Intersects(v.geom, e.geom) AND NOT EXISTS (
                    SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND {IN_FORCE.format(v="k")})))
             ORDER BY (e.grid_decided AND v.grid_id = e.grid_id) DESC, v.code COLLATE "C" LIMIT 1)) INTO has;
        IF e.id IS NULL OR e.due_at IS NULL OR e.level <> 'grid' OR has IS NULL
            OR coalesce(scope_role(), '') <> 'grid_worker' OR NOT has = ANY (own_grids())
        THEN
            RAISE EXCEPTION 'not in hand' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF EXISTS (SELECT FROM event_step s WHERE s.client_id = step) THEN
            RETURN false;
        END IF;
        IF what = 'handle' AND e.state IN ('reported', 'registered', 'dispatched', 'deferred') THEN
            ends := 'handling';
        ELSIF what = 'feedback' AND e.state IN ('dispatched', 'handling') THEN
            ends := 'feedback';
        ELSIF what = 'return' AND e.state IN ('dispatched', 'handling') THEN
            ends := 'returned';
        ELSE
            RAISE EXCEPTION 'no step of a worker' USING ERRCODE = 'insufficient_privilege';
        END IF;
        due := coalesce(until, e.due_at);
        IF (what <> 'handle' AND (btrim(coalesce(said, '')) = '' OR until IS NULL))
            OR char_length(said) > 1000
            OR until NOT BETWEEN now() AND now() + interval '2 years'
        THEN
            RAISE EXCEPTION 'words or time are lacking' USING ERRCODE = 'insufficient_privilege';
        END IF;
        -- What is returned lies with the community, which had the grid's events all along.
        goes := CASE what WHEN 'return' THEN 'community' ELSE 'grid' END;
        UPDATE event SET state = ends, level = goes, due_at = due, updated_at = now(),
            handler_office = CASE what WHEN 'return' THEN NULL ELSE handler_office END
        WHERE id = which;
        INSERT INTO event_step (event_id, client_id, actor, account_id, action, from_state, to_state, from_level,
            to_level, note, details)
        VALUES (which, step, current_setting('wangge.actor', true), scope_account(), what, e.state, ends, e.level,
            goes, said, CASE WHEN written IS NULL THEN NULL ELSE jsonb_build_object('written_at', written) END);
        RETURN true;
    END
    $$
"""


def upgrade() -> None:
    op.add_column("event_step", sa.Column("client_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_event_step_client_id"), "event_step", ["client_id"])
    op.execute(WORK)
    head = "work_on_event(uuid, uuid, text, text, timestamptz, timestamptz)"
    op.execute(f"REVOKE ALL ON FUNCTION {head} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {head} TO wangge_server")
    _campaigns()


def _campaigns() -> None:
    op.add_column("campaign", sa.Column("note", sa.String(), nullable=True))
    op.add_column(
        "campaign", sa.Column("revision", sa.Integer(), server_default="0", nullable=False)
    )
    for name in CLOSING:
        kind = sa.DateTime(timezone=True) if name == "closed_at" else sa.String()
        op.add_column("campaign", sa.Column(name, kind, nullable=True))
    op.create_check_constraint(
        op.f("ck_campaign_closed_as"), "campaign", "closed_as IN ('done', 'cancelled')"
    )
    op.create_check_constraint(
        op.f("ck_campaign_closed"), "campaign", "(closed_as IS NULL) = (closed_at IS NULL)"
    )
    op.add_column(
        "campaign_item", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Lines change places within one transaction: what counts is the order at its end.
    op.drop_constraint(op.f("uq_campaign_item_campaign_id_position"), "campaign_item")
    op.create_unique_constraint(
        op.f("uq_campaign_item_campaign_id_position"),
        "campaign_item",
        ["campaign_id", "position"],
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_table(
        "campaign_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "action IN ('edit', 'close', 'reopen')", name=op.f("ck_campaign_change_action")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_change_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_change")),
    )
    op.create_index(op.f("ix_campaign_change_campaign_id"), "campaign_change", ["campaign_id"])
    op.execute("ALTER TABLE campaign_change ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON campaign_change TO wangge_server")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_server")
    # Who made it and when stays as it was written.
    op.execute(f"GRANT UPDATE ({', '.join(EDITED)}) ON campaign TO wangge_server")
    op.execute("GRANT UPDATE (position, text, withdrawn_at) ON campaign_item TO wangge_server")
    op.execute(
        "CREATE POLICY select_in_area ON campaign_change FOR SELECT TO wangge_server "
        "USING (campaign_id IN (SELECT c.id FROM campaign c))"
    )
    op.execute(
        "CREATE POLICY insert_in_area ON campaign_change FOR INSERT TO wangge_server "
        f"WITH CHECK ({AS_ONESELF} AND {MADE_CAMPAIGN})"
    )
    makes = MAKES_CAMPAIGN.format(of="campaign")
    for table, rule in (("campaign", makes), ("campaign_item", MADE_CAMPAIGN)):
        op.execute(
            f"CREATE POLICY update_in_area ON {table} FOR UPDATE TO wangge_server "
            f"USING ({rule}) WITH CHECK ({rule})"
        )


def downgrade() -> None:
    for table in ("campaign", "campaign_item"):
        op.execute(f"DROP POLICY update_in_area ON {table}")
        op.execute(f"REVOKE UPDATE ON {table} FROM wangge_server")
    op.drop_table("campaign_change")
    op.drop_constraint(op.f("uq_campaign_item_campaign_id_position"), "campaign_item")
    op.create_unique_constraint(
        op.f("uq_campaign_item_campaign_id_position"), "campaign_item", ["campaign_id", "position"]
    )
    op.drop_column("campaign_item", "withdrawn_at")
    op.drop_constraint(op.f("ck_campaign_closed"), "campaign")
    op.drop_constraint(op.f("ck_campaign_closed_as"), "campaign")
    for name in (*CLOSING, "revision", "note"):
        op.drop_column("campaign", name)
    op.execute("DROP FUNCTION work_on_event(uuid, uuid, text, text, timestamptz, timestamptz)")
    op.drop_constraint(op.f("uq_event_step_client_id"), "event_step")
    op.drop_column("event_step", "client_id")
