"""The card of a grid.

Two grids of a community, 200 m each, side by side; ` asset on their border, o organisation:

    +---------+---------+
    |  B1  o  `    B3   |
    |  B2 S   |         |
    +---------+---------+
     grid …001  grid …002
"""

from __future__ import annotations

import io
import json
import uuid
from contextlib import contextmanager
from datetime import date

import openpyxl
import pytest
from sqlalchemy import text

from gis.errors import NotFoundError, RefusedInputError
from layers.db import enter
from layers.io.qr import picture_of
from layers.rights import Actor, RightsError, local_administrator
from layers.usecases.building_codes import write_codes
from layers.usecases.events.reporting import Report, take_report
from layers.usecases.events.rules import built_in_rules
from layers.usecases.grid_card import grid_card
from layers.usecases.grid_ledger import export_card, grid_ledger
from layers.usecases.imports import import_file
from tests.accounts import actor
from tests.layers.io.files import geojson, point, polygon, table

WEST_GRID, EAST_GRID = "990101001001001", "990101001001002"


@pytest.fixture
def county(session, tmp_path):
    def bring(kind, path):
        import_file(session, kind, path)

    bring(
        "divisions",
        geojson(
            tmp_path / "divisions.geojson",
            polygon(0, 0, 4, code="990101", name="青石县"),
            polygon(0, 0, 4, code="990101001", name="东街街道"),
            polygon(0, 0, 4, code="990101001001", name="西社区", kind="urban"),
        ),
    )
    bring(
        "grids",
        geojson(
            tmp_path / "grids.geojson",
            polygon(0, 0, 2, code=WEST_GRID, name="第一网格", valid_from="2024-01-01"),
            polygon(2, 0, 2, code=EAST_GRID, name="第二网格", valid_from="2024-01-01"),
        ),
    )
    bring(
        "estates",
        geojson(tmp_path / "estates.geojson", polygon(0.1, 0.1, code="E1", name="青石园")),
    )
    bring(
        "buildings",
        geojson(
            tmp_path / "buildings.geojson",
            point(0.5, 1.5, code="B1", kind="住宅", estate="E1"),
            point(0.5, 0.5, code="B2", kind="住宅"),
            point(3, 1.5, code="B3", kind="学校"),
        ),
    )
    for day, resident in (("2024-06-30", 30), ("2025-06-30", 36)):
        bring(
            "households",
            table(
                tmp_path / f"households-{day}.csv",
                f"building,registered,resident,counted_on,source\nB1,40,{resident},{day},台账\n",
            ),
        )
    bring(
        "workers",
        table(
            tmp_path / "workers.csv",
            f"姓名,工作电话,岗位,网格编码,valid_from\n示例网格员 01,000-0000-0001,网格长,{WEST_GRID},2024-01-01\n",
        ),
    )
    bring("stations", table(tmp_path / "s.csv", "code,name,category,status,lon,lat\n"
          "S1,一站,clinic,open,117.301,28.6005\n"))  # fmt: skip
    bring(
        "assets",
        table(
            tmp_path / "assets.csv",
            "部件编码,类别,部件状态,lon,lat\nA1,路灯,完好,117.3005,28.6005\nA2,路灯,破损,117.3006,28.6005\n"
            "A3,井盖,,117.302,28.6015\nA4,井盖,完好,117.303,28.6005\n",
        ),
    )
    bring(
        "organisations",
        table(
            tmp_path / "organisations.csv",
            "统一社会信用代码,单位名称,单位类别,单位电话,法定代表人,联系人手机,lon,lat\n"
            "X1,示例便民超市,商户,000-0000-0002,无名氏,00000000000,117.3015,28.6015\n",
        ),
    )
    return session


def test_the_five_elements_are_counted(county):
    card = grid_card(county, WEST_GRID)
    assert card["grid"]["community"] == {"code": "990101001001", "name": "西社区"}
    assert card["land"]["buildings"]["by"] == [{"kind": "residential", "number": 2}]
    assert [item["name"] for item in card["land"]["estates"]] == ["青石园"]
    assert card["things"]["number"] == 3
    assert card["things"]["by"] == [
        {"category": "manhole_cover", "number": 1, "states": {"unknown": 1}},
        {"category": "street_lamp", "number": 2, "states": {"in_order": 1, "damaged": 1}},
    ]
    assert card["organisations"]["by"] == [{"category": "shop", "number": 1}]
    assert card["stations"]["by"] == [{"category": "clinic", "number": 1, "states": {"open": 1}}]
    assert card["events"] == {"number": 0, "by": [], "items": [], "not_listed": 0}
    assert card["people"]["workers"] == [
        {
            "name": "示例网格员 01", "work_phone": "000-0000-0001", "post": "网格长", "post_en": "grid leader",
            "role": "grid_leader", "since": "2024-01-01", "substitute_for": None, "until": None,
        }
    ]  # fmt: skip


