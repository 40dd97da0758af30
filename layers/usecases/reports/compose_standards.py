"""The standards board as a section of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.usecases.reports.parts import CODE, NUMBER, TEXT, Column, Section, Table
from layers.usecases.standards.words import UNITS


def standards(board: Mapping[str, Any], words: Mapping[str, str], lang: str) -> tuple[Section, ...]:
    """Return the section of a board: sources, totals, figures, and the table of verdicts."""
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
