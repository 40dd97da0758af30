"""Asking the automatic division about a plan: suggest, repair, re-divide. Nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gis.barriers import BARRIERS
from gis.crs import IntArray
from gis.divide import Band, CellGraph, Division, divide, redivide, repair
from gis.errors import RefusedInputError
from layers.cells import Cells, communities_of, read_cells, read_shapes
from layers.io.progress import Progress, silent
from layers.usecases.plans.documents import band_document
from layers.usecases.plans.rows import assignment_of, find_plan, parts_of

BASES_OF = ("resident", "registered", "planned")
WEIGHT = np.array([0.0, *(item.weight for item in BARRIERS)]) ** 3
"""Cubed, so that rivers and main roads decide and small streets do not: a grid is made of blocks with
streets between them, and one that avoids every lane becomes a comb."""
METHODS = ("suggest", "repair", "redivide")


@dataclass(frozen=True)
class Asked:
    """One question to the automatic division."""

    method: str = "suggest"
    scope: str | Sequence[int] = "all"
    """`all`, `unassigned`, or numbers of parts that may change."""
    parts: int | None = None
    low: int | None = None
    high: int | None = None
    basis: str = "resident"
    also: Sequence[str] = ()
    """More counts to balance: other bases, `buildings`."""
    seed: int = 0


def suggest(
    session: Session, plan_id: int, asked: Asked, progress: Progress = silent
) -> dict[str, Any]:
    """Return which cells a division, repair or re-division would move where.

    Raises
    ------
    RefusedInputError
        `no_band` where neither the rule set nor the question gives one, `bad_band`, `bad_method`,
        `unknown_part`, `nothing_to_divide`.
    """
    begun = time.perf_counter()
    plan = find_plan(session, plan_id)
    if asked.method not in METHODS or asked.basis not in BASES_OF:
        raise RefusedInputError("bad_method", f"there is no method {asked.method!r}")
    cells = read_cells(session, plan.set_id, communities_of(session, plan.division_id))
    parts, assigned = parts_of(session, plan_id), assignment_of(session, plan_id)
    now = np.array([assigned.get(int(cell), 0) for cell in cells.id], dtype=np.int64)
    free = _free(asked, parts, now)
    if not free.any():
        raise RefusedInputError("nothing_to_divide", "there is no cell that may change")
    band = _band(session, plan, asked)
    found, label, rows = _answer(cells, now, free, asked, band, progress)
    return {
        **_document(session, cells, now, label, found, asked.basis, rows),
        "seconds": round(time.perf_counter() - begun, 3),
        "reproducible": True,
    }


def _free(asked: Asked, parts: dict[int, dict[str, Any]], now: IntArray) -> NDArray[np.bool_]:
    """Return the cells that may change: those of the scope that no lock holds."""
    locked = [no for no, item in parts.items() if item["locked"] or item["kind"] == "dedicated"]
    if isinstance(asked.scope, str):
        if asked.scope not in ("all", "unassigned"):
            raise RefusedInputError("unknown_part", f"there is no scope {asked.scope!r}")
        chosen = np.ones(len(now), dtype=np.bool_) if asked.scope == "all" else now == 0
    else:
        lacking = sorted(set(asked.scope) - set(parts))
        if lacking:
            raise RefusedInputError("unknown_part", f"there is no part {lacking[0]} in this plan")
        chosen = np.isin(now, list(asked.scope))
    return chosen & ~np.isin(now, locked)


def _band(session: Session, plan: Any, asked: Asked) -> Band:
    known = band_document(session, plan)
    low = asked.low if asked.low is not None or known is None else int(known["min"])
    high = asked.high if asked.high is not None or known is None else int(known["max"])
    if low is None or high is None:
        raise RefusedInputError(
            "no_band", "no band of households applies here; give the least and the most"
        )
    if not 0 <= low <= high or high < 1:
        raise RefusedInputError("bad_band", f"the band {low}-{high} holds no number of households")
    return Band(int(low), int(high))


def graph_of(cells: Cells, rows: IntArray, basis: str, also: Sequence[str] = ()) -> CellGraph:
    """Return the graph of some cells (rows ascending) for the automatic division."""
    place = np.full(len(cells), -1, dtype=np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    ends = place[cells.pairs]
    inside = (ends >= 0).all(axis=1)
    shared = cells.shared_m[inside]
    pairs = np.sort(ends[inside], axis=1).astype(np.int32)
    inner = np.bincount(pairs.ravel(), np.repeat(shared, 2), len(rows))
    extra = None
    if also:
        columns = [
            cells.buildings if name == "buildings" else cells.households[name] for name in also
        ]
        extra = np.column_stack([column[rows] for column in columns]).astype(np.float64)
    return CellGraph(
        households=cells.households[basis][rows],
        area_m2=cells.area_m2[rows],
        outer_m=np.maximum(cells.perimeter_m[rows] - inner, 0.0),
        pairs=pairs,
        shared_m=shared,
        barrier=WEIGHT[cells.barrier[inside]],
        unit=np.unique(cells.estate[rows], return_inverse=True)[1].astype(np.int32)
        - (1 if (cells.estate[rows] == -1).any() else 0),
        extra=extra,
    )


def _answer(
    cells: Cells,
    now: IntArray,
    free: NDArray[np.bool_],
    asked: Asked,
    band: Band,
    progress: Progress,
) -> tuple[Division, IntArray, IntArray]:
    """Return the division found, the part of every cell (numbers kept, new ones negative), rows asked about."""
    rows = np.flatnonzero(free)
    if asked.method == "suggest":
        rows, found, part = _divided(cells, rows, asked, band, progress)
    else:
        old = now[rows]
        numbers = np.unique(old[old > 0])
        start = np.where(old > 0, np.searchsorted(numbers, old), -1).astype(np.int32)
        work = repair if asked.method == "repair" else redivide
        found = work(graph_of(cells, rows, asked.basis, asked.also), start, band, seed=asked.seed)
        part = _spread(len(cells), rows, found.label)
    label = now.copy()
    everywhere = np.flatnonzero(free)
    label[everywhere] = _renumber(
        part[everywhere], now[everywhere], cells.households[asked.basis][everywhere]
    )
    return found, label, rows


def _divided(
    cells: Cells, rows: IntArray, asked: Asked, band: Band, progress: Progress
) -> tuple[IntArray, Division, IntArray]:
    """Divide the land first: nobody walks over a river, so water joins no two pieces unless it must.

    Water then goes to the part beside it with the longest shore. Where land alone cannot be divided
    (a bank too small for itself), water counts as land.
    """
    water = np.array([use == "water" for use in cells.land_use]) & (cells.buildings == 0)
    land = rows[~water[rows]]
    for chosen in (land, rows) if 0 < len(land) < len(rows) else (rows,):
        graph = graph_of(cells, chosen, asked.basis, asked.also)
        found = divide(graph, band, grids=asked.parts, seed=asked.seed, progress=progress)
        part = _spread(len(cells), chosen, found.label)
        left = _join_neighbours(cells, rows, part)
        if found.outcome == "ok" and not left:
            break
    return chosen, found, part


def _spread(count: int, rows: IntArray, label: NDArray[np.int32]) -> IntArray:
    part = np.full(count, -1, dtype=np.int64)
    part[rows] = label
    return part


def _join_neighbours(cells: Cells, rows: IntArray, part: IntArray) -> int:
    """Give cells without a part that of the neighbour with the longest border; return how many stay without."""
    waiting = [int(row) for row in rows[part[rows] < 0]]
    shares: dict[int, list[tuple[int, float]]] = {row: [] for row in waiting}
    for (a, b), length in zip(cells.pairs.tolist(), cells.shared_m.tolist(), strict=True):
        for one, two in ((a, b), (b, a)):
            if one in shares:
                shares[one].append((two, length))
    while waiting:
        joined: dict[int, int] = {}
        for row in waiting:
            border: dict[int, float] = {}
            for other, length in shares[row]:
                if part[other] >= 0:
                    border[int(part[other])] = border.get(int(part[other]), 0.0) + length
            if border:
                joined[row] = max(border, key=lambda no: (border[no], -no))
        if not joined:
            break
        for row, no in joined.items():
            part[row] = no
        waiting = [row for row in waiting if row not in joined]
    return len(waiting)


def _renumber(label: IntArray, old: IntArray, households: IntArray) -> IntArray:
    """Return part numbers: each found part takes the old one it shares most with, the rest are new."""
    count = int(label.max()) + 1 if len(label) else 0
    weight = households + 1  # empty cells count a little
    overlap: dict[tuple[int, int], int] = {}
    for new, was, share in zip(label.tolist(), old.tolist(), weight.tolist(), strict=True):
        if new >= 0 and was > 0:
            overlap[new, was] = overlap.get((new, was), 0) + share
    taken: dict[int, int] = {}
    for (new, was), _ in sorted(overlap.items(), key=lambda item: (-item[1], item[0])):
        if new not in taken and was not in taken.values():
            taken[new] = was
    fresh = -1
    for new in range(count):
        if new not in taken:
            taken[new] = fresh
            fresh -= 1
    return np.array([0 if new < 0 else taken[new] for new in label.tolist()], dtype=np.int64)


def part_figures(cells: Cells, label: IntArray, basis: str) -> list[dict[str, Any]]:
    """Return number, households, area, compactness and count of pieces of every part but 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers, place = np.unique(label, return_inverse=True)
    count = len(numbers)
    ends = label[cells.pairs]
    same = ends[:, 0] == ends[:, 1]
    inner = np.bincount(place[cells.pairs[same, 0]], cells.shared_m[same], count)
    edge = np.bincount(place, cells.perimeter_m, count) - 2 * inner
    area = np.bincount(place, cells.area_m2, count)
    homes = np.bincount(place, cells.households[basis], count).astype(np.int64)
    joined = cells.pairs[same]
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), (len(cells),) * 2)
    piece = connected_components(graph, directed=False)[1]
    pieces = np.bincount(np.unique(np.column_stack((place, piece)), axis=0)[:, 0], minlength=count)
    return [
        {
            "no": int(number),
            "households": int(homes[i]),
            "area_m2": round(float(area[i]), 1),
            "polsby_popper": round(float(4 * np.pi * area[i] / edge[i] ** 2), 4)
            if edge[i]
            else 0.0,
            "parts": int(pieces[i]),
        }
        for i, number in enumerate(numbers.tolist())
        if number != 0
    ]


