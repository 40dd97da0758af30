import pytest
import shapely
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.io.ways import direction_on_foot, is_gate_open, is_private, walkable
from layers.usecases.imports import ImportOptions, import_file
from tests.conftest import shared
from tests.layers.imports_store import rows
from tests.layers.io.files import geojson, line, point, town

ANYWHERE = ImportOptions(allow_outside_china=True)


def test_a_town_becomes_edges_gates_barriers_and_buildings(session, tmp_path) -> None:
    summary = import_file(session, "streets", town().write(tmp_path / "town.osm"))
    assert summary["network"]["edges"] == 5
    assert summary["network"]["pieces"] == 2  # the locked gate cuts the lane
    assert summary["buildings"] == 2
    edges = rows(
        session, "SELECT street_class, name, private, source_ref FROM street_edge ORDER BY no"
    )
    assert edges == [
        ("residential", "人民路", False, 1),
        ("residential", "人民路", False, 1),
        ("footway", None, False, 2),
        ("service", None, True, 3),
        ("service", None, True, 3),
    ]
    assert rows(session, "SELECT kind, open, node IS NOT NULL FROM gate") == [("gate", False, True)]
    assert rows(session, "SELECT barrier_class, name FROM barrier") == [("river", "青溪")]
    assert rows(session, "SELECT cover_class FROM land_cover ORDER BY 1") == [
        ("green",),
        ("water",),
    ]
    assert rows(session, "SELECT code, kind, floors, dataset FROM building ORDER BY code") == [
        ("w101", "residential", 6, "osm:town"),
        ("w102", "commercial", None, "osm:town"),
    ]
    assert any("1 motorway" in note for note in summary["notes"])


def test_edge_lengths_are_geodesic_and_ends_are_nodes(session, tmp_path) -> None:
    import_file(session, "streets", town().write(tmp_path / "town.osm"))
    found = rows(
        session,
        "SELECT length_mm, ST_Length(geom::geography) * 1000, from_node, to_node FROM street_edge",
    )
    for stored, geodesic, start, end in found:
        assert stored == pytest.approx(geodesic, abs=1)
        assert start != end


def test_a_new_version_supersedes_the_old_one_and_keeps_it(session, tmp_path) -> None:
    path = town().write(tmp_path / "town.osm")
    first = import_file(session, "streets", path)
    changed = town().node(50, 0, 1).way(60, [1, 50], highway="path")
    second = import_file(session, "streets", changed.write(path))
    assert first["network"]["hash"] != second["network"]["hash"]
    found = rows(session, "SELECT name, superseded_at IS NULL, edges FROM network ORDER BY id")
    assert found == [("town", False, 5), ("town", True, 6)]


def test_the_same_town_has_the_same_hash_anywhere(session, tmp_path) -> None:
    one = import_file(session, "streets", town().write(tmp_path / "a.osm"))
    other = import_file(session, "streets", town().write(tmp_path / "b.osm.gz"))
    assert one["network"]["hash"] == other["network"]["hash"]
    assert rows(session, "SELECT count(*) FROM network WHERE superseded_at IS NULL") == [(2,)]


def test_buildings_that_vanished_from_the_extract_go(session, tmp_path) -> None:
    path = town().write(tmp_path / "town.osm")
    import_file(session, "streets", path)
    smaller = town()
    smaller.others = [item for item in smaller.others if 'id="102"' not in item]
    summary = import_file(session, "streets", smaller.write(path))
    assert summary["removed"] == 1
    assert rows(session, "SELECT code FROM building") == [("w101",)]


def test_chosen_parts_only(session, tmp_path) -> None:
    path = town().write(tmp_path / "town.osm")
    import_file(session, "streets", path, ImportOptions(parts=("streets",)))
    for table in ("building", "barrier", "land_cover"):
        assert rows(session, f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_file_of_the_same_name_keeps_its_buildings(session, tmp_path) -> None:
    import_file(session, "buildings", geojson(tmp_path / "town.geojson", point(0, 0, code="B1")))
    import_file(session, "streets", town().write(tmp_path / "town.osm"))
    assert rows(session, "SELECT code FROM building ORDER BY code") == [
        ("B1",),
        ("w101",),
        ("w102",),
    ]


def test_only_the_buildings_of_an_extract(session, tmp_path) -> None:
    summary = import_file(session, "buildings", town().write(tmp_path / "town.osm"))
    assert summary["added"] == 2
    assert rows(session, "SELECT count(*) FROM network") == [(0,)]


def test_streets_come_whatever_else_is_chosen(session, tmp_path) -> None:
    path = town().write(tmp_path / "town.osm")
    summary = import_file(session, "streets", path, ImportOptions(parts=("water",)))
    assert summary["network"]["edges"] == 5
    assert rows(session, "SELECT cover_class FROM land_cover") == [("water",)]
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "grids", path)
    assert caught.value.code == "wrong_file_type"


