"""Which grid a position lies in, by the store: the same as by looking at every grid."""

from __future__ import annotations

import os
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.errors import RefusedInputError
from gis.gcj02 import wgs84_to_bd09, wgs84_to_gcj02
from gis.locate import locate, plane_at
from layers.features import look_at
from layers.rights import Actor
from layers.usecases.locate import MAX_ACCURACY_M, locate_position, locate_quickly
from tests.conftest import fresh_copy
from tests.layers.plans import today
from tests.loops import run as in_a_loop

LONG = bool(os.environ.get("TEST_LONG"))
LOOKED_AT = 3_000 if LONG else 240
"""Positions for which every grid is measured, some 10 ms each."""
COVERED = 100_000 if LONG else 200
"""Positions for which shapely finds the covering grids, all at once."""


@pytest.fixture(scope="module")
def grids(sample_store):
    with sample_store.session() as session:
        rows = session.execute(
            text(
                "SELECT code, ST_AsBinary(geom) AS wkb FROM grid_version WHERE valid_from <= current_date "
                "AND (valid_to IS NULL OR valid_to > current_date) ORDER BY code"
            )
        ).all()
    return [row.code for row in rows], shapely.from_wkb([bytes(row.wkb) for row in rows])


def places(shapes, number: int) -> np.ndarray:
    """Return positions about the grids, the borders' own corners and middles among them."""
    draw = np.random.default_rng(20261128)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = draw.uniform(
        (west - 0.002, south - 0.002), (east + 0.002, north + 0.002), (number, 2)
    )
    corners = shapely.get_coordinates(shapes)
    some = corners[draw.integers(len(corners), size=number // 4)]
    following = corners[:-1][draw.integers(len(corners) - 1, size=number // 4)]
    return np.vstack([anywhere, some, (following + some[: len(following)]) / 2, following])


def test_every_position_has_the_grid_that_looking_at_all_finds(sample_store, grids):
    codes, shapes = grids
    draw = np.random.default_rng(7)
    positions = places(shapes, LOOKED_AT)
    radii = draw.choice([0.0, 5.0, 50.0, 500.0], len(positions))
    with sample_store.session() as session:
        for (lon, lat), radius in zip(positions.tolist(), radii.tolist(), strict=True):
            got = locate_position(session, lon, lat, radius)
            true = locate(lon, lat, radius, shapes)
            assert got["status"] == true.status
            grid = None if true.grid is None else codes[true.grid]
            assert (got["grid"] and got["grid"]["code"]) == grid
            assert (got["border_m"], got["bearing_deg"]) == (true.border_m, true.bearing_deg)
            assert [(item["code"], item["share"]) for item in got["candidates"]] == [
                (codes[item.index], item.share) for item in true.candidates
            ]


def test_the_covering_grid_is_shapelys(sample_store, grids):
    codes, shapes = grids
    positions = places(shapes, COVERED)
    covering = shapely.STRtree(shapes).query(shapely.points(positions), predicate="intersects")
    first: dict[int, str] = {}
    for point, grid in sorted(covering.T.tolist(), key=lambda pair: codes[pair[1]]):
        first.setdefault(point, codes[grid])
    with sample_store.session() as session:
        for n, (lon, lat) in enumerate(positions.tolist()):
            got = locate_position(session, lon, lat)
            inside = got["grid"]["code"] if got["status"] == "inside" else None
            assert inside == first.get(n)


def test_the_quick_answer_is_the_same_where_there_is_one(sample_store, grids):
    _, shapes = grids
    draw = np.random.default_rng(11)
    positions = places(shapes, 5_000 if LONG else 300)
    accuracies = draw.choice([None, 0.0, 5.0, 50.0, 500.0], len(positions))
    actor = Actor("worker", "grid_worker", area=None, roots=None)

    async def quick(day):
        readers = sample_store.readers()
        try:
            return [
                await locate_quickly(readers, actor, lon, lat, accuracy, day)
                for (lon, lat), accuracy in zip(positions.tolist(), accuracies, strict=True)
            ]
        finally:
            await readers.close()

    with sample_store.acting(actor).session() as session:
        for day in (None, today(session) - timedelta(days=1)):
            answered = 0
            for got, (lon, lat), accuracy in zip(
                in_a_loop(quick(day)), positions.tolist(), accuracies, strict=True
            ):
                if got is None:
                    continue
                answered += 1
                look_at(session, None)
                assert got == locate_position(session, lon, lat, accuracy, day)
            assert answered > 200


def test_an_answer_names_community_and_who_is_responsible(sample_store, grids):
    codes, shapes = grids
    point = shapely.point_on_surface(shapes[0])
    with sample_store.session() as session:
        got = locate_position(session, point.x, point.y, 3)
        day = today(session)
    assert got["grid"]["code"] == codes[0]
    assert codes[0].startswith(got["grid"]["community"]["code"])
    assert got["grid"]["workers"]
    told = ["name", "work_phone", "post", "role", "substitute_for", "until"]
    assert all(list(person) == told for person in got["grid"]["workers"])
    roles = {person["post"]: person["role"] for person in got["grid"]["workers"]}
    assert roles == {"网格长": "grid_leader", "专职网格员": "grid_worker"}
    assert got["as_of"] == day.isoformat()


def test_a_foreign_area_shows_what_is_published_and_no_more(sample_store, grids):
    codes, shapes = grids
    point = shapely.point_on_surface(shapes[0])
    stranger = sample_store.acting(Actor("elsewhere", "grid_worker", area=frozenset(), roots=()))
    with stranger.session() as session:
        now = locate_position(session, point.x, point.y)
        before = locate_position(
            session, point.x, point.y, as_of=today(session) - timedelta(days=1)
        )
    assert now["grid"]["code"] == before["grid"]["code"] == codes[0]
    assert now["grid"]["workers"]
    assert before["grid"]["workers"] == []


@pytest.mark.parametrize(("name", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_positions_of_phone_maps_are_brought_back(sample_store, grids, name, shift):
    _, shapes = grids
    point = shapely.point_on_surface(shapes[3])
    lon, lat = (float(value[0]) for value in shift(np.array([point.x]), np.array([point.y])))
    with sample_store.session() as session:
        true = locate_position(session, point.x, point.y, 10)
        got = locate_position(session, lon, lat, 10, given_in=name)
    assert got["grid"]["code"] == true["grid"]["code"]
    assert (got["lon"], got["lat"]) == pytest.approx((true["lon"], true["lat"]), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ((float("nan"), 28.6), "bad_position"),
        ((181.0, 28.6), "bad_position"),
        ((117.3, 90.0), "bad_position"),
        ((117.3, 28.6, -1.0), "bad_accuracy"),
        ((117.3, 28.6, MAX_ACCURACY_M + 1), "bad_accuracy"),
        ((117.3, 28.6, 5.0, None, "mars"), "bad_position"),
    ],
)
def test_positions_that_are_none_are_refused(sample_store, values, code):
    with sample_store.session() as session, pytest.raises(RefusedInputError) as refused:
        locate_position(session, *values)
    assert refused.value.code == code


def square(column: int, row: int, size: float = 0.001) -> str:
    west, south = 117 + column * size, 28 + row * size
    return (
        f"SRID=4326;MULTIPOLYGON((({west} {south},{west + size} {south},{west + size} {south + size},"
        f"{west} {south + size},{west} {south})))"
    )


@pytest.fixture
def dated(cluster):
    """A row of three grids, the first two of them replaced by one from 2026-05-04 on, and a micro grid in the third."""
    with fresh_copy(cluster, "wangge_test_locate") as store:
        with store.engine("owner").begin() as connection:
            for number in (1, 2, 3, 4, 5):
                connection.execute(text("INSERT INTO grid (id) VALUES (:n)"), {"n": number})
            rows = [
                (1, "a", None, "2026-01-01", "2026-05-04", square(0, 0), None),
                (2, "b", None, "2026-01-01", "2026-05-04", square(1, 0), None),
                (3, "c", "large", "2026-01-01", None, square(2, 0), None),
                (4, "d", None, "2026-05-04", None,
                 "SRID=4326;MULTIPOLYGON(((117 28,117.002 28,117.002 28.001,117 28.001,117 28)))", None),
                (5, "e", "micro", "2026-01-01", None, square(2, 0), 3),
            ]  # fmt: skip
            for grid, code, level, start, end, geom, parent in rows:
                connection.execute(
                    text(
                        "INSERT INTO grid_version (grid_id, code, level, valid_from, valid_to, geom, parent_id) "
                        "VALUES (:g, :c, :l, :s, :e, :w, :p)"
                    ),
                    {
                        "g": grid,
                        "c": code,
                        "l": level,
                        "s": start,
                        "e": end,
                        "w": geom,
                        "p": parent,
                    },
                )
            connection.execute(text("INSERT INTO worker (id, name) VALUES (1, '甲'), (2, '乙')"))
            connection.execute(
                text(
                    "INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to) VALUES "
                    "(1, 1, '网格员', '2026-01-01', '2026-03-01'), (2, 1, '网格员', '2026-03-01', NULL)"
                )
            )
        yield store


@pytest.mark.parametrize(
    ("day", "grid", "people"),
    [
        (date(2026, 2, 28), "a", ["甲"]),
        (date(2026, 3, 1), "a", ["乙"]),
        (date(2026, 5, 3), "a", ["乙"]),
        (date(2026, 5, 4), "d", []),
        (date(2025, 12, 31), None, []),
    ],
)
def test_who_was_responsible_on_a_day(dated, day, grid, people):
    with dated.session() as session:
        got = locate_position(session, 117.0005, 28.0005, as_of=day)
    assert (got["grid"] and got["grid"]["code"]) == grid
    assert [person["name"] for person in (got["grid"] or {"workers": []})["workers"]] == people
    assert got["as_of"] == day.isoformat()


def test_of_nested_grids_the_smallest_answers(dated):
    with dated.session() as session:
        got = locate_position(session, 117.0025, 28.0005, 5)
    assert (got["grid"]["code"], got["grid"]["level"]) == ("e", "micro")
    assert [item["code"] for item in got["candidates"]] == ["e"]


def test_far_outside_the_nearest_in_metres_is_named(dated):
    east, north = plane_at(28.0)
    with dated.session() as session:
        got = locate_position(session, 117.001, 28.0 - 900 / north)
    assert (got["status"], got["grid"]["code"]) == ("outside", "d")
    assert got["border_m"] == pytest.approx(900, abs=0.2)
    assert got["bearing_deg"] == pytest.approx(0, abs=0.1)
    assert east < north


def test_swapped_degrees_are_recognised(dated):
    with dated.session() as session, pytest.raises(RefusedInputError, match="swapped") as refused:
        locate_position(session, 28.6, 117.3)
    assert refused.value.code == "bad_position"
