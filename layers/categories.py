"""Words of the domain with their Chinese and English labels: station categories and bases."""

from __future__ import annotations

STATION_CATEGORIES: dict[str, tuple[str, str]] = {
    "service_station": ("社区服务站", "service station"),
    "clinic": ("卫生站", "clinic"),
    "elderly_care": ("养老驿站", "elderly care"),
    "kindergarten": ("幼儿园", "kindergarten"),
    "market": ("菜市场", "market"),
    "police": ("警务室", "police post"),
}
"""Known categories; a ledger may bring others, which are shown under their own name."""

AREA_CATEGORIES: dict[str, tuple[str, str]] = {
    "police": ("警务区", "police district"),
    "property": ("物业管理区域", "managed property"),
    "party_branch": ("党支部", "party branch"),
}
"""Areas of other offices that a division is compared with; a ledger may bring others."""

BASIS_LABELS: dict[str, tuple[str, str]] = {
    "resident": ("常住户数", "resident households"),
    "registered": ("户籍户数", "registered households"),
    "planned": ("规划户数", "planned households"),
}
