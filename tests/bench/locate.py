"""Where am I, among a million grids: time in the database, and answers a second over HTTP.

Run `python -m tests.bench.locate [--grids N] [--nested]` from the checkout; it makes a store of its own and drops it.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import multiprocessing
import os
import random
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from sqlalchemy import text

from api.settings import read_settings
from layers.db import Database, open_database
from layers.rights import Actor
from layers.usecases.locate import IN_BOX, locate_position, locate_quickly, statement
from layers.usecases.sessions import SignInRules
from tests.accounts import bearer
from tests.bench.keepalive import ask_for
from tests.conftest import fresh_copy, serving

SIZE_DEG = 0.002
"""A square grid of some 200 m."""
CLIENTS, SECONDS, ASKED = 50, 15, 3000
WEST, SOUTH = 105.0, 25.0


def fill(store: Database, grids: int, *, nested: bool) -> int:
    """Make square grids in rows, one community to a thousand of them; return the columns of a row.

    Nested: larger ones of four by four, and a quarter of the small ones dissolved, so that land is left.
    """
    columns = round(grids**0.5)
    with store.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO division (id, level) SELECT n, 'community' FROM generate_series(1, :most) n"
            ),
            {"most": grids // 1000 + 1},
        )
        connection.execute(
            text(
                "INSERT INTO division_version (division_id, code, name, valid_from, geom) SELECT n, "
                "'99' || lpad(n::text, 10, '0'), 'community ' || n, '2026-01-01', "
                "ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)) FROM generate_series(1, :most) n"
            ),
            {"most": grids // 1000 + 1},
        )
        connection.execute(
            text(
                "INSERT INTO grid (id, community_id) SELECT n, n / 1000 + 1 FROM generate_series(1, :n) n"
            ),
            {"n": grids},
        )
        connection.execute(
            text(
                "INSERT INTO grid_version (grid_id, code, name, valid_from, geom) SELECT n, "
                "'99' || lpad(n::text, 13, '0'), 'grid ' || n, '2026-01-01', ST_Multi(ST_MakeEnvelope("
                "x, y, x + :size, y + :size, 4326)) FROM (SELECT n, :west + (n % :columns) * :size AS x, "
                ":south + (n / :columns) * :size AS y FROM generate_series(1, :n) n) s"
            ),
            {"n": grids, "columns": columns, "size": SIZE_DEG, "west": WEST, "south": SOUTH},
        )
        # As in a store that has been running: what follows a new division is done.
        connection.execute(text("UPDATE store SET areas_on = current_date"))
        connection.execute(text("INSERT INTO worker (id, name, work_phone) VALUES (1, 'W', '0')"))
        connection.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) "
                "SELECT 1, n, '网格员', '2026-01-01' FROM generate_series(1, :n) n"
            ),
            {"n": grids},
        )
        if nested:
            connection.execute(text(DISSOLVE), {"columns": columns})
            connection.execute(text("INSERT INTO grid (id) SELECT id + :n FROM grid"), {"n": grids})
            connection.execute(text(LARGER), {"n": grids, "columns": columns})
            connection.execute(text(NEST), {"n": grids, "columns": columns})
    with (
        store.engine("owner")
        .connect()
        .execution_options(isolation_level="AUTOCOMMIT") as connection
    ):
        connection.execute(text("ANALYZE"))
    return columns


BLOCK = "(grid_id / :columns / 4) * :columns + (grid_id % :columns) / 4"
"""Of four rows and columns of grids."""
DISSOLVE = "DELETE FROM grid_version WHERE grid_id % :columns % 4 = 3"
LARGER = f"""
    INSERT INTO grid_version (grid_id, code, valid_from, geom)
    SELECT :n + min(grid_id), 'L' || ({BLOCK}), '2026-01-01',
           ST_Multi(ST_MakeEnvelope(min(ST_XMin(geom)), min(ST_YMin(geom)),
                min(ST_XMin(geom)) + 4 * min(ST_XMax(geom) - ST_XMin(geom)), max(ST_YMax(geom)), 4326))
    FROM grid_version GROUP BY {BLOCK}
"""
NEST = f"""
    UPDATE grid_version SET parent_id = l.grid_id FROM (
        SELECT grid_id, code FROM grid_version WHERE grid_id > :n) l
    WHERE grid_version.grid_id <= :n AND l.code = 'L' || ({BLOCK.replace("grid_id", "grid_version.grid_id")})
