import gzip

import numpy as np
import osmium
import pytest
import shapely

from gis.errors import RefusedInputError
from layers.io.osm import read_osm
from layers.io.osm_tags import (
    barrier_class,
    building_kind,
    floors_of,
    is_building,
    land_cover_class,
)
from tests.conftest import shared
from tests.layers.io.files import Osm, town


def _code(path, **options) -> str:
    with pytest.raises(RefusedInputError) as caught:
        read_osm(path, **options)
    assert caught.value.faults
    assert caught.value.faults[0].file == path.name
    return caught.value.code


@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz"])
def test_streets_come_with_node_numbers_and_tags(tmp_path, name) -> None:
    osm = read_osm(town().write(tmp_path / name))
    assert osm.streets.way_id.tolist() == [1, 2, 3, 5]
    first, last = osm.streets.first[2], osm.streets.first[3]
    assert osm.streets.node_id[first:last].tolist() == [3, 5, 6]
    assert osm.streets.tags[0] == {"highway": "residential", "name": "人民路"}
    assert osm.streets.tags[2]["access"] == "private"
    assert osm.streets.lon[0] == pytest.approx(117.3, abs=1e-9)
    assert [tags["class"] for tags in osm.barriers.tags] == ["river"]
    assert osm.gates.node_id.tolist() == [5]
    assert osm.gates.tags[0]["locked"] == "yes"
    assert list(osm.buildings.ref) == [101, 102]
    assert osm.buildings.floors == [6, None]
    assert sorted(osm.land_cover.label) == ["green", "water"]
    assert osm.notes == []


def test_pbf_reads_the_same_as_xml(tmp_path) -> None:
    xml = town().write(tmp_path / "town.osm")
    writer = osmium.SimpleWriter(str(tmp_path / "town.osm.pbf"))
    for item in osmium.FileProcessor(str(xml)):
        writer.add(item)
    writer.close()
    one, other = read_osm(xml), read_osm(tmp_path / "town.osm.pbf")
    assert np.array_equal(one.streets.node_id, other.streets.node_id)
    assert np.array_equal(one.streets.lon, other.streets.lon)
    assert one.streets.tags == other.streets.tags
    assert one.buildings.wkb == other.buildings.wkb


def test_only_the_parts_asked_for_are_read(tmp_path) -> None:
    osm = read_osm(town().write(tmp_path / "town.osm"), parts=("streets", "water"))
    assert len(osm.streets) == 4
    assert len(osm.barriers) == 0
    assert len(osm.buildings) == 0
    assert osm.land_cover.label == ["water"]
    assert _code(tmp_path / "town.osm", parts=("streets", "castles")) == "unknown_part"


def test_progress_never_falls(tmp_path) -> None:
    seen: list[int] = []
    read_osm(town().write(tmp_path / "town.osm"), progress=lambda percent, _: seen.append(percent))
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_a_multipolygon_building_counts_once_and_keeps_its_court(tmp_path) -> None:
    osm = town().box(201, 5, 0, 1.0, building="yes").box(202, 5.4, 0.4, 0.2)
    osm.relation(301, {201: "outer", 202: "inner"}, building="school")
    read = read_osm(osm.write(tmp_path / "court.osm"))
    assert sorted(read.buildings.ref) == [-301, 101, 102]
    court = shapely.from_wkb(read.buildings.wkb[list(read.buildings.ref).index(-301)])
    assert len(court.geoms[0].interiors) == 1


def test_broken_relations_are_listed_not_fatal(tmp_path) -> None:
    osm = town().node(900, 6, 0).node(901, 7, 0).node(902, 7, 1)
    osm.way(401, [900, 901, 902])
    osm.relation(402, {401: "outer"}, natural="water")
    osm.relation(403, {99999: "outer"}, building="yes")
    notes = read_osm(osm.write(tmp_path / "broken.osm")).notes
    assert len(notes) == 1
    assert notes[0].startswith("2 areas")
    assert "water relation 402" in notes[0]
    assert "building relation 403" in notes[0]


def test_a_street_that_lost_nodes_is_cut_there(tmp_path) -> None:
    osm = Osm().node(21, 5, 5).node(22, 6, 5).node(24, 8, 5).node(25, 9, 5).node(27, 11, 5)
    osm.way(9, [21, 22, 23, 24, 25, 26, 27], highway="path")
    read = read_osm(osm.write(tmp_path / "clipped.osm"))
    ends = [
        read.streets.node_id[read.streets.first[i] : read.streets.first[i + 1]].tolist()
        for i in np.flatnonzero(read.streets.way_id == 9)
    ]
    assert ends == [[21, 22], [24, 25]]
    assert any("lack some of their nodes" in note for note in read.notes)


