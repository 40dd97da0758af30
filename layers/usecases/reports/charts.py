"""Charts as plain shapes, drawn as SVG for pages and as PNG for documents from the same figures."""

from __future__ import annotations

import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from gis.density import nice_top

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 16, 52
TICKS = 5
INK, MUTED, LINE, BAR, MARK = "#1f2933", "#5c6b78", "#dfe3e8", "#2c7fb8", "#c0392b"
SCALE = 2
"""Pixels of a PNG for one unit of a chart; it is drawn twice as large again and made smaller."""
SMOOTH = 2


@dataclass(frozen=True)
class Chart:
    """Bars or a line over named places, with an optional second line and a marked place."""

    kind: str
    """`bars` or `line`."""
    values: Sequence[float]
    labels: Sequence[str]
    """One for each value; digits and signs only, so that any font draws them."""
    x_title: str
    y_title: str
    percent: bool = False
    across: float | None = None
    """Value of a line across."""
    marked: float | None = None
    """Place on the axis of a line upright."""


@dataclass(frozen=True)
class _Shapes:
    """What a chart is made of, in units of the chart."""

    rectangles: list[tuple[float, float, float, float, str]]
    lines: list[tuple[list[tuple[float, float]], str, float, bool]]
    texts: list[tuple[float, float, str, str, str]]
    """x, y, text, anchor (start, middle, end), colour."""


def _shapes(chart: Chart) -> _Shapes:
    top = 1.0 if chart.percent else nice_top(max([*chart.values, chart.across or 0]))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    made = _Shapes([], [], [])

    def y_of(value: float) -> float:
        return TOP + high * (1 - value / top)

    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        made.lines.append(([(LEFT, y_of(value)), (WIDTH - RIGHT, y_of(value))], LINE, 1, False))
        made.texts.append((LEFT - 8, y_of(value) + 4, _tick(value, top, chart), "end", MUTED))
    count = len(chart.values)
    step = wide / max(count if chart.kind == "bars" else count - 1, 1)
    if chart.kind == "bars":
        gap = min(step * 0.15, 8)
        for n, value in enumerate(chart.values):
            left = LEFT + step * n
            made.rectangles.append((left + gap, y_of(value), left + step - gap, y_of(0), BAR))
        every = max(1, math.ceil(count / 16))
        for n, label in enumerate(chart.labels):
            if n % every == 0:
                made.texts.append((LEFT + step * (n + 0.5), HEIGHT - BOTTOM + 18, label, "middle", MUTED))  # fmt: skip
    else:
        points = [(LEFT + step * n, y_of(value)) for n, value in enumerate(chart.values)]
        made.lines.append((points, BAR, 2.5, False))
        every = max(1, math.ceil((count - 1) / 12 / 5) * 5)
        for n, label in enumerate(chart.labels):
            if n % every == 0:
                made.texts.append((LEFT + step * n, HEIGHT - BOTTOM + 18, label, "middle", MUTED))
    if chart.across is not None:
        y = y_of(chart.across)
        made.lines.append(([(LEFT, y), (WIDTH - RIGHT, y)], MARK, 2, True))
    if chart.marked is not None and 0 <= chart.marked <= count:
        x = LEFT + step * chart.marked
        made.lines.append(([(x, TOP), (x, y_of(0))], MARK, 2, True))
    return made


def _tick(value: float, top: float, chart: Chart) -> str:
    if chart.percent:
        return f"{value:.0%}"
    return f"{value:,.0f}" if top >= TICKS and top % TICKS == 0 else f"{value:,.2f}"


def svg(chart: Chart) -> str:
    """Return a chart as SVG text with its axes' titles."""
    made = _shapes(chart)
    named = html.escape(chart.y_title)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{named}" font-size="12" font-family="inherit">'
    ]
    for points, colour, width, dashed in made.lines[: TICKS + 1]:
        parts.append(_line(points, colour, width, dashed=dashed))
    for left, upper, right, lower, colour in made.rectangles:
        height = max(lower - upper, 0)
        parts.append(
            f'<rect x="{left:.1f}" y="{upper:.1f}" width="{right - left:.1f}" height="{height:.1f}" fill="{colour}"/>'
        )
    for points, colour, width, dashed in made.lines[TICKS + 1 :]:
        parts.append(_line(points, colour, width, dashed=dashed))
    for x, y, words, anchor, colour in made.texts:
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{html.escape(words)}</text>'
        )
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    across = html.escape(chart.x_title)
    parts.append(
        f'<text x="{middle:.1f}" y="{HEIGHT - 10}" text-anchor="middle" fill="{INK}">{across}</text></svg>'
    )
    return "".join(parts)


def _line(points: Sequence[tuple[float, float]], colour: str, width: float, *, dashed: bool) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'


def png(chart: Chart) -> bytes:
    """Return a chart as PNG without its axes' titles, which no font that is sure to be there can draw."""
    made = _shapes(chart)
    factor = SCALE * SMOOTH
    high = HEIGHT - 24  # the titles' line
    image = Image.new("RGB", (WIDTH * factor, high * factor), "#ffffff")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12 * factor)

    def line(
        points: Sequence[tuple[float, float]], colour: str, width: float, dashed: bool
    ) -> None:
        scaled = [(x * factor, y * factor) for x, y in points]
        wide = max(1, round(width * factor))
        if dashed:
            for begin, end in _dashes(scaled[0], scaled[1], 6 * factor, 4 * factor):
                draw.line([begin, end], fill=colour, width=wide)
        else:
            draw.line(scaled, fill=colour, width=wide, joint="curve")

    for item in made.lines[: TICKS + 1]:
        line(*item)
    for left, upper, right, lower, colour in made.rectangles:
        if lower > upper:
            draw.rectangle(
                [left * factor, upper * factor, right * factor, lower * factor], fill=colour
            )
    for item in made.lines[TICKS + 1 :]:
        line(*item)
    for x, y, words, anchor, colour in made.texts:
        place = {"start": "ls", "middle": "ms", "end": "rs"}[anchor]
        draw.text((x * factor, y * factor), words, fill=colour, font=font, anchor=place)
    return encode(image, SMOOTH)


def _dashes(
    begin: tuple[float, float], end: tuple[float, float], on: float, off: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    length = math.hypot(end[0] - begin[0], end[1] - begin[1])
    if length == 0:
        return []
    unit = ((end[0] - begin[0]) / length, (end[1] - begin[1]) / length)
    starts = [n * (on + off) for n in range(math.ceil(length / (on + off)))]
    return [
        (
            (begin[0] + unit[0] * at, begin[1] + unit[1] * at),
            (
                begin[0] + unit[0] * min(at + on, length),
                begin[1] + unit[1] * min(at + on, length),
            ),
        )
        for at in starts
    ]


def encode(image: Image.Image, smooth: int) -> bytes:
    """Return an image made smaller by a whole number as PNG; equal images give equal bytes."""
    small = image.resize(
        (image.width // smooth, image.height // smooth), Image.Resampling.BOX
    ).convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    buffer = io.BytesIO()
    small.save(buffer, format="PNG", optimize=False, compress_level=9)
    return buffer.getvalue()
