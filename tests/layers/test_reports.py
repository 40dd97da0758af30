"""Reports: one content in every form, equal bytes for equal runs, an office's template filled or refused."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from sqlalchemy import text

from api.settings import report_assets
from gis.density import nice_top
from gis.errors import NotFoundError, RefusedInputError
from layers.db import touch
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.reports import Order, make_report
from layers.usecases.reports.charts import Chart, png, svg
from layers.usecases.reports.compose import compose
from layers.usecases.reports.content import gather
from layers.usecases.reports.picture_map import _Canvas
from layers.usecases.reports.template import SINGLE, TABLES, filled_template
from layers.usecases.reports.words import WORDS
from layers.usecases.reports.workbook import put
from layers.usecases.standards import standards_board
from tests.conftest import REPOSITORY, fresh_copy

CREDITS = ("样例署名", "审图号 GS(2025)0000号")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return InputCache(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_reports") as copy:
        yield copy


@pytest.fixture(scope="module")
def run(store, cache):
    return run_coverage(store, cache, Question(division="990101001"))


@pytest.fixture(scope="module")
def content(store, cache, run):
    return gather(store, cache, run["run"], "kaili", CREDITS)


def made(store, cache, run, ending, lang="zh", rules="kaili", **more):
    return make_report(
        store, cache, Order(run["run"], ending, lang, rules, **more), report_assets(), CREDITS
    )


@pytest.fixture(scope="module")
def letter(store, cache, run, large_pictures):
    return Document(io.BytesIO(made(store, cache, run, "docx")))


@pytest.fixture(scope="module")
def book(store, cache, run):
    return load_workbook(io.BytesIO(made(store, cache, run, "xlsx", "en")))


@pytest.mark.parametrize(("ending", "lang"), [("html", "en"), ("docx", "zh"), ("xlsx", "en")])
def test_made_twice_a_report_is_the_same_file(
    store, cache, run, tmp_path, monkeypatch, ending, lang
):
    first = made(store, cache, run, ending, lang)
    later = time.localtime(time.time() + 90_000)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    # Once with nothing kept of the first.
    again = made(store, InputCache(tmp_path) if ending == "html" else cache, run, ending, lang)
    assert first == again
    if ending != "html":
        with zipfile.ZipFile(io.BytesIO(first)) as packed:
            assert {item.date_time for item in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = packed.read("docProps/core.xml").decode()
        stamps = re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)<", core)
        assert set(stamps) == {f"{run['inputs']['households_to']}T00:00:00Z"}


def test_the_words_are_the_same_in_both_languages():
    assert list(WORDS["zh"]) == list(WORDS["en"])
    for name, words in WORDS["zh"].items():
        fields = [re.findall(r"{(\w+)", item) for item in (words, WORDS["en"][name])]
        assert set(fields[0]) == set(fields[1]), name


def test_the_three_classes_of_a_report_are_all_households(content, run):
    before = content.served["totals"]
    assert before["households"] == run["totals"]["households"]
    assert (
        before["served"] + before["over_capacity"] + before["out_of_reach"] == before["households"]
    )
    table = next(item for item in compose(content, "en").tables() if item.key == "classes")
    served = sum(row[2] for row in table.rows)
    assert served == before["served"] > 0


def test_households_by_distance_are_all_that_have_a_building(content, run):
    totals = run["totals"]
    assert sum(content.distances) == totals["households"] - totals["unplaced"]
    assert content.distances[-1] == totals["unreachable"] + totals["no_network"]
    within = sum(content.distances[: int(run["parameters"]["walk_m"] // 250)])
    assert within <= totals["within_walk"] <= within + content.distances[4]


def test_a_document_has_real_tables_numbered_figures_and_what_the_map_must_name(
    letter, run, content
):
    tables = {"".join(cell.text for cell in item.rows[0].cells[:3]): item for item in letter.tables}
    assert len(letter.tables) == 7
    totals = tables["指标户数占比"]
    assert totals.rows[1].cells[1].text == f"{run['totals']['households']:,}"
    communities = next(item for item in letter.tables if item.rows[0].cells[2].text == "户数")
    codes = [row.cells[0].text for row in communities.rows[1:]]
    assert codes == [*(row["code"] for row in run["communities"]), "–"]
    text_ = "\n".join(line.text for line in letter.paragraphs)
    captions = re.findall(r"^(图|表) (\d+)  ", text_, re.MULTILINE)
    for kind, count in (("图", len(letter.inline_shapes)), ("表", len(letter.tables))):
        numbers = [int(number) for own, number in captions if own == kind]
        assert numbers == list(range(1, count + 1))
    headings = [line.text for line in letter.paragraphs if line.style.name == "Heading 1"]
    assert "".join(heading[0] for heading in headings) == "一二三四五六七八"
    named = ("数据截至", "审图号 GS(2025)0000号", "合成示例数据", content.run["inputs"]["hash"])
    for word in (run["run"], *named):
        assert word in text_
    assert letter.core_properties.author == ""


def test_a_documents_maps_are_pictures_of_their_own(letter):
    parts = list(letter.part.package.image_parts)
    sizes = [Image.open(io.BytesIO(part.blob)).size for part in parts]
    assert sum(wide == 1400 for wide, _ in sizes) == 2
    for part in parts:
        picture = Image.open(io.BytesIO(part.blob)).convert("RGB")
        assert len(picture.getcolors(1 << 24)) > 20


def test_a_workbook_has_numbers_as_numbers_and_codes_as_text(book, run):
    assert book.sheetnames == list(TABLES)
    sheet = book["communities"]
    heads = [cell.value for cell in sheet[4]]
    for row, found in zip(run["communities"], sheet.iter_rows(min_row=5), strict=False):
        values = dict(zip(heads, found, strict=True))
        assert values["Code"].value == row["code"]
        assert (values["Code"].data_type, values["Code"].number_format) == ("s", "@")
        assert values["Households"].value == row["households"]
        assert values["Households"].data_type == "n"
        assert values["Reached"].number_format == "0.0%"
    assert all(cell.data_type == "s" for cell in book["grids"]["A"][4:] if cell.value)


def test_a_workbook_lists_every_verdict_with_its_figures(book, content):
    rows = [[cell.value for cell in row[:8]] for row in book["verdicts"].iter_rows(min_row=5)]
    rows = [row for row in rows if row[2]]
    board = content.board
    assert len(rows) == len(board["communities"]) * len(board["columns"])
    short = next(row for row in rows if row[3] == "short" and row[7] == "m²")
    assert short[4] - short[5] == pytest.approx(short[6])


def test_a_name_that_looks_like_a_formula_stays_a_name():
    sheet = Workbook().active
    put(sheet["A1"], "=HYPERLINK(1)\x07", "text")
    put(sheet["A2"], "001", "code")
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=HYPERLINK(1)", "s")
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("001", "s")


def test_an_office_program_opens_both(store, cache, run, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    for ending, least in (("docx", 5), ("xlsx", 7)):
        path = tmp_path / f"report.{ending}"
        path.write_bytes(made(store, cache, run, ending))
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [office, profile, "--headless", "--convert-to", "pdf", path, "--outdir", tmp_path]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        pages = (tmp_path / "report.pdf").read_bytes().count(b"/Type/Page/")
        assert pages >= least


def test_a_page_has_every_section_and_asks_nobody(store, cache, run, content):
    page = made(store, cache, run, "html").decode()
    for section in compose(content, "zh").sections:
        assert f"<h2>{section.heading}</h2>" in page
    assert page.count("<svg viewBox") >= 4
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//", page)
    assert "url(http" not in page


def test_without_rules_there_is_no_board_and_unknown_ones_are_refused(store, cache, run):
    page = made(store, cache, run, "html", rules=None).decode()
    assert "<h2>达标情况</h2>" not in page
    with pytest.raises(NotFoundError, match="nothing-like-this"):
        made(store, cache, run, "xlsx", rules="nothing-like-this")


def test_a_report_is_of_its_run_only_and_says_when_the_data_changed(store, cache, run):
    with fresh_copy_of(store, "wangge_test_reports_changed") as changed:
        assert "已服务" in made(changed, cache, run, "html").decode()
        with changed.session() as session:
            session.execute(text("UPDATE station SET capacity = 1"))
            touch(session, "stations")
        page = made(changed, cache, run, "html", rules=None).decode()
    assert WORDS["zh"]["classes_changed"] in page
    assert f"{run['totals']['within_walk']:,}" in page


def fresh_copy_of(store, name):
    store.dispose()
    return fresh_copy(store, name)


def test_every_report_that_leaves_is_logged_with_its_form(store, run, letter, book):
    with store.engine("owner").connect() as connection:
        found = connection.execute(
            text("SELECT format, bytes FROM export WHERE object = :run"), {"run": run["run"]}
        ).all()
        audited = connection.execute(
            text("SELECT count(*) FROM audit WHERE action = 'export.report' AND object = :run"),
            {"run": run["run"]},
        ).scalar_one()
    assert {row.format for row in found} >= {"xlsx", "docx"}
    assert audited == len(found)
    assert all(row.bytes > 5000 for row in found)


@pytest.mark.parametrize("ending", ["pdf", "", "xlsm"])
def test_other_forms_are_refused(store, cache, run, ending):
    with pytest.raises(RefusedInputError) as refused:
        made(store, cache, run, ending)
    assert refused.value.code == "unknown_format"


def template(path, names, cells=(), **more):
    book = Workbook()
    sheet = book.active
    sheet.title = "上报表"
    for place, value in cells:
        sheet[place] = value
    for name, place in names.items():
        cells_of = place if "!" in place else f"上报表!{place}"
        book.defined_names[name] = DefinedName(name, attr_text=cells_of)
    for place, font in more.items():
        sheet[place].font = font
    book.save(path)
    return path


def test_an_offices_own_workbook_is_filled_by_its_names(store, cache, run, tmp_path):
    path = template(
        tmp_path / "office.xlsx",
        {
            "wangge_total_households": "$B$2",
            "wangge_total_rate_walk": "$B$3",
            "wangge_households_to": "$B$4",
            "wangge_communities": "$A$7:$C$7",
            "wangge_stations": "$F$7",
            "other": "$Z$1",
        },
        [("A1", "网格化管理上报表"), ("A7", "code"), ("B7", "{name}"), ("C7", "households")],
        C7=Font(bold=True),
    )
    first = made(store, cache, run, "xlsx", template=path)
    assert first == made(store, cache, run, "xlsx", template=path)
    sheet = load_workbook(io.BytesIO(first))["上报表"]
    assert sheet["A1"].value == "网格化管理上报表"
    assert sheet["B2"].value == run["totals"]["households"]
    assert sheet["B3"].value == run["totals"]["rate_walk"]
    assert sheet["B4"].value == run["inputs"]["households_to"]
    count = len(run["communities"])
    rows = [(sheet.cell(7 + n, 1).value, sheet.cell(7 + n, 3).value) for n in range(count)]
    assert rows == [(row["code"], row["households"]) for row in run["communities"]]
    assert sheet.cell(8, 3).font.bold
    assert (sheet["F7"].value, sheet["F8"].value) == ("编码", run["stations"][0]["code"])


def test_every_single_name_can_be_filled(content, tmp_path):
    names = {f"wangge_{name}": f"$B${n + 1}" for n, name in enumerate(SINGLE)}
    path = template(tmp_path / "all.xlsx", names)
    sheet = load_workbook(io.BytesIO(filled_template(content, "zh", path)))["上报表"]
    empty = [name for n, name in enumerate(SINGLE) if sheet.cell(n + 1, 2).value is None]
    assert empty == []


@pytest.mark.parametrize(
    ("names", "cells", "reason"),
    [
        ({}, (), "no cell has a name"),
        ({"wangge_total_homes": "$A$1"}, (), "no such name; known names: wangge_title"),
        (
            {"wangge_communities": "$A$1:$B$1"},
            (("A1", "code"), ("B1", "wealth")),
            "'wealth' is no column of communities; columns: code, name",
        ),
        ({"wangge_communities": "$A$1:$B$2"}, (), "cells of one row"),
        ({"wangge_communities": "$A$1"}, (("C3", "合计"),), "needs the cell C3"),
        ({"wangge_run": "#REF!"}, (), "cells of one sheet"),
        ({"wangge_run": "别处!$A$1"}, (), "cells of one sheet"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_with_the_name(
    content, tmp_path, names, cells, reason
):
    path = template(tmp_path / "bad.xlsx", names, cells)
    with pytest.raises(RefusedInputError) as refused:
        filled_template(content, "zh", path)
    assert refused.value.code == "bad_template"
    (fault,) = refused.value.faults
    assert reason in fault.reason
    assert fault.field == next(iter(names), None)


def test_all_faults_of_a_template_are_named_at_once(content, tmp_path):
    names = {"wangge_a": "$A$1", "wangge_b": "$A$2", "wangge_standards": "$A$5"}
    with pytest.raises(RefusedInputError) as refused:
        filled_template(replace(content, board=None), "zh", template(tmp_path / "bad.xlsx", names))
    assert [fault.field for fault in refused.value.faults] == list(names)
    assert "has no table standards" in refused.value.faults[2].reason


@pytest.mark.parametrize("name", ["x.xlsx", "x.xlsm", "x.csv"])
def test_what_is_no_workbook_is_refused(content, store, cache, run, tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(RefusedInputError) as refused:
        filled_template(content, "zh", tmp_path / name)
    assert refused.value.code == "bad_template"
    with pytest.raises(NotFoundError):
        filled_template(content, "zh", tmp_path / "nowhere.xlsx")
    with pytest.raises(RefusedInputError, match=r"a template makes an \.xlsx file"):
        made(store, cache, run, "docx", template=tmp_path / name)


def test_a_community_and_a_store_without_households_are_reported(store, cache):
    one = run_coverage(store, cache, Question(division="990101001001"))
    none = run_coverage(store, cache, Question(division="990101001001", basis="planned"))
    assert none["totals"]["households"] == 0
    for asked in (one, none):
        for ending in ("docx", "xlsx"):
            assert len(made(store, cache, asked, ending, "en", rules="general")) > 5000
    content = gather(store, cache, one["run"], None, ())
    assert [row["code"] for row in content.run["communities"]] == ["990101001001"]
    assert content.areas == ["鼓楼社区"]


def test_every_table_of_a_report_is_a_name_for_templates(content):
    report = compose(content, "en")
    assert [table.key for table in report.tables()] == list(TABLES)
    for table in report.tables():
        assert len({column.key for column in table.columns}) == len(table.columns)
        assert all(len(row) == len(table.columns) for row in table.rows)
    page = (REPOSITORY / "docs" / "report.md").read_text(encoding="utf-8").splitlines()
    for table in report.tables():
        line = next(line for line in page if line.startswith(f"| `wangge_{table.key}` |"))
        keys = [column.key for column in table.columns]
        named = re.findall(r"`(\w+)`", line)[1:]
        assert named == (keys[:2] if table.key == "standards" else keys)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.5), (1, 1), (7.2, 10), (1234, 2000), (2100, 2500)]
)
def test_scales_end_with_a_round_number(value, top):
    assert nice_top(value) == pytest.approx(top)


def test_bars_are_as_high_as_their_values():
    drawn = svg(Chart("bars", [10, 5, 0], ["a", "b", "<c>"], "x", "y"))
    heights = [float(found) for found in re.findall(r'<rect [^>]*height="([\d.]+)"', drawn)]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert heights[2] == 0
    assert "&lt;c&gt;" in drawn


@pytest.mark.usefixtures("large_pictures")
def test_a_chart_of_nothing_and_one_of_a_single_value_are_drawn():
    for chart in (Chart("bars", [], [], "x", "y"), Chart("line", [0.5], ["0"], "x", "y", percent=True)):  # fmt: skip
        assert Image.open(io.BytesIO(png(chart))).size == (1440, 552)
        assert png(chart) == png(replace(chart))
        assert svg(chart).endswith("</svg>")


@pytest.mark.usefixtures("large_pictures")
def test_a_hole_in_an_area_stays_open():
    """A square of one degree with a hole in its middle, on a white ground."""
    canvas = _Canvas((0.0, 0.0, 1.0, 1.0))
    ring = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    hole = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]
    ground = canvas.image.getpixel((5, 5))
    canvas.fill([{"geometry": {"type": "Polygon", "coordinates": [ring, hole]}}], "#ff0000")
    x, y = (round(value) for value in canvas.at(0.5, 0.5))
    assert canvas.image.getpixel((x, y)) == ground
    x, y = (round(value) for value in canvas.at(0.2, 0.5))
    assert canvas.image.getpixel((x, y)) == (255, 0, 0)


def test_rules_without_communities_are_refused_with_what_is_the_matter(empty_store, tmp_path):
    for kind, row in (("buildings", "H1,,10,2025-06-30"), ("stations", "S1,站,,")):
        path = tmp_path / f"{kind}.csv"
        path.write_text(f"code,name,resident,counted_on,lon,lat\n{row},117.31,28.6\n", "utf-8")
        with empty_store.session() as session:
            import_file(session, kind, path, ImportOptions())
    cache = InputCache(tmp_path / "home")
    run = run_coverage(empty_store, cache, Question())
    assert made(empty_store, cache, run, "xlsx", rules=None)
    with pytest.raises(RefusedInputError) as refused:
        made(empty_store, cache, run, "xlsx")
    assert refused.value.code == "no_communities"
    assert "import them" in refused.value.message


def test_a_run_about_other_communities_is_named_as_such(store, cache, run):
    with pytest.raises(NotFoundError) as refused:
        standards_board(store, "kaili", "990101102", run=run["run"])
    assert refused.value.code == "unknown_run"
    assert f"run {run['run']} is not about all" in refused.value.message
