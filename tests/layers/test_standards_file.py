"""The standards board of ledgers: the check figures, verdicts by hand, and what is refused."""

from __future__ import annotations

import time

import pytest

from gis.errors import NotFoundError, RefusedInputError
from layers.usecases.standards import board_of_ledger
from layers.usecases.standards.words import board_text
from tests.layers.ledgers import CIXI_TOWNSHIPS, cixi, ledger, shaanxi, yizheng

HEADER = ("社区", "户数", "常住人口", "用房面积")
STATES = ("compliant", "short", "unknown", "not_applicable")


@pytest.fixture
def board(tmp_path):
    """Return a maker of boards of a table."""

    def make(rules, header, rows, basis="resident", ending="csv"):
        return board_of_ledger(ledger(tmp_path / f"台账.{ending}", header, rows), rules, basis)

    return make


def total(found, column):
    return next(item["total"] for item in found["columns"] if item["column"] == column)


def verdict(found, row, column="premises"):
    return found["communities"][row]["verdicts"][column]


# The check figures


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_yizheng_15_of_18_communities_meet_the_standard(board, ending):
    header = ("社区名称", "社区类型", "户数", "用房面积")
    premises = total(board("yizheng-2013", header, yizheng(), ending=ending), "premises")
    assert (premises["compliant"], premises["judged"], premises["unknown"]) == (15, 18, 0)
    assert premises["share_percent"] == 83.33
    assert premises["text"]["en"] == "15 of 18 compliant, 83.33 %"
    assert premises["shortfall"] == 10 * 5 + 10 * 10 + 10 * 14


def test_cixi_24_of_48_communities_are_below_40_m2_and_by_how_much(board):
    rows = cixi()
    assert (len(rows), sum(row[2] for row in rows)) == (48, 73_000)
    found = board("cixi-2009", ("镇", "社区", "户数", "用房面积", "专职工作者"), rows)
    premises = total(found, "premises")
    assert (premises["short"], premises["compliant"]) == (24, 24)
    assert premises["denominator"] == 73_000
    assert premises["shortfall"] == sum(range(1, 48, 2))
    assert premises["required"] == 73_000 * 40 // 100
    assert [group["communities"] for group in found["groups"]] == list(CIXI_TOWNSHIPS)


def test_cixi_73000_households_need_243_workers_and_have_369(board):
    found = board("cixi-2009", ("镇", "社区", "户数", "用房面积", "专职工作者"), cixi())
    staff = total(found, "staff")
    assert (staff["required"], staff["actual"]) == (243.33, 369)
    assert (staff["numerator"], staff["denominator"]) == (369, 73_000)


def test_shaanxi_3237_villages_by_size_and_81_percent_have_premises(board):
    begun = time.perf_counter()
    found = board("shaanxi-2017", ("村", "社区类型", "用房面积"), shaanxi())
    seconds = time.perf_counter() - begun
    sizes = found["premises"]
    assert sizes["communities"] == 3237
    assert sizes["none"] == 616
    assert [item["communities"] for item in sizes["classes"]] == [1132, 809, 680]
    assert [(item["from_m2"], item["to_m2"]) for item in sizes["classes"]] == [
        (0, 200),
        (200, 300),
        (300, None),
    ]
    assert sizes["with_premises_percent"] == 80.97  # 81 %
    assert found["figures"]["facility"]["numerator"] == 1132 + 809 + 680
    assert found["figures"]["facility"]["percent"] == 80.97
    assert total(found, "premises")["compliant"] == 809 + 680
    assert seconds < 5


def test_kaili_exactly_5000_persons_are_above_by_convention(board):
    rows = [
        [name, 1000, people, 700] for name, people in (("甲", 4999), ("乙", 5000), ("丙", 5001))
    ]
    found = board("kaili", HEADER, rows)
    assert [verdict(found, row)["required"] for row in range(3)] == [600, 800, 800]
    assert [verdict(found, row)["state"] for row in range(3)] == ["compliant", "short", "short"]
    assert "5000" in verdict(found, 1)["note"]["zh"]


# Verdicts


def test_a_verdict_carries_everything_a_number_needs(board):
    header = (*HEADER, "统计日期", "数据来源")
    found = verdict(board("kaili", header, [["甲", 2300, 4000, 450, "2025-06-30", "摸底台账"]]), 0)
    assert found["text"] == {
        "zh": "需 690平方米，实有 450，缺 240",
        "en": "needs 690 m², has 450, 240 short",
    }
    assert {name: found[name] for name in ("rule", "set", "basis", "counted_to", "unit", "marks")} == {
        "rule": "premises-urban", "set": "kaili", "basis": "resident", "counted_to": "2025-06-30",
        "unit": "m2", "marks": ["brief"],
    }  # fmt: skip
    assert (found["numerator"], found["denominator"]) == (450, 2300)
    assert (found["required"], found["actual"], found["shortfall"]) == (690, 450, 240)
    assert found["source"]["zh"]
    assert found["details"]["m2_per_100_households"] == 19.57


