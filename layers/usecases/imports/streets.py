"""Streets: a new version of a walk network with its barriers, gates, water, green and buildings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.crs import metric_zone
from gis.errors import Fault, RefusedInputError
from gis.network import DIRECTIONS, Network, StreetWays, build_network
from layers.db import copy_rows
from layers.io.fields import STREETS
from layers.io.osm import generator_of, read_osm
from layers.io.osm_content import Areas, Lines
from layers.io.progress import Progress, part
from layers.io.sniff import OSM_CONTENTS, require_content
from layers.io.ways import GatePoint, gate_points, ways_from_osm, ways_from_rows
from layers.usecases.imports.buildings import store_osm_buildings
from layers.usecases.imports.skeleton import ImportOptions, Outcome, ewkb, require_china, rows_of

EDGE_COLUMNS = (
    "network_id",
    "no",
    "from_node",
    "to_node",
    "street_class",
    "name",
    "length_mm",
    "direction",
    "private",
    "bridge",
    "tunnel",
    "source_ref",
    "geom",
)
HASH_BYTES = 16
OSM_CREDIT = "© OpenStreetMap contributors (ODbL)"
FILE_PREFIX = "file:"
"""Begins the source of streets whose user named none: a file's name is nobody's credit."""
EWKB_MULTIPOLYGON = "0106000020E6100000"
WKB_MULTIPOLYGON = "0106000000"
FEWEST_VERTICES = 2


@dataclass(frozen=True)
class _Content:
    """What a file brings, whichever format it is in."""

    ways: StreetWays
    gates: list[GatePoint]
    barriers: Lines | None
    land_cover: Areas
    buildings: Areas
    notes: list[str]


def import_streets(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store the streets of an OpenStreetMap file or a line layer as a network's current version.

    Equal content makes no new version. Buildings of an OpenStreetMap file are kept under the same
    dataset name.
    """
    content = _read(path, options, part(progress, 0, 35))
    if len(content.ways.ref) == 0:
        reason = "no street in the file may be walked on"
        raise RefusedInputError(
            "no_streets", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        )
    lonlat = content.ways.lonlat
    require_china(path.name, lonlat, options)
    progress(36, "building the walk network")
    network = build_network(content.ways, _zone(session, lonlat))
    progress(42, f"{network.edges:,} edges, {network.nodes:,} nodes")
    dataset = options.dataset_of(path)
    notes = list(content.notes)
    digest = _digest(network, content)
    same = session.execute(
        text("SELECT content_hash FROM network WHERE name = :name AND superseded_at IS NULL"),
        {"name": dataset},
    ).scalar_one_or_none()
    outcome = Outcome(
        read=len(content.ways.ref) + len(content.buildings),
        notes=notes,
        bounds=[*lonlat.min(axis=0), *lonlat.max(axis=0)],
        details={"network": _described(network, digest, same == digest)},
    )
    if same == digest:
        outcome.unchanged += network.edges
        _correct_source(session, dataset, path, options)
    else:
        _store_network(session, dataset, network, content, digest, _source(path, options))
        outcome.added += network.edges
        outcome.layers += ("streets", "barriers", "gates", "land_cover")
    progress(55, "network stored")
    if len(content.buildings):
        counts = store_osm_buildings(session, dataset, content.buildings, part(progress, 55, 98))
        outcome.added += counts.added
        outcome.updated += counts.updated
        outcome.unchanged += counts.unchanged
        outcome.removed += counts.removed
        outcome.details["buildings"] = len(content.buildings)
        if counts.added or counts.updated or counts.removed:
            outcome.layers += ("buildings",)
    return outcome


def _read(path: Path, options: ImportOptions, progress: Progress) -> _Content:
    if require_content(path) in OSM_CONTENTS:
        osm = read_osm(path, ("streets", *options.parts), progress)
        gates = gate_points(osm.gates)
        ways, notes = ways_from_osm(osm.streets, gates)
        return _Content(
            ways, gates, osm.barriers, osm.land_cover, osm.buildings, [*osm.notes, *notes]
        )
    rows = rows_of(path, STREETS, options)
    progress(90, f"{len(rows):,} lines read")
    ways, notes = ways_from_rows(rows)
    return _Content(ways, [], None, Areas(), Areas(), [*rows.notes, *notes])


def _source(path: Path, options: ImportOptions) -> str:
    """Return whom the streets come from: the user's word, OpenStreetMap, or only the file."""
    if options.source:
        return options.source
    # The synthetic sample is in OpenStreetMap's format and owes it nothing.
    if require_content(path) in OSM_CONTENTS and "synthetic" not in generator_of(path):
        return OSM_CREDIT
    return FILE_PREFIX + path.name


def _correct_source(session: Session, dataset: str, path: Path, options: ImportOptions) -> None:
    """Name the source of streets that are stored already anew; never guess over a user's word."""
    session.execute(
        text(
            "UPDATE network SET source = :source WHERE name = :name AND superseded_at IS NULL "
            "AND (:said OR source = :file OR starts_with(source, :prefix))"
        ),
        {
            "source": _source(path, options),
            "name": dataset,
            "said": bool(options.source),
            "file": path.name,
            "prefix": FILE_PREFIX,
        },
    )


