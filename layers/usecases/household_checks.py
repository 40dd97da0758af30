"""Checking households (核实户数): grid workers propose counts of buildings, the community accepts or returns them.

Counts only, never names. What is accepted becomes a dated count of the building like any other; what was not
counted anew stays as it was.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError, RefusedInputError
from layers.audit import record
from layers.db import actor_of, touch
from layers.registry import ESTATE_JOINS, ESTATE_NAME, effective
from layers.rules import grid_rule
from layers.usecases.events.clock import EARLIEST, LATEST, correct
from layers.usecases.events.working_time import ZONE
from layers.usecases.locate import LARGER
from layers.usecases.rule_sets import rules_judging

FIGURES = ("registered", "resident", "vacant", "planned")
SOURCE = "网格核实"
"""Source of a count that a grid worker made and the community accepted."""
DATASET = "household-checks"
FIRST_DAY = date(2000, 1, 1)
MOST = 100_000
NOTE_LENGTH = 500
BASIS = "resident"
HELD = (
    "(SELECT * FROM household_count k WHERE k.building_id = {building} AND k.counted_on <= current_date "
    "ORDER BY k.counted_on DESC, k.source DESC LIMIT 1)"
)
"""The count of a building in force."""
NOW = f"""
    LEFT JOIN LATERAL (
        SELECT v.grid_id, v.code, v.name FROM grid_version v
        WHERE {effective("v")} AND (v.grid_id = c.grid_id OR (v.geom && b.geom AND ST_Intersects(v.geom, b.geom)))
        ORDER BY coalesce(v.grid_id = c.grid_id, false) DESC, {LARGER}, v.code COLLATE "C" LIMIT 1) n ON true
"""
"""The grid that a proposal concerns today: where it was counted, or what came after that grid."""
GRID_CODE = "CASE WHEN c.state = 'proposed' THEN n.code ELSE v.code END"
SELECT = f"""
    SELECT c.id, c.building, coalesce(b.name, b.building_no) AS building_name, {ESTATE_NAME} AS estate,
           ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, {GRID_CODE} AS grid,
           CASE WHEN c.state = 'proposed' THEN n.name ELSE v.name END AS grid_name, c.counted_on,
           c.registered, c.resident, c.vacant, c.planned, c.note, c.made_at, c.received_at, c.state,
           c.decided_by, c.decided_at, c.reason, c.account_id, c.building_id, c.grid_id
    FROM household_check c LEFT JOIN building b ON b.id = c.building_id
    {ESTATE_JOINS}
    LEFT JOIN LATERAL (SELECT code, name FROM grid_version WHERE grid_id = c.grid_id
                       ORDER BY valid_from DESC LIMIT 1) v ON true
    {NOW}
"""


@dataclass(frozen=True)
class Check:
    """What a worker counted in a building on a day; None is not counted."""

    id: uuid.UUID
    building: str
    counted_on: date
    """By the phone's calendar; the true day where it is `certain`."""
    registered: int | None = None
    resident: int | None = None
    vacant: int | None = None
    planned: int | None = None
    note: str | None = None
    made_at: datetime | None = None
    """By the phone's clock."""
    phone_now: datetime | None = None
    """What the phone's clock said when it was sent."""
    certain: bool = False
    """The day was chosen by hand, or by a clock that was compared with ours: it is not set right again."""

    @property
    def figures(self) -> dict[str, int | None]:
        """The counts by basis."""
        return {name: getattr(self, name) for name in FIGURES}

    def made(self, now: datetime) -> datetime:
        """Return when it was written, corrected by what the phone says it is now.

        Raises
        ------
        RefusedInputError
            `bad_time`.
        """
        sent = self.phone_now or now
        return correct(self.made_at or sent, sent, now).at

    def day(self, made: datetime, now: datetime) -> date:
        """Return the day that was counted, of a check written at `made`: "today" of a wrong phone is today.

        What lies centuries away is left as it is, to be refused.
        """
        if self.certain or not EARLIEST <= self.counted_on.year <= LATEST:
            return self.counted_on
        written = self.made_at or self.phone_now or now
        return self.counted_on - (written.astimezone(ZONE).date() - made.astimezone(ZONE).date())


