"""The band of households of a grid or community, as the division desk and coverage runs use it."""

from __future__ import annotations

from typing import Any

from layers.rules.files import built_in
from layers.rules.kinds import CommunitySize, GridBand
from layers.rules.rule import Rule
from layers.rules.schema import RuleSet

DEFAULT_KIND = "urban"
GRID_BANDS = "shaanxi-city-grid-band"
COMMUNITY_SIZES = "general"
"""Sets that hold where a division has none of its own."""


def grid_band(rules: RuleSet, community_kind: str | None, grid_kind: str | None) -> GridBand | None:
    """Return the rule for the size of a grid of this kind, None where the set has none."""
    for rule in rules.rule:
        if (
            isinstance(rule, GridBand)
            and (community_kind or DEFAULT_KIND) in rule.community_kinds
            and grid_kind in rule.grid_kinds
        ):
            return rule
    return None


def band_verdict(rule: GridBand, households: int) -> str:
    """Return `in_band`, `below`, `above` or `no_band`."""
    low, high = rule.min_households, rule.max_households
    if low is None or high is None:
        return "no_band"
    return "below" if households < low else "above" if households > high else "in_band"


def grid_rule(
    community_kind: str | None,
    grid_kind: str | None,
    households: int,
    rules: RuleSet | None = None,
) -> dict[str, Any] | None:
    """Return the rule for a grid's size and the verdict on it, or None where no rule applies.

    Numbers come with place, year and source. Without `rules` those of `GRID_BANDS` hold.
    """
    rules = rules or built_in(GRID_BANDS)
    rule = grid_band(rules, community_kind, grid_kind)
    if rule is None:
        return None
    return {
        "id": rule.id,
        "min": rule.min_households,
        "max": rule.max_households,
        "verdict": band_verdict(rule, households),
        **citation(rules, rule),
    }


def band_of(
    community_kind: str | None, grid_kind: str, rules: RuleSet | None = None
) -> tuple[int, int] | None:
    """Return the band of households a grid of this kind should have, None where there is none."""
    rule = grid_band(rules or built_in(GRID_BANDS), community_kind, grid_kind)
    if rule is None or rule.min_households is None or rule.max_households is None:
        return None
    return rule.min_households, rule.max_households


def community_rule(
    community_kind: str | None, rules: RuleSet | None = None
) -> dict[str, Any] | None:
    """Return the band of a community's households with its source, None where no rule applies."""
    rules = rules or built_in(COMMUNITY_SIZES)
    rule = rules.for_kind("community_size", community_kind or DEFAULT_KIND)
    if not isinstance(rule, CommunitySize):
        return None
    return {
        "id": rule.id,
        "min": rule.min_households,
        "max": rule.max_households,
        **citation(rules, rule),
    }


def citation(rules: RuleSet, rule: Rule) -> dict[str, Any]:
    """Return where a rule comes from, as every figure shows it."""
    head = rules.set
    return {
        "place": {"zh": head.place_zh, "en": head.place_en},
        "year": head.year,
        "source": {"zh": head.source_zh, "en": head.source_en},
        "summary": {
            "zh": rule.summary_zh or head.summary_zh,
            "en": rule.summary_en or head.summary_en,
        },
        "note": {"zh": rule.note_zh, "en": rule.note_en},
    }
