"""The charts of a report: shares by minutes, households by distance, density, reached area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gis.density import histogram
from layers.usecases.reports.charts import Chart
from layers.usecases.reports.content import STEP_M, STEPS, Content
from layers.usecases.reports.parts import SHARE, Figure, Section, shown
from layers.usecases.run_curves import DENSITY_CLASSES

CURVE_MINUTES = 60


def curves(content: Content, words: Mapping[str, str]) -> Section:
    """Return the section of charts."""
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
