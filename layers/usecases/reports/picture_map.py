"""Maps as PNG for documents: drawn from the run's shapes alone, equal shapes give equal bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from layers.usecases.reports.charts import encode
from layers.usecases.reports.content import Bounds, Content

WIDTH = 1400
LEAST_HEIGHT, MOST_HEIGHT = 700, 1500
SMOOTH = 2
METRES_PER_DEGREE = 111_320
GROUND, GREEN, WATER = "#f6f5f1", "#e3ebda", "#cfe0e8"
MAIN, MINOR = "#c9c1ae", "#e2ddd2"
MAIN_CLASSES = frozenset({"trunk", "primary", "secondary", "tertiary"})
MINOR_CLASSES = frozenset({"unclassified", "residential", "living_street", "pedestrian"})
Colour = Callable[[Mapping[str, Any]], str]


class _Canvas:
    """An image over a box of lon/lat, drawn `SMOOTH` times larger than it ends up."""

    def __init__(self, bounds: Bounds) -> None:
        west, south, east, north = bounds
        self._west, self._north = west, north
        self._squeeze = math.cos(math.radians((south + north) / 2))
        self._unit = WIDTH * SMOOTH / ((east - west) * self._squeeze)
        """Pixels for a degree of latitude."""
        high = round((north - south) * self._unit)
        most, least = MOST_HEIGHT * SMOOTH, LEAST_HEIGHT * SMOOTH
        if high > most:  # too tall: more land to both sides
            self._unit *= most / high
            spare = WIDTH * SMOOTH / self._unit / self._squeeze - (east - west)
            self._west -= spare / 2
            high = most
        elif high < least:
            self._north += (least - high) / self._unit / 2
            high = least
        self.image = Image.new("RGB", (WIDTH * SMOOTH, high), GROUND)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            (lon - self._west) * self._squeeze * self._unit,
            (self._north - lat) * self._unit,
        )

    def fill(self, features: Iterable[Mapping[str, Any]], colour: str, opacity: float = 1) -> None:
        """Fill areas with their holes left open, overlaps once."""
        mask = Image.new("L", self.image.size, 0)
        draw = ImageDraw.Draw(mask)
        level = round(255 * opacity)
        for polygon in _polygons(features):
            box = self._box(polygon[0])
            if box is None:
                continue
            if len(polygon) == 1:
                draw.polygon([self.at(*point) for point in polygon[0]], fill=level)
                continue
            # A hole shows what lies beneath: drawn on a mask of its own.
            size = (box[2] - box[0], box[3] - box[1])
            own = Image.new("L", size, 0)
            for ring, value in ((polygon[0], level), *((hole, 0) for hole in polygon[1:])):
                points = [self.at(*point) for point in ring]
                ImageDraw.Draw(own).polygon(
                    [(x - box[0], y - box[1]) for x, y in points], fill=value
                )
            mask.paste(own, box[:2], own)
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), mask)

    def _box(self, ring: Sequence[Sequence[float]]) -> tuple[int, int, int, int] | None:
        """Return the ring's place on the image, None where it is not on it."""
        places = [self.at(*point) for point in ring]
        x, y = [place[0] for place in places], [place[1] for place in places]
        box = (
            max(0, math.floor(min(x))), max(0, math.floor(min(y))),
            min(self.image.width, math.ceil(max(x)) + 1), min(self.image.height, math.ceil(max(y)) + 1),
        )  # fmt: skip
        return box if box[2] > box[0] and box[3] > box[1] else None

    def outline(self, features: Iterable[Mapping[str, Any]], colour: str, width: float) -> None:
        for polygon in _polygons(features):
            for ring in polygon:
                self.line(ring, colour, width)

    def line(self, points: Sequence[Sequence[float]], colour: str, width: float) -> None:
        places = [self.at(point[0], point[1]) for point in points]
        ImageDraw.Draw(self.image).line(
            places, fill=colour, width=max(1, round(width * SMOOTH)), joint="curve"
        )

    def dot(self, lon: float, lat: float, radius: float, colour: str) -> None:
        x, y = self.at(lon, lat)
        draw = ImageDraw.Draw(self.image)
        for size, fill in ((radius + 2, "#ffffff"), (radius, colour)):
            wide = size * SMOOTH
            draw.ellipse([x - wide, y - wide, x + wide, y + wide], fill=fill)

    def scale_bar(self) -> None:
        """Draw a bar of a round length, with its metres, and an arrow to the north."""
        per_metre = self._unit / METRES_PER_DEGREE
        most = WIDTH * SMOOTH * 0.22 / per_metre
        power = 10.0 ** math.floor(math.log10(most))
        length = max(step * power for step in (1, 2, 5) if step * power <= most)
        words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
        draw = ImageDraw.Draw(self.image)
        font = ImageFont.load_default(22 * SMOOTH)
        left, lower, unit = 28 * SMOOTH, self.image.height - 28 * SMOOTH, SMOOTH
        right, ink = left + length * per_metre, "#1f2933"
        around = [left - 12 * unit, lower - 40 * unit, right + 12 * unit, lower + 12 * unit]
        draw.rectangle(around, fill="#ffffff")
        end = lower - 8 * unit
        draw.line(
            [(left, end), (left, lower), (right, lower), (right, end)], fill=ink, width=2 * unit
        )
        draw.text(((left + right) / 2, lower - 10 * unit), words, fill=ink, font=font, anchor="ms")
        x, y = self.image.width - 44 * unit, 30 * unit
        low = y + 36 * unit
        draw.polygon([(x, y), (x - 12 * unit, low), (x, y + 28 * unit), (x + 12 * unit, low)], fill=ink)  # fmt: skip
        draw.text((x, y + 62 * unit), "N", fill=ink, font=font, anchor="ms")


