"""What is read from an OpenStreetMap file: plain arrays and lists.

Longitudes and latitudes are EPSG:4326 degrees with 7 decimals, as the format stores them.
Geometries of areas stay hexadecimal WKB: a million buildings fit in a third of a gigabyte so.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from sys import intern

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Lines:
    """Ways as flat arrays: way `i` has the vertices `first[i]:first[i + 1]`."""

    way_id: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    tags: list[dict[str, str]]
    """Of streets the tags in `osm_tags.STREET_KEYS`; of barriers `class` and `name`."""

    def __len__(self) -> int:
        return len(self.way_id)


@dataclass(frozen=True)
class Gates:
    """Barriers that are nodes: gates, bollards, stiles."""

    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    tags: list[dict[str, str]]

    def __len__(self) -> int:
        return len(self.node_id)


@dataclass(frozen=True)
class Areas:
    """Buildings or land cover; `ref` is the way's number, or minus the relation's."""

    ref: array[int] = field(default_factory=lambda: array("q"))
    wkb: list[str] = field(default_factory=list)
    """Hexadecimal WKB multipolygons without an SRID, EPSG:4326."""
    label: list[str] = field(default_factory=list)
    """Value of the `building` tag, or `water` and `green`."""
    name: list[str | None] = field(default_factory=list)
    floors: list[int | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ref)

    def add(
        self, ref: int, wkb: str, label: str, name: str | None, floors: int | None = None
    ) -> None:
        """Append one area."""
        self.ref.append(ref)
        self.wkb.append(wkb)
        self.label.append(intern(label))
        self.name.append(name)
        self.floors.append(floors)

    def without(self, refs: set[int]) -> Areas:
        """Return the areas whose `ref` is not in `refs`."""
        keep = [i for i, ref in enumerate(self.ref) if ref not in refs]
        if len(keep) == len(self):
            return self
        return Areas(
            array("q", (self.ref[i] for i in keep)),
            [self.wkb[i] for i in keep],
            [self.label[i] for i in keep],
            [self.name[i] for i in keep],
            [self.floors[i] for i in keep],
        )


@dataclass(frozen=True)
class OsmContent:
    """Everything one file brings."""

    streets: Lines
    barriers: Lines
    gates: Gates
    buildings: Areas
    land_cover: Areas
    notes: list[str]
    """What was left out and why, one sentence each."""
