"""What-ifs on the sample county: the median of 50 moves of a station, whole answers.

python -m tests.bench.whatif
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from layers.db import open_database
from layers.inputs import InputCache
from layers.rights import local_administrator
from layers.usecases.sample import load_sample
from layers.version import VERSION
from tests.bench.questions import MOVES, move_stations
from tests.bench.timing import Row

MOST_S = 0.15


def measure_whatif() -> list[Row]:
    """Load the sample county into a store of its own and move stations."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="wangge-whatif-") as folder:
        home = Path(folder)
        with open_database(home) as opened:
            database = opened.acting(local_administrator())
            load_sample(database)
            cache = InputCache(home)
            move_stations(database, cache, 1)  # inputs are read and kernels compiled
            for capacities in (False, True):
                moves = move_stations(database, cache, MOVES, capacities=capacities)
                counted = "counted" if capacities else "left out"
                note = f"capacities {counted}, {moves.note}, target {MOST_S * 1000:.0f} ms"
                rows.append(
                    Row(
                        "what if: a station moved, sample county",
                        "wangge",
                        VERSION,
                        moves.median,
                        MOVES,
                        note=note,
                    )
                )
                sys.stdout.write(f"  {moves.median * 1000:.1f} ms, {note}\n")
    return rows


if __name__ == "__main__":
    measure_whatif()
