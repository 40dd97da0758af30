"""Balanced, contiguous division of a community's cells into parts (grids, or a township's communities).

Guarantees: every cell is in one part, every part is in one piece, estates whose cells touch are whole.
Then, in this order: households of every part within the band, barriers crossed as little as can be,
compact parts (Polsby and Popper, Yale Law & Policy Review 9, 1991), even parts.

Up to 14 units per island every division is looked at; beyond that the search may say `not_found` where
a division exists, but `proved_impossible` is said only with a proof.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.divide.ground import Ground, Island, allot, survey
from gis.divide.report import Division, numbered, reason, report
from gis.divide.search import Found, search
from gis.divide.units import Band, CellGraph, Int32Array

Progress = Callable[[int, str], None]


def divide(
    graph: CellGraph,
    band: Band,
    *,
    grids: int | None = None,
    fixed: Int32Array | None = None,
    start: Int32Array | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Division:
    """Divide cells into parts with households within the band.

    Parameters
    ----------
    graph
        n cells.
    band
        Least and most households of a part.
    grids
        Number of parts, locked ones included; None lets it follow from the band. When given, even
        parts go before compact ones.
    fixed
        (n,) label of the locked part of a cell, -1 for free cells. Locked parts keep their cells and
        take none.
    start
        (n,) division to start from, -1 for cells without a part.
    seed
        Same input and seed, same division (with the same start: METIS or our own).
    progress
        Called with whole percent and the name of the step; it may raise to end the work.
    """
    n = len(graph.households)
    fixed = np.full(n, -1, dtype=np.int32) if fixed is None else fixed.astype(np.int32)
    ground = survey(graph, band, fixed)
    locked = len(np.unique(fixed[fixed >= 0]))
    chosen, possible = None, True
    if grids is not None:
        chosen, possible = allot(graph, band, ground, grids, locked)
    label, used, iterations = ground.label.copy(), ground.heavy, 0
    done, whole = 0, max(sum(len(island.index) for island in ground.islands), 1)
    for number, island in enumerate(ground.islands):
        found = search(
            island.units,
            band,
            island.tries(band) if chosen is None else [chosen[number]],
            even=grids is not None,
            seed=seed + number,
            start=None if start is None else _start(ground, island, start),
        )
        label[island.index] = found.label + used
        used += found.k
        iterations += found.steps
        if possible:
            _judge(graph, band, ground, island, found)
        done += len(island.index)
        if progress is not None:
            progress(100 * done // whole, "divide")
    cells = fixed.copy()
    free = fixed < 0
    cells[free] = label[ground.units.of_cell[free]]
    return report(
        graph,
        band,
        numbered(cells, fixed),
        ground.reasons,
        proved=ground.impossible,
        iterations=iterations,
    )


def _start(ground: Ground, island: Island, start: Int32Array) -> Int32Array:
    """Return a start for one island: the label of a unit is that of its first cell, 0..k-1."""
    n = len(ground.units)
    first = np.full(n, -1, dtype=np.int64)
    cells = np.flatnonzero(ground.units.of_cell >= 0)[::-1]
    first[ground.units.of_cell[cells]] = cells
    label = start[first[island.index]]
    _, number = np.unique(label[label >= 0], return_inverse=True)
    out = np.full(len(label), -1, dtype=np.int32)
    out[label >= 0] = number
    return out


def _judge(graph: CellGraph, band: Band, ground: Ground, island: Island, found: Found) -> None:
    """Write down what an island's search proved."""
    if found.missed and found.proved and island.counts:
        ground.reasons.append(reason("no_division", island.cells, graph, band))
        ground.impossible = True
