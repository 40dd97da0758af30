"""The sample county: written the same every time, and whole in itself."""

import csv
import gzip
import json
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry import shape

from data.sample.generate.county import write_county
from layers.categories import ASSET_CATEGORIES, ORGANISATION_CATEGORIES

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
METRES = Transformer.from_crs("EPSG:4326", "EPSG:4548", always_xy=True)
GRIDDED = 7


def metres(geometry):
    return shapely.transform(
        geometry, lambda c: np.column_stack(METRES.transform(c[:, 0], c[:, 1]))
    )


def features(name):
    text = (SAMPLE / f"{name}.geojson").read_text(encoding="utf-8")
    collection = json.loads(text)
    assert collection["synthetic"] is True
    return [(shape(f["geometry"]), f["properties"]) for f in collection["features"]]


def rows(name):
    with (SAMPLE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def osm():
    """Positions in metres by node id, tags of tagged nodes, and ways as (refs, tags)."""

    def tags(element):
        return {t.get("k"): t.get("v") for t in element.findall("tag")}

    with gzip.open(SAMPLE / "streets.osm.gz") as file:
        root = ET.parse(file).getroot()  # noqa: S314 - our own file
    assert "synthetic" in root.get("generator")
    nodes = root.findall("node")
    xy = METRES.transform(
        [float(n.get("lon")) for n in nodes], [float(n.get("lat")) for n in nodes]
    )
    at = dict(zip([n.get("id") for n in nodes], np.column_stack(xy).tolist(), strict=True))
    ways = [([nd.get("ref") for nd in w.findall("nd")], tags(w)) for w in root.findall("way")]
    return at, {n.get("id"): tags(n) for n in nodes if len(n)}, ways


@pytest.fixture(scope="module")
def buildings():
    return features("buildings")


@pytest.fixture(scope="module")
def communities():
    return [(g, p) for g, p in features("divisions") if p["level"] == "community"]


def lines(osm, wanted):
    at, _, ways = osm
    return [shapely.LineString([at[r] for r in refs]) for refs, tags in ways if wanted(tags)]


def water(osm):
    return [shapely.Polygon(w) for w in lines(osm, lambda t: t.get("natural") == "water")]


def test_generating_again_gives_the_same_bytes(tmp_path):
    sizes = write_county(tmp_path)
    stored = {
        p.name: p.read_bytes() for p in SAMPLE.iterdir() if p.suffix in {".gz", ".geojson", ".csv"}
    }
    assert set(sizes) == set(stored)
    assert [n for n in sizes if (tmp_path / n).read_bytes() != stored[n]] == []


def test_everything_together_is_smaller_than_three_megabytes():
    files = [p for p in SAMPLE.iterdir() if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 3_000_000


def test_divisions_tile_and_nest(communities):
    divisions = features("divisions")
    areas = [g for g, _ in communities]
    assert shapely.coverage_is_valid(areas)
    assert all(g.geom_type == "Polygon" and not g.interiors for g in areas)
    by_code = {p["code"]: g for g, p in divisions}
    for code, area in by_code.items():
        parts = [g for g, p in communities if p["code"].startswith(code)]
        assert shapely.coverage_union_all(parts).normalize() == area.normalize()
    assert Counter(p["level"] for _, p in divisions) == {
        "county": 1,
        "township": 2,
        "community": 14,
    }
    assert {p["kind"] for _, p in communities} == {
        "urban", "market_town", "resettlement", "large_resettlement", "rural",
    }  # fmt: skip


def test_grids_tile_the_communities_that_have_them(communities):
    grids = features("grids")
    areas = {p["code"]: g for g, p in communities}
    gridded = sorted({p["community"] for _, p in grids})
    assert len(gridded) == GRIDDED
    for code in gridded:
        own = [g for g, p in grids if p["community"] == code]
        assert shapely.coverage_is_valid(own)
        assert shapely.coverage_union_all(own).normalize() == areas[code].normalize()
    # The neighbours without grids share every vertex, too.
    rest = [g for code, g in areas.items() if code not in gridded]
    assert shapely.coverage_is_valid([*(g for g, _ in grids), *rest])
    assert all(p["code"][:12] == p["community"] and len(p["code"]) == 15 for _, p in grids)
    assert len({p["code"] for _, p in grids}) == len(grids)
    assert sum(p["kind"] == "dedicated" for _, p in grids) >= 1


def test_urban_grids_lie_mostly_inside_the_band(buildings):
    counts = {r["building"]: int(r["resident"]) for r in rows("households")}
    grids = [(g, p) for g, p in features("grids") if p["kind"] == "general" and p["code"][9] == "0"]
    tree = shapely.STRtree([g for g, _ in grids])
    total = np.zeros(len(grids))
    middles = shapely.point_on_surface([g for g, _ in buildings])
    for b, g in zip(*tree.query(middles, predicate="within"), strict=True):
        total[g] += counts.get(buildings[b][1]["code"], 0)
    outside = [n for n in total if not 500 <= n <= 800]
    assert 1 <= len(outside) <= 4


def test_households_of_a_community_are_of_the_right_order():
    total = Counter()
    for r in rows("households"):
        total[r["community"]] += int(r["resident"])
    assert len(total) == 14
    assert all(600 <= n <= 6000 for n in total.values()), total


def test_household_bases_differ_as_they_do_in_life(buildings):
    known = {p["code"] for _, p in buildings}
    ledger = rows("households")
    unplaced = [r for r in ledger if r["building"] not in known]
    assert len(unplaced) == 3
    assert all(r["community"] for r in unplaced)
    assert all(int(r[k] or 0) >= 0 for r in ledger for k in ("registered", "resident", "vacant"))
    old = [r for r in ledger if r["community"] == "990101001001"]
    assert sum(int(r["registered"]) for r in old) > sum(int(r["resident"]) for r in old)
    new = [r for r in ledger if r["planned"] and r["community"] == "990101001005"]
    planned, resident, registered = (
        sum(int(r[k]) for r in new) for k in ("planned", "resident", "registered")
    )
    assert planned > resident > registered


def test_every_building_stands_in_exactly_one_community(buildings, communities):
    tree = shapely.STRtree([g for g, _ in communities])
    hits = tree.query([g for g, _ in buildings], predicate="within")
    assert hits[0].tolist() == list(range(len(buildings)))
    for b, c in zip(*hits, strict=True):
        assert buildings[b][1]["code"].startswith(communities[c][1]["code"])


def test_buildings_keep_clear_of_each_other_of_water_streets_and_rail(osm, buildings):
    shapes = np.array([metres(g) for g, _ in buildings])
    assert shapely.is_valid(shapes).all()
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()
    for others in (
        water(osm),
        lines(osm, lambda t: "highway" in t),
        lines(osm, lambda t: "railway" in t),
        lines(osm, lambda t: "barrier" in t),
    ):
        assert tree.query(others, predicate="intersects").size == 0


def test_references_lead_somewhere(buildings):
    codes = {p["code"] for _, p in buildings}
    assert len(codes) == len(buildings)
    estates = {p["code"] for _, p in features("estates")}
    groups = {p["code"] for _, p in features("villager_groups")}
    assert {p["estate"] for _, p in buildings} - {""} == estates
    assert {p["villager_group"] for _, p in buildings} - {""} == groups
    assert {r["building"] for r in rows("addresses")} == codes
    texts = [r["text"] for r in rows("addresses")]
    assert len(set(texts)) == len(texts)
    grids = {p["code"] for _, p in features("grids")}
    assert {r["grid"] for r in rows("workers")} <= grids


def test_streets_are_one_network_but_for_the_ferry_hamlet(osm):
    at, _, ways = osm
    index = {ref: i for i, ref in enumerate(at)}
    walked = [refs for refs, tags in ways if "highway" in tags]
    a = [index[r] for refs in walked for r in refs[:-1]]
    b = [index[r] for refs in walked for r in refs[1:]]
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(at), len(at)))
    _, part = connected_components(graph, directed=False)
    sizes = Counter(part[sorted({*a, *b})].tolist()).most_common()
    assert len(sizes) == 2
    assert sizes[1][1] < 40


