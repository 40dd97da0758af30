"""The report as DOCX in the manner of official documents: headings 一、二、三, real tables, numbered figures.

Page and type follow the common practice of official documents (A4, 仿宋 for text, 黑体 for headings); every
installation of an office program has these fonts or a substitute.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from PIL import Image

from layers.usecases.reports.archive import plain, repack
from layers.usecases.reports.charts import png
from layers.usecases.reports.colours import density_colour, legend_of, rate_colour, rate_legend
from layers.usecases.reports.compose import compose
from layers.usecases.reports.content import Content
from layers.usecases.reports.parts import CODE, TEXT, Report, Section, Table, shown
from layers.usecases.reports.picture_map import draw_map

NUMERALS = "一二三四五六七八九十"
FONTS = {
    "zh": {
        "text": "仿宋",
        "heading": "黑体",
        "title": "方正小标宋简体",
        "latin": "Times New Roman",
    },
    "en": {
        "text": "仿宋",
        "heading": "黑体",
        "title": "方正小标宋简体",
        "latin": "Times New Roman",
    },
}
SIZES = {"zh": (22, 16, 15, 28), "en": (20, 13, 11.5, 18)}
"""Points of title, heading and text, and of a line."""
MM_PER_POINT = 0.3528
TEXT_WIDTH_MM = 210 - 28 - 26
MAP_HEIGHT_MM = 88
"""A map and its caption stand below a page of text, or two on one page."""
SHORT_WIDTH = 110
"""Half characters of a paragraph that is not justified."""
NAME_WIDTH = 22
"""Half characters of a name that is not broken."""
WIDE_COLUMNS = 7
"""From so many columns a table's type is smaller."""


def docx_report(content: Content, lang: str) -> bytes:
    """Return the report as DOCX; equal contents give equal bytes."""
    report = compose(content, lang)
    made = _Letter(report)
    made.title(report.title)
    made.centred(report.subtitle)
    if report.notice:
        made.centred(report.notice, bold=True)
    made.heading(report.overview.heading)
    made.section(report.overview)
    words = report.words
    area = ("#35978f", words["area"]), ("#0b6e99", words["stations"])
    made.map(
        draw_map(content, lambda row: density_colour(row, content.classes), reach=True),
        words["map_density"],
        [(colour, f"{label} {words['per_km2']}") for colour, label in legend_of(content.classes)]
        + [*area],
    )
    if content.run[content.classes["scope"]]:
        made.map(
            draw_map(content, rate_colour, reach=False),
            words["map_rate"],
            [*rate_legend(), ("#d9d9d9", words["no_figure"]), area[1]],
        )
    for part in report.printed:
        made.heading(part.heading)
        made.section(part)
    for line in report.closing:
        if line:
            made.small(line)
    return repack(made.save(content.date), content.date)


