"""From the content of a report to its sections in one language: sentences, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gis.density import histogram
from layers.categories import STATION_CATEGORIES
from layers.usecases.reports.charts import Chart
from layers.usecases.reports.content import STEP_M, STEPS, Content
from layers.usecases.reports.words import PARAMETERS, WORDS
from layers.usecases.run_curves import DENSITY_CLASSES
from layers.usecases.standards.words import UNITS

TEXT, CODE, COUNT, SHARE, NUMBER = "text", "code", "count", "share", "number"
CURVE_MINUTES = 60
ROWS = (
    ("households", COUNT),
    ("within_walk", COUNT),
    ("out_of_reach", COUNT),
    ("unreachable", COUNT),
    ("no_network", COUNT),
    ("unplaced", COUNT),
    ("rate_walk", SHARE),
    ("households_per_km2", NUMBER),
)
ADDING_UP = (
    "households", "within_walk", "out_of_reach", "unreachable", "no_network", "unplaced",
)  # fmt: skip
CLASSES = ("served", "over_capacity", "out_of_reach")
INSIDE = ("unreachable", "no_network", "unplaced")


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


def compose(content: Content, lang: str) -> Report:
    """Return the report's sections in a language (`zh`, `en`)."""
    words, run = WORDS[lang], content.run
    parameters, inputs = run["parameters"], run["inputs"]
    basis = words[parameters["basis"]]
    dates = f"{inputs['households_from'] or '–'} – {inputs['households_to'] or '–'}"
    labels = STATION_CATEGORIES.get(parameters["category"], (parameters["category"],) * 2)
    sections = (
        _classes(content, words),
        _curves(content, words),
        _communities(content, words),
        _grids(content, words),
        _stations(content, words),
        *(_standards(content.board, words, lang) if content.board else ()),
        _sources(content, words, lang),
    )
    sources = words["stop"].join(inputs["households_source"]) or "–"
    network = (inputs["network"] or {}).get("name") or "–"
    drawn, there = (content.shapes["streets"][name] for name in ("numberReturned", "numberMatched"))
    return Report(
        lang,
        words,
        " · ".join((words["title"], *content.areas, labels[lang == "en"])),
        f"{words['basis']} {basis} · {words['as_of']} {dates} · {words['speed'].format(**parameters)} · "
        f"{words['run']} {run['run']}",
        words["sample"] if content.sample else "",
        _overview(content, words),
        sections,
        (
            f"{words['sources']} {sources} · {words['network']} {network} · {words['hash']} {inputs['hash']}",
            " · ".join(content.credits),
            *([words["map_partial"].format(shown=drawn, all=there)] if drawn < there else []),
        ),
    )


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


def _overview(content: Content, words: Mapping[str, str]) -> Section:
    totals, parameters = content.run["totals"], content.run["parameters"]
    names = (*ADDING_UP, "within_radius")
    rows = [
        [words[f"total_{name}"].format(**parameters), totals[name], share(totals[name], totals["households"])]
        for name in names
    ]  # fmt: skip
    columns = (
        Column("figure", words["figure"], TEXT),
        Column("households", words["households"], COUNT),
        Column("share", words["share"], SHARE),
    )
    sentence = words["summary"].format(
        **{name: parameters[name] for name in ("minutes", "walk_m")},
        households=totals["households"],
        within=totals["within_walk"],
        rate=shown(totals["rate_walk"], SHARE),
        missing=totals["out_of_reach"] + totals["unreachable"],
        communities=len(content.run["communities"]),
        grids=len(content.run["grids"]),
        stations=len(content.run["stations"]),
        basis=words[parameters["basis"]],
    )
    return Section(words["overview"], (sentence,), (Table("totals", words["totals"], columns, rows),))  # fmt: skip


def _classes(content: Content, words: Mapping[str, str]) -> Section:
    found = content.served
    if found is None:
        return Section(words["classes"], (words["classes_changed"],))
    totals = found["totals"]
    sentence = words["classes_sentence"].format(
        **{name: totals[name] for name in (*CLASSES, *INSIDE, "households")},
        rate=shown(totals["rate_served"], SHARE),
    )
    columns = (
        Column("code", words["code"], CODE),
        Column("name", words["name"], TEXT),
        *(Column(name, words[f"class_{name}"], COUNT) for name in CLASSES),
        Column("rate_served", words["rate_served"], SHARE),
    )
    rows = []
    for row in found["communities"]:
        values = [row[name] for name in CLASSES]
        rows.append([row["code"], row["name"], *values, share(values[0], sum(values))])
    return Section(
        words["classes"],
        (sentence, words["classes_rule"]),
        (Table("classes", words["classes_table"], columns, rows, words["classes_note"]),),
    )


