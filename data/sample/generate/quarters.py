"""Which quarter is built how: a table of points in the faces between main roads, and the rules."""

from __future__ import annotations

from .blocks import Grain

GRAINS = {
    "old": Grain(3600, 4.5, 9, "living_street", "footway", 0.12),
    "edge": Grain(12000, 3.0, 7, "residential", "living_street", 0.18),
    "mixed": Grain(21000, 3.0, 5, "residential", "residential", 0.10),
    "super": Grain(50000, 2.0, 4, "residential", "residential", 0.0),
    "works": Grain(24000, 1.5, 4, "residential", "service", 0.2),
    "resettle": Grain(20000, 1.0, 2, "residential", "residential", 0.0),
    "terrace": Grain(15000, 2.0, 4, "residential", "residential", 0.0),
    "market": Grain(6800, 3.0, 7, "residential", "living_street", 0.25),
    "station": Grain(99000, 0, 0, "residential", "residential", 0.0),
    "fringe": Grain(19000, 4.0, 7, "residential", "service", 0.25),
    "strip": Grain(9000, 1.0, 5, "residential", "footway", 0.3),
}

# Uses of the plots of a quarter with their weights.
USES: dict[str, tuple[tuple[str, float], ...]] = {
    "old": (("old", 1.0),),
    "edge": (
        ("slabs", 0.54), ("self", 0.05), ("old", 0.03), ("walled", 0.10), ("office", 0.10),
        ("commerce", 0.08), ("waiting", 0.06), ("park", 0.04),
    ),
    "mixed": (
        ("slabs", 0.30), ("walled", 0.17), ("office", 0.13), ("commerce", 0.09), ("works", 0.07),
        ("waiting", 0.08), ("park", 0.06), ("self", 0.04), ("bare", 0.06),
    ),
    "super": (
        ("gated", 0.46), ("towers", 0.14), ("bare", 0.12), ("waiting", 0.08), ("commerce", 0.07),
        ("office", 0.07), ("park", 0.06),
    ),
    "works": (("works", 0.62), ("waiting", 0.14), ("bare", 0.18), ("slabs", 0.06)),
    "resettle": (("rows", 0.72), ("bare", 0.14), ("waiting", 0.14)),
    "terrace": (("terraces", 0.90), ("bare", 0.02), ("waiting", 0.08)),
    "market": (("self", 0.76), ("slabs", 0.12), ("office", 0.05), ("bare", 0.03), ("waiting", 0.04)),
    "fringe": (
        ("self", 0.04), ("farm", 0.48), ("works", 0.14), ("slabs", 0.08), ("bare", 0.14),
        ("waiting", 0.12),
    ),
    "station": (("station", 1.0),),
    "strip": (("park", 1.0),),
}  # fmt: skip

# (x, y, quarter): a point inside a face of the main roads.
QUARTERS: tuple[tuple[float, float, str], ...] = (
    (1154, 489, "old"), (1349, 489, "old"), (1176, 244, "old"), (1363, 244, "old"),
    (1003, 489, "edge"), (1018, 316, "edge"), (1111, 719, "edge"), (1428, 806, "mixed"),
    (1565, 402, "edge"), (1572, 208, "edge"), (1198, 42, "edge"), (1428, 71, "edge"),
    (1248, -152, "edge"), (1500, -174, "mixed"), (1500, -692, "mixed"),
    (1860, 712, "mixed"), (1896, 280, "mixed"), (1896, -116, "mixed"), (2004, -433, "mixed"),
    (2004, -764, "mixed"), (2472, 676, "super"), (2472, 330, "super"), (2508, -30, "super"),
    (2436, -404, "super"), (2436, -656, "super"), (2950, 240, "station"),
    (2936, -46, "mixed"), (2950, 420, "mixed"), (2956, 541, "works"),
    (2076, 1036, "super"), (1464, 1108, "super"), (1464, 1398, "fringe"),
    (600, 676, "mixed"), (622, 208, "edge"), (780, -210, "mixed"), (780, -656, "super"),
    (235, 534, "fringe"), (254, 71, "fringe"), (233, -407, "works"), (888, 820, "strip"),
    (4131, 802, "works"), (3964, 491, "works"), (3768, -230, "resettle"),
    (3805, -570, "resettle"),
    (-3320, 60, "market"), (-3300, -20, "market"), (-3530, -220, "market"),
    (-3320, -220, "market"), (-3130, -160, "market"), (-3760, -100, "market"),
    (-3220, -200, "market"), (-3450, -390, "market"), (-3320, 100, "market"),
    (-1015, -28, "terrace"), (-3600, -180, "market"),
)  # fmt: skip

# (x, y, use, name): the plot containing the point gets this use.
LANDMARKS: tuple[tuple[float, float, str, str], ...] = (
    (1810, 705, "office", "青石县人民政府"),
    (1946, 806, "square", "人民广场"),
    (1961, 431, "school", "青石县第一中学"),
    (1853, 208, "hospital", "青石县人民医院"),
    (1378, 741, "park", "护城河公园"),
    (1313, 431, "temple", "文庙"),
    (2364, 676, "park", "明湖公园"),
    (2552, -606, "park", "南湖公园"),
    (794, -663, "park", "西湖公园"),
    (2652, 604, "school", "青石县第二中学"),
    (2292, 374, "school", "文昌小学"),
    (1543, -440, "school", "南门小学"),
    (1442, -534, "market", "南门农贸市场"),
    (636, 561, "market", "桥西农贸市场"),
    (593, 748, "school", "桥西小学"),
    (2378, -159, "commerce", "青石万家广场"),
    (2689, -376, "school", "新城小学"),
    (2040, -692, "market", "新城农贸市场"),
    (1486, -188, "commerce", "青石百货大楼"),
    (2930, 70, "office", "青石汽车站"),
    (2950, 240, "station", "青石站"),
    (1464, 1180, "school", "文峰学校"),
    (2220, 1036, "office", "青石县政务服务中心"),
    (852, -296, "hospital", "青石县中医院"),
    (3700, -250, "school", "铁东小学"),
    (-3330, 30, "office", "西山镇人民政府"),
    (-3350, 120, "school", "西山中心学校"),
    (-3330, -180, "market", "西山农贸市场"),
    (-3480, -200, "hospital", "西山镇卫生院"),
    (1572, 374, "office", "东街街道办事处"),
)
