"""At hundreds of thousands of buildings row-level security keeps the indexes, in every statement the product sends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from layers.db import Database, driver, prepare
from layers.features import Box, feature_page, tile
from layers.registry import layer
from layers.usecases.results import building_card
from layers.usecases.search import find
from tests.conftest import fresh_copy
from tests.million import BUILDINGS, Millions, fill_million, unmarked
from tests.mvt import tile_of

ZOOM = 16
STORED = BUILDINGS if os.environ.get("TEST_LONG") else BUILDINGS // 4
"""A million in the long suite."""
SPATIAL = {"building": {"idx_building_geom", "idx_building_footprint"},
           "grid_version": {"idx_grid_version_geom"}}  # fmt: skip
AREAS = ("township", "county", "whole")


@pytest.fixture(scope="module")
def million(cluster: Database) -> Iterator[Millions]:
    with fresh_copy(cluster, "wangge_test_million") as copy:
        yield fill_million(copy, STORED)


def plans(session: Session, work: Callable[[Session], Any]) -> dict[str, dict[str, Any]]:
    """Do some work and return statement -> plan of everything it asked of the database."""
    sent: list[tuple[str, Any]] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    work(session)
    event.remove(connection, "before_cursor_execute", note)
    found = {}
    for statement, parameters in sent:
        row = driver(session).execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()
        found[statement] = row[0][0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def whole_scans(plan: dict[str, Any], table: str) -> list[str]:
    """Return what reads a whole table: sequential scans, and index scans without a condition."""
    return [
        node["Node Type"]
        for node in nodes(plan)
        if node.get("Relation Name") == table
        and (node["Node Type"] == "Seq Scan" or
             (node["Node Type"] in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node))
    ]  # fmt: skip


def indexes(plan: dict[str, Any]) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Cond" in node}


def as_server(million: Millions, area: str) -> Any:
    return million.store.acting(million.actors[area]).session("server")


def box_of(million: Millions, size: float = 0.002) -> Box:
    return Box(million.lon, million.lat, million.lon + size, million.lat + size)


def draw(million: Millions, name: str = "buildings") -> Callable[[Session], Any]:
    x, y = tile_of(million.lon, million.lat, ZOOM)
    return lambda session: tile(session, layer(name), ZOOM, x, y)


def page(million: Millions, name: str = "buildings") -> Callable[[Session], Any]:
    return lambda session: feature_page(session, layer(name), box_of(million), 1000, 0)


POINT_IN_GRID = text(
    "SELECT t.code FROM grid_version t JOIN grid g ON g.id = t.grid_id, "
    "(SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS p) q "
    "WHERE t.geom && p AND ST_Intersects(t.geom, p)"
)


def test_the_store_is_as_large_as_the_plans_are_about(million):
    with as_server(million, "whole") as session:
        assert session.execute(text("SELECT count(*) FROM building")).scalar_one() == STORED
    counted = {}
    for area in ("township", "county"):
        with as_server(million, area) as session:
            counted[area] = session.execute(text("SELECT count(*) FROM building")).scalar_one()
            user = session.execute(text("SELECT current_user")).scalar_one()
            assert user == "wangge_server"
            assert session.execute(text("SELECT row_security_active('building')")).scalar_one()
    assert counted == {"township": STORED // 40, "county": STORED // 10}


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("name", ["buildings", "grids"])
def test_a_tile_is_found_by_the_spatial_index(million, name, area):
    table = {"buildings": "building", "grids": "grid_version"}[name]
    with as_server(million, area) as session:
        assert draw(million, name)(session)  # something is in it
        for plan in plans(session, draw(million, name)).values():
            assert whole_scans(plan, table) == []
            assert indexes(plan) & SPATIAL[table]


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("name", ["buildings", "grids"])
def test_a_page_of_a_box_and_its_count_are_found_by_the_spatial_index(million, name, area):
    table = {"buildings": "building", "grids": "grid_version"}[name]
    with as_server(million, area) as session:
        assert page(million, name)(session)["features"]
        found = plans(session, page(million, name))
        assert len(found) == 2, "the count and the page"
        for plan in found.values():
            assert whole_scans(plan, table) == []
            assert indexes(plan) & SPATIAL[table]


@pytest.mark.parametrize("area", AREAS)
def test_a_card_finds_its_building_by_the_code(million, area):
    with as_server(million, area) as session:
        code = page(million)(session)["features"][0]["properties"]["code"]
        found = plans(session, lambda session: building_card(session, code, None))
        for plan in found.values():
            assert whole_scans(plan, "building") == []
        assert any("uq_building_code" in indexes(plan) for plan in found.values())


@pytest.mark.parametrize("area", AREAS)
def test_a_point_finds_its_grid_by_the_spatial_index(million, area):
    def ask(session: Session) -> Any:
        place = {"lon": million.lon, "lat": million.lat}
        return session.execute(POINT_IN_GRID, place).scalars().all()

    with as_server(million, area) as session:
        assert len(ask(session)) == 1
        for plan in plans(session, ask).values():
            assert whole_scans(plan, "grid_version") == []
            assert indexes(plan) & SPATIAL["grid_version"]


@pytest.mark.parametrize("area", AREAS)
def test_search_reads_no_table_whole(million, area):
    """Of three letters and more: a name has no shorter trigrams."""
    with as_server(million, area) as session:
        for query in ("楼宇1234", "M00002", "louyu1234", "M00000001"):
            for plan in plans(session, lambda session, q=query: find(session, q, 12)).values():
                assert whole_scans(plan, "search_entry") == [], query
                assert whole_scans(plan, "building") == [], query


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("ask", [draw, page], ids=["tile", "page"])
def test_the_index_stays_when_a_connection_asks_again_and_again(million, ask, area):
    """After ten times the database may keep one plan for all parameters; the counters tell."""
    counters = text(
        "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'building'"
    )
    with as_server(million, area) as session:
        before = session.execute(counters).one()  # what the connection did for earlier tests
        for _ in range(15):
            ask(million)(session)
        after = session.execute(counters).one()
    assert after.seq_scan == before.seq_scan
    assert after.idx_scan >= before.idx_scan + 15


def test_without_the_mark_the_index_is_lost_and_opening_the_store_puts_it_back(million):
    """The mark is in no dump: a restored database has lost it, and `prepare` gives it again."""

    def lost() -> bool:
        with as_server(million, "county") as session:
            found = plans(session, page(million)).values()
            return not any(indexes(plan) & SPATIAL["building"] for plan in found)

    assert not lost()
    with unmarked(million.store):
        assert lost()
        # pg_dump keeps no mark either, so this is what a restored store is like.
        prepare(million.store.url.set(username="postgres"), login=True)
        assert not lost()
