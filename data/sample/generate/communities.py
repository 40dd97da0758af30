"""The communities of the county: names, codes, seeds and the lines between them."""

from __future__ import annotations

from dataclasses import dataclass

Points = tuple[tuple[float, float], ...]

COUNTY_CODE, COUNTY_NAME = "990101", "青石县"
TOWNSHIPS = (("990101001", "东街街道"), ("990101102", "西山镇"))


@dataclass(frozen=True)
class Community:
    """One community; the faces holding its seeds belong to it."""

    code: str
    name: str
    kind: str
    seeds: Points
    gridded: bool = False


COMMUNITIES = (
    Community("990101001001", "鼓楼社区", "urban", ((1250, 550),), gridded=True),
    Community("990101001002", "南门社区", "urban", ((1500, -300),), gridded=True),
    Community("990101001003", "桥西社区", "urban", ((600, -300),), gridded=True),
    Community("990101001004", "文昌社区", "urban", ((2300, 400),), gridded=True),
    Community("990101001005", "新城社区", "urban", ((2400, -300),), gridded=True),
    Community("990101001006", "文峰社区", "urban", ((1500, 1300),)),
    Community("990101001007", "铁东社区", "large_resettlement", ((4000, 0),)),
    Community("990101001201", "双桥村", "rural", ((3500, -2500),)),
    Community("990101102001", "西山社区", "market_town", ((-3300, -50),), gridded=True),
    Community("990101102002", "和平新村", "resettlement", ((-1000, 0),)),
    Community("990101102201", "上塘村", "rural", ((-2100, 2200),)),
    Community("990101102202", "柳湾村", "rural", ((-1000, -1500),), gridded=True),
    Community("990101102203", "石坑村", "rural", ((-4500, 1300),)),
    Community("990101102204", "茶源村", "rural", ((-4500, -3000),)),
)

# Borders that follow a road: its name and the box (x0, y0, x1, y1) inside which it is a border.
ALONG_ROADS: tuple[tuple[str, tuple[float, float, float, float]], ...] = (
    ("新城大道", (900, -9999, 3200, 9999)),
    ("南环路", (800, -9999, 9999, 9999)),
    ("解放路", (-9999, -1010, 9999, 980)),
    ("人民路", (1600, -9999, 2875, 9999)),
    ("站前路", (-9999, 205, 9999, 312)),
    ("站北路", (-9999, -9999, 9999, 9999)),
    ("东街", (-9999, -9999, 9999, 9999)),
    ("西街", (-9999, -9999, 9999, 9999)),
    ("西门老街", (820, -9999, 9999, 9999)),
)

# Borders of rural grids where no road runs.
GRID_LINES: tuple[Points, ...] = (
    ((-2450, -1480), (-1950, -1400), (-1500, -1470)),
    ((-1080, -2280), (-1020, -2700), (-1250, -3470)),
    ((-560, -2060), (-250, -2330), (60, -2680)),
)

# Borders across open country.
ACROSS: tuple[Points, ...] = (
    ((2975, 305), (3120, 311)),
    ((-330, 900), (-800, 780), (-1500, 700), (-2100, 560), (-2600, 620), (-2950, 640),
     (-3350, 800), (-4000, 640), (-4700, 500), (-5300, 340), (-6100, 280)),
    ((-3250, 4300), (-3120, 3200), (-3180, 2300), (-3250, 1500), (-3080, 980), (-2950, 640)),
    ((-2600, 620), (-2330, 260), (-2280, 0), (-2380, -600), (-2520, -1020)),
    ((-2520, -1020), (-3200, -930), (-4200, -900), (-5200, -1150), (-6300, -1220)),
    ((-2360, -560), (-1700, -640), (-1150, -620), (-600, -720), (-200, -690)),
    ((-2520, -1020), (-2350, -1700), (-2240, -2500), (-2300, -3200), (-2550, -3900), (-2650, -5000)),
)  # fmt: skip
