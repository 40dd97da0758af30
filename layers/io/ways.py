"""From read streets to the walkable ways a network is built of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.network import BACKWARD, BOTH, FORWARD, WALKABLE, StreetWays
from layers.io.osm_content import Gates, Lines
from layers.io.parse import Rows

FOOT_ALLOWED = frozenset({"yes", "designated", "permissive", "public", "official"})
PRIVATE = frozenset({"private", "residents", "customers", "permit", "delivery"})
GATE_KINDS = frozenset(
    {
        "entrance",
        "full-height_turnstile",
        "gate",
        "hampshire_gate",
        "kissing_gate",
        "lift_gate",
        "sliding_gate",
        "stile",
        "swing_gate",
        "turnstile",
        "wicket_gate",
    }
)
"""Barrier nodes that are a way through; bollards and blocks stop nobody on foot."""
CELLS_PER_DEGREE = 10_000_000
"""Vertices of a line layer within about a centimetre are one."""


@dataclass(frozen=True)
class GatePoint:
    """A gate as it is stored: open ones let people pass."""

    node_id: int
    lon: float
    lat: float
    kind: str
    name: str | None
    is_open: bool


def walkable(tags: Mapping[str, str]) -> bool:
    """Tell whether people may walk on a street; whoever lives there walks on private ones."""
    if tags.get("highway") not in WALKABLE:
        return False
    foot = tags.get("foot")
    if foot in {"no", "use_sidepath"}:
        return False
    barred = tags.get("access") == "no" or tags.get("motorroad") == "yes"
    return not barred or foot in FOOT_ALLOWED | {"private"}


def is_private(tags: Mapping[str, str]) -> bool:
    """Tell whether only some people may walk on a street."""
    foot = tags.get("foot")
    return foot in PRIVATE or (tags.get("access") in PRIVATE and foot not in FOOT_ALLOWED)


def direction_on_foot(tags: Mapping[str, str]) -> int:
    """Return the direction people may walk in: `oneway` alone is about vehicles."""
    value = tags.get("oneway:foot") or tags.get("foot:oneway") or ""
    return {"yes": FORWARD, "1": FORWARD, "true": FORWARD, "-1": BACKWARD}.get(value, BOTH)


def is_gate_open(tags: Mapping[str, str]) -> bool:
    """Tell whether people pass: a private gate opens for residents, a locked one for nobody."""
    if tags.get("locked") == "yes" or tags.get("foot") == "no":
        return False
    return not (tags.get("access") == "no" and tags.get("foot") not in FOOT_ALLOWED)


def gate_points(gates: Gates) -> list[GatePoint]:
    """Return the gates among the node barriers of a file."""
    return [
        GatePoint(
            int(gates.node_id[i]),
            float(gates.lon[i]),
            float(gates.lat[i]),
            tags["barrier"],
            tags.get("name"),
            is_gate_open(tags),
        )
        for i, tags in enumerate(gates.tags)
        if tags.get("barrier") in GATE_KINDS
    ]


def ways_from_osm(streets: Lines, gates: Sequence[GatePoint]) -> tuple[StreetWays, list[str]]:
    """Return the walkable ways of an OpenStreetMap file, and notes on what was left out."""
    keep = np.array([walkable(tags) for tags in streets.tags], dtype=bool)
    left_out = Counter(
        tags["highway"] for tags, kept in zip(streets.tags, keep, strict=True) if not kept
    )
    notes = []
    if left_out:
        listed = ", ".join(f"{count} {name}" for name, count in left_out.most_common(8))
        notes.append(f"{sum(left_out.values())} streets nobody may walk on were left out: {listed}")
    sizes = np.diff(streets.first)
    vertices = np.repeat(keep, sizes)
    tags = [item for item, kept in zip(streets.tags, keep, strict=True) if kept]
    offsets = np.zeros(int(keep.sum()) + 1, dtype=np.int64)
    np.cumsum(sizes[keep], out=offsets[1:])
    ways = StreetWays(
        offsets=offsets,
        node=streets.node_id[vertices],
        lonlat=np.column_stack((streets.lon[vertices], streets.lat[vertices])),
        street_class=_texts([item["highway"] for item in tags]),
        name=_texts([item.get("name", "") for item in tags]),
        private=np.array([is_private(item) for item in tags], dtype=bool),
        direction=np.array([direction_on_foot(item) for item in tags], dtype=np.int8),
        bridge=np.array([item.get("bridge", "no") != "no" for item in tags], dtype=bool),
        tunnel=np.array([item.get("tunnel", "no") != "no" for item in tags], dtype=bool),
        ref=streets.way_id[keep],
        closed_nodes=np.array(
            sorted({gate.node_id for gate in gates if not gate.is_open}), dtype=np.int64
        ),
    )
    return ways, notes


def ways_from_rows(rows: Rows) -> tuple[StreetWays, list[str]]:
    """Return the walkable ways of a line layer.

    Lines join where they share a vertex on the same level. Vertices inside a bridge or tunnel join
    only others of that level; its two ends join the ground.
    """
    values = rows.values
    tags: list[dict[str, str]] = []
    for i in range(len(rows)):
        named = {"highway": values["class"][i] or "road"}
        for key, column in (
            ("access", "access"),
            ("foot", "foot"),
            ("oneway:foot", "oneway_foot"),
        ):
            if values[column][i]:
                named[key] = str(values[column][i]).lower()
        tags.append(named)
    keep = [i for i, item in enumerate(tags) if walkable(item)]
    parts, owner = shapely.get_parts(rows.geometry[keep], return_index=True)
    chosen = np.asarray(keep, dtype=np.int64)[owner]
    lonlat, part = shapely.get_coordinates(parts, return_index=True)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(part, minlength=len(parts)))))
    level = [
        int(values["level"][i] or 0)
        or (1 if values["bridge"][i] else 0) - bool(values["tunnel"][i])
        for i in chosen
    ]
    notes = []
    if len(keep) < len(rows):
        notes.append(f"{len(rows) - len(keep)} streets nobody may walk on were left out")
    if any(values["oneway"]):
        notes.append("oneway is about vehicles and does not bind people on foot")
    node = _vertex_ids(lonlat, offsets, np.array(level, dtype=np.int64))
    loose = _loose_ends(parts, node, lonlat, offsets)
    if loose:
        notes.append(
            f"{loose} street ends touch another street between its vertices and do not join it; "
            "split the lines at their crossings"
        )
    ways = StreetWays(
        offsets=offsets.astype(np.int64),
        node=node,
        lonlat=lonlat,
        street_class=_texts([tags[i]["highway"] for i in chosen]),
        name=_texts([values["name"][i] or "" for i in chosen]),
        private=np.array([is_private(tags[i]) for i in chosen], dtype=bool),
        direction=np.array([direction_on_foot(tags[i]) for i in chosen], dtype=np.int8),
        bridge=np.array([bool(values["bridge"][i]) for i in chosen], dtype=bool),
        tunnel=np.array([bool(values["tunnel"][i]) for i in chosen], dtype=bool),
        ref=rows.numbers[chosen],
    )
    return ways, notes


def _vertex_ids(
    lonlat: npt.NDArray[np.float64], offsets: Any, level: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Number vertices so that equal numbers mean: the same point, reached on foot."""
    cell = np.rint(lonlat * CELLS_PER_DEGREE).astype(np.int64)
    height = np.repeat(level, np.diff(offsets))
    height[offsets[:-1]] = 0
    height[offsets[1:] - 1] = 0
    key = np.column_stack((cell, height))
    _, number = np.unique(key, axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.int64).ravel()


def _loose_ends(
    parts: Any, node: npt.NDArray[np.int64], lonlat: npt.NDArray[np.float64], offsets: Any
) -> int:
    """Return how many ends lie on another line without sharing a vertex with it."""
    ends = np.concatenate((offsets[:-1], offsets[1:] - 1)).astype(np.int64)
    alone = ends[np.bincount(node)[node[ends]] == 1]
    if len(alone) == 0:
        return 0
    points = shapely.points(lonlat[alone])
    tree = shapely.STRtree(parts)
    end, _ = tree.query(points, predicate="dwithin", distance=1 / CELLS_PER_DEGREE)
    return int((np.bincount(end, minlength=len(alone)) > 1).sum())


def _texts(items: list[str]) -> npt.NDArray[np.str_]:
    return np.array(items, dtype=np.str_) if items else np.empty(0, dtype="<U1")