def test_chayuan_has_no_street(osm, communities):
    area = metres(next(g for g, p in communities if p["name"] == "茶源村"))
    streets = lines(osm, lambda t: "highway" in t)
    assert min(area.distance(s) for s in streets) > 100


def test_only_bridges_cross_the_river_and_the_railway(osm):
    river = lines(osm, lambda t: t.get("waterway") == "river")
    over = lines(osm, lambda t: "highway" in t and t.get("bridge") == "yes")
    plain = lines(osm, lambda t: "highway" in t and "bridge" not in t)
    bed = shapely.union_all(water(osm))
    assert not any(s.crosses(bed) for s in plain)
    assert 3 <= sum(any(s.crosses(r) for r in river) for s in over) <= 4
    # Where a street crosses the track on the level, both share the node.
    _, tags, ways = osm
    crossings = {ref for ref, t in tags.items() if t.get("railway") == "level_crossing"}
    assert len(crossings) == 1
    on_rail = {r for refs, t in ways if t.get("railway") == "rail" for r in refs}
    on_street = {r for refs, t in ways if "highway" in t for r in refs}
    assert on_rail & on_street == crossings


def test_walls_are_passed_only_at_gates(osm):
    at, tags, ways = osm
    gates = {ref for ref, t in tags.items() if t.get("barrier") == "gate"}
    assert any(tags[g].get("locked") == "yes" for g in gates)
    assert any(tags[g].get("access") == "private" for g in gates)
    walls = [
        (refs, shapely.LineString([at[r] for r in refs])) for refs, t in ways if "barrier" in t
    ]
    streets = [
        (refs, shapely.LineString([at[r] for r in refs])) for refs, t in ways if "highway" in t
    ]
    tree = shapely.STRtree([line for _, line in streets])
    passed = set()
    for refs, wall in walls:
        for s in tree.query(wall, predicate="intersects"):
            street_refs, street = streets[s]
            shared = set(refs) & set(street_refs) & gates
            assert len(shapely.get_parts(wall.intersection(street))) == len(shared)
            passed |= shared
    assert passed == gates