"""


def positions(columns: int, number: int) -> list[tuple[float, float]]:
    """Return places all over the grids."""
    draw = random.Random(20261128)
    reach = columns * SIZE_DEG
    return [(WEST + draw.random() * reach, SOUTH + draw.random() * reach) for _ in range(number)]


def in_database(store: Database, asked: list[tuple[float, float]]) -> dict[str, list[float]]:
    """Return the sorted seconds of the query alone, of the answer in a session and of the service's answer."""
    query, session_answer = [], []
    sql = text(statement(True, IN_BOX, "ORDER BY v.code"))
    with store.session() as session:
        for lon, lat in asked:
            box = {"west": lon - 5e-5, "south": lat - 5e-5, "east": lon + 5e-5, "north": lat + 5e-5}
            begun = time.perf_counter()
            session.execute(sql, box).all()
            query.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            locate_position(session, lon, lat, 5.0)
            session_answer.append(time.perf_counter() - begun)
    quick = asyncio.run(quickly(store, asked))
    return {
        "query in a session": sorted(query),
        "answer in a session": sorted(session_answer),
        "answer of the service": sorted(quick),
    }


async def quickly(store: Database, asked: list[tuple[float, float]]) -> list[float]:
    """Return the seconds of the answers as the service makes them: who acts, query and geometry in one exchange."""
    readers, actor = store.readers(), Actor("bench", "grid_worker", area=None, roots=None)
    took = []
    for lon, lat in asked:
        begun = time.perf_counter()
        await locate_quickly(readers, actor, lon, lat, 5.0)
        took.append(time.perf_counter() - begun)
    await readers.close()
    return took


def over_http(
    store: Database, asked: list[tuple[float, float]], codes: list[str] | None
) -> tuple[float, list[float], float]:
    """Serve and ask with many clients at once, in a process apart.

    Returns
    -------
    tuple
        Answers a second, each one's seconds, sorted, and the seconds of this process' CPU for one.
    """
    paths = [f"/api/locate?lon={lon:.7f}&lat={lat:.7f}&accuracy_m=5" for lon, lat in asked]
    apart = concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(
            store,
            Path(folder),
            sign_in=SignInRules(),
            requests_per_second=1e6,
            sign_ins_per_minute=1e6,
        ) as address,
        apart,
    ):
        while any(thread.name == "warm-up" for thread in threading.enumerate()):
            time.sleep(0.2)
        host, _, port = address.removeprefix("http://").partition(":")
        ask = (host, int(port), bearer(store, "grid_worker", codes), paths, CLIENTS)
        apart.submit(ask_for, *ask, 2).result()
        before = os.times()
        rate, took = apart.submit(ask_for, *ask, SECONDS).result()
        after = os.times()
    spent = after.user - before.user + after.system - before.system
    return rate, took, spent / len(took)


def ms(took: list[float], share: float) -> str:
    """Return the milliseconds within which a share of sorted seconds lies."""
    return f"{took[int(len(took) * share)] * 1000:.2f}"


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.locate", description=__doc__)
    parser.add_argument("--grids", type=int, default=1_000_000)
    parser.add_argument(
        "--nested", action="store_true", help="in larger grids with land of their own"
    )
    args = parser.parse_args()
    with (
        open_database(read_settings().home) as cluster,
        fresh_copy(cluster, "wangge_bench_locate") as store,
    ):
        columns = fill(store, args.grids, nested=args.nested)
        asked = positions(columns, ASKED)
        in_database(store, asked[:200])
        print(f"{args.grids:,} grids, {len(asked):,} positions with an accuracy of 5 m")  # noqa: T201
        for name, took in in_database(store, asked).items():
            print(  # noqa: T201
                f"  {name:21} median {median(took) * 1000:.2f} ms, p99 {ms(took, 0.99)} ms, target p99 5 ms"
            )
        for whose, codes in (("everywhere", None), ("a community", ["990000000001"])):
            rate, took, spent = over_http(store, asked, codes)
            print(  # noqa: T201
                f"  http, worker of {whose}: {rate:.0f} answers a second with {CLIENTS} clients, target 400; "
                f"median {ms(took, 0.5)} ms, p99 {ms(took, 0.99)} ms, {spent * 1000:.2f} ms of the server's CPU each"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
