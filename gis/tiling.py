"""Rules R1 to R11 on a plan of cells, and figures of the parts it makes.

A plan of cells cannot overlap, leave its community or cut a building: R2, R3 and R6 hold by construction
here, and are checked where drawn polygons come in (`gis/repair.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.barriers import BARRIERS
from gis.crs import FloatArray, IntArray

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
Shapes = NDArray[np.object_]
Level = Literal["error", "warning", "advice"]

UNASSIGNED = 0
MOST_IMBALANCE = 2.0
"""R10: the largest part may hold this many times the households of the smallest before it is said."""
LEAST_COMPACT = 0.15
"""R11: Polsby-Popper below this is said; a strip eight times as long as wide has 0.31, a comb less."""
LONGEST_ROUND_M = 1_500.0
"""R11: the longest extent a worker walks in one round; a part of 500 to 800 households is shorter."""
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Measures:
    """Figures of polygons: metres, square metres, and 4πA/P² (Polsby and Popper 1991)."""

    area: FloatArray
    perimeter: FloatArray
    polsby_popper: FloatArray


@dataclass(frozen=True)
class Finding:
    """Something a rule has to say about a plan."""

    rule: str
    """`R1` to `R11`."""
    level: Level
    part: int
    """Number of the part; 0 for what lies in none or concerns all."""
    code: str
    """Stable word for what is wrong; pages word it in their language with `values`."""
    values: Mapping[str, Any]
    text: str
    """The same as an English sentence."""
    households: int = 0
    cells: Int32Array = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """Rows of the cells to look at."""
    x: float | None = None
    y: float | None = None
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east, north in the units of the places given."""


@dataclass(frozen=True)
class PlanState:
    """A plan of c cells as arrays, and what is known of its parts by number."""

    label: IntArray
    """(c,) number of the part, 0 for unassigned."""
    households: IntArray
    buildings: IntArray
    area_m2: FloatArray
    perimeter_m: FloatArray
    pairs: Int32Array
    """(m, 2) neighbours that share more than a metre."""
    shared_m: FloatArray
    barrier: Int32Array
    """(m,) 0 for none, else 1 more than the place in `BARRIERS`."""
    estate: IntArray
    """(c,) any number for an estate, -1 for none."""
    xy: FloatArray
    """(c, 2) a point inside each cell."""
    bounds: FloatArray
    """(c, 4) west, south, east, north, in the units of `xy`."""
    parts: Sequence[int]
    """Numbers of the parts to check, also those without any cell."""
    band: Mapping[int, tuple[int, int] | None]
    """Households each part should hold, both inclusive; None for rural and dedicated parts."""
    reasons: Mapping[int, str | None] = field(default_factory=dict)
    """Why a part may have several pieces, or lie outside the band."""
    confirmed: Mapping[int, bool] = field(default_factory=dict)
    """Parts in which a main barrier was confirmed."""
    led: Mapping[int, bool] = field(default_factory=dict)
    """Parts somebody is responsible for."""
    codes: Mapping[int, str | None] = field(default_factory=dict)
    prefix: str = ""
    """What every code must begin with: the division's code on the day it is given."""
    used: frozenset[str] = frozenset()
    """Codes that other grids have or ever had."""
    lonlat: bool = True
    """Whether `xy` and `bounds` are degrees; metres otherwise."""


def union_parts(polygons: Shapes, label: IntArray, count: int) -> Shapes:
    """Return the union of the cells of each part, (count,) MultiPolygons, empty for a part without cells.

    Every vertex of the outlines is kept, so parts match their neighbours bit by bit.

    Parameters
    ----------
    polygons
        (c,) a valid coverage.
    label
        (c,) 0 to count - 1; other numbers are left out.
    """
    order = np.argsort(label, kind="stable")
    stops = np.searchsorted(label[order], np.arange(count + 1))
    made = np.empty(count, dtype=object)
    for part in range(count):
        own = polygons[order[stops[part] : stops[part + 1]]]
        united = shapely.coverage_union_all(own)
        pieces = shapely.get_parts(united)
        made[part] = (
            shapely.multipolygons(shapely.normalize(pieces))
            if len(pieces)
            else shapely.MultiPolygon()
        )
    return made


def measure(polygons: Shapes) -> Measures:
    """Return area, perimeter and Polsby-Popper of polygons in metres; the last is 0 without land."""
    area, perimeter = shapely.area(polygons), shapely.length(polygons)
    return Measures(area, perimeter, polsby_popper(area, perimeter))


def polsby_popper(area: FloatArray, perimeter: FloatArray) -> FloatArray:
    """Return 4πA/P², 1 for a circle, 0 where there is no perimeter."""
    squared = np.square(perimeter)
    return np.divide(4 * np.pi * area, squared, out=np.zeros(len(area)), where=squared > 0)


