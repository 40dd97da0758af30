"""Where am I, among a million grids: time in the database, and answers a second over HTTP.

Run `python -m tests.bench.locate [--grids N]` from the checkout; it makes a store of its own and drops it.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import http.client
import itertools
import multiprocessing
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from sqlalchemy import text

from api.settings import read_settings
from layers.db import Database, open_database
from layers.usecases.locate import IN_BOX, locate_position, statement
from layers.usecases.sessions import SignInRules
from tests.accounts import bearer
from tests.conftest import fresh_copy, serving

SIZE_DEG = 0.002
"""A square grid of some 200 m."""
CLIENTS, SECONDS, ASKED = 50, 15, 3000
WEST, SOUTH = 105.0, 25.0


def fill(store: Database, grids: int) -> int:
    """Make square grids in rows, one community to a thousand of them; return the columns of a row."""
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
        connection.execute(text("INSERT INTO worker (id, name, work_phone) VALUES (1, 'W', '0')"))
        connection.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) "
                "SELECT 1, n, '网格员', '2026-01-01' FROM generate_series(1, :n) n"
            ),
            {"n": grids},
        )
    with (
        store.engine("owner")
        .connect()
        .execution_options(isolation_level="AUTOCOMMIT") as connection
    ):
        connection.execute(text("ANALYZE"))
    return columns


def positions(columns: int, number: int) -> list[tuple[float, float]]:
    """Return places all over the grids."""
    draw = random.Random(20261128)
    reach = columns * SIZE_DEG
    return [(WEST + draw.random() * reach, SOUTH + draw.random() * reach) for _ in range(number)]


def in_database(
    store: Database, asked: list[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """Return the seconds of the query alone and of the whole answer, sorted."""
    alone, whole = [], []
    with store.session() as session:
        for lon, lat in asked:
            box = {"west": lon - 5e-5, "south": lat - 5e-5, "east": lon + 5e-5, "north": lat + 5e-5}
            begun = time.perf_counter()
            session.execute(statement(None, IN_BOX), box).all()
            alone.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            locate_position(session, lon, lat, 5.0)
            whole.append(time.perf_counter() - begun)
    return sorted(alone), sorted(whole)


def over_http(
    address: str, headers: dict[str, str], asked: list[tuple[float, float]]
) -> tuple[float, list[float]]:
    """Ask with many clients at once; return answers a second and each answer's seconds, sorted."""
    host = address.removeprefix("http://")
    end = time.perf_counter() + SECONDS

    def client(number: int) -> list[float]:
        connection = http.client.HTTPConnection(host, timeout=30)
        took = []
        for lon, lat in itertools.cycle(asked[number::CLIENTS]):
            begun = time.perf_counter()
            if begun > end:
                break
            connection.request(
                "GET", f"/api/locate?lon={lon:.7f}&lat={lat:.7f}&accuracy_m=5",
                headers=headers,
            )  # fmt: skip
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(body.decode())
            took.append(time.perf_counter() - begun)
        connection.close()
        return took

    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        took = sorted(itertools.chain.from_iterable(clients.map(client, range(CLIENTS))))
    return len(took) / (time.perf_counter() - begun), took


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.locate", description=__doc__)
    parser.add_argument("--grids", type=int, default=1_000_000)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(read_settings().home) as cluster,
        fresh_copy(cluster, "wangge_bench_locate") as store,
    ):
        columns = fill(store, args.grids)
        asked = positions(columns, ASKED)
        in_database(store, asked[:200])
        alone, whole = in_database(store, asked)
        print(f"{args.grids:,} grids, {len(asked):,} positions with an accuracy of 5 m")  # noqa: T201
        for name, took in (("query", alone), ("answer", whole)):
            p99 = took[int(len(took) * 0.99)]
            print(  # noqa: T201
                f"  {name:7} median {median(took) * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, target p99 5 ms"
            )
        with (
            serving(
                store,
                Path(folder),
                sign_in=SignInRules(),
                requests_per_second=1e6,
                sign_ins_per_minute=1e6,
            ) as address,
            concurrent.futures.ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn")
            ) as apart,
        ):
            headers = bearer(store, "grid_worker")
            rate, took = apart.submit(over_http, address, headers, asked).result()
        print(  # noqa: T201
            f"  http    {rate:.0f} answers a second with {CLIENTS} clients, target 400; median "
            f"{median(took) * 1000:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
