"""`make bench`: the same work by us and by others in one run, then a million buildings.

python -m tests.bench [--osm PATH] [--json PATH] [--no-scale] [--runs N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.bench.place import LIMIT_M, MALTA, SEEDS, SPEED_KMH, STATIONS, Place, load_place
from tests.bench.timing import Row, table

BLOCKS = MALTA.parents[1] / "division" / "malta-blocks.gpkg"
RUNS = 7


def main() -> int:
    """Compare, print the table, write the JSON list."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--osm", type=Path, default=MALTA, help="the town (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--runs", type=int, default=RUNS, help="alternating runs (%(default)s)")
    parser.add_argument(
        "--scale",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="a million buildings and twelve counties too (some minutes)",
    )
    args = parser.parse_args()
    if not args.osm.exists():
        sys.stderr.write(f"there is no file {args.osm}; give one with OSM=path\n")
        return 1
    warnings.simplefilter("ignore")  # those of the peers
    started = time.perf_counter()
    place = load_place(args.osm)
    describe(place)
    rows = compare_all(place, args.runs)
    rows += division_rows(args.runs)
    from tests.bench.siting import measure_siting
    from tests.bench.whatif import measure_whatif

    rows += measure_siting()
    rows += measure_whatif()
    print_rows(rows)
    if args.scale:
        from tests.bench.region import measure_region
        from tests.bench.rights import measure_rights
        from tests.bench.scale import measure_scale

        rows += measure_rights(args.runs)
        rows += measure_scale(place)
        rows += measure_region(place)
    if args.json:
        args.json.write_text(
            json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
        )
    sys.stdout.write(f"\nall in {time.perf_counter() - started:.0f} s\n")
    return 0


def describe(place: Place) -> None:
    """Print what is compared, on what machine."""
    network = place.network
    prepared = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in place.seconds.items())
    sys.stdout.write(
        f"{place.path.name}: {network.nodes:,} nodes, {network.edges:,} edges, "
        f"{len(place.xy):,} buildings; {STATIONS} stations on random nodes (seeds {SEEDS}), "
        f"{SPEED_KMH:g} km/h, {LIMIT_M:,.0f} m\n"
        f"wangge prepared: {prepared}\n"
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    sys.stdout.flush()


def compare_all(place: Place, runs: int) -> list[Row]:
    """Return the rows of every comparison."""
    from tests.bench.isochrones import compare_isochrones
    from tests.bench.points import compare_points
    from tests.bench.store import open_store
    from tests.bench.tiles import compare_tiles
    from tests.bench.valhalla import open_valhalla
    from tests.bench.walks import compare_walks

    with tempfile.TemporaryDirectory() as folder, open_store() as store:
        store.fill(place)
        with quiet(), open_valhalla(place.path, Path(folder)) as valhalla:
            rows = compare_isochrones(place, store, valhalla, runs)
        with quiet():
            rows += compare_walks(place, store, runs)
        rows += compare_points(place, store, runs)
        rows += compare_tiles(place, store, runs)
    return rows


def division_rows(runs: int) -> list[Row]:
    """Return the rows of dividing blocks into grids; none where the blocks are not here."""
    from tests.bench.division import compare_divisions

    if not BLOCKS.exists():
        sys.stderr.write(f"there is no file {BLOCKS}: divisions are left out\n")
        return []
    with quiet():
        return compare_divisions(BLOCKS, runs)


class quiet:  # noqa: N801 a context manager reads like a word
    """Keep what compiled peers write to standard output out of the table."""

    def __enter__(self) -> None:
        sys.stdout.flush()
        self._kept = os.dup(1)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 1)
        os.close(self._kept)


def print_rows(rows: list[Row]) -> None:
    """Print the table: median, runs, our time over the tool's, buildings called wrong."""
    sys.stdout.write(table(rows) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
