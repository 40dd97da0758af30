"""What OpenStreetMap tags mean here: one table per question, no geometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Tags(Protocol):
    """What is asked of tags: a dict, or the reader's own list without copying it."""

    def get(self, key: str, /) -> str | None:
        """Return the value of a key."""
        ...


STREET_KEYS = (
    "highway",
    "name",
    "access",
    "foot",
    "oneway",
    "oneway:foot",
    "bridge",
    "tunnel",
    "layer",
    "level",
    "covered",
    "indoor",
    "service",
    "area",
    "junction",
    "motorroad",
    "sidewalk",
)
"""Tags kept of every street; which of them make it walkable is the network's decision."""

GATE_KEYS = ("barrier", "access", "foot", "locked", "name")

RAILWAY_BARRIERS = frozenset({"rail", "light_rail", "narrow_gauge", "monorail", "subway"})
WALL_BARRIERS = frozenset({"wall", "fence", "city_wall", "retaining_wall"})
WATERWAY_BARRIERS = frozenset({"river", "canal"})

GREEN = {
    "leisure": frozenset({"park", "garden", "nature_reserve", "golf_course", "pitch"}),
    "landuse": frozenset(
        {"grass", "forest", "meadow", "orchard", "farmland", "village_green", "recreation_ground"}
    ),
    "natural": frozenset({"wood", "grassland", "scrub", "heath"}),
}

BUILDING_KINDS: dict[str, tuple[str, ...]] = {
    "residential": (
        "apartments",
        "bungalow",
        "cabin",
        "detached",
        "dormitory",
        "farm",
        "house",
        "hut",
        "residential",
        "semidetached_house",
        "terrace",
    ),
    "public": (
        "cathedral",
        "chapel",
        "church",
        "civic",
        "college",
        "fire_station",
        "government",
        "hospital",
        "kindergarten",
        "monastery",
        "mosque",
        "museum",
        "public",
        "school",
        "sports_centre",
        "sports_hall",
        "stadium",
        "temple",
        "train_station",
        "transportation",
        "university",
    ),
    "commercial": ("commercial", "hotel", "kiosk", "mall", "office", "retail", "supermarket"),
    "industrial": ("factory", "hangar", "industrial", "manufacture", "warehouse"),
}
KIND_OF_BUILDING = {tag: kind for kind, tags in BUILDING_KINDS.items() for tag in tags}
NO_BUILDING = frozenset({"no", "proposed", "demolished", "razed"})


def street_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a street that matter later."""
    return {key: tags[key] for key in STREET_KEYS if key in tags}


def gate_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a node barrier that matter later."""
    return {key: tags[key] for key in GATE_KEYS if key in tags}


def barrier_class(tags: Mapping[str, str]) -> str | None:
    """Return the class of a line nobody walks across, or None.

    What runs in a tunnel, a culvert or on a bridge can be crossed below or above.
    """
    if _says(tags, "tunnel") or _says(tags, "covered"):
        return None
    if tags.get("waterway") in WATERWAY_BARRIERS:
        return tags["waterway"]
    if tags.get("railway") in RAILWAY_BARRIERS:
        # A metro is under ground unless it says otherwise, whether or not it is tagged so.
        over = _says(tags, "bridge") or level_of(tags) != 0
        return None if over or tags["railway"] == "subway" else "railway"
    if tags.get("barrier") in WALL_BARRIERS and level_of(tags) >= 0:
        return tags["barrier"]
    return None


def land_cover_class(tags: Tags) -> str | None:
    """Return `water` or `green` for an area, or None."""
    water = tags.get("natural") == "water" or tags.get("waterway") in {"riverbank", "dock"}
    if water or tags.get("landuse") in {"reservoir", "basin"}:
        return None if _says(tags, "tunnel") or _below_ground(tags) else "water"
    if any(tags.get(key) in values for key, values in GREEN.items()):
        return "green"
    return None


def is_building(tags: Tags) -> bool:
    """Tell whether an area is a building that stands above ground.

    Metro stations are drawn as buildings of the station box, often without a layer; nobody
    lives in them, and they lie under other buildings.
    """
    tag = tags.get("building")
    if tag is None or tag in NO_BUILDING or _below_ground(tags) or _says(tags, "tunnel"):
        return False
    underground_station = tags.get("station") == "subway" or tags.get("subway") == "yes"
    return not (underground_station and level_of(tags) <= 0)


def building_kind(tag: str) -> str:
    """Return the kind of a building tag; `building=yes` says nothing and is `other`."""
    return KIND_OF_BUILDING.get(tag, "other")


def level_of(tags: Tags) -> int:
    """Return the layer of a thing, 0 where it is absent or unreadable."""
    try:
        return int(float(tags.get("layer") or "0"))
    except (ValueError, OverflowError):
        return 0


def floors_of(text: str | None) -> int | None:
    """Return `building:levels` as a whole number, None where it says nothing usable."""
    if not text:
        return None
    try:
        floors = int(float(text.split(";")[0].replace(",", ".")))
    except (ValueError, OverflowError):
        return None
    return floors if 0 < floors <= 200 else None


def _says(tags: Tags, key: str) -> bool:
    return (tags.get(key) or "no") != "no"


def _below_ground(tags: Tags) -> bool:
    if tags.get("location") in {"underground", "underwater"}:
        return True
    return level_of(tags) < 0
