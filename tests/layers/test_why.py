"""Why, as a use case: what the store knows of one building's walk, and who may ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError
from gis.reasons import CODES
from layers.db import Database
from layers.inputs import InputCache
from layers.question import Question
from layers.reach import ReachCache
from layers.scenario import Scenario
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.whatif.computing import what_if
from layers.usecases.why import why
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.toy import lonlat

TOWNSHIP, OTHER = "990101001", "990101102"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> InputCache:
    return InputCache(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(sample_store: Database, cache: InputCache) -> dict:
    return run_coverage(sample_store, cache, Question())


def walks(store: Database, run: str) -> list:
    with store.session() as session:
        return session.execute(
            text(
                "SELECT b.code, c.walk_mm, c.station, c.no_network FROM coverage_building c "
                "JOIN building b ON b.id = c.building_id JOIN coverage_run r ON r.field_id = c.field_id "
                'WHERE r.id = :run ORDER BY b.code COLLATE "C"'
            ),
            {"run": run},
        ).all()


def test_the_legs_of_every_building_add_up_to_the_walk_of_the_run(sample_store, cache, run):
    told = set()
    for row in walks(sample_store, run["run"])[::40]:
        found = why(sample_store, cache, run["run"], row.code)
        told |= {reason["code"] for reason in found["reasons"]}
        if row.walk_mm is None:
            assert found["walk_m"] is None
            assert found["legs"] == []
            assert found["status"] == ("no_network" if row.no_network else "unreachable")
            continue
        assert round(found["walk_m"] * 1000) == row.walk_mm
        assert sum(round(leg["walk_m"] * 1000) for leg in found["legs"]) == row.walk_mm
        assert found["station"]["code"] == row.station
        near = row.walk_mm <= 1_125_000
        assert (found["reasons"][0]["code"] in {"within", "capacity_used"}) == near
        assert (found["places"] is not None) == near
        assert found["detour"] == pytest.approx(found["walk_m"] / found["straight_m"], abs=0.001)
        lines = found["route"]["features"]
        assert lines[-1]["properties"]["kind"] == "straight"
        first, last = lines[0]["geometry"], lines[-2]["geometry"]
        spot = [found["building"][name] for name in ("lon", "lat")]
        goal = [found["station"][name] for name in ("lon", "lat")]
        assert first["coordinates"][0] == pytest.approx(spot, abs=1e-7)
        assert last["coordinates"][-1] == pytest.approx(goal, abs=1e-7)
    assert (
        {"within", "capacity_used", "none_in_reach", "no_network", "closed"} <= told <= set(CODES)
    )


def test_the_same_question_gives_the_same_answer_in_another_process(
    sample_store, cache, run, tmp_path
):
    code = walks(sample_store, run["run"])[3].code
    again = why(sample_store, InputCache(tmp_path), run["run"], code)
    assert again == why(sample_store, cache, run["run"], code)


def test_only_buildings_of_ones_own_area_are_answered(sample_store, cache, run):
    theirs = next(row.code for row in walks(sample_store, run["run"]) if row.code.startswith(OTHER))
    ours = next(
        row.code for row in walks(sample_store, run["run"]) if row.code.startswith(TOWNSHIP)
    )
    mine = sample_store.acting(actor(sample_store, "analyst", [TOWNSHIP]))
    own = run_coverage(mine, cache, Question())["run"]
    found = why(mine, cache, own, ours)
    whole = why(sample_store, cache, run["run"], ours)
    assert {k: v for k, v in found.items() if k != "run"} == {
        k: v for k, v in whole.items() if k != "run"
    }  # figures do not depend on who asks
    with pytest.raises(NotFoundError) as caught:
        why(mine, cache, own, theirs)
    assert caught.value.code == "unknown_building"
    with pytest.raises(NotFoundError) as caught:
        why(mine, cache, run["run"], ours)
    assert caught.value.code == "unknown_run"
    with pytest.raises(NotFoundError) as caught:
        why(sample_store, cache, own, theirs)
    assert caught.value.code == "building_not_in_run"


def test_after_an_import_the_question_has_to_be_asked_again(sample_store, run, tmp_path):
    code = walks(sample_store, run["run"])[0].code
    sample_store.dispose()
    with fresh_copy(sample_store, "wangge_test_why") as store:
        cache = InputCache(tmp_path)
        why(store, cache, run["run"], code)
        ledger = tmp_path / "t.csv"
        ledger.write_text("code,name,lon,lat\nNEW1,甲,117.3128,28.6056\n", "utf-8")
        with store.session() as session:
            import_file(session, "stations", ledger, ImportOptions())
        with pytest.raises(ConflictError) as caught:
            why(store, cache, run["run"], code)
    assert caught.value.code == "inputs_changed"


def osm(path: Path, ways: dict[str, tuple[dict, list]], gates: dict[tuple, dict]) -> Path:
    """Write an OSM file of ways (tags, points in metres) and gates."""
    spots: dict[tuple, int] = {}
    lines = []
    for number, (tags, points) in enumerate(ways.values(), start=1):
        refs = "".join(f'<nd ref="{spots.setdefault(point, len(spots) + 1)}"/>' for point in points)
        named = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<way id="{number}" version="1">{refs}{named}</way>')
    nodes = []
    for (point, number), (lon, lat) in zip(spots.items(), lonlat(list(spots)), strict=True):
        tags = gates.get(point, {})
        named = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        nodes.append(
            f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{named}</node>'
        )
    body = "".join(nodes) + "".join(lines)
    path.write_text(f'<osm version="0.6" generator="toy">{body}</osm>', "utf-8")
    return path


@pytest.fixture
def river_town(empty_store: Database, tmp_path: Path) -> tuple[Database, InputCache]:
    """A river with one bridge, and a walled estate whose gate is closed.

    ::

        S1 (0,200) ------------ (1000,200)     北岸路
        ~~~~~~~~~~~~~~ 青溪 ~~~~~~~~|~~~~
        H1 (0,0) --- (500,0) --- (1000,0)     南岸路
                        |  gate 南门, closed
                     (500,-100) H2            a yard behind its wall
    """
    street = {"highway": "residential"}
    ways = {
        "south": (street | {"name": "南岸路"}, [(0, 0), (500, 0), (1000, 0)]),
        "north": (street | {"name": "北岸路"}, [(0, 200), (1000, 200)]),
        "bridge": (street | {"name": "石桥", "bridge": "yes"}, [(1000, 0), (1000, 200)]),
        "yard": ({"highway": "service"}, [(500, 0), (500, -30), (500, -100)]),
        "river": ({"waterway": "river", "name": "青溪"}, [(-300, 100), (1300, 100)]),
        "wall": ({"barrier": "wall"}, [(200, -30), (500, -30), (800, -30), (800, -300), (200, -300), (200, -30)]),
    }  # fmt: skip
    gates = {(500, -30): {"barrier": "gate", "locked": "yes", "access": "no", "name": "南门"}}
    places = lonlat([(0, 0), (500, -100), (0, 200), (50, 0), (60, 0), (800, 450.01)])
    (h1, h2, s1, s2, s3, h3) = (f"{lon:.7f},{lat:.7f}" for lon, lat in places)
    soon = "2999-01-01"
    files = {
        "streets": osm(tmp_path / "t.osm", ways, gates),
        "buildings": tmp_path / "b.csv",
        "stations": tmp_path / "s.csv",
    }
    files["buildings"].write_text(
        f"code,lon,lat,resident,counted_on\nH1,{h1},10,2025-06-30\nH2,{h2},20,2025-06-30\n"
        f"H3,{h3},5,2025-06-30\n",
        "utf-8",
    )
    files["stations"].write_text(
        "code,name,category,status,opened_on,lon,lat\n"
        f"S1,北岸站,service_station,open,2020-01-01,{s1}\n"
        f"S2,南岸站,service_station,open,{soon},{s2}\n"
        f"S3,南岸卫生站,clinic,open,2020-01-01,{s3}\n",
        "utf-8",
    )
    with empty_store.session() as session:
        for kind, path in files.items():
            import_file(session, kind, path, ImportOptions())
    return empty_store, InputCache(tmp_path / "home")


def test_a_river_and_a_closed_gate_are_told_with_their_names(river_town):
    store, cache = river_town
    run = run_coverage(store, cache, Question())["run"]
    home = why(store, cache, run, "H1")
    assert [reason["code"] for reason in home["reasons"]] == [
        "barrier_between", "not_open_yet", "none_in_reach", "wrong_category",
    ]  # fmt: skip
    river, soon, bare, other = home["reasons"]
    assert river["barrier"] == {"barrier_class": "river", "name": "青溪"}
    assert river["detour"] == home["detour"] == pytest.approx(11, rel=1e-3)
    assert (soon["station"]["name"], soon["station"]["opened_on"]) == ("南岸站", "2999-01-01")
    assert bare["over_m"] == pytest.approx(2200 - 1125, abs=0.1)
    assert bare["over_s"] == pytest.approx((2200 - 1125) / 1.25, abs=0.1)
    assert (other["station"]["code"], other["station"]["category"]) == ("S3", "clinic")
    assert [leg["name"] for leg in home["legs"] if leg["walk_m"]] == ["南岸路", "石桥", "北岸路"]
    yard = why(store, cache, run, "H2")
    assert yard["status"] == "unreachable"
    shut = yard["reasons"][0]
    assert shut["code"] == "different_network"
    assert shut["gate"]["name"] == "南门"
    assert shut["street_m"] == pytest.approx(70, abs=0.1)
    assert yard["legs"] == []
    assert [line["properties"]["kind"] for line in yard["route"]["features"]] == ["straight"]
    far = why(store, cache, run, "H3")
    assert far["reasons"][0]["code"] == "no_street_within_250m"
    assert far["reasons"][0]["street_m"] == pytest.approx(250.01, abs=0.05)


def test_the_day_decides_what_is_open(river_town):
    store, cache = river_town
    with store.session() as session:
        today = session.execute(text("SELECT current_date")).scalar_one()
        session.execute(
            text("UPDATE station SET opened_on = :day WHERE code = 'S2'"),
            {"day": today},
        )
    run = run_coverage(store, InputCache(cache.folder / "later"), Question())["run"]
    found = why(store, InputCache(cache.folder / "later"), run, "H1")
    assert [reason["code"] for reason in found["reasons"]] == ["within"]
    assert found["station"]["code"] == "S2"


@pytest.fixture
def full_town(empty_store: Database, tmp_path: Path) -> tuple[Database, InputCache]:
    """One street with two stations that have 25 places for 34 households in reach.

    ::

        S1 15      H1 10   H2 12      H4 8    S2 10       H5 4          H3 9
        (0) ------ (100) - (200) ---- (500) - (600) ---- (1050) ------ (1900)
    """
    ways = {"street": ({"highway": "residential", "name": "长街"}, [(0, 0), (2000, 0)])}
    homes = {"H1": (100, 10), "H2": (200, 12), "H3": (1900, 9), "H4": (500, 8), "H5": (1050, 4)}
    stations = {"S1": (0, 15), "S2": (600, 10)}
    files = {name: tmp_path / f"{name}.csv" for name in ("buildings", "stations")}
    for name, head, rows in (
        ("buildings", "code,resident,counted_on,lon,lat", homes),
        ("stations", "code,capacity,name,lon,lat", stations),
    ):
        lines = [head]
        for code, (x, number) in rows.items():
            ((lon, lat),) = lonlat([(x, 0)])
            said = "2025-06-30" if name == "buildings" else f"{code}站"
            lines.append(f"{code},{number},{said},{lon:.7f},{lat:.7f}")
        files[name].write_text("\n".join(lines), "utf-8")
    with empty_store.session() as session:
        import_file(session, "streets", osm(tmp_path / "t.osm", ways, {}), ImportOptions())
        for kind, path in files.items():
            import_file(session, kind, path, ImportOptions())
    return empty_store, InputCache(tmp_path / "home")


def test_who_has_no_place_is_told_which_stations_are_full(full_town):
    store, cache = full_town
    run = run_coverage(store, cache, Question())["run"]
    answers = {code: why(store, cache, run, code) for code in ("H1", "H2", "H3", "H4", "H5")}
    told = {code: [item["code"] for item in found["reasons"]] for code, found in answers.items()}
    assert told == {
        "H1": ["within"],
        "H2": ["capacity_used", "within"],
        "H3": ["none_in_reach"],
        "H4": ["within"],
        "H5": ["capacity_used"],
    }
    places = answers["H2"]["places"]
    assert (places["households"], places["served"], places["over_capacity"]) == (12, 7, 5)
    rows = [
        (row["code"], row["name"], row["capacity"], row["load"], row["households"])
        for row in places["stations"]
    ]
    assert rows == [("S1", "S1站", 15, 15, 5), ("S2", "S2站", 10, 10, 2)]
    assert [row["walk_m"] for row in places["stations"]] == pytest.approx([200, 400], abs=0.1)
    assert answers["H2"]["reasons"][1]["station"]["code"] == "S1"
    last = answers["H5"]["places"]
    assert (last["served"], last["over_capacity"]) == (0, 4)
    assert [row["code"] for row in last["stations"]] == ["S2", "S1"]
    assert answers["H5"]["reasons"][0]["station"]["code"] == "S2"
    assert answers["H5"]["reasons"][0]["more_stations"] == 1
    assert answers["H3"]["places"] is None
    whole = what_if(store, cache, Scenario(Question()))["before"]
    assert (whole["served"], whole["over_capacity"]) == (25, 9)


def test_without_a_capacity_nobody_is_turned_away_and_nothing_more_is_searched(
    full_town, monkeypatch
):
    store, cache = full_town
    with store.session() as session:
        session.execute(text("UPDATE station SET capacity = NULL"))
    monkeypatch.setattr(ReachCache, "base", None)
    run = run_coverage(store, cache, Question())["run"]
    found = why(store, cache, run, "H5")
    assert [item["code"] for item in found["reasons"]] == ["within"]
    assert found["places"] is None


def test_a_limit_of_odd_millimetres_is_kept_to_the_millimetre(full_town):
    """A run says 1.001 m, which times a thousand is a hair less than 1,001."""
    store, cache = full_town
    question = Question(minutes=0.015015, speed_kmh=4.0)
    assert question.limits.walk_mm == 1001
    run = run_coverage(store, cache, question)["run"]
    with store.session("owner") as session:
        session.execute(text("UPDATE coverage_building SET walk_mm = 1001"))
    assert why(store, cache, run, "H3")["status"] == "within_walk"
