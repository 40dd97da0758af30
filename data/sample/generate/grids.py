"""Existing grids: the cells of a community divided into contiguous parts of about 650 households."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from .divisions import joined, neighbours
from .frame import rng

GOAL = 650
BAND = (500, 800)


@dataclass(frozen=True)
class Grid:
    """One grid of a community; `cells` are positions in the community's cells."""

    polygon: Polygon
    community: str
    cells: tuple[int, ...]
    kind: str = "general"
    name: str = ""
    code: str = ""


def _connected(part: set[int], near: dict[int, dict[int, float]]) -> bool:
    if not part:
        return False
    start = min(part)
    seen, stack = {start}, [start]
    while stack:
        for j in near[stack.pop()]:
            if j in part and j not in seen:
                seen.add(j)
                stack.append(j)
    return len(seen) == len(part)


def _grow(
    part: set[int], goal: float, weight: np.ndarray, near: dict[int, dict[int, float]],
    middle: np.ndarray, seed: int,
) -> set[int]:  # fmt: skip
    """Grow from the seed, nearest and best-tied cells first, until the goal is nearest met."""
    grown = {seed}
    total = weight[seed]
    tied = {j: length for j, length in near[seed].items() if j in part}
    while total < goal and tied:
        order = sorted(tied)
        gone = np.hypot(*(middle[order] - middle[list(grown)].mean(axis=0)).T)
        cost = gone - 0.8 * np.array([tied[j] for j in order])
        nxt = order[int(cost.argmin())]
        if total + weight[nxt] - goal > goal - total and total > 0.6 * goal:
            break
        grown.add(nxt)
        total += weight[nxt]
        del tied[nxt]
        for j, length in near[nxt].items():
            if j in part and j not in grown:
                tied[j] = tied.get(j, 0.0) + length
    return grown


def _rim(part: set[int], middle: np.ndarray) -> list[int]:
    """Return the cells that lie farthest out in each of twelve directions."""
    order = sorted(part)
    xy = middle[order]
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    far = xy @ np.vstack([np.cos(turns), np.sin(turns)])
    return sorted({order[int(i)] for i in far.argmax(axis=0)})


def _halve(
    part: set[int],
    k: int,
    weight: np.ndarray,
    near: dict[int, dict[int, float]],
    middle: np.ndarray,
) -> list[set[int]]:
    """Divide the part into k contiguous parts of about equal weight, by halving."""
    if k == 1 or len(part) == 1:
        return [part]
    total = weight[sorted(part)].sum()
    k1 = k // 2
    best: tuple[float, set[int], set[int]] | None = None
    for seed in _rim(part, middle):
        one = _grow(part, total * k1 / k, weight, near, middle, seed)
        rest = part - one
        if not rest or not _connected(rest, near):
            # Cells cut off from the rest join the grown part.
            pieces = _pieces(rest, near)
            if not pieces:
                continue
            rest = max(pieces, key=lambda p: (weight[sorted(p)].sum(), -min(p)))
            one = part - rest
        off = abs(weight[sorted(one)].sum() / total - k1 / k)
        cut = sum(length for i in one for j, length in near[i].items() if j in rest)
        score = off * k * 3 + cut / 1500
        if best is None or score < best[0]:
            best = (score, one, rest)
    if best is None:
        return [part]
    _, one, rest = best
    return _halve(one, k1, weight, near, middle) + _halve(rest, k - k1, weight, near, middle)


def _merged(
    parts: list[set[int]], weight: np.ndarray, near: dict[int, dict[int, float]]
) -> list[set[int]]:
    """Return the parts with the two lightest neighbours made one."""
    pairs = [
        (weight[sorted(a | b)].sum(), i, k)
        for i, a in enumerate(parts)
        for k, b in enumerate(parts)
        if i < k and any(j in b for c in a for j in near[c])
    ]
    _, i, k = min(pairs)
    return [p for n, p in enumerate(parts) if n not in {i, k}] + [parts[i] | parts[k]]


def _pieces(part: set[int], near: dict[int, dict[int, float]]) -> list[set[int]]:
    left, out = set(part), []
    while left:
        start = min(left)
        seen, stack = {start}, [start]
        while stack:
            for j in near[stack.pop()]:
                if j in left and j not in seen:
                    seen.add(j)
                    stack.append(j)
        out.append(seen)
        left -= seen
    return out


def divide(
    community: str, cells: list[Polygon], weight: np.ndarray, dedicated: dict[int, str], parts: int,
    odd: int = 0,
) -> list[Grid]:  # fmt: skip
    """Return the grids of one community, numbered west to east, then north to south.

    With `odd` -1 two small neighbours are made one, with +1 the largest is made two.
    """
    pairs = neighbours(cells)
    near: dict[int, dict[int, float]] = {i: {} for i in range(len(cells))}
    for (i, j), length in pairs.items():
        near[i][j] = near[j][i] = length
    middle = shapely.get_coordinates(shapely.centroid(cells))
    body = set(range(len(cells)))
    own: dict[int, str] = {}
    for i, name in sorted(dedicated.items()):
        # A dedicated grid must not cut the rest of the community in two.
        if _connected(body - {i}, near):
            body.discard(i)
            own[i] = name
    shares = _halve(body, parts, weight, near, middle)
    _balance(shares, weight, near)
    if odd < 0:
        shares = _merged(shares, weight, near)
    if odd > 0:
        shares.sort(key=lambda p: weight[sorted(p)].sum())
        shares += _halve(shares.pop(), 2, weight, near, middle)
    grids = [
        Grid(joined([cells[i] for i in sorted(p)]), community, tuple(sorted(p))) for p in shares
    ]
    grids.extend(Grid(cells[i], community, (i,), "dedicated", name) for i, name in own.items())
    grids.sort(key=lambda g: (round(g.polygon.centroid.x, -2), -g.polygon.centroid.y))
    return grids


def _balance(parts: list[set[int]], weight: np.ndarray, near: dict[int, dict[int, float]]) -> None:
    """Move single border cells while that brings two neighbours nearer to the band."""

    def off(total: float) -> float:
        return max(0.0, BAND[0] + 20 - total, total - BAND[1] + 20)

    draw = rng("balance")
    for _ in range(400):
        moves = []
        for a, part in enumerate(parts):
            for i in sorted(part):
                for b, other in enumerate(parts):
                    if a == b or len(part) == 1 or not any(j in other for j in near[i]):
                        continue
                    wa, wb = weight[sorted(part)].sum(), weight[sorted(other)].sum()
                    gain = off(wa) + off(wb) - off(wa - weight[i]) - off(wb + weight[i])
                    if gain > 0 and _connected(part - {i}, near):
                        moves.append((gain + draw.random() * 0.1, a, b, i))
        if not moves:
            return
        _, a, b, i = max(moves)
        parts[a].discard(i)
        parts[b].add(i)
