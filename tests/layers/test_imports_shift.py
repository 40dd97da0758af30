"""A layer from a phone map that says WGS 84 is noticed; a right one is not."""

import pytest
import shapely

from gis.gcj02 import wgs84_to_bd09, wgs84_to_gcj02
from layers.usecases.imports import ImportOptions, import_file
from tests.layers.io.files import at, geojson, polygon, table

COMMUNITY = "990101001001"


def _stations(tmp_path, convert, name="s.csv"):
    lines = ["code,community,lon,lat"]
    for i in range(5):
        for j in range(5):
            lon, lat = convert(*at(2.5 + i, 2.5 + j))
            lines.append(f"S{i}{j},鼓楼社区,{float(lon):.7f},{float(lat):.7f}")
    return table(tmp_path / name, "\n".join(lines) + "\n")


@pytest.fixture
def community(session, tmp_path):
    area = polygon(2, 2, 5, code=COMMUNITY, name="鼓楼社区")
    import_file(session, "divisions", geojson(tmp_path / "d.geojson", area))
    return session


@pytest.mark.parametrize(("convert", "name"), [(wgs84_to_gcj02, "gcj02"), (wgs84_to_bd09, "bd09")])
def test_a_shift_is_noticed_and_its_name_proposed(community, tmp_path, convert, name) -> None:
    summary = import_file(community, "stations", _stations(tmp_path, convert))
    assert any(note.endswith(f"try --crs {name}") for note in summary["notes"])
    right = import_file(
        community, "stations", _stations(tmp_path, convert), ImportOptions(crs=name)
    )
    assert not any("--crs" in note for note in right["notes"])


def test_right_positions_raise_no_alarm(community, tmp_path) -> None:
    path = _stations(tmp_path, lambda lon, lat: (lon, lat))
    assert not any("--crs" in note for note in import_file(community, "stations", path)["notes"])


def test_moved_positions_come_back_where_they_were(community, tmp_path) -> None:
    import_file(
        community, "stations", _stations(tmp_path, wgs84_to_gcj02), ImportOptions(crs="gcj02")
    )
    from tests.layers.imports_store import rows

    (stored,) = rows(community, "SELECT ST_AsText(geom) FROM station WHERE code = 'S00'")[0]
    assert shapely.from_wkt(stored).distance(shapely.Point(at(2.5, 2.5))) < 2e-7