class _Letter:
    """A document that is written from top to bottom."""

    def __init__(self, report: Report) -> None:
        self._report, self._lang = report, report.lang
        self._fonts = FONTS[self._lang]
        self._sizes = SIZES[self._lang]
        self._headings = 0
        self._numbers = {"figure": 0, "table": 0}
        self._made = Document()
        self._page()
        self._styles()

    def _page(self) -> None:
        page = self._made.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.top_margin, page.bottom_margin = Mm(37), Mm(35)
        page.left_margin, page.right_margin = Mm(28), Mm(26)
        page.footer_distance = Mm(28)
        line = page.footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for words, field in (("— ", False), ("PAGE", True), (" —", False)):
            if field:
                _field(line, words, "1")
            else:
                line.add_run(words)
        for run in line.runs:
            run.font.size = Pt(14)

    def _styles(self) -> None:
        _, heading, text, line = self._sizes
        normal = self._made.styles["Normal"]
        self._font(normal, "text", text)
        form = normal.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        form.space_before = form.space_after = Pt(0)
        for name, role, size in (
            ("Title", "title", self._sizes[0]),
            ("Heading 1", "heading", heading),
        ):
            style = self._made.styles[name]
            self._font(style, role, size)
            style.font.color.rgb = RGBColor(0, 0, 0)
            style.font.bold = self._lang == "en"
            style.font.italic = False
            own = style.paragraph_format
            own.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
            own.line_spacing = Pt(line + 4)
            own.space_before, own.space_after = Pt(line / 2), Pt(line / 4)
            own.keep_with_next = True
            border = style.element.get_or_add_pPr().find(qn("w:pBdr"))
            if border is not None:  # the template underlines its title
                style.element.get_or_add_pPr().remove(border)
        self._made.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _font(self, style: Any, role: str, size: float) -> None:
        style.font.name = self._fonts["latin"]
        style.font.size = Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for name in list(fonts.attrib):
            if name.endswith("Theme"):
                del fonts.attrib[name]
        fonts.set(qn("w:eastAsia"), self._fonts[role])

    def title(self, words: str) -> None:
        self._made.add_paragraph(plain(words), style="Title")

    def centred(self, words: str, *, bold: bool = False) -> None:
        line = self._tight(self._made.add_paragraph())
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = line.add_run(plain(words))
        run.font.size, run.bold = Pt(10.5), bold

    def heading(self, words: str) -> None:
        self._headings += 1
        number = (
            f"{NUMERALS[self._headings - 1]}、" if self._lang == "zh" else f"{self._headings}. "
        )
        self._made.add_paragraph(number + plain(words), style="Heading 1")

    def section(self, section: Section) -> None:
        for words in section.paragraphs:
            line = self._made.add_paragraph(plain(words))
            # Two short lines stretched to the margin would be all gaps.
            long = _width(words) > SHORT_WIDTH
            line.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if long else WD_ALIGN_PARAGRAPH.LEFT
            if self._lang == "zh":
                line.paragraph_format.first_line_indent = Pt(2 * self._sizes[2])
            else:
                line.paragraph_format.space_after = Pt(6)
        for item in section.figures:
            axes = self._report.words["axes"].format(x=item.chart.x_title, y=item.chart.y_title)
            self._picture(png(item.chart), item.title, f"{axes}{item.note}")
        for table in section.shown_tables:
            self._table(table)

    def map(self, picture: bytes | None, title: str, legend: Sequence[tuple[str, str]]) -> None:
        if picture is not None:
            wide, high = Image.open(io.BytesIO(picture)).size
            width = min(TEXT_WIDTH_MM, MAP_HEIGHT_MM * wide / high)
            self._picture(picture, title, "", legend, width)

    def small(self, words: str) -> None:
        run = self._tight(self._made.add_paragraph()).add_run(plain(words))
        run.font.size = Pt(9)
        run.font.color.rgb = RGBColor(0x5C, 0x6B, 0x78)

    def _tight(self, line: Any) -> Any:
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
        return line

    def _picture(
        self,
        picture: bytes,
        title: str,
        note: str,
        legend: Sequence[tuple[str, str]] = (),
        width_mm: float = TEXT_WIDTH_MM,
    ) -> None:
        line = self._tight(self._made.add_paragraph())
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = True
        line.add_run().add_picture(io.BytesIO(picture), width=Mm(width_mm))
        if legend:
            self._legend(legend)
        self._caption("figure", title)
        if note:
            self.small(note)

    def _legend(self, legend: Sequence[tuple[str, str]]) -> None:
        line = self._tight(self._made.add_paragraph())
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = True
        for colour, label in legend:
            mark = line.add_run("\u00a0" * 3)
            mark.font.size = Pt(9)
            _swatch(mark, colour)
            # Joined, so that no label is broken at the end of a line.
            run = line.add_run("\u2060".join("\u00a0" + label.replace(" ", "\u00a0")) + "   ")
            run.font.size = Pt(9)

    def _caption(self, kind: str, title: str) -> None:
        """Write a numbered caption: a field, so that later figures renumber themselves."""
        self._numbers[kind] += 1
        label = self._report.words[f"{kind}_number"]
        line = self._tight(self._made.add_paragraph())
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = kind == "table"
        if kind == "table":
            line.paragraph_format.space_before = Pt(10)
        line.add_run(f"{label} ")
        _field(line, f"SEQ {label} \\* ARABIC", str(self._numbers[kind]))
        line.add_run(f"  {plain(title)}")
        for run in line.runs:
            run.font.size = Pt(10.5)
            run.font.bold = True

    def _table(self, table: Table) -> None:
        self._caption("table", table.title)
        size = 8 if len(table.columns) > WIDE_COLUMNS else 9.5
        made = self._made.add_table(rows=1, cols=len(table.columns), style="Table Grid")
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.autofit = False
        widths = _widths(table, size)
        for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
            self._cell(cell, column.label, size, centred=True, bold=True)
            _shade(cell, "EEF1F4")
        _repeat(made.rows[0])
        for row in table.rows:
            cells = made.add_row().cells
            for cell, column, value in zip(cells, table.columns, row, strict=True):
                words = shown(value, column.kind)
                self._cell(cell, words, size, centred=False, right=column.kind not in {TEXT, CODE})
        for column, width in zip(made.columns, widths, strict=True):
            column.width = Mm(width)
        for row in made.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Mm(width)
            _whole(row)
        if table.note:
            self.small(table.note)

    def _cell(
        self, cell: Any, words: str, size: float, *, centred: bool, right: bool = False, bold: bool = False
    ) -> None:  # fmt: skip
        line = self._tight(cell.paragraphs[0])
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(1)
        line.alignment = (
            WD_ALIGN_PARAGRAPH.CENTER
            if centred
            else WD_ALIGN_PARAGRAPH.RIGHT
            if right
            else WD_ALIGN_PARAGRAPH.LEFT
        )
        run = line.add_run(plain(words))
        run.font.size, run.bold = Pt(size), bold

    def save(self, day: str | None) -> bytes:
        """Return the file; who wrote it and when is not in it, only what it is about."""
        facts = self._made.core_properties
        facts.title, facts.author, facts.comments = plain(self._report.title)[:255], "", ""
        facts.last_modified_by, facts.revision, facts.language = "", 1, self._lang
        facts.keywords, facts.subject = "", (day or "")
        buffer = io.BytesIO()
        self._made.save(buffer)
        return buffer.getvalue()


