"""Cells of real places: no crash, no gap, no building cut; figures are printed by `pytest -s`."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.arcs import arcs_of
from gis.cells import Ground, cut_cells, make_cells, on_grid, take_vertices, transform_once
from gis.crs import metric_zone, to_lonlat, to_metric
from gis.errors import RefusedInputError
from gis.planar import polygonal
from layers.io.osm import read_osm
from layers.io.osm_content import Lines
from tests.cell_towns import PARTED, shapes
from tests.conftest import REPOSITORY, shared

SAMPLE = REPOSITORY / "data" / "sample"
NONE = np.empty(0, dtype=object)
LINES = 60 if os.environ.get("TEST_LONG") else 25


def lines_of(ways: Lines, zone: str, key: str) -> tuple[list, list[str]]:
    xy = to_metric(np.column_stack((ways.lon, ways.lat)), zone)
    drawn, names = [], []
    for number, points in enumerate(np.split(xy, ways.first[1:-1]) if len(ways) else []):
        tags = ways.tags[number]
        if len(points) > 1 and tags.get("tunnel", "no") == "no":
            drawn.append(shapely.LineString(points))
            names.append(tags.get(key) or "")
    return drawn, names


def town(path: Path, communities: np.ndarray | None = None) -> tuple[Ground, str]:
    """Return the ground of an OpenStreetMap file, by default one community around its streets."""
    osm = read_osm(path)
    zone = metric_zone(float(osm.streets.lon.mean()))

    def metres(items) -> np.ndarray:
        return (
            shapes(shapely.transform(items, lambda xy: to_metric(xy, zone))) if len(items) else NONE
        )

    streets, classes = lines_of(osm.streets, zone, "highway")
    barriers, names = lines_of(osm.barriers, zone, "class")
    cover = metres(shapely.from_wkb(shapes(osm.land_cover.wkb)))
    label = np.array(osm.land_cover.label)
    footprints = metres(shapely.from_wkb(shapes(osm.buildings.wkb)))
    count = len(footprints)
    floors = np.array([floors or 2 for floors in osm.buildings.floors], dtype=np.int64)
    land = [shapely.box(*shapely.total_bounds(shapes(streets)))]
    held = shapes(land) if communities is None else metres(communities)
    made = Ground(
        communities=held, community_kind=[None] * len(held),
        lines=shapes(streets + barriers), line_class=classes + names,
        water=cover[label == "water"] if count or len(cover) else NONE,
        green=cover[label == "green"] if count or len(cover) else NONE,
        estates=NONE, group_point=NONE,
        points=shapely.get_coordinates(shapely.point_on_surface(footprints)).reshape(-1, 2),
        footprints=footprints, households=floors * 3,
        building_estate=np.full(count, -1), building_group=np.full(count, -1),
    )  # fmt: skip
    return made, zone


def check(name: str, ground: Ground, zone: str, **options):
    """Return the cells of a place and fail unless they are a coverage that keeps borders and buildings."""
    started = time.perf_counter()
    made = make_cells(ground, **options)
    seconds = time.perf_counter() - started
    counts = f"{len(ground.communities)} communities, {len(ground.points)} buildings"
    sys.stdout.write(f"\n{name}: {counts}, {len(made.polygons)} cells in {seconds:.2f} s\n")
    assert shapely.coverage_is_valid(made.polygons)
    assert shapely.is_valid(made.polygons).all()
    lonlat = transform_once(made.polygons, lambda xy: to_lonlat(xy, zone))
    assert shapely.coverage_is_valid(lonlat)
    again = transform_once(lonlat, lambda xy: on_grid(to_metric(xy, zone)))
    assert shapely.equals_exact(again, made.polygons).all()
    for number in range(len(ground.communities)):
        own = made.polygons[made.community == number]
        whole = shapely.union_all(own)
        assert whole.equals(made.community_polygons[number])
        if not options.get("accept_repair"):
            edges = shapely.boundary(whole), shapely.boundary(ground.communities[number])
            assert shapely.hausdorff_distance(*edges) <= 0.01
    parted(ground, made)
    return made


def parted(ground: Ground, made) -> None:
    noted = [note for note in made.notes if note.code == "building_on_border"]
    on_border = {row for note in noted for row in note.values["buildings"]}
    rows = np.flatnonzero(made.cell_of_building >= 0)
    rows = rows[[row not in on_border for row in rows.tolist()]]
    held, footprints = made.polygons[made.cell_of_building[rows]], ground.footprints[rows]
    beyond = shapely.area(shapely.difference(footprints, held))
    cut = beyond > PARTED[0] + PARTED[1] * shapely.length(footprints)
    assert not cut.any(), rows[cut].tolist()


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("osm-cn/nanjing-center.osm.gz", 400),
        ("osm-cn/guixi-jiangxi.osm.gz", 100),
        ("osm-cn/beijing-wangjing.osm.gz", 60),
        ("osm-cn/beijing-pku-haidian.osm.gz", 150),
        ("osm-cn/nantong-dieshiqiao.osm.gz", 20),
        ("osm-cn/shanghai-jingan-roads.osm.gz", 60),
        ("taipei/taipei-block.osm.gz", 20),
    ],
)
def test_chinese_towns(name, least):
    made = check(name, *town(shared(name)))
    assert len(made.polygons) >= least
    assert (made.cell_of_building >= 0).mean() > 0.9 if len(made.cell_of_building) else True


def test_villages_of_taipei_as_communities():
    """Borders from arcs that neighbours share, streets that know nothing of them."""
    roads = shared("taipei/taipei-roads.osm.gz")
    villages = read_topology(shared("tw-villages/villages-10t.json"))
    osm = read_osm(roads)
    box = shapely.box(
        osm.streets.lon.min(), osm.streets.lat.min(), osm.streets.lon.max(), osm.streets.lat.max()
    )
    made = check("taipei", *town(roads, villages[shapely.within(villages, box)]))
    assert np.unique(made.community).size >= 251
    assert made.notes == ()


def read_topology(path: Path) -> np.ndarray:
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc)[:, :2], axis=0) * scale + move for arc in topology["arcs"]]

    def ring(refs):
        lines = [arcs[ref] if ref >= 0 else arcs[~ref][::-1] for ref in refs]
        return np.concatenate([lines[0], *(line[1:] for line in lines[1:])])

    found = []
    for item in next(iter(topology["objects"].values()))["geometries"]:
        parts = {"Polygon": [item["arcs"]], "MultiPolygon": item["arcs"]}[item["type"]]
        drawn = [
            shapely.Polygon(ring(part[0]), [ring(hole) for hole in part[1:]]) for part in parts
        ]
        found.append(drawn[0] if len(drawn) == 1 else shapely.MultiPolygon(drawn))
    return shapes(found)


def test_blocks_of_providence_as_communities():
    frame = gpd.read_file(shared("us-districting/Providence_blocks.zip")).to_crs("EPSG:4326")
    zone = metric_zone(float(frame.total_bounds[0]))
    blocks = shapely.transform(shapes(frame.geometry), lambda xy: to_metric(xy, zone))
    empty = np.empty(0, dtype=np.int64)
    ground = Ground(
        blocks, [None] * len(blocks), NONE, [], NONE, NONE, NONE, NONE,
        np.empty((0, 2)), NONE, empty, empty, empty,
    )  # fmt: skip
    made = check("providence", ground, zone, accept_repair=True)
    assert np.unique(made.community).size == len(blocks)


def test_denvers_precincts_are_refused_with_places_and_repaired_when_accepted():
    frame = gpd.read_file(shared("dirty/denver/DenverCo_precincts2020_orig.shp")).to_crs(
        "EPSG:4326"
    )
    zone = metric_zone(float(frame.total_bounds[0]))
    drawn = shapely.transform(shapes(frame.geometry), lambda xy: to_metric(xy, zone))
    empty = np.empty(0, dtype=np.int64)
    ground = Ground(
        drawn, [None] * len(drawn), NONE, [], NONE, NONE, NONE, NONE,
        np.empty((0, 2)), NONE, empty, empty, empty,
    )  # fmt: skip
    with pytest.raises(RefusedInputError) as caught:
        make_cells(ground)
    faults = caught.value.faults
    assert caught.value.code == "division_gaps"
    assert {fault.field for fault in faults} == {"gap", "overlap"}
    whole = shapely.union_all(polygonal(drawn))
    for fault in faults:
        assert shapely.dwithin(whole, shapely.Point(fault.x, fault.y), 10)
        assert len(fault.communities) >= 1
    made = check("denver", ground, zone, accept_repair=True)
    assert sum(note.code.endswith("_repaired") for note in made.notes) == len(faults)


@pytest.fixture(scope="module")
def county():
    """Return the ground of the sample county, its zone and cells."""
    frames = {
        name: gpd.read_file(SAMPLE / f"{name}.geojson")
        for name in ("divisions", "estates", "villager_groups", "buildings")
    }
    communities = frames["divisions"][frames["divisions"]["level"] == "community"].sort_values(
        "code"
    )
    plain, zone = town(SAMPLE / "streets.osm.gz", shapes(communities.geometry))
    number = {
        name: {code: row for row, code in enumerate(frames[name]["code"])}
        for name in ("estates", "villager_groups")
    }
    buildings = frames["buildings"]

    def metres(frame) -> np.ndarray:
        return shapes(shapely.transform(shapes(frame.geometry), lambda xy: to_metric(xy, zone)))

    footprints = metres(buildings)
    ground = Ground(
        plain.communities, communities["kind"].tolist(), plain.lines, plain.line_class,
        plain.water, plain.green, metres(frames["estates"]), metres(frames["villager_groups"]),
        shapely.get_coordinates(shapely.point_on_surface(footprints)), footprints,
        np.where(buildings["kind"] == "residential", buildings["floors"] * 6, 0).astype(np.int64),
        np.array([number["estates"].get(code, -1) for code in buildings["estate"]]),
        np.array([number["villager_groups"].get(code, -1) for code in buildings["villager_group"]]),
    )  # fmt: skip
    return ground, zone, check("sample county", ground, zone)


def test_estates_of_the_sample_county_are_whole(county):
    ground, _, made = county
    placed = ground.building_estate >= 0
    assert (made.estate[made.cell_of_building[placed]] == ground.building_estate[placed]).all()
    for row, estate in enumerate(ground.estates):
        own = shapely.union_all(made.polygons[made.estate == row])
        assert shapely.area(shapely.difference(estate, own)) < 0.01 * shapely.area(estate)
    inside = shapely.STRtree(ground.estates).query(shapely.points(ground.points), "intersects")[0]
    others = np.setdiff1d(np.arange(len(ground.points)), inside)
    assert (made.estate[made.cell_of_building[others]] == -1).all()


def test_villager_groups_of_the_sample_county_have_their_land(county):
    ground, _, made = county
    placed = ground.building_group >= 0
    assert (
        made.group[made.cell_of_building[placed]] == ground.building_group[placed]
    ).mean() > 0.99


def test_the_sample_county_does_not_depend_on_the_order_of_its_lines(county):
    ground, _, made = county
    order = np.random.default_rng(3).permutation(len(ground.lines))
    names = [ground.line_class[row] for row in order]
    other = make_cells(
        replace(ground, lines=shapely.reverse(ground.lines[order]), line_class=names)
    )
    assert shapely.to_wkb(other.polygons).tolist() == shapely.to_wkb(made.polygons).tolist()
    assert other.cell_of_building.tolist() == made.cell_of_building.tolist()
    assert other.barrier.tolist() == made.barrier.tolist()


def test_random_lines_through_the_sample_county_keep_it_one_coverage(county):
    ground, _, made = county
    rng = np.random.default_rng(8)
    cells, cut = made.polygons.copy(), 0
    for _ in range(LINES):
        start = shapely.get_coordinates(shapely.point_on_surface(cells[rng.integers(len(cells))]))[
            0
        ]
        steps = rng.uniform(-200, 200, (rng.integers(1, 4), 2))
        line = shapely.LineString(np.concatenate((start[None], start + np.cumsum(steps, axis=0))))
        near = np.flatnonzero(shapely.dwithin(cells, line, 5))
        met = ground.footprints[shapely.intersects(ground.footprints, line)]
        try:
            found = cut_cells(cells[near], line, footprints=met)
        except RefusedInputError as error:
            assert error.code in {"line_misses", "cuts_building", "line_crosses_itself"}  # noqa: PT017
            continue
        cut += 1
        gone = [int(near[row]) for row in found.pieces]
        rest = take_vertices(np.delete(cells, gone), found.inserted)
        cells = np.concatenate([rest, *found.pieces.values()])
        assert shapely.coverage_is_valid(cells)
    assert cut >= LINES // 6
    assert shapely.area(cells).sum() == pytest.approx(shapely.area(made.polygons).sum(), rel=1e-8)


def test_arcs_of_the_sample_county_are_quick_and_complete(county):
    _, zone, made = county
    lonlat = transform_once(made.polygons, lambda xy: to_lonlat(xy, zone))
    arcs = arcs_of(lonlat)
    # Each inner point is stored once, not once for each side.
    assert len(arcs.points) < 0.75 * shapely.get_num_coordinates(lonlat).sum()
    assert (arcs.left >= 0).all()