def propose_check(session: Session, given: Check) -> tuple[dict[str, Any], bool]:
    """Keep what a worker counted and return it with whether it is new; the same again changes nothing.

    The day is kept as it was by the true calendar.

    Raises
    ------
    RefusedInputError
        `bad_check`, every fault by its field; `bad_time`.
    NotFoundError
        `unknown_building`, also for one outside the account's area.
    ConflictError
        `id_taken` for the id of another check.
    """
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    made = given.made(now)
    counted_on = given.day(made, now)
    _require_sound(given, counted_on, now.astimezone(ZONE).date())
    place = session.execute(
        text("SELECT building, division, grid FROM place_of_check(:code)"), {"code": given.building}
    ).one_or_none()
    if place is None:
        raise NotFoundError(
            "unknown_building", f"there is no building {given.building!r} in your area"
        )
    stored = session.execute(
        text(
            "INSERT INTO household_check (id, building_id, building, grid_id, division_id, account_id, counted_on, "
            "registered, resident, vacant, planned, note, made_at) VALUES (:id, :building, :code, :grid, "
            ":division, :account, :counted_on, :registered, :resident, :vacant, :planned, :note, :made_at) "
            "ON CONFLICT (id) DO NOTHING RETURNING id"
        ),
        {
            "id": given.id,
            "building": place.building,
            "code": given.building,
            "grid": place.grid,
            "division": place.division,
            "account": actor_of(session).account,
            "counted_on": counted_on,
            "note": (given.note or "").strip()[:NOTE_LENGTH] or None,
            "made_at": made,
            **given.figures,
        },
    ).scalar_one_or_none()
    kept = session.execute(text(f"{SELECT} WHERE c.id = :id"), {"id": given.id}).one_or_none()
    if kept is None or not _same(kept, given, counted_on, now):
        raise ConflictError("id_taken", "this id belongs to another check; nothing was changed")
    if stored is not None:
        record(session, "households.check", given.building, after={**given.figures})
    return _document(kept), stored is not None


def _same(kept: Any, given: Check, counted_on: date, now: datetime) -> bool:
    """Say whether a stored check is this one, sent before.

    The clock may have been set right between two sendings: the first one told when it was written.
    """
    days = {counted_on}
    if given.made_at is not None:
        days.add(given.day(kept.made_at, now))
    return kept.counted_on in days and all(
        getattr(kept, name) == value
        for name, value in (("building", given.building), *given.figures.items())
    )


def _require_sound(given: Check, counted_on: date, today: date) -> None:
    faults = []
    for name, value in given.figures.items():
        if value is not None and not 0 <= value <= MOST:
            faults.append(Fault(field=name, reason=f"a number from 0 to {MOST:,}"))
    if all(value is None for value in given.figures.values()):
        faults.append(Fault(field="resident", reason="count at least one of the figures"))
    if not FIRST_DAY <= counted_on <= today:
        faults.append(Fault(field="counted_on", reason=f"a day from {FIRST_DAY} to today, {today}"))
    if faults:
        said = "; ".join(f"{fault.field}: {fault.reason}" for fault in faults)
        raise RefusedInputError("bad_check", said, faults)


def list_checks(
    session: Session, state: str | None = None, division: str | None = None, limit: int = 500
) -> dict[str, Any]:
    """Return checks one may see, newest first, and what accepting the open ones would do to each grid.

    Returns
    -------
    dict
        `checks`, each with `before` (the count in force), `total`, and `grids`: open proposals by grid with
        households of the basis `resident` now and afterwards, the band with its rule, and `leaves_band`.
    """
    actor = actor_of(session)
    mine = actor.role == "grid_worker"
    where = [
        "(CAST(:state AS text) IS NULL OR c.state = :state)",
        f"(CAST(:division AS text) IS NULL OR {GRID_CODE} LIKE :division || '%')",
        "(NOT :mine OR c.account_id = :account)",
    ]
    values = {
        "state": state,
        "division": division,
        "mine": mine,
        "account": actor.account,
        "limit": limit,
    }
    condition = " AND ".join(where)
    rows = session.execute(
        text(f"{SELECT} WHERE {condition} ORDER BY c.received_at DESC, c.id LIMIT :limit"), values
    ).all()
    total = session.execute(
        text(f"SELECT count(*) FROM ({SELECT} WHERE {condition}) x"), values
    ).scalar_one()
    before = _in_force(session, [row.building_id for row in rows])
    return {
        "checks": [{**_document(row), "before": before.get(row.building_id)} for row in rows],
        "total": total,
        "grids": [] if mine else _consequences(session, division),
    }


def _in_force(session: Session, buildings: list[int]) -> dict[int, dict[str, Any]]:
    rows = session.execute(
        text(
            "SELECT h.* FROM unnest(CAST(:ids AS integer[])) AS b "
            f"JOIN LATERAL {HELD.format(building='b')} h ON true"
        ),
        {"ids": buildings},
    ).mappings()
    return {
        row["building_id"]: {
            **{name: row[name] for name in FIGURES},
            "counted_on": row["counted_on"].isoformat(),
            "source": row["source"],
        }
        for row in rows
    }