def _curves(content: Content, words: Mapping[str, str]) -> Section:
    run = content.run
    curve = run["curve"][: CURVE_MINUTES + 1]
    minutes = run["parameters"]["minutes"]
    figures = [
        Figure(
            words["chart_curve"],
            Chart(
                "line", [row["share"] or 0 for row in curve], [str(row["minutes"]) for row in curve],
                words["axis_minutes"], words["axis_share"], percent=True,
                marked=minutes if minutes <= CURVE_MINUTES else None,
            ),
            words["chart_curve_note"].format(minutes=minutes),
        ),
        Figure(
            words["chart_distance"],
            Chart(
                "bars", content.distances,
                [str(STEP_M * (n + 1)) for n in range(STEPS)] + [f">{STEP_M * STEPS}", "–"],
                words["axis_metres"], words["households"],
            ),
            words["chart_distance_note"],
        ),
    ]  # fmt: skip
    densities = [row["households_per_km2"] for row in run[content.classes["scope"]]]
    known = [value for value in densities if value is not None]
    if known:
        figures.append(_density_chart(known, words, content.classes["scope"]))
    if content.circles:
        circle = content.circles[0].circle_km2
        ratio = sum(item.reached_km2 for item in content.circles) / (circle * len(content.circles))
        figures.append(
            Figure(
                words["chart_circle"],
                Chart(
                    "bars", [item.reached_km2 for item in content.circles],
                    [str(n + 1) for n in range(len(content.circles))],
                    words["axis_stations"], words["axis_km2"], across=circle,
                ),
                words["chart_circle_note"].format(
                    circle=circle, ratio=shown(ratio, SHARE), **run["parameters"]
                ),
            )
        )  # fmt: skip
    return Section(words["curves"], figures=tuple(figures))


def _density_chart(known: Sequence[float], words: Mapping[str, str], scope: str) -> Figure:
    width, counts = histogram(known, DENSITY_CLASSES)
    return Figure(
        words["chart_density"],
        Chart(
            "bars", counts, [f"{width * n:,.0f}–" for n in range(len(counts))],
            words["density"], words[f"axis_{scope}"],
        ),
        words["chart_density_note"].format(width=width),
    )  # fmt: skip


def _area_columns(words: Mapping[str, str]) -> tuple[Column, ...]:
    return (
        Column("code", words["code"], CODE),
        Column("name", words["name"], TEXT),
        *(Column(name, words[f"column_{name}"], kind) for name, kind in ROWS),
    )


def _area_row(code: str | None, name: str | None, row: Mapping[str, Any]) -> list[Any]:
    return [code, name, *(row[key] for key, _ in ROWS)]


def _communities(content: Content, words: Mapping[str, str]) -> Section:
    run = content.run
    rows = [_area_row(row["code"], row["name"], row) for row in run["communities"]]
    if rows:
        rows.append(_area_row(None, words["outside"], run["outside_communities"]))
    table = Table("communities", words["communities_table"], _area_columns(words), rows)
    return Section(words["communities"], tables=(table,))


def _grids(content: Content, words: Mapping[str, str]) -> Section:
    run = content.run
    rows = [_area_row(row["code"], row["name"], row) for row in run["grids"]]
    if rows:
        rows.append(_area_row(None, words["outside"], run["ungridded"]))
    table = Table("grids", words["grids_table"], _area_columns(words), rows)
    return Section(words["grids"], tables=(table,))


def _stations(content: Content, words: Mapping[str, str]) -> Section:
    served = {row["code"]: row for row in (content.served or {"stations": []})["stations"]}
    reached = {item.station: item.reached_km2 for item in content.circles}
    circle = content.circles[0].circle_km2 if content.circles else None
    columns = (
        Column("code", words["code"], CODE),
        Column("name", words["name"], TEXT),
        Column("households_nearest", words["column_nearest"], COUNT),
        Column("load", words["column_load"], COUNT),
        Column("capacity", words["column_capacity"], COUNT),
        Column("area_km2", words["column_area"], NUMBER),
        Column("share_of_circle", words["column_of_circle"], SHARE),
    )
    rows = []
    for row in content.run["stations"]:
        own, km2 = served.get(row["code"], {}), reached.get(row["code"])
        rows.append([
            row["code"], row["name"], row["households_nearest"], own.get("load"),
            own.get("capacity"), km2 and round(km2, 3), km2 and circle and round(km2 / circle, 4),
        ])  # fmt: skip
    return Section(
        words["stations_section"],
        tables=(Table("stations", words["stations_table"], columns, rows, words["stations_note"]),),
    )


