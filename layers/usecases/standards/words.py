"""Sentences of verdicts, in Chinese and English: needs 690 m², has 450, 240 short."""

from __future__ import annotations

from typing import Any
from unicodedata import east_asian_width

COLUMNS: dict[str, tuple[str, str]] = {
    "premises": ("服务用房面积", "premises"),
    "staff": ("社区专职工作者", "community staff"),
    "grid_workers": ("网格员配备", "grid workers"),
    "grid_band": ("网格规模", "grid size"),
    "community_size": ("社区规模", "community size"),
    "reach": ("服务可达", "reach"),
    "stations": ("设施配置", "facilities"),
    "rooms": ("功能用房清单", "list of rooms"),
    "lease": ("租赁年限", "lease"),
    "coverage": ("覆盖目标", "coverage target"),
}
"""By the first part of a column's name."""
UNITS: dict[str, tuple[str, str]] = {
    "m2": ("平方米", "m²"),
    "workers": ("人", "workers"),
    "households": ("户", "households"),
    "grids": ("个网格", "grids"),
    "categories": ("类设施", "categories"),
    "rooms": ("间", "rooms"),
    "years": ("年", "years"),
    "stations": ("处设施", "stations"),
}
REASONS: dict[str, tuple[str, str]] = {
    "no_area": ("没有用房面积数据", "no floor area is known"),
    "shared_without_households": (
        "共用用房的社区缺户数，无法分摊",
        "premises are shared with a community without households, and cannot be apportioned",
    ),
    "no_households": ("没有该口径的户数", "no households of this basis"),
    "nothing_required": (
        "户数或人口为 0，无从判定",
        "households or population are 0: nothing is required",
    ),
    "no_population": ("没有常住人口", "no population"),
    "no_staff": ("没有专职工作者人数", "no number of full-time workers"),
    "no_grids": ("没有网格", "no grids"),
    "no_grid_workers": ("没有网格员数据", "no grid workers are known"),
    "no_grids_one_by_one": ("没有逐个网格的户数", "households of single grids are not known"),
    "no_band": ("网格不适用户数区间", "no band applies to its grids"),
    "no_run": ("没有覆盖计算结果", "no coverage run"),
    "other_parameters": ("覆盖计算的参数与规则不同", "the coverage run asked something else"),
    "no_target": ("规则没有目标值", "the rule states no target"),
    "no_stations": ("没有设施数据", "no stations are known"),
    "no_rooms": ("没有功能用房数据", "no rooms are known"),
    "no_lease": ("没有租赁年限", "no lease is known"),
    "owned": ("自有用房", "the premises are owned"),
    "no_grid_land": ("没有网格面积", "no land of grids is known"),
    "no_gridded_households": ("没有网格内户数", "households inside grids are not known"),
    "other_kind": ("规则不适用于这类社区", "the rule is not for this kind of community"),
    "no_rules_here": ("此处没有这个规则集", "no such rule set holds here"),
}
"""Why a state is unknown or not applicable; the codes of `reason`."""


def number(value: float) -> str:
    """Return a number with thousands commas and no idle decimals."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0")


def verdict_text(
    state: str, unit: str, required: float | None, actual: float | None, shortfall: float | None,
    reason: str | None, direction: str | None, share: tuple[float | None, float | None] | None = None,
) -> dict[str, str]:  # fmt: skip
    """Return the sentence of a verdict in both languages.

    Parameters
    ----------
    share
        Numerator and denominator of what is shown and not judged.
    """
    if reason == "no_target" and share is not None and None not in share:
        part, whole = (number(value or 0) for value in share)
        return {"zh": f"{whole} 户中 {part} 户可达", "en": f"{part} of {whole} households in reach"}
    if state in {"unknown", "not_applicable"}:
        zh, en = REASONS[reason or "other_kind"]
        return {"zh": zh, "en": en}
    zh_unit, en_unit = UNITS[unit]
    need, have = number(required or 0), number(actual or 0)
    if direction == "above":
        over = number(shortfall or 0)
        return {
            "zh": f"至多 {need}{zh_unit}，实有 {have}，多 {over}",
            "en": f"at most {need} {en_unit}, has {have}, {over} more",
        }
    if state == "short":
        lacks = number(shortfall or 0)
        return {
            "zh": f"需 {need}{zh_unit}，实有 {have}，缺 {lacks}",
            "en": f"needs {need} {en_unit}, has {have}, {lacks} short",
        }
    return {"zh": f"需 {need}{zh_unit}，实有 {have}", "en": f"needs {need} {en_unit}, has {have}"}


def total_text(compliant: int, judged: int, share: float | None, unknown: int) -> dict[str, str]:
    """Return the sentence of a total: 15 of 18 compliant, 83.33 %."""
    if not judged:
        return {"zh": f"无可判定，{unknown} 个无数据", "en": f"nothing to judge, {unknown} unknown"}
    zh_more = f"，另 {unknown} 个无数据" if unknown else ""
    en_more = f"; {unknown} unknown" if unknown else ""
    return {
        "zh": f"{judged} 个中 {compliant} 个达标，{share:.2f}%{zh_more}",
        "en": f"{compliant} of {judged} compliant, {share:.2f} %{en_more}",
    }


def column_label(column: str, categories: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return the heading of a column."""
    name, *rest = column.split(":")
    zh, en = COLUMNS[name]
    for part in rest:
        more = categories.get(part) or FIGURES.get(part) or (f"{part} 分钟", f"{part} min")
        zh, en = f"{zh}·{more[0]}", f"{en} · {more[1]}"
    return {"zh": zh, "en": en}


