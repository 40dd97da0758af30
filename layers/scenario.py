"""A what-if: a coverage question, what would change, and how places are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gis.errors import Fault, RefusedInputError
from layers.question import Question

OPS: Mapping[str, tuple[str, ...]] = {
    "put": ("lon", "lat"),
    "move": ("station", "lon", "lat"),
    "close": ("station",),
    "open": ("station",),
    "capacity": ("station",),
    "path": ("line",),
    "gate": ("lon", "lat"),
}
"""What may change, and what must be said about it; `put` and `capacity` may name `capacity`."""
MAX_CHANGES = 200
MAX_CAPACITY = 1_000_000
MAX_VERTICES = 500


@dataclass(frozen=True)
class Change:
    """One change; `line` holds the (lon, lat) of a new path or bridge."""

    op: str
    station: str | None = None
    lon: float | None = None
    lat: float | None = None
    capacity: int | None = None
    """Households; None for any number."""
    line: tuple[tuple[float, float], ...] = ()
    name: str | None = None

    def canonical(self) -> dict[str, Any]:
        """Return the change as it is stored: only what was said."""
        said: dict[str, Any] = {"op": self.op}
        for name in ("station", "lon", "lat", "name"):
            if getattr(self, name) is not None:
                said[name] = getattr(self, name)
        if self.op in {"put", "capacity"}:
            said["capacity"] = self.capacity
        if self.line:
            said["line"] = [list(point) for point in self.line]
        return said


@dataclass(frozen=True)
class Scenario:
    """A question with changes; `after` is the question once minutes or speed change too."""

    question: Question
    changes: tuple[Change, ...] = ()
    minutes: float | None = None
    speed_kmh: float | None = None
    capacities: bool = True
    """Stations serve no more households than their capacity, where one is known."""
    own_community: bool = False
    """Only stations in the building's own community count."""

    @property
    def after(self) -> Question:
        """The question as it would be asked then; checked like any other."""
        return replace(
            self.question,
            minutes=self.question.minutes if self.minutes is None else self.minutes,
            speed_kmh=self.question.speed_kmh if self.speed_kmh is None else self.speed_kmh,
        )

    def canonical(self) -> dict[str, Any]:
        """Return the scenario as it is stored and hashed."""
        return {
            "question": self.question.canonical(),
            "after": self.after.canonical(),
            "changes": [change.canonical() for change in self.changes],
            "capacities": self.capacities,
            "own_community": self.own_community,
        }


def read_changes(given: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Return the changes of a request, all faults collected.

    Raises
    ------
    RefusedInputError
        `bad_changes`, a fault per change and field.
    """
    faults: list[Fault] = []
    found: list[Change] = []
    if len(given) > MAX_CHANGES:
        raise RefusedInputError("bad_changes", f"at most {MAX_CHANGES} changes at once")
    for row, item in enumerate(given, 1):
        wrong = _faults(item)
        faults += [Fault("changes", row, field, reason) for field, reason in wrong]
        if not wrong:
            found.append(
                Change(
                    item["op"], item.get("station"), item.get("lon"), item.get("lat"), item.get("capacity"),
                    tuple((float(x), float(y)) for x, y in item.get("line") or ()), item.get("name"),
                )
            )  # fmt: skip
    if faults:
        first = faults[0]
        raise RefusedInputError(
            "bad_changes", f"change {first.row}: {first.field}: {first.reason}", faults
        )
    return tuple(found)


def _faults(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    op = str(item.get("op"))
    if op not in OPS:
        return [("op", f"must be one of {', '.join(OPS)}")]
    wrong = [(name, "is missing") for name in OPS[op] if item.get(name) in (None, "", [], ())]
    known = {"op", "name", *OPS[op], *(("capacity",) if op in {"put", "capacity"} else ())}
    wrong += [
        (name, f"has no meaning for {op}")
        for name, value in item.items()
        if name not in known and value is not None
    ]
    capacity = item.get("capacity")
    if capacity is not None and not 0 <= capacity <= MAX_CAPACITY:
        wrong.append(("capacity", f"must be from 0 to {MAX_CAPACITY:,} households"))
    line = item.get("line") or ()
    if len(line) > MAX_VERTICES or (op == "path" and len(line) == 1):
        wrong.append(("line", f"must have from 2 to {MAX_VERTICES} places"))
    places = [*line, *([(item["lon"], item["lat"])] if "lon" in OPS[op] and not wrong else [])]
    if any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in places):
        wrong.append(("line" if line else "lon", "lies outside the globe"))
    return wrong


__all__ = ["OPS", "Change", "Scenario", "read_changes"]
