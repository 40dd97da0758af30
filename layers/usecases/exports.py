"""Registry layers as files anybody can check the figures with."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.features import stream
from layers.io.progress import Progress, silent
from layers.registry import Layer

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


WRITERS: dict[str, Callable[[Session, Layer, Path, Progress], int]] = {
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".gpkg": _geopackage,
}


def export_layer(
    session: Session, layer: Layer, target: Path, progress: Progress = silent
) -> dict[str, Any]:
    """Write a layer as GeoJSON, CSV or GeoPackage by the target's ending; replaced last.

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
    fresh = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        count = writer(session, layer, fresh, progress)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    progress(100, "written")
    return {"layer": layer.name, "file": str(target), "features": count}
