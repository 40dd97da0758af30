"""What if: only what changes is computed, and the answer is that of a full computation."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import text

from gis.allocation import allocate
from gis.errors import ConflictError, NotFoundError, RefusedInputError
from gis.reach import Reaches
from layers.db import touch
from layers.inputs import InputCache
from layers.question import Question
from layers.reach import REACHES
from layers.scenario import Scenario, read_changes
from layers.usecases.coverage import run_coverage
from layers.usecases.whatif import computing
from layers.usecases.whatif.computing import what_if
from layers.usecases.whatif.keeping import decide, keep, list_scenarios
from tests.accounts import actor
from tests.conftest import fresh_copy

CATEGORY = "service_station"


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_whatif") as copy:
        yield copy


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return InputCache(tmp_path_factory.mktemp("whatif"))


@pytest.fixture(scope="module")
def stations(store):
    with store.session() as session:
        return [
            (str(code), float(lon), float(lat))
            for code, lon, lat in session.execute(
                text(
                    "SELECT code, ST_X(geom), ST_Y(geom) FROM station WHERE category = :c "
                    "AND status = 'open' ORDER BY code"
                ),
                {"c": CATEGORY},
            )
        ]


def asked(store, cache, *changes, **more):
    return what_if(store, cache, Scenario(Question(), read_changes(changes), **more))


def classes(row):
    return {name: row[name] for name in ("served", "over_capacity", "out_of_reach", "households")}


def require_sums(answer):
    for state in ("before", "after"):
        row = answer[state]
        assert row["served"] + row["over_capacity"] + row["out_of_reach"] == row["households"]
        assert row["unreachable"] + row["no_network"] + row["unplaced"] <= row["out_of_reach"]
        for name in ("served", "over_capacity"):
            assert sum(item[name][state] for item in answer["communities"]) == row[name]
    assert (
        answer["after"]["served"] - answer["before"]["served"]
        == answer["newly_served"] - answer["no_longer_served"]
    )
    for name in ("load_before", "load_after"):
        state = name.removeprefix("load_")
        assert sum(item[name] or 0 for item in answer["stations"]) == answer[state]["served"]


def test_without_capacities_what_is_served_is_what_a_run_finds_within_reach(store, cache):
    answer = asked(store, cache, capacities=False)
    run = run_coverage(store, cache, Question())["totals"]
    row = answer["before"]
    assert row == answer["after"]
    assert row["served"] == run["within_walk"]
    assert row["over_capacity"] == 0
    assert (
        row["out_of_reach"]
        == run["out_of_reach"] + run["unreachable"] + run["no_network"] + run["unplaced"]
    )
    assert (row["unreachable"], row["no_network"], row["unplaced"]) == (
        run["unreachable"], run["no_network"], run["unplaced"],
    )  # fmt: skip
    require_sums(answer)


def test_places_that_are_used_up_are_a_class_of_their_own(store, cache):
    answer = asked(store, cache)
    assert answer["before"]["over_capacity"] > 0
    require_sums(answer)
    loads = [(row["load_before"], row["capacity_before"]) for row in answer["stations"]]
    assert all(load <= capacity for load, capacity in loads if capacity is not None)


def applied(store, changes):
    """Return a copy of the store with changes really made."""
    with store.session() as session:
        for change in changes:
            values = {"capacity": None, **change}
            if change["op"] == "close":
                statement = "UPDATE station SET status = 'closed' WHERE code = :station"
            elif change["op"] == "move":
                statement = "UPDATE station SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE code = :station"
            elif change["op"] == "capacity":
                statement = "UPDATE station SET capacity = :capacity WHERE code = :station"
            else:
                statement = (
                    "INSERT INTO station (code, name, category, status, capacity, dataset, geom) VALUES "
                    "('new:1', 'x', 'service_station', 'open', :capacity, 'x', "
                    "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
                )
            session.execute(text(statement), values)
        touch(session, "stations")


@pytest.mark.parametrize("seed", range(4))
def test_the_answer_is_that_of_a_full_computation(store, cache, stations, seed):
    chance = random.Random(seed)
    one, two, three = chance.sample([code for code, _, _ in stations], 3)
    _, lon, lat = chance.choice(stations)
    changes = [
        {"op": "close", "station": one},
        {"op": "move", "station": two, "lon": lon + 0.004, "lat": lat - 0.003},
        {"op": "capacity", "station": three, "capacity": chance.randint(0, 900)},
        {"op": "put", "lon": lon - 0.006, "lat": lat + 0.002, "capacity": 700},
    ]
    own = {"own_community": seed % 2 == 1}
    answer = asked(store, cache, *changes, **own)
    require_sums(answer)
    store.dispose()
    with fresh_copy(store, "wangge_test_whatif_real") as real:
        applied(real, changes)
        really = asked(real, cache, **own)
        made = run_coverage(real, cache, Question())
        run = made["totals"]
    assert answer["after"] == really["before"]
    assert answer["curve"]["after"] == really["curve"]["before"] == made["curve"][:16]
    assert [
        (row["code"], row["load_after"])
        for row in answer["stations"]
        if row["load_after"] is not None
    ] == [(row["code"], row["load_before"]) for row in really["stations"]]
    for scope in ("communities", "grids"):
        assert [row["served"]["after"] for row in answer[scope]] == [
            row["served"]["before"] for row in really[scope]
        ]
    if not own["own_community"]:
        assert run["within_walk"] == answer["after"]["served"] + answer["after"]["over_capacity"]


def all_anew(before, pairs, households, capacity, changed):
    """Return what `reallocate` should, from all pairs after the change."""
    assert len(before.load) == len(capacity)
    assert (changed.source < 0).sum() > 2, "the new way changes more than the two that were put"
    became = np.full(len(capacity), -1)
    became[changed.source[changed.source >= 0]] = np.flatnonzero(changed.source >= 0)
    kept = became[pairs.station] >= 0
    point, station, walk = (
        np.concatenate(both)
        for both in zip(
            (pairs.point[kept], became[pairs.station[kept]], pairs.walk_mm[kept]),
            changed.fresh,
            strict=True,
        )
    )
    order = np.lexsort((point, station))
    start = np.searchsorted(station[order], np.arange(len(changed.source) + 1))
    reaches = Reaches(start, point[order].astype(np.int32), walk[order])
    return allocate(reaches, households, changed.capacity)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("capacities", [False, True])
def test_places_given_out_all_anew_make_the_same_answer(
    store, cache, stations, monkeypatch, capacities, own
):
    (one, lon, lat), (two, east, north), *_ = stations
    changes = (
        {"op": "path", "line": [[lon, lat], [east, north]]},
        {"op": "gate", "lon": east, "lat": north},
        {"op": "move", "station": two, "lon": east + 0.002, "lat": north + 0.001},
        {"op": "capacity", "station": one, "capacity": 40},
        {"op": "put", "lon": lon + 0.003, "lat": lat, "capacity": 300},
    )
    more = {"capacities": capacities, "own_community": own, "minutes": 12}
    found = asked(store, cache, *changes, **more)
    require_sums(found)
    assert found["before"] != found["after"]
    monkeypatch.setattr(computing, "reallocate", all_anew)
    anew = asked(store, cache, *changes, **more)
    assert {**found, "seconds": 0} == {**anew, "seconds": 0}


def test_todays_figures_are_those_of_the_area_and_the_rule_asked_for(store, cache, stations):
    """They are kept from one question to the next; each has its own."""
    change = {"op": "close", "station": stations[0][0]}
    whole, again = asked(store, cache, change), asked(store, cache, change)
    free = asked(store, cache, change, capacities=False)
    part = what_if(store, cache, Scenario(Question(division="990101001"), read_changes([change])))
    registered = what_if(
        store, cache, Scenario(Question(basis="registered"), read_changes([change]))
    )
    assert {**whole, "seconds": 0} == {**again, "seconds": 0}
    assert free["before"]["over_capacity"] == 0 < whole["before"]["over_capacity"]
    assert part["before"]["households"] < whole["before"]["households"]
    assert registered["before"]["households"] != whole["before"]["households"]
    for answer in (whole, free, registered):
        require_sums(answer)


def test_another_speed_is_the_question_asked_anew(store, cache):
    slow = asked(store, cache, speed_kmh=3.6)
    fresh = what_if(store, cache, Scenario(Question(speed_kmh=3.6)))
    assert slow["after"] == fresh["before"]
    assert slow["after"]["served"] < slow["before"]["served"]
    assert slow["parameters"]["after"]["walk_m"] == 900
    assert slow["curve"]["after"] == fresh["curve"]["before"]


def test_a_new_way_never_takes_a_place_away_and_serves_those_it_leads_to(store, cache):
    """Straight from stations to homes that are near them as the crow flies, and far on foot."""
    run_coverage(store, cache, Question())
    with store.session() as session:
        far = session.execute(
            text(
                "SELECT ST_X(s.geom), ST_Y(s.geom), ST_X(b.geom), ST_Y(b.geom) FROM coverage_building c "
                "JOIN building b ON b.id = c.building_id JOIN station s ON s.code = c.station "
                "WHERE c.walk_mm > 1125000 AND c.resident > 0 ORDER BY c.straight_mm, b.code LIMIT 200"
            )
        ).all()[::40]
    served = []
    for x, y, lon, lat in far:
        change = {"op": "path", "line": [[x, y], [lon, lat]]}
        try:
            answer = asked(store, cache, change, capacities=False)
        except RefusedInputError as error:
            if error.code != "way_joins_nothing":
                raise
            continue
        require_sums(answer)
        assert answer["no_longer_served"] == 0
        curves = zip(answer["curve"]["before"], answer["curve"]["after"], strict=True)
        assert all(after["households"] >= before["households"] for before, after in curves)
        assert answer["after"]["unreachable"] <= answer["before"]["unreachable"]
        served.append(answer["newly_served"])
        assert (
            asked(store, cache, change)["after"]["served"]
            >= asked(store, cache)["before"]["served"]
        )
    assert max(served) > 0


def test_only_ones_own_station(store, cache):
    own = asked(store, cache, own_community=True)
    anybody = asked(store, cache)
    require_sums(own)
    assert own["before"]["served"] <= anybody["before"]["served"]


def test_a_township_sees_its_part_of_the_countys_answer(store, cache):
    whole = asked(store, cache)
    who = actor(store, "analyst", ["990101001"])
    part = what_if(store.acting(who), cache, Scenario(Question()))
    codes = {row["code"] for row in part["communities"]}
    assert codes
    assert all(code.startswith("990101001") for code in codes)
    assert [row for row in whole["communities"] if row["code"] in codes] == part["communities"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op": "put", "lon": 117.3, "lat": 28.6, "capacity": -1}, "capacity"),
        ({"op": "put", "lon": 117.3}, "lat"),
        ({"op": "wish"}, "op"),
        ({"op": "move", "lon": 117.3, "lat": 95.0, "station": "S001"}, "lon"),
        ({"op": "path", "line": [[117.3, 28.6]]}, "line"),
        ({"op": "close", "station": "S001", "capacity": 3}, "capacity"),
    ],
)
def test_nonsense_is_refused_with_the_change_and_field(store, cache, change, field):
    with pytest.raises(RefusedInputError) as refused:
        asked(store, cache, {"op": "gate", "lon": 117.3, "lat": 28.6}, change)
    assert [(fault.row, fault.field) for fault in refused.value.faults] == [(2, field)]


def test_a_station_that_is_not_there_is_said(store, cache):
    with pytest.raises(NotFoundError) as refused:
        asked(store, cache, {"op": "close", "station": "S999"})
    assert refused.value.code == "unknown_station"


def test_every_station_closed_is_an_answer(store, cache, stations):
    answer = asked(store, cache, *({"op": "close", "station": code} for code, _, _ in stations))
    assert answer["after"]["served"] == 0
    assert answer["after"]["out_of_reach"] == answer["after"]["households"]
    assert np.isclose(answer["after"]["rate_served"], 0)
    require_sums(answer)


def test_a_scenario_is_kept_with_its_answer_and_decided_once(store, cache, stations):
    scenario = Scenario(
        Question(division="990101001"),
        read_changes([{"op": "close", "station": stations[0][0]}]),
    )
    answer = what_if(store, cache, scenario)
    kept = keep(store, cache, scenario, "撤并一处", "比较用")
    assert kept["division"] == "990101001"
    assert kept["result"]["after"] == answer["after"]
    assert kept["request"]["changes"] == [{"op": "close", "station": stations[0][0]}]
    question = kept["request"]["question"]
    assert kept["asked"]["category"] == question["category"]
    assert kept["asked"]["minutes"] == kept["asked"]["minutes_after"] == question["minutes"]
    assert kept["asked"]["capacities"]
    assert not kept["asked"]["own_community"]
    with store.session() as session:
        assert list_scenarios(session)[0]["name"] == "撤并一处"
        assert decide(session, kept["scenario"], "adopted", "会议定")["state"] == "adopted"
        with pytest.raises(ConflictError):
            decide(session, kept["scenario"], "dropped")
        assert decide(session, kept["scenario"], "draft")["state"] == "draft"


def test_a_scenario_is_seen_and_decided_in_its_area_only(store, cache):
    number = keep(store, cache, Scenario(Question(division="990101001")), "东街")["scenario"]
    inside = store.acting(actor(store, "analyst", ["990101001"]))
    outside = store.acting(actor(store, "analyst", ["990101102"]))
    worker = store.acting(actor(store, "grid_worker", ["990101001"]))
    with inside.session() as session:
        assert number in [row["scenario"] for row in list_scenarios(session)]
    for stranger in (outside, worker):
        with stranger.session() as session:
            assert list_scenarios(session) == []
            with pytest.raises(NotFoundError):
                decide(session, number, "dropped")


def test_a_scenario_without_a_name_is_refused(store, cache):
    with pytest.raises(RefusedInputError) as refused:
        keep(store, cache, Scenario(Question()), "  ")
    assert refused.value.code == "no_name"


def test_searches_at_once_find_what_they_find_alone(store, cache):
    """They share the arrays they work in; requests come from several threads."""
    with store.session("compute") as session:
        inputs = cache.load(session)
    base = REACHES.base(cache, inputs, CATEGORY, 1_125_000)
    far = 4_000_000
    places = list(range(len(base.stations))) * 12
    alone = [base.grounds.reach(base.snaps, place, far) for place in places]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda place: base.grounds.reach(base.snaps, place, far), places))
    for (point, walk), (expected, shortest) in zip(found, alone, strict=True):
        assert np.array_equal(point, expected)
        assert np.array_equal(walk, shortest)
