"""What is settled before any search: locked parts, units above the band, islands, numbers of parts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gis.divide.exact import MOST_UNITS, divisions
from gis.divide.report import Reason, reason
from gis.divide.search import counts_of, liked
from gis.divide.units import Band, CellGraph, Int32Array, Int64Array, Units, draw_units, groups


@dataclass
class Island:
    """Connected free units and where they stand."""

    units: Units
    index: Int64Array
    """Units among all free units."""
    cells: Int64Array
    counts: list[int]
    """Numbers of parts that the total allows, most liked first."""
    total: int

    def tries(self, band: Band) -> list[int]:
        """Return the numbers of parts to try; where none is possible, those that miss least."""
        if self.counts:
            return self.counts
        n = len(self.units)
        under = self.total // band.low if band.low else n
        over = -(-self.total // band.high) if band.high else n
        some = {
            min(max(k, 1), n)
            for k in (under, over, round(2 * self.total / max(band.low + band.high, 1)))
        }
        return [1] if self.total < band.low else sorted(some)


@dataclass
class Ground:
    """The whole before the search."""

    units: Units
    label: Int32Array
    """(units,) part numbers of heavy units and what hangs on them, -1 where the search decides."""
    islands: list[Island]
    heavy: int
    """Parts that are settled: numbers 0 to heavy - 1."""
    reasons: list[Reason] = field(default_factory=list)
    impossible: bool = False
    """A reason proves that not every part can be within the band."""


def survey(graph: CellGraph, band: Band, fixed: Int32Array) -> Ground:
    """Draw estates together, set heavy units aside, find the islands of the rest."""
    units = draw_units(graph, np.where(fixed >= 0, -1, 0))
    cells_of = groups(np.where(units.of_cell >= 0, units.of_cell, len(units)).astype(np.int32))
    heavy = np.flatnonzero(units.weight > band.high)
    label = np.full(len(units), -1, dtype=np.int32)
    label[heavy] = np.arange(len(heavy), dtype=np.int32)
    ground = Ground(units, label, [], len(heavy))
    for unit in heavy:
        legal = units.estate[unit] >= 0
        code = "whole_estate" if legal else "cell_above_band"
        ground.reasons.append(reason(code, cells_of[unit], graph, band))
        ground.impossible |= not legal
    for part in np.unique(fixed[fixed >= 0]):
        cells = np.flatnonzero(fixed == part)
        if band.violation(graph.households[cells].sum()) > 0:
            ground.reasons.append(reason("locked_out_of_band", cells, graph, band))
            ground.impossible = True
    free = np.flatnonzero(label < 0)
    for index in groups(units.take(free).components()):
        cells = np.sort(np.concatenate([cells_of[unit] for unit in free[index]]))
        island = island_of(units.take(free[index]), free[index], band, cells)
        if island.total == 0 and not island.counts and _hang(units, island.index, label):
            continue
        ground.islands.append(island)
        if not island.counts:
            code = "pocket_below_band" if island.total < band.low else "total_no_multiple"
            ground.reasons.append(reason(code, island.cells, graph, band))
            ground.impossible = True
    return ground


def island_of(
    units: Units, index: Int64Array, band: Band, cells: Int64Array | None = None
) -> Island:
    """Return connected units, their numbers among more of them, and in how many parts they can go."""
    total = int(units.weight.sum())
    counts = liked(counts_of(total, band, len(index)), total, band)
    none = np.empty(0, dtype=np.int64)
    return Island(units, index, none if cells is None else cells, counts, total)


def _hang(units: Units, index: Int64Array, label: Int32Array) -> bool:
    """Give an empty pocket to the heavy part around it; return whether there is one."""
    inside = np.zeros(len(units), dtype=bool)
    inside[index] = True
    edge = inside[units.rows()] & (label[units.near] >= 0) & ~inside[units.near]
    if not edge.any():
        return False
    shared = np.bincount(label[units.near[edge]], weights=units.border[edge])
    label[index] = np.int32(shared.argmax())
    return True


def allot(
    graph: CellGraph, band: Band, ground: Ground, grids: int, locked: int
) -> tuple[list[int], bool]:
    """Return how many parts each island gets, so that all together are `grids`, as even as can be.

    Where no allotment is possible (second value) that is a reason, and the parts go by size.
    """
    wanted = grids - ground.heavy - locked
    total = sum(island.total for island in ground.islands)
    even = total / max(wanted, 1)
    options = [_options(island, band) for island in ground.islands]
    # least worst deviation of the mean part for every sum of parts so far
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for island, counts in zip(ground.islands, options, strict=True):
        longer: dict[int, tuple[float, list[int]]] = {}
        for used, (worst, way) in best.items():
            for k in counts:
                away = max(worst, abs(island.total / k - even))
                if used + k <= wanted and (used + k not in longer or away < longer[used + k][0]):
                    longer[used + k] = (away, [*way, k])
        best = longer
    if wanted in best:
        return best[wanted][1], True
    if not ground.impossible:
        cells = np.arange(len(graph.households))
        ground.reasons.append(reason("grids_no_multiple", cells, graph, band))
        ground.impossible = True
    return _by_size(ground.islands, max(wanted, 0)), False


def _options(island: Island, band: Band) -> list[int]:
    if len(island.units) <= MOST_UNITS:
        return sorted(divisions(island.units, band)[1])
    return sorted(island.counts)


def _by_size(islands: list[Island], wanted: int) -> list[int]:
    """Share out parts like seats, one each at least (Sainte-Lague)."""
    counts = [1] * len(islands)
    while sum(counts) < wanted:
        rooms = [i for i, island in enumerate(islands) if counts[i] < len(island.units)]
        if not rooms:
            break
        counts[max(rooms, key=lambda i: (islands[i].total / (2 * counts[i] + 1), -i))] += 1
    return counts
