"""Service stations and the posts of grid workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point

from .communities import COMMUNITIES
from .frame import rng
from .grids import Grid
from .ledger import Count
from .model import Building, County


@dataclass(frozen=True)
class Station:
    code: str
    name: str
    category: str
    status: str
    opened_on: str
    closed_on: str
    premises_area_m2: int
    capacity: int
    community: str
    point: Point


TITLES = {
    "service_station": "社区服务站",
    "clinic": "卫生服务站",
    "elderly_care": "养老驿站",
    "kindergarten": "幼儿园",
    "market": "菜市场",
    "police": "警务室",
}
# Communities without a service station of their own, and what the plan says about them.
WITHOUT = {"文峰社区", "文昌社区", "石坑村", "茶源村"}
# community, category: how many (default 1 for service_station).
MORE: dict[tuple[str, str], int] = {
    ("鼓楼社区", "clinic"): 1, ("南门社区", "clinic"): 1, ("桥西社区", "clinic"): 1,
    ("文昌社区", "clinic"): 1, ("铁东社区", "clinic"): 1, ("西山社区", "clinic"): 1,
    ("上塘村", "clinic"): 1, ("石坑村", "clinic"): 1,
    ("鼓楼社区", "elderly_care"): 1, ("南门社区", "elderly_care"): 1, ("新城社区", "elderly_care"): 1,
    ("西山社区", "elderly_care"): 1, ("和平新村", "elderly_care"): 1,
    ("鼓楼社区", "kindergarten"): 1, ("南门社区", "kindergarten"): 2, ("桥西社区", "kindergarten"): 2,
    ("文昌社区", "kindergarten"): 2, ("新城社区", "kindergarten"): 2, ("文峰社区", "kindergarten"): 1,
    ("铁东社区", "kindergarten"): 1, ("西山社区", "kindergarten"): 1, ("柳湾村", "kindergarten"): 1,
    ("双桥村", "kindergarten"): 1,
    ("南门社区", "market"): 1, ("桥西社区", "market"): 1, ("文昌社区", "market"): 1,
    ("西山社区", "market"): 1, ("铁东社区", "market"): 1,
    ("鼓楼社区", "police"): 1, ("桥西社区", "police"): 1, ("新城社区", "police"): 1,
    ("铁东社区", "police"): 1, ("西山社区", "police"): 1,
}  # fmt: skip
# Houses a station of the category may stand in, best first.
HOUSED = {
    "market": ("market", "shop", "house"),
    "kindergarten": ("school", "shop", "flats", "house", "farmhouse"),
}
DEFAULT_HOUSED = ("village_office", "office", "shop", "flats", "farmhouse", "house")


def _site(buildings: list[Building], category: str, goal: Point, taken: set[str]) -> Building:
    """Return the building for a station: a fitting use not far from the goal."""
    uses = HOUSED.get(category, DEFAULT_HOUSED)

    def cost(b: Building) -> tuple[float, str]:
        rank = uses.index(b.use) if b.use in uses else len(uses) + 2
        # The village office beats everything; otherwise 120 m are worth one step of fitness.
        bonus = -900.0 if b.use == "village_office" and category == "service_station" else 0.0
        return (goal.distance(b.polygon) + 120.0 * rank + bonus, b.code)

    return min((b for b in buildings if b.code not in taken), key=cost)


def build_stations(county: County, rows: list[Count]) -> list[Station]:
    """Return the stations, placed near where the households of the community live."""
    draw = rng("stations")
    weight = {r.building: r.resident for r in rows if r.building}
    out: list[Station] = []
    taken: set[str] = set()
    number = 0
    for c in COMMUNITIES:
        own = [b for b in county.buildings if b.community == c.code]
        homes = [b for b in own if weight.get(b.code, 0) > 0]
        xy = shapely.get_coordinates(shapely.centroid([b.polygon for b in homes]))
        w = np.array([weight[b.code] for b in homes], dtype=float)
        for category, title in TITLES.items():
            default = 0 if category != "service_station" or c.name in WITHOUT else 1
            wanted = MORE.get((c.name, category), default)
            for k in range(wanted):
                middle = np.average(xy, axis=0, weights=w)
                # One station stands near the middle, more of a kind stand apart, by drawn homes.
                pick = middle if wanted == 1 else xy[int(draw.choice(len(xy), p=w / w.sum()))]
                spread = 60 if category == "service_station" else 220
                goal = Point(*(pick + draw.normal(0, spread, 2)))
                home = _site(own, category, goal, taken)
                taken.add(home.code)
                number += 1
                short = c.name.removesuffix("社区")
                rural = c.kind == "rural" and category == "service_station"
                name = short + ("便民服务站" if rural else title)
                area = int(draw.choice([160, 220, 300, 420, 600, 820]))
                year = int(draw.integers(2008, 2024))
                out.append(
                    Station(
                        f"S{number:03d}", name if k == 0 else f"{name}（{'二三四'[k - 1]}）",
                        category, "open", f"{year}-{int(draw.integers(1, 13)):02d}-01", "", area,
                        int(round(area * 4, -2)), c.code, home.polygon.representative_point(),
                    )
                )  # fmt: skip
    return _with_exceptions(out, county)


def _with_exceptions(stations: list[Station], county: County) -> list[Station]:
    """Add one planned station and one that is closed."""
    by_name = {c.name: c.code for c in COMMUNITIES}

    def near(community: str, x: float, y: float) -> Point:
        own = [b for b in county.buildings if b.community == by_name[community]]
        goal = Point(x, y)
        return min(
            own, key=lambda b: (b.polygon.distance(goal), b.code)
        ).polygon.representative_point()

    n = len(stations)
    planned = Station(f"S{n + 1:03d}", "文峰社区服务站（规划）", "service_station", "planned", "", "", 600,
                      2400, by_name["文峰社区"], near("文峰社区", 2200, 1000))  # fmt: skip
    closed = Station(f"S{n + 2:03d}", "石坑便民服务站（已撤并）", "service_station", "closed", "2009-05-01",
                     "2021-12-31", 120, 300, by_name["石坑村"], near("石坑村", -4620, 1560))  # fmt: skip
    return [*stations, planned, closed]


@dataclass(frozen=True)
class Posting:
    name: str
    work_phone: str
    post: str
    grid: str
    valid_from: str
    valid_to: str


def build_workers(grids: list[Grid]) -> list[Posting]:
    """Return placeholder workers: one per grid, a leader per community, some changes of hands."""
    out: list[Posting] = []
    leaders: dict[str, tuple[str, str]] = {}
    n = 0
    for grid in grids:
        if grid.community not in leaders:
            n += 1
            leaders[grid.community] = (f"示例网格长 {n:02d}", f"000-0000-{n:04d}")
    for k, grid in enumerate(grids, 1):
        name, phone = f"示例网格员 {k:02d}", f"000-0000-{1000 + k:04d}"
        leader, leader_phone = leaders[grid.community]
        out.append(Posting(leader, leader_phone, "网格长", grid.code, "2024-01-01", ""))
        if k % 11 == 4:
            # Handed over to a successor.
            out.append(Posting(name, phone, "专职网格员", grid.code, "2024-01-01", "2025-02-28"))
            out.append(Posting(f"示例网格员 {k + 500}", f"000-0000-{1500 + k:04d}", "专职网格员",
                               grid.code, "2025-03-01", ""))  # fmt: skip
        elif k % 13 == 7:
            continue  # a vacant post, so that the check for it has something to find
        else:
            post = "兼职网格员" if grid.kind == "dedicated" else "专职网格员"
            out.append(Posting(name, phone, post, grid.code, "2024-01-01", ""))
    return out
