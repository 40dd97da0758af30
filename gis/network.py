"""The walk network: which streets may be walked, and how ways become nodes and edges.

Edges are split where ways share a vertex (equal node ids), so a bridge above a street joins
nothing. Parallel edges stay separate edges. Lengths are geodesic integer millimetres.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gis.crs import geodesic_mm, to_metric
from gis.frozen import freeze

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
StrArray = NDArray[np.str_]

BOTH, FORWARD, BACKWARD = 0, 1, -1
DIRECTIONS = {BOTH: "both", FORWARD: "forward", BACKWARD: "backward"}


@dataclass(frozen=True)
class StreetClass:
    """What a class of street means for people on foot."""

    name: str
    zh: str
    en: str
    walkable: bool
    rank: int
    """Drawing order and label priority: 0 is the most important."""


STREET_CLASSES: tuple[StreetClass, ...] = (
    StreetClass("motorway", "高速公路", "motorway", walkable=False, rank=0),
    StreetClass("motorway_link", "高速匝道", "motorway link", walkable=False, rank=0),
    StreetClass("trunk", "快速路", "trunk road", walkable=True, rank=1),
    StreetClass("trunk_link", "快速路匝道", "trunk link", walkable=True, rank=1),
    StreetClass("primary", "主干路", "primary road", walkable=True, rank=2),
    StreetClass("primary_link", "主干路匝道", "primary link", walkable=True, rank=2),
    StreetClass("secondary", "次干路", "secondary road", walkable=True, rank=3),
    StreetClass("secondary_link", "次干路匝道", "secondary link", walkable=True, rank=3),
    StreetClass("tertiary", "支路", "tertiary road", walkable=True, rank=4),
    StreetClass("tertiary_link", "支路匝道", "tertiary link", walkable=True, rank=4),
    StreetClass("unclassified", "乡村道路", "minor road", walkable=True, rank=5),
    StreetClass("residential", "街坊路", "residential street", walkable=True, rank=5),
    StreetClass("living_street", "生活街巷", "living street", walkable=True, rank=6),
    StreetClass("road", "道路", "road", walkable=True, rank=6),
    StreetClass("service", "内部路", "service road", walkable=True, rank=7),
    StreetClass("pedestrian", "步行街", "pedestrian street", walkable=True, rank=6),
    StreetClass("footway", "人行道", "footway", walkable=True, rank=8),
    StreetClass("corridor", "通廊", "corridor", walkable=True, rank=9),
    StreetClass("path", "小径", "path", walkable=True, rank=8),
    StreetClass("steps", "台阶", "steps", walkable=True, rank=8),
    StreetClass("cycleway", "自行车道", "cycleway", walkable=True, rank=8),
    StreetClass("track", "田间道", "track", walkable=True, rank=8),
    StreetClass("bridleway", "马道", "bridleway", walkable=True, rank=9),
    StreetClass("busway", "公交专用道", "busway", walkable=False, rank=5),
    StreetClass("bus_guideway", "公交导轨", "bus guideway", walkable=False, rank=5),
    StreetClass("raceway", "赛道", "raceway", walkable=False, rank=9),
    StreetClass("construction", "在建道路", "under construction", walkable=False, rank=9),
    StreetClass("proposed", "规划道路", "proposed", walkable=False, rank=9),
    StreetClass("platform", "站台", "platform", walkable=True, rank=9),
)
"""One table for every reader, the search and the legend. `foot=no` ways are left out by the readers,
private ways are kept: whoever lives behind the gate walks there, and gates decide who passes."""

WALKABLE = frozenset(item.name for item in STREET_CLASSES if item.walkable)


@dataclass(frozen=True)
class StreetWays:
    """Walkable ways as read, w ways over v vertices.

    Ways with unwalkable classes must have been left out; every way has at least two vertices.
    """

    offsets: Int64Array
    """(w + 1,) positions of each way's vertices in `node` and `lonlat`."""
    node: Int64Array
    """(v,) vertex identity: equal numbers are the same point and join their ways."""
    lonlat: FloatArray
    """(v, 2) degrees."""
    street_class: StrArray
    name: StrArray
    """(w,) names, empty where there is none."""
    private: BoolArray
    direction: NDArray[np.int8]
    """(w,) `BOTH`, `FORWARD` or `BACKWARD` as seen along the way."""
    bridge: BoolArray
    tunnel: BoolArray
    ref: Int64Array
    """(w,) number of the way in its source."""
    closed_nodes: Int64Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Vertex identities where a closed gate lets nobody pass."""


@dataclass(frozen=True)
class Network:
    """A walk network of n nodes and e edges with s+1 shape vertices per edge of s segments."""

    metric_crs: str
    node_lonlat: FloatArray
    edge_from: Int32Array
    edge_to: Int32Array
    edge_length_mm: Int64Array
    edge_class: StrArray
    edge_name: StrArray
    edge_direction: NDArray[np.int8]
    edge_private: BoolArray
    edge_bridge: BoolArray
    edge_tunnel: BoolArray
    edge_ref: Int64Array
    vertex_offsets: Int64Array
    """(e + 1,)"""
    vertex_lonlat: FloatArray
    vertex_along_mm: Int64Array
    """Distance of each shape vertex from the edge's first one."""

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_lonlat)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_from)

    @cached_property
    def vertex_xy(self) -> FloatArray:
        """Shape vertices in the metric zone."""
        return to_metric(self.vertex_lonlat, self.metric_crs)

    @cached_property
    def node_xy(self) -> FloatArray:
        """Nodes in the metric zone."""
        return to_metric(self.node_lonlat, self.metric_crs)

    @cached_property
    def graph(self) -> csr_array:
        """Arcs as a sparse matrix of millimetres (float64, exact up to 2⁵³), without self-loops.

        Of parallel arcs the shortest is kept: searches need no other; edges stay complete in the
        arrays, so points on the longer one are still found there.
        """
        forward = self.edge_direction != BACKWARD
        backward = self.edge_direction != FORWARD
        start = np.concatenate((self.edge_from[forward], self.edge_to[backward]))
        end = np.concatenate((self.edge_to[forward], self.edge_from[backward]))
        length = np.concatenate((self.edge_length_mm[forward], self.edge_length_mm[backward]))
        keep = start != end
        start, end, length = start[keep], end[keep], length[keep]
        order = np.lexsort((length, end, start))
        start, end, length = start[order], end[order], length[order]
        first = np.ones(len(start), dtype=bool)
        first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        start, end, length = start[first], end[first], length[first]
        indptr = np.zeros(self.nodes + 1, dtype=np.int32)
        np.cumsum(np.bincount(start, minlength=self.nodes), out=indptr[1:])
        return csr_array(
            (length.astype(np.float64), end.astype(np.int32), indptr),
            shape=(self.nodes, self.nodes),
        )

    @cached_property
    def component(self) -> Int32Array:
        """The connected component of every node, the largest numbered 0."""
        count, label = connected_components(self.graph, directed=False)
        size = np.bincount(label, minlength=count)
        rank = np.empty(count, dtype=np.int32)
        rank[np.argsort(-size, kind="stable")] = np.arange(count, dtype=np.int32)
        return np.asarray(rank[label], dtype=np.int32)

    def content_hash(self) -> str:
        """Return a hash of topology, lengths, shapes and attributes; equal input, equal hash."""
        digest = hashlib.blake2b(digest_size=16)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                if value.dtype.kind == "U":
                    digest.update("\x00".join(value.tolist()).encode())
                else:
                    digest.update(np.ascontiguousarray(value).tobytes())
            else:
                digest.update(str(value).encode())
        return digest.hexdigest()


