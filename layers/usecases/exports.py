"""Layers and runs as files anybody can check the figures with; each that leaves is logged."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.audit import record
from layers.db import Database, actor_of
from layers.features import stream
from layers.files import written_whole
from layers.io.progress import Progress, silent
from layers.registry import Layer
from layers.usecases.results import write_buildings

REPORT_EVERY = 5000


def _geojson(session: Session, layer: Layer, target: Path, progress: Progress) -> int:
    count = 0
    with target.open("w", encoding="utf-8") as file:
        file.write(
            '{"type":"FeatureCollection","name":' + json.dumps(layer.name) + ',"features":[\n'
        )
        for properties, wkb in stream(session, layer):
            shape = json.loads(shapely.to_geojson(shapely.from_wkb(wkb)))
            feature = {"type": "Feature", "properties": properties, "geometry": shape}
            file.write(
                (",\n" if count else "")
                + json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            )
            count += 1
            if count % REPORT_EVERY == 0:
                progress(50, f"{count:,} features")
        file.write("\n]}\n")
    return count


def _csv(session: Session, layer: Layer, target: Path, progress: Progress) -> int:
    """Write attributes with lon/lat of points and WKT of everything else."""
    count = 0
    point = layer.geometry == "Point"
    # The mark at the beginning tells Excel that this is UTF-8.
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*layer.fields, *(("lon", "lat") if point else ("wkt",))])
        for properties, wkb in stream(session, layer):
            shape = shapely.from_wkb(wkb)
            place = (
                [f"{shape.x:.7f}", f"{shape.y:.7f}"]
                if point
                else [shapely.to_wkt(shape, rounding_precision=7)]
            )
            writer.writerow(
                ["" if value is None else value for value in properties.values()] + place
            )
            count += 1
            if count % REPORT_EVERY == 0:
                progress(50, f"{count:,} features")
    return count


def _geopackage(session: Session, layer: Layer, target: Path, progress: Progress) -> int:
    import geopandas as gpd
    import pyogrio

    progress(20, "reading")
    records: list[dict[str, Any]] = []
    shapes: list[bytes] = []
    for properties, wkb in stream(session, layer):
        records.append(properties)
        shapes.append(wkb)
    columns = {name: [record[name] for record in records] for name in layer.fields}
    frame = gpd.GeoDataFrame(columns, geometry=shapely.from_wkb(shapes), crs="EPSG:4326")
    progress(60, "writing")
    target.unlink(missing_ok=True)
    # A GeoPackage carries the hour it was written; equal layers shall be equal files.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    frame.to_file(target, layer=layer.name, driver="GPKG")
    return len(frame)


def log_export(
    session: Session, action: str, object_: str, ending: str, content: IO[bytes], rows: int | None
) -> None:
    """Note what leaves the store: whose, of what, how much, and its SHA-256.

    Parameters
    ----------
    content
        The file, open for reading.
    """
    actor = actor_of(session)
    noted = {
        "format": ending,
        "rows": rows,
        "sha256": hashlib.file_digest(content, "sha256").hexdigest(),  # type: ignore[arg-type]
        "bytes": content.seek(0, os.SEEK_END),
    }
    session.execute(
        text(
            "INSERT INTO export (actor, account_id, object, format, rows, bytes, sha256, divisions) "
            "VALUES (:actor, :account, :object, :format, :rows, :bytes, :sha256, :divisions)"
        ),
        {
            **noted,
            "actor": actor.name,
            "account": actor.account,
            "object": object_,
            "divisions": None if actor.roots is None else list(actor.roots),
        },
    )
    record(session, action, object_, after=noted)


def export_run(database: Database, run_id: str, target: Path) -> int:
    """Write every building's walk in a run, as far as the actor sees it, as CSV; return how many."""
    with database.session("server") as session:
        count = write_buildings(session, run_id, target)
        with target.open("rb") as content:
            log_export(session, "export.run", run_id, "csv", content, count)
    return count


WRITERS: dict[str, Callable[[Session, Layer, Path, Progress], int]] = {
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".gpkg": _geopackage,
}


def export_layer(
    database: Database, layer: Layer, target: Path, progress: Progress = silent
) -> dict[str, Any]:
    """Write a layer, as far as the actor sees it, as GeoJSON, CSV or GeoPackage; replaced last.

    Raises
    ------
    RefusedInputError
        `unknown_format` for another ending, `cannot_write` when the folder does not exist.
    """
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        known = ", ".join(WRITERS)
        raise RefusedInputError("unknown_format", f"write to a file ending in {known}")
    if not target.absolute().parent.is_dir():
        raise RefusedInputError("cannot_write", f"there is no folder {target.parent}")
    if target.is_dir():
        raise RefusedInputError("cannot_write", f"{target} is a folder; name a file")
    with written_whole(target) as fresh, database.session("server") as session:
        count = writer(session, layer, fresh, progress)
        with fresh.open("rb") as content:
            ending = fresh.suffix.removeprefix(".")
            log_export(session, "export.layer", layer.name, ending, content, count)
    progress(100, "written")
    return {"layer": layer.name, "file": str(target), "features": count}
