"""Many counties on many workers: equal to one after the other, whatever happens to the workers."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.errors import NotFoundError, RefusedInputError, UnavailableError, WanggeError
from layers.distributed import Workers, dask_cluster, local_cluster, process_pool, spread
from layers.inputs import InputCache
from layers.question import Question
from layers.rights import RightsError
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.region import (
    County,
    counties_of,
    own_version,
    run_county,
    run_region,
    without_password,
)
from tests.accounts import actor
from tests.conftest import fresh_copy

COUNTIES = 5
PER_COUNTY = 300
STEP = 0.02
REGION = "99"
EMPTY = "990306"
FIGURES = (
    "SELECT c.* FROM (SELECT r.id, r.parameters, r.result, r.inputs - 'network' AS inputs, f.* FROM coverage_run r, "
    "LATERAL (SELECT md5(string_agg(b::text, ',' ORDER BY b.building_id)) FROM coverage_building b "
    "WHERE b.field_id = r.field_id) f) c ORDER BY id"
)


def county(number):
    return f"9903{number + 1:02}"


def write(path, features):
    items = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
        for properties, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}), "utf-8")


@pytest.fixture(scope="module")
def counties(cluster, tmp_path_factory):
    """Five counties in a row on one lattice of streets, every other one with a station; a sixth without buildings.

    ::

        | 01 S | 02   | 03 S | 04   | 05 S |  06 |     homes of 02 and 04 walk over the border
    """
    folder = tmp_path_factory.mktemp("counties")
    end = 117.0 + STEP * COUNTIES
    lattice = np.arange(0, STEP * COUNTIES + 1e-9, 0.002) + 117.0
    heights = np.linspace(28.601, 28.619, 10)
    lines = [[(x, y) for x in lattice] for y in heights] + [
        [(x, y) for y in heights] for x in lattice
    ]
    streets = [
        ({"class": "residential", "name": f"街{n}"}, shapely.LineString(points))
        for n, points in enumerate(lines)
    ]
    write(folder / "streets.geojson", streets)
    province = shapely.box(117.0, 28.6, end + STEP, 28.62)
    divisions = [({"code": REGION, "name": "试验省", "level": "province"}, province)]
    for n in range(COUNTIES + 1):
        west = 117.0 + STEP * n
        box, code = shapely.box(west, 28.6, west + STEP, 28.62), county(n)
        for level, own, above in (
            ("county", code, REGION), ("township", f"{code}001", code), ("community", f"{code}001001", f"{code}001"),
        ):  # fmt: skip
            divisions.append(({"code": own, "name": own, "level": level, "parent": above}, box))
    write(folder / "divisions.geojson", divisions)
    rng = np.random.default_rng(5)
    lines = ["code,lon,lat,resident,counted_on"]
    for n in range(COUNTIES):
        for number in range(PER_COUNTY):
            lon, lat = 117.0 + STEP * (n + rng.uniform(0.02, 0.98)), rng.uniform(28.601, 28.619)
            lines.append(
                f"B{n}-{number:04},{lon:.7f},{lat:.7f},{rng.integers(1, 60)},2026-0{n + 1}-01"
            )
    (folder / "buildings.csv").write_text("\n".join(lines) + "\n", "utf-8")
    stations = ["code,name,category,lon,lat"] + [
        f"S{n},站{n},service_station,{117.0 + STEP * n + 0.0185},28.61" for n in range(0, COUNTIES, 2)
    ]  # fmt: skip
    (folder / "stations.csv").write_text("\n".join(stations) + "\n", "utf-8")
    with fresh_copy(cluster, "wangge_test_counties") as store:
        with store.session() as session:
            for name in ("streets.geojson", "divisions.geojson", "buildings.csv", "stations.csv"):
                import_file(session, name.split(".")[0], folder / name, ImportOptions())
        yield store


@pytest.fixture
def store(counties):
    """Yield the counties without any run."""
    with counties.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE coverage_run, coverage_field, coverage_building CASCADE"))
    return counties


@pytest.fixture(scope="module")
def alone(counties, tmp_path_factory):
    """Return the stored figures of one county after the other, in this process."""
    cache = InputCache(tmp_path_factory.mktemp("alone"))
    for n in range(COUNTIES):
        run_coverage(counties, cache, Question(division=county(n)))
    return figures(counties)


def figures(store):
    with store.session() as session:
        found = [tuple(row) for row in session.execute(text(FIGURES))]
    assert len(found) == COUNTIES
    return found


def threads(count):
    return Workers(
        f"{count} threads", lambda: ThreadPoolExecutor(count), lambda: count, lambda made: made.shutdown()
    )  # fmt: skip


def require_sums(answer, found):
    rows = [row[2]["totals"] for row in found]
    for name in ("households", "within_walk", "out_of_reach", "no_network", "buildings_total"):
        assert answer["totals"][name] == sum(row[name] for row in rows)
    total = answer["totals"]
    assert total["rate_walk"] == round(total["within_walk"] / total["households"], 6)
    assert answer["curve"][15]["households"] == total["within_walk"]
    states = [(row["code"], row["state"]) for row in answer["counties"]]
    assert states == [*((county(n), "done") for n in range(COUNTIES)), (EMPTY, "refused")]
    assert answer["counties"][-1]["error"]["code"] == "no_buildings"
    assert (answer["inputs"]["households_from"], answer["inputs"]["households_to"]) == (
        "2026-01-01",
        f"2026-0{COUNTIES}-01",
    )


def test_homes_at_a_border_walk_to_the_neighbours_station(alone):
    """The second county has no station of its own; what is in reach there is over the border."""
    second = next(row for row in alone if row[1]["division"] == county(1))
    assert second[2]["totals"]["within_walk"] > 0
    assert {row["code"] for row in second[2]["stations"] if row["households_nearest"]} == {
        "S0",
        "S2",
    }


def test_a_killed_process_changes_nothing(alone, store, tmp_path):
    """`kill -9` of one of two workers after the first county: the others are done again."""
    killed = []

    def kill_one(percent, step):
        if percent >= 16 and not killed:
            victim = multiprocessing.active_children()[0]
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    answer = run_region(store, tmp_path, Question(), REGION, process_pool(2), kill_one)
    assert killed
    assert figures(store) == alone
    require_sums(answer, alone)
    assert any(row["given_out"] > 1 for row in answer["counties"])
    done = [row for row in answer["counties"] if row["state"] == "done"]
    assert all(row["cpu_seconds"] > 0 and row["peak_memory_mb"] > 50 for row in done)
    assert not {row["process"].split(":")[1] for row in done} & {str(os.getpid())}
    again = run_region(store, tmp_path, Question(), "all", threads(2))
    assert [row["stored_before"] for row in again["counties"]] == [True] * COUNTIES + [False]
    assert [row["run"] for row in again["counties"]] == [row["run"] for row in answer["counties"]]
    assert again["totals"] == answer["totals"]


@pytest.mark.filterwarnings("ignore")  # of Dask's own, when a worker of it dies
def test_two_dask_workers_one_killed_give_the_same(alone, store, tmp_path):
    pytest.importorskip("distributed", reason="Dask is not installed (group cluster)")
    killed = []
    with local_cluster(2) as dask, dask_cluster(dask.scheduler_address) as workers:
        assert not workers.on_this_machine

        def kill_one(percent, step):
            if percent >= 16 and not killed:
                victim = next(iter(dask.workers.values())).pid
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        answer = run_region(store, tmp_path, Question(), REGION, workers, kill_one)
    assert killed
    assert figures(store) == alone
    require_sums(answer, alone)


def test_stopped_in_the_middle_nothing_half_done_is_stored(store, tmp_path):
    class StoppedError(Exception):
        pass

    def stop(percent, step):
        if percent >= 16:
            raise StoppedError

    before = set(multiprocessing.active_children())
    with pytest.raises(StoppedError):
        run_region(store, tmp_path, Question(), REGION, process_pool(1), stop)
    for _ in range(100):  # a process that was told to end does so in its own time
        left = set(multiprocessing.active_children()) - before
        if not left:
            break
        time.sleep(0.1)
    assert not left
    with store.engine("owner").connect() as connection:
        runs, fields, rows = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM coverage_run), (SELECT count(*) FROM coverage_field), "
                "(SELECT count(*) FROM coverage_building)"
            )
        ).one()
    assert 1 <= runs < COUNTIES
    assert (fields, rows) == (runs, runs * PER_COUNTY)


def test_a_region_of_nothing_but_refusals_is_refused(store, tmp_path):
    with pytest.raises(WanggeError) as refused:
        run_region(store, tmp_path, Question(), EMPTY, threads(1))
    assert refused.value.code == "no_buildings"
    with pytest.raises(WanggeError) as refused:
        run_region(store, tmp_path, Question(category="clinic"), REGION, threads(2))
    assert refused.value.code == "no_stations"


def test_a_region_is_what_the_asker_reaches(store, tmp_path):
    who = store.acting(actor(store, "analyst", [county(1)]))
    with pytest.raises(RightsError):
        run_region(who, tmp_path, Question(), REGION, threads(1))
    answer = run_region(who, tmp_path, Question(), "all", threads(1))
    assert [row["code"] for row in answer["counties"]] == [county(1)]
    with store.session() as session:
        assert [code for code, _ in counties_of(session, f"{county(0)},{county(0)}001")] == [county(0)]  # fmt: skip
        assert [code for code, _ in counties_of(session, f"{county(2)}001")] == [f"{county(2)}001"]
        with pytest.raises(NotFoundError):
            counties_of(session, "98")


def test_a_worker_of_another_version_refuses(store, tmp_path):
    told = run_county(County(store, str(tmp_path), Question(division=county(0)), "0.0/0"))
    assert told["error"]["code"] == "other_version"


def test_a_worker_without_a_store_says_so(store, tmp_path):
    url = store.url.update_query_dict({"host": str(tmp_path)})
    asked = County(
        replace(store, url=url), str(tmp_path), Question(division=county(0)), own_version()
    )
    assert run_county(asked)["error"]["code"] == "database_unreachable"


def test_passwords_do_not_travel(store):
    secret = replace(store, url=store.url.set(password=str(7**9)), login_is_role=False)
    shown = without_password(secret).url.render_as_string(hide_password=False)
    assert str(7**9) not in shown
    assert shown.endswith(secret.url.render_as_string().split("@")[-1])


class Brittle(Executor):
    """Does everything at once, but dies of `poison`, with all that it was given."""

    def __init__(self, poison, made):
        self.poison = poison
        self.dead = False
        made.append(self)

    def submit(self, work, item):
        future = Future()
        self.dead |= item == self.poison
        if self.dead:
            future.set_exception(BrokenProcessPool("gone"))
        else:
            future.set_result(work(item))
        return future


def test_work_that_kills_its_workers_is_given_up_and_takes_nobody_with_it():
    made = []
    workers = Workers("brittle", lambda: Brittle(3, made), lambda: 4, lambda executor: None)
    outcomes = spread(workers, lambda n: n * n, list(range(8)))
    assert [item.value for item in outcomes] == [0, 1, 4, None, 16, 25, 36, 49]
    assert outcomes[3].lost
    assert outcomes[3].given_out == 3
    assert len(made) == 4


def test_work_that_fails_is_its_own_outcome_and_not_done_again():
    outcomes = spread(threads(2), lambda n: 10 // n, [5, 0, 2])
    assert [item.value for item in outcomes] == [2, None, 5]
    assert isinstance(outcomes[1].error, ZeroDivisionError)
    assert outcomes[1].given_out == 1
    assert not outcomes[1].lost


@pytest.mark.parametrize("count", [0, -1, 1000])
def test_numbers_of_workers_that_cannot_be_meant_are_refused(count):
    with pytest.raises(RefusedInputError):
        process_pool(count)


def test_without_dask_one_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(UnavailableError, match=r"uv pip install dask distributed"),
        dask_cluster("tcp://127.0.0.1:1"),
    ):
        pass
