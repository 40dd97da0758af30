"""Who continues whom: what the parts of a plan have in common with what is in force.

Everything is weighed building by building, in households; a building without any counts a little, so
that empty land finds a successor too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

BASIS = "resident"
SCALE = 1_000_000
"""A household weighs as much as so many buildings without any."""


@dataclass(frozen=True)
class Part:
    """A part on its way to become a version."""

    no: int
    row: Mapping[str, Any]
    shape: Any
    households: int
    buildings: tuple[int, ...]
    place: tuple[float, float]


@dataclass(frozen=True)
class Succession:
    """How the parts of a plan follow the identities in force."""

    common: Mapping[tuple[int, int], int]
    """(old identity, part) -> weight in common."""
    same: Mapping[int, int]
    """Part -> the identity it continues; other parts are new."""

    def lineage(self) -> list[tuple[int, int, str, int]]:
        """Return rows of old identity, part, kind and households."""
        kinds = lineage_kinds(self.common, self.same)
        return [
            (number, no, kinds[number, no], weight // SCALE)
            for (number, no), weight in sorted(self.common.items())
        ]


def succeed(
    session: Session,
    old: Mapping[int, set[int]],
    parts: Sequence[Part],
    level: Mapping[int, str | None],
) -> Succession:
    """Return how parts follow what is in force.

    Parameters
    ----------
    old
        Identity -> ids of its buildings.
    level
        Identity -> level; a part continues its own level only.
    """
    everywhere = {b for part in parts for b in part.buildings}.union(*old.values())
    homes = households_of(session, sorted(everywhere))
    common = overlaps(old, parts, homes)
    return Succession(common, continued(common, weights(old, homes), parts, level))


def households_of(session: Session, buildings: Sequence[int]) -> dict[int, int]:
    """Return the newest resident households of buildings."""
    rows = session.execute(
        text(
            f"SELECT DISTINCT ON (building_id) building_id, coalesce({BASIS}, 0) FROM household_count "
            "WHERE building_id = ANY(:ids) AND counted_on <= as_of_day() "
            "ORDER BY building_id, counted_on DESC, source DESC"
        ),
        {"ids": list(buildings)},
    ).all()
    return {int(building): int(count) for building, count in rows}


def overlaps(
    old: Mapping[int, set[int]], parts: Sequence[Part], homes: Mapping[int, int]
) -> dict[tuple[int, int], int]:
    """Return (old identity, part) -> weight in common: households, a building without any counting one."""
    found: dict[tuple[int, int], int] = {}
    for part in parts:
        mine = set(part.buildings)
        for number, buildings in old.items():
            common = mine & buildings
            if common:
                found[number, part.no] = SCALE * sum(homes.get(b, 0) for b in common) + len(common)
    return found


def weights(held: Mapping[int, set[int]], homes: Mapping[int, int]) -> dict[int, int]:
    """Return the weight of the buildings of each identity, as `overlaps` counts."""
    return {
        number: SCALE * sum(homes.get(b, 0) for b in buildings) + len(buildings)
        for number, buildings in held.items()
    }


def continued(
    common: Mapping[tuple[int, int], int],
    old_weight: Mapping[int, int],
    parts: Sequence[Part],
    level: Mapping[int, str | None],
) -> dict[int, int]:
    """Return part -> the identity it continues: most in common on both sides, and half of the old one."""
    origin = {part.no: part.row["origin"] for part in parts}
    taken: dict[int, int] = {}
    order = sorted(
        common.items(), key=lambda item: (-item[1], origin[item[0][1]] != item[0][0], item[0])
    )
    for (number, no), weight in order:
        fits = level.get(number) == next(p.row["level"] for p in parts if p.no == no)
        if (
            fits
            and no not in taken
            and number not in taken.values()
            and 2 * weight >= old_weight[number]
        ):
            taken[no] = number
    empty = [p for p in parts if p.no not in taken and p.row["origin"] in old_weight]
    for part in empty:  # grids without buildings (parks) go by where they were begun from
        number = part.row["origin"]
        if old_weight[number] == 0 and number not in taken.values():
            taken[part.no] = number
    return taken


def lineage_kinds(
    common: Mapping[tuple[int, int], int], same: Mapping[int, int]
) -> dict[tuple[int, int], str]:
    """Return (old, part) -> how the part follows the old one."""
    into: dict[int, list[int]] = {}
    out: dict[int, list[int]] = {}
    for number, no in common:
        into.setdefault(no, []).append(number)
        out.setdefault(number, []).append(no)
    kinds = {}
    for number, no in common:
        whole = len(out[number]) == 1 and len(into[no]) == 1
        if whole:
            kinds[number, no] = "continue" if same.get(no) == number else "adjust"
        elif len(into[no]) > 1 and len(out[number]) == 1:
            kinds[number, no] = "merge"
        elif len(out[number]) > 1 and len(into[no]) == 1:
            kinds[number, no] = "split"
        else:
            kinds[number, no] = "adjust"
    return kinds
