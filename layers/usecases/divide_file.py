"""Dividing the cells of a file, without a store: a file in, the same file with grid numbers out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.adjacency import adjacency
from gis.crs import IntArray
from gis.divide import Band, CellGraph, Division, divide
from gis.errors import Fault, RefusedInputError
from layers.io.cell_file import CellFile, output_driver, read_cell_file, write_cell_file
from layers.io.progress import Progress, part, silent


@dataclass(frozen=True)
class FileQuestion:
    """What `wangge divide --cells` is asked."""

    cells: Path
    field: str
    out: Path
    low: int
    high: int
    grids: int | None = None
    keep_together: str | None = None
    seed: int = 0
    layer: str | None = None
    crs: str | None = None


def divide_cells(asked: FileQuestion, progress: Progress = silent) -> dict[str, Any]:
    """Divide the cells of a file, write them with a field `grid`, and return the figures.

    Refused input writes nothing. A division that misses the band is written too: the outcome and
    the reasons say so.

    Raises
    ------
    RefusedInputError
        `bad_band`, `bad_grids`, `cannot_write`, and what `read_cell_file` refuses.
    """
    begun = time.perf_counter()
    _require_sense(asked)
    progress(0, "reading cells")
    cells = read_cell_file(
        asked.cells, asked.field, together=asked.keep_together, layer=asked.layer, crs=asked.crs
    )
    progress(15, "finding neighbours")
    graph = _graph(cells)
    found = divide(
        graph,
        Band(asked.low, asked.high),
        grids=asked.grids,
        seed=asked.seed,
        progress=part(progress, 20, 90),
    )
    progress(92, "writing")
    grid = np.asarray(found.label, dtype=np.int64) + 1
    notes = cells.notes + write_cell_file(cells, grid, asked.out)
    progress(100, "done")
    return {
        "file": str(asked.out),
        "cells": len(grid),
        "households": int(cells.households.sum()),
        "min": asked.low,
        "max": asked.high,
        "seed": asked.seed,
        **figures(graph, cells.shapes, grid, found),
        "notes": notes,
        "reproducible": True,
        "seconds": round(time.perf_counter() - begun, 3),
    }


def figures(graph: CellGraph, shapes: Any, grid: IntArray, found: Division) -> dict[str, Any]:
    """Return outcome, one row per grid, counts and reasons; rows of cells count from 1."""
    return {
        "outcome": found.outcome,
        "grids": _grids(graph, shapes, grid),
        "in_band": found.in_band,
        "out_of_band": found.out_of_band,
        "border_on_barrier_share": None
        if graph.barrier is None or not np.any(graph.barrier)
        else found.border_on_barrier_share,
        "reasons": [
            {
                "code": reason.code,
                "text": reason.text,
                "households": int(reason.households),
                "rows": [int(cell) + 1 for cell in reason.cells],
            }
            for reason in found.reasons
        ],
    }


def _require_sense(asked: FileQuestion) -> None:
    if asked.low < 0 or asked.high < 1 or asked.low > asked.high:
        reason = f"no grid can have {asked.low} to {asked.high} households"
        raise RefusedInputError("bad_band", reason, [Fault(field="min", reason=reason)])
    if asked.grids is not None and asked.grids < 1:
        reason = f"{asked.grids} grids cannot be made"
        raise RefusedInputError("bad_grids", reason, [Fault(field="grids", reason=reason)])
    if not asked.out.absolute().parent.is_dir():
        raise RefusedInputError("cannot_write", f"there is no folder {asked.out.parent}")
    if asked.out.is_dir():
        raise RefusedInputError("cannot_write", f"{asked.out} is a folder; name a file")
    if asked.out.absolute() == asked.cells.absolute():
        raise RefusedInputError("cannot_write", "the output would overwrite the cells")
    output_driver(asked.out)


def _graph(cells: CellFile) -> CellGraph:
    near = adjacency(cells.shapes)
    return CellGraph(
        households=cells.households,
        area_m2=np.asarray(shapely.area(cells.shapes)),
        outer_m=near.outer_m,
        pairs=near.pairs,
        shared_m=near.shared_m,
        barrier=np.zeros(len(near.pairs)),
        unit=cells.unit,
    )


def _grids(graph: CellGraph, shapes: Any, grid: IntArray) -> list[dict[str, Any]]:
    numbers, place = np.unique(grid, return_inverse=True)
    count = len(numbers)
    ends = place[graph.pairs]
    inside = ends[:, 0] == ends[:, 1]
    perimeter = np.bincount(place, weights=graph.outer_m, minlength=count)
    for side in (0, 1):
        perimeter += np.bincount(
            ends[~inside, side], weights=graph.shared_m[~inside], minlength=count
        )
    area = np.bincount(place, weights=graph.area_m2, minlength=count)
    households = np.zeros(count, dtype=np.int64)
    np.add.at(households, place, graph.households)
    pieces = _pieces(graph, shapes, place, inside, count)
    return [
        {
            "no": int(numbers[i]),
            "households": int(households[i]),
            "area_m2": round(float(area[i]), 1),
            "polsby_popper": round(float(4 * np.pi * area[i] / perimeter[i] ** 2), 4),
            "parts": int(pieces[i]),
        }
        for i in range(count)
    ]


def _pieces(graph: CellGraph, shapes: Any, place: Any, inside: Any, count: int) -> IntArray:
    """Return of how many pieces each grid is, joined by more than a metre of border."""
    n = len(place)
    joined = graph.pairs[inside]
    ones = np.ones(len(joined), dtype=bool)
    links = coo_matrix((ones, (joined[:, 0], joined[:, 1])), shape=(n, n))
    piece = connected_components(links, directed=False)[1]
    _, first = np.unique(piece, return_index=True)
    pieces = np.bincount(place[first], minlength=count).astype(np.int64)
    several = np.unique(place[shapely.get_num_geometries(shapes) > 1])
    for grid in several:  # a cell of several polygons may be the gap itself
        whole = shapely.union_all(shapes[place == grid])
        pieces[grid] = max(int(pieces[grid]), int(shapely.get_num_geometries(whole)))
    return pieces