def test_a_substitute_stands_in_the_place_of_whom_it_stands_in_for(county):
    county.execute(
        text(
            "WITH other AS (INSERT INTO worker (name, work_phone) VALUES ('示例网格员 02', '000-0000-0002') "
            "RETURNING id) INSERT INTO posting (worker_id, grid_id, post, valid_from, substitute_for) "
            "SELECT other.id, p.grid_id, p.post, '2025-03-01', p.id FROM posting p, other"
        )
    )
    (worker,) = grid_card(county, WEST_GRID)["people"]["workers"]
    assert (worker["name"], worker["substitute_for"]) == ("示例网格员 02", "示例网格员 01")
    (before,) = grid_card(county, WEST_GRID, date(2025, 2, 1))["people"]["workers"]
    assert before["name"] == "示例网格员 01"


def test_households_name_basis_date_source_and_how_much_they_speak_for(county):
    counts = {item["basis"]: item for item in grid_card(county, WEST_GRID)["people"]["households"]}
    assert counts["resident"] == {
        "basis": "resident", "households": 36, "buildings": 2, "buildings_counted": 1,
        "counted_from": "2025-06-30", "counted_to": "2025-06-30", "sources": ["台账"],
    }  # fmt: skip
    assert counts["registered"]["households"] == 40
    # Nothing counted is not zero.
    assert counts["planned"]["households"] is None


def test_a_day_in_the_past_has_its_own_counts_and_workers(county):
    card = grid_card(county, WEST_GRID, date(2024, 7, 1))
    counts = {item["basis"]: item for item in card["people"]["households"]}
    assert (card["as_of"], counts["resident"]["households"]) == ("2024-07-01", 30)
    assert len(card["people"]["workers"]) == 1
    with pytest.raises(NotFoundError) as refused:
        grid_card(county, WEST_GRID, date(2023, 12, 31))
    assert refused.value.code == "unknown_grid"


def test_what_stands_on_a_border_is_counted_once(county):
    west, east = (grid_card(county, code)["things"] for code in (WEST_GRID, EAST_GRID))
    assert [item["code"] for item in west["items"]] == ["A3", "A1", "A2"]
    assert [item["code"] for item in east["items"]] == ["A4"]


def test_area_and_perimeter_are_those_of_the_ground(county):
    land = grid_card(county, WEST_GRID)["land"]
    # 0.002° at 28.6° N: some 195.6 m east, 221.7 m north.
    assert land["area_m2"] == pytest.approx(195.6 * 221.7, rel=0.002)
    assert land["perimeter_m"] == pytest.approx(2 * (195.6 + 221.7), rel=0.002)
    assert set(land["bounds"]) == {"north", "east", "south", "west"}


def test_no_person_of_a_ledger_is_kept(county):
    said = json.dumps(grid_card(county, WEST_GRID), ensure_ascii=False)
    assert "示例便民超市" in said
    assert "无名氏" not in said
    assert "00000000000" not in said
    stored = county.execute(text("SELECT to_jsonb(o)::text FROM organisation o")).scalar_one()
    assert "无名氏" not in stored


def test_a_grid_outside_ones_area_has_no_half_card(county):
    enter(county, Actor("elsewhere", "analyst", area=frozenset({-1}), roots=(-1,)))
    with pytest.raises(RightsError) as refused:
        grid_card(county, WEST_GRID)
    assert refused.value.code == "outside_area"


def test_assets_and_organisations_outside_ones_area_are_not_seen(county):
    enter(county, Actor("elsewhere", "analyst", area=frozenset({-1}), roots=(-1,)))
    for table_ in ("asset", "organisation"):
        assert county.execute(text(f"SELECT count(*) FROM {table_}")).scalar_one() == 0


