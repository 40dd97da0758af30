"""Questions of siting whose answers are known: published, planted, or found by looking at everything."""

from __future__ import annotations

import csv
import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse.csgraph import floyd_warshall
from scipy.spatial import cKDTree

from gis.siting import Question, Reach

SIDE = 100_000


def read_pmed(path: Path) -> tuple[np.ndarray, int]:
    """Return distances between all nodes of an OR-Library p-median file, and how many to choose."""
    numbers = np.array(path.read_text().split(), dtype=np.int64)
    nodes, _, choose = numbers[:3].tolist()
    length = np.full((nodes, nodes), np.inf)
    for a, b, cost in numbers[3:].reshape(-1, 3).tolist():
        length[a - 1, b - 1] = length[b - 1, a - 1] = (
            cost  # of a repeated edge the last value holds
        )
    np.fill_diagonal(length, 0)
    return floyd_warshall(length).astype(np.int64), choose


def read_optima(folder: Path) -> dict[str, int]:
    """Return the published optimum of every instance."""
    with (folder / "optima.csv").open() as file:
        return {row["instance"]: int(row["optimum"]) for row in csv.DictReader(file)}


def pmed(path: Path) -> Question:
    """Return the question of an OR-Library file."""
    distance, choose = read_pmed(path)
    weight = np.ones(len(distance), dtype=np.int64)
    return Question(Reach.from_matrix(distance), weight, "p-median", choose)


def read_stores(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return distances (205, 16) and weights (205,) of the spopt data."""
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    demands = list(dict.fromkeys(row["DestinationName"] for row in rows))
    sites = list(dict.fromkeys(row["name"] for row in rows))
    distance = np.full((len(demands), len(sites)), np.inf)
    weight = np.zeros(len(demands), dtype=np.int64)
    for row in rows:
        place = demands.index(row["DestinationName"])
        distance[place, sites.index(row["name"])] = float(row["distance"])
        weight[place] = int(row["demand"])
    return distance, weight


def random_coverage(
    seed: int, demands: int = 10_000, sites: int = 1_000, choose: int = 20, near: float = 37
) -> Question:
    """Return random points with weights in a square, `near` candidates within reach on average.

    On average of demands away from the border, whose disks lie wholly inside.
    """
    rng = np.random.default_rng(seed)
    homes, places = rng.random((demands, 2)) * SIDE, rng.random((sites, 2)) * SIDE
    weight = rng.integers(1, 100, demands)
    limit = np.sqrt(near / sites / np.pi) * SIDE
    pairs = cKDTree(homes).sparse_distance_matrix(cKDTree(places), limit, output_type="coo_matrix")
    reach = Reach.from_pairs(
        pairs.row.astype(np.int64), pairs.col.astype(np.int64), np.rint(pairs.data).astype(np.int64),
        demands=demands, sites=sites,
    )  # fmt: skip
    return Question(reach, weight, "max-coverage", choose)


def small_question(seed: int, objective: str, *, capacities: bool) -> tuple[Question, np.ndarray]:
    """Return a question of up to 8 demands and 7 sites with every rule, and its distances."""
    rng = np.random.default_rng(seed)
    n, s = int(rng.integers(1, 9)), int(rng.integers(1, 8))
    distance = rng.integers(0, 12, (n, s))
    distance[rng.random((n, s)) < (0, 0.2, 0.5)[seed % 3]] = -1
    order = rng.permutation(s)
    capacity = rng.integers(0, 15, s)
    question = Question(
        Reach.from_matrix(distance),
        rng.integers(0, 9, n),
        objective,
        choose=int(rng.integers(1, 4)),
        target=Fraction(int(rng.integers(1, 11)), 10),
        existing=order[: rng.integers(0, 2)],
        must=order[1 : 1 + rng.integers(0, 2)],
        forbidden=order[2 : 2 + rng.integers(0, 2)],
        capacity=capacity if capacities else None,
        seed=seed,
    )
    return question, distance


def opened_by(question: Question, chosen: Any) -> np.ndarray:
    """Return which sites are open when some are chosen."""
    opened = question.open.copy()
    opened[list(chosen)] = True
    return opened


def judged(question: Question, distance: np.ndarray, opened: np.ndarray) -> tuple[int, int | None]:
    """Return the weight that open sites serve, and the weighted distance if they serve all."""
    weight = question.weight
    if question.capacity is not None:
        return _judged_flow(question, distance, opened)
    own = np.where((distance >= 0) & opened, distance, np.inf).min(axis=1, initial=np.inf)
    served = int(weight[np.isfinite(own)].sum())
    if served < question.total:
        return served, None
    return served, int((weight * np.where(weight > 0, own, 0)).sum())


def _judged_flow(
    question: Question, distance: np.ndarray, opened: np.ndarray
) -> tuple[int, int | None]:
    """Judge by a flow of least cost, of networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for i, weight in enumerate(question.weight.tolist()):
        graph.add_edge("from", i, capacity=weight, weight=0)
        for j in np.flatnonzero(opened & (distance[i] >= 0)).tolist():
            graph.add_edge(i, ("site", j), capacity=weight, weight=int(distance[i, j]))
    for j in np.flatnonzero(opened).tolist():
        graph.add_edge(("site", j), "to", capacity=int(question.capacity[j]), weight=0)
    flow = nx.max_flow_min_cost(graph, "from", "to")
    served = sum(flow["from"].values())
    return served, nx.cost_of_flow(graph, flow) if served == question.total else None


def best_of_all(question: Question, distance: np.ndarray) -> int | None:
    """Return the best figure of any choice, None where none does what is asked."""
    if question.total == 0:
        return None
    candidates = np.flatnonzero(question.candidates).tolist()
    needed = set(np.flatnonzero(question.needed).tolist())
    is_fewest = question.objective == "min-stations"
    best: int | None = None
    for size in range(len(candidates) + 1) if is_fewest else [question.choose]:
        for chosen in itertools.combinations(candidates, size):
            if not needed <= set(chosen):
                continue
            served, cost = judged(question, distance, opened_by(question, chosen))
            if is_fewest and served >= question.wanted:
                return size
            if question.objective == "max-coverage":
                best = served if best is None else max(best, served)
            elif question.objective == "p-median" and cost is not None:
                best = cost if best is None else min(best, cost)
    return best