def check_plan(state: PlanState, *, publishing: bool = False) -> list[Finding]:
    """Return what the rules have to say about a plan, in the order of parts within each rule.

    Parameters
    ----------
    publishing
        A part without a lead (R8) is an error then, a warning otherwise.
    """
    plan = _Plan(state)
    found = chain(
        _r1_one_part(plan), _r4_covered(plan), _r5_band(plan), _r7_main_barriers(plan),
        _r8_lead(plan, publishing=publishing), _r9_codes(plan), _r10_balance(plan), _r11_shape(plan),
    )  # fmt: skip
    return list(found)


class _Plan:
    """A plan with what several rules look at."""

    def __init__(self, state: PlanState) -> None:
        self.state = state
        self.count = len(state.label)
        a, b = state.pairs.reshape(-1, 2).T
        self.inner = state.label[a] == state.label[b]
        links = (np.ones(int(self.inner.sum())), (a[self.inner], b[self.inner]))
        graph = coo_array(links, shape=(self.count, self.count))
        self.piece = connected_components(graph, directed=False)[1]
        """(c,) the connected piece of its part (or gap) that each cell lies in."""
        order = np.argsort(state.label, kind="stable")
        names, begins = np.unique(state.label[order], return_index=True)
        split = np.split(order, begins[1:])
        self.cells: dict[int, IntArray] = dict(zip(names.tolist(), split, strict=True))

    def cells_of(self, part: int) -> IntArray:
        """Return the rows of a part's cells."""
        return self.cells.get(part, np.empty(0, dtype=np.int64))

    def households_of(self, part: int) -> int:
        """Return the households of a part."""
        return int(self.state.households[self.cells_of(part)].sum())

    def pieces_of(self, part: int) -> list[IntArray]:
        """Return the cells of each connected piece of a part, the one with most households first."""
        cells = self.cells_of(part)
        order = np.argsort(self.piece[cells], kind="stable")
        stops = np.flatnonzero(np.diff(self.piece[cells][order])) + 1
        pieces = np.split(cells[order], stops) if len(cells) else []
        homes, area = self.state.households, self.state.area_m2
        return sorted(pieces, key=lambda p: (-int(homes[p].sum()), -float(area[p].sum()), int(p[0])))  # fmt: skip

    def finding(
        self, rule: str, level: Level, part: int, code: str, text: str,
        *, cells: IntArray | None = None, **values: Any,
    ) -> Finding:  # fmt: skip
        """Return a finding at the cells it is about, by default all of the part."""
        rows = self.cells_of(part) if cells is None else cells
        state = self.state
        if len(rows) == 0:
            return Finding(rule, level, part, code, values, text)
        first = rows[np.lexsort((rows, -state.area_m2[rows], -state.households[rows]))[0]]
        low, high = state.bounds[rows, :2].min(axis=0), state.bounds[rows, 2:].max(axis=0)
        return Finding(
            rule, level, part, code, values, text,
            households=int(state.households[rows].sum()),
            cells=np.sort(rows).astype(np.int32),
            x=float(state.xy[first, 0]),
            y=float(state.xy[first, 1]),
            bounds=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        )  # fmt: skip


def _r1_one_part(plan: _Plan) -> Iterator[Finding]:
    for part in plan.state.parts:
        pieces = plan.pieces_of(part)
        if not pieces:
            yield plan.finding("R1", "error", part, "no_land", "this part has no land")
        elif len(pieces) > 1:
            away = np.concatenate(pieces[1:])
            reason = plan.state.reasons.get(part)
            homes = int(plan.state.households[away].sum())
            text = f"{len(pieces)} pieces that do not touch; {homes} households are cut off"
            code, level = (
                ("several_pieces_stated", "advice") if reason else ("several_pieces", "error")
            )
            yield plan.finding(
                "R1", level, part, code, text,  # type: ignore[arg-type]
                cells=away, pieces=len(pieces), reason=reason or "",
            )  # fmt: skip


def _r4_covered(plan: _Plan) -> Iterator[Finding]:
    state = plan.state
    for cells in plan.pieces_of(UNASSIGNED):
        homes, area = int(state.households[cells].sum()), float(state.area_m2[cells].sum())
        text = f"{area:.0f} m² with {homes} households lie in no part"
        buildings = int(state.buildings[cells].sum())
        yield plan.finding(
            "R4", "error", UNASSIGNED, "gap", text,
            cells=cells, area_m2=round(area, 1), buildings=buildings,
        )  # fmt: skip


def _r5_band(plan: _Plan) -> Iterator[Finding]:
    for part in plan.state.parts:
        band = plan.state.band.get(part)
        cells = plan.cells_of(part)
        homes = plan.households_of(part)
        if band is None or len(cells) == 0 or band[0] <= homes <= band[1]:
            continue
        code = "below_band" if homes < band[0] else "above_band"
        text = f"{homes} households, {'fewer than ' if homes < band[0] else 'more than '}"
        text += str(band[0] if homes < band[0] else band[1])
        values: dict[str, Any] = {"min": band[0], "max": band[1]}
        reason = plan.state.reasons.get(part)
        estate = _whole_estate(plan, part)
        if estate is not None:
            text = f"{homes} households: one whole estate"
            yield plan.finding("R5", "advice", part, "whole_estate", text, estate=estate, **values)
        elif reason:
            yield plan.finding("R5", "advice", part, f"{code}_stated", text, reason=reason, **values)  # fmt: skip
        else:
            yield plan.finding("R5", "warning", part, code, text, **values)