def _sources(session):
    return rows(session, "SELECT name, source FROM network WHERE superseded_at IS NULL ORDER BY 1")


def test_streets_name_whom_they_come_from(session, tmp_path) -> None:
    import_file(session, "streets", town().write(tmp_path / "a.osm"))
    own = ImportOptions(source="贵溪市测绘院")
    import_file(session, "streets", town().write(tmp_path / "b.osm.gz"), own)
    lines = geojson(tmp_path / "c.geojson", line((0, 0), (1, 1), name="人民路"))
    import_file(session, "streets", lines)
    generator = "<osm generator='data.sample.generate (synthetic)'"
    (tmp_path / "d.osm").write_text(town().text().replace("<osm", generator, 1))
    import_file(session, "streets", tmp_path / "d.osm")
    assert _sources(session) == [
        ("a", "© OpenStreetMap contributors (ODbL)"),
        ("b", "贵溪市测绘院"),
        ("c", "file:c.geojson"),
        ("d", "file:d.osm"),
    ]


def test_importing_again_corrects_the_source_but_not_the_users_word(session, tmp_path) -> None:
    path = town().write(tmp_path / "a.osm")
    import_file(session, "streets", path)
    session.execute(text("UPDATE network SET source = 'a.osm'"))  # as it was stored once
    assert import_file(session, "streets", path)["network"]["unchanged"]
    assert _sources(session) == [("a", "© OpenStreetMap contributors (ODbL)")]
    for said in (ImportOptions(source="贵溪市测绘院"), ImportOptions()):
        import_file(session, "streets", path, said)
        assert _sources(session) == [("a", "贵溪市测绘院")]


def test_who_may_walk_where() -> None:
    assert walkable({"highway": "residential"})
    assert walkable({"highway": "service", "access": "private"})
    assert is_private({"highway": "service", "access": "private"})
    assert not is_private({"highway": "service", "access": "private", "foot": "yes"})
    assert not walkable({"highway": "motorway"})
    assert not walkable({"highway": "primary", "foot": "no"})
    assert not walkable({"highway": "track", "access": "no"})
    assert walkable({"highway": "track", "access": "no", "foot": "yes"})
    assert not walkable({"highway": "trunk", "motorroad": "yes"})
    assert not walkable({"highway": "construction"})


def test_oneway_streets_bind_vehicles_only() -> None:
    assert direction_on_foot({"oneway": "yes"}) == 0
    assert direction_on_foot({"oneway:foot": "yes"}) == 1
    assert direction_on_foot({"oneway:foot": "-1"}) == -1


def test_which_gates_let_people_pass() -> None:
    assert is_gate_open({"barrier": "gate"})
    assert is_gate_open({"barrier": "gate", "access": "private"})
    assert not is_gate_open({"barrier": "gate", "locked": "yes"})
    assert not is_gate_open({"barrier": "gate", "access": "no"})
    assert is_gate_open({"barrier": "gate", "access": "no", "foot": "yes"})


@pytest.mark.parametrize(
    ("name", "pieces"),
    [("nanjing-center", 45), ("guixi-jiangxi", None), ("shanghai-jingan-roads", 76)],
)
def test_real_chinese_extracts(session, name, pieces) -> None:
    summary = import_file(session, "streets", shared(f"osm-cn/{name}.osm.gz"))
    assert summary["network"]["edges"] > 100
    assert pieces is None or summary["network"]["pieces"] == pytest.approx(pieces, abs=3)
    lines = rows(session, "SELECT encode(ST_AsBinary(geom), 'hex') FROM street_edge")
    assert shapely.is_valid(shapely.from_wkb([line for (line,) in lines])).all()


def test_malta_is_reproducible(session) -> None:
    path = shared("osm-world/malta-2016.osm.pbf")
    first = import_file(session, "streets", path, ANYWHERE)
    again = import_file(session, "streets", path, ANYWHERE)
    assert again["network"]["hash"] == first["network"]["hash"]
    assert again["added"] == again["updated"] == again["removed"] == 0
    assert first["buildings"] > 9000