def build_network(ways: StreetWays, metric_crs: str) -> Network:
    """Split ways at shared vertices into a network; closed gates cut it.

    Parameters
    ----------
    ways
        Walkable ways; see `StreetWays`.
    metric_crs
        The zone to measure positions in (`gis.crs.metric_zone`).

    Returns
    -------
    Network
        Nodes are numbered by ascending vertex identity, edges in the order of the ways, so the same
        ways give the same bytes. At a closed gate every edge gets an end node of its own.
    """
    identity, occurrence = np.unique(ways.node, return_inverse=True)
    occurrence = occurrence.ravel()
    is_end = np.zeros(len(ways.node), dtype=bool)
    is_end[ways.offsets[:-1]] = True
    is_end[ways.offsets[1:] - 1] = True
    # A vertex is a junction when it is met more than once (also by one way crossing itself).
    junction = np.bincount(occurrence, minlength=len(identity)) > 1
    closed = np.isin(identity, ways.closed_nodes)
    split = is_end | (junction | closed)[occurrence]

    way_of_vertex = np.repeat(np.arange(len(ways.offsets) - 1), np.diff(ways.offsets))
    stops = np.flatnonzero(split)
    same_way = way_of_vertex[stops[:-1]] == way_of_vertex[stops[1:]]
    first, last = stops[:-1][same_way], stops[1:][same_way]
    way = way_of_vertex[first]

    counts = last - first + 1
    offsets = np.zeros(len(first) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    position = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts) + np.repeat(first, counts)
    lonlat = ways.lonlat[position]
    along = along_edges(lonlat, offsets)
    length = along[offsets[1:] - 1]

    lonlat_of_node, start, end = _number_nodes(occurrence, closed, first, last, ways.lonlat)
    keep = length > 0  # repeated vertices; nothing can be on an edge without length
    if not keep.all():
        kept_vertices = np.repeat(keep, counts)
        lonlat, along = lonlat[kept_vertices], along[kept_vertices]
        offsets = np.concatenate(([0], np.cumsum(counts[keep]))).astype(np.int64)
        start, end = _merge_zero_edges(start, end, keep)
        way, length = way[keep], length[keep]
    return Network(
        metric_crs=metric_crs,
        node_lonlat=lonlat_of_node,
        edge_from=start.astype(np.int32),
        edge_to=end.astype(np.int32),
        edge_length_mm=length,
        edge_class=ways.street_class[way],
        edge_name=ways.name[way],
        edge_direction=ways.direction[way].astype(np.int8),
        edge_private=ways.private[way],
        edge_bridge=ways.bridge[way],
        edge_tunnel=ways.tunnel[way],
        edge_ref=ways.ref[way],
        vertex_offsets=offsets,
        vertex_lonlat=lonlat,
        vertex_along_mm=along,
    )


