"""What a coverage question reads: networks, snapped buildings, households, stations, areas.

The database is the truth. Arrays derived from it lie as `.npy` files under the home's cache, named by
what they were made from, and are mapped read-only by every process; deleting the cache loses time
and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import locate
from gis.crs import FloatArray, to_metric
from gis.network import Network
from gis.service_area import FieldLattice, build_lattice
from gis.snap import NO_NETWORK, REACHABLE, SegmentIndex, Snaps
from layers.db import actor_of, revisions
from layers.input_rows import (
    COMMUNITIES,
    GRIDS,
    STATIONS,
    UNPLACED,
    Areas,
    Buildings,
    copy_frame,
    county_zones,
    read_areas,
    read_barriers,
    read_buildings,
    read_network,
)
from layers.io.progress import Progress, part, silent
from layers.registry import effective

ANALYSIS_VERSION = "1"
"""Counts up whenever equal inputs may give other figures; part of every run's id."""
AREA_MARGIN_DEG = 0.01
AREAS_HELD = 3
"""Counties whose inputs stay in memory; the others are read again."""
T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One network with the buildings that lie on it."""

    name: str
    imported_at: str
    content_hash: str
    """Of what the import brought; the one the import printed."""
    network: Network
    barriers: FloatArray
    hash: str
    """Of network and barriers."""
    rows: NDArray[np.int64]
    """(p,) rows of the buildings on it."""
    xy: FloatArray
    """(p, 2) in the network's metric zone."""
    snaps: Snaps


@dataclass(frozen=True)
class Inputs:
    """Everything a question is computed from."""

    buildings: Buildings
    parts: tuple[Part, ...]
    communities: Areas
    grids: Areas
    stations: pd.DataFrame
    """code, name, category, status, lon, lat, open (bool), capacity, opened_on, closed_on, by code."""
    unplaced: pd.DataFrame
    """community and one column per basis: ledger rows without a building."""
    street_km: FloatArray
    """(communities,) length of walkable streets in each, an edge counting where its middle is."""
    sources: list[tuple[int, str]]
    """Divisions (-1 outside all) and the names of the ledgers that counted in them."""
    hash: str
    """Of the contents, not of when or how they were imported."""

    @cached_property
    def counted_between(self) -> tuple[tuple[str | None, str | None], ...]:
        """First and last date of the counts in force in each community."""
        rows = np.flatnonzero(self.buildings.counted)
        member = self.communities.member[rows]
        order = np.argsort(member, kind="stable")
        borders = np.searchsorted(member[order], np.arange(len(self.communities) + 1))
        groups = [rows[order[a:b]] for a, b in pairwise(borders)]
        found = []
        for group in groups:
            dates = self.buildings.counted_on[group]
            found.append((min(dates, default=None), max(dates, default=None)))
        return tuple(found)


NOT_INPUTS = frozenset({"workers"})
"""Layers no computation reads: who is posted where changes daily, and no answer with it."""