FIGURES: dict[str, tuple[str, str]] = {
    "facility": ("设施覆盖率", "communities with the facility"),
    "grid_land": ("网格覆盖率（面积）", "land in grids"),
    "grid_households": ("网格覆盖率（户数）", "households in grids"),
    "households": ("户覆盖率", "households in reach"),
}
"""The figures that are all called 覆盖率."""


def bilingual(pair: tuple[str, str]) -> dict[str, Any]:
    """Return a pair of texts as the page takes it."""
    return {"zh": pair[0], "en": pair[1]}


HEADINGS = {
    "zh": ("社区", "户数", "数据截至", "口径：", "版本"),
    "en": ("community", "households", "counted", "basis: ", "version"),
}


def board_text(board: dict[str, Any], lang: str = "zh") -> str:
    """Return a board as a table for a terminal, with its totals, figures and notes."""
    columns = board["columns"]
    name, homes, counted, basis, version = HEADINGS[lang]
    sources = [
        " · ".join(
            filter(
                None,
                (
                    item["set"],
                    item["place"][lang],
                    str(item["year"] or ""),
                    item["source"][lang],
                    item["version"] and f"{version} {item['version']} ({item['valid_from']}–)",
                ),
            )
        )
        for item in board["sets"]
    ]
    table = [[name, homes, counted, *(column["label"][lang] for column in columns)]]
    for row in board["communities"]:
        households = "–" if row["households"] is None else number(row["households"])
        texts = [_mark(row["verdicts"][column["column"]], lang) for column in columns]
        table.append([row["name"] or row["code"], households, row["counted_to"] or "–", *texts])
    totals = [
        f"{column['label'][lang]}: {column['total']['text'][lang]}{_sums(column['total'], lang)}"
        for column in columns
    ]
    figures = [_figure(item, lang) for item in board["figures"].values()]
    head = f"{basis}{board['basis_label'][lang]}"
    return "\n".join([*sources, head, "", *_aligned(table), "", *totals, *figures, *board["notes"]])


def _mark(verdict: dict[str, Any], lang: str) -> str:
    state = verdict["state"]
    sign = {"compliant": "✓", "short": "✗", "unknown": "?", "not_applicable": "–"}[state]
    plain = state in {"not_applicable", "compliant"} and verdict["reason"] != "no_target"
    return sign if plain else f"{sign} {verdict['text'][lang]}"


def _sums(total: dict[str, Any], lang: str) -> str:
    if total["area_percent"] is not None:
        return f"; {number(total['numerator'])} / {number(total['denominator'])} = {total['area_percent']:.2f} %"
    if not total["judged"] or total["required"] is None:
        return ""
    need, have, lacks = (number(total[name]) for name in ("required", "actual", "shortfall"))
    zh, en = UNITS[total["unit"]]
    if lang == "zh":
        return f"；共需 {need}{zh}，实有 {have}，缺 {lacks}"
    return f"; {need} {en} needed, {have} there, {lacks} short"


def _figure(item: dict[str, Any], lang: str) -> str:
    name = item["label"][lang]
    if item["percent"] is None:
        return f"{name}: {item['absent'][lang] if item['absent'] else '–'}"
    share = f"{number(item['numerator'])} / {number(item['denominator'])} = {item['percent']:.2f} %"
    if not item["unknown"]:
        return f"{name}: {share}"
    more = {
        "zh": f"，另 {item['unknown']} 个社区无数据",
        "en": f"; {item['unknown']} communities unknown",
    }
    return f"{name}: {share}{more[lang]}"


def _aligned(table: list[list[str]]) -> list[str]:
    """Return the rows of a table in columns; Chinese characters are two wide."""
    widths = [max(_width(row[n]) for row in table) for n in range(len(table[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def _width(word: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in word)
