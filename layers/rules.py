"""Rule sets: thresholds as data with place, year and source, and the verdict on a grid's size."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

RULES = Path(__file__).parent.parent / "data" / "rules"
DEFAULT_KIND = "urban"


@cache
def load(name: str) -> dict[str, Any]:
    """Return a rule set of `data/rules` by file name without ending."""
    with (RULES / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def grid_rule(
    community_kind: str | None, grid_kind: str | None, households: int
) -> dict[str, Any] | None:
    """Return the rule for a grid's size and the verdict on it, or None where no rule applies.

    `verdict` is `in_band`, `below`, `above` or `no_band`; numbers come with place, year and source.
    """
    rules = load("grid-bands")
    for rule in rules["rule"]:
        kinds = rule["community_kinds"]
        if (community_kind or DEFAULT_KIND) not in kinds or grid_kind not in rule["grid_kinds"]:
            continue
        low, high = rule.get("min_households"), rule.get("max_households")
        verdict = "no_band"
        if low is not None and high is not None:
            verdict = "below" if households < low else "above" if households > high else "in_band"
        return {
            "id": rule["id"],
            "min": low,
            "max": high,
            "verdict": verdict,
            "place": {"zh": rules["set"]["place_zh"], "en": rules["set"]["place_en"]},
            "year": rules["set"].get("year"),
            "source": {"zh": rules["set"]["source_zh"], "en": rules["set"]["source_en"]},
            "summary": {"zh": rules["set"]["summary_zh"], "en": rules["set"]["summary_en"]},
            "note": {"zh": rule.get("note_zh", ""), "en": rule.get("note_en", "")},
        }
    return None


def band_of(community_kind: str | None, grid_kind: str) -> tuple[int, int] | None:
    """Return the band of households a grid of this kind should have, None where there is none."""
    rule = grid_rule(community_kind, grid_kind, 0)
    if rule is None or rule["min"] is None or rule["max"] is None:
        return None
    return int(rule["min"]), int(rule["max"])
