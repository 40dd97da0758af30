"""Making the cells of a county from its streets, barriers, buildings, estates and borders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.barriers import BARRIERS, CUTS_AS
from gis.cells import CellMap, Ground, make_cells, transform_once
from gis.crs import IntArray, metric_zone, to_lonlat, to_metric
from gis.errors import NotFoundError, RefusedInputError, WanggeError
from layers.areas import below, ids_of, reaches
from layers.audit import record
from layers.db import Database, actor_of, copy_rows, enter, revisions, touch
from layers.input_rows import copy_frame, county_zones
from layers.io.progress import Progress, part, silent
from layers.registry import effective
from layers.rights import Actor, RightsError
from layers.rules import band_of
from layers.usecases.rule_sets import rules_judging

BASIS = "resident"
FULL_SHARE = 3
"""A block with more households than this part of the band's lower end is cut by its buildings."""
FROM_LAYERS = ("streets", "buildings", "divisions", "estates")
"""Layers that cells are made of: when one changes, they are out of date."""


def county_of(session: Session, division: int) -> int:
    """Return the county a division lies in, or is.

    Raises
    ------
    NotFoundError
        `no_county` for a division above every county.
    """
    statement = f"""
        WITH RECURSIVE up AS (
            SELECT CAST(:division AS integer) AS id
            UNION
            SELECT v.parent_id FROM up JOIN division_version v ON v.division_id = up.id
            WHERE v.parent_id IS NOT NULL AND {effective("v")}
        )
        SELECT up.id FROM up JOIN division d ON d.id = up.id AND d.level = 'county' LIMIT 1
    """
    found = session.execute(text(statement), {"division": division}).scalar_one_or_none()
    if found is None:
        raise NotFoundError("no_county", "this division lies in no county of today")
    return int(found)


def set_state(session: Session, county: int) -> dict[str, Any] | None:
    """Return the county's newest cell set, and what has changed since it was made; None without one."""
    row = session.execute(
        text(
            "SELECT s.id AS set, s.generation, s.made_at, s.inputs, s.notes, "
            "(SELECT count(*) FROM cell c WHERE c.set_id = s.id AND c.cut_at IS NULL) AS cells "
            "FROM cell_set s WHERE s.county_id = :county AND s.superseded_at IS NULL"
        ),
        {"county": county},
    ).mappings().one_or_none()  # fmt: skip
    if row is None:
        return None
    now = _inputs_now(session)
    changed = [name for name in FROM_LAYERS if row["inputs"].get(name, 0) != now[name]]
    return {
        "set": row["set"],
        "generation": row["generation"],
        "made_at": row["made_at"].isoformat(timespec="seconds"),
        "cells": row["cells"],
        "stale": bool(changed),
        "reasons": changed,
        "notes": row["notes"],
    }


def _inputs_now(session: Session) -> dict[str, int]:
    known = revisions(session)
    return {name: known.get(name, 0) for name in FROM_LAYERS}


def require_county(session: Session, code: str) -> int:
    """Return the county of a division, which the session's actor must plan as a whole.

    Raises
    ------
    NotFoundError
        `unknown_division`, `no_county`.
    RightsError
        `outside_area`: cells are made for whole counties, so that they fit together.
    """
    county = county_of(session, ids_of(session, [code])[code])
    if not reaches(actor_of(session), county):
        raise RightsError(
            "outside_area", "cells are made for a whole county, by an account of all of it"
        )
    return county


