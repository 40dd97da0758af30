"""Generous bounds on time, as ratios in one run: a machine may be slow, but slow for all alike."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import dijkstra

from gis.allocation import Changed, allocate, reallocate
from gis.pairs import rank_pairs
from gis.reach import join_reaches
from gis.service_area import ServiceAreas
from gis.travel import nearest_station
from tests.bench.isochrones import HULL_RATIO, vertices_of_nodes
from tests.bench.place import LIMIT_MM, SEEDS, Place, inside_any, load_place, wrong_shares
from tests.conftest import shared

pytestmark = pytest.mark.long
RUNS = 5
AREAS_TO_HULL, NEAREST_TO_PANDANA = 0.5, 0.3
TOWN_TO_COUNTY = 0.6
MOST_WRONG = 0.008


@pytest.fixture(scope="module")
def malta() -> Place:
    return load_place(shared("osm-world/malta-2016.osm.pbf"))


def ratio(ours, theirs) -> float:
    """Return our median time over theirs, alternating after one run unmeasured."""
    times = ([], [])
    for _ in range(RUNS + 1):
        for kept, work in zip(times, (ours, theirs), strict=True):
            started = time.perf_counter()
            work()
            kept.append(time.perf_counter() - started)
    mine, other = (float(np.median(kept[1:])) for kept in times)
    return mine / other


def test_areas_are_drawn_faster_than_concave_hulls(malta):
    areas = ServiceAreas(malta.network, malta.lattice)
    stations, nodes = malta.stations(SEEDS[0]), malta.station_nodes(SEEDS[0])
    vertices = vertices_of_nodes(malta)

    def draw() -> np.ndarray:
        return np.array([areas.draw(stations.take([k]), LIMIT_MM) for k in range(len(stations))])

    def hull() -> list[shapely.Geometry]:
        found = dijkstra(malta.network.graph, indices=nodes, limit=LIMIT_MM)
        return [
            shapely.concave_hull(shapely.multipoints(vertices(row)), ratio=HULL_RATIO)
            for row in found
        ]

    assert ratio(draw, hull) <= AREAS_TO_HULL
    wrong = wrong_shares(inside_any(draw(), malta.xy), malta.truth(SEEDS[0]))
    assert sum(wrong) <= MOST_WRONG


def test_nearest_stations_are_found_faster_than_by_pandana(malta):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("pandana")
        from tests.bench.walks import pandana_network

        network = pandana_network(malta)
    stations, nodes = malta.stations(SEEDS[0]), malta.station_nodes(SEEDS[0])
    xy = malta.network.node_xy[nodes]
    known = network.get_node_ids(malta.xy[:, 0], malta.xy[:, 1])
    farthest_m = 20_000

    def theirs() -> np.ndarray:
        network.set_pois("station", farthest_m, 1, xy[:, 0], xy[:, 1])
        return network.nearest_pois(farthest_m, "station")[1].reindex(known).to_numpy()

    assert ratio(lambda: nearest_station(malta.network, stations, malta.snaps), theirs) <= (
        NEAREST_TO_PANDANA
    )


def test_a_change_in_one_town_costs_a_part_of_giving_all_places_anew():
    """Sixteen towns of 4,000 buildings and eight stations with too few places for all."""
    chance = np.random.default_rng(SEEDS[0])
    towns, buildings, stations = 16, 4_000, 8
    home = chance.uniform(0, 1000, (towns, buildings, 2))
    place = chance.uniform(0, 1000, (towns, stations, 2))
    found = []
    for town in range(towns):
        walks = np.hypot(*(place[town][:, None] - home[town]).transpose(2, 0, 1)).astype(np.int64)
        for walk in walks:
            near = np.flatnonzero(walk <= 500)
            found.append(((near + town * buildings).astype(np.int32), walk[near]))
    households = chance.integers(1, 40, towns * buildings)
    capacity = np.tile(np.array([4_000, 14_000]), towns * stations // 2)
    reaches = join_reaches(found)
    pairs = rank_pairs(reaches, len(households))
    before = allocate(reaches, households, capacity, pairs=pairs)
    nothing = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
    closed = Changed(np.arange(1, len(capacity)), capacity[1:], nothing)
    rest = join_reaches(found[1:])
    order = rank_pairs(rest, len(households))
    part = reallocate(before, pairs, households, capacity, closed)
    whole = allocate(rest, households, capacity[1:], pairs=order)
    assert part.served.tolist() == whole.served.tolist() != before.served.tolist()
    assert (
        ratio(
            lambda: reallocate(before, pairs, households, capacity, closed),
            lambda: allocate(rest, households, capacity[1:], pairs=order),
        )
        <= TOWN_TO_COUNTY
    )
