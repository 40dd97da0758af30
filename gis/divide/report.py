"""What a division says of itself: parts within the band, and the reason for every one that is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gis.divide.refine import part_sums
from gis.divide.units import Band, CellGraph, Int32Array, Int64Array

Outcome = Literal["ok", "proved_impossible", "not_found"]


@dataclass(frozen=True)
class Reason:
    """Why a part is not within the band, or is right although it is not.

    Codes: `whole_estate` (legal: an estate above the band is a part of its own), `cell_above_band`,
    `pocket_below_band`, `total_no_multiple`, `grids_no_multiple`, `unit_fits_nowhere`, `no_division`
    (all were looked at), `locked_out_of_band`, `estate_in_pieces`, `not_found`.
    """

    code: str
    cells: tuple[int, ...]
    """Indices of the cells it is about."""
    households: int
    text: str
    """English; what is wrong and what would help."""


@dataclass(frozen=True)
class Division:
    """Cells in parts."""

    label: Int32Array
    """(n,) part of every cell."""
    outcome: Outcome
    reasons: tuple[Reason, ...]
    in_band: int
    """Parts within the band, or legal as whole estates."""
    out_of_band: int
    border_on_barrier_share: float
    """Of the metres of border between parts, the share that lies on a barrier; 0 without borders."""
    iterations: int


def reason(code: str, cells: Int64Array, graph: CellGraph, band: Band) -> Reason:
    """Return a reason about cells, in words."""
    households = int(graph.households[cells].sum())
    text = _TEXTS[code].format(
        households=households, count=len(cells), low=band.low, high=band.high
    )
    return Reason(code, tuple(int(cell) for cell in cells), households, text)


_TEXTS = {
    "whole_estate": "An estate of {households} households is above {high} and forms a part of its own, "
    "as the rules allow.",
    "cell_above_band": "One cell holds {households} households, more than {high}. Cut the cell, correct "
    "its count, or raise the maximum.",
    "pocket_below_band": "A pocket of {count} cells holds {households} households, fewer than {low}, and "
    "touches nothing it could join. Join it to a neighbouring community, unlock what lies around it, or "
    "lower the minimum.",
    "total_no_multiple": "{households} households cannot be shared out into parts of {low} to {high}, "
    "whatever their number. Widen the band.",
    "grids_no_multiple": "{households} households cannot be shared out into this number of parts of "
    "{low} to {high}. Ask for another number, or let it follow from the band.",
    "unit_fits_nowhere": "{count} cells with {households} households are in no connected group of {low} "
    "to {high} households. Cut a neighbour that is too large, or widen the band.",
    "no_division": "All divisions of these {count} cells were looked at: none has every part within "
    "{low} to {high}. Cut a large cell or widen the band.",
    "locked_out_of_band": "A locked part holds {households} households and may not change. Unlock it.",
    "estate_in_pieces": "The {count} cells of this estate do not touch each other and came into "
    "different parts.",
    "not_found": "A part of {households} households stayed outside {low} to {high} after all attempts; "
    "whether a division exists is not known. Cut a large cell, widen the band, or try another seed.",
}


def numbered(label: Int32Array, fixed: Int32Array) -> Int32Array:
    """Return labels renumbered by their first cell; labels of locked cells are kept."""
    taken = set(fixed[fixed >= 0].tolist())
    free = fixed < 0
    values, first = np.unique(label[free], return_index=True)
    new = np.full(int(values.max(initial=-1)) + 1, -1, dtype=np.int32)
    number = 0
    for value in values[np.argsort(first, kind="stable")]:
        while number in taken:
            number += 1
        new[value] = number
        number += 1
    out = fixed.copy()
    out[free] = new[label[free]]
    return out


def report(
    graph: CellGraph,
    band: Band,
    label: Int32Array,
    reasons: list[Reason],
    *,
    proved: bool,
    iterations: int,
) -> Division:
    """Count what is within the band and give every other part a reason.

    `proved` says that no division could have had every part within the band.
    """
    parts, place = np.unique(label, return_inverse=True)
    place = place.astype(np.int32)
    held = part_sums(place, graph.households, len(parts))
    missed = band.violation(held) > 0
    told = {cell for one in reasons for cell in one.cells}
    legal = np.zeros(len(parts), dtype=bool)
    for one in reasons:
        if one.code == "whole_estate":
            legal[place[one.cells[0]]] = True
    missed &= ~legal
    reasons = [*reasons, *_torn_estates(graph, label)]
    for part in np.flatnonzero(missed):
        cells = np.flatnonzero(place == part)
        if not told.intersection(cells.tolist()):
            reasons.append(reason("not_found", cells, graph, band))
    outcome: Outcome = "ok"
    if proved:
        outcome = "proved_impossible"
    elif missed.any():
        outcome = "not_found"
    return Division(
        label,
        outcome,
        tuple(reasons),
        int((~missed).sum()),
        int(missed.sum()),
        barrier_share(graph, label),
        iterations,
    )


def barrier_share(graph: CellGraph, label: Int32Array) -> float:
    """Return the share of the border between parts that lies on a barrier."""
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    between = label[a] != label[b]
    metres = float(graph.shared_m[between].sum())
    return float(graph.shared_m[between & (graph.barrier > 0)].sum() / metres) if metres else 0.0


def _torn_estates(graph: CellGraph, label: Int32Array) -> list[Reason]:
    inside = np.flatnonzero(graph.unit >= 0)
    pairs = np.unique(np.column_stack((graph.unit[inside], label[inside])), axis=0)
    estates, parts = np.unique(pairs[:, 0], return_counts=True)
    band = Band(0, 0)
    return [
        reason("estate_in_pieces", np.flatnonzero(graph.unit == estate), graph, band)
        for estate in estates[parts > 1]
    ]