def test_stations_of_six_categories_stand_where_people_live(communities):
    stations = rows("stations")
    assert len({s["category"] for s in stations}) == 6
    assert Counter(s["status"] for s in stations)["open"] == len(stations) - 2
    served = {
        s["community"]
        for s in stations
        if s["category"] == "service_station" and s["status"] == "open"
    }
    urban = {p["code"] for _, p in communities if p["kind"] != "rural"}
    assert 1 <= len(urban - served) <= 2


def test_assets_stand_in_the_county_and_in_no_house(osm, buildings, communities):
    assets = rows("assets")
    assert 1000 < len(assets) < 4000
    assert len({a["code"] for a in assets}) == len(assets)
    assert {a["category"] for a in assets} == set(ASSET_CATEGORIES)
    states = Counter(a["state"] for a in assets)
    assert set(states) == {"in_order", "damaged", "missing", "disused", ""}
    assert states["in_order"] > 0.85 * len(assets)
    places = shapely.points([(float(a["lon"]), float(a["lat"])) for a in assets])
    held = shapely.STRtree([g for g, _ in communities]).query(places, predicate="within")
    assert len(held[0]) == len(assets)
    assert shapely.STRtree([g for g, _ in buildings]).query(places, predicate="within").size == 0
    dry = shapely.STRtree(water(osm))
    assert dry.query(metres(places), predicate="within").size == 0


def test_organisations_stand_in_houses_and_name_no_person_and_no_telephone_that_rings(buildings):
    organisations = rows("organisations")
    assert list(organisations[0]) == ["code", "name", "category", "work_phone", "lon", "lat"]
    assert {o["category"] for o in organisations} == set(ORGANISATION_CATEGORIES)
    assert len({o["name"] for o in organisations}) == len(organisations) > 300
    assert {o["work_phone"][:9] for o in organisations} == {"", "000-0000-"}
    doors = shapely.points([(float(o["lon"]), float(o["lat"])) for o in organisations])
    held = shapely.STRtree([g for g, _ in buildings]).query(doors, predicate="intersects")
    assert sorted(held[0].tolist()) == list(range(len(organisations)))
