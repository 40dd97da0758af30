"""What all imports share: options, one transaction, dry runs, and the summary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.audit import record
from layers.db import revisions as known_revisions
from layers.db import touch
from layers.io.coordinates import outside_china
from layers.io.osm import PARTS
from layers.io.parse import Rows, read_rows
from layers.io.progress import Progress
from layers.io.records import ReadOptions
from layers.io.sniff import ENDINGS
from layers.usecases.search import reindex

DEGREE_DIGITS = 7
AREA_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
IMPORT_LOCK = 0x77616E67
"""Number of the advisory lock that lets one import at a time write."""


@dataclass(frozen=True)
class ImportOptions:
    """What the user says about an import."""

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    allow_outside_china: bool = False
    repair: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    """Canonical field -> column of the file."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Canonical field -> one value for every row."""
    parts: Sequence[str] = PARTS
    """What an OpenStreetMap file brings."""
    dataset: str | None = None
    """Name the rows are kept under; the file's name without its ending if left out."""
    source: str | None = None
    """Where the data come from, for attribution; if left out, OpenStreetMap's files are credited to
    its contributors and others keep their file's name."""
    replace: bool = False
    """Remove what an earlier import of this dataset brought and this file no longer has."""
    dry_run: bool = False

    @property
    def reading(self) -> ReadOptions:
        """The part of the options that readers need."""
        return ReadOptions(
            self.crs, self.encoding, self.layer, self.allow_outside_china, self.repair
        )

    def dataset_of(self, path: Path) -> str:
        """Return the name the rows of a file are kept under."""
        if self.dataset:
            return self.dataset
        name = path.name
        ending = next((known for known in ENDINGS if name.lower().endswith(known)), "")
        return name[: len(name) - len(ending)] or name


@dataclass
class Outcome:
    """What an importer did; `changed` names the layers that differ now."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    notes: list[str] = field(default_factory=list)
    bounds: Sequence[float] | None = None
    """West, south, east, north in degrees."""
    layers: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """True when the store holds something else than before."""
        return bool(self.added or self.updated or self.removed)


Importer = Callable[[Session, Path, ImportOptions, Progress], Outcome]


def run_import(
    kind: str,
    importer: Importer,
    session: Session,
    path: Path,
    options: ImportOptions,
    progress: Progress,
) -> dict[str, Any]:
    """Run an importer in a savepoint and return its summary.

    A refusal rolls back to where the session stood, so that a caller who goes on stores nothing
    of it; a dry run does the same after counting.
    """
    _wait_for_others(session, progress)
    savepoint = session.begin_nested()
    before = {"revisions": known_revisions(session)}
    try:
        outcome = importer(session, path, options, progress)
        revisions = touch(session, *outcome.layers) if outcome.changed else {}
        if outcome.changed and not options.dry_run:
            progress(98, "indexing names for the search")
            reindex(session, *outcome.layers)
    except BaseException:
        savepoint.rollback()
        raise
    summary = _summary(kind, path, options, outcome, revisions)
    if options.dry_run:
        savepoint.rollback()
    else:
        record(
            session,
            "import",
            f"{kind} {summary['dataset']}",
            before=before,
            after=_noted(summary, path),
        )
        savepoint.commit()
    progress(100, "dry run: nothing stored" if options.dry_run else "stored")
    return summary


def _noted(summary: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return what the audit keeps of an import: figures and the file's hash, not its notes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    names = ("file", "read", "added", "updated", "unchanged", "removed", "revision")
    return {**{name: summary[name] for name in names}, "sha256": digest.hexdigest()}


def _summary(
    kind: str, path: Path, options: ImportOptions, outcome: Outcome, revisions: dict[str, int]
) -> dict[str, Any]:
    extent = None
    if outcome.bounds is not None:
        extent = [round(float(value), DEGREE_DIGITS) for value in outcome.bounds]
    return {
        "kind": kind,
        "file": path.name,
        "dataset": options.dataset_of(path),
        "dry_run": options.dry_run,
        "read": outcome.read,
        "added": outcome.added,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "removed": outcome.removed,
        **outcome.details,
        "notes": outcome.notes,
        "extent": extent,
        "revision": None if options.dry_run else (max(revisions.values()) if revisions else None),
    }


def _wait_for_others(session: Session, progress: Progress) -> None:
    """Let one import write at a time: two that add the same code would fail at the end."""
    lock = {"lock": IMPORT_LOCK}
    taken = session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), lock).scalar_one()
    if not taken:
        progress(0, "waiting for another import to finish")
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), lock)


def rows_of(path: Path, kind: Any, options: ImportOptions) -> Rows:
    """Return the canonical rows of a file under the user's options."""
    return read_rows(path, kind, options.reading, options.fields, options.constants)


def require_china(file: str, lonlat: Any, options: ImportOptions) -> None:
    """Refuse positions (n, 2) outside China unless the user allows them."""
    outside = outside_china(lonlat[:, 0], lonlat[:, 1])
    if outside.any() and not options.allow_outside_china:
        lon, lat = lonlat[outside][0]
        reason = (
            f"it lies outside China (73-136° E, 3-54° N), the first at {lon:.5f}, {lat:.5f}; "
            "if the place is right, use --allow-outside-china"
        )
        raise RefusedInputError("outside_china", f"{file}: {reason}", [Fault(file, reason=reason)])


def bounds_of(geometry: Any) -> list[float] | None:
    """Return the rectangle around geometries in degrees, None around nothing."""
    bounds = shapely.total_bounds(geometry)
    return None if np.isnan(bounds).any() else [float(value) for value in bounds]


def ewkb(geometry: Any) -> list[str | None]:
    """Return geometries as hexadecimal EWKB in EPSG:4326, None where there is none."""
    placed = shapely.set_srid(np.asarray(geometry, dtype=object), 4326)
    found: list[str | None] = shapely.to_wkb(
        placed, hex=True, include_srid=True, byte_order=1
    ).tolist()
    return found


def as_multipolygons(geometry: Any) -> Any:
    """Return polygons and multipolygons as multipolygons, everything else as None."""
    shapes = np.asarray(geometry, dtype=object)
    out = np.full(len(shapes), None, dtype=object)
    areas = np.flatnonzero(np.isin(shapely.get_type_id(shapes), AREA_TYPES))
    if len(areas):
        parts, owner = shapely.get_parts(shapes[areas], return_index=True)
        out[areas] = shapely.multipolygons(parts, indices=owner)
    return out


def as_points(geometry: Any) -> Any:
    """Return a point on each geometry: itself, or one inside a polygon."""
    return shapely.point_on_surface(np.asarray(geometry, dtype=object))


def pairs(session: Session, query: str, parameters: dict[str, Any] | None = None) -> dict[Any, Any]:
    """Return the first column of a query -> its second."""
    return {row[0]: row[1] for row in session.execute(text(query), parameters or {})}


def effective_today(session: Session) -> date:
    """Return today in the store's time zone."""
    found: date = session.execute(text("SELECT current_date")).scalar_one()
    return found


def refuse(code: str, message: str, faults: Sequence[Any]) -> RefusedInputError:
    """Return a refusal whose message counts the faults beyond the first."""
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return RefusedInputError(code, message + more, faults)