def _standards(
    board: Mapping[str, Any], words: Mapping[str, str], lang: str
) -> tuple[Section, ...]:
    heads = board["columns"]
    columns = (
        Column("code", words["code"], CODE),
        Column("name", words["name"], TEXT),
        *(Column(head["column"], head["label"][lang], TEXT) for head in heads),
    )
    rows = [
        [row["code"], row["name"], *(_verdict(row["verdicts"][head["column"]], words, lang) for head in heads)]
        for row in board["communities"]
    ]  # fmt: skip
    totals = [
        words["standard_total"].format(label=head["label"][lang], text=head["total"]["text"][lang])
        for head in heads
    ]
    sources = [
        words["standard_source"].format(
            place=f"{head['place'][lang]} {head['year'] or ''}".strip(), source=head["source"][lang]
        )
        for head in board["sets"]
    ]
    figures = []
    for name in ("facility", "grid_land", "grid_households", "households"):
        item = board["figures"][name]
        if item["percent"] is not None:
            figures.append(
                words["standard_figure"].format(
                    label=item["label"][lang], percent=item["percent"], unit=item["unit"],
                    numerator=f"{item['numerator']:,}", denominator=f"{item['denominator']:,}",
                )
            )  # fmt: skip
    return (
        Section(
            words["standards"],
            (*sources, *totals, *figures),
            (
                Table(
                    "standards",
                    words["standards_table"].format(rules=board["rules"]),
                    columns,
                    rows,
                ),
                _verdicts(board, words, lang),
            ),
        ),
    )


def _verdicts(board: Mapping[str, Any], words: Mapping[str, str], lang: str) -> Table:
    """Return one row for each community and rule, with its figures as numbers."""
    columns = (
        Column("code", words["code"], CODE),
        Column("name", words["name"], TEXT),
        Column("rule", words["verdict_rule"], TEXT),
        Column("state", words["verdict_state"], TEXT),
        Column("required", words["verdict_required"], NUMBER),
        Column("actual", words["verdict_actual"], NUMBER),
        Column("shortfall", words["verdict_shortfall"], NUMBER),
        Column("unit", words["verdict_unit"], TEXT),
        Column("source", words["verdict_source"], TEXT),
    )
    rows = []
    for community in board["communities"]:
        for head in board["columns"]:
            found = community["verdicts"][head["column"]]
            unit = UNITS[found["unit"]][lang == "en"] if found["unit"] in UNITS else None
            rows.append([
                community["code"], community["name"], head["label"][lang], words[f"state_{found['state']}"],
                found["required"], found["actual"], found["shortfall"], unit, (found["source"] or {}).get(lang),
            ])  # fmt: skip
    title = words["verdicts_table"].format(rules=board["rules"])
    return Table("verdicts", title, columns, rows, printed=False)


def _verdict(verdict: Mapping[str, Any], words: Mapping[str, str], lang: str) -> str:
    state = words[f"state_{verdict['state']}"]
    return state if verdict["state"] == "compliant" else f"{state}: {verdict['text'][lang]}"


def _sources(content: Content, words: Mapping[str, str], lang: str) -> Section:
    run = content.run
    inputs, parameters = run["inputs"], run["parameters"]
    values: dict[str, Any] = {
        "run": run["run"],
        "area": words["stop"].join(content.areas) or words["everything"],
        "division": parameters["division"],
        "households_from": inputs["households_from"],
        "households_to": inputs["households_to"],
        "basis": words[parameters["basis"]],
        "sources": words["stop"].join(inputs["households_source"]) or None,
        **{
            name: parameters[name]
            for name in ("minutes", "speed_kmh", "walk_m", "radius_m", "detour_factor", "snap_limit_m", "no_network_m")
        },
        "category": STATION_CATEGORIES.get(parameters["category"], (parameters["category"],) * 2)[lang == "en"],
        "rules": content.board["rules"] if content.board else None,
        "network": (inputs["network"] or {}).get("name"),
        "buildings": inputs["buildings"],
        "hash": inputs["hash"],
        "code_version": inputs["code_version"],
        "credits": " · ".join(content.credits) or None,
    }  # fmt: skip
    columns = (
        Column("parameter", words["parameter"], TEXT),
        Column("value", words["value"], TEXT),
    )
    rows = [[PARAMETERS[name][lang == "en"], value, name] for name, value in values.items()]
    warnings = tuple(words["warning"].format(**item) for item in run["warnings"])
    return Section(
        words["sources_section"],
        (words["unit_note"], *warnings),
        (Table("parameters", words["parameters_table"], columns, [row[:2] for row in rows]),),
    )
