"""The standards board: communities × rules, with totals and the three figures called 覆盖率."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.crs import IntArray
from gis.errors import Fault, RefusedInputError
from gis.standards import CM2_PER_M2, MISSING, STATES
from layers.categories import BASIS_LABELS, STATION_CATEGORIES
from layers.models import BASES
from layers.rules import DEFAULT_KIND, Rule
from layers.usecases.rule_sets import HeldRules
from layers.usecases.standards.facts import Facts, Floor, apportion_premises
from layers.usecases.standards.figures import figures_of
from layers.usecases.standards.judge import judge_rules
from layers.usecases.standards.judged import Judged, Question, per_hundred, plain
from layers.usecases.standards.totals import Cell, premises_classes, total_of
from layers.usecases.standards.words import bilingual, column_label, verdict_text

NO_RULES = -1


@dataclass(frozen=True)
class Held:
    """Which rule set holds for which community."""

    sets: Sequence[HeldRules]
    of: NDArray[np.int64]
    """(n,) number of the set, `NO_RULES` where none holds."""


def make_board(facts: Facts, held: Held, basis: str, day: str | None) -> dict[str, Any]:
    """Return the board of the communities that are shown, in the order of their codes or rows.

    Parameters
    ----------
    day
        ISO date the figures are about (数据截至 stands with each community).

    Raises
    ------
    RefusedInputError
        `bad_parameter` for a basis that does not exist.
    """
    require_basis(basis)
    asked = Question(facts, apportion_premises(facts, basis), basis)
    kinds = np.array([kind or DEFAULT_KIND for kind in facts.kind], dtype=np.str_)
    columns = list(dict.fromkeys(c for item in held.sets for c in item.rules.columns))
    cells = {column: _column(column, asked, held, kinds) for column in columns}
    rows = np.flatnonzero(facts.shown).tolist()
    labels = dict(STATION_CATEGORIES)
    labels |= {c.id: (c.zh, c.en) for item in held.sets for c in item.rules.category}
    shown = {column: [cells[column][row] for row in rows] for column in columns}
    return {
        "basis": basis,
        "basis_label": bilingual(BASIS_LABELS[basis]),
        "as_of": day,
        "source": facts.source,
        "sets": [item.document() for item in held.sets],
        "columns": [
            {
                "column": column,
                "label": column_label(column, labels),
                "rules": [
                    {"set": item.rules.set.id, **rule.model_dump(mode="json", exclude_none=True)}
                    for item in held.sets
                    for rule in item.rules.rule
                    if rule.column == column
                ],
                "total": total_of(shown[column]),
            }
            for column in columns
        ],
        "communities": [_community(facts, asked, row, cells) for row in rows],
        "groups": _groups(facts, rows, cells),
        "figures": figures_of(facts, basis),
        "premises": premises_classes(asked, rows, held.sets),
        "notes": [*facts.notes, *_notes(facts, rows)],
    }


def require_basis(basis: str) -> None:
    """Refuse (`bad_parameter`) a basis of households that does not exist."""
    if basis not in BASES:
        reason = f"basis must be one of {', '.join(BASES)}"
        raise RefusedInputError("bad_parameter", reason, [Fault(field="basis", reason=reason)])


def _column(column: str, asked: Question, held: Held, kinds: NDArray[np.str_]) -> list[Cell]:
    """Return one cell for each community; where no rule applies it says so."""
    size = len(asked.facts)
    found: list[Cell | None] = [None] * size
    for number, item in enumerate(held.sets):
        for rules, applying in _families(item, column):
            applies = (held.of == number) & np.isin(kinds, applying)
            if not applies.any():
                continue
            made = judge_rules(rules, asked)
            state, short = made.settle(applies)
            for row in np.flatnonzero(applies).tolist():
                found[row] = _cell(
                    item, rules[0], made, row, int(state[row]), int(short[row]), asked
                )
    nothing = [
        Cell.absent("no_rules_here" if held.of[row] == NO_RULES else "other_kind")
        for row in range(size)
    ]
    return [cell or none for cell, none in zip(found, nothing, strict=True)]


def _families(item: HeldRules, column: str) -> list[tuple[list[Rule], list[str]]]:
    """Return the rules of a column that judge together, with the kinds of community they judge.

    Only bands come in families: one for general grids, one for dedicated ones.
    """
    by_kind: dict[tuple[int, ...], list[str]] = {}
    own = [rule for rule in item.rules.rule if rule.column == column]
    for kind in dict.fromkeys(kind for rule in own for kind in rule.community_kinds):
        key = tuple(n for n, rule in enumerate(own) if kind in rule.community_kinds)
        by_kind.setdefault(key, []).append(kind)
    return [([own[n] for n in key], kinds) for key, kinds in by_kind.items()]


def _cell(
    item: HeldRules, rule: Rule, made: Judged, row: int, state: int, short: int, asked: Question
) -> Cell:
    facts, head = asked.facts, item.rules.set
    required, actual = (
        _number(made.required, row, made.scale),
        _number(made.actual, row, made.scale),
    )
    judged = STATES[state] in {"compliant", "short"}
    details = made.details.get(row, {})
    reason = None if judged else made.reason.get(row)
    shortfall = plain(short, made.scale) if judged else None
    share = _number(made.numerator, row, made.numerator_scale), _number(made.denominator, row, 1)
    document = {
        "state": STATES[state],
        "level": rule.level_of_fault,
        "rule": rule.id,
        "set": head.id,
        "version": item.version,
        "place": {"zh": head.place_zh, "en": head.place_en},
        "year": head.year,
        "source": {"zh": head.source_zh, "en": head.source_en},
        "quotation": head.quotation_zh or None,
        "marks": list(rule.marks),
        "basis": asked.basis,
        "counted_from": facts.counted_from[row],
        "counted_to": facts.counted_to[row],
        "numerator": share[0],
        "numerator_unit": made.numerator_unit,
        "denominator": share[1],
        "denominator_unit": made.denominator_unit,
        "required": required,
        "actual": actual,
        "shortfall": shortfall,
        "unit": made.unit,
        "reason": reason,
        "text": verdict_text(
            STATES[state],
            made.unit,
            required,
            actual,
            shortfall,
            reason,
            details.get("direction"),
            share,
        ),
        "note": {"zh": rule.note_zh, "en": rule.note_en},
        "details": details,
    }
    return Cell(document, state, made, row, short, rule)


def _number(values: IntArray, row: int, scale: int) -> float | int | None:
    return None if values[row] == MISSING else plain(int(values[row]), scale)


def _community(
    facts: Facts, asked: Question, row: int, cells: dict[str, list[Cell]]
) -> dict[str, Any]:
    verdicts = {column: found[row].document for column, found in cells.items()}
    floor: Floor = asked.floor
    households = int(facts.households[asked.basis][row])
    return {
        "code": facts.code[row],
        "name": facts.name[row],
        "kind": facts.kind[row] or DEFAULT_KIND,
        "kind_assumed": facts.kind[row] is None,
        "parent": facts.parent[row],
        "parent_name": facts.parent_name[row],
        "households": None if households == MISSING else households,
        "households_by_basis": {
            name: None if values[row] == MISSING else int(values[row])
            for name, values in facts.households.items()
        },
        "counted_from": facts.counted_from[row],
        "counted_to": facts.counted_to[row],
        "sources": facts.sources[row],
        "population": _number(facts.population, row, 1),
        "premises_area_m2": _number(floor.area_cm2, row, CM2_PER_M2),
        "premises_shared_with": [
            facts.code[other] or facts.name[other] for other in floor.shared_with[row]
        ],
        "premises_m2_per_100_households": per_hundred(int(floor.area_cm2[row]), households),
        "states": {
            name: sum(verdict["state"] == name for verdict in verdicts.values()) for name in STATES
        },
        "verdicts": verdicts,
    }


def _groups(facts: Facts, rows: list[int], cells: dict[str, list[Cell]]) -> list[dict[str, Any]]:
    """Return the totals of each township; together they are those of the board."""
    parents: dict[tuple[str | None, str | None], list[int]] = {}
    for row in rows:
        parents.setdefault((facts.parent[row], facts.parent_name[row]), []).append(row)
    if set(parents) <= {(None, None)}:
        return []
    return [
        {
            "code": code,
            "name": name,
            "communities": len(own),
            "totals": {
                column: total_of([found[row] for row in own]) for column, found in cells.items()
            },
        }
        for (code, name), own in parents.items()
    ]


def _notes(facts: Facts, rows: list[int]) -> list[str]:
    assumed = sum(facts.kind[row] is None for row in rows)
    if not assumed:
        return []
    return [
        f"{assumed} communities do not say of which kind they are; they are judged as {DEFAULT_KIND}"
    ]


def everywhere(rules: HeldRules, size: int) -> Held:
    """Return one rule set for all communities."""
    return Held([rules], np.zeros(size, dtype=np.int64))