def test_what_nobody_counted_is_unknown_and_never_compliant(board):
    rows = [
        ["甲", "", "", 9000],
        ["乙", 100, "", 9000],
        ["丙", 100, 4000, ""],
        ["丁", 100, 4000, 700],
    ]
    found = board("kaili", HEADER, rows)
    assert [verdict(found, row)["state"] for row in range(4)] == ["unknown"] * 3 + ["compliant"]
    reasons = [verdict(found, row)["reason"] for row in range(3)]
    assert reasons == ["no_households", "no_population", "no_area"]
    premises = total(found, "premises")
    assert (premises["compliant"], premises["judged"], premises["unknown"]) == (1, 1, 3)
    assert premises["share_percent"] == 100.0
    assert (premises["share_at_least_percent"], premises["share_at_most_percent"]) == (25.0, 100.0)
    assert premises["text"]["en"] == "1 of 1 compliant, 100.00 %; 3 unknown"


def test_the_basis_is_the_one_asked_for(board):
    header = ("社区", "户籍户数", "常住户数", "用房面积")
    rows = [["甲", 438, 2260, 500]]
    by_basis = {
        basis: verdict(board("cixi-2009", header, rows, basis), 0)
        for basis in ("resident", "registered", "planned")
    }
    assert [found["state"] for found in by_basis.values()] == ["short", "compliant", "unknown"]
    assert by_basis["resident"]["required"] == 904
    assert by_basis["registered"]["required"] == 175.2


def test_households_all_zero_require_nothing_and_are_no_success(board):
    found = board("cixi-2009", HEADER, [["甲", 0, 0, 100], ["乙", 0, 0, 0]])
    assert {verdict(found, row)["reason"] for row in range(2)} == {"nothing_required"}
    assert total(found, "premises")["judged"] == 0
    assert total(found, "premises")["share_percent"] is None
    flat = board("yizheng-2013", ("社区", "社区类型", "户数", "用房面积"), [["甲", "集镇", 0, 400]])
    assert verdict(flat, 0)["state"] == "compliant", "the minimum holds without households"


def test_an_empty_community_has_no_verdict_but_stands_there(board):
    found = board("kaili", HEADER, [["甲", "", "", ""], ["乙", 100, 10, 600]])
    assert [row["name"] for row in found["communities"]] == ["甲", "乙"]
    assert found["communities"][0]["households"] is None
    assert found["communities"][0]["states"]["compliant"] == 0


def test_community_size_warns_on_both_sides_and_is_no_error(board):
    found = board(
        "general",
        HEADER,
        [["甲", 1999, 1, 1], ["乙", 2000, 1, 1], ["丙", 3000, 1, 1], ["丁", 6000, 1, 1]],
    )
    cells = [verdict(found, row, "community_size") for row in range(4)]
    assert [cell["state"] for cell in cells] == ["short", "compliant", "compliant", "short"]
    assert [cell["shortfall"] for cell in cells] == [1, 0, 0, 3000]
    assert {cell["level"] for cell in cells} == {"warning"}
    assert cells[3]["text"]["en"] == "at most 3,000 households, has 6,000, 3,000 more"
    assert total(found, "community_size")["required"] is None, (
        "limits above and below do not add up"
    )


def test_grid_workers_are_counted_against_grids(board):
    header = ("社区", "网格数", "网格员数")
    found = board("general", header, [["甲", 5, 4], ["乙", 5, 5], ["丙", 0, 0], ["丁", 5, ""]])
    cells = [verdict(found, row, "grid_workers") for row in range(4)]
    assert [cell["state"] for cell in cells] == ["short", "compliant", "not_applicable", "unknown"]
    assert cells[0]["shortfall"] == 1


def test_rooms_are_told_by_the_end_of_their_names_the_longest_first(board):
    rooms = "警务室、会议室、图书室、调解室、活动室、办公室、档案室、卫生室、服务站、大厅、活动场所、健身场所"
    found = board(
        "rooms-8-1-1-2",
        ("社区", "功能用房"),
        [["甲", rooms], ["乙", "会议室3间、服务站"], ["丙", ""]],
    )
    cells = [verdict(found, row, "rooms") for row in range(3)]
    assert [cell["state"] for cell in cells] == ["compliant", "short", "unknown"]
    assert cells[1]["shortfall"] == 8
    checklist = {item["type"]: item["shortfall"] for item in cells[1]["details"]["checklist"]}
    assert checklist == {"室": 5, "站": 0, "厅": 1, "场所": 2}
    assert cells[1]["quotation"] == "八室、一站、一厅、两场所"