def _whole_estate(plan: _Plan, part: int) -> int | None:
    """Return the estate that a part consists of: all its households, and nobody else's."""
    state = plan.state
    cells = plan.cells_of(part)
    lived = cells[state.households[cells] > 0]
    estates = np.unique(state.estate[lived])
    if len(estates) != 1 or estates[0] < 0:
        return None
    own = (state.estate == estates[0]) & (state.households > 0)
    return int(estates[0]) if (state.label[own] == part).all() else None


def _r7_main_barriers(plan: _Plan) -> Iterator[Finding]:
    state = plan.state
    main = np.array([False, *(item.main for item in BARRIERS)])
    inside = plan.inner & main[state.barrier]
    part_of = state.label[state.pairs[:, 0]]
    for part in state.parts:
        if state.confirmed.get(part):
            continue
        rows = np.flatnonzero(inside & (part_of == part))
        for number in np.unique(state.barrier[rows]).tolist():
            along = rows[state.barrier[rows] == number]
            name, length = BARRIERS[number - 1].name, float(state.shared_m[along].sum())
            cells = np.unique(state.pairs[along]).astype(np.int64)
            text = f"{length:.0f} m of {name} run inside"
            values = {"barrier": name, "length_m": round(length, 1)}
            yield plan.finding("R7", "warning", part, "main_barrier_inside", text, cells=cells, **values)  # fmt: skip


def _r8_lead(plan: _Plan, *, publishing: bool) -> Iterator[Finding]:
    for part in plan.state.parts:
        if not plan.state.led.get(part):
            level: Level = "error" if publishing else "warning"
            yield plan.finding("R8", level, part, "no_lead", "nobody is responsible for it")


def _r9_codes(plan: _Plan) -> Iterator[Finding]:
    state = plan.state
    seen: dict[str, int] = {}
    for part in state.parts:
        code = state.codes.get(part)
        if code is None:
            continue
        if code in seen:
            text = f"code {code} is also that of part {seen[code]}"
            yield plan.finding("R9", "error", part, "code_twice", text, grid_code=code, other=seen[code])  # fmt: skip
        if not code.startswith(state.prefix):
            text = f"code {code} does not begin with {state.prefix}"
            yield plan.finding("R9", "error", part, "code_prefix", text, grid_code=code)  # fmt: skip
        if code in state.used:
            text = f"code {code} was given to another grid before"
            yield plan.finding("R9", "error", part, "code_used", text, grid_code=code)
        seen.setdefault(code, part)


def _r10_balance(plan: _Plan) -> Iterator[Finding]:
    state = plan.state
    counted = [
        (plan.households_of(part), part)
        for part in state.parts
        if state.band.get(part) is not None and len(plan.cells_of(part))
    ]
    if len(counted) < 2:
        return
    (least, small), (most, large) = min(counted), max(counted, key=lambda item: (item[0], -item[1]))
    if most > MOST_IMBALANCE * least:
        ratio = round(most / least, 2) if least else None
        text = f"the largest part has {most} households, the smallest {least}"
        values: dict[str, Any] = {
            "largest": most,
            "smallest": least,
            "smallest_part": small,
            "ratio": ratio,
        }
        yield plan.finding("R10", "advice", large, "unbalanced", text, **values)


def _r11_shape(plan: _Plan) -> Iterator[Finding]:
    state = plan.state
    a = state.pairs[:, 0]
    for part in state.parts:
        cells = plan.cells_of(part)
        if len(cells) == 0:
            continue
        inner = float(state.shared_m[plan.inner & (state.label[a] == part)].sum())
        outline = float(state.perimeter_m[cells].sum()) - 2 * inner
        score = float(polsby_popper(state.area_m2[cells].sum()[None], np.array([outline]))[0])
        if score < LEAST_COMPACT:
            text = f"its shape is ragged (Polsby-Popper {score:.2f})"
            yield plan.finding("R11", "advice", part, "ragged", text, polsby_popper=round(score, 3))
        extent = _extent_m(state, cells)
        if state.band.get(part) is not None and extent > LONGEST_ROUND_M:
            text = f"{extent:.0f} m from end to end: long for one round on foot"
            yield plan.finding("R11", "advice", part, "long_round", text, extent_m=round(extent))


def _extent_m(state: PlanState, cells: IntArray) -> float:
    """Return the longer side of the box around cells, in metres."""
    low, high = state.bounds[cells, :2].min(axis=0), state.bounds[cells, 2:].max(axis=0)
    width, height = (high - low).tolist()
    if state.lonlat:
        middle = np.radians((low[1] + high[1]) / 2)
        width, height = (
            width * METRES_PER_DEGREE * float(np.cos(middle)),
            height * METRES_PER_DEGREE,
        )
    return float(max(width, height))
