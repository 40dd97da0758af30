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
METIS_SEEDS = 5
"""METIS is fast: it gets the best of so many seeds."""
SPOPT_LIMIT_S = 120
METIS_LONGEST = 1000


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
    graph, frame = load_blocks(path)
    prepared = time.perf_counter() - started
    divide(graph, BAND)  # compiles once per machine, kept on disk
    chain = _chain(graph)
    works = {
        "wangge": (VERSION, lambda: divide(graph, BAND).label, prepared),
        "METIS, best of 5 seeds": (version("pymetis"), lambda: _metis(graph), None),
        "GerryChain recursive_tree_part": (version("gerrychain"), lambda: _tree(chain), None),
    }
    tools = [Tool(name, v, work, prepared_s=ready) for name, (v, work, ready) in works.items()]
    rows, answers = compare(WORK, tools, runs)
    for row in rows:
        if row.tool in answers:
            row.note = "; ".join((judge(graph, answers[row.tool]), row.note)).rstrip("; ")
    return [*rows, _spopt(path, len(frame))]


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
    weights = np.maximum(np.rint(metres / metres.max() * METIS_LONGEST), 1).astype(np.int32)
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


def _chain(graph: CellGraph) -> Any:
    chain = nx.Graph()
    for cell, households in enumerate(graph.households.tolist()):
        chain.add_node(cell, households=households)
    chain.add_edges_from(graph.pairs.tolist())
    return chain


def _tree(chain: Any) -> Any:
    from gerrychain import Graph
    from gerrychain.tree import recursive_tree_part

    random.seed(0)
    total = sum(h for _, h in chain.nodes(data="households"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = recursive_tree_part(
            Graph(chain) if not hasattr(Graph, "from_networkx") else Graph.from_networkx(chain),
            range(GRIDS),
            total / GRIDS,
            "households",
            (BAND.high - BAND.low) / 2 / (total / GRIDS),
        )
    return np.array([parts[cell] for cell in range(len(parts))])


def _spopt(path: Path, cells: int) -> Row:
    """Run MaxPHeuristic in a process of its own, ended after `SPOPT_LIMIT_S`."""
    tool = "spopt MaxPHeuristic"
    command = [sys.executable, "-m", "tests.bench.division", str(path)]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=SPOPT_LIMIT_S, check=True
        )
    except subprocess.TimeoutExpired:
        note = f"ended after {SPOPT_LIMIT_S} s on {cells:,} blocks"
        return Row(WORK, tool, version("spopt"), None, 0, note=note)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        return Row(WORK, tool, version("spopt"), None, 0, note=reason)
    answer = json.loads(done.stdout.splitlines()[-1])
    graph, _ = load_blocks(path)
    _, label = np.unique(answer["label"], return_inverse=True)
    return Row(WORK, tool, version("spopt"), answer["seconds"], 1, note=judge(graph, label))


def spopt_alone(path: Path) -> None:
    """Print what MaxPHeuristic draws (it knows a least, no most) as one line of JSON."""
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic

    warnings.simplefilter("ignore")
    graph, frame = load_blocks(path)
    near: dict[int, list[int]] = {cell: [] for cell in range(len(frame))}
    for a, b in graph.pairs.tolist():
        near[a].append(b)
        near[b].append(a)
    frame["x"] = frame.geometry.centroid.x
    started = time.perf_counter()
    model = MaxPHeuristic(
        frame, W(near, silence_warnings=True), ["x"], "households", BAND.low, top_n=2
    )
    model.solve()
    seconds = time.perf_counter() - started
    label = [int(region) for region in model.labels_]
    sys.stdout.write(json.dumps({"seconds": seconds, "label": label}) + "\n")


if __name__ == "__main__":
    spopt_alone(Path(sys.argv[1]))
