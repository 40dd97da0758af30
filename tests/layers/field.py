"""Events of the sample county for tests: places, workers with accounts, reports."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image
from sqlalchemy import text

from layers.db import Database
from layers.rights import Actor
from layers.usecases.events.reporting import Report, take_report
from layers.usecases.events.working_time import ZONE
from tests.accounts import make_account, visit

INSIDE = (117.3006, 28.6164)
"""A place in the township 990101001."""
COMMUNITY, TOWNSHIP, COUNTY = "990101001001", "990101001", "990101"


def now() -> datetime:
    """Return the moment, as a phone's right clock says it."""
    return datetime.now(ZONE)


@dataclass(frozen=True)
class Spot:
    """A grid with a point well inside it."""

    grid: int
    code: str
    lon: float
    lat: float
    community: int


def spots(store: Database, community: str = COMMUNITY) -> list[Spot]:
    """Return the general grids of a community today, each with a point deep inside."""
    statement = """
        SELECT v.grid_id, v.code, ST_X(p) AS lon, ST_Y(p) AS lat, g.community_id
        FROM grid_version v JOIN grid g ON g.id = v.grid_id
        JOIN division_version d ON d.division_id = g.community_id AND d.valid_to IS NULL,
        LATERAL (SELECT (ST_MaximumInscribedCircle(v.geom)).center AS p) q
        WHERE d.code = :code AND v.valid_from <= current_date
          AND (v.valid_to IS NULL OR v.valid_to > current_date)
          AND NOT EXISTS (SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND k.valid_to IS NULL)
        ORDER BY v.code COLLATE "C"
    """
    with store.session("owner") as session:
        rows = session.execute(text(statement), {"code": community})
        return [Spot(r.grid_id, r.code, r.lon, r.lat, r.community_id) for r in rows]


def worker_account(store: Database, grids: list[int], codes: list[str] | None = None) -> str:
    """Return the name of a new account of a worker with a post in grids from today on."""
    name = make_account(store, "grid_worker", codes or [TOWNSHIP])
    with store.session("owner") as session:
        number = session.execute(
            text("INSERT INTO worker (name, work_phone) VALUES (:name, '1') RETURNING id"),
            {"name": name},
        ).scalar_one()
        session.execute(
            text("UPDATE account SET worker_id = :worker WHERE name = :name"),
            {"worker": number, "name": name},
        )
        for grid in grids:
            session.execute(
                text(
                    "INSERT INTO posting (worker_id, grid_id, post, valid_from) "
                    "VALUES (:worker, :grid, '网格员', current_date)"
                ),
                {"worker": number, "grid": grid},
            )
    return name


def worker(store: Database, grids: list[int], codes: list[str] | None = None) -> Actor:
    """Return a new grid worker of grids as the one who acts."""
    return visit(store, worker_account(store, grids, codes)).actor


def report(lon: float | None, lat: float | None, **more: Any) -> Report:
    """Return a report of litter at a place, made and sent now."""
    given: dict[str, Any] = {
        "id": uuid.uuid4(), "category": "litter", "lon": lon, "lat": lat, "placed": "tap",
        "reported_at": now(), "phone_now": now(),
    }  # fmt: skip
    return Report(**{**given, **more})


def reported(store: Database, who: Actor, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    """Take a report and return its document."""
    with store.acting(who).session() as session:
        return take_report(session, report(lon, lat, **more))[0]


def body(lon: float | None, lat: float | None, **more: Any) -> dict[str, Any]:
    """Return a report as a phone sends it."""
    moment = now()
    given = {
        "id": str(uuid.uuid4()), "category": "litter", "lon": lon, "lat": lat, "accuracy_m": None,
        "placed": "tap", "building": None, "text": None, "reported_at": moment.isoformat(),
        "phone_now": (moment + timedelta(seconds=1)).isoformat(), "photos": 0, "queue_no": None,
    }  # fmt: skip
    return {**given, **more}


def picture(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200), **options: Any) -> bytes:
    """Return a picture in two halves, red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
