"""Twelve counties, 600,000 buildings: one process, a pool, two Dask workers, workers killed; all equal.

python -m tests.bench.region [--osm PATH] [--counties N] [--buildings N]
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text

from layers.db import Database, open_database
from layers.distributed import Workers, dask_cluster, local_cluster, process_pool
from layers.io.osm import read_osm
from layers.question import Question
from layers.rights import local_administrator
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.region import run_region
from layers.version import VERSION
from tests.bench.copies import GAP_DEG, _write_buildings, _write_features, _write_streets
from tests.bench.place import Place, load_place
from tests.bench.timing import Row

COUNTIES, PER_COUNTY, STATIONS, WORKERS = 12, 50_000, 60, 2
TOWNSHIPS = 5
PROVINCE = "99"
FIGURES = (
    "SELECT r.id, r.parameters::text, r.inputs::text, r.result::text, "
    "(SELECT md5(string_agg(b::text, ',' ORDER BY b.building_id)) FROM coverage_building b "
    "WHERE b.field_id = r.field_id) FROM coverage_run r ORDER BY r.id"
)
Kill = Callable[[], int]


def measure_region(
    place: Place, counties: int = COUNTIES, per_county: int = PER_COUNTY
) -> list[Row]:
    """Import the counties, compute them in five ways and compare what is stored."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="wangge-region-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with open_database(folder / "home") as opened:
            store = opened.acting(local_administrator())
            started = time.perf_counter()
            fill(store, place, folder, counties, per_county)
            say(f"\nregion: {counties} counties of {per_county:,} buildings made and imported "
                f"in {time.perf_counter() - started:.0f} s\n")  # fmt: skip
            first = None
            for work, ways in (
                ("one process", one_process),
                (f"pool of {WORKERS} processes", pool),
                (f"{WORKERS} Dask workers", dask),
                (f"pool of {WORKERS}, one killed", killed_pool),
                (f"{WORKERS} Dask workers, one killed", killed_dask),
            ):
                gc.collect()
                found, row = measure(store, folder / work.replace(" ", "-"), work, ways)
                first = first or found
                word = "equal bit for bit" if found == first else "DIFFERENT"
                row.note += f"; runs and {counties * per_county:,} buildings' walks {word}"
                say(f"  {row.note}\n")
                rows.append(row)
                if found != first:
                    raise AssertionError(f"{work}: other figures than of one process")
    return rows


def measure(
    store: Database, home: Path, work: str, ways: Callable[[], Any]
) -> tuple[list[Any], Row]:
    """Compute everything afresh with workers of a kind and print what each county took."""
    with store.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE coverage_run, coverage_field, coverage_building CASCADE"))
    with ways() as (workers, kill):
        killed: list[int] = []

        def progress(percent: int, _step: str) -> None:
            if kill is not None and percent >= 25 and not killed:
                killed.append(kill())

        started = time.perf_counter()
        answer = run_region(store, home, Question(), PROVINCE, workers, progress)
        seconds = time.perf_counter() - started
    done = answer["counties"]
    say(f"\n  {work}: {seconds:.1f} s\n  county   households  seconds  CPU s  peak MB  process\n")
    for row in done:
        say(f"  {row['code']} {row['households']:>12,} {row['seconds']:>8.1f} {row['cpu_seconds']:>6.1f} "
            f"{row['peak_memory_mb']:>8.0f}  {row['process'].split(':')[1]}"
            f"{'  given out twice' if row['given_out'] > 1 else ''}\n")  # fmt: skip
    if any(row["state"] != "done" for row in done) or (kill is not None and not killed):
        raise AssertionError(f"{work}: {[row['error'] for row in done]}")
    cpu, peak = answer["cpu_seconds"], max(row["peak_memory_mb"] for row in done)
    with store.session() as session:
        found = [tuple(row) for row in session.execute(text(FIGURES))]
    note = (
        f"{len(done)} counties, CPU {cpu:.0f} s ({cpu / len(done):.1f} s a county), peak {peak:.0f} MB a process"
        + (f", process {killed[0]} killed" if killed else "")
    )
    return found, Row(f"region: {work}", "wangge", VERSION, seconds, 1, note=note)


@contextmanager
def one_process() -> Iterator[tuple[Workers, Kill | None]]:
    """Yield a thread of this process: one county after the other."""
    workers = Workers(
        "one process", lambda: ThreadPoolExecutor(1), lambda: 1, lambda made: made.shutdown()
    )
    yield workers, None


