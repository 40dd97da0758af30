"""What the county is made of while it grows, in local metres."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapely.geometry import LineString, Point, Polygon

# Width between the fronts of the houses, metres, per class of way.
STREET_WIDTH = {
    "primary": 34.0,
    "secondary": 26.0,
    "tertiary": 19.0,
    "unclassified": 10.0,
    "residential": 12.0,
    "living_street": 6.0,
    "service": 7.0,
    "track": 5.0,
    "footway": 2.8,
    "path": 3.0,
    "steps": 3.0,
}


@dataclass
class Street:
    """A centre line with its tags; `span` is "", "bridge" or "tunnel"."""

    line: LineString
    highway: str
    name: str = ""
    span: str = ""
    private: bool = False
    # Ways of another level are noded apart, so that they share no junction with what they cross.
    level: int = 0

    @property
    def width(self) -> float:
        return STREET_WIDTH[self.highway]


@dataclass
class Gate:
    """Where a way passes a wall; its point is a vertex of both."""

    point: Point
    kind: str = "gate"
    private: bool = False
    locked: bool = False
    name: str = ""


@dataclass
class Wall:
    """A closed wall and the points in it that must stay vertices."""

    line: LineString
    kind: str = "wall"


@dataclass
class Green:
    """A green or other land area with its OSM tag."""

    polygon: Polygon
    key: str
    value: str
    name: str = ""


@dataclass
class Estate:
    """A named housing estate; `era` decides how its three household figures differ."""

    polygon: Polygon
    name: str
    gated: bool
    era: str
    code: str = ""
    community: str = ""


@dataclass
class Group:
    """A villager group."""

    polygon: Polygon
    name: str
    village: str
    as_point: bool = False
    code: str = ""
    community: str = ""


@dataclass
class Building:
    """A footprint with what stands in the ledger about it."""

    polygon: Polygon
    kind: str
    use: str
    floors: int
    dwellings: int = 0
    era: str = ""
    name: str = ""
    estate: Estate | None = None
    group: Group | None = None
    number: str = ""
    code: str = ""
    community: str = ""
    street: str = ""
    address: str = ""


@dataclass
class County:
    """Everything drawn so far."""

    streets: list[Street] = field(default_factory=list)
    walls: list[Wall] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    greens: list[Green] = field(default_factory=list)
    estates: list[Estate] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
