"""Why a building is not served, on towns one can draw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from gis.around import Around, Building, StationSet, look_around, without_streets
from gis.reasons import (
    CODES,
    BarrierLine,
    Facts,
    StationWalk,
    barrier_across,
    detour,
    reasons,
)
from gis.snap import NO_NETWORK, REACHABLE
from gis.travel import nearest_station
from tests.toy import ORIGIN, Street, Town, lonlat, metres

LIMIT = 1_125_000
"""15 minutes at 4.5 km/h."""
KIND = "service_station"


def seen(town: Town, home, stations, kinds: str | list[str] = "wall", limit: int = LIMIT) -> Around:
    """Look at a home in a town; stations are (place, category, state) or places of open ones."""
    given = [item if isinstance(item[0], tuple) else (item, KIND, "open") for item in stations]
    places = [place for place, _, _ in given]
    made = StationSet(
        [f"S{n}" for n in range(len(given))],
        [kind for _, kind, _ in given],
        [state for _, _, state in given],
        lonlat(places),
    )
    network = town.network()
    index = town.index(network)
    xy = metres([home])
    at, point = index.snap(metres(places)), index.snap(xy)
    asked = made.open_of(KIND)
    found = nearest_station(network, at.take(asked), point)
    walk = int(found.walk_mm[0])
    kinds = [kinds] * len(town.barriers) if isinstance(kinds, str) else kinds
    lines = [
        BarrierLine(kind, f"{kind} {n}", shapely.LineString(np.asarray(line) + ORIGIN))
        for n, (kind, line) in enumerate(zip(kinds, town.barriers, strict=True))
    ]
    return look_around(
        index, Building(lonlat([home])[0], xy[0], point), made, at,
        lambda box: [item for item in lines if shapely.intersects(item.line, shapely.box(*box))],
        KIND, limit, None if walk < 0 else (asked[int(found.station[0])], walk),
    )  # fmt: skip


def why(*args, **more) -> list[str]:
    return [reason.code for reason in reasons(seen(*args, **more).facts)]


def first(*args, **more):
    return reasons(seen(*args, **more).facts)[0]


LONG = Town([Street([(0, 0), (4000, 0)], name="长街")])


def test_a_station_exactly_at_15_00_is_within():
    reason = first(LONG, (1125, 0), [(0, 0)])
    assert (reason.code, reason.over_mm, reason.station.walk_mm) == ("within", 0, LIMIT)
    over = first(LONG, (1126, 0), [(0, 0)])
    assert (over.code, over.over_mm) == ("none_in_reach", 1000)


def test_a_station_on_the_same_edge_is_within():
    around = seen(LONG, (900, 10), [(600, -5)])
    assert [reason.code for reason in reasons(around.facts)] == ["within"]
    assert around.route.walk_mm == 315_000


def test_a_pocket_behind_a_wall_says_which_wall():
    """::

      ######
      # h  #     the yard has no street of its own
      ######
    ===========  street
    """
    wall = [(-20, 20), (20, 20), (20, 60), (-20, 60), (-20, 20)]
    town = Town([Street([(-500, 0), (500, 0)])], barriers=[wall])
    reason = first(town, (0, 40), [(100, 0)])
    assert reason.code == "walled_in"
    assert reason.barrier.name == "wall 0"
    assert reason.street_mm == 40_000


def test_a_gated_estate_open_and_closed():
    """A yard behind a wall; its gate in the west is open, or closed, or both gates are."""
    streets = [
        Street([(0, 0), (500, 0), (1000, 0)], name="大街"),
        Street([(500, 0), (500, 20), (500, 100)], private=True),
        Street([(500, 100), (1000, 100), (1000, 20), (1000, 0)], private=True),
    ]
    wall = [[(200, 20), (500, 20), (1100, 20)]]
    station, home = [(300, 0)], (505, 100)
    opened = seen(Town(streets, wall), home, station)
    assert [r.code for r in reasons(opened.facts)] == ["within"]
    assert opened.route.walk_mm == 305_000
    one = Town(streets, wall, closed=[(500, 20)])
    (reason, bare) = reasons(seen(one, home, station).facts)
    assert (reason.code, bare.code) == ("barrier_between", "none_in_reach")
    assert reason.barrier.name == "wall 0"
    assert reason.station.walk_mm == 1_295_000
    assert reason.detour == pytest.approx(1295 / np.hypot(205, 100), rel=1e-4)
    assert bare.over_mm == 170_000
    both = Town(streets, wall, closed=[(500, 20), (1000, 20)])
    (shut, behind) = reasons(seen(both, home, station).facts)
    assert (shut.code, behind.code) == ("different_network", "barrier_between")
    assert shut.street_mm == pytest.approx(80_000 + 500_000 + 80_000, abs=3)
    assert np.allclose(shut.gate, lonlat([(500, 20)])[0], atol=1e-9)
    assert behind.detour is None  # there is no way round


def test_a_river_with_one_bridge_is_told_with_its_detour():
    """::

    S (0,200) ---- (1000,200)     north bank
    ~~~~~~~~~~~~~~~~~~|~~~~~~
    h (0,0) ------ (1000,0)       south bank
    """
    town = Town(
        [
            Street([(0, 0), (1000, 0)], name="南岸路"),
            Street([(0, 200), (1000, 200)], name="北岸路"),
            Street([(1000, 0), (1000, 200)], name="石桥", level=1),
        ],
        barriers=[[(-100, 100), (990, 100)]],
    )
    around = seen(town, (0, 0), [(0, 200)], "river")
    reason, bare = reasons(around.facts)
    assert (reason.code, bare.code) == ("barrier_between", "none_in_reach")
    assert reason.barrier.barrier_class == "river"
    assert reason.detour == pytest.approx(11, rel=1e-4)
    assert [leg.name for leg in around.route.legs if leg.mm] == ["南岸路", "石桥", "北岸路"]
    assert around.route.walk_mm == 2_200_000
    # By the bridge the same river is on the line and no reason: the walk is hardly longer than it.
    assert why(town, (980, 0), [(960, 200)], "river") == ["within"]


def test_a_station_over_the_river_is_named_although_another_is_nearer_on_foot():
    town = Town(
        [
            Street([(0, 0), (3000, 0), (3000, 200), (0, 200)]),
        ],
        barriers=[[(-100, 100), (2990, 100)]],
    )
    reason = first(town, (0, 0), [(0, 200), (2000, 0)], "river")
    assert reason.code == "barrier_between"
    assert reason.station.code == "S0"
    assert reason.station.walk_mm == pytest.approx(6_200_000, abs=10)
    assert reason.detour == pytest.approx(31, rel=1e-3)


def test_a_barrier_on_a_line_longer_than_the_limit_is_no_reason():
    town = Town([Street([(0, 0), (4000, 0), (4000, 1300), (0, 1300)])], [[(-10, 600), (3900, 600)]])
    assert why(town, (0, 0), [(0, 1300)], "river") == ["none_in_reach"]


def test_300_metres_off_the_network_the_distance_is_told():
    reason = first(LONG, (1000, 300), [(900, 0)])
    assert (reason.code, reason.street_mm) == ("no_street_within_250m", 300_000)
    assert why(LONG, (1000, 250), [(900, 0)]) == ["within"]


def test_farther_than_500_metres_nothing_is_known_of_streets():
    assert why(LONG, (1000, 501), [(900, 0)]) == ["no_network"]


def test_a_station_not_open_yet_and_one_closed_are_named_before_the_bare_figure():
    town = LONG
    stations = [
        ((0, 0), KIND, "open"), ((2300, 0), KIND, "planned"), ((2100, 0), KIND, "closed"),
        ((2200, 0), KIND, "closed"), ((2050, 0), "clinic", "open"), ((2040, 0), "clinic", "planned"),
    ]  # fmt: skip
    found = reasons(seen(town, (2000, 0), stations).facts)
    assert [reason.code for reason in found] == [
        "not_open_yet", "closed", "none_in_reach", "wrong_category",
    ]  # fmt: skip
    assert [reason.station.code for reason in found] == ["S1", "S2", "S0", "S4"]
    assert [reason.more for reason in found] == [0, 1, 0, 0]
    assert found[2].over_mm == 2_000_000 - LIMIT


def test_what_is_not_open_or_of_another_category_beyond_the_limit_is_not_told():
    stations = [((0, 0), KIND, "open"), ((3200, 0), KIND, "planned"), ((3200, 0), "clinic", "open")]
    assert why(LONG, (2000, 0), stations) == ["none_in_reach"]


def test_a_piece_of_street_without_a_station_is_another_network():
    town = Town([Street([(0, 0), (500, 0)]), Street([(3000, 0), (3100, 0), (3100, 50)])])
    reason = first(town, (3010, 5), [(0, 0)])
    assert reason.code == "different_network"
    assert reason.street_mm == 150_000
    assert reason.gate is None


def walk(code: str, mm: int, **more) -> StationWalk:
    return StationWalk(code, more.get("category", KIND), more.get("state", "open"), mm, mm)


def facts(*stations: StationWalk, **more) -> Facts:
    return Facts(REACHABLE, KIND, LIMIT, stations[0], stations[0], stations, **more)


def test_full_stations_are_the_reason_only_where_a_household_has_no_place():
    near, other = walk("A", 300_000), walk("B", 800_000)
    (full,) = reasons(facts(near, other, over_capacity=7))
    assert (full.code, full.station.code, full.more) == ("capacity_used", "A", 1)
    (taken,) = reasons(facts(near, other, given="B"))
    assert (taken.code, taken.station.code) == ("within", "B")
    some, others = reasons(facts(near, other, over_capacity=2, given="B"))
    assert (some.code, some.station.code) == ("capacity_used", "A")
    assert (others.code, others.station.code) == ("within", "B")


def test_every_reason_is_of_the_list_and_one_is_always_told():
    lost = Facts(REACHABLE, KIND, LIMIT, None, None)
    assert [reason.code for reason in reasons(lost)] == ["different_network"]
    nothing = without_streets(
        lonlat([(0, 0)])[0], StationSet([], [], [], np.empty((0, 2))), KIND, 1
    )
    assert [reason.code for reason in reasons(nothing)] == ["no_network"]
    assert nothing.snap_state == NO_NETWORK
    assert len(set(CODES)) == len(CODES)


def line(kind: str, *points) -> BarrierLine:
    return BarrierLine(kind, kind, shapely.LineString(points))


def test_of_several_barriers_the_strongest_then_the_nearest_is_named():
    walls = [line("wall", (5, -5), (5, 5)), line("fence", (2, -5), (2, 5))]
    river = line("canal", (8, -5), (8, 5))
    start, end = np.array([0.0, 0.0]), np.array([10.0, 0.0])
    assert barrier_across(start, end, walls).name == "fence"
    assert barrier_across(start, end, [*walls, river]).name == "canal"
    assert barrier_across(start, end, [line("wall", (10, -5), (10, 5))]) is None  # ends on it
    assert barrier_across(start, end, [line("wall", (11, -5), (11, 5))]) is None
    assert barrier_across(start, end, []) is None


def test_detour_is_walk_over_straight_line():
    assert detour(StationWalk("A", KIND, "open", 300, 100)) == 3
    assert detour(StationWalk("A", KIND, "open", -1, 100)) is None
    assert detour(StationWalk("A", KIND, "open", 5, 0)) is None


def test_straight_lines_are_those_to_the_same_station():
    around = seen(LONG, (1000, 0), [(0, 0), (3000, 0)])
    assert around.facts.nearest.straight_mm == 1_000_000
    assert around.facts.straightest.code == around.facts.nearest.code == "S0"
    for before, after in pairwise(around.route.legs):
        assert np.array_equal(before.lonlat[-1], after.lonlat[0])
