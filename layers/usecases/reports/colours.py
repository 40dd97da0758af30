"""Colours of figures on the maps of a report, and their legends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DENSITY = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
"""YlGnBu, five classes (ColorBrewer): told apart with deuteranopia."""
RATES = ("#d7191c", "#fdae61", "#ffffbf", "#abd9e9", "#2c7bb6")
"""RdYlBu, five classes (ColorBrewer), from nobody to everybody in reach."""
NOTHING = "#d9d9d9"


def density_colour(row: Mapping[str, Any], classes: Mapping[str, Any]) -> str:
    """Return the colour of a row's density by class breaks."""
    value, breaks = row["households_per_km2"], classes["breaks"]
    if value is None or not breaks:
        return NOTHING
    number = next((n for n, limit in enumerate(breaks) if value <= limit), len(breaks) - 1)
    return DENSITY[number]


def rate_colour(row: Mapping[str, Any]) -> str:
    """Return the colour of a row's share in reach, in fifths."""
    rate = row["rate_walk"]
    return NOTHING if rate is None else RATES[min(int(rate * len(RATES)), len(RATES) - 1)]


def legend_of(classes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return colour and range of each class of density."""
    low, found = classes["minimum"] or 0, []
    for colour, high in zip(DENSITY, classes["breaks"], strict=False):
        found.append((colour, f"{low:,.0f}–{high:,.0f}"))
        low = high
    return found


def rate_legend() -> list[tuple[str, str]]:
    """Return colour and range of each class of the share in reach."""
    step = 100 // len(RATES)
    return [(colour, f"{n * step}–{(n + 1) * step} %") for n, colour in enumerate(RATES)]
