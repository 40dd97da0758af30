"""Scenarios by name: kept with their answer, listed side by side, adopted or dropped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.areas import ids_of
from layers.audit import record
from layers.db import Database, actor_of
from layers.inputs import InputCache
from layers.io.progress import Progress, silent
from layers.models import SCENARIO_STATES
from layers.scenario import Scenario
from layers.usecases.whatif.computing import what_if

MAX_NAME, MAX_NOTE = 100, 2000


def keep(
    database: Database,
    cache: InputCache,
    scenario: Scenario,
    name: str,
    note: str | None = None,
    progress: Progress = silent,
    siting: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Answer a scenario and keep both under a name; with how its sites were chosen, where they were.

    Raises
    ------
    RefusedInputError
        `no_name`, and what `what_if` refuses.
    """
    if not name.strip() or len(name) > MAX_NAME or len(note or "") > MAX_NOTE:
        raise RefusedInputError("no_name", f"a scenario has a name of up to {MAX_NAME} characters")
    answer = what_if(database, cache, scenario, progress)
    named = answer["parameters"]["question"]["division"]
    codes = named.split(",") if named else []
    result = {key: value for key, value in answer.items() if key not in {"buildings", "seconds"}}
    if siting is not None:
        result["siting"] = siting
    with database.session("server") as session:
        number = session.execute(
            text(
                "INSERT INTO scenario (name, division_id, request, result, note, created_by) VALUES "
                "(:name, :division, CAST(:request AS jsonb), CAST(:result AS jsonb), :note, :actor) RETURNING id"
            ),
            {
                "name": name.strip(),
                "division": _above(session, codes),
                "request": json.dumps(answer["parameters"], ensure_ascii=False),
                "result": json.dumps(result, ensure_ascii=False),
                "note": note,
                "actor": actor_of(session).name,
            },
        ).scalar_one()
        record(session, "scenario.keep", f"{number} {name.strip()}")
        return scenario_document(session, int(number))


def _above(session: Session, codes: Sequence[str]) -> int | None:
    """Return the id of the one division named; of several the lowest that holds them all."""
    if not codes:
        return None
    prefix = codes[0]
    while len(codes) > 1 and not all(code.startswith(prefix) for code in codes):
        prefix = prefix[:-3]
        if len(prefix) < 6:
            raise RefusedInputError("several_counties", "a scenario lies in one county")
    return ids_of(session, [prefix])[prefix]


LISTED = (
    "SELECT s.id AS scenario, s.name, s.state, s.note, s.created_by, s.created_at, s.decided_by, s.decided_at, "
    "v.code AS division, s.request, s.result FROM scenario s LEFT JOIN LATERAL (SELECT code FROM division_version "
    "WHERE division_id = s.division_id ORDER BY valid_from DESC LIMIT 1) v ON true"
)


def list_scenarios(session: Session) -> list[dict[str, Any]]:
    """Return every scenario the actor sees, the newest first, with its totals."""
    rows = session.execute(text(f"{LISTED} ORDER BY s.id DESC LIMIT 500")).mappings()
    return [_row(row) for row in rows]


def scenario_document(session: Session, number: int) -> dict[str, Any]:
    """Return a kept scenario with what was asked and the whole answer.

    Raises
    ------
    NotFoundError
        `unknown_scenario`, also for one outside the actor's area.
    """
    row = session.execute(
        text(f"{LISTED} WHERE s.id = :number"), {"number": number}
    ).mappings().one_or_none()  # fmt: skip
    if row is None:
        raise NotFoundError("unknown_scenario", f"there is no scenario {number}")
    return {**_row(row), "request": row["request"], "result": row["result"]}


def _row(row: Any) -> dict[str, Any]:
    result = row["result"]
    return {
        "scenario": row["scenario"],
        "name": row["name"],
        "state": row["state"],
        "note": row["note"],
        "division": row["division"],
        "created_by": row["created_by"],
        "created_at": row["created_at"].isoformat(timespec="seconds"),
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"] and row["decided_at"].isoformat(timespec="seconds"),
        "changes": len(row["request"]["changes"]),
        "asked": _asked(row["request"]),
        **{name: result[name] for name in ("before", "after", "newly_served", "no_longer_served")},
    }


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    """Return what two scenarios must have in common to be compared."""
    now, then = request["question"], request["after"]
    return {
        **{name: now[name] for name in ("category", "basis", "minutes", "speed_kmh")},
        "minutes_after": then["minutes"],
        "speed_after_kmh": then["speed_kmh"],
        "capacities": request["capacities"],
        "own_community": request["own_community"],
    }


def decide(session: Session, number: int, state: str, note: str | None = None) -> dict[str, Any]:
    """Adopt or drop a scenario; what was decided is not decided again without being taken up as a draft.

    Raises
    ------
    ConflictError
        `decided_already`.
    """
    if state not in SCENARIO_STATES:
        raise RefusedInputError("bad_state", f"a scenario is {', '.join(SCENARIO_STATES)}")
    now = scenario_document(session, number)["state"]
    if now == state or (now != "draft" and state != "draft"):
        raise ConflictError("decided_already", f"this scenario is {now}")
    session.execute(
        text(
            "UPDATE scenario SET state = :state, note = coalesce(:note, note), decided_by = :actor, decided_at = now() "
            "WHERE id = :number"
        ),
        {"state": state, "note": note, "actor": actor_of(session).name, "number": number},
    )
    record(session, "scenario.decide", str(number), before={"state": now}, after={"state": state})
    return scenario_document(session, number)
