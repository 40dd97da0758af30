"""Whatever happened to a file's bytes, reading it ends in rows or in a refusal, never in a crash."""

import random

import geopandas as gpd
import osmium
import pytest

from gis.errors import RefusedInputError
from layers.io.fields import BUILDINGS, HOUSEHOLDS
from layers.io.osm import read_osm
from layers.io.parse import read_rows
from tests.layers.io.files import geojson, polygon, shapefile, table, town, workbook

FEATURES = [
    polygon(i, 0, 0.5, code=f"B{i}", name="青石园一号楼", floors=6, resident=40) for i in range(12)
]
LEDGER = [
    ["小区", "幢号", "户籍户数", "常住户数"],
    ["青石园", "1", 40, 30],
    ["青石园", "2", 20, 22],
]


def _pbf(folder):
    path = folder / "t.osm.pbf"
    writer = osmium.SimpleWriter(str(path))
    for item in osmium.FileProcessor(str(town().write(folder / "source.osm"))):
        writer.add(item)
    writer.close()
    return path


def _geopackage(folder):
    gpd.GeoDataFrame.from_features(FEATURES, crs="EPSG:4326").to_file(folder / "t.gpkg")
    return folder / "t.gpkg"


WRITERS = {
    "osm": lambda folder: town().write(folder / "t.osm"),
    "osm.gz": lambda folder: town().write(folder / "t.osm.gz"),
    "pbf": _pbf,
    "geojson": lambda folder: geojson(folder / "t.geojson", *FEATURES),
    "gpkg": _geopackage,
    "shp": lambda folder: shapefile(folder / "t.shp", FEATURES),
    "shx": lambda folder: shapefile(folder / "t.shp", FEATURES).with_suffix(".shx"),
    "dbf": lambda folder: shapefile(folder / "t.shp", FEATURES).with_suffix(".dbf"),
    "prj": lambda folder: shapefile(folder / "t.shp", FEATURES).with_suffix(".prj"),
    "csv": lambda folder: table(folder / "t.csv", "building,resident\nB1,1\nB2,2\n" * 5),
    "xlsx": lambda folder: workbook(folder / "t.xlsx", LEDGER),
}


def _read(path) -> None:
    if ".osm" in path.name:
        read_osm(path)
    elif path.suffix in {".csv", ".xlsx"}:
        read_rows(path, HOUSEHOLDS)
    else:
        read_rows(
            path.with_suffix(".shp") if path.suffix in {".shx", ".dbf", ".prj"} else path, BUILDINGS
        )


def _damage(raw: bytes, rng: random.Random) -> bytes:
    kind = rng.choice(["cut", "flip", "hole", "swap"])
    at = rng.randrange(len(raw))
    if kind == "cut":
        return raw[:at]
    if kind == "flip":
        out = bytearray(raw)
        for _ in range(rng.randint(1, 8)):
            out[rng.randrange(len(out))] = rng.randrange(256)
        return bytes(out)
    if kind == "hole":
        return raw[:at] + raw[at + rng.randint(1, 40) :]
    return raw[at:] + raw[:at]


def _survive(tmp_path, name, seeds) -> None:
    path = WRITERS[name](tmp_path)
    raw = path.read_bytes()
    refused: list[RefusedInputError] = []
    for seed in seeds:
        path.write_bytes(_damage(raw, random.Random(seed)))
        try:
            _read(path)
        except RefusedInputError as error:
            refused.append(error)
    assert refused
    assert all(error.faults and error.message for error in refused)


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_bytes_never_crash_a_reader(tmp_path, name) -> None:
    _survive(tmp_path, name, range(40))


@pytest.mark.long
@pytest.mark.parametrize("name", WRITERS)
def test_much_damage_never_crashes_a_reader(tmp_path, name) -> None:
    _survive(tmp_path, name, range(40, 500))
