"""Where next, in the store: candidates, what is chosen, what it would change, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.siting import Place, SitingAsked, read_places, site_stations
from layers.usecases.whatif.keeping import scenario_document
from layers.usecases.why import why
from tests.conftest import fresh_copy

TOWN = "990101001"


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_siting") as copy:
        yield copy


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return InputCache(tmp_path_factory.mktemp("siting"))


def sited(store, cache, **more):
    more = {"add": 2, "most": 40, "capacities": False, **more}
    return site_stations(store, cache, SitingAsked(Question(), **more))


def test_two_corners_serve_the_most_and_the_answer_is_what_they_would_change(store, cache):
    answer = sited(store, cache)
    siting = answer["siting"]
    assert len(siting["chosen"]) == 2
    assert siting["candidates"] == 40
    assert siting["objective"] == siting["served"] == answer["after"]["served"]
    assert siting["bound"] >= siting["objective"]
    assert siting["gap"] <= 0.01
    assert answer["newly_served"] > 0
    assert answer["no_longer_served"] == 0
    assert siting["reproducible"]
    again = sited(store, cache)
    assert {**again, "seconds": 0} == {**answer, "seconds": 0}


def test_more_stations_serve_more_and_the_curve_says_what_each_gains(store, cache):
    answer = sited(store, cache, add=4)
    gains = [step["gain"] for step in answer["siting"]["curve"]]
    assert sited(store, cache)["siting"]["objective"] <= answer["siting"]["objective"]
    assert [gain for gain in gains if gain is not None] == sorted(
        (gain for gain in gains if gain is not None), reverse=True
    )


def test_the_fewest_stations_reach_their_target_and_one_less_does_not(store, cache):
    before = sited(store, cache, add=1)
    total = before["siting"]["households"]
    target = Fraction(before["siting"]["objective"] + 1, total)
    answer = sited(store, cache, objective="min-stations", add=None, target=target)
    assert answer["siting"]["served"] >= target * total
    assert len(answer["siting"]["chosen"]) == answer["siting"]["objective"] >= 2


def test_a_target_beyond_all_candidates_says_how_far_they_reach(store, cache):
    with pytest.raises(RefusedInputError) as refused:
        sited(store, cache, objective="min-stations", add=None, target=Fraction(1), most=5)
    assert refused.value.code == "infeasible"
    assert refused.value.faults


def test_must_and_forbidden_places_of_a_list_are_kept_to(store, cache):
    free = sited(store, cache, add=1)["siting"]["chosen"][0]
    places = (
        Place("a", free["lon"], free["lat"]),
        Place("b", 117.3140, 28.6050, "乙处", 300),
        Place("c", 117.2900, 28.6100),
    )
    assert sited(store, cache, add=1, places=places)["siting"]["chosen"][0]["code"] == "a"
    kept = sited(store, cache, add=1, places=places, must=("b",))["siting"]["chosen"][0]
    assert (kept["code"], kept["name"]) == ("b", "乙处")
    without = sited(store, cache, add=1, places=places, forbidden=("a",))["siting"]["chosen"][0]
    assert without["code"] != "a"


def test_capacities_limit_what_new_stations_serve(store, cache):
    answer = sited(store, cache, add=2, capacities=True, capacity=150)
    assert answer["after"]["served"] - answer["before"]["served"] <= 300
    assert answer["siting"]["served"] == answer["after"]["served"]
    put = [row for row in answer["stations"] if row["code"].startswith("new:")]
    assert [row["capacity_after"] for row in put] == [150, 150]


def test_the_p_median_shortens_walks_and_says_who_was_left_out(store, cache):
    answer = sited(store, cache, objective="p-median", add=1)
    siting = answer["siting"]
    assert siting["objective"] > 0
    assert (
        siting["left_out"] + siting["households"]
        == answer["before"]["households"] - answer["before"]["unplaced"]
    )
    assert siting["curve"][-1]["gain"] > 0


def test_an_area_holds_its_candidates(store, cache):
    ring = ((117.305, 28.595), (117.325, 28.595), (117.325, 28.612), (117.305, 28.612))
    chosen = sited(store, cache, area=ring)["siting"]["chosen"]
    assert all(
        117.305 <= site["lon"] <= 117.325 and 28.595 <= site["lat"] <= 28.612 for site in chosen
    )


def test_only_ones_own_station_means_what_it_means_in_a_what_if(store, cache):
    own = sited(store, cache, own_community=True)
    anybody = sited(store, cache)
    assert own["parameters"]["own_community"]
    assert own["siting"]["served"] == own["after"]["served"] < anybody["after"]["served"]
    full = sited(store, cache, own_community=True, capacities=True, capacity=150)
    assert full["siting"]["served"] == full["after"]["served"]
    with pytest.raises(RefusedInputError) as refused:  # each community needs one of its own
        sited(store, cache, own_community=True, objective="p-median", add=1)
    assert "choose more sites" in refused.value.message


@pytest.fixture(scope="module")
def vacant(store, tmp_path_factory):
    """Vacant premises in two townships, one of them with its capacity and one without a name."""
    path = tmp_path_factory.mktemp("vacant") / "空置用房.csv"
    path.write_text(
        "code,name,category,status,capacity,lon,lat\n"
        "V1,老粮站,service_station,空置,260,117.3140,28.6050\n"
        "V2,,clinic,vacant,,117.3006,28.6164\n"
        "V3,旧校舍,service_station,闲置,,117.2651,28.6009\n",
        "utf-8",
    )
    store.dispose()
    with fresh_copy(store, "wangge_test_siting_vacant") as copy:
        with copy.session() as session:
            import_file(session, "stations", path, ImportOptions())
        yield copy


def test_vacant_premises_are_candidates_by_name_and_never_open(vacant, store, cache):
    answer = sited(vacant, cache, add=3, candidates=("premises",), capacities=True)
    siting = answer["siting"]
    assert siting["candidates"] == 3
    rows = {row["code"]: (row["kind"], row["name"]) for row in siting["chosen"]}
    assert rows == {
        "V1": ("premises", "老粮站"),
        "V2": ("premises", None),
        "V3": ("premises", "旧校舍"),
    }
    put = {
        row["name"]: row["capacity_after"] for row in answer["stations"] if "new:" in row["code"]
    }
    assert put == {"老粮站": 260, "V2": None, "旧校舍": None}
    # Until then nobody is served there.
    run = [run_coverage(each, cache, Question()) for each in (vacant, store)]
    assert run[0]["totals"] == run[1]["totals"]
    assert not {"V1", "V2", "V3"} & {row["code"] for row in run[0]["stations"]}
    home = next(iter(why_codes(vacant)))
    told = {item["code"] for item in why(vacant, cache, run[0]["run"], home)["reasons"]}
    assert "not_open_yet" not in told


def why_codes(store):
    """Return the homes out of reach that are nearest to vacant premises."""
    with store.session() as session:
        return session.execute(
            text(
                "SELECT b.code FROM coverage_building c JOIN building b ON b.id = c.building_id, station s "
                "WHERE s.code = 'V3' AND c.walk_mm > 1125000 ORDER BY b.geom <-> s.geom LIMIT 1"
            )
        ).scalars()


def test_kinds_of_candidates_are_combined_and_each_says_its_own(vacant, cache):
    places = (Place("own", 117.2900, 28.6100),)
    kinds = ("places", "premises", "corners")
    answer = sited(vacant, cache, add=1, candidates=kinds, places=places, most=7)
    assert answer["siting"]["candidates"] == 1 + 3 + 7
    must = ("own", "V1", "corner:1")
    kept = sited(vacant, cache, add=3, candidates=kinds, places=places, most=7, must=must)
    found = {row["code"]: row["kind"] for row in kept["siting"]["chosen"]}
    assert found == {"own": "places", "V1": "premises", "corner:1": "corners"}


def test_premises_lie_in_the_divisions_and_the_area_asked_about(vacant, cache):
    asked = SitingAsked(Question(division=TOWN), add=1, candidates=("premises",))
    assert site_stations(vacant, cache, asked)["siting"]["candidates"] == 2
    ring = ((117.305, 28.595), (117.325, 28.595), (117.305, 28.620))
    drawn = sited(vacant, cache, add=1, candidates=("premises",), area=ring)
    assert drawn["siting"]["candidates"] == 1


def test_no_vacant_premises_and_two_of_one_code_are_said(vacant, store, cache):
    with pytest.raises(RefusedInputError) as refused:
        sited(store, cache, candidates=("premises",))
    assert (refused.value.code, "vacant" in refused.value.message) == ("no_candidates", True)
    with pytest.raises(RefusedInputError) as refused:
        sited(vacant, cache, candidates=("premises", "places"), places=(Place("V1", 117.3, 28.6),))
    assert [fault.reason for fault in refused.value.faults] == ["V1 comes twice"]


def test_the_p_median_counts_households_times_whole_metres(store, cache):
    """So that the sums of a county of any size stay exact, and none is `too_large`."""
    siting = sited(store, cache, objective="p-median", add=1)["siting"]
    assert siting["objective_unit"] == "household_metres"
    mean = siting["objective"] / siting["households"]
    assert 100 < mean < 5000


def test_an_answer_is_kept_as_a_scenario_with_how_it_was_found(store, cache):
    asked = SitingAsked(Question(division=TOWN), add=1, most=10)
    kept = site_stations(store, cache, asked, "东街再建一处")
    with store.session() as session:
        found = scenario_document(session, kept["scenario"])
    assert found["division"] == TOWN
    assert found["result"]["siting"]["chosen"]
    assert [change["op"] for change in found["request"]["changes"]] == ["put"]


def test_candidates_come_from_a_ledger_too(store, cache, tmp_path):
    path = tmp_path / "空置用房.csv"
    path.write_bytes(
        "编号,名称,容量,经度,纬度\nK1,旧厂房,200,117.3140,28.6050\nK2,旧仓库,,117.29,28.61\n".encode(
            "gb18030"
        )
    )
    places = read_places(path)
    assert [(place.code, place.name, place.capacity) for place in places] == [
        ("K1", "旧厂房", 200), ("K2", "旧仓库", None),
    ]  # fmt: skip
    assert sited(store, cache, add=1, places=places)["siting"]["candidates"] == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"add": 0}, "add"),
        ({"add": None}, "add"),
        ({"objective": "min-stations", "target": Fraction(101, 100)}, "target"),
        ({"capacity": -1}, "capacity"),
        ({"most": 0}, "most"),
        ({"objective": "wish"}, "objective"),
        ({"area": ((0, 0), (1, 1), (1, 0), (0, 1))}, "area"),
        ({"area": ((0, 0), (1, 1))}, "area"),
        ({"candidates": ("shops",)}, "candidates"),
        ({"candidates": ("places",)}, "places"),
        ({"candidates": ("corners",), "places": (Place("a", 117, 28),)}, "candidates"),
        ({"places": (Place("a", 117, 28), Place("a", 118, 28))}, "places"),
    ],
)
def test_nonsense_is_refused_by_field(wrong, field):
    with pytest.raises(RefusedInputError) as refused:
        SitingAsked(Question(), **{"add": 1, **wrong})
    assert field in [fault.field for fault in refused.value.faults]


def test_more_stations_than_candidates_and_unknown_places_are_said(store, cache):
    with pytest.raises(RefusedInputError) as refused:
        sited(store, cache, add=9, places=(Place("a", 117.31, 28.6),))
    assert refused.value.code == "infeasible"
    with pytest.raises(RefusedInputError) as refused:
        sited(store, cache, must=("nowhere",))
    assert refused.value.code == "unknown_place"