def _consequences(session: Session, division: str | None) -> list[dict[str, Any]]:
    """Return what the newest open proposal of every building would do to the band of its grid.

    One that is older than the count in force changes nothing.
    """
    rows = session.execute(
        text(
            f"""
            WITH open AS (
                SELECT DISTINCT ON (c.building_id) c.building_id, n.grid_id, c.counted_on, c.{BASIS}
                FROM household_check c JOIN building b ON b.id = c.building_id {NOW}
                WHERE c.state = 'proposed' AND n.grid_id IS NOT NULL
                ORDER BY c.building_id, c.counted_on DESC, c.made_at DESC
            )
            SELECT v.code, v.name, v.kind, g.community_id, d.code AS community, d.kind AS community_kind,
                   count(o.building_id) AS proposals, count(*) AS buildings,
                   coalesce(sum(h.{BASIS}), 0) AS now, coalesce(sum(CASE WHEN o.counted_on < h.counted_on THEN h.{BASIS}
                        ELSE coalesce(o.{BASIS}, h.{BASIS}) END), 0) AS after
            FROM grid_version v JOIN grid g ON g.id = v.grid_id
            LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
            JOIN building b ON b.geom && v.geom AND ST_Intersects(v.geom, b.geom)
            LEFT JOIN open o ON o.building_id = b.id
            LEFT JOIN LATERAL {HELD.format(building="b.id")} h ON true
            WHERE v.grid_id IN (SELECT grid_id FROM open) AND {effective("v")}
              AND (CAST(:division AS text) IS NULL OR v.code LIKE :division || '%')
            GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY v.code COLLATE "C"
            """
        ),
        {"division": division},
    ).all()
    found = []
    for row in rows:
        rules = rules_judging(session, row.community_id, "grid_band") if row.community_id else None
        now = grid_rule(row.community_kind, row.kind, int(row.now), rules)
        after = grid_rule(row.community_kind, row.kind, int(row.after), rules)
        found.append(
            {
                "grid": row.code,
                "name": row.name,
                "community": row.community,
                "basis": BASIS,
                "proposals": row.proposals,
                "buildings": row.buildings,
                "households": int(row.now),
                "households_after": int(row.after),
                "rule": now,
                "verdict_after": after and after["verdict"],
                "leaves_band": bool(
                    now and after and now["verdict"] == "in_band" and after["verdict"] != "in_band"
                ),
            }
        )
    return found


def decide_check(
    session: Session, check: uuid.UUID, *, accept: bool, reason: str | None
) -> dict[str, Any]:
    """Accept a proposal, which makes it a count of the building, or return it with a reason.

    Raises
    ------
    NotFoundError
        `unknown_check`, also for one outside one's area.
    ConflictError
        `check_decided` already.
    RefusedInputError
        `reason_needed` for returning without one.
    """
    row = session.execute(
        text(f"{SELECT} WHERE c.id = :id FOR UPDATE OF c"), {"id": check}
    ).one_or_none()
    if row is None:
        raise NotFoundError("unknown_check", "there is no such check in your area")
    if row.state != "proposed":
        raise ConflictError("check_decided", f"this check was {row.state} already")
    reason = (reason or "").strip()[:NOTE_LENGTH] or None
    if not accept and reason is None:
        raise RefusedInputError(
            "reason_needed",
            "say why the count is returned",
            [Fault(field="reason", reason="empty")],
        )
    if accept:
        # What was not counted anew stays as the count in force says.
        session.execute(
            text(
                f"""
                INSERT INTO household_count AS t (building_id, counted_on, source, registered, resident, vacant,
                    planned, dataset, division_id)
                SELECT c.building_id, c.counted_on, :source, coalesce(c.registered, h.registered),
                    coalesce(c.resident, h.resident), coalesce(c.vacant, h.vacant),
                    coalesce(c.planned, h.planned), :dataset, c.division_id
                FROM household_check c LEFT JOIN LATERAL {HELD.format(building="c.building_id")} h ON true
                WHERE c.id = :id
                ON CONFLICT (building_id, counted_on, source) WHERE building_id IS NOT NULL DO UPDATE SET
                    registered = excluded.registered, resident = excluded.resident, vacant = excluded.vacant,
                    planned = excluded.planned
                """
            ),
            {"source": SOURCE, "dataset": DATASET, "id": check},
        )
        touch(session, "households")
    session.execute(
        text(
            "UPDATE household_check SET state = :state, decided_by = :who, decided_at = now(), reason = :reason "
            "WHERE id = :id"
        ),
        {
            "state": "accepted" if accept else "returned",
            "who": actor_of(session).name,
            "reason": reason,
            "id": check,
        },
    )
    after = {"state": "accepted" if accept else "returned", "reason": reason}
    record(session, "households.decide", row.building, after=after)
    kept = session.execute(text(f"{SELECT} WHERE c.id = :id"), {"id": check}).one()
    return _document(kept)


def _document(row: Any) -> dict[str, Any]:
    hidden = {"account_id", "building_id", "grid_id"}
    found = {name: value for name, value in row._asdict().items() if name not in hidden}
    return {**found, "id": str(row.id), "counted_on": row.counted_on.isoformat()}


__all__ = ["Check", "decide_check", "list_checks", "propose_check"]
