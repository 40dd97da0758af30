"""Towns one can draw on paper.

They lie on the meridian 117° E of zone EPSG:4548, where a metre of the plane is a metre of ground to
far less than a millimetre, so every figure in a test can be counted on the sketch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from gis.crs import to_lonlat
from gis.network import BOTH, Network, StreetWays, build_network
from gis.snap import SegmentIndex, Snaps

ZONE = "EPSG:4548"
ORIGIN = np.array([500_000.0, 3_320_000.0])
Point = tuple[float, float]


@dataclass
class Street:
    """A way through points in metres; `level` keeps a bridge apart from what it crosses."""

    points: Sequence[Point]
    kind: str = "residential"
    name: str = ""
    direction: int = BOTH
    private: bool = False
    tunnel: bool = False
    level: int = 0


@dataclass
class Town:
    """Streets, barrier lines and closed gates in metres from the town's origin."""

    streets: Sequence[Street]
    barriers: Sequence[Sequence[Point]] = ()
    closed: Sequence[Point] = field(default_factory=tuple)

    def network(self) -> Network:
        """Build the walk network."""
        known: dict[tuple[float, float, int], int] = {}

        def number(point: Point, level: int) -> int:
            return known.setdefault((*point, level), len(known))

        nodes, points = [], []
        for street in self.streets:
            last = len(street.points) - 1
            for place, point in enumerate(street.points):
                # The ends of a bridge stand on the ground.
                nodes.append(number(point, street.level if 0 < place < last else 0))
                points.append(point)
        lengths = [len(street.points) for street in self.streets]
        ways = StreetWays(
            offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            node=np.array(nodes, dtype=np.int64),
            lonlat=lonlat(points),
            street_class=np.array([street.kind for street in self.streets]),
            name=np.array([street.name for street in self.streets]),
            private=np.array([street.private for street in self.streets]),
            direction=np.array([street.direction for street in self.streets], dtype=np.int8),
            bridge=np.array([street.level > 0 for street in self.streets]),
            tunnel=np.array([street.tunnel for street in self.streets]),
            ref=np.arange(len(self.streets), dtype=np.int64),
            closed_nodes=np.array([number(point, 0) for point in self.closed], dtype=np.int64),
        )
        return build_network(ways, ZONE)

    def index(self, network: Network | None = None) -> SegmentIndex:
        """Return the segment index with the town's barriers."""
        pairs = [
            (metres([a])[0], metres([b])[0]) for line in self.barriers for a, b in pairwise(line)
        ]
        walls = np.array(pairs) if pairs else np.empty((0, 2, 2))
        return SegmentIndex(network or self.network(), walls)

    def snap(self, *points: Point) -> tuple[Network, Snaps]:
        """Return the network and the snaps of points on it."""
        network = self.network()
        return network, self.index(network).snap(metres(points))


def metres(points: Sequence[Point]) -> np.ndarray:
    """Return points in the zone's coordinates."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2) + ORIGIN


def lonlat(points: Sequence[Point]) -> np.ndarray:
    """Return points in degrees."""
    return to_lonlat(metres(points), ZONE)


def cross_town() -> Town:
    """Two streets of 1,000 m that cross in the middle.

    ::

                    (0,500)
                       |
        (-500,0) ------+------ (500,0)
                       |
                   (0,-500)
    """
    return Town(
        [
            Street([(-500, 0), (0, 0), (500, 0)], name="东西街"),
            Street([(0, -500), (0, 0), (0, 500)], name="南北街"),
        ]
    )