def test_a_lease_is_for_rented_premises(board):
    header = ("社区", "用房性质", "租期")
    found = board(
        "lease",
        header,
        [["甲", "租赁", 5], ["乙", "租用", 4.5], ["丙", "自有", ""], ["丁", "租赁", ""]],
    )
    cells = [verdict(found, row, "lease") for row in range(4)]
    assert [cell["state"] for cell in cells] == ["compliant", "short", "not_applicable", "unknown"]
    assert cells[1]["shortfall"] == 0.5


def test_levels_do_not_replace_each_other(board):
    header = ("社区", "社区服务站", "幼儿园", "菜市场")
    found = board(
        "gb-50180-2018",
        header,
        [["甲", "有", "有", "无"], ["乙", "无", "", "有"], ["丙", "有", "", "有"]],
    )
    five = [verdict(found, row, "stations:5")["state"] for row in range(3)]
    ten = [verdict(found, row, "stations:10")["state"] for row in range(3)]
    assert five == ["compliant", "short", "unknown"]
    assert ten == ["short", "compliant", "compliant"]


def test_staff_by_residents_is_for_towns_alone(board):
    header = ("社区", "社区类型", "常住人口", "专职工作者")
    found = board(
        "national-14th-plan",
        header,
        [["甲", "城市", 5000, 9], ["乙", "城市", 5001, 9], ["丙", "农村", 5000, 0]],
    )
    cells = [verdict(found, row, "staff") for row in range(3)]
    assert [cell["state"] for cell in cells] == ["compliant", "short", "not_applicable"]
    assert (cells[0]["required"], cells[0]["denominator"]) == (9, 5000)


def test_a_target_is_for_the_area_not_for_its_communities(board):
    header = ("社区", "社区类型", "社区服务站")
    rows = [[f"村{n}", "行政村", "有" if n < 4 else "无"] for n in range(5)]
    facility = "coverage:facility:service_station"
    met = total(board("national-14th-plan", header, rows), facility)
    assert (met["area_percent"], met["target_percent"], met["target_met"]) == (80.0, 80.0, True)
    missed = total(board("national-14th-plan", header, [*rows, ["村6", "行政村", "无"]]), facility)
    assert (missed["area_percent"], missed["target_met"]) == (66.67, False)
    open_ = total(board("national-14th-plan", header, [*rows, ["村6", "行政村", ""]]), facility)
    assert (open_["unknown"], open_["target_met"]) == (1, None)


def test_three_figures_are_named_and_an_absent_one_says_why(board):
    found = board(
        "kaili", (*HEADER, "网格内户数"), [["甲", 100, 10, 600, 80], ["乙", 100, 10, 0, 100]]
    )
    figures = found["figures"]
    assert list(figures) == ["facility", "grid_land", "grid_households", "households"]
    assert (figures["facility"]["numerator"], figures["facility"]["percent"]) == (1, 50.0)
    assert (figures["grid_households"]["numerator"], figures["grid_households"]["percent"]) == (
        180,
        90.0,
    )
    assert figures["households"]["percent"] is None
    assert figures["households"]["absent"]["zh"]
    assert figures["grid_land"]["absent"]["en"]
    assert total(found, "coverage:grid_households")["target_met"] is False


# Shared premises


SHARED = ("社区", "户数", "常住人口", "用房编号", "用房面积")


@pytest.mark.parametrize("areas", [(1000, "", ""), (1000, 1000, 1000), ("", "", 1000)])
def test_shared_premises_count_once_and_go_by_households(board, areas):
    rows = [
        [name, homes, 10, "A", area]
        for name, homes, area in zip("甲乙丙", (1000, 2000, 3000), areas, strict=True)
    ]
    found = board("cixi-2009", SHARED, [*rows, ["丁", 500, 10, "", 200]])
    areas_m2 = [row["premises_area_m2"] for row in found["communities"]]
    assert areas_m2 == [166.67, 333.33, 500, 200]
    assert found["premises"]["area_m2"] == 1200
    assert total(found, "premises")["actual"] == 1200
    assert found["communities"][0]["premises_shared_with"] == ["乙", "丙"]


def test_a_share_is_unknown_where_a_sharers_households_are(board):
    found = board("cixi-2009", SHARED, [["甲", 1000, 10, "A", 1000], ["乙", "", 10, "A", ""]])
    assert [verdict(found, row)["reason"] for row in range(2)] == ["shared_without_households"] * 2
    assert [verdict(found, row)["state"] for row in range(2)] == ["unknown", "unknown"]


def test_without_households_all_share_alike(board):
    found = board("yizheng-2013", SHARED, [["甲", 0, 10, "A", 1000], ["乙", 0, 10, "A", ""]])
    assert [row["premises_area_m2"] for row in found["communities"]] == [500, 500]


