"""What a report is made of before it has a form: tables, figures, sections, and how values are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.usecases.reports.charts import Chart

TEXT, CODE, COUNT, SHARE, NUMBER = "text", "code", "count", "share", "number"


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    key: str
    """Name for scripts and templates, the same in both languages."""
    label: str
    kind: str


@dataclass(frozen=True)
class Table:
    """Rows under columns; values are raw, `None` is unknown."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: list[list[Any]]
    note: str = ""
    printed: bool = True
    """Long tables of figures to work with are for workbooks alone."""


@dataclass(frozen=True)
class Figure:
    """A chart with its title and axes in words."""

    title: str
    chart: Chart
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def shown_tables(self) -> list[Table]:
        """Tables with rows; empty ones are for workbooks and templates alone."""
        return [table for table in self.tables if table.rows and table.printed]

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to print under the heading."""
        return bool(self.shown_tables or self.figures or self.paragraphs)


@dataclass(frozen=True)
class Report:
    """A report in one language, before it has a form."""

    lang: str
    words: Mapping[str, str]
    title: str
    subtitle: str
    """Basis, date of the counts, walking, run."""
    notice: str
    """That the sample is synthetic; empty elsewhere."""
    overview: Section
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    """Sources and what the map has to name."""

    @property
    def printed(self) -> list[Section]:
        """Sections that say anything, after the overview."""
        return [part for part in self.sections if part.says_anything]

    def tables(self) -> list[Table]:
        """Return all tables in order, empty ones too."""
        return [table for part in (self.overview, *self.sections) for table in part.tables]


def share(part: float, whole: float) -> float | None:
    """Return a share, None of nothing."""
    return part / whole if whole else None


def shown(value: Any, kind: str) -> str:
    """Return a value as it is printed."""
    if value is None or value == "":
        return "–"
    if kind == COUNT:
        return f"{value:,}"
    if kind == SHARE:
        return f"{value:.1%}"
    if kind == NUMBER:
        return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}"
    return str(value)