def test_more_points_than_are_listed_are_counted(county):
    things = grid_card(county, WEST_GRID, most_items=2)["things"]
    assert (things["number"], len(things["items"]), things["not_listed"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("lang", "sheet", "lamp"),
    [("zh", "五要素", "路灯"), ("en", "five elements", "street lamp")],
)
def test_the_ledger_holds_the_card_and_its_rows_and_is_the_same_every_time(
    county, lang, sheet, lamp
):
    card = grid_card(county, WEST_GRID, most_items=None)
    made = grid_ledger(card, lang)
    assert made == grid_ledger(card, lang)
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert len(book.sheetnames) == 7
    rows = {row[1]: row[2] for row in book[sheet].iter_rows(min_row=5, values_only=True)}
    assert rows[lamp] == 2
    assert [cell.value for cell in book.worksheets[3]["A"]][1:] == ["A3", "A1", "A2"]


def test_a_ledger_that_leaves_is_logged(sample_store, tmp_path):
    planner = sample_store.acting(actor(sample_store, "planner", ["990101001"]))
    done = export_card(planner, WEST_GRID, tmp_path / "grid.xlsx")
    size = (tmp_path / "grid.xlsx").stat().st_size
    with planner.session() as session:
        logged = session.execute(
            text("SELECT object, format, rows, bytes FROM export WHERE object = :grid"),
            {"grid": WEST_GRID},
        ).all()
    assert logged == [(WEST_GRID, "xlsx", done["rows"], size)]
    assert [path.name for path in tmp_path.iterdir()] == ["grid.xlsx"]
    with pytest.raises(RefusedInputError) as refused:
        export_card(planner, WEST_GRID, tmp_path / "grid.pdf")
    assert refused.value.code == "unknown_format"


def test_the_cards_of_all_grids_of_the_sample_add_up_to_what_lies_in_grids(sample_store):
    with sample_store.session() as session:
        codes = session.execute(
            text("SELECT code FROM grid_version WHERE valid_to IS NULL AND kind = 'general'")
        ).scalars().all()  # fmt: skip
        cards = [grid_card(session, code) for code in codes]
        for key, table_ in (("things", "asset"), ("organisations", "organisation")):
            inside = session.execute(
                text(
                    f"SELECT count(*) FROM {table_} t WHERE EXISTS (SELECT FROM grid_version v WHERE "
                    "v.valid_to IS NULL AND v.kind = 'general' AND ST_Intersects(v.geom, t.geom))"
                )
            ).scalar_one()
            assert sum(card[key]["number"] for card in cards) == inside > 100
    assert all(card["things"]["not_listed"] == 0 for card in cards)
    assert (
        sum(item["state"] == "damaged" for card in cards for item in card["things"]["items"]) > 20
    )


def test_the_buildings_of_all_grids_are_all_buildings_in_grids(sample_store):
    with sample_store.session() as session:
        codes = session.execute(
            text("SELECT code FROM grid_version WHERE valid_to IS NULL AND code LIKE '990101001%'")
        ).scalars().all()  # fmt: skip
        listed = [
            item["code"]
            for code in codes
            for item in grid_card(session, code, most_items=None)["land"]["buildings"]["items"]
        ]
        inside = session.execute(
            text(
                "SELECT count(*) FROM building b WHERE EXISTS (SELECT FROM grid_version v WHERE v.valid_to IS NULL "
                "AND v.code LIKE '990101001%' AND ST_Intersects(v.geom, b.geom))"
            )
        ).scalar_one()
    assert len(listed) == len(set(listed))
    assert 0 < len(listed) <= inside
    assert len(listed) > inside * 0.99


def test_events_are_counted_by_category_and_state_without_who_and_words(county):
    now = county.execute(text("SELECT clock_timestamp()")).scalar_one()
    category = built_in_rules().rows()[0]
    for _ in range(2):
        given = Report(
            uuid.uuid4(), category["key"], 117.3005, 28.6005, "tap", now, now, text="words"
        )
        take_report(county, given)
    card = grid_card(county, WEST_GRID)
    assert card["events"]["by"] == [
        {
            "category": category["key"],
            "name": category["name"],
            "name_en": category["name_en"],
            "number": 2,
            "states": {"reported": 2},
        }
    ]
    assert "words" not in json.dumps(card, ensure_ascii=False)
    assert grid_card(county, EAST_GRID)["events"]["number"] == 0
    yesterday = grid_card(county, WEST_GRID, as_of=date(2025, 1, 1))
    assert yesterday["events"]["number"] == 0
    book = openpyxl.load_workbook(io.BytesIO(grid_ledger(card, "zh")))
    assert category["name"] in [row[1].value for row in book["五要素"].iter_rows()]
    assert book["事件"].max_row == 3
    told = [cell.value for row in book["事件"].iter_rows(min_row=2) for cell in row]
    assert {category["name"], "已上报"} <= set(told)
    assert not {category["key"], "reported"} & set(told)
    assert "已上报 2" in [row[3].value for row in book["五要素"].iter_rows()]


def test_a_worker_s_card_is_of_the_own_grid_only(county):
    worker = county.execute(text("SELECT id FROM worker")).scalar_one()
    account = county.execute(
        text(
            "INSERT INTO account (name, role, worker_id) VALUES ('w-1', 'grid_worker', :w) RETURNING id"
        ),
        {"w": worker},
    ).scalar_one()
    community = county.execute(text("SELECT community_id FROM grid LIMIT 1")).scalar_one()
    who = Actor("w-1", "grid_worker", account, frozenset({community}), (community,))
    county.execute(text("SET LOCAL ROLE wangge_server"))
    enter(county, who)
    card = grid_card(county, WEST_GRID)
    assert (card["things"]["number"], card["organisations"]["number"]) == (3, 1)
    with pytest.raises(RightsError):
        grid_card(county, EAST_GRID)


def test_codes_of_buildings_lead_to_the_phone_page(county, tmp_path):
    class Store:
        """The session of the test as a store."""

        @staticmethod
        @contextmanager
        def session():
            yield county

    enter(county, local_administrator())
    target = tmp_path / "codes.html"
    made = write_codes(Store(), WEST_GRID, target, "https://grid.county.local/")
    assert made["codes"] == 2
    page = target.read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page.count(picture_of("https://grid.county.local/m?b=B1")) == 1