def test_two_areas_for_one_premises_are_refused_with_both_rows(board):
    with pytest.raises(RefusedInputError) as caught:
        board("cixi-2009", SHARED, [["甲", 1, 1, "A", 1000], ["乙", 1, 1, "A", 900]])
    assert [fault.row for fault in caught.value.faults] == [2, 3]


# Adding up


def test_townships_add_up_to_the_board_in_every_column(board):
    found = board("cixi-2009", ("镇", "社区", "户数", "用房面积", "专职工作者"), cixi())
    for column in found["columns"]:
        name = column["column"]
        parts = [group["totals"][name] for group in found["groups"]]
        for state in STATES:
            assert sum(part[state] for part in parts) == column["total"][state]
        assert sum(part["numerator"] for part in parts) == column["total"]["numerator"]
        assert sum(part["denominator"] for part in parts) == column["total"]["denominator"]
        assert sum(part["shortfall"] for part in parts) == pytest.approx(
            column["total"]["shortfall"], abs=0.05
        )
    for column in found["columns"]:
        states = [verdict(found, row, column["column"])["state"] for row in range(48)]
        assert [states.count(state) for state in STATES] == [
            column["total"][state] for state in STATES
        ]


def test_the_same_ledger_gives_the_same_board(board):
    header = ("镇", "社区", "户数", "用房面积", "专职工作者")
    assert board("cixi-2009", header, cixi()) == board("cixi-2009", header, cixi())


# What is refused, and what is said


def test_unknown_columns_are_reported_and_totals_left_out(board):
    header = (*HEADER, "书记电话", "备用")
    found = board("kaili", header, [["甲", 1, 1, 1, "", ""], ["合计", 1, 1, 1, "", ""]])
    assert found["ledger"]["unknown_columns"] == ["书记电话", "备用"]
    assert found["ledger"]["columns"]["户数"] == "resident"
    assert len(found["communities"]) == 1
    assert any("totals" in note for note in found["notes"])
    assert any("书记电话" in note for note in found["notes"])


def test_a_kind_that_is_not_said_is_taken_as_urban_and_said_so(board):
    found = board("kaili", HEADER, [["甲", 1, 1, 1]])
    assert found["communities"][0]["kind_assumed"] is True
    assert any("judged as urban" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("rows", "field", "word"),
    [
        ([["甲", -1, 1, 1]], "户数", "negative"),
        ([["甲", 1, -1, 1]], "常住人口", "negative"),
        ([["甲", 1, 1, -1]], "用房面积", "negative"),
        ([["甲", 1.5, 1, 1]], "户数", "whole number"),
        ([["甲", "很多", 1, 1]], "户数", "no number"),
        ([["", 1, 1, 1]], "name", "neither a name nor a code"),
        ([["甲", 1, 1, 1], ["甲", 2, 2, 2]], "name", "already"),
    ],
)
def test_rows_that_cannot_be_are_refused_by_row_and_column(board, rows, field, word):
    with pytest.raises(RefusedInputError) as caught:
        board("kaili", HEADER, rows)
    assert caught.value.code == "invalid_rows"
    assert [(fault.row, fault.field) for fault in caught.value.faults] == [(len(rows) + 1, field)]
    assert word in caught.value.faults[0].reason


def test_an_unknown_basis_or_set_is_refused(board):
    with pytest.raises(RefusedInputError) as caught:
        board("kaili", HEADER, [["甲", 1, 1, 1]], basis="guessed")
    assert caught.value.faults[0].field == "basis"
    with pytest.raises(NotFoundError):
        board("nowhere", HEADER, [["甲", 1, 1, 1]])


def test_an_empty_set_judges_nothing_and_still_gives_the_figures(board):
    found = board("national-15th-plan", HEADER, [["甲", 1, 1, 1]])
    assert found["columns"] == []
    assert found["figures"]["facility"]["percent"] == 100.0


def test_a_set_of_a_file_is_used(board, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[set]\nid = "own"\nplace_zh = "某地"\nplace_en = "somewhere"\nsource_zh = "来源"\n'
        'source_en = "source"\nsummary_zh = "摘要"\nsummary_en = "summary"\nmarks = ["brief"]\n'
        '[[rule]]\nkind = "premises"\nid = "p"\nmarks = ["brief"]\nminimum_m2 = 123.45\n',
        encoding="utf-8",
    )
    found = board(str(path), HEADER, [["甲", 1, 1, 100]])
    assert verdict(found, 0)["shortfall"] == 23.45


@pytest.mark.parametrize(("lang", "words"), [("zh", "缺 240"), ("en", "240 short")])
def test_the_table_for_eyes_names_source_shortfall_and_total(board, lang, words):
    text = board_text(board("kaili", HEADER, [["甲", 2300, 4000, 450]]), lang)
    assert words in text
    assert "kaili" in text
    assert "0.00" in text
