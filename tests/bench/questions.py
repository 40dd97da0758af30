"""Warm questions in one process on the store of WANGGE_HOME; prints one JSON object.

Started by `tests.bench.scale` so that the memory is that of the questions alone.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.settings import read_settings
from gis.travel import walk_limit_mm
from layers.db import Database, open_database
from layers.inputs import InputCache
from layers.question import Question
from layers.rights import local_administrator
from layers.scenario import Change, Scenario
from layers.usecases.coverage import run_coverage
from layers.usecases.coverage_field import compute_field
from layers.usecases.coverage_rows import Part, result_rows
from layers.usecases.results import run_area
from layers.usecases.whatif.computing import what_if
from tests.bench.copies import CATEGORIES

RUNS = 5
MOVES = 50


@dataclass
class Moves:
    """What-ifs that each moved another station."""

    seconds: list[float]
    processor: list[float]
    """Seconds of processor time: what they take on a machine that does nothing else."""
    full: int
    """Stations whose places are all taken after the last."""

    @property
    def median(self) -> float:
        """The median of all."""
        return statistics.median(self.seconds)

    @property
    def note(self) -> str:
        """What else there is to say."""
        return (
            f"{statistics.median(self.processor):.3f} s of processor time, "
            f"slowest {max(self.seconds):.3f} s, {self.full:,} stations full"
        )


def move_stations(
    database: Database, cache: InputCache, moves: int, *, capacities: bool = True
) -> Moves:
    """Ask so many what-ifs that each move another station some 500 m."""
    chance = np.random.default_rng(5)
    with database.session("compute") as session:
        table = cache.load(session).stations
    open_ = table[(table["category"] == Question().category) & table["open"]]
    found = Moves([], [], 0)
    for row in open_.iloc[chance.integers(len(open_), size=moves)].itertuples():
        dx, dy = chance.uniform(-0.005, 0.005, 2)
        change = Change("move", row.code, float(row.lon + dx), float(row.lat + dy))
        started, processor = time.perf_counter(), time.process_time()
        answer = what_if(database, cache, Scenario(Question(), (change,), capacities=capacities))
        found.seconds.append(time.perf_counter() - started)
        found.processor.append(time.process_time() - processor)
        rows = answer["stations"] if capacities else []
        found.full = sum(
            row["load_after"] == row["capacity_after"] for row in rows if row["load_after"]
        )
    return found


def main() -> None:
    """Load once, then ask."""
    settings = read_settings()
    with open_database(settings.home) as opened:
        database = opened.acting(local_administrator())
        answer = ask(database, settings.home)
    sys.stdout.write(json.dumps(answer) + "\n")


def ask(database: Database, home: Path) -> dict[str, Any]:
    """Return the steps with their seconds, and the figures that have targets."""
    steps: list[dict[str, Any]] = []

    def timed(work: str, action: Callable[[], Any], note: str = "", runs: int = 1) -> float:
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
        seconds = statistics.median(times)
        steps.append({"work": work, "seconds": seconds, "note": note, "runs": runs})
        return seconds

    cache = InputCache(home)
    with database.session("compute") as session:
        timed("inputs into a new process", lambda: cache.load(session))
        timed("inputs once more", lambda: cache.load(session), runs=RUNS)
        inputs = cache.load(session)
    question = Question()
    known = inputs.stations[inputs.stations["category"] == question.category]
    stations = known[known["open"]].reset_index(drop=True)
    everything = Part(np.ones(len(inputs.buildings), dtype=np.bool_), None)
    field = compute_field(cache, inputs, stations)  # what is compiled is compiled now
    searched = timed(
        "warm: search and buildings",
        lambda: compute_field(cache, inputs, stations),
        f"{len(stations):,} stations",
        RUNS,
    )
    summed = timed(
        "warm: sums per grid and community",
        lambda: result_rows(cache, inputs, question, stations, field, everything),
        f"{len(inputs.grids):,} grids",
        RUNS,
    )
    stored = timed(
        "warm: another category, everything stored",
        lambda: run_coverage(database, cache, Question(category=CATEGORIES[1])),
        "every building's walk written",
    )
    minutes = iter(range(20, 20 + RUNS))
    timed(
        "warm: other minutes, stored",
        lambda: run_coverage(database, cache, Question(minutes=next(minutes))),
        f"walk limits from {walk_limit_mm(20, 4.5) / 1000:.0f} m",
        RUNS,
    )
    drawn = [run_coverage(database, cache, Question(minutes=m))["run"] for m in (15, 20)]
    for run, when in zip(drawn, ("lattice made", "lattice known"), strict=True):
        work = f"the areas of all stations, {when}"
        timed(work, lambda run=run: run_area(database, cache, run))
    timed("what if: the reach of every station", lambda: move_stations(database, cache, 1))
    moved = {}
    for capacities in (False, True):
        word = "counted" if capacities else "left out"
        moves = move_stations(database, cache, MOVES, capacities=capacities)
        moved[word] = moves.median
        work = f"what if: a station moved, capacities {word}"
        steps.append({"work": work, "seconds": moves.median, "note": moves.note, "runs": MOVES})
    return {
        "steps": steps,
        "figures": {"warm_s": searched + summed, "stored_s": stored, "whatif_s": moved},
    }


if __name__ == "__main__":
    main()
