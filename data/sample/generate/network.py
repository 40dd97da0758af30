"""The walkable network: all streets noded at their junctions, strays removed, ways put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString, Polygon

from .model import County, Street

# One centimetre: coarse enough to close T-junctions, too fine to see.
GRID_M = 0.01
_RANK = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
         "service", "footway", "steps", "path", "track")  # fmt: skip


@dataclass(frozen=True)
class Network:
    """Noded pieces of the streets; `source[i]` is the index of the street of piece i."""

    pieces: list[LineString]
    source: list[int]
    streets: list[Street]

    def lines(self, highways: set[str]) -> list[LineString]:
        return [
            p
            for p, s in zip(self.pieces, self.source, strict=True)
            if self.streets[s].highway in highways and not self.streets[s].private
        ]

    def ways(self) -> list[tuple[LineString, Street]]:
        """Return whole ways, one or more per street, that keep every junction as a vertex."""
        by_street: dict[int, list[LineString]] = {}
        for piece, s in zip(self.pieces, self.source, strict=True):
            by_street.setdefault(s, []).append(piece)
        out = []
        for s in sorted(by_street):
            merged = shapely.line_merge(shapely.MultiLineString(by_street[s]))
            for part in sorted(shapely.get_parts(merged), key=lambda g: g.bounds):
                # The way runs as the street was drawn.
                whole = self.streets[s].line
                a, b = (whole.project(shapely.get_point(part, k)) for k in (0, -1))
                out.append((part.reverse() if b < a else part, self.streets[s]))
        return out


def _ends(pieces: list[LineString]) -> tuple[np.ndarray, np.ndarray, int]:
    first = np.round(shapely.get_coordinates(shapely.get_point(pieces, 0)), 2)
    last = np.round(shapely.get_coordinates(shapely.get_point(pieces, -1)), 2)
    nodes, index = np.unique(np.vstack([first, last]), axis=0, return_inverse=True)
    index = index.ravel()
    return index[: len(pieces)], index[len(pieces) :], len(nodes)


def _owners(pieces: list[LineString], streets: list[Street]) -> list[int]:
    """Return for each noded piece the street it came from; the higher class wins where two lie."""
    tree = shapely.STRtree([s.line for s in streets])
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece, street = tree.query(middles, predicate="dwithin", distance=0.05)
    best: dict[int, int] = {}
    for p, s in zip(piece.tolist(), street.tolist(), strict=True):
        rank = (_RANK.index(streets[s].highway), s)
        if p not in best or rank < (_RANK.index(streets[best[p]].highway), best[p]):
            best[p] = s
    return [best[p] for p in range(len(pieces))]


def build_network(county: County, kept_pockets: list[Polygon]) -> Network:
    """Node all streets; drop what hangs loose, except inside the documented pockets."""
    streets = county.streets
    noded = shapely.union_all([s.line for s in streets], grid_size=GRID_M)
    pieces = sorted(shapely.get_parts(noded), key=lambda p: (p.bounds, p.length))
    source = _owners(pieces, streets)
    pieces, source = _without_stubs(pieces, source, streets)
    a, b, n = _ends(pieces)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    _, part = connected_components(graph, directed=False)
    main = np.bincount(part[a]).argmax()
    keep = [
        part[i] == main or any(k.contains(p) for k in kept_pockets)
        for i, p in zip(a, pieces, strict=True)
    ]
    return Network(
        [p for p, k in zip(pieces, keep, strict=True) if k],
        [s for s, k in zip(source, keep, strict=True) if k],
        streets,
    )


def _without_stubs(
    pieces: list[LineString], source: list[int], streets: list[Street]
) -> tuple[list[LineString], list[int]]:
    """Drop dead ends shorter than 9 m: overshoots of the drawing, not streets."""
    while True:
        a, b, n = _ends(pieces)
        degree = np.bincount(np.concatenate([a, b]), minlength=n)
        short = [
            p.length < 9 and min(degree[i], degree[j]) == 1 and not streets[s].private
            for p, i, j, s in zip(pieces, a, b, source, strict=True)
        ]
        if not any(short):
            return pieces, source
        pieces = [p for p, x in zip(pieces, short, strict=True) if not x]
        source = [s for s, x in zip(source, short, strict=True) if not x]
