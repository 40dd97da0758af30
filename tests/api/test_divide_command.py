"""`wangge divide --cells`: any vector file in, the same with a field `grid` out, or a refusal by row.

The map of most tests is a board of 100 m cells, numbered row by row from the south-west.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from api.commands.divide import add_divide_options, divide_file
from gis.errors import RefusedInputError
from tests.conftest import REPOSITORY

SHARED = REPOSITORY.parent / "shared" / "data"
EAST, NORTH = 500_000.0, 3_500_000.0


def board(rows: int, columns: int, households: Any, **fields: Any) -> gpd.GeoDataFrame:
    """Return cells in the Gauss-Krüger zone of 114° E."""
    shapes = [
        shapely.box(EAST + 100 * x, NORTH + 100 * y, EAST + 100 * x + 100, NORTH + 100 * y + 100)
        for y in range(rows)
        for x in range(columns)
    ]
    return gpd.GeoDataFrame({"homes": households, **fields}, geometry=shapes, crs="EPSG:4547")


def ask(*arguments: object) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_divide_options(parser)
    return divide_file(parser.parse_args([str(item) for item in arguments]), lambda *_: None)


@pytest.fixture
def divide(tmp_path: Path) -> Any:
    """Return a function that writes a frame, divides it and returns the answer and the output."""

    def run(
        frame: gpd.GeoDataFrame, *options: object, name: str = "in.gpkg", out: str = "out.gpkg"
    ) -> tuple[dict[str, Any], gpd.GeoDataFrame]:
        frame.to_file(tmp_path / name)
        answer = ask(
            "--cells", tmp_path / name, "--field", "homes", "--out", tmp_path / out, *options
        )
        return json.loads(json.dumps(answer)), gpd.read_file(tmp_path / out)

    return run


BAND = ("--min", 500, "--max", 800)


def test_a_board_is_divided_and_every_figure_stands_in_the_answer(divide):
    answer, cells = divide(board(2, 6, [100] * 12, name=list("abcdefghijkl")), *BAND)
    assert answer["outcome"] == "ok"
    assert (answer["in_band"], answer["out_of_band"]) == (2, 0)
    assert answer["grids"] == [
        {"no": no, "households": 600, "area_m2": 60_000.0, "polsby_popper": 0.754, "parts": 1}
        for no in (1, 2)
    ]
    assert answer["border_on_barrier_share"] is None
    assert answer["reasons"] == []
    assert answer["reproducible"] is True
    assert answer["seconds"] > 0
    assert cells["grid"].dtype == np.int32
    assert cells.groupby("grid")["homes"].sum().tolist() == [600, 600]
    assert cells["name"].tolist() == list("abcdefghijkl")
    assert cells.crs == "EPSG:4547"


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".geojson"])
def test_every_format_comes_back_with_its_shapes_and_chinese_names(divide, ending):
    frame = board(2, 6, [100] * 12, 名称=["青石园"] * 12)
    answer, cells = divide(frame, *BAND, name=f"in{ending}", out=f"out{ending}")
    assert answer["cells"] == len(cells) == 12
    assert set(cells["名称"]) == {"青石园"}
    if ending == ".geojson":
        assert cells.crs == "EPSG:4326"
        assert cells.to_crs("EPSG:4547").geometry.area.sum() == pytest.approx(120_000, rel=1e-6)
    else:
        assert cells.crs == "EPSG:4547"
        assert cells.geometry.geom_equals(frame.geometry).all()


def test_degrees_are_measured_in_metres(divide):
    answer, cells = divide(board(2, 6, [100] * 12).to_crs("EPSG:4490"), *BAND)
    assert cells.crs == "EPSG:4490"
    assert [grid["area_m2"] for grid in answer["grids"]] == pytest.approx([60_000] * 2, abs=1)
    assert [grid["parts"] for grid in answer["grids"]] == [1, 1]


def test_web_mercator_is_not_measured_as_it_is(divide):
    answer, _ = divide(board(2, 6, [100] * 12).to_crs("EPSG:3857"), *BAND)
    assert [grid["area_m2"] for grid in answer["grids"]] == pytest.approx([60_000] * 2, abs=1)


def test_estates_stay_together_and_one_above_the_band_is_an_exception(divide):
    # 100 100 | 900: 450 + 450 of one estate | 100 …
    homes = [100] * 6 + [450, 450] + [100] * 6
    estate = [None] * 6 + ["Lake", "Lake"] + [""] * 6
    answer, cells = divide(board(1, 14, homes, estate=estate), *BAND, "--keep-together", "estate")
    assert answer["outcome"] == "ok"
    assert answer["out_of_band"] == 0
    assert [reason["rows"] for reason in answer["reasons"]] == [[7, 8]]
    assert cells.loc[6:7, "grid"].nunique() == 1
    assert cells["grid"].nunique() == 3


def test_the_number_of_grids_can_be_given(divide):
    answer, _ = divide(board(3, 4, [100] * 12), "--min", 100, "--max", 1000, "--grids", 3)
    assert [grid["households"] for grid in answer["grids"]] == [400, 400, 400]


def test_an_impossible_band_names_the_rows_and_still_writes_the_best_division(divide):
    answer, cells = divide(board(1, 4, [300, 900, 300, 300]), *BAND)
    assert answer["outcome"] == "proved_impossible"
    assert {reason["code"] for reason in answer["reasons"]} >= {"cell_above_band"}
    assert [2] in [reason["rows"] for reason in answer["reasons"]]
    assert all(reason["text"] for reason in answer["reasons"])
    assert cells["grid"].notna().all()


def test_the_same_question_gives_the_same_grids(divide):
    frame = board(12, 12, np.random.default_rng(5).integers(0, 60, 144))
    first, one = divide(frame, *BAND, "--seed", 7, out="one.gpkg")
    second, two = divide(frame, *BAND, "--seed", 7, out="two.gpkg")
    assert one["grid"].tolist() == two["grid"].tolist()
    same = ("outcome", "grids", "in_band", "out_of_band", "reasons")
    assert [first[key] for key in same] == [second[key] for key in same]


def test_a_second_division_replaces_the_first_and_says_so(divide):
    answer, cells = divide(board(2, 6, [100] * 12, grid=[9] * 12), *BAND)
    assert answer["notes"] == ["the field grid of the input is replaced"]
    assert sorted(set(cells["grid"])) == [1, 2]


def test_a_grid_of_a_cell_in_two_places_has_two_parts(divide):
    frame = board(1, 3, [300, 300, 300])
    far = shapely.MultiPolygon([frame.geometry[2], shapely.box(0, 0, 9, 9)])
    frame.loc[[2], "geometry"] = gpd.GeoSeries([far], index=[2], crs=frame.crs)
    answer, _ = divide(frame, "--min", 900, "--max", 900)
    assert [grid["parts"] for grid in answer["grids"]] == [2]


REFUSALS = {
    "negative": ("bad_cells", [3], "negative"),
    "missing": ("bad_cells", [3], "missing"),
    "fraction": ("bad_cells", [3], "whole number"),
    "text": ("bad_cells", [1, 2, 3, 4], "no number"),
    "crossed": ("bad_cells", [3], "crosses itself"),
    "point": ("bad_cells", [3], "no polygon"),
    "empty": ("bad_cells", [3], "no polygon"),
    "overlap": ("overlapping_cells", [2], "row 3"),
    "twice": ("overlapping_cells", [2], "row 3"),
}


def spoiled(kind: str) -> gpd.GeoDataFrame:
    homes: list[Any] = [300] * 4
    if kind in {"negative", "missing", "fraction"}:
        homes[2] = {"negative": -1, "missing": None, "fraction": 2.5}[kind]
    if kind == "text":
        homes = ["300"] * 4
    frame = board(1, 4, homes)
    third = {
        "crossed": shapely.Polygon(
            [
                (EAST + 200, NORTH),
                (EAST + 300, NORTH + 100),
                (EAST + 300, NORTH),
                (EAST + 200, NORTH + 100),
            ]
        ),
        "point": shapely.Point(EAST + 250, NORTH + 50),
        "empty": shapely.Polygon(),
        "overlap": shapely.box(EAST + 190, NORTH, EAST + 300, NORTH + 100),
        "twice": frame.geometry[1],
    }.get(kind)
    if third is not None:
        frame.loc[[2], "geometry"] = gpd.GeoSeries([third], index=[2], crs=frame.crs)
    return frame


@pytest.mark.parametrize("kind", REFUSALS)
def test_bad_cells_are_refused_by_row_and_nothing_is_written(divide, tmp_path, kind):
    code, rows, words = REFUSALS[kind]
    with pytest.raises(RefusedInputError) as refusal:
        divide(spoiled(kind), *BAND)
    assert refusal.value.code == code
    assert [fault.row for fault in refusal.value.faults] == rows
    assert all(words in fault.reason for fault in refusal.value.faults)
    assert not (tmp_path / "out.gpkg").exists()


def test_all_faults_are_told_at_once(divide):
    frame = spoiled("crossed")
    frame.loc[0, "homes"] = -5
    with pytest.raises(RefusedInputError) as refusal:
        divide(frame, *BAND)
    assert [(fault.row, fault.field) for fault in refusal.value.faults] == [
        (1, "homes"),
        (3, "geometry"),
    ]


def test_slivers_of_rounding_are_no_overlap(divide):
    frame = board(1, 4, [300] * 4)
    wide = shapely.box(EAST + 199.996, NORTH, EAST + 300, NORTH + 100)
    frame.loc[[2], "geometry"] = gpd.GeoSeries([wide], index=[2], crs=frame.crs)
    answer, _ = divide(frame, *BAND)
    assert answer["outcome"] == "ok"


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        (("--min", 800, "--max", 500), "bad_band", "min"),
        (("--min", -1, "--max", 500), "bad_band", "min"),
        (("--min", 0, "--max", 0), "bad_band", "min"),
        ((*BAND, "--grids", 0), "bad_grids", "grids"),
        ((*BAND, "--field", "flats"), "unknown_field", "flats"),
        ((*BAND, "--keep-together", "yard"), "unknown_field", "yard"),
        ((*BAND, "--layer", "other"), "unknown_layer", None),
        (("--min", 500), "missing_option", "--max"),
    ],
)
def test_questions_without_sense_are_refused(divide, tmp_path, options, code, field):
    with pytest.raises(RefusedInputError) as refusal:
        divide(board(1, 4, [300] * 4), *options)
    assert refusal.value.code == code
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize("out", ["out.txt", "nowhere/out.gpkg", "in.gpkg", "."])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(divide, tmp_path, out):
    with pytest.raises(RefusedInputError) as refusal:
        divide(board(1, 4, [300] * 4), *BAND, out=out)
    assert refusal.value.code == "cannot_write"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.gpkg"]


def test_files_that_are_no_cells_are_refused(tmp_path):
    def refused(path: Path) -> str:
        with pytest.raises(RefusedInputError) as refusal:
            ask("--cells", path, "--field", "homes", "--out", tmp_path / "o.gpkg", *BAND)
        return refusal.value.code

    (tmp_path / "none.gpkg").write_bytes(b"")
    (tmp_path / "list.csv").write_text("homes\n3\n")
    (tmp_path / "torn.geojson").write_text('{"type": "FeatureCollection", "features": [')
    (tmp_path / "odd.kml").write_text("no map at all")
    board(1, 4, [300] * 4).iloc[:0].to_file(tmp_path / "nothing.gpkg")
    board(1, 4, [300] * 4).to_file(tmp_path / "two.gpkg", layer="a")
    board(1, 4, [300] * 4).to_file(tmp_path / "two.gpkg", layer="b")
    board(1, 4, [300] * 4).to_file(tmp_path / "noprj.shp")
    (tmp_path / "noprj.prj").unlink()
    assert refused(tmp_path / "absent.gpkg") == "file_not_found"
    assert refused(tmp_path / "none.gpkg") == "empty_file"
    assert refused(tmp_path / "nothing.gpkg") == "empty_file"
    assert refused(tmp_path / "list.csv") == "wrong_file_type"
    assert refused(tmp_path / "torn.geojson") in {"unreadable_file", "wrong_file_type"}
    assert refused(tmp_path / "odd.kml") == "unreadable_file"
    assert refused(tmp_path / "two.gpkg") == "several_layers"
    assert refused(tmp_path / "noprj.shp") == "missing_crs"


def test_a_system_the_file_does_not_name_can_be_given(divide, tmp_path):
    frame = board(2, 6, [100] * 12)
    frame.to_file(tmp_path / "noprj.shp")
    (tmp_path / "noprj.prj").unlink()
    answer = ask(
        *("--cells", tmp_path / "noprj.shp", "--field", "homes", "--crs", "EPSG:4547"),
        *("--out", tmp_path / "o.geojson", *BAND),
    )
    assert answer["outcome"] == "ok"
    lonlat = gpd.read_file(tmp_path / "o.geojson")
    assert lonlat.total_bounds[0] == pytest.approx(114.0, abs=0.01)


def test_progress_never_falls_and_ends_at_a_hundred(tmp_path):
    from layers.usecases.divide_file import FileQuestion, divide_cells

    board(2, 6, [100] * 12).to_file(tmp_path / "in.gpkg")
    seen: list[int] = []
    asked = FileQuestion(tmp_path / "in.gpkg", "homes", tmp_path / "o.gpkg", 500, 800)
    divide_cells(asked, lambda percent, _step: seen.append(percent))
    assert seen == sorted(seen)
    assert seen[-1] == 100


@pytest.mark.parametrize(
    ("source", "name", "low", "high"),
    [
        ("us-districting/Providence_blocks.zip", "TOTPOP", 2500, 4000),
        ("us-districting/Providence_blocks.zip", "TOTPOP", 12_000, 16_000),
    ],
)
def test_real_blocks_of_people_are_divided_or_told_why_not(tmp_path, source, name, low, high):
    path = SHARED / source
    if not path.exists():
        pytest.skip(f"{source} is not on this machine")
    answer = ask(
        *("--cells", path, "--field", name, "--min", low, "--max", high),
        *("--out", tmp_path / "o.gpkg"),
    )
    assert answer["households"] == 178_040
    assert answer["cells"] == 3014
    assert len(answer["grids"]) == answer["in_band"] + answer["out_of_band"]
    assert sum(grid["households"] for grid in answer["grids"]) == 178_040
    if answer["out_of_band"]:
        assert answer["reasons"]
    assert gpd.read_file(tmp_path / "o.gpkg")["grid"].between(1, len(answer["grids"])).all()