def along_edges(lonlat: FloatArray, offsets: Int64Array) -> Int64Array:
    """Return each vertex' distance from the first of its line, (v,) whole millimetres.

    Lines are offsets (l + 1,) into lon/lat vertices (v, 2).
    """
    step = np.zeros(len(lonlat), dtype=np.int64)
    if len(lonlat):
        step[1:] = geodesic_mm(lonlat[:-1], lonlat[1:])
        step[offsets[:-1]] = 0
    total = np.cumsum(step)
    return total - np.repeat(total[offsets[:-1]], np.diff(offsets))


def _number_nodes(
    occurrence: NDArray[np.intp],
    closed: BoolArray,
    first: NDArray[np.intp],
    last: NDArray[np.intp],
    lonlat: FloatArray,
) -> tuple[FloatArray, Int64Array, Int64Array]:
    """Number the nodes that edges end in; each edge end at a closed gate is a node of its own."""
    ends = np.concatenate((first, last))
    who = occurrence[ends]
    at_gate = closed[who]
    used = np.unique(who[~at_gate])
    number = np.full(len(closed), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    node = number[who]
    node[at_gate] = len(used) + np.arange(int(at_gate.sum()))
    total = len(used) + int(at_gate.sum())
    position = np.empty((total, 2))
    position[node] = lonlat[ends]
    half = len(first)
    return position, node[:half], node[half:]


def _merge_zero_edges(
    start: Int64Array, end: Int64Array, keep: BoolArray
) -> tuple[Int64Array, Int64Array]:
    """Join the two ends of every edge without length, so that removing it cuts nothing."""
    nodes = int(max(start.max(initial=-1), end.max(initial=-1))) + 1
    zero = ~keep
    joined = csr_array((np.ones(int(zero.sum())), (start[zero], end[zero])), shape=(nodes, nodes))
    _, label = connected_components(joined, directed=False)
    lowest = np.full(label.max(initial=-1) + 1, nodes, dtype=np.int64)
    np.minimum.at(lowest, label, np.arange(nodes))
    to = lowest[label]
    return to[start[keep]], to[end[keep]]
