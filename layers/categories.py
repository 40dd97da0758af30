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

ASSET_CATEGORIES: dict[str, tuple[str, str]] = {
    "street_lamp": ("路灯", "street lamp"),
    "manhole_cover": ("井盖", "manhole cover"),
    "fire_hydrant": ("消火栓", "fire hydrant"),
    "waste_bin": ("垃圾投放点", "waste bin"),
    "camera": ("监控", "camera"),
    "electric_cabinet": ("配电箱", "electric cabinet"),
    "charging_point": ("充电桩", "charging point"),
    "notice_board": ("公告栏", "notice board"),
    "exercise_equipment": ("健身设施", "exercise equipment"),
}
ORGANISATION_CATEGORIES: dict[str, tuple[str, str]] = {
    "enterprise": ("企业", "enterprise"),
    "shop": ("个体工商户", "shop"),
    "public_body": ("机关事业单位", "public body"),
    "school": ("学校", "school"),
    "medical": ("医疗机构", "medical institution"),
    "party_organisation": ("党组织", "party organisation"),
    "social_organisation": ("社会组织", "social organisation"),
    "property_company": ("物业服务企业", "property company"),
}
"""Known things and organisations of a grid; a ledger may bring others, which keep their own word."""

BASIS_LABELS: dict[str, tuple[str, str]] = {
    "resident": ("常住户数", "resident households"),
    "registered": ("户籍户数", "registered households"),
    "planned": ("规划户数", "planned households"),
}

EVENT_STATES = {
    "reported": ("已上报", "reported"),
    "registered": ("已立案", "registered"),
    "dispatched": ("已派遣", "dispatched"),
    "handling": ("处置中", "being handled"),
    "feedback": ("已反馈", "to be verified"),
    "verified": ("已核查", "verified"),
    "evaluated": ("已评价", "evaluated"),
    "returned": ("已退回", "returned"),
    "deferred": ("已延期", "deferred"),
    "rejected": ("不予受理", "rejected"),
    "merged": ("已合并", "merged"),
}
"""How far an event is, in Chinese and English."""
