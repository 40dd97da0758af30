"""A real town in memory: walk network, buildings with stored snaps, stations on random nodes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from scipy.spatial import cKDTree

from gis.crs import metric_zone, to_metric
from gis.network import Network, build_network
from gis.service_area import FieldLattice, build_lattice
from gis.snap import SegmentIndex, Snaps, line_segments
from gis.travel import nearest_station, walk_limit_mm
from layers.io.osm import read_osm
from layers.io.osm_content import OsmContent
from layers.io.ways import gate_points, ways_from_osm

MALTA = Path(__file__).parents[2].parent / "shared" / "data" / "osm-world" / "malta-2016.osm.pbf"
SPEED_KMH, MINUTES, STATIONS = 5.0, 15, 100
LIMIT_MM = walk_limit_mm(MINUTES, SPEED_KMH)
LIMIT_M = LIMIT_MM / 1000
SEEDS = (1, 2, 3)
NEAR_M = (3.0, 30.0)
"""How far from a building the control points lie that no lattice knows."""


@dataclass(frozen=True)
class Place:
    """Everything the tools under comparison start from."""

    path: Path
    network: Network
    index: SegmentIndex
    lonlat: np.ndarray
    """(b, 2) building points, degrees."""
    xy: np.ndarray
    """(b, 2) the same in the metric zone."""
    snaps: Snaps
    seconds: dict[str, float]
    """What each preparation took."""

    @cached_property
    def main_nodes(self) -> np.ndarray:
        """Nodes of the largest connected piece."""
        return np.flatnonzero(self.network.component == 0)

    @cached_property
    def node_tree(self) -> cKDTree:
        """Nodes of the network, for tools that know no edges."""
        return cKDTree(self.network.node_xy)

    @cached_property
    def lattice(self) -> FieldLattice:
        """The lattice of service areas, made once per network and buildings."""
        started = time.perf_counter()
        made = build_lattice(self.index, self.xy, self.snaps)
        self.seconds["lattice"] = time.perf_counter() - started
        return made

    def station_nodes(self, seed: int, count: int = STATIONS) -> np.ndarray:
        """Return random nodes of the largest piece."""
        return np.random.default_rng(seed).choice(self.main_nodes, count, replace=False)

    def stations(self, seed: int, count: int = STATIONS) -> Snaps:
        """Return the snaps of stations on random nodes."""
        return self.index.snap(self.network.node_xy[self.station_nodes(seed, count)])

    def truth(self, seed: int) -> np.ndarray:
        """Say which buildings are within the limit on foot, legs included."""
        walk = nearest_station(self.network, self.stations(seed), self.snaps).walk_mm
        return (walk >= 0) & (walk <= LIMIT_MM)

    def controls(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return points near buildings that no lattice knows, and whether each is within."""
        rng = np.random.default_rng(seed + 1000)
        angle = rng.uniform(0, 2 * np.pi, len(self.xy))
        far = rng.uniform(*NEAR_M, len(self.xy))
        points = self.xy + np.column_stack((far * np.cos(angle), far * np.sin(angle)))
        walk = nearest_station(self.network, self.stations(seed), self.index.snap(points)).walk_mm
        return points, (walk >= 0) & (walk <= LIMIT_MM)


def load_place(path: Path) -> Place:
    """Read an OpenStreetMap file the way `wangge import streets` and a coverage question do."""
    seconds: dict[str, float] = {}
    started = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        seconds[name] = time.perf_counter() - started
        started = time.perf_counter()

    osm = read_osm(path)
    lap("read")
    ways, _ = ways_from_osm(osm.streets, gate_points(osm.gates))
    middle = (ways.lonlat.min(axis=0) + ways.lonlat.max(axis=0)) / 2
    network = build_network(ways, metric_zone(float(middle[0])))
    lap("network")
    index = SegmentIndex(network, to_segments(osm, network.metric_crs))
    points = shapely.point_on_surface(shapely.from_wkb(osm.buildings.wkb))
    lonlat = shapely.get_coordinates(points)
    xy = to_metric(lonlat, network.metric_crs)
    index.snap(xy[:1])  # compiled and indexed
    lap("index")
    snaps = index.snap(xy)
    lap("snap")
    return Place(path, network, index, lonlat, xy, snaps, seconds)


def to_segments(osm: OsmContent, metric_crs: str) -> np.ndarray:
    """Return what no leg may cross: barrier lines and shores."""
    lines = line_segments(
        osm.barriers.first,
        to_metric(np.column_stack((osm.barriers.lon, osm.barriers.lat)), metric_crs),
    )
    water = [wkb for wkb, label in zip(osm.land_cover.wkb, osm.land_cover.label, strict=True)
             if label == "water"]  # fmt: skip
    rings = shapely.get_parts(shapely.boundary(shapely.from_wkb(water)))
    if len(rings) == 0:
        return lines
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(ring)))).astype(np.int64)
    return np.concatenate((lines, line_segments(offsets, to_metric(vertices, metric_crs))))


def wrong_shares(inside: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the shares of all points called covered and called uncovered against the truth."""
    return float((inside & ~truth).mean()), float((~inside & truth).mean())


def inside_any(polygons: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Say which points lie in at least one of the polygons."""
    found = np.zeros(len(xy), dtype=bool)
    tree = shapely.STRtree(shapely.points(xy))
    found[tree.query(np.asarray(polygons, dtype=object), predicate="covers")[1]] = True
    return found
