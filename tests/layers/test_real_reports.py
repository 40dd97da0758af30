"""Real towns from streets to the report: Porto Alegre by its population grid, Nanjing by its buildings."""

from __future__ import annotations

import csv
import io
import random

import pytest
from docx import Document
from openpyxl import load_workbook

from api.settings import report_assets
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.reports import Order, make_report
from tests.conftest import shared
from tests.layers.imports_store import rows

PLACES = "SELECT code, ST_X(geom), ST_Y(geom), coalesce(floors, 3) FROM building ORDER BY code"
OSM = "© OpenStreetMap contributors"


def bring(store, kind, path, **options):
    with store.session() as session:
        return import_file(
            session, kind, path, ImportOptions(allow_outside_china=True, replace=True, **options)
        )


def porto_alegre(store, folder):
    """Import streets, people per hexagon as households of its middle, and clinics; return the question."""
    streets, cells = shared("poa-access/poa_osm.pbf"), shared("poa-access/poa_hexgrid.csv")
    bring(store, "streets", streets, parts=("streets", "barriers", "water", "green"))
    with cells.open(encoding="utf-8") as file:
        hexagons = list(csv.DictReader(file))
    with (folder / "hexagons.csv").open("w", encoding="utf-8") as file:
        file.write("code,lon,lat,resident,counted_on\n")
        for row in hexagons:
            people = row["population"] or 0
            file.write(f"{row['id']},{row['lon']},{row['lat']},{people},2019-07-01\n")
    with (folder / "clinics.csv").open("w", encoding="utf-8") as file:
        file.write("code,name,category,lon,lat,capacity\n")
        file.writelines(
            f"{row['id']},Unidade {n},clinic,{row['lon']},{row['lat']},15000\n"
            for n, row in enumerate(row for row in hexagons if int(row["healthcare"] or 0) > 0)
        )
    bring(store, "buildings", folder / "hexagons.csv", source="r5r sample data (persons)")
    bring(store, "stations", folder / "clinics.csv")
    people = sum(int(row["population"] or 0) for row in hexagons)
    return Question(category="clinic", speed_kmh=3.6), people


def nanjing(store, folder):
    """Import streets and buildings, households by a seeded draw, three stations at buildings; return the question."""
    bring(store, "streets", shared("osm-cn/nanjing-center.osm.gz"))
    with store.session() as session:
        found = rows(session, PLACES)  # fmt: skip
    draw = random.Random(7)
    homes = [(code, draw.randint(2, 6) * floors) for code, _, _, floors in found]
    with (folder / "homes.csv").open("w", encoding="utf-8") as file:
        file.write("building,resident,counted_on,source\n")
        file.writelines(f"{code},{number},2025-12-31,drawn at random\n" for code, number in homes)
    with (folder / "stations.csv").open("w", encoding="utf-8") as file:
        file.write("code,name,category,lon,lat,capacity\n")
        for number, (_, lon, lat, _) in enumerate(draw.sample(found, 3)):
            file.write(f"N{number},站{number},service_station,{lon},{lat},4000\n")
    bring(store, "households", folder / "homes.csv")
    bring(store, "stations", folder / "stations.csv")
    return Question(minutes=10), sum(number for _, number in homes)


@pytest.mark.parametrize("town", [porto_alegre, nanjing])
def test_a_real_town_is_analysed_and_reported(town, empty_store, tmp_path):
    question, homes = town(empty_store, tmp_path)
    cache = InputCache(tmp_path / "home")
    run = run_coverage(empty_store, cache, question)
    totals = run["totals"]
    assert totals["households"] == homes
    assert 0.02 < totals["rate_walk"] < 0.98
    made = {
        ending: make_report(empty_store, cache, Order(run["run"], ending, "en"), report_assets(), ("approved",))
        for ending in ("docx", "xlsx")
    }  # fmt: skip
    letter = Document(io.BytesIO(made["docx"]))
    assert len(letter.inline_shapes) >= 4
    text = "\n".join(line.text for line in letter.paragraphs)
    assert OSM in text
    assert "approved" in text
    assert f"{totals['within_walk']:,}" in text
    book = load_workbook(io.BytesIO(made["xlsx"]))
    assert book["totals"]["B5"].value == homes
    assert {row[0].value for row in book["stations"].iter_rows(min_row=5)} >= {
        row["code"] for row in run["stations"]
    }