def _widths(table: Table, size: float) -> list[float]:
    """Share the text's width out by what stands in the columns, in millimetres; codes are never broken."""
    half = size * MM_PER_POINT / 2
    fixed: dict[int, float] = {}
    wanted: dict[int, float] = {}
    for n, column in enumerate(table.columns):
        longest = max([_width(shown(row[n], column.kind)) for row in table.rows] or [0])
        if column.kind == CODE or column.key == "name":
            most = longest if column.kind == CODE else min(longest, NAME_WIDTH)
            fixed[n] = (max(most, _width(column.label)) + 3) * half
        else:
            least = 12 if column.kind == TEXT else 7
            wanted[n] = float(min(max(longest + 2, least, _width(column.label) / 2 + 2), 44))
    rest, total = TEXT_WIDTH_MM - sum(fixed.values()), sum(wanted.values())
    return [fixed[n] if n in fixed else rest * wanted[n] / total for n in range(len(table.columns))]


def _width(words: str) -> int:
    """Return how wide a text is in half characters: Chinese ones are two."""
    return sum(2 if character > "\u2e7f" else 1 for character in words)


def _field(line: Any, instruction: str, shown_: str) -> None:
    """Add a field with what it shows until it is brought up to date."""
    for kind, words in (("begin", ""), ("", instruction), ("separate", ""), ("text", shown_), ("end", "")):  # fmt: skip
        run = line.add_run(words if kind == "text" else "")
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)  # noqa: SLF001 python-docx has no fields
        elif kind == "":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {words} "
            run._r.append(code)  # noqa: SLF001


def _shade(cell: Any, colour: str) -> None:
    mark = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        mark.set(qn(name), value)
    cell._tc.get_or_add_tcPr().append(mark)  # noqa: SLF001


def _swatch(run: Any, colour: str) -> None:
    """Give a run a coloured ground with a thin border, so that pale colours show too."""
    own = run._r.get_or_add_rPr()  # noqa: SLF001
    for name, values in (
        ("w:bdr", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": "8A96A3"}),
        ("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": colour[1:].upper()}),
    ):
        mark = OxmlElement(name)
        for key, value in values.items():
            mark.set(qn(key), value)
        own.append(mark)


def _repeat(row: Any) -> None:
    """Let the header stand on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001


def _whole(row: Any) -> None:
    """Break no row in two."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
