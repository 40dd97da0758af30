"""From the plan to the files, step by step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from .communities import COMMUNITIES, COUNTY_CODE, COUNTY_NAME, TOWNSHIPS
from .divisions import Cell, border_lines, build_cells, community_areas, joined
from .elements import build_assets, build_organisations
from .fields import field_tracks, lay_fields
from .frame import lonlat
from .grids import GOAL, Grid, divide
from .hill import build_banks, build_hill
from .ledger import (
    Count,
    addresses,
    assign_codes,
    assign_communities,
    household_counts,
    population,
    renumber,
)
from .model import Building, County
from .network import Network, build_network
from .osm import build_osm
from .services import build_stations, build_workers
from .skeleton import main_roads, main_streets
from .terrain import Terrain, build_terrain
from .town import cut_town, fill_town
from .villages import build_villages
from .write import feature_collection, table

VALID_FROM = "2024-01-01"
# The hamlet across the reservoir is reached by ferry: its lanes meet no other street.
FERRY_HAMLET = Point(-4250, 3010).buffer(420)
# Places that are a grid of their own: the building's name and the name of the grid.
DEDICATED = {
    "990101001002": ("南门农贸市场", "南门市场专属网格"),
    "990101001004": ("青石县第一中学", "县一中专属网格"),
}
# How many grids a community got where this is not households / 650: rural grids have no band.
PARTS = {"990101102202": 4}
# Communities in which two grids were made one, and in which one was made two: outside the band.
MERGED, HALVED = {"990101001005"}, {"990101001003"}


def write_county(out: Path) -> dict[str, int]:
    """Write all files of the sample county into the folder; return their sizes in bytes."""
    terrain = build_terrain()
    roads = main_roads(terrain)
    county = County(streets=main_streets(roads, terrain))
    borders = border_lines(terrain, roads)
    areas = community_areas(terrain, borders)
    plots = cut_town(county, roads, terrain)
    fill_town(county, plots, terrain)
    build_hill(county, terrain)
    build_banks(county, terrain)
    build_villages(county, terrain, shapely.union_all(borders))
    lay_fields(county, terrain)
    field_tracks(county, terrain, shapely.union_all(borders), areas["990101102204"])
    network = build_network(county, [FERRY_HAMLET])
    _clear(county, terrain, network)
    _lock_gates(county, network)
    assign_communities(county, areas)
    assign_codes(county)
    renumber(county)
    rows = household_counts(county)
    cells = build_cells(terrain, borders, network, areas)
    grids = _grids(county, cells, rows)
    _write_shapes(out, county, cells, grids, rows)
    _write_tables(out, county, grids, rows)
    _write_elements(out, county, areas)
    build_osm(county, terrain, network).write(out / "streets.osm.gz")
    names = sorted(p.name for p in out.iterdir() if p.suffix in {".gz", ".geojson", ".csv"})
    return {name: (out / name).stat().st_size for name in names}


def _clear(county: County, terrain: Terrain, network: Network) -> None:
    """Drop buildings that touch a street, water, rail, wall or an earlier building."""
    blockers: list[BaseGeometry] = [
        p.buffer(1.2 if network.streets[s].width < 6 else 2.5)
        for p, s in zip(network.pieces, network.source, strict=True)
    ]
    blockers += [w.line.buffer(0.5) for w in county.walls]
    blockers += [terrain.rail.buffer(9), terrain.stream.buffer(3)]
    blockers += shapely.get_parts(terrain.water.buffer(2)).tolist()
    tree = shapely.STRtree(blockers)
    shapes = np.array([b.polygon for b in county.buildings])
    bad = set(tree.query(shapes, predicate="intersects")[0].tolist())
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for i, j in zip(*pairs.tolist(), strict=True):
        if i < j and i not in bad:
            bad.add(j)
    county.buildings[:] = [b for i, b in enumerate(county.buildings) if i not in bad]


def _lock_gates(county: County, network: Network) -> None:
    """Keep gates whose street survived; lock two side gates for good."""
    ends = {(round(x, 2), round(y, 2)) for x, y in shapely.get_coordinates(network.pieces).tolist()}
    county.gates[:] = [
        g for g in county.gates if (round(g.point.x, 2), round(g.point.y, 2)) in ends
    ]
    sides = [g for g in county.gates if g.name.endswith("西门")]
    for gate in sides[1::9][:2]:
        gate.locked = True


def _holder(cells: list[Cell], buildings: list[Building]) -> list[int]:
    tree = shapely.STRtree([c.polygon for c in cells])
    middles = shapely.point_on_surface([b.polygon for b in buildings])
    b, c = tree.query(middles, predicate="intersects")
    out = [-1] * len(buildings)
    for i, k in zip(b.tolist(), c.tolist(), strict=True):
        out[i] = k
    return out


def _grids(county: County, cells: list[Cell], rows: list[Count]) -> list[Grid]:
    resident = {r.building: r.resident for r in rows}
    holder = _holder(cells, county.buildings)
    weight = np.zeros(len(cells))
    for b, k in zip(county.buildings, holder, strict=True):
        weight[k] += resident.get(b.code, 0)
    grids: list[Grid] = []
    for c in COMMUNITIES:
        if not c.gridded:
            continue
        own = [i for i, cell in enumerate(cells) if cell.community == c.code]
        dedicated: dict[int, str] = {}
        if c.code in DEDICATED:
            building, title = DEDICATED[c.code]
            found = [
                k
                for b, k in zip(county.buildings, holder, strict=True)
                if b.name == building and k in own
            ]
            dedicated = {own.index(k): title for k in found[:1]}
        total = weight[own].sum()
        parts = PARTS.get(c.code) or max(1, round(total / GOAL))
        made = divide(
            c.code,
            [cells[i].polygon for i in own],
            weight[own],
            dedicated,
            parts,
            odd=int(c.code in HALVED) - int(c.code in MERGED),
        )
        for n, g in enumerate(made, 1):
            name = g.name or f"{c.name}第{n}网格"
            grids.append(
                Grid(
                    g.polygon,
                    c.code,
                    tuple(own[i] for i in g.cells),
                    g.kind,
                    name,
                    f"{c.code}{n:03d}",
                )
            )
    return grids


def _write_shapes(
    out: Path, county: County, cells: list[Cell], grids: list[Grid], rows: list[Count]
) -> None:
    people = population(rows)

    def area(prefix: str) -> BaseGeometry:
        return joined([c.polygon for c in cells if c.community.startswith(prefix)])

    def division(
        code: str, name: str, level: str, parent: str, kind: str
    ) -> tuple[BaseGeometry, dict[str, object]]:
        count = sum(n for c, n in people.items() if c.startswith(code))
        fields = {"code": code, "name": name, "level": level, "parent": parent, "kind": kind,
                  "population": count, "valid_from": VALID_FROM}  # fmt: skip
        return area(code), fields

    divisions = [division(COUNTY_CODE, COUNTY_NAME, "county", "", "")]
    divisions += [division(code, name, "township", COUNTY_CODE, "") for code, name in TOWNSHIPS]
    divisions += [division(c.code, c.name, "community", c.code[:9], c.kind) for c in COMMUNITIES]
    feature_collection(out / "divisions.geojson", "divisions", divisions)
    feature_collection(out / "grids.geojson", "grids", [
        (g.polygon, {"code": g.code, "name": g.name, "community": g.community, "kind": g.kind,
                     "valid_from": VALID_FROM}) for g in grids
    ])  # fmt: skip
    feature_collection(out / "estates.geojson", "estates", [
        (e.polygon, {"code": e.code, "name": e.name, "community": e.community, "gated": e.gated})
        for e in county.estates
    ])  # fmt: skip
    feature_collection(out / "villager_groups.geojson", "villager_groups", [
        (g.polygon.representative_point() if g.as_point else g.polygon,
         {"code": g.code, "name": g.name, "community": g.community}) for g in county.groups
    ])  # fmt: skip
    feature_collection(out / "buildings.geojson", "buildings", [
        (b.polygon, {"code": b.code, "name": b.name, "kind": b.kind, "floors": b.floors,
                     "estate": b.estate.code if b.estate else "",
                     "villager_group": b.group.code if b.group else "", "building_no": b.number})
        for b in county.buildings
    ])  # fmt: skip


def _position(point: Point) -> list[str]:
    lon, lat = lonlat(np.array([[point.x, point.y]]))[0]
    return [f"{lon:.7f}", f"{lat:.7f}"]


def _write_elements(out: Path, county: County, areas: dict[str, BaseGeometry]) -> None:
    table(
        out / "assets.csv",
        ["code", "category", "state", "lon", "lat"],
        [(a.code, a.category, a.state, *_position(a.point)) for a in build_assets(county, areas)],
    )
    table(
        out / "organisations.csv",
        ["code", "name", "category", "work_phone", "lon", "lat"],
        [
            (o.code, o.name, o.category, o.work_phone, *_position(o.point))
            for o in build_organisations(county)
        ],
    )


def _write_tables(out: Path, county: County, grids: list[Grid], rows: list[Count]) -> None:
    table(
        out / "households.csv",
        ["building", "estate", "building_no", "community", "registered", "resident", "planned",
         "vacant", "counted_on", "source"],
        [(r.building, r.estate, r.building_no, r.community, r.registered, r.resident, r.planned,
          r.vacant, r.counted_on, r.source) for r in rows],
    )  # fmt: skip
    table(
        out / "addresses.csv",
        ["text", "building", "lon", "lat"],
        [(a.text, a.building, *_position(a.point)) for a in addresses(county)],
    )
    table(
        out / "stations.csv",
        ["code", "name", "category", "status", "opened_on", "closed_on", "premises_area_m2",
         "capacity", "community", "lon", "lat"],
        [(s.code, s.name, s.category, s.status, s.opened_on, s.closed_on, s.premises_area_m2,
          s.capacity, s.community, *_position(s.point)) for s in build_stations(county, rows)],
    )  # fmt: skip
    table(
        out / "workers.csv",
        ["name", "work_phone", "post", "grid", "valid_from", "valid_to"],
        [
            (w.name, w.work_phone, w.post, w.grid, w.valid_from, w.valid_to)
            for w in build_workers(grids)
        ],
    )
