"""A store with a million generated buildings, for looking at plans and times; nothing in it is real.

```
20 × 10 communities of 0.05°, five to a township, twenty to a county

116.0 ────────────────────────── 117.0   county 1 is the columns 0 and 1, county 2 the next two …
  │ 1  township = half a column          a community: 5,000 buildings, 20 grids
```
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import text

from layers.db import LEAKPROOF, Database
from layers.rights import Actor, local_administrator

WEST, SOUTH, STEP = 116.0, 28.0, 0.05
COLUMNS, ROWS = 20, 10
COMMUNITIES = COLUMNS * ROWS
BUILDINGS = 1_000_000
PER_COMMUNITY_TOWNSHIP, PER_COMMUNITY_COUNTY = 5, 20
FOOTPRINTS, NAMED = 4, 5
"""One building in so many has a footprint, or a name."""
TOWNSHIPS = COMMUNITIES // PER_COMMUNITY_TOWNSHIP
COUNTIES = COMMUNITIES // PER_COMMUNITY_COUNTY
FIRST_TOWNSHIP = COMMUNITIES
FIRST_COUNTY = COMMUNITIES + TOWNSHIPS

INDEXES = """
    SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid IN ('building'::regclass, 'search_entry'::regclass, 'grid_version'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
CELL = (
    f"ST_MakeEnvelope({WEST} + (k / {ROWS}) * {STEP}, {SOUTH} + (k % {ROWS}) * {STEP}, "
    f"{WEST} + (k / {ROWS} + 1) * {STEP}, {SOUTH} + (k % {ROWS} + 1) * {STEP}, 4326)"
)
STATEMENTS = (
    f"""
    INSERT INTO division (id, level) SELECT n, CASE WHEN n <= {FIRST_TOWNSHIP} THEN 'community'
        WHEN n <= {FIRST_COUNTY} THEN 'township' ELSE 'county' END
    FROM generate_series(1, {FIRST_COUNTY + COUNTIES}) n
    """,
    f"""
    CREATE TEMP TABLE cell AS SELECT k, k + 1 AS community,
        {FIRST_TOWNSHIP} + 1 + k / {PER_COMMUNITY_TOWNSHIP} AS township,
        {FIRST_COUNTY} + 1 + k / {PER_COMMUNITY_COUNTY} AS county, {CELL} AS geom
    FROM generate_series(0, {COMMUNITIES - 1}) k
    """,
    """
    INSERT INTO division_version (division_id, parent_id, code, name, valid_from, geom)
    SELECT community, township, '99' || lpad(community::text, 10, '0'), '社区' || community,
           DATE '2020-01-01', ST_Multi(geom) FROM cell
    UNION ALL SELECT township, min(county), '99' || lpad(township::text, 7, '0'), '街道' || township,
           DATE '2020-01-01', ST_Multi(ST_Union(geom)) FROM cell GROUP BY township
    UNION ALL SELECT county, NULL, '99' || lpad(county::text, 4, '0'), '县' || county,
           DATE '2020-01-01', ST_Multi(ST_Union(geom)) FROM cell GROUP BY county
    """,
    "INSERT INTO grid (id, community_id) SELECT k * 20 + n, community FROM cell, generate_series(1, 20) n",
    f"""
    INSERT INTO grid_version (grid_id, code, valid_from, geom)
    SELECT k * 20 + n, 'G' || k * 20 + n, DATE '2020-01-01', ST_Multi(ST_MakeEnvelope(
        ST_XMin(geom) + (n - 1) % 5 * {STEP / 5}, ST_YMin(geom) + (n - 1) / 5 * {STEP / 4},
        ST_XMin(geom) + ((n - 1) % 5 + 1) * {STEP / 5}, ST_YMin(geom) + ((n - 1) / 5 + 1) * {STEP / 4}, 4326))
    FROM cell, generate_series(1, 20) n
    """,
    # Golden-ratio steps spread points evenly over a cell without a random number.
    f"""
    INSERT INTO building (id, code, name, dataset, geom, footprint, division_id)
    SELECT n, 'M' || lpad(n::text, 8, '0'), CASE WHEN n % {NAMED} = 0 THEN '楼宇' || n END, 'million',
           ST_SetSRID(ST_MakePoint(x, y), 4326),
           CASE WHEN n % {FOOTPRINTS} = 0
                THEN ST_Multi(ST_MakeEnvelope(x - 5e-5, y - 5e-5, x + 5e-5, y + 5e-5, 4326)) END,
           k + 1
    FROM (SELECT n, n % {COMMUNITIES} AS k,
                 {WEST} + (n % {COMMUNITIES} / {ROWS} + (n * 0.6180339887) % 1) * {STEP} AS x,
                 {SOUTH} + (n % {COMMUNITIES} % {ROWS} + (n * 0.7548776662) % 1) * {STEP} AS y
          FROM generate_series(1, :buildings) n) p
    """,
    """
    INSERT INTO search_entry (layer, kind, code, name, detail, initials, pinyin, geom, division_id)
    SELECT 'buildings', 'building', code, name, '', 'ly' || id, 'louyu' || id, geom, division_id
    FROM building WHERE name IS NOT NULL
    """,
)


@dataclass(frozen=True)
class Millions:
    """The filled store and who looks at it."""

    store: Database
    county: Actor
    """Two divisions with all below them."""
    township: Actor
    whole: Actor
    lon: float = WEST + 0.012
    lat: float = SOUTH + 0.012
    """A place in the first community, inside every area."""

    @property
    def actors(self) -> dict[str, Actor]:
        """Return everybody by what to call them."""
        return {"county": self.county, "township": self.township, "whole": self.whole}


def fill_million(store: Database, buildings: int = BUILDINGS) -> Millions:
    """Fill an empty store as its owner; indexes are made afterwards, as for any large load."""
    with store.session("owner") as session:
        indexes = session.execute(text(INDEXES)).all()
        for index in indexes:
            session.execute(text(f'DROP INDEX "{index.name}"'))
        for statement in STATEMENTS:
            session.execute(
                text(statement), {"buildings": buildings} if ":buildings" in statement else {}
            )
        session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        for index in indexes:
            session.execute(text(index.made))
        session.execute(text("DROP TABLE cell"))
    with store.session("owner") as session:
        session.execute(text("ANALYZE"))
    township = area_of(0, PER_COMMUNITY_TOWNSHIP)
    county = area_of(0, PER_COMMUNITY_COUNTY)
    return Millions(
        store,
        Actor("county", "planner", 1, county, (FIRST_COUNTY + 1,)),
        Actor("township", "planner", 2, township, (FIRST_TOWNSHIP + 1,)),
        local_administrator(),
    )


def area_of(first: int, count: int) -> frozenset[int]:
    """Return the ids of some communities with the township and county they are in."""
    cells = range(first, first + count)
    townships = {FIRST_TOWNSHIP + 1 + k // PER_COMMUNITY_TOWNSHIP for k in cells}
    counties = {FIRST_COUNTY + 1 + k // PER_COMMUNITY_COUNTY for k in cells}
    whole = counties if count >= PER_COMMUNITY_COUNTY else set()
    return frozenset({k + 1 for k in cells} | townships | whole)


@contextmanager
def unmarked(store: Database) -> Iterator[None]:
    """Take the LEAKPROOF marks away in this database alone, as a restored dump has none, and put them back."""
    with psycopg.connect(
        host=str(store.url.query["host"]), user="postgres", dbname=store.url.database,
        autocommit=True,
    ) as admin:  # fmt: skip
        for function in LEAKPROOF:
            admin.execute(f"ALTER FUNCTION {function} NOT LEAKPROOF".encode())
        try:
            yield
        finally:
            for function in LEAKPROOF:
                admin.execute(f"ALTER FUNCTION {function} LEAKPROOF".encode())