def _zone(session: Session, lonlat: npt.NDArray[np.float64]) -> str:
    """Return the zone of the county the streets lie in, else that of their middle."""
    lon, lat = (lonlat.min(axis=0) + lonlat.max(axis=0)) / 2
    fixed = session.execute(
        text(
            "SELECT metric_crs FROM division_version WHERE metric_crs IS NOT NULL "
            "AND valid_to IS NULL AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(:x, :y), 4326)) "
            "ORDER BY code LIMIT 1"
        ),
        {"x": float(lon), "y": float(lat)},
    ).scalar_one_or_none()
    return str(fixed) if fixed else metric_zone(float(lon))


def _described(network: Network, digest: str, unchanged: bool) -> dict[str, Any]:
    return {
        "hash": digest,
        "nodes": network.nodes,
        "edges": network.edges,
        "length_km": round(int(network.edge_length_mm.sum()) / 1e6, 3),
        "pieces": int(network.component.max(initial=-1)) + 1,
        "metric_crs": network.metric_crs,
        "unchanged": unchanged,
    }


def _digest(network: Network, content: _Content) -> str:
    """Return a hash of everything a network version holds."""
    digest = hashlib.blake2b(network.content_hash().encode(), digest_size=HASH_BYTES)
    if content.barriers is not None:
        for array in (content.barriers.first, content.barriers.lon, content.barriers.lat):
            digest.update(array.tobytes())
        digest.update(repr(content.barriers.tags).encode())
    digest.update(repr(content.gates).encode())
    cover = content.land_cover
    for item in zip(cover.wkb, cover.label, cover.name, strict=True):
        digest.update("\0".join(part or "" for part in item).encode())
    return digest.hexdigest()


def _store_network(
    session: Session, name: str, network: Network, content: _Content, digest: str, source: str
) -> None:
    """Write a network version and close the one before it."""
    session.execute(
        text(
            "UPDATE network SET superseded_at = now() WHERE name = :name AND superseded_at IS NULL"
        ),
        {"name": name},
    )
    network_id = session.execute(
        text(
            "INSERT INTO network (name, content_hash, metric_crs, nodes, edges, source, notes) "
            "VALUES (:name, :hash, :crs, :nodes, :edges, :source, CAST(:notes AS jsonb)) "
            "RETURNING id"
        ),
        {
            "name": name,
            "hash": digest,
            "crs": network.metric_crs,
            "nodes": network.nodes,
            "edges": network.edges,
            "source": source,
            "notes": _json_list(content.notes),
        },
    ).scalar_one()
    copy_rows(session, "street_edge", EDGE_COLUMNS, _edge_rows(network_id, network))
    if content.barriers is not None:
        shapes = ewkb(_linestrings(content.barriers))
        copy_rows(
            session,
            "barrier",
            ("network_id", "barrier_class", "name", "geom"),
            (
                (network_id, tags["class"], tags.get("name"), shape)
                for tags, shape in zip(content.barriers.tags, shapes, strict=True)
                if shape is not None
            ),
        )
    cover = content.land_cover
    copy_rows(
        session,
        "land_cover",
        ("network_id", "cover_class", "name", "geom"),
        (
            (network_id, label, area, wkb.replace(WKB_MULTIPOLYGON, EWKB_MULTIPOLYGON, 1))
            for label, area, wkb in zip(cover.label, cover.name, cover.wkb, strict=True)
        ),
    )
    copy_rows(
        session,
        "gate",
        ("network_id", "node", "name", "kind", "open", "geom"),
        _gate_rows(network_id, network, content.gates),
    )


def _edge_rows(network_id: int, network: Network) -> Iterator[tuple[Any, ...]]:
    edge = np.repeat(np.arange(network.edges), np.diff(network.vertex_offsets))
    shapes = ewkb(shapely.linestrings(network.vertex_lonlat, indices=edge))
    columns = (
        network.edge_from.tolist(),
        network.edge_to.tolist(),
        network.edge_class.tolist(),
        [name or None for name in network.edge_name.tolist()],
        network.edge_length_mm.tolist(),
        [DIRECTIONS[value] for value in network.edge_direction.tolist()],
        network.edge_private.tolist(),
        network.edge_bridge.tolist(),
        network.edge_tunnel.tolist(),
        network.edge_ref.tolist(),
        shapes,
    )
    for no, values in enumerate(zip(*columns, strict=True)):
        yield (network_id, no, *values)


def _linestrings(lines: Lines) -> Any:
    owner = np.repeat(np.arange(len(lines)), np.diff(lines.first))
    return shapely.linestrings(np.column_stack((lines.lon, lines.lat)), indices=owner)


def _gate_rows(
    network_id: int, network: Network, gates: list[GatePoint]
) -> Iterator[tuple[Any, ...]]:
    """Yield gates with the number of the node they stand on, where there is one."""
    wanted = {(gate.lon, gate.lat) for gate in gates}
    node_at: dict[tuple[float, float], int] = {}
    for number, (lon, lat) in enumerate(network.node_lonlat.tolist()):
        if (lon, lat) in wanted:
            node_at.setdefault((lon, lat), number)
    shapes = ewkb(shapely.points([(gate.lon, gate.lat) for gate in gates])) if gates else []
    for gate, shape in zip(gates, shapes, strict=True):
        node = node_at.get((gate.lon, gate.lat))
        yield (network_id, node, gate.name, gate.kind, gate.is_open, shape)


def _json_list(items: list[str]) -> str:
    import json

    return json.dumps(items, ensure_ascii=False)
