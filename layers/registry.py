"""The one table of map layers: what can be drawn, listed, exported and how it is read.

Each layer is one SELECT. Tiles, GeoJSON, exports and the documentation all come from its row, so a
column shown in one of them is shown in all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gis.errors import NotFoundError
from gis.network import STREET_CLASSES

EFFECTIVE = "{alias}.valid_from <= as_of_day() AND ({alias}.valid_to IS NULL OR {alias}.valid_to > as_of_day())"


def effective(alias: str) -> str:
    """Return the condition that a dated version holds today (Asia/Shanghai)."""
    return EFFECTIVE.format(alias=alias)


ESTATE_NAME = "coalesce(e.name, b.estate, q.name, b.villager_group)"
"""Name of the estate or villager group of a building `b`, with `ESTATE_JOINS`; its code where it has none."""
ESTATE_JOINS = """
    LEFT JOIN estate e ON e.code = b.estate
    LEFT JOIN villager_group q ON q.code = b.villager_group
"""


@dataclass(frozen=True)
class Column:
    """A published column of a layer: its name and the SQL it comes from."""

    name: str
    sql: str


@dataclass(frozen=True)
class Layer:
    """A map layer; `geometry` is the shape as GeoJSON names it."""

    name: str
    zh: str
    en: str
    geometry: str
    source: str
    """FROM clause; its geometry column is `geom_sql`."""
    columns: tuple[Column, ...]
    where: str = "true"
    geom_sql: str = "t.geom"
    order: str = "1"
    min_zoom: int = 0
    coarse: tuple[tuple[int, str], ...] = ()
    """Below a zoom tiles carry only what fulfils the condition, as maps are drawn; ascending."""
    depends_on: tuple[str, ...] = ()
    """Layers whose revision changes this one's content; its own always does."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def select_list(self) -> str:
        """The columns as SQL, quoted names."""
        return ", ".join(f'{column.sql} AS "{column.name}"' for column in self.columns)


def _columns(text: str) -> tuple[Column, ...]:
    """Read `name` or `name=sql` items separated by commas; a bare name is `t.name`."""
    pairs = [item.strip().partition("=") for item in text.split(",")]
    return tuple(Column(name, sql or f"t.{name}") for name, _, sql in pairs)


def _ranked(most: int) -> str:
    names = ", ".join(f"'{item.name}'" for item in STREET_CLASSES if item.rank <= most)
    return f"t.street_class IN ({names})"


CURRENT_NETWORK = "JOIN network n ON n.id = t.network_id AND n.superseded_at IS NULL"

LAYERS: tuple[Layer, ...] = (
    Layer(
        "land_cover", "水系与绿地", "water and green", "MultiPolygon",
        f"land_cover t {CURRENT_NETWORK}", _columns("class=t.cover_class, name"),
        order="t.id", depends_on=("streets",),
    ),
    Layer(
        "buildings", "建筑", "buildings", "MultiPolygon", "building t",
        _columns("code, name, kind, floors, estate, building_no, villager_group"),
        geom_sql="coalesce(t.footprint, t.geom)", order="t.code", min_zoom=13,
    ),
    Layer(
        "streets", "步行路网", "walk network", "LineString", f"street_edge t {CURRENT_NETWORK}",
        _columns(
            "network=n.name, edge=t.no, from_node, to_node, class=t.street_class, name, length_mm, "
            "direction, private, bridge, tunnel, source_ref"
        ),
        order="n.name, t.no", coarse=((10, _ranked(3)), (12, _ranked(5))),
    ),
    Layer(
        "barriers", "阻隔线", "barriers", "LineString", f"barrier t {CURRENT_NETWORK}",
        _columns("class=t.barrier_class, name"), order="t.id", depends_on=("streets",),
    ),
    Layer(
        "gates", "出入口", "gates", "Point",
        "gate t LEFT JOIN network n ON n.id = t.network_id",
        _columns("name, kind, open"), where="t.network_id IS NULL OR n.superseded_at IS NULL",
        order="t.id", min_zoom=14, depends_on=("streets",),
    ),
    Layer(
        "divisions", "行政区划", "divisions", "MultiPolygon",
        "division_version t JOIN division d ON d.id = t.division_id "
        "LEFT JOIN division_version p ON p.division_id = t.parent_id AND " + effective("p"),
        _columns(
            "code, name, level=d.level, kind, parent=p.code, population, valid_from=t.valid_from::text"
        ),
        where=effective("t"), order="t.code",
    ),
    Layer(
        "grids", "网格", "grids", "MultiPolygon",
        "grid_version t JOIN grid g ON g.id = t.grid_id "
        "LEFT JOIN division_version c ON c.division_id = g.community_id AND " + effective("c"),
        _columns(
            "code, name, kind, level, community=c.code, community_name=c.name, "
            "valid_from=t.valid_from::text"
        ),
        where=effective("t"), order="t.code", depends_on=("divisions",),
    ),
    Layer(
        "estates", "小区", "estates", "MultiPolygon", "estate t",
        _columns("code, name, community, gated"), order="t.code", min_zoom=12,
    ),
    Layer(
        "villager_groups", "村民小组", "villager groups", "Geometry", "villager_group t",
        _columns("code, name, community"), order="t.code", min_zoom=12,
    ),
    Layer(
        "office_areas", "部门片区", "areas of other offices", "MultiPolygon", "office_area t",
        _columns("code, name, category, office"), order="t.code", min_zoom=10,
    ),
    Layer(
        "stations", "服务站点", "stations", "Point", "station t",
        _columns(
            "code, name, category, status, opened_on=t.opened_on::text, closed_on=t.closed_on::text, "
            "premises_area_m2, capacity"
        ),
        order="t.code",
    ),
    Layer(
        "assets", "部件", "assets", "Point", "asset t", _columns("code, name, category, state"),
        order="t.code", min_zoom=13,
    ),
    Layer(
        "organisations", "单位", "organisations", "Point", "organisation t",
        _columns("code, name, category, work_phone"), order="t.code", min_zoom=13,
    ),
    Layer(
        "addresses", "地址", "addresses", "Point", "address t",
        _columns("text, building"), order="t.id", min_zoom=16,
    ),
)  # fmt: skip

BY_NAME = {layer.name: layer for layer in LAYERS}
REGISTRY_HASH = hashlib.blake2b(repr(LAYERS).encode(), digest_size=6).hexdigest()
"""Part of every entity tag: a changed column is a changed answer."""


def layer(name: str) -> Layer:
    """Return a layer by name.

    Raises
    ------
    NotFoundError
        `unknown_layer`, naming the known ones.
    """
    try:
        return BY_NAME[name]
    except KeyError:
        known = ", ".join(BY_NAME)
        raise NotFoundError(
            "unknown_layer", f"there is no layer {name!r}; layers are {known}"
        ) from None
