"""From the content of a report to its sections in one language: sentences, tables, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.categories import STATION_CATEGORIES
from layers.usecases.reports.compose_curves import curves
from layers.usecases.reports.compose_standards import standards
from layers.usecases.reports.content import Content
from layers.usecases.reports.parts import (
    CODE,
    COUNT,
    NUMBER,
    SHARE,
    TEXT,
    Column,
    Report,
    Section,
    Table,
    share,
    shown,
)
from layers.usecases.reports.words import PARAMETERS, WORDS

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


def compose(content: Content, lang: str) -> Report:
    """Return the report's sections in a language (`zh`, `en`)."""
    words, run = WORDS[lang], content.run
    parameters, inputs = run["parameters"], run["inputs"]
    basis = words[parameters["basis"]]
    dates = f"{inputs['households_from'] or '–'} – {inputs['households_to'] or '–'}"
    labels = STATION_CATEGORIES.get(parameters["category"], (parameters["category"],) * 2)
    sections = (
        _classes(content, words),
        curves(content, words),
        _communities(content, words),
        _grids(content, words),
        _stations(content, words),
        *(standards(content.board, words, lang) if content.board else ()),
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