def test_objects_out_of_order_are_put_in_order(tmp_path) -> None:
    text = town().text()
    head, nodes = text.index("<node"), text.index("<way")
    end = text.index("</osm>")
    mixed = text[:head] + text[nodes:end] + text[head:nodes] + text[end:]
    (tmp_path / "mixed.osm").write_text(mixed)
    ordered = read_osm(town().write(tmp_path / "town.osm"))
    read = read_osm(tmp_path / "mixed.osm")
    assert read.streets.way_id.tolist() == ordered.streets.way_id.tolist()
    assert read.streets.lon.tolist() == ordered.streets.lon.tolist()
    assert len(read.buildings) == 2


def test_metro_stations_and_cellars_are_no_buildings() -> None:
    assert is_building({"building": "yes"})
    assert is_building({"building": "yes", "layer": "1"})
    assert not is_building({"building": "yes", "layer": "-1"})
    assert not is_building({"building": "yes", "location": "underground"})
    assert not is_building({"building": "yes", "station": "subway"})
    assert not is_building({"building": "no"})
    assert not is_building({"natural": "water"})


def test_barriers_under_and_over_ground_stop_nobody() -> None:
    assert barrier_class({"waterway": "river"}) == "river"
    assert barrier_class({"waterway": "canal", "tunnel": "culvert"}) is None
    assert barrier_class({"waterway": "stream"}) is None
    assert barrier_class({"railway": "rail"}) == "railway"
    assert barrier_class({"railway": "rail", "bridge": "viaduct"}) is None
    assert barrier_class({"railway": "rail", "layer": "-1"}) is None
    assert barrier_class({"railway": "abandoned"}) is None
    assert barrier_class({"railway": "subway"}) is None
    assert barrier_class({"barrier": "city_wall"}) == "city_wall"
    assert barrier_class({"barrier": "hedge"}) is None


def test_land_cover_and_kinds_of_buildings() -> None:
    assert land_cover_class({"natural": "water"}) == "water"
    assert land_cover_class({"waterway": "riverbank"}) == "water"
    assert land_cover_class({"natural": "water", "tunnel": "culvert"}) is None
    assert land_cover_class({"landuse": "forest"}) == "green"
    assert land_cover_class({"landuse": "residential"}) is None
    assert building_kind("apartments") == "residential"
    assert building_kind("yes") == "other"
    assert floors_of("6") == 6
    assert floors_of("2.5") == 2
    assert floors_of("3;4") == 3
    assert floors_of("many") is None


def test_damaged_files_are_refused(tmp_path) -> None:
    raw = gzip.compress(town().text().encode() * 1)
    (tmp_path / "cut.osm.gz").write_bytes(raw[: len(raw) // 2])
    (tmp_path / "cut.osm").write_text(town().text()[:1000])
    (tmp_path / "empty.osm.pbf").write_bytes(b"")
    (tmp_path / "page.osm").write_text("<!DOCTYPE html><html></html>")
    (tmp_path / "town.osm.pbf").write_text(town().text())
    assert _code(tmp_path / "cut.osm.gz") == "unreadable_file"
    assert _code(tmp_path / "cut.osm") == "unreadable_file"
    assert _code(tmp_path / "empty.osm.pbf") == "empty_file"
    assert _code(tmp_path / "page.osm") == "wrong_file_type"
    assert _code(tmp_path / "town.osm.pbf") == "wrong_file_type"
    assert _code(Osm().node(1, 0, 0).write(tmp_path / "no.osm")) == "no_streets"


def test_every_truncation_of_a_pbf_is_refused_or_short(tmp_path) -> None:
    raw = shared("osm-world/malta-2016.osm.pbf").read_bytes()
    for share in (0.1, 0.37, 0.5, 0.9, 0.999):
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(raw[: int(len(raw) * share)])
        assert _code(path) == "unreadable_file"


@pytest.mark.parametrize(
    ("name", "streets", "buildings"),
    [
        ("osm-cn/nanjing-center.osm.gz", 384, 1262),
        ("osm-cn/guixi-jiangxi.osm.gz", 176, 165),
        ("osm-cn/shanghai-jingan-roads.osm.gz", 796, 0),
    ],
)
def test_real_extracts(name, streets, buildings) -> None:
    osm = read_osm(shared(name))
    assert len(osm.streets) == streets
    assert len(osm.buildings) == pytest.approx(buildings, abs=10)
    assert shapely.is_valid(shapely.from_wkb(osm.buildings.wkb)).all()