def make_cell_set(
    database: Database, code: str, *, accept_repair: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Make a new generation of a county's cells; plans stay pinned to theirs until they are rebased.

    Parameters
    ----------
    code
        Of the county, or of any division in it.

    Raises
    ------
    RefusedInputError
        `division_gaps` when its communities leave gaps or overlap, unless `accept_repair`;
        `no_communities`.
    RightsError, NotFoundError
        See `require_county`.
    """
    with database.session() as session:
        county = require_county(session, code)
        actor = actor_of(session)
        progress(2, "reading streets, buildings and borders")
        read = _read(session, county)
        made = make_cells(
            read.ground,
            most=max(1, read.low // FULL_SHARE),
            accept_repair=accept_repair,
            progress=part(progress, 10, 80),
        )
        progress(82, "storing the cells")
        stored = _store(session, county, read, made, actor)
        if stored["added"]:
            record(session, "cells.make", code, after=stored)
            touch(session, "cells")
    progress(100, "done")
    return stored


@dataclass(frozen=True)
class _Read:
    ground: Ground
    crs: str
    community_id: list[int]
    estate_id: list[int]
    group_id: list[int]
    building_id: IntArray
    low: int
    inputs: dict[str, int]


def _read(session: Session, county: int) -> _Read:
    zones = county_zones(session)
    communities = _communities(session, county)
    if communities.empty:
        raise RefusedInputError("no_communities", "this county has no communities; import them")
    codes = [str(item) for item in communities["code"]]
    shapes = _shapes(communities)
    crs = zones.get(codes[0][:6]) or metric_zone(float(shapely.get_x(shapely.centroid(shapes[0]))))
    metres = _to_metres(crs)
    ids = [int(item) for item in communities["division_id"]]
    box = ", ".join(map(str, shapely.total_bounds(shapes)))
    window = f"geom && ST_MakeEnvelope({box}, 4326)"
    lines, line_class = _lines(session, window)
    cover = _frame(
        session,
        "SELECT t.cover_class AS class, encode(ST_AsBinary(t.geom), 'hex') AS wkb FROM land_cover t "
        f"JOIN network n ON n.id = t.network_id AND n.superseded_at IS NULL WHERE t.{window} ORDER BY t.id",
        ("class", "wkb"),
    )
    inside = ", ".join(map(str, ids))
    estates = _frame(
        session,
        "SELECT id, code, coalesce(name, '') AS name, encode(ST_AsBinary(geom), 'hex') AS wkb FROM estate "
        f"WHERE division_id IN ({inside}) ORDER BY id",
        ("code", "name", "wkb"),
    )
    groups = _frame(
        session,
        "SELECT id, code, coalesce(name, '') AS name, encode(ST_AsBinary(geom), 'hex') AS wkb FROM villager_group "
        f"WHERE division_id IN ({inside}) ORDER BY id",
        ("code", "name", "wkb"),
    )
    buildings = _buildings(session, inside)
    kinds = [None if pd.isna(item) else str(item) for item in communities["kind"]]
    footprints = np.full(len(buildings), None, dtype=object)
    drawn = buildings["wkb"].notna().to_numpy()
    if drawn.any():
        footprints[drawn] = metres(shapely.from_wkb(buildings["wkb"][drawn].to_numpy()))
    classes = np.array([str(item) for item in cover["class"]])
    covers = metres(_shapes(cover))
    ground = Ground(
        communities=metres(shapes),
        community_kind=kinds,
        lines=metres(lines),
        line_class=line_class,
        water=covers[classes == "water"] if len(covers) else covers,
        green=covers[classes == "green"] if len(covers) else covers,
        estates=metres(_shapes(estates)),
        group_point=metres(_shapes(groups)),
        points=to_metric(buildings[["lon", "lat"]].to_numpy(dtype=np.float64), crs),
        footprints=footprints,
        households=buildings["households"].to_numpy(dtype=np.int64),
        building_estate=_matched(buildings["estate"], estates),
        building_group=_matched(buildings["villager_group"], groups),
    )
    own = rules_judging(session, county, "grid_band")
    bands = (band_of(kind, "general", own) for kind in set(kinds))
    low = min((band[0] for band in bands if band), default=500)
    return _Read(
        ground, crs, ids,
        [int(item) for item in estates["id"]], [int(item) for item in groups["id"]],
        buildings["id"].to_numpy(dtype=np.int64), low, _inputs_now(session),
    )  # fmt: skip


def _frame(session: Session, query: str, texts: tuple[str, ...]) -> Any:
    return copy_frame(session, query, texts)


def _shapes(frame: Any) -> NDArray[np.object_]:
    return np.asarray(shapely.from_wkb(frame["wkb"].to_numpy()), dtype=object)


def _to_metres(crs: str) -> Callable[[NDArray[np.object_]], NDArray[np.object_]]:
    def turn(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        if len(shapes) == 0:
            return np.empty(0, dtype=object)
        return np.asarray(shapely.transform(shapes, lambda xy: to_metric(xy, crs)), dtype=object)

    return turn


def _communities(session: Session, county: int) -> Any:
    inside = ", ".join(map(str, sorted(below(session, [county]))))
    return _frame(
        session,
        "SELECT v.division_id, v.code, v.kind, encode(ST_AsBinary(v.geom), 'hex') AS wkb "
        "FROM division_version v JOIN division d ON d.id = v.division_id AND d.level = 'community' "
        f'WHERE v.division_id IN ({inside}) AND {effective("v")} ORDER BY v.code COLLATE "C"',
        ("code", "kind", "wkb"),
    )


def _lines(session: Session, window: str) -> tuple[NDArray[np.object_], list[str]]:
    """Return the streets and barriers that cut cells, with their classes."""
    known = ", ".join(f"'{name}'" for name in sorted(CUTS_AS))
    frame = _frame(
        session,
        "SELECT t.street_class AS class, encode(ST_AsBinary(t.geom), 'hex') AS wkb FROM street_edge t "
        "JOIN network n ON n.id = t.network_id AND n.superseded_at IS NULL "
        f"WHERE t.{window} AND NOT t.tunnel AND t.street_class IN ({known}) "
        "UNION ALL SELECT t.barrier_class, encode(ST_AsBinary(t.geom), 'hex') FROM barrier t "
        "JOIN network n ON n.id = t.network_id AND n.superseded_at IS NULL "
        f"WHERE t.{window} AND t.barrier_class IN ({known}) ORDER BY 1, 2",
        ("class", "wkb"),
    )
    return _shapes(frame), [str(item) for item in frame["class"]]


def _buildings(session: Session, inside: str) -> Any:
    return _frame(
        session,
        f"""
        SELECT b.id, ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, b.estate, b.villager_group,
               coalesce(h.{BASIS}, 0) AS households, encode(ST_AsBinary(b.footprint), 'hex') AS wkb
        FROM building b LEFT JOIN (
            SELECT DISTINCT ON (building_id) building_id, {BASIS} FROM household_count
            WHERE building_id IS NOT NULL AND counted_on <= as_of_day() AND division_id IN ({inside})
            ORDER BY building_id, counted_on DESC, source DESC
        ) h ON h.building_id = b.id
        WHERE b.division_id IN ({inside}) ORDER BY b.code COLLATE "C"
        """,
        ("estate", "villager_group", "wkb"),
    )


def _matched(words: Any, things: Any) -> IntArray:
    """Return the row of the thing each building names by code or name, -1 where it names none."""
    rows: dict[str, int] = {}
    for column in ("name", "code"):  # a code beats a name
        rows.update(
            {str(word): row for row, word in enumerate(things[column]) if not pd.isna(word)}
        )
    rows.pop("", None)
    return np.array([-1 if pd.isna(word) else rows.get(str(word), -1) for word in words], dtype=np.int64)  # fmt: skip


def _store(
    session: Session, county: int, read: _Read, made: CellMap, actor: Actor
) -> dict[str, Any]:
    lonlat = transform_once(made.polygons, lambda xy: to_lonlat(xy, read.crs))
    if not shapely.coverage_is_valid(lonlat):
        raise WanggeError("cells_not_seamless", "the cells made do not fit together; none was kept")
    content = hashlib.blake2b(digest_size=12)
    for item in shapely.to_wkb(lonlat):
        content.update(item)
    content.update(made.cell_of_building.tobytes())
    content.update(read.building_id.tobytes())
    old = session.execute(
        text(
            "SELECT id, generation, content_hash, cuts FROM cell_set "
            "WHERE county_id = :county AND superseded_at IS NULL FOR UPDATE"
        ),
        {"county": county},
    ).one_or_none()
    if old is not None and old.content_hash == content.hexdigest():
        session.execute(
            text("UPDATE cell_set SET inputs = CAST(:inputs AS jsonb) WHERE id = :id"),
            {"inputs": json.dumps(read.inputs), "id": old.id},
        )
        return _summary(old.id, old.generation, made, added=False)
    if old is not None:
        session.execute(
            text("UPDATE cell_set SET superseded_at = now() WHERE id = :id"), {"id": old.id}
        )
    generation = 1 if old is None else old.generation + 1
    number = session.execute(
        text(
            "INSERT INTO cell_set (county_id, generation, metric_crs, inputs, content_hash, notes, made_by) "
            "VALUES (:county, :generation, :crs, CAST(:inputs AS jsonb), :hash, CAST(:notes AS jsonb), :actor) "
            "RETURNING id"
        ),
        {
            "county": county,
            "generation": generation,
            "crs": read.crs,
            "inputs": json.dumps(read.inputs),
            "hash": content.hexdigest(),
            "notes": json.dumps(
                [{"code": note.code, "values": _plain(note.values)} for note in made.notes],
                ensure_ascii=False,
            ),
            "actor": actor.name,
        },
    ).scalar_one()
    _write_cells(session, int(number), read, made, lonlat)
    return _summary(int(number), generation, made, added=True)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: item.item() if isinstance(item, np.generic) else item for key, item in values.items()
    }


def _summary(number: int, generation: int, made: CellMap, *, added: bool) -> dict[str, Any]:
    return {
        "set": number,
        "generation": generation,
        "cells": len(made.polygons),
        "buildings": int((made.cell_of_building >= 0).sum()),
        "notes": len(made.notes),
        "added": added,
    }


def _write_cells(
    session: Session, number: int, read: _Read, made: CellMap, lonlat: NDArray[np.object_]
) -> None:
    count = len(lonlat)
    ids = np.array(
        session.execute(
            text("SELECT nextval(pg_get_serial_sequence('cell', 'id')) FROM generate_series(1, :n)"),
            {"n": count},
        ).scalars().all(),
        dtype=np.int64,
    )  # fmt: skip
    wkb = shapely.to_wkb(shapely.set_srid(lonlat, 4326), hex=True, include_srid=True)
    community = [read.community_id[row] for row in made.community]
    area, length = shapely.area(made.polygons), shapely.length(made.polygons)

    def of(rows: list[int], row: int) -> int | None:
        return rows[row] if row >= 0 else None

    copy_rows(
        session,
        "cell",
        ("id", "set_id", "division_id", "land_use", "estate_id", "villager_group_id", "area_m2",
         "perimeter_m", "geom"),
        (
            (int(ids[i]), number, community[i], str(made.land_use[i]),
             of(read.estate_id, int(made.estate[i])), of(read.group_id, int(made.group[i])),
             float(area[i]), float(length[i]), wkb[i])
            for i in range(count)
        ),
    )  # fmt: skip
    held = np.flatnonzero(made.cell_of_building >= 0)
    copy_rows(
        session,
        "cell_building",
        ("set_id", "building_id", "cell_id", "division_id"),
        (
            (number, int(read.building_id[b]), int(ids[cell]), community[cell])
            for b, cell in zip(held.tolist(), made.cell_of_building[held].tolist(), strict=True)
        ),
    )
    names = ["", *(item.name for item in BARRIERS)]
    copy_rows(
        session,
        "cell_border",
        ("a", "b", "set_id", "division_id", "shared_m", "barrier"),
        (
            (int(ids[a]), int(ids[b]), number, community[a], float(shared), names[kind] or None)
            for (a, b), shared, kind in zip(
                made.pairs.tolist(), made.shared_m.tolist(), made.barrier.tolist(), strict=True
            )
        ),
    )


def as_whole_county(session: Session, county: int) -> Actor:
    """Let the rest of the transaction reach the whole county, for what neighbours must share.

    Returns
    -------
    Actor
        Who acted before; enter it again.
    """
    actor = actor_of(session)
    if actor.area is not None:
        enter(session, actor.within(below(session, [county])))
    return actor
