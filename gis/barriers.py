"""Barrier classes: what separates neighbours, how strongly, and which of it never lies inside a grid.

One table for cells (what cuts blocks), division (what to follow rather than cross) and rule R7.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BarrierClass:
    """A class of lines that separates cells.

    `weight` from 0 to 1 says how unwillingly a grid crosses it; `main` lines inside a grid must be
    confirmed (R7). Earlier classes in the table win where several lie along one border.
    """

    name: str
    weight: float
    main: bool = False


BARRIERS: tuple[BarrierClass, ...] = (
    BarrierClass("community", 1.0),
    BarrierClass("railway", 1.0, main=True),
    BarrierClass("river", 1.0, main=True),
    BarrierClass("motorway", 1.0, main=True),
    BarrierClass("trunk", 0.9, main=True),
    BarrierClass("primary", 0.8, main=True),
    BarrierClass("secondary", 0.6),
    BarrierClass("wall", 0.6),
    BarrierClass("line", 0.5),
    BarrierClass("tertiary", 0.4),
    BarrierClass("unclassified", 0.25),
    BarrierClass("residential", 0.2),
    BarrierClass("living_street", 0.15),
    BarrierClass("pedestrian", 0.15),
    BarrierClass("service", 0.1),
)
"""Weights follow the order of the unit-grid standards: legal border, railway and river, main road, street,
lane. Where a number stands for a class it is the place here plus 1, and 0 is no barrier."""

RANK = {item.name: number for number, item in enumerate(BARRIERS)}
"""Place in the table: the lowest wins."""
NUMBER = {item.name: number for number, item in enumerate(BARRIERS, start=1)}
"""Number of a class where 0 means that there is no barrier."""

CUTS_AS: dict[str, str] = {item.name: item.name for item in BARRIERS} | {
    "canal": "river",
    "fence": "wall",
    "city_wall": "wall",
    "retaining_wall": "wall",
    "motorway_link": "secondary",
    "trunk_link": "secondary",
    "primary_link": "tertiary",
    "secondary_link": "tertiary",
    "tertiary_link": "unclassified",
    "road": "residential",
    "busway": "secondary",
    "bus_guideway": "secondary",
}
"""Class of a stored street or barrier to the class it cuts as. A slip road parts less than the road it
leads to. What is absent cuts nothing: footways, steps, paths and cycleways run through what they serve."""


def barrier_number(name: str) -> int:
    """Return the number of a class as the store names it, 0 when it cuts nothing."""
    known = CUTS_AS.get(name)
    return 0 if known is None else NUMBER[known]
