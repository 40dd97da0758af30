"""8,701 blocks into grids of 500 to 800 households: by us, METIS, GerryChain and spopt.

Beside the time every row says the share of grids within the band, whether all are in one piece, and
the mean Polsby-Popper score.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyogrio
import shapely

from gis.adjacency import adjacency
from gis.divide import Band, CellGraph, divide
from layers.version import VERSION
from tests.bench.timing import Row, Tool, compare
from tests.division_maps import in_pieces, polsby_popper

WORK = "8,701 blocks into grids of 500-800 households"
BAND = Band(500, 800)
GRIDS = 47
"""What METIS and GerryChain are told: all households over the middle of the band."""
METIS_SEEDS = 10
"""METIS is fast: it gets the best of so many seeds."""
LIMIT_S = 120
"""Seconds a peer that may not end is given."""


def load_blocks(path: Path) -> tuple[CellGraph, Any]:
    """Return the blocks as a graph, and their polygons."""
    frame = pyogrio.read_dataframe(path)
    polygons = frame.geometry.to_numpy()
    near = adjacency(polygons)
    graph = CellGraph(
        frame["households"].to_numpy(np.int64),
        shapely.area(polygons),
        near.outer_m,
        near.pairs,
        near.shared_m,
        np.zeros(len(near.pairs)),
        np.full(len(frame), -1, dtype=np.int32),
    )
    return graph, frame


def compare_divisions(path: Path, runs: int) -> list[Row]:
    """Time every tool and judge what it draws."""
    started = time.perf_counter()
    graph, _ = load_blocks(path)
    prepared = time.perf_counter() - started
    divide(graph, BAND)  # compiles once per machine, kept on disk
    works = {
        "wangge": (VERSION, lambda: divide(graph, BAND).label, prepared),
        f"METIS, best of {METIS_SEEDS} seeds": (version("pymetis"), lambda: _metis(graph), None),
    }
    tools = [Tool(name, v, work, prepared_s=ready) for name, (v, work, ready) in works.items()]
    rows, answers = compare(WORK, tools, runs)
    for row in rows:
        if row.tool in answers:
            row.note = "; ".join((judge(graph, answers[row.tool]), row.note)).rstrip("; ")
    return [*rows, *(_alone(path, peer) for peer in PEERS)]


def judge(graph: CellGraph, label: Any) -> str:
    """Return share within the band, connectedness and mean Polsby-Popper score as words."""
    held = np.bincount(label, weights=graph.households)
    within = ((held >= BAND.low) & (held <= BAND.high)).mean()
    torn = len(in_pieces(graph, label))
    score = polsby_popper(graph, label).mean()
    pieces = "all in one piece" if not torn else f"{torn} in pieces"
    return f"{len(held)} grids, {within:.1%} in band, {pieces}, mean Polsby-Popper {score:.3f}"


def _metis(graph: CellGraph) -> Any:
    """Return contiguous METIS with shared metres as weights, the most compact of its seeds."""
    import pymetis

    n = len(graph.households)
    rows = graph.pairs.T.ravel()
    near = graph.pairs[:, ::-1].T.ravel()
    order = np.lexsort((near, rows))
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n)))).astype(np.int32)
    metres = np.tile(graph.shared_m, 2)[order]
    weights = np.maximum(np.rint(metres), 1).astype(np.int32)
    best, score = None, -1.0
    for seed in range(METIS_SEEDS):
        options = pymetis.Options(contig=1, seed=seed)
        _, label = pymetis.part_graph(
            GRIDS,
            adjacency=pymetis.CSRAdjacency(starts, near[order].astype(np.int32)),
            vweights=graph.households.astype(np.int32),
            eweights=weights,
            recursive=False,
            options=options,
        )
        label = np.asarray(label)
        mean = polsby_popper(graph, label).mean()
        if mean > score:
            best, score = label, mean
    return best


def _alone(path: Path, peer: str) -> Row:
    """Run a peer in a process of its own, ended after `LIMIT_S`."""
    tool, package, _ = PEERS[peer]
    command = [sys.executable, "-m", "tests.bench.division", peer, str(path)]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=LIMIT_S, check=True
        )
    except subprocess.TimeoutExpired:
        return Row(WORK, tool, version(package), None, 0, note=f"ended after {LIMIT_S} s")
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        return Row(WORK, tool, version(package), None, 0, note=reason)
    answer = json.loads(done.stdout.splitlines()[-1])
    graph, _ = load_blocks(path)
    _, label = np.unique(answer["label"], return_inverse=True)
    return Row(WORK, tool, version(package), answer["seconds"], 1, note=judge(graph, label))


def _tree(graph: CellGraph, _frame: Any) -> Any:
    """Return GerryChain's division by random trees; unlucky trees can cost it minutes."""
    from gerrychain import Graph
    from gerrychain.tree import recursive_tree_part

    chain = nx.Graph()
    for cell, households in enumerate(graph.households.tolist()):
        chain.add_node(cell, households=households)
    chain.add_edges_from(graph.pairs.tolist())
    random.seed(0)
    mean = int(graph.households.sum()) / GRIDS
    parts = recursive_tree_part(
        Graph.from_networkx(chain),
        range(GRIDS),
        mean,
        "households",
        (BAND.high - BAND.low) / 2 / mean,
    )
    return np.array([parts[cell] for cell in range(len(parts))])


def _max_p(graph: CellGraph, frame: Any) -> Any:
    """Return what MaxPHeuristic draws; it knows a least, no most."""
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic

    near: dict[int, list[int]] = {cell: [] for cell in range(len(frame))}
    for a, b in graph.pairs.tolist():
        near[a].append(b)
        near[b].append(a)
    frame["x"] = frame.geometry.centroid.x
    model = MaxPHeuristic(
        frame, W(near, silence_warnings=True), ["x"], "households", BAND.low, top_n=2
    )
    model.solve()
    return np.asarray(model.labels_)


PEERS: dict[str, tuple[str, str, Callable[[CellGraph, Any], Any]]] = {
    "gerrychain": ("GerryChain recursive_tree_part", "gerrychain", _tree),
    "spopt": ("spopt MaxPHeuristic", "spopt", _max_p),
}


def draw_alone(peer: str, path: Path) -> None:
    """Print seconds and labels of one peer as one line of JSON."""
    warnings.simplefilter("ignore")
    graph, frame = load_blocks(path)
    started = time.perf_counter()
    label = PEERS[peer][2](graph, frame)
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "label": label.tolist()}) + "\n")


if __name__ == "__main__":
    draw_alone(sys.argv[1], Path(sys.argv[2]))
