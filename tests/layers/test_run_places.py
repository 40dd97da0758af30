"""The three classes of a run and the figures of its pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sqlalchemy import text

from gis.crs import metric_zone, to_lonlat
from gis.density import histogram, united_circles_km2
from gis.errors import ConflictError, NotFoundError
from layers.db import touch
from layers.inputs import InputCache
from layers.question import Question
from layers.scenario import Scenario
from layers.usecases.coverage import get_run, run_coverage
from layers.usecases.run_curves import distances_of, run_curves
from layers.usecases.run_places import run_places
from layers.usecases.whatif.computing import what_if
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.toy import ORIGIN, ZONE

TOWNSHIP = "990101001"
CLASSES = ("served", "over_capacity", "out_of_reach")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return InputCache(tmp_path_factory.mktemp("places"))


@pytest.fixture(scope="module")
def run(sample_store, cache):
    return run_coverage(sample_store, cache, Question())


@pytest.fixture(scope="module")
def places(sample_store, cache, run):
    return run_places(sample_store, cache, run["run"])


@pytest.fixture(scope="module")
def curves(sample_store, cache, run):
    return run_curves(sample_store, cache, run["run"])


def test_every_row_adds_up_and_rows_add_up_to_the_totals(places):
    totals = places["totals"]
    for rows, outside in (("communities", "outside_communities"), ("grids", "ungridded")):
        every = [*places[rows], places[outside]]
        for row in [totals, *every]:
            assert sum(row[name] for name in CLASSES) == row["households"]
            inside = row["unreachable"] + row["no_network"] + row["unplaced"]
            assert inside <= row["out_of_reach"]
        for name in (*CLASSES, "households", "unreachable", "no_network", "unplaced"):
            assert sum(row[name] for row in every) == totals[name], (rows, name)
    assert sum(row["load"] for row in places["stations"]) == totals["served"]
    assert totals["over_capacity"] > 0
    assert places["stations_with_capacity"] > 0
    assert all(row["load"] <= row["capacity"] for row in places["stations"] if row["capacity"])


def test_the_classes_split_what_the_run_finds_within_reach(places, run):
    pairs = [(places["totals"], run["totals"])]
    for scope in ("communities", "grids"):
        assert [row["code"] for row in places[scope]] == [row["code"] for row in run[scope]]
        pairs += zip(places[scope], run[scope], strict=True)
    pairs += [(places[name], run[name]) for name in ("outside_communities", "ungridded")]
    for mine, theirs in pairs:
        assert mine["served"] + mine["over_capacity"] == theirs["within_walk"]
        for name in ("households", "unreachable", "no_network", "unplaced"):
            assert mine[name] == theirs[name]


def test_they_are_those_of_a_what_if_without_a_change(sample_store, cache, places):
    answer = what_if(sample_store, cache, Scenario(Question()))
    assert answer["before"] == places["totals"]
    loads = [(row["code"], row["load_before"]) for row in answer["stations"]]
    assert loads == [(row["code"], row["load"]) for row in places["stations"]]


def test_a_townships_rows_are_those_of_the_whole(sample_store, cache, places):
    mine = sample_store.acting(actor(sample_store, "analyst", [TOWNSHIP]))
    run = run_coverage(mine, cache, Question())["run"]
    own = run_places(mine, cache, run)
    for scope in ("communities", "grids"):
        codes = {row["code"] for row in own[scope]}
        assert codes
        assert [row for row in places[scope] if row["code"] in codes] == own[scope]
    assert own["totals"]["households"] < places["totals"]["households"]
    with pytest.raises(NotFoundError) as refused:
        run_places(mine, cache, places["run"])
    assert refused.value.code == "unknown_run"


def test_households_by_distance_are_all_households(curves, run):
    found, totals = curves["distances"], run["totals"]
    steps = found["households"]
    assert steps[-1] > 0  # up to the longest walk
    rest = found["beyond"] + found["unreachable"] + found["no_network"] + found["unplaced"]
    assert sum(steps) + rest == totals["households"]
    for name in ("unreachable", "no_network", "unplaced"):
        assert found[name] == totals[name]
    inside = sum(steps[: int(run["parameters"]["walk_m"] // 100)])
    assert inside <= totals["within_walk"] <= inside + steps[11]


def test_steps_are_inclusive_at_their_far_end_and_may_be_wider(sample_store, run):
    with sample_store.session() as session:
        stored = get_run(session, run["run"])
        fine, coarse = (distances_of(session, stored, step) for step in (50, 250))
        counted = session.execute(
            text(
                "SELECT sum(resident) FROM coverage_building WHERE field_id = :f AND walk_mm <= 750000"
            ),
            {"f": stored.field_id},
        ).scalar_one()
    assert sum(coarse.steps[:3]) == sum(fine.steps[:15]) == counted
    assert (coarse.unreachable, coarse.no_network) == (fine.unreachable, fine.no_network)


def test_density_has_every_area_once_and_the_breaks_of_the_map(curves, run):
    for scope in ("communities", "grids"):
        found = curves["density"][scope]
        values = [row["households_per_km2"] for row in run[scope]]
        assert sum(found["counts"]) + found["unknown"] == len(values)
        assert sum(found["break_counts"]) == sum(value is not None for value in values)
        assert found["breaks"][-1] == max(value for value in values if value is not None)
        top = found["width"] * len(found["counts"])
        assert top - found["width"] <= max(v for v in values if v is not None) < top


@pytest.mark.parametrize(
    ("values", "width", "counts"),
    [([], 1.0, []), ([0.0], 1.0, [1]), ([0, 9.99, 10, 25], 10, [2, 1, 1]), ([100], 50, [0, 0, 1])],
)
def test_a_histogram_has_round_classes(values, width, counts):
    assert histogram(values, 3 if len(values) > 1 else 2) == (width, counts)


def test_reached_area_stands_beside_the_circle(curves, run):
    reach = curves["reach"]
    assert reach["circle_km2"] == pytest.approx(math.pi * 1.125**2, abs=1e-6)
    assert len(reach["stations"]) + reach["stations_off_network"] == len(run["stations"])
    assert reach["stations"]
    for row in reach["stations"]:
        assert 0 < row["ratio"] < 1
        assert row["ratio"] == pytest.approx(row["reached_km2"] / reach["circle_km2"], abs=1e-6)
    singles = sum(row["reached_km2"] for row in reach["stations"])
    assert 0 < reach["reached_km2"] <= singles
    assert reach["circles_km2"] <= reach["circle_km2"] * len(reach["stations"])
    assert reach["ratio"] == pytest.approx(reach["reached_km2"] / reach["circles_km2"], abs=1e-6)


def test_circles_that_overlap_are_counted_once():
    def around(*spots):
        return [tuple(p) for p in to_lonlat(np.array(spots, dtype=float) + ORIGIN, ZONE).tolist()]

    one = united_circles_km2(around((0, 0)), 1000)
    assert metric_zone(117.0) == ZONE
    assert one == pytest.approx(math.pi, rel=2e-4)
    assert united_circles_km2(around((0, 0), (0, 0)), 1000) == pytest.approx(one)
    assert united_circles_km2(around((0, 0), (5000, 0)), 1000) == pytest.approx(2 * one)
    lens = 2 * math.acos(0.5) - math.sin(2 * math.acos(0.5))  # of two circles a radius apart
    assert united_circles_km2(around((0, 0), (1000, 0)), 1000) == pytest.approx(
        2 * math.pi - lens, rel=2e-4
    )
    assert united_circles_km2([], 1000) == 0


def test_after_an_import_the_classes_are_refused_and_the_curves_stay(
    sample_store, cache, run, curves, tmp_path
):
    sample_store.dispose()
    with fresh_copy(sample_store, "wangge_test_places") as store:
        with store.session() as session:
            session.execute(text("UPDATE station SET capacity = 1 WHERE code = 'S001'"))
            touch(session, "stations")
        with pytest.raises(ConflictError) as refused:
            run_places(store, cache, run["run"])
        assert refused.value.code == "inputs_changed"
        assert run_curves(store, cache, run["run"]) == curves