@contextmanager
def pool() -> Iterator[tuple[Workers, Kill | None]]:
    """Yield a pool."""
    yield process_pool(WORKERS), None


@contextmanager
def killed_pool() -> Iterator[tuple[Workers, Kill | None]]:
    """Yield a pool, and how one of its processes is killed."""
    yield process_pool(WORKERS), lambda: _kill(int(multiprocessing.active_children()[0].pid or 0))


@contextmanager
def dask(*, with_kill: bool = False) -> Iterator[tuple[Workers, Kill | None]]:
    """Yield Dask workers of this machine."""
    with ExitStack() as stack:
        made = stack.enter_context(local_cluster(WORKERS))
        workers = stack.enter_context(dask_cluster(made.scheduler_address))
        yield workers, (lambda: _kill(next(iter(made.workers.values())).pid)) if with_kill else None


def killed_dask() -> Any:
    """Yield Dask workers of this machine, and how one of them is killed."""
    return dask(with_kill=True)


def _kill(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    return pid


def fill(store: Database, place: Place, folder: Path, counties: int, per_county: int) -> None:
    """Import a province of counties side by side, each with the town's streets as a network of its own."""
    osm = read_osm(place.path, ("streets", "barriers"))
    low, high = place.network.node_lonlat.min(axis=0), place.network.node_lonlat.max(axis=0)
    step = high - low + GAP_DEG
    side = int(np.ceil(np.sqrt(counties)))
    shifts = np.array([(n % side, n // side) for n in range(counties)]) * step
    boxes = [shapely.box(*(low + shift), *(high + shift)) for shift in shifts]
    items = [({"code": PROVINCE, "name": "Bench province"}, shapely.box(*shapely.total_bounds(boxes)))]  # fmt: skip
    stations: list[Any] = []
    options = ImportOptions(allow_outside_china=True)
    for number, (shift, box) in enumerate(zip(shifts, boxes, strict=True)):
        county = f"99{number // 99 + 1:02}{number % 99 + 1:02}"
        items += _county(county, box)
        streets, buildings = (
            folder / f"streets-{county}.osm.pbf",
            folder / f"buildings-{county}.gpkg",
        )
        _write_streets(streets, osm.streets, osm.barriers, shift[np.newaxis])
        lonlat = _write_buildings(
            buildings, place, shift[np.newaxis], per_county, f"B{county}-", number
        )
        for row in np.random.default_rng(number).choice(len(lonlat), STATIONS, replace=False):
            code = f"S{county}-{len(stations):04}"
            stations.append(
                ({"code": code, "name": code, "category": "service_station", "status": "open"},
                 shapely.Point(lonlat[row]))
            )  # fmt: skip
    _write_features(folder / "divisions.geojson", items)
    _write_features(folder / "stations.geojson", stations)
    files = [("divisions", folder / "divisions.geojson"), ("stations", folder / "stations.geojson")]
    for kind in ("streets", "buildings"):
        files += [(kind, path) for path in sorted(folder.glob(f"{kind}-*"))]
    for kind, path in files:
        with store.session() as session:
            import_file(session, kind, path, options)
        path.unlink()


def _county(county: str, box: Any) -> list[Any]:
    """Return a county with its townships, each one community, in stripes."""
    west, south, east, north = box.bounds
    edges = np.linspace(south, north, TOWNSHIPS + 1)
    found: list[Any] = [({"code": county, "name": f"County {county}"}, box)]
    for number, (low, high) in enumerate(pairwise(edges)):
        stripe, code = shapely.box(west, low, east, high), f"{county}{number + 1:03}"
        found.append(({"code": code, "name": f"Township {code}"}, stripe))
        found.append(({"code": f"{code}001", "name": f"Community {code}", "kind": "urban"}, stripe))
    return found


def say(words: str) -> None:
    """Print at once."""
    sys.stdout.write(words)
    sys.stdout.flush()


if __name__ == "__main__":
    from tests.bench.__main__ import MALTA

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, default=MALTA)
    parser.add_argument("--counties", type=int, default=COUNTIES)
    parser.add_argument("--buildings", type=int, default=PER_COUNTY)
    given = parser.parse_args()
    for line in measure_region(load_place(given.osm), given.counties, given.buildings):
        say(f"{line.work}: {line.median_s:.1f} s, {line.note}\n")