class InputCache:
    """Loads inputs for the newest revisions and keeps the last ones in memory, by area.

    The area is that of the session's actor: what a computation may read.

    Parameters
    ----------
    home
        `WANGGE_HOME`; arrays lie in its folder `cache`.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "cache"
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[object, ...], Inputs] = OrderedDict()
        self._index: dict[str, SegmentIndex] = {}
        self._lattice: dict[str, FieldLattice] = {}

    def load(self, session: Session, progress: Progress = silent) -> Inputs:
        """Return the inputs as they are in the store now."""
        key = self._key(session)
        with self._lock:
            found = self._held.get(key)
            if found is None:
                found = self._build(session, progress)
                self._keep(key, found)
                current = {item.hash for held in self._held.values() for item in held.parts}
                self._index = {k: v for k, v in self._index.items() if k in current}
                self._lattice = {
                    k: v for k, v in self._lattice.items() if k.split("-")[1] in current
                }
            self._held.move_to_end(key)
            return found

    def _keep(self, key: tuple[object, ...], made: Inputs) -> None:
        """Hold new inputs; those of older revisions are never asked for again."""
        for old in [old for old in self._held if old[:-1] != key[:-1]]:
            del self._held[old]
        self._held[key] = made
        if len(self._held) > AREAS_HELD:
            self._held.popitem(last=False)

    def answer_file(self, session: Session, *question: object) -> Path:
        """Return where the run that answers a question on today's revisions is noted.

        Revisions are cheap to read and the contents' hash is not: the note saves reading a million
        buildings to find that nothing changed. What stands in it is the run's id.
        """
        name = _digest(np.array([repr((self._key(session), question))], dtype=np.str_))
        return self.folder / "answers" / name

    def ready(self) -> Path:
        """Return the cache's folder, made if need be; only the server's own user looks into it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    @staticmethod
    def _key(session: Session) -> tuple[object, ...]:
        store, today = session.execute(text("SELECT id::text, current_date::text FROM store")).one()
        area = actor_of(session).area_setting
        read = {
            name: number for name, number in revisions(session).items() if name not in NOT_INPUTS
        }
        return (store, today, tuple(sorted(read.items())), area)

    def index(self, item: Part) -> SegmentIndex:
        """Return the segment index of a part, made once per process."""
        if item.hash not in self._index:
            self._index[item.hash] = SegmentIndex(item.network, item.barriers)
        return self._index[item.hash]

    def lattice(self, item: Part) -> FieldLattice:
        """Return the field lattice of a part, made once per network and buildings."""
        key = f"lattice-{item.hash}-{_digest(item.xy)}"
        if key not in self._lattice:
            self._lattice[key] = self._arrays(
                key, FieldLattice, lambda: build_lattice(self.index(item), item.xy, item.snaps)
            )
        return self._lattice[key]

    def _build(self, session: Session, progress: Progress) -> Inputs:
        progress(2, "reading buildings and households")
        buildings = read_buildings(session)
        progress(25, "reading streets")
        parts = self._parts(session, buildings, part(progress, 25, 85))
        progress(85, "reading divisions and grids")
        zones = county_zones(session)
        communities = read_areas(session, COMMUNITIES, buildings, zones)
        grids = read_areas(session, GRIDS, buildings, zones)
        street_km = _street_km(parts, communities)
        stations = copy_frame(
            session, STATIONS, ("code", "name", "category", "status", "opened_on", "closed_on")
        )
        stations["open"] = stations["open"] == "t"
        unplaced = copy_frame(session, UNPLACED, ("community",))
        sources = [
            (int(row.division), str(row.source))
            for row in session.execute(
                text(
                    "SELECT DISTINCT coalesce(division_id, -1) AS division, source "
                    "FROM household_count WHERE source <> '' ORDER BY source, division"
                )
            )
        ]
        progress(98, "inputs read")
        content = _content_hash(
            buildings, parts, communities, grids, stations, unplaced, _outlines(session)
        )
        return Inputs(
            buildings, parts, communities, grids, stations, unplaced, street_km, sources, content
        )

    def _parts(
        self, session: Session, buildings: Buildings, progress: Progress
    ) -> tuple[Part, ...]:
        """Read every current network and give each building to the one it is nearest to."""
        rows = session.execute(
            text(
                "SELECT id, name, content_hash, metric_crs, nodes, imported_at "
                "FROM network WHERE superseded_at IS NULL ORDER BY name"
            )
        ).all()
        best = np.full(len(buildings), NO_NETWORK + 1, dtype=np.uint8)
        owner = np.full(len(buildings), -1, dtype=np.int32)
        found: list[tuple[Any, Network, FloatArray, str, NDArray[np.int64], FloatArray, Snaps]] = []
        for number, row in enumerate(rows):
            share = part(progress, 100 * number // len(rows), 100 * (number + 1) // len(rows))
            share(0, f"streets of {row.name}")
            network = self._arrays(
                f"network-{row.content_hash}", Network, partial(read_network, session, row)
            )
            barriers = read_barriers(session, row.id, network.metric_crs)
            digest = f"{row.content_hash[:16]}{_digest(barriers)[:16]}"
            low, high = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
            near = np.all(
                (buildings.lonlat >= low - AREA_MARGIN_DEG)
                & (buildings.lonlat <= high + AREA_MARGIN_DEG),
                axis=1,
            )
            mine = np.flatnonzero(near)
            xy = to_metric(buildings.lonlat[mine], network.metric_crs)
            share(40, f"snapping {len(mine):,} buildings to {row.name}")
            stamp = row.imported_at.isoformat(timespec="seconds")
            item = Part(
                row.name,
                row.imported_at.isoformat(timespec="seconds"),
                row.content_hash,
                network,
                barriers,
                digest,
                mine,
                xy,
                _no_snaps(0),
            )
            snaps = self._arrays(
                f"snaps-{digest}-{_digest(xy)}",
                Snaps,
                partial(self._snap, item),
            )
            better = snaps.state < best[mine]
            best[mine[better]] = snaps.state[better]
            owner[mine[better]] = number
            found.append((row, network, barriers, digest, mine, xy, snaps))
        return tuple(
            Part(
                row.name, stamp, row.content_hash, network, barriers, digest,
                mine[owner[mine] == number], xy[owner[mine] == number],
                snaps.take(owner[mine] == number),
            )
            for number, (row, network, barriers, digest, mine, xy, snaps) in enumerate(found)
        )  # fmt: skip

    def _snap(self, item: Part) -> Snaps:
        return self.index(item).snap(item.xy)

    def _arrays(self, key: str, kind: type[T], make: Callable[[], T]) -> T:
        """Return a dataclass of arrays from the cache, or make and keep it.

        Written to a folder of its own and renamed into place: another process sees all or nothing.
        """
        folder = self.folder / key
        if not folder.exists():
            made = make()
            fresh = self.ready() / f".{key}.{os.getpid()}.{threading.get_ident()}"
            fresh.mkdir(parents=True, exist_ok=True)
            _save(made, fresh)
            try:
                fresh.rename(folder)
            except OSError:  # somebody else was faster; both made the same
                shutil.rmtree(fresh)
        return _restore(kind, folder)


def _save(value: Any, folder: Path) -> None:
    if not is_dataclass(value):
        raise TypeError("only dataclasses of arrays are cached")
    for item in fields(value):
        np.save(folder / f"{item.name}.npy", np.asarray(getattr(value, item.name)))


def _restore(kind: type[T], folder: Path) -> T:
    values = {}
    for item in fields(kind):  # type: ignore[arg-type]
        path = folder / f"{item.name}.npy"
        array = np.load(path, mmap_mode="r")
        # Kernels index plain arrays faster than memmap objects; the pages stay shared.
        values[item.name] = array.view(np.ndarray) if array.ndim else array.item()
    return kind(**values)


def _digest(*arrays: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        value = np.ascontiguousarray(array)
        digest.update(str(value.shape).encode())
        digest.update(
            "\x00".join(value.tolist()).encode() if value.dtype.kind in "UO" else value.tobytes()
        )
    return digest.hexdigest()


def _no_snaps(count: int) -> Snaps:
    empty = np.full((count, 3), -1, dtype=np.int32)
    return Snaps(empty, empty.copy(), empty.copy(), np.full(count, NO_NETWORK, dtype=np.uint8))


def _street_km(parts: Sequence[Part], communities: Areas) -> FloatArray:
    """Sum the length of streets per community: how much is known of its streets."""
    total = np.zeros(len(communities))
    for item in parts:
        network = item.network
        middle = (network.vertex_offsets[:-1] + network.vertex_offsets[1:]) // 2
        inside = locate(network.vertex_lonlat[middle], communities.polygon)
        found = inside >= 0
        total += np.bincount(
            inside[found], weights=network.edge_length_mm[found] / 1e6, minlength=len(communities)
        )
    return total


def _content_hash(
    buildings: Buildings,
    parts: Sequence[Part],
    communities: Areas,
    grids: Areas,
    stations: pd.DataFrame,
    unplaced: pd.DataFrame,
    outlines: str,
) -> str:
    shapes: Mapping[str, Areas] = {"communities": communities, "grids": grids}
    return _digest(
        np.array([item.hash for item in parts], dtype=np.str_),
        buildings.code, buildings.lonlat, *buildings.households.values(), buildings.counted_on,
        *(np.array([*item.code, *map(str, item.kind)], dtype=np.str_) for item in shapes.values()),
        *(np.array([w.hex() for w in shapely.to_wkb(item.polygon)], dtype=np.str_) for item in shapes.values()),
        np.array([stations.to_csv(index=False), unplaced.to_csv(index=False), outlines], dtype=np.str_),
    )  # fmt: skip


def _outlines(session: Session) -> str:
    """Return a digest of the divisions above communities: they decide what a question is about."""
    found = session.execute(
        text(
            "SELECT md5(coalesce(string_agg(t.code || md5(ST_AsBinary(t.geom)), ',' "
            "ORDER BY t.code COLLATE \"C\"), '')) FROM division_version t "
            "JOIN division d ON d.id = t.division_id AND d.level <> 'community' "
            f"WHERE {effective('t')} AND (:everywhere OR t.division_id = ANY(:area))"
        ),
        _area(session),
    ).scalar_one()
    return str(found)


def _area(session: Session) -> dict[str, Any]:
    area = actor_of(session).area
    return {"everywhere": area is None, "area": sorted(area or ())}


def reachable(item: Part) -> NDArray[np.bool_]:
    """Return which of a part's buildings have a street in reach."""
    return np.asarray(item.snaps.state == REACHABLE)