def _polygons(features: Iterable[Mapping[str, Any]]) -> Iterable[list[list[list[float]]]]:
    for item in features:
        shape = item["geometry"]
        if shape is None:
            continue
        if shape["type"] == "Polygon":
            yield shape["coordinates"]
        elif shape["type"] == "MultiPolygon":
            yield from shape["coordinates"]


def draw_map(content: Content, colour: Colour, *, reach: bool) -> bytes | None:
    """Return a map of grids or communities in colours of their figures; None where there is nothing to draw.

    Parameters
    ----------
    colour
        Takes a row of the run and returns its colour.
    reach
        Whether what is within reach is drawn over it.
    """
    if content.bounds is None:
        return None
    canvas, shapes = _Canvas(content.bounds), content.shapes
    cover = shapes["land_cover"]["features"]
    for kind, fill in (("green", GREEN), ("water", WATER)):
        canvas.fill((item for item in cover if item["properties"]["class"] == kind), fill)
    scope = content.classes["scope"]
    rows = {row["code"]: row for row in content.run[scope]}
    layer = shapes["grids" if scope == "grids" else "divisions"]["features"]
    chosen = [item for item in layer if item["properties"]["code"] in rows]
    by_colour: dict[str, list[Any]] = {}
    for item in chosen:
        by_colour.setdefault(colour(rows[item["properties"]["code"]]), []).append(item)
    for fill, items in sorted(by_colour.items()):
        canvas.fill(items, fill, 0.7)
    for names, ink, width in ((MINOR_CLASSES, MINOR, 1.0), (MAIN_CLASSES, MAIN, 3.0)):
        for item in shapes["streets"]["features"]:
            if item["properties"]["class"] in names and item["geometry"]:
                canvas.line(item["geometry"]["coordinates"], ink, width)
    canvas.outline(chosen, "#6b7a87", 1)
    if reach:
        areas = content.area["features"]
        dissolved = [item for item in areas if item["properties"]["kind"] == "dissolved"]
        canvas.fill(dissolved, "#35978f", 0.18)
        canvas.outline(dissolved, "#01665e", 2.5)
    own = {row["code"] for row in content.run["communities"]}
    divisions = shapes["divisions"]["features"]
    canvas.outline((item for item in divisions if item["properties"]["code"] in own), "#1f2933", 2)
    for station in content.run["stations"]:
        canvas.dot(station["lon"], station["lat"], 8, "#0b6e99")
    canvas.scale_bar()
    return encode(canvas.image, SMOOTH)
