"""Reading registry layers: GeoJSON pages, vector tiles, counts and entity tags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.db import actor_of, revisions
from layers.registry import LAYERS, REGISTRY_HASH, Layer

MAX_ZOOM = 22
TILE_BUFFER = 64
TILE_EXTENT = 4096
GENERALISE_BELOW = 14
"""Below this zoom lines and areas are simplified to a quarter of a tile unit's worth of pixels."""


@dataclass(frozen=True)
class Box:
    """A rectangle in lon/lat degrees."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, value: str) -> Box:
        """Read `west,south,east,north`.

        Raises
        ------
        RefusedInputError
            `bad_bbox` when it is not four numbers in order and on the globe.
        """
        try:
            west, south, east, north = (float(part) for part in value.split(","))
        except ValueError:
            raise RefusedInputError(
                "bad_bbox", "bbox is west,south,east,north in degrees"
            ) from None
        inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        if not inside:
            raise RefusedInputError("bad_bbox", "bbox must be in order and on the globe")
        return cls(west, south, east, north)

    def as_dict(self) -> dict[str, float]:
        """Return SQL parameters."""
        return {"west": self.west, "south": self.south, "east": self.east, "north": self.north}


def _overlaps(layer: Layer, box: str) -> str:
    """Return the condition that a feature's rectangle meets a box, on indexed columns only."""
    if "footprint" in layer.geom_sql:
        return f"(t.footprint && {box} OR (t.footprint IS NULL AND t.geom && {box}))"
    return f"t.geom && {box}"


def _where(layer: Layer, box: Box | None) -> str:
    if box is None:
        return layer.where
    envelope = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
    return f"({layer.where}) AND {_overlaps(layer, envelope)}"


def _shown_at(layer: Layer, z: int) -> str:
    """Return the condition of the first coarse step above a zoom."""
    return next((condition for below, condition in layer.coarse if z < below), "true")


def look_at(session: Session, day: date | None) -> None:
    """Let the rest of the transaction see what was, or will be, in force on a day; None is today."""
    session.execute(
        text("SELECT set_config('wangge.as_of', :day, true)"),
        {"day": "" if day is None else day.isoformat()},
    )


def entity_tag(session: Session, layers: Sequence[Layer], *more: str) -> str:
    """Return the entity tag of layers' content today: revisions, columns, effective day."""
    known = revisions(session)
    today = session.execute(text("SELECT as_of_day()::text")).scalar_one()
    parts = [
        ".".join([item.name, *(str(known.get(name, 0)) for name in (item.name, *item.depends_on))])
        for item in layers
    ]
    actor = actor_of(session)  # what one may see of it is part of what it is
    seen = hashlib.blake2b(f"{actor.role} {actor.area_setting}".encode(), digest_size=6).hexdigest()
    return '"' + "-".join([*parts, REGISTRY_HASH, today, seen, *more]) + '"'


def feature_page(
    session: Session, layer: Layer, box: Box | None, limit: int, offset: int
) -> dict[str, Any]:
    """Return one page of a layer as a GeoJSON FeatureCollection that says how many there are."""
    parameters: dict[str, Any] = box.as_dict() if box else {}
    where = _where(layer, box)
    matched = session.execute(
        text(f"SELECT count(*) FROM {layer.source} WHERE {where}"),
        parameters,
    ).scalar_one()
    rows = session.execute(
        text(
            f"SELECT ST_AsGeoJSON({layer.geom_sql}, 7)::json AS geometry, {layer.select_list} "
            f"FROM {layer.source} WHERE {where} ORDER BY {layer.order} LIMIT :limit OFFSET :offset"
        ),
        {**parameters, "limit": limit, "offset": offset},
    ).mappings()
    features = [
        {
            "type": "Feature",
            "geometry": row["geometry"],
            "properties": {name: row[name] for name in layer.fields},
        }
        for row in rows
    ]
    return {
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": len(features),
        "features": features,
    }


def count(session: Session, layer: Layer) -> int:
    """Return how many features a layer has today."""
    statement = f"SELECT count(*) FROM {layer.source} WHERE {layer.where}"
    return int(session.execute(text(statement)).scalar_one())


def counts(session: Session) -> dict[str, int]:
    """Return how many features every layer has today."""
    return {item.name: count(session, item) for item in LAYERS}


def check_tile(z: int, x: int, y: int) -> None:
    """Refuse a tile address that does not exist (`bad_tile`)."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise RefusedInputError("bad_tile", "there is no such tile")


def tile(session: Session, layer: Layer, z: int, x: int, y: int) -> bytes:
    """Return a vector tile of one layer; every feature that shows is in it, none is dropped."""
    check_tile(z, x, y)
    if z < layer.min_zoom:
        return b""
    geometry = layer.geom_sql
    if z < GENERALISE_BELOW and layer.geometry in {"MultiPolygon", "LineString"}:
        # A pixel of a 256-pixel tile, halved, in degrees: nobody sees the difference.
        geometry = f"ST_SimplifyPreserveTopology({geometry}, {360 / 2**z / 512})"
    where = f"({layer.where}) AND {_shown_at(layer, z)} AND {_overlaps(layer, 'b.lonlat')}"
    rows = f"{layer.select_list} FROM {layer.source}, b WHERE {where} ORDER BY {layer.order}"
    return draw_tile(session, layer.name, geometry, rows, z, x, y)


def draw_tile(
    session: Session, name: str, geometry: str, rows: str, z: int, x: int, y: int, **more: Any
) -> bytes:
    """Return the vector tile of one MVT layer.

    Parameters
    ----------
    geometry
        SQL of the geometry in EPSG:4326.
    rows
        The rest of a SELECT: columns, FROM with the tile's box `b` (`b.metre`, `b.lonlat`), WHERE.
    more
        Further SQL parameters.
    """
    statement = text(
        f"""
        WITH b AS (
            SELECT ST_TileEnvelope(:z, :x, :y) AS metre,
                   ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => {TILE_BUFFER / TILE_EXTENT}), 4326)
                   AS lonlat
        ), m AS (
            SELECT ST_AsMVTGeom(ST_Transform({geometry}, 3857), b.metre, {TILE_EXTENT}, {TILE_BUFFER})
                   AS geom, {rows}
        )
        SELECT ST_AsMVT(m, :name, {TILE_EXTENT}, 'geom') FROM m WHERE geom IS NOT NULL
        """
    )
    found = session.execute(statement, {"z": z, "x": x, "y": y, "name": name, **more})
    return bytes(found.scalar_one() or b"")


def stream(session: Session, layer: Layer) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield every feature of a layer as properties and WKB, in the layer's order."""
    statement = text(
        f"SELECT ST_AsBinary({layer.geom_sql}) AS wkb, {layer.select_list} "
        f"FROM {layer.source} WHERE {layer.where} ORDER BY {layer.order}"
    )
    rows = session.execute(statement, execution_options={"yield_per": 5000}).mappings()
    for row in rows:
        yield {name: row[name] for name in layer.fields}, bytes(row["wkb"])