def _document(
    session: Session,
    cells: Cells,
    now: IntArray,
    label: IntArray,
    found: Division,
    basis: str,
    rows: IntArray,
) -> dict[str, Any]:
    moved = np.flatnonzero(label != now)
    changes: dict[str, list[int]] = {}
    for row in moved.tolist():
        changes.setdefault(str(int(label[row])), []).append(int(cells.id[row]))
    taken = moved[now[moved] > 0]
    return {
        "outcome": found.outcome,
        "cells": changes,
        "parts": part_figures(cells, label, basis),
        "in_band": found.in_band,
        "out_of_band": found.out_of_band,
        "border_on_barrier_share": found.border_on_barrier_share,
        "reasons": _reasons(session, cells, found, rows),
        "households_moved": int(cells.households[basis][taken].sum()),
        "cells_moved": len(taken),
    }


def _reasons(
    session: Session, cells: Cells, found: Division, rows: IntArray
) -> list[dict[str, Any]]:
    """Return the reasons with cells by id; `rows` are the cells the division was asked about."""
    answer = []
    for reason in found.reasons:
        ids = cells.id[rows[np.asarray(reason.cells, dtype=np.int64)]]
        lon = lat = None
        if len(ids):
            first = shapely.point_on_surface(read_shapes(session, np.sort(ids)[:1])[0])
            lon, lat = round(first.x, 7), round(first.y, 7)
        answer.append(
            {
                "code": reason.code,
                "text": reason.text,
                "cells": ids.tolist(),
                "households": int(reason.households),
                "lon": lon,
                "lat": lat,
            }
        )
    return answer
