"""Things in public space and organisations: what the ledgers of a grid hold beside houses and households."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from .communities import COMMUNITIES
from .frame import rng
from .model import Building, County, Street

# Category: the streets it stands along, its spacing in metres, and how far before the houses' fronts.
ALONG: tuple[tuple[str, tuple[str, ...], float, float], ...] = (
    ("street_lamp", ("primary", "secondary", "tertiary"), 62.0, 2.0),
    ("manhole_cover", ("secondary", "tertiary", "residential"), 190.0, 5.0),
    ("fire_hydrant", ("primary", "secondary", "tertiary"), 240.0, 1.5),
    ("camera", ("primary", "secondary"), 400.0, 2.5),
)
# Category: the share of estates that have it, old and new ones.
IN_ESTATES = {
    "waste_bin": (1.0, 1.0),
    "notice_board": (0.45, 0.6),
    "electric_cabinet": (0.4, 0.9),
    "charging_point": (0.35, 0.8),
    "exercise_equipment": (0.25, 0.6),
    "camera": (0.15, 0.5),
}
IN_VILLAGES = {"waste_bin": 1.0, "notice_board": 0.5, "exercise_equipment": 0.35}
# "" is what a ledger does not say.
STATES = ("in_order", "damaged", "missing", "disused", "")
SHARES = (0.925, 0.035, 0.008, 0.012, 0.02)
LOST = {"manhole_cover", "waste_bin"}
TRADES = (
    "便利店", "早餐店", "小饭馆", "理发店", "水果店", "药店", "五金店", "服装店", "文具店", "粮油店",
    "快递驿站", "家电维修店", "童装店", "茶叶店", "洗衣店", "打印店",
)  # fmt: skip
USES = {
    "hospital": "medical", "school": "school", "works": "enterprise", "works_office": "enterprise",
    "mall": "enterprise", "hotel": "enterprise", "market": "enterprise", "station": "enterprise",
    "office": "public_body",
}  # fmt: skip
PUBLIC_ENDINGS = ("人民政府", "办事处", "服务中心")
SHOPS_HELD = 0.62
"""Share of the shops that are in the ledger."""


@dataclass(frozen=True)
class Asset:
    """A thing in public space; an empty state is one that nobody wrote down."""

    code: str
    category: str
    state: str
    point: Point


@dataclass(frozen=True)
class Organisation:
    """An organisation at its door; no person of it, and no telephone that exists."""

    code: str
    name: str
    category: str
    work_phone: str
    point: Point


def build_assets(county: County, areas: dict[str, BaseGeometry]) -> list[Asset]:
    """Return things along the streets of town and market town, in estates and villages.

    Parameters
    ----------
    areas
        Community area by code, local metres; nothing stands outside of them.
    """
    draw = rng("assets")
    found = [
        *_along_streets(county, areas),
        *_in_estates(county, draw),
        *_in_villages(county, draw),
    ]
    points = np.array([point for _, point in found])
    blocked = shapely.STRtree([b.polygon for b in county.buildings]).query(
        points, predicate="dwithin", distance=0.6
    )
    within = shapely.STRtree(list(areas.values())).query(points, predicate="within")
    keep = sorted(set(within[0].tolist()) - set(blocked[0].tolist()))
    states = draw.choice(len(STATES), size=len(keep), p=SHARES).tolist()
    order = sorted((found[i][0], -found[i][1].y, found[i][1].x, i) for i in keep)
    out: list[Asset] = []
    for n, ((category, *_, i), k) in enumerate(zip(order, states, strict=True), 1):
        lost = STATES[k] == "missing" and category not in LOST
        out.append(Asset(f"A{n:04d}", category, "damaged" if lost else STATES[k], found[i][1]))
    return out


def _along_streets(county: County, areas: dict[str, BaseGeometry]) -> Iterator[tuple[str, Point]]:
    """Yield things at equal distances beside the streets of the places that keep such a ledger."""
    kept = {c.code for c in COMMUNITIES if c.kind != "rural"}
    town = shapely.union_all([area for code, area in areas.items() if code in kept])
    shapely.prepare(town)
    for category, classes, spacing, before in ALONG:
        run = spacing / 2
        for street in county.streets:
            if street.highway not in classes or street.span or street.private:
                continue
            while run < street.line.length:
                side = 1 if round(run / spacing) % 2 else -1
                point = _beside(street, run, side * (street.width / 2 - before))
                if town.contains(point):
                    yield category, point
                run += spacing
            run -= street.line.length


def _beside(street: Street, along: float, aside: float) -> Point:
    """Return the place a way along the street and a distance to its left (right when negative)."""
    a = street.line.interpolate(max(along - 1, 0))
    b = street.line.interpolate(along + 1)
    step = np.hypot(b.x - a.x, b.y - a.y) or 1.0
    x, y = street.line.interpolate(along).coords[0]
    return Point(x - (b.y - a.y) / step * aside, y + (b.x - a.x) / step * aside)


def _in_estates(county: County, draw: np.random.Generator) -> Iterator[tuple[str, Point]]:
    for estate in county.estates:
        new = int(estate.era in {"new", "resettled"})
        inside = estate.polygon.buffer(-3)
        for category, shares in IN_ESTATES.items():
            if draw.random() < shares[new] and not inside.is_empty:
                yield category, _somewhere(inside, draw)
        if estate.polygon.area > 20_000 and not inside.is_empty:
            yield "waste_bin", _somewhere(inside, draw)


def _in_villages(county: County, draw: np.random.Generator) -> Iterator[tuple[str, Point]]:
    for group in county.groups:
        homes = [b.polygon for b in county.buildings if b.group is group]
        for category, share in IN_VILLAGES.items():
            if homes and draw.random() < share:
                home = homes[int(draw.integers(len(homes)))]
                yield category, home.buffer(4).exterior.interpolate(draw.random(), normalized=True)


def _somewhere(area: BaseGeometry, draw: np.random.Generator) -> Point:
    """Return a drawn place in the area; its middle when forty draws miss."""
    west, south, east, north = area.bounds
    for _ in range(40):
        point = Point(draw.uniform(west, east), draw.uniform(south, north))
        if area.contains(point):
            return point
    return area.representative_point()


def build_organisations(county: County) -> list[Organisation]:
    """Return shops, works, public bodies and the associations of every community, at their doors."""
    draw = rng("organisations")
    named = [s for s in county.streets if s.name and s.highway not in {"path", "footway", "steps"}]
    near = shapely.STRtree([s.line for s in named])
    rows: list[tuple[str, str, Building]] = []
    for b in county.buildings:
        if b.use == "shop" and draw.random() < SHOPS_HELD:
            street = named[int(near.nearest(b.polygon.centroid))].name
            rows.append((street + str(draw.choice(TRADES)), "shop", b))
        elif b.name and b.use in USES:
            rows.append((*_named(b), b))
    rows += _property(county)
    rows += _associations(county)
    rows.sort(key=lambda row: (row[2].community, row[2].code, row[1]))
    seen: Counter[str] = Counter()
    out: list[Organisation] = []
    for n, (name, category, b) in enumerate(rows, 1):
        seen[name] += 1
        title = name if seen[name] == 1 else f"{name}（{seen[name]}）"
        phone = "" if category == "shop" or n % 3 == 0 else f"000-0000-{3000 + n:04d}"
        point = b.polygon.representative_point()
        out.append(Organisation(f"O{n:04d}", title, category, phone, point))
    return out


def _named(building: Building) -> tuple[str, str]:
    """Return the organisation of a building that carries a name."""
    name, category = building.name, USES[building.use]
    if category == "public_body" and not name.endswith(PUBLIC_ENDINGS):
        category = "enterprise"
    if building.use.startswith("works"):
        part = re.fullmatch("(.+)(.)区", name)
        return (f"{part[1]}第{part[2]}分厂" if part else f"{name}总厂"), category
    return name, category


def _property(county: County) -> list[tuple[str, str, Building]]:
    """Return who manages the gated estates, each in its first house."""
    out = []
    for estate in county.estates:
        if not estate.gated:
            continue
        own = [b for b in county.buildings if b.estate is estate]
        out.append((f"{estate.name}物业服务中心", "property_company", min(own, key=_code)))
    return out


def _associations(county: County) -> list[tuple[str, str, Building]]:
    """Return the party organisation and the associations of every community, near its middle."""
    out = []
    for c in COMMUNITIES:
        own = [b for b in county.buildings if b.community == c.code]
        middle = shapely.centroid(shapely.multipoints([b.polygon.centroid for b in own]))
        nearest = sorted(own, key=lambda b: (b.polygon.distance(middle), b.code))
        titles = (
            (f"{c.name}党{'总支' if c.kind == 'rural' else '委'}", "party_organisation"),
            (f"{c.name}志愿者协会", "social_organisation"),
            (f"{c.name}老年协会", "social_organisation"),
        )
        out += [(title, kind, b) for (title, kind), b in zip(titles, nearest, strict=False)]
    return out


def _code(building: Building) -> str:
    return building.code
