"""Own grids with others nested in them: whoever holds a post in the large one is at home in the small ones."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.errors import NotFoundError
from layers.db import Database
from layers.rights import Actor, RightsError
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.campaigns.marks import Mark, my_campaigns, take_mark
from layers.usecases.events.filter import EventFilter
from layers.usecases.events.reading import event_card, list_events
from layers.usecases.events.steps import Asked, take_step
from layers.usecases.locate import locate_position, locate_quickly
from layers.usecases.phone import MOST_BYTES, grid_package, phone_home
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.layers.field import TOWNSHIP, Spot, now, reported, spots, worker
from tests.loops import run as in_a_loop

COMMUNITY = "990101001003"
LARGE, MIDDLE = f"{COMMUNITY}901", f"{COMMUNITY}902"
NEW = """
    INSERT INTO grid_version (grid_id, code, level, valid_from, geom)
    SELECT :grid, :code, 'large', current_date - 9, ST_Multi(ST_Union(geom)) FROM grid_version
    WHERE grid_id = ANY(:parts) AND valid_to IS NULL
"""
NEST = "UPDATE grid_version SET parent_id = :grid WHERE grid_id = ANY(:parts) AND valid_to IS NULL"


@dataclass(frozen=True)
class Nested:
    """A large grid of three, two of which lie in a middle one; workers of each, and a neighbour."""

    store: Database
    places: list[Spot]
    large: int
    middle: int
    of_large: Actor
    of_middle: Actor
    of_small: Actor
    of_neighbour: Actor


def union(store: Database, code: str, community: int, parts: list[int], nested: list[int]) -> int:
    """Add a grid made of others, and say which are nested in it right below; return its id."""
    with store.session("owner") as session:
        grid = session.execute(
            text("INSERT INTO grid (community_id) VALUES (:c) RETURNING id"), {"c": community}
        ).scalar_one()
        session.execute(text(NEW), {"grid": grid, "code": code, "parts": parts})
        session.execute(text(NEST), {"grid": grid, "parts": nested})
    return int(grid)


@pytest.fixture(scope="module")
def nested(sample_template):
    with fresh_copy(sample_template, "wangge_test_nested") as store:
        places = spots(store, COMMUNITY)
        first, second, third, fourth = (spot.grid for spot in places[:4])
        home = places[0].community
        middle = union(store, MIDDLE, home, [first, second], [first, second])
        large = union(store, LARGE, home, [first, second, third], [middle, third])
        yield Nested(
            store, places, large, middle, worker(store, [large]), worker(store, [middle]),
            worker(store, [first]), worker(store, [fourth]),
        )  # fmt: skip


def acting(nested: Nested, who: Actor) -> Any:
    return nested.store.acting(who).session()


def package(nested: Nested, who: Actor, code: str) -> dict[str, Any]:
    with acting(nested, who) as session:
        body = grid_package(session, code)[0]
    assert len(body) <= MOST_BYTES
    found: dict[str, Any] = json.loads(body)
    return found


def own_of(found: dict[str, Any]) -> set[str]:
    return {grid["code"] for grid in found["grids"] if grid["own"]}


def codes(nested: Nested, *numbers: int) -> set[str]:
    return {nested.places[n].code for n in numbers}


def test_in_the_middle_of_a_large_grid_the_grid_that_answers_is_the_worker_s_own(nested):
    found = package(nested, nested.of_large, LARGE)
    assert own_of(found) == {LARGE, *codes(nested, 0, 1, 2)}
    spot = nested.places[0]
    with acting(nested, nested.of_large) as session:
        answer = locate_position(session, spot.lon, spot.lat, 5)
        assert [grid["code"] for grid in phone_home(session)["grids"]] == [LARGE]
    assert (answer["status"], answer["grid"]["code"]) == ("inside", spot.code)
    assert answer["grid"]["code"] in own_of(found)
    assert next(grid for grid in found["grids"] if grid["code"] == LARGE)["nested"]


def test_what_lies_in_a_grid_is_no_neighbour_of_it(nested):
    found = package(nested, nested.of_large, LARGE)
    beside = [part["grid"] for part in found["border"]]
    assert beside
    assert not {LARGE, MIDDLE, *codes(nested, 0, 1, 2)} & set(beside)
    # Whoever is beyond the border of the whole, as beyond the borders of its parts.
    parts = [package(nested, nested.of_large, nested.places[n].code) for n in range(3)]
    of_parts = {part["grid"] for one in parts for part in one["border"]}
    assert set(beside) == of_parts - codes(nested, 0, 1, 2)
    middle = package(nested, nested.of_large, MIDDLE)
    assert not codes(nested, 0, 1) & {part["grid"] for part in middle["border"]}
    around = sum(part["length_m"] for part in found["border"])
    assert around < sum(part["length_m"] for one in parts for part in one["border"])


def test_of_a_nested_grid_the_others_are_neighbours_and_own_by_the_post_alone(nested):
    small = nested.places[0].code
    for who, own in (
        (nested.of_small, codes(nested, 0)),
        (nested.of_middle, codes(nested, 0, 1)),
        (nested.of_large, codes(nested, 0, 1, 2)),
    ):
        found = package(nested, who, small)
        assert own_of(found) == own & {grid["code"] for grid in found["grids"]}
        assert codes(nested, 1) <= {part["grid"] for part in found["border"]}
    with acting(nested, nested.of_small) as session, pytest.raises(NotFoundError):
        grid_package(session, LARGE)
    assert not own_of(package(nested, nested.of_neighbour, nested.places[3].code)) & codes(
        nested, 0, 1, 2
    )


def test_for_others_the_asked_grid_is_the_own_one_with_what_lies_in_it(nested):
    planner = actor(nested.store, "planner", [TOWNSHIP])
    assert own_of(package(nested, planner, LARGE)) == {LARGE, *codes(nested, 0, 1, 2)}
    assert own_of(package(nested, planner, MIDDLE)) == {MIDDLE, *codes(nested, 0, 1)}
    assert own_of(package(nested, planner, nested.places[2].code)) == codes(nested, 2)


def test_buildings_are_those_of_the_large_grid_once(nested):
    with acting(nested, nested.of_large) as session:
        seen = session.execute(text("SELECT own_buildings()")).scalar_one()
    with nested.store.session("owner") as session:
        meant = session.execute(
            text(
                "SELECT b.id FROM building b JOIN grid_version v ON ST_Intersects(v.geom, b.geom) "
                "WHERE v.code = :code"
            ),
            {"code": LARGE},
        ).scalars()
        assert sorted(seen) == sorted(meant)
    assert len(seen) == len(set(seen)) > 0


def listed(nested: Nested, who: Actor) -> set[str]:
    with acting(nested, who) as session:
        found = list_events(session, EventFilter(own_grids=True, state="open"), 500)
    return {item["id"] for item in found["events"]}


def test_events_of_nested_grids_are_the_large_one_s_to_deal_with(nested):
    spot = nested.places[0]
    said = reported(nested.store, nested.of_neighbour, spot.lon, spot.lat)
    assert said["grid"]["code"] == spot.code
    for who, has in (
        (nested.of_large, True),
        (nested.of_middle, True),
        (nested.of_small, True),
        (nested.of_neighbour, False),
    ):
        assert (said["id"] in listed(nested, who)) is has
    event = uuid.UUID(said["id"])
    with acting(nested, nested.of_large) as session:
        assert event_card(session, event)["work"]
        take_step(session, event, Asked("handle", id=uuid.uuid4()))
        seen = take_step(session, event, Asked("feedback", id=uuid.uuid4(), note="好"))
    assert seen["state"] == "feedback"
    beyond = nested.places[2]
    other = uuid.UUID(reported(nested.store, nested.of_neighbour, beyond.lon, beyond.lat)["id"])
    with (
        acting(nested, nested.of_middle) as session,
        pytest.raises((RightsError, NotFoundError)),
    ):
        take_step(session, other, Asked("handle", id=uuid.uuid4()))


def test_checklists_of_nested_grids_are_ticked_by_who_has_the_large_one(nested):
    planner = actor(nested.store, "planner", [TOWNSHIP])
    day = (now() + timedelta(days=4)).date()
    with acting(nested, planner) as session:
        made = add_campaign(session, CampaignDraft("查", "办", day, ["一"], [], [LARGE]))
    item = made["items"][0]["id"]

    def mark(n: int) -> Mark:
        return Mark(uuid.uuid4(), item, nested.places[n].code, True, now(), now())

    with acting(nested, nested.of_large) as session:
        lists = my_campaigns(session)["campaigns"]
        assert {one["grid"] for one in lists if one["id"] == made["id"]} == codes(nested, 0, 1, 2)
        assert all(take_mark(session, mark(n))[0]["done"] for n in range(3))
    with acting(nested, nested.of_middle) as session:
        assert take_mark(session, mark(1))[1]
        with pytest.raises(RightsError) as refused:
            take_mark(session, mark(2))
    assert refused.value.code == "not_own_grid"


@pytest.fixture
def third_left(nested):
    """The third of the large grid's grids is dissolved: its land is the large grid's alone."""
    ended = "UPDATE grid_version SET valid_to = :day WHERE grid_id = :grid"
    values = {"grid": nested.places[2].grid}
    with nested.store.session("owner") as session:
        day = session.execute(text("SELECT current_date")).scalar_one()
        session.execute(text(ended), {**values, "day": day})
    yield nested.places[2]
    with nested.store.session("owner") as session:
        session.execute(text(ended), {**values, "day": None})


@pytest.mark.parametrize("accuracy", [None, 5])
def test_land_that_no_nested_grid_covers_is_the_large_one_s(nested, third_left, accuracy):
    asked = third_left.lon, third_left.lat, accuracy
    with acting(nested, nested.of_small) as session:
        answer = locate_position(session, *asked)
    assert (answer["status"], answer["grid"]["code"]) == ("inside", LARGE)
    assert answer["border_m"] > 5
    assert quick(nested, *asked) == answer

    # On the way into the nested grids the circle is on both.
    with acting(nested, nested.of_small) as session:
        wide = locate_position(session, third_left.lon, third_left.lat, answer["border_m"] + 9)
    assert wide["status"] == "border"
    assert LARGE in {item["code"] for item in wide["candidates"]}
    assert sum(item["share"] for item in wide["candidates"]) + wide[
        "outside_share"
    ] == pytest.approx(1, abs=1e-3)


def quick(nested: Nested, *asked: Any) -> Any:
    async def ask() -> Any:
        readers = nested.store.readers()
        try:
            return await locate_quickly(readers, nested.of_small, *asked)
        finally:
            await readers.close()

    return in_a_loop(ask())


def test_the_day_before_it_was_a_grid_of_its_own(nested, third_left):
    with acting(nested, nested.of_large) as session:
        day = session.execute(text("SELECT current_date")).scalar_one() - timedelta(days=1)
        answer = locate_position(session, third_left.lon, third_left.lat, 5, day)
    assert answer["grid"]["code"] == third_left.code


def test_a_phone_answers_for_the_land_that_is_left(nested, third_left):
    for who, code, own in (
        (nested.of_large, LARGE, True),
        (nested.of_small, nested.places[0].code, False),
    ):
        found = package(nested, who, code)
        grid = next(grid for grid in found["grids"] if grid["code"] == LARGE)
        assert (grid["own"], grid["nested"], "land" in grid) == (own, own, own)
        land = unpacked(grid.get("land") or grid["shape"])
        assert shapely.intersects_xy(land, third_left.lon, third_left.lat)
        assert not shapely.intersects_xy(land, nested.places[0].lon, nested.places[0].lat)


def unpacked(shape: list[list[str]]) -> Any:
    rings = [
        [np.frombuffer(base64.b64decode(ring), dtype="<f8").reshape(-1, 2) for ring in part]
        for part in shape
    ]
    return shapely.MultiPolygon([(part[0], part[1:]) for part in rings])


def test_an_event_on_the_land_that_is_left_is_the_large_grid_s(nested, third_left):
    said = reported(nested.store, nested.of_neighbour, third_left.lon, third_left.lat)
    assert said["grid"]["code"] == LARGE
    assert said["id"] in listed(nested, nested.of_large)
    assert said["id"] not in listed(nested, nested.of_middle)
    # What it was routed to does not hold any more: the place decides anew.
    event = uuid.UUID(said["id"])
    with nested.store.session("owner") as session:
        session.execute(
            text("UPDATE event SET routed_version_id = NULL WHERE id = :id"), {"id": event}
        )
    assert said["id"] in listed(nested, nested.of_large)
    with acting(nested, nested.of_large) as session:
        assert take_step(session, event, Asked("handle", id=uuid.uuid4()))["state"] == "handling"


def test_a_grid_that_is_nested_no_more_is_own_no_more(nested):
    third = nested.places[2]
    ended = "UPDATE grid_version SET parent_id = :parent WHERE grid_id = :grid AND valid_to IS NULL"
    own = text("SELECT own_grids(), posted_grids()")
    for parent, has in ((None, False), (nested.large, True)):
        with nested.store.session("owner") as session:
            session.execute(text(ended), {"parent": parent, "grid": third.grid})
        with acting(nested, nested.of_large) as session:
            mine, posted = session.execute(own).one()
        assert (third.grid in mine, posted) == (has, [nested.large])


def test_grids_that_lie_in_each_other_end(nested):
    """No ledger should say so; one that does must not keep a phone waiting."""
    turn = "UPDATE grid_version SET parent_id = :parent WHERE grid_id = :grid"
    with nested.store.session("owner") as session:
        session.execute(text(turn), {"parent": nested.middle, "grid": nested.large})
    with acting(nested, nested.of_middle) as session:
        mine = session.execute(text("SELECT own_grids()")).scalar_one()
    with nested.store.session("owner") as session:
        session.execute(text(turn), {"parent": None, "grid": nested.large})
    assert {nested.large, nested.middle} <= set(mine)
    assert len(mine) == 5
