"""Which fields each kind of import has, under which names users write them, and what they may hold.

One table per kind; a new kind is a new entry. Names in headers are compared without case, spaces,
punctuation, units in brackets and full-width forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gis.network import STREET_CLASSES
from layers.categories import STATION_CATEGORIES
from layers.models import COMMUNITY_KINDS, LEVELS


@dataclass(frozen=True)
class Field:
    """One canonical field."""

    name: str
    type: str = "text"
    """`text`, `code`, `integer`, `number`, `date`, `boolean`, `choice`."""
    synonyms: tuple[str, ...] = ()
    """Other names in order of trust: the first that a file has wins."""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    """Of a choice: what users write -> what is stored (stored words need no entry)."""
    choices: tuple[str, ...] = ()
    """Of a choice: what may be stored; empty where any other word is its own choice."""
    fallback: str | None = None
    """Of a choice: what an unknown word becomes, with a note; refused where there is none."""


@dataclass(frozen=True)
class Kind:
    """One kind of import."""

    name: str
    fields: tuple[Field, ...]
    shapes: tuple[str, ...]
    """Accepted geometries: `point`, `polygon`, `line`; empty for plain tables."""
    place_required: bool = True
    key: tuple[str, ...] = ("code",)
    """The fields that may occur only once in a file."""
    code_from_name: bool = False
    """True where a missing code may be made from the name (it names one thing of a place)."""

    @property
    def words(self) -> list[str]:
        """Return every name that a column of a ledger may have."""
        return [word for item in self.fields for word in (item.name, *item.synonyms)]

    def field(self, name: str) -> Field:
        """Return a field by its canonical name."""
        return next(item for item in self.fields if item.name == name)


LON = Field("lon", "number", ("longitude", "lng", "经度", "东经", "x", "x坐标", "point_x"))
LAT = Field("lat", "number", ("latitude", "纬度", "北纬", "y", "y坐标", "point_y"))
POSITION = (LON, LAT)

COMMUNITY = Field(
    "community",
    "code",
    ("community_code", "社区代码", "社区编码", "村代码", "所属社区代码", "所属社区", "社区", "村"),
)
VALID_FROM = Field(
    "valid_from",
    "date",
    ("生效日期", "启用日期", "起始日期", "开始日期", "任职开始", "任职日期", "到岗日期"),
)
VALID_TO = Field(
    "valid_to",
    "date",
    ("失效日期", "停用日期", "结束日期", "截止日期", "任职结束", "离岗日期", "离任日期"),
)
COUNTS = tuple(
    Field(name, "integer", synonyms, minimum=0, maximum=100_000)
    for name, synonyms in (
        ("registered", ("户籍户数", "户籍", "registered_households")),
        ("resident", ("常住户数", "常住", "实有户数", "resident_households", "households", "户数")),
        ("planned", ("规划户数", "规划", "设计户数", "planned_households")),
        ("vacant", ("空置户数", "空置", "vacant_households")),
    )
)
COUNT_FIELDS = tuple(item.name for item in COUNTS)
COUNTED_ON = Field(
    "counted_on", "date", ("统计日期", "数据日期", "统计时间", "截至日期", "数据截至")
)
SOURCE = Field("source", "text", ("来源", "数据来源"))
COUNTED = (*COUNTS, COUNTED_ON, SOURCE)
BUILDING_NO = Field(
    "building_no", "text", ("幢号", "楼号", "栋号", "楼幢号", "楼栋号", "幢", "栋", "楼栋", "楼幢")
)
ESTATE = Field("estate", "text", ("小区代码", "小区名称", "所属小区", "小区", "estate_name"))

ROOMS = Field("rooms", "text", ("功能室", "用房配置", "房间", "功能用房"))
LEASE_YEARS = Field(
    "lease_years", "number", ("租期", "租赁年限", "租赁期限"), minimum=0, maximum=999
)

STREETS = Kind(
    "streets",
    (
        Field(
            "class",
            "choice",
            ("highway", "fclass", "street_class", "type", "类型", "道路等级", "道路类型", "等级"),
            words={item.zh: item.name for item in STREET_CLASSES},
            choices=tuple(item.name for item in STREET_CLASSES),
            fallback="road",
        ),
        Field("name", "text", ("名称", "道路名称", "路名", "街路名")),
        Field("access", "text", ("通行", "通行权限")),
        Field("foot", "text", ("步行",)),
        Field("oneway", "text", ("单行", "单行线")),
        Field("oneway_foot", "text", ("步行单行",)),
        Field("bridge", "boolean", ("桥", "桥梁", "是否桥梁")),
        Field("tunnel", "boolean", ("隧道", "是否隧道")),
        Field("level", "integer", ("layer", "层级"), minimum=-20, maximum=20),
    ),
    ("line",),
    key=(),
)

DIVISIONS = Kind(
    "divisions",
    (
        Field(
            "code",
            "code",
            ("division_code", "代码", "区划代码", "行政区划代码", "编码", "社区代码", "adcode"),
            required=True,
        ),
        Field("name", "text", ("名称", "区划名称", "社区名称", "村名"), required=True),
        Field(
            "level",
            "choice",
            ("级别", "层级", "行政级别"),
            words={
                "县": "county",
                "区": "county",
                "县级": "county",
                "区县": "county",
                "街道": "township",
                "镇": "township",
                "乡": "township",
                "乡镇": "township",
                "乡级": "township",
                "社区": "community",
                "村": "community",
                "村级": "community",
                "省": "province",
                "市": "city",
            },
            choices=LEVELS,
        ),
        Field("parent", "code", ("parent_code", "上级", "上级代码", "所属街道代码")),
        Field(
            "kind",
            "choice",
            ("类型", "社区类型", "类别"),
            words={
                "城市社区": "urban",
                "城市": "urban",
                "城镇社区": "urban",
                "集镇社区": "market_town",
                "集镇": "market_town",
                "农民集中居住区": "resettlement",
                "集中居住区": "resettlement",
                "大型拆迁安置区": "large_resettlement",
                "拆迁安置区": "large_resettlement",
                "农村社区": "rural",
                "农村": "rural",
                "行政村": "rural",
                "村": "rural",
            },
            choices=COMMUNITY_KINDS,
        ),
        Field(
            "population",
            "integer",
            ("人口", "常住人口", "人口数"),
            minimum=0,
            maximum=2_000_000_000,
        ),
        VALID_FROM,
    ),
    ("polygon",),
)

ESTATES = Kind(
    "estates",
    (
        Field("code", "code", ("estate_code", "小区代码", "小区编码", "代码", "编码", "编号")),
        Field("name", "text", ("小区", "小区名称", "名称")),
        COMMUNITY,
        Field("gated", "boolean", ("封闭", "是否封闭", "封闭管理")),
    ),
    ("polygon",),
    code_from_name=True,
)

VILLAGER_GROUPS = Kind(
    "villager_groups",
    (
        Field("code", "code", ("村民小组代码", "代码", "编码", "编号")),
        Field("name", "text", ("村民小组", "小组", "自然村", "名称")),
        COMMUNITY,
        *POSITION,
    ),
    ("point", "polygon"),
    code_from_name=True,
)

OFFICE_AREAS = Kind(
    "office_areas",
    (
        Field("code", "code", ("area_code", "警务区编码", "片区编码", "代码", "编码", "编号")),
        Field("name", "text", ("名称", "片区", "片区名称", "警务区", "物业区域", "党支部")),
        Field(
            "category",
            "choice",
            ("类别", "类型", "片区类别", "kind", "type"),
            words={
                "警务区": "police",
                "社区警务区": "police",
                "物业": "property",
                "物业管理区域": "property",
                "物业服务区域": "property",
                "党支部": "party_branch",
                "党组织": "party_branch",
                "网格党支部": "party_branch",
            },
            required=True,
        ),
        Field(
            "office", "text", ("单位", "责任单位", "派出所", "物业公司", "物业企业", "党组织名称")
        ),
    ),
    ("polygon",),
    code_from_name=True,
)

BUILDINGS = Kind(
    "buildings",
    (
        Field(
            "code",
            "code",
            (
                "building_code",
                "building_id",
                "楼栋编码",
                "楼栋代码",
                "建筑编码",
                "编码",
                "代码",
                "编号",
            ),
        ),
        Field("name", "text", ("名称", "建筑名称", "楼名")),
        Field(
            "kind",
            "choice",
            ("building_kind", "类型", "用途", "建筑用途", "房屋用途"),
            words={
                "住宅": "residential",
                "居住": "residential",
                "居民楼": "residential",
                "民房": "residential",
                "农房": "residential",
                "宿舍": "residential",
                "公共": "public",
                "公建": "public",
                "公共建筑": "public",
                "学校": "public",
                "医院": "public",
                "商业": "commercial",
                "商铺": "commercial",
                "办公": "commercial",
                "工业": "industrial",
                "厂房": "industrial",
                "仓库": "industrial",
                "其他": "other",
                "其它": "other",
            },
            choices=("residential", "public", "commercial", "industrial", "other"),
            fallback="other",
        ),
        Field(
            "floors",
            "integer",
            ("层数", "楼层", "楼层数", "地上层数", "levels"),
            minimum=0,
            maximum=200,
        ),
        ESTATE,
        COMMUNITY,
        Field("villager_group", "text", ("村民小组", "小组", "自然村")),
        BUILDING_NO,
        *COUNTED,
        *POSITION,
    ),
    ("point", "polygon"),
)

HOUSEHOLDS = Kind(
    "households",
    (
        Field(
            "building", "code", ("building_code", "楼栋编码", "楼栋代码", "建筑编码", "楼栋编号")
        ),
        ESTATE,
        BUILDING_NO,
        Field("unit", "text", ("单元", "单元号")),
        COMMUNITY,
        *COUNTED,
        *POSITION,
    ),
    ("point", "polygon"),
    place_required=False,
    key=(),
)

ADDRESSES = Kind(
    "addresses",
    (
        Field(
            "text",
            "text",
            ("地址", "address", "门牌", "门牌地址", "标准地址", "name"),
            required=True,
        ),
        Field("building", "code", ("building_code", "楼栋编码", "楼栋代码", "建筑编码")),
        *POSITION,
    ),
    ("point", "polygon"),
    place_required=False,
    key=(),
)

STATIONS = Kind(
    "stations",
    (
        Field("code", "code", ("station_code", "station_id", "代码", "编码", "编号", "id")),
        Field("name", "text", ("名称", "站点", "站点名称", "设施名称", "机构名称")),
        Field(
            "category",
            "choice",
            ("类别", "类型", "设施类别", "设施类型", "kind", "type"),
            words={
                "社区服务站": "service_station",
                "社区服务中心": "service_station",
                "党群服务中心": "service_station",
                "服务站": "service_station",
                "卫生站": "clinic",
                "卫生服务站": "clinic",
                "社区卫生服务站": "clinic",
                "卫生室": "clinic",
                "养老驿站": "elderly_care",
                "养老服务站": "elderly_care",
                "幼儿园": "kindergarten",
                "菜市场": "market",
                "农贸市场": "market",
                "警务室": "police",
            },
        ),
        Field(
            "status",
            "choice",
            ("状态", "运营状态"),
            words={
                "开放": "open",
                "运营": "open",
                "在用": "open",
                "正常": "open",
                "已建": "open",
                "规划": "planned",
                "拟建": "planned",
                "在建": "planned",
                "关闭": "closed",
                "停用": "closed",
                "撤销": "closed",
                "空置": "vacant",
                "闲置": "vacant",
            },
            choices=("open", "planned", "closed", "vacant"),
        ),
        Field("opened_on", "date", ("开放日期", "启用日期", "建成日期")),
        Field("closed_on", "date", ("关闭日期", "停用日期")),
        Field(
            "premises_area_m2",
            "number",
            ("用房面积", "服务用房面积", "建筑面积", "面积"),
            minimum=0,
            maximum=1_000_000,
        ),
        Field("capacity", "integer", ("服务能力", "容量", "床位"), minimum=0, maximum=1_000_000),
        Field("serves", "text", ("共用社区", "服务社区", "覆盖社区")),
        ROOMS,
        LEASE_YEARS,
        COMMUNITY,
        *POSITION,
    ),
    ("point", "polygon"),
    code_from_name=True,
)

ASSETS = Kind(
    "assets",
    (
        Field("code", "code", ("asset_code", "部件编码", "标识码", "代码", "编码", "编号", "id")),
        Field("name", "text", ("名称", "部件名称", "设施名称")),
        Field(
            "category",
            "choice",
            ("类别", "类型", "部件类别", "部件类型", "小类", "小类名称", "kind", "type"),
            words={
                "路灯": "street_lamp",
                "井盖": "manhole_cover",
                "上水井盖": "manhole_cover",
                "污水井盖": "manhole_cover",
                "雨水井盖": "manhole_cover",
                "消火栓": "fire_hydrant",
                "消防栓": "fire_hydrant",
                "垃圾箱": "waste_bin",
                "垃圾桶": "waste_bin",
                "垃圾投放点": "waste_bin",
                "监控": "camera",
                "摄像头": "camera",
                "监控电子眼": "camera",
                "配电箱": "electric_cabinet",
                "电力箱": "electric_cabinet",
                "充电桩": "charging_point",
                "公告栏": "notice_board",
                "宣传栏": "notice_board",
                "健身设施": "exercise_equipment",
                "健身器材": "exercise_equipment",
            },
            required=True,
        ),
        Field(
            "state",
            "choice",
            ("状态", "部件状态", "完好情况"),
            words={
                "完好": "in_order",
                "正常": "in_order",
                "在用": "in_order",
                "破损": "damaged",
                "损坏": "damaged",
                "丢失": "missing",
                "缺失": "missing",
                "废弃": "disused",
                "停用": "disused",
            },
            choices=("in_order", "damaged", "missing", "disused"),
        ),
        *POSITION,
    ),
    ("point",),
)

ORGANISATIONS = Kind(
    "organisations",
    (
        Field(
            "code",
            "code",
            ("统一社会信用代码", "信用代码", "单位编码", "代码", "编码", "编号", "id"),
        ),
        Field(
            "name", "text", ("名称", "单位名称", "组织名称", "机构名称", "商户名称"), required=True
        ),
        Field(
            "category",
            "choice",
            ("类别", "类型", "单位类别", "单位类型", "组织类别", "kind", "type"),
            words={
                "企业": "enterprise",
                "公司": "enterprise",
                "个体工商户": "shop",
                "个体户": "shop",
                "商户": "shop",
                "沿街商铺": "shop",
                "机关": "public_body",
                "事业单位": "public_body",
                "机关事业单位": "public_body",
                "学校": "school",
                "医疗机构": "medical",
                "医院": "medical",
                "党组织": "party_organisation",
                "党支部": "party_organisation",
                "社会组织": "social_organisation",
                "社会团体": "social_organisation",
                "物业": "property_company",
                "物业公司": "property_company",
                "物业服务企业": "property_company",
            },
            required=True,
        ),
        Field("work_phone", "text", ("单位电话", "办公电话", "固定电话", "值班电话")),
        *POSITION,
    ),
    ("point",),
)
"""Of an organisation itself: whoever leads it or answers for it is a person, and no column takes them."""

GRIDS = Kind(
    "grids",
    (
        Field("code", "code", ("grid_code", "网格代码", "网格编码", "代码", "编码"), required=True),
        Field("name", "text", ("网格名称", "名称", "网格")),
        COMMUNITY,
        Field(
            "kind",
            "choice",
            ("类型", "网格类型"),
            words={
                "综合": "general",
                "综合网格": "general",
                "基础": "general",
                "基础网格": "general",
                "专属": "dedicated",
                "专属网格": "dedicated",
            },
            choices=("general", "dedicated"),
        ),
        Field(
            "level",
            "choice",
            ("级别", "层级"),
            words={"大": "large", "大网格": "large", "中": "medium", "中网格": "medium"}
            | {"微": "micro", "微网格": "micro"},
            choices=("large", "medium", "micro"),
        ),
        VALID_FROM,
    ),
    ("polygon",),
)

DRAWN_GRIDS = Kind(
    "drawn grids",
    tuple(replace(item, required=False) for item in GRIDS.fields if item.name != "valid_from"),
    ("polygon",),
    key=(),
)
"""Grids on their way into a plan: whatever was drawn, with or without codes."""

WORKERS = Kind(
    "workers",
    (
        Field("name", "text", ("姓名", "网格员", "名称"), required=True),
        Field("work_phone", "text", ("工作电话", "联系电话", "电话", "phone")),
        Field("post", "text", ("岗位", "职务")),
        Field("grid", "code", ("grid_code", "网格代码", "网格编码", "网格"), required=True),
        VALID_FROM,
        VALID_TO,
    ),
    (),
    place_required=False,
    key=(),
)

COMMUNITY_LEDGER = Kind(
    "communities",
    (
        Field(
            "code", "code", ("社区代码", "社区编码", "区划代码", "代码", "编码", "community_code")
        ),
        Field("name", "text", ("社区名称", "社区", "村名", "行政村", "村", "名称", "community")),
        replace(DIVISIONS.field("kind"), synonyms=("社区类型", "类型", "类别")),
        Field(
            "parent",
            "text",
            ("街道", "乡镇", "镇街", "镇", "乡", "街道名称", "所属街道", "township"),
        ),
        *COUNTS[:3],
        Field(
            "population", "integer", ("常住人口", "人口数", "人口"), minimum=0, maximum=10_000_000
        ),
        COUNTED_ON,
        SOURCE,
        Field(
            "premises_area_m2",
            "number",
            ("用房面积", "服务用房面积", "社区用房面积", "办公用房面积", "建筑面积"),
            minimum=0,
            maximum=1_000_000,
        ),
        Field("has_premises", "boolean", ("有无用房", "是否有用房")),
        Field("premises", "text", ("用房编号", "用房名称", "共用用房")),
        Field(
            "tenure",
            "choice",
            ("用房性质", "产权", "权属"),
            words=dict.fromkeys(("自有", "自建", "购置", "产权"), "owned")
            | dict.fromkeys(("租赁", "租用", "租借"), "rented"),
            choices=("owned", "rented"),
        ),
        LEASE_YEARS,
        ROOMS,
        Field(
            "staff",
            "integer",
            ("社区专职工作者", "专职工作者", "专职工作者人数", "社区工作者", "专职人数"),
            minimum=0,
            maximum=100_000,
        ),
        Field("grids", "integer", ("网格数", "网格个数"), minimum=0, maximum=100_000),
        Field("grid_workers", "integer", ("网格员数", "网格员人数"), minimum=0, maximum=100_000),
        Field("gridded", "integer", ("网格内户数", "入格户数"), minimum=0, maximum=10_000_000),
        *(
            Field(name, "boolean", (zh, f"有无{zh}"))
            for name, (zh, _) in STATION_CATEGORIES.items()
        ),
    ),
    (),
    place_required=False,
)
"""A ledger of communities without any geometry, for the standards board alone."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        STREETS,
        DIVISIONS,
        ESTATES,
        VILLAGER_GROUPS,
        OFFICE_AREAS,
        BUILDINGS,
        HOUSEHOLDS,
        ADDRESSES,
        STATIONS,
        ASSETS,
        ORGANISATIONS,
        GRIDS,
        WORKERS,
    )
}
